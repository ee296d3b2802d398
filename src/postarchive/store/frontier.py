"""What the crawl needs from the database: the URLs that were answered before, and the links of the stored pages."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from postarchive.store.stored import texts_in, time_in

# Runs a query and maps SQLite's errors: for all rows, or for the first, with values by name.
Query: TypeAlias = Callable[[str], Iterable[sqlite3.Row]]
QueryOne: TypeAlias = Callable[..., sqlite3.Row | None]


@dataclass(frozen=True, slots=True)
class SeenRow:
    """An address with what is known about its page; kind, date and changed are None if it never gave a page."""

    url: str
    status: int
    last_seen: datetime
    kind: str | None
    sheet: int
    date: str | None
    changed: datetime | None
    is_gone: bool
    is_refused: bool


@dataclass(frozen=True, slots=True)
class AnsweredRow:
    """What a URL returned: the latest status, and the kind, latest record and links of its page.

    The record is JSON text as stored, None if there is none; `kind` is None if there is no page.
    """

    status: int
    kind: str | None
    record: str | None
    links: tuple[str, ...]


def seen(query: Query) -> Iterator[SeenRow]:
    """Yield every address that was answered."""
    rows = query(
        """
        SELECT addresses.url, addresses.status, addresses.last_seen, addresses.refused,
               pages.kind, pages.sheet, pages.date, pages.gone,
               (SELECT max(first_seen) FROM versions WHERE versions.page = pages.id) AS changed
        FROM addresses LEFT JOIN pages ON pages.id = addresses.page ORDER BY addresses.url
        """
    )
    for row in rows:
        yield SeenRow(
            url=row["url"],
            status=row["status"],
            last_seen=time_in(row["last_seen"]),
            kind=row["kind"],
            sheet=row["sheet"] or 1,
            date=row["date"],
            changed=time_in(row["changed"]) if row["changed"] else None,
            is_gone=row["gone"] is not None,
            is_refused=row["refused"] is not None,
        )


def all_links(query: Query) -> Iterator[str]:
    """Yield the links of all pages, in the order in which they were found."""
    for row in query("SELECT url FROM links GROUP BY url ORDER BY min(page), url"):
        yield row["url"]


def unanswered(query: Query) -> Iterator[str]:
    """Yield the URLs that gave no response when last requested; run names sort in the order in which runs began."""
    rows = query(
        """
        SELECT url FROM problems WHERE kind = 'no-answer' AND NOT EXISTS (
          SELECT 1 FROM captures WHERE captures.url = problems.url AND origin = 'live' AND (
            captures.run > problems.run OR (captures.run = problems.run AND captures.time >= problems.time)
          )
        ) GROUP BY url
        """
    )
    for row in rows:
        yield row["url"]


def answered(query_one: QueryOne, url: str) -> AnsweredRow | None:
    """Return what a URL returned; None when it was never answered."""
    found = query_one(
        """
        SELECT addresses.status, pages.kind, link_lists.urls,
               (SELECT record FROM versions WHERE versions.page = pages.id ORDER BY number DESC LIMIT 1) AS record
        FROM addresses LEFT JOIN pages ON pages.id = addresses.page LEFT JOIN link_lists ON link_lists.page = pages.id
        WHERE addresses.url = :url
        """,
        url=url,
    )
    if found is None:
        return None
    links = texts_in(found["urls"]) if found["urls"] else ()
    return AnsweredRow(found["status"], found["kind"], found["record"], links)
