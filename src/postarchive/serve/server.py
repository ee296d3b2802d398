"""Listen on an address, and serve until a signal comes."""

import errno
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address

import uvicorn
from datasette.app import Datasette

from postarchive.errors import UsageError

GRACE_SECONDS = 3
BACKLOG = 128
SWITCH_SECONDS = 0.001
REASONS = {
    errno.EADDRINUSE: "another program listens there; name another --port, or 0 for any free one",
    errno.EACCES: "this user may not listen there; name a --port from 1024 on",
    errno.EADDRNOTAVAIL: "is not an address of this machine; name another --host",
}


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Yield a listening socket; port 0 takes any free one. Raises UsageError when the port cannot be used."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError) as error:
        raise UsageError(
            f"--host {host}", "is not an address of this machine; use 127.0.0.1 for this machine only"
        ) from error
    with socket.socket(family, kind, protocol) as listener:  # asyncio ends Nagle's delay only if TCP is named
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(place)
            listener.listen(BACKLOG)
        except OSError as error:
            reason = REASONS.get(error.errno or 0, error.strerror or str(error))
            raise UsageError(f"--host {host} --port {port}", reason) from error
        yield listener


def url_of(listener: socket.socket) -> str:
    """Return the address for a browser on this machine."""
    host, port = listener.getsockname()[:2]
    address = ip_address(host)
    if address.is_unspecified:
        return f"http://localhost:{port}/"
    return f"http://[{host}]:{port}/" if address.version == 6 else f"http://{host}:{port}/"  # noqa: PLR2004 - IPv6


def is_private(listener: socket.socket) -> bool:
    """Tell whether only this machine can reach it."""
    return ip_address(listener.getsockname()[0]).is_loopback


def run(datasette: Datasette, listener: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM.

    Threads take Python's lock from each other sooner than usual, because one that returns from SQLite waits for it.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    server_for(datasette).run(sockets=[listener])


def server_for(datasette: Datasette) -> uvicorn.Server:
    """Return the server; its `run` takes the sockets and ends at SIGINT or SIGTERM, or when `should_exit` is set."""
    config = uvicorn.Config(
        datasette.app(),
        lifespan="on",
        log_level="warning",
        access_log=False,
        use_colors=False,  # on a terminal, escape sequences become visible
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return uvicorn.Server(config)
