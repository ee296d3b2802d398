"""The rows that the fold over the evidence makes. All of one page go in one transaction, opened by the caller."""

import json
import sqlite3
from base64 import b32encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from sqlite_utils import Database

from postarchive.models import Capture, Evidence, Headers, Json, RunEnded, RunStarted
from postarchive.store import frontier
from postarchive.store.files import mapped_errors, open_for_writing
from postarchive.store.frontier import SeenRow

Value = str | int | None
NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class PageRow:
    """A page as it is known: its row id, identity, and what its latest version says."""

    id: int
    url: str
    gone: str | None


@dataclass(frozen=True, slots=True)
class VersionRow:
    """The latest version of a page."""

    id: int
    number: int
    record: dict[str, Json]
    fingerprint: str
    skeleton: str


@dataclass(frozen=True, slots=True)
class AddressRow:
    """A URL that was answered: its page (None before one came of it), and the run that met a 404 there, if any."""

    page: int | None
    status: int
    missing: str | None


class Writer:
    """An archive's database, open for writing. SQLite's errors leave as the program's own."""

    def __init__(self, path: Path, *, is_scratch: bool = False) -> None:
        """Open or make the database; `is_scratch` trades safety from a crash for speed."""
        self._path = path
        self._connection = open_for_writing(path, is_scratch=is_scratch)
        self._db = Database(self._connection, execute_plugins=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Write the log back and close; after this the file stands alone."""
        self._connection.close()

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """Make all writes inside one transaction: all or none of them are kept."""
        with mapped_errors(self._path), self._db.atomic():
            yield

    def ingested_bytes(self, file: str) -> int:
        """Return up to where a WARC file has its rows; 0 for one not seen yet."""
        found = self._one("SELECT ingested_bytes FROM files WHERE file = :file", file=file)
        return int(found["ingested_bytes"]) if found else 0

    def set_ingested(self, file: str, length_bytes: int) -> None:
        """Note up to where a WARC file has its rows."""
        self._run(
            "INSERT INTO files (file, ingested_bytes) VALUES (:file, :bytes) "
            "ON CONFLICT (file) DO UPDATE SET ingested_bytes = excluded.ingested_bytes",
            file=file,
            bytes=length_bytes,
        )

    def files(self) -> list[str]:
        """Return the WARC files that have rows, in order."""
        return [row["file"] for row in self._all("SELECT file FROM files ORDER BY file")]

    def last_run(self) -> str | None:
        """Return the latest run; None in a new archive."""
        found = self._one("SELECT max(run) AS run FROM runs")
        return found["run"] if found else None

    def add_run(self, started: RunStarted, file: str) -> None:
        """Add a run that begins."""
        self._run(
            "INSERT INTO runs (run, file, started, options) VALUES (:run, :file, :started, :options)",
            run=started.run,
            file=file,
            started=stamp(started.time),
            options=_pairs(started.options),
        )

    def end_run(self, ended: RunEnded) -> None:
        """Note the end of a run and its counts."""
        self._run(
            "UPDATE runs SET ended = :ended, counts = :counts WHERE run = :run",
            run=ended.run,
            ended=stamp(ended.time),
            counts=_pairs(ended.counts),
        )

    def add_capture(
        self,
        run: str,
        capture: Capture,
        evidence: Evidence,
        *,
        retry_after: datetime | None,
        replay_url: str | None = None,
    ) -> int:
        """Add an answer and return its row id; `replay_url` is where the Wayback Machine gave it, if it did."""
        media_type = (capture.header("Content-Type") or "").partition(";")[0].strip().lower()
        return self._run(
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
            time=stamp(capture.time),
            status=capture.status,
            media_type=media_type or None,
            length_bytes=len(capture.body),
            payload_digest=evidence.payload_digest,
            location=capture.header("Location"),
            etag=capture.header("ETag"),
            last_modified=capture.header("Last-Modified"),
            retry_after=stamp(retry_after) if retry_after else None,
            origin=capture.origin,
            replay_url=replay_url,
            record_id=evidence.record_id,
            file=evidence.file,
            offset=evidence.offset,
            stored_bytes=evidence.length_bytes,
        )

    def original_of(self, capture: Capture) -> tuple[str, str, datetime, str] | None:
        """Return record id, URL, time and payload digest of the stored answer that this one repeats; None when new.

        That is the first answer with the same body, or for a 304 the answer whose validators were sent; never a replay
        of the Wayback Machine: what the site sends must not rest on what someone else says that it sent.
        """
        if capture.status == NOT_MODIFIED:
            good = self.latest_good_capture(capture.url)
            digest = good["payload_digest"] if good else None
        else:
            digest = payload_digest(capture.body) if capture.body else None
        found = self._one(
            "SELECT record_id, url, time, payload_digest FROM captures WHERE payload_digest = :digest AND status = 200 "
            "AND replay_url IS NULL ORDER BY id LIMIT 1",
            digest=digest,
        )
        return (found[0], found[1], datetime.fromisoformat(found[2]), found[3]) if found else None

    def has_capture(self, capture: Capture) -> bool:
        """Tell whether this answer is stored: same URL, time and body."""
        found = self._one(
            "SELECT 1 FROM captures WHERE url = :url AND time = :time AND payload_digest = :digest",
            url=capture.url,
            time=stamp(capture.time),
            digest=payload_digest(capture.body),
        )
        return found is not None

    def asked(self, url: str) -> tuple[int, str | None] | None:
        """Return status and `Location` of the latest answer to a request for this very URL; None when none came."""
        found = self._one(
            """
            SELECT status, location FROM (SELECT id, status, location FROM captures WHERE replay_url = :url UNION ALL
              SELECT id, status, location FROM captures WHERE url = :url AND replay_url IS NULL)
            ORDER BY id DESC LIMIT 1
            """,
            url=url,
        )
        return (found["status"], found["location"]) if found else None

    def evidence_of(self, record_id: str) -> Evidence | None:
        """Return where a record is; None when no row tells."""
        found = self._one("SELECT * FROM captures WHERE record_id = :id", id=record_id)
        return _evidence(found) if found else None

    def latest_good_capture(self, url: str) -> sqlite3.Row | None:
        """Return the row of the latest answer of a URL that made a record, with its validators; None without one."""
        return self._one(
            "SELECT captures.* FROM addresses JOIN captures ON captures.id = addresses.capture "
            "WHERE addresses.url = :url AND captures.status = 200 AND addresses.page IS NOT NULL",
            url=url,
        )

    def address(self, url: str) -> AddressRow | None:
        """Return what is known of a URL; None when it was never answered."""
        found = self._one("SELECT page, status, missing FROM addresses WHERE url = :url", url=url)
        return AddressRow(found["page"], found["status"], found["missing"]) if found else None

    def see_address(  # noqa: PLR0913 - one row
        self,
        url: str,
        *,
        host: str,
        page: int | None,
        time: datetime,
        status: int,
        missing: str | None,
        refused: str | None,
        capture: int,
    ) -> None:
        """Note an answer of a URL; a known page stays, and the capture moves on only with an answer that has a page."""
        self._run(
            """
            INSERT INTO addresses (url, host, page, first_seen, last_seen, status, refused, missing, capture)
            VALUES (:url, :host, :page, :time, :time, :status, :refused, :missing, :capture)
            ON CONFLICT (url) DO UPDATE SET
              page = coalesce(excluded.page, page),
              first_seen = min(first_seen, excluded.first_seen),
              last_seen = max(last_seen, excluded.last_seen),
              status = CASE WHEN excluded.last_seen >= last_seen THEN excluded.status ELSE status END,
              refused = CASE WHEN excluded.last_seen >= last_seen THEN excluded.refused ELSE refused END,
              missing = CASE WHEN excluded.last_seen >= last_seen THEN excluded.missing ELSE missing END,
              capture = CASE WHEN excluded.last_seen >= last_seen AND excluded.status = 200
                               AND excluded.page IS NOT NULL THEN excluded.capture ELSE capture END
            """,
            url=url,
            host=host,
            page=page,
            time=stamp(time),
            status=status,
            missing=missing,
            refused=refused,
            capture=capture,
        )

    def validators(self, url: str) -> Headers:
        """Return the request headers that make a request for a known page conditional: its validators, verbatim.

        A page that only the Wayback Machine has shown is asked for in full.
        """
        good = self.latest_good_capture(url)
        if good is None or good["replay_url"]:
            return ()
        pairs = (("If-None-Match", good["etag"]), ("If-Modified-Since", good["last_modified"]))
        return tuple((name, value) for name, value in pairs if value)

    def seen(self) -> Iterator[SeenRow]:
        """Yield every address that was answered, for the crawl."""
        return frontier.seen(self._connection)

    def troubled(self) -> list[str]:
        """Return the URLs for which no answer came when they were asked last."""
        return list(frontier.troubled(self._connection))

    def links(self) -> Iterator[str]:
        """Yield where all pages lead."""
        return frontier.all_links(self._connection)

    def links_of(self, url: str) -> list[str]:
        """Return where the page of a URL leads."""
        return frontier.links_of(self._connection, url)

    def redesigned(self, run: str) -> tuple[int, int]:
        """Return how many pages changed record and structure in a run, and how many it saw."""
        found = self._one(
            """
            SELECT (SELECT count(*) FROM changes
                    JOIN captures ON captures.id = changes.capture AND captures.run = :run
                    JOIN versions AS new ON new.page = changes.page AND new.number = changes.version
                    JOIN versions AS old ON old.page = new.page AND old.number = new.number - 1
                    WHERE changes.change IN ('edit', 'layout') AND old.skeleton <> new.skeleton) AS redesigned,
                   (SELECT count(*) FROM captures WHERE run = :run AND status IN (200, 304)) AS seen
            """,
            run=run,
        )
        return (found["redesigned"], found["seen"]) if found else (0, 0)

    def record_at(self, url: str) -> dict[str, Json] | None:
        """Return the latest record of a URL's page; None when it has none."""
        address = self.address(url)
        latest = self.latest_version(address.page) if address and address.page else None
        return latest.record if latest else None

    def newest_date(self, kind: str) -> str | None:
        """Return the newest printed date of the pages of a kind; None when none has a date."""
        found = self._one("SELECT max(date) AS date FROM pages WHERE kind = :kind", kind=kind)
        return found["date"] if found else None

    def cool_downs(self, now: datetime) -> dict[str, datetime]:
        """Return until when hosts asked to be left alone, by host; those whose time has passed are left out."""
        rows = self._all(
            "SELECT url, max(retry_after) AS until FROM captures WHERE retry_after > :now GROUP BY url", now=stamp(now)
        )
        found: dict[str, datetime] = {}
        for row in rows:
            host = (urlsplit(row["url"]).hostname or "").lower()
            until = datetime.fromisoformat(row["until"])
            found[host] = max(found.get(host, until), until)
        return found

    def page(self, site: str, key: str) -> PageRow | None:
        """Return the page of this identity; None when it is new."""
        found = self._one("SELECT id, url, gone FROM pages WHERE site = :site AND key = :key", site=site, key=key)
        return PageRow(found["id"], found["url"], found["gone"]) if found else None

    def page_with(self, page: int) -> PageRow:
        """Return a page by its row id."""
        found = self._one("SELECT id, url, gone FROM pages WHERE id = :id", id=page)
        if found is None:
            raise KeyError(page)
        return PageRow(found["id"], found["url"], found["gone"])

    def add_page(self, site: str, key: str, *, record: dict[str, Json], url: str) -> int:
        """Add a page that is new and return its row id."""
        return self._run(
            "INSERT INTO pages (site, key, node, sheet, url, kind, title, date, source) "
            "VALUES (:site, :key, :node, :sheet, :url, :kind, :title, :date, :source)",
            site=site,
            key=key,
            url=url,
            node=_value(record, "node"),
            sheet=_value(record, "sheet"),
            **_told(record),
        )

    def tell_page(self, page: int, record: dict[str, Json]) -> None:
        """Bring a page's row to what its latest version says."""
        self._run(
            "UPDATE pages SET kind = :kind, title = :title, date = :date, source = :source WHERE id = :page",
            page=page,
            **_told(record),
        )

    def is_missing(self, page: int, run: str) -> bool:
        """Tell whether a run met a 404 at an address of the page."""
        found = self._one("SELECT 1 FROM addresses WHERE page = :page AND missing = :run", page=page, run=run)
        return found is not None

    def latest_sighting(self, page: int) -> str | None:
        """Return when a page was seen last, as `stamp` writes it; None when it was never answered."""
        found = self._one("SELECT max(last_seen) AS seen FROM addresses WHERE page = :page", page=page)
        return found["seen"] if found else None

    def captures_of(self, page: int) -> list[tuple[int, str, Evidence]]:
        """Return the answers from a page's addresses in order of time: row id, run, place of the evidence."""
        rows = self._all(
            "SELECT captures.* FROM captures JOIN addresses USING (url) WHERE addresses.page = :page "
            "ORDER BY captures.time, captures.id",
            page=page,
        )
        return [(row["id"], row["run"], _evidence(row)) for row in rows]

    def forget_history(self, page: int) -> None:
        """Take away what was judged of a page, so that it can be judged anew from its captures."""
        self._run("UPDATE addresses SET version = NULL WHERE page = :page", page=page)
        self._run("DELETE FROM changes WHERE page = :page", page=page)
        self._run("DELETE FROM versions WHERE page = :page", page=page)
        self._run("UPDATE pages SET gone = NULL WHERE id = :page", page=page)

    def set_gone(self, page: int, since: datetime | None) -> None:
        """Note since when a page is gone; None when it is there (again)."""
        self._run("UPDATE pages SET gone = :since WHERE id = :page", page=page, since=stamp(since) if since else None)

    def latest_version(self, page: int) -> VersionRow | None:
        """Return a page's latest version; None when it has none yet."""
        found = self._one("SELECT * FROM versions WHERE page = :page ORDER BY number DESC LIMIT 1", page=page)
        return _version(found) if found else None

    def version_shown_at(self, url: str) -> VersionRow | None:
        """Return the version that a URL showed last; None when it showed none."""
        found = self._one(
            "SELECT versions.* FROM addresses JOIN versions ON versions.id = addresses.version WHERE url = :url",
            url=url,
        )
        return _version(found) if found else None

    def show_version(self, url: str, version: int) -> None:
        """Note which version a URL shows."""
        self._run("UPDATE addresses SET version = :version WHERE url = :url", version=version, url=url)

    def is_shown_elsewhere(self, page: int, host: str) -> bool:
        """Tell whether another host's latest answer for the page was the page."""
        found = self._one(
            "SELECT 1 FROM addresses WHERE page = :page AND host <> :host AND status IN (200, 304)",
            page=page,
            host=host,
        )
        return found is not None

    def add_version(  # noqa: PLR0913 - one row
        self,
        page: int,
        number: int,
        *,
        change: str,
        record: dict[str, Json],
        fingerprint: str,
        skeleton: str,
        parts: int,
        time: datetime,
        capture: int,
    ) -> int:
        """Add a version of a page and return its row id."""
        return self._run(
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
            record=_json(record),
            fingerprint=fingerprint,
            skeleton=skeleton,
            parts=parts,
            time=stamp(time),
            capture=capture,
        )

    def see_version(self, version: int, *, time: datetime, capture: int) -> None:
        """Note another sighting of a version."""
        self._run(
            "UPDATE versions SET last_seen = :time, last_capture = :capture WHERE id = :version",
            version=version,
            time=stamp(time),
            capture=capture,
        )

    def refresh_version(self, version: int, *, record: dict[str, Json], skeleton: str) -> None:
        """Bring a version to what was seen last: the rows of a list, a layout around the same record."""
        self._run(
            "UPDATE versions SET record = :record, skeleton = :skeleton WHERE id = :version",
            version=version,
            record=_json(record),
            skeleton=skeleton,
        )

    def add_change(  # noqa: PLR0913 - one row
        self, page: int, *, time: datetime, change: str, detail: str | None, version: int, capture: int
    ) -> None:
        """Add a line to a page's history."""
        self._run(
            "INSERT INTO changes (page, time, change, detail, version, capture) "
            "VALUES (:page, :time, :change, :detail, :version, :capture)",
            page=page,
            time=stamp(time),
            change=change,
            detail=detail,
            version=version,
            capture=capture,
        )

    def set_links(self, page: int, urls: Iterable[str]) -> None:
        """Replace the links of a page."""
        self._run("DELETE FROM links WHERE page = :page", page=page)
        for url in urls:
            self._run("INSERT OR IGNORE INTO links (page, url) VALUES (:page, :url)", page=page, url=url)

    def see_number(  # noqa: PLR0913 - one row
        self,
        *,
        host: str,
        kind: str,
        label: str,
        number: str,
        dial: str | None,
        time: datetime,
        capture: int,
        page: int,
    ) -> None:
        """Note a sighting of a telephone or registration number on a page of a host."""
        where = {"host": host, "kind": kind, "label": label, "number": number}
        self._run(
            """
            INSERT INTO numbers (
              host, kind, label, number, dial, first_seen, last_seen, first_capture, last_capture
            ) VALUES (:host, :kind, :label, :number, :dial, :time, :time, :capture, :capture)
            ON CONFLICT (host, kind, label, number)
            DO UPDATE SET
              first_capture = CASE WHEN excluded.first_seen < first_seen THEN excluded.first_capture
                                   ELSE first_capture END,
              last_capture = CASE WHEN excluded.last_seen >= last_seen THEN excluded.last_capture
                                  ELSE last_capture END,
              first_seen = min(first_seen, excluded.first_seen),
              last_seen = max(last_seen, excluded.last_seen)
            """,
            dial=dial,
            time=stamp(time),
            capture=capture,
            **where,
        )
        self._run(
            "INSERT OR IGNORE INTO number_pages (number, page) SELECT id, :page FROM numbers "
            "WHERE host = :host AND kind = :kind AND label = :label AND number = :number",
            page=page,
            **where,
        )

    def add_problem(  # noqa: PLR0913 - one row
        self,
        run: str,
        url: str,
        *,
        time: datetime,
        kind: str,
        detail: str,
        missing: str | None = None,
        capture: int | None = None,
    ) -> None:
        """Add a problem of a run."""
        self._run(
            "INSERT INTO problems (run, url, time, kind, detail, missing, capture) "
            "VALUES (:run, :url, :time, :kind, :detail, :missing, :capture)",
            run=run,
            url=url,
            time=stamp(time),
            kind=kind,
            detail=detail,
            missing=missing,
            capture=capture,
        )

    def index(self, page: int, title: str, body: str) -> None:
        """Add a page's words to the full-text index."""
        self._run(
            "INSERT INTO search (rowid, title, body) VALUES (:page, :title, :body)", page=page, title=title, body=body
        )

    def unindex(self, page: int, title: str, body: str) -> None:
        """Take a page's words out of the full-text index; they must be those that were put in."""
        self._run(
            "INSERT INTO search (search, rowid, title, body) VALUES ('delete', :page, :title, :body)",
            page=page,
            title=title,
            body=body,
        )

    def _run(self, sql: str, **values: Value) -> int:
        with mapped_errors(self._path):
            return self._connection.execute(sql, values).lastrowid or 0

    def _one(self, sql: str, **values: Value) -> sqlite3.Row | None:
        with mapped_errors(self._path):
            found: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
            return found

    def _all(self, sql: str, **values: Value) -> list[sqlite3.Row]:
        with mapped_errors(self._path):
            return self._connection.execute(sql, values).fetchall()


def _version(row: sqlite3.Row) -> VersionRow:
    return VersionRow(row["id"], row["number"], json.loads(row["record"]), row["fingerprint"], row["skeleton"])


def payload_digest(body: bytes) -> str:
    """Return a body's digest as WARC writes it: SHA-256 in base 32, labelled."""
    return f"sha256:{b32encode(sha256(body).digest()).decode()}"


def stamp(time: datetime) -> str:
    """Return a time as the database writes it: ISO 8601 in UTC with microseconds, so that text order is time order."""
    return time.isoformat(timespec="microseconds")


def _told(record: dict[str, Json]) -> dict[str, Value]:
    return {name: _value(record, name) for name in ("kind", "title", "date", "source")}


def _value(record: dict[str, Json], name: str) -> Value:
    value = record.get(name)
    return value if isinstance(value, (str, int)) else None


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return json.dumps(dict(pairs), ensure_ascii=False)


def _json(record: dict[str, Json]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _evidence(row: sqlite3.Row) -> Evidence:
    return Evidence(row["file"], row["offset"], row["stored_bytes"], row["record_id"], row["payload_digest"])
