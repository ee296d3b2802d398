"""What nobody thought of costs the one event that brought it, and is reported with its place; never the archive."""

import re
import sqlite3
from typing import Final

from postarchive.errors import DamagedRecord, PostarchiveError, UnknownRecord

LONGEST: Final = 300  # characters of a message
ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]+")  # of an object in memory: another one next time
REFUSED_ROWS: Final = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError)


def is_surprise(error: Exception) -> bool:
    """Tell whether an error is about one event alone.

    The disk, memory and the database are about the archive: these stop it. Evidence that is damaged elsewhere, or
    missing, costs the event that needs it: else one flipped bit would stop every run to come.
    """
    if isinstance(error, sqlite3.Error):
        return isinstance(error, REFUSED_ROWS)
    is_archives = isinstance(error, (PostarchiveError, OSError, MemoryError))
    return not is_archives or isinstance(error, (DamagedRecord, UnknownRecord))


def described(error: Exception, place: str) -> str:
    """Return an error and its place as one line, the same each time: a rebuilt database equals the stored one."""
    if isinstance(error, PostarchiveError):
        problem = error.problem if error.subject == place else str(error)
        return plain(f"{place}: {problem}; its bytes are kept, but have no rows")
    problem = ADDRESS.sub("0x…", f"{type(error).__name__}: {error}")
    return plain(f"{place}: {' '.join(problem.split())[:LONGEST]}; its bytes are kept, please report it")


def plain(text: str) -> str:
    """Return text as a database takes it: a lone surrogate stands there as its number."""
    return text.encode(errors="backslashreplace").decode()
