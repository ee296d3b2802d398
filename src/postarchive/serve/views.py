"""Our own pages: the front page, search results, the reading view of an article with its versions and differences."""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlencode

from datasette.app import Datasette
from datasette.utils.asgi import NotFound, Request, Response
from markupsafe import Markup

from postarchive.collect.exports import stored_capture
from postarchive.errors import UnreadableInput, UsageError
from postarchive.jsonvalue import Json
from postarchive.models import Evidence
from postarchive.news import DriftedPage
from postarchive.record.differences import differences
from postarchive.record.kinds import LISTS, NAMES
from postarchive.search import marks, parse_query, snippet, suggestions
from postarchive.serve.about import MEANING, QUERIES, RIGHTS, TITLE
from postarchive.serve.original import cleaned_content
from postarchive.serve.plugin import Route, search_problem
from postarchive.serve.tables import DATABASE, RANK, SEARCH, SPELT, TABLES
from postarchive.store.changes import Changes
from postarchive.store.read import Reader

Row: TypeAlias = dict[str, Json]

NAME = r"(?P<name>[^/]+)"
ON_A_PAGE = 25  # search results
SNIPPET_CHARACTERS = 240
NEWEST, LATELY = 8, 8  # rows of the front page
MOST = 1_000_000  # versions, sheets or pages of results
KINDS = tuple(name for name in NAMES if name not in LISTS)
CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
MUCH_CHINESE = 0.2  # of a text's characters: it is Chinese, with English words in it


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

    def routes(self) -> list[Route]:
        """Return the pages by their path."""
        return [
            (r"/$", self.front),
            (r"/-/search$", self.search),
            (rf"/-/article/{NAME}$", self.article),
            (rf"/-/article/{NAME}/original$", self.original),
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
            "counts": await _one(datasette, _COUNTS),
            "newest": await _rows(datasette, _NEWEST, most=NEWEST),
            "lately": await _rows(datasette, _LATELY, most=LATELY),
            "run": await _one(datasette, "SELECT * FROM runs WHERE ended IS NOT NULL ORDER BY run DESC LIMIT 1"),
            "drift": await asyncio.to_thread(_drifted_pages, self._archive),
        }
        return await _page(datasette, request, "front.html", context)

    async def search(self, datasette: Datasette, request: Request) -> Response:
        """Show what is found, best first, each with the lines around the first match; without words, the newest."""
        text, kind = request.args.get("q") or "", request.args.get("kind") or ""
        number = _whole(request.args.get("page"), "page", default=1)
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
        return await _page(datasette, request, "search.html", context, status=400 if problem else 200)

    async def article(self, datasette: Datasette, request: Request) -> Response:
        """Show a page to read, one of its versions, or the difference between two."""
        article = await _article(datasette, request)
        versions = await _rows(datasette, _VERSIONS, article=article["id"])
        sheet = _whole(request.args.get("sheet"), "sheet", default=_int(versions[0]["sheet"]))
        own = [row for row in versions if row["sheet"] == sheet]
        if "from" in request.args or "to" in request.args:
            return await self._difference(datasette, request, article, own)
        number = request.args.get("version")
        shown = _version(own, number)
        is_latest = number is None and "sheet" not in request.args
        record = await _record(datasette, shown)
        paragraphs = await _all_paragraphs(datasette, versions) if is_latest else _items(record.get("paragraphs"))
        context = {
            "article": article,
            "record": record,
            "paragraphs": paragraphs,
            "language": _language(" ".join(map(str, [record.get("title") or "", *paragraphs]))),
            "version": shown,
            "versions": versions,
            "is_latest": is_latest or shown is own[-1],
            "changes": await _rows(datasette, _CHANGES, article=article["id"]),
        }
        return await _page(datasette, request, "article.html", context)

    async def _difference(self, datasette: Datasette, request: Request, article: Row, own: list[Row]) -> Response:
        new = _version(own, request.args.get("to"))
        before = str(max(_int(new["number"]) - 1, 1))
        old = _version(own, request.args.get("from") or before)
        if old is new:
            raise UsageError("", "two different versions are needed to compare")
        records = [await _record(datasette, version) for version in (old, new)]
        fields = differences(*records)
        text = " ".join(piece.text for field in fields for line in field.lines for piece in line)
        context = {"article": article, "old": old, "new": new, "fields": fields, "language": _language(text)}
        return await _page(datasette, request, "difference.html", context)

    async def original(self, datasette: Datasette, request: Request) -> Response:
        """Show the content region as the page had it, cleaned, out of the evidence."""
        article = await _article(datasette, request)
        versions = await _rows(datasette, _VERSIONS, article=article["id"])
        sheet = _whole(request.args.get("sheet"), "sheet", default=_int(versions[0]["sheet"]))
        shown = _version([row for row in versions if row["sheet"] == sheet], request.args.get("version"))
        content, problem = await asyncio.to_thread(self._content, shown)
        context = {
            "article": article,
            "version": shown,
            "content": Markup(content),  # noqa: S704 - nh3 has cleaned it, and no page may run a script
            "problem": problem,
            "language": _language(content),
        }
        return await _page(datasette, request, "original.html", context)

    def _content(self, version: Row) -> tuple[str, str | None]:
        """Return the cleaned HTML and None, or nothing and why there is none."""
        evidence = Evidence(
            str(version["evidence_file"]),
            _int(version["evidence_offset"]),
            _int(version["evidence_bytes"]),
            str(version["record_id"]),
            str(version["digest"]),
        )
        try:
            with Reader(self._archive) as reader:
                return cleaned_content(stored_capture(reader, evidence)), None
        except UnreadableInput as error:
            return "", str(error)


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
_VERSIONS = """
SELECT id, sheet, number, change, seen_from, seen_to, url, origin, evidence_file, evidence_offset, evidence_bytes,
       record_id, digest
FROM versions WHERE article = :article ORDER BY sheet, number
"""
_CHANGES = "SELECT time, change, sheet, version, detail FROM changes WHERE article = :article ORDER BY id"
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
    return await _rows(datasette, sql, **asked, most=ON_A_PAGE + 1, skipped=(number - 1) * ON_A_PAGE)


