"""The transactions of the writer: sqlite-utils, imported without the libraries that it loads for other purposes."""

import sys
from contextlib import suppress
from importlib.util import LazyLoader, find_spec, module_from_spec
from sqlite3 import Connection

from postarchive.startup import without


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


with without("numpy", "pandas"):  # each run would wait half a second for them
    _put_off("dateutil", "parser")  # for its command line: a fourth of the import
    from sqlite_utils import Database


def transactions(connection: Connection) -> Database:
    """Return what opens transactions: `atomic()` keeps all that is written in it or nothing; it nests as savepoints."""
    return Database(connection, execute_plugins=False)
