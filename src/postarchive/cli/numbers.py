"""`postarchive hotlines` and `postarchive registrations`."""

from postarchive.cli.common import ArchiveOption, RowFormat, RowFormatOption, archive_path, text_of
from postarchive.cli.listing import RowLayout, day, print_listing
from postarchive.cli.tables import Flexible
from postarchive.jsonvalue import Json, JsonObject
from postarchive.store.read import Reader

SEEN = ("state", "host", "first_seen", "last_seen", "pages", "evidence")


def hotlines(*, archive: ArchiveOption = None, format: RowFormatOption = RowFormat.TABLE) -> None:  # noqa: A002 - the option's name
    """List the telephone numbers printed around the pages, with when each was first and last seen.

    Example: postarchive hotlines --format json
    """
    _show(archive_rows(archive, ("hotline",)), ("label", "number", "dial"), format)


def registrations(*, archive: ArchiveOption = None, format: RowFormatOption = RowFormat.TABLE) -> None:  # noqa: A002 - the option's name
    """List the registration numbers in the page footers, with when each was first and last seen.

    Example: postarchive registrations
    """
    _show(archive_rows(archive, ("ICP", "PSB")), ("kind", "number"), format)


def archive_rows(archive: ArchiveOption, kinds: tuple[str, ...]) -> list[JsonObject]:
    """Return the timeline of numbers of these kinds."""
    with Reader(archive_path(archive)) as reader:
        return reader.numbers(kinds)


def _show(rows: list[JsonObject], own: tuple[str, ...], output: RowFormat) -> None:
    columns = (*own, *SEEN)
    flexible = Flexible(
        text=frozenset(("label",)), droppable=("evidence", "pages", "dial", "first_seen", "state", "host")
    )
    named = [{name: row[name] for name in columns} for row in rows]
    print_listing(named, RowLayout(columns, columns, flexible, _cell), output)


def _cell(name: str, value: Json) -> str:
    return day(value) if name.endswith("_seen") else text_of(value)
