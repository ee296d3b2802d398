"""An HTTP/1 response as bytes: where its head ends, what the head says, and the body without its chunks.

The evidence is what came off the socket; a copy of it is read here, whether live, stored or someone else's. What a
server sends must not stop an archive, so reading is as lenient as browsers: LF ends a line as CR LF does, a folded line
continues the one before, and a line that is not a header is skipped, but not the headers after it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from postarchive.models import Capture, Headers

LINE_END = b"\r\n"
HEAD_END = re.compile(rb"\n\r?\n")
FOLD = re.compile(r"\r?\n[ \t]+")
# HTTP/1.1 200 OK, HTTP/1.0 404, HTTP/2 200
STATUS_LINE = re.compile(r"HTTP/(\d+(?:\.\d+)?)[ \t]+(\d{3})(?!\d)[ \t]*(.*)", re.IGNORECASE | re.ASCII)
# 1f40;name=value: old servers pad the size with blanks
CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\n]*)?\r?\n")
BLANKS = " \t\r"
PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})
LIVE, WAYBACK, COMMONCRAWL = "live", "wayback", "commoncrawl"  # origins: our own captures, and what archives captured
LONGEST_NUMBER = 18  # digits


@dataclass(frozen=True, slots=True)
class Head:
    """What a response's head says; `headers` in order and spelling, decoded as Latin-1, folded lines joined."""

    version: str
    status: int
    reason: str
    headers: Headers

    def tokens(self, name: str) -> tuple[str, ...]:
        """Return the values of a header that is a list, from all its lines, in lower case."""
        values = (value for key, value in self.headers if key.lower() == name)
        return tuple(token for value in values for item in value.split(",") if (token := item.strip(BLANKS).lower()))

    @property
    def is_chunked(self) -> bool:
        """Tell whether the body was sent in chunks."""
        codings = [coding for coding in self.tokens("transfer-encoding") if coding != "identity"]
        return codings[-1:] == ["chunked"]

    @property
    def of_the_body(self) -> Headers:
        """Return the headers that are true of the body without its chunks: all but `Transfer-Encoding`."""
        return tuple((name, value) for name, value in self.headers if name.lower() != "transfer-encoding")


class ChunkError(ValueError):
    """A chunked body ends too early, or has a malformed line between its chunks."""


def received(  # noqa: PLR0913 - a response, and who sent it
    url: str, time: datetime, head: bytes, sent: bytes, *, origin: str = LIVE, parsed: Head | None = None
) -> Capture:
    """Return a response from its bytes: the head with its blank line, and the body as it was sent.

    `parsed` is what the head says, if the caller has it. Raises ValueError when the head has no status line, or a
    chunked body is cut off.
    """
    parsed = parsed or parse_head(head)
    if parsed is None:
        raise ValueError(f"no HTTP status line: {head[:40]!r}")
    body = without_chunks(parsed, sent)
    coded = None if body is sent else sent
    return Capture(url, time, parsed.status, parsed.of_the_body, body, parsed.reason, origin, head, coded)


def is_html(capture: Capture) -> bool:
    """Tell whether the response says it is a page; one that says nothing may be (the CMS's start-up page does not)."""
    content_type = capture.header("Content-Type") or "text/html"
    return content_type.partition(";")[0].strip().lower() in PAGE_TYPES


def with_body(capture: Capture, body: bytes) -> Capture:
    """Return a response that is kept without its body, with the body that it repeats.

    Its own chunks are not known: if the head promises chunks, the body comes as a single one.
    """
    parsed = parse_head(capture.head)
    return replace(capture, body=body, coded=in_one_chunk(body) if parsed and parsed.is_chunked else None)


def split_message(message: bytes) -> tuple[bytes, bytes] | None:
    """Return a message's head, with the blank line that ends it, and its body; None when the head does not end."""
    end = HEAD_END.search(message)
    return (message[: end.end()], message[end.end() :]) if end else None


def parse_head(head: bytes) -> Head | None:
    """Return what a response's head says; None when it does not begin with a status line."""
    first, _, rest = head.decode("latin-1").partition("\n")
    found = STATUS_LINE.fullmatch(first.rstrip(BLANKS))
    if found is None:
        return None
    return Head(found[1], int(found[2]), found[3].strip(BLANKS), tuple(_headers(FOLD.sub(" ", rest).split("\n"))))


def content_length(head: Head) -> int | None:
    """Return how many bytes the body has by `Content-Length`; None when that is missing or unusable.

    Raises ValueError when its lines contradict each other: then nobody can tell where the response ends.
    """
    lengths = {token.lstrip("0") or "0" for token in head.tokens("content-length") if token.isascii()}
    numbers = {int(length[:LONGEST_NUMBER]) for length in lengths if length.isdigit()}
    if len(lengths) > 1:
        raise ValueError(f"{len(lengths)} unlike values of Content-Length")
    return next(iter(numbers), None)


def without_chunks(head: Head, sent: bytes) -> bytes:
    """Return a body without its chunks; as it is when it has none, or a writer removed them but left the header.

    Raises ChunkError when it is cut off.
    """
    if not head.is_chunked or not CHUNK_SIZE.match(sent):
        return sent
    body = bytearray()  # not a list: a chunk may be one byte
    for piece in read_chunks(_Memory(sent)):
        body += piece
    return bytes(body)


def in_one_chunk(body: bytes) -> bytes:
    """Return a body as a single chunk, for a head that promises chunks when the original ones were not kept."""
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"


class ByteSource(Protocol):
    """Bytes that are read from first to last."""

    def line(self) -> bytes:
        """Return the next line with its line end, or the rest when it has none; empty at the end."""

    def read(self, length: int) -> bytes:
        """Return this many bytes; fewer only at the end."""


def read_chunks(source: ByteSource) -> Iterator[bytes]:
    """Yield the data of each chunk, and skip the trailers; raises ChunkError when the body is cut off.

    A source that ends after the last chunk's own line is whole: some servers omit the end of the trailers.
    """
    while size := _size_of(source.line()):
        data = source.read(size)
        if len(data) < size or source.line().strip(LINE_END):
            raise ChunkError(f"a chunk of {size} bytes is cut off, or longer than it says")
        yield data
    while source.line().strip(LINE_END):
        pass


def is_read_alike(head: bytes) -> bool:
    """Tell whether every reader of WARC files finds the end of this head in the same place.

    fastwarc looks only for CR LF CR LF, and warcio takes a line of nothing but white space for the end.
    """
    *lines, last = head.split(b"\n")[:-1]
    return last == b"\r" and lines[-1].endswith(b"\r") and all(_as_text(line).strip() for line in lines)


def _headers(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, colon, value = line.partition(":")
        if colon and name.rstrip(BLANKS) and name[0] not in BLANKS:
            yield name.rstrip(BLANKS), value.strip(BLANKS)


def _size_of(line: bytes) -> int:
    found = CHUNK_SIZE.fullmatch(line)
    if found is None:
        raise ChunkError(f"no chunk size: {line[:40]!r}" if line else "the body ends before its last chunk")
    return int(found[1], 16)


def _as_text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")


class _Memory:
    """Bytes in memory as a source."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def line(self) -> bytes:
        """Return the next line."""
        end = self._data.find(b"\n", self._place) + 1
        return self.read((end or len(self._data)) - self._place)

    def read(self, length: int) -> bytes:
        """Return this many bytes."""
        start, self._place = self._place, self._place + length
        return self._data[start : self._place]
