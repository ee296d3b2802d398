"""The folders of the copies: each is locked while its server lives, and those that killed servers left are removed.

The kernel holds the lock: it ends with the process, however that ends.
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
    """Yield a new folder in the system's temporary folder ($TMPDIR), after removing those that killed servers left.

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
    """Hold the lock of a folder; its file gets its name once locked, so nobody takes a new folder for one left behind.

    If the file system has no locks, the folder has none, and only its own server removes it.
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
