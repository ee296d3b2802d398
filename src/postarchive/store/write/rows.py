"""The rows that the writer returns, and how values become columns."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from postarchive.models import Evidence
from postarchive.record.values import Page, date_of, source_of
from postarchive.store.stored import record_in

Value: TypeAlias = str | int | None
NumberRow: TypeAlias = tuple[str, str, str, str | None]  # kind, label (empty for a registration), number, dial


@dataclass(frozen=True, slots=True)
class PageRow:
    """A known page: its row id, the URL of its first sighting, and since when it has been gone (None: it is there)."""

    id: int
    url: str
    gone: str | None


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version of a page."""

    id: int
    number: int
    record: Page
    fingerprint: str
    skeleton: str


@dataclass(frozen=True, slots=True)
class AddressRow:
    """A URL that was answered: its page (None if it never gave one), and the run that got a 404 there, if any."""

    page: int | None
    status: int
    missing: str | None


@dataclass(frozen=True, slots=True)
class ArrivalRow:
    """A capture as the archive received it: its row, run and place, and when it was made.

    `is_live` is true for our own captures, false for those of others; `run_began` is when its run began.
    """

    row: int
    run: str
    evidence: Evidence
    time: datetime
    is_live: bool
    run_began: datetime


def version_in(row: sqlite3.Row) -> VersionRow:
    """Return the version that a row holds."""
    return VersionRow(row["id"], row["number"], record_in(row["record"]), row["fingerprint"], row["skeleton"])


def summary(record: Page) -> dict[str, Value]:
    """Return the columns of a page that repeat what its latest version says."""
    return {"kind": record.kind, "title": record.title, "date": date_of(record), "source": source_of(record)}


def pairs_json(pairs: Iterable[tuple[str, str]]) -> str:
    """Return names and values as a JSON object."""
    return json.dumps(dict(pairs), ensure_ascii=False)
