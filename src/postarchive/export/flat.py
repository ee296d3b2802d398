"""Turn records into rows of the tables, with a stamp's facts and the evidence in columns; write rows as csv."""

from collections.abc import Iterable
from typing import TextIO

from postarchive.export.columns import PAGES
from postarchive.export.rows import Row, write_rows
from postarchive.export.shape import ColumnSchema, TableSchema
from postarchive.jsonvalue import Json, JsonObject
from postarchive.record.labels import COLUMNS, typed_facts
from postarchive.record.values import Stamp
from postarchive.record.versions import Version, version_json

_OF_THE_EVIDENCE = ("file", "offset", "record_id", "payload_digest")


def flat(version: Version, table: TableSchema = PAGES) -> JsonObject:
    """Return a version as a row of a table, `PAGES` or `ARTICLES`; fields that its kind lacks are None."""
    record = version.record
    plain = version_json(version)
    stamp = record if isinstance(record, Stamp) else None
    typed = typed_facts(stamp.facts) if stamp else {}
    facts: list[Json] = [{"label": label, "value": value} for label, value in (stamp.facts if stamp else ())]
    found: JsonObject = {
        **plain,
        "text": "\n\n".join(record.paragraphs) or None,
        "serial": stamp.serial if stamp else None,
        "issued": stamp.issued if stamp else None,
        "denomination": stamp.denomination if stamp else None,
        **{column: typed.get(column) for column in COLUMNS},
        "facts": facts,
        **{f"evidence_{name}": getattr(version.evidence, name) for name in _OF_THE_EVIDENCE},
    }
    return {column.name: found.get(column.name) for column in table.columns}


def write_table(table: TableSchema, rows: Iterable[Row], out: TextIO) -> int:
    """Write the rows of a table as csv and return their number; each row has every column of its table."""
    columns = table.columns_of("csv")
    cells = ({column.name: _cell(column, row[column.name]) for column in columns} for row in rows)
    return write_rows(cells, out, format="csv", fields=[column.name for column in columns])


def _cell(column: ColumnSchema, value: Json) -> Json:
    """Return a value for a cell: an empty list is an empty cell, a time ends in Z, which every reader understands."""
    if column.type == "datetime" and isinstance(value, str):
        return value.replace("+00:00", "Z")
    return None if value == [] else value
