"""The language of the Wayback Machine: what its index lists, where its replays are, and what they show.

The evidence is the exchange with the Wayback Machine as it happened. The site's URL, the time and the headers that the
site sent are read from it here, and only here, whenever the response is parsed or judged.

What is known: the index names ports (`http://host:80/…`) and, with the key `urlkey` among its fields, continues after a
`resumeKey` (without that field it jumps); a replay of another moment comes by a redirect, and `Memento-Datetime` is the
moment served; the site's headers come back as `x-archive-orig-…`, but `Content-Type` may keep its own name; `id_` after
the time requests the bytes as captured, without the Wayback Machine's banner and links.
"""

import json
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from postarchive.errors import Forbidden, UnreadableInput
from postarchive.http1 import WAYBACK
from postarchive.jsonvalue import Json
from postarchive.models import Capture, Headers
from postarchive.times import http_date
from postarchive.urls import WAYBACK_HOST, host_of, is_allowed, normalize, parse_address, path_of

HOST = WAYBACK_HOST
BASE = f"https://{HOST}"
OK = 200
TIME_FORMAT = "%Y%m%d%H%M%S"
FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
INDEX_PATH = "/cdx/search/cdx"
LINES_PER_RESPONSE = 10_000
MAX_INDEX_BYTES = 64 << 20
GZIP_MAGIC = b"\x1f\x8b"
SENT_BY_SITE = "x-archive-orig-"
UNCHUNKED = frozenset(("transfer-encoding", "connection", "content-length"))
# Of the Wayback Machine's own headers, these describe the body that it sends.
OF_THE_BODY = frozenset(("content-type", "content-encoding", "content-length"))
# https://web.archive.org/web/20170329120000id_/http://english.chinapost.com.cn:80/html1/report/1704/220-1.htm
REPLAY = re.compile(
    r"https?://web\.archive\.org/web/(?P<time>\d{14})(?P<form>[a-z]{2}_)?/(?P<scheme>https?):/{1,2}(?P<rest>.+)"
)


@dataclass(frozen=True, slots=True)
class Replay:
    """The address of a stored response: the URL as written, and the time; `is_raw`: the bytes as captured."""

    timestamp: str
    original: str
    time: datetime
    is_raw: bool

    @property
    def url(self) -> str:
        """Return the URL as we write it."""
        return normalize(self.original)


@dataclass(frozen=True, slots=True)
class Line:
    """A capture that the index lists: its time, its URL as written, and its body's digest."""

    timestamp: str
    original: str
    digest: str

    @property
    def url(self) -> str:
        """Return the URL as we write it."""
        return normalize(self.original)


@dataclass(frozen=True, slots=True)
class Index:
    """A response of the index; `resume_key` is None when nothing follows."""

    lines: tuple[Line, ...]
    resume_key: str | None


def index_url(
    host: str,
    *,
    base: str = BASE,
    since: str | None = None,
    until: str | None = None,
    resume_key: str | None = None,
) -> str:
    """Return the address that lists the pages of a host; days in ISO and inclusive, None means no limit."""
    asked = [
        ("url", f"{host}/*"),
        ("output", "json"),
        ("fl", ",".join(FIELDS)),
        ("filter", f"statuscode:{OK}"),
        ("filter", "mimetype:text/html"),
        ("collapse", "digest"),
        *((name, day.replace("-", "")) for name, day in (("from", since), ("to", until)) if day),
        ("limit", str(LINES_PER_RESPONSE)),
        ("showResumeKey", "true"),
    ]
    # The key comes percent-encoded and is sent back as it came.
    resumed = f"&resumeKey={quote(resume_key, safe='%+')}" if resume_key else ""
    return f"{base}{INDEX_PATH}?{urlencode(asked, safe='/*:,')}{resumed}"


def replay_url(timestamp: str, original: str, *, base: str = BASE) -> str:
    """Return the address of a capture's original bytes."""
    return f"{base}/web/{timestamp}id_/{original}"


def raw_form(url: str, *, base: str = BASE) -> str | None:
    """Return the address of the original bytes for a replay address; None unless it is of a page we would request."""
    replay = parse_replay(url)
    if replay is None or not is_page(replay.url):
        return None
    return replay_url(replay.timestamp, replay.original, base=base)


