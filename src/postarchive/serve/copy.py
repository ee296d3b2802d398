"""The copy that readers get: a database in a temporary folder, made from the archive's and never changed again."""

import errno
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import groupby
from pathlib import Path
from typing import TypeAlias

from postarchive.errors import Interrupted
from postarchive.jsonvalue import Json
from postarchive.record.articles import whole_record
from postarchive.record.labels import COLUMNS, typed_facts
from postarchive.record.values import Page, Stamp, date_of, to_json
from postarchive.search import indexed
from postarchive.serve.folders import no_room, temporary_folder
from postarchive.serve.narrow import FILL, LENGTHS, words_in
from postarchive.serve.pictured import complete_pictures
from postarchive.serve.tables import (
    ARTICLES,
    ATTACHMENTS,
    CHANGES,
    DATABASE,
    FACTS,
    FULL_TEXT,
    HOTLINES,
    INDEXES,
    LISTS,
    OUTCOMES,
    PICTURES,
    PROBLEMS,
    REGISTRATIONS,
    RUNS,
    SEARCH,
    STAMPS,
    TABLES,
    VERSIONS,
)
from postarchive.serve.tabular import Table
from postarchive.store.extract import Extract, Row, Sheet

ReportProgress: TypeAlias = Callable[[int, int], None]
PARAGRAPHS_APART = "\n\n"
YEAR_DIGITS = 4
BATCH_ROWS = 500
SERIAL_OF_A_YEAR = re.compile(r"[12]\d{3}-")
OF_THE_RECORD = ("kind", "title", "subtitle", "date", "source", "editor", "created")
UNKEPT = ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF")  # a crash leaves nothing worth keeping


