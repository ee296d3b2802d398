"""Turn a file back into events, equal to the live ones; nothing is returned before its digests are checked."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from postarchive.errors import DamagedRecord
from postarchive.http1 import LIVE, received, split_message, with_body
from postarchive.looks import size_at
from postarchive.models import Capture, Event, Evidence, Headers, Problem, RunEnded, RunStarted
from postarchive.paths import evidence_path
from postarchive.times import in_utc
from postarchive.warc.draft import COUNT, IDENTICAL, NOT_MODIFIED, OPTION, ORIGIN, SOURCE_RANGE, SOURCE_URI
from postarchive.warc.frame import WarcRecord, payload_digest, plain_id, records, sha256
from postarchive.warc.manifest import manifest_in
from postarchive.warc.message import parse_fields
from postarchive.warc.seal import seal_in

BodyOf: TypeAlias = Callable[[str], bytes]
OnUnreadable: TypeAlias = Callable[[Exception, Evidence], None]
UNLIKE = "payload digest does not match"


def _raise(error: Exception, evidence: Evidence) -> None:  # noqa: ARG001 - the place is in the error
    raise error


def read_events(  # noqa: PLR0913 - each by name
    archive: Path,
    file: str,
    *,
    start: int = 0,
    end: int | None = None,
    body_of: BodyOf,
    on_unreadable: OnUnreadable = _raise,
) -> Iterator[tuple[Event, Evidence]]:
    """Yield the events that a run wrote, in file order from a record's byte position on, each with its place.

    Reading stops at `end`. `body_of` returns the body of an earlier response by its record id, because a revisit does
    not repeat it. `on_unreadable` is called for a whole record that gives no event, for whatever reason; it raises the
    error, or returns to continue with the others. Raises DamagedRecord at the first record that is not whole.
    """
    for record in records(archive, file, start):
        found = event_with_place(record, body_of=body_of, on_unreadable=on_unreadable)
        if found is not None:
            yield found
        if end is not None and record.offset + record.length_bytes >= end:
            return


def event_with_place(
    record: WarcRecord, *, body_of: BodyOf, on_unreadable: OnUnreadable = _raise
) -> tuple[Event, Evidence] | None:
    """Return a record's event and its place; None when it has no event. See `read_events`."""
    try:
        event = event_of(record, body_of=body_of)
        found = (event, record.evidence) if event is not None else None
    except Exception as error:  # noqa: BLE001 - it is handed on, and nothing that a record says may end the fold
        on_unreadable(error, Evidence(record.file, record.offset, record.length_bytes, "", ""))
        return None
    return found


def read_capture(archive: Path, evidence: Evidence, *, body_of: BodyOf) -> Capture:
    """Return the response at a place in the evidence; raises DamagedRecord when it is not there."""
    record = _record_at(archive, evidence)
    if record.header("WARC-Type") not in ("response", "revisit"):
        raise record.damaged("the record is not a response")
    return _capture(record, body_of)


def read_block(archive: Path, evidence: Evidence) -> bytes:
    """Return a response as it came: status line, headers, body with its chunks; a revisit has no body."""
    return _record_at(archive, evidence).block


def read_body(archive: Path, evidence: Evidence) -> bytes:
    """Return the body of a response that is stored in full, without its chunks; empty for a revisit."""
    return _received(_record_at(archive, evidence)).body


def event_of(record: WarcRecord, *, body_of: BodyOf) -> Event | None:
    """Return a record's event; None for a request, which adds nothing to its response, and for certificates.

    Raises DamagedRecord when one of its digests, or something that its kind requires, is wrong.
    """
    if record.header("WARC-Type") in ("response", "revisit"):
        return _capture(record, body_of)
    return _other_event(record)


def checked_event(record: WarcRecord, *, digest_of: Callable[[str], str]) -> Event | None:
    """Return a record's event like `event_of`, but a revisit without the body that it repeats.

    `digest_of` returns the payload digest of an earlier response, which was checked, by its record id: if it is the
    revisit's own, the body need not be read again.
    """
    match record.header("WARC-Type"):
        case "revisit":
            return _bare_revisit(record, digest_of)
        case "response":
            return _checked(record, _received(record))
        case _:
            return _other_event(record)


