"""The copy as Datasette's database, on connections that limit what readers' SQL may use (see `store.bounded`)."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from datasette.app import Datasette
from datasette.database import Database, QueryInterrupted

from postarchive.jsonvalue import Json
from postarchive.serve.editions import Editions
from postarchive.serve.tables import SEARCH
from postarchive.store.bounded import MEBIBYTE, STEPS, Function, ResultLimit, bound

Made = TypeVar("Made")

OWN_SECONDS, OWN_STEPS = 2.0, 200_000  # of work for our own statements, however long they wait for a core
LIMIT = ResultLimit(rows=1_000_000, bytes=16 * MEBIBYTE)  # a page's whole text is a value too


class Watched(sqlite3.Connection):
    """A connection that checks the clock as often as ours do; Datasette assumes that 1,000 steps take no time."""

    is_over: Callable[[], object] = staticmethod(lambda: False)

    def set_progress_handler(self, handler: Callable[[], int | None] | None, _steps: int = STEPS, /) -> None:
        """Set the function that says when time is up, or None."""
        self.is_over = handler or (lambda: False)
        super().set_progress_handler(handler, STEPS)

    def own_rows(self, sql: str, values: Mapping[str, Json]) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the columns and rows of one of our own statements, whose rows and letters need no counting.

        It checks the clock rarely, since each check has to wait for Python's lock.
        Raises QueryInterrupted after `OWN_SECONDS`.
        """
        counting = self.row_factory, self.text_factory
        self.row_factory, self.text_factory = None, str
        deadline = time.thread_time() + OWN_SECONDS
        self.is_over = lambda: time.thread_time() > deadline
        super().set_progress_handler(self.is_over, OWN_STEPS)
        try:
            found = self.execute(sql, values)
            return [column[0] for column in found.description], found.fetchall()
        except sqlite3.OperationalError as error:
            if self.is_over():
                raise QueryInterrupted(error, sql, values) from error
            raise
        finally:
            self.row_factory, self.text_factory = counting
            self.set_progress_handler(None)


def _of_edition(name: str) -> property:
    """Return an attribute with a value per edition: sizes and counts, which Datasette computes only once."""
    return property(
        lambda database: database.editions.read_now.notes.get(name),
        lambda database, value: database.editions.read_now.notes.__setitem__(name, value),
    )


class Copy(Database):  # type: ignore[misc]  # it ships no types
    """A read-only database: each reader gets that of the edition with which the request began."""

    cached_hash, cached_size = _of_edition("hash"), _of_edition("size")
    _cached_table_counts = _of_edition("counts")
    path = property(lambda database: str(database.editions.read_now.path), lambda _database, _path: None)

    def __init__(self, datasette: Datasette, editions: Editions[Watched]) -> None:
        """Read these."""
        self.editions = editions
        super().__init__(datasette, is_mutable=False)

    def connect(self, write: bool = False) -> Watched:  # noqa: ARG002, FBT001, FBT002 - Datasette's own
        """Raise PermissionError: readers borrow a connection of an edition."""
        raise PermissionError(self.name)

    async def table_names(self) -> list[str]:
        """Return the names of the tables, without the index of words: it can be searched, but not listed or counted."""
        return [name for name in await super().table_names() if name != SEARCH]

    async def table_exists(self, table: str) -> bool:
        """Tell whether there is such a table to look at."""
        return table != SEARCH and bool(await super().table_exists(table))

    async def execute_fn(self, fn: Callable[[Watched], Made]) -> Made:
        """Call it in a thread, with a connection of the edition that this request reads."""
        with self.editions.reading() as edition:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self.ds.executor, edition.call, self._opened, fn)

    def _opened(self, path: Path) -> Watched:
        uri = f"file:{path}?immutable=1"
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False, factory=Watched)
        self.ds._prepare_connection(connection, self.name)  # noqa: SLF001 - as its own `execute_fn` does
        return connection


class Internal(Database):  # type: ignore[misc]  # likewise
    """Datasette's notes on its databases, in memory, on connections that `close` closes: its own class loses them."""

    def connect(self, write: bool = False) -> sqlite3.Connection:  # noqa: FBT001, FBT002 - Datasette's own
        """Open a connection for a thread."""
        connection: sqlite3.Connection = super().connect(write=write)
        self._all_file_connections.append(connection)
        return connection


def prepare(connection: Watched, functions: dict[str, Function]) -> None:
    """Bound what readers' statements may cost, and add our own functions."""
    bound(connection, LIMIT, functions=functions, is_over=lambda: connection.is_over())  # noqa: PLW0108 - the latest
