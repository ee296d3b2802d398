"""The four tools over one archive: each returns JSON text; bad arguments raise one of our own errors."""

import re
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path

from postarchive.errors import UnreadableInput, UsageError
from postarchive.export.feed import entry_summary
from postarchive.export.show import article_markdown
from postarchive.jsonvalue import Json, JsonObject
from postarchive.mcp.quoted import DEFAULT_BYTES, checked_bytes, evidence_json, excerpt, listed, quoted
from postarchive.models import iso_time
from postarchive.news import PageEvent
from postarchive.record.differences import differences
from postarchive.record.kinds import KINDS, NAMES
from postarchive.record.values import date_of, source_of
from postarchive.search import snippet
from postarchive.store.articles import ArticleVersion, StoredSheet
from postarchive.store.captures import Captures
from postarchive.store.changes import Changes
from postarchive.store.find import Finder, Search
from postarchive.store.read import Reader
from postarchive.store.sql import TABULATED, run_sql
from postarchive.warc import last_manifest

USUAL_RESULTS, MAX_RESULTS = 10, 100
SNIPPET_CHARACTERS = 300
MAX_LINES = 20  # of words that an edit changed
SQL_SECONDS = 10.0
SQL_ROWS = 1_000
DAY = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?", re.ASCII)
DEFAULT_KINDS = tuple(kind.name for kind in KINDS if kind.in_feed)


class Tools:
    """What a model may do with an archive."""

    def __init__(self, archive: Path) -> None:
        """Use this archive, opened again for each call because it may grow."""
        self._archive = archive

    def search(  # noqa: PLR0913, PLR0917 - arguments of a tool, by name
        self,
        text: str = "",
        kind: str | None = None,
        since: str | None = None,
        until: str | None = None,
        limit: int = USUAL_RESULTS,
        max_bytes: int = DEFAULT_BYTES,
    ) -> str:
        """Find articles and stamps of China Post's news site, best match first; without words the newest.

        text: words in any form, "a phrase", -excluded, title:word; Chinese from a single character. kind: news or
        stamp. since, until: 2023, 2023-03 or 2023-03-29, inclusive, by printed date.
        """
        wanted = Search(
            text=text,
            kinds=(_kind(kind),) if kind else (),
            since=_day("since", since),
            until=_day("until", until),
            limit=_limit(limit),
        )
        most = checked_bytes(max_bytes)
        with Finder(self._archive) as finder, Reader(self._archive) as reader:
            count = finder.count_found(wanted)
            rows = list(finder.search(wanted, ("url",)))
            results = [_found(reader, str(row["url"]), text) for row in rows]
        return listed({"found": count}, results, most)

    def read(
        self,
        page: str,
        version: int | None = None,
        sheet: int | None = None,
        start: int = 0,
        max_bytes: int = DEFAULT_BYTES,
    ) -> str:
        """Read one page in full, as Markdown, in its latest version or another; page is a URL or a node id.

        start: the character to continue from, as given by `next_start` in the previous result.
        """
        most = checked_bytes(max_bytes)
        if start < 0:
            raise UsageError("start", "takes a number, 0 or more")
        with Reader(self._archive) as reader:
            row = reader.find_page(page)
            found = reader.article(row, version, sheet=sheet or reader.sheet_of(row))
            count = len(reader.article_versions(row, sheet=sheet or reader.sheet_of(row)))
        first = found.sheets[0]
        metadata = _evidence_of(first, found) | {
            "version": found.number,
            "versions": count,
            "last_seen": found.last_seen,
            "gone": first.gone,
        }
        if len(found.sheets) > 1:
            metadata["sheets"] = [{"sheet": own.sheet} | _evidence_of(own, found) for own in found.sheets]
        return excerpt(metadata, article_markdown(found.record), start, most)

    def changes(
        self,
        since: str | None = None,
        kind: str | None = None,
        limit: int = USUAL_RESULTS,
        max_bytes: int = DEFAULT_BYTES,
    ) -> str:
        """List what happened to pages recently, newest first: new, edited (with the words that changed), gone, back.

        since: a day (2026-05-06), month or year of the event. kind: news or stamp.
        """
        most, first = checked_bytes(max_bytes), _day("since", since)
        kinds = (_kind(kind),) if kind else DEFAULT_KINDS
        with (
            Changes(self._archive) as changes,
            closing(changes.events(kinds, since=first, limit=_limit(limit))) as events,
        ):
            results = [_happened(event) for event in events]
        return listed({}, results, most)

    def sql(self, statement: str, max_bytes: int = DEFAULT_BYTES) -> str:
        """Query the archive's SQLite database with one SELECT; at most 1,000 rows and ten seconds.

        Tables: pages (id, site, key, node, sheet, url, kind, title, date, source, gone, article), versions (page,
        number, change, record as JSON, first_seen, last_seen, first_capture), captures (id, run, url, time, status,
        media_type, payload_digest, record_id, file, offset), changes (page, time, change, detail, version, capture),
        addresses, runs, problems, numbers (hotlines and registrations). `search MATCH words('邮政')` uses the full-text
        index, whose rowid is pages.id. Select `url` or `record_id` too, and each row comes with the evidence for that
        page or capture; otherwise with that for the whole database.
        """
        most = checked_bytes(max_bytes)
        with (
            run_sql(self._archive, statement, seconds=SQL_SECONDS, bounds=TABULATED) as found,
            closing(found.rows) as rows,
        ):
            answered = list(islice(rows, SQL_ROWS + 1))
            columns: list[Json] = list(found.columns)
        with Reader(self._archive) as reader, Captures(self._archive) as captures:
            whole = _whole(self._archive, reader)
            results = [_row(row, reader, captures, whole) for row in answered[:SQL_ROWS]]
        answer: JsonObject = {"columns": columns}
        if len(answered) > SQL_ROWS:
            answer["more"] = f"only the first {SQL_ROWS:,} rows"
        return listed(answer, results, most)


