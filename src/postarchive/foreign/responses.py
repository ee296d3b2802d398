"""A record's HTTP response: head and body as they came, in scope and not cut off."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from postarchive.foreign.bounds import Broken
from postarchive.foreign.records import MAX_BODY_BYTES, MAX_HEAD_BYTES, ForeignRecord, WarcHeaders
from postarchive.http1 import ChunkError, content_length, parse_head, received, split_message
from postarchive.models import Capture, Headers
from postarchive.times import in_utc
from postarchive.urls import is_allowed, normalize

ORIGIN = "import"
RESPONSES = frozenset(("response", "resource", "revisit"))
BLANK_LINE = b"\r\n\r\n"
PAYLOAD_DIGESTS = ("warc-payload-digest", "postarchive-payload-digest", "warc-refers-to-payload-digest")
OK = 200


@dataclass(frozen=True, slots=True)
class Reference:
    """What a revisit says about the response that has its body; each part is None if it does not say."""

    record_id: str | None
    url: str | None
    time: datetime | None


@dataclass(frozen=True, slots=True)
class Response:
    """A response with what others refer to it by; `payload_digest` is as its writer gave it, None if it did not.

    `refers_to` is None for a response that has its own body.
    """

    capture: Capture
    record_id: str
    payload_digest: str | None
    refers_to: Reference | None = None


def is_in_scope(headers: WarcHeaders) -> bool:
    """Tell whether a record is a response to a URL that we would request too; robots.txt is not a page."""
    url = _uri(headers.get("warc-target-uri", ""))
    is_response = headers.get("warc-type", "").lower() in RESPONSES
    return is_response and is_allowed(url) and urlsplit(url).path != "/robots.txt"


def response_of(record: ForeignRecord) -> Response | None:
    """Return the response of a record in scope; None for an unmodified one (304), which has no body anywhere.

    Raises Broken when the record contradicts itself or its response was cut off.
    """
    headers = record.headers
    if reason := headers.get("warc-truncated"):
        raise Broken(f"the response was cut off when it was captured ({reason})")
    if "warc-segment-number" in headers:
        raise Broken("a segment of a response that its writer split; left out")
    kind = headers["warc-type"].lower()
    if kind == "revisit":
        return None if "not-modified" in headers.get("warc-profile", "") else _revisit(record)
    capture = _resource(record) if kind == "resource" else _response(record)
    return Response(capture, _id(headers.get("warc-record-id", "")), _digest(headers))


def _revisit(record: ForeignRecord) -> Response:
    """Read a revisit; if it has no HTTP head of its own, that of its original is used."""
    headers = record.headers
    capture = _received(record, *_head_of(record.block)) if record.block.strip() else _headless(record, ())
    refers_date, refers_url = headers.get("warc-refers-to-date"), headers.get("warc-refers-to-target-uri")
    reference = Reference(
        record_id=_id(headers["warc-refers-to"]) if "warc-refers-to" in headers else None,
        url=normalize(_uri(refers_url)) if refers_url else None,
        time=_time(refers_date) if refers_date else None,
    )
    return Response(capture, _id(headers.get("warc-record-id", "")), _digest(headers), reference)


def _head_of(block: bytes) -> tuple[bytes, bytes]:
    """Return the head of a revisit, whose writer may have omitted the blank line, and no body."""
    message = split_message(block)
    head = message[0] if message else block.rstrip() + BLANK_LINE
    if len(head) > MAX_HEAD_BYTES:
        raise Broken("the HTTP head does not end")
    return head, b""


def _resource(record: ForeignRecord) -> Capture:
    """Read a file that was stored without its HTTP head."""
    media_type = record.headers.get("content-type")
    return _headless(record, (("Content-Type", media_type),) if media_type else (), record.block)


def _headless(record: ForeignRecord, headers: Headers, body: bytes = b"") -> Capture:
    return Capture(_url(record), _time(record.headers.get("warc-date", "")), OK, headers, body, origin=ORIGIN)


def _response(record: ForeignRecord) -> Capture:
    message = split_message(record.block)
    if message is None or len(message[0]) > MAX_HEAD_BYTES:
        raise Broken("the HTTP head does not end")
    capture = _received(record, *message)
    if capture.coded is None and not capture.header("Content-Encoding"):  # some decompress the body but keep its length
        _check_length(capture)
    if len(capture.sent) > MAX_BODY_BYTES:
        raise Broken(f"a body of {len(capture.sent)} bytes is too large for a page; left out")
    return capture


def _received(record: ForeignRecord, head: bytes, sent: bytes) -> Capture:
    time = _time(record.headers.get("warc-date", ""))
    try:
        return received(_url(record), time, head, sent, origin=ORIGIN)
    except ChunkError as error:
        raise Broken(f"the chunked response is cut off: {error}") from error
    except ValueError as error:
        raise Broken(str(error)) from error


def _check_length(capture: Capture) -> None:
    """Raise Broken for a body shorter than its head says; a head that contradicts itself does not count."""
    said, found = parse_head(capture.head), len(capture.body)
    with suppress(ValueError):
        if said is not None and found < (promised := content_length(said) or 0):
            raise Broken(f"the response is cut off: {found} bytes of {promised}")


def _url(record: ForeignRecord) -> str:
    return normalize(_uri(record.headers["warc-target-uri"]))


def _uri(text: str) -> str:
    """Return a URL without the angle brackets that WARC/1.0 writers such as wget put around it."""
    return text.removeprefix("<").removesuffix(">")


def _id(text: str) -> str:
    return text.strip("<>").lower()


def _digest(headers: WarcHeaders) -> str | None:
    """Return the body's digest as comparable text; our own archives use their own header names for it."""
    found = next((headers[name] for name in PAYLOAD_DIGESTS if name in headers), None)
    return found.lower().replace("sha-", "sha") if found else None


def _time(text: str) -> datetime:
    try:
        return in_utc(datetime.fromisoformat(text))
    except ValueError as error:
        raise Broken(f"WARC-Date is {text[:40]!r}") from error
