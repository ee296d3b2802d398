"""Queries on an archive: read-only, and with the standard library alone, so that they start at once."""

import json
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import datetime

from postarchive.errors import UnreadableInput
from postarchive.health import RunHealth
from postarchive.jsonvalue import JsonObject
from postarchive.models import Evidence
from postarchive.record.values import Page
from postarchive.record.versions import Version
from postarchive.store import frontier, visits
from postarchive.store.articles import ArticleVersion, article_history, article_versions
from postarchive.store.evidence import evidence_in, version_in
from postarchive.store.files import database_path, mapped_damage
from postarchive.store.frontier import SeenRow
from postarchive.store.lines import number_lines
from postarchive.store.naming import NODE_AND_SHEET, page_named
from postarchive.store.opened import Moment
from postarchive.store.stored import json_in, record_in, time_in


@dataclass(frozen=True, slots=True)
class StoredSeal:
    """A time stamp that covers all runs before `run`; `time` is what it claims, and only `verify` proves it."""

    run: str
    manifest: str
    authority: str
    time: str
    file: str
    offset: int


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A response with a body: where it is, and the title of its page's latest version, None if it has no page."""

    evidence: Evidence
    url: str
    time: datetime
    status: int
    media_type: str | None
    origin: str
    title: str | None


class Reader(Moment):
    """An archive as it was at one moment, whatever a run writes in the meantime."""

    def find_page(self, name: str) -> int:
        """Return the row id of a page by URL or node id. Raises UnreadableInput when the archive has no such page."""
        found = page_named(self._rows, name)
        if found is None:
            raise UnreadableInput(
                name, "is not in the archive; `postarchive query` lists what is, `postarchive fetch` adds a page"
            )
        return found

    def pages_of(self, name: str) -> dict[int, str]:
        """Return the row ids of a page (for an article's node, of all sheets), each with the URL that first showed it.

        Raises UnreadableInput like `find_page`.
        """
        page, named = self.find_page(name), NODE_AND_SHEET.fullmatch(name)
        rows = self._rows(
            """
            SELECT id, url FROM pages
            WHERE id = :page OR (:is_node AND article = (SELECT article FROM pages WHERE id = :page)) ORDER BY sheet, id
            """,
            {"page": page, "is_node": bool(named and named[2] is None)},
        )
        return {row["id"]: row["url"] for row in rows}

    def version(self, page: int, number: int | None = None) -> Version:
        """Return a page's version, the latest when no number is given. Raises UnreadableInput if there is none."""
        row = self._one(
            """
            SELECT versions.*, pages.site, pages.key, pages.gone, pages.url,
                   (SELECT key FROM pages AS whole WHERE whole.id = pages.article) AS article,
                   captures.record_id, captures.file, captures.offset, captures.stored_bytes, captures.payload_digest
            FROM versions JOIN pages ON pages.id = versions.page JOIN captures ON captures.id = versions.first_capture
            WHERE versions.page = :page AND (:number IS NULL OR number = :number) ORDER BY number DESC LIMIT 1
            """,
            {"page": page, "number": number},
        )
        if row is None:
            highest = self._one("SELECT max(number) FROM versions WHERE page = :page", {"page": page})
            raise UnreadableInput("", f"no version {number}; the latest is {highest[0] if highest else 0}")
        return version_in(row, self.addresses(page))

    def article(self, page: int, number: int | None = None, *, sheet: int | None = None) -> ArticleVersion:
        """Return a version of a page's article, the latest if no number is given; with `sheet`, of that sheet only.

        Raises UnreadableInput when there is no such version or sheet.
        """
        versions = self.article_versions(page, sheet=sheet)
        if not versions:
            raise UnreadableInput(f"sheet {sheet}", f"is not in the archive; {self._sheet_names(page)}")
        if number is not None and number > len(versions):
            raise UnreadableInput("", f"no version {number}; the latest is {len(versions)}")
        return versions[(number or len(versions)) - 1]

    def _sheet_names(self, page: int) -> str:
        sheets = [str(own.sheet) for version in self.article_versions(page)[-1:] for own in version.sheets]
        return f"it has sheet {sheets[0]}" if len(sheets) == 1 else f"it has the sheets {', '.join(sheets)}"

    def article_versions(self, page: int, *, sheet: int | None = None) -> tuple[ArticleVersion, ...]:
        """Return all versions of a page's article, oldest first; () when there is no such sheet."""
        return article_versions(self._rows, page, sheet)

    def history(self, page: int, *, sheet: int | None = None) -> list[JsonObject]:
        """Return what happened to a page's article, in order; with `sheet`, to that sheet only.

        `version` is the article's. `last_seen` is None if no version began. Each row names the capture of its sheet.
        """
        return article_history(self._rows, page, sheet)

    def evidence_of(self, record_id: str) -> Evidence:
        """Return where a WARC record is. Raises UnreadableInput when no row says."""
        row = self._one("SELECT * FROM captures WHERE record_id = :id", {"id": record_id})
        if row is None:
            raise UnreadableInput(record_id, "is not a record in the archive; see `postarchive verify`")
        return evidence_in(row)

    def responses(self, pages: list[int] | None = None, *, since: str | None = None) -> Generator[StoredResponse]:
        """Yield the responses of some pages, or of the whole archive, in order of time, from an ISO date on.

        An unmodified one (304) has no body and is left out.
        """
        rows = self._rows(
            """
            SELECT captures.*, pages.title FROM captures
            LEFT JOIN addresses ON addresses.url = captures.url LEFT JOIN pages ON pages.id = addresses.page
            WHERE captures.status <> 304 AND (:since IS NULL OR captures.time >= :since)
              AND (:pages IS NULL OR addresses.page IN (SELECT value FROM json_each(:pages)))
            ORDER BY captures.time, captures.id
            """,
            {"pages": json.dumps(pages) if pages is not None else None, "since": since},
        )
        for row in rows:
            time = time_in(row["time"])
            yield StoredResponse(
                evidence_in(row), row["url"], time, row["status"], row["media_type"], row["origin"], row["title"]
            )

    def record_shown_at(self, url: str) -> Page | None:
        """Return the record of the version that a URL last showed; None when it never showed a page."""
        row = self._one(
            "SELECT record FROM addresses JOIN versions ON versions.id = addresses.version WHERE addresses.url = :url",
            {"url": url},
        )
        return record_in(row["record"]) if row else None

    def numbers(self, kinds: tuple[str, ...]) -> list[JsonObject]:
        """Return the time line of telephone or registration numbers; see `lines.number_lines`."""
        return number_lines(self._rows, kinds)

    def seen(self) -> Iterator[SeenRow]:
        """Yield every address that was answered, for a plan of the crawl."""
        return frontier.seen(self._rows)

    def unanswered(self) -> list[str]:
        """Return the URLs that gave no response when they were last requested."""
        return list(frontier.unanswered(self._rows))

    def links(self) -> Iterator[str]:
        """Yield the links of all pages."""
        return frontier.all_links(self._rows)

    def runs(self, limit: int | None = None) -> list[JsonObject]:
        """Return the runs, the latest first; `counts` is None for one that was cut off."""
        rows = self._rows(
            "SELECT run, file, started, ended, options, counts FROM runs ORDER BY run DESC LIMIT :limit",
            {"limit": -1 if limit is None else limit},
        )
        return [
            dict(row)
            | {"options": json_in(row["options"]), "counts": json_in(row["counts"]) if row["counts"] else None}
            for row in rows
        ]

    def seals_over(self, run: str) -> list[StoredSeal]:
        """Return the seals of the first run that seals this one; empty if none does."""
        rows = self._rows(
            """
            SELECT run, manifest, authority, time, file, offset FROM seals
            WHERE run = (SELECT min(run) FROM seals WHERE run > :run) ORDER BY id
            """,
            {"run": run},
        )
        return [StoredSeal(**row) for row in map(dict, rows)]

    def seals_of(self, run: str) -> list[StoredSeal]:
        """Return the seals that a run keeps."""
        rows = self._rows(
            "SELECT run, manifest, authority, time, file, offset FROM seals WHERE run = :run ORDER BY id", {"run": run}
        )
        return [StoredSeal(**row) for row in map(dict, rows)]

    def problems(self, run: str) -> list[JsonObject]:
        """Return the problems of a run in the order in which they came."""
        rows = self._rows(
            "SELECT url, time, kind, detail, missing FROM problems WHERE run = :run ORDER BY id", {"run": run}
        )
        return [dict(row) for row in rows]

    def health(self) -> RunHealth:
        """Return when all was last well, and what has failed since."""
        with mapped_damage(database_path(self.archive)):
            return visits.health(self._connection)

    def sheet_of(self, page: int) -> int | None:
        """Return which sheet of its article a page is, None for the sheet that was captured first."""
        row = self._one("SELECT sheet FROM pages WHERE id = :page AND article <> id", {"page": page})
        return row["sheet"] if row else None

    def addresses(self, page: int) -> tuple[str, ...]:
        """Return the URLs under which a page was seen, in the order of their first sightings."""
        rows = self._rows("SELECT url FROM addresses WHERE page = :page ORDER BY first_seen, url", {"page": page})
        return tuple(row["url"] for row in rows)

    def all_addresses(self, page: int) -> list[str]:
        """Return the URLs under which any sheet of a page's article was seen."""
        rows = self._rows(
            """
            SELECT addresses.url FROM pages AS own JOIN pages AS sheet ON sheet.article = own.article
            JOIN addresses ON addresses.page = sheet.id WHERE own.id = :page ORDER BY sheet.sheet, addresses.first_seen
            """,
            {"page": page},
        )
        return [row["url"] for row in rows]


class LaggingReader(Reader):
    """A reader that tolerates missing recent rows, for callers that prove everything by the evidence."""

    may_lag = True
