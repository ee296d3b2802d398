"""Times as others write them: read without failing, and believed only when they can be true."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)  # before the web: no page was captured then
SLACK: Final = timedelta(days=1)  # by which honest clocks may differ
FIRST: Final = datetime.min.replace(tzinfo=UTC)
LAST: Final = datetime.max.replace(tzinfo=UTC)


def http_date(text: str) -> datetime | None:
    """Return the time of an HTTP date in UTC; None when it is not a valid date."""
    with suppress(ValueError, OverflowError, TypeError, IndexError):  # `email.utils` raises these for some texts
        return in_utc(parsedate_to_datetime(text))
    return None


def in_utc(time: datetime) -> datetime:
    """Return a time in UTC, which is assumed if it names no zone; the calendar's end for one beyond it.

    `Fri, 31 Dec 9999 23:59:59 -2300` is well formed, but in the year 10000.
    """
    if time.tzinfo is None:
        return time.replace(tzinfo=UTC)
    try:
        return time.astimezone(UTC)
    except OverflowError:
        return LAST if time.year == LAST.year else FIRST


def since_epoch(seconds: float) -> datetime:
    """Return a file's time, which may be any number; one beyond the calendar becomes the calendar's end."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return LAST if seconds > 0 else FIRST


def after(time: datetime, span: timedelta) -> datetime:
    """Return the time that much later; the calendar's last moment if that is beyond it."""
    return time + span if span < LAST - time else LAST


def is_believable(time: datetime, *, now: datetime) -> bool:
    """Tell whether something can have happened at a time, seen from `now`: after the web began, not in the future."""
    return EARLIEST <= time <= after(now, SLACK)
