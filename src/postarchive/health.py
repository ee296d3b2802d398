"""Is the archive fresh, and the site as we know it? Pure: facts in, findings out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from postarchive.news import Drift
from postarchive.times import SLACK

OK_CODE, FAILURES_CODE, DRIFT_CODE, STALE_CODE, DISK_CODE = 0, 3, 4, 69, 73
WORST_FIRST = (DISK_CODE, STALE_CODE, DRIFT_CODE, FAILURES_CODE, OK_CODE)
GIBIBYTE = 2**30


class Verdict(StrEnum):
    """What a finding means."""

    OK = "ok"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class RunHealth:
    """What the latest runs that sent requests to the site show; None means never.

    `newest_success` is the end of the latest run that got a page; `failures_in_a_row` counts the runs since; `drift` is
    what drifted in the newest run that ended; `newest_article` is when a news page was first seen; `new_layouts` is how
    many pages of that run had another layout, `unknown` how many of all pages no parser knows.
    """

    newest_success: datetime | None
    newest_article: datetime | None
    drift: Drift | None
    failures_in_a_row: int
    new_layouts: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What still counts as healthy; None means no limit."""

    max_age: timedelta = timedelta(days=14)
    max_article_age: timedelta | None = None
    max_failures: int = 3
    min_free_bytes: int = GIBIBYTE


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked: its name, the verdict, what was found, and the exit code it calls for."""

    name: str
    verdict: Verdict
    found: str
    code: int


def assess(facts: RunHealth, limits: Thresholds, *, free_bytes: int, now: datetime) -> list[Check]:
    """Return a finding for each thing that a person would want to know about."""
    return [
        _age("newest success", facts.newest_success, limits.max_age, now),
        _age("newest new article", facts.newest_article, limits.max_article_age, now),
        _finding("drift", facts.drift is None, _drifted(facts), DRIFT_CODE),
        _finding("pages of no known form", True, str(facts.unknown), OK_CODE),  # noqa: FBT003 - a count, never bad
        _finding(
            "failures in a row",
            facts.failures_in_a_row <= limits.max_failures,
            str(facts.failures_in_a_row),
            FAILURES_CODE,
        ),
        _finding("free disk", free_bytes >= limits.min_free_bytes, f"{free_bytes / GIBIBYTE:.1f} GiB", DISK_CODE),
    ]


def exit_code(findings: Sequence[Check]) -> int:
    """Return the code of the worst finding."""
    codes = {finding.code for finding in findings}
    return next(code for code in WORST_FIRST if code in codes or code == OK_CODE)


def _age(name: str, time: datetime | None, limit: timedelta | None, now: datetime) -> Check:
    if time is None:
        return _finding(name, limit is None, "never", STALE_CODE)
    age = now - time
    since = f"{_words(age)} ago" if age >= -SLACK else "in the future: a clock was wrong"
    return _finding(name, limit is None or age <= limit, f"{time:%Y-%m-%d %H:%M} UTC, {since}", STALE_CODE)


def _finding(name: str, is_well: bool, found: str, code: int) -> Check:  # noqa: FBT001 - the verdict itself
    return Check(name, Verdict.OK if is_well else Verdict.BAD, found, OK_CODE if is_well else code)


def _drifted(facts: RunHealth) -> str:
    if facts.drift:
        return "; ".join(f"{page.url}: {page.detail}" for page in facts.drift.pages)
    count = facts.new_layouts
    pages = "1 page has" if count == 1 else f"{count} pages have"
    return f"none; {pages} a new layout around the same text" if count else "none"


def _words(age: timedelta) -> str:
    age = max(age, timedelta(0))  # the clock may have been set back a little
    if age < timedelta(hours=1):
        return f"{age / timedelta(minutes=1):.0f} min"
    return f"{age / timedelta(hours=1):.0f} h" if age < timedelta(days=2) else f"{age.days} d"
