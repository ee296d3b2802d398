"""Versions of pages, and the history of changes between them."""

from datetime import datetime

from postarchive.models import iso_time
from postarchive.store.write.rows import VersionRow, version_in
from postarchive.store.write.statements import Subject


class VersionRows(Subject):
    """The rows of versions and changes."""

    def latest(self, page: int) -> VersionRow | None:
        """Return a page's latest version; None when it has none yet."""
        found = self._db.one("SELECT * FROM versions WHERE page = :page ORDER BY number DESC LIMIT 1", page=page)
        return version_in(found) if found else None

    def newest_number(self, page: int) -> int:
        """Return the number of a page's latest version; 0 when it has none yet."""
        found = self._db.one("SELECT max(number) AS number FROM versions WHERE page = :page", page=page)
        return (found["number"] or 0) if found else 0

    def shown_at(self, url: str) -> VersionRow | None:
        """Return the version that a URL last showed; None when it showed none."""
        found = self._db.one(
            "SELECT versions.* FROM addresses JOIN versions ON versions.id = addresses.version WHERE url = :url",
            url=url,
        )
        return version_in(found) if found else None

    def add(  # noqa: PLR0913 - one row
        self,
        page: int,
        number: int,
        *,
        change: str,
        record: str,
        fingerprint: str,
        skeleton: str,
        parts: int,
        time: datetime,
        capture: int,
    ) -> int:
        """Add a version of a page, its record as the database holds it, and return its row id."""
        return self._db.run(
            """
            INSERT INTO versions (
              page, number, change, record, fingerprint, skeleton, parts, first_seen, last_seen, first_capture,
              last_capture
            ) VALUES (
              :page, :number, :change, :record, :fingerprint, :skeleton, :parts, :time, :time, :capture, :capture
            )
            """,
            page=page,
            number=number,
            change=change,
            record=record,
            fingerprint=fingerprint,
            skeleton=skeleton,
            parts=parts,
            time=iso_time(time),
            capture=capture,
        )

    def record_sighting(self, version: int, *, time: datetime, capture: int) -> None:
        """Note another sighting of a version."""
        self._db.run(
            "UPDATE versions SET last_seen = :time, last_capture = :capture WHERE id = :version",
            version=version,
            time=iso_time(time),
            capture=capture,
        )

    def refresh(self, version: int, *, record: str, skeleton: str) -> None:
        """Update a version to what was last seen: the rows of a list, or a new layout around the same record."""
        self._db.run(
            "UPDATE versions SET record = :record, skeleton = :skeleton WHERE id = :version",
            version=version,
            record=record,
            skeleton=skeleton,
        )

    def forget_history(self, page: int) -> None:
        """Delete all versions and changes of a page, so that they can be judged again from its captures."""
        self._db.run("UPDATE addresses SET version = NULL WHERE page = :page", page=page)
        self._db.run("DELETE FROM changes WHERE page = :page", page=page)
        self._db.run("DELETE FROM versions WHERE page = :page", page=page)
        self._db.run("UPDATE pages SET gone = NULL WHERE id = :page", page=page)

    def add_change(  # noqa: PLR0913 - one row
        self, page: int, *, time: datetime, change: str, detail: str | None, version: int, capture: int
    ) -> None:
        """Add a line to a page's history."""
        self._db.run(
            "INSERT INTO changes (page, time, change, detail, version, capture) "
            "VALUES (:page, :time, :change, :detail, :version, :capture)",
            page=page,
            time=iso_time(time),
            change=change,
            detail=detail,
            version=version,
            capture=capture,
        )
