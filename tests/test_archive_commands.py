"""What every command says of a folder that is not an archive, or not writable; and `rebuild`."""

import os
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from archiving import (
    SEED,
    SEED_NODE,
    Archivist,
)
from commands import TITLE, Run, assert_one_line, postarchive

READING = [["query"], ["show", str(SEED_NODE)], ["hotlines"], ["registrations"]]


def file_in_its_place(folder: Path) -> None:
    folder.write_text("mine")


def no_folder(folder: Path) -> None:
    assert not folder.exists()


def foreign_database(folder: Path) -> None:
    folder.mkdir()
    with closing(sqlite3.connect(folder / "postarchive.db")) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")


def noise_for_a_database(folder: Path) -> None:
    folder.mkdir()
    (folder / "postarchive.db").write_bytes(b"noise" * 1000)


def evidence_without_a_database(folder: Path) -> None:
    (folder / "warc" / "2026").mkdir(parents=True)


@pytest.mark.parametrize("arguments", READING, ids=lambda arguments: arguments[0])
@pytest.mark.parametrize(
    ("prepare", "word"),
    [
        (no_folder, "postarchive fetch"),
        (Path.mkdir, "postarchive fetch"),
        (file_in_its_place, "is a file"),
        (foreign_database, "another program"),
        (noise_for_a_database, "rebuild"),
        (evidence_without_a_database, "rebuild"),
    ],
)
def test_reading_anything_but_an_archive_is_refused_in_one_line(
    tmp_path: Path, arguments: list[str], prepare: Callable[[Path], None], word: str
) -> None:
    folder = tmp_path / "archive"
    prepare(folder)
    before = sorted(tmp_path.rglob("*"))

    assert_one_line(postarchive(*arguments, "--archive", folder), 65, word)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("arguments", [*READING, ["fetch", SEED]], ids=lambda arguments: arguments[0])
def test_newer_database_is_refused_by_reading_and_by_writing(
    archive: Path, tmp_path: Path, arguments: list[str]
) -> None:
    folder = tmp_path / "archive"
    shutil.copytree(archive, folder)
    Archivist(folder).execute("PRAGMA user_version = 99")

    assert_one_line(postarchive(*arguments, "--archive", folder), 65, "newer")


@pytest.mark.parametrize("arguments", [["query"], ["rebuild"], ["show", "1"]], ids=lambda arguments: arguments[0])
def test_archive_with_too_long_a_name_is_refused_in_one_line(tmp_path: Path, arguments: list[str]) -> None:
    assert_one_line(postarchive(*arguments, "--archive", tmp_path / ("a" * 300)), 65)


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_fetch_into_a_file_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("mine")

    assert_one_line(postarchive("fetch", "--archive", tmp_path / name, SEED), 73, "--archive")
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to root")
def test_reading_works_in_a_read_only_folder(archive: Path, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    shutil.copytree(archive, folder)
    folder.chmod(0o555)

    assert TITLE in postarchive("query", "--archive", folder).stdout
    assert_one_line(postarchive("fetch", "--archive", folder, SEED), 73, "permission")

    folder.chmod(0o755)


def test_reading_leaves_the_archive_as_it_is(archive: Path, run: Run) -> None:
    before = {path: path.read_bytes() for path in archive.rglob("*.*") if path.suffix in (".db", ".gz")}

    for arguments in READING:
        assert run(*arguments).returncode == 0

    assert {path: path.read_bytes() for path in before} == before


def test_option_goes_before_the_variable(archive: Path) -> None:
    found = postarchive("query", "--archive", archive, POSTARCHIVE_ARCHIVE="/nowhere")

    assert TITLE in found.stdout


def test_without_a_name_the_archive_is_in_the_users_data_folder(tmp_path: Path) -> None:
    done = postarchive("query", HOME=str(tmp_path), XDG_DATA_HOME=str(tmp_path / "data"))

    assert_one_line(done, 65, str(tmp_path), "postarchive")


def test_rebuild_says_what_it_read(archive: Path, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    shutil.copytree(archive, folder)
    before = Archivist(folder).dump()
    (folder / "postarchive.db").unlink()

    done = postarchive("rebuild", "--archive", folder)

    assert (done.returncode, done.stderr) == (0, "")
    assert "1 WARC file" in done.stdout
    assert Archivist(folder).dump().splitlines() == before.splitlines()


def test_rebuild_without_evidence_is_refused_in_one_line(tmp_path: Path) -> None:
    assert_one_line(postarchive("rebuild", "--archive", tmp_path), 65, "no WARC files")
    assert list(tmp_path.iterdir()) == []


def test_rebuild_of_damaged_evidence_names_file_and_place(archive: Path, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    shutil.copytree(archive, folder)
    (file,) = folder.glob("warc/*/*.warc.gz")
    data = bytearray(file.read_bytes())
    data[40] ^= 0xFF  # inside the first record
    file.write_bytes(data)

    done = postarchive("rebuild", "--archive", folder)

    assert_one_line(done, 65, file.name)
    assert re.search(r"@\d+", done.stderr)
    assert TITLE in postarchive("query", "--archive", folder).stdout
