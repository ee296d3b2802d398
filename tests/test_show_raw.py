"""`show --raw` prints bytes into a pipe, and on a terminal what they say; `--source` prints the HTML."""

import subprocess
import sys
from pathlib import Path

import pytest

from archiving import SEED, SEED_FILE, Archivist, playing_site
from commands import environment, postarchive, watched
from fakesite import Response

PAGE = SEED_FILE.read_bytes()
PACKED = Response(body=PAGE, gzipped="declared", is_chunked=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    archivist = Archivist(tmp_path_factory.mktemp("raw") / "archive")
    with pytest.MonkeyPatch.context() as patch, playing_site(patch) as site:
        site.answer(SEED, PACKED)
        archivist.fetch(SEED)
    return archivist.folder


def test_terminal_is_shown_the_text(folder: Path) -> None:
    head, _, body = watched("show", SEED, "--raw", "--archive", folder).stdout.replace("\r\n", "\n").partition("\n\n")

    assert head.startswith("HTTP/1.1 200")
    assert "Content-Encoding: gzip" in head
    assert body.strip() == PAGE.decode().replace("\r\n", "\n").strip()


def test_pipe_gets_the_bytes(folder: Path) -> None:
    command = [sys.executable, "-m", "postarchive", "show", SEED, "--raw", "--archive", str(folder)]
    sent = subprocess.run(command, capture_output=True, check=True, env=environment()).stdout  # noqa: S603 - our own

    assert b"\x1f\x8b\x08" in sent
    assert sent.startswith(b"HTTP/1.1 200")


def test_source_is_unpacked_in_a_pipe_and_on_a_terminal(folder: Path) -> None:
    assert postarchive("show", SEED, "--source", "--archive", folder).stdout == PAGE.decode()
    assert watched("show", SEED, "--source", "--archive", folder).stdout == PAGE.decode()
