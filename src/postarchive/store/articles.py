"""The versions of an article over all its sheets: turn rows into `record.articles` states with their evidence."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import TypeAlias

from postarchive.jsonvalue import JsonObject
from postarchive.models import Evidence
from postarchive.record.articles import ArticleState, article_states, whole_record, without_repeats
from postarchive.record.revisions import Change
from postarchive.record.values import Page
from postarchive.store.evidence import evidence_in
from postarchive.store.stored import number_in, record_in, time_in

Fetch: TypeAlias = Callable[[str, JsonObject], Iterator[sqlite3.Row]]  # runs a query; the caller maps SQLite's errors


@dataclass(frozen=True, slots=True)
class StoredSheet:
    """A version of one sheet: when it was seen, since when it has been gone (None: it is there), and its evidence."""

    page: int
    key: str
    sheet: int
    number: int
    change: str
    run: str
    first_seen: str
    last_seen: str
    gone: str | None
    url: str
    origin: str
    record: Page
    evidence: Evidence

    @property
    def seen(self) -> datetime:
        """When it was first captured."""
        return time_in(self.first_seen)


@dataclass(frozen=True, slots=True)
class ArticleVersion:
    """A version of an article: the state of its sheets, each with its own evidence.

    `missing` lists the sheets not captured by then, `changed` those that it changed, () for the first version.
    """

    number: int
    change: str
    first_seen: str
    last_seen: str
    sheets: tuple[StoredSheet, ...]
    changed: tuple[int, ...]
    missing: tuple[int, ...]

    @property
    def names(self) -> frozenset[tuple[int, int]]:
        """Which versions of which sheets it consists of."""
        return frozenset((sheet.sheet, sheet.number) for sheet in self.sheets)

    @property
    def record(self) -> Page:
        """The record of the whole article; for a page that is not in parts, its own record."""
        return whole_record([sheet.record for sheet in self.sheets])

    def paragraphs(self) -> list[tuple[str, StoredSheet]]:
        """Return the paragraphs, each with the sheet whose capture is its evidence."""
        shown = without_repeats([sheet.record for sheet in self.sheets])
        own = [sheet for sheet in self.sheets if any(sheet.record is record for record in shown)]
        return [(text, sheet) for sheet in own for text in sheet.record.paragraphs]


def article_versions(fetch: Fetch, page: int, sheet: int | None = None) -> tuple[ArticleVersion, ...]:
    """Return the versions of the article that a page belongs to, oldest first; with `sheet`, of that sheet only.

    Empty when the page has no version, or the article has no such sheet.
    """
    rows = [_sheet(row) for row in fetch(_SHEETS, {"page": page, "sheet": sheet})]
    by_version = {(row.sheet, row.number): row for row in rows}
    states = article_states(rows)
    return tuple(_version(state, after, by_version) for state, after in zip_longest(states, states[1:]))


def article_history(fetch: Fetch, page: int, sheet: int | None = None) -> list[JsonObject]:
    """Return an article's events, oldest first: each row has the version it made or saw, the sheet and the evidence."""
    versions = article_versions(fetch, page, sheet)
    return [_event(dict(row), versions) for row in fetch(_CHANGES, {"page": page, "sheet": sheet})]


def _event(row: JsonObject, versions: tuple[ArticleVersion, ...]) -> JsonObject:
    """Return a change with the sheet's version number replaced by the article's."""
    states = [version for version in versions if (row["sheet"], row["version"]) in version.names]
    if row["change"] in (Change.GONE, Change.BACK):
        states = [version for version in states if version.first_seen <= str(row["time"])] or states
        return row | {"version": states[-1].number if states else None, "last_seen": None}
    return row | {"version": states[0].number if states else None}


def _version(
    state: ArticleState, after: ArticleState | None, rows: Mapping[tuple[int, int], StoredSheet]
) -> ArticleVersion:
    sheets = {sheet: rows[sheet, number] for sheet, number in state.sheets.items()}
    begun = [sheets[sheet] for sheet in state.changed or sheets]
    replaced = [sheets[sheet] for sheet in (after.changed if after else sheets)]
    return ArticleVersion(
        number=state.number,
        change=state.change,
        first_seen=min(sheet.first_seen for sheet in begun),
        last_seen=max(sheet.last_seen for sheet in replaced),
        sheets=tuple(sheets.values()),
        changed=state.changed,
        missing=state.missing,
    )


def _sheet(row: sqlite3.Row) -> StoredSheet:
    return StoredSheet(
        page=row["page"],
        key=row["key"],
        sheet=row["sheet"],
        number=number_in(row["number"]),
        change=row["change"],
        run=row["run"],
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        gone=row["gone"],
        url=row["url"],
        origin=row["origin"],
        record=record_in(row["record"]),
        evidence=evidence_in(row),
    )


# In the order in which the archive received them.
_SHEETS = """
    SELECT versions.page, pages.key, pages.sheet, pages.gone, pages.url, versions.number, versions.change,
           versions.record, versions.first_seen, versions.last_seen, captures.run, captures.origin, captures.file,
           captures.offset, captures.stored_bytes, captures.record_id, captures.payload_digest
    FROM pages AS own JOIN pages ON pages.article = own.article
    JOIN versions ON versions.page = pages.id JOIN captures ON captures.id = versions.first_capture
    WHERE own.id = :page AND (:sheet IS NULL OR pages.sheet = :sheet)
    ORDER BY versions.first_seen, versions.first_capture
"""
_CHANGES = """
    SELECT changes.version, pages.sheet, changes.change, changes.time, changes.detail, captures.record_id,
           captures.payload_digest, captures.file, captures.offset, versions.last_seen
    FROM pages AS own JOIN pages ON pages.article = own.article
    JOIN changes ON changes.page = pages.id JOIN captures ON captures.id = changes.capture
    LEFT JOIN versions ON versions.page = changes.page AND versions.number = changes.version
    WHERE own.id = :page AND (:sheet IS NULL OR pages.sheet = :sheet)
    ORDER BY changes.time, changes.capture, changes.id
"""
