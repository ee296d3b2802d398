"""What a feed reports: events in the life of pages, drift of the site, and the ids by which readers know both.

Pure. An id is a tag URI (RFC 4151) made only of evidence: the page, the event, and the time and digest of the response
that showed it. So it is the same after a rebuild, on another day, and in any archive with that response.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias
from urllib.parse import quote

from postarchive.models import Evidence
from postarchive.record.values import Page

AUTHORITY = "tag:postarchive.example,2026:"  # `example` is reserved for ever: nobody else makes such ids
DIGEST_CHARACTERS = 8

EventName: TypeAlias = Literal["new", "edit", "gone", "back"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageEvent:
    """Something that happened to a page, and the response that showed it.

    `site` and `key` identify the page, `first_seen` is when it was first seen. `record` is the version that the event
    made, or the current one; `before` is the one that an edit replaced, else None. `detail` names the fields of an
    edit, or says why a page counts as gone; None when there is nothing to add.
    """

    site: str
    key: str
    url: str
    kind: str
    name: EventName
    time: datetime
    first_seen: datetime
    detail: str | None
    record: Page
    before: Page | None
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class DriftedPage:
    """A page that lacks what its kind must have; `missing` names the fields, () when fields are not the problem."""

    url: str
    detail: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drift:
    """What drifted in the latest run that requested the site and ended; `time` is its end."""

    run: str
    time: datetime
    pages: tuple[DriftedPage, ...]


def event_id(event: PageEvent) -> str:
    """Return the id of an event: its page, its name, and the time and digest of the response."""
    time = event.time.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    digest = event.evidence.payload_digest.rpartition(":")[2][:DIGEST_CHARACTERS]
    parts = (event.site, event.key, event.name, time, digest)
    return AUTHORITY + "/".join(quote(part, safe="", errors="replace") for part in parts)


def drift_id(drift: Drift) -> str:
    """Return the id of a run's drift."""
    return f"{AUTHORITY}drift/{quote(drift.run, safe='')}"


def feed_id(kinds: Sequence[str]) -> str:
    """Return the id of the feed of some kinds of page; their order does not matter."""
    return f"{AUTHORITY}feed/{'+'.join(sorted(set(kinds)))}"
