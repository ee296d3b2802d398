"""Dates as people write them: a day, a month, a year, last-year, 30d; and ranges of them."""

import re
import unicodedata
from calendar import month_name, monthrange
from datetime import date, timedelta

from postarchive.errors import UsageError
from postarchive.startup import late

DATE = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?", re.ASCII)
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
YEAR_LAST = late(r"(?:(\d{1,2})[-/.])?(\d{1,2})[-/.](\d{4})", re.ASCII)  # 29/3/2023, 3/2023
CHINESE = late(r"(\d{4})-?年(?:-?(\d{1,2})-?月(?:-?(\d{1,2})-?[日号])?)?", re.ASCII)
NAMES = [month_name[number].lower() for number in range(1, 13)]
MONTHS = {name[:3]: number for number, name in enumerate(NAMES, 1)}
_MONTH = f"(?P<month>{'|'.join([*NAMES, 'sept', *MONTHS])})\\.?"
_DAY, _YEAR = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?", r"(?P<year>\d{4})"
WITH_A_NAME = tuple(
    late(form, re.ASCII)
    for form in (
        rf"{_MONTH}[-,]*{_YEAR}",
        rf"{_DAY}[-.]*(?:of-)?{_MONTH}[-,]*{_YEAR}",
        rf"{_MONTH}-?{_DAY},?-{_YEAR}",
        rf"{_YEAR}-{_MONTH}(?:-{_DAY})?",
    )
)
AGO = late(r"(\d{1,5})\s*([dwmy])")
# 2021..2023, 2021-2023 (years only: 2021-05 is a month), March 2021 to May 2021, 2021/5 - 2021/8
RANGE = late(r"(.*?)\s*\.\.\s*(.*)|(\d{4})[-–—](\d{4})|(.*\S)\s+(?:to|until|-|–|—|至|到)\s+(\S.*)", re.IGNORECASE)
DECEMBER, MONTHS_OF_A_YEAR = 12, 12
SPAN = re.compile(r"(\d{1,5})\s*(h|d|w)")
HOURS = {"h": 1, "d": 24, "w": 7 * 24}
ADVICE = "is not a date; write 2023, 2023-03, 2023-03-29, March 2023, 29 March 2023, last-month or 30d"


def span(text: str) -> timedelta:
    """Return a span of time such as `36h`, `14d` or `2w`. Raises UsageError for anything else."""
    found = SPAN.fullmatch(text.strip().lower())
    if found is None:
        raise UsageError(text, "is not a span of time; write 36h, 14d or 2w")
    return timedelta(hours=int(found[1]) * HOURS[found[2]])


def first_day(text: str, today: date | None = None) -> str:
    """Return the first day that a text such as `2023`, `2023-03`, `last-year` or `30d` means, in ISO."""
    return _days(text, today or _today())[0].isoformat()


def last_day(text: str, today: date | None = None) -> str:
    """Return the last day that such a text means, in ISO; `30d` is the day 30 days ago."""
    return _days(text, today or _today())[1].isoformat()


def day_range(text: str, today: date | None = None) -> tuple[str | None, str | None]:
    """Return first and last day of a range, in ISO: `2023`, `2021..2023`, `2021-2023`, `March 2021 to May 2021`.

    None at an open end. A span such as `30d` reaches up to today. Raises UsageError if it is not a range, or is empty.
    """
    now = today or _today()
    found = RANGE.fullmatch(normal(text))
    if found is None:
        first, last = _days(text, now)
        return first.isoformat(), (now if AGO.fullmatch(_plain(text)) else last).isoformat()
    start, end = (part.strip() for part in found.groups() if part is not None)
    if not start and not end:
        raise UsageError(text, "is a range without dates; write 2021..2023, 2021.. or ..2023")
    first_text = _days(start, now)[0].isoformat() if start else None
    last_text = _days(end, now)[1].isoformat() if end else None
    return check_range(text, first_text, last_text)


def check_range(subject: str, first: str | None, last: str | None) -> tuple[str | None, str | None]:
    """Return the two days, in ISO. Raises UsageError when the first is after the last."""
    if first and last and first > last:
        raise UsageError(subject, f"contains no day: {first} comes after {last}; write the earlier date first")
    return first, last


def normal(text: str) -> str:
    """Return a text with plain digits and signs instead of wide ones, and single blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _today() -> date:
    return date.today()  # noqa: DTZ011 - the day of the person who asks


def _plain(text: str) -> str:
    return normal(text).lower().replace("_", "-").replace(" ", "-")


def _days(text: str, today: date) -> tuple[date, date]:
    """Return first and last day of what a text means. Raises UsageError if it is not a date, or could mean two."""
    plain = _plain(text)
    try:
        return _named(plain, today) or _ago(plain, today) or _written(plain) or _in_figures(plain, text)
    except (ValueError, OverflowError) as error:
        raise UsageError(text, ADVICE) from error


def _named(plain: str, today: date) -> tuple[date, date] | None:
    """Return the days of `today`, `last-week` and the like; a week begins on Monday."""
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


def _written(plain: str) -> tuple[date, date] | None:
    """Return the days of `march-2023`, `29-march-2023`, `march-29,-2023` or `2023年3月29日`; None for other forms."""
    if found := CHINESE.fullmatch(plain):
        return _of(*found.groups())
    for form in WITH_A_NAME:
        if found := form.fullmatch(plain):
            return _of(found["year"], str(MONTHS[found["month"][:3]]), found.groupdict().get("day"))
    return None


def _in_figures(plain: str, text: str) -> tuple[date, date]:
    """Return the days of `2023-03-29`, `2023/3`, `20230329`, `3/2023` or `29.3.2023`. Raises ValueError for others."""
    if found := DATE.fullmatch(plain) or COMPACT.fullmatch(plain):
        return _of(*found.groups())
    found = YEAR_LAST.fullmatch(plain)
    if found is None:
        raise ValueError(plain)
    one, other, year = found.groups()
    if one is None:
        return _of(year, other, None)
    if one != other and max(int(one), int(other)) <= DECEMBER:
        readings = " or ".join(_of(year, *pair)[0].isoformat() for pair in ((other, one), (one, other)))
        raise UsageError(text, f"could be {readings}; write one of the two")
    return _of(year, other, one) if int(other) <= DECEMBER else _of(year, one, other)


def _of(year: str, month: str | None, day: str | None) -> tuple[date, date]:
    if month is None:
        return date(int(year), 1, 1), date(int(year), DECEMBER, 31)
    if day is None:
        return _month(date(int(year), int(month), 1))
    return (single := date(int(year), int(month), int(day))), single
