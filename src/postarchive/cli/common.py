"""What the commands share: options, where the archive is, tables on a terminal."""

import json
import shutil
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO, TypeAlias

import typer

from postarchive.errors import UsageError
from postarchive.jsonvalue import Json

if TYPE_CHECKING:
    from rich.text import Text

    from postarchive.models import Capture, Evidence
    from postarchive.store.read import Reader

BLANK_LINE = b"\r\n\r\n"
WIDEST_LINE = 100  # columns of running text
GAP, NARROWEST = 2, 20  # columns between two columns of a table; the least that a flexible one gets

ArchiveOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--archive",
        "-a",
        envvar="POSTARCHIVE_ARCHIVE",
        metavar="DIR",
        help="The archive's folder. Without it the user's data folder.",
        show_envvar=True,
    ),
]


def known_hosts(named: list[str] | None) -> tuple[str, ...]:
    """Return the hosts that a person named, each once. Raises UsageError for one that is not China Post's."""
    from postarchive.urls import HOSTS  # noqa: PLC0415

    for host in named or ():
        if host not in HOSTS:
            raise UsageError(f"--host {host}", f"no China Post host; known: {', '.join(HOSTS)}")
    return tuple(dict.fromkeys(named or ()))


class TableOrJson(StrEnum):
    """How rows are printed by commands that people read and programs too."""

    TABLE = "table"
    JSON = "json"


def archive_path(given: Path | None) -> Path:
    """Return the archive's folder: as given, else in the user's data folder."""
    if given is not None:
        return given
    from platformdirs import user_data_path  # noqa: PLC0415 - not needed where --archive is given

    return user_data_path("postarchive")


def stored_capture(archive: Path, reader: "Reader", evidence: "Evidence") -> "Capture":
    """Return a stored answer; a revisit's body comes from the record that stores it."""
    from postarchive.warc import read_body, read_capture  # noqa: PLC0415 - only where bytes are asked for

    def body_of(record_id: str) -> bytes:
        return read_body(archive, reader.evidence_of(record_id))

    return read_capture(archive, evidence, body_of=body_of)


def is_terminal() -> bool:
    """Tell whether a person reads stdout."""
    return sys.stdout.isatty()


def print_table(
    rows: Iterable[Sequence["str | Text"]],
    columns: Sequence[str],
    *,
    flexible: str | None = None,
    out: TextIO | None = None,
) -> None:
    """Print a table; on a terminal the flexible column is cut so that each row takes one line.

    `out` is a file to print to instead of stdout.
    """
    from rich.console import Console  # noqa: PLC0415 - only where a table is printed
    from rich.table import Table  # noqa: PLC0415

    cells = [[_plain(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    is_shown = out in (None, sys.stdout) and is_terminal()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, column in enumerate(columns):
        is_flexible = column == flexible
        room = room_beside(*_beside(cells, columns, place)) if is_flexible and is_shown else None
        table.add_column(column, no_wrap=True, overflow="ellipsis" if is_flexible else "fold", max_width=room)
    for row in cells:
        table.add_row(*row)
    if is_shown:
        Console(markup=False, highlight=False).print(table)
        return
    from io import StringIO  # noqa: PLC0415

    text = StringIO()
    Console(file=text, width=100_000, markup=False, highlight=False, color_system=None).print(table)
    for line in text.getvalue().splitlines():
        (out or sys.stdout).write(line.rstrip() + "\n")


def _beside(
    cells: Sequence[Sequence["str | Text"]], columns: Sequence[str], place: int
) -> tuple[list[list[str]], list[str]]:
    """Return the columns of a table but one, and their names."""
    others = [number for number in range(len(columns)) if number != place]
    return [[str(row[number]) for row in cells] for number in others], [columns[number] for number in others]


def room_beside(others: Sequence[Sequence[str]], names: Sequence[str]) -> int:
    """Return how many columns of the terminal the other columns of a table leave to one that gives way."""
    from rich.cells import cell_len  # noqa: PLC0415

    taken = sum(max(map(cell_len, [name, *cells])) + GAP for name, cells in zip(names, others, strict=True))
    return max(whole_width() - taken, NARROWEST)


def _plain(text: str) -> str:
    from postarchive.export import printable  # noqa: PLC0415

    return printable(" ".join(text.split()))


def print_json(value: object) -> None:
    """Print a value as one JSON document."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def text_of(value: Json) -> str:
    """Return a value for a table's cell: empty for None."""
    return "" if value is None else str(value)


def terminal_width() -> int:
    """Return the width of the terminal in columns, 80 where there is none; a book's line at most."""
    return min(whole_width(), WIDEST_LINE)


def whole_width() -> int:
    """Return the width of the terminal in columns, 80 where there is none."""
    return shutil.get_terminal_size((80, 24)).columns
