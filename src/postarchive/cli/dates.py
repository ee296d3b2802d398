"""Dates as people write them: a day, a month, a year."""

import re
from calendar import monthrange
from datetime import timedelta

from postarchive.errors import UsageError

DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
DECEMBER = 12
SPAN = re.compile(r"(\d{1,5})\s*(h|d|w)")
HOURS = {"h": 1, "d": 24, "w": 7 * 24}


def span(text: str) -> timedelta:
    """Return a span of time such as `36h`, `14d` or `2w`. Raises UsageError for anything else."""
    found = SPAN.fullmatch(text.strip().lower())
    if found is None:
        raise UsageError(text, "no span of time; write 36h, 14d or 2w")
    return timedelta(hours=int(found[1]) * HOURS[found[2]])


def first_day(text: str) -> str:
    """Return the first day that a text such as `2023`, `2023-03` or `2023-03-29` means, in ISO."""
    year, month, day = _parts(text)
    return f"{year:04}-{month or 1:02}-{day or 1:02}"


def last_day(text: str) -> str:
    """Return the last day that a text such as `2023`, `2023-03` or `2023-03-29` means, in ISO."""
    year, month, day = _parts(text)
    month = month or DECEMBER
    return f"{year:04}-{month:02}-{day or monthrange(year, month)[1]:02}"


def _parts(text: str) -> tuple[int, int, int]:
    """Return year, month and day; 0 for what is not said. Raises UsageError for what is no date of the calendar."""
    found = DATE.fullmatch(text.strip())
    year, month, day = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    is_said_as_zero = found is not None and any(part is not None and not int(part) for part in found.groups())
    is_real = year > 0 and month <= DECEMBER and (not day or day <= monthrange(year, month)[1])
    if is_said_as_zero or not is_real:
        raise UsageError(text, "no date; write 2023, 2023-03 or 2023-03-29")
    return year, month, day
