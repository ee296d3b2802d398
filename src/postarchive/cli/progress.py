"""A progress line on stderr where a person watches, and silence where cron does."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from postarchive.models import Outcome

Tell = Callable[[Counter[Outcome]], None]


@contextmanager
def watched(*, is_quiet: bool) -> Iterator[Tell]:
    """Yield what to call after each page; it does nothing unless stderr is a terminal that shows no lines already."""
    if is_quiet or not sys.stderr.isatty() or sys.stdout.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - only where a person watches

    started = monotonic()
    with Console(stderr=True).status("fetching …") as status:
        yield lambda counts: status.update(_line(counts, monotonic() - started))


def _line(counts: Counter[Outcome], seconds: float) -> str:
    total = sum(counts.values())
    parts = ", ".join(f"{outcome} {counts[outcome]}" for outcome in Outcome if counts[outcome])
    return f"{total} pages, {total / max(seconds, 0.1) * 60:.0f} a minute: {parts}"
