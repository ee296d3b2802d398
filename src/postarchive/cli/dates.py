"""Dates as people write them: a day, a month, a year, last-year, 30d; and ranges of them."""

import re
from calendar import monthrange
from datetime import date, timedelta

from postarchive.errors import UsageError

DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
AGO = re.compile(r"(\d{1,5})\s*([dwmy])")
RANGE = ".."
DECEMBER, MONTHS_OF_A_YEAR = 12, 12
SPAN = re.compile(r"(\d{1,5})\s*(h|d|w)")
HOURS = {"h": 1, "d": 24, "w": 7 * 24}
ADVICE = "no date; write 2023, 2023-03, 2023-03-29, last-month, this-year or 30d"


def span(text: str) -> timedelta:
    """Return a span of time such as `36h`, `14d` or `2w`. Raises UsageError for anything else."""
    found = SPAN.fullmatch(text.strip().lower())
    if found is None:
        raise UsageError(text, "no span of time; write 36h, 14d or 2w")
    return timedelta(hours=int(found[1]) * HOURS[found[2]])


def first_day(text: str, today: date | None = None) -> str:
    """Return the first day that a text such as `2023`, `2023-03`, `last-year` or `30d` means, in ISO."""
    return _days(text, today or _today())[0].isoformat()


def last_day(text: str, today: date | None = None) -> str:
    """Return the last day that such a text means, in ISO; `30d` is the day so long ago."""
    return _days(text, today or _today())[1].isoformat()


def day_range(text: str, today: date | None = None) -> tuple[str | None, str | None]:
    """Return the first and the last day of a range, in ISO: `2023`, `last-year`, `2021..2023`, `2021..`, `30d`.

    None where it is open. A span such as `30d` reaches up to today. Raises UsageError for what is none.
    """
    now = today or _today()
    if RANGE not in text:
        first, last = _days(text, now)
        return first.isoformat(), (now if AGO.fullmatch(_plain(text)) else last).isoformat()
    start, _, end = (part.strip() for part in text.partition(RANGE))
    if not start and not end:
        raise UsageError(text, "a range without an end; write 2021..2023, 2021.. or ..2023")
    first_text = _days(start, now)[0].isoformat() if start else None
    last_text = _days(end, now)[1].isoformat() if end else None
    if first_text and last_text and first_text > last_text:
        raise UsageError(text, "ends before it begins; write the earlier date first")
    return first_text, last_text


def _today() -> date:
    return date.today()  # noqa: DTZ011 - the day of the person who asks


def _plain(text: str) -> str:
    return text.strip().lower().replace("_", "-").replace(" ", "-")


def _days(text: str, today: date) -> tuple[date, date]:
    """Return first and last day of what a text means. Raises UsageError for what is no date of the calendar."""
    plain = _plain(text)
    try:
        return _named(plain, today) or _ago(plain, today) or _printed(plain)
    except (ValueError, OverflowError) as error:
        raise UsageError(text, ADVICE) from error


def _named(plain: str, today: date) -> tuple[date, date] | None:
    """Return the days of `today`, `last-week` and their like; a week begins on Monday."""
    monday = today - timedelta(days=today.weekday())
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    day = timedelta(days=1)
    periods = {
        "today": lambda: (today, today),
        "yesterday": lambda: (today - day, today - day),
        "this-week": lambda: (monday, monday + 6 * day),
        "last-week": lambda: (monday - 7 * day, monday - day),
        "this-month": lambda: _month(month),
        "last-month": lambda: _month(month - day),
        "this-year": lambda: (year, year.replace(month=DECEMBER, day=31)),
        "last-year": lambda: (year.replace(year=year.year - 1), year - day),
    }
    return periods[plain]() if plain in periods else None


def _month(within: date) -> tuple[date, date]:
    return within.replace(day=1), within.replace(day=monthrange(within.year, within.month)[1])


def _ago(plain: str, today: date) -> tuple[date, date] | None:
    """Return the day `30d`, `2w`, `6m` or `1y` ago, twice."""
    found = AGO.fullmatch(plain)
    if found is None:
        return None
    count = int(found[1])
    if found[2] in "dw":
        day = today - timedelta(days=count * (7 if found[2] == "w" else 1))
    else:
        months = today.year * MONTHS_OF_A_YEAR + today.month - 1 - count * (1 if found[2] == "m" else MONTHS_OF_A_YEAR)
        first = date(months // MONTHS_OF_A_YEAR, months % MONTHS_OF_A_YEAR + 1, 1)
        day = first.replace(day=min(today.day, monthrange(first.year, first.month)[1]))
    return day, day


def _printed(plain: str) -> tuple[date, date]:
    """Return first and last day of `2023`, `2023-03` or `2023-03-29`. Raises ValueError for what is none."""
    found = DATE.fullmatch(plain)
    if found is None:
        raise ValueError(plain)
    year, month, day = found.groups()
    if month is None:
        return date(int(year), 1, 1), date(int(year), DECEMBER, 31)
    if day is None:
        return _month(date(int(year), int(month), 1))
    return (single := date(int(year), int(month), int(day))), single
