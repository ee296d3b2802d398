"""Check what is at a path: nothing there is not an error, but having no permission to look is.

`Path.exists` and the like let some errors out, and which ones depends on the version of Python.
"""

import errno
import re
import stat
from pathlib import Path

from postarchive.errors import UnreadableInput

NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
LONGEST_SHOWN = 200  # characters of a name in an error


def is_folder(path: Path) -> bool:
    """Tell whether there is a folder. Raises UnreadableInput as `is_there`."""
    return is_there(path) and path.is_dir()


def is_there(path: Path) -> bool:
    """Tell whether there is anything; for a link, what it leads to counts.

    Raises UnreadableInput when that cannot be known: a folder is closed to this user, or the name is too long.
    """
    return size_at(path, shown_name(str(path))) is not None


def size_at(path: Path, subject: str) -> int | None:
    """Return the length in bytes of the file there; None when there is nothing. Raises as `is_there`."""
    try:
        return path.stat().st_size
    except OSError as error:
        if error.errno in NOT_THERE:
            return None
        raise UnreadableInput(subject[:LONGEST_SHOWN], f"cannot be accessed: {error.strerror}") from error


def may_be_file(path: Path) -> bool:
    """Tell whether there is a file, or something that this user may not look at: reading it will show which."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError as error:
        return error.errno not in NOT_THERE


def shown_name(name: str) -> str:
    """Return a file's name as text of one line; on disk it may be any bytes, line ends too."""
    text = name.encode(errors="backslashreplace").decode()
    return CONTROLS.sub(lambda found: repr(found[0])[1:-1], text)