def parse_replay(url: str) -> Replay | None:
    """Return what a replay address leads to; None when it is not a replay address."""
    found = REPLAY.fullmatch(url)
    time = _time(found["time"]) if found else None
    if found is None or time is None:
        return None
    return Replay(found["time"], f"{found['scheme']}://{found['rest']}", time, found["form"] == "id_")


def parse_index(body: bytes) -> Index:
    """Return the captures that a response of the index lists; lines without a valid time are left out.

    Raises UnreadableInput when it is not one: the Wayback Machine reports trouble in HTML.
    """
    try:
        names, *rows = _table(json.loads(_unpacked(body) or b"[]"))
        key = _resume_key(rows)
        lines = tuple(_lines(names, rows[:-2] if key else rows))
    except (ValueError, KeyError, zlib.error) as error:
        raise UnreadableInput(HOST, f"its index did not send a list ({error}); try again later") from error
    return Index(lines, key)


def is_page(url: str) -> bool:
    """Tell whether a URL is a page in the site's grammar, or a front page, on an allow-listed host."""
    is_front = path_of(url) == "/" and "?" not in url
    return (is_front or parse_address(url) is not None) and is_allowed(url)


def check_askable(url: str) -> None:
    """Raise Forbidden unless a backfill may request it: robots.txt, index and our pages at the Wayback Machine."""
    if host_of(url) != HOST or not url.startswith((f"https://{HOST}/", f"http://{HOST}/")):
        raise Forbidden(url, f"a backfill sends requests only to {HOST}")
    if path_of(url) not in ("/robots.txt", INDEX_PATH) and raw_form(url) is None:
        raise Forbidden(url, f"a backfill requests only pages of China Post from {HOST}")


def unwrapped(capture: Capture) -> Capture:
    """Return what a replay shows: the site's URL, the time it was captured, the headers that the site sent.

    Any other response, even one of the Wayback Machine, is returned unchanged.
    """
    replay = parse_replay(capture.url)
    if replay is None or not replay.is_raw or capture.status != OK or not is_page(replay.url):
        return capture
    return replace(
        capture,
        url=replay.url,
        time=_memento_time(capture) or replay.time,
        headers=_sent_by_site(capture.headers),
        origin=WAYBACK,
    )


def _table(value: Json) -> list[list[str]]:
    """Return the rows of a list's JSON: first the names of the fields, then the entries, if any."""
    rows = value if isinstance(value, list) else [value]
    if not all(isinstance(row, list) for row in rows):
        raise ValueError("no table")
    table = [[str(cell) for cell in row] for row in rows if isinstance(row, list)]
    return table or [list(FIELDS)]


def _lines(names: list[str], rows: list[list[str]]) -> Iterator[Line]:
    for row in rows:
        fields = dict(zip(names, row, strict=True))
        if _time(fields["timestamp"]) is not None:
            yield Line(fields["timestamp"], fields["original"], fields["digest"])


def _resume_key(rows: list[list[str]]) -> str | None:
    """Return the resume key that follows an empty row at the end; None if there is none."""
    has_key = len(rows) > 1 and rows[-2] == [] and len(rows[-1]) == 1
    return str(rows[-1][0]) if has_key else None


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(GZIP_MAGIC):
        return body.strip()
    return zlib.decompressobj(wbits=31).decompress(body, MAX_INDEX_BYTES).strip()


def _time(timestamp: str) -> datetime | None:
    with suppress(ValueError):
        return datetime.strptime(timestamp, TIME_FORMAT).replace(tzinfo=UTC)
    return None


def _memento_time(capture: Capture) -> datetime | None:
    """Return the time that the Wayback Machine says it served; None when it does not say."""
    return http_date(capture.header("Memento-Datetime") or "")


def _sent_by_site(headers: Headers) -> Headers:
    """Return the headers that the site sent, and those of the Wayback Machine about the body that they lack."""
    own = [(name, value) for name, value in headers if name.lower() in OF_THE_BODY]
    theirs = [(name[len(SENT_BY_SITE) :], value) for name, value in headers if name.lower().startswith(SENT_BY_SITE)]
    kept = [(name, value) for name, value in theirs if name.lower() not in UNCHUNKED]
    reported = {name.lower() for name, _ in kept}
    return (*kept, *((name, value) for name, value in own if name.lower() not in reported))
