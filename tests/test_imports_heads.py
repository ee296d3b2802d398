"""What somebody else captured is given back to the byte: by `show --raw`, and in an exported WARC or WACZ."""

import gzip
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator
from typer.testing import CliRunner

from archiving import SEED, SEED_FILE
from commands import postarchive
from fakesite import chunked
from foreignwarc import Foreign, packed, plain, put, wacz
from postarchive.cli import application

PAGE = SEED_FILE.read_bytes()
SHOW = application("show")  # without the other commands, whose options typer would read each time
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


def blocks_of(page: bytes) -> dict[str, bytes]:
    """Return responses with this page, by what is odd about them."""
    packed_page = gzip.compress(page, mtime=0)
    return {name: head + page for name, head in HEADS.items()} | {
        "chunks": CHUNKED + chunked(page, 700),
        "chunks with extensions and a trailer": (
            CHUNKED + b"5;a=b\r\n<html\r\n" + chunked(page[5:])[:-2] + b"X: 1\r\n\r\n"
        ),
        "chunks that were undone, and still are named": CHUNKED + page,
        "packed": CODED + packed_page,
        "packed in chunks": BOTH + chunked(packed_page, 900),
        "unpacked, and still called packed": CODED + page,
    }


BLOCKS = blocks_of(PAGE)
FORMS: dict[str, tuple[str, Callable[[Foreign], bytes]]] = {
    "warc": ("a.warc", plain),
    "warc.gz": ("a.warc.gz", packed),
    "wacz": ("a.wacz", lambda record: wacz(packed(record))),
}


def brought(folder: Path, block: bytes, form: str) -> Path:
    """Import a response with this block, and return the archive."""
    name, made = FORMS[form]
    return imported(folder, put(folder / name, made(Foreign(url=SEED, block=block))))


def imported(folder: Path, path: Path) -> Path:
    archive = folder / "archive"
    done = postarchive("import", path, "--archive", archive)
    assert done.returncode == 0, done.stderr
    return archive


def in_warc(data: bytes) -> dict[str, bytes]:
    """Return the responses by URL."""
    found = ArchiveIterator(BytesIO(data), parse_http=False, verify_digests=True)
    responses = (record for record in found if record.headers["WARC-Type"] == "response")
    return {record.headers["WARC-Target-URI"]: record.reader.read() for record in responses}


@dataclass(frozen=True)
class All:
    """An archive of one response of each kind, each with a page of its own, and what is exported of it."""

    archive: Path
    blocks: dict[str, tuple[str, bytes]]
    exported: dict[str, bytes]


@pytest.fixture(scope="module")
def all_of_them(tmp_path_factory: pytest.TempPathFactory) -> All:
    folder, blocks = tmp_path_factory.mktemp("heads"), {}
    for node, name in enumerate(BLOCKS, 8000):
        page = PAGE.replace(b"23048456", b"2304%d" % node)
        blocks[name] = (SEED.replace("8456", str(node)), blocks_of(page)[name])
    path = put(folder / "a.warc.gz", packed(*(Foreign(url=url, block=block) for url, block in blocks.values())))
    archive, exported = imported(folder, path), folder / "out.warc.gz"
    done = postarchive("export", "warc", "--archive", archive, "-o", exported)
    assert done.returncode == 0, done.stderr
    return All(archive, blocks, in_warc(exported.read_bytes()))


@pytest.mark.parametrize("name", BLOCKS)
def test_foreign_response_comes_out_as_it_was(name: str, all_of_them: All) -> None:
    url, block = all_of_them.blocks[name]

    assert all_of_them.exported[url] == block
    assert raw(all_of_them.archive, url) == block


def test_export_holds_one_response_of_each_kind(all_of_them: All) -> None:
    assert len(all_of_them.exported) == len(BLOCKS)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["LF", "a malformed line", "packed in chunks"])
def test_it_does_so_from_every_form_into_every_other(name: str, form: str, tmp_path: Path) -> None:
    archive, exported = brought(tmp_path, BLOCKS[name], form), tmp_path / "out.wacz"

    assert postarchive("export", "wacz", "--archive", archive, "-o", exported).returncode == 0
    with zipfile.ZipFile(exported) as package:
        assert in_warc(package.read("archive/data.warc.gz")) == {SEED: BLOCKS[name]}
    assert raw(archive, SEED) == BLOCKS[name]


def raw(archive: Path, url: str) -> bytes:
    """Return what `show --raw` writes into a pipe."""
    done = CliRunner().invoke(SHOW, ["show", url, "--raw", "--archive", str(archive)])
    assert done.exit_code == 0, done.stderr
    return done.stdout_bytes
