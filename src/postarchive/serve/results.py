"""The search page: results with the lines around the first match, facets with counts, pages of results."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response
from markupsafe import Markup

from postarchive.errors import UsageError
from postarchive.jsonvalue import Json
from postarchive.search import snippet, suggestions
from postarchive.serve.asking import Row, int_or_zero, language_of, page_from, rows, rows_of_all
from postarchive.serve.finding import FACETS, NOTHING, Searches, SearchResult
from postarchive.serve.inwords import SHOWN_KINDS, kind_in_words
from postarchive.serve.marked import marked
from postarchive.serve.percopy import PerCopy
from postarchive.serve.pictures import Picture
from postarchive.serve.plugin import search_problem
from postarchive.serve.shelf import FIRST, Shelf
from postarchive.serve.shown import NAME, SHORT, short
from postarchive.serve.tables import DATABASE
from postarchive.serve.wanted import SiteSearch, typed_in, wanted_in

ON_A_PAGE = 20
OF_A_FACET = 12  # values that are offered; for years, all
SNIPPET_CHARACTERS = 240
TITLES = {"kind": "Kind", "year": "Year", "source": "Source", "host": "Seen on"}
# All in one value: each row that SQLite returns separately has to wait for Python's lock.
SHOWN = """
SELECT json_group_array(json_object(
  'id', id, 'page', page, 'kind', kind, 'title', title, 'date', date, 'source', source, 'gone', gone, 'edited', edited,
  'url', url, 'text', text)) AS found
FROM articles WHERE id IN (SELECT value FROM json_each(:articles))
"""
ORDERS = {"rank": "best match", "date": "newest", "title": "title"}


@dataclass(frozen=True, slots=True)
class Result:
    """A row of the results, with what was found marked; a template reads attributes quicker than keys."""

    id: int
    page: str
    kind: str
    date: Json
    gone: Json
    edited: Json
    source: Json
    language: str
    marked_title: Markup
    marked_text: Markup
    marked_source: Markup | None


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a facet, or an order: its name, its count, and its link; that of a chosen value leads back."""

    name: str
    count: int
    address: str
    is_chosen: bool


class ResultsPage:
    """The search page."""

    def __init__(self, shelf: Shelf) -> None:
        """Show pictures from this shelf."""
        self._shelf = shelf
        self._searches = Searches()
        self._titles: PerCopy[list[str]] = PerCopy(1)

    async def search(self, datasette: Datasette, request: Request) -> Response:
        """Show what is found, best first; without words, the newest."""
        wanted, problem = _asked(request)
        found = NOTHING if problem else await self._searches.find(datasette, wanted, ON_A_PAGE)
        (shown,), first = await rows_of_all(datasette, (SHOWN, FIRST), {"articles": json.dumps(found.ids)})
        results = _results(json.loads(str(shown["found"])), found.ids, wanted.q)
        pages = max(1, -(-found.count // ON_A_PAGE))
        context = {
            "wanted": wanted,
            "problem": problem,
            "count": found.count,
            "first": (wanted.page - 1) * ON_A_PAGE + 1,
            "pages": pages,
            "results": results,
            "pictures": await self._pictures(datasette, results, first),
            "facets": [(TITLES[name], _choices(name, found, wanted)) for name in FACETS],
            "kinds": SHOWN_KINDS,
            "orders": _orders(wanted),
            "suggestions": [] if found.count or problem else await self._suggested(datasette, wanted.q),
            "previous": wanted.link(page=min(wanted.page - 1, pages)) if wanted.page > 1 else None,
            "next": wanted.link(page=wanted.page + 1) if wanted.page < pages else None,
            "table": _table(wanted),
        }
        return await page_from(datasette, request, "search.html", context, status=400 if problem else 200)

    async def _pictures(self, datasette: Datasette, results: Iterable[Result], first: list[Row]) -> dict[int, Picture]:
        """Return the pictures of results: of their pages (`first`), for stamps without one that of the site's lists."""
        stamps = [row.id for row in results if row.kind == "stamp"]
        listed = await self._shelf.in_lists(datasette, stamps) if stamps else {}
        return listed | await self._shelf.of_rows(datasette, first)

    async def _suggested(self, datasette: Datasette, text: str) -> list[str]:
        """Return words from titles that are spelled like those of a search that found nothing."""

        async def titles() -> list[str]:
            return [str(row["title"]) for row in await rows(datasette, "SELECT DISTINCT title FROM articles")]

        known = await self._titles.get(datasette, "titles", titles)
        return await asyncio.to_thread(suggestions, text, known)


def _asked(request: Request) -> tuple[SiteSearch, str | None]:
    """Return the search in an address, and why it cannot be made (None: it can)."""
    try:
        wanted = wanted_in(request)
    except UsageError as error:
        return typed_in(request), str(error)
    return wanted, search_problem(wanted.q) if wanted.q.strip() else None


def _results(found: list[Row], ids: Sequence[int], text: str) -> list[Result]:
    """Return the rows of the results in the order of their ids."""
    by_id = {row["id"]: row for row in found}
    return [_result(by_id[number], text) for number in ids if number in by_id]


def _result(row: Row, text: str) -> Result:
    """Return a row of the results, with what was found marked in title and snippet."""
    title = str(row["title"] or row["url"])
    title = title if len(title) <= SHORT else snippet(title, text, SHORT)
    body = snippet(str(row["text"]), text, SNIPPET_CHARACTERS)
    return Result(
        int_or_zero(row["id"]),
        str(row["page"]),
        str(row["kind"]),
        row["date"],
        row["gone"],
        row["edited"],
        row["source"],
        language_of(f"{title} {body}"),
        marked(title, text),
        marked(body, text),
        _marked_source(str(row["source"]), text) if row["source"] else None,
    )


@lru_cache(maxsize=64)  # the results of a page have few sources
def _marked_source(source: str, text: str) -> Markup:
    return marked(short(source, NAME), text)


def _choices(name: str, found: SearchResult, wanted: SiteSearch) -> list[Choice]:
    """Return the values of a facet that is not chosen, or the chosen one alone."""
    chosen = str(getattr(wanted, name) or "")
    counts = found.facets.get(name, [])
    if chosen:
        count = next((count for value, count in counts if value.casefold() == chosen.casefold()), 0)
        return [Choice(_shown(name, chosen), count, wanted.link(**{name: None}), is_chosen=True)]
    most = None if name == "year" else OF_A_FACET
    return [
        Choice(_shown(name, value), count, wanted.link(**{name: value}), is_chosen=False)
        for value, count in counts[:most]
    ]


def _shown(name: str, value: str) -> str:
    return kind_in_words(value) if name == "kind" else value


def _orders(wanted: SiteSearch) -> list[Choice]:
    names = ORDERS if wanted.q.strip() else {name: shown for name, shown in ORDERS.items() if name != "rank"}
    now = "date" if wanted.sort == "rank" and not wanted.q.strip() else wanted.sort
    return [Choice(shown, 0, wanted.link(sort=name), is_chosen=name == now) for name, shown in names.items()]


def _table(wanted: SiteSearch) -> str:
    """Return the address of the same rows in Datasette's table, as far as it has the filters."""
    asked = {"_search": wanted.q.strip(), "kind": wanted.kind, "year": wanted.year, "source": wanted.source}
    said = {name: value for name, value in asked.items() if value}
    return f"/{DATABASE}/articles{'?' if said else ''}{urlencode(said)}"
