"""The program as a whole: its version, commands that are not there, and that no input ends in a bug."""

import gc
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from archiving import (
    SEED,
    SEED_FILE,
    Archivist,
)
from commands import ODD, assert_one_line, postarchive, program
from postarchive.cli.common import importing


def folder_with_newer_database(archive: Path, tmp_path: Path) -> Path:
    """Return a copy of the archive whose database a later program made."""
    folder = tmp_path / "newer"
    shutil.copytree(archive, folder)
    Archivist(folder).execute("PRAGMA user_version = 99")
    return folder


BAD_INPUT: dict[str, tuple[int, Callable[[Path, Path], list[str | Path]]]] = {
    "no such file": (65, lambda _, __: ["parse", "nowhere.htm"]),
    "a folder": (65, lambda _, tmp: ["parse", tmp]),
    "an empty file": (65, lambda _, __: ["parse", ODD / "empty-file.htm"]),
    "a PDF": (65, lambda _, __: ["parse", ODD / "pdf-under-a-page-name.htm"]),
    "a login page": (65, lambda _, __: ["parse", ODD / "login-alert-script.htm"]),
    "a loading page": (65, lambda _, __: ["parse", ODD / "loading.htm"]),
    "a URL outside the list": (2, lambda _, tmp: ["fetch", "-a", tmp / "archive", "http://www.example.com/"]),
    "an archive that is a file": (73, lambda _, __: ["fetch", "-a", SEED_FILE, SEED]),
    "no archive": (65, lambda _, tmp: ["query", "-a", tmp]),
    "a newer database": (65, lambda made, tmp: ["fetch", "-a", folder_with_newer_database(made, tmp), SEED]),
    "a page that is not there": (65, lambda made, _: ["show", "-a", made, "99999999"]),
    "a bad date": (2, lambda made, _: ["query", "-a", made, "--since", "soon"]),
    "an unknown field": (2, lambda made, _: ["query", "-a", made, "--fields", "titel"]),
}


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_ends_with_its_code_and_one_line(archive: Path, tmp_path: Path, name: str) -> None:
    code, arguments = BAD_INPUT[name]

    assert_one_line(postarchive(*arguments(archive, tmp_path)), code)


def test_what_a_command_imports_is_never_looked_at_for_garbage() -> None:
    before = gc.get_freeze_count()
    with importing():
        sys.modules["a module that was imported"] = sys
    del sys.modules["a module that was imported"]

    assert gc.isenabled()
    assert gc.get_freeze_count() > before


def test_command_that_imports_nothing_more_freezes_nothing() -> None:
    before = gc.get_freeze_count()
    with importing():
        pass

    assert gc.isenabled()
    assert gc.get_freeze_count() <= before  # what was frozen may meanwhile go


def test_noise_ends_the_process_with_one_line() -> None:
    assert_one_line(program("parse", ODD / "noise.htm"), 65)


@pytest.mark.parametrize("arguments", [["nosuch"], ["fetch", "--nosuch"], ["show"], ["parse"]], ids=" ".join)
def test_unknown_command_is_a_usage_error(arguments: list[str]) -> None:
    done = postarchive(*arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_version_is_printed() -> None:
    assert re.fullmatch(r"postarchive \d+\.\d+\.\d+\n", postarchive("--version").stdout)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("search", "query"), ("list", "query"), ("Find", "query"), ("download", "fetch"), ("quary", "query")],
)
def test_mistyped_command_names_the_nearest_one(typed: str, meant: str) -> None:
    assert_one_line(postarchive(typed, "stamp"), 2, f"Did you mean '{meant}'?", "--help")
