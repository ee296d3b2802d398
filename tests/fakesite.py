"""A local server that plays the site: as an HTTP proxy, so that URLs keep their real hosts, and as a plain server.

Pages come from a folder (`<host>/<path>`, the home page is `index.htm`) and from `edit`; `answer` overrides one URL
with any behaviour a server can have. What the CMS does is done here too: an unquoted ETag, `text/html` without a
charset, a 404 that carries a script, and `/servlet/Node` as the second form of every page's address.
"""

import gzip
import hashlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from mimetypes import guess_type
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal, Self
from urllib.parse import parse_qs, urlsplit

from cms_frame import not_found_page

FIXTURES = Path(__file__).parent.parent / "fixtures" / "html"
HOME_HOST = "english.chinapost.com.cn"  # whose pages a plain request to the server's own address gets
ENDLESS_BLOCK = b"<p>and so on</p>" * 4096
LONGEST_LINE_BYTES = 65536
PHRASES = {status.value: status.phrase for status in HTTPStatus}
RESET_ON_CLOSE = struct.pack("ii", 1, 0)

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it arrived; `time` is on the monotonic clock, `url` absolute, `raw` what came over the wire."""

    time: float
    method: str
    url: str
    headers: Headers
    raw: bytes = b""

    def header(self, name: str) -> str | None:
        """Return the first header of this name; None when it was not sent."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What the server sends, and how badly. Plain fields make a plain 200.

    `etag` is printed as it is, and an exact `If-None-Match` gets 304. `gzipped` "silent" leaves the header away.
    `missing_bytes` is how much Content-Length promises too much; `reset_after_bytes` cuts the connection inside the
    body; `drip_seconds` is the pause after each byte, with `raw` after each line; `is_silent` never answers;
    `is_endless` repeats the body forever.
    `raw` is sent instead of everything else, status line included.
    """

    body: bytes = b""
    status: int = 200
    headers: Headers = ()
    content_type: str | None = "text/html"
    etag: str | None = None
    gzipped: Literal["no", "declared", "silent"] = "no"
    is_chunked: bool = False
    has_length: bool = True
    missing_bytes: int = 0
    reset_after_bytes: int | None = None
    delay_seconds: float = 0.0
    drip_seconds: float = 0.0
    is_silent: bool = False
    is_endless: bool = False
    raw: bytes | None = None


@dataclass(frozen=True, slots=True)
class SiteState:
    """What a site shows, as set by `edit` and `answer`, and the requests so far."""

    pages: dict[str, bytes | None]
    responses: dict[str, list[Response]]
    requests: tuple[Seen, ...]


def redirect(location: str, status: int = 302) -> Response:
    """Return a redirect to the location, which is printed as it is."""
    return Response(status=status, headers=(("Location", location),))


def unavailable(retry_after: str | None = None) -> Response:
    """Return a 503, with `Retry-After` if given."""
    headers = () if retry_after is None else (("Retry-After", retry_after),)
    return Response(status=503, headers=headers)


def etag_of(body: bytes) -> str:
    """Return a validator of the form that was seen on the site: 32 upper-case hex digits, no quotes."""
    return hashlib.sha256(body).hexdigest()[:32].upper()


class FakeSite:
    """The server; a context manager that leaves no thread and no socket open."""

    def __init__(self, root: Path | None = None) -> None:
        """Serve the pages below the folder; without one, only what `edit` and `answer` put there."""
        self.requests: list[Seen] = []
        self._root = root
        self._pages: dict[str, bytes | None] = {}  # None: removed
        self._responses: dict[str, list[Response]] = {}
        self._invent: Callable[[str], Response] | None = None
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._connections: dict[threading.Thread, socket.socket] = {}
        self._listener = socket.socket()

    def __enter__(self) -> Self:
        """Start to listen on a free port of the loopback address."""
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(128)
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop: cut every connection, end every thread."""
        self._closing.set()
        socket.create_connection(self._listener.getsockname()).close()  # wakes the acceptor
        self._acceptor.join()
        self._listener.close()
        with self._lock:
            open_connections = dict(self._connections)
        for connection in open_connections.values():
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in open_connections:
            thread.join()

    @property
    def netloc(self) -> str:
        """Return the server's own `host:port`."""
        host, port = self._listener.getsockname()
        return f"{host}:{port}"

    @property
    def proxy_url(self) -> str:
        """Return the value for `http_proxy`; also the base of plain requests."""
        return f"http://{self.netloc}"

    @property
    def urls(self) -> list[str]:
        """Return the requested URLs, in order."""
        return [seen.url for seen in self.requests]

    def answer(self, url: str, *responses: Response) -> None:
        """Answer the URL with these in turn; the last one repeats. Without any, its page is served again."""
        with self._lock:
            self._responses[url] = list(responses)

    def answer_all(self, invent: Callable[[str], Response]) -> None:
        """Answer every URL without its own response or page with what this function returns."""
        self._invent = invent

    def edit(self, url: str, page: bytes) -> None:
        """Put the page at the URL, with an ETag of its own."""
        with self._lock:
            self._pages[url] = page

    def remove(self, url: str) -> None:
        """Take the page at the URL away: 404, in the dynamic form of its address too."""
        with self._lock:
            self._pages[url] = None

    def state(self) -> SiteState:
        """Return a copy of the site's state."""
        with self._lock:
            responses = {url: list(queue) for url, queue in self._responses.items()}
            return SiteState(dict(self._pages), responses, tuple(self.requests))

    def restore(self, state: SiteState) -> None:
        """Go on from a state of another site."""
        with self._lock:
            self._pages = dict(state.pages)
            self._responses = {url: list(queue) for url, queue in state.responses.items()}
            self.requests[:] = state.requests

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._closing.is_set():
                connection.close()
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(target=self._converse, args=(connection,), daemon=True)
            with self._lock:
                self._connections[thread] = connection
            thread.start()

    def _converse(self, connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rb") as reader:
            while not self._closing.is_set() and self._exchange(connection, reader):
                pass
        with self._lock:
            del self._connections[threading.current_thread()]

    def _exchange(self, connection: socket.socket, reader: BinaryIO) -> bool:
        seen = self._read(reader)
        if seen is None:
            return False
        with self._lock:
            self.requests.append(seen)
            response = self._choose(seen)
        wants_close = (seen.header("Connection") or "").lower() == "close"
        return _Reply(response, seen, self._closing).send(connection) and not wants_close

    def _read(self, reader: BinaryIO) -> Seen | None:
        first = reader.readline(LONGEST_LINE_BYTES)
        if len(first.split()) != 3:  # the client hung up
            return None
        method, target, _ = first.decode("latin-1").split()
        lines = _read_lines(reader)
        seen = Seen(time.monotonic(), method, target, _headers_of(lines), b"".join((first, *lines)))
        reader.read(int(seen.header("Content-Length") or 0))
        return replace(seen, url=self._absolute(seen))

    def _absolute(self, seen: Seen) -> str:
        if not seen.url.startswith("/"):
            return seen.url
        host = seen.header("Host") or HOME_HOST
        return f"http://{HOME_HOST if host == self.netloc else host}{seen.url}"

    def _choose(self, seen: Seen) -> Response:
        if seen.method == "CONNECT":
            return Response(status=502, headers=(("Connection", "close"),))
        queue = self._responses.get(seen.url)
        if queue:
            return queue.pop(0) if len(queue) > 1 else queue[0]
        page = self._page(seen.url)
        if page is None:
            return _not_found(seen) if self._invent is None else self._invent(seen.url)
        kind = guess_type(urlsplit(seen.url).path or "/")[0] or "text/html"
        return Response(body=page, etag=etag_of(page), content_type=kind)

    def _page(self, url: str) -> bytes | None:
        if url in self._pages:
            return self._pages[url]
        parts = urlsplit(url)
        if parts.path == "/servlet/Node":
            return self._dynamic_page(parts.hostname or "", parts.query)
        return None if parts.query else self._file(parts.hostname or "", parts.path)

    def _dynamic_page(self, host: str, query: str) -> bytes | None:
        values = parse_qs(query)
        high, low = divmod(int(values.get("node", ["0"])[0]), 10_000)
        tail = f"/{high}/{low}-{values.get('pos', ['1'])[0]}.htm"
        urls = sorted({url for url in self._pages if url.endswith(tail)} | self._files(host, tail))
        return next((page for url in urls if urlsplit(url).hostname == host and (page := self._page(url))), None)

    def _files(self, host: str, tail: str) -> set[str]:
        if self._root is None:
            return set()
        return {f"http://{file.relative_to(self._root)}" for file in self._root.glob(f"{host}/html1/*{tail}")}

    def _file(self, host: str, path: str) -> bytes | None:
        if self._root is None or ".." in path:
            return None
        file = self._root / host / (path.lstrip("/") or "index.htm")
        return file.read_bytes() if file.is_file() else None


class _Reply:
    """One response on its way out; every pause ends when the site closes."""

    def __init__(self, response: Response, seen: Seen, closing: threading.Event) -> None:
        self._response = response
        self._closing = closing
        self._status = _status(response, seen)
        is_bodiless = seen.method == "HEAD" or self._status in (204, 304)
        self._body = b"" if is_bodiless else _coded(response)
        self._is_bodiless = is_bodiless
        self._length = len(_coded(response)) + response.missing_bytes

    def send(self, connection: socket.socket) -> bool:
        """Send it; True when the connection can carry another request."""
        response = self._response
        if response.is_silent:
            self._closing.wait()
        if self._closing.wait(response.delay_seconds):
            return False
        if response.raw is not None:
            self._send_raw(connection, response.raw)
            return False
        return self._send_paced(connection) if self._is_paced() else self._send_at_once(connection)

    def _send_raw(self, connection: socket.socket, raw: bytes) -> None:
        if not self._response.drip_seconds:
            connection.sendall(raw)
            return
        for line in raw.splitlines(keepends=True):
            connection.sendall(line)
            if self._closing.wait(self._response.drip_seconds):
                return

    def _is_paced(self) -> bool:
        return bool(self._response.drip_seconds or self._response.is_endless) and not self._is_bodiless

    def _send_at_once(self, connection: socket.socket) -> bool:
        cut = self._response.reset_after_bytes
        if cut is not None:
            connection.sendall(self._head() + self._body[:cut])
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            return False
        body = chunked(self._body) if self._response.is_chunked and not self._is_bodiless else self._body
        connection.sendall(self._head() + body)
        return self._can_go_on()

    def _send_paced(self, connection: socket.socket) -> bool:
        connection.sendall(self._head())
        for piece in self._pieces():
            connection.sendall(_chunk(piece) if self._response.is_chunked else piece)
            if self._closing.wait(self._response.drip_seconds):
                return False
        if self._response.is_chunked:
            connection.sendall(_chunk(b""))
        return self._can_go_on()

    def _pieces(self) -> Iterator[bytes]:
        while self._response.is_endless:
            yield self._body or ENDLESS_BLOCK
        yield from (self._body[index : index + 1] for index in range(len(self._body)))

    def _can_go_on(self) -> bool:
        return self._status != HTTPStatus.BAD_GATEWAY and self._is_delimited() and not self._response.missing_bytes

    def _is_delimited(self) -> bool:
        return (
            self._is_bodiless
            or self._response.is_chunked
            or (self._response.has_length and not self._response.is_endless)
        )

    def _head(self) -> bytes:
        lines = [f"HTTP/1.1 {self._status} {PHRASES.get(self._status, 'Unknown')}", *self._header_lines(), "", ""]
        return "\r\n".join(lines).encode("latin-1")

    def _header_lines(self) -> Iterator[str]:
        response = self._response
        if response.content_type and self._status != HTTPStatus.NOT_MODIFIED:
            yield f"Content-Type: {response.content_type}"
        if response.etag:
            yield f"ETag: {response.etag}"
        if response.gzipped == "declared":
            yield "Content-Encoding: gzip"
        if response.is_chunked:
            yield "Transfer-Encoding: chunked"
        elif self._is_delimited() and self._status not in (204, 304):
            yield f"Content-Length: {self._length}"
        if not self._can_go_on():
            yield "Connection: close"
        yield from (f"{name}: {value}" for name, value in response.headers)


def _read_lines(reader: BinaryIO) -> list[bytes]:
    """Return the lines of a head with the blank one that ends it."""
    lines = [reader.readline(LONGEST_LINE_BYTES)]
    while lines[-1].strip():
        lines.append(reader.readline(LONGEST_LINE_BYTES))
    return lines


def _headers_of(lines: list[bytes]) -> Headers:
    pairs = (line.decode("latin-1").rstrip("\r\n").partition(":") for line in lines[:-1])
    return tuple((name, value.strip()) for name, _, value in pairs)


def _not_found(seen: Seen) -> Response:
    path = urlsplit(seen.url).path
    is_asset = "." in path and not path.rpartition(".")[2].startswith(("js", "ht"))
    body = b"" if is_asset and seen.header("Referer") else not_found_page().encode()
    return Response(status=404, body=body, content_type="text/html; charset=UTF-8")


def _status(response: Response, seen: Seen) -> int:
    is_known = response.etag is not None and seen.header("If-None-Match") == response.etag
    return HTTPStatus.NOT_MODIFIED if is_known and response.status == HTTPStatus.OK else response.status


def _coded(response: Response) -> bytes:
    return response.body if response.gzipped == "no" else gzip.compress(response.body, mtime=0)


def chunked(body: bytes, size_bytes: int = 1000) -> bytes:
    """Return a body in chunks, as the server sends it."""
    pieces = [body[start : start + size_bytes] for start in range(0, len(body), size_bytes)]
    return b"".join(map(_chunk, pieces)) + _chunk(b"")


def _chunk(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)
