"""Figures of an archive: what it holds, when its articles date from, how it grew. All as of one moment, rows as JSON.

An article in parts counts once, as in a query: only the totals include its further sheets.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from sqlite3 import Row
from typing import Literal, TypeAlias

from postarchive.jsonvalue import JsonObject
from postarchive.store.files import mapped_damage
from postarchive.store.opened import Moment
from postarchive.store.stored import counts_in

Period: TypeAlias = Literal["year", "month", "day"]
Figures: TypeAlias = list[JsonObject]
LENGTH = {"year": 4, "month": 7, "day": 10}  # characters of an ISO date
MONTHS = 12
MAX_EMPTY = 120  # periods without an article that are listed; if two dates are further apart, one is a misprint
OUTCOMES = ("new", "changed", "unchanged", "gone", "archived", "failed")


@dataclass(frozen=True, slots=True)
class Range:
    """Which days count, ISO and inclusive; None is no limit. A page without a date is in no limited range."""

    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """What an archive holds; `kinds` counts pages by kind, largest first; times of captures are None if there are none.

    `articles` counts them again, but an article in parts once, as in a query.
    """

    kinds: tuple[tuple[str, int], ...]
    gone: int
    versions: int
    captures: int
    first_capture: str | None
    last_capture: str | None
    runs: int
    files: int
    evidence_bytes: int
    articles: tuple[tuple[str, int], ...] = ()

    @property
    def pages(self) -> int:
        """Return how many pages of any kind there are."""
        return sum(count for _, count in self.kinds)


EVER = Range()


class Statistics(Moment):
    """The figures of one archive as of when it was opened, even while a run writes."""

    def totals(self) -> Totals:
        """Return what the archive holds."""
        kinds = self._all(
            """
            SELECT kind, count(*) AS pages, sum(article = id) AS articles FROM pages
            GROUP BY kind ORDER BY pages DESC, kind
            """
        )
        (row,) = self._all(
            """
            SELECT (SELECT count(*) FROM pages WHERE gone IS NOT NULL) AS gone,
                   (SELECT count(*) FROM versions) AS versions, (SELECT count(*) FROM captures) AS captures,
                   (SELECT min(time) FROM captures) AS first_capture, (SELECT max(time) FROM captures) AS last_capture,
                   (SELECT count(*) FROM runs) AS runs, (SELECT count(*) FROM files) AS files,
                   (SELECT coalesce(sum(ingested_bytes), 0) FROM files) AS evidence_bytes
            """
        )
        pages, articles = (tuple((kind["kind"], kind[name]) for kind in kinds) for name in ("pages", "articles"))
        return replace(Totals(pages, *row), articles=articles)

    def articles(self, period: Literal["year", "month"], kinds: str | Sequence[str], days: Range = EVER) -> Figures:
        """Count pages of some kinds by the year or month of their printed date, oldest first.

        Empty periods between others are listed with 0, as is every period of a range with both ends; the last row,
        None, is how many pages have no date.
        """
        rows = self._all(
            """
            SELECT substr(date, 1, :length) AS period, count(*) AS articles FROM pages
            WHERE kind IN (SELECT value FROM json_each(:kinds)) AND article = id
              AND (:since IS NULL OR date >= :since) AND (:until IS NULL OR date <= :until)
            GROUP BY period ORDER BY period IS NULL, period
            """,
            kinds=_json(kinds),
            length=LENGTH[period],
            **_limits(days),
        )
        found = {row["period"]: row["articles"] for row in rows}
        with mapped_damage(self._path):
            every = tuple(_filled([*_ends(days, LENGTH[period]), *filter(None, found)]))
        undated = [None] if None in found else []
        return [{period: name, "articles": found.get(name, 0)} for name in (*every, *undated)]

    def sources(self, kinds: str | Sequence[str], days: Range = EVER, *, limit: int | None = None) -> Figures:
        """Count pages of some kinds by the source they name, largest first; None: they name no source."""
        rows = self._all(
            """
            SELECT source, count(*) AS articles, min(date) AS first_date, max(date) AS last_date FROM pages
            WHERE kind IN (SELECT value FROM json_each(:kinds)) AND article = id
              AND (:since IS NULL OR date >= :since) AND (:until IS NULL OR date <= :until)
            GROUP BY source ORDER BY articles DESC, source LIMIT :limit
            """,
            kinds=_json(kinds),
            limit=-1 if limit is None else limit,
            **_limits(days),
        )
        return [dict(row) for row in rows]

    def kinds(self, days: Range = EVER) -> Figures:
        """Count articles, pages, gone pages and versions by kind, largest first."""
        rows = self._all(
            """
            SELECT kind, sum(article = id) AS articles, count(*) AS pages, count(gone) AS gone,
                   sum((SELECT count(*) FROM versions WHERE versions.page = pages.id)) AS versions
            FROM pages WHERE (:since IS NULL OR date >= :since) AND (:until IS NULL OR date <= :until)
            GROUP BY kind ORDER BY pages DESC, kind
            """,
            **_limits(days),
        )
        return [dict(row) for row in rows]

    def growth(self, period: Period, days: Range = EVER) -> Figures:
        """Return what was new in each period, by time of capture, and what the archive had at its end.

        `bytes` counts the compressed records of responses, without requests and the runs' own records.
        """
        rows = self._all(
            """
            WITH first AS (SELECT min(first_seen) AS time FROM versions GROUP BY page),
            news AS (SELECT substr(time, 1, :length) AS period, count(*) AS pages FROM first GROUP BY period),
            responses AS (
              SELECT substr(time, 1, :length) AS period, count(*) AS captures, sum(stored_bytes) AS bytes
              FROM captures GROUP BY period),
            all_periods AS (
              SELECT responses.period, coalesce(news.pages, 0) AS new_pages, sum(news.pages) OVER so_far AS pages,
                     sum(captures) OVER so_far AS captures, sum(bytes) OVER so_far AS bytes
              FROM responses LEFT JOIN news ON news.period = responses.period
              WINDOW so_far AS (ORDER BY responses.period))
            SELECT period, new_pages, coalesce(pages, 0) AS pages, captures, bytes FROM all_periods
            WHERE (:since IS NULL OR period >= substr(:since, 1, :length))
              AND (:until IS NULL OR period <= substr(:until, 1, :length))
            ORDER BY period
            """,
            length=LENGTH[period],
            **_limits(days),
        )
        return [{period: row["period"], **{name: row[name] for name in row.keys()[1:]}} for row in rows]

    def runs(self, days: Range = EVER, *, limit: int | None = None) -> Figures:
        """Return the outcomes of the runs that began in a range of days, latest first; None for one cut off."""
        rows = self._all(
            """
            SELECT run, ended, counts FROM runs
            WHERE (:since IS NULL OR substr(started, 1, 10) >= :since)
              AND (:until IS NULL OR substr(started, 1, 10) <= :until)
            ORDER BY run DESC LIMIT :limit
            """,
            limit=-1 if limit is None else limit,
            **_limits(days),
        )
        names = (*OUTCOMES, "requests")
        return [{"run": row["run"], "ended": row["ended"], **counts_in(row["counts"], names)} for row in rows]

    def dated_kinds(self, days: Range = EVER) -> Sequence[str]:
        """Return the kinds that have a dated page in the range, in order of their names."""
        rows = self._all(
            """
            SELECT DISTINCT kind FROM pages WHERE date IS NOT NULL
              AND (:since IS NULL OR date >= :since) AND (:until IS NULL OR date <= :until) ORDER BY kind
            """,
            **_limits(days),
        )
        return [row["kind"] for row in rows]

    def _all(self, sql: str, **values: str | int | None) -> list[Row]:
        with mapped_damage(self._path):
            rows: list[Row] = self._connection.execute(sql, values).fetchall()
            if any(isinstance(value, float) for row in rows for value in row):
                raise ValueError("a fraction where a count belongs")  # what SQLite makes of values that are not numbers
            return rows


def _json(kinds: str | Sequence[str]) -> str:
    return json.dumps([kinds] if isinstance(kinds, str) else list(kinds))


def _limits(days: Range) -> dict[str, str | None]:
    return {"since": days.since, "until": days.until}


def _ends(days: Range, length: int) -> tuple[str, ...]:
    """Return the first and last period of a range; () when it is open, or so long that it is no real limit."""
    if days.since is None or days.until is None:
        return ()
    first, last = days.since[:length], days.until[:length]
    return (first, last) if 0 <= _number(last) - _number(first) <= MAX_EMPTY else ()


def _filled(periods: Iterable[str]) -> Iterator[str]:
    """Yield years or months in order, each once, and fill the gaps between them, unless one is impossibly long."""
    known = sorted(set(periods))
    yield from known[:1]
    for before, after in pairwise(known):
        between = range(_number(before) + 1, _number(after))
        if len(between) <= MAX_EMPTY:
            yield from (_name(number, like=after) for number in between)
        yield after


def _number(period: str) -> int:
    """Return a year or month as a number, the next period being one more."""
    year, _, month = period.partition("-")
    return int(year) * MONTHS + int(month) - 1 if month else int(year)


def _name(number: int, *, like: str) -> str:
    year, month = divmod(number, MONTHS)
    return f"{year:04}-{month + 1:02}" if "-" in like else f"{number:04}"
