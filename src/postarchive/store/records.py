"""The records of a database by the response they were read from, to compare them with another database's."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from postarchive.http1 import LIVE
from postarchive.record.values import Page
from postarchive.store.files import mapped_damage
from postarchive.store.opened import Moment
from postarchive.store.stored import number_in, record_in

UNREAD = ("bug", "drift", "refused")  # kinds of problem that leave a response without a record


@dataclass(frozen=True, slots=True)
class Sighting:
    """A response with which a version begins: the id of its WARC record, and its URL."""

    record_id: str
    url: str


class Records(Moment):
    """The records of one database as of one moment, even while a run writes."""

    def __init__(self, archive: Path) -> None:
        """Open it. Raises UnreadableInput when there is no database that this program can read."""
        super().__init__(archive)
        with mapped_damage(self._path):
            rows = self._connection.execute(
                "SELECT record_id FROM problems JOIN captures ON captures.id = problems.capture "
                "WHERE kind IN (SELECT value FROM json_each(:kinds))",
                {"kinds": json.dumps(UNREAD)},
            )
            self._unread = {row["record_id"] for row in rows}

    def ingested(self) -> dict[str, int]:
        """Return how many bytes of each WARC file have rows."""
        with mapped_damage(self._path):
            rows = self._connection.execute("SELECT file, ingested_bytes FROM files").fetchall()
        return {row["file"]: number_in(row["ingested_bytes"]) for row in rows}

    def sightings(self) -> Iterator[Sighting]:
        """Yield the response with which each version begins."""
        with mapped_damage(self._path):
            for row in self._connection.execute(
                "SELECT record_id, url FROM versions JOIN captures ON captures.id = first_capture ORDER BY versions.id"
            ):
                yield Sighting(row["record_id"], row["url"])

    def record_at(self, sighting: Sighting) -> Page | None:
        """Return the record that was known of a page after this response; None when it was not read as a page.

        Our own captures are ordered by receipt, whatever a clock said.
        """
        if sighting.record_id in self._unread:
            return None
        with mapped_damage(self._path):
            row = self._connection.execute(
                """
                SELECT versions.record FROM captures JOIN addresses USING (url)
                JOIN versions ON versions.page = addresses.page
                JOIN captures AS begun ON begun.id = versions.first_capture
                WHERE captures.record_id = :id AND CASE
                  WHEN captures.origin = :live AND begun.origin = :live THEN begun.id <= captures.id
                  ELSE begun.time <= captures.time END
                ORDER BY versions.number DESC LIMIT 1
                """,
                {"id": sighting.record_id, "live": LIVE},
            ).fetchone()
            return record_in(row["record"]) if row else None
