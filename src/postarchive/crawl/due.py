"""When a URL that had a response before is requested again, and why."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from postarchive.record.kinds import LEADING_ON, LISTS
from postarchive.times import SLACK

LONGEST = timedelta(days=90)
DEEP_PASS = timedelta(days=30)
SHORTEST = timedelta(hours=1)  # shorter intervals count as none: a run that is asked for is made
PART_OF_UNCHANGED = 4
AGAIN_IF_MISSING = timedelta(days=7)
AGAIN_IF_MOVED = timedelta(days=30)
AGAIN_IF_REFUSED = timedelta(hours=20)  # a daily run begins a little less than a day after the last response
OK, MOVED, MISSING, BUSY = 200, range(300, 400), (404, 410), (429, *range(500, 600))


@dataclass(frozen=True, slots=True)
class Seen:
    """A URL that had a response before; `kind` is None if that was not a page; `changed` is when it last differed.

    `is_refused`: the latest response could not be read as the page, because of a redesign or a soft error.
    """

    url: str
    status: int
    last_seen: datetime
    kind: str | None = None
    sheet: int = 1
    date: str | None = None
    changed: datetime | None = None
    is_gone: bool = False
    is_refused: bool = False


def due_again(seen: Seen, now: datetime, *, is_full: bool = False, is_start: bool = False) -> str | None:
    """Return why a URL that had a response before is requested again; None when it is not yet due."""
    since = now - seen.last_seen
    if is_full and seen.kind is not None:
        return "every known page, because of --full"
    if is_start or (seen.kind in LISTS and seen.sheet == 1 and not seen.is_gone):
        return "shows what is new"
    if since < -SLACK:
        return "last seen in the future, by a clock that was wrong"
    interval = _interval(seen)
    if interval < SHORTEST:
        return "its latest response could not be read" if seen.is_refused else "new, or changed recently"
    if since >= interval:
        return f"last seen {_days(since)} ago, due after {_days(interval)}"
    return None


def _interval(seen: Seen) -> timedelta:
    """Return how long after a response the URL is left alone."""
    if seen.is_refused:
        return timedelta(0)
    if seen.is_gone:
        return AGAIN_IF_MOVED
    if seen.kind is None:
        return _interval_without_page(seen.status)
    if seen.changed is None:
        return timedelta(0)
    interval = (seen.last_seen - seen.changed) / PART_OF_UNCHANGED
    return min(interval, DEEP_PASS if seen.kind in LEADING_ON else LONGEST)


def _interval_without_page(status: int) -> timedelta:
    if status in MISSING:
        return AGAIN_IF_MISSING
    if status in MOVED:
        return AGAIN_IF_MOVED
    return timedelta(0) if status == OK or status in BUSY else AGAIN_IF_REFUSED


def order(seen: Seen) -> tuple[bool, int, datetime]:
    """Return a sort key for due pages: those that lead to others first, then first sheets, then the longest unseen."""
    return seen.kind not in LEADING_ON, seen.sheet, seen.last_seen


def _days(span: timedelta) -> str:
    days = span / timedelta(days=1)
    return f"{days:.0f} d" if days >= 1 else f"{span / timedelta(hours=1):.1f} h"
