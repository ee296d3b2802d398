"""A progress line on stderr for a person who is watching, and silence for cron."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TextIO

from postarchive.cli.common import counted, whole_width
from postarchive.cli.terminal import unguarded_stream
from postarchive.export.plain import printable, width_of
from postarchive.models import Outcome

BETWEEN_SECONDS = 0.1  # a line and the next one that replaces it


class Remaining:
    """How many pages a run still has to request, None before it knows; and how many it left for the next."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.count: int | None = None
        self.left = 0

    def update(self, count: int) -> None:
        """Note how many pages remain; called by the run."""
        self.count = count

    def leave(self, count: int) -> None:
        """Note how many are left for the next run, because this one's budget is spent."""
        self.left = count


class StatusLine:
    """A line on a terminal that is rewritten again and again, and removed while others are written."""

    def __init__(self, out: TextIO | None) -> None:
        """Write to `out`; None means nowhere."""
        self._out = out
        self._columns = 0
        self._shown = 0.0

    @property
    def is_seen(self) -> bool:
        """Tell whether anyone sees it: if not, the text need not be made."""
        return self._out is not None

    def show(self, text: str) -> None:
        """Write the line, cut to the terminal's width, over what is there."""
        now = monotonic()
        if self._out is None or (self._columns and now - self._shown < BETWEEN_SECONDS):
            return
        self.erase()
        shown = printable(text)[: whole_width() - 1]  # some terminals wrap after the last column
        self._columns, self._shown = width_of(shown), now
        self._out.write(shown)
        self._out.flush()

    def erase(self) -> None:
        """Remove the line, to make room for another."""
        if self._out is not None and self._columns:
            self._out.write(f"\r{' ' * self._columns}\r")
            self._out.flush()
            self._columns = 0
        self._shown = 0.0


@contextmanager
def watched(text: str, *, is_quiet: bool) -> Iterator[StatusLine]:
    """Yield a status line that first shows `text`, only if stderr is a terminal; it is erased at the end."""
    is_seen = not is_quiet and sys.stderr.isatty()
    line = StatusLine(unguarded_stream(sys.stderr) if is_seen else None)
    line.show(text)
    try:
        yield line
    finally:
        line.erase()


def progress_text(counts: Counter[Outcome], remaining: int | None, seconds: float) -> str:
    """Return how far a run has come: pages, speed, how many are known to be left, and the outcomes."""
    total = sum(counts.values())
    parts = ", ".join(f"{outcome} {counts[outcome]}" for outcome in Outcome if counts[outcome])
    left = "" if remaining is None else f", {remaining} to go"
    return f"{counted(total, 'page')}, {total / max(seconds, 0.1) * 60:.0f} a minute{left}: {parts}"
