"""Dates as the site prints them: 2023-03-29 nearly always, March 29, 2023 and 2023年3月29日 too (SITE.md §10.4)."""

import re
from datetime import date
from functools import lru_cache

ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
AROUND = " []【】()（）"  # what an editor puts around a date
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|"
    r"Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
)
BETWEEN = r"[-/.\u2010-\u2014\u2212－／．]"
WEEKDAY = r"(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?[.,]{0,2}\s+)?"
DATE = re.compile(
    # 2023-03-29   2023/3/9   2021年11月12日 星期五   March 29, 2023   29 March 2023; a time may follow; `2017-31` is a
    # serial number
    r"(?=(?i:[\dadfjmnostw]))"  # the first letters of all that follows: where none is, nothing else is tried
    rf"(?<!\d)(?:(?P<y>\d{{4}})\s?{BETWEEN}\s?(?P<m>\d{{1,2}})\s?{BETWEEN}\s?(?P<d>\d{{1,2}})(?!\d)"
    r"|(?P<cy>\d{4})\s*年\s*(?P<cm>\d{1,2})\s*月\s*(?P<cd>\d{1,2})(?:\s*[日号]|(?!\w))"
    rf"|(?i:{WEEKDAY}(?P<em>{MONTH}))\.?\s*(?P<ed>\d{{1,2}})(?:st|nd|rd|th)?(?:\s*,\s*|\s)(?P<ey>\d{{4}})(?!\d)"
    rf"|(?i:{WEEKDAY})(?P<dd>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?i:(?P<dm>{MONTH}))\.?,?\s+(?P<dy>\d{{4}})(?!\d))"
    r"(?:\s*[(（]?星期[一二三四五六日天]?[)）]?)?"
    r"(?:\s*T?\d{1,2}[:：]\d{2}(?:[:：]\d{2}(?:\.\d{1,6})?)?(?:\s?[AaPp][Mm])?(?:Z|\s?[+-]\d{2}:?\d{2}|\s?(?:GMT|UTC|CST)\b(?:[+-]\d{1,2})?)?"
    r"|\s*\d{1,2}[时時点點](?:\d{1,2}分)?)?"
)
# 2023-03-29 to 04-02   March 29 - April 2, 2023   3月29日至4月2日: what connects two days, with its surroundings
TO = r"\s*(?:[-\u2010-\u2014~～〜至到&]|to\b|and\b|until\b|till\b|through\b)\s*"
RANGE_AFTER = rf"(?i){TO}(?:\d|{MONTH}\b)"  # compiled when first needed, for few pages have one
RANGE_BEFORE = (
    rf"(?i)(?:\d{{4}}{BETWEEN}\d{{1,2}}{BETWEEN}\d{{1,2}}|{MONTH}\.?\s*\d{{1,2}}(?:st|nd|rd|th)?(?:,\s*\d{{4}})?"
    rf"|\d{{1,2}}\s*(?:{MONTH}|月\s*\d{{1,2}}\s*[日号號]?)(?:\s+\d{{4}})?){TO}$"
)
# 10:05   10:05:33   10时05分   GMT+8: what may follow a day in a field of its own
TIME = (
    r"\d{1,2}[:：]\d{2}(?:[:：]\d{2}(?:\.\d{1,6})?)?|\d{1,2}[时時点點](?:\d{1,2}分)?"
    r"|(?:GMT|UTC)?[+-]\d{1,2}(?::?\d{2})?(?!\d)"
)
GOES_ON = rf"(?i){TO}|\s*[,，、/]\s*\d|[a-z\d]"  # to 2023-04-02, and 30, /30: the day is one of several


def iso_date(text: str) -> str | None:
    """Return a date of the form 2023-3-29 as ISO; None if it has another form, or no such day exists."""
    found = ISO_DATE.match(text.strip())
    return checked_date(*found.groups()) if found else None


def printed_date(text: str) -> str | None:
    """Return a date in any of the site's forms as ISO; None when the text is not a date, or names two days."""
    if iso := ISO_DATE.fullmatch(text):
        return checked_date(*iso.groups())
    found = leading_date(text.strip(AROUND))
    return day_of(found[0]) if found else None


def leading_date(text: str) -> tuple[re.Match[str], str] | None:
    """Return the date that a text begins with, and the words after it; None if it names another day too."""
    found = DATE.match(text)
    if found is None:
        return None
    rest = text[found.end() :]
    words = re.sub(TIME, "", rest) if rest else ""
    if words and (re.match(GOES_ON, words) or DATE.search(rest)):
        return None
    return found, rest if words.strip(f" ,，{AROUND}") else ""


def day_of(found: re.Match[str]) -> str | None:
    """Return the ISO form of a match of `DATE`; None when the calendar has no such day or month."""
    if found["y"]:
        return checked_date(found["y"], found["m"], found["d"])
    if found["cy"]:
        return checked_date(found["cy"], found["cm"], found["cd"])
    month = MONTHS.index((found["em"] or found["dm"])[:3].lower()) + 1
    return checked_date(found["ey"] or found["dy"], month, found["ed"] or found["dd"])


@lru_cache(maxsize=4096)  # the days of eleven years; most pages of a list print the same ones
def checked_date(year: str | int, month: str | int, day: str | int) -> str | None:
    """Return the ISO form of a day; None when the calendar has no such day."""
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
