"""A file's bytes in pieces that hold records: all of an uncompressed file, or one gzip member after another.

A gzip member holds one record when it was written record by record, and all of them when the file was packed whole.
"""

import io
import zlib
from collections.abc import Iterator
from typing import IO

GZIP = 31  # zlib's `wbits` for a gzip wrapper
GZIP_MAGIC = b"\x1f\x8b\x08"
RECORD_START = b"WARC/1."
CHUNK_BYTES = 1 << 16
PROBE_BYTES = 512
LONGEST_LINE_BYTES = 1 << 16


class Broken(Exception):
    """The bytes are not what they should be; never leaves this package, where it becomes a `Damage`."""


class Piece:
    """A run of records; `offset` is its place in the file, `position` how many of its (inflated) bytes were read."""

    def __init__(self, stream: IO[bytes], offset: int, *, is_file: bool) -> None:
        """Begin at its first byte; `is_file` when it is the file itself, in which one can go back."""
        self.offset = offset
        self.position = 0
        self._stream = stream
        self.is_file = is_file

    def line(self) -> bytes:
        """Return the next line with its end; empty at the end of the piece."""
        line = self._stream.readline(LONGEST_LINE_BYTES)
        self.position += len(line)
        return line

    def read(self, length: int) -> bytes:
        """Return so many bytes, fewer only at the end of the piece."""
        data = self._stream.read(length)
        self.position += len(data)
        return data

    def skip(self, length: int) -> int:
        """Read over so many bytes; return how many there were."""
        left = length
        while left and (data := self.read(min(left, CHUNK_BYTES))):
            left -= len(data)
        return length - left

    def next_start(self, broken: int) -> bytes:
        """Return the line that begins the record after a broken one; empty when none follows.

        In a file it is looked for behind the broken one's first line: a wrong length may have led across others.
        """
        if self.is_file:
            self.position = self._stream.seek(broken)
            self.line()
        while (line := self.line()) and not line.startswith(RECORD_START):
            pass
        return line


def pieces(stream: IO[bytes]) -> Iterator[Piece]:
    """Yield the pieces of a WARC file; the one in hand must be read before the next is asked for.

    Reading a piece raises Broken where it cannot be inflated. After that the next whole member follows.
    """
    magic = stream.read(len(GZIP_MAGIC))
    stream.seek(0)
    if magic != GZIP_MAGIC:
        yield Piece(stream, 0, is_file=True)
        return
    start: int | None = 0
    while start is not None:
        member = _Member(stream, start)
        yield Piece(io.BufferedReader(member, CHUNK_BYTES), start, is_file=False)
        start = _start_after(stream, member)


class _Member(io.RawIOBase):
    """The content of the gzip member that begins at a place of a file, inflated as it is read."""

    def __init__(self, stream: IO[bytes], start: int) -> None:
        super().__init__()
        self.start = start
        self._stream = stream
        self._stream.seek(start)
        self._inflate = zlib.decompressobj(wbits=GZIP)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # a BufferedReader gives no other buffer
        """Fill the buffer; raises Broken where the bytes cannot be inflated or end too early."""
        while not self._inflate.eof:
            data = self._inflate.unconsumed_tail or self._stream.read(CHUNK_BYTES)
            try:
                piece = self._inflate.decompress(data, len(buffer))
            except zlib.error as error:
                raise Broken(f"gzip member is not whole: {error}") from error
            if piece:
                buffer[: len(piece)] = piece
                return len(piece)
            if not data and not self._inflate.eof:
                raise Broken("gzip member is not whole: the file ends inside it")
        return 0

    def end(self) -> int:
        """Return the place after the member; raises Broken when it does not come to its end."""
        scrap = memoryview(bytearray(CHUNK_BYTES))
        while self.readinto(scrap):
            pass
        return self._stream.tell() - len(self._inflate.unused_data)


def _start_after(stream: IO[bytes], member: _Member) -> int | None:
    try:
        end = member.end()
    except Broken:
        return _find_member(stream, member.start + 1)
    stream.seek(end)
    return end if stream.read(1) else None


def _find_member(stream: IO[bytes], place: int) -> int | None:
    """Return where the first member from a place on begins that holds a record; None when there is none."""
    while True:
        stream.seek(place)
        data = stream.read(CHUNK_BYTES)
        found = data.find(GZIP_MAGIC)
        if found >= 0 and _begins_record(stream, place + found):
            return place + found
        if len(data) < len(GZIP_MAGIC):
            return None
        place += found + 1 if found >= 0 else len(data) - len(GZIP_MAGIC) + 1


def _begins_record(stream: IO[bytes], place: int) -> bool:
    stream.seek(place)
    return begins_record(stream.read(PROBE_BYTES))


def begins_record(data: bytes) -> bool:
    """Tell whether bytes are the beginning of a WARC file, packed or not."""
    if not data.startswith(GZIP_MAGIC):
        return data.startswith(RECORD_START)
    try:
        return zlib.decompressobj(wbits=GZIP).decompress(data, len(RECORD_START)) == RECORD_START
    except zlib.error:
        return False
