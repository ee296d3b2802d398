"""SQL of a stranger, on the command line and in `serve`: it ends soon, and takes little memory."""

# ruff: noqa: S608 - the statements are the hostile ones

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import pytest

from archiving import SEED, STAMP, Archivist, playing_site
from measuring import MEBIBYTE, measured
from postarchive.store.bounded import VALUE_BYTES, ResultLimit, TooMuch, bound

NUMBERS = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
THOUSAND = NUMBERS.replace(")", " LIMIT 1000)").replace("(x LIMIT 1000)", "(x)")
LETTERS = "printf('%.*c', 16000000, 'a')"
GREEDY = {
    "random bytes": "SELECT randomblob(900000000)",
    "a doubled blob": "SELECT hex(zeroblob(900000000))",
    "many columns": f"SELECT {', '.join(['hex(zeroblob(7000000))'] * 90)}",
    "many columns of one": f"SELECT {', '.join(['z'] * 90)} FROM (SELECT hex(zeroblob(7000000)) AS z LIMIT 1)",
    "many rows": f"{THOUSAND} SELECT hex(randomblob(500000)) FROM n",
    "one long text": f"{THOUSAND} SELECT group_concat(hex(zeroblob(500000))) FROM n",
    "a window": f"{THOUSAND} SELECT group_concat(hex(zeroblob(9000))) OVER (ORDER BY x) FROM n",
    "JSON": f"{THOUSAND} SELECT json_group_array(hex(zeroblob(500000))) FROM n",
    "a queue": NUMBERS.replace("SELECT 1", "SELECT randomblob(9000000)").replace("x + 1", "x || x")
    + " SELECT 1 FROM n",
    "rows kept": f"WITH many AS MATERIALIZED ({THOUSAND} SELECT hex(zeroblob(200000)) AS z FROM n) SELECT * FROM many",
    "a wide format": "SELECT printf('%.*c', 2000000000, 'x')",
    "a format that says its width": "SELECT printf('%2000000000d', 1)",
}
SLOW = {
    "LIKE": f"SELECT {LETTERS} LIKE '%' || substr({LETTERS}, 1, 40000) || 'b'",
    "GLOB": f"SELECT {LETTERS} GLOB '*' || substr({LETTERS}, 1, 40000) || 'b'",
    "instr": f"SELECT instr({LETTERS}, substr({LETTERS}, 1, 8000000) || 'b')",
    "replace": f"SELECT replace({LETTERS}, substr({LETTERS}, 1, 8000000) || 'b', '')",
    "trim": f"SELECT trim({LETTERS}, replace({LETTERS}, 'a', 'b') || 'a')",
    "one after the other": f"{NUMBERS} SELECT sum({LETTERS} LIKE '%aaaaaaaaaaaaaaab' || x) FROM n",
}
ASKED = """
import sys
from postarchive.cli import main

_, folder, *statements = sys.argv
for statement in statements:
    sys.argv = ["postarchive", "query", "--archive", folder, "--sql", statement]
    try:
        main()
    except SystemExit as end:
        print(end.code, file=sys.stderr)
"""
STOPPED = """
import sys
from pathlib import Path
from postarchive.errors import UsageError
from postarchive.store.sql import run_sql

_, folder, *statements = sys.argv
for statement in statements:
    try:
        with run_sql(Path(folder), statement, seconds=0.2) as found:
            list(found.rows)
    except UsageError:
        print("refused", file=sys.stderr)
"""
SERVED = """
import asyncio, sys
from pathlib import Path
from serving import datasette_over

async def ask(datasette, paths):
    for path in paths:
        response = await datasette.client.get(path)
        print(response.status_code, response.text[-200:] if response.status_code != 200 else len(response.text))

with datasette_over(Path(sys.argv[1])) as datasette:
    asyncio.run(ask(datasette, sys.argv[2:]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    archivist = Archivist(tmp_path_factory.mktemp("bounded") / "archive")
    with pytest.MonkeyPatch.context() as patch, playing_site(patch):
        archivist.fetch(SEED, STAMP)
    return archivist.folder


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as made:
        bound(made, ResultLimit(rows=1000, bytes=MEBIBYTE), functions={}, is_over=lambda: False)
        yield made


def test_no_statement_takes_much_memory(folder: Path) -> None:
    """All in one process, which has held as much as the worst of them."""
    done = measured("-c", ASKED, folder, *GREEDY.values())

    said, codes = done.written.splitlines()[::2], done.written.splitlines()[1::2]
    assert dict(zip(GREEDY, codes, strict=True)) == dict.fromkeys(GREEDY, "2"), done.written[-2000:]
    assert [line for line in said if not line.startswith("postarchive: ")] == []
    assert done.memory_bytes < 200 * MEBIBYTE
    assert done.seconds < 20


def test_result_that_is_written_as_it_comes_may_be_long(folder: Path, tmp_path: Path) -> None:
    """The program itself holds 31 MiB."""
    rows = tmp_path / "rows.jsonl"

    fifty = GREEDY["many rows"].replace("1000", "50")
    done = measured("-m", "postarchive", "query", "--archive", folder, "--sql", fifty, "-o", rows)

    assert done.returncode == 0
    assert rows.stat().st_size > 50 * 1_000_000
    assert done.memory_bytes < 60 * MEBIBYTE


def test_no_step_takes_long(folder: Path) -> None:
    done = measured("-c", STOPPED, folder, *SLOW.values())

    assert done.written.splitlines() == ["refused"] * len(SLOW), done.written[-2000:]
    assert done.seconds < 16
    assert done.memory_bytes < 200 * MEBIBYTE


def test_served_statements_take_little_memory(folder: Path) -> None:
    """Datasette, its threads and templates hold 85 MB before the first request."""
    statements = [GREEDY["many rows"], GREEDY["many columns"], GREEDY["a wide format"]]
    slow = [f"SELECT search_terms({LETTERS}), search_letters({LETTERS})", SLOW["LIKE"]]
    asked = [(".json", sql) for sql in (*statements, *slow)] + [("", sql) for sql in statements]
    paths = [f"/postarchive{form}?{urlencode({'sql': sql})}" for form, sql in asked]

    done = measured(
        "-c", "import sys; sys.path.insert(0, sys.argv.pop(1));" + SERVED, Path(__file__).parent, folder, *paths
    )

    assert done.returncode == 0, done.written[-2000:]
    assert "Traceback" not in done.written
    assert done.memory_bytes < 250 * MEBIBYTE


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("'aB' LIKE 'A_'", 1),
        ("'a%' LIKE 'a~%' ESCAPE '~'", 1),
        ("NULL LIKE 'a'", None),
        ("'abc' GLOB 'a*'", 1),
        ("instr('abcb', 'b')", 2),
        ("instr(x'0102', x'02')", 2),
        ("replace('aba', 'a', 'xx')", "xxbxx"),
        ("trim('xxaxx', 'x') || ltrim('xb', 'x') || rtrim('cx', 'x')", "abc"),
        ("json_patch('{\"a\": 1}', '{\"a\": 2}')", '{"a":2}'),
        ("printf('%5.2f|%*d|%-3s|%%|%.1s', 3.14159, 6, 42, 'a', 'xyz')", " 3.14|    42|a  |%|x"),
        ("printf('%d', 99999999999)", "99999999999"),
        ("printf('%s, %s', 20000000, '%d')", "20000000, %d"),
        ("printf(NULL)", None),
    ],
)
def test_guarded_functions_are_those_of_sqlite(connection: sqlite3.Connection, expression: str, value: object) -> None:
    assert connection.execute(f"SELECT {expression}").fetchone() == (value,)
    with closing(sqlite3.connect(":memory:")) as plain:
        assert plain.execute(f"SELECT {expression}").fetchone() == (value,)


def test_rows_and_bytes_are_counted_for_each_result(connection: sqlite3.Connection) -> None:
    thousand = f"{THOUSAND} SELECT x FROM n"
    assert len(connection.execute(thousand).fetchall()) == len(connection.execute(thousand).fetchall()) == 1000

    with pytest.raises(TooMuch):
        connection.execute(f"{THOUSAND} SELECT x FROM n UNION ALL SELECT 1").fetchall()
    with pytest.raises(TooMuch):
        connection.execute("SELECT zeroblob(1000000) UNION ALL SELECT zeroblob(1000001)").fetchall()
    assert connection.execute("SELECT length(hex(zeroblob(500000)))").fetchone() == (1_000_000,)


def test_row_of_many_texts_is_refused_before_it_is_whole(connection: sqlite3.Connection) -> None:
    with pytest.raises(TooMuch):
        connection.execute("SELECT z, z, z FROM (SELECT hex(zeroblob(200000)) AS z LIMIT 1)").fetchone()


def test_limits_hold_what_an_archive_may_hold(tmp_path: Path) -> None:
    """The longest record is a value, and a word is looked for in it."""
    path, longest = tmp_path / "one.db", VALUE_BYTES - 100
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE versions (record TEXT)")
        made.execute("INSERT INTO versions VALUES (?)", ("x" * longest,))
        made.commit()

    with closing(sqlite3.connect(path)) as reading:
        bound(reading, ResultLimit(rows=1000, bytes=VALUE_BYTES), is_over=lambda: False)
        for asked, told in (("length(record)", longest), ("record LIKE '%rural revitalization%'", 0)):
            assert reading.execute(f"SELECT {asked} FROM versions").fetchone() == (told,)
        assert len(reading.execute("SELECT record FROM versions").fetchone()[0]) == longest
