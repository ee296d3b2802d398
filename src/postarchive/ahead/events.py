"""The events of a slice of a WARC file, each with what follows from it; the caller handles anything unusual.

A slice is a range of bytes: the records that begin in it. Its reader has to search for the first one; the caller knows
where that begins, because the previous slice ended there, and rejects a result that does not fit.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias

from postarchive.ahead.prepared import Prepared, holds_page, prepare_ahead
from postarchive.errors import Interrupted, PostarchiveError, UnknownRecord, UnreadableInput
from postarchive.models import Capture, Event, Evidence
from postarchive.warc import WarcRecord, event_of, record_after, records
from postarchive.wayback import unwrapped

MAX_READ_BYTES: Final = 8 << 20  # of a slice, unpacked: thirty times what is packed is no ordinary evidence


@dataclass(frozen=True, slots=True)
class LocatedEvent:
    """An event and its place.

    A response that was read ahead comes without its body: `length_bytes` is the body's length; `prepared` is the page,
    or `refusal` why it cannot be read, if it is to be read as one. All three are None for a response with its body, and
    if it is not a response.
    """

    event: Event
    evidence: Evidence
    length_bytes: int | None = None
    prepared: Prepared | None = None
    refusal: UnreadableInput | None = None


Item: TypeAlias = LocatedEvent | int  # an integer is the byte position of a record that the caller must read


@dataclass(frozen=True, slots=True)
class FileSlice:
    """The records of a file that begin at or after `start` and before `stop`; `is_exact` if one begins at `start`."""

    archive: Path
    file: str
    start: int
    stop: int
    is_exact: bool


@dataclass(frozen=True, slots=True)
class SliceRead:
    """What was read from a slice: the records from `start`, where the first one begins, up to `end`."""

    start: int
    end: int
    items: tuple[Item, ...]


def read_slice(part: FileSlice) -> SliceRead | None:
    """Return what a slice holds, up to the first damaged record; None when no whole record begins in it.

    It ends early if it would hold more than may be in memory at once.
    """
    start = part.start if part.is_exact else _first_record(part)
    if start is None:
        return None
    items: list[Item] = []
    end, read = start, 0
    for record in _whole(part, start):
        item = _item(record)
        if item is not None:
            items.append(item)
        end = record.offset + record.length_bytes
        read += len(record.block)
        if end >= part.stop or read > MAX_READ_BYTES:
            break
    return SliceRead(start, end, tuple(items)) if end > start else None


def _first_record(part: FileSlice) -> int | None:
    """Return where the first record of a slice begins; it looks no further, as a record may fill many slices."""
    return record_after(part.archive / part.file, part.start - 1, before=part.stop)


def _whole(part: FileSlice, start: int) -> Iterator[WarcRecord]:
    """Yield the records of a slice up to the first damaged one, which the caller will find again and report."""
    try:
        yield from records(part.archive, part.file, start)
    except Interrupted:
        raise
    except (PostarchiveError, OSError):
        return


def _item(record: WarcRecord) -> Item | None:
    """Return a record's event; its offset if the caller must read it, None if it has no event."""
    try:
        event = event_of(record, body_of=_elsewhere)
        if event is None:
            return None
        return _located(event, record.evidence) if isinstance(event, Capture) else LocatedEvent(event, record.evidence)
    except Interrupted:
        raise
    except Exception:  # noqa: BLE001 - the caller reads it again, and handles what goes wrong
        return record.offset


def _located(capture: Capture, evidence: Evidence) -> LocatedEvent:
    prepared, refusal, page = None, None, unwrapped(capture)
    try:
        prepared = prepare_ahead(page) if holds_page(page) else None
    except UnreadableInput as error:
        error.__cause__ = error.__context__ = None  # they hold all that was made of the page until then
        refusal = error.with_traceback(None)
    return LocatedEvent(
        replace(capture, body=b"", head=b"", coded=None), evidence, len(capture.body), prepared, refusal
    )


def _elsewhere(record_id: str) -> bytes:
    raise UnknownRecord(record_id, "its body is in another record")
