"""Captures by URL and by digest: where to find the bytes that a URL returned at some time, or that have a digest."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from postarchive.errors import UnreadableInput
from postarchive.models import Evidence
from postarchive.store.evidence import evidence_in
from postarchive.store.kinds import LISTS
from postarchive.store.opened import Opened

SAME_BYTES = 4  # records with one payload that are tried, the one that stores it first


@dataclass(frozen=True, slots=True)
class StoredCapture:
    """A response as its row describes it: `time` in ISO, `media_type` None if the response has none.

    `body` is where its body is: for an unmodified one (304), that of the response it refers to.
    """

    url: str
    time: str
    status: int
    media_type: str | None
    length_bytes: int
    origin: str
    evidence: Evidence
    body: Evidence


class Captures(Opened):
    """An archive's captures, read while a run may write; the evidence proves each one, so rows may lag behind."""

    may_lag = True

    def with_payload(self, digest: str) -> list[StoredCapture]:
        """Return good responses (200) with this payload, starting with the one whose record stores it."""
        rows = self._rows(
            "SELECT * FROM captures WHERE payload_digest = :digest AND status = 200 ORDER BY id LIMIT :most",
            {"digest": digest, "most": SAME_BYTES},
        )
        return [_capture(row) for row in rows]

    def by_record(self, record_id: str) -> StoredCapture:
        """Return the response with this WARC record id. Raises UnreadableInput when there is none."""
        row = self._one("SELECT * FROM captures WHERE record_id = :id", {"id": record_id})
        if row is None:
            raise UnreadableInput(record_id, "no such record in the archive")
        return _capture(row)

    def shown(self, url: str) -> list[StoredCapture]:
        """Return what a URL returned each time it was requested: good responses (200) and unmodified ones (304)."""
        return [_shown(row) for row in self._rows(_SHOWN, {"url": url})]

    def all_of(self, urls: Sequence[str]) -> list[StoredCapture]:
        """Return every response from some URLs, whatever its status, oldest first."""
        rows = self._rows(
            "SELECT * FROM captures WHERE url IN (SELECT value FROM json_each(:urls)) ORDER BY time, id",
            {"urls": json.dumps(list(urls))},
        )
        return [_capture(row) for row in rows]

    def of_day(self, day: str, limit: int) -> list[StoredCapture]:
        """Return the responses of a day (an ISO date), in order, at most `limit`."""
        rows = self._rows(
            "SELECT * FROM captures WHERE time >= :day AND time < :day || 'U' ORDER BY time, id LIMIT :limit",
            {"day": day, "limit": limit},
        )
        return [_capture(row) for row in rows]

    def days(self) -> dict[str, int]:
        """Return the number of responses on each day, by ISO date."""
        rows = self._rows(
            "SELECT substr(time, 1, 10) AS day, count(*) AS count FROM captures GROUP BY day ORDER BY day"
        )
        return {row["day"]: row["count"] for row in rows}

    def shown_at(self, url: str, time: str | None = None) -> StoredCapture | None:
        """Return a URL's good response (200) for a time in ISO: the latest up to then, else the first after it.

        Without a time, the latest of all; None when there is none.
        """
        row = self._one(
            """
            SELECT * FROM captures WHERE url = :url AND status = 200
            ORDER BY :time IS NOT NULL AND time > :time, CASE WHEN time > :time THEN time END, time DESC, id DESC
            LIMIT 1
            """,
            {"url": url, "time": time},
        )
        return _capture(row) if row else None

    def of_stamp_lists(self) -> list[StoredCapture]:
        """Return the responses that gave the latest versions of the lists that show stamps, last seen first."""
        return [_capture(row) for row in self._rows(_OF_STAMP_LISTS)]

    def articles_at(self, urls: Iterable[str]) -> dict[str, int]:
        """Return the article at each of some URLs, as the database numbers it."""
        rows = self._rows(
            """
            SELECT addresses.url, pages.article FROM addresses JOIN pages ON pages.id = addresses.page
            WHERE addresses.url IN (SELECT value FROM json_each(:urls))
            """,
            {"urls": json.dumps(list(urls))},
        )
        return {row["url"]: row["article"] for row in rows}

    def target_of(self, url: str) -> str | None:
        """Return where a URL redirected when it was last requested, as its response said; None if it did not."""
        row = self._one(
            """
            SELECT location FROM captures WHERE url = :url AND status BETWEEN 301 AND 308 AND location IS NOT NULL
            ORDER BY time DESC, id DESC LIMIT 1
            """,
            {"url": url},
        )
        return str(row["location"]) if row else None


# The body of a 304 is that of the first response with its digest.
_SHOWN = """
    SELECT captures.*, body.file AS body_file, body.offset AS body_offset, body.stored_bytes AS body_stored_bytes,
           body.record_id AS body_record_id, body.length_bytes AS body_length_bytes
    FROM captures JOIN captures AS body ON body.id = CASE WHEN captures.status = 200 THEN captures.id ELSE (
      SELECT id FROM captures AS stored
      WHERE stored.payload_digest = captures.payload_digest AND stored.status = 200
      ORDER BY stored.id LIMIT 1) END
    WHERE captures.url = :url AND captures.status IN (200, 304) ORDER BY captures.time, captures.id
"""


_OF_STAMP_LISTS = f"""
    SELECT captures.* FROM pages JOIN versions ON versions.page = pages.id
      AND versions.number = (SELECT max(number) FROM versions AS other WHERE other.page = pages.id)
    JOIN captures ON captures.id = versions.first_capture
    WHERE pages.kind IN {LISTS} AND json_array_length(versions.record, '$.images') > 0 AND EXISTS (
      SELECT 1 FROM json_each(versions.record, '$.entries') AS entry
      WHERE json_extract(entry.value, '$.serial') IS NOT NULL OR json_extract(entry.value, '$.url') LIKE '%stamp/%')
    ORDER BY versions.last_seen DESC, pages.id
"""  # noqa: S608 - our own words


def _shown(row: sqlite3.Row) -> StoredCapture:
    """Return a response with the place of its body, whose columns begin with `body_`."""
    body = Evidence(
        row["body_file"], row["body_offset"], row["body_stored_bytes"], row["body_record_id"], row["payload_digest"]
    )
    return replace(_capture(row), body=body, length_bytes=row["body_length_bytes"])


def _capture(row: sqlite3.Row) -> StoredCapture:
    return StoredCapture(
        url=row["url"],
        time=row["time"],
        status=row["status"],
        media_type=row["media_type"],
        length_bytes=row["length_bytes"],
        origin=row["origin"],
        evidence=evidence_in(row),
        body=evidence_in(row),
    )
