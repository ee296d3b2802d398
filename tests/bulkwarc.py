"""WARC files as others have them: few records of the site among many of the world."""

import gzip
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from archiving import HOST, SEED_FILE

SEED_PAGE = SEED_FILE.read_bytes()
FOREIGN_BODY = b"<html><body>" + b"<p>somebody else's page</p>" * 200
TIME = "2021-03-04T05:06:07Z"


def page_url(number: int) -> str:
    """Return the URL of a story."""
    return f"http://{HOST}/html1/report/2304/{number}-1.htm"


def page(number: int) -> bytes:
    """Return a story that is unlike those of other numbers."""
    text = SEED_PAGE.replace(b"23048456", b"2304%04d" % number)
    return text.replace(b"17 major tasks", b"%d major tasks" % number)


def record(url: str, body: bytes, *, kind: str = "response", time: str = TIME, status: str = "200 OK") -> bytes:
    """Return a record as it is in an uncompressed file."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    block = head + body
    fields = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:sha256:{sha256(url.encode() + block).hexdigest()}>\r\n"
        f"WARC-Date: {time}\r\nWARC-Target-URI: {url}\r\nContent-Type: application/http;msgtype=response\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    return fields.encode() + block + b"\r\n\r\n"


def member(data: bytes) -> bytes:
    """Return a record as one gzip member."""
    return gzip.compress(data, 1, mtime=0)


def foreign_record(number: int) -> bytes:
    """Return a record of another site."""
    return record(f"https://host{number % 7}.example.com/{number}?a=b", FOREIGN_BODY)


def members_of(first: int, pages: int, others: int = 3) -> list[bytes]:
    """Return gzip members: stories from a number on, each after some foreign records."""
    found = []
    for number in range(first, first + pages):
        found += [member(foreign_record(number * others + place)) for place in range(others)]
        found.append(member(record(page_url(number), page(number))))
    return found


def write_warcs(folder: Path, files: int, pages: int = 3) -> list[Path]:
    """Write files of some stories each; no two have the same."""
    folder.mkdir(exist_ok=True)
    paths = [folder / f"crawl-{number:03}.warc.gz" for number in range(files)]
    for number, path in enumerate(paths):
        write(path, members_of(1000 + number * pages, pages))
    return paths


def write(path: Path, parts: Iterable[bytes]) -> Path:
    """Write the parts of a file."""
    path.write_bytes(b"".join(parts))
    return path
