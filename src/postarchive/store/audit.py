"""Check stored rows without trusting them: read a snapshot, and compare it with rows rebuilt from the evidence."""

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Self, TypeAlias

from postarchive.errors import UnreadableInput
from postarchive.models import Evidence
from postarchive.store.files import closed_on_error, database_path, mapped_damage
from postarchive.store.objects import ForeignObject, foreign_objects, objects
from postarchive.store.opened import Moment

Cell: TypeAlias = int | float | str | bytes | None
Row: TypeAlias = tuple[Cell, ...]
INDEX = "search"
PACKED = DATA, IDX = f"{INDEX}_data", f"{INDEX}_idx"  # how words are packed here depends on SQLite's version
AVERAGES = 1  # the row in `DATA` that does not: how many words the columns have
SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class RowDifference:
    """A row that is not as it should be; `key` holds the values of its primary key, separated by blanks.

    `is_doubt` means that it may be right all the same.
    """

    table: str
    key: str
    problem: str
    is_doubt: bool = False


@dataclass(frozen=True, slots=True)
class CaptureRow:
    """The columns of a row of `captures` that say which record it describes."""

    id: int
    run: str
    url: str
    time: str
    status: int
    origin: str
    replay_url: str | None
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A row of `runs`; `ended` and `counts` are None for a run without a closing record.

    `options` and `counts` are JSON as it is stored.
    """

    run: str
    file: str
    started: str
    ended: str | None
    options: str
    counts: str | None


class Snapshot(Moment):
    """The stored rows as they were when this was opened, even while a run writes."""

    may_lag = True  # it exists to report missing rows

    def __init__(self, archive: Path) -> None:
        """Open it. Raises UnreadableInput when there is no database that this program can read."""
        super().__init__(archive)
        _suspicious(self._connection)

    def damage(self) -> list[str]:
        """Return what SQLite finds wrong with the file's own structure."""
        with mapped_damage(self._path):
            found = [str(row[0]) for row in self._connection.execute("PRAGMA integrity_check(5)")]
        return [] if found == ["ok"] else found

    def ingested(self) -> dict[str, int]:
        """Return how many bytes of each WARC file have rows."""
        with mapped_damage(self._path):
            rows = dict(self._connection.execute("SELECT file, ingested_bytes FROM files").fetchall())
            if not all(isinstance(length, int) for length in rows.values()):
                raise ValueError("a place in `files` is not a number")
        return rows

    def runs(self) -> dict[str, StoredRun]:
        """Return the runs by their id."""
        with mapped_damage(self._path):
            rows = self._connection.execute("SELECT run, file, started, ended, options, counts FROM runs").fetchall()
        return {row[0]: StoredRun(*row) for row in rows}

    def captures(self) -> Iterator[CaptureRow]:
        """Yield the responses in the order of their evidence: by file and offset."""
        with mapped_damage(self._path):
            for row in self._connection.execute(
                """
                SELECT id, run, url, time, status, origin, replay_url,
                       CAST(file AS TEXT) AS place, CAST(offset AS INTEGER) AS at,
                       stored_bytes, record_id, payload_digest
                FROM captures ORDER BY place, at, id
                """
            ):
                row_id, run, url, time, status, origin, replay_url, *place = row
                yield CaptureRow(row_id, run, url, time, status, origin, replay_url, Evidence(*place))

    def versions(self) -> Iterator[tuple[int, str, str]]:
        """Yield the row id, the record as JSON and the fingerprint of every version."""
        with mapped_damage(self._path):
            for row in self._connection.execute("SELECT id, record, fingerprint FROM versions ORDER BY id"):
                yield row[0], row[1], row[2]

    def foreign_objects(self) -> list[ForeignObject]:
        """Return the tables, indexes, views and triggers that differ from what this program makes."""
        with mapped_damage(self._path):
            return list(foreign_objects(self._connection))

    def differences(self, rebuilt: Path, on_table: Callable[[str], None] = lambda _: None) -> Iterator[RowDifference]:
        """Yield the rows of every table that differ from a rebuilt database, missing and added rows included.

        Tables that this program did not make are left out: `foreign_objects` names them.
        """
        with closing(_suspicious(sqlite3.connect(rebuilt))) as other, mapped_damage(self._path):
            both = set(objects(self._connection)) & set(objects(other))
            tables = sorted(name for kind, name, _, sql in both if kind == "table" and not is_virtual(sql))
            for table in tables:
                on_table(table)
                if table not in PACKED:
                    yield from _differing_rows(self._connection, other, table)
            if {INDEX, *PACKED} <= {name for _, name, _, _ in both}:
                on_table(INDEX)
                yield from _differing_index(self._connection, other)


