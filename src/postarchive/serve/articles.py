"""The pages of one article: to read in any of its versions, what changed between two, and the HTML as it came.

Versions are the store's own, of all sheets together, so that the web says what `show`, `history` and `diff` say.
"""

import asyncio
from pathlib import Path
from urllib.parse import urlencode

from datasette.app import Datasette
from datasette.utils.asgi import NotFound, Request, Response
from markupsafe import Markup

from postarchive.collect.kept import stored_capture
from postarchive.errors import UnreadableInput, UsageError
from postarchive.record.differences import differences
from postarchive.record.values import date_of, rows_of
from postarchive.serve.asking import Row, language_of, one, page_from, whole_number
from postarchive.serve.original import cleaned_content
from postarchive.store.articles import ArticleVersion, StoredSheet
from postarchive.store.read import Reader

Versions = tuple[ArticleVersion, ...]
NO_SHEET = "No such sheet of this article."


class ArticleViews:
    """The pages below `/-/article/`."""

    def __init__(self, archive: Path) -> None:
        """Read the versions of this archive."""
        self._archive = archive

    async def article(self, datasette: Datasette, request: Request) -> Response:
        """Show an article to read, one of its versions, or the difference between two; with `sheet` that sheet."""
        article = await _article(datasette, request)
        versions = await self._versions(article, request)
        if "from" in request.args or "to" in request.args:
            return await _difference(datasette, request, article, versions)
        shown = _numbered(versions, request.args.get("version"))
        paragraphs = shown.paragraphs()
        text = " ".join([shown.record.title or "", *(text for text, _ in paragraphs)])
        context = {
            "article": article,
            "record": shown.record,
            "date": date_of(shown.record),
            "entries": rows_of(shown.record),
            "paragraphs": [(text, sheet.sheet) for text, sheet in paragraphs],
            "language": language_of(text),
            "version": shown,
            "versions": versions,
            "sheet": request.args.get("sheet"),
            "is_latest": shown is versions[-1],
            "events": await asyncio.to_thread(self._events, article),
        }
        return await page_from(datasette, request, "article.html", context)

    async def original(self, datasette: Datasette, request: Request) -> Response:
        """Show the content region of a sheet as the site had it, cleaned, out of the evidence."""
        article = await _article(datasette, request)
        shown = _numbered(await self._versions(article, request), request.args.get("version"))
        content, problem = await asyncio.to_thread(self._content, shown.sheets[0])
        context = {
            "article": article,
            "version": shown,
            "sheet": shown.sheets[0],
            "content": Markup(content),  # noqa: S704 - nh3 has cleaned it, and no page may run a script
            "problem": problem,
            "language": language_of(content),
        }
        return await page_from(datasette, request, "original.html", context)

    async def _versions(self, article: Row, request: Request) -> Versions:
        """Return the versions of the article, or of the sheet that the address names."""
        sheet = request.args.get("sheet")
        number = whole_number(sheet, "sheet", default=1) if sheet is not None else None
        versions = await asyncio.to_thread(self._stored, article, number)
        if not versions:
            raise NotFound(NO_SHEET)
        return versions

    def _stored(self, article: Row, sheet: int | None) -> Versions:
        with Reader(self._archive) as reader:
            return reader.article_versions(_id(article), sheet=sheet)

    def _events(self, article: Row) -> list[Row]:
        """Return when a sheet of the article was gone or back."""
        with Reader(self._archive) as reader:
            return [row for row in reader.history(_id(article)) if row["change"] in ("gone", "back")]

    def _content(self, sheet: StoredSheet) -> tuple[str, str | None]:
        """Return the cleaned HTML and None, or nothing and why there is none."""
        try:
            with Reader(self._archive) as reader:
                return cleaned_content(stored_capture(reader, sheet.evidence)), None
        except UnreadableInput as error:
            return "", str(error)


async def _difference(datasette: Datasette, request: Request, article: Row, versions: Versions) -> Response:
    new = _numbered(versions, request.args.get("to"))
    old = _numbered(versions, request.args.get("from") or str(max(new.number - 1, 1)))
    if old is new:
        raise UsageError("", "two different versions are needed to compare")
    fields = differences(old.record, new.record)
    text = " ".join(piece.text for field in fields for line in field.lines for piece in line)
    sheet = {"sheet": request.args["sheet"]} if "sheet" in request.args else {}
    links = [urlencode(sheet | {"version": version.number}) for version in (old, new)]
    context = {
        "article": article,
        "old": old,
        "new": new,
        "links": links,
        "fields": fields,
        "language": language_of(text),
    }
    return await page_from(datasette, request, "difference.html", context)


async def _article(datasette: Datasette, request: Request) -> Row:
    """Return the row that the path names: by its name here, else by its node."""
    name = request.url_vars["name"]
    row = await one(
        datasette,
        "SELECT * FROM articles WHERE page = :name OR CAST(node AS TEXT) = :name ORDER BY page <> :name, id LIMIT 1",
        name=name,
    )
    if row is None:
        raise NotFound(f"No page {name} in this archive; the search finds what is.")
    return row


def _numbered(versions: Versions, number: str | None) -> ArticleVersion:
    """Return the version of this number, the latest without one."""
    if number is None:
        return versions[-1]
    wanted = whole_number(number, "version", default=1)
    if wanted > len(versions):
        raise NotFound(f"There is no version {wanted}; the latest is {len(versions)}.")
    return versions[wanted - 1]


def _id(article: Row) -> int:
    return int(str(article["id"]))
