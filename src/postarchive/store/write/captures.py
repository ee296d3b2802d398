"""Captures: every stored response, and where it is in the evidence."""

import sqlite3
from datetime import datetime

from postarchive.http1 import LIVE
from postarchive.models import Capture, Evidence, Headers, iso_time
from postarchive.store.evidence import evidence_in
from postarchive.store.stored import text_in, time_in
from postarchive.store.write.rows import ArrivalRow
from postarchive.store.write.statements import Subject
from postarchive.times import SLACK, after
from postarchive.urls import origin_of

NOT_MODIFIED = 304


class CaptureRows(Subject):
    """The rows of captures."""

    def add(  # noqa: PLR0913 - one row
        self,
        run: str,
        capture: Capture,
        evidence: Evidence,
        *,
        length_bytes: int,
        retry_after: datetime | None,
        replay_url: str | None = None,
    ) -> int:
        """Add a response, whose body has `length_bytes`, and return its row id.

        `replay_url` is where the Wayback Machine served it, if it did.
        """
        media_type = (capture.header("Content-Type") or "").partition(";")[0].strip().lower()
        return self._db.run(
            """
            INSERT INTO captures (
              run, url, time, status, media_type, length_bytes, payload_digest, location, etag, last_modified,
              retry_after, origin, replay_url, record_id, file, offset, stored_bytes
            ) VALUES (
              :run, :url, :time, :status, :media_type, :length_bytes, :payload_digest, :location, :etag,
              :last_modified, :retry_after, :origin, :replay_url, :record_id, :file, :offset, :stored_bytes
            )
            """,
            run=run,
            url=capture.url,
            time=iso_time(capture.time),
            status=capture.status,
            media_type=media_type or None,
            length_bytes=length_bytes,
            payload_digest=evidence.payload_digest,
            location=capture.header("Location"),
            etag=capture.header("ETag"),
            last_modified=capture.header("Last-Modified"),
            retry_after=iso_time(retry_after) if retry_after else None,
            origin=capture.origin,
            replay_url=replay_url,
            record_id=evidence.record_id,
            file=evidence.file,
            offset=evidence.offset,
            stored_bytes=evidence.length_bytes,
        )

    def original_of(self, capture: Capture, digest: str) -> tuple[str, str, datetime, str] | None:
        """Return record id, URL, time and payload digest of the stored response that this one repeats; None when new.

        That is the first response with the same body or, for a 304, the one whose validators were sent; never a replay
        from the Wayback Machine: what the site sends must not depend on what someone else says it sent. `digest` is
        that of its body.
        """
        if capture.status == NOT_MODIFIED:
            good = self.latest_good(capture.url)
            known = good["payload_digest"] if good else None
        else:
            known = digest if capture.body else None
        found = self._db.one(
            "SELECT record_id, url, time, payload_digest FROM captures WHERE payload_digest = :digest AND status = 200 "
            "AND replay_url IS NULL ORDER BY id LIMIT 1",
            digest=known,
        )
        return (text_in(found[0]), text_in(found[1]), time_in(found[2]), found[3]) if found else None

    def is_stored(self, url: str, time: datetime, digest: str) -> bool:
        """Tell whether a response is stored: same URL, time and digest of the body."""
        found = self._db.one(
            "SELECT 1 FROM captures WHERE url = :url AND time = :time AND payload_digest = :digest",
            url=url,
            time=iso_time(time),
            digest=digest,
        )
        return found is not None

    def latest_response(self, url: str) -> tuple[int, str | None] | None:
        """Return status and `Location` of the latest response to a request for this very URL; None when none came."""
        found = self._db.one(
            """
            SELECT status, location FROM (SELECT id, status, location FROM captures WHERE replay_url = :url UNION ALL
              SELECT id, status, location FROM captures WHERE url = :url AND replay_url IS NULL)
            ORDER BY id DESC LIMIT 1
            """,
            url=url,
        )
        return (found["status"], found["location"]) if found else None

    def responses_to(self, url: str) -> list[tuple[Evidence, int, datetime]]:
        """Return place, status and time of each run's last response to this very URL, newest first."""
        rows = self._db.all(
            "SELECT * FROM captures WHERE id IN (SELECT max(id) FROM captures WHERE url = :url AND replay_url IS NULL "
            "GROUP BY run) ORDER BY id DESC",
            url=url,
        )
        return [(evidence_in(row), row["status"], time_in(row["time"])) for row in rows]

    def is_replayed(self, address: str) -> bool:
        """Tell whether a response was taken from this address of another archive."""
        return self._db.one("SELECT 1 FROM captures WHERE replay_url = :address", address=address) is not None

    def evidence_of(self, record_id: str) -> Evidence | None:
        """Return where a record is; None when no row says."""
        found = self._db.one("SELECT * FROM captures WHERE record_id = :id", id=record_id)
        return evidence_in(found) if found else None

    def latest_good(self, url: str) -> sqlite3.Row | None:
        """Return the row of a URL's latest response that made a record, with its validators; None if there is none."""
        return self._db.one(
            "SELECT captures.* FROM addresses JOIN captures ON captures.id = addresses.capture "
            "WHERE addresses.url = :url AND captures.status = 200 AND addresses.page IS NOT NULL",
            url=url,
        )

    def validators(self, url: str) -> Headers:
        """Return the request headers that make a request for a known page conditional: its validators, verbatim.

        A page that only the Wayback Machine has shown is requested in full.
        """
        good = self.latest_good(url)
        if good is None or good["replay_url"]:
            return ()
        pairs = (("If-None-Match", good["etag"]), ("If-Modified-Since", good["last_modified"]))
        return tuple((name, value) for name, value in pairs if value)

    def cool_downs(self, now: datetime) -> dict[str, datetime]:
        """Return until when origins asked to be left alone; times that have passed are left out.

        So are responses from the future: their clock was wrong, and would silence the archive for years.
        """
        rows = self._db.all(
            "SELECT url, max(retry_after) AS until FROM captures WHERE retry_after > :now AND time <= :latest "
            "GROUP BY url",
            now=iso_time(now),
            latest=iso_time(after(now, SLACK)),
        )
        found: dict[str, datetime] = {}
        for row in rows:
            origin = origin_of(row["url"])
            until = time_in(row["until"])
            found[origin] = max(found.get(origin, until), until)
        return found

    def of_page(self, page: int) -> list[ArrivalRow]:
        """Return the responses from a page's addresses in the order of receipt."""
        rows = self._db.all(
            "SELECT captures.*, started FROM captures JOIN addresses USING (url) JOIN runs USING (run) "
            "WHERE addresses.page = :page ORDER BY captures.id",
            page=page,
        )
        return [
            ArrivalRow(
                row["id"],
                row["run"],
                evidence_in(row),
                time_in(row["time"]),
                row["origin"] == LIVE,
                time_in(row["started"]),
            )
            for row in rows
        ]

    def newest_time(self, page: int) -> datetime | None:
        """Return the latest time of any response from a page's addresses; None when there is none."""
        found = self._db.one(
            "SELECT max(time) AS time FROM captures JOIN addresses USING (url) WHERE addresses.page = :page", page=page
        )
        return time_in(found["time"]) if found and found["time"] else None

    def last_live_time(self, run: str | None = None) -> datetime | None:
        """Return when our own last capture was made, in one run or in all (None); None when there is none."""
        found = self._db.one(
            "SELECT time FROM captures WHERE origin = :live AND run = coalesce(:run, run) ORDER BY id DESC LIMIT 1",
            live=LIVE,
            run=run,
        )
        return time_in(found["time"]) if found else None
