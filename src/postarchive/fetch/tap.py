"""A tap on the socket, below requests and urllib3: it reads a response byte for byte.

http.client parses as it reads: it drops every header after a malformed line, turns HTTP/1.0 into 1.1 and removes the
chunks. So a response is read here to its end, and `http1` parses a copy. requests' own time-out starts again with each
byte, so a server could keep us waiting for days: a response also has a deadline and a minimum speed.
"""

import io
from http.client import HTTPException, HTTPMessage, HTTPResponse, RemoteDisconnected
from socket import socket
from typing import TYPE_CHECKING, ClassVar, Protocol

from postarchive.fetch.limits import Terms
from postarchive.http1 import Head, content_length, parse_head, read_chunks

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PIECE_BYTES = 1 << 16
MAX_HEAD_BYTES = 1 << 18  # including interim heads before it; browsers accept as much
BODILESS = frozenset({101, 204, 304})
INTERIM = frozenset({*range(100, 200)} - {101})


class TooLarge(Exception):
    """The body is larger than a run accepts; not a library's error, so that no library converts it on its way."""


class GivenUp(TimeoutError):
    """A response came too slowly; the message says what was awaited."""


class Connection(Protocol):
    """What a response needs from its connection."""

    terms: ClassVar[Terms]
    request_bytes: bytes

    def close(self) -> None:
        """Close it: the next request needs a new one."""


class TappedResponse(HTTPResponse):
    """A response that is read from the socket by our own rules, and kept as it came.

    urllib3 sees its status but no headers, so it neither undoes a coding nor decides where the body ends. After `read`
    these are set: `request`, `interim`, `head`, what it says in `parsed_head`, and `sent`, the body with its chunks.
    """

    def __init__(self, connection: Connection, sock: socket, method: str | None) -> None:
        """Begin at the socket's next byte."""
        super().__init__(sock, method=method)
        self.fp = io.BufferedReader(_WatchedReader(self.fp.detach(), _Watch(connection.terms)))
        self.request = connection.request_bytes
        self.interim = self.head = self.sent = b""
        self._connection = connection
        self._tape = _Tape(self.fp)
        self.parsed_head: Head | None = None
        self._body_bytes: int | None = 0

    def begin(self) -> None:
        """Read the head, and the heads of interim responses before it."""
        self._tape.start(MAX_HEAD_BYTES, HTTPException(f"a head of more than {MAX_HEAD_BYTES} bytes"))
        parsed = self._read_head()
        while parsed.status in INTERIM:
            self.interim += self.head
            parsed = self._read_head()
        self.parsed_head, self._body_bytes = parsed, _length(parsed)
        self.code = self.status = parsed.status
        self.reason = parsed.reason
        self.version = 10 if parsed.version == "1.0" else 11
        self.headers = self.msg = HTTPMessage()
        self.will_close = not self._is_kept_alive(parsed)

    def read(self, amt: int | None = None) -> bytes:  # noqa: ARG002 - the signature is given
        """Return the whole body as it was sent; empty if it was already read."""
        if self.fp is None or self.parsed_head is None:
            return b""
        self._tape.start(self._connection.terms.limits.max_body_bytes, TooLarge())
        self._read_body(self.parsed_head, self._body_bytes)
        self.sent = self._tape.taken
        self._close_conn()  # type: ignore[attr-defined] # of http.client: the connection is free again
        if self._tape.has_more:
            self._connection.close()  # unrequested bytes are not the start of the next response
        return self.sent

    def _read_head(self) -> Head:
        before = len(self._tape.taken)
        first = self._tape.line()
        if not first:
            raise RemoteDisconnected("the connection was closed without a response")
        parsed = parse_head(first)
        if parsed is None or not parsed.version.startswith("1."):
            raise HTTPException(f"no HTTP/1 response: {first[:40]!r}")
        while (line := self._tape.line()).strip(b"\r\n"):
            pass
        if not line.endswith(b"\n"):
            raise HTTPException(f"the head is cut off after {len(self._tape.taken)} bytes")
        self.head = self._tape.taken[before:]
        return parse_head(self.head) or parsed

    def _read_body(self, parsed: Head, length: int | None) -> None:
        if length is None:
            self._tape.rest()
        elif parsed.is_chunked:
            for _ in read_chunks(self._tape):
                pass
        elif len(found := self._tape.read(length)) < length:
            raise HTTPException(f"the body is cut off: {len(found)} of {length} bytes")

    def _is_kept_alive(self, parsed: Head) -> bool:
        wishes = parsed.tokens("connection")
        is_willing = "close" not in wishes and (parsed.version != "1.0" or "keep-alive" in wishes)
        return is_willing and self._body_bytes is not None


