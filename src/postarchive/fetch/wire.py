"""One request on the wire and its whole answer, byte for byte; every library's error becomes a FetchError here."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http.client import HTTPException, HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from socket import socket
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, ProxyManager
from urllib3.exceptions import HTTPError

from postarchive import __version__
from postarchive.errors import FetchError, UsageError
from postarchive.models import Capture, Exchange, Headers

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK_BYTES = 1 << 16
LONGEST_REASON = 200
FOLD = re.compile(r"[\r\n]+[ \t]*")
ROBOT_WORDS = ("bot", "spider")  # user agents with these get a stale stored file from the CMS (SITE.md §8)


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient a run is, and how large an answer may be.

    `delay_seconds` lies between request starts to a host. `timeout_seconds` without a byte and `total_seconds` for a
    whole answer end a request. `attempts` counts the first one too. `max_wait_seconds` is the longest wish of a server
    to be left alone that is waited for.
    """

    delay_seconds: float = 2.0
    timeout_seconds: float = 30.0
    total_seconds: float = 300.0
    max_body_bytes: int = 32 << 20
    attempts: int = 4
    max_wait_seconds: float = 600.0


class NoAnswer(FetchError):
    """No whole answer came, but another attempt may bring one."""


class Wire:
    """A connection to the network, through the proxy that the environment names; keeps no cookies, no passwords."""

    def __init__(self, limits: Limits, *, contact: str, monotonic: Callable[[], float]) -> None:
        """Prepare a session that adds nothing to a request; raises UsageError for a contact that spoils the name."""
        self._limits = limits
        self._monotonic = monotonic
        self._user_agent = user_agent(contact)
        self._session = _PlainSession()
        self._session.headers.clear()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self._session.auth = _no_password
        adapter = _TimedAdapter(limits.total_seconds, monotonic)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, adapter)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def get(self, url: str, headers: Headers, *, time: datetime) -> Exchange:
        """Ask once and return the whole exchange. Raises NoAnswer when trying again may help, else FetchError."""
        request = self._prepare(url, headers)
        deadline = self._monotonic() + self._limits.total_seconds
        try:
            capture = self._send(url, request, time)
        except (requests.RequestException, HTTPError, HTTPException, OSError, ValueError) as error:
            if self._monotonic() > deadline:
                raise FetchError(url, f"no whole answer within {self._limits.total_seconds:g} s") from error
            raise NoAnswer(url, f"no whole answer: {_why(error)}") from error
        return Exchange("GET", tuple((name, _text(value)) for name, value in request.headers.items()), capture)

    def _prepare(self, url: str, headers: Headers) -> requests.PreparedRequest:
        try:
            request = self._session.prepare_request(requests.Request("GET", url, dict(self._headers(url) + headers)))
            for value in request.headers.values():
                _text(value).encode("latin-1")
        except ValueError as error:
            raise FetchError(url, f"cannot be asked: {_why(error)}") from error
        return request

    def _send(self, url: str, request: requests.PreparedRequest, time: datetime) -> Capture:
        settings = self._session.merge_environment_settings(request.url, {}, stream=True, verify=None, cert=None)
        timeout = self._limits.timeout_seconds
        with self._session.send(request, timeout=timeout, **settings) as response:
            original = cast("HTTPResponse", response.raw._original_response)  # noqa: SLF001 - keeps order and spelling
            return Capture(
                url=url,
                time=time,
                status=response.status_code,
                headers=_received(original),
                body=self._body(url, response),
                reason=response.reason or "",
            )

    def _headers(self, url: str) -> Headers:
        return (
            ("Host", urlsplit(url).netloc.lower()),
            ("User-Agent", self._user_agent),
            ("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5"),
            ("Accept-Encoding", "gzip"),
            ("Connection", "keep-alive"),
        )

    def _body(self, url: str, response: requests.Response) -> bytes:
        """Return the body with its content coding, but without chunking, which http.client takes off."""
        limit, body = self._limits.max_body_bytes, bytearray()
        while chunk := response.raw.read(CHUNK_BYTES, decode_content=False):
            body += chunk
            if len(body) > limit:
                raise FetchError(url, f"the answer is larger than {limit} bytes")
        return bytes(body)


class _PlainSession(requests.Session):
    """A session that never looks behind a redirect: it would read the body away to be ready for the next request."""

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - the signature is given
        return None


class _TimedAdapter(HTTPAdapter):
    """An adapter whose answers have a deadline from the first byte of the header to the last of the body.

    requests' own timeout begins anew with each byte, so that a server could keep us for days.
    """

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        response_class = staticmethod(partial(_TimedResponse, seconds=seconds, monotonic=monotonic))
        self._pools: dict[str, type[HTTPConnectionPool]] = {}
        for scheme, pool in (("http", HTTPConnectionPool), ("https", HTTPSConnectionPool)):
            connection = type("TimedConnection", (pool.ConnectionCls,), {"response_class": response_class})
            self._pools[scheme] = type("TimedPool", (pool,), {"ConnectionCls": connection})
        super().__init__()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: object) -> None:  # noqa: FBT001, FBT002 - given
        super().init_poolmanager(connections, maxsize, block, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **options: object) -> object:
        manager = super().proxy_manager_for(proxy, **options)
        if isinstance(manager, ProxyManager):  # a SOCKS manager has pools of its own
            manager.pool_classes_by_scheme = self._pools
        return manager


class _TimedResponse(HTTPResponse):
    """An answer that is read until its deadline."""

    def __init__(
        self,
        sock: socket,
        debuglevel: int = 0,
        method: str | None = None,
        *,
        seconds: float,
        monotonic: Callable[[], float],
    ) -> None:
        super().__init__(sock, debuglevel, method)
        raw = self.fp.detach()
        self.fp = io.BufferedReader(_TimedReader(raw, monotonic() + seconds, monotonic))


class _TimedReader(io.RawIOBase):
    """A socket's bytes until a moment of the monotonic clock, then TimeoutError."""

    def __init__(self, raw: io.RawIOBase, deadline: float, monotonic: Callable[[], float]) -> None:
        self._raw = raw
        self._deadline = deadline
        self._monotonic = monotonic

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        if self._monotonic() > self._deadline:
            raise TimeoutError("deadline")
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def user_agent(contact: str) -> str:
    """Return the name that requests carry. Raises UsageError for a contact no header can hold, or that misleads."""
    if not contact.isascii() or not contact.isprintable() or not contact.strip():
        raise UsageError(ascii(contact)[1:-1], "a contact is a URL or mail address in plain ASCII")
    name = f"postarchive/{__version__} (+{contact})"
    if any(word in name.lower() for word in ROBOT_WORDS):
        raise UsageError(contact, "a contact with `bot` or `spider` in it makes the site answer with old pages")
    return name


def _no_password(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Stand in the place of `.netrc`, which requests would read: a password would end in the evidence."""
    return request


def _received(original: HTTPResponse) -> Headers:
    """Return the headers as they came, folded lines joined; the chunking that was taken off is not claimed."""
    pairs = ((name, FOLD.sub(" ", value)) for name, value in original.msg.items())
    return tuple((name, value) for name, value in pairs if name.lower() != "transfer-encoding")


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _why(error: BaseException) -> str:
    """Return the innermost reason as one line: the libraries wrap it three deep."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    text = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return " ".join(text.split())[:LONGEST_REASON]
