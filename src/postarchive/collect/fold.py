"""The database as a fold over the evidence: each event of a WARC file, in its order, makes the rows that follow.

A live run applies each event as soon as it is on the disk; `rebuild` applies the same events from the files. So the
two can only agree, and nothing may be decided here by a clock, by the network, or by what is not in the event.
"""

from pathlib import PurePosixPath
from urllib.parse import urlsplit

from postarchive.errors import ParseError, UnreadableInput
from postarchive.fetch import cool_down, is_html, redirect_target
from postarchive.models import (
    Address,
    Capture,
    Event,
    Evidence,
    FetchResult,
    Json,
    Outcome,
    Page,
    Problem,
    RunEnded,
    RunStarted,
    record,
)
from postarchive.pages import Reading, read
from postarchive.revisions import Change, Known, changed_fields, fingerprint, judge
from postarchive.search import segment
from postarchive.store.write import Writer
from postarchive.urls import DYNAMIC, is_allowed, normalize, parse_address, resolve, site_of

OK, NOT_MODIFIED, GONE = 200, 304, 410
MISSING = frozenset((404, GONE))
OUTCOMES = {Change.NEW: Outcome.NEW, Change.EDIT: Outcome.CHANGED, Change.BACK: Outcome.CHANGED}
Document = dict[str, Json]


def apply(store: Writer, event: Event, evidence: Evidence) -> FetchResult | None:
    """Make the rows that follow from an event, in one transaction; return what became of the page.

    None for what is no page: runs, problems, robots.txt, redirects, errors of the server.
    """
    run = PurePosixPath(evidence.file).name.partition(".")[0]
    with store.atomic():
        result = _apply(store, event, evidence, run)
        store.set_ingested(evidence.file, evidence.offset + evidence.length_bytes)
    return result


def _apply(store: Writer, event: Event, evidence: Evidence, run: str) -> FetchResult | None:
    match event:
        case RunStarted():
            store.add_run(event, evidence.file)
        case RunEnded():
            store.end_run(event)
        case Problem():
            store.add_problem(run, event.url, time=event.time, kind=event.kind, detail=event.detail)
        case Capture():
            return _apply_capture(store, event, evidence, run)
    return None


def _apply_capture(store: Writer, capture: Capture, evidence: Evidence, run: str) -> FetchResult | None:
    row = store.add_capture(run, capture, evidence, retry_after=cool_down(capture))
    if urlsplit(capture.url).path == "/robots.txt":
        return None
    if capture.status == OK:
        return _apply_page(store, capture, row, run)
    if capture.status in MISSING:
        return _apply_missing(store, capture, row, run)
    if capture.status == NOT_MODIFIED:
        return _apply_unmodified(store, capture, row)
    target = redirect_target(capture)
    if target is not None and not is_allowed(target):
        detail = f"redirects to {target}, which is not asked"
        store.add_problem(run, capture.url, time=capture.time, kind="redirect", detail=detail, capture=row)
        return FetchResult(capture.url, Outcome.FAILED, detail)
    _see(store, capture, row)
    return None


def _apply_page(store: Writer, capture: Capture, row: int, run: str) -> FetchResult:
    try:
        reading = _read(capture)
    except ParseError as error:
        return _refused(store, capture, row, run, error=error, outcome=Outcome.ARCHIVED, kind="drift")
    except UnreadableInput as error:
        return _refused(store, capture, row, run, error=error, outcome=Outcome.FAILED, kind="refused")
    return _apply_record(store, capture, row, reading)


def _read(capture: Capture) -> Reading:
    if not is_html(capture):
        raise UnreadableInput(capture.url, f"Content-Type is {capture.header('Content-Type')}, not a page's")
    return read(capture)


def _refused(  # noqa: PLR0913 - what the problem's row holds
    store: Writer, capture: Capture, row: int, run: str, *, error: UnreadableInput, outcome: Outcome, kind: str
) -> FetchResult:
    missing = " ".join(error.missing) if isinstance(error, ParseError) else None
    store.add_problem(
        run, capture.url, time=capture.time, kind=kind, detail=error.problem, missing=missing, capture=row
    )
    _see(store, capture, row)
    return FetchResult(capture.url, outcome, error.problem, is_drift=outcome is Outcome.ARCHIVED)


def _apply_record(store: Writer, capture: Capture, row: int, reading: Reading) -> FetchResult:
    page = reading.page
    document = record(page)
    site, key = identity(capture.url, page)
    known = store.page(site, key)
    place = known.id if known else store.add_page(site, key, record=document, url=capture.url)
    _see(store, capture, row, page=place)
    change = _apply_version(store, place, reading, document, capture=capture, row=row)
    if known and known.gone:
        store.set_gone(place, None)
        _add_change(store, place, Change.BACK, capture=capture, row=row)
        change = change or Change.BACK
    _apply_frame(store, place, reading, capture=capture, row=row)
    if page.kind == "unknown":
        return FetchResult(capture.url, Outcome.ARCHIVED, f"{page.title or ''} (no parser for its kind yet)".strip())
    return FetchResult(
        capture.url, OUTCOMES.get(change, Outcome.UNCHANGED) if change else Outcome.UNCHANGED, page.title
    )


