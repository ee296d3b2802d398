"""A response that someone else captured, packed as its record and read as its page before it is written."""

from dataclasses import dataclass

from postarchive.ahead.prepared import Prepared, holds_page, prepare_ahead
from postarchive.models import Capture
from postarchive.warc import Draft, foreign_draft
from postarchive.wayback import unwrapped


@dataclass(frozen=True, slots=True)
class Ready:
    """The record of a response, and its page; None where it holds none, or whoever needs it is to read it himself."""

    draft: Draft
    prepared: Prepared | None = None


def make_ready(named: tuple[tuple[Capture, str, str], ...]) -> tuple[Ready, ...]:
    """Return responses, each with the id that its record is to have and its body's digest, ready to be written."""
    return tuple(
        Ready(foreign_draft(capture, record_id, payload=digest), _prepared(unwrapped(capture)))
        for capture, record_id, digest in named
    )


def _prepared(capture: Capture) -> Prepared | None:
    try:
        return prepare_ahead(capture) if holds_page(capture) else None
    except Exception:  # noqa: BLE001 - the fold reads it again, and whatever happened happens there
        return None
