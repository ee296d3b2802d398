"""What happened to the pages, newest first, and whether the site drifted: turn rows into values of `news`."""

import json
from collections.abc import Generator, Sequence
from datetime import datetime
from sqlite3 import Row

from postarchive.http1 import LIVE
from postarchive.news import Drift, PageEvent
from postarchive.store import visits
from postarchive.store.clocks import contradicted
from postarchive.store.evidence import evidence_in
from postarchive.store.files import mapped_damage
from postarchive.store.opened import Moment
from postarchive.store.stored import record_in, time_in


class Changes(Moment):
    """The events of one archive as of when it was opened, even while a run writes."""

    def events(
        self, kinds: Sequence[str], *, since: str | None = None, limit: int | None = None
    ) -> Generator[PageEvent]:
        """Yield what happened to pages of some kinds, newest first; a new layout is not an event.

        Only the first sheet of an article in parts counts as new; edits of the others are events of their sheet.

        `since` is an ISO date of the event, None for no limit. If a run had a wrong clock, its events are dated by the
        runs before and after it.
        """
        with mapped_damage(self._path):
            for row in self._connection.execute(
                """
                SELECT pages.site, pages.key, pages.url, pages.kind, changes.change, changes.time, changes.detail,
                       (SELECT min(first_seen) FROM versions WHERE versions.page = pages.id) AS first_seen,
                       coalesce(own.record, json_object('url', pages.url)) AS record, replaced.record AS before,
                       captures.file, captures.offset, captures.stored_bytes, captures.record_id,
                       captures.payload_digest
                FROM (
                  SELECT changes.id, coalesce(
                    (SELECT value FROM json_each(:clocks) WHERE key = run AND origin = :live), changes.time
                  ) AS moment
                  FROM changes JOIN pages ON pages.id = changes.page JOIN captures ON captures.id = changes.capture
                  WHERE change IN ('new', 'edit', 'gone', 'back') AND (change <> 'new' OR pages.article = pages.id)
                    AND kind IN (SELECT value FROM json_each(:kinds)) AND (:since IS NULL OR moment >= :since)
                  ORDER BY moment DESC, site, key, changes.id DESC LIMIT :limit
                ) AS wanted
                JOIN changes ON changes.id = wanted.id
                JOIN pages ON pages.id = changes.page
                JOIN captures ON captures.id = changes.capture
                LEFT JOIN versions AS own ON own.page = changes.page AND own.number = changes.version
                LEFT JOIN versions AS replaced ON replaced.page = changes.page AND changes.change = 'edit'
                  AND replaced.number = changes.version - 1
                ORDER BY moment DESC, site, key, changes.id DESC
                """,
                {
                    "kinds": json.dumps(list(kinds)),
                    "since": since,
                    "limit": -1 if limit is None else limit,
                    "clocks": json.dumps(self._wrong_clocks()),
                    "live": LIVE,
                },
            ):
                yield _event(row)

    def drift(self) -> Drift | None:
        """Return what drifted in the newest completed run that visited the site; None when nothing did."""
        with mapped_damage(self._path):
            return visits.drift(self._connection)

    def latest_end(self) -> datetime | None:
        """Return when the newest run ended; None when none has ended."""
        with mapped_damage(self._path):
            row = self._connection.execute(
                "SELECT ended FROM runs WHERE ended IS NOT NULL ORDER BY run DESC LIMIT 1"
            ).fetchone()
            return time_in(row["ended"]) if row else None

    def _wrong_clocks(self) -> dict[str, str]:
        """Return the runs with a wrong clock, each with the end of the run that it came after."""
        rows = self._connection.execute("SELECT run, started, ended FROM runs ORDER BY run").fetchall()
        found = contradicted([time_in(row["started"]) for row in rows])
        return {rows[place]["run"]: rows[other]["ended"] or rows[other]["started"] for place, other in found.items()}


def _event(row: Row) -> PageEvent:
    return PageEvent(
        site=row["site"],
        key=row["key"],
        url=row["url"],
        kind=row["kind"],
        name=row["change"],
        time=time_in(row["time"]),
        first_seen=time_in(row["first_seen"] or row["time"]),
        detail=row["detail"],
        record=record_in(row["record"]),
        before=record_in(row["before"]) if row["before"] else None,
        evidence=evidence_in(row),
    )
