"""One connection that writes, with SQLite's errors turned into the program's own."""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from postarchive.errors import ArchiveUnwritable, UnreadableInput
from postarchive.store.files import mapped
from postarchive.store.write.rows import Value

# Errors of a single row that the database will not take; nothing is wrong with the database itself.
REFUSED_ROWS = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError)


class Statements:
    """Runs single statements. About twenty per page come through here, so errors are mapped without a context manager.

    A row that the database refuses raises SQLite's own error: the fold reports the event that would have made it.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        """Keep the connection; errors name `path`."""
        self.connection = connection
        self._path = path

    def run(self, sql: str, **values: Value) -> int:
        """Run a statement and return the id of the row that it added; 0 when it added none."""
        try:
            return self.connection.execute(sql, values).lastrowid or 0
        except REFUSED_ROWS:
            raise
        except sqlite3.DatabaseError as error:
            raise mapped(error, self._path) from error

    def run_each(self, sql: str, rows: Iterable[tuple[Value, ...]]) -> None:
        """Run a statement once for each row."""
        try:
            self.connection.executemany(sql, rows)
        except REFUSED_ROWS:
            raise
        except sqlite3.DatabaseError as error:
            raise mapped(error, self._path) from error

    def damaged(self, problem: str) -> ArchiveUnwritable | UnreadableInput:
        """Return the error for a value that this program never writes."""
        return mapped(sqlite3.DatabaseError(problem), self._path)

    def one(self, sql: str, **values: Value) -> sqlite3.Row | None:
        """Return the first row of a query; None when there is none."""
        try:
            found: sqlite3.Row | None = self.connection.execute(sql, values).fetchone()
        except sqlite3.DatabaseError as error:
            raise mapped(error, self._path) from error
        return found

    def each(self, sql: str) -> Iterator[sqlite3.Row]:
        """Yield the rows of a query that returns many."""
        try:
            yield from self.connection.execute(sql)
        except sqlite3.DatabaseError as error:
            raise mapped(error, self._path) from error

    def all(self, sql: str, **values: Value) -> list[sqlite3.Row]:
        """Return all rows of a query."""
        try:
            return self.connection.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise mapped(error, self._path) from error


class Subject:
    """The tables of one subject, written through the connection that all parts share."""

    def __init__(self, db: Statements) -> None:
        """Keep the shared connection."""
        self._db = db
