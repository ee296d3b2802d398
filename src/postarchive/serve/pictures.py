"""Pictures from the archive: the bytes of a WARC record, with their digest checked, sent as the type of their content.

An address contains the digest of the bytes as the server sent them, so a browser may keep the picture for ever. A
`Content-Encoding` is undone. The media type comes from the content alone (see `raster`); anything but a raster picture
gives a 404.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from datasette.utils.asgi import NotFound, Request, Response

from postarchive.collect.kept import stored_capture
from postarchive.collect.media import unpacked
from postarchive.errors import UnreadableInput
from postarchive.models import Evidence, stored_digest
from postarchive.serve.policy import PICTURE_POLICY, Send
from postarchive.serve.raster import MAX_BYTES, Raster, raster_of
from postarchive.store.captures import Captures, StoredCapture
from postarchive.store.read import LaggingReader
from postarchive.urls import normalize

ROUTE = r"/-/picture/(?P<digest>[0-9a-f]{64})$"
MAX_HELD_BYTES = 8 * MAX_BYTES  # of all pictures that are being sent
PIECE_BYTES = 1 << 16  # a slow browser gets the next one when it has taken this one
SECONDS_TO_SEND = 120.0
MAX_KNOWN = 10_000  # digests whose content is remembered
NOT_THERE = "No such picture in this archive."
HEADERS = {"content-security-policy": PICTURE_POLICY}
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that the archive holds: its address here, and its size in pixels."""

    address: str
    width: int
    height: int

    @property
    def digest(self) -> str:
        """The sha256 of its bytes, in hexadecimal."""
        return self.address.rpartition("/")[2]


class Pictures:
    """The pictures of an archive; `of_urls` may be called from any thread."""

    def __init__(self, archive: Path) -> None:
        """Serve the pictures of this archive."""
        self._archive = archive
        self._contents = _Contents()
        self._room = _Room(MAX_HELD_BYTES)

    async def picture(self, request: Request, send: Send) -> Response | None:
        """Send the picture whose digest the path names, or 304 to a client that has it."""
        digest = request.url_vars["digest"]
        tag = f'"{digest}"'
        if tag in request.headers.get("if-none-match", ""):
            return Response(b"", status=304, headers=HEADERS | {"etag": tag})
        await self.send(digest, send, {"cache-control": FOR_EVER, "etag": tag})
        return None

    async def send(self, digest: str, send: Send, headers: dict[str, str]) -> None:
        """Send the picture with this digest, itself, in pieces. Raises NotFound when there is none."""
        captures = await asyncio.to_thread(self._captures, digest)
        length, room = captures[0].length_bytes if captures else 0, -1
        while length > room:  # again with more room, if it is longer than it was when sent
            room = length
            async with self._room.taken(room):
                raster, data = await asyncio.to_thread(self._content, digest, captures)
                if raster is None:
                    raise NotFound(NOT_THERE)
                if (length := len(data)) <= room:
                    await _send(send, HEADERS | headers | {"content-type": raster.media_type}, data)

    def of_urls(self, urls: Iterable[str], at: str | None = None) -> dict[str, Picture]:
        """Return the pictures that the archive holds of these URLs, by URL: as of a time in ISO, or the latest.

        Leaves out what cannot be displayed as a picture, and everything when the database cannot be read.
        """
        found: dict[str, Picture] = {}
        with suppress(UnreadableInput), Captures(self._archive) as captures:
            for url in dict.fromkeys(urls):
                capture = captures.shown_at(normalize(url), at)
                picture = self.of_capture(capture) if capture else None
                if picture:
                    found[url] = picture
        return found

    def of_capture(self, capture: StoredCapture) -> Picture | None:
        """Return the picture that a response holds; None if there is none that may be shown."""
        digest = capture.evidence.shown_digest.removeprefix("sha256:")
        raster = self._contents.known(digest) or self._content(digest, [capture])[0]
        return Picture(f"/-/picture/{digest}", raster.width, raster.height) if raster else None

    def _captures(self, digest: str) -> list[StoredCapture]:
        with suppress(UnreadableInput), Captures(self._archive) as captures:
            found = captures.with_payload(stored_digest(digest))
            return [] if found and found[0].length_bytes > MAX_BYTES else found
        return []

    def _content(self, digest: str, captures: list[StoredCapture]) -> tuple[Raster | None, bytes]:
        """Return the picture with a digest, and its bytes, from the first of its records that is whole."""
        if self._contents.is_none(digest):
            return None, b""
        for capture in captures:
            data = self._bytes(capture.body) if capture.length_bytes <= MAX_BYTES else None
            if data is not None:
                return self._contents.note(digest, data), data
        return None, b""

    def _bytes(self, evidence: Evidence) -> bytes | None:
        """Return a payload with its digest checked and its coding undone; None when it is not whole."""
        with suppress(UnreadableInput), LaggingReader(self._archive) as reader:
            return unpacked(stored_capture(reader, evidence), MAX_BYTES)
        return None


class _Contents:
    """What the bytes with a digest are, which never changes; the latest are remembered."""

    def __init__(self) -> None:
        self._rasters: OrderedDict[str, Raster | None] = OrderedDict()
        self._lock = Lock()

    def known(self, digest: str) -> Raster | None:
        """Return the picture that a digest is known to be; None if it is not a picture or not known."""
        return self._rasters.get(digest)

    def is_none(self, digest: str) -> bool:
        """Tell whether a digest is known not to be a picture."""
        return digest in self._rasters and self._rasters.get(digest) is None

    def note(self, digest: str, data: bytes) -> Raster | None:
        """Return the picture that some bytes are, examining them only once."""
        raster = self._rasters.get(digest) or raster_of(data)
        with self._lock:
            self._rasters[digest] = raster
            if len(self._rasters) > MAX_KNOWN:
                self._rasters.popitem(last=False)
        return raster


class _Room:
    """A limit on the bytes held at once; a caller that needs more waits."""

    def __init__(self, length_bytes: int) -> None:
        self._free = length_bytes
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def taken(self, length_bytes: int) -> AsyncIterator[None]:
        """Wait for this much room, and hold it."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._free >= length_bytes)
            self._free -= length_bytes
        try:
            yield
        finally:
            async with self._changed:
                self._free += length_bytes
                self._changed.notify_all()


async def _send(send: Send, headers: dict[str, str], data: bytes) -> None:
    """Send a picture in pieces, each after the previous one has left; stop when a browser takes too long."""
    named = [(name.encode(), value.encode()) for name, value in (headers | {"content-length": str(len(data))}).items()]
    with suppress(TimeoutError):
        async with asyncio.timeout(SECONDS_TO_SEND):
            await send({"type": "http.response.start", "status": 200, "headers": named})
            for place in range(0, len(data), PIECE_BYTES):
                await send({"type": "http.response.body", "body": data[place : place + PIECE_BYTES], "more_body": True})
            await send({"type": "http.response.body", "body": b""})
