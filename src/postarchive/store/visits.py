"""What recent runs say about the site: the newest run, what drifted in it, and when all was last well.

`check`, the feed and the web pages all use this one rule. Imports, the Wayback Machine and seals say nothing about the
site as it is today, so their runs do not count.
"""

import sqlite3

from postarchive.health import RunHealth
from postarchive.news import Drift, DriftedPage
from postarchive.record.kinds import UNKNOWN
from postarchive.store.stored import time_in

NOT_VISITING = ("importing", "backfill", "sealing")  # options of runs that do not visit the site
VISITS = " AND ".join(f"json_extract(options, '$.{name}') IS NULL" for name in NOT_VISITING)
MAX_RUNS = 1000


def drift(connection: sqlite3.Connection) -> Drift | None:
    """Return what drifted in the newest completed run that visited the site; None when nothing did."""
    rows = connection.execute(
        f"""
        SELECT runs.run, ended, url, detail, missing FROM problems JOIN runs ON runs.run = problems.run
        WHERE kind IN ('drift', 'moved') AND runs.run = (SELECT max(run) FROM runs WHERE ended IS NOT NULL AND {VISITS})
        ORDER BY problems.id
        """  # noqa: S608 - a constant
    ).fetchall()
    pages = tuple(DriftedPage(row["url"], row["detail"], tuple((row["missing"] or "").split())) for row in rows)
    return Drift(rows[0]["run"], time_in(rows[0]["ended"]), pages) if rows else None


def health(connection: sqlite3.Connection) -> RunHealth:
    """Return when all was last well, and what has failed since."""
    rows = connection.execute(
        f"""
        SELECT ended, ended IS NOT NULL AND EXISTS (
          SELECT 1 FROM captures WHERE captures.run = runs.run AND status IN (200, 304)
          AND url NOT LIKE '%/robots.txt'
        ) AS is_good FROM runs WHERE {VISITS} ORDER BY runs.run DESC LIMIT {MAX_RUNS}
        """  # noqa: S608 - constants
    ).fetchall()
    good = next((place for place, row in enumerate(rows) if row["is_good"]), None)
    (article,) = connection.execute(
        "SELECT max(time) FROM changes JOIN pages ON pages.id = page WHERE change = 'new' AND kind = 'news'"
    ).fetchone()
    return RunHealth(
        newest_success=time_in(rows[good]["ended"]) if good is not None else None,
        newest_article=time_in(article) if article else None,
        drift=drift(connection),
        failures_in_a_row=len(rows) if good is None else good,
        new_layouts=_new_layouts(connection),
        unknown=connection.execute("SELECT count(*) FROM pages WHERE kind = ?", (UNKNOWN,)).fetchone()[0],
    )


def _new_layouts(connection: sqlite3.Connection) -> int:
    """Return how many pages had a new layout in the newest completed run that visited the site."""
    row = connection.execute(
        f"""
        SELECT count(DISTINCT changes.page) FROM changes JOIN captures ON captures.id = changes.capture
        WHERE changes.change = 'layout' AND captures.run = (
          SELECT max(runs.run) FROM runs WHERE {VISITS} AND ended IS NOT NULL
        )
        """  # noqa: S608 - a constant
    ).fetchone()
    return int(row[0])
