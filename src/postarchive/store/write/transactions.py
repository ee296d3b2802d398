"""The transactions of the writer: sqlite-utils, imported without the libraries that it loads for other purposes."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import LazyLoader, find_spec, module_from_spec
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


def _put_off(package: str, part: str) -> None:
    """Let a part of a package be loaded when it is first used (see LazyLoader); where it is missing, leave it so."""
    name = f"{package}.{part}"
    with suppress(ModuleNotFoundError):
        spec = find_spec(name)
        if name not in sys.modules and spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
            sys.modules[name] = module = module_from_spec(spec)
            spec.loader.exec_module(module)
            setattr(sys.modules[package], part, module)


with _without_numbers():
    _put_off("dateutil", "parser")  # for its command line: a fourth of the import
    from sqlite_utils import Database


def transactions(connection: Connection) -> Database:
    """Return what opens transactions: `atomic()` keeps all that is written in it or nothing; it nests as savepoints."""
    return Database(connection, execute_plugins=False)
