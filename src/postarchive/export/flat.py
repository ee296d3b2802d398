"""Rows of the tables: a record becomes one, with a stamp's facts and the evidence in columns; rows become csv."""

from collections.abc import Iterable
from typing import TextIO

from postarchive.export.columns import PAGES, Column, Table
from postarchive.export.rows import Row, write_rows
from postarchive.jsonvalue import Json
from postarchive.record.labels import COLUMNS, typed_facts

_OF_THE_EVIDENCE = ("file", "offset", "record_id", "payload_digest")


def flat(record: Row) -> dict[str, Json]:
    """Return a record, as `Tables.records` yields it, as a row of `PAGES`; what its kind does not have is None."""
    stamp, evidence = _object(record, "stamp"), _object(record, "evidence")
    facts = _pairs(stamp.get("facts"))
    typed = typed_facts(facts)
    found: dict[str, Json] = {
        **record,
        "text": "\n\n".join(_texts(record, "paragraphs")) or None,
        "serial": stamp.get("serial"),
        "issued": stamp.get("issued"),
        "denomination": stamp.get("denomination"),
        **{column: typed.get(column) for column in COLUMNS},
        "facts": [{"label": label, "value": value} for label, value in facts],
        **{f"evidence_{name}": evidence.get(name) for name in _OF_THE_EVIDENCE},
    }
    return {column.name: found.get(column.name) for column in PAGES.columns}


def write_table(table: Table, rows: Iterable[Row], out: TextIO) -> int:
    """Write the rows of a table as csv and return how many there were; a row lacks no column of its table."""
    columns = table.columns_of("csv")
    cells = ({column.name: _cell(column, row[column.name]) for column in columns} for row in rows)
    return write_rows(cells, out, format="csv", fields=[column.name for column in columns])


def _pairs(facts: Json) -> list[tuple[str, str | None]]:
    rows = [fact for fact in facts if isinstance(fact, list)] if isinstance(facts, list) else []
    return [(str(label), None if value is None else str(value)) for label, value in rows]


def _cell(column: Column, value: Json) -> Json:
    """Return a value for a cell: no list is empty, a time ends in the Z that every reader knows."""
    if column.type == "datetime" and isinstance(value, str):
        return value.replace("+00:00", "Z")
    return None if value == [] else value


def _object(record: Row, name: str) -> dict[str, Json]:
    value = record.get(name)
    return value if isinstance(value, dict) else {}


def _texts(record: Row, name: str) -> list[str]:
    value = record.get(name)
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []
