"""Hotlines and registrations as time lines: when each number was on the pages, drawn by the server."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from postarchive.serve.asking import Row, page_from, rows

WIDTH = 1000.0  # of the drawing
NARROWEST = 6.0  # of a bar: a number that was seen only once must be visible
MAX_NUMBERS = 300  # numbers of a kind
FILINGS = "ICP stands for the site’s filing as an internet content provider, PSB for that with the police"

HOTLINES = "SELECT * FROM hotlines ORDER BY label, first_seen, id LIMIT :most"
REGISTRATIONS = "SELECT *, kind AS label FROM registrations ORDER BY kind, first_seen, id LIMIT :most"


@dataclass(frozen=True, slots=True)
class Bar:
    """A number and its bar: where it begins and how long it is, in units of the drawing."""

    row: Row
    start: float
    length: float


@dataclass(frozen=True, slots=True)
class TimeLine:
    """Numbers on one scale, which reaches from one day to another, both in ISO; `meaning` may be ""."""

    title: str
    meaning: str
    first: str
    last: str
    bars: tuple[Bar, ...]


async def numbers(datasette: Datasette, request: Request) -> Response:
    """Show the time lines."""
    hotlines = await rows(datasette, HOTLINES, most=MAX_NUMBERS)
    registrations = await rows(datasette, REGISTRATIONS, most=MAX_NUMBERS)
    both = [*hotlines, *registrations]
    lines = [
        time_line("Hotlines", hotlines, both),
        time_line("Registrations", registrations, both, FILINGS),
    ]
    return await page_from(
        datasette, request, "numbers.html", {"lines": [line for line in lines if line.bars], "most": MAX_NUMBERS}
    )


def time_line(title: str, shown: Iterable[Row], all_rows: list[Row], meaning: str = "") -> TimeLine:
    """Return numbers with their bars, all on the scale of `all_rows`."""
    first = min((_moment(row["first_seen"]) for row in all_rows), default=0.0)
    last = max((_moment(row["last_seen"]) for row in all_rows), default=1.0)
    scale = WIDTH / max(last - first, 1.0)
    bars = tuple(_bar(row, first, scale) for row in shown)
    return TimeLine(title, meaning, _day(first), _day(last), bars)


def _bar(row: Row, first: float, scale: float) -> Bar:
    start = (_moment(row["first_seen"]) - first) * scale
    length = max((_moment(row["last_seen"]) - first) * scale - start, NARROWEST)
    return Bar(row, round(min(start, WIDTH - length), 1), round(length, 1))


def _moment(time: object) -> float:
    return datetime.fromisoformat(str(time)).timestamp()


def _day(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d}"
