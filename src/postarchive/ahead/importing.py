"""Responses captured by someone else, packed as records and read as pages before they are written."""

from dataclasses import dataclass
from typing import TypeAlias

from postarchive.ahead.prepared import Prepared, holds_page, prepare_ahead
from postarchive.models import Capture
from postarchive.warc import Draft, foreign_draft
from postarchive.wayback import unwrapped

Named: TypeAlias = tuple[tuple[Capture, str, str], ...]  # responses, each with its record's id and its body's digest


@dataclass(frozen=True, slots=True)
class Ready:
    """The record of a response, and its page; None if it has no page, or the caller is to read it."""

    draft: Draft
    prepared: Prepared | None = None


def make_ready(named: Named) -> tuple[Ready, ...]:
    """Prepare responses for writing."""
    return tuple(
        Ready(foreign_draft(capture, record_id, payload=digest), _prepared(unwrapped(capture)))
        for capture, record_id, digest in named
    )


def _prepared(capture: Capture) -> Prepared | None:
    try:
        return prepare_ahead(capture) if holds_page(capture) else None
    except Exception:  # noqa: BLE001 - the fold reads it again, and handles what goes wrong
        return None
