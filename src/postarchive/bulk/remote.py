"""A WARC file at an address, brought here: it is read more than once, and forth and back where it is damaged.

A person named the address, so any host is asked. Where a server sends us on is its own wish: only to an address of the
open internet, or to the host that was named.
"""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import aiohttp
import fsspec
from fsspec.callbacks import Callback

from postarchive.errors import ArchiveUnwritable, UnreadableInput
from postarchive.fetch.connections import PrivateAddress, check_public
from postarchive.urls import host_of, split

TIMEOUT: Final = aiohttp.ClientTimeout(total=None, sock_connect=60, sock_read=300)  # seconds
MOST_BYTES: Final = 64 << 30  # fifty times the largest WARC file that anybody makes
LONGEST: Final = 200  # characters of a library's message


@contextmanager
def brought(address: str) -> Iterator[Path]:
    """Yield the file at an address, as a temporary one.

    Raises UnreadableInput when it cannot be had, ArchiveUnwritable when the disk for temporary files is full.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="postarchive-") as folder:
            path = Path(folder, "file")
            _bring(address, path)
            yield path
    except OSError as error:
        raise ArchiveUnwritable(
            "temporary files", f"{error.strerror or error}; free some space or set TMPDIR"
        ) from error


def _bring(address: str, path: Path) -> None:
    scheme = urlsplit(address).scheme.lower()
    try:
        system = fsspec.filesystem(scheme, **_options(address) if scheme != "s3" else {})
        system.get_file(address, str(path), callback=_Arriving(address))
    except UnreadableInput:
        raise
    except ImportError as error:
        raise UnreadableInput(address, f"needs a library that is not installed: pip install s3fs ({error})") from error
    except OSError as error:
        if error.errno is not None and error.filename == str(path):
            raise  # the disk, not the network
        raise UnreadableInput(address, f"cannot be had: {_text(error)}") from error
    except Exception as error:
        raise UnreadableInput(address, f"cannot be had: {_text(error)}") from error


class _Arriving(Callback):  # type: ignore[misc] # fsspec has no types
    """Counts what comes, and ends what has no end."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address
        self._left = MOST_BYTES

    def relative_update(self, inc: int = 1) -> None:
        self._left -= inc
        if self._left < 0:
            raise UnreadableInput(self._address, f"larger than {MOST_BYTES >> 30} GiB; not read")


def _options(address: str) -> dict[str, object]:
    named = host_of(address)

    async def client(**settings: Any) -> aiohttp.ClientSession:  # noqa: ANN401 - fsspec's own
        trace = aiohttp.TraceConfig()
        trace.on_request_redirect.append(_check_redirect(named))
        more = {"trace_configs": [trace], "timeout": TIMEOUT, "trust_env": True}
        return aiohttp.ClientSession(auto_decompress=False, **settings | more)  # places are those of the file itself

    return {"get_client": client, "skip_instance_cache": True}


def _check_redirect(named: str) -> Any:  # noqa: ANN401 - a signal of aiohttp
    async def check(_session: object, _context: object, told: aiohttp.TraceRequestRedirectParams) -> None:
        target = urljoin(str(told.url), told.response.headers.get("Location", ""))
        parts = split(target)
        host = parts.hostname if parts is not None else None
        if not host or host.lower().rstrip(".") == named:
            return
        for *_, place in await asyncio.get_running_loop().getaddrinfo(host, None):
            try:
                check_public(str(place[0]))
            except PrivateAddress as error:
                raise aiohttp.ClientError(f"redirects to {host}: {error}") from error

    return check


def _text(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:LONGEST]
