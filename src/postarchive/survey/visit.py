"""A URL that was requested in a first visit to a host, why, and the outcome."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from postarchive.jsonvalue import JsonObject
from postarchive.models import Capture
from postarchive.pages import Reading

MAX_SHOWN = 160  # characters of a page's own text in an answer


class Purpose(StrEnum):
    """Why a URL is requested."""

    ROBOTS = "robots.txt"
    HOME = "home page"
    ARTICLE = "article"
    STAMP = "stamp"
    LIST = "list"
    SHEET = "next sheet of a list"
    FOLDER = "folder"
    BY_ETAG = "article again, by its ETag"
    BY_TIME = "article again, by its Last-Modified"
    MISSING = "page that cannot exist"
    MISSING_DYNAMIC = "the same in its dynamic form"
    MIRROR = "home page of the mirror"
    MIRRORED = "article on the mirror"
    HTTPS = "home page over https"
    CHINESE_FORM = "article under /cn/"
    ENGLISH_FORM = "article under /en/"


class Lack(StrEnum):
    """Why there is no response."""

    FORBIDDEN = "forbidden"  # by robots.txt
    SPENT = "spent"  # all allowed requests were made, or the time is up
    RESTING = "resting"  # the server asked to be left alone
    SILENT = "silent"  # no usable response came


@dataclass(frozen=True, slots=True)
class Requested:
    """A URL that was requested. `capture` is the response; `lack` and `problem` say why there is none.

    `reading` is the record that it makes, `refusal` why it makes none; both are None unless the status is 200. `label`
    is the text of the link that led there, None if no link did.
    """

    purpose: Purpose
    url: str
    capture: Capture | None = None
    label: str | None = None
    lack: Lack | None = None
    problem: str | None = None
    reading: Reading | None = None
    refusal: str | None = None

    @property
    def status(self) -> int | None:
        """Return the status of the response; None when none came."""
        return self.capture.status if self.capture is not None else None

    @property
    def kind(self) -> str | None:
        """Return the kind of the record; None when it makes none."""
        return self.reading.page.kind if self.reading is not None else None


@dataclass(frozen=True, slots=True)
class Found:
    """What was found about a question: in words (None: nothing), in figures, and from which URLs."""

    words: str | None
    facts: JsonObject
    pages: tuple[str, ...] = ()
    why: str | None = None


# Purposes that fetch a page of the host itself; the others probe its behaviour.
SHOWING = frozenset((Purpose.HOME, Purpose.ARTICLE, Purpose.STAMP, Purpose.LIST, Purpose.SHEET, Purpose.FOLDER))


@dataclass(frozen=True, slots=True)
class Visit:
    """Everything seen on a host, in the order of the requests."""

    host: str
    requested: tuple[Requested, ...]

    def of(self, *purposes: Purpose) -> list[Requested]:
        """Return what was requested for these purposes."""
        return [item for item in self.requested if item.purpose in purposes]

    def first(self, purpose: Purpose) -> Requested | None:
        """Return what was first requested for a purpose; None when nothing was."""
        return next(iter(self.of(purpose)), None)

    def shown(self, *kinds: str) -> list[tuple[Requested, Reading]]:
        """Return the pages of the host that make a record, each URL once; only those of `kinds`, if given."""
        pages = {item.url: item for item in self.requested if item.purpose in SHOWING and item.reading is not None}
        pairs = [(item, item.reading) for item in pages.values() if item.reading is not None]
        return [(item, reading) for item, reading in pairs if not kinds or reading.page.kind in kinds]

    def why_no_response(self, *purposes: Purpose) -> str:
        """Return why these purposes got no response: the first reason found."""
        for item in self.of(*purposes):
            if item.problem:
                return f"{item.url}: {item.problem}"
            if item.refusal:
                return f"{item.url} makes no record: {item.refusal}"
            if item.status is not None and item.reading is None:
                return f"{item.url} responded with HTTP {item.status}"
        return "no such page was found"


def urls_of(items: Iterable[Requested]) -> tuple[str, ...]:
    """Return the URLs, each once."""
    return tuple(dict.fromkeys(item.url for item in items))


def shares(names: Iterable[str]) -> str:
    """Say how many pages are of each form: `LF on 8 of 9 pages, CRLF on 1`."""
    counts = Counter(names)
    total = sum(counts.values())
    (most, count), *rest = counts.most_common()
    pages = "page" if total == 1 else "pages"
    return ", ".join((f"{most} on {count} of {total} {pages}", *(f"{name} on {number}" for name, number in rest)))


def shortened(text: str) -> str:
    """Return a page's own text, cut to what an answer shows."""
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"
