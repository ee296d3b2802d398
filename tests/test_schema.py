"""The tables of a database: that they can be made, say what they hold, and keep their references."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from postarchive.schema import APPLICATION_ID, TABLES, VERSION


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(TABLES)
        yield connection


def own_tables(database: sqlite3.Connection) -> list[str]:
    """Return the tables that are written in the schema: no index's shadow."""
    names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'")
    return [name for (name,) in names if not name.startswith(("search_", "sqlite_"))]


def test_every_reference_leads_to_a_table_that_is_there(database: sqlite3.Connection) -> None:
    tables = own_tables(database)

    referred = {row[2] for table in tables for row in database.execute(f"PRAGMA foreign_key_list({table})")}

    assert referred == {"runs", "captures", "pages", "versions", "numbers"}
    assert referred <= set(tables)


def test_every_column_that_may_be_null_says_what_null_means() -> None:
    definitions = re.findall(r"^  [a-z_]+ +(?:TEXT|INTEGER)\b(?P<rest>.*)$", TABLES, re.MULTILINE)
    said_once_for_several = "this and the next two"

    silent = [rest for rest in definitions if "NOT NULL" not in rest and "KEY" not in rest and "--" not in rest]

    assert len(definitions) > 60
    assert silent == []
    assert said_once_for_several in TABLES


def test_index_folds_case_and_word_forms(database: sqlite3.Connection) -> None:
    database.execute("INSERT INTO search (rowid, title, body) VALUES (7, 'Cafes', 'delivered')")

    for asked in ("cafe", "CAFES", "delivery OR delivering"):
        assert database.execute("SELECT rowid FROM search WHERE search MATCH ?", (asked,)).fetchall() == [(7,)]


def test_index_keeps_no_text_of_its_own(database: sqlite3.Connection) -> None:
    database.execute("INSERT INTO search (rowid, title, body) VALUES (7, 'title', 'body')")

    assert database.execute("SELECT title, body FROM search").fetchall() == [(None, None)]
    assert "search_content" not in {row[0] for row in database.execute("SELECT name FROM sqlite_master")}


def test_version_and_owner_fit_the_header_of_a_database(database: sqlite3.Connection) -> None:
    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    database.execute(f"PRAGMA user_version = {VERSION}")

    assert database.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert database.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert VERSION >= 1
    assert APPLICATION_ID.to_bytes(4, "big") == b"post"
