"""Foreign files that went wrong in every way that comes to mind; the same for the same numbers."""

import gzip
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import TypeAlias

from archiving import HOME, OTHER, SEED_FILE
from foreignwarc import Foreign, plain, sha1

PAGE = SEED_FILE.read_bytes()
ORIGINAL_ID = "urn:uuid:00000000-0000-0000-0000-0000000000aa"
CHUNKED = b"HTTP/1.0 200 Fine\nContent-Type: text/html;\n charset=utf-8\nTransfer-Encoding: chunked\n\n"
# A file of pages of the site as others keep them: with digests, chunked, without a head, repeated, refused.
RECORDS = (
    Foreign(kind="warcinfo", block=b"software: crawler\r\n"),
    Foreign(body=PAGE, record_id=ORIGINAL_ID, more=(("WARC-Payload-Digest", sha1(PAGE)),)),
    Foreign(url=OTHER, block=CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (len(PAGE), PAGE), date="2020-02-02T00:00:00+08:00"),
    Foreign(kind="request", block=b"GET / HTTP/1.1\r\n\r\n"),
    Foreign(kind="revisit", body=b"", date="2021-01-01T00:00:00Z", more=(("WARC-Refers-To", f"<{ORIGINAL_ID}>"),)),
    Foreign(kind="resource", block=PAGE[:3000], version="WARC/0.18", url=HOME),
    Foreign(url=HOME, status="404 Not Found", date="2022-01-01T00:00:00Z"),
    Foreign(url=HOME, body=PAGE, more=(("WARC-Block-Digest", sha1(replace(Foreign(), body=PAGE).content())),)),
)
TOKENS = (
    *(
        b"",
        b"0",
        b"-1",
        b"1",
        b"999",
        b"4294967296",
        b"9" * 30,
        b"9" * 5000,
        b"\xff\xfe",
        b"\x00",
        b"\r",
        b"\n",
        b"\r\n",
    ),
    *(b"\r\n\r\n", b"WARC/1.0\r\n", b"HTTP/1.1 200 OK\r\n", b"chunked", b"gzip", b"br", b"Content-Length: 5\r\n"),
    *(
        b"response",
        b"revisit",
        b"conversion",
        b"continuation",
        b"http://[broken",
        b"http://english.chinapost.com.cn:99",
    ),
    *(b"http://english.chinapost.com.cn:" + b"9" * 5000 + b"/", "http://english.chinapost．com.cn/".encode()),
    *(b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-23:59", b"1969-12-31", b"2019-W01-1", b"<urn:uuid:x>"),
    *(b"sha1:", b"sha256:00", b"\x1f\x8b\x08\x00", b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"\x00" * 40),
)
Change: TypeAlias = Callable[[re.Match[bytes]], bytes]
FIELD = re.compile(rb"(?m)^([A-Za-z-]+:[ \t]*)([^\r\n]*)")
NUMBER = re.compile(rb"(?<=[:\s])\d+(?=\r?\n)")
BOUNDARY = re.compile(rb"\r?\n|WARC/|\x1f\x8b|PK")


def made(number: int, *, seed: int = 1) -> bytes:
    """Return one file that went wrong."""
    chance = Random(f"{seed}-{number}")  # noqa: S311 - no secret
    records = plain(*chance.sample(RECORDS, k=chance.randint(1, len(RECORDS))))
    if chance.random() < 0.6:  # before it is packed, so that what is inside the frame is wrong
        records = _wounded(records, chance)
    data = chance.choice((_same, _members, _whole, _stored, _deflated, _oddly, _stored_members))(records)
    return _wounded(data, chance) if chance.random() < 0.6 else data


def _wounded(data: bytes, chance: Random) -> bytes:
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        data = chance.choice(WOUNDS)(data, chance)
    return data


def _flipped(data: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(data) + 1)
    return (
        data[:place] + bytes(byte ^ (1 << chance.randrange(8)) for byte in data[place : place + 1]) + data[place + 1 :]
    )


def _cut(data: bytes, chance: Random) -> bytes:
    """Cut a file at a boundary of its format, or anywhere."""
    places = [found.start() for found in BOUNDARY.finditer(data)] or [0]
    return data[: chance.choice(places) + chance.choice((0, 0, 1, 2))]


def _removed(data: bytes, chance: Random) -> bytes:
    first, second = _span(data, chance)
    return data[:first] + data[second:]


def _repeated(data: bytes, chance: Random) -> bytes:
    first, second = _span(data, chance)
    return data[:second] + data[first:]


def _pushed(data: bytes, chance: Random) -> bytes:
    first, second = _span(data, chance)
    return data[:first] + chance.choice(TOKENS) + data[chance.choice((first, second)) :]


def _lying(data: bytes, chance: Random) -> bytes:
    """Change a number that ends a line: a length, a status, a chunk's size."""
    return _replaced(
        data, NUMBER, lambda found: str(int(found[0][:9]) + chance.choice((-9, -1, 1, 9, 10**7))).encode(), chance
    )


def _renamed(data: bytes, chance: Random) -> bytes:
    """Give a field another value."""
    return _replaced(data, FIELD, lambda found: found[1] + chance.choice(TOKENS), chance)


def _doubled(data: bytes, chance: Random) -> bytes:
    return _replaced(data, FIELD, lambda found: found[0] + b"\r\n" + found[1] + chance.choice(TOKENS), chance)


WOUNDS = (_flipped, _flipped, _cut, _removed, _repeated, _pushed, _lying, _lying, _renamed, _renamed, _doubled)


def _replaced(
    data: bytes, pattern: re.Pattern[bytes], new: Callable[[re.Match[bytes]], bytes], chance: Random
) -> bytes:
    found = list(pattern.finditer(data))
    if not found:
        return _flipped(data, chance)
    one = chance.choice(found)
    return data[: one.start()] + new(one) + data[one.end() :]


def _span(data: bytes, chance: Random) -> tuple[int, int]:
    first = chance.randrange(len(data) + 1)
    return first, min(len(data), first + chance.choice((1, 2, 30, 3000)))


def _same(records: bytes) -> bytes:
    return records


def _members(records: bytes) -> bytes:
    return b"".join(gzip.compress(part, mtime=0) for part in re.split(rb"(?=WARC/[01]\.)", records) if part)


def _whole(records: bytes) -> bytes:
    return gzip.compress(records, mtime=0)


def _stored(records: bytes) -> bytes:
    return _package(records, zipfile.ZIP_STORED)


def _deflated(records: bytes) -> bytes:
    return _package(records, zipfile.ZIP_DEFLATED)


def _oddly(records: bytes) -> bytes:
    return _package(records, zipfile.ZIP_LZMA if len(records) % 2 else zipfile.ZIP_BZIP2)


def _stored_members(records: bytes) -> bytes:
    return _package(_members(records), zipfile.ZIP_STORED)


def _package(warc: bytes, method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as package:
        package.writestr("archive/data.warc", warc)
    return out.getvalue()
