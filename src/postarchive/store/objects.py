"""The tables, indexes and triggers of a database, whose SQL must match this program's own to the letter.

A stranger's trigger could rewrite rows whenever a run writes; a view in place of a table could show anything.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from postarchive.schema import TABLES

Row: TypeAlias = tuple[str, str, str, str | None]  # type, name, the table it belongs to, SQL (None: SQLite's own index)
OBJECTS = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name"


@dataclass(frozen=True, slots=True)
class ForeignObject:
    """A table, index, view or trigger that is missing, not ours, or not as this program makes it."""

    name: str
    problem: str


@cache
def own_objects() -> tuple[Row, ...]:
    """Return what a new database of this program contains, as made by this machine's SQLite."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(TABLES)
        return objects(connection)


def objects(connection: sqlite3.Connection) -> tuple[Row, ...]:
    """Return what a database contains."""
    return tuple(tuple(row) for row in connection.execute(OBJECTS))


def foreign_objects(connection: sqlite3.Connection) -> Iterator[ForeignObject]:
    """Yield whatever differs from what this program makes, in order of names."""
    own, found = Counter(own_objects()), Counter(objects(connection))
    strange, lacking = found - own, own - found
    known = {(row[0], row[1]) for row in lacking}
    for kind, name, _, _ in sorted(strange, key=repr):
        is_altered = (kind, name) in known
        problem = "not as this program makes it" if is_altered else "not of this program"
        yield ForeignObject(str(name), f"the {kind} is {problem}")
    for kind, name, _, _ in sorted(lacking, key=repr):
        if (kind, name) not in {(row[0], row[1]) for row in strange}:
            yield ForeignObject(name, f"the {kind} is missing")
