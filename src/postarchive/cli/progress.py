"""A progress line on stderr where a person watches, and silence where cron does."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TextIO

from postarchive.cli.common import counted, whole_width
from postarchive.cli.terminal import behind
from postarchive.export.plain import printable, width_of
from postarchive.models import Outcome

BETWEEN_SECONDS = 0.1  # of a line that stands and the next one over it


class Remaining:
    """How many pages a run still has to ask, as far as it knows, None before it knows; and how many it left."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.count: int | None = None
        self.left = 0

    def tell(self, count: int) -> None:
        """Be told by the run."""
        self.count = count

    def leave(self, count: int) -> None:
        """Be told how many wait for the next run, for the budget of this one is spent."""
        self.left = count


class StatusLine:
    """A line on a terminal that is written again and again, and is not there while others are written."""

    def __init__(self, out: TextIO | None) -> None:
        """Write there; None is nowhere."""
        self._out = out
        self._columns = 0
        self._shown = 0.0

    @property
    def is_seen(self) -> bool:
        """Tell whether anybody sees it: what nobody sees need not be made."""
        return self._out is not None

    def show(self, text: str) -> None:
        """Write the line, as much as the terminal takes of it, over what stands there."""
        now = monotonic()
        if self._out is None or (self._columns and now - self._shown < BETWEEN_SECONDS):
            return
        self.erase()
        shown = printable(text)[: whole_width() - 1]  # in the last column some terminals begin the next line
        self._columns, self._shown = width_of(shown), now
        self._out.write(shown)
        self._out.flush()

    def erase(self) -> None:
        """Leave nothing of it, for another line to stand there."""
        if self._out is not None and self._columns:
            self._out.write(f"\r{' ' * self._columns}\r")
            self._out.flush()
            self._columns = 0
        self._shown = 0.0


@contextmanager
def watched(text: str, *, is_quiet: bool) -> Iterator[StatusLine]:
    """Yield a line that shows the text and what comes after; nowhere unless stderr is a terminal, gone in the end."""
    is_seen = not is_quiet and sys.stderr.isatty()
    line = StatusLine(behind(sys.stderr) if is_seen else None)
    line.show(text)
    try:
        yield line
    finally:
        line.erase()


def progress_text(counts: Counter[Outcome], remaining: int | None, seconds: float) -> str:
    """Return how far a run is: how many pages, how fast, how many are known to be left, and what became of them."""
    total = sum(counts.values())
    parts = ", ".join(f"{outcome} {counts[outcome]}" for outcome in Outcome if counts[outcome])
    left = "" if remaining is None else f", {remaining} to go"
    return f"{counted(total, 'page')}, {total / max(seconds, 0.1) * 60:.0f} a minute{left}: {parts}"
