"""Bound what SQL of a stranger may take: memory, time within one step of SQLite's, and the size of its result.

`--sql` and `serve` share it. SQLite has the limits: the length of one value, the columns of a row, and its whole heap,
which is the only one over many values at once and counts for the process. What it hands out is counted here, and what
could run for hours in a single step, where no clock is looked at, is refused when it would.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TypeAlias
from weakref import finalize, ref

from postarchive.errors import UsageError

Value: TypeAlias = str | int | float | bytes | None  # what SQLite knows
Function: TypeAlias = Callable[..., Value]

MEBIBYTE = 2**20
HEAP_BYTES = 64 * MEBIBYTE  # of all SQLite holds in this process
VALUE_BYTES = 16 * MEBIBYTE  # a page has at most so many
MOST_COLUMNS = 100
STEPS = 100  # of SQLite's machine between two looks at the clock: one step can fill a whole value
WORDS = 1_000  # characters that a function of ours takes as a person's search
LIMITS = (
    (sqlite3.SQLITE_LIMIT_LENGTH, VALUE_BYTES),
    (sqlite3.SQLITE_LIMIT_COLUMN, MOST_COLUMNS),
    (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
    (sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0),
)
MOST_COMPARED = 2**29  # pairs of letters; the slowest, LIKE, takes some 3 ns for one
# Functions that take the product of the lengths of their first two values, in one step; not every SQLite has them all.
PRODUCTS = (
    ("instr", 2),
    ("replace", 3),
    ("trim", 2),
    ("ltrim", 2),
    ("rtrim", 2),
    ("like", 2),
    ("like", 3),
    ("glob", 2),
    ("json_patch", 2),
    ("unhex", 2),
)
CONVERSION = re.compile(r"%([^a-zA-Z%]*l*)([a-zA-Z%])")  # %-5d, %.*c
DIGITS = re.compile(r"\d+")
TOO_MUCH_MEMORY = f"needs more than {HEAP_BYTES // MEBIBYTE} MiB of memory; ask for fewer or shorter values"
TOO_LONG = f"makes a value of more than {VALUE_BYTES // MEBIBYTE} MiB; take a part of it with substr()"


class TooMuch(UsageError):
    """A result is larger than whoever asked may have."""


@dataclass(frozen=True, slots=True)
class Most:
    """How large a result may become: rows, and bytes of all its texts and blobs."""

    rows: int
    bytes: int


class Refusals:
    """What a function of ours refused to do; SQLite itself says only that one did."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.latest: str | None = None

    def noting(self, function: Function) -> Function:
        """Return the function; what it raises as UsageError is noted."""

        def noted(*values: Value) -> Value:
            try:
                return function(*values)
            except UsageError as error:
                self.latest = str(error)
                raise

        return noted


def bound(
    connection: sqlite3.Connection,
    most: Most,
    *,
    functions: Mapping[str, Function] = MappingProxyType({}),
    is_over: Callable[[], object],
) -> Refusals:
    """Bound what statements on a connection take from now on, and add functions of one value; its rows come as before.

    A statement then ends with MemoryError, with sqlite3.DataError for a value that is too long, or with TooMuch. The
    functions, which SQLite's own look at the clock does not reach, interrupt the connection when `is_over` says so.
    """
    refusals = Refusals()
    connection.execute(f"PRAGMA hard_heap_limit = {HEAP_BYTES}")
    for limit, value in LIMITS:
        connection.setlimit(limit, value)
    for name, arguments, function in (*_Guard().functions(), *((name, 1, own) for name, own in functions.items())):
        timed = _timed(function, is_over, connection.interrupt)
        connection.create_function(name, arguments, refusals.noting(timed), deterministic=True)
    meter = _Meter(most, connection.row_factory, connection.text_factory)
    connection.row_factory, connection.text_factory = meter.row, meter.text
    return refusals


def _timed(function: Function, is_over: Callable[[], object], interrupt: Callable[[], None]) -> Function:
    def timed(*values: Value) -> Value:
        if is_over():
            interrupt()
            return None
        return function(*values)

    return timed


def check_words(text: str) -> str:
    """Return a person's words. Raises UsageError for more of them than anybody types."""
    if len(text) > WORDS:
        raise UsageError("", f"{len(text):,} characters are too many to search for; the limit is {WORDS:,}")
    return text


