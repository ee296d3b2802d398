"""Addresses: the URLs that were answered, and which page and version each one last showed."""

import json
from collections.abc import Mapping
from datetime import datetime

from postarchive.models import iso_time
from postarchive.store.stored import time_in
from postarchive.store.write.rows import AddressRow
from postarchive.store.write.statements import Subject


class AddressRows(Subject):
    """The rows of addresses."""

    def find(self, url: str) -> AddressRow | None:
        """Return what is known about a URL; None when it was never answered."""
        found = self._db.one("SELECT page, status, missing FROM addresses WHERE url = :url", url=url)
        return AddressRow(found["page"], found["status"], found["missing"]) if found else None

    def record_sighting(  # noqa: PLR0913 - one row
        self,
        url: str,
        *,
        host: str,
        page: int | None,
        version: int | None,
        parts: Mapping[str, str],
        time: datetime,
        status: int,
        missing: str | None,
        refused: str | None,
        capture: int,
        is_newest: bool,
    ) -> None:
        """Record a response from a URL; a known page stays, and `capture` changes only when a response has a page.

        `version` is the one that the response shows, None when it shows none; `parts` says which part of the layout
        gave each of its fields. These two are stored whatever its time is. `is_newest` makes it the latest, whatever
        its time; otherwise it is the latest if no later one is known.
        """
        written = json.dumps(parts, sort_keys=True) if parts else None
        self._db.run(
            """
            INSERT INTO addresses (
              url, host, page, first_seen, last_seen, status, refused, missing, version, parts, capture
            ) VALUES (
              :url, :host, :page, :time, :time, :status, :refused, :missing, :version, :parts, :capture
            )
            ON CONFLICT (url) DO UPDATE SET
              page = coalesce(excluded.page, page),
              version = coalesce(excluded.version, version),
              parts = CASE WHEN excluded.version IS NULL THEN parts ELSE excluded.parts END,
              first_seen = min(first_seen, excluded.first_seen),
              last_seen = excluded.last_seen,
              status = excluded.status,
              refused = excluded.refused,
              missing = excluded.missing,
              capture = CASE WHEN excluded.status = 200 AND excluded.page IS NOT NULL
                             THEN excluded.capture ELSE capture END
            WHERE :is_newest OR excluded.last_seen >= last_seen
            """,
            url=url,
            host=host,
            page=page,
            time=iso_time(time),
            status=status,
            missing=missing,
            refused=refused,
            version=version,
            parts=written,
            capture=capture,
            is_newest=is_newest,
        )
        if not is_newest:
            self._db.run(
                """
                UPDATE addresses SET
                  page = coalesce(:page, page),
                  first_seen = min(first_seen, :time),
                  version = coalesce(:version, version),
                  parts = CASE WHEN :version IS NULL THEN parts ELSE :parts END
                WHERE url = :url
                """,
                url=url,
                page=page,
                time=iso_time(time),
                version=version,
                parts=written,
            )

    def latest_response(self, url: str) -> tuple[int, datetime] | None:
        """Return status and time of a URL's latest response; None when it was never answered."""
        found = self._db.one("SELECT status, last_seen FROM addresses WHERE url = :url", url=url)
        return (found["status"], time_in(found["last_seen"])) if found else None

    def is_missing(self, page: int, run: str) -> bool:
        """Tell whether a run got a 404 at an address of the page."""
        found = self._db.one("SELECT 1 FROM addresses WHERE page = :page AND missing = :run", page=page, run=run)
        return found is not None

    def showing(self, page: int) -> list[str]:
        """Return the URLs whose latest response was the page."""
        rows = self._db.all(
            "SELECT url FROM addresses WHERE page = :page AND status IN (200, 304) ORDER BY url", page=page
        )
        return [row["url"] for row in rows]

    def parts(self, url: str) -> dict[str, str]:
        """Return which part of the layout gave each field that a URL last showed; empty if unknown."""
        found = self._db.one("SELECT parts FROM addresses WHERE url = :url", url=url)
        return json.loads(found["parts"]) if found and found["parts"] else {}
