"""Dates as the site prints them in fields: 2023-03-29."""

import re
from datetime import date

ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")


def iso_date(text: str) -> str | None:
    """Return a date of the form 2023-3-29 as ISO; None when it is none, or no day of the calendar."""
    found = ISO_DATE.match(text.strip())
    return checked_date(*found.groups()) if found else None


def checked_date(year: str | int, month: str | int, day: str | int) -> str | None:
    """Return the ISO form of a day; None when the calendar has no such day."""
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
