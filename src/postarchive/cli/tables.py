"""Tables: on a terminal with its width and colours, elsewhere as plain lines of aligned columns.

No number, key, date or run's name is ever cut. On a narrow terminal running text gets shorter, with an ellipsis; then
columns are left out, the least needed first; then each row becomes a block of lines. A line says what is left out.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO, TypeAlias

import typer

from postarchive.cli.common import is_terminal, whole_width
from postarchive.cli.terminal import unguarded_stream
from postarchive.export.plain import printable, width_of

if TYPE_CHECKING:
    from rich.text import Text

HEIGHT = 25  # lines; nothing depends on it
Cell: TypeAlias = "str | Text"
GAP, NARROWEST = 2, 16  # columns of a terminal: between two columns of a table; the least for running text


@dataclass(frozen=True, slots=True)
class Flexible:
    """What shrinks on a narrow terminal: columns of running text, then columns that are left out, in this order."""

    text: frozenset[str] = frozenset()
    droppable: tuple[str, ...] = ()


PLAIN = Flexible()


@dataclass(frozen=True, slots=True)
class Fit:
    """How wide each column of a table is, None if it is left out; () when each row is to be a block of lines."""

    widths: tuple[int | None, ...]


def print_table(
    rows: Iterable[Sequence[Cell]], columns: Sequence[str], flexible: Flexible = PLAIN, *, out: TextIO | None = None
) -> None:
    """Print a table; on a terminal each row takes one line if possible. `out` is a file to use instead of stdout."""
    columns = [_plain(name) for name in columns]
    cells = [[_plain(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    if out in (None, sys.stdout) and is_terminal():
        _print_on_terminal(cells, columns, fit(cells, columns, flexible, width=whole_width()))
    else:
        (out or sys.stdout).writelines(_lines([columns, *([str(cell) for cell in row] for row in cells)]))


def fit(rows: Sequence[Sequence[Cell]], columns: Sequence[str], flexible: Flexible, *, width: int) -> Fit:
    """Return how a table fits a terminal `width` columns wide."""
    from rich.cells import cell_len

    wanted = [
        max(cell_len(line) for cell in column for line in str(cell).split("\n"))
        for column in zip(columns, *rows, strict=True)
    ]
    droppable = [columns.index(name) for name in flexible.droppable if name in columns]
    is_text = [name in flexible.text for name in columns]
    for count in range(len(droppable) + 1):
        kept = [None if place in droppable[:count] else wide for place, wide in enumerate(wanted)]
        if widths := _shrunk(kept, is_text, width):
            return Fit(widths)
    return Fit(())


def _shrunk(wanted: list[int | None], is_text: list[bool], width: int) -> tuple[int | None, ...]:
    """Return the widths of all columns; running text gets what the others leave, () if that is too little."""
    texts = [wide for wide, gives in zip(wanted, is_text, strict=True) if wide is not None and gives]
    fixed = [wide for wide, gives in zip(wanted, is_text, strict=True) if wide is not None and not gives]
    room = width - sum(fixed) - GAP * (len(fixed) + len(texts) - 1)
    if room < sum(min(wide, NARROWEST) for wide in texts):
        return ()
    cap = max(texts, default=0)
    while sum(min(wide, cap) for wide in texts) > room:
        cap -= 1
    return tuple(min(wide, cap) if wide and gives else wide for wide, gives in zip(wanted, is_text, strict=True))


def _print_on_terminal(cells: list[list[Cell]], columns: Sequence[str], fitted: Fit) -> None:
    left_out = [name for name, wide in zip(columns, fitted.widths, strict=False) if wide is None]
    if not fitted.widths:
        _print_blocks(cells, columns)
        typer.echo("Too narrow for a table, so each row is shown as a block of lines.", err=True)
        return
    _print_columns(cells, columns, fitted.widths)
    if left_out:
        typer.echo(
            f"Too narrow for {', '.join(left_out)}: widen the terminal, or use --format json, to see everything.",
            err=True,
        )


def _print_columns(cells: list[list[Cell]], columns: Sequence[str], widths: tuple[int | None, ...]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    for name, width in zip(columns, widths, strict=True):
        if width is not None:
            table.add_column(name, no_wrap=True, overflow="ellipsis", width=width)
    for row in cells:
        table.add_row(*(cell for cell, width in zip(row, widths, strict=True) if width is not None))
    # Without a height, rich takes a terminal with TERM=dumb to be 80 columns wide.
    console = Console(
        file=unguarded_stream(sys.stdout), width=whole_width(), height=HEIGHT, markup=False, highlight=False
    )
    console.print(table)


def _print_blocks(cells: list[list[Cell]], columns: Sequence[str]) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(file=unguarded_stream(sys.stdout), markup=False, highlight=False)
    label = max(map(width_of, columns)) + GAP
    for number, row in enumerate(cells):
        if number:
            console.print()
        for name, cell in zip(columns, row, strict=True):
            lines = (Text(cell) if isinstance(cell, str) else cell).split("\n")
            for head, line in zip([name, *[""] * len(lines)], lines, strict=False):
                if str(cell):
                    console.print(Text(head.ljust(label), style="bold") + line, soft_wrap=True)


def _lines(rows: list[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(width_of, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = (cell + " " * (width - width_of(cell) + GAP) for cell, width in zip(row, widths, strict=True))
        yield "".join(padded).rstrip() + "\n"


def _plain(text: str) -> str:
    return printable(" ".join(text.split()))
