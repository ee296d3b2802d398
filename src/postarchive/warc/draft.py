"""The records of a run, packed and ready to be written: each with its headers and digests."""

from dataclasses import dataclass
from datetime import datetime

from postarchive.models import Capture, Exchange, Headers
from postarchive.warc.frame import PAYLOAD_DIGEST, REFERRED_DIGEST, WarcRecord, digest_name, pack, pack_plain, sha256
from postarchive.warc.message import format_fields, format_time, one_line, plain_head, target_uri

FIELDS = "application/warc-fields"
REQUEST = "application/http;msgtype=request"
RESPONSE = "application/http;msgtype=response"
IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
OPTION, COUNT = "option-", "count-"  # a run's own names stay apart from the names of the format
ORIGIN = "Postarchive-Origin"  # who captured it; absent on our own captures
SOURCE_URI, SOURCE_RANGE = "WARC-Source-URI", "WARC-Source-Range"  # for a copy, as cdx_toolkit names them
INTERIM = "Postarchive-Interim-Responses"  # the heads that came before the final one; absent when none did


@dataclass(frozen=True, slots=True)
class Original:
    """The response that a revisit refers to: its record id, URL, time and body digest."""

    record_id: str
    url: str
    time: datetime
    payload_digest: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A record that is packed but not yet written."""

    record_id: str
    payload_digest: str
    data: bytes


def request_draft(exchange: Exchange, record_id: str, *, response_id: str) -> Draft:
    """Return the record of a request."""
    headers: Headers = (
        *common_headers("request", record_id, exchange.capture.time),
        ("WARC-Target-URI", target_uri(exchange.capture.url)),
        ("WARC-Concurrent-To", f"<{response_id}>"),
    )
    return draft_of(record_id, headers, content_type=REQUEST, head=exchange.request)


def response_draft(
    exchange: Exchange, record_id: str, *, request_id: str, payload: str, original: Original | None
) -> Draft:
    """Return the record of a response: in full, or as a revisit of the original that it repeats.

    `payload` is the digest of its body.
    """
    capture, digest = exchange.capture, payload
    profile = _profile(capture.status, digest, original)
    if original and profile:
        digest = original.payload_digest
    headers: Headers = (
        *common_headers("revisit" if profile else "response", record_id, capture.time),
        ("WARC-Target-URI", target_uri(capture.url)),
        ("WARC-Concurrent-To", f"<{request_id}>"),
        *(_refers_to(original, profile) if original and profile else ()),
        (REFERRED_DIGEST if profile else _digest_name(capture), digest),
        *(((INTERIM, one_line(exchange.interim)),) if exchange.interim else ()),
    )
    body = b"" if profile else capture.sent
    return _response_draft(record_id, headers, capture, body=body, payload=digest)


def foreign_draft(capture: Capture, record_id: str, *, payload: str) -> Draft:
    """Return the record of a response that someone else received; `payload` is the digest of its body."""
    headers: Headers = (
        *common_headers("response", record_id, capture.time),
        ("WARC-Target-URI", target_uri(capture.url)),
        (ORIGIN, capture.origin),
        *_source(capture),
        (_digest_name(capture), payload),
    )
    return _response_draft(record_id, headers, capture, body=capture.sent, payload=payload)


def _response_draft(record_id: str, headers: Headers, capture: Capture, *, body: bytes, payload: str) -> Draft:
    head = capture.head or plain_head(capture)
    return draft_of(record_id, headers, content_type=RESPONSE, head=head, body=body, payload=payload)


def _source(capture: Capture) -> Headers:
    uri, _, place = (capture.copied_from or "").partition("#")
    return ((SOURCE_URI, target_uri(uri)), (SOURCE_RANGE, place)) if uri else ()


def _digest_name(capture: Capture) -> str:
    return digest_name(capture.head, is_coded=capture.coded is not None) if capture.head else PAYLOAD_DIGEST


def _profile(status: int, digest: str, original: Original | None) -> str | None:
    if original is None:
        return None
    if status == 304:  # noqa: PLR2004 - HTTP's Not Modified
        return NOT_MODIFIED
    return IDENTICAL if digest == original.payload_digest else None


def _refers_to(original: Original, profile: str) -> Headers:
    return (
        ("WARC-Profile", profile),
        ("WARC-Refers-To", f"<{original.record_id}>"),
        ("WARC-Refers-To-Target-URI", target_uri(original.url)),
        ("WARC-Refers-To-Date", format_time(original.time)),
    )


def fields_draft(kind: str, record_id: str, time: datetime, *, fields: Headers, named: Headers = ()) -> Draft:
    """Return a record whose block is fields, one a line."""
    return draft_of(
        record_id, (*common_headers(kind, record_id, time), *named), content_type=FIELDS, head=format_fields(fields)
    )


def closing_headers(record_id: str, date: str, block: bytes) -> Headers:
    """Return the whole header of a closing record in its only form; id and date as they appear there."""
    return (
        ("WARC-Type", "metadata"),
        ("WARC-Record-ID", record_id),
        ("WARC-Date", date),
        ("WARC-Block-Digest", sha256(block)),
        ("Content-Type", FIELDS),
        ("Content-Length", str(len(block))),
    )


def closing_form(record: WarcRecord) -> bytes:
    """Return the bytes of a closing record with this id, date and block, except the gzip header's last two.

    Only for manifests of version 2; those of version 1 are compressed, possibly in different ways.
    """
    return pack_plain(
        closing_headers(record.header("WARC-Record-ID"), record.header("WARC-Date"), record.block), record.block
    )


def common_headers(kind: str, record_id: str, time: datetime) -> Headers:
    """Return the headers that every record begins with."""
    return (("WARC-Type", kind), ("WARC-Record-ID", f"<{record_id}>"), ("WARC-Date", format_time(time)))


def draft_of(  # noqa: PLR0913 - the parts of one record, each named
    record_id: str, headers: Headers, *, content_type: str, head: bytes, body: bytes = b"", payload: str | None = None
) -> Draft:
    """Return a packed record; without a payload digest, its payload is the block."""
    digest = sha256(head, body)
    framed: Headers = (
        *headers,
        ("WARC-Block-Digest", digest),
        ("Content-Type", content_type),
        ("Content-Length", str(len(head) + len(body))),
    )
    return Draft(record_id, payload or digest, pack(framed, (head, body)))
