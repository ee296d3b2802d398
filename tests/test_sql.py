"""Statements of people who know SQL: they read, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from archiving import OTHER, SEED, STAMP, Archivist, playing_site
from postarchive.errors import UnreadableInput, UsageError
from postarchive.jsonvalue import Json
from postarchive.store.sql import run_sql

RUNAWAY = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers) SELECT"
FOUND = "SELECT url FROM pages JOIN search ON search.rowid = pages.id WHERE search MATCH words('{}') ORDER BY url"


@pytest.fixture(scope="module")
def archivist(tmp_path_factory: pytest.TempPathFactory) -> Archivist:
    archivist = Archivist(tmp_path_factory.mktemp("sql") / "archive")
    with pytest.MonkeyPatch.context() as patch, playing_site(patch):
        archivist.fetch(SEED, OTHER, STAMP)
    return archivist


@pytest.fixture(autouse=True)
def unchanged(archivist: Archivist) -> Iterator[None]:
    """Check after each test that the database is as it was, to the byte, and that no file came to it."""
    before = archivist.database.read_bytes(), files(archivist.folder)
    yield
    assert (archivist.database.read_bytes(), files(archivist.folder)) == before


def files(folder: Path) -> list[str]:
    """Return what stands in an archive, but for what SQLite keeps while a database is open."""
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(("-shm", "-wal")))


def rows(archivist: Archivist, statement: str, *, seconds: float = 5.0) -> list[dict[str, Json]]:
    with run_sql(archivist.folder, statement, seconds=seconds) as found:
        return list(found.rows)


def test_columns_are_named_once_and_bytes_are_hexadecimal(archivist: Archivist) -> None:
    with run_sql(archivist.folder, "SELECT 1 AS a, 'x' AS a, x'00ff' AS b, NULL") as found:
        assert found.columns == ("a", "a_2", "b", "NULL")
        assert list(found.rows) == [{"a": 1, "a_2": "x", "b": "00ff", "NULL": None}]


def test_undecodable_text_is_shown_as_well_as_possible(archivist: Archivist) -> None:
    assert rows(archivist, "SELECT CAST(x'ff41' AS TEXT) AS name") == [{"name": "\\xffA"}]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("rural revitalization", [SEED]),
        ('"Bathing Horses"', [STAMP]),
        ("R&D", [OTHER]),
        ("邮政", []),
        ("*", []),
        ("", []),
    ],
)
def test_sql_can_query_the_index_as_a_search_does(archivist: Archivist, words: str, found: list[str]) -> None:
    assert [row["url"] for row in rows(archivist, FOUND.format(words))] == found


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE pages",
        "DELETE FROM pages",
        "UPDATE pages SET title = 'x'",
        "INSERT INTO search (search) VALUES ('optimize')",
        "WITH gone AS (SELECT 1) DELETE FROM pages",
        "CREATE TABLE mine (a)",
        "CREATE TEMP TABLE mine (a)",
        "ATTACH 'elsewhere.db' AS other",
        "VACUUM INTO 'elsewhere.db'",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA user_version",
        "SELECT * FROM pragma_table_info('pages')",
        "BEGIN",
        "SELECT load_extension('mine')",
        "REINDEX",
        "-- nothing",
        "",
    ],
)
def test_what_does_not_only_read_is_refused(archivist: Archivist, statement: str) -> None:
    with pytest.raises(UsageError, match=r"only reading is allowed|empty statement"):
        rows(archivist, statement)


@pytest.mark.parametrize(
    ("statement", "advice"),
    [
        ("SELEC 1", "syntax error"),
        ("SELECT * FROM nowhere", "no such table"),
        ("SELECT 1; DROP TABLE pages", "one statement"),
        ("SELECT ?", "parameter"),
        ("SELECT hex(zeroblob(100000000))", "16 MiB"),
        ("SELECT words('-dragon')", "excluded"),
        ("SELECT 1 FROM pages WHERE title MATCH", "incomplete"),
    ],
)
def test_mistake_is_reported_in_one_line(archivist: Archivist, statement: str, advice: str) -> None:
    with pytest.raises(UsageError, match=advice) as caught:
        rows(archivist, statement)

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("asked", ["count(*) FROM numbers", "n FROM numbers"], ids=["before a row", "row after row"])
def test_runaway_statement_is_stopped(archivist: Archivist, asked: str) -> None:
    with pytest.raises(UsageError, match=r"stopped after 0\.2 seconds"):
        rows(archivist, f"{RUNAWAY} {asked}", seconds=0.2)


def test_damaged_database_is_reported(archivist: Archivist, tmp_path: Path) -> None:
    data = bytearray(archivist.database.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    (tmp_path / archivist.database.name).write_bytes(data)

    with pytest.raises(UnreadableInput, match="rebuild"), run_sql(tmp_path, "SELECT * FROM pages") as found:
        list(found.rows)
