"""One read-only statement of a person who knows SQL, kept from writing, from other files and from going on for ever."""

import sqlite3
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from postarchive.errors import UnreadableInput, UsageError
from postarchive.jsonvalue import Json
from postarchive.search import parse_query
from postarchive.store.files import open_for_reading

SECONDS = 30.0
STEPS = 100_000  # of SQLite's machine between two looks at the clock
LONGEST_VALUE = 64 * 1024 * 1024  # bytes; a page is far smaller
ALLOWED = frozenset((sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE))
DENIED_FUNCTIONS = frozenset(("load_extension", "fts3_tokenizer", "writefile", "readfile", "edit"))
# FTS5 asks these of itself when it is searched: not a person's doing, and they change nothing.
PRAGMAS_OF_FTS5 = frozenset(("data_version",))
NOTHING_MATCHES = '""'


@dataclass(frozen=True, slots=True)
class Answer:
    """The columns of a statement, each name once, and its rows as they come."""

    columns: tuple[str, ...]
    rows: Generator[dict[str, Json]]


@contextmanager
def answer(archive: Path, statement: str, *, seconds: float = SECONDS) -> Iterator[Answer]:
    """Run one statement of SQL and give its answer; `words('邮政')` returns what `search MATCH` is to be asked.

    Raises UsageError for what does not only read, is no SQL, or takes longer than `seconds`; UnreadableInput when the
    archive cannot be read.
    """
    if not statement.strip():
        raise UsageError("--sql", "an empty statement; write SELECT …, the tables are in the README")
    with closing(open_for_reading(archive)) as connection:
        _confine(connection, until=time.monotonic() + seconds)
        with _told(statement, seconds):
            cursor = connection.execute(statement)
            if cursor.description is None:
                raise UsageError(_shortened(statement), "only reading is allowed; begin with SELECT or WITH")
            columns = _distinct([column[0] for column in cursor.description])
            yield Answer(columns, _rows(cursor, columns))


def _rows(cursor: sqlite3.Cursor, columns: tuple[str, ...]) -> Generator[dict[str, Json]]:
    for row in cursor:
        yield dict(zip(columns, map(_value, row), strict=True))


def _confine(connection: sqlite3.Connection, *, until: float) -> None:
    connection.execute("SELECT rowid FROM search LIMIT 0")  # connects the index, which later would look like a change
    connection.create_function("words", 1, _words, deterministic=True)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.set_progress_handler(lambda: time.monotonic() > until, STEPS)
    connection.set_authorizer(_authorize)


def _authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    if action in ALLOWED:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION:
        return sqlite3.SQLITE_DENY if second in DENIED_FUNCTIONS else sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA and first in PRAGMAS_OF_FTS5:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _words(text: str | None) -> str:
    """Return what the full-text index is asked for words as a person types them; of no word, what nothing matches."""
    return (parse_query(text) if text else None) or NOTHING_MATCHES


@contextmanager
def _told(statement: str, seconds: float) -> Iterator[None]:
    """Turn what SQLite says of a person's statement into one line: a mistake, a refusal, an end for want of time."""
    try:
        yield
    except sqlite3.Error as error:
        raise _error(statement, str(error), seconds) from error


def _error(statement: str, problem: str, seconds: float) -> UsageError | UnreadableInput:
    subject = _shortened(statement)
    if "malformed" in problem or "not a database" in problem:
        return UnreadableInput("", f"the database is damaged ({problem}); run `postarchive rebuild`")
    advice: dict[str, Callable[[], str]] = {
        "interrupted": lambda: f"stopped after {seconds:g} seconds; narrow it with WHERE or LIMIT",
        "not authorized": lambda: "only reading is allowed: no changes, no ATTACH, no PRAGMA",
        "authorization denied": lambda: "only reading is allowed: no changes, no ATTACH, no PRAGMA",
        "prohibited": lambda: "only reading is allowed: no changes, no ATTACH, no PRAGMA",
        "one statement": lambda: "one statement at a time; leave out what follows the semicolon",
        "too big": lambda: f"makes a value of more than {LONGEST_VALUE // 2**20} MiB",
        "Incorrect number of bindings": lambda: "has a parameter; write the value in its place",
        "user-defined function": lambda: "words() takes words to search for, not only excluded ones",
    }
    said = next((advice[words]() for words in advice if words in problem), f"{problem}; see the tables in the README")
    return UsageError(subject, said)


def _shortened(statement: str) -> str:
    line = " ".join(statement.split())
    return line if len(line) <= 60 else f"{line[:59]}…"  # noqa: PLR2004 - a line with room for what is wrong


def _distinct(names: list[str]) -> tuple[str, ...]:
    """Return the names with a number behind each that stood before."""
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
