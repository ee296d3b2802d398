"""The rows of an archive for export: all as of one moment, each table in an order that depends on its rows alone.

Only one row is held in memory: no statement here makes SQLite sort more than the pages of one node.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, TypeVar

from postarchive.jsonvalue import Json, JsonObject
from postarchive.record.values import date_of
from postarchive.record.versions import Part, Version
from postarchive.store.articles import ArticleVersion, StoredSheet, article_versions
from postarchive.store.evidence import version_in
from postarchive.store.files import mapped_damage
from postarchive.store.opened import Moment
from postarchive.store.stored import counts_in, json_in, number_in, record_in, time_in

Row = JsonObject
Made = TypeVar("Made")
Place: TypeAlias = tuple[tuple[str, int], tuple[int, str] | None]
COUNTS = ("new", "changed", "unchanged", "gone", "archived", "failed", "requests")

VERSIONS = """
    SELECT pages.site, pages.key, pages.gone, versions.*,
           (SELECT key FROM pages AS whole WHERE whole.id = pages.article) AS article,
           first.record_id, first.file, first.offset, first.stored_bytes, first.payload_digest,
           last.record_id AS last_record_id,
           (SELECT json_group_array(url) FROM
             (SELECT url FROM addresses WHERE page = pages.id ORDER BY first_seen, url)) AS addresses
    FROM pages CROSS JOIN versions ON versions.page = pages.id
    JOIN captures AS first ON first.id = versions.first_capture
    JOIN captures AS last ON last.id = versions.last_capture
    WHERE +pages.site = :site
      AND (:latest = 0 OR number = (SELECT max(number) FROM versions WHERE page = pages.id))
      AND (:pages IS NULL OR pages.id IN (SELECT value FROM json_each(:pages)))
      AND (:kinds = '[]' OR pages.kind IN (SELECT value FROM json_each(:kinds)))
      AND (:since IS NULL OR versions.last_seen >= :since)
    ORDER BY pages.node, pages.sheet, pages.key, number
"""  # the plus stops SQLite from using the index that would make it sort whole records
ARTICLES = """
    SELECT id, site, key FROM pages
    WHERE site = :site AND article = id
      AND (:pages IS NULL OR id IN
        (SELECT article FROM pages WHERE id IN (SELECT value FROM json_each(:pages))))
      AND (:kinds = '[]' OR kind IN (SELECT value FROM json_each(:kinds)))
      AND (:since IS NULL OR EXISTS (
        SELECT 1 FROM pages AS sheet JOIN versions ON versions.page = sheet.id
        WHERE sheet.article = pages.id AND versions.last_seen >= :since))
    ORDER BY node, sheet, key
"""
ADDRESSES_OF = "SELECT url FROM addresses WHERE page = :page ORDER BY first_seen, url"
PLACES = """
    SELECT files.file, ingested_bytes, offset, record_id FROM files LEFT JOIN captures ON captures.file = files.file
    WHERE ingested_bytes > 0 ORDER BY files.file, offset
"""
MEDIA = """
    SELECT DISTINCT json_extract(medium.value, '$.url') AS url FROM versions
    JOIN json_each(json_array('$.images', '$.attachments')) AS part
    JOIN json_each(versions.record, part.value) AS medium
    ORDER BY url
"""
CHANGES = """
    SELECT changes.id, site, key, changes.time, change, detail, version, record_id
    FROM changes CROSS JOIN pages ON pages.id = changes.page JOIN captures ON captures.id = changes.capture
    ORDER BY changes.id
"""
NUMBERS = """
    SELECT numbers.id, host, kind, nullif(label, '') AS label, number, dial,
           (SELECT count(*) FROM number_pages WHERE number_pages.number = numbers.id) AS pages, first_seen, last_seen,
           (SELECT record_id FROM captures WHERE captures.id = first_capture) AS first_record_id,
           (SELECT record_id FROM captures WHERE captures.id = last_capture) AS last_record_id
    FROM numbers ORDER BY numbers.id
