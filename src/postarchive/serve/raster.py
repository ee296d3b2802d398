"""Recognise a picture in one of four raster formats, with its size from the header; anything else is not shown.

The name and the media type that a server sent do not count. A file is walked block by block, so a file that only begins
like a picture is refused. So is one that also holds a page, a script element or a document, because another program
might take it for that. Sources: PNG (W3C), JPEG (ITU-T T.81, annex B), GIF89a, WebP container.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

MAX_BYTES = 8 << 20
MAX_SIDE = 20_000  # pixels
MAX_PIXELS = 50_000_000  # a browser takes four bytes for each
MAX_BLOCKS = 50_000
MAX_SCANS = 64  # of a JPEG: each is a pass over the whole picture; real ones have about ten

PNG, GIF = b"\x89PNG\r\n\x1a\n", (b"GIF87a", b"GIF89a")
# What another program would take for a page, a drawing, a document or an archive, wherever it is.
ACTING = re.compile(
    rb"<(?:script|html|svg|body|iframe|object|embed)[\s/>]|<!doctype\s|<!entity\s|<\?php|%PDF-|PK\x01\x02.{42,}PK\x05\x06",
    re.IGNORECASE | re.DOTALL,
)
MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # in a JPEG: not a byte of the picture, not a restart
FRAMES = frozenset((*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)))
SCAN, END = 0xDA, 0xD9
VP8_START, VP8L_START = b"\x9d\x01\x2a", 0x2F

Size: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Raster:
    """A picture's media type and its size in pixels."""

    media_type: str
    width: int
    height: int


class _NoPicture(Exception):
    """The bytes are not in the format that they begin as."""


def raster_of(data: bytes) -> Raster | None:
    """Return the picture that the bytes are; None if they are not one, too large for a browser, or could act."""
    if len(data) > MAX_BYTES:
        return None
    with suppress(_NoPicture, IndexError):
        media_type, sizes_in = _format_of(data)
        sizes = list(islice(sizes_in(data), MAX_BLOCKS + 1))
        if sizes and len(sizes) <= MAX_BLOCKS and all(map(_is_bearable, sizes)) and not ACTING.search(data):
            return Raster(media_type, max(width for width, _ in sizes), max(height for _, height in sizes))
    return None


def _is_bearable(size: Size) -> bool:
    width, height = size
    return 0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and width * height <= MAX_PIXELS


def _format_of(data: bytes) -> tuple[str, Callable[[bytes], Iterator[Size]]]:
    if data.startswith(PNG):
        return "image/png", _sizes_of_png
    if data.startswith(GIF):
        return "image/gif", _sizes_of_gif
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg", _sizes_of_jpeg
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp", _sizes_of_webp
    raise _NoPicture


def _sizes_of_png(data: bytes) -> Iterator[Size]:
    """Yield the size in the first chunk. Raises _NoPicture unless the chunks lead to the end of the file."""
    place = len(PNG)
    for number in range(MAX_BLOCKS):
        kind, length = data[place + 4 : place + 8], _big(data, place, 4)
        if (kind == b"IHDR") is not (number == 0):
            raise _NoPicture
        if number == 0:
            yield _big(data, place + 8, 4), _big(data, place + 12, 4)
        place += 12 + length
        if kind == b"IEND" and place == len(data):
            return
    raise _NoPicture


def _sizes_of_jpeg(data: bytes) -> Iterator[Size]:
    """Yield the size of each frame header. Raises _NoPicture without a scan; one that is cut off is shown in part."""
    place, scans = 2, 0
    for _ in range(MAX_BLOCKS):
        found = MARKER.search(data, place)
        marker = data[found.end() - 1] if found else END
        if found is None or marker == END:
            break
        scans += marker == SCAN
        if scans > MAX_SCANS or (scans == 0 and data[place : found.start()].strip(b"\xff")):
            raise _NoPicture
        if marker in FRAMES:
            yield _big(data, found.end() + 5, 2), _big(data, found.end() + 3, 2)
        place = found.end() + _big(data, found.end(), 2)
    else:
        raise _NoPicture
    if scans == 0:
        raise _NoPicture


def _sizes_of_gif(data: bytes) -> Iterator[Size]:
    """Yield the size of the screen, and how far each image reaches. Raises _NoPicture unless blocks lead to the end."""
    screen = _little(data, 6, 2), _little(data, 8, 2)
    place, images = 13 + _colours(data[10]), 0
    for _ in range(MAX_BLOCKS):
        match data[place]:
            case 0x21:  # an extension
                place = _past_blocks(data, place + 2)
            case 0x2C:  # an image
                left, top, width, height = (_little(data, place + at, 2) for at in (1, 3, 5, 7))
                yield max(screen[0], left + width), max(screen[1], top + height)
                place, images = _past_blocks(data, place + 11 + _colours(data[place + 9])), images + 1
            case 0x3B if images and not data[place + 1 :].strip(b"\0"):
                return
            case _:
                raise _NoPicture
    raise _NoPicture


def _colours(flags: int) -> int:
    """Return how many bytes the colour table takes, by its flags."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _past_blocks(data: bytes, place: int) -> int:
    """Return where a GIF continues after a series of blocks, each with its length, that ends with an empty one."""
    for _ in range(MAX_BLOCKS):
        length = data[place]
        place += 1 + length
        if length == 0:
            return place
    raise _NoPicture


def _sizes_of_webp(data: bytes) -> Iterator[Size]:
    """Yield the sizes of canvas and pictures. Raises _NoPicture unless chunks fill the file."""
    if _little(data, 4, 4) + 8 != len(data):
        raise _NoPicture
    place = 12
    while place < len(data):
        kind, start = data[place : place + 4], place + 8
        if kind == b"VP8X":
            yield _little(data, start + 4, 3) + 1, _little(data, start + 7, 3) + 1
        elif kind == b"VP8L" and data[start] == VP8L_START:
            bits = _little(data, start + 1, 4)
            yield (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        elif kind == b"VP8 " and data[start + 3 : start + 6] == VP8_START:
            yield _little(data, start + 6, 2) & 0x3FFF, _little(data, start + 8, 2) & 0x3FFF
        length = _little(data, place + 4, 4)
        place = start + length + length % 2
    if place != len(data):
        raise _NoPicture


def _big(data: bytes, place: int, length: int) -> int:
    return int.from_bytes(_cut(data, place, length), "big")


def _little(data: bytes, place: int, length: int) -> int:
    return int.from_bytes(_cut(data, place, length), "little")


def _cut(data: bytes, place: int, length: int) -> bytes:
    found = data[place : place + length]
    if len(found) < length:
        raise _NoPicture
    return found
