"""The rows of an archive for others to keep: all of one moment, each table in an order that depends on nothing else.

Nothing is held but the row in hand: no statement here makes SQLite sort more than the pages of one node.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from postarchive.jsonvalue import Json, JsonObject
from postarchive.record.values import date_of
from postarchive.record.versions import Version
from postarchive.store.evidence import evidence_in
from postarchive.store.files import mapped_damage
from postarchive.store.opened import Moment
from postarchive.store.stored import record_in

Row = JsonObject
Made = TypeVar("Made")
COUNTS = ("new", "changed", "unchanged", "gone", "archived", "failed", "requests")

VERSIONS = """
    SELECT pages.site, pages.key, pages.gone, versions.*, first.record_id, first.file, first.offset,
           first.stored_bytes, first.payload_digest, last.record_id AS last_record_id,
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
"""  # the plus keeps SQLite from the index that would make it sort whole records
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


@dataclass(frozen=True, slots=True)
class Selection:
    """Which pages: by row id, of a kind, or captured since an ISO date; None means no limit of that kind."""

    pages: list[int] | None = None
    kinds: tuple[str, ...] = ()
    since: str | None = None


class Tables(Moment):
    """The rows of one database, all of one moment, even while a run writes."""

    def newest(self) -> datetime | None:
        """Return when the newest response was asked for; None when there is none."""
        (row,) = self._made(_row, "SELECT max(time) AS time FROM captures")
        return datetime.fromisoformat(str(row["time"])) if row["time"] else None

    def files(self) -> Iterator[tuple[str, int]]:
        """Yield each WARC file with up to which byte it has its rows."""
        return self._made(_file, "SELECT file, ingested_bytes FROM files WHERE ingested_bytes > 0 ORDER BY file")

    def records(self, wanted: Selection | None = None) -> Iterator[Version]:
        """Yield the latest version of the pages, by site, node and sheet, pages without a node first."""
        return self._versions(_record, wanted or Selection(), is_latest=True)

    def all_records(self) -> Iterator[Version]:
        """Yield every version of every page like `records`, the oldest of a page first."""
        return self._versions(_record, Selection(), is_latest=False)

    def versions(self) -> Iterator[Row]:
        """Yield what is known of every version beside its record, in the order of `all_records`."""
        return self._versions(_version, Selection(), is_latest=False)

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
        """Yield the runs, the oldest first; the counts of one that was cut off are None."""
        return self._made(_run, RUNS)

    def problems(self) -> Iterator[Row]:
        """Yield the URLs for which no response came, or none that made a record."""
        return self._made(_row, PROBLEMS)

    def _versions(self, made: Callable[[sqlite3.Row], Made], wanted: Selection, *, is_latest: bool) -> Iterator[Made]:
        for site in list(self._made(_row, "SELECT DISTINCT site FROM pages ORDER BY site")):
            yield from self._made(
                made,
                VERSIONS,
                site=site["site"],
                latest=is_latest,
                pages=json.dumps(wanted.pages) if wanted.pages is not None else None,
                kinds=json.dumps(wanted.kinds),
                since=wanted.since,
            )

    def _made(self, made: Callable[[sqlite3.Row], Made], sql: str, **values: Json) -> Iterator[Made]:
        with mapped_damage(self._path):
            for row in self._connection.execute(sql, values):
                yield made(row)


def _file(row: sqlite3.Row) -> tuple[str, int]:
    return row["file"], row["ingested_bytes"]


def _record(row: sqlite3.Row) -> Version:
    return Version(
        page=row["page"],
        site=row["site"],
        key=row["key"],
        number=row["number"],
        change=row["change"],
        record=record_in(row["record"]),
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        gone=row["gone"],
        evidence=evidence_in(row),
        addresses=tuple(json.loads(row["addresses"])),
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
    """Return a run; a closing record names only what was counted, so a count that it lacks is 0."""
    counts: dict[str, str] | None = json.loads(row["counts"]) if row["counts"] else None
    told: Row = {name: int(counts.get(name, 0)) if counts is not None else None for name in COUNTS}
    same: Row = {name: row[name] for name in ("run", "file", "started", "ended")}
    return same | told | {"options": json.loads(row["options"])}


def _row(row: sqlite3.Row) -> Row:
    return dict(row)
