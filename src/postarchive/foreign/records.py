"""The WARC records of a file, whole and with their digest checked; or what is damaged, and where."""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, TypeAlias

from postarchive.foreign.pieces import RECORD_START, Broken, Piece, pieces

MAX_BODY_BYTES = 32 << 20
MAX_HEAD_BYTES = 1 << 20
ALGORITHMS = frozenset(("md5", "sha1", "sha256", "sha512"))
BLANK = b"\r\n"

WarcHeaders: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Damage:
    """What could not be read of a file: byte position (of the gzip member, when it is packed), and the problem."""

    file: str
    offset: int
    problem: str


@dataclass(frozen=True, slots=True)
class Record:
    """A whole record; header names are in lower case, `offset` is as in `Damage`."""

    file: str
    offset: int
    headers: WarcHeaders
    block: bytes


def read_records(
    file: str, stream: IO[bytes], *, is_wanted: Callable[[WarcHeaders], bool]
) -> Iterator[Record | Damage]:
    """Yield a WARC file's records that are wanted by their headers, and each damage; others are read over."""
    for piece in pieces(stream):
        try:
            yield from _records(file, piece, is_wanted)
        except Broken as error:
            yield _damage(file, piece, 0, str(error))


def _records(file: str, piece: Piece, is_wanted: Callable[[WarcHeaders], bool]) -> Iterator[Record | Damage]:
    start, line = _next_line(piece)
    while line:
        try:
            record, following = _record(file, piece, line, is_wanted)
        except _Misframed as error:
            yield _damage(file, piece, start, str(error))
            line = piece.next_start(start)
            start = piece.position - len(line)
            continue
        if record is not None:
            yield record
        start, line = following


class _Misframed(Broken):
    """A record's own lines are wrong; the piece can be read on."""


def _record(
    file: str, piece: Piece, first_line: bytes, is_wanted: Callable[[WarcHeaders], bool]
) -> tuple[Record | Damage | None, tuple[int, bytes]]:
    """Return a record, None when it is not wanted, and what follows: a record counts when its end was found."""
    start = piece.position - len(first_line)
    headers = _headers(piece, first_line)
    length = _length(headers)
    wanted = is_wanted(headers)
    is_large = length > MAX_BODY_BYTES + MAX_HEAD_BYTES
    block = piece.read(length) if wanted and not is_large else b""
    found = len(block) if wanted and not is_large else piece.skip(length)
    if found < length:
        raise _Misframed(f"Content-Length {length}, found {found} bytes")
    following = _end(piece)
    if not wanted:
        return None, following
    if is_large:
        return _damage(file, piece, start, f"{length} bytes are more than a page has; left out"), following
    if problem := _digest_problem(headers.get("warc-block-digest", ""), block):
        return _damage(file, piece, start, problem), following
    return Record(file, start if piece.is_file else piece.offset, headers, block), following


def _headers(piece: Piece, first_line: bytes) -> WarcHeaders:
    if not first_line.startswith(RECORD_START):
        raise _Misframed("no WARC record begins here")
    lines: list[str] = []
    limit = piece.position + MAX_HEAD_BYTES
    while (line := piece.line()).strip():
        if piece.position > limit:
            raise _Misframed("the header does not end")
        text = line.decode(errors="backslashreplace").rstrip("\r\n")
        if text[0] in " \t" and lines:
            lines[-1] += f" {text.strip()}"
        else:
            lines.append(text)
    if not line:
        raise _Misframed("the file ends inside the header")
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _length(headers: WarcHeaders) -> int:
    text = headers.get("content-length", "")
    if not (text.isascii() and text.isdigit()):
        raise _Misframed(f"Content-Length is {text!r}")
    return int(text)


def _end(piece: Piece) -> tuple[int, bytes]:
    """Read over the blank lines that end a record; return place and first line of what follows."""
    line = piece.line()
    if line.strip(BLANK):
        raise _Misframed("the record does not end where its Content-Length says")
    return _next_line(piece) if line else (piece.position, b"")


def _next_line(piece: Piece) -> tuple[int, bytes]:
    while (line := piece.line()) and not line.strip(BLANK):
        pass
    return piece.position - len(line), line


def _digest_problem(labelled: str, block: bytes) -> str | None:
    """Return what is wrong; None for the right digest, and for one of an algorithm that is not known here."""
    algorithm, _, wanted = labelled.partition(":")
    name = algorithm.lower().replace("-", "")
    if name not in ALGORITHMS:
        return None
    found = hashlib.new(name, block, usedforsecurity=False).digest()
    is_right = wanted.upper().rstrip("=") == base64.b32encode(found).decode().rstrip("=")
    return None if is_right or wanted.lower() == found.hex() else "block digest does not match"


def _damage(file: str, piece: Piece, start: int, problem: str) -> Damage:
    """Return the damage with its place: in the file itself, else that of the member and the place inside it."""
    if piece.is_file:
        return Damage(file, start, problem)
    return Damage(file, piece.offset, f"{problem} (at inflated byte {start})" if start else problem)
