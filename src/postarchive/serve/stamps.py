"""The stamps: the gallery of a year, a designer or a printer, and the checklist of a year with its gaps."""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from postarchive.errors import UsageError
from postarchive.jsonvalue import Json, JsonObject
from postarchive.search import containing
from postarchive.serve.asking import Row, int_or_zero, page_from, rows, rows_of_all, whole_number
from postarchive.serve.percopy import PerCopy
from postarchive.serve.shelf import Shelf
from postarchive.serve.tables import BY_SERIAL
from postarchive.serve.wanted import LAST_YEAR

GALLERY = "/-/stamps"
NUMBERED = re.compile(r"([12]\d{3})-([1-9]\d{0,2})", re.ASCII)  # 2017-24: the 24th issue of 2017
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run
ON_A_PAGE = 120  # stamps of a gallery
ALL = -1
NEWEST = 24  # stamps shown before a year is chosen
UNDATED = "none"  # the year of stamps without one, in the address
PEOPLE = 60  # designers and printers named below a gallery
HEAD = ("serial", "state", "title", "issued", "denomination", "pieces", "designer", "printer", "page", "url")

CHOSEN = """
FROM stamps JOIN articles ON articles.id = stamps.article
WHERE (:year IS NULL OR stamps.year = :year) AND (:undated = 0 OR stamps.year IS NULL)
  AND (:designer = '' OR designer LIKE :designer_like ESCAPE '~')
  AND (:printer = '' OR printer LIKE :printer_like ESCAPE '~')
"""
STAMPS = f"""
SELECT articles.id, articles.page, articles.title, articles.url, articles.gone, stamps.* {CHOSEN}
ORDER BY CASE WHEN :newest THEN issued END DESC, stamps.year DESC, issued, {BY_SERIAL}, articles.id
LIMIT :most OFFSET :first
"""
COUNT = f"SELECT count(*) AS count {CHOSEN}"
YEARS = "SELECT year, count(*) AS count FROM stamps GROUP BY year ORDER BY year DESC"
BY = """
SELECT {column} AS name, count(*) AS count FROM stamps WHERE {column} IS NOT NULL
GROUP BY {column} ORDER BY count DESC, {column} LIMIT :most
"""


@dataclass(frozen=True, slots=True)
class ChecklistLine:
    """A line of a checklist: a stamp, or the first and last serial number of a gap (the same if one is missing)."""

    stamp: Row | None
    gap: tuple[str, str] | None = None
    missing: int = 0


