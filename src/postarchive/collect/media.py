"""The pictures and files that `fetch --media` kept: which response holds one, and its bytes as a browser saves them."""

import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from postarchive.collect.kept import stored_capture
from postarchive.export.media import KeptFile
from postarchive.models import Capture
from postarchive.store.captures import Captures, StoredCapture
from postarchive.store.read import Reader
from postarchive.urls import normalize, resolve

MAX_REDIRECTS = 5
MAX_BYTES = 256 << 20  # of an unpacked file
WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}  # zlib's `wbits` for a coding


@dataclass(frozen=True, slots=True)
class Media:
    """The pictures and files of an archive."""

    reader: Reader
    captures: Captures

    def kept(self, url: str, at: str | None = None) -> KeptFile | None:
        """Return a picture or file as of a time in ISO, else the latest, following redirects; None if not kept."""
        place = normalize(url)
        for _ in range(MAX_REDIRECTS):
            found = self.captures.shown_at(place, at)
            if found is not None:
                return self._file(url, found)
            target = self.captures.target_of(place)
            if target is None:
                return None
            place = normalize(resolve(place, target))
        return None

    def all_kept(self, urls: Iterable[str]) -> Iterator[KeptFile]:
        """Yield the pictures and files kept from these URLs, which are in normal form; each once."""
        for url in dict.fromkeys(map(normalize, urls)):
            file = self.kept(url)
            if file is not None:
                yield file

    def _file(self, url: str, found: StoredCapture) -> KeptFile:
        return KeptFile(
            url=url,
            media_type=found.media_type,
            record_id=found.evidence.record_id,
            read=lambda: unpacked(stored_capture(self.reader, found.evidence)),
        )


@contextmanager
def open_media(archive: Path) -> Iterator[Media]:
    """Open the pictures and files of an archive. Raises UnreadableInput as `Reader`."""
    with Reader(archive) as reader, Captures(archive) as captures:
        yield Media(reader, captures)


def with_bytes(file: KeptFile) -> KeptFile:
    """Return a kept file with its bytes in memory. Raises UnreadableInput when the evidence is damaged."""
    data = file.read()
    return replace(file, read=lambda: data)


def unpacked(capture: Capture, most_bytes: int = MAX_BYTES) -> bytes:
    """Return a body without the content coding that the server applied.

    It stays as it was sent if the coding cannot be undone, or if the result is more than `most_bytes`.
    """
    coding = (capture.header("Content-Encoding") or "").strip().lower()
    if coding not in WINDOWS:
        return capture.body
    with suppress(zlib.error):
        inflate = zlib.decompressobj(wbits=WINDOWS[coding])
        data = inflate.decompress(capture.body, most_bytes)
        if inflate.eof:
            return data
    return capture.body
