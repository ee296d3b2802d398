"""The address at which readers reach this server, for absolute links in feeds and TimeMaps, and its host names.

A foreign page can point its own name at this machine's address (DNS rebinding), and then read what only this machine
should. A browser sends the name it used in `Host`; a server for this machine alone answers only to its own names.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from datasette.utils.asgi import Request

from postarchive.errors import UsageError
from postarchive.export.markup import is_web_url
from postarchive.urls import split

LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})
# archive.example:8001, [::1]
HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::\d{1,5})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reached:
    """How readers reach the server: `url` is its public address, None for the one that each request names.

    `names` are those it answers to; None means any.
    """

    url: str | None = None
    names: frozenset[str] | None = LOCAL

    def base(self, request: Request) -> str:
        """Return the server's address without a slash at its end."""
        return self.url or f"{request.scheme}://{request.host}"

    def is_answered(self, host: str | None) -> bool:
        """Tell whether a request for this host is answered; one that names none does not come from a browser."""
        found = HOST.fullmatch(host) if host is not None else None
        if found is None:
            return host is None
        return self.names is None or found["name"].lower() in self.names


def public_url(text: str | None) -> str | None:
    """Return a server's address as given by a person, without a final slash; None for None.

    Raises UsageError if it is not a server's address, or leads below its root.
    """
    if text is None:
        return None
    parts = split(text) if is_web_url(text) else None
    if parts is None or not HOST.fullmatch(parts.netloc) or parts.path.strip("/") or parts.query or parts.fragment:
        raise UsageError(f"--url {text}", "is no address of a server; write one like https://archive.example/")
    return f"{parts.scheme}://{parts.netloc}"


def reached(url: str | None, *, listens: str, is_private: bool) -> Reached:
    """Return how to reach a server that `listens` at this URL, and perhaps at a public `url`."""
    return Reached(url, LOCAL | {_name(at) for at in (listens, url) if at} if is_private else None)


def _name(url: str) -> str:
    found = HOST.fullmatch(urlsplit(url).netloc)
    return found["name"].lower() if found else ""