"""
ADDRESSES = """
    SELECT addresses.url, host, site, key, first_seen, last_seen, status, refused
    FROM addresses LEFT JOIN pages ON pages.id = addresses.page ORDER BY addresses.url
"""
CAPTURES = """
    SELECT record_id, run, url, time, status, media_type, length_bytes AS length, payload_digest, location, etag,
           last_modified, origin, replay_url, file, offset, stored_bytes AS stored
    FROM captures ORDER BY id
"""
RUNS = "SELECT run, file, started, ended, options, counts FROM runs ORDER BY run"
PROBLEMS = """
    SELECT problems.id, problems.run, problems.url, problems.time, kind, detail, missing, record_id
    FROM problems LEFT JOIN captures ON captures.id = problems.capture ORDER BY problems.id
"""
SEALS = "SELECT record_id, run, manifest, authority, time, file, offset FROM seals ORDER BY id"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which pages: by row id, of a kind, or captured since an ISO date; None means no limit of that kind."""

    pages: list[int] | None = None
    kinds: tuple[str, ...] = ()
    since: str | None = None


class Tables(Moment):
    """The rows of one database, all as of one moment, even while a run writes."""

    def newest(self) -> datetime | None:
        """Return when the newest response was requested; None when there is none."""
        (row,) = self._made(_row, "SELECT max(time) AS time FROM captures")
        return time_in(str(row["time"])) if row["time"] else None

    def files(self) -> Iterator[tuple[str, int]]:
        """Yield each WARC file with how many of its bytes have rows."""
        return self._made(_file, "SELECT file, ingested_bytes FROM files WHERE ingested_bytes > 0 ORDER BY file")

    def places(self) -> Iterator[Place]:
        """Yield file, bytes of the file that have rows, offset and record id of each response, in order.

        A file without a response comes once, with None.
        """
        return self._made(_place, PLACES)

    def records(self, wanted: Selection | None = None) -> Iterator[Version]:
        """Yield the latest version of the pages, by site, node and sheet, pages without a node first."""
        return self._versions(_record, wanted or Selection(), is_latest=True)

    def articles(self, wanted: Selection | None = None) -> Iterator[Version]:
        """Yield the latest version of each article, over all its sheets, in the order of `records`.

        These are the rows that a query shows and that `stats` counts; a page without further sheets counts as an
        article.
        """
        chosen = wanted or Selection()
        for site in self._sites():
            for page, key in self._made(_named, ARTICLES, site=site, **_limits(chosen)):
                yield from self._article(site, key, page)

    def all_records(self) -> Iterator[Version]:
        """Yield every version of every page, ordered like `records`, the oldest of a page first."""
        return self._versions(_record, Selection(), is_latest=False)

    def versions(self) -> Iterator[Row]:
        """Yield what is known of every version besides its record, in the order of `all_records`."""
        return self._versions(_version, Selection(), is_latest=False)

    def media(self) -> Iterator[str]:
        """Yield the URL of every picture and file that a version of a page names, each once, in order."""
        return self._made(_url, MEDIA)

    def changes(self) -> Iterator[Row]:
        """Yield what happened to the pages, in order."""
        return self._made(_row, CHANGES)

    def numbers(self) -> Iterator[Row]:
        """Yield the telephone and registration numbers; the label of a registration is None."""
        return self._made(_row, NUMBERS)

    def addresses(self) -> Iterator[Row]:
        """Yield every URL that was answered."""
        return self._made(_row, ADDRESSES)

    def captures(self) -> Iterator[Row]:
        """Yield every response, in the order in which the evidence was read."""
        return self._made(_row, CAPTURES)

    def runs(self) -> Iterator[Row]:
        """Yield the runs, oldest first; the counts of one that was cut off are None."""
        return self._made(_run, RUNS)

    def problems(self) -> Iterator[Row]:
        """Yield the URLs that gave no response, or none that made a record."""
        return self._made(_row, PROBLEMS)

    def seals(self) -> Iterator[Row]:
        """Yield the replies of time-stamping authorities, oldest first."""
        return self._made(_row, SEALS)

    def _versions(self, made: Callable[[sqlite3.Row], Made], wanted: Selection, *, is_latest: bool) -> Iterator[Made]:
        for site in self._sites():
            yield from self._made(made, VERSIONS, site=site, latest=is_latest, **_limits(wanted))

    def _sites(self) -> list[str]:
        return [str(row["site"]) for row in self._made(_row, "SELECT DISTINCT site FROM pages ORDER BY site")]

    def _article(self, site: str, key: str, page: int) -> Iterator[Version]:
        """Yield the latest version of an article; nothing if the page has no version."""
        versions = article_versions(self._rows, page)
        for version in versions[-1:]:
            of_sheets = [row["url"] for own in version.sheets for row in self._rows(ADDRESSES_OF, {"page": own.page})]
            yield _whole(site, key, version, tuple(dict.fromkeys(of_sheets)))

    def _made(self, made: Callable[[sqlite3.Row], Made], sql: str, **values: Json) -> Iterator[Made]:
        with mapped_damage(self._path):
            for row in self._connection.execute(sql, values):
                yield made(row)


