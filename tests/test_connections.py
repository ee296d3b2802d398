"""What is opened is closed, on failing paths too: Python 3.13 complains of each connection that it has to collect."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from archiving import SEED, Archivist
from fakesite import FakeSite
from postarchive.collect import rebuild
from postarchive.errors import PostarchiveError
from postarchive.foreign.spool import Spool
from postarchive.store.audit import Places, Snapshot
from postarchive.store.bounded import MEBIBYTE, ResultLimit, bound
from postarchive.store.files import check_replaceable, needs_rebuild, open_for_reading, open_for_writing
from postarchive.store.read import Reader
from postarchive.store.sql import run_sql
from postarchive.verify.archive import verify_archive
from postarchive.verify.findings import Summary


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[sqlite3.Connection]]:
    """Yield all connections that are made meanwhile."""
    made: list[sqlite3.Connection] = []
    connect: Callable[..., sqlite3.Connection] = sqlite3.connect

    def noted(*args: object, **named: object) -> sqlite3.Connection:
        made.append(connect(*args, **named))
        return made[-1]

    monkeypatch.setattr(sqlite3, "connect", noted)
    yield made
    for connection in made:
        connection.close()


def is_closed(connection: sqlite3.Connection) -> bool:
    try:
        _ = connection.total_changes
    except sqlite3.ProgrammingError:
        return True
    return False


OPENERS: dict[str, Callable[[Path], object]] = {
    "to read": lambda folder: open_for_reading(folder).close(),
    "to write": lambda folder: open_for_writing(folder / "postarchive.db").close(),
    "a reader": lambda folder: Reader(folder).__exit__(),
    "a moment": lambda folder: Snapshot(folder).__exit__(),
    "replaceable": lambda folder: check_replaceable(folder / "postarchive.db"),
    "to be rebuilt": lambda folder: needs_rebuild(folder / "postarchive.db"),
    "verified": lambda folder: list(verify_archive(folder, Summary(), rebuild=None)),
    "asked": lambda folder: run_sql(folder, "SELECT nothing FROM pages").__enter__(),
}
DAMAGES: dict[str, Callable[[Path], object]] = {
    "whole": lambda path: path,
    "no database": lambda path: path.write_bytes(b"no database at all" * 100),
    "another program's": lambda path: _changed(path, "PRAGMA application_id = 7"),
    "older": lambda path: _changed(path, "PRAGMA user_version = 1"),
    "a table is missing": lambda path: _changed(path, "PRAGMA foreign_keys = OFF", "DROP TABLE files"),
    "foreign objects": lambda path: _changed(path, "CREATE TABLE mine (x)"),
    "torn": lambda path: path.write_bytes(path.read_bytes()[:5000]),
}


def _changed(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_connections_are_closed_whatever_the_database_is(
    site: FakeSite, archivist: Archivist, opened: list[sqlite3.Connection], damage: Callable[[Path], object]
) -> None:
    del site
    archivist.one(SEED)
    damage(archivist.database)

    for name, opener in OPENERS.items():
        with suppress(PostarchiveError):
            opener(archivist.folder)
        assert all(map(is_closed, opened)), name


def test_a_rebuild_that_fails_closes_its_connections(
    site: FakeSite, archivist: Archivist, opened: list[sqlite3.Connection]
) -> None:
    del site
    archivist.one(SEED)
    _changed(archivist.database, "PRAGMA application_id = 7")

    with pytest.raises(PostarchiveError):
        rebuild(archivist.folder)

    assert all(map(is_closed, opened))


@pytest.mark.parametrize("kind", [Places, Spool])
def test_temporary_database_is_closed_when_the_disk_is_full(
    kind: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    class Full(sqlite3.Connection):
        def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
            if sql == "BEGIN":
                raise sqlite3.OperationalError("database or disk is full")
            return super().execute(sql, *values)  # type: ignore[arg-type]  # as it came

    def full(name: str, **_: object) -> sqlite3.Connection:
        made.append(connect(name, factory=Full, isolation_level=None))
        return made[-1]

    monkeypatch.setattr(sqlite3, "connect", full)

    with pytest.raises(sqlite3.OperationalError):
        kind()

    assert [is_closed(connection) for connection in made] == [True]


def test_closing_a_bounded_connection_closes_what_its_functions_ask(opened: list[sqlite3.Connection]) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        bound(connection, ResultLimit(rows=10, bytes=MEBIBYTE), is_over=lambda: False)
        assert connection.execute("SELECT replace('ab', 'b', 'c')").fetchone() == ("ac",)

    assert [is_closed(each) for each in opened] == [True, True]