class _Meter:
    """Counts the rows and bytes of a cursor's result; texts are counted one by one, before a row is whole."""

    def __init__(
        self, most: Most, make_row: Callable[..., object] | None, make_text: Callable[[bytes], object] | type
    ) -> None:
        self._most = most
        self._make_row = make_row or (lambda _cursor, values: values)
        self._make_text = make_text if make_text is not str else _text
        self._cursor: Callable[[], object] = lambda: None
        self._rows = self._bytes = self._texts = 0

    def text(self, data: bytes) -> object:
        """Return a text that SQLite hands out."""
        self._texts += len(data)
        if self._texts > self._most.bytes:
            self._texts = 0
            raise self._too_much()
        return self._make_text(data)

    def row(self, cursor: sqlite3.Cursor, values: tuple[Value, ...]) -> object:
        """Return a row that SQLite hands out."""
        if self._cursor() is not cursor:
            self._cursor, self._rows, self._bytes = ref(cursor), 0, 0
        self._rows += 1
        self._bytes += self._texts + sum(len(value) for value in values if isinstance(value, bytes))
        self._texts = 0
        if self._rows > self._most.rows or self._bytes > self._most.bytes:
            raise self._too_much()
        return self._make_row(cursor, values)

    def _too_much(self) -> TooMuch:
        size = f"{self._most.rows:,} rows or {self._most.bytes // MEBIBYTE} MiB"
        return TooMuch("", f"answers with more than {size}; narrow it with WHERE or LIMIT")


def _text(data: bytes) -> str:
    """Return a text of SQLite's, which may be any bytes: a CAST makes one of a blob."""
    return data.decode(errors="backslashreplace")


class _Guard:
    """Asks SQLite's own function, on a connection apart, when what it is to do can be done in a moment."""

    def __init__(self) -> None:
        self._inner = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        finalize(self, self._inner.close)  # when the bounded connection is closed, it lets go of its functions
        self._inner.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, VALUE_BYTES)

    def functions(self) -> Iterator[tuple[str, int, Function]]:
        """Yield name, number of arguments and function for all that are guarded."""
        for name, arguments in PRODUCTS:
            sql = f"SELECT {name}({', '.join('?' * arguments)})"
            if self._knows(sql, arguments):
                yield name, arguments, partial(self._multiplied, sql)
        for name in ("printf", "format"):
            yield name, -1, partial(self._printed, name)

    def _knows(self, sql: str, arguments: int) -> bool:
        with suppress(sqlite3.OperationalError):
            self._inner.execute(sql, ("{}",) * min(arguments, 2) + ("~",) * (arguments - 2))
            return True
        return False

    def _multiplied(self, sql: str, *values: Value) -> Value:
        """Return the function's value, unless both its texts are long: it compares each letter with each."""
        if _length(values[0]) * _length(values[1]) > MOST_COMPARED:
            raise UsageError("", "compares two long texts letter by letter; take a part of them with substr()")
        return self._ask(sql, values)

    def _printed(self, name: str, *values: Value) -> Value:
        """Return the text, unless a width in its format is beyond reason: SQLite counts all of it."""
        if values and not _is_narrow(str(values[0]), values[1:]):
            raise UsageError("", TOO_LONG)
        return self._ask(f"SELECT {name}({', '.join('?' * len(values))})", values)

    def _ask(self, sql: str, values: tuple[Value, ...]) -> Value:
        found: Value = self._inner.execute(sql, values).fetchone()[0]
        if sum(map(_length, values)) > MEBIBYTE:
            self._inner.execute(sql, ("",) * len(values))  # the statement is kept, and with it what it was given last
        return found


def _is_narrow(form: str, values: tuple[Value, ...]) -> bool:
    """Tell whether no width or precision of a format, also one that a value says, is longer than a value may be."""
    rest = iter(values)
    for signs, letter in CONVERSION.findall(form):
        said = (next(rest, 0) for _ in range(signs.count("*")))
        widths = [*map(_number, said), *map(_number, DIGITS.findall(signs))]
        if any(abs(width) > VALUE_BYTES for width in widths):
            return False
        if letter != "%":
            next(rest, None)
    return True


def _number(value: Value) -> float:
    try:
        return float(value or 0)
    except ValueError:
        return 0.0


def _length(value: Value) -> int:
    return len(value) if isinstance(value, (str, bytes)) else len(str(value))
