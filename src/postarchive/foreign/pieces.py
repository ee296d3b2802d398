"""A file's bytes, in pieces that hold records: all of an uncompressed file, or one gzip member after another.

A gzip member holds one record if the file was written record by record, and all of them if it was compressed as a
whole. A piece is seekable, so checking a wrong length costs one look and no reading.
"""

import os
import re
from collections.abc import Generator
from dataclasses import dataclass
from typing import IO

from postarchive.foreign.bounds import CHUNK_BYTES, Allowance, Broken
from postarchive.foreign.members import GZIP_MAGIC, Member, begins_with, inflated_start, members

VERSION = re.compile(rb"WARC/(?:0\.1[78]|1\.\d)[ \t]{0,8}\r?\n")
# A whole header: a line that names another version ends the match, so a search looks at each byte once.
HEADER = re.compile(VERSION.pattern + rb"(?:(?:(?!WARC/[01]\.)[^\r\n])++\r?\n)++\r?\n")
NEXT_VERSION = re.compile(rb"\n" + VERSION.pattern)
LENGTH = re.compile(rb"^content-length[ \t]*:", re.IGNORECASE | re.MULTILINE)
HEADER_END = re.compile(rb"\r?\n\r?\n")
# Two line ends, or what other writers leave of them before the next record or the end of the file.
RECORD_END = re.compile(rb"(?:\r?\n){2}|(?:\r?\n)?(?=WARC/[01]\.)|(?:\r?\n)?\Z")
MAX_HEADER_BYTES = 1 << 20
HEAD_BYTES = 1 << 12
WINDOW_BYTES, OVERLAP_BYTES = 4 * CHUNK_BYTES, CHUNK_BYTES
RECORD_MAGIC = b"WARC/"
ARC_MAGIC = b"filedesc:"


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a WARC file, which may be compressed; the stream is seekable.

    `is_inflated`: the file as a whole was inflated. `is_doubtful`: its checksum does not match.
    """

    stream: IO[bytes]
    allowance: Allowance
    is_inflated: bool = False
    is_doubtful: bool = False


class FilePiece:
    """A run of records; `position` is that of the next (inflated) byte to read.

    `offset` is its place in the file, `is_file` means that it is the whole file. `problem` is why its gzip member is
    not whole, None if it is whole or there is none. `is_doubtful`: some of its bytes have changed.
    """

    def __init__(self, content: Content, member: Member | None = None) -> None:
        """Begin at the first byte of the file, or of one of its gzip members."""
        self.is_file = member is None
        self.offset = member.offset if member else 0
        self.problem = member.problem if member else None
        self.is_doubtful = content.is_doubtful if member is None else self.problem is not None and not member.is_cut
        self.position = 0
        self._stream = member.content if member else content.stream
        self._allowance = content.allowance if member or content.is_inflated else None
        self.length_bytes = self._stream.seek(0, os.SEEK_END)

    def has_record(self) -> bool:
        """Skip line ends; tell whether anything follows them."""
        while data := self.look(HEAD_BYTES):
            rest = data.lstrip(b"\r\n")
            self.position += len(data) - len(rest)
            if rest:
                return True
        return False

    def header(self) -> bytes:
        """Return the header that begins here, and move past it. Raises Broken when none does."""
        self._count()
        size, data = HEAD_BYTES, self.look(HEAD_BYTES)
        if not VERSION.match(data):
            raise Broken("no WARC record begins here")
        while not (end := HEADER_END.search(data)) and size <= MAX_HEADER_BYTES and len(data) == size:
            size *= 2
            data = self.look(size)
        if end is None and len(data) < size:
            raise Broken("the file ends inside the header")
        if end is None or NEXT_VERSION.search(data, 0, end.start()):
            raise Broken("the header does not end")
        self.position += end.end()
        return data[: end.start()]

    def is_end(self, place: int) -> bool:
        """Tell whether a record may end at a place."""
        self._stream.seek(place)
        return RECORD_END.match(self._stream.read(HEAD_BYTES >> 6)) is not None

    def read(self, length: int) -> bytes:
        """Return this many bytes and move past them; fewer only at the end of the piece."""
        data = self.look(length)
        self.position += len(data)
        return data

    def look(self, length: int) -> bytes:
        """Return this many bytes without moving past them."""
        self._stream.seek(self.position)
        return self._stream.read(length)

    def find_record(self) -> bool:
        """Move to the next whole header; tell whether one was found."""
        while data := self.look(WINDOW_BYTES):
            for found in HEADER.finditer(data):
                self._count()
                if LENGTH.search(found[0]):
                    self.position += found.start()
                    return True
            self.position += len(data) if len(data) < WINDOW_BYTES else WINDOW_BYTES - OVERLAP_BYTES
        return False

    def _count(self) -> None:
        if self._allowance is not None:
            self._allowance.take_record()


def pieces(content: Content, start: int = 0) -> Generator[FilePiece, None, None]:
    """Yield the pieces of a WARC file; read each one before taking the next.

    `start`, if not 0, is where the first gzip member to read begins. Raises Broken for an ARC file, the format before
    WARC, and TooCostly.
    """
    content.stream.seek(0)
    beginning = content.stream.read(HEAD_BYTES)
    if is_arc(beginning):
        raise Broken("an ARC file, which cannot be read; convert it to WARC (`warcio recompress`)")
    if not beginning.startswith(GZIP_MAGIC):
        yield FilePiece(content)
        return
    for member in members(content.stream, content.allowance, begins=RECORD_MAGIC, start=start):
        with member.content:
            yield FilePiece(content, member)


def begins_record(data: bytes) -> bool:
    """Tell whether bytes are the start of a WARC file, compressed or not."""
    return VERSION.match(data) is not None or begins_with(data, RECORD_MAGIC)


def is_arc(data: bytes) -> bool:
    """Tell whether bytes are the start of an ARC file, compressed or not."""
    return inflated_start(data, len(ARC_MAGIC)) == ARC_MAGIC
