"""Write records as one Parquet file with typed columns; the same records give the same bytes.

Needs pyarrow, the extra `parquet`. Only one group of rows is held in memory, never the whole table.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import islice
from types import MappingProxyType
from typing import BinaryIO

import pyarrow as pa
from pyarrow import parquet as pq

from postarchive.export.columns import PAGES
from postarchive.export.flat import flat
from postarchive.export.shape import ColumnSchema, TableSchema
from postarchive.jsonvalue import Json, JsonObject
from postarchive.record.versions import Version

GROUP_ROWS = 1_000
TYPES = MappingProxyType(
    {
        "string": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "date": pa.date32(),
        "datetime": pa.timestamp("us", tz="UTC"),
    }
)


def write_parquet(versions: Iterable[Version], out: BinaryIO, *, table: TableSchema = PAGES) -> int:
    """Write versions, one row each, to a table of pages or articles, and return how many there were."""
    return write_flat((flat(version, table) for version in versions), out, table)


def write_flat(rows: Iterable[JsonObject], out: BinaryIO, table: TableSchema) -> int:
    """Write rows of a table, as `flat` makes them, and return how many there were."""
    count = 0
    columns = table.columns_of("parquet")
    schema = pa.schema([_field(column) for column in columns], metadata={"description": table.description})
    typed = (_typed(row, columns) for row in rows)
    with pq.ParquetWriter(out, schema, compression="zstd", version="2.6") as writer:
        while group := list(islice(typed, GROUP_ROWS)):
            writer.write_batch(pa.RecordBatch.from_pylist(group, schema=schema))
            count += len(group)
    return count


def _field(column: ColumnSchema) -> pa.Field:
    metadata = {"description": column.description} | ({"unit": column.unit} if column.unit else {})
    return pa.field(column.name, _type(column), nullable=not column.is_required, metadata=metadata)


def _type(column: ColumnSchema) -> pa.DataType:
    if column.type != "array":
        return TYPES[column.type]
    return pa.list_(pa.struct([_field(item) for item in column.items]) if column.items else pa.string())


def _typed(row: Mapping[str, Json], columns: tuple[ColumnSchema, ...]) -> dict[str, object]:
    return {column.name: _value(column, row.get(column.name)) for column in columns}


def _value(column: ColumnSchema, value: Json) -> object:
    if column.type == "date" and isinstance(value, str):
        return date.fromisoformat(value)
    if column.type == "datetime" and isinstance(value, str):
        return datetime.fromisoformat(value)
    if column.type == "array" and value is None:
        return []
    match value:
        case list() if column.items:
            return [_typed(item, column.items) for item in value if isinstance(item, Mapping)]
        case _:
            return value
