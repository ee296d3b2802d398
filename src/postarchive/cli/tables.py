"""Tables: on a terminal in its width and with its colours, elsewhere as plain lines of aligned columns."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TextIO, TypeAlias

from postarchive.cli.common import is_terminal, whole_width
from postarchive.cli.terminal import behind
from postarchive.export.plain import printable, width_of

if TYPE_CHECKING:
    from rich.text import Text

Cell: TypeAlias = "str | Text"
GAP, NARROWEST = 2, 20  # columns between two columns of a table; the least that a flexible one gets


def print_table(
    rows: Iterable[Sequence[Cell]], columns: Sequence[str], *, flexible: str | None = None, out: TextIO | None = None
) -> None:
    """Print a table; on a terminal the flexible column is cut so that each row takes one line.

    `out` is a file to print to instead of stdout.
    """
    columns = [_plain(name) for name in columns]
    cells = [[_plain(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    if out in (None, sys.stdout) and is_terminal():
        _print_on_terminal(cells, columns, flexible)
    else:
        (out or sys.stdout).writelines(_lines([columns, *([str(cell) for cell in row] for row in cells)]))


def room_beside(others: Sequence[Sequence[str]], names: Sequence[str]) -> int:
    """Return how many columns of the terminal the other columns of a table leave to one that gives way."""
    taken = sum(max(map(width_of, [name, *cells])) + GAP for name, cells in zip(names, others, strict=True))
    return max(whole_width() - taken, NARROWEST)


def _print_on_terminal(cells: list[list[Cell]], columns: Sequence[str], flexible: str | None) -> None:
    from rich.console import Console  # noqa: PLC0415 - only where a person looks
    from rich.table import Table  # noqa: PLC0415

    others = [number for number, name in enumerate(columns) if name != flexible]
    room = room_beside([[str(row[number]) for row in cells] for number in others], [columns[n] for n in others])
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        is_flexible = column == flexible
        table.add_column(
            column,
            no_wrap=True,
            overflow="ellipsis" if is_flexible else "fold",
            max_width=room if is_flexible else None,
        )
    for row in cells:
        table.add_row(*row)
    Console(file=behind(sys.stdout), markup=False, highlight=False).print(table)


def _lines(rows: list[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(width_of, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = (cell + " " * (width - width_of(cell) + GAP) for cell, width in zip(row, widths, strict=True))
        yield "".join(padded).rstrip() + "\n"


def _plain(text: str) -> str:
    return printable(" ".join(text.split()))
