"""A WARC file at an address, downloaded first: it is read more than once, and back and forth where it is damaged.

A person named the address, so any host is allowed. A redirect is the server's choice, so it may lead only to an address
on the open internet, or back to the named host. s3fs (the extra `s3`) reads `s3://`, with credentials and endpoint from
where all S3 programs take them: AWS_ACCESS_KEY_ID, AWS_PROFILE, AWS_ENDPOINT_URL and others, `~/.aws`.
"""

import asyncio
import glob
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

import aiohttp
import fsspec
from fsspec.callbacks import Callback

from postarchive.errors import ArchiveUnwritable, UnreadableInput, UsageError
from postarchive.fetch.connections import PrivateAddress, check_public
from postarchive.urls import host_of, split

TIMEOUT: Final = aiohttp.ClientTimeout(total=None, sock_connect=60, sock_read=300)  # seconds
MAX_BYTES: Final = 64 << 30  # fifty times the largest WARC file that anyone makes
LONGEST: Final = 200  # characters of a library's message
S3: Final = "s3"
NEEDS_S3FS: Final = "needs s3fs; install with: pip install 'postarchive[bulk,s3]'"
S3_ADVICE: Final = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or FSSPEC_S3_ANON=true for a public bucket"


@contextmanager
def downloaded(address: str) -> Iterator[Path]:
    """Yield a temporary copy of the file at an address.

    Raises UnreadableInput when it cannot be fetched, ArchiveUnwritable when there is no space for temporary files.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="postarchive-") as folder:
            path = Path(folder, "file")
            _download(address, path)
            yield path
    except OSError as error:
        raise ArchiveUnwritable(
            "temporary files", f"{error.strerror or error}; free some space or set TMPDIR"
        ) from error


def check_s3(address: str) -> None:
    """Raise UsageError, with how to install it, when s3fs is missing."""
    if find_spec("s3fs") is None:
        raise UsageError(address, NEEDS_S3FS)


def listed(address: str, suffixes: tuple[str, ...]) -> list[str]:
    """Return the addresses of the files that match an `s3://` pattern, or of those with a suffix below a prefix.

    Raises UnreadableInput when the bucket cannot be listed.
    """
    with _errors_of(address):
        system, place = _system(address)
        found = system.glob(place, detail=True) if glob.has_magic(place) else {place: {"type": "directory"}}
        names: set[str] = set()
        for name, info in found.items():
            inside = system.find(name) if info["type"] == "directory" else None
            names.update([name] if inside is None else (one for one in inside if one.lower().endswith(suffixes)))
        return [f"{S3}://{name}" for name in sorted(names)]


def _download(address: str, path: Path) -> None:
    with _errors_of(address, path):
        system, place = _system(address)
        system.get_file(place, str(path), callback=_Arriving(address))


def _system(address: str) -> tuple[Any, str]:
    """Return fsspec's file system for an address, and the address in the form it expects."""
    scheme, _, rest = address.partition("://")
    if scheme.lower() == S3:
        return fsspec.filesystem(S3), rest
    return fsspec.filesystem(scheme.lower(), **_options(address)), address


@contextmanager
def _errors_of(address: str, path: Path | None = None) -> Iterator[None]:
    """Turn what fsspec and its libraries raise into UnreadableInput; disk errors pass unchanged."""
    is_s3 = address.lower().startswith(f"{S3}://")
    try:
        yield
    except UnreadableInput:
        raise
    except ImportError as error:
        raise UnreadableInput(address, f"{NEEDS_S3FS} ({error})") from error
    except OSError as error:
        if error.errno is not None and path is not None and error.filename == str(path):
            raise  # the disk, not the network
        is_denied = is_s3 and isinstance(error, PermissionError)
        raise UnreadableInput(address, f"cannot be fetched: {_text(error)}{_advice(is_wanted=is_denied)}") from error
    except Exception as error:
        raise UnreadableInput(address, f"cannot be fetched: {_text(error)}{_advice(is_wanted=is_s3)}") from error


def _advice(*, is_wanted: bool) -> str:
    return f"; {S3_ADVICE}" if is_wanted else ""


class _Arriving(Callback):  # type: ignore[misc] # fsspec has no types
    """Counts the bytes that arrive, and stops an endless download."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address
        self._left = MAX_BYTES

    def relative_update(self, inc: int = 1) -> None:
        self._left -= inc
        if self._left < 0:
            raise UnreadableInput(self._address, f"larger than {MAX_BYTES >> 30} GiB; not read")


def _options(address: str) -> dict[str, object]:
    named = host_of(address)

    async def client(**settings: Any) -> aiohttp.ClientSession:  # noqa: ANN401 - fsspec's own
        trace = aiohttp.TraceConfig()
        trace.on_request_redirect.append(_check_redirect(named))
        more = {"trace_configs": [trace], "timeout": TIMEOUT, "trust_env": True}
        return aiohttp.ClientSession(auto_decompress=False, **settings | more)  # offsets are those of the stored file

    return {"get_client": client, "skip_instance_cache": True}


def _check_redirect(named: str) -> Any:  # noqa: ANN401 - a signal of aiohttp
    async def check(_session: object, _context: object, info: aiohttp.TraceRequestRedirectParams) -> None:
        target = urljoin(str(info.url), info.response.headers.get("Location", ""))
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
