"""An archive's database, open for reading: the base class of everything that queries it."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import ClassVar, Self

from postarchive.errors import UnreadableInput
from postarchive.jsonvalue import JsonObject
from postarchive.store.files import closed_on_error, database_path, mapped_damage, open_for_reading

HELD = """
SELECT value AS url FROM json_each(:urls) WHERE EXISTS
  (SELECT 1 FROM captures WHERE captures.url = value AND status = 200)"""


class Opened:
    """A read-only connection that reports damage in one line.

    `may_lag` means that rows may be missing, as in a database that was copied without its `-wal` file.
    """

    may_lag: ClassVar[bool] = False

    def __init__(self, archive: Path) -> None:
        """Open it. Raises UnreadableInput when there is no archive that this program can read."""
        self.archive = archive
        self._connection = open_for_reading(archive, may_lag=self.may_lag)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def _rows(self, sql: str, values: JsonObject | None = None) -> Iterator[sqlite3.Row]:
        # Not `yield from`: that closes the cursor when the generator is collected; the database may be closed by then.
        try:
            for row in self._connection.execute(sql, values or {}):  # noqa: UP028
                yield row
        except sqlite3.ProgrammingError:
            raise  # a bug of ours
        except sqlite3.DatabaseError as error:
            raise UnreadableInput(
                str(self.archive), f"the database is damaged ({error}); run `postarchive rebuild`"
            ) from error

    def held(self, urls: Iterable[str]) -> set[str]:
        """Return which of some URLs, in normal form, were ever answered with a body (200)."""
        return {row["url"] for row in self._rows(HELD, {"urls": json.dumps(list(urls))})}

    def _one(self, sql: str, values: JsonObject | None = None) -> sqlite3.Row | None:
        return next(self._rows(sql, values), None)


class Moment(Opened):
    """All rows as of when this was opened, even while a run writes."""

    def __init__(self, archive: Path) -> None:
        """Open it and fix the moment. Raises UnreadableInput like `Opened`, and when the database is damaged."""
        super().__init__(archive)
        self._path = database_path(archive)
        with closed_on_error(self._connection), mapped_damage(self._path):
            self._connection.execute("BEGIN")
            self._connection.execute("SELECT 1 FROM sqlite_master").fetchone()  # the first read fixes the moment
