"""Which state of the archive a database holds, told by a few numbers; a look at the files tells whether it changed."""

import time
from dataclasses import dataclass
from pathlib import Path

from postarchive.looks import is_there
from postarchive.store.files import database_path
from postarchive.store.opened import Opened

LOG = "-wal"  # SQLite's file of what was written last
SETTLED_SECONDS = 0.1  # a file system's clock ticks some hundred times a second: two changes may have one time


@dataclass(frozen=True, slots=True)
class Mark:
    """A state: every row follows from the evidence, so bytes of evidence that have rows tell one from another.

    `file` is which file the database is, for a rebuild makes another one; `ended` is how many runs have ended.
    """

    file: tuple[int, int]
    files: int
    bytes: int
    ended: int


class Pulse:
    """Feels whether an archive has changed."""

    def __init__(self, archive: Path) -> None:
        """Watch this archive."""
        self._archive = archive
        self._seen: tuple[tuple[int, ...], ...] = ()
        self._mark: Mark | None = None

    def mark(self) -> Mark | None:
        """Return the state of now; None while there is none to read. The files alone are looked at if nothing changed.

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
        """Return device, number, length and time of the database and its log; () when there is none."""
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
