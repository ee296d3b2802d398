"""`postarchive history` and `postarchive diff`: the versions of a page, and what changed between two."""

import os
import sys
from dataclasses import replace
from enum import StrEnum
from typing import Annotated

import typer

from postarchive.cli.common import (
    ArchiveOption,
    RowFormat,
    RowFormatOption,
    archive_path,
    is_terminal,
    print_json,
    text_of,
)
from postarchive.cli.listing import RowLayout, minute, print_listing
from postarchive.cli.tables import Flexible
from postarchive.cli.terminal import unguarded_stream
from postarchive.errors import UsageError
from postarchive.export.plain import printable
from postarchive.jsonvalue import Json, JsonObject
from postarchive.record.differences import Difference, DiffPiece, differences
from postarchive.store.read import Reader

PLAIN = {"same": ("", ""), "removed": ("[-", "-]"), "added": ("{+", "+}")}
COLOURED = {"same": ("", ""), "removed": ("\x1b[31m", "\x1b[0m"), "added": ("\x1b[32m", "\x1b[0m")}
SheetOption = Annotated[
    int | None, typer.Option(min=1, max=1_000_000, help="Show only this sheet of an article that has several.")
]
PageArgument = Annotated[
    str, typer.Argument(metavar="URL|NODE", help="A page, by its URL or node id.", show_default=False)
]


class DiffFormat(StrEnum):
    """How a comparison is printed."""

    TEXT = "text"
    JSON = "json"


def history(
    name: PageArgument,
    *,
    archive: ArchiveOption = None,
    sheet: SheetOption = None,
    format: RowFormatOption = RowFormat.TABLE,  # noqa: A002 - the option's name
) -> None:
    """List what happened to a page (new, edit, layout, gone, back), each with its evidence.

    Example: postarchive history 23048456
    """
    with Reader(archive_path(archive)) as reader:
        page = reader.find_page(name)
        rows = reader.history(page, sheet=sheet or reader.sheet_of(page))
    listing = HISTORY if len({row["sheet"] for row in rows}) > 1 else HISTORY_OF_ONE
    print_listing([row | _shown(row) for row in rows] if format is RowFormat.TABLE else rows, listing, format)


def _shown(row: JsonObject) -> JsonObject:
    """Return the table's columns that are not fields of the row itself."""
    place = f"{text_of(row['file'])}@{text_of(row['offset'])}"
    return {"seen": minute(row["time"]), "to": minute(row["last_seen"]), "fields": row["detail"], "evidence": place}


HISTORY = RowLayout(
    columns=("version", "sheet", "change", "seen", "to", "fields", "evidence"),
    fields=(
        "version",
        "sheet",
        "change",
        "time",
        "last_seen",
        "detail",
        "file",
        "offset",
        "record_id",
        "payload_digest",
    ),
    flexible=Flexible(text=frozenset(("fields",)), droppable=("to", "evidence")),
)
HISTORY_OF_ONE = replace(HISTORY, columns=tuple(name for name in HISTORY.columns if name != "sheet"))


def diff(  # noqa: PLR0913 - its options
    name: PageArgument,
    *,
    archive: ArchiveOption = None,
    old: Annotated[
        int | None, typer.Option("--from", min=1, help="Older version; by default the one before --to.")
    ] = None,
    sheet: SheetOption = None,
    new: Annotated[int | None, typer.Option("--to", min=1, help="Newer version; by default the latest.")] = None,
    format: Annotated[DiffFormat, typer.Option("--format", "-f", help="Output format.")] = DiffFormat.TEXT,  # noqa: A002 - the option's name
) -> None:
    """Show what changed between two versions of a page, field by field and word by word.

    Removed text is in [-brackets-], added text in {+braces+}; on a terminal they are red and green.

    Example: postarchive diff 23048456 --from 1 --to 2
    """
    with Reader(archive_path(archive)) as reader:
        page = reader.find_page(name)
        own = sheet or reader.sheet_of(page)
        after = reader.article(page, new, sheet=own)
        if old is None and after.number == 1:
            typer.echo("There is only one version, so there is nothing to compare.", err=True)
            return
        before = reader.article(page, old or after.number - 1, sheet=own)
    if before.number == after.number:
        raise UsageError(f"--from {before.number} --to {after.number}", "are the same version; name two different ones")
    found = differences(before.record, after.record)
    if format is DiffFormat.JSON:
        _print_json(before.number, after.number, found)
    else:
        _print_text(before.number, after.number, found)


def _print_json(old: int, new: int, found: list[Difference]) -> None:
    fields: list[Json] = [
        {"field": item.field, "lines": [[[piece.sign, piece.text] for piece in line] for line in item.lines]}
        for item in found
    ]
    print_json({"from": old, "to": new, "fields": fields})


def _print_text(old: int, new: int, found: list[Difference]) -> None:
    marks = COLOURED if is_terminal() and not _no_colour() else PLAIN
    typer.echo(f"Version {old} to {new}")
    for item in found:
        typer.echo(f"\n{item.field}")
        for line in item.lines:
            shown = (_marked(DiffPiece(piece.sign, printable(piece.text)), marks) for piece in line)
            unguarded_stream(sys.stdout).write(f"  {''.join(shown)}\n")


def _no_colour() -> bool:
    return bool(os.environ.get("NO_COLOR"))


def _marked(piece: DiffPiece, marks: dict[str, tuple[str, str]]) -> str:
    before, after = marks[piece.sign]
    return f"{before}{piece.text}{after}"