@contextmanager
def reading_copy(
    archive: Path,
    *,
    report: ReportProgress = lambda _done, _total: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Iterator[Path]:
    """Yield the path of a copy for readers, removed at the end; `report` gets the number of pages done, and the total.

    Raises like `make_copy`.
    """
    with temporary_folder() as folder:
        path = folder / f"{DATABASE}.db"
        make_copy(archive, path, report=report, is_stopped=is_stopped)
        yield path


def make_copy(
    archive: Path,
    path: Path,
    *,
    report: ReportProgress = lambda _done, _total: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Make a copy for readers, a new file at this path.

    Raises UnreadableInput when the archive cannot be read, ArchiveUnwritable when the folder cannot hold the copy,
    Interrupted when `is_stopped` says so.
    """
    with (
        Extract(archive) as extract,
        _writable(path.parent),
        closing(sqlite3.connect(path, isolation_level=None)) as connection,
    ):
        _Copy(connection, extract, report, is_stopped).make()


class _Copy:
    """A copy in the making: its database, and the rows it is made from."""

    def __init__(
        self, connection: sqlite3.Connection, extract: Extract, report: ReportProgress, is_stopped: Callable[[], bool]
    ) -> None:
        self._connection = connection
        self._extract = extract
        self._report = report
        self._is_stopped = is_stopped
        self._inserts = {name: table.insert for name, table in TABLES.items()}

    def make(self) -> None:
        """Fill it, table by table, before anybody reads it."""
        for statement in (*UNKEPT, "BEGIN", *(table.create for table in TABLES.values()), FULL_TEXT, LENGTHS):
            self._connection.execute(statement)
        self._add_articles()
        self._add_all(LISTS, _placed(self._extract.listed()))
        self._add_all(VERSIONS, map(_version, self._extract.versions()))
        self._add_all(CHANGES, map(_change, self._extract.changes()))
        self._add_all(HOTLINES, _numbered(self._extract.numbers("hotline")))
        self._add_all(REGISTRATIONS, _numbered(self._extract.numbers("ICP", "PSB")))
        self._add_all(RUNS, map(_run, self._extract.runs()))
        self._add_all(PROBLEMS, self._extract.problems())
        for statement in (*INDEXES, *FILL):
            self._connection.execute(statement)
        complete_pictures(self._connection, self._extract.held)
        for statement in ("COMMIT", "ANALYZE"):
            self._connection.execute(statement)

    def _add_articles(self) -> None:
        total, done = self._extract.count(), 0
        for _, group in groupby(self._extract.pages(), lambda sheet: sheet.row["article"]):
            sheets = list(group)
            self._add_article(sheets)
            done += len(sheets)
            self._report(done, total)

    def _add_article(self, sheets: list[Sheet]) -> None:
        self._check_going()
        record = whole_record([sheet.record for sheet in sheets])
        article = _article(sheets, record)
        self._add(ARTICLES, article)
        titles, body = indexed(record)
        self._connection.execute(
            f"INSERT INTO {SEARCH} (rowid, title, body) VALUES (?, ?, ?)",  # noqa: S608 - our own name
            (article["id"], titles, body),
        )
        words = words_in(titles) + words_in(body)
        self._connection.execute("INSERT INTO lengths VALUES (?, ?)", (article["id"], words))
        for table, rows in (
            (PICTURES, _pictures(record)),
            (ATTACHMENTS, [{"url": file.url, "label": file.label} for file in record.attachments]),
            (FACTS, _facts(record)),
            (STAMPS, _stamps(record)),
        ):
            for row in rows:
                self._add(table, {"id": None, "article": article["id"]} | row)

    def _add_all(self, table: Table, rows: Iterable[Row]) -> None:
        for place, row in enumerate(rows):
            if place % BATCH_ROWS == 0:
                self._check_going()
            self._add(table, row)

    def _add(self, table: Table, row: Row) -> None:
        self._connection.execute(self._inserts[table.name], {column.name: row[column.name] for column in table.columns})

    def _check_going(self) -> None:
        if self._is_stopped():
            raise Interrupted("", "interrupted; nothing was served")


def _article(sheets: list[Sheet], record: Page) -> Row:
    rows = [sheet.row for sheet in sheets]
    first, plain = rows[0], to_json(record)
    return {name: plain[name] for name in OF_THE_RECORD} | {
        "id": first["id"],
        "page": _name(first),
        "year": _year_of(record),
        "gone": first["gone"],
        "versions": sum(_whole_number(row["versions"]) for row in rows),
        "edited": max((str(row["edited"]) for row in rows if row["edited"]), default=None),
        "first_seen": min(str(row["first_seen"]) for row in rows),
        "last_seen": max(str(row["last_seen"]) for row in rows),
        "node": first["node"],
        "site": first["site"],
        "sheets": len(sheets),
        "pictures": len(record.images),
        "files": len(record.attachments),
        "hosts": " ".join(dict.fromkeys(host for row in rows for host in str(row["hosts"] or "").split(","))),
        "url": first["url"],
        "text": PARAGRAPHS_APART.join(record.paragraphs),
    }


def _name(page: Row) -> str:
    """Return a page's name: its node, with sheet and site if the node alone would name two pages."""
    if page["node"] is None:
        return f"page-{page['id']}"
    sheet = "" if page["sheet"] == 1 else f"-{page['sheet']}"
    site = "" if page["same_node"] == 1 else f"@{page['site']}"
    return f"{page['node']}{sheet}{site}"


def _stamps(record: Page) -> list[Row]:
    if not isinstance(record, Stamp):
        return []
    said = typed_facts(record.facts)
    typed: Row = {column: said.get(column) for column in COLUMNS}
    own: Row = {"serial": record.serial, "issued": record.issued, "denomination": record.denomination}
    return [typed | own | {"year": _year_of(record)}]


def _year_of(record: Page) -> int | None:
    """Return the year of a record; a stamp's is that of its serial number, as in `query --year`."""
    if isinstance(record, Stamp) and _is_of_a_year(record.serial):
        return _year(record.serial)
    return _year(date_of(record))


def _is_of_a_year(serial: str | None) -> bool:
    return serial is not None and SERIAL_OF_A_YEAR.match(serial) is not None


def _pictures(record: Page) -> list[Row]:
    """Return the pictures of the latest version; which ones the archive holds is noted at the end, for all at once."""
    return [{"url": image.url, "caption": image.caption, "latest": 1, "held": 0} for image in record.images]


def _facts(record: Page) -> list[Row]:
    facts = record.facts if isinstance(record, Stamp) else ()
    return [{"place": place, "label": label, "value": value} for place, (label, value) in enumerate(facts, 1)]


def _placed(listed: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows of lists with their places, each article once: on the live site rows move between sheets."""
    for _, group in groupby(listed, lambda row: row["list"]):
        first: dict[Json, Row] = {}
        for row in group:
            first.setdefault(row["article"], row)
        for place, row in enumerate(first.values(), 1):
            yield row | {"id": None, "place": place}


def _version(row: Row) -> Row:
    return row | {
        "seen_from": row["first_seen"],
        "seen_to": row["last_seen"],
        "evidence_file": row["file"],
        "evidence_offset": row["offset"],
        "evidence_bytes": row["stored_bytes"],
        "digest": row["payload_digest"],
    }


def _change(row: Row) -> Row:
    return row | {"evidence_file": row["file"], "evidence_offset": row["offset"]}


def _run(row: Row) -> Row:
    match row["counts"]:
        case dict() as counts:
            return row | {name: counts.get(name) for name in OUTCOMES}
        case _:
            return row | dict.fromkeys(OUTCOMES)


def _numbered(rows: Iterable[Row]) -> Iterator[Row]:
    return (row | {"id": number} for number, row in enumerate(rows, 1))


def _year(date: str | None) -> int | None:
    return int(date[:YEAR_DIGITS]) if date and date[:YEAR_DIGITS].isdigit() else None


def _whole_number(value: Json) -> int:
    return value if isinstance(value, int) else 0


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise no_room(folder.parent, str(error)) from error
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise no_room(folder.parent, error.strerror or str(error)) from error
