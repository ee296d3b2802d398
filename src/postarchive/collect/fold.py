"""The database as a fold over the evidence: each event of a WARC file, in its order, makes the rows that follow.

A live run applies each event as soon as it is on the disk; `rebuild` applies the same events from the files. So the
two can only agree, and nothing may be decided here by a clock, by the network, or by what is not in the evidence.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TypeAlias

from postarchive.errors import NotOfTheCms, ParseError, UnreadableInput
from postarchive.fetch import cool_down, is_html, redirect_target
from postarchive.jsonvalue import Json
from postarchive.models import (
    Address,
    Capture,
    Event,
    Evidence,
    FetchResult,
    Outcome,
    Problem,
    RunEnded,
    RunStarted,
    Seal,
    iso_time,
)
from postarchive.pages import Reading, read
from postarchive.record.revisions import Change, Known, changed_fields, fingerprint, judge, lost_fields
from postarchive.record.values import Page, to_json
from postarchive.store.write import NumberRow, PageRow, VersionRow, Writer
from postarchive.urls import (
    DYNAMIC,
    host_of,
    is_allowed,
    may_be_page,
    normalize,
    parse_address,
    path_of,
    resolve,
    site_of,
    split,
)
from postarchive.wayback import ORIGIN, is_of_wayback, unwrapped

OK, NOT_MODIFIED, GONE = 200, 304, 410
MISSING = frozenset((404, GONE))
INDEX_BATCH = 64  # pages; until then a search reads those that wait
OUTCOMES = {Change.NEW: Outcome.NEW, Change.EDIT: Outcome.CHANGED, Change.BACK: Outcome.CHANGED}
Document: TypeAlias = dict[str, Json]
ReadCapture: TypeAlias = Callable[[Evidence], Capture]


def apply(store: Writer, event: Event, evidence: Evidence, *, read_capture: ReadCapture) -> FetchResult | None:
    """Make the rows that follow from an event, in one transaction; return what became of the page.

    None for what is no page: runs, problems, robots.txt, redirects, errors of the server. `read_capture` returns an
    earlier answer from the evidence: a capture from the past, an import, has its page judged anew in order of time.
    """
    run = PurePosixPath(evidence.file).name.partition(".")[0]
    with store.atomic():
        result = None
        match event:
            case RunStarted():
                store.runs.add(event, evidence.file)
            case RunEnded():
                store.runs.end(event)
                store.flush_index()
            case Problem():
                store.runs.add_problem(run, event.url, time=event.time, kind=event.kind, detail=event.detail)
            case Seal():
                store.runs.add_seal(run, event, evidence)
            case Capture():
                capture = unwrapped(event)
                replay_url = None if capture is event else event.url
                row = store.captures.add(run, capture, evidence, retry_after=cool_down(event), replay_url=replay_url)
                result = _Answer(store, capture, row, run, read_capture).apply()
                store.flush_index(least=INDEX_BATCH)
        store.runs.set_ingested(evidence.file, evidence.offset + evidence.length_bytes)
    return result


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer with its row, about to have its consequences; `is_replay` when it had them before, in another order."""

    store: Writer
    capture: Capture
    row: int
    run: str
    read_capture: ReadCapture
    is_replay: bool = False

    def apply(self) -> FetchResult | None:
        """Make the rows that follow from the answer."""
        capture = self.capture
        if path_of(capture.url) == "/robots.txt" or is_of_wayback(capture):
            return None
        if capture.status == OK:
            return self._apply_page()
        if capture.status in MISSING:
            return self._apply_missing()
        if capture.status == NOT_MODIFIED:
            return self._apply_unmodified()
        target = redirect_target(capture)
        if target is not None and not is_allowed(target):
            detail = f"redirects to {target}, which is not asked"
            self._add_problem("redirect", detail)
            return FetchResult(capture.url, Outcome.FAILED, detail)
        self._see()
        return None

    def _apply_page(self) -> FetchResult:
        try:
            if not is_html(self.capture) and not may_be_page(self.capture.url):
                return self._kept_file()
            if not is_html(self.capture):
                return self._refused("refused", f"Content-Type is {self.capture.header('Content-Type')}, not a page's")
            reading = read(self.capture)
        except ParseError as error:
            return self._refused("drift", error.problem, missing=error.missing)
        except UnreadableInput as error:
            return self._refused(*self._meaning(error))
        except Exception as error:  # noqa: BLE001 - a bug must cost one page, not every later run; it is reported
            return self._refused("bug", f"{type(error).__name__}: {error}; the page is kept, please report it")
        return self._apply_record(reading)

    def _kept_file(self) -> FetchResult:
        """Note that a picture or a file came; its bytes are all that is kept of it."""
        self._see()
        media_type = (self.capture.header("Content-Type") or "").partition(";")[0].strip()
        return FetchResult(self.capture.url, Outcome.ARCHIVED, f"a file, {media_type}")

    def _meaning(self, error: UnreadableInput) -> tuple[str, str]:
        """Return kind and detail of a refusal; what was a page of the CMS before and is another's now is a redesign."""
        is_redesign = isinstance(error, NotOfTheCms) and self._place() is not None
        return ("drift" if is_redesign else "refused"), error.problem

    def _refused(self, kind: str, detail: str, *, missing: tuple[str, ...] = ()) -> FetchResult:
        """Keep why an answer makes no record: its bytes are kept, and no row of its page is touched.

        That an old page of the Wayback Machine cannot be read says nothing of the site as it is: no drift.
        """
        outcome = Outcome.ARCHIVED if kind == "drift" else Outcome.FAILED
        is_drift = kind == "drift" and self.capture.origin != ORIGIN
        self._add_problem(kind if is_drift or kind != "drift" else "refused", detail, missing=missing)
        self._see(refused=kind)
        return FetchResult(self.capture.url, outcome, detail, is_drift=is_drift)

    def _apply_record(self, reading: Reading) -> FetchResult:
        store, page = self.store, reading.page
        document = to_json(page)
        site, key = identity(self.capture.url, page)
        known = store.pages.find(site, key) or (self._page_of_url() if page.node is None else None)
        if (
            known
            and not self.is_replay
            and iso_time(self.capture.time) < (store.addresses.latest_sighting(known.id) or "")
        ):
            return self._judge_anew(known.id, page)
        mark, skeleton = fingerprint(document), reading.skeleton()
        latest = self._version_of(known.id, mark) if known else None
        if latest and (lost := lost_fields(_known(latest), document, skeleton=skeleton)):
            return self._refused("drift", f"no longer shows: {', '.join(lost)}", missing=lost)
        place = known.id if known else store.pages.add(site, key, record=document, url=self.capture.url)
        self._see(page=place)
        change = self._apply_version(place, latest, document, mark=mark, skeleton=skeleton, parts=page.parts)
        if known and self._bring_back(known):
            change = change or Change.BACK
        self._apply_frame(place, reading)
        if page.kind == "unknown":
            detail = f"{page.title or ''} (no parser for its kind yet)".strip()
            return FetchResult(self.capture.url, Outcome.ARCHIVED, detail)
        outcome = OUTCOMES.get(change, Outcome.UNCHANGED) if change else Outcome.UNCHANGED
        return FetchResult(self.capture.url, outcome, page.title)

    def _page_of_url(self) -> PageRow | None:
        """Return the page that the URL had before: a page that no longer tells its node is still the same."""
        address = self.store.addresses.find(self.capture.url)
        return self.store.pages.get(address.page) if address and address.page is not None else None

    def _judge_anew(self, place: int, page: Page) -> FetchResult:
        """Judge all answers of a page again in order of time, for this one is older than what is known."""
        store = self.store
        before = store.versions.latest(place)
        self._see(page=place)
        store.mark_stale(place)
        store.versions.forget_history(place)
        for row, run, evidence in store.captures.of_page(place):
            capture = unwrapped(self.read_capture(evidence))
            replace(self, capture=capture, row=row, run=run, is_replay=True).apply()
        after = store.versions.latest(place)
        is_longer = after is not None and before is not None and after.number > before.number
        return FetchResult(self.capture.url, Outcome.CHANGED if is_longer else Outcome.UNCHANGED, page.title)

    def _version_of(self, place: int, mark: str) -> VersionRow | None:
        """Return the version that a record repeats, else the newest; two hosts may go on showing different ones."""
        newest = self.store.versions.latest(place)
        if newest is None or newest.fingerprint == mark:
            return newest
        shown = self.store.versions.shown_at(self.capture.url)
        return shown if shown and shown.fingerprint == mark else newest

    def _apply_version(  # noqa: PLR0913 - what the row holds
        self, place: int, latest: VersionRow | None, document: Document, *, mark: str, skeleton: str, parts: int
    ) -> Change | None:
        """Judge the record against the version it follows, and add or touch a version."""
        store, time = self.store, self.capture.time
        change = judge(_known(latest) if latest else None, document, skeleton=skeleton)
        if latest is None or mark != latest.fingerprint:
            store.mark_stale(place)
            version = store.versions.add(
                place,
                latest.number + 1 if latest else 1,
                change=change or Change.EDIT,
                record=document,
                fingerprint=mark,
                skeleton=skeleton,
                parts=parts,
                time=time,
                capture=self.row,
            )
            if latest is not None:
                store.pages.update(place, document)
        else:
            version = latest.id
            store.versions.record_sighting(version, time=time, capture=self.row)
            if change is Change.LAYOUT or "entries" in document:
                store.mark_stale(place)
                store.versions.refresh(version, record=document, skeleton=skeleton)
        store.addresses.show_version(self.capture.url, version)
        if change is not None:
            fields = ", ".join(changed_fields(latest.record, document)) if latest else None
            self._add_change(place, change, detail=fields or None)
        return change

    def _apply_frame(self, place: int, reading: Reading) -> None:
        """Note the numbers of the page's frame, and where its links lead inside the allow-list."""
        capture, host = self.capture, host_of(self.capture.url)
        numbers: list[NumberRow] = [("hotline", line.label, line.number, line.dial) for line in reading.page.hotlines]
        numbers += [(item.authority, "", item.number, None) for item in reading.page.registrations]
        self.store.numbers.record_sightings(numbers, host=host, time=capture.time, capture=self.row, page=place)
        links = dict.fromkeys(url for link in reading.links() if (url := _page_link(capture.url, link)))
        self.store.pages.set_links(place, links)

    def _apply_unmodified(self) -> FetchResult | None:
        """Touch the version that the URL showed last; a page that was gone is back."""
        store, address = self.store, self.store.addresses.find(self.capture.url)
        self._see()
        if address is None or address.page is None:
            return None
        version = store.versions.shown_at(self.capture.url) or store.versions.latest(address.page)
        if version is None:
            return None
        store.versions.record_sighting(version.id, time=self.capture.time, capture=self.row)
        title = version.record.get("title")
        is_back = self._bring_back(store.pages.get(address.page))
        outcome = Outcome.CHANGED if is_back else Outcome.UNCHANGED
        return FetchResult(self.capture.url, outcome, title if isinstance(title, str) else None)

    def _bring_back(self, page: PageRow) -> bool:
        """Note that a page that was gone is there again; tell whether it was gone."""
        if page.gone is None:
            return False
        self.store.pages.set_gone(page.id, None)
        self._add_change(page.id, Change.BACK)
        return True

    def _apply_missing(self) -> FetchResult | None:
        """Note a 404; the page is gone when the dynamic form of its address says so in the same run, or it is a 410.

        A static miss may only mean that the page was not generated yet (SITE.md §8). While another host shows the page
        it is not gone.
        """
        store, capture, place = self.store, self.capture, self._place()
        is_second_opinion = path_of(capture.url) == DYNAMIC
        is_confirmed = capture.status == GONE or (
            is_second_opinion and place is not None and store.addresses.is_missing(place, self.run)
        )
        self._see(page=place, missing=self.run)
        if place is None or not is_confirmed:
            return None
        page = store.pages.get(place)
        if store.addresses.is_shown_elsewhere(place, host_of(capture.url)):
            return FetchResult(page.url, Outcome.UNCHANGED, f"missing on {host_of(capture.url)}, shown on another host")
        if page.gone is None:
            store.pages.set_gone(place, capture.time)
            self._add_change(place, Change.GONE, detail=f"HTTP {capture.status}, confirmed by {capture.url}")
        return FetchResult(page.url, Outcome.GONE, "the last record stays readable in `show`")

    def _place(self) -> int | None:
        """Return the page that the URL stands for, by what it answered before or by its address; None when unknown."""
        known = self.store.addresses.find(self.capture.url)
        if known and known.page is not None:
            return known.page
        address = parse_address(self.capture.url)
        page = self.store.pages.find(site_of(address.host), node_key(address)) if address else None
        return page.id if page else None

    def _see(self, *, page: int | None = None, missing: str | None = None, refused: str | None = None) -> None:
        capture = self.capture
        self.store.addresses.record_sighting(
            capture.url,
            host=host_of(capture.url),
            page=page,
            time=capture.time,
            status=capture.status,
            missing=missing,
            refused=refused,
            capture=self.row,
        )

    def _add_problem(self, kind: str, detail: str, *, missing: tuple[str, ...] = ()) -> None:
        if self.is_replay:
            return  # it was added when the answer came
        self.store.runs.add_problem(
            self.run,
            self.capture.url,
            time=self.capture.time,
            kind=kind,
            detail=detail,
            missing=" ".join(missing) or None,
            capture=self.row,
        )

    def _add_change(self, place: int, change: Change, *, detail: str | None = None) -> None:
        latest = self.store.versions.latest(place)
        number = latest.number if latest else 0
        self.store.versions.add_change(
            place, time=self.capture.time, change=change, detail=detail, version=number, capture=self.row
        )


def identity(url: str, page: Page) -> tuple[str, str]:
    """Return the site and key of a page: node and sheet, else the path of its URL."""
    if page.node is not None:
        return site_of(host_of(url)), f"{page.node}-{page.sheet}"
    parts = split(url)
    if parts is None:
        return site_of(host_of(url)), url
    return site_of(host_of(url)), parts.path + (f"?{parts.query}" if parts.query else "")


def node_key(address: Address) -> str:
    """Return the key of the page that an address names."""
    return f"{address.node}-{address.sheet}"


def _known(latest: VersionRow) -> Known:
    return Known(latest.record, latest.fingerprint, latest.skeleton)


def _page_link(base: str, link: str) -> str | None:
    """Return the URL of a link to a page that may be asked; None for files, scripts and other hosts."""
    url = normalize(resolve(base, link))
    return url if may_be_page(url) and is_allowed(url) else None