class Places:
    """The places of the responses read so far, by record id; kept on disk when there are many, to keep memory flat."""

    def __init__(self) -> None:
        """Begin with no places."""
        self._connection = sqlite3.connect("", isolation_level=None)  # SQLite's own temporary file
        with closed_on_error(self._connection):
            self._connection.execute(
                "CREATE TABLE places (id TEXT PRIMARY KEY, file TEXT, offset INT, length INT, digest TEXT)"
                " WITHOUT ROWID"
            )
            self._connection.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def add(self, place: Evidence) -> None:
        """Add a place; the first one for a record id stays."""
        row = (place.record_id, place.file, place.offset, place.length_bytes, place.payload_digest)
        self._connection.execute("INSERT OR IGNORE INTO places VALUES (?, ?, ?, ?, ?)", row)

    def find(self, record_id: str) -> Evidence:
        """Return where a response is. Raises UnreadableInput if none with this id was read."""
        row = self._connection.execute(
            "SELECT file, offset, length, id, digest FROM places WHERE id = ?", (record_id,)
        ).fetchone()
        if row is None:
            raise UnreadableInput("", f"the response that it repeats ({record_id}) is damaged or not in the archive")
        return Evidence(*row)


@contextmanager
def scratch_database() -> Iterator[Path]:
    """Yield a path for a temporary database; never in the archive, which may be read-only."""
    with tempfile.TemporaryDirectory(prefix="postarchive-") as folder:
        yield database_path(Path(folder))


