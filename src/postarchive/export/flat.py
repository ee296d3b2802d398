"""Rows of the tables: a record becomes one, with a stamp's facts and the evidence in columns; rows become csv."""

import re
from collections.abc import Iterable
from types import MappingProxyType
from typing import TextIO

from postarchive.export.columns import PAGES, Column, Table
from postarchive.export.rows import Row, write_rows
from postarchive.jsonvalue import Json

# Labels go with the template's age: `Value in Set` is `Piece in Set` since 2021.
FACTS = MappingProxyType(
    {
        "pieces": r"(?:value|piece)s? in set|全套枚数",
        "designer": r"designers?|设计者",
        "size": r"size of (?:the )?stamps?|规格",
        "perforation": r"perforation|齿孔度数",
        "sheet_composition": r"sheet composition|composition of (?:the )?sheet|整张枚数",
        "printer": r"printers?|印制厂",
        "printing": r"printing (?:process|technology|method)|版别",
    }
)
_LABELS = tuple((name, re.compile(label, re.IGNORECASE)) for name, label in FACTS.items())
_OF_THE_EVIDENCE = ("file", "offset", "record_id", "payload_digest")


def flat(record: Row) -> dict[str, Json]:
    """Return a record, as `Tables.records` yields it, as a row of `PAGES`; what its kind does not have is None."""
    stamp, evidence = _object(record, "stamp"), _object(record, "evidence")
    facts = _pairs(stamp.get("facts"))
    found: dict[str, Json] = {
        **record,
        "text": "\n\n".join(_texts(record, "paragraphs")) or None,
        "serial": stamp.get("serial"),
        "issued": stamp.get("issued"),
        "denomination": stamp.get("denomination"),
        **_columns(facts),
        "facts": [{"label": label, "value": value} for label, value in facts],
        **{f"evidence_{name}": evidence.get(name) for name in _OF_THE_EVIDENCE},
    }
    return {column.name: found.get(column.name) for column in PAGES.columns}


def write_table(table: Table, rows: Iterable[Row], out: TextIO) -> int:
    """Write the rows of a table as csv and return how many there were; a row lacks no column of its table."""
    columns = table.columns_of("csv")
    cells = ({column.name: _cell(column, row[column.name]) for column in columns} for row in rows)
    return write_rows(cells, out, format="csv", fields=[column.name for column in columns])


def _columns(facts: list[tuple[str, Json]]) -> dict[str, Json]:
    """Return the facts that have a column: of two with one meaning the first that says something."""
    found: dict[str, Json] = {}
    for label, value in facts:
        name = next((name for name, form in _LABELS if form.fullmatch(label)), None)
        if name and found.get(name) is None:
            found[name] = value
    return found


def _pairs(facts: Json) -> list[tuple[str, Json]]:
    rows = [fact for fact in facts if isinstance(fact, list)] if isinstance(facts, list) else []
    return [(str(label), value) for label, value in rows]


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
