"""The pages of one article: any version to read or cite, and the original HTML; `differing` compares two versions.

Versions are the store's own, over all sheets together, so the web says the same as `show`, `history` and `diff`.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from datasette.app import Datasette
from datasette.utils.asgi import NotFound, Request, Response
from markupsafe import Markup

from postarchive.collect.kept import stored_capture
from postarchive.errors import UnreadableInput, UsageError
from postarchive.export.cite import as_bibtex, as_csl, as_text, citation_of
from postarchive.export.show import article_text
from postarchive.record.values import Page, date_of, rows_of
from postarchive.serve.asking import Row, int_or_zero, language_of, one, page_from, rows_of_all, whole_number
from postarchive.serve.differing import difference
from postarchive.serve.memento import MementoViews
from postarchive.serve.mementos import SECOND, uri
from postarchive.serve.original import Held, cleaned_content
from postarchive.serve.pictures import Picture
from postarchive.serve.reading import blocks_of
from postarchive.serve.shelf import Shelf
from postarchive.store.articles import ArticleVersion, StoredSheet
from postarchive.store.read import LaggingReader, StoredSeal

Versions = tuple[ArticleVersion, ...]
NO_SHEET = "No such sheet of this article."
TEXT_COLUMNS = 80
GONE_OR_BACK = "SELECT EXISTS (SELECT 1 FROM changes WHERE article = :id AND change IN ('gone', 'back')) AS is_so"
STAMP = "SELECT * FROM stamps WHERE article = :id"
CITATIONS = {
    "text": ("text/plain; charset=utf-8", "txt"),
    "bibtex": ("application/x-bibtex; charset=utf-8", "bib"),
    "csl-json": ("application/vnd.citationstyles.csl+json; charset=utf-8", "json"),
}
NEIGHBOURS = """
SELECT lists.title AS list, articles.page, articles.title, lists.place - own.place AS step
FROM (SELECT list, place FROM lists WHERE article = :id ORDER BY id LIMIT 1) AS own
JOIN lists ON lists.list = own.list AND lists.place IN (own.place - 1, own.place + 1)
JOIN articles ON articles.id = lists.article
"""
# An article in no list is placed among those of its kind, by date.
NEIGHBOURS_BY_DATE = """
SELECT * FROM (SELECT page, title, -1 AS step FROM articles WHERE kind = :kind AND (date, -id) > (:date, -:id)
               ORDER BY date, -id LIMIT 1)
UNION ALL
SELECT * FROM (SELECT page, title, 1 AS step FROM articles WHERE kind = :kind AND (date, -id) < (:date, -:id)
               ORDER BY date DESC, -id DESC LIMIT 1)
