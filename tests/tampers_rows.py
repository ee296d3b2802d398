"""Tampering with the database: every table and index, foreign objects, the index of words, the file itself."""

import os
import shutil
import sqlite3
from contextlib import closing
from functools import partial

from archiving import SEED, Archivist
from damages import ROW_DAMAGES
from guarantees import Meaning, add, kind, run_again
from test_store_objects import GAMES

ROWS, OBJECTS, WORDS, DATABASE = "Rows", "Objects of the database", "The index of words", "The file of the database"
NO_ROW = "every row is as it was"
# Of each table: the columns of its key, and a column to change with an expression for its new value.
TABLES = {
    "files": ("file", "ingested_bytes", "ingested_bytes - 1"),
    "runs": ("run", "counts", "replace(counts, '1', '2')"),
    "captures": ("id", "length_bytes", "length_bytes + 1"),
    "pages": ("id", "date", "'1999-01-01'"),
    "addresses": ("url", "last_seen", "'1999-01-01T00:00:00.000000+00:00'"),
    "versions": ("id", "record", "replace(record, 'China', 'china')"),
    "changes": ("id", "detail", "'mine'"),
    "link_lists": ("page", "urls", "json_insert(urls, '$[#]', 'x')"),
    "numbers": ("id", "number", "'110'"),
    "number_pages": ("page", "page", "99"),
    "problems": ("id", "detail", "'mine'"),
}
# Of each table with many columns: what a copy of its first row has otherwise.
COPIED = {
    "captures": {"id": "99", "record_id": "'urn:uuid:0'"},
    "pages": {"id": "99", "key": "'mine'"},
    "addresses": {"url": "'http://x/'"},
    "versions": {"id": "99", "number": "99"},
    "changes": {"id": "99", "change": "'gone'"},
    "numbers": {"id": "99", "label": "'mine'"},
    "problems": {"id": "99", "kind": "'drift'"},
}
ADDED = {
    "files": "INSERT INTO files VALUES ('warc/2026/20260506T070000Z.warc.gz', 10)",
    "runs": "INSERT INTO runs VALUES ('2020', 'warc/2020/2020.warc.gz', '', '', '{}', '')",
    "seals": "INSERT INTO seals VALUES (1, (SELECT max(run) FROM runs), 'x', 'http://a/', 'x', 'x', 'x', 0)",
    "link_lists": "INSERT INTO link_lists VALUES (99, '[]')",
    "number_pages": "INSERT INTO number_pages VALUES ((SELECT max(id) FROM numbers), 99)",
    "unindexed": "INSERT OR REPLACE INTO unindexed VALUES (1, '[]')",
}


def copy_row(table: str, archivist: Archivist) -> None:
    """Add a copy of a table's first row, with another key."""
    columns = [str(name) for (name,) in archivist.rows(f"SELECT name FROM pragma_table_info('{table}')")]  # noqa: S608 - our own words
    values = ", ".join(COPIED[table].get(name, name) for name in columns)
    execute((f"INSERT INTO {table} SELECT {values} FROM {table} LIMIT 1",), archivist)  # noqa: S608 - likewise


def execute(statements: tuple[str, ...], archivist: Archivist) -> None:
    with closing(sqlite3.connect(archivist.database)) as connection:
        for statement in statements:
            before = connection.total_changes
            connection.execute(statement)
            assert connection.total_changes > before, statement
        connection.commit()


