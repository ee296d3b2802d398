"""The WARC records of a file, whole and with digests checked; or what is damaged, and where."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from postarchive.foreign.bounds import Broken, TooCostly
from postarchive.foreign.pieces import Content, FilePiece, pieces

MAX_BODY_BYTES = 32 << 20
MAX_HEAD_BYTES = 1 << 20
ALGORITHMS = frozenset(("md5", "sha1", "sha256", "sha512"))
MAX_DIGITS = 18  # of a Content-Length
HEAD_END = re.compile(rb"\r?\n\r?\n")

WarcHeaders: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Damage:
    """What could not be read in a file: byte position (of the gzip member if compressed), and the problem.

    `count` is how many damaged places it covers: for a file full of them, the last ones are reported as one.
    """

    file: str
    offset: int
    problem: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class ForeignRecord:
    """A whole record; header names are in lower case, `offset` as in `Damage`."""

    file: str
    offset: int
    headers: WarcHeaders
    block: bytes


def read_records(
    file: str, content: Content, *, is_wanted: Callable[[WarcHeaders], bool], start: int = 0
) -> Iterator[ForeignRecord | Damage]:
    """Yield each record of a WARC file that is wanted by its headers, and each damaged place; skip the others.

    An incomplete gzip member is one damaged place: of its records, those proved by their digests are returned. `start`
    is as in `pieces`. Raises Broken for a file that cannot be read, or not any further.
    """
    for piece in pieces(content, start):
        yield from _in_piece(file, piece, is_wanted)


def read_member(
    file: str, content: Content, *, is_wanted: Callable[[WarcHeaders], bool], start: int
) -> Iterator[ForeignRecord | Damage]:
    """Yield what `read_records` does, for the one gzip member that begins at `start`."""
    with closing(pieces(content, start)) as found:
        for piece in islice(found, 1):
            yield from _in_piece(file, piece, is_wanted)


def _in_piece(
    file: str, piece: FilePiece, is_wanted: Callable[[WarcHeaders], bool]
) -> Iterator[ForeignRecord | Damage]:
    for item in _records(file, piece, is_wanted):
        if isinstance(item, ForeignRecord) or piece.problem is None:
            yield item
    if piece.problem is not None:
        yield Damage(file, piece.offset, piece.problem)


def _records(file: str, piece: FilePiece, is_wanted: Callable[[WarcHeaders], bool]) -> Iterator[ForeignRecord | Damage]:
    while piece.has_record():
        start = piece.position
        try:
            item = _record(file, piece, is_wanted)
        except TooCostly:
            raise
        except Broken as error:
            yield _damage(file, piece, start, str(error))
            piece.position = start + 1
            if not piece.find_record():
                return
            continue
        if item is not None:
            yield item


def _record(file: str, piece: FilePiece, is_wanted: Callable[[WarcHeaders], bool]) -> ForeignRecord | Damage | None:
    """Return the record that begins here, None if it is not wanted; its end must be where it should be."""
    start = piece.position
    headers = _headers(piece.header())
    length = _length(headers)
    end = piece.position + length
    if end > piece.length_bytes:
        raise Broken(f"Content-Length {length}, found {piece.length_bytes - piece.position} bytes")
    if not piece.is_end(end):
        raise Broken("the record does not end where its Content-Length says")
    if not is_wanted(headers):
        piece.position = end
        return None
    if length > MAX_BODY_BYTES + MAX_HEAD_BYTES:
        piece.position = end
        return _damage(file, piece, start, f"{length} bytes are too many for a page; left out")
    block = piece.read(length)
    if problem := _digest_problem(headers.get("warc-block-digest", ""), block):
        return _damage(file, piece, start, problem)
    if piece.is_doubtful and not _is_proved(headers, block):
        return None
    return ForeignRecord(file, start if piece.is_file else piece.offset, headers, block)


def _headers(head: bytes) -> WarcHeaders:
    lines: list[str] = []
    for line in head.decode(errors="backslashreplace").split("\n")[1:]:
        if line[:1] in (" ", "\t") and lines:
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line)
    pairs = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    if len({value for name, value in pairs if name == "content-length"}) > 1:
        raise Broken("two values of Content-Length")
    return dict(pairs)


def _is_proved(headers: WarcHeaders, block: bytes) -> bool:
    """Tell whether a digest of a known algorithm proves the record: the block's, checked before, else the body's."""
    if _algorithm(headers.get("warc-block-digest", "")):
        return True
    labelled = headers.get("warc-payload-digest", "")
    body = HEAD_END.split(block, maxsplit=1)[-1]
    return _algorithm(labelled) is not None and _digest_problem(labelled, body) is None


def _length(headers: WarcHeaders) -> int:
    text = headers.get("content-length", "")
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise Broken(f"Content-Length is {text[:40]!r}")
    return int(text)


def _digest_problem(labelled: str, block: bytes) -> str | None:
    """Return what is wrong; None if the digest is right, or its algorithm is not known here."""
    name, wanted = _algorithm(labelled), labelled.partition(":")[2].strip()
    if name is None:
        return None
    found = hashlib.new(name, block, usedforsecurity=False).digest()
    is_right = wanted.upper().rstrip("=") == base64.b32encode(found).decode().rstrip("=")
    return None if is_right or wanted.lower() == found.hex() else "block digest does not match"


def _algorithm(labelled: str) -> str | None:
    name = labelled.partition(":")[0].strip().lower().replace("-", "")
    return name if name in ALGORITHMS else None


def _damage(file: str, piece: FilePiece, start: int, problem: str) -> Damage:
    """Return the damage with its place: in the file itself, or in its gzip member and inside that."""
    if piece.is_file:
        return Damage(file, start, problem)
    return Damage(file, piece.offset, f"{problem} (at inflated byte {start})" if start else problem)
