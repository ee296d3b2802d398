"""What the commands share: options, where the archive is, tables on a terminal."""

import json
import os
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from postarchive.errors import UsageError
from postarchive.models import Evidence, Json
from postarchive.urls import HOSTS

if TYPE_CHECKING:
    from postarchive.models import Capture
    from postarchive.store.read import Reader

BLANK_LINE = b"\r\n\r\n"

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


def stored_capture(archive: Path, reader: "Reader", evidence: Evidence) -> "Capture":
    """Return a stored answer; a revisit's body comes from the record that stores it."""
    from postarchive.warc import read_body, read_capture  # noqa: PLC0415 - only where bytes are asked for

    def body_of(record_id: str) -> bytes:
        return read_body(archive, reader.evidence_of(record_id))

    return read_capture(archive, evidence, body_of=body_of)


def is_terminal() -> bool:
    """Tell whether a person reads stdout."""
    return sys.stdout.isatty()


def print_table(rows: Iterable[Sequence[str]], columns: Sequence[str], *, flexible: str | None = None) -> None:
    """Print a table; on a terminal the flexible column is cut so that each row takes one line."""
    from rich.console import Console  # noqa: PLC0415 - only where a table is printed
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        is_flexible = column == flexible
        table.add_column(column, no_wrap=True, overflow="ellipsis" if is_flexible else "fold", ratio=None)
    for row in rows:
        table.add_row(*map(_plain, row))
    if is_terminal():
        Console(markup=False, highlight=False).print(table)
        return
    from io import StringIO  # noqa: PLC0415

    text = StringIO()
    Console(file=text, width=100_000, markup=False, highlight=False, color_system=None).print(table)
    for line in text.getvalue().splitlines():
        sys.stdout.write(line.rstrip() + "\n")


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
    try:
        return min(os.get_terminal_size().columns, 100)
    except OSError:
        return 80
