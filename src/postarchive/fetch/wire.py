"""One request on the wire and its whole response, byte for byte; every library's error becomes a FetchError here."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from http.client import HTTPException, RemoteDisconnected
from ssl import SSLCertVerificationError, SSLError
from typing import Any, cast
from urllib.parse import urlsplit

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError

from postarchive import __version__
from postarchive.errors import FetchError, SiteUnavailable, UsageError
from postarchive.fetch.connections import PLAIN, PrivateAddress, RawResponse, TappingAdapter
from postarchive.fetch.limits import Limits, Resolve
from postarchive.fetch.tap import GivenUp, TappedResponse, TooLarge
from postarchive.http1 import received
from postarchive.models import Exchange, Headers
from postarchive.urls import host_of, origin_of

LONGEST_REASON = 200
# Addressed to the proxy and not to the site: a proxy's password must not go into the evidence.
PROXY_PASSWORD = re.compile(rb"(?im)^proxy-authorization:[^\n]*\n")
ROBOT_WORDS = ("bot", "spider")  # the CMS serves stale stored files to user agents with these (SITE.md §8)


class NoResponse(FetchError):
    """No whole response came, but another attempt may bring one."""


class EmptyReply(NoResponse):
    """The connection was closed without a single byte of a response."""


class Wire:
    """A connection to the network, through the proxy that the environment names; it keeps no cookies or passwords."""

    def __init__(self, limits: Limits, *, contact: str, monotonic: Callable[[], float], resolve: Resolve) -> None:
        """Prepare a session that adds nothing to a request; raises UsageError for a contact that spoils its name."""
        self._limits = limits
        self._monotonic = monotonic
        self._user_agent = user_agent(contact)
        self._settings: dict[str, Mapping[str, Any]] = {}  # how each origin is reached: its proxy
        self._default_headers: dict[str, CaseInsensitiveDict[str]] = {}  # by host, if a request adds none
        self._session = _PlainSession()
        adapter = TappingAdapter(limits, monotonic, resolve)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, adapter)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def get(self, url: str, headers: Headers, *, time: datetime) -> Exchange:
        """Make one request and return the whole exchange.

        Raises NoResponse when trying again may help, else FetchError; SiteUnavailable for a private address.
        """
        request = self._prepare(url, headers)
        deadline = self._monotonic() + self._limits.total_seconds
        try:
            response = self._send(request)
            capture = received(url, time, response.head, response.sent, parsed=response.parsed_head)
        except PrivateAddress as error:
            raise SiteUnavailable(origin_of(url), str(error)) from error
        except TooLarge as error:
            raise FetchError(url, f"the response is larger than {self._limits.max_body_bytes} bytes") from error
        except (requests.RequestException, HTTPError, HTTPException, OSError, ValueError) as error:
            cause = _cause(error)
            if isinstance(cause, GivenUp):
                raise FetchError(url, str(cause)) from error
            if isinstance(cause, SSLCertVerificationError):
                raise FetchError(url, f"its certificate is not valid: {cause.verify_message}") from error
            if self._monotonic() > deadline:
                raise FetchError(url, f"no complete response within {self._limits.total_seconds:g} s") from error
            kind = EmptyReply if isinstance(cause, RemoteDisconnected) else NoResponse
            raise kind(url, f"no complete response: {_text_of(cause)}") from error
        return Exchange(PROXY_PASSWORD.sub(b"", response.request), capture, response.interim)

    def _prepare(self, url: str, headers: Headers) -> requests.PreparedRequest:
        """Return the request: only URL and headers, because cookies and passwords in `.netrc` must not be sent.

        Raises FetchError if it cannot be sent.
        """
        request = requests.PreparedRequest()
        request.method = "GET"
        try:
            if PLAIN.fullmatch(url):
                request.url = url
            else:
                request.prepare_url(url, None)
            request.headers = self._checked(url, headers)
        except ValueError as error:
            raise FetchError(url, f"cannot be requested: {_text_of(_cause(error))}") from error
        return request

    def _checked(self, url: str, headers: Headers) -> CaseInsensitiveDict[str]:
        """Return the headers of a request; a host's default ones, to which few requests add any, are checked once.

        Raises ValueError for text that no header can hold.
        """
        host = host_of(url) if PLAIN.fullmatch(url) else urlsplit(url).netloc.lower()  # with the port, if it has one
        defaults = None if headers else self._default_headers.get(host)
        if defaults is None:
            request = requests.PreparedRequest()
            request.prepare_headers(dict(self._headers(host) + headers))
            defaults = request.headers
            for value in defaults.values():
                _text(value).encode("latin-1")
            if not headers:
                self._default_headers[host] = defaults
        return defaults.copy()

    def _send(self, request: requests.PreparedRequest) -> TappedResponse:
        origin = origin_of(str(request.url))
        if (settings := self._settings.get(origin)) is None:  # requests searches the whole environment for it
            settings = self._session.merge_environment_settings(request.url, {}, stream=True, verify=None, cert=None)
            self._settings[origin] = settings
        timeout = self._limits.timeout_seconds
        with self._session.send(request, timeout=timeout, **settings) as response:
            return cast("RawResponse", response.raw).read()

    def _headers(self, host: str) -> Headers:
        return (
            ("Host", host),
            ("User-Agent", self._user_agent),
            ("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5"),
            ("Accept-Encoding", "gzip"),
            ("Connection", "keep-alive"),
        )


class _PlainSession(requests.Session):
    """A session that never follows a redirect: it would consume the body to be ready for the next request."""

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - the signature is given
        return None


def user_agent(contact: str) -> str:
    """Return the user agent of requests. Raises UsageError for a contact that no header can hold, or that misleads."""
    if not contact.isascii() or not contact.isprintable() or not contact.strip():
        raise UsageError(ascii(contact)[1:-1], "is not a contact; give a URL or email address in plain ASCII")
    name = f"postarchive/{__version__} (+{contact})"
    if any(word in name.lower() for word in ROBOT_WORDS):
        raise UsageError(
            contact, "contains `bot` or `spider`, to which the site answers with old pages; give another contact"
        )
    return name


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _cause(error: BaseException) -> BaseException:
    """Return the innermost cause: the libraries wrap it three deep."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    return error


def _text_of(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, SSLError) and error.reason:  # WRONG_VERSION_NUMBER: the rest of its text is places in OpenSSL
        return f"TLS failed: {error.reason.lower().replace('_', ' ')}"
    text = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return " ".join(text.split())[:LONGEST_REASON]
