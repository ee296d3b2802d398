"""The rows that the fold over the evidence makes. All of one page go in one transaction, opened by the caller."""

import json
import sqlite3
from base64 import b32encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Self, TypeAlias
from urllib.parse import urlsplit

from sqlite_utils import Database

from postarchive.jsonvalue import Json
from postarchive.models import Capture, Evidence, Headers, RunEnded, RunStarted
from postarchive.search import indexed
from postarchive.store import frontier
from postarchive.store.files import mapped, mapped_errors, open_for_writing
from postarchive.store.frontier import SeenRow

Value: TypeAlias = str | int | None
NumberRow: TypeAlias = tuple[str, str, str, str | None]  # kind, label (empty for a registration), number, dial
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
        self._path, self._is_scratch = path, is_scratch
        self._connection = open_for_writing(path, is_scratch=is_scratch)
        self._db = Database(self._connection, execute_plugins=False)
        self._numbers: dict[tuple[Value, ...], int] = {}  # row ids
        self._sightings: dict[int, tuple[tuple[str, int], tuple[str, int]]] = {}  # first and last: time, capture
        if is_scratch:
            self._connection.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Write the log back and close; after this the file stands alone."""
        try:
            if self._is_scratch:
                self._note_sightings()
                self._run("COMMIT")
        finally:
            self._connection.close()

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """Make all writes inside one transaction: all or none are kept. A scratch database is kept whole or not."""
        try:
            with mapped_errors(self._path), nullcontext() if self._is_scratch else self._db.atomic():
                yield
                if not self._is_scratch:
                    self._note_sightings()
        except BaseException:
            self._sightings.clear()
            self._numbers.clear()  # some of them may be gone again
            raise

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

    def media(self, urls: Iterable[str] | None = None) -> list[str]:
        """Return the pictures and files of the latest records, of all pages or of those at some URLs, each once."""
        rows = self._all(
            """
            SELECT json_extract(medium.value, '$.url') AS url FROM pages
            JOIN versions ON versions.page = pages.id
              AND versions.number = (SELECT max(number) FROM versions WHERE page = pages.id)
            JOIN json_each(json_array('$.images', '$.attachments')) AS part
            JOIN json_each(versions.record, part.value) AS medium
            WHERE :urls IS NULL OR pages.id IN (
              SELECT page FROM addresses WHERE url IN (SELECT value FROM json_each(:urls))
            )
            ORDER BY pages.id, part.key, medium.key
            """,
            urls=json.dumps(list(urls)) if urls is not None else None,
        )
        return list(dict.fromkeys(row["url"] for row in rows))

    def answered(self, url: str) -> tuple[int, datetime] | None:
        """Return status and time of a URL's latest answer; None when it was never answered."""
        found = self._one("SELECT status, last_seen FROM addresses WHERE url = :url", url=url)
        return (found["status"], datetime.fromisoformat(found["last_seen"])) if found else None

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
        """Make the links of a page these; most visits change none."""
        wanted = set(urls)
        known = {row["url"] for row in self._all("SELECT url FROM links WHERE page = :page", page=page)}
        if wanted != known:
            self._run_each("DELETE FROM links WHERE page = ? AND url = ?", [(page, url) for url in known - wanted])
            self._run_each("INSERT INTO links (page, url) VALUES (?, ?)", [(page, url) for url in wanted - known])

    def see_numbers(self, numbers: Iterable[NumberRow], *, host: str, time: datetime, capture: int, page: int) -> None:
        """Note a sighting of telephone and registration numbers on a page of a host."""
        seen = stamp(time)
        ids = [self._number(host, *number, seen, capture) for number in dict.fromkeys(numbers)]
        for number in ids:
            first, last = self._sightings.get(number, ((seen, capture), (seen, capture)))
            self._sightings[number] = min(first, (seen, capture)), max(last, (seen, capture))
        self._run_each(
            "INSERT OR IGNORE INTO number_pages (number, page) VALUES (?, ?)", [(number, page) for number in ids]
        )

    def _note_sightings(self) -> None:
        """Write when the numbers of the last pages were seen first and last."""
        self._run_each(
            """
            UPDATE numbers SET
              first_capture = CASE WHEN ?1 < first_seen THEN ?2 ELSE first_capture END,
              last_capture = CASE WHEN ?3 >= last_seen THEN ?4 ELSE last_capture END,
              first_seen = min(first_seen, ?1),
              last_seen = max(last_seen, ?3)
            WHERE id = ?5
            """,
            [(*first, *last, number) for number, (first, last) in self._sightings.items()],
        )
        self._sightings.clear()

    def _number(self, host: str, *row: Value) -> int:
        """Return the row id of a number, which is new to the host or known: the same few stand on all pages."""
        name = (host, *row[:3])
        if name not in self._numbers:
            self._run_each(
                """
                INSERT OR IGNORE INTO numbers (
                  host, kind, label, number, dial, first_seen, first_capture, last_seen, last_capture
                ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?6, ?7)
                """,
                [(host, *row)],
            )
            sql = "SELECT id FROM numbers WHERE host = ? AND kind = ? AND label = ? AND number = ?"
            self._numbers[name] = self._connection.execute(sql, name).fetchone()["id"]
        return self._numbers[name]

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

    def reindex(self, page: int) -> None:
        """Note, before a page's latest version changes, that the full-text index is to follow it."""
        self._run(
            """
            INSERT OR IGNORE INTO unindexed (page, record) VALUES (:page, (
              SELECT record FROM versions WHERE page = :page ORDER BY number DESC LIMIT 1
            ))
            """,
            page=page,
        )

    def settle_index(self, *, least: int = 1) -> None:
        """Bring the full-text index up to the latest versions, when so many pages wait for it.

        In batches, for a write to the index costs as much as all other rows of a page. When that happens follows from
        the evidence alone, and it is on the disk when this returns: so a rebuilt index equals this one to the byte.
        """
        count = self._one("SELECT count(*) AS count FROM unindexed")
        if count is None or count["count"] < least:
            return
        waiting = self._all(
            """
            SELECT page, unindexed.record AS known, (
              SELECT record FROM versions WHERE versions.page = unindexed.page ORDER BY number DESC LIMIT 1
            ) AS latest FROM unindexed ORDER BY page
            """
        )
        words = [(row["page"], _words(row["known"]), _words(row["latest"])) for row in waiting]
        old = [(page, *known) for page, known, latest in words if known and known != latest]
        new = [(page, *latest) for page, known, latest in words if latest and known != latest]
        self._run_each("INSERT INTO search (search, rowid, title, body) VALUES ('delete', ?, ?, ?)", old)
        self._run_each("INSERT INTO search (rowid, title, body) VALUES (?, ?, ?)", new)
        self._run("DELETE FROM unindexed")
        self._run("SAVEPOINT indexed")  # FTS5 writes at a savepoint what it has gathered
        self._run("RELEASE indexed")
        if self._is_scratch:
            self._note_sightings()
            self._run("COMMIT")
            self._run("BEGIN")

    # Some twenty statements a page go by here, so errors are mapped without a context manager.

    def _run(self, sql: str, **values: Value) -> int:
        try:
            return self._connection.execute(sql, values).lastrowid or 0
        except sqlite3.DatabaseError as error:
            raise mapped(error, self._path) from error

    def _run_each(self, sql: str, rows: Iterable[tuple[Value, ...]]) -> None:
        try:
            self._connection.executemany(sql, rows)
        except sqlite3.DatabaseError as error:
            raise mapped(error, self._path) from error

    def _one(self, sql: str, **values: Value) -> sqlite3.Row | None:
        try:
            found: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
        except sqlite3.DatabaseError as error:
            raise mapped(error, self._path) from error
        return found

    def _all(self, sql: str, **values: Value) -> list[sqlite3.Row]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise mapped(error, self._path) from error


def _version(row: sqlite3.Row) -> VersionRow:
    return VersionRow(row["id"], row["number"], json.loads(row["record"]), row["fingerprint"], row["skeleton"])


def _words(record: str | None) -> tuple[str, str] | None:
    return indexed(json.loads(record)) if record is not None else None


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