def _found(reader: Reader, url: str, text: str) -> JsonObject:
    """Return a page that a search found."""
    page = reader.find_page(url)
    found = reader.article(page)
    record, first = found.record, found.sheets[0]
    body = " ".join(record.paragraphs)
    return _evidence_of(first, found) | {
        "page": record.node or url,
        "kind": record.kind,
        "gone": first.gone,
        "quoted": quoted(
            title=record.title, source=source_of(record), text=snippet(body, text, SNIPPET_CHARACTERS) if body else None
        ),
    }


def _evidence_of(sheet: StoredSheet, found: ArticleVersion) -> JsonObject:
    return evidence_json(sheet.url, date_of(found.record), sheet.first_seen, sheet.evidence)


def _happened(event: PageEvent) -> JsonObject:
    place = evidence_json(event.url, date_of(event.record), iso_time(event.time), event.evidence)
    lines: list[Json] = list(islice(_changed(event), MAX_LINES))
    said = quoted(title=event.record.title, detail=entry_summary(event))
    if lines:
        said["changed"] = lines
    return place | {"event": event.name, "page": event.record.node or event.url, "quoted": said}


def _changed(event: PageEvent) -> Iterator[Json]:
    """Yield, line by line, the words that an edit removed and added."""
    for field in differences(event.before, event.record) if event.before else ():
        for line in field.lines:
            removed, added = (
                " … ".join(piece.text.strip() for piece in line if piece.sign == sign) for sign in ("removed", "added")
            )
            yield quoted(field=field.field, removed=removed[:SNIPPET_CHARACTERS], added=added[:SNIPPET_CHARACTERS])


def _row(row: JsonObject, reader: Reader, captures: Captures, whole: JsonObject) -> JsonObject:
    """Return a row with its evidence: that of the capture or page it names, else of the whole database."""
    values: JsonObject = {
        name: quoted(v=value)["v"] if isinstance(value, str) and value else value for name, value in row.items()
    }
    found = _named_in(row, reader, captures)
    return (found or whole) | {"quoted": values}


def _named_in(row: JsonObject, reader: Reader, captures: Captures) -> JsonObject | None:
    with suppress(UnreadableInput):
        match row:
            case {"record_id": str(record_id)}:
                capture = captures.by_record(record_id)
                return evidence_json(capture.url, None, capture.time, capture.evidence)
            case {"url": str(url)}:
                page = reader.find_page(url)
                found = reader.article(page)
                return _evidence_of(found.sheets[0], found)
    return None


def _whole(archive: Path, reader: Reader) -> JsonObject:
    """Return the evidence for the whole database: the newest run that ended, whose manifest chains all others."""
    ended = next((run for run in reader.runs() if run["ended"]), None)
    whole: JsonObject = dict.fromkeys(("url", "date", "captured", "warc_file", "offset", "digest"))
    if ended is None:
        return whole
    file = str(ended["file"])
    digest: Json = None
    with suppress(UnreadableInput):
        digest = f"manifest of all files up to this one: {last_manifest(archive, file)}"
    return whole | {"captured": ended["ended"], "warc_file": file, "offset": 0, "digest": digest}


def _kind(text: str) -> str:
    if text not in NAMES:
        raise UsageError(f"kind={text}", f"choose from {', '.join(NAMES)}")
    return text


def _day(name: str, text: str | None) -> str | None:
    """Return the first or last day, in ISO, of a day, month or year; None for None."""
    if not text:
        return None
    if not DAY.fullmatch(text):
        raise UsageError(f"{name}={text}", "takes a day (2023-03-29), a month (2023-03) or a year")
    return text if name == "since" or len(text) == len("2023-03-29") else f"{text}-99"  # the end of a month or year


def _limit(number: int) -> int:
    if not 0 < number <= MAX_RESULTS:
        raise UsageError("limit", f"takes a number from 1 to {MAX_RESULTS}")
    return number
