"""Pictures for the bundled site, drawn when they are requested: a few shapes in the colours of a post office.

An address always gives the same picture, and another address another one. Each shape covers one stretch of each row, so
a picture takes milliseconds; a PNG (the indexed form) is small enough to write by hand.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from postarchive.demostamps import DESIGNS, Design, Stretch

WIDTH, HEIGHT = 600, 400
BANDS: Final = 8  # of the sky
SUN, FAR, NEAR, FIELD, PAPER, INK = range(BANDS, BANDS + 6)
# Sky above and below, sun, far and near mountains, field.
SCENES: Final = (
    ("f3c98b", "fdf3dc", "c4552f", "7fa892", "2f8560", "0b5d3b"),
    ("9fc4d8", "eef4ee", "f6d48f", "8aa6a3", "4f7f78", "1f5a4c"),
    ("1f3a4d", "7f9fa8", "fffdf6", "35586a", "24424f", "132a33"),
    ("f2b8a2", "fbe9dc", "a8321d", "b98a76", "8a5a48", "5a3a30"),
)
POST: Final = ("fffdf6", "a8321d")  # paper and ink
PNG: Final = b"\x89PNG\r\n\x1a\n"
INDEXED: Final = 3

# A file of one page with one line, in place of the ones that the pages offer.
FILE: Final = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 100]/Contents 4 0 R/Resources<</Font<</F<</Type/Font"
    b"/Subtype/Type1/BaseFont/Times-Roman>>>>>>>>endobj\n"
    b"4 0 obj<</Length 47>>stream\nBT /F 14 Tf 20 50 Td (A file of the demo.) Tj ET   \nendstream endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


def picture_of(path: str) -> bytes:
    """Return the picture for a path, as PNG: a stamp if the path is a stamp's, else a letter in a landscape."""
    design = DESIGNS.get(PurePosixPath(path).stem)
    return _stamp(design) if design else _landscape(path)


def _stamp(design: Design) -> bytes:
    colours = list(dict.fromkeys((design.ground, *(shape.colour for shape in design.shapes))))
    width, height = design.size
    rows = [bytearray(width) for _ in range(height)]
    for shape in design.shapes:
        for y in range(height)[shape.rows.start : shape.rows.stop]:
            _fill(rows[y], colours.index(shape.colour), shape.stretch(y))
    return _png(design.size, list(map(bytes.fromhex, colours)), list(map(bytes, rows)))


def _landscape(path: str) -> bytes:
    chance = hashlib.sha256(path.encode()).digest()
    above, below, *rest = SCENES[chance[0] % len(SCENES)]
    colours = [*_between(above, below), *map(bytes.fromhex, (*rest, *POST))]
    return _png((WIDTH, HEIGHT), colours, list(_rows(list(_shapes(chance)))))


def _between(above: str, below: str) -> Iterator[bytes]:
    first, last = bytes.fromhex(above), bytes.fromhex(below)
    for band in range(BANDS):
        yield bytes(a + (b - a) * band // (BANDS - 1) for a, b in zip(first, last, strict=True))


def _shapes(chance: bytes) -> Iterator[tuple[int, Stretch]]:
    """Yield the shapes in the picture, from back to front: colour, and stretch of each row."""
    yield SUN, _disc(80 + chance[1] * 440 // 255, 90 + chance[2] * 60 // 255, 36 + chance[3] % 30)
    for place, low, colour in ((4, 150, FAR), (6, 150, FAR), (8, 210, NEAR), (10, 220, NEAR)):
        yield (
            colour,
            _mountain(chance[place] * WIDTH // 255, low + chance[place + 1] % 60, 1.1 + chance[place] % 7 / 10),
        )
    yield FIELD, lambda y: (0, WIDTH if y > HEIGHT * 0.8 else 0)
    yield from _envelope(170 + chance[12] * 200 // 255, 190 + chance[13] % 60)


def _disc(x: int, y: int, radius: int) -> Stretch:
    def stretch(row: int) -> tuple[float, float]:
        half = max(radius**2 - (row - y) ** 2, 0) ** 0.5
        return x - half, x + half

    return stretch


def _mountain(x: int, top: int, slope: float) -> Stretch:
    return lambda row: (x - (row - top) * slope, x + (row - top) * slope)


def _envelope(x: int, y: int) -> Iterator[tuple[int, Stretch]]:
    """Yield a letter with its flap: a sheet, and two strokes that meet in its middle."""
    width, height, flap, stroke = 190, 120, 68, 5

    def line(sign: int) -> Stretch:
        def stretch(row: int) -> tuple[float, float]:
            middle = x + width / 2 + sign * (width / 2) * (1 - (row - y) / flap)
            is_there = y <= row <= y + flap
            return (max(middle - stroke, x), min(middle + stroke, x + width)) if is_there else (0, 0)

        return stretch

    yield PAPER, lambda row: (x, x + width if y <= row <= y + height else x)
    yield from ((INK, line(sign)) for sign in (-1, 1))


def _rows(shapes: list[tuple[int, Stretch]]) -> Iterator[bytes]:
    for y in range(HEIGHT):
        row = bytearray([min(y * BANDS // (HEIGHT * 4 // 5), BANDS - 1)]) * WIDTH
        for colour, stretch in shapes:
            _fill(row, colour, stretch(y))
        yield bytes(row)


def _fill(row: bytearray, colour: int, stretch: tuple[float, float]) -> None:
    start, end = max(round(stretch[0]), 0), min(round(stretch[1]), len(row))
    if start < end:
        row[start:end] = bytes([colour]) * (end - start)


def _png(size: tuple[int, int], colours: list[bytes], rows: list[bytes]) -> bytes:
    head = struct.pack(">IIBBBBB", *size, 8, INDEXED, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 6)
    parts = ((b"IHDR", head), (b"PLTE", b"".join(colours)), (b"IDAT", pixels), (b"IEND", b""))
    return PNG + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
