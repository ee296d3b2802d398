"""Limit what a stranger's SQL may use: memory, time within a single SQLite step, and the size of its result.

`--sql` and `serve` share it. SQLite limits the length of a value, the columns of a row, and its heap, which is the only
limit over many values at once and holds for the whole process. This module counts what SQLite returns, and refuses
calls that could run for hours in a single step, during which no clock is checked.
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

Value: TypeAlias = str | int | float | bytes | None  # the types that SQLite has
Function: TypeAlias = Callable[..., Value]

MEBIBYTE = 2**20
HEAP_BYTES = 64 * MEBIBYTE  # of all SQLite holds in this process
VALUE_BYTES = 16 * MEBIBYTE  # no page has more
MAX_COLUMNS = 100
STEPS = 100  # of SQLite's machine between two checks of the clock: one step can fill a whole value
WORDS = 1_000  # characters of a person's search that our functions accept
LIMITS = (
    (sqlite3.SQLITE_LIMIT_LENGTH, VALUE_BYTES),
    (sqlite3.SQLITE_LIMIT_COLUMN, MAX_COLUMNS),
    (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
    (sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0),
)
MAX_COMPARED = 2**29  # pairs of letters; the slowest, LIKE, takes about 3 ns each
# Functions whose time is the product of their first two lengths, in one step; not every SQLite has them all.
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
    """The result is larger than the caller allows."""


@dataclass(frozen=True, slots=True)
class ResultLimit:
    """How large a result may become: rows, and total bytes of its texts and blobs."""

    rows: int
    bytes: int


class Refusals:
    """What one of our SQL functions refused; SQLite itself reports only that one failed."""

    def __init__(self) -> None:
        """Begin with nothing refused."""
        self.latest: str | None = None

    def noting(self, function: Function) -> Function:
        """Return the function, made to record any UsageError that it raises."""

        def noted(*values: Value) -> Value:
            try:
                return function(*values)
            except UsageError as error:
                self.latest = str(error)
                raise

        return noted


def bound(
    connection: sqlite3.Connection,
    bounds: ResultLimit,
    *,
    functions: Mapping[str, Function] = MappingProxyType({}),
    is_over: Callable[[], object],
) -> Refusals:
    """Limit what statements on a connection use from now on, and add functions of one argument; rows come as before.

    A statement then ends with MemoryError, with sqlite3.DataError for a value that is too long, or with TooMuch. SQLite
    does not check the clock inside the functions, so they interrupt the connection when `is_over` is true.
    """
    refusals = Refusals()
    connection.execute(f"PRAGMA hard_heap_limit = {HEAP_BYTES}")
    for limit, value in LIMITS:
        connection.setlimit(limit, value)
    for name, arguments, function in (*_Guard().functions(), *((name, 1, own) for name, own in functions.items())):
        timed = _timed(function, is_over, connection.interrupt)
        connection.create_function(name, arguments, refusals.noting(timed), deterministic=True)
    meter = _Meter(bounds, connection.row_factory, connection.text_factory)
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
    """Return a person's words. Raises UsageError when there are more than anybody types."""
    if len(text) > WORDS:
        raise UsageError("", f"{len(text):,} characters are too many to search for; the limit is {WORDS:,}")
    return text


class _Meter:
    """Counts the rows and bytes of a cursor's result, and each text as it is read, before its row is complete."""

    def __init__(
        self, bounds: ResultLimit, make_row: Callable[..., object] | None, make_text: Callable[[bytes], object] | type
    ) -> None:
        self._bounds = bounds
        self._make_row = make_row or (lambda _cursor, values: values)
        self._make_text = make_text if make_text is not str else _text
        self._cursor: Callable[[], object] = lambda: None
        self._rows = self._bytes = self._texts = 0

    def text(self, data: bytes) -> object:
        """Count a text that SQLite returns, and return it."""
        self._texts += len(data)
        if self._texts > self._bounds.bytes:
            self._texts = 0
            raise self._too_much()
        return self._make_text(data)

    def row(self, cursor: sqlite3.Cursor, values: tuple[Value, ...]) -> object:
        """Count a row that SQLite returns, and return it."""
        if self._cursor() is not cursor:
            self._cursor, self._rows, self._bytes = ref(cursor), 0, 0
        self._rows += 1
        self._bytes += self._texts + sum(len(value) for value in values if isinstance(value, bytes))
        self._texts = 0
        if self._rows > self._bounds.rows or self._bytes > self._bounds.bytes:
            raise self._too_much()
        return self._make_row(cursor, values)

    def _too_much(self) -> TooMuch:
        size = f"{self._bounds.rows:,} rows or {self._bounds.bytes // MEBIBYTE} MiB"
        return TooMuch("", f"answers with more than {size}; narrow it with WHERE or LIMIT")


def _text(data: bytes) -> str:
    """Decode a text from SQLite, which may be any bytes: CAST can make one from a blob."""
    return data.decode(errors="backslashreplace")


class _Guard:
    """Calls SQLite's own function, on a separate connection, if the call can be done in a moment."""

    def __init__(self) -> None:
        self._inner = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        finalize(self, self._inner.close)  # closing the bounded connection frees its functions
        self._inner.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, VALUE_BYTES)

    def functions(self) -> Iterator[tuple[str, int, Function]]:
        """Yield the name, number of arguments and function of each guarded function."""
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
        """Return the function's value, unless both texts are long: it compares every letter with every other."""
        if _length(values[0]) * _length(values[1]) > MAX_COMPARED:
            raise UsageError("", "compares two long texts letter by letter; take a part of them with substr()")
        return self._ask(sql, values)

    def _printed(self, name: str, *values: Value) -> Value:
        """Return the formatted text, unless a width in the format is unreasonable: SQLite would fill all of it."""
        if values and not _is_narrow(str(values[0]), values[1:]):
            raise UsageError("", TOO_LONG)
        return self._ask(f"SELECT {name}({', '.join('?' * len(values))})", values)

    def _ask(self, sql: str, values: tuple[Value, ...]) -> Value:
        found: Value = self._inner.execute(sql, values).fetchone()[0]
        if sum(map(_length, values)) > MEBIBYTE:
            self._inner.execute(sql, ("",) * len(values))  # the cached statement would keep its last values
        return found


def _is_narrow(form: str, values: tuple[Value, ...]) -> bool:
    """Tell whether no width or precision in a format, including those given as values, exceeds the longest value."""
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
