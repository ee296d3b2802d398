"""The language of Common Crawl: which crawls there are, what their indexes list, and where a capture's bytes are.

The evidence is the exchange with Common Crawl as it happened, and the record that came in it: HTTP head and body byte
for byte, its own time, and where it was taken from. Everything else is read from these two.

What is known: `collinfo.json` lists the crawls, newest first; each has its own index, which says how many pages it has
for a query (`showNumPages`) and returns them with one JSON object a line: 404 if there is nothing, 400 past the end. A
line names a WARC file and the bytes of one gzip member in it. Bodies are stored decoded, so `Content-Encoding` became
`X-Crawler-Content-Encoding`; digests are SHA-1 in base 32. Clients that are too fast get 503; those that keep going get
403 or no response at all, for a day. robots.txt files (`robotstxt/`) and what was not a page (`crawldiagnostics/`) are
beside the pages (`warc/`).
"""

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from postarchive.errors import Forbidden, UnreadableInput
from postarchive.jsonvalue import Fields, Json
from postarchive.urls import COMMONCRAWL_HOSTS, host_of, normalize, path_of

INDEX_HOST, DATA_HOST = COMMONCRAWL_HOSTS
ROBOTS = "/robots.txt"
CRAWLS_PATH = "/collinfo.json"
INDEX_SECONDS, DATA_SECONDS = 1.0, 0.55  # between two requests, at least
MAX_SECONDS = 60.0  # the pause is doubled up to this
BLOCKED_FOR = timedelta(days=1)
TIME_FORMAT = "%Y%m%d%H%M%S"
FIELDS = ("url", "timestamp", "status", "mime", "mime-detected", "digest", "length", "offset", "filename")
PAGE_TYPES = frozenset(("text/html", "application/xhtml+xml"))
MAX_RECORD_BYTES = 8 << 20  # Common Crawl truncates bodies at 1 MiB, recently 5
MAX_PAGES = 10_000
# CC-MAIN-2024-10, and before 2013 CC-MAIN-2012, CC-MAIN-2009-2010
CRAWL = re.compile(r"CC-MAIN-(?P<first>\d{4})(?:-(?P<last>\d{4})|-\d{2})?", re.ASCII)
INDEX_PATH = re.compile(rf"/{CRAWL.pattern}-index", re.ASCII)
# crawl-data/CC-MAIN-2024-10/segments/1707947473347.0/warc/CC-MAIN-20240220211055-20240221001055-00043.warc.gz
FILE = re.compile(r"crawl-data(?:/(?!\.)[\w.-]+)+\.warc\.gz", re.ASCII)
LEFT_OUT = re.compile(r"/(?:robotstxt|crawldiagnostics)/")
CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-\d", re.ASCII | re.IGNORECASE)  # bytes 5-11/1000
DIGITS = re.compile(r"\d{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Bases:
    """Where its two servers are."""

    index: str = f"https://{INDEX_HOST}"
    data: str = f"https://{DATA_HOST}"


@dataclass(frozen=True, slots=True)
class Crawl:
    """A crawl, with the first and last day that its captures can be from."""

    name: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Slice:
    """The bytes of one record in a WARC file of Common Crawl."""

    file: str
    offset: int
    length: int

    @property
    def byte_range(self) -> str:
        """Return the range as an HTTP `Range` header has it."""
        return f"bytes={self.offset}-{self.offset + self.length - 1}"

    def uri(self, base: str) -> str:
        """Return the address of the file."""
        return f"{base}/{self.file}"

    def is_where(self, content_range: str) -> bool:
        """Tell whether a `Content-Range` begins where this does; True if it is missing or in a form not known."""
        found = CONTENT_RANGE.match(content_range.strip())
        return found is None or int(found[1]) == self.offset

    def address(self, base: str) -> str:
        """Return the address of the file followed by the byte range: the name of the record there."""
        return f"{self.uri(base)}#{self.byte_range}"


@dataclass(frozen=True, slots=True)
class Listed:
    """A capture that an index lists: its URL as we write it and its place; time and digest are None if not given."""

    url: str
    place: Slice
    time: datetime | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class IndexPage:
    """A page of an index; `unreadable` counts the lines that could not be read."""

    lines: tuple[Listed, ...]
    unreadable: int = 0


def crawls_url(base: str) -> str:
    """Return the address of the list of crawls."""
    return f"{base}{CRAWLS_PATH}"


def pages_url(base: str, crawl: str, host: str) -> str:
    """Return the address that says how many pages a crawl's index has for a host."""
    return f"{_index_url(base, crawl, host)}&showNumPages=true"


def page_url(base: str, crawl: str, host: str, number: int) -> str:
    """Return the address of a page of an index, counted from 0."""
    query = urlencode([("fl", ",".join(FIELDS)), ("page", str(number))], safe=",")
    return f"{_index_url(base, crawl, host)}&{query}"


def parse_crawls(body: bytes) -> tuple[Crawl, ...]:
    """Return the crawls that the list names, oldest first; one in an unknown form is left out.

    Raises UnreadableInput when it is not such a list, or names no crawl.
    """
    found: set[Crawl | None] = set()
    with suppress(ValueError, RecursionError):
        match json.loads(body):
            case list() as items:
                found = set(map(_crawl, items))
    crawls = list(filter(None, found))
    if not crawls:
        raise UnreadableInput(INDEX_HOST, f"its {CRAWLS_PATH} is not a list of crawls; try again later")
    return tuple(sorted(crawls, key=lambda crawl: (crawl.first, crawl.name)))


def parse_pages(body: bytes) -> int:
    """Return how many pages an index has for a query. Raises UnreadableInput when it does not say."""
    with suppress(ValueError, RecursionError):
        answer = json.loads(body)
        pages = answer if isinstance(answer, int) else Fields(answer).number("pages")
        if pages is not None and 0 <= pages <= MAX_PAGES:
            return pages
    raise UnreadableInput(INDEX_HOST, "does not say how many pages its index has; try again later")


def parse_page(body: bytes) -> IndexPage:
    """Return the captures of pages with status 200 that a page of an index lists.

    Raises UnreadableInput when none of its lines can be read: Common Crawl reports trouble in HTML.
    """
    lines, unreadable, read = [], 0, 0
    for line in body.splitlines():
        if not line.strip():
            continue
        try:
            listed = _listed(Fields(json.loads(line)))
        except (ValueError, RecursionError):
            unreadable += 1
            continue
        read += 1
        if listed is not None:
            lines.append(listed)
    if unreadable and not read:
        raise UnreadableInput(INDEX_HOST, "its index did not send a list; try again later")
    return IndexPage(tuple(lines), unreadable)


def slice_of(file: str, offset: str, length: str) -> Slice:
    """Return the place that an index gives as text. Raises ValueError for an invalid one; any file name is accepted."""
    if not (DIGITS.fullmatch(offset) and DIGITS.fullmatch(length)):
        raise ValueError(f"offset {offset[:20]!r} and length {length[:20]!r} are not numbers of bytes")
    if not 0 < int(length) <= MAX_RECORD_BYTES:
        raise ValueError(f"a record of {int(length)} bytes; the length must be from 1 to {MAX_RECORD_BYTES}")
    return Slice(file, int(offset), int(length))


def is_left_out(place: Slice) -> bool:
    """Tell whether a record holds a robots.txt, a redirect or an error instead of a page."""
    return LEFT_OUT.search(place.file) is not None


def is_askable(place: Slice) -> bool:
    """Tell from its name whether a file is a WARC file of Common Crawl; before 2013 they are ARC, which is not read."""
    return FILE.fullmatch(place.file) is not None


def is_crawl(name: str) -> bool:
    """Tell whether this is the name of a crawl: `CC-MAIN-2024-10`."""
    return CRAWL.fullmatch(name) is not None


def check_askable(url: str) -> None:
    """Raise Forbidden unless a backfill may request it: robots.txt, the list of crawls, an index, a WARC file."""
    host, path = host_of(url), path_of(url)
    if host not in COMMONCRAWL_HOSTS or not url.startswith((f"https://{host}/", f"http://{host}/")):
        raise Forbidden(url, f"a backfill sends requests only to {INDEX_HOST} and {DATA_HOST}")
    is_index = path == CRAWLS_PATH or INDEX_PATH.fullmatch(path) is not None
    is_data = FILE.fullmatch(path.removeprefix("/")) is not None and "?" not in url
    if path != ROBOTS and not (is_index if host == INDEX_HOST else is_data):
        raise Forbidden(url, "is neither an index nor a WARC file of Common Crawl")


def _index_url(base: str, crawl: str, host: str) -> str:
    asked = [("url", f"{host}/*"), ("output", "json"), ("filter", "=status:200")]
    return f"{base}/{crawl}-index?{urlencode(asked, safe='/*:')}"


def _crawl(item: Json) -> Crawl | None:
    """Return a crawl with its days as listed, else with all days of its years and the month after."""
    try:
        fields = Fields(item)
        found = CRAWL.fullmatch(fields.required("id"))
    except ValueError:
        return None
    if found is None:
        return None
    first, last = int(found["first"]), int(found["last"] or found["first"])
    if not (1 <= first <= last < date.max.year):
        return None
    since, until = _day(fields, "from"), _day(fields, "to")
    return Crawl(found[0], since or date(first, 1, 1), until or date(last + 1, 1, 31))


def _day(fields: Fields, name: str) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat((fields.text(name) or "")[:10])
    return None


def _listed(fields: Fields) -> Listed | None:
    """Return a line; None when it is not a page. Raises ValueError when a required field is missing."""
    place = slice_of(fields.required("filename"), *(_text(fields, name) for name in ("offset", "length")))
    kinds = {fields.text("mime"), fields.text("mime-detected")}
    if _text(fields, "status") not in ("None", "200") or not kinds & PAGE_TYPES or is_left_out(place):
        return None
    return Listed(normalize(fields.required("url")), place, _time(fields.required("timestamp")), fields.text("digest"))


def _text(fields: Fields, name: str) -> str:
    """Return a number as text, however the index writes it; the text `None` if there is none."""
    with suppress(ValueError):
        return fields.required(name)
    return str(fields.number(name))


def _time(timestamp: str) -> datetime:
    return datetime.strptime(timestamp, TIME_FORMAT).replace(tzinfo=UTC)
