"""The pictures and files kept with pages: their names outside the archive, and how they are written.

A name comes from a URL in a page, so it must not lead out of a folder, hide a file, or look like an option.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

from postarchive.export.bundle import Bundle, Written
from postarchive.record.values import Page

FOLDER = "media"
LONGEST_STEM, LONGEST_SUFFIX = 60, 10  # characters; at four bytes each they fit into a file system's 255
_NOT_IN_A_NAME = re.compile(r"[^\w.()+-]+")
_SUFFIX = re.compile(rf"\.[a-z0-9]{{1,{LONGEST_SUFFIX}}}", re.ASCII)
# Names that Windows treats as devices, whatever their suffix.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(?=\.|\Z)", re.IGNORECASE | re.ASCII)
_OF_PROGRAMS = (".do", ".jsp", ".php", ".asp", ".aspx", ".cgi", ".action")  # scripts that send files
_SUFFIXES = MappingProxyType(
    {
        "image/jpeg": ".jpg",
        "image/png": ".png",
        "image/gif": ".gif",
        "image/webp": ".webp",
        "image/bmp": ".bmp",
        "image/svg+xml": ".svg",
        "application/pdf": ".pdf",
        "application/zip": ".zip",
        "application/msword": ".doc",
        "application/vnd.ms-excel": ".xls",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
        "text/plain": ".txt",
    }
)


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A picture or file: the URL that a page names, the response it came in, and a function that returns its bytes.

    `media_type` is None when the response does not say. `read` raises UnreadableInput when the evidence is damaged.
    """

    url: str
    media_type: str | None
    record_id: str
    read: Callable[[], bytes]


def media_urls(record: Page) -> Iterator[str]:
    """Yield the URLs that a record names, pictures first, each once."""
    yield from dict.fromkeys([*(image.url for image in record.images), *(file.url for file in record.attachments)])


def media_name(url: str, media_type: str | None) -> str:
    """Return a harmless file name made from the last part of a URL's path: `photo.jpg`; `file` if it has none.

    A URL without a suffix gets that of its media type.
    """
    last = unicodedata.normalize("NFC", unquote(_path(url))).rpartition("/")[2]
    path = PurePosixPath(_NOT_IN_A_NAME.sub("-", last).strip(".-") or "file")
    stem, suffix = path.stem, path.suffix.lower()
    if suffix in _OF_PROGRAMS or not _SUFFIX.fullmatch(suffix):
        stem, suffix = path.name.removesuffix(path.suffix if suffix in _OF_PROGRAMS else ""), _suffix_of(media_type)
    return _DEVICES.sub(r"\1-", f"{stem[:LONGEST_STEM].strip('.-') or 'file'}{suffix}")


def own_name(url: str, media_type: str | None) -> str:
    """Return a name like `media_name` that is unique to the URL: `photo-0a1b2c3d4e5f6071.jpg`."""
    name = media_name(url, media_type)
    suffix = PurePosixPath(name).suffix
    return f"{name.removesuffix(suffix)}-{hashlib.sha256(url.encode(errors='replace')).hexdigest()[:16]}{suffix}"


def put(bundle: Bundle, file: KeptFile) -> Written:
    """Write a file into a bundle's media folder. Raises UnreadableInput before writing anything."""
    data = file.read()
    path = f"{FOLDER}/{own_name(file.url, file.media_type)}"
    with bundle.entry(path, len(data)) as entry:
        entry.write(data)
    return Written(path, len(data), hashlib.sha256(data).hexdigest())


def _suffix_of(media_type: str | None) -> str:
    return _SUFFIXES.get((media_type or "").partition(";")[0].strip().lower(), "")


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:  # http://[
        return ""
