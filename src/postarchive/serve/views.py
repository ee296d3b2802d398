"""Our own pages: the front page and search results; those of an article are in `articles`."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from postarchive.news import DriftedPage
from postarchive.record.kinds import LISTS, NAMES
from postarchive.search import marks, parse_query, snippet, suggestions
from postarchive.serve.about import MEANING, QUERIES, RIGHTS, TITLE
from postarchive.serve.articles import ArticleViews
from postarchive.serve.asking import Row, language_of, number_in, one, page_from, rows, whole_number
from postarchive.serve.plugin import Route, search_problem
from postarchive.serve.tables import DATABASE, RANK, SEARCH, SPELT, TABLES
from postarchive.store.changes import Changes

NAME = r"(?P<name>[^/]+)"
ON_A_PAGE = 25  # search results
SNIPPET_CHARACTERS = 240
NEWEST, LATELY = 8, 8  # rows of the front page
KINDS = tuple(name for name in NAMES if name not in LISTS)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, found or not."""

    text: str
    is_found: bool


class Views:
    """The pages; `copied` is when the copy was made, as text."""

    def __init__(self, archive: Path, copied: str) -> None:
        """Serve the copy of this archive."""
        self._archive = archive
        self._copied = copied
        self._articles = ArticleViews(archive)

    def routes(self) -> list[Route]:
        """Return the pages by their path."""
        return [
            (r"/$", self.front),
            (r"/-/search$", self.search),
            (rf"/-/article/{NAME}$", self._articles.article),
            (rf"/-/article/{NAME}/original$", self._articles.original),
        ]

    async def front(self, datasette: Datasette, request: Request) -> Response:
        """Explain the archive: what it holds, what is new, how its last run went, how to cite."""
        context = {
            "title": TITLE,
            "meaning": MEANING,
            "rights": RIGHTS,
            "copied": self._copied,
            "queries": QUERIES,
            "tables": TABLES.values(),
            "database": DATABASE,
            "counts": await one(datasette, _COUNTS),
            "newest": await rows(datasette, _NEWEST, most=NEWEST),
            "lately": await rows(datasette, _LATELY, most=LATELY),
            "run": await one(datasette, "SELECT * FROM runs WHERE ended IS NOT NULL ORDER BY run DESC LIMIT 1"),
            "drift": await asyncio.to_thread(_drifted_pages, self._archive),
        }
        return await page_from(datasette, request, "front.html", context)

    async def search(self, datasette: Datasette, request: Request) -> Response:
        """Show what is found, best first, each with the lines around the first match; without words, the newest."""
        text, kind = request.args.get("q") or "", request.args.get("kind") or ""
        number = whole_number(request.args.get("page"), "page", default=1)
        problem = search_problem(text) if text.strip() else None
        found = [] if problem else await _found(datasette, text, kind, number)
        context = {
            "q": text,
            "kind": kind if kind in KINDS else "",
            "kinds": KINDS,
            "problem": problem,
            "count": 0 if problem else await _count(datasette, text, kind),
            "first": (number - 1) * ON_A_PAGE + 1,
            "results": [_result(row, text) for row in found[:ON_A_PAGE]],
            "suggestions": [] if found or problem else await _suggestions(datasette, text),
            "previous": _link(text, kind, number - 1) if number > 1 else None,
            "next": _link(text, kind, number + 1) if len(found) > ON_A_PAGE else None,
            "table": f"/{DATABASE}/articles?{urlencode({'_search': text})}"
            if text.strip()
            else f"/{DATABASE}/articles",
        }
        return await page_from(datasette, request, "search.html", context, status=400 if problem else 200)


_COUNTS = """
SELECT count(*) AS articles, sum(kind = 'news') AS news, sum(kind = 'stamp') AS stamps,
       (SELECT count(*) FROM versions) AS versions, sum(gone IS NOT NULL) AS gone, min(date) AS oldest,
       max(date) AS newest, min(first_seen) AS first_seen, max(last_seen) AS last_seen
FROM articles
"""
_NEWEST = """
SELECT page, title, date, kind, source FROM articles WHERE date IS NOT NULL ORDER BY date DESC, id LIMIT :most
"""
_LATELY = """
SELECT articles.page, articles.title, changes.change, changes.time, changes.version, changes.sheet
FROM changes JOIN articles ON articles.id = changes.article
WHERE changes.change IN ('edit', 'gone', 'back') ORDER BY changes.time DESC, changes.id DESC LIMIT :most
"""
_MATCHING = f"""
FROM {SEARCH} JOIN articles ON articles.id = {SEARCH}.rowid
WHERE {SEARCH} MATCH :expression AND (:kind = '' OR kind = :kind)
  AND {SPELT.format(text=":text", row="articles.id")}
"""
_ANY = "FROM articles WHERE (:kind = '' OR kind = :kind)"
_BY_RANK = f"ORDER BY {RANK}, date IS NULL, date DESC, articles.id"
_BY_DATE = "ORDER BY date IS NULL, date DESC, articles.id"


async def _found(datasette: Datasette, text: str, kind: str, number: int) -> list[Row]:
    expression = parse_query(text)
    order = _BY_DATE if expression is None else _BY_RANK
    sql = f"SELECT articles.* {_matching(expression)} {order} LIMIT :most OFFSET :skipped"
    asked: Row = {"expression": expression, "text": text, "kind": _kind(kind)}
    return await rows(datasette, sql, **asked, most=ON_A_PAGE + 1, skipped=(number - 1) * ON_A_PAGE)


async def _count(datasette: Datasette, text: str, kind: str) -> int:
    expression = parse_query(text)
    sql = f"SELECT count(*) AS count {_matching(expression)}"
    row = await one(datasette, sql, expression=expression, text=text, kind=_kind(kind))
    return number_in(row["count"]) if row else 0


def _matching(expression: str | None) -> str:
    return _ANY if expression is None else _MATCHING


def _kind(kind: str) -> str:
    return kind if kind in KINDS else ""


async def _suggestions(datasette: Datasette, text: str) -> list[str]:
    """Return title words near to those of a search that found nothing."""
    titles = await rows(datasette, "SELECT title FROM articles WHERE title IS NOT NULL")
    return suggestions(text, [str(row["title"]) for row in titles])


def _result(row: Row, text: str) -> dict[str, object]:
    """Return a row of the results: title and snippet in pieces, found or not."""
    title = str(row["title"] or row["url"])
    body = snippet(str(row["text"]), text, SNIPPET_CHARACTERS)
    shown = {"title_pieces": _pieces(title, text), "body_pieces": _pieces(body, text)}
    return {**row, **shown, "language": language_of(f"{title} {body}")}


def _pieces(text: str, query: str) -> list[Piece]:
    pieces, place = [], 0
    for start, end in marks(text, query) if query.strip() else ():
        pieces += [Piece(text[place:start], is_found=False), Piece(text[start:end], is_found=True)]
        place = end
    return [piece for piece in (*pieces, Piece(text[place:], is_found=False)) if piece.text]


def _link(text: str, kind: str, number: int) -> str:
    asked = {"q": text, "kind": _kind(kind), "page": number}
    return f"/-/search?{urlencode({name: value for name, value in asked.items() if value})}"


def _drifted_pages(archive: Path) -> tuple[DriftedPage, ...]:
    """Return the first pages that drifted, by the store's one rule, which `check` and the feed follow too."""
    with Changes(archive) as changes:
        drift = changes.drift()
    return drift.pages[:LATELY] if drift else ()
