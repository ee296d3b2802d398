"""A run as it is kept: fetches, imports and seals open, write and close it here.

Bytes before rows: what happened is on disk before its rows are made, and a closing record counts it all.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self
from uuid import uuid4

from postarchive import __version__
from postarchive.ahead.events import LocatedEvent
from postarchive.ahead.prepared import Prepared
from postarchive.collect.archive import capture_reader
from postarchive.collect.fold import ReadCapture, apply_located
from postarchive.errors import UnreadableInput
from postarchive.models import Capture, Event, Evidence, Exchange, FetchResult, Headers, Problem, RunEnded, RunStarted
from postarchive.store.evidence import evidence_in
from postarchive.store.write import Writer
from postarchive.warc import Before, Original, WarcWriter, manifest_before, sha256

RUN_FORMAT = "%Y%m%dT%H%M%SZ"


def utc_now() -> datetime:
    """Return the time, aware, in UTC."""
    return datetime.now(UTC)


def silent(_: datetime) -> None:
    """Report nothing about a wrong clock."""


@dataclass(slots=True)
class Journal:
    """A run in progress, as it is kept; `counts` are for its closing record, `began` is its start by its own clock."""

    run: str
    began: datetime
    counts: Counter[str]
    evidence: WarcWriter
    _store: Writer
    _now: Callable[[], datetime]
    _read_capture: ReadCapture = field(repr=False)

    @classmethod
    def begin(  # noqa: PLR0913 - what a run begins with, each by name
        cls,
        archive: Path,
        store: Writer,
        *,
        details: Headers,
        now: Callable[[], datetime] = utc_now,
        report_clock: Callable[[datetime], None] = silent,
        before: Before | None = None,
        counts: Counter[str] | None = None,
    ) -> Self:
        """Open a run; `details` says what it is to do, `before` what its manifest follows, if known.

        `report_clock` gets the time of the newest capture if the run begins before it: one of two clocks is wrong.
        """
        began = now()
        store.keep_savepoints_in_memory()
        _check_clock(store, began, report_clock)
        started = RunStarted(_run_id(store, began), began, (("version", __version__), *details))
        evidence = WarcWriter.create(
            archive, started, new_id=lambda: str(uuid4()), before=before or manifest_before(archive)
        )
        made = cls(
            started.run,
            began,
            Counter() if counts is None else counts,
            evidence,
            store,
            now,
            capture_reader(archive, store),
        )
        try:
            made.apply(started, evidence.started)
        except BaseException:
            made.close()
            raise
        return made

    def keep(self, exchange: Exchange) -> FetchResult | None:
        """Keep an exchange; return the outcome of the page in it, None when it has none."""
        digest = sha256(exchange.capture.body)
        original = self._original_of(exchange.capture, digest)
        place = self.evidence.append(exchange, payload=digest, revisit_of=original)
        self.counts["requests"] += 1
        self.counts["bytes"] += len(exchange.capture.body)
        return self.apply(exchange.capture, place)

    def _original_of(self, capture: Capture, digest: str) -> Original | None:
        """Return the stored response that this one repeats; None when it is new, or that one is unreadable now.

        Then what the site sent again replaces it: a revisit would refer to lost bytes.
        """
        found = self._store.captures.original_of(capture, digest)
        if found is None or (capture.body and not self._is_readable(self._store.captures.evidence_of(found[0]))):
            return None
        return Original(*found)

    def validators(self, url: str) -> Headers:
        """Return the headers that make a request conditional; none if the stored response can no longer be read."""
        pairs = self._store.captures.validators(url)
        good = self._store.captures.latest_good(url) if pairs else None
        return pairs if good is not None and self._is_readable(evidence_in(good)) else ()

    def _is_readable(self, place: Evidence | None) -> bool:
        try:
            return place is not None and self._read_capture(place) is not None
        except UnreadableInput:
            return False

    def note(self, problem: Problem) -> None:
        """Keep a problem."""
        self.apply(problem, self.evidence.append_problem(problem))

    def apply(self, event: Event, place: Evidence, prepared: Prepared | None = None) -> FetchResult | None:
        """Make the rows of an event that is on disk; return the outcome of the page in it, if it has one.

        `prepared` is what another process has read from it ahead.
        """
        return apply_located(
            self._store, LocatedEvent(event, place, prepared=prepared), read_capture=self._read_capture
        )

    def end(self) -> None:
        """Close the run: its counts and its manifest."""
        counts = tuple((name, str(count)) for name, count in sorted(self.counts.items()))
        ended = RunEnded(self.run, self._now(), counts)
        self.apply(ended, self.evidence.end(ended))

    def close(self) -> None:
        """Close the file."""
        self.evidence.close()


def _check_clock(store: Writer, now: datetime, report: Callable[[datetime], None]) -> None:
    """Report the newest capture's time if a run begins before it; once only: the run's own count as newer."""
    newest = store.captures.last_live_time()
    if newest is not None and now < newest:
        report(newest)


def _run_id(store: Writer, now: datetime) -> str:
    """Return the id of a run that begins now: its time to the second, always later than all earlier runs.

    Raises UnreadableInput when none can follow: the last file is not a run of ours, or has the calendar's last second.
    """
    run, last = now.strftime(RUN_FORMAT), store.runs.last()
    if last is None or run > last:
        return run
    try:
        following = datetime.strptime(last, RUN_FORMAT).replace(tzinfo=UTC) + timedelta(seconds=1)
    except (ValueError, OverflowError) as error:
        raise UnreadableInput(last, "is not a name that another run can follow; move its WARC file away") from error
    return following.strftime(RUN_FORMAT)
