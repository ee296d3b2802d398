"""What a published table consists of: columns with type, unit and meaning, a key, references."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from postarchive.record.fields import Type

Only: TypeAlias = Literal["csv", "parquet"]


@dataclass(frozen=True, slots=True)
class ColumnSchema:
    """A column; `unit` is None if it is not a quantity, `only` names the one format that has it.

    `items` are the fields of an array's objects. A value that is not required is null, in csv an empty cell, when the
    page does not show it.
    """

    name: str
    type: Type
    description: str
    unit: str | None = None
    is_required: bool = False
    items: tuple["ColumnSchema", ...] = ()
    only: Only | None = None


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Columns that name a row of another table by that table's own columns."""

    columns: tuple[str, ...]
    table: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableSchema:
    """A table; no two rows have the same `key`."""

    name: str
    description: str
    columns: tuple[ColumnSchema, ...]
    key: tuple[str, ...]
    references: tuple[ForeignKey, ...] = ()

    def columns_of(self, form: Only) -> tuple[ColumnSchema, ...]:
        """Return the columns that a format has."""
        return tuple(column for column in self.columns if column.only in (None, form))
