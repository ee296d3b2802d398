"""The transactions of the writer: sqlite-utils, imported without the libraries that it loads only for type checks."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import Connection

NUMBERS = ("numpy", "pandas")


@contextmanager
def _without_numbers() -> Iterator[None]:
    """Hide numpy and pandas from an import: if they are installed, each run would wait half a second for them."""
    hidden = [name for name in NUMBERS if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: an import of it fails
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


with _without_numbers():
    from sqlite_utils import Database


def transactions(connection: Connection) -> Database:
    """Return what opens transactions: `atomic()` keeps all that is written in it or nothing; it nests as savepoints."""
    return Database(connection, execute_plugins=False)
