"""The log of unattended runs: every line with its time, in a file that the program creates and keeps small."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import typer

from postarchive.errors import ArchiveBusy, ArchiveUnwritable, PostarchiveError

MAX_BYTES = 1 << 20  # of the file; as much again is kept in the previous one, FILE.1
Log = Callable[[str], None]


class LogFile:
    """A log that is written a line at a time; a run continues if it can no longer be written."""

    def __init__(self, path: Path, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Create the file and its folder. Raises ArchiveUnwritable."""
        self._path = path
        self._now = now
        self._is_writable = True
        try:
            if path.exists() and not (path.is_file() or path.is_char_device()):
                raise ArchiveUnwritable(str(path), "is not a regular file; name another file for the log")
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab"):
                pass
        except OSError as error:
            raise ArchiveUnwritable(
                str(path), f"the log cannot be written: {error.strerror or error}; name another file with --log"
            ) from error

    def write(self, text: str) -> None:
        """Append a line, after moving a full file to FILE.1; only the first failure is reported, on stderr."""
        if not self._is_writable:
            return
        line = f"{self._now():%Y-%m-%dT%H:%M:%SZ} {' '.join(text.split())}\n".encode(errors="backslashreplace")
        try:
            if self._path.stat().st_size + len(line) > MAX_BYTES:
                self._path.replace(self._path.with_name(f"{self._path.name}.1"))
            with self._path.open("ab") as out:
                out.write(line)
        except OSError as error:
            self._is_writable = False
            typer.echo(f"postarchive: {self._path}: the log cannot be written: {error.strerror or error}", err=True)


@contextmanager
def logging_to(path: Path | None, *, is_quiet: bool) -> Iterator[Log]:
    """Yield a function that logs, or does nothing if there is no log; an error that ends the run is logged too.

    A quiet run with a log that finds another run at work ends silently with the exit code of ArchiveBusy: the other run
    does the work.
    """
    if path is None:
        yield lambda _: None
        return
    log = LogFile(path)
    try:
        yield log.write
    except ArchiveBusy as error:
        log.write(str(error))
        if not is_quiet:
            raise
        raise typer.Exit(error.exit_code) from error
    except PostarchiveError as error:
        log.write(str(error))
        raise
    except KeyboardInterrupt:
        log.write("interrupted; what was fetched is kept")
        raise
