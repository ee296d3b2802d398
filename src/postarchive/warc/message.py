"""The text inside a block: an HTTP head as it was sent, and the fields of `warcinfo` and `metadata` records."""

import re
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from postarchive.models import Capture, Exchange, Headers

LINE_BREAKS = re.compile(r"[\r\n]+[ \t]*")
UNSAFE = re.compile(r"[%\x00-\x1f\x7f]")
CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
ESCAPED = re.compile(r"%([0-9A-F]{2})")
URL_PUNCTUATION = "!#$%&'()*+,/:;=?@[]~"


def response_head(capture: Capture) -> bytes:
    """Return status line and headers in the order and spelling they came in, with the blank line."""
    return _head(f"HTTP/1.1 {capture.status} {capture.reason}", capture.headers)


def request_head(exchange: Exchange) -> bytes:
    """Return request line and headers, with the blank line."""
    parts = urlsplit(exchange.capture.url)
    target = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=URL_PUNCTUATION)
    return _head(f"{exchange.method} {target} HTTP/1.1", exchange.request_headers)


def parse_response_head(head: bytes) -> tuple[int, str, Headers]:
    """Return status, reason and headers; the inverse of `response_head`. Raises ValueError when it is none."""
    status_line, *lines = head.decode("latin-1").split("\r\n")
    protocol, status, reason = status_line.split(" ", 2)
    if not protocol.startswith("HTTP/"):
        raise ValueError(f"no HTTP status line: {status_line[:40]!r}")
    pairs = (line.partition(":") for line in lines)
    return int(status), reason, tuple((name, value.removeprefix(" ")) for name, _, value in pairs)


def format_fields(fields: Headers) -> bytes:
    """Return `application/warc-fields`; control characters and `%` are percent-encoded, so any text comes back."""
    lines = (f"{name}: {UNSAFE.sub(_escape, value)}\r\n" for name, value in fields)
    return "".join(lines).encode(errors="surrogateescape")


def parse_fields(block: bytes) -> Headers:
    """Return names and values in order; the inverse of `format_fields`."""
    lines = block.decode(errors="surrogateescape").split("\r\n")
    pairs = (line.partition(": ") for line in lines if line)
    return tuple((name, ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)) for name, _, value in pairs)


def target_uri(url: str) -> str:
    """Return the URL as a WARC header may hold it: without control characters, which would end the line."""
    return CONTROLS.sub(_escape, url)


def format_time(time: datetime) -> str:
    """Return a `WARC-Date`: UTC, with microseconds, so that reading gives the same moment."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _head(first_line: str, headers: Headers) -> bytes:
    lines = (first_line, *(f"{name}: {value}" for name, value in headers))
    return b"".join(_encode(LINE_BREAKS.sub(" ", line)) + b"\r\n" for line in lines) + b"\r\n"


def _encode(line: str) -> bytes:
    """Return a header line's bytes: HTTP clients decode them as Latin-1, a saved file may have brought other text."""
    try:
        return line.encode("latin-1")
    except UnicodeEncodeError:
        return line.encode(errors="surrogateescape")


def _escape(found: re.Match[str]) -> str:
    return f"%{ord(found[0]):02X}"
