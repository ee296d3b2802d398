"""Print what a search found: as a table with the matches marked, or in the formats of `export`."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple, TextIO

from postarchive.cli.common import text_of, whole_width
from postarchive.cli.tables import NARROWEST, Flexible, fit, print_table
from postarchive.errors import UsageError
from postarchive.export.plain import printable
from postarchive.jsonvalue import Json, JsonObject
from postarchive.record import fields
from postarchive.search import marks, snippet
from postarchive.store.fields import NAMES, PATHS, check_path, value_at
from postarchive.store.find import Finder, Search

if TYPE_CHECKING:
    from rich.text import Text

FIELDS = ("url", "node", "kind", "date", "title", "source")
IN_A_TABLE = ("date", "kind", "title", "source", "node")
BLOCK_LABEL = 12  # columns of a terminal for a field's name, if each row is a block
TABLE, TITLE, SNIPPET = "table", "title", "snippet"
KNOWN_FIELDS = (*PATHS, SNIPPET)
RUNNING = frozenset(field.name for field in fields.FIELDS if field.searched or field.type in ("array", "object"))
FLEXIBLE = Flexible(text=RUNNING | {"section", SNIPPET}, droppable=("source", "kind"))
Row = JsonObject


def known_columns(names: str) -> tuple[str, ...]:
    """Return the fields that a text such as `date,title` names. Raises UsageError for none, or an unknown one."""
    columns = tuple(name.strip() for name in names.split(",") if name.strip())
    if not columns:
        raise UsageError("--fields", f"does not name a field; choose from {', '.join((*NAMES, SNIPPET))}")
    return tuple(check_path("--fields", name, KNOWN_FIELDS) for name in columns)


class RowOutput(NamedTuple):
    """Where rows go, how they are printed, and which columns they have; `is_shown` if a person is watching.

    `is_record`: the columns are fields of a record, not those of an SQL statement.
    """

    stream: TextIO
    format: str
    columns: Sequence[str]
    is_shown: bool = False
    is_record: bool = True


def print_found(finder: Finder, wanted: Search, output: RowOutput) -> int:
    """Print the rows of a search and return how many there were; on a terminal, matches are marked."""
    is_marked = output.is_shown and output.format == TABLE and bool(wanted.text.strip())
    is_whole = is_marked or SNIPPET in output.columns
    with closing(finder.search(wanted, fields=None if is_whole else output.columns)) as rows:
        inside = [name for name in output.columns if "." in name]
        found = (row | {path: value_at(row, path) for path in inside} for row in rows) if inside else rows
        if not is_marked:
            return print_rows((_with_snippet(row, wanted.text) for row in found) if is_whole else found, output)
        return _print_marked(list(found), output.columns, wanted.text)


def _print_marked(rows: list[Row], columns: Sequence[str], query: str) -> int:
    """Print a table on a terminal with the matches marked; if the text matches, that place is below the title."""
    if not rows:
        return 0
    shown = next((name for name in (SNIPPET, TITLE) if name in columns), None)
    room = _room(rows, columns, shown)
    print_table(
        [[_marked(row, name, query, room if name == shown else 0) for name in columns] for row in rows],
        columns,
        FLEXIBLE,
    )
    return len(rows)


def _room(rows: list[Row], columns: Sequence[str], shown: str | None) -> int:
    """Return how many columns of the terminal are left for the column that shows the matches."""
    widest = whole_width()
    cells = [["x" * widest if name == shown else text_of(_cell(row.get(name))) for name in columns] for row in rows]
    widths = dict(zip(columns, fit(cells, columns, FLEXIBLE, width=widest).widths, strict=False))
    return widths.get(shown or "") or max(widest - BLOCK_LABEL, NARROWEST)


def print_rows(rows: Iterable[Row], output: RowOutput) -> int:
    """Print rows and return how many there were; for no rows, a table prints nothing."""
    if output.format != TABLE:
        from postarchive.export.rows import FORMATS, write_rows

        named = next(name for name in FORMATS if name == output.format)
        return write_rows(rows, output.stream, format=named, fields=output.columns)
    cells = [[text_of(_cell(row.get(column))) for column in output.columns] for row in rows]
    if cells:
        flexible = FLEXIBLE if output.is_record else Flexible(_running(output.columns, cells))
        print_table(cells, output.columns, flexible, out=output.stream)
    return len(cells)


def _running(columns: Sequence[str], cells: list[list[str]]) -> frozenset[str]:
    """Return the columns of an SQL result that hold running text, not just short words."""
    texts = (place for place in range(len(columns)) if any(" " in row[place][NARROWEST:] for row in cells))
    return frozenset(columns[place] for place in texts)


def _cell(value: Json) -> Json:
    match value:
        case [*items] if all(isinstance(item, str | None) for item in items):
            return " ".join(str(item) for item in items if item)
        case list() | dict():
            import json

            return json.dumps(value, ensure_ascii=False)
        case _:
            return value


def _with_snippet(row: Row, query: str) -> Row:
    return row | {SNIPPET: snippet(_body(row), query) or None}


def _body(row: Row) -> str:
    """Return a record's text that is searched: paragraphs and stamp facts."""
    from postarchive.record.values import from_json

    record = from_json(row)
    return " ".join(text for name in ("paragraphs", "facts") for text in fields.lines_of(record, name))


def _marked(row: Row, column: str, query: str, room: int) -> "str | Text":
    """Return a cell with its matches marked; a column with `room` also shows where the text matches."""
    around = snippet(_body(row), query, room) if room else ""
    if column == SNIPPET:
        return _highlighted(around, query)
    cell = text_of(_cell(row.get(column)))
    if column != TITLE:
        return cell
    text = _highlighted(cell, query)
    if marks(around, query):
        text.append("\n").append_text(_highlighted(around, query, style="dim"))
    return text


def _highlighted(text: str, query: str, *, style: str = "") -> "Text":
    from rich.text import Text

    plain = printable(" ".join(text.split()))
    shown = Text(plain, style=style)
    for start, end in marks(plain, query):
        shown.stylize("bold yellow not dim", start, end)
    return shown
