"""A progress line on stderr where a person watches, and silence where cron does."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TypeAlias

from postarchive.models import Outcome

Tell: TypeAlias = Callable[[Counter[Outcome]], None]


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


@contextmanager
def watched(remaining: Remaining, *, is_quiet: bool) -> Iterator[Tell]:
    """Yield what to call after each page; it does nothing unless stderr is a terminal."""
    if is_quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - only where a person watches
    from rich.live import Live  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    started = monotonic()
    # Lines on the same terminal go above the progress; lines into a pipe are none of its business.
    is_shared = sys.stdout.isatty()
    with Live(
        Text("fetching …"),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=is_shared,
        redirect_stderr=False,
    ) as live:
        yield lambda counts: live.update(Text(_line(counts, remaining.count, monotonic() - started)))


def _line(counts: Counter[Outcome], remaining: int | None, seconds: float) -> str:
    total = sum(counts.values())
    parts = ", ".join(f"{outcome} {counts[outcome]}" for outcome in Outcome if counts[outcome])
    left = "" if remaining is None else f", {remaining} to go"
    return f"{total} pages, {total / max(seconds, 0.1) * 60:.0f} a minute{left}: {parts}"
