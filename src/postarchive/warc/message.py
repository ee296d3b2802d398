"""The text inside a block: the fields of `warcinfo` and `metadata` records, and a head for responses that lack one."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote

from postarchive.models import Capture, Headers, iso_time

LINE_BREAKS = re.compile(r"[\r\n]+[ \t]*")
UNSAFE = re.compile(r"[%\x00-\x1f\x7f]")
CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
ESCAPED = re.compile(r"%([0-9A-F]{2})")
PRINTABLE = " !\"#$&'()*+,/:;<=>?@[\\]^`{|}~"


def plain_head(capture: Capture) -> bytes:
    """Return a head for a response that has none, such as a saved file: status line and headers."""
    lines = (f"HTTP/1.1 {capture.status} {capture.reason}", *(f"{name}: {value}" for name, value in capture.headers))
    return b"".join(_encode(LINE_BREAKS.sub(" ", line)) + b"\r\n" for line in lines) + b"\r\n"


def format_fields(fields: Headers) -> bytes:
    """Return `application/warc-fields`; control characters and `%` are percent-encoded, so any text survives."""
    lines = (f"{name}: {UNSAFE.sub(_escape, value)}\r\n" for name, value in fields)
    return "".join(lines).encode(errors="surrogateescape")


@lru_cache(maxsize=1)  # a closing record is asked for its run, counts and manifest
def parse_fields(block: bytes) -> Headers:
    """Return names and values in order; the inverse of `format_fields`."""
    lines = block.decode(errors="surrogateescape").split("\r\n")
    pairs = (line.partition(": ") for line in lines if line)
    return tuple((name, ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)) for name, _, value in pairs)


def one_line(data: bytes) -> str:
    """Return bytes in a form for a WARC header: `%` and all but printable ASCII are percent-encoded."""
    return quote(data, safe=PRINTABLE)


def target_uri(url: str) -> str:
    """Return a URL in a form for a WARC header: without control characters, which would end the line."""
    return CONTROLS.sub(_escape, url)


def format_time(time: datetime) -> str:
    """Return a `WARC-Date`: UTC, with microseconds, so that it reads back as the same moment."""
    return iso_time(time.astimezone(UTC)).removesuffix("+00:00") + "Z"


def _encode(line: str) -> bytes:
    """Return a header line's bytes: lines are read as Latin-1, but a WARC file may have contained other text."""
    try:
        return line.encode("latin-1")
    except UnicodeEncodeError:
        return line.encode(errors="surrogateescape")


def _escape(found: re.Match[str]) -> str:
    return f"%{ord(found[0]):02X}"
