"""What crosses the wire and becomes evidence, each value named by its stage; what a record is stands in `record`.

`Address` (asked) -> `Capture` (received) -> `Page` (parsed) -> `Version` (judged) -> `FetchResult` (reported).
All are frozen; times are aware UTC; None means that it was not said.
"""

from base64 import b32decode, b32encode
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

Headers: TypeAlias = tuple[tuple[str, str], ...]


def iso_time(time: datetime) -> str:
    """Return a time as text: ISO 8601 in UTC with microseconds, so that the order of texts is the order of times."""
    return time.isoformat(timespec="microseconds")


@dataclass(frozen=True, slots=True)
class Address:
    """What a URL of the CMS says about its page, before anything is fetched (SITE.md §2).

    `kind` is the URL's own word (`report`, `stamp`, `category`, `folder`, `node`); `sheet` is its `-N`, from 1.
    """

    host: str
    kind: str
    node: int
    sheet: int = 1


@dataclass(frozen=True, slots=True)
class Capture:
    """A response as it was received; the same value whether live, read from a WARC, or a saved file.

    `head` is the response's head as it came, with the blank line that ends it; empty for what came without one (a saved
    file), to whose record a plain one is given. `coded` is the body as it came when it was sent in chunks, else None.
    The other fields are read from a copy of these: `headers` keep their order and spelling, without
    `Transfer-Encoding`, for `body` has no chunks; content codings such as gzip are kept. `time` is when the request
    began. `origin` says who captured it, `copied_from` where a copy of somebody's record was taken from (address and
    range of bytes; None for all others). Captures that say the same are equal, whatever bytes they said it with.
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
    """One request and its response, as they crossed the wire; what a WARC file keeps.

    `request` is what was sent, byte for byte; to a proxy the request line names the whole URL. `interim` are the heads
    of responses that came before the final one (103 Early Hints), usually empty.
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
        """Return the place as a report names it."""
        return f"{self.file}@{self.offset}"

    @property
    def shown_digest(self) -> str:
        """Return the digest of the payload as a person is shown it; see `shown_digest`."""
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
    """The reply of a time-stamping authority (RFC 3161, DER) about a manifest, the digest of all runs before it.

    `time` is when it was asked, `sealed` what its token says; only a check of the token proves that.
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

    `is_drift` tells an archived page that should have been read from one whose kind has no parser. `is_expected` is a
    failure that nobody needs to act on: a page that robots.txt forbids, found by the crawl.
    """

    url: str
    outcome: Outcome
    detail: str | None = None
    is_drift: bool = False
    is_expected: bool = False
