"""The front page: search, the years, what is new and what changed, how complete the archive is."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from postarchive.news import DriftedPage
from postarchive.record.differences import DiffPiece, differences
from postarchive.serve.about import MEANING, QUERIES, RIGHTS, TITLE
from postarchive.serve.asking import Row, int_or_zero, language_of, one, page_from, rows
from postarchive.serve.marked import changed_sentence
from postarchive.serve.percopy import PerCopy
from postarchive.serve.shelf import Shelf
from postarchive.serve.tables import DATABASE, TABLES
from postarchive.store.changes import Changes
from postarchive.store.stored import record_in

NEWEST, LATELY, OF_STAMPS = 8, 6, 4  # rows of each
EMPTY_YEARS = 12  # years without an article drawn between two with one; if they are further apart, one is a misprint
HIGHEST = 100.0  # of a bar, in units of the drawing

COUNTS = """
SELECT count(*) AS articles, sum(kind = 'news') AS news, sum(kind = 'stamp') AS stamps,
       (SELECT count(*) FROM versions) AS versions, sum(gone IS NOT NULL) AS gone, sum(edited IS NOT NULL) AS edited,
       min(date) AS oldest, max(date) AS newest, min(first_seen) AS first_seen, max(last_seen) AS last_seen
FROM articles
"""
YEARS = """
SELECT year, count(*) AS articles, sum(kind = 'stamp') AS stamps FROM articles
WHERE year IS NOT NULL GROUP BY year ORDER BY year
"""
NEWEST_OF = """
SELECT id, page, title, date, kind, source, gone, edited, substr(text, 1, 200) AS text,
       (SELECT serial FROM stamps WHERE article = articles.id) AS serial
FROM articles WHERE date IS NOT NULL AND (kind = 'stamp') = :stamps ORDER BY date DESC, id LIMIT :most
"""
CHANGED = """
SELECT articles.page, articles.title, changes.change, changes.time, changes.version, changes.sheet, changes.detail,
       articles.sheets, new.record AS record, old.record AS before
FROM changes JOIN articles ON articles.id = changes.article
LEFT JOIN versions AS new ON new.article = changes.article AND new.sheet = changes.sheet
  AND new.number = changes.version AND changes.change = 'edit'
LEFT JOIN versions AS old ON old.article = changes.article AND old.sheet = changes.sheet
  AND old.number = changes.version - 1 AND changes.change = 'edit'
WHERE changes.change IN ('edit', 'gone', 'back') ORDER BY changes.time DESC, changes.id DESC LIMIT :most
"""
RUN = "SELECT * FROM runs WHERE ended IS NOT NULL ORDER BY run DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class Year:
    """A year's bar: how many articles and how many of them are stamps, and how high each is drawn (of 100)."""

    year: int
    articles: int
    stamps: int
    height: float
    height_of_stamps: float


class FrontPage:
    """The front page; its figures are counted once for each copy."""

    def __init__(self, archive: Path, shelf: Shelf, copied: Callable[[], str]) -> None:
        """Show the current copy of this archive; `copied` says when it was made, as text."""
        self._archive = archive
        self._shelf = shelf
        self._copied = copied
        self._cache: PerCopy[dict[str, object]] = PerCopy(1)

    async def front(self, datasette: Datasette, request: Request) -> Response:
        """Show it."""
        contents = await self._cache.get(datasette, "front", lambda: self._contents(datasette))
        return await page_from(datasette, request, "front.html", contents | {"copied": self._copied()})

    async def _contents(self, datasette: Datasette) -> dict[str, object]:
        newest = await rows(datasette, NEWEST_OF, most=NEWEST, stamps=0)
        stamps = await rows(datasette, NEWEST_OF, most=OF_STAMPS, stamps=1)
        changed = await rows(datasette, CHANGED, most=LATELY)
        return {
            "title": TITLE,
            "meaning": MEANING,
            "rights": RIGHTS,
            "queries": QUERIES,
            "tables": TABLES.values(),
            "database": DATABASE,
            "counts": await one(datasette, COUNTS),
            "years": years_of(await rows(datasette, YEARS)),
            "newest": [row | {"language": language_of(f"{row['title']}{row['text']}")} for row in newest],
            "stamps": stamps,
            "pictures": await self._shelf.of_articles(datasette, _ids(newest))
            | await self._shelf.of_stamps(datasette, _ids(stamps)),
            "changed": await asyncio.to_thread(lambda: [(row, _sentence(row)) for row in changed]),
            "run": await one(datasette, RUN),
            "drift": await asyncio.to_thread(_drifted_pages, self._archive),
        }


def years_of(counted: list[Row]) -> list[Year]:
    """Return the years with their bars, including years in between without an article."""
    most = max((int_or_zero(row["articles"]) for row in counted), default=1)
    years: list[Year] = []
    for row in counted:
        year, articles, stamps = (int_or_zero(row[name]) for name in ("year", "articles", "stamps"))
        if years and year - years[-1].year <= EMPTY_YEARS:
            years += [Year(empty, 0, 0, 0.0, 0.0) for empty in range(years[-1].year + 1, year)]
        years.append(Year(year, articles, stamps, _height(articles, most), _height(stamps, most)))
    return years


def _ids(found: list[Row]) -> list[int]:
    return [int_or_zero(row["id"]) for row in found]


def _height(count: int, most: int) -> float:
    return max(round(HIGHEST * count / most, 1), 2.0) if count else 0.0


def _sentence(row: Row) -> tuple[DiffPiece, ...]:
    """Return what an edit changed; () for any other event."""
    if row["record"] is None or row["before"] is None:
        return ()
    return changed_sentence(differences(record_in(str(row["before"])), record_in(str(row["record"]))))


def _drifted_pages(archive: Path) -> tuple[DriftedPage, ...]:
    """Return the first pages that drifted, by the store's rule, which `check` and the feed use too."""
    with Changes(archive) as changes:
        drift = changes.drift()
    return drift.pages[:LATELY] if drift else ()