def _length(parsed: Head) -> int | None:
    """Return the body's length, 0 for chunks, which state their own; None if the connection's end ends it."""
    if parsed.status in BODILESS or parsed.is_chunked:
        return 0
    return None if parsed.tokens("transfer-encoding") else content_length(parsed)


class _Tape:
    """The bytes of a response as they are read; a source for `read_chunks`."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream = stream
        self._data = bytearray()
        self._start = self._place = self._limit = 0
        self._error: Exception = TooLarge()

    def start(self, limit: int, error: Exception) -> None:
        """Begin another part; raise `error` if it takes more bytes than the limit."""
        self._start, self._limit, self._error = self._place, limit, error

    @property
    def taken(self) -> bytes:
        """Return the bytes taken since the start of this part."""
        return bytes(memoryview(self._data)[self._start : self._place])

    @property
    def has_more(self) -> bool:
        """Tell whether more came than was taken."""
        return self._place < len(self._data)

    def line(self) -> bytes:
        """Take a line."""
        while (end := self._data.find(b"\n", self._place) + 1) == 0 and self._fill():
            pass
        return self._take(end or len(self._data))

    def read(self, length: int) -> bytes:
        """Take this many bytes; fewer only at the end."""
        end = self._place + length
        self._check(end)
        while len(self._data) < end and self._fill():
            pass
        return self._take(min(end, len(self._data)))

    def rest(self) -> None:
        """Take everything until the connection ends."""
        while self._fill():
            pass
        self._take(len(self._data))

    def _fill(self) -> bool:
        """Read what comes next; tell whether anything did."""
        self._check(len(self._data))
        piece = self._stream.read1(PIECE_BYTES)
        self._data += piece
        return bool(piece)

    def _take(self, end: int) -> bytes:
        self._check(end)
        start, self._place = self._place, end
        return bytes(memoryview(self._data)[start:end])

    def _check(self, end: int) -> None:
        if end - self._start > self._limit:
            raise self._error


class _Watch:
    """Checks the clock between reads: a response has a deadline and a minimum speed."""

    def __init__(self, terms: Terms) -> None:
        self._limits = terms.limits
        self._monotonic = terms.monotonic
        self._since = terms.monotonic()
        self._deadline = self._since + terms.limits.total_seconds
        self._bytes = 0

    def look(self) -> None:
        """Raise GivenUp when the response takes too long, or has stayed below the minimum speed."""
        limits, now = self._limits, self._monotonic()
        if now > self._deadline:
            raise GivenUp(f"no complete response within {limits.total_seconds:g} s")
        if now - self._since < limits.slow_seconds:
            return
        if self._bytes < limits.slow_bytes_per_second * (now - self._since):
            raise GivenUp(f"less than {limits.slow_bytes_per_second:g} bytes a second for {limits.slow_seconds:g} s")
        self._since, self._bytes = now, 0

    def count(self, length: int) -> None:
        """Note that this many bytes came."""
        self._bytes += length


class _WatchedReader(io.RawIOBase):
    """A socket's bytes, read while watching the clock."""

    def __init__(self, raw: io.RawIOBase, watch: _Watch) -> None:
        self._raw = raw
        self._watch = watch

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        self._watch.look()
        length = self._raw.readinto(buffer)
        self._watch.count(length or 0)
        return length

    def close(self) -> None:
        self._raw.close()
        super().close()
