"""The database as a fold over the evidence: each event of a WARC file, in order, makes the rows that follow.

A live run applies each event as soon as it is on the disk; `rebuild` applies the same events from the files. So the two
always agree, and nothing here may depend on a clock, the network, or anything else outside the evidence. No event may
stop it, else those after it would never have rows: see `surprise`.

    fold      an event; a response, by its status
    judging   a record against the versions of its page
    order     the captures of a page, oldest first
    received  what every kind of response does with the store
    runs      how a run begins and ends
    surprise  unforeseen errors
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeAlias

from postarchive.ahead.events import LocatedEvent
from postarchive.ahead.prepared import Prepared, is_our_business, prepare
from postarchive.collect.judging import apply_record, known_page
from postarchive.collect.order import in_order
from postarchive.collect.received import Received
from postarchive.collect.runs import begin_run, end_run
from postarchive.collect.unforeseen import described, is_unforeseen, plain
from postarchive.errors import NotOfTheCms, ParseError, UnreadableInput
from postarchive.fetch import cool_down, redirect_target
from postarchive.http1 import LIVE, is_html
from postarchive.models import Capture, Event, Evidence, FetchResult, Outcome, Problem, RunEnded, RunStarted, Seal
from postarchive.pages import read
from postarchive.record.identity import address_identity
from postarchive.record.revisions import Change
from postarchive.store.write import PageRow, Writer
from postarchive.times import is_believable
from postarchive.urls import DYNAMIC, host_of, is_allowed, may_be_page, parse_address, path_of
from postarchive.wayback import unwrapped

OK, NOT_MODIFIED, GONE = 200, 304, 410
MISSING = frozenset((404, GONE))
INDEX_BATCH = 64  # pages; until then a search reads those that are waiting
ReadCapture: TypeAlias = Callable[[Evidence], Capture]
Prepare: TypeAlias = Callable[[Capture], Prepared]


def prepare_here(capture: Capture) -> Prepared:
    """Read a page, and return what follows from it without the database."""
    return prepare(read(capture), capture)


def apply(store: Writer, event: Event, evidence: Evidence, *, read_capture: ReadCapture) -> FetchResult | None:
    """Make the rows that follow from an event, in one transaction; return the outcome of the page.

    None if it is not a page: runs, problems, robots.txt, redirects, server errors. `read_capture` returns an earlier
    response from the evidence: after an older capture, such as an import, all of its page's are judged again in order.
    Raises only errors that concern more than this event: the disk, the database, damage elsewhere in the evidence.
    """
    return apply_located(store, LocatedEvent(event, evidence), read_capture=read_capture)


def apply_located(store: Writer, located: LocatedEvent, *, read_capture: ReadCapture) -> FetchResult | None:
    """Make the rows that follow from an event as `apply` does, using what was worked out ahead."""
    event, evidence = located.event, located.evidence
    with store.atomic():
        try:
            result = _apply(store, located, read_capture)
        except Exception as error:
            if not is_unforeseen(error):
                raise
            result = _report(store, error, evidence, event)
        store.flush_index(least=1 if isinstance(event, RunEnded) else INDEX_BATCH)
        store.runs.set_ingested(evidence.file, evidence.offset + evidence.length_bytes)
    return result


def apply_unreadable(store: Writer, error: Exception, evidence: Evidence) -> None:
    """Report a whole record that cannot be read as an event. Raises errors that concern more than this record."""
    if not is_unforeseen(error):
        raise error
    with store.atomic():
        _report(store, error, evidence)
        store.runs.set_ingested(evidence.file, evidence.offset + evidence.length_bytes)


def _apply(store: Writer, located: LocatedEvent, read_capture: ReadCapture) -> FetchResult | None:
    event, evidence = located.event, located.evidence
    run = _run_of(evidence)
    if isinstance(event, RunStarted):
        begin_run(store, event, run, evidence)
        return None
    store.runs.ensure(run, evidence.file)
    match event:
        case RunEnded():
            end_run(store, event, run, evidence)
            return None
        case Problem():
            store.runs.add_problem(run, event.url, time=event.time, kind=event.kind, detail=event.detail)
            return None
        case Seal():
            store.runs.add_seal(run, event, evidence)
            return None
        case Capture():
            return _apply_capture(store, event, located, read_capture)


def _report(store: Writer, error: Exception, evidence: Evidence, event: Event | None = None) -> FetchResult:
    """Note that an event could not be applied, even if the record that begins its run was never read."""
    run, detail = _run_of(evidence), described(error, evidence.place)
    store.runs.ensure(run, evidence.file)
    url = plain(event.url) if isinstance(event, (Capture, Problem)) else evidence.file
    time = event.time if event is not None else store.runs.began(run)
    store.runs.add_problem(run, url, time=time, kind="bug", detail=detail)
    return FetchResult(url, Outcome.FAILED, detail)


def _run_of(evidence: Evidence) -> str:
    """Return the run that wrote a file: the file has its name."""
    return evidence.file.rpartition("/")[2].partition(".")[0]


def _apply_capture(
    store: Writer, event: Capture, located: LocatedEvent, read_capture: ReadCapture
) -> FetchResult | None:
    evidence = located.evidence
    capture, run = unwrapped(event), _run_of(evidence)
    row = store.captures.add(
        run,
        capture,
        evidence,
        length_bytes=len(event.body) if located.length_bytes is None else located.length_bytes,
        retry_after=cool_down(event),
        replay_url=event.copied_from if capture is event else event.url,
    )
    received = Received(store, capture, row, run)
    if not _is_believable(event, capture, store.runs.began(run) if capture.origin != LIVE else None):
        return received.disbelieve(f"{evidence.place}: dated {capture.time:%Y-%m-%d}, which is impossible; ignored")
    return _respond(received, evidence, read_capture, _found_ahead(located) or prepare_here)


def _found_ahead(located: LocatedEvent) -> Prepare | None:
    """Return what gives the page that was read ahead, or says why it is none; None when it was not."""
    if located.refusal is not None:
        return partial(_refuse, located.refusal)
    prepared = located.prepared
    return None if prepared is None else lambda _: prepared


def _refuse(refusal: UnreadableInput, _: Capture) -> Prepared:
    raise refusal


def _is_believable(event: Capture, capture: Capture, began: datetime | None) -> bool:
    """Tell whether someone else's capture can be from its stated time, given when its run, or the replay, began.

    `began` is None for our own captures: their clock may be wrong, but they count in the order received.
    """
    return began is None or is_believable(capture.time, now=began if capture is event else event.time)


def _respond(received: Received, evidence: Evidence, read_capture: ReadCapture, prepare: Prepare) -> FetchResult | None:
    """Apply a response; an unforeseen error costs only its record."""
    try:
        with received.store.savepoint():
            return _Response(received, read_capture, prepare).apply()
    except Exception as error:
        if not is_unforeseen(error):
            raise
        return received.refuse("bug", described(error, evidence.place))


@dataclass(frozen=True, slots=True)
class _Response:
    """A response, applied according to its status."""

    received: Received
    read_capture: ReadCapture
    prepare: Prepare

    def apply(self) -> FetchResult | None:
        """Make the rows that follow from it."""
        capture = self.received.capture
        if not is_our_business(capture):
            return None
        if capture.status == OK:
            return self._apply_page()
        if capture.status in MISSING:
            return self._apply_missing()
        if capture.status == NOT_MODIFIED:
            return self._apply_unmodified()
        target = redirect_target(capture)
        if target is not None and not is_allowed(target):
            detail = f"redirects to {target}, which is not requested"
            self.received.add_problem("redirect", detail)
            return FetchResult(capture.url, Outcome.FAILED, detail)
        self.received.record_sighting()
        return None

    def _apply_page(self) -> FetchResult:
        received, capture = self.received, self.received.capture
        try:
            if not is_html(capture):
                if not may_be_page(capture.url):
                    return self._kept_file()
                return received.refuse("refused", f"Content-Type is {capture.header('Content-Type')}, not a page's")
            prepared = self.prepare(capture)
        except ParseError as error:
            return received.refuse("drift", error.problem, missing=error.missing)
        except UnreadableInput as error:
            return received.refuse(self._kind_of(error), error.problem)
        known = known_page(received, prepared.page)
        if known is not None and self._is_of_the_past(known):
            return self._judge_again(known, prepared.page.title)
        return apply_record(received, prepared, known)

    def _kept_file(self) -> FetchResult:
        """Note that a picture or a file came; only its bytes are kept."""
        capture = self.received.capture
        self.received.record_sighting()
        media_type = (capture.header("Content-Type") or "").partition(";")[0].strip()
        return FetchResult(capture.url, Outcome.ARCHIVED, f"a file, {media_type}")

    def _kind_of(self, error: UnreadableInput) -> str:
        """Return the kind of a refusal; a page of the CMS that is now another program's is a redesign."""
        is_redesign = isinstance(error, NotOfTheCms) and self.received.page() is not None
        return "drift" if is_redesign else "refused"

    def _is_of_the_past(self, page: PageRow) -> bool:
        """Tell whether this is someone else's capture that may be older than the newest of its page."""
        received = self.received
        if received.is_newest:
            return False
        newest = received.store.captures.newest_time(page.id)
        return newest is not None and received.capture.time < newest

    def _judge_again(self, page: PageRow, title: str | None) -> FetchResult:
        """Judge all responses of a page again, in order, because this one is older than some known ones."""
        received, store = self.received, self.received.store
        before = store.versions.latest(page.id)
        received.record_sighting(page=page.id)
        store.mark_stale(page.id)
        store.versions.forget_history(page.id)
        for arrival in in_order(store.captures.of_page(page.id)):
            event = self.read_capture(arrival.evidence)
            capture = unwrapped(event)
            if _is_believable(event, capture, None if arrival.is_live else arrival.run_began):
                again = Received(store, capture, arrival.row, arrival.run, is_replay=True)
                _respond(again, arrival.evidence, self.read_capture, prepare_here)
        after = store.versions.latest(page.id)
        is_longer = after is not None and before is not None and after.number > before.number
        outcome = Outcome.CHANGED if is_longer else Outcome.UNCHANGED
        return FetchResult(received.capture.url, outcome, title)

    def _apply_unmodified(self) -> FetchResult | None:
        """Record a sighting of the version that the URL last showed; a page that was gone is back."""
        received, store, page = self.received, self.received.store, self.received.page_of_url()
        received.record_sighting()
        if page is None:
            return None
        version = store.versions.shown_at(received.capture.url) or store.versions.latest(page.id)
        if version is None:
            return None
        store.versions.record_sighting(version.id, time=received.capture.time, capture=received.row)
        outcome = Outcome.CHANGED if received.bring_back(page) else Outcome.UNCHANGED
        return FetchResult(received.capture.url, outcome, version.record.title)

    def _shown_elsewhere(self, page: PageRow) -> str | None:
        """Return an address that still shows a page whose own is missing; None when there is none.

        Another form of the missing address (`/xhtml1/`, `/cn/`) does not count: it is not requested again.
        """
        store, host = self.received.store, host_of(self.received.capture.url)
        for url in store.addresses.showing(page.id):
            address = parse_address(url)
            named = store.pages.find(*address_identity(address)) if address else None
            if host_of(url) != host or named is None or named.id != page.id:
                return url
        return None

    def _apply_missing(self) -> FetchResult | None:
        """Note a 404; the page is gone when the dynamic form of its address says so in the same run, or it is a 410.

        A static miss may only mean that the page was not generated yet (SITE.md §8). While another host shows the page,
        or an address on the same host that is not its own, such as `/`, it is not gone.
        """
        received, store = self.received, self.received.store
        capture, page = received.capture, received.page()
        is_second_opinion = path_of(capture.url) == DYNAMIC
        is_confirmed = capture.status == GONE or (
            is_second_opinion and page is not None and store.addresses.is_missing(page.id, received.run)
        )
        received.record_sighting(page=page.id if page else None, missing=received.run)
        if page is None or not is_confirmed:
            return None
        if (shown := self._shown_elsewhere(page)) is not None:
            return FetchResult(page.url, Outcome.UNCHANGED, f"missing at its own address, still shown at {shown}")
        if page.gone is None:
            store.pages.set_gone(page.id, capture.time)
            received.add_change(page.id, Change.GONE, detail=f"HTTP {capture.status}, confirmed by {capture.url}")
        return FetchResult(page.url, Outcome.GONE, "`show` still prints the last record")