def _bare_revisit(record: WarcRecord, digest_of: Callable[[str], str]) -> Capture:
    capture, repeated = _received(record), _repeated(record)
    if repeated is not None and digest_of(repeated) != payload_digest(record):
        raise record.damaged(UNLIKE)
    return capture


def _other_event(record: WarcRecord) -> Event | None:
    match record.header("WARC-Type"):
        case "warcinfo":
            fields = parse_fields(record.block)
            return RunStarted(_field(record, "run"), _time(record), _prefixed(fields, OPTION))
        case "metadata" if "warc-target-uri" in record.headers:
            url, kind, detail = (_field(record, name) for name in ("url", "kind", "detail"))
            return Problem(url, _time(record), kind, detail)
        case "metadata":
            if manifest_in(record) is None:
                raise record.damaged("a closing record without a manifest")
            return RunEnded(_field(record, "run"), _time(record), _prefixed(parse_fields(record.block), COUNT))
        case "resource":
            return seal_in(record)
        case "request":
            return None
        case other:
            raise record.damaged(f"unexpected record type {other}")


def _capture(record: WarcRecord, body_of: BodyOf) -> Capture:
    capture = _received(record)
    if record.header("WARC-Type") == "response":
        return _checked(record, capture)
    repeated = _repeated(record)
    return capture if repeated is None else _checked(record, with_body(capture, body_of(repeated)))


def _checked(record: WarcRecord, capture: Capture) -> Capture:
    if payload_digest(record) != sha256(capture.body):
        raise record.damaged(UNLIKE)
    return capture


def _received(record: WarcRecord) -> Capture:
    """Return the response in a record's block; heads that earlier versions rewrote are read the same way."""
    message = split_message(record.block)
    if message is None:
        raise record.damaged("the HTTP head does not end")
    url, origin = record.header("WARC-Target-URI"), record.headers.get(ORIGIN.lower(), LIVE)
    try:
        capture = received(url, _time(record), *message, origin=origin)
    except ValueError as error:
        raise record.damaged(str(error)) from error
    source = _source(record)
    return replace(capture, copied_from=source) if source else capture


def _source(record: WarcRecord) -> str | None:
    uri, place = (record.headers.get(name.lower()) for name in (SOURCE_URI, SOURCE_RANGE))
    return f"{uri}#{place}" if uri and place else None


def _repeated(record: WarcRecord) -> str | None:
    """Return the id of the response whose body a revisit repeats; None if the server sent none (304)."""
    match record.header("WARC-Profile"):
        case profile if profile == NOT_MODIFIED:
            return None
        case profile if profile == IDENTICAL:
            return plain_id(record.header("WARC-Refers-To"))
        case other:
            raise record.damaged(f"unexpected revisit profile {other}")


def _record_at(archive: Path, evidence: Evidence) -> WarcRecord:
    path = evidence_path(archive, evidence.file)
    size = size_at(path, evidence.file)
    if size is None:
        raise DamagedRecord(evidence.file, "the file is missing", evidence.offset)
    if not 0 <= evidence.offset < size:
        raise DamagedRecord(evidence.file, "the file has no such byte", evidence.offset)
    record = next(records(archive, evidence.file, evidence.offset), None)
    if record is None or record.evidence != evidence:
        raise DamagedRecord(evidence.file, f"record {evidence.record_id} is not there", evidence.offset)
    return record


def _field(record: WarcRecord, name: str) -> str:
    try:
        return dict(parse_fields(record.block))[name]
    except KeyError:
        raise record.damaged(f"no field {name}") from None


def _prefixed(fields: Headers, prefix: str) -> Headers:
    return tuple((name.removeprefix(prefix), value) for name, value in fields if name.startswith(prefix))


def _time(record: WarcRecord) -> datetime:
    try:
        return in_utc(datetime.fromisoformat(record.header("WARC-Date")))
    except ValueError as error:
        raise record.damaged(f"WARC-Date: {error}") from error
