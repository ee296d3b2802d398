"""Captures by URL and by digest: where the bytes stand that a URL answered with at a time, or that have a digest."""

import sqlite3
from dataclasses import dataclass

from postarchive.models import Evidence
from postarchive.store.evidence import evidence_in
from postarchive.store.opened import Opened

SAME_BYTES = 4  # records of one payload that are tried, the one that stores it first


@dataclass(frozen=True, slots=True)
class StoredCapture:
    """A response as its row tells: `time` in ISO, `media_type` None when it named none."""

    url: str
    time: str
    status: int
    media_type: str | None
    length_bytes: int
    origin: str
    evidence: Evidence


class Captures(Opened):
    """An archive's captures, read beside a running writer; each is proved by the evidence, so rows may lag."""

    may_lag = True

    def with_payload(self, digest: str) -> list[StoredCapture]:
        """Return good responses (200) with this payload, first the one whose record stores it."""
        rows = self._rows(
            "SELECT * FROM captures WHERE payload_digest = :digest AND status = 200 ORDER BY id LIMIT :most",
            {"digest": digest, "most": SAME_BYTES},
        )
        return [_capture(row) for row in rows]

    def shown_at(self, url: str, time: str | None = None) -> StoredCapture | None:
        """Return a URL's good response (200) of a time in ISO: the latest until then, else the first after it.

        Without a time the latest of all; None when there is none.
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

    def target_of(self, url: str) -> str | None:
        """Return where a URL led when it was asked last, as its response said; None when it led nowhere."""
        row = self._one(
            """
            SELECT location FROM captures WHERE url = :url AND status BETWEEN 301 AND 308 AND location IS NOT NULL
            ORDER BY time DESC, id DESC LIMIT 1
            """,
            {"url": url},
        )
        return str(row["location"]) if row else None


def _capture(row: sqlite3.Row) -> StoredCapture:
    return StoredCapture(
        url=row["url"],
        time=row["time"],
        status=row["status"],
        media_type=row["media_type"],
        length_bytes=row["length_bytes"],
        origin=row["origin"],
        evidence=evidence_in(row),
    )