def _apply_version(  # noqa: PLR0913 - a page, where it belongs and where it came from
    store: Writer, place: int, reading: Reading, document: Document, *, capture: Capture, row: int
) -> Change | None:
    """Judge the record against the latest version, and add or touch a version."""
    latest = store.latest_version(place)
    known = Known(latest.record, latest.fingerprint, latest.skeleton) if latest else None
    skeleton = reading.skeleton()
    change = judge(known, document, skeleton=skeleton)
    mark = fingerprint(document)
    if latest is None or mark != latest.fingerprint:
        _index(store, place, latest.record if latest else None, document)
        store.add_version(
            place,
            latest.number + 1 if latest else 1,
            change=change or Change.EDIT,
            record=document,
            fingerprint=mark,
            skeleton=skeleton,
            parts=reading.page.parts,
            time=capture.time,
            capture=row,
        )
        store.tell_page(place, document)
    else:
        store.see_version(latest.id, time=capture.time, capture=row)
        if change is Change.LAYOUT or "entries" in document:
            _index(store, place, latest.record, document)
            store.refresh_version(latest.id, record=document, skeleton=skeleton)
    if change is not None:
        fields = ", ".join(changed_fields(latest.record, document)) if latest else None
        _add_change(store, place, change, capture=capture, row=row, detail=fields or None)
    return change


def _add_change(  # noqa: PLR0913 - what the row holds
    store: Writer, place: int, change: Change, *, capture: Capture, row: int, detail: str | None = None
) -> None:
    latest = store.latest_version(place)
    number = latest.number if latest else 0
    store.add_change(place, time=capture.time, change=change, detail=detail, version=number, capture=row)


def _apply_frame(store: Writer, place: int, reading: Reading, *, capture: Capture, row: int) -> None:
    """Note the numbers of the page's frame, and where its links lead inside the allow-list."""
    host = _host(capture.url)
    numbers = [("hotline", line.label, line.number, line.dial) for line in reading.page.hotlines]
    numbers += [(item.authority, "", item.number, None) for item in reading.page.registrations]
    for kind, label, number, dial in numbers:
        store.see_number(
            host=host, kind=kind, label=label, number=number, dial=dial, time=capture.time, capture=row, page=place
        )
    store.set_links(place, dict.fromkeys(url for link in reading.links() if (url := _page_link(capture.url, link))))


def _page_link(base: str, link: str) -> str | None:
    """Return the URL of a link to a page that may be asked; None for files, scripts and other hosts."""
    url = normalize(resolve(base, link))
    is_page = parse_address(url) is not None or urlsplit(url).path == "/"
    return url if is_page and is_allowed(url) else None


def _apply_unmodified(store: Writer, capture: Capture, row: int) -> FetchResult | None:
    address = store.address(capture.url)
    _see(store, capture, row)
    latest = store.latest_version(address.page) if address and address.page else None
    if latest is None:
        return None
    store.see_version(latest.id, time=capture.time, capture=row)
    title = latest.record.get("title")
    return FetchResult(capture.url, Outcome.UNCHANGED, title if isinstance(title, str) else None)


def _apply_missing(store: Writer, capture: Capture, row: int, run: str) -> FetchResult | None:
    """Note a 404; the page is gone when the dynamic form of its address says so in the same run, or the answer is 410.

    A static miss may only mean that the page was not generated yet (SITE.md §8).
    """
    place = _place_of(store, capture.url)
    is_second_opinion = urlsplit(capture.url).path == DYNAMIC
    is_confirmed = capture.status == GONE or (is_second_opinion and place is not None and store.is_missing(place, run))
    _see(store, capture, row, page=place, missing=run)
    if place is None or not is_confirmed:
        return None
    page = store.page_with(place)
    if page.gone is None:
        store.set_gone(place, capture.time)
        detail = f"HTTP {capture.status}, confirmed by {capture.url}"
        _add_change(store, place, Change.GONE, capture=capture, row=row, detail=detail)
    return FetchResult(page.url, Outcome.GONE, "the last record stays readable in `show`")


def _place_of(store: Writer, url: str) -> int | None:
    """Return the page that a URL stands for, by what it answered before or by its address; None when it is unknown."""
    known = store.address(url)
    if known and known.page is not None:
        return known.page
    address = parse_address(url)
    page = store.page(site_of(address.host), node_key(address)) if address else None
    return page.id if page else None


def _see(store: Writer, capture: Capture, row: int, *, page: int | None = None, missing: str | None = None) -> None:
    store.see_address(
        capture.url,
        host=_host(capture.url),
        page=page,
        time=capture.time,
        status=capture.status,
        missing=missing,
        capture=row,
    )


def _index(store: Writer, place: int, old: Document | None, new: Document) -> None:
    before, after = (_words(old) if old is not None else None), _words(new)
    if before == after:
        return
    if before is not None:
        store.unindex(place, *before)
    store.index(place, *after)


def _words(document: Document) -> tuple[str, str]:
    """Return what of a record is searched: its titles; and its text, byline and stamp facts."""
    stamp = document.get("stamp")
    facts = _items(stamp.get("facts")) if isinstance(stamp, dict) else []
    pairs: list[Json] = [f"{fact[0]} {fact[1]}" for fact in facts if isinstance(fact, list) and fact[1]]
    texts = [*_items(document.get("paragraphs")), *pairs, document.get("source"), document.get("editor")]
    titles = [document.get("title"), document.get("subtitle")]
    return segment("\n".join(_texts(titles))), segment("\n".join(_texts(texts)))


def _items(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _texts(values: list[Json]) -> list[str]:
    return [value for value in values if isinstance(value, str)]


def identity(url: str, page: Page) -> tuple[str, str]:
    """Return the site and key of a page: node and sheet, else the path of its URL."""
    parts = urlsplit(url)
    if page.node is not None:
        return site_of(_host(url)), f"{page.node}-{page.sheet}"
    return site_of(_host(url)), parts.path + (f"?{parts.query}" if parts.query else "")


def node_key(address: Address) -> str:
    """Return the key of the page that an address names."""
    return f"{address.node}-{address.sheet}"


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower().rstrip(".")
