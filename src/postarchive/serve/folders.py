"""The folders of the copies: each is locked as long as its server lives, and what a killed one left is removed.

The lock is the kernel's: it ends with the process, however that ends.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TextIO

from postarchive.errors import ArchiveUnwritable

PREFIX = "postarchive-serve-"
LOCK, UNLOCKED = "in-use", "about-to-be-in-use"


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Yield a new folder where the system keeps what is temporary ($TMPDIR); those that killed servers left go.

    Raises ArchiveUnwritable.
    """
    with ExitStack() as stack:
        try:
            remove_left_behind(Path(tempfile.gettempdir()))
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=PREFIX)))
            stack.enter_context(_locked(folder))
        except OSError as error:
            raise no_room(Path(tempfile.gettempdir()), error.strerror or str(error)) from error
        yield folder


def remove_left_behind(parent: Path) -> None:
    """Remove the folders of servers that were killed: those of this user whose lock nobody holds."""
    with suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX) and entry.is_dir(follow_symlinks=False):
                with suppress(OSError):
                    _remove_if_left(Path(entry.path))


def no_room(folder: Path, problem: str) -> ArchiveUnwritable:
    """Return the error for a folder that cannot hold a copy."""
    return ArchiveUnwritable(
        str(folder), f"the copy to serve cannot be made: {problem}; free some space or name another folder in TMPDIR"
    )


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder, which gets its name when it is held: nobody takes a new folder for one that was left.

    Where the file system knows no locks it gets none, and nobody but its server removes the folder.
    """
    with (folder / UNLOCKED).open("w") as file:
        with suppress(OSError):
            _take(file)
            (folder / UNLOCKED).rename(folder / LOCK)
        yield


def _remove_if_left(folder: Path) -> None:
    """Remove a folder. Raises OSError when its lock is held, when it has none, or when it is another user's."""
    with (folder / LOCK).open("r+") as file:
        _take(file)
        if folder.stat().st_uid == os.getuid():
            shutil.rmtree(folder)


def _take(lock: TextIO) -> None:
    """Take a lock that nobody holds. Raises OSError when somebody does."""
    fcntl.flock(lock.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
