"""What a table of the copy is, and what a column is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its type and constraints in SQL, and what it means for a reader."""

    name: str
    sql: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table: `facets` are offered beside it, `newest` is the column to sort by, `label` the one that names a row.

    `searched_by` is the column with the full-text index's rowid; None if the table has no search.
    """

    name: str
    title: str
    meaning: str
    columns: tuple[Column, ...]
    newest: str
    facets: tuple[str, ...] = ()
    label: str | None = None
    searched_by: str | None = None

    @property
    def create(self) -> str:
        """Return the statement that makes it."""
        columns = ", ".join(f'"{column.name}" {column.sql}' for column in self.columns)
        return f'CREATE TABLE "{self.name}" ({columns})'

    @property
    def insert(self) -> str:
        """Return the statement that adds a row, with a named value for each column."""
        names = ", ".join(f'"{column.name}"' for column in self.columns)
        values = ", ".join(f":{column.name}" for column in self.columns)
        return f'INSERT INTO "{self.name}" ({names}) VALUES ({values})'  # noqa: S608 - names from this module
