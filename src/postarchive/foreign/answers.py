"""A record's HTTP answer: its head as it came, its body unchunked, in scope and not cut off."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from postarchive.foreign.pieces import Broken
from postarchive.foreign.records import MAX_BODY_BYTES, Record, WarcHeaders
from postarchive.models import Capture, Headers
from postarchive.urls import is_allowed, normalize

ORIGIN = "import"
ANSWERS = frozenset(("response", "resource", "revisit"))
HEAD_END = re.compile(rb"\r?\n\r?\n")
FOLDED = re.compile(r"\r?\n[ \t]+")
STATUS_LINE = re.compile(r"HTTP/\S+[ \t]+(\d{3})(?:[ \t]+(.*))?")  # HTTP/1.1 200 OK, HTTP/2 200
CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n")
OK = 200


@dataclass(frozen=True, slots=True)
class Reference:
    """What a revisit says of the answer that has its body; each part is None when it does not say it."""

    record_id: str | None
    url: str | None
    time: datetime | None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with what others refer to it by; `payload_digest` is as its writer put it, None when it did not.

    `refers_to` is None for an answer that has its own body.
    """

    capture: Capture
    record_id: str
    payload_digest: str | None
    refers_to: Reference | None = None


def is_in_scope(headers: WarcHeaders) -> bool:
    """Tell whether a record is an answer to a URL that we would ask too; robots.txt is no page."""
    url = _uri(headers.get("warc-target-uri", ""))
    is_answer = headers.get("warc-type", "").lower() in ANSWERS
    return is_answer and is_allowed(url) and urlsplit(url).path != "/robots.txt"


def answer_of(record: Record) -> Answer | None:
    """Return the answer of a record that is in scope; None for an unmodified one (304), which has no body anywhere.

    Raises Broken when the record contradicts itself or its answer was cut off.
    """
    headers = record.headers
    if reason := headers.get("warc-truncated"):
        raise Broken(f"the answer was cut off when it was captured ({reason})")
    kind = headers["warc-type"].lower()
    if kind == "revisit":
        return None if "not-modified" in headers.get("warc-profile", "") else _revisit(record)
    status, reason, fields, body = _resource(record) if kind == "resource" else _response(record.block)
    capture = Capture(_url(record), _time(headers.get("warc-date", "")), status, fields, body, reason, ORIGIN)
    return Answer(capture, _id(headers.get("warc-record-id", "")), _digest(headers))


def _revisit(record: Record) -> Answer:
    """Read a revisit; without an HTTP head of its own it has no headers, and those of its original stand for them."""
    headers = record.headers
    status, reason, fields = _head(record.block.rstrip()) if record.block.strip() else (OK, "", ())
    capture = Capture(
        _url(record), _time(headers.get("warc-date", "")), status, _unchunked(fields), b"", reason, ORIGIN
    )
    refers_date, refers_url = headers.get("warc-refers-to-date"), headers.get("warc-refers-to-target-uri")
    reference = Reference(
        record_id=_id(headers["warc-refers-to"]) if "warc-refers-to" in headers else None,
        url=normalize(_uri(refers_url)) if refers_url else None,
        time=_time(refers_date) if refers_date else None,
    )
    return Answer(capture, _id(headers.get("warc-record-id", "")), _digest(headers), reference)


def _resource(record: Record) -> tuple[int, str, Headers, bytes]:
    """Read a file that was kept without its HTTP head."""
    media_type = record.headers.get("content-type")
    return OK, "", (("Content-Type", media_type),) if media_type else (), record.block


def _response(block: bytes) -> tuple[int, str, Headers, bytes]:
    end = HEAD_END.search(block)
    if end is None:
        raise Broken("the HTTP head does not end")
    status, reason, headers = _head(block[: end.start()])
    body = block[end.end() :]
    if "chunked" in _field(headers, "transfer-encoding"):
        body = _without_chunks(body)
    elif not _field(headers, "content-encoding"):  # some writers unpack the body and leave its packed length
        _check_length(_field(headers, "content-length"), body)
    if len(body) > MAX_BODY_BYTES:
        raise Broken(f"a body of {len(body)} bytes is more than a page has; left out")
    return status, reason, _unchunked(headers), body


def _head(data: bytes) -> tuple[int, str, Headers]:
    """Return status, reason and headers, decoded as HTTP clients do it."""
    first, *lines = FOLDED.sub(" ", data.decode("latin-1")).split("\n")
    found = STATUS_LINE.fullmatch(first.rstrip("\r"))
    if found is None:
        raise Broken(f"no HTTP status line: {first[:40]!r}")
    pairs = (line.partition(":") for line in lines if ":" in line)
    return int(found[1]), (found[2] or "").strip(), tuple((name.strip(), value.strip()) for name, _, value in pairs)


def _unchunked(headers: Headers) -> Headers:
    return tuple((name, value) for name, value in headers if name.lower() != "transfer-encoding")


def _field(headers: Headers, name: str) -> str:
    return next((value.lower() for key, value in headers if key.lower() == name), "")


def _check_length(promised: str, body: bytes) -> None:
    if promised.isascii() and promised.isdigit() and len(promised) < MAX_BODY_BYTES and int(promised) > len(body):
        raise Broken(f"the answer is cut off: {len(body)} bytes of {promised}")


def _without_chunks(body: bytes) -> bytes:
    """Return the body without its chunks' lines; unchanged when the writer took them away and left the header."""
    parts: list[bytes] = []
    place = 0
    while found := CHUNK_SIZE.match(body, place):
        place = found.end() + int(found[1], 16)
        if place == found.end():
            return b"".join(parts)
        parts.append(body[found.end() : place])
        if body[place : place + 2] != b"\r\n":
            break
        place += 2
    if not parts:
        return body
    raise Broken("the chunked answer is cut off")


def _url(record: Record) -> str:
    return normalize(_uri(record.headers["warc-target-uri"]))


def _uri(text: str) -> str:
    """Return a URL without the angle brackets that WARC/1.0 writers such as wget put around it."""
    return text.removeprefix("<").removesuffix(">")


def _id(text: str) -> str:
    return text.strip("<>").lower()


def _digest(headers: WarcHeaders) -> str | None:
    """Return the body's digest as text that compares; an archive of our own names a revisit's differently."""
    found = headers.get("warc-payload-digest") or headers.get("warc-refers-to-payload-digest")
    return found.lower().replace("sha-", "sha") if found else None


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise Broken(f"WARC-Date is {text!r}") from error
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
