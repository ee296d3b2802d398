"""Look whether something stands at a path: nothing there is no error, but a look that is refused is one.

`Path.exists` and the like let some errors out, and which ones depends on the version of Python.
"""

import errno
import stat
from pathlib import Path

from postarchive.errors import UnreadableInput

NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
LONGEST_SHOWN = 200  # characters of a name in an error


def is_folder(path: Path) -> bool:
    """Tell whether a folder stands there. Raises UnreadableInput as `is_there`."""
    return is_there(path) and path.is_dir()


def is_there(path: Path) -> bool:
    """Tell whether anything stands there; what a link leads to counts.

    Raises UnreadableInput when nobody can tell: the way to it is closed to this user, or the name is too long.
    """
    return size_at(path, shown_name(str(path))) is not None


def size_at(path: Path, subject: str) -> int | None:
    """Return the length of the file that stands there, in bytes; None when nothing does. Raises as `is_there`."""
    try:
        return path.stat().st_size
    except OSError as error:
        if error.errno in NOT_THERE:
            return None
        raise UnreadableInput(subject[:LONGEST_SHOWN], f"cannot be looked at: {error.strerror}") from error


def may_be_file(path: Path) -> bool:
    """Tell whether a file stands there, or something that this user may not look at: to read it tells that."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError as error:
        return error.errno not in NOT_THERE


def shown_name(name: str) -> str:
    """Return a file's name as text; on the disk it may be any bytes."""
    return name.encode(errors="backslashreplace").decode()
