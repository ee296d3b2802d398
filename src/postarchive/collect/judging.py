"""A record becomes a new version of its page, a sighting of a known one, or a sign that the site was redesigned."""

from collections.abc import Mapping

from postarchive.ahead.prepared import Prepared
from postarchive.collect.received import Received
from postarchive.models import FetchResult, Outcome
from postarchive.pages.cms.markers import moved_fields
from postarchive.record.identity import page_identity
from postarchive.record.revisions import Change, Known, changed_fields, judge, lost_fields
from postarchive.record.values import Listing, Page, rows_of
from postarchive.search import indexed
from postarchive.store.write import NumberRow, PageRow, VersionRow
from postarchive.urls import host_of

OUTCOMES = {Change.NEW: Outcome.NEW, Change.EDIT: Outcome.CHANGED, Change.BACK: Outcome.CHANGED}


def known_page(received: Received, page: Page) -> PageRow | None:
    """Return the page that a record is of; if it no longer states its node, the page that its URL showed before."""
    site, key = page_identity(received.capture.url, page)
    return received.store.pages.find(site, key) or (received.page_of_url() if page.node is None else None)


def apply_record(received: Received, prepared: Prepared, known: PageRow | None) -> FetchResult:
    """Make the rows that follow from a record; `known` is its page, None if that is new."""
    store, page, url = received.store, prepared.page, received.capture.url
    latest = _version_of(received, known.id, prepared.fingerprint) if known else None
    if latest and (lost := lost_fields(_known(latest), page, skeleton=prepared.skeleton)):
        return received.refuse("drift", f"no longer shows: {', '.join(lost)}", missing=lost)
    place = known.id if known else store.pages.add(*page_identity(url, page), record=page, url=url)
    moved = _moved(received, prepared.parts)
    change = _apply_version(received, place, latest, prepared)
    if known and received.bring_back(known):
        change = change or Change.BACK
    _apply_frame(received, place, prepared)
    if moved is not None:
        received.add_problem("moved", moved)
    if page.kind == "unknown":
        detail = f"{page.title or ''} (no parser for its kind yet)".strip()
        return FetchResult(url, Outcome.ARCHIVED, detail)
    outcome = OUTCOMES.get(change, Outcome.UNCHANGED) if change else Outcome.UNCHANGED
    return FetchResult(url, outcome, moved or page.title, is_drift=moved is not None)


def _version_of(received: Received, page: int, mark: str) -> VersionRow | None:
    """Return the version that a record repeats, else the newest; two hosts may keep showing different ones."""
    newest = received.store.versions.latest(page)
    if newest is None or newest.fingerprint == mark:
        return newest
    shown = received.store.versions.shown_at(received.capture.url)
    return shown if shown and shown.fingerprint == mark else newest


def _apply_version(received: Received, place: int, latest: VersionRow | None, prepared: Prepared) -> Change | None:
    """Judge the record against the version it follows; add a version, or record a sighting of that one."""
    store, time, page = received.store, received.capture.time, prepared.page
    mark, skeleton = prepared.fingerprint, prepared.skeleton
    change = judge(_known(latest) if latest else None, page, mark=mark, skeleton=skeleton)
    number = None
    if latest is None or mark != latest.fingerprint:
        number = latest.number + 1 if latest else 1
        store.mark_stale(place)
        version = store.versions.add(
            place,
            number,
            change=change or Change.EDIT,
            record=prepared.text,
            fingerprint=mark,
            skeleton=skeleton,
            parts=page.parts,
            time=time,
            capture=received.row,
        )
        store.note_words(version, prepared.words or indexed(page))
        if latest is not None:
            store.pages.update(place, page)
    else:
        version = latest.id
        store.versions.record_sighting(version, time=time, capture=received.row)
        if change is Change.LAYOUT or isinstance(page, Listing) or rows_of(page):
            store.mark_stale(place)
            store.versions.refresh(version, record=prepared.text, skeleton=skeleton)
            store.note_words(version, prepared.words or indexed(page))
    received.record_sighting(page=place, version=version, parts=prepared.parts)
    if change is not None:
        fields = ", ".join(changed_fields(latest.record, page)) if latest else None
        received.add_change(place, change, detail=fields or None, version=number)
    return change


def _moved(received: Received, parts: Mapping[str, str]) -> str | None:
    """Return an alarm when a field comes from another part of the layout than last time; None when none does.

    The record is kept, as it may be right. But a field from another place may be a different text.
    """
    if not parts or not received.is_newest or received.is_replay:
        return None
    moved = moved_fields(received.store.addresses.parts(received.capture.url), parts)
    fields = ", ".join(f"{name} ({before} -> {now})" for name, before, now in moved)
    return f"{fields}: written by another part of the layout; compare before trusting" if moved else None


def _apply_frame(received: Received, page: int, prepared: Prepared) -> None:
    """Note the numbers in the page's frame, and its links to allow-listed hosts."""
    url = received.capture.url
    numbers: list[NumberRow] = [("hotline", line.label, line.number, line.dial) for line in prepared.page.hotlines]
    numbers += [(item.authority, "", item.number, None) for item in prepared.page.registrations]
    received.store.numbers.record_sightings(
        numbers,
        host=host_of(url),
        time=received.capture.time,
        capture=received.row,
        page=page,
        is_newest=received.is_newest and not received.is_replay,
    )
    received.store.pages.set_links(page, prepared.links)


def _known(latest: VersionRow) -> Known:
    return Known(latest.record, latest.fingerprint, latest.skeleton)
