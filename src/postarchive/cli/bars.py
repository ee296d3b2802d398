"""Figures as a table with a bar in each row, as wide as a terminal; pure, so that the output can be tested."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from postarchive.export.plain import printable
from postarchive.jsonvalue import Json

Cells: TypeAlias = Sequence[Json]
EIGHTHS = "▏▎▍▌▋▊▉█"
WHOLE, PLAIN = "█", "#"
GAP = "  "
NARROWEST_BAR = 8  # columns, however narrow the terminal
KEY = re.compile(r"[\w-]+", re.ASCII)  # a year, a run
WIDEST_LABEL = 0.4  # of the terminal


@dataclass(frozen=True, slots=True)
class Canvas:
    """Where bars are drawn: the width in columns, and whether the encoding has the blocks from ▏ to █."""

    width: int
    has_blocks: bool

    @classmethod
    def of(cls, width: int, encoding: str | None) -> "Canvas":
        """Return the canvas of a terminal or file; an encoding of None is unknown."""
        return cls(width, _can_encode(EIGHTHS, encoding or "ascii"))


def bar(value: int, most: int, width: int, *, has_blocks: bool) -> str:
    """Return the bar of a value on a scale that ends at `most`; anything but 0 has a mark, however small."""
    if value <= 0 or most <= 0:
        return ""
    if not has_blocks:
        return PLAIN * max(1, round(value / most * width))
    whole, rest = divmod(max(1, round(value / most * width * len(EIGHTHS))), len(EIGHTHS))
    return WHOLE * whole + (EIGHTHS[rest - 1] if rest else "")


def table(columns: Sequence[str], rows: Sequence[Cells], values: Sequence[int], canvas: Canvas) -> Iterator[str]:
    """Yield the lines of a table: a head, then each row with the bar of its value; no head when `columns` is ().

    The first column is the label, cut when it is long; other columns of figures are aligned right.
    """
    texts = _texts(rows, canvas)
    body = [list(columns), *texts] if columns else texts
    widths = _widths(body)
    is_right = [place > 0 and _are_figures(column) for place, column in enumerate(zip(*texts, strict=True))]
    room = max(NARROWEST_BAR, canvas.width - sum(widths) - len(GAP) * len(widths))
    most = max(values, default=0)
    bars = [bar(value, most, room, has_blocks=canvas.has_blocks) for value in values]
    for line, drawn in zip(body, ([""] if columns else []) + bars, strict=True):
        cells = [_padded(*cell) for cell in zip(line, widths, is_right or [False] * len(line), strict=True)]
        yield GAP.join([*cells, drawn]).rstrip()


def has_room(columns: Sequence[str], rows: Sequence[Cells], canvas: Canvas) -> bool:
    """Tell whether a bar fits on the line beside the columns."""
    widths = _widths([list(columns), *_texts(rows, canvas)])
    return sum(widths) + len(GAP) * len(widths) + NARROWEST_BAR <= canvas.width


def _texts(rows: Sequence[Cells], canvas: Canvas) -> list[list[str]]:
    """Return the cells as texts; a long name is cut, but never a month or a run's name."""
    most = int(canvas.width * WIDEST_LABEL)
    labels = (_text(row[0]) for row in rows)
    return [
        [label if KEY.fullmatch(label) else _cut(label, most), *map(_text, row[1:])]
        for label, row in zip(labels, rows, strict=True)
    ]


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(_width, column)) for column in zip(*rows, strict=True)]


def _text(value: Json) -> str:
    return "" if value is None else " ".join(printable(str(value)).split())


def _are_figures(texts: Sequence[str]) -> bool:
    return all(not text or text[0].isdigit() for text in texts)


def _padded(text: str, width: int, is_right: bool) -> str:  # noqa: FBT001 - zipped
    blanks = " " * (width - _width(text))
    return blanks + text if is_right else text + blanks


def _cut(text: str, width: int) -> str:
    if _width(text) <= width:
        return text
    from rich.cells import set_cell_size

    return set_cell_size(text, width - len("...")).rstrip() + "..."


def _width(text: str) -> int:
    """Return how many columns a text takes: two for a Chinese character."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _can_encode(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
