"""An unforeseen error costs only the event that caused it, never the archive, and is reported with its place."""

import re
import sqlite3
from typing import Final

from postarchive.errors import DamagedRecord, PostarchiveError, UnknownRecord

LONGEST: Final = 300  # characters of a message
ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]+")  # of an object in memory: different each time
REFUSED_ROWS: Final = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError)


def is_unforeseen(error: Exception) -> bool:
    """Tell whether an error concerns a single event.

    Errors of disk, memory and database concern the archive and stop the run. Evidence that is damaged elsewhere, or
    missing, costs the event that needs it: else one flipped bit would stop every later run.
    """
    if isinstance(error, sqlite3.Error):
        return isinstance(error, REFUSED_ROWS)
    is_archives = isinstance(error, (PostarchiveError, OSError, MemoryError))
    return not is_archives or isinstance(error, (DamagedRecord, UnknownRecord))


def described(error: Exception, place: str) -> str:
    """Return an error and its place as one line, always the same, so that a rebuilt database equals the stored one."""
    if isinstance(error, PostarchiveError):
        problem = error.problem if error.subject == place else str(error)
        return plain(f"{place}: {problem}; its bytes are kept, but have no rows")
    problem = ADDRESS.sub("0x…", f"{type(error).__name__}: {error}")
    return plain(f"{place}: {' '.join(problem.split())[:LONGEST]}; its bytes are kept, please report it")


def plain(text: str) -> str:
    """Return text that a database can hold: a lone surrogate is replaced by its number."""
    return text.encode(errors="backslashreplace").decode()
