"""For programs: articles, their versions and searches as JSON, at addresses next to those of the pages.

/-/article/NAME.json            an article, as `show --format json` prints it; `version` and `sheet` as on its page
/-/article/NAME/versions.json   its versions, without their texts, and when it was gone or back
/-/search.json                  a search, with the words and filters of /-/search
"""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from postarchive.errors import UnreadableInput, UsageError
from postarchive.export.articlejson import article_json, version_summary_json
from postarchive.jsonvalue import Json, JsonObject
from postarchive.search import snippet
from postarchive.serve.asking import Row, int_or_zero, one, rows, whole_number
from postarchive.serve.finding import Searches
from postarchive.serve.mementos import uri
from postarchive.serve.plugin import Route, search_problem
from postarchive.serve.reached import Reached
from postarchive.serve.results import ON_A_PAGE, SNIPPET_CHARACTERS
from postarchive.serve.wanted import wanted_in
from postarchive.store.articles import ArticleVersion
from postarchive.store.read import LaggingReader, Reader

NAME = r"(?P<name>[^/]+)"
OF_A_RESULT = (
    "kind",
    "title",
    "subtitle",
    "date",
    "source",
    "gone",
    "edited",
    "versions",
    "first_seen",
    "last_seen",
    "node",
)
NAMED = """
SELECT * FROM articles WHERE page = :name OR (node = CAST(:name AS INTEGER) AND CAST(node AS TEXT) = :name)
ORDER BY page <> :name, id LIMIT 1
"""
SHOWN = "SELECT * FROM articles WHERE id IN (SELECT value FROM json_each(:ids))"


class MachineViews:
    """The addresses for programs."""

    def __init__(self, archive: Path, place: Reached) -> None:
        """Serve this archive."""
        self._archive, self._place = archive, place
        self._searches = Searches()

    def routes(self) -> list[Route]:
        """Return the addresses by their pattern."""
        return [
            (rf"/-/article/{NAME}\.json$", self.article),
            (rf"/-/article/{NAME}/versions\.json$", self.versions),
            (r"/-/search\.json$", self.search),
        ]

    async def article(self, datasette: Datasette, request: Request) -> Response:
        """Send an article in one of its versions."""
        row = await _named(datasette, request)
        sheet = request.args.get("sheet")
        number = whole_number(sheet, "sheet", default=1) if sheet is not None else None
        version = request.args.get("version")
        wanted = whole_number(version, "version", default=1) if version is not None else None
        document = await asyncio.to_thread(self._article, int_or_zero(row["id"]), wanted, number)
        return _sent(document | {"links": self._links(request, row)})

    async def versions(self, datasette: Datasette, request: Request) -> Response:
        """Send the versions of an article, and when it was gone or back."""
        row = await _named(datasette, request)
        document = await asyncio.to_thread(self._versions, int_or_zero(row["id"]))
        return _sent({"page": row["page"], "url": row["url"]} | document | {"links": self._links(request, row)})

    async def search(self, datasette: Datasette, request: Request) -> Response:
        """Send a page of what is found."""
        wanted = wanted_in(request)
        problem = search_problem(wanted.q) if wanted.q.strip() else None
        if problem:
            raise UsageError("", problem)
        found = await self._searches.find(datasette, wanted, ON_A_PAGE)
        shown = await _rows_of(datasette, found.ids)
        pages = max(1, -(-found.count // ON_A_PAGE))
        base = self._place.base(request)
        next_page = base + wanted.link(page=wanted.page + 1).replace("/-/search", "/-/search.json", 1)
        return _sent(
            {
                "q": wanted.q,
                "count": found.count,
                "page": wanted.page,
                "pages": pages,
                "next": next_page if wanted.page < pages else None,
                "facets": {name: dict(counts) for name, counts in found.facets.items()},
                "results": [self._result(request, row, wanted.q) for row in shown],
            }
        )

    def _article(self, page: int, version: int | None, sheet: int | None) -> JsonObject:
        with LaggingReader(self._archive) as reader:
            found = reader.article(page, version, sheet=sheet)
            return article_json(found, _addresses(reader, found))

    def _versions(self, page: int) -> JsonObject:
        with LaggingReader(self._archive) as reader:
            events: list[Json] = [
                {name: row[name] for name in ("change", "time", "detail", "sheet", "version", "file", "offset")}
                for row in reader.history(page)
                if row["change"] in ("gone", "back")
            ]
            versions: list[Json] = [version_summary_json(version) for version in reader.article_versions(page)]
        return {"versions": versions, "events": events}

    def _result(self, request: Request, row: Row, text: str) -> JsonObject:
        document: JsonObject = {name: row[name] for name in OF_A_RESULT}
        shown: JsonObject = {"page": row["page"], "url": row["url"]}
        return (
            shown
            | document
            | {
                "snippet": snippet(str(row["text"]), text, SNIPPET_CHARACTERS),
                "links": self._links(request, row),
            }
        )

    def _links(self, request: Request, row: Row) -> JsonObject:
        base = self._place.base(request)
        page = f"{base}/-/article/{uri(str(row['page']))}"
        return {
            "page": page,
            "json": f"{page}.json",
            "versions": f"{page}/versions.json",
            "timemap": f"{base}/-/timemap/link/{uri(str(row['url']))}",
        }


async def _named(datasette: Datasette, request: Request) -> Row:
    name = request.url_vars["name"]
    row = await one(datasette, NAMED, name=name)
    if row is None:
        raise UnreadableInput(name, "no such page in this archive; the search finds what is")
    return row


async def _rows_of(datasette: Datasette, ids: Sequence[int]) -> list[Row]:
    by_id = {int_or_zero(row["id"]): row for row in await rows(datasette, SHOWN, ids=json.dumps(ids))}
    return [by_id[number] for number in ids if number in by_id]


def _addresses(reader: Reader, found: ArticleVersion) -> list[str]:
    return [url for sheet in found.sheets for url in reader.addresses(sheet.page)]


def _sent(document: JsonObject) -> Response:
    """Return JSON that stays data even if a browser takes it for a page: HTML's special characters are escaped."""
    text = json.dumps(document, ensure_ascii=False, indent=1)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Response(text.encode(errors="replace"), content_type="application/json; charset=utf-8")
