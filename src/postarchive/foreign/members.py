"""The gzip members of a file, one after another; after damage, the next readable one."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from postarchive.foreign.bounds import CHUNK_BYTES, Allowance, Scratch

GZIP = 31  # zlib's `wbits` for a gzip wrapper
GZIP_MAGIC = b"\x1f\x8b\x08"
MEMBER_START = re.compile(rb"\x1f\x8b\x08[\x00-\x1f]")  # the highest bits of its flags are zero
READ_BYTES = 1 << 14  # most members are small, and what is read beyond one is copied for the next
PROBE_BYTES = 512


@dataclass(frozen=True, slots=True)
class Member:
    """What a member inflates to, as far as it can; `problem` is None when it is whole.

    `is_cut`: the file ends inside it, so what comes before the end is right.
    """

    offset: int
    content: IO[bytes]
    problem: str | None = None
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class _Inflated:
    """A member's content, its length in the file, and what was read beyond it."""

    content: Scratch
    length_bytes: int
    ahead: bytes
    problem: str | None = None
    is_cut: bool = False


def members(stream: IO[bytes], allowance: Allowance, *, begins: bytes, start: int = 0) -> Iterator[Member]:
    """Yield the members of a file, from the one that begins at `start` on.

    After a broken one, continue with the next whose content begins with `begins`. Zeros at the end are not a member:
    tapes and disks round up. Raises TooMuch.
    """
    place: int | None = start
    ahead = b""
    while place is not None:
        if not ahead:
            stream.seek(place)
        ahead = ahead or stream.read(READ_BYTES)
        if not ahead.strip(b"\0") and _are_zeros(stream):
            return
        found = _inflated(stream, ahead, allowance)
        yield Member(place, found.content.reader(), found.problem, found.is_cut)
        if found.problem is None:
            place, ahead = place + found.length_bytes, found.ahead
        else:
            place, ahead = _find_member(stream, place + 1, begins), b""


def begins_with(data: bytes, begins: bytes) -> bool:
    """Tell whether bytes are the start of a gzip member whose content begins with `begins`."""
    return data.startswith(GZIP_MAGIC) and inflated_start(data, len(begins)) == begins


def inflated_start(data: bytes, length: int) -> bytes:
    """Return the first bytes that a file's start inflates to, its own if it is not compressed; empty on failure."""
    if not data.startswith(GZIP_MAGIC):
        return data[:length]
    try:
        return zlib.decompressobj(wbits=GZIP).decompress(data, length)
    except zlib.error:
        return b""


def _inflated(stream: IO[bytes], data: bytes, allowance: Allowance) -> _Inflated:
    content = Scratch()
    try:
        return _inflate(stream, data, content, allowance)
    except BaseException:
        content.close()
        raise


def _inflate(stream: IO[bytes], data: bytes, content: Scratch, allowance: Allowance) -> _Inflated:
    """Inflate the member that begins with these bytes and continues in the stream."""
    inflate, length = zlib.decompressobj(wbits=GZIP), 0
    while data:
        try:
            piece = inflate.decompress(data, CHUNK_BYTES)
        except zlib.error as error:
            return _Inflated(content, length, b"", f"gzip member is not whole: {error}")
        left = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
        taken = len(data) - len(left)
        allowance.take(taken + len(piece))
        content.write(piece)
        length += taken
        if inflate.eof:
            return _Inflated(content, length, left)
        data = left or stream.read(READ_BYTES)
    return _Inflated(content, length, b"", "gzip member is not whole: the file ends inside it", is_cut=True)


def _are_zeros(stream: IO[bytes]) -> bool:
    while data := stream.read(CHUNK_BYTES):
        if data.strip(b"\0"):
            return False
    return True


def _find_member(stream: IO[bytes], place: int, begins: bytes) -> int | None:
    """Return where the next member begins whose content starts with `begins`; None when there is none."""
    while True:
        stream.seek(place)
        data = stream.read(CHUNK_BYTES)
        for found in MEMBER_START.finditer(data):
            stream.seek(place + found.start())
            if begins_with(stream.read(PROBE_BYTES), begins):
                return place + found.start()
        if len(data) < CHUNK_BYTES:
            return None
        place += len(data) - len(GZIP_MAGIC)
