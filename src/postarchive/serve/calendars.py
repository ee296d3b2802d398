"""Calendars of captures, drawn by the server: of the whole archive, a URL or an article; and the captures of a day.

/-/calendar             the days on which anything was captured
/-/calendar/DAY         the captures of a day, 2023-03-29
/-/calendar/URL         those of a URL
/-/article/NAME/calendar   those of all addresses of an article
"""

import asyncio
from calendar import monthrange
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from postarchive.errors import UnreadableInput
from postarchive.serve.asking import one, page_from
from postarchive.serve.memento import NONE_HERE, URL, url_forms, url_in
from postarchive.serve.mementos import mementos_of, uri
from postarchive.serve.percopy import PerCopy
from postarchive.serve.plugin import Route
from postarchive.store.captures import Captures, StoredCapture
from postarchive.store.read import LaggingReader

NAME = r"(?P<name>[^/]+)"
DAY = r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
LEVELS = (1, 2, 5, 20)  # captures per day at which its colour gets darker
SQUARE, PITCH = 10, 12  # of a day in a drawing
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SHOWN = 1_000  # captures that a list shows
MIDNIGHT = 10  # characters of a date
TITLED = "SELECT page, title, url FROM articles WHERE page = :name OR CAST(node AS TEXT) = :name ORDER BY page <> :name"


@dataclass(frozen=True, slots=True)
class Square:
    """A day in the drawing of a year: its place, its number of captures, and how dark it is (0: none)."""

    day: str
    x: int
    y: int
    count: int
    level: int


@dataclass(frozen=True, slots=True)
class HalfYear:
    """Half a year, drawn separately so that it fits on a phone: its days, and where its months begin."""

    squares: tuple[Square, ...]
    months: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class YearOfDays:
    """A year: its halves, and how many captures it has."""

    year: int
    halves: tuple[HalfYear, ...]
    count: int


@dataclass(frozen=True, slots=True)
class CapturedRow:
    """A capture in a list; `address` leads to its memento, None when it shows nothing."""

    capture: StoredCapture
    address: str | None


class CalendarViews:
    """The calendars of an archive."""

    def __init__(self, archive: Path) -> None:
        """Show the captures of this archive."""
        self._archive = archive
        self._days: PerCopy[dict[str, int]] = PerCopy(1)

    def routes(self) -> list[Route]:
        """Return the pages by their path."""
        return [
            (r"/-/calendar$", self.archive),
            (rf"/-/calendar/{DAY}$", self.day),
            (rf"/-/calendar/{URL}$", self.url),
            (rf"/-/article/{NAME}/calendar$", self.article),
        ]

    async def archive(self, datasette: Datasette, request: Request) -> Response:
        """Show on which days anything was captured."""

        async def count() -> dict[str, int]:
            return await asyncio.to_thread(self._counted)

        days = await self._days.get(datasette, "days", count)
        context = {"title": "Calendar of captures", "years": years_of(days), "link": "/-/calendar/", "rows": None}
        return await page_from(datasette, request, "calendar.html", context)

    async def day(self, datasette: Datasette, request: Request) -> Response:
        """List the captures of a day."""
        day = request.url_vars["day"]
        captures = await asyncio.to_thread(self._of_day, day)
        context = {"title": f"Captures of {day}", "years": (), "rows": _rows(captures), "most": SHOWN}
        return await page_from(datasette, request, "calendar.html", context)

    async def url(self, datasette: Datasette, request: Request) -> Response:
        """Show when a URL was captured."""
        url = url_in(request)
        captures = await asyncio.to_thread(self._of_url, url)
        if not captures:
            raise UnreadableInput(url, NONE_HERE)
        heading = {"title": "Captures of a page", "url": captures[0].url}
        return await _of_captures(datasette, request, heading, captures)

    async def article(self, datasette: Datasette, request: Request) -> Response:
        """Show when any sheet of an article was captured, under any of its addresses."""
        name = request.url_vars["name"]
        captures = await asyncio.to_thread(self._of_article, name)
        article = await one(datasette, TITLED, name=name)
        return await _of_captures(datasette, request, {"title": "Captures of an article", "article": article}, captures)

    def _counted(self) -> dict[str, int]:
        with Captures(self._archive) as captures:
            return captures.days()

    def _of_day(self, day: str) -> list[StoredCapture]:
        with Captures(self._archive) as captures:
            return captures.of_day(day, SHOWN)

    def _of_url(self, url: str) -> list[StoredCapture]:
        with Captures(self._archive) as captures:
            return next(filter(None, (captures.all_of([form]) for form in url_forms(url))), [])

    def _of_article(self, name: str) -> list[StoredCapture]:
        with LaggingReader(self._archive) as reader:
            urls = reader.all_addresses(reader.find_page(name.partition("@")[0]))
        with Captures(self._archive) as captures:
            return captures.all_of(urls)


def years_of(days: Mapping[str, int]) -> tuple[YearOfDays, ...]:
    """Return the years that have captures, the latest first, each with all its days."""
    counts = {day: count for day, count in days.items() if _date(day)}
    years = sorted({int(day[:4]) for day in counts}, reverse=True)
    return tuple(_year(year, counts) for year in years)


def _year(year: int, days: Mapping[str, int]) -> YearOfDays:
    halves = (_half(year, range(1, 7), days), _half(year, range(7, 13), days))
    return YearOfDays(year, halves, sum(square.count for half in halves for square in half.squares))


def _half(year: int, months: range, days: Mapping[str, int]) -> HalfYear:
    firsts = [date(year, month, 1) for month in months]
    length = sum(monthrange(year, month)[1] for month in months)
    squares = tuple(_square(firsts[0] + timedelta(days=number), firsts[0], days) for number in range(length))
    return HalfYear(squares, tuple((MONTHS[day.month - 1], _place(day, firsts[0])[0]) for day in firsts))


def _square(day: date, first: date, days: Mapping[str, int]) -> Square:
    count = days.get(day.isoformat(), 0)
    return Square(day.isoformat(), *_place(day, first), count, sum(count >= least for least in LEVELS))


def _place(day: date, first: date) -> tuple[int, int]:
    """Return the place of a day: one column per week, Monday at the top."""
    week = ((day - first).days + first.weekday()) // 7
    return week * PITCH, day.weekday() * PITCH


def _date(day: str) -> date | None:
    try:
        return date.fromisoformat(day)
    except ValueError:
        return None


async def _of_captures(
    datasette: Datasette,
    request: Request,
    heading: Mapping[str, object],
    captures: list[StoredCapture],
) -> Response:
    """Show captures, with `heading` as the words above them."""
    days = Counter(capture.time[:MIDNIGHT] for capture in captures)
    context = {
        **heading,
        "years": years_of(days),
        "link": "#day-",
        "rows": _rows(captures[-SHOWN:]),
        "most": SHOWN,
    }
    return await page_from(datasette, request, "calendar.html", context)


def _rows(captures: list[StoredCapture]) -> list[CapturedRow]:
    """Return captures for a list, the latest first, each with its memento if it has one."""
    named = {
        id(memento.capture): f"/-/memento/{memento.stamp}/{uri(memento.capture.url)}"
        for url in {capture.url for capture in captures}
        for memento in mementos_of(one for one in captures if one.url == url and one.status in (200, 304))
    }
    return [CapturedRow(capture, named.get(id(capture))) for capture in reversed(captures)]
