"""What goes to which stream, and what becomes of it: closed pipes, full disks, colours and odd encodings."""

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from archiving import (
    SEED,
    SEED_FILE,
    SEED_NODE,
)
from commands import TITLE, Done, Run, code_of, environment, fetch, postarchive, program
from fakesite import FakeSite
from postarchive.cli import main
from postarchive.errors import Interrupted
from running import started

ESCAPE = "\x1b"


def into_closed_pipe(archive: Path, *arguments: str) -> Done:
    """Run the program when the reader of its output, `head` say, has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    with started(*arguments, stdout=writer, POSTARCHIVE_ARCHIVE=str(archive)) as run_into_it:
        os.close(writer)
        return Done(run_into_it.wait(), *run_into_it.communicate())


@pytest.mark.parametrize(
    "arguments",
    [
        ["query"],
        ["query", "--format", "json"],
        ["query", "--format", "jsonl", "--fields", "paragraphs"],
        ["show", str(SEED_NODE)],
        ["hotlines"],
        ["parse", str(SEED_FILE)],
        ["--help"],
        ["--version"],
    ],
    ids=lambda arguments: " ".join(arguments[:3])[:20],
)
def test_closed_pipe_is_quiet_and_no_failure(archive: Path, arguments: list[str]) -> None:
    done = into_closed_pipe(archive, *arguments)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_full_disk_under_stdout_is_reported_in_one_line(archive: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "postarchive", "query", "--format", "jsonl"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            text=True,
            env=environment(POSTARCHIVE_ARCHIVE=str(archive)),
        )

    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.returncode not in (0, 1)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG], ids=errno.errorcode.get)
def test_output_without_room_is_reported_in_one_line(
    number: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refusing(_: str | None) -> NoReturn:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(sys, "argv", ["postarchive", "query"])
    monkeypatch.setattr(os, "dup2", lambda *_: None)
    monkeypatch.setattr("postarchive.cli.application", refusing)

    assert code_of(main) == 73
    assert capfd.readouterr().err == f"postarchive: output cannot be written: {os.strerror(number)}\n"


@pytest.mark.parametrize("cause", [KeyboardInterrupt(), Interrupted("", "interrupted")], ids=["INT", "TERM"])
def test_signal_while_a_class_is_made_is_not_a_bug(
    cause: BaseException, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def importing(_: str | None) -> NoReturn:
        raise RuntimeError("Error calling __set_name__ on 'Field' instance") from cause

    monkeypatch.setattr(sys, "argv", ["postarchive", "query"])
    monkeypatch.setattr("postarchive.cli.application", importing)

    assert code_of(main) == 130
    assert capfd.readouterr().err == "postarchive: interrupted; what was fetched is kept\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_terminal_that_cannot_show_a_character_is_not_a_bug(archive: Path, encoding: str) -> None:
    done = program("show", str(SEED_NODE), "-a", archive, PYTHONIOENCODING=encoding)

    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": "1"}, {"TERM": "xterm-256color"}], ids=str)
@pytest.mark.parametrize(
    "arguments", [["query"], ["show", str(SEED_NODE)], ["hotlines"], ["query", "--kind", "x"], ["--help"]], ids=" ".join
)
def test_piped_output_holds_no_escape_codes(run: Run, arguments: list[str], variables: dict[str, str]) -> None:
    done = run(*arguments, **variables)

    assert ESCAPE not in done.stdout + done.stderr


def test_escape_codes_of_a_page_do_not_reach_the_terminal(site: FakeSite, tmp_path: Path) -> None:
    page = SEED_FILE.read_bytes().replace(TITLE.encode(), b"Red \x1b[31m\x07 alert\xc2\x9b")
    site.edit(SEED, page)

    lines = fetch(site, tmp_path, SEED).stdout
    shown = postarchive("show", str(SEED_NODE), "-a", tmp_path).stdout
    listed = postarchive("query", "-a", tmp_path).stdout

    assert "Red" in lines
    assert not set(ESCAPE + "\x07\x9b") & set(lines + shown + listed)


@pytest.mark.parametrize(
    ("closed", "command", "code"),
    [(">&-", "query --limit 1", 0), (">&- 2>&- <&-", "fetch --dry-run", 0), ("<&-", "parse -", 65)],
)
def test_closed_stream_is_not_a_bug(archive: Path, closed: str, command: str, code: int) -> None:
    line = f'exec "$0" -m postarchive {command} {closed}'

    done = subprocess.run(  # noqa: S603 - our own interpreter
        ["/bin/sh", "-c", line, sys.executable],
        env=environment(POSTARCHIVE_ARCHIVE=str(archive)),
        capture_output=True,
        check=False,
    )

    assert done.returncode == code
    assert done.stdout + done.stderr.replace(b"postarchive: -: empty; there is nothing to read\n", b"") == b""


@pytest.mark.parametrize("option", ["--delay", "--timeout", "--wait", "--max-time"])
@pytest.mark.parametrize("value", ["inf", "nan", "1e300"])
def test_number_that_no_clock_can_wait_for_is_refused(run: Run, option: str, value: str) -> None:
    done = run("fetch", option, value, "--dry-run")

    assert (done.returncode, done.stdout) == (2, "")
    assert f"{value} is not a number up to" in done.stderr


def test_folder_whose_name_begins_with_a_dash_is_not_an_excluded_word(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("-odd").symlink_to(archive)

    assert postarchive("query", "-a", "-odd", "post", "-zebra").returncode == 0
