"""Stamps for the bundled site, drawn when they are requested: a few flat shapes each, after the stamp's title.

A design is a size, a background and shapes from back to front. A shape covers one stretch of each row, so all are
discs, ovals and convex outlines; `demopictures` turns them into a PNG.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil, cos, pi, sin
from types import MappingProxyType
from typing import Final, TypeAlias

Stretch: TypeAlias = Callable[[int], tuple[float, float]]  # of a row; empty if the shape is not on it
Point: TypeAlias = tuple[float, float]
WIDE, TALL, SQUARE = (440, 330), (300, 400), (360, 360)
INK, CREAM, SNOW, GOLD, RED, JADE = "2a2c2e", "f6efdc", "fffdf6", "e5b454", "b5371f", "6fa287"
PINE, SKY, SEA, NIGHT, CLAY, ROSE = "1f5a4c", "a9cbd8", "4f7f98", "1f3a4d", "d8804a", "eab7a8"


@dataclass(frozen=True, slots=True)
class Shape:
    """A colour in hexadecimal, the rows that it is on, and the stretch of each."""

    colour: str
    rows: range
    stretch: Stretch


@dataclass(frozen=True, slots=True)
class Design:
    """A stamp: width and height in pixels, background colour, shapes from back to front."""

    size: tuple[int, int]
    ground: str
    shapes: tuple[Shape, ...]


def oval(colour: str, x: float, y: float, half_width: float, half_height: float | None = None) -> Shape:
    """Return an oval around a middle; a disc when only one radius is given."""
    tall = half_height or half_width

    def stretch(row: int) -> Point:
        half = half_width * max(1 - ((row - y) / tall) ** 2, 0) ** 0.5
        return x - half, x + half

    return Shape(colour, _rows(y - tall, y + tall), stretch)


def outline(colour: str, *corners: Point) -> Shape:
    """Return a convex outline from its corners, in order around it."""
    sides = list(zip(corners, (*corners[1:], corners[0]), strict=True))

    def stretch(row: int) -> Point:
        met = [_met(side, row) for side in sides if min(side[0][1], side[1][1]) <= row < max(side[0][1], side[1][1])]
        return (min(met), max(met)) if met else (0, 0)

    return Shape(colour, _rows(min(y for _, y in corners), max(y for _, y in corners)), stretch)


def box(colour: str, x: float, y: float, width: float, height: float) -> Shape:
    """Return a box from its upper left corner."""
    return Shape(colour, _rows(y, y + height), lambda _: (x, x + width))


def _rows(top: float, bottom: float) -> range:
    return range(ceil(max(top, 0)), ceil(max(bottom, 0)))


def _met(side: tuple[Point, Point], row: int) -> float:
    (x, y), (to_x, to_y) = side
    return x + (to_x - x) * (row - y) / (to_y - y)


def _around(x: float, y: float, radius: float, count: int) -> Iterator[Point]:
    """Yield points around a middle, the first above it."""
    for step in range(count):
        angle = 2 * pi * step / count
        yield x + radius * sin(angle), y - radius * cos(angle)


def _harvest_moon() -> Iterator[Shape]:
    yield oval(GOLD, 220, 130, 88)
    yield oval(SNOW, 220, 130, 74)
    yield outline(PINE, (0, 190), (110, 140), (240, 230), (0, 230))
    yield outline(PINE, (250, 230), (360, 155), (440, 205), (440, 230))
    yield box(SEA, 0, 228, 440, 102)
    for place, half in enumerate((80, 62, 50, 34, 22)):
        yield box(GOLD, 220 - half, 240 + 16 * place, 2 * half, 6)


def _jades() -> Iterator[Shape]:
    yield oval(INK, 182, 187, 122)
    yield oval(JADE, 180, 180, 122)
    yield from (oval(PINE, x, y, 9) for x, y in _around(180, 180, 84, 12))
    yield oval(PINE, 180, 180, 52)
    yield oval(CREAM, 180, 180, 44)


def _horses() -> Iterator[Shape]:
    yield box(SKY, 0, 250, 440, 80)
    for x, colour, lift in ((70, CLAY, 0), (210, NIGHT, 14)):
        for leg in (12, 34, 98, 118):
            yield box(colour, x + leg, 190 - lift, 14, 82 + lift)
        yield oval(colour, x + 72, 178 - lift, 72, 40)
        yield outline(colour, (x + 98, 170 - lift), (x + 128, 84 - lift), (x + 160, 100 - lift), (x + 142, 190 - lift))
        yield outline(colour, (x + 130, 80 - lift), (x + 152, 84 - lift), (x + 186, 122 - lift), (x + 172, 134 - lift))
        yield outline(colour, (x + 128, 84 - lift), (x + 134, 62 - lift), (x + 144, 84 - lift))
        yield outline(INK, (x - 6, 240 - lift), (x + 2, 160 - lift), (x + 18, 160 - lift))
    for row in (262, 284, 306):
        yield box(SNOW, 0, row, 440, 4)


def _scales() -> Iterator[Shape]:
    yield box(GOLD, 174, 90, 12, 190)
    yield outline(GOLD, (120, 300), (150, 276), (210, 276), (240, 300))
    yield box(GOLD, 66, 92, 228, 10)
    yield oval(RED, 180, 84, 20)
    for x in (78, 282):
        yield outline(SNOW, (x - 1, 100), (x + 1, 100), (x - 42, 206), (x - 45, 206))
        yield outline(SNOW, (x - 1, 100), (x + 1, 100), (x + 45, 206), (x + 42, 206))
        yield oval(RED, x, 204, 52, 26)


def _sheaf() -> Iterator[Shape]:
    yield oval(GOLD, 220, 165, 118)
    yield oval(RED, 220, 165, 104)
    yield from (oval(GOLD, x, y, 13, 20) for x, y in _around(220, 165, 66, 10))
    yield oval(SNOW, 220, 165, 30)


def _river() -> Iterator[Shape]:
    yield oval(RED, 330, 78, 34)
    yield outline(JADE, (0, 190), (90, 70), (200, 200))
    yield outline(PINE, (110, 210), (220, 90), (340, 210))
    yield outline(JADE, (290, 210), (400, 110), (440, 150), (440, 210))
    for row in range(0, 128, 2):
        yield box(SNOW, 170 + (40 + row / 2) * sin(row / 21) - row / 2, 203 + row, 18 + row, 2)
    yield outline(CLAY, (250, 268), (330, 268), (314, 286), (266, 286))
    yield outline(CREAM, (288, 262), (290, 206), (326, 262))


def _silk() -> Iterator[Shape]:
    for x, colour in ((40, ROSE), (100, RED), (160, GOLD), (220, JADE)):
        for row in range(0, 250, 6):
            yield box(colour, x + 9 * sin(row / 34), 60 + row, 44, 6)
    yield box(INK, 22, 48, 256, 12)
    yield box(INK, 146, 360, 8, 40)
    yield oval(CREAM, 150, 312, 62, 56)
    yield oval(SKY, 150, 312, 54, 48)


def _junk() -> Iterator[Shape]:
    yield oval(GOLD, 96, 84, 38)
    yield box(NIGHT, 0, 262, 440, 68)
    yield outline(INK, (110, 250), (350, 238), (320, 284), (148, 284))
    for x, top, width in ((150, 110, 70), (232, 60, 96)):
        yield outline(RED, (x, 240), (x, top + 26), (x + width, top), (x + width - 8, 236))
        for rib in (1, 2, 3):
            row = top + 14 + (224 - top) * rib / 4
            yield outline(CREAM, (x, row + 4), (x + width - 2, row), (x + width - 2, row + 4), (x, row + 8))
    for row in (288, 304):
        yield box(SEA, 0, row, 440, 5)


def _kites() -> Iterator[Shape]:
    for x, y, colour, other in ((110, 96, RED, GOLD), (224, 170, JADE, SNOW), (96, 246, CLAY, CREAM)):
        yield outline(colour, (x, y - 62), (x + 44, y), (x, y + 62), (x - 44, y))
        yield outline(other, (x, y - 62), (x + 44, y), (x, y))
        yield outline(other, (x, y + 62), (x, y), (x - 44, y))
        yield from (oval(other, x + 8 * sin(tail), y + 70 + 16 * tail, 5) for tail in range(4))
    yield outline(PINE, (0, 400), (0, 372), (150, 350), (300, 372), (300, 400))


def _train() -> Iterator[Shape]:
    yield outline(SEA, (0, 220), (110, 70), (250, 220))
    yield outline(SNOW, (70, 125), (110, 70), (160, 124))
    yield outline(NIGHT, (170, 220), (310, 50), (440, 200), (440, 220))
    yield outline(SNOW, (268, 101), (310, 50), (356, 104))
    yield from (oval(SNOW, 37 * step % 440, 53 * step % 170 + 12, 3) for step in range(1, 26))
    yield box(SNOW, 0, 214, 440, 116)
    for x in range(-20, 440, 92):
        yield box(PINE, x, 180, 86, 54)
        yield from (box(GOLD, x + 10 + 24 * window, 192, 16, 16) for window in range(3))
    yield box(INK, 0, 236, 440, 8)
    yield from (box(SEA, x, 244, 12, 60) for x in range(20, 440, 66))


def _fruits() -> Iterator[Shape]:
    for x, y, radius, colour in ((130, 214, 74, CLAY), (236, 230, 66, GOLD), (186, 124, 66, RED)):
        yield oval(colour, x, y, radius)
        yield oval(SNOW, x - radius * 0.35, y - radius * 0.4, radius * 0.16)
        top = y - radius
        yield outline(PINE, (x, top + 6), (x + 14, top - 22), (x + 50, top - 12), (x + 30, top + 6))


def _lanterns() -> Iterator[Shape]:
    for x, y, size in ((96, 150, 58), (212, 220, 66)):
        yield box(INK, x - 1, 0, 3, y)
        yield oval(RED, x, y, size, size * 0.86)
        yield oval(CLAY, x, y, size * 0.56, size * 0.86)
        yield oval(RED, x, y, size * 0.2, size * 0.86)
        yield box(GOLD, x - size * 0.36, y - size * 0.94, size * 0.72, 12)
        yield box(GOLD, x - size * 0.36, y + size * 0.76, size * 0.72, 12)
        yield from (box(GOLD, x + place, y + size * 0.76 + 12, 3, 52) for place in (-12, -4, 4, 12))


def _pig() -> Iterator[Shape]:
    yield from (box(ROSE, x, 250, 26, 60) for x in (106, 146, 206, 246))
    yield oval(ROSE, 184, 216, 104, 78)
    yield from (outline(CLAY, (x, 120), (x + 40, 84), (x + 44, 140)) for x in (70, 128))
    yield oval(ROSE, 118, 174, 66, 60)
    yield oval(CLAY, 98, 190, 30, 22)
    yield from (oval(INK, x, 190, 5, 7) for x in (88, 108))
    yield from (oval(INK, x, 152, 5) for x in (92, 140))
    yield oval(CLAY, 286, 182, 14)
    yield oval(CREAM, 286, 182, 7)


def _tiger() -> Iterator[Shape]:
    yield from (oval(CLAY, x, 92, 38) for x in (92, 268))
    yield from (oval(CREAM, x, 96, 20) for x in (92, 268))
    yield oval(CLAY, 180, 190, 132, 122)
    yield oval(SNOW, 180, 250, 72, 54)
    for x, length in ((150, 54), (180, 74), (210, 54)):
        yield outline(INK, (x - 10, 80), (x + 10, 80), (180, 80 + length))
    for side in (-1, 1):
        for y in (168, 206):
            yield outline(INK, (180 + side * 132, y), (180 + side * 78, y + 10), (180 + side * 128, y + 22))
        yield oval(GOLD, 180 + side * 54, 172, 20, 16)
        yield oval(INK, 180 + side * 54, 172, 7, 14)
    yield outline(INK, (160, 222), (200, 222), (180, 244))


def _dragon() -> Iterator[Shape]:
    yield oval(GOLD, 240, 84, 34)
    for step in range(60):
        x, y = 150 + 84 * sin(step / 8.2), 380 - 5.2 * step
        yield oval(GOLD, x, y, 29 - step * 0.12)
        yield oval(RED, x, y, 26 - step * 0.12)
    yield oval(RED, 186, 74, 40, 28)
    yield outline(GOLD, (160, 56), (140, 16), (174, 48))
    yield outline(GOLD, (190, 50), (188, 10), (206, 50))
    yield oval(SNOW, 196, 66, 8)
    yield oval(INK, 198, 66, 4)


DESIGNS: Final[Mapping[str, Design]] = MappingProxyType(
    {
        name: Design(size, ground, tuple(shapes()))
        for name, size, ground, shapes in (
            ("25102112", WIDE, NIGHT, _harvest_moon),
            ("171170931", SQUARE, CREAM, _jades),
            ("171164327", WIDE, CREAM, _horses),
            ("171092040", SQUARE, SEA, _scales),
            ("171162186", WIDE, NIGHT, _sheaf),
            ("170761518", WIDE, SKY, _river),
            ("170741377", TALL, CREAM, _silk),
            ("170651216", WIDE, ROSE, _junk),
            ("170541489", TALL, SKY, _kites),
            ("170341164", WIDE, SKY, _train),
            ("180642061", SQUARE, CREAM, _fruits),
            ("14075680", TALL, NIGHT, _lanterns),
            ("1814353315", SQUARE, CREAM, _pig),
            ("220318657", SQUARE, GOLD, _tiger),
            ("24022015", TALL, JADE, _dragon),
        )
    }
)
