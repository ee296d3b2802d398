"""The copy as Datasette's database, on connections that no reader's SQL can take too far (see `store.bounded`)."""

import sqlite3
from collections.abc import Callable

from datasette.database import Database

from postarchive.store.bounded import MEBIBYTE, STEPS, Function, Most, bound

MOST = Most(rows=1_000_000, bytes=16 * MEBIBYTE)  # a page's whole text is a value too


class Watched(sqlite3.Connection):
    """A connection that looks at the clock as often as ours do; Datasette thinks that 1,000 steps take no time."""

    is_over: Callable[[], object] = staticmethod(lambda: False)

    def set_progress_handler(self, handler: Callable[[], int | None] | None, _steps: int = STEPS, /) -> None:
        """Set what says that time is over, or None."""
        self.is_over = handler or (lambda: False)
        super().set_progress_handler(handler, STEPS)


class Copy(Database):  # type: ignore[misc]  # it ships no types
    """A database that is only read."""

    def connect(self, write: bool = False) -> Watched:  # noqa: FBT001, FBT002 - Datasette's own
        """Open a connection for a thread. Raises PermissionError when it is to write."""
        if write:
            raise PermissionError(self.path)
        uri = f"file:{self.path}?immutable=1"
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False, factory=Watched)
        self._all_file_connections.append(connection)
        return connection


class Internal(Database):  # type: ignore[misc]  # likewise
    """Datasette's notes on its databases, in memory, on connections that `close` closes: its own class loses them."""

    def connect(self, write: bool = False) -> sqlite3.Connection:  # noqa: FBT001, FBT002 - Datasette's own
        """Open a connection for a thread."""
        connection: sqlite3.Connection = super().connect(write=write)
        self._all_file_connections.append(connection)
        return connection


def prepare(connection: Watched, functions: dict[str, Function]) -> None:
    """Bound what a reader's statements take, and add functions of ours."""
    bound(connection, MOST, functions=functions, is_over=lambda: connection.is_over())  # noqa: PLW0108 - the latest