def _limits(wanted: Selection) -> JsonObject:
    pages = json.dumps(wanted.pages) if wanted.pages is not None else None
    return {"pages": pages, "kinds": json.dumps(wanted.kinds), "since": wanted.since}


def _named(row: sqlite3.Row) -> tuple[int, str]:
    return row["id"], row["key"]


def _place(row: sqlite3.Row) -> Place:
    response = None if row["record_id"] is None else (row["offset"], row["record_id"])
    return (row["file"], number_in(row["ingested_bytes"])), response


def _url(row: sqlite3.Row) -> str:
    return str(row["url"])


def _file(row: sqlite3.Row) -> tuple[str, int]:
    return row["file"], number_in(row["ingested_bytes"])


def _record(row: sqlite3.Row) -> Version:
    return version_in(row, tuple(json.loads(row["addresses"])))


def _whole(site: str, key: str, found: ArticleVersion, addresses: tuple[str, ...]) -> Version:
    first, paragraph_counts = found.sheets[0], Counter(id(sheet) for _, sheet in found.paragraphs())
    return Version(
        page=first.page,
        site=site,
        key=key,
        article=key,
        number=found.number,
        change=found.change,
        record=found.record,
        first_seen=found.first_seen,
        last_seen=found.last_seen,
        gone=first.gone,
        evidence=first.evidence,
        addresses=addresses,
        parts=tuple(_part(own, paragraph_counts[id(own)]) for own in found.sheets),
    )


def _part(own: StoredSheet, paragraphs: int) -> Part:
    return Part(
        sheet=own.sheet,
        key=own.key,
        url=own.url,
        number=own.number,
        paragraphs=paragraphs,
        first_seen=own.first_seen,
        last_seen=own.last_seen,
        gone=own.gone,
        evidence=own.evidence,
    )


def _version(row: sqlite3.Row) -> Row:
    record = record_in(row["record"])
    same: Row = {name: row[name] for name in ("change", "parts", "fingerprint", "skeleton", "first_seen", "last_seen")}
    return same | {
        "site": row["site"],
        "key": row["key"],
        "version": row["number"],
        "title": record.title,
        "date": date_of(record),
        "first_record_id": row["record_id"],
        "last_record_id": row["last_record_id"],
    }


def _run(row: sqlite3.Row) -> Row:
    """Return a run; a closing record names only what was counted, so a missing count is 0."""
    same: Row = {name: row[name] for name in ("run", "file", "started", "ended")}
    return same | counts_in(row["counts"], COUNTS) | {"options": json_in(row["options"])}


def _row(row: sqlite3.Row) -> Row:
    return dict(row)