class StampViews:
    """The pages below `/-/stamps`."""

    def __init__(self, shelf: Shelf) -> None:
        """Show pictures from this shelf."""
        self._shelf = shelf
        self._cache: PerCopy[dict[str, list[Row]]] = PerCopy(1)

    async def gallery(self, datasette: Datasette, request: Request) -> Response:
        """Show the stamps of a year, of a designer or of a printer; without any of them the newest."""
        overview = await self._cache.get(datasette, "overview", lambda: _overview(datasette))
        chosen = _chosen(request)
        year, is_undated, designer, printer = chosen.values()
        is_newest = not any(chosen.values())
        page = 1 if is_newest else whole_number(request.args.get("page"), "page", default=1)
        most = NEWEST if is_newest else ON_A_PAGE
        stamps, count = await _stamps(datasette, **chosen, newest=is_newest, first=(page - 1) * most, most=most)
        context = overview | {
            "year": year,
            "is_undated": is_undated,
            "is_newest": is_newest,
            "designer": designer,
            "printer": printer,
            "stamps": stamps,
            "pictures": await self._shelf.of_stamps(datasette, [int_or_zero(row["id"]) for row in stamps]),
            "count": count,
            "page": page,
            "pages": 1 if is_newest else max(1, -(-count // ON_A_PAGE)),
            "link": partial(_link, chosen),
        }
        return await page_from(datasette, request, "stamps.html", context)

    async def checklist(self, datasette: Datasette, request: Request) -> Response:
        """Show the serial numbers of a year, missing ones included."""
        overview = await self._cache.get(datasette, "overview", lambda: _overview(datasette))
        year = _year(request) or next((int_or_zero(row["year"]) for row in overview["years"] if row["year"]), None)
        lines = checklist_of((await _stamps(datasette, year=year))[0])
        missing = sum(line.missing for line in lines)
        context = overview | {"year": year, "lines": lines, "missing": missing}
        return await page_from(datasette, request, "checklist.html", context)

    async def checklist_csv(self, datasette: Datasette, request: Request) -> Response:
        """Send a year's checklist as CSV, a row for each serial number."""
        year = _year(request)
        if year is None:
            raise UsageError("", "name a year: ?year=2017")
        text = csv_of(checklist_of((await _stamps(datasette, year=year))[0]))
        headers = {"content-disposition": f'attachment; filename="stamps-{year}.csv"'}
        return Response(text, headers=headers, content_type="text/csv; charset=utf-8")


def checklist_of(stamps: Iterable[Row]) -> list[ChecklistLine]:
    """Return the stamps in order of number, with the gaps in the numbering between them; unnumbered ones last.

    A gap may begin at 1; what comes after the last number is unknown.
    """
    numbered, others = [], []
    for stamp in stamps:
        found = NUMBERED.fullmatch(str(stamp["serial"] or ""))
        if found:
            numbered.append(((int(found[1]), int(found[2])), stamp))
        else:
            others.append(ChecklistLine(stamp))
    lines: list[ChecklistLine] = []
    last = (0, 0)
    for key, stamp in sorted(numbered, key=lambda item: item[0]):
        year, number = key
        first = last[1] + 1 if year == last[0] else 1
        if number > first:
            lines.append(ChecklistLine(None, (f"{year}-{first}", f"{year}-{number - 1}"), number - first))
        lines.append(ChecklistLine(stamp))
        last = key
    return [*lines, *others]


def csv_of(lines: Iterable[ChecklistLine]) -> str:
    """Return a checklist as CSV; a cell that a spreadsheet would run gets a quotation mark before it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    for line in lines:
        if line.stamp is not None:
            stamp = line.stamp | {"state": "held"}
            writer.writerow([_cell(stamp[name]) for name in HEAD])
        elif line.gap is not None:
            year, first = line.gap[0].split("-")
            writer.writerows([f"{year}-{int(first) + step}", "missing"] for step in range(line.missing))
    return out.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _year(request: Request) -> int | None:
    text = request.args.get("year") or None
    year = whole_number(text, "year", default=1)
    if year > LAST_YEAR:
        raise UsageError(f"year={text}", "a year has four digits")
    return year if text else None


def _chosen(request: Request) -> JsonObject:
    """Return what limits a gallery, from the address; all are empty if nothing does."""
    is_undated = request.args.get("year") == UNDATED
    named: JsonObject = {name: request.args.get(name) or "" for name in ("designer", "printer")}
    return {"year": None if is_undated else _year(request), "undated": is_undated} | named


def _link(chosen: JsonObject, page: int) -> str:
    """Return the address of a page of a gallery."""
    asked = chosen | {"year": UNDATED if chosen["undated"] else chosen["year"], "undated": None, "page": page}
    return f"{GALLERY}?{urlencode({name: value for name, value in asked.items() if value})}"


async def _stamps(datasette: Datasette, **asked: Json) -> tuple[list[Row], int]:
    """Return the stamps that STAMPS selects, limited only by the given values, and how many there are in all."""
    unlimited: JsonObject = {"year": None, "undated": 0, "designer": "", "printer": "", "newest": 0}
    asked = unlimited | {"first": 0, "most": ALL} | asked
    like: JsonObject = {f"{name}_like": containing(str(asked[name])) for name in ("designer", "printer")}
    stamps, [counted] = await rows_of_all(datasette, (STAMPS, COUNT), asked | like)
    return stamps, int_or_zero(counted["count"])


async def _overview(datasette: Datasette) -> dict[str, list[Row]]:
    """Return the years, designers and printers, each with its number of stamps."""
    return {
        "years": await rows(datasette, YEARS),
        "designers": await rows(datasette, BY.format(column="designer"), most=PEOPLE),
        "printers": await rows(datasette, BY.format(column="printer"), most=PEOPLE),
    }
