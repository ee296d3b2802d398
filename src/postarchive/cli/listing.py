"""What all commands that list rows share: a table for people, and the formats of `query` for programs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from postarchive.cli.common import RowFormat, opened, print_json, text_of
from postarchive.cli.tables import PLAIN, Flexible, print_table
from postarchive.jsonvalue import Json, JsonObject

MINUTE, DAY = 16, 10  # characters of an ISO time up to its minute, and of its day


@dataclass(frozen=True, slots=True)
class RowLayout:
    """How rows are listed: the table's columns, which of them give way, and how a cell is shown.

    `fields` are the columns of csv, tsv and md, where nothing is shortened; in json a row has all its fields.
    """

    columns: tuple[str, ...]
    fields: tuple[str, ...]
    flexible: Flexible = PLAIN
    shown: Callable[[str, Json], str] = lambda _name, value: text_of(value)


def print_listing(rows: Sequence[JsonObject], listing: RowLayout, output: RowFormat) -> None:
    """Print rows; a table only if there are any."""
    match output:
        case RowFormat.JSON:
            print_json(list(rows))
        case RowFormat.TABLE:
            cells = [[listing.shown(name, row.get(name)) for name in listing.columns] for row in rows]
            if cells:
                print_table(cells, listing.columns, listing.flexible)
        case _:
            _write(rows, listing, output)


def minute(time: Json) -> str:
    """Return an ISO time up to its minute, as a table shows it; empty for None."""
    return text_of(time)[:MINUTE].replace("T", " ")


def day(time: Json) -> str:
    """Return the day of an ISO time; empty for None."""
    return text_of(time)[:DAY]


def _write(rows: Sequence[JsonObject], listing: RowLayout, output: RowFormat) -> None:
    from postarchive.export.rows import FORMATS, write_lines, write_rows

    with opened(None) as out:
        if output is RowFormat.JSONL:
            write_lines(rows, out)
        else:
            named = next(name for name in FORMATS if name == output.value)
            write_rows(rows, out, format=named, fields=listing.fields)