def silently(statements: tuple[str, ...], archivist: Archivist) -> None:
    with closing(sqlite3.connect(archivist.database, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def hidden(section: str, what: str, *statements: str) -> None:
    add(section, what, partial(execute, statements), is_hidden=True)


for what, damage in ROW_DAMAGES.items():
    add(ROWS, what, lambda archivist, damage=damage: (damage(archivist), None)[1], is_hidden=True)  # type: ignore[misc]
for table, (key, column, value) in TABLES.items():
    where = f"{key} = (SELECT min({key}) FROM {table})"  # noqa: S608 - our own words
    hidden(ROWS, f"{column} in a row of {table} changed", f"UPDATE {table} SET {column} = {value} WHERE {where}")  # noqa: S608 - our own words
    hidden(ROWS, f"a row of {table} removed", f"DELETE FROM {table} WHERE {where}")  # noqa: S608 - likewise
for table in COPIED:
    add(ROWS, f"a row of {table} added", partial(copy_row, table), is_hidden=True)
for table, statement in ADDED.items():
    hidden(ROWS, f"a row of {table} added", statement)
hidden(ROWS, "all rows of captures and versions removed", "DELETE FROM captures", "DELETE FROM versions")
hidden(
    ROWS,
    "a title and its fingerprint changed together",
    "UPDATE pages SET title = 'Other' WHERE id = 1",
    "UPDATE versions SET record = json_set(record, '$.title', 'Other'), fingerprint = 'x' WHERE page = 1",
)
hidden(ROWS, "a text where a number belongs", "UPDATE captures SET status = x'ff00' WHERE id = 2")
hidden(ROWS, "a text in place of a position in files", "UPDATE files SET ingested_bytes = 'mine'")
hidden(ROWS, "bytes that are no text as a replay's URL", "UPDATE captures SET replay_url = x'ff00' WHERE id = 2")
hidden(ROWS, "a record that is no JSON", "UPDATE versions SET record = '[[[' WHERE id = 1")
hidden(ROWS, "a path that leads out of the archive in runs", "UPDATE runs SET file = 'warc/../../x.warc.gz'")

for what, game in GAMES.items():
    add(OBJECTS, f"{what}: {game[-1]}", partial(silently, tuple(game)), is_hidden=True)

hidden(WORDS, "a word added", "INSERT INTO search (rowid, title, body) VALUES (1, 'zebra', '')")
hidden(WORDS, "an article added", "INSERT INTO search (rowid, title, body) VALUES (99, 'zebra', 'crossing')")
hidden(WORDS, "all words removed", "INSERT INTO search (search) VALUES ('delete-all')")
hidden(WORDS, "how many words an article has", "UPDATE search_docsize SET sz = x'0101' WHERE id = 1")
hidden(WORDS, "an article's row of search_docsize removed", "DELETE FROM search_docsize WHERE id = 1")
hidden(WORDS, "the averages in search_data", "UPDATE search_data SET block = x'010101' WHERE id = 1")
hidden(WORDS, "the structure in search_data", "UPDATE search_data SET block = x'00000000000000' WHERE id = 10")
hidden(WORDS, "a row of search_data removed", "DELETE FROM search_data WHERE id = (SELECT max(id) FROM search_data)")
hidden(WORDS, "a place in search_idx", "UPDATE search_idx SET pgno = pgno + 2")
hidden(WORDS, "search_idx emptied", "DELETE FROM search_idx")
hidden(WORDS, "a setting in search_config", "INSERT INTO search_config VALUES ('pgsz', 64)")
add(WORDS, "the version in search_config", partial(silently, ("UPDATE search_config SET v = 5",)), is_hidden=True)
hidden(WORDS, "how hits are ranked", "INSERT INTO search (search, rank) VALUES ('rank', 'bm25(9.0, 0.0)')")
hidden(WORDS, "the words packed otherwise", "INSERT INTO search (rowid, title, body) VALUES (999, 'zebra', 'x')",
       "INSERT INTO search (search, rowid, title, body) VALUES ('delete', 999, 'zebra', 'x')")  # fmt: skip


# --- the file ---------------------------------------------------------------------------------------------------------


@kind(OBJECTS, "an index that lacks a row of its table")
def _(archivist: Archivist) -> None:
    name = "pages_by_node"
    with closing(sqlite3.connect(archivist.database, isolation_level=None)) as connection:
        row = connection.execute("SELECT * FROM sqlite_master WHERE name = ?", (name,)).fetchone()
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("DELETE FROM sqlite_master WHERE name = ?", (name,))
    with closing(sqlite3.connect(archivist.database, isolation_level=None)) as connection:
        connection.execute("UPDATE pages SET node = node + 1 WHERE id = 1")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", row)


@kind(DATABASE, "the database removed")
def _(archivist: Archivist) -> None:
    archivist.database.unlink()


@kind(DATABASE, "an empty file in its place")
def _(archivist: Archivist) -> None:
    archivist.database.write_bytes(b"")


@kind(DATABASE, "noise in its place")
def _(archivist: Archivist) -> None:
    archivist.database.write_bytes(b"no database at all" * 300)


@kind(DATABASE, "one of its pages overwritten")
def _(archivist: Archivist) -> None:
    data = bytearray(archivist.database.read_bytes())
    data[4096 * 3 : 4096 * 4] = b"\xff" * 4096
    archivist.database.write_bytes(data)


@kind(DATABASE, "its second half cut off")
def _(archivist: Archivist) -> None:
    data = archivist.database.read_bytes()
    archivist.database.write_bytes(data[: len(data) // 8192 * 4096])


@kind(DATABASE, "an older copy of it put back")
def _(archivist: Archivist) -> None:
    older = archivist.database.read_bytes()
    run_again(archivist, SEED)
    archivist.database.write_bytes(older)


@kind(DATABASE, "the database of another program in its place")
def _(archivist: Archivist) -> None:
    archivist.database.unlink()
    archivist.execute("CREATE TABLE mine (id)")


@kind(DATABASE, "a FIFO in its place")
def _(archivist: Archivist) -> None:
    archivist.database.unlink()
    os.mkfifo(archivist.database)


@kind(DATABASE, "a folder in its place")
def _(archivist: Archivist) -> None:
    archivist.database.unlink()
    archivist.database.mkdir()


@kind(DATABASE, "a symbolic link in its place, to a copy elsewhere")
def _(archivist: Archivist) -> None:
    elsewhere = archivist.folder.with_name("elsewhere.db")
    shutil.move(archivist.database, elsewhere)
    archivist.database.symlink_to(elsewhere)


@kind(DATABASE, "a FIFO named like its -wal file")
def _(archivist: Archivist) -> None:
    log = archivist.database.with_name("postarchive.db-wal")
    log.unlink(missing_ok=True)
    os.mkfifo(log)


add(DATABASE, "the owner's number changed", partial(silently, ("PRAGMA application_id = 1",)), is_hidden=True)
add(DATABASE, "the number of its version raised", partial(silently, ("PRAGMA user_version = 99",)), is_hidden=True)
add(DATABASE, "the number of its version lowered", partial(silently, ("PRAGMA user_version = 1",)), is_hidden=True)
for what, statement in {
    "VACUUM": "VACUUM",
    "REINDEX": "REINDEX",
    "another journal": "PRAGMA journal_mode = DELETE",
}.items():
    add(DATABASE, what, partial(silently, (statement,)), passes=Meaning.HARMLESS, because=NO_ROW)


@kind(DATABASE, "noise in a -wal file: SQLite checks it and takes nothing", passes=Meaning.HARMLESS, because=NO_ROW)
def _(archivist: Archivist) -> None:
    archivist.database.with_name("postarchive.db-wal").write_bytes(b"noise" * 2000)
