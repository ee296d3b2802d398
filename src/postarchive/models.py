"""What crosses the wire and becomes evidence, each value named by its stage; `record` defines what a record is.

`Address` (requested) -> `Capture` (received) -> `Page` (parsed) -> `Version` (judged) -> `FetchResult` (reported). All
are frozen; times are aware UTC; None means not stated.
"""

from base64 import b32decode, b32encode
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

Headers: TypeAlias = tuple[tuple[str, str], ...]


def iso_time(time: datetime) -> str:
    """Return a time as text: ISO 8601 in UTC with microseconds, so that sorting the texts sorts the times."""
    return time.isoformat(timespec="microseconds")


@dataclass(frozen=True, slots=True)
class Address:
    """What a URL of the CMS says about its page, before anything is fetched (SITE.md §2).

    `kind` is the word in the URL (`report`, `stamp`, `category`, `folder`, `node`); `sheet` is its `-N`, from 1.
    """

    host: str
    kind: str
    node: int
    sheet: int = 1


@dataclass(frozen=True, slots=True)
class Capture:
    """A response as it was received; the same type whether live, read from a WARC file, or saved as a file.

    `head` is the response's head as it came, with the blank line that ends it; empty if there was none (a saved file;
    its record gets a plain one). `coded` is the body as it came if it was sent in chunks, else None. The other fields
    are read from a copy of these: `headers` keep their order and spelling, without `Transfer-Encoding` because `body`
    has no chunks; content codings such as gzip are kept. `time` is when the request began. `origin` says who captured
    it, `copied_from` where someone else's record was copied from (address and range of bytes; None for all others).
    Captures that say the same are equal, whatever bytes they came as.
    """

    url: str
    time: datetime
    status: int
    headers: Headers
    body: bytes
    reason: str = ""
    origin: str = "live"
    head: bytes = field(default=b"", compare=False, repr=False)
    coded: bytes | None = field(default=None, compare=False, repr=False)
    copied_from: str | None = None

    @property
    def sent(self) -> bytes:
        """Return the body as it was sent, with its chunks if it had any."""
        return self.body if self.coded is None else self.coded

    def header(self, name: str) -> str | None:
        """Return the first header of this name, case-insensitively; None when it was not sent."""
        wanted = name.lower()
        for key, value in self.headers:
            if key.lower() == wanted:
                return value
        return None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response as they crossed the wire: what a WARC file keeps.

    `request` is what was sent, byte for byte; for a proxy the request line names the whole URL. `interim` holds the
    heads of responses before the final one (103 Early Hints), usually none.
    """

    request: bytes
    capture: Capture
    interim: bytes = b""


def shown_digest(digest: str) -> str:
    """Return a `sha256:` digest in base 32 as `sha256sum` prints it, in hexadecimal; any other digest unchanged."""
    name, _, text = digest.partition(":")
    try:
        return f"{name}:{b32decode(text).hex()}" if name == "sha256" else digest
    except ValueError:
        return digest


def stored_digest(hexadecimal: str) -> str:
    """Return a sha256 in hexadecimal as WARC writes it, in base 32; the inverse of `shown_digest`."""
    return f"sha256:{b32encode(bytes.fromhex(hexadecimal)).decode()}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where the bytes are: a WARC file (relative to the archive), and a record's id, offset and length in bytes."""

    file: str
    offset: int
    length_bytes: int
    record_id: str
    payload_digest: str

    @property
    def place(self) -> str:
        """Return the place as reports name it."""
        return f"{self.file}@{self.offset}"

    @property
    def shown_digest(self) -> str:
        """Return the payload's digest as it is shown to people; see `shown_digest`."""
        return shown_digest(self.payload_digest)


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The opening `warcinfo` of a run; `options` are its settings as text, in order; `run` sorts by time."""

    run: str
    time: datetime
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The closing `metadata` of a run; `counts` are its outcomes and figures as text, in order."""

    run: str
    time: datetime
    counts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """A URL that gave no response, or may not be requested; kept as a `metadata` record about that URL."""

    url: str
    time: datetime
    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class Seal:
    """A time-stamping authority's reply (RFC 3161, DER) for a manifest, the digest of all runs before it.

    `time` is when it was requested, `sealed` the time in its token; only checking the token proves that time.
    """

    authority: str
    time: datetime
    manifest: str
    sealed: datetime
    reply: bytes


Event: TypeAlias = RunStarted | Capture | Problem | Seal | RunEnded


class Outcome(StrEnum):
    """What became of a requested page; ARCHIVED means kept as bytes but not as a record."""

    NEW = "NEW"
    CHANGED = "CHANGED"
    UNCHANGED = "UNCHANGED"
    GONE = "GONE"
    ARCHIVED = "ARCHIVED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class FetchResult:
    """One line of a run: the outcome for one URL; `detail` is a title, or why it failed.

    `is_drift` marks an archived page that should have been readable; without it, its kind has no parser. `is_expected`
    marks a failure that nobody needs to act on: the crawl found a page that robots.txt forbids.
    """

    url: str
    outcome: Outcome
    detail: str | None = None
    is_drift: bool = False
    is_expected: bool = False