"""


@dataclass(frozen=True, slots=True)
class ArticleHistory:
    """What the store knows about an article: its versions, the one requested, and the seals on that one.

    `events` says when a sheet was gone or back.
    """

    versions: Versions
    shown: ArticleVersion
    events: tuple[Row, ...]
    seals: tuple[StoredSeal, ...]

    def cited(self) -> dict[str, str]:
        """Return the citation of the version in each form."""
        cited = citation_of(self.shown, self.seals)
        csl = json.dumps(as_csl(cited), ensure_ascii=False, indent=2)
        return {"text": as_text(cited), "bibtex": as_bibtex(cited), "csl-json": f"{csl}\n"}


class ArticleViews:
    """The pages below `/-/article/`."""

    def __init__(self, archive: Path, shelf: Shelf, mementos: MementoViews) -> None:
        """Read the versions of this archive."""
        self._archive = archive
        self._shelf = shelf
        self._mementos = mementos

    async def article(self, datasette: Datasette, request: Request) -> Response:
        """Show an article to read, one of its versions, or the difference between two; with `sheet`, of that sheet."""
        article = await _article(datasette, request)
        (has_events,), stamps, *near = await rows_of_all(
            datasette, (GONE_OR_BACK, STAMP, NEIGHBOURS, NEIGHBOURS_BY_DATE), article
        )
        history = await self._history(article, request, has_events=bool(has_events["is_so"]))
        if "from" in request.args or "to" in request.args:
            return await _difference(datasette, request, article, history.versions)
        shown, record = history.shown, history.shown.record
        is_latest = shown is history.versions[-1]
        pictures = await self._pictures(record, None if is_latest else shown.last_seen)
        lead, blocks, others = blocks_of(shown, pictures)
        context = {
            "article": article,
            "record": record,
            "date": date_of(record),
            "entries": rows_of(record),
            "lead": lead,
            "listed": await self._listed(datasette, article, stamps) if is_latest and lead is None else None,
            "blocks": blocks,
            "others": others,
            "language": language_of(" ".join((record.title or "", *record.paragraphs))),
            "version": shown,
            "versions": history.versions,
            "sheet": request.args.get("sheet"),
            "is_latest": is_latest,
            "events": history.events,
            "edits": [version for version in history.versions if version.change == "edit"],
            "citations": history.cited(),
            "stamp": next(iter(stamps), None),
            "neighbours": _neighbours(*near),
        }
        response = await page_from(datasette, request, "article.html", context)
        response.headers["link"] = self._mementos.link_header(request, str(article["url"]))
        return response

    async def _listed(self, datasette: Datasette, article: Row, stamps: list[Row]) -> Picture | None:
        """Return the picture that a list of the site shows beside a stamp; None for any other page."""
        found = await self._shelf.of_stamps(datasette, [_id(article)]) if stamps else {}
        return found.get(_id(article))

    async def text(self, datasette: Datasette, request: Request) -> Response:
        """Send one version as plain text."""
        article = await _article(datasette, request)
        shown = (await self._history(article, request)).shown
        return Response.text(article_text(shown.record, width=TEXT_COLUMNS))

    async def cite(self, datasette: Datasette, request: Request) -> Response:
        """Send the citation of one version: `format` is text, bibtex or csl-json."""
        article = await _article(datasette, request)
        form = request.args.get("format") or "text"
        if form not in CITATIONS:
            raise UsageError(f"format={form}", f"the choices are {', '.join(CITATIONS)}")
        history = await self._history(article, request)
        content_type, suffix = CITATIONS[form]
        headers = {
            "content-disposition": f'inline; filename="chinapost-{_id(article)}-v{history.shown.number}.{suffix}"'
        }
        return Response(history.cited()[form], headers=headers, content_type=content_type)

    async def original(self, datasette: Datasette, request: Request) -> Response:
        """Show the content region of a sheet from the evidence, as the site published it, but cleaned."""
        article = await _article(datasette, request)
        shown = (await self._history(article, request)).shown
        content, problem = await asyncio.to_thread(self._content, shown.sheets[0])
        context = {
            "article": article,
            "version": shown,
            "sheet": shown.sheets[0],
            "content": Markup(content),  # noqa: S704 - nh3 has cleaned it, and no page may run a script
            "problem": problem,
            "memento": f"/-/memento/{shown.sheets[0].seen:{SECOND}}/{uri(shown.sheets[0].url)}",
            "language": language_of(content),
        }
        response = await page_from(datasette, request, "original.html", context)
        response.headers |= await self._mementos.headers_of(request, shown.sheets[0])
        return response

    async def _history(self, article: Row, request: Request, *, has_events: bool = False) -> ArticleHistory:
        """Return the versions of the article, or of the sheet that the address names, and the one that it asks for."""
        sheet = request.args.get("sheet")
        number = whole_number(sheet, "sheet", default=1) if sheet is not None else None
        version = request.args.get("version")
        return await asyncio.to_thread(self._stored, article, number, version, has_events=has_events)

    def _stored(self, article: Row, sheet: int | None, version: str | None, *, has_events: bool) -> ArticleHistory:
        with LaggingReader(self._archive) as reader:  # making the copy already checked that no row is missing
            versions = reader.article_versions(_id(article), sheet=sheet)
            if not versions:
                raise NotFound(NO_SHEET)
            history = reader.history(_id(article), sheet=sheet) if has_events else []
            shown = _numbered(versions, version)
            seals = reader.seals_over(max(sheet.run for sheet in shown.sheets))
        events = tuple(row for row in history if row["change"] in ("gone", "back"))
        return ArticleHistory(versions, shown, events, tuple(seals))

    async def _pictures(self, record: Page, at: str | None) -> dict[str, Picture]:
        if not record.images:
            return {}
        return await asyncio.to_thread(self._shelf.pictures.of_urls, [image.url for image in record.images], at)

    def _content(self, sheet: StoredSheet) -> tuple[str, str | None]:
        """Return the cleaned HTML and None, or "" and why there is none."""
        try:
            with LaggingReader(self._archive) as reader:
                return cleaned_content(
                    stored_capture(reader, sheet.evidence), partial(self._held, sheet.last_seen)
                ), None
        except UnreadableInput as error:
            return "", str(error)

    def _held(self, at: str, pictures: Sequence[str], _links: Sequence[str]) -> Held:
        """Return the pictures that the archive holds, as of a time; links lead to the site."""
        return Held(self._shelf.pictures.of_urls(pictures, at), {})


async def _difference(datasette: Datasette, request: Request, article: Row, versions: Versions) -> Response:
    new = _numbered(versions, request.args.get("to"))
    old = _numbered(versions, request.args.get("from") or str(max(new.number - 1, 1)))
    return await page_from(datasette, request, "difference.html", difference(request, article, old, new))


def _neighbours(in_list: list[Row], by_date: list[Row]) -> dict[str, object]:
    """Return the articles before and after this one in its list; `list` is the list's title, None for order by date."""
    found = in_list or by_date
    by_step = {int_or_zero(row["step"]): row for row in found}
    return {
        "before": by_step.get(-1),
        "after": by_step.get(1),
        "list": next((row.get("list") for row in found), None),
    }


async def _article(datasette: Datasette, request: Request) -> Row:
    """Return the row that the path names, by its name in the copy or else by its node."""
    name = request.url_vars["name"]
    row = await one(datasette, "SELECT * FROM articles WHERE page = :name", name=name)
    if row is None and name.isascii() and name.isdigit():
        row = await one(datasette, "SELECT * FROM articles WHERE node = :node ORDER BY id LIMIT 1", node=_node(name))
    if row is None:
        raise NotFound(f"No page {name} in this archive; the search finds what is.")
    return row


def _node(name: str) -> int:
    return int(name[:12])


def _numbered(versions: Versions, number: str | None) -> ArticleVersion:
    """Return the version with this number, by default the latest."""
    if number is None:
        return versions[-1]
    wanted = whole_number(number, "version", default=1)
    if wanted > len(versions):
        raise NotFound(f"There is no version {wanted}; the latest is {len(versions)}.")
    return versions[wanted - 1]


def _id(article: Row) -> int:
    return int(str(article["id"]))
