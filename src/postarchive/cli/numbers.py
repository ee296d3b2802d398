"""`postarchive hotlines` and `postarchive registrations`."""

from typing import Annotated

import typer

from postarchive.cli.common import ArchiveOption, TableOrJson, archive_path, print_json, text_of
from postarchive.cli.tables import print_table
from postarchive.jsonvalue import Json
from postarchive.store.read import Reader

DAY = 10  # characters of an ISO time that are its day


FormatOption = Annotated[TableOrJson, typer.Option("--format", "-f", help="How to print the time line.")]


def hotlines(*, archive: ArchiveOption = None, format: FormatOption = TableOrJson.TABLE) -> None:  # noqa: A002 - the option's name
    """Show the telephone numbers of the page frames: each with its first and last sighting.

    Example: postarchive hotlines --format json
    """
    _show(archive_rows(archive, ("hotline",)), ("label", "number", "dial"), format)


def registrations(*, archive: ArchiveOption = None, format: FormatOption = TableOrJson.TABLE) -> None:  # noqa: A002 - the option's name
    """Show the registration numbers of the page footers: each with its first and last sighting.

    Example: postarchive registrations
    """
    _show(archive_rows(archive, ("ICP", "PSB")), ("kind", "number"), format)


def archive_rows(archive: ArchiveOption, kinds: tuple[str, ...]) -> list[dict[str, Json]]:
    """Return the time line of numbers of these kinds."""
    with Reader(archive_path(archive)) as reader:
        return reader.numbers(kinds)


def _show(rows: list[dict[str, Json]], own: tuple[str, ...], output: TableOrJson) -> None:
    columns = (*own, "state", "host", "first_seen", "last_seen", "pages", "evidence")
    if output is TableOrJson.JSON:
        print_json([{name: row[name] for name in columns} for row in rows])
        return
    print_table([[_cell(name, row[name]) for name in columns] for row in rows], columns, flexible="evidence")


def _cell(name: str, value: Json) -> str:
    return text_of(value)[:DAY] if name.endswith("_seen") else text_of(value)
