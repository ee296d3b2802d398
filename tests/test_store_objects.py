"""A database with an object that is none of ours, or not as we make it, is written by no run and passes no check."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from archiving import SEED, Archivist, playing_site
from commands import postarchive
from damages import copy_of
from fakesite import FakeSite
from postarchive.errors import UnreadableInput
from postarchive.schema import TABLES
from postarchive.store.objects import foreign_objects
from postarchive.store.write import Writer

GAMES = {
    "trigger": ["CREATE TRIGGER search_evil AFTER INSERT ON captures BEGIN UPDATE versions SET record = '{}'; END"],
    "view": ["CREATE VIEW search_view AS SELECT * FROM pages"],
    "table": ["CREATE TABLE search_more (id)"],
    "virtual table": ["CREATE VIRTUAL TABLE search2 USING fts5 (a)"],
    "index": ["CREATE INDEX mine ON pages (title)"],
    "unique index": ["CREATE UNIQUE INDEX mine ON versions (id)"],
    "no index": ["DROP INDEX pages_by_node"],
    "no table": ["DROP TABLE link_lists"],
    "statistics": ["ANALYZE"],
    "column": ["ALTER TABLE link_lists ADD COLUMN mine"],
    "view for a table": ["ALTER TABLE unindexed RENAME TO mine", "CREATE VIEW unindexed AS SELECT * FROM mine"],
    "default by writable_schema": [
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = replace(sql, 'gone    TEXT', 'gone    TEXT DEFAULT 1') WHERE name = 'pages'",
    ],
    "blank by writable_schema": [
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = replace(sql, 'TABLE runs (', 'TABLE runs  (') WHERE name = 'runs'",
    ],
    "tokenizer by writable_schema": [
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = replace(sql, 'porter ', '') WHERE name = 'search'",
    ],
    "trigger by writable_schema": [
        "PRAGMA writable_schema = ON",
        (
            "INSERT INTO sqlite_master VALUES ('trigger', 'search_evil', 'runs', 0, "
            "'CREATE TRIGGER search_evil AFTER INSERT ON runs BEGIN DELETE FROM seals; END')"
        ),
    ],
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Archivist:
    archivist = Archivist(tmp_path_factory.mktemp("made") / "archive")
    with pytest.MonkeyPatch.context() as monkeypatch, playing_site(monkeypatch):
        archivist.fetch(SEED)
    return archivist


@pytest.fixture
def archivist(made: Archivist, tmp_path: Path) -> Archivist:
    return copy_of(made, tmp_path / "archive")


@pytest.fixture
def new_database() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.executescript(TABLES)
        yield connection


def test_database_of_this_program_has_no_foreign_object(new_database: sqlite3.Connection) -> None:
    assert list(foreign_objects(new_database)) == []


def test_foreign_objects_are_named_with_what_they_are(new_database: sqlite3.Connection) -> None:
    for game in ("trigger", "no index", "column"):
        for statement in GAMES[game]:
            new_database.execute(statement)

    assert [(found.name, found.problem) for found in foreign_objects(new_database)] == [
        ("link_lists", "the table is not as this program makes it"),
        ("search_evil", "the trigger is not of this program"),
        ("pages_by_node", "the index is missing"),
    ]


@pytest.mark.parametrize("game", GAMES)
def test_writer_refuses_a_database_with_foreign_objects(archivist: Archivist, game: str) -> None:
    archivist.execute(*GAMES[game])

    with pytest.raises(UnreadableInput, match="`postarchive rebuild` recreates it"):
        Writer(archivist.database)


@pytest.mark.parametrize("game", GAMES)
def test_quick_verification_finds_foreign_objects(archivist: Archivist, game: str) -> None:
    archivist.execute(*GAMES[game])

    done = postarchive("verify", "--quick", "--archive", archivist.folder)

    assert done.returncode == 5, done


def test_position_before_the_file_is_damage(archivist: Archivist) -> None:
    archivist.execute("UPDATE files SET ingested_bytes = -1")

    done = postarchive("fetch", SEED, "--delay", "0", "--archive", archivist.folder)

    assert (done.returncode, "a place in `files` is before the file" in done.stderr) == (65, True)


def test_response_whose_url_is_none_is_damage(archivist: Archivist, site: FakeSite) -> None:
    archivist.execute("UPDATE captures SET url = x'ff00'")

    done = postarchive("fetch", SEED, "--delay", "0", "--archive", archivist.folder, http_proxy=site.proxy_url)

    assert (done.returncode, "not a text" in done.stderr) == (65, True)


def test_position_that_is_not_a_number_is_damage_to_every_command(archivist: Archivist, site: FakeSite) -> None:
    archivist.execute("UPDATE files SET ingested_bytes = 'mine'")

    fetched = postarchive("fetch", SEED, "--delay", "0", "--archive", archivist.folder, http_proxy=site.proxy_url)
    verified = postarchive("verify", "--archive", archivist.folder)

    assert (fetched.returncode, verified.returncode) == (65, 5)
    assert "a place in `files` is not a number; `postarchive rebuild`" in fetched.stderr
    assert "a place in `files` is not a number" in verified.stdout


def test_fetch_says_what_to_do_and_rebuild_does_it(archivist: Archivist, site: FakeSite) -> None:
    archivist.execute(*GAMES["trigger"])
    fetch = ("fetch", SEED, "--delay", "0", "--archive", archivist.folder)

    refused = postarchive(*fetch, http_proxy=site.proxy_url)
    rebuilt = postarchive("rebuild", "--archive", archivist.folder)
    fetched = postarchive(*fetch, http_proxy=site.proxy_url)

    assert (refused.returncode, rebuilt.returncode, fetched.returncode) == (65, 0, 0)
    assert "'search_evil', the trigger is not of this program; `postarchive rebuild` recreates it" in refused.stderr
    assert archivist.rows("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'") == [(0,)]
