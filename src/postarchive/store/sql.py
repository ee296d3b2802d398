"""Run a person's SQL statement, without letting it write, open other files or run for ever."""

import sqlite3
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from postarchive.errors import UnreadableInput, UsageError
from postarchive.jsonvalue import Json, JsonObject
from postarchive.search import parse_query
from postarchive.store.bounded import (
    MEBIBYTE,
    STEPS,
    TOO_LONG,
    TOO_MUCH_MEMORY,
    Refusals,
    ResultLimit,
    TooMuch,
    bound,
    check_words,
)
from postarchive.store.files import code_of, open_for_reading

SECONDS = 30.0
TABULATED = ResultLimit(rows=50_000, bytes=8 * MEBIBYTE)  # for a result that is held in memory
WRITTEN = ResultLimit(rows=10_000_000, bytes=1024 * MEBIBYTE)  # for a result that is written row by row
ALLOWED = frozenset((sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE))
DENIED_FUNCTIONS = frozenset(("load_extension", "fts3_tokenizer", "writefile", "readfile", "edit"))
# FTS5 issues these itself when it is searched: they do not come from the person, and they change nothing.
PRAGMAS_OF_FTS5 = frozenset(("data_version",))
NOTHING_MATCHES = '""'
DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
READING_ONLY = "only reading is allowed: no changes, no ATTACH, no PRAGMA"
REASONS = {sqlite3.SQLITE_READONLY: READING_ONLY, sqlite3.SQLITE_TOOBIG: TOO_LONG}


@dataclass(frozen=True, slots=True)
class ResultSet:
    """The columns of a statement, with distinct names, and its rows as they come."""

    columns: tuple[str, ...]
    rows: Generator[JsonObject]


@contextmanager
def run_sql(
    archive: Path, statement: str, *, seconds: float = SECONDS, bounds: ResultLimit = WRITTEN
) -> Iterator[ResultSet]:
    """Run one statement of SQL and yield its result; `words('邮政')` returns the expression for `search MATCH`.

    Raises UsageError if it does more than read, is not SQL, takes longer than `seconds` or more memory than `bounded`
    allows, or returns more than `bounds`; UnreadableInput when the archive cannot be read.
    """
    if not statement.strip():
        raise UsageError("--sql", "is an empty statement; write SELECT …; docs/database.md shows the tables")
    with closing(open_for_reading(archive)) as connection:
        connection.row_factory = None  # bytes in a person's result are not damage
        refusals = _confine(connection, bounds, until=time.monotonic() + seconds)
        with _reworded(statement, seconds, refusals):
            cursor = connection.execute(statement)
            if cursor.description is None:
                raise UsageError(_shortened(statement), "only reading is allowed; begin with SELECT or WITH")
            columns = _distinct([column[0] for column in cursor.description])
            yield ResultSet(columns, _rows(cursor, columns))


def _rows(cursor: sqlite3.Cursor, columns: tuple[str, ...]) -> Generator[JsonObject]:
    for row in cursor:
        yield dict(zip(columns, map(_value, row), strict=True))


def _confine(connection: sqlite3.Connection, bounds: ResultLimit, *, until: float) -> Refusals:
    """Limit a connection and make it read-only; return what collects the refusals of our functions."""
    connection.execute("SELECT rowid FROM search LIMIT 0")  # connects the index, which would later look like a change

    def is_over() -> bool:
        return time.monotonic() > until

    refusals = bound(connection, bounds, functions={"words": _words}, is_over=is_over)
    connection.set_progress_handler(is_over, STEPS)

    def authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
        if _only_reads(action, first, second):
            return sqlite3.SQLITE_OK
        refusals.latest = READING_ONLY
        return sqlite3.SQLITE_DENY

    connection.set_authorizer(authorize)
    return refusals


def _only_reads(action: int, first: str | None, second: str | None) -> bool:
    if action == sqlite3.SQLITE_FUNCTION:
        return second not in DENIED_FUNCTIONS
    return action in ALLOWED or (action == sqlite3.SQLITE_PRAGMA and first in PRAGMAS_OF_FTS5)


def _words(text: object) -> str:
    """Return the full-text expression for words as a person types them; without a word, one that matches nothing."""
    return (parse_query(check_words(str(text))) if text else None) or NOTHING_MATCHES


@contextmanager
def _reworded(statement: str, seconds: float, refusals: Refusals) -> Iterator[None]:
    """Turn SQLite's complaint about a person's statement into one line: a mistake, a refusal, or out of time."""
    subject = _shortened(statement)
    try:
        yield
    except TooMuch as error:
        raise UsageError(subject, error.problem) from error
    except MemoryError as error:
        raise UsageError(subject, TOO_MUCH_MEMORY) from error
    except (sqlite3.ProgrammingError, sqlite3.Warning) as error:
        raise UsageError(
            subject, "takes one statement at a time, without parameters: write each value in its place"
        ) from error
    except sqlite3.Error as error:
        if code_of(error) in DAMAGE:
            raise UnreadableInput("", f"the database is damaged ({error}); run `postarchive rebuild`") from error
        raise UsageError(subject, refusals.latest or _reason(error, seconds)) from error


def _reason(error: sqlite3.Error, seconds: float) -> str:
    if code_of(error) == sqlite3.SQLITE_INTERRUPT:
        return f"stopped after {seconds:g} seconds; narrow it with WHERE or LIMIT"
    return REASONS.get(code_of(error), f"{error}; see the tables in docs/database.md")


def _shortened(statement: str) -> str:
    line = " ".join(statement.split())
    return line if len(line) <= 60 else f"{line[:59]}…"  # noqa: PLR2004 - a line with room for what is wrong


def _distinct(names: list[str]) -> tuple[str, ...]:
    """Return the names, with a number added to each that occurred before."""
    found: list[str] = []
    for name in names:
        number, distinct = 1, name
        while distinct in found:
            number += 1
            distinct = f"{name}_{number}"
        found.append(distinct)
    return tuple(found)


def _value(value: Json | bytes) -> Json:
    return value.hex() if isinstance(value, bytes) else value