def _suspicious(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Make it return plain tuples, and bytes for invalid text: a stranger may have written the rows."""
    connection.row_factory = None
    connection.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")  # a lambda takes twice as long
    return connection


def is_virtual(sql: str | None) -> bool:
    """Tell whether a table's SQL makes a virtual table, whose rows are in other tables."""
    return sql is not None and sql.startswith("CREATE VIRTUAL TABLE")


def _differing_rows(stored: sqlite3.Connection, rebuilt: sqlite3.Connection, table: str) -> Iterator[RowDifference]:
    columns = rebuilt.execute("SELECT name, pk FROM pragma_table_info(?)", (table,)).fetchall()
    key = [place for place, (_, rank) in enumerate(columns) if rank]
    names = [name for name, _ in columns]
    order = ", ".join(f'"{name}"' for name, rank in sorted(columns, key=lambda column: column[1]) if rank)
    sql = f'SELECT * FROM "{table}" ORDER BY {order}'  # noqa: S608 - names out of our own schema
    for old, new in _pairs(stored.execute(sql), rebuilt.execute(sql), key):
        yield RowDifference(table, _shown_key(old or new or (), key), _problem(names, old, new))


def _differing_index(stored: sqlite3.Connection, rebuilt: sqlite3.Connection) -> Iterator[RowDifference]:
    """Compare the full-text index, word by word if it is packed differently, as another version of SQLite may do."""
    is_same_data, is_same_idx = (_are_equal(stored, rebuilt, f"SELECT * FROM {table}") for table in PACKED)  # noqa: S608 - names of our own
    if is_same_data and is_same_idx:
        return
    if not _are_equal(stored, rebuilt, f"SELECT block FROM {DATA} WHERE id = {AVERAGES}"):  # noqa: S608 - likewise
        yield RowDifference(DATA, str(AVERAGES), "its counts of words are not those of the pages")
    if is_same_data:
        yield RowDifference(IDX, "", "it points to places that the index does not have")
        return
    are_same_words = True
    for difference in _differing_words(stored, rebuilt):
        are_same_words = False
        yield difference
    if are_same_words:
        problem = "it has the right words, but is packed differently, as by another version of SQLite"
        yield RowDifference(DATA, "", f"{problem}; `postarchive rebuild` recreates it", is_doubt=True)


def _differing_words(stored: sqlite3.Connection, rebuilt: sqlite3.Connection) -> Iterator[RowDifference]:
    for connection in (stored, rebuilt):
        connection.execute(f"CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', '{INDEX}', 'instance')")
    sql = "SELECT term, doc, col, offset FROM temp.words"
    for old, new in _pairs(stored.execute(sql), rebuilt.execute(sql), [0, 1, 2, 3]):
        word = _shown_key(old or new or (), [0])
        problem = "is indexed where the page does not have it" if old else "is not indexed where the page has it"
        yield RowDifference(INDEX, _shown_key(old or new or (), [1]), f"the word {word} {problem}")


def _are_equal(stored: sqlite3.Connection, rebuilt: sqlite3.Connection, sql: str) -> bool:
    pairs = zip_longest(stored.execute(sql), rebuilt.execute(sql))
    return all(old == new for old, new in pairs)


def _pairs(
    stored: Iterator[Row], rebuilt: Iterator[Row], key: list[int]
) -> Iterator[tuple[Row, None] | tuple[None, Row] | tuple[Row, Row]]:
    """Yield the rows that differ, side by side, None for one that is missing. Both sides come in key order."""
    old, new = next(stored, None), next(rebuilt, None)
    while old is not None or new is not None:
        if old == new:  # nearly all are
            old, new = next(stored, None), next(rebuilt, None)
        elif new is None or (old is not None and _rank(old, key) < _rank(new, key)):
            assert old is not None  # noqa: S101 - for mypy: one of them is there
            yield old, None
            old = next(stored, None)
        elif old is None or _rank(old, key) > _rank(new, key):
            yield None, new
            new = next(rebuilt, None)
        else:
            yield old, new
            old, new = next(stored, None), next(rebuilt, None)


def _rank(row: Row, key: list[int]) -> list[tuple[int, int | float | bytes]]:
    """Return a row's key in a form that sorts as in SQLite, whatever types a stranger put in."""
    return [_cell_rank(row[place]) for place in key]


def _cell_rank(cell: Cell) -> tuple[int, int | float | bytes]:
    match cell:
        case None:
            return 0, 0
        case str():
            return 2, cell.encode(errors="surrogateescape")
        case bytes():
            return 3, cell
        case _:
            return 1, cell


def _problem(names: list[str], old: Row | None, new: Row | None) -> str:
    if old is None:
        return "the row is missing; the evidence has it"
    if new is None:
        return "no evidence supports this row"
    unequal = ((name, a, b) for name, a, b in zip(names, old, new, strict=True) if a != b)
    return "; ".join(f"{name} is {_shown(a, b)}, by the evidence {_shown(b, a)}" for name, a, b in unequal)


def _shown(cell: Cell, beside: Cell = None) -> str:
    """Return a value to show to a person; of a long text, the part where it starts to differ from another one."""
    text, other = _text(cell), _text(beside)
    unequal = (place for place, (a, b) in enumerate(zip(text, other, strict=False)) if a != b)
    same = next(unequal, 0) if beside is not None else 0
    start = max(same - SHOWN_CHARACTERS // 3, 0) if len(text) > SHOWN_CHARACTERS else 0
    shown = text[start : start + SHOWN_CHARACTERS]
    return f"{'…' if start else ''}{shown}{'…' if start + len(shown) < len(text) else ''}"


def _text(cell: Cell) -> str:
    return "empty" if cell is None else ascii(cell) if isinstance(cell, bytes) else str(cell)


def _shown_key(row: Row, key: list[int]) -> str:
    return " ".join(_shown(row[place]) for place in key)
