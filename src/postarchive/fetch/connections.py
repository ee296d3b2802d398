"""Connections to the network, through a proxy or straight to the site, that keep what is sent and received.

A connection without a proxy is checked: a name that leads into a private network is refused. The name is resolved once,
and the connection goes to the address that was checked.
"""

import re
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from typing import ClassVar, TypeAlias, cast

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, PoolManager
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.response import BaseHTTPResponse
from urllib3.util.connection import allowed_gai_family

from postarchive.fetch.limits import Limits, Resolve, Terms
from postarchive.fetch.tap import TappedResponse
from postarchive.urls import origin_of

Certificate: TypeAlias = str | tuple[str, str] | None
# http://english.chinapost.com.cn/html1/report/2304/8456-1.htm: requests would take it apart and build the same again
PLAIN = re.compile(r"https?://(?:[a-z0-9-]+\.)+[a-z0-9-]+(?=/)(?:/[\w-][\w.-]*)*/?", re.ASCII)


class PrivateAddress(Exception):
    """A host's name leads into a private network; not a library's error, so no library catches it."""


def resolve(host: str, port: int | None) -> list[str]:
    """Return the addresses of a host, as the system resolves it. Raises OSError when there are none."""
    found = socket.getaddrinfo(host, port, allowed_gai_family(), socket.SOCK_STREAM)
    return [str(place[0]) for *_, place in found]


def check_public(address: str) -> None:
    """Raise PrivateAddress unless the address is on the public internet: not loopback, link-local or private."""
    found = ip_address(address)
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found.sixtofour or found
    if not found.is_global or found.is_multicast:
        raise PrivateAddress(
            f"its name leads to {address}, which is not a public internet address; nothing was requested"
        )


class RawResponse:
    """A response as the session passes it on: it shows no headers, so that requests looks for no cookies in them."""

    __slots__ = ("_response",)

    def __init__(self, response: BaseHTTPResponse) -> None:
        """Read nothing yet."""
        self._response = response

    def read(self) -> TappedResponse:
        """Read the whole body; return the response as it came off the socket."""
        tapped = cast("TappedResponse", self._response._original_response)  # type: ignore[attr-defined] # noqa: SLF001 - it has the bytes
        self._response.read(decode_content=False)
        return tapped

    def close(self) -> None:
        """Close the connection."""
        self._response.close()

    def release_conn(self) -> None:
        """Give the connection back, for the next request."""
        self._response.release_conn()


class TappingAdapter(HTTPAdapter):
    """An adapter whose connections keep what crosses them."""

    def __init__(self, limits: Limits, monotonic: Callable[[], float], resolve: Resolve) -> None:
        """Prepare connections that are as patient as `limits`, by the monotonic clock."""
        self._terms = Terms(limits, monotonic, resolve)
        self._pools: dict[str, ConnectionPool] = {}
        self._is_sent_whole: dict[str, bool] = {}  # by origin: a proxy gets the whole URL
        super().__init__()

    def close(self) -> None:
        """Close the connections."""
        self._pools.clear()
        super().close()

    def get_connection_with_tls_context(
        self,
        request: PreparedRequest,
        verify: bool | str | None,  # noqa: FBT001 - given
        proxies: Mapping[str, str] | None = None,
        cert: Certificate = None,
    ) -> ConnectionPool:
        """Return the connections to an origin, looked up once: its proxy and certificates stay the same."""
        origin = origin_of(str(request.url))
        if (pool := self._pools.get(origin)) is None:
            pool = self._pools[origin] = super().get_connection_with_tls_context(request, verify, proxies, cert)
        return pool

    def request_url(self, request: PreparedRequest, proxies: Mapping[str, str] | None) -> str:
        """Return what a request line names: the whole URL for a proxy, else its path; decided once per origin."""
        url = str(request.url)
        if not PLAIN.fullmatch(url):
            return super().request_url(request, proxies)
        origin = origin_of(url)
        if origin not in self._is_sent_whole:
            self._is_sent_whole[origin] = super().request_url(request, proxies) == url
        return url if self._is_sent_whole[origin] else url[len(origin) :]

    def build_response(self, req: PreparedRequest, resp: BaseHTTPResponse) -> Response:
        """Return the response for the session, without headers and cookies: they are unused and slow to make."""
        response = Response()
        response.status_code, response.reason = resp.status, resp.reason or ""
        response.raw, response.url, response.request = RawResponse(resp), str(req.url), req
        return response

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: object) -> None:  # noqa: FBT001, FBT002 - given
        """Make direct connections tapped and checked."""
        super().init_poolmanager(connections, maxsize, block, **options)
        self._tap(self.poolmanager, _DirectConnection)

    def proxy_manager_for(self, proxy: str, **options: object) -> PoolManager:
        """Make connections to a proxy tapped: where the proxy connects is its own business."""
        is_new = proxy not in self.proxy_manager
        manager: PoolManager = super().proxy_manager_for(proxy, **options)
        if is_new:
            self._tap(manager, _TappedConnection)
        return manager

    def _tap(self, manager: PoolManager, kind: "type[_TappedConnection]") -> None:
        """Mix a class into the connections that a manager makes, for each scheme."""
        known = cast("dict[str, type[HTTPConnectionPool]]", manager.pool_classes_by_scheme)
        pools: dict[str, type[HTTPConnectionPool]] = {}
        for scheme, pool in known.items():
            connection = type("Connection", (kind, pool.ConnectionCls), {"terms": self._terms})
            pools[scheme] = type("Pool", (pool,), {"ConnectionCls": connection})
        manager.pool_classes_by_scheme = pools


class _TappedConnection(HTTPConnection):
    """A connection that keeps the latest request as it was sent."""

    terms: ClassVar[Terms]
    request_bytes = b""

    def connect(self) -> None:
        super().connect()
        self.request_bytes = b""  # what was sent to a proxy to open the tunnel is not part of the request

    def putrequest(
        self,
        method: str,
        url: str,
        skip_host: bool = False,  # noqa: FBT001, FBT002 - given
        skip_accept_encoding: bool = False,  # noqa: FBT001, FBT002 - given
    ) -> None:
        self.request_bytes = b""
        super().putrequest(method, url, skip_host, skip_accept_encoding)

    def send(self, data: bytes) -> None:  # type: ignore[override] # a GET has no body that could be something else
        super().send(data)
        self.request_bytes += data

    def response_class(  # type: ignore[override] # http.client calls it, be it a class or not
        self,
        sock: socket.socket,
        debuglevel: int = 0,  # noqa: ARG002 - the signature is given
        method: str | None = None,
    ) -> TappedResponse:
        return TappedResponse(self, sock, method)


class _DirectConnection(_TappedConnection):
    """A connection to an address that was checked: the name is not resolved a second time."""

    def _new_conn(self) -> socket.socket:
        name = self._dns_host  # urllib3 connects to this, while `host` stays for TLS and errors
        try:
            return self._connect_to(self._addresses(name))
        finally:
            self._dns_host = name

    def _connect_to(self, addresses: list[str]) -> socket.socket:
        """Return a connection to the first address that accepts one."""
        *others, last = addresses
        for address in others:
            with suppress(ConnectTimeoutError, NewConnectionError):
                return self._connect_to([address])
        self._dns_host = last
        return super()._new_conn()

    def _addresses(self, name: str) -> list[str]:
        try:
            addresses = self.terms.resolve(name, self.port)
        except OSError as error:
            raise NewConnectionError(self, f"the name {name} cannot be resolved: {error}") from error
        if not addresses:
            raise NewConnectionError(self, f"the name {name} has no address")
        for address in addresses:
            check_public(address)
        return addresses
