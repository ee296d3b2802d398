"""Identify the state of an archive by a few numbers, and notice from the files alone whether it changed."""

import time
from dataclasses import dataclass
from pathlib import Path

from postarchive.looks import is_there
from postarchive.store.files import database_path
from postarchive.store.opened import Opened

LOG = "-wal"  # SQLite's file of what was written last
SETTLED_SECONDS = 0.1  # a file system's clock ticks about a hundred times a second: two changes may have the same time


@dataclass(frozen=True, slots=True)
class Mark:
    """A state: every row follows from the evidence, so the bytes of evidence that have rows identify it.

    `file` identifies the database file, because a rebuild makes another one; `ended` is how many runs have ended.
    """

    file: tuple[int, int]
    files: int
    bytes: int
    ended: int


class Pulse:
    """Notices when an archive has changed."""

    def __init__(self, archive: Path) -> None:
        """Watch this archive."""
        self._archive = archive
        self._seen: tuple[tuple[int, ...], ...] = ()
        self._mark: Mark | None = None

    def mark(self) -> Mark | None:
        """Return the current state; None while there is none to read. If nothing changed, only the files are checked.

        Raises UnreadableInput when the database cannot be read.
        """
        seen = self._files()
        if not seen:
            return None
        if self._mark is None or seen != self._seen:
            with _Marks(self._archive) as marks:
                self._mark = marks.mark(seen[0][:2])
            is_settled = time.time() - max(file[-1] for file in seen) / 1e9 > SETTLED_SECONDS
            self._seen = seen if is_settled else ()
        return self._mark

    def _files(self) -> tuple[tuple[int, ...], ...]:
        """Return device, inode, length and time of the database and its log; () if there is no database."""
        path = database_path(self._archive)
        found = []
        for name in (path, path.with_name(path.name + LOG)):
            try:
                status = name.stat()
            except OSError:
                continue
            if status.st_size or name == path:  # a reader leaves an empty log
                found.append((status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns))
        return tuple(found) if is_there(path) else ()


class _Marks(Opened):
    may_lag = True

    def mark(self, file: tuple[int, ...]) -> Mark:
        """Return the state of the database."""
        row = self._one(
            "SELECT count(*), total(ingested_bytes), (SELECT count(*) FROM runs WHERE ended IS NOT NULL) FROM files"
        )
        files, length, ended = row or (0, 0, 0)
        return Mark((file[0], file[1]), files, int(length), ended)
