"""A record of a WARC file as a row of the dataset, or why there is no row."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeAlias

from postarchive.collect.unforeseen import described, plain
from postarchive.errors import UnreadableInput
from postarchive.export.columns import PAGES
from postarchive.export.flat import flat
from postarchive.export.shape import ColumnSchema
from postarchive.fetch import is_html
from postarchive.foreign import Damage, responses_in
from postarchive.foreign.records import ForeignRecord
from postarchive.foreign.responses import Response
from postarchive.jsonvalue import JsonObject
from postarchive.models import Capture, Evidence, iso_time
from postarchive.pages import parse
from postarchive.record.identity import page_identity
from postarchive.record.revisions import Change
from postarchive.record.versions import Version
from postarchive.times import is_believable
from postarchive.warc import sha256

OK: Final = 200
RECORDS: Final = replace(
    PAGES,
    name="records",
    description="Every capture of a page in the WARC files, one row a capture, read by itself: each is a version 1.",
    columns=(
        *PAGES.columns,
        ColumnSchema("file", "string", "The WARC file, as it was named.", is_required=True),
        ColumnSchema("offset", "integer", "Where its record, or gzip member, begins there.", "byte", is_required=True),
        ColumnSchema("digest", "string", "The body's digest as the file gives it; else SHA-256.", is_required=True),
        ColumnSchema("time", "datetime", "When it was captured.", "UTC", is_required=True),
    ),
    references=(),
)


@dataclass(frozen=True, slots=True)
class Unread:
    """A page that gives no record, and why."""

    url: str
    offset: int
    problem: str


@dataclass(frozen=True, slots=True)
class Repeated:
    """A revisit: its body is in another record, perhaps in another file."""

    url: str


Converted: TypeAlias = JsonObject | Unread | Repeated | Damage | None


def row_of(record: ForeignRecord, *, now: datetime) -> Converted:
    """Return a record as a row; None when it is not a page but an image, a redirect or an error.

    Nothing in a stranger's record stops the reading: an unforeseen error counts as damage, with its place.
    """
    try:
        for item in responses_in(record):
            return item if isinstance(item, Damage) else _row(record, item[0], now)
    except Exception as error:  # noqa: BLE001 - a bug costs the one record that shows it
        problem = described(error, f"{record.file}@{record.offset}").partition(": ")[2]
        return Damage(record.file, record.offset, problem)
    return None


def _row(record: ForeignRecord, response: Response, now: datetime) -> Converted:
    capture = response.capture
    if response.refers_to is not None:
        return Repeated(capture.url)
    if capture.status != OK or not is_html(capture):
        return None
    if not is_believable(capture.time, now=now):
        return Damage(record.file, record.offset, f"its date is impossible: {capture.time:%Y-%m-%d}")
    try:
        version = _version(record, response)
    except UnreadableInput as error:
        return Unread(capture.url, record.offset, error.problem)
    added: JsonObject = {
        "file": record.file,
        "offset": record.offset,
        "digest": plain(response.payload_digest or "") or version.evidence.payload_digest,
        "time": version.first_seen,
    }
    return flat(version, PAGES) | added


def _version(record: ForeignRecord, response: Response) -> Version:
    capture = response.capture
    page, time = parse(capture), iso_time(capture.time)
    site, key = page_identity(capture.url, page)
    return Version(
        page=0,
        site=site,
        key=key,
        article=key,
        number=1,
        change=Change.NEW,
        record=page,
        first_seen=time,
        last_seen=time,
        gone=None,
        evidence=_evidence(record, response, capture),
        addresses=(capture.url,),
    )


def _evidence(record: ForeignRecord, response: Response, capture: Capture) -> Evidence:
    record_id = plain(response.record_id) or f"{record.file}@{record.offset}"
    return Evidence(record.file, record.offset, len(record.block), record_id, sha256(capture.body))