async def _count(datasette: Datasette, text: str, kind: str) -> int:
    expression = parse_query(text)
    sql = f"SELECT count(*) AS count {_matching(expression)}"
    row = await _one(datasette, sql, expression=expression, text=text, kind=_kind(kind))
    return _int(row["count"]) if row else 0


def _matching(expression: str | None) -> str:
    return _ANY if expression is None else _MATCHING


def _kind(kind: str) -> str:
    return kind if kind in KINDS else ""


async def _suggestions(datasette: Datasette, text: str) -> list[str]:
    """Return title words near to those of a search that found nothing."""
    rows = await _rows(datasette, "SELECT title FROM articles WHERE title IS NOT NULL")
    return suggestions(text, [str(row["title"]) for row in rows])


def _result(row: Row, text: str) -> dict[str, object]:
    """Return a row of the results: title and snippet in pieces, found or not."""
    title = str(row["title"] or row["url"])
    body = snippet(str(row["text"]), text, SNIPPET_CHARACTERS)
    shown = {"title_pieces": _pieces(title, text), "body_pieces": _pieces(body, text)}
    return {**row, **shown, "language": _language(f"{title} {body}")}


def _pieces(text: str, query: str) -> list[Piece]:
    pieces, place = [], 0
    for start, end in marks(text, query) if query.strip() else ():
        pieces += [Piece(text[place:start], is_found=False), Piece(text[start:end], is_found=True)]
        place = end
    return [piece for piece in (*pieces, Piece(text[place:], is_found=False)) if piece.text]


def _link(text: str, kind: str, number: int) -> str:
    asked = {"q": text, "kind": _kind(kind), "page": number}
    return f"/-/search?{urlencode({name: value for name, value in asked.items() if value})}"


async def _article(datasette: Datasette, request: Request) -> Row:
    """Return the row that the path names: by its name here, else by its node."""
    name = request.url_vars["name"]
    row = await _one(
        datasette,
        "SELECT * FROM articles WHERE page = :name OR CAST(node AS TEXT) = :name ORDER BY page <> :name, id LIMIT 1",
        name=name,
    )
    if row is None:
        raise NotFound(f"No page {name} in this archive; the search finds what is.")
    return row


async def _record(datasette: Datasette, version: Row) -> Row:
    row = await _one(datasette, "SELECT record FROM versions WHERE id = :id", id=version["id"])
    record: Row = json.loads(str(row["record"])) if row else {}
    return record


async def _all_paragraphs(datasette: Datasette, versions: list[Row]) -> list[Json]:
    """Return the text of all sheets, each in its latest version."""
    latest = {row["sheet"]: row for row in versions}
    return [text for row in latest.values() for text in _items((await _record(datasette, row)).get("paragraphs"))]


def _version(own: list[Row], number: str | None) -> Row:
    """Return the version of this number, the latest without one."""
    if not own:
        raise NotFound("No such sheet of this article.")
    if number is None:
        return own[-1]
    wanted = _whole(number, "version", default=1)
    found = next((row for row in own if row["number"] == wanted), None)
    if found is None:
        raise NotFound(f"There is no version {wanted}; the latest is {own[-1]['number']}.")
    return found


def _whole(text: str | None, name: str, *, default: int) -> int:
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:9]) <= MOST:
        raise UsageError(f"{name}={text}", "a whole number from 1 on is needed")
    return int(text)


def _language(text: str) -> str:
    """Return the language that a browser is told: it chooses the shapes of Chinese characters by it."""
    return "zh-Hans" if len(CHINESE.findall(text)) > MUCH_CHINESE * len(text) else "en"


def _items(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _int(value: Json) -> int:
    return value if isinstance(value, int) else 0


async def _rows(datasette: Datasette, sql: str, **values: Json) -> list[Row]:
    return [dict(row) for row in await datasette.get_database(DATABASE).execute(sql, values)]


async def _one(datasette: Datasette, sql: str, **values: Json) -> Row | None:
    return next(iter(await _rows(datasette, sql, **values)), None)


def _drifted_pages(archive: Path) -> tuple[DriftedPage, ...]:
    """Return the first pages that drifted, by the store's one rule, which `check` and the feed follow too."""
    with Changes(archive) as changes:
        drift = changes.drift()
    return drift.pages[:LATELY] if drift else ()


async def _page(
    datasette: Datasette, request: Request, template: str, context: Mapping[str, object], *, status: int = 200
) -> Response:
    return Response.html(await datasette.render_template(template, dict(context), request=request), status=status)
