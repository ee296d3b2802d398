"""What somebody else captured is given back to the byte: by `show --raw`, and in an exported WARC or WACZ."""

import gzip
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator
from typer.testing import CliRunner

from archiving import SEED, SEED_FILE
from commands import postarchive
from fakesite import chunked
from foreignwarc import Foreign, packed, plain, put, wacz
from postarchive.cli import app

PAGE = SEED_FILE.read_bytes()
PACKED = gzip.compress(PAGE, mtime=0)
HEADS = {
    "HTTP/1.0 and another reason": b"HTTP/1.0 200 Everything fine\r\nContent-Type: text/html\r\n\r\n",
    "no reason": b"HTTP/1.1 200\r\nContent-Type: text/html\r\n\r\n",
    "a blank behind the status": b"HTTP/1.1 200 \r\nContent-Type: text/html\r\n\r\n",
    "LF": b"HTTP/1.1 200 OK\nContent-Type: text/html\n\n",
    "LF and CRLF mixed": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\nServer: x\r\n\r\n",
    "blanks around": b"HTTP/1.1 200 OK\r\nContent-Type :  text/html  \r\nServer:x\t\r\n\r\n",
    "folded": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Long: one\r\n\ttwo\r\n  three\r\n\r\n",
    "repeated": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n\r\n",
    "a malformed line": b"HTTP/1.1 200 OK\r\nno colon here\r\nContent-Type: text/html\r\n: empty\r\n\r\n",
    "bytes that are no ASCII": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Name: \xd6\xd0\xb9\xfa \xff\r\n\r\n",
    "controls": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Odd: a\x00b\x07c\r\n\r\n",
    "a false length": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 7\r\n\r\n",
    "small letters": b"http/1.1 200 ok\r\ncontent-type: text/html\r\n\r\n",
}
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
CODED = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n"
BOTH = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
BLOCKS = {name: head + PAGE for name, head in HEADS.items()} | {
    "chunks": CHUNKED + chunked(PAGE, 700),
    "chunks with extensions and a trailer": CHUNKED + b"5;a=b\r\n<html\r\n" + chunked(PAGE[5:])[:-2] + b"X: 1\r\n\r\n",
    "chunks that were undone, and still are named": CHUNKED + PAGE,
    "packed": CODED + PACKED,
    "packed in chunks": BOTH + chunked(PACKED, 900),
    "unpacked, and still called packed": CODED + PAGE,
}
FORMS: dict[str, tuple[str, Callable[[Foreign], bytes]]] = {
    "warc": ("a.warc", plain),
    "warc.gz": ("a.warc.gz", packed),
    "wacz": ("a.wacz", lambda record: wacz(packed(record))),
}


def brought(folder: Path, block: bytes, form: str) -> Path:
    """Import a response with this block, and return the archive."""
    name, made = FORMS[form]
    path, archive = put(folder / name, made(Foreign(url=SEED, block=block))), folder / "archive"
    done = postarchive("import", path, "--archive", archive)
    assert done.returncode == 0, done.stderr
    return archive


def in_warc(data: bytes) -> list[bytes]:
    found = ArchiveIterator(BytesIO(data), parse_http=False, verify_digests=True)
    return [record.reader.read() for record in found if record.headers["WARC-Type"] == "response"]


@pytest.mark.parametrize("name", BLOCKS)
def test_foreign_response_comes_out_as_it_was(name: str, tmp_path: Path) -> None:
    archive, exported = brought(tmp_path, BLOCKS[name], "warc.gz"), tmp_path / "out.warc.gz"

    done = postarchive("export", "warc", "--archive", archive, "-o", exported)

    assert done.returncode == 0, done.stderr
    assert in_warc(exported.read_bytes()) == [BLOCKS[name]]
    assert raw(archive) == BLOCKS[name]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["LF", "a malformed line", "packed in chunks"])
def test_it_does_so_from_every_form_into_every_other(name: str, form: str, tmp_path: Path) -> None:
    archive, exported = brought(tmp_path, BLOCKS[name], form), tmp_path / "out.wacz"

    assert postarchive("export", "wacz", "--archive", archive, "-o", exported).returncode == 0
    with zipfile.ZipFile(exported) as package:
        assert in_warc(package.read("archive/data.warc.gz")) == [BLOCKS[name]]
    assert raw(archive) == BLOCKS[name]


def raw(archive: Path) -> bytes:
    """Return what `show --raw` writes into a pipe."""
    done = CliRunner().invoke(app, ["show", SEED, "--raw", "--archive", str(archive)])
    assert done.exit_code == 0, done.stderr
    return done.stdout_bytes
