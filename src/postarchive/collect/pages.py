"""The two ways to fetch: URLs that a person names, and an incremental run that finds its own."""

import json
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from postarchive.collect.archive import open_archive
from postarchive.collect.run import FetchOptions, Run, running
from postarchive.crawl import HARVEST, Frontier, Harvest, Scope, Seen, goes_on
from postarchive.crawl.due import AGAIN_IF_MISSING, MISSING, OK
from postarchive.errors import Forbidden, UsageError
from postarchive.fetch import user_agent
from postarchive.jsonvalue import Json
from postarchive.models import FetchResult, Outcome, Problem
from postarchive.record.kinds import LISTS
from postarchive.record.values import Listing
from postarchive.store.frontier import AnsweredRow, SeenRow
from postarchive.store.stored import record_in
from postarchive.urls import check_allowed, is_allowed, normalize, parse_address

if TYPE_CHECKING:
    from postarchive.store.read import Reader
    from postarchive.store.write import Writer

DRIFT_PAGES, DRIFT_SHARE = 5, 0.2
# The most a crawl requests by default: the whole site, some thousand articles, takes a few nights at 2 s.
MAX_REQUESTS: Final = 5000
MAX_SECONDS: Final = 6 * 3600.0
CONTENT_KEYS: Final = ("kind", "title", "paragraphs", "entries", "stamp", "images")


def fetch_urls(archive: Path, urls: Iterable[str], *, options: FetchOptions) -> Iterator[FetchResult]:
    """Request each URL and yield its outcome; redirects are followed within the allow-list.

    Raises UsageError before anything is stored when a URL may not be requested, and the errors of `open_archive`. When
    a host is unavailable its URLs fail, the others are requested, and SiteUnavailable is raised last.
    """
    wanted = list(dict.fromkeys(map(normalize, urls)))
    for url in wanted:
        _check_named(url)
    user_agent(options.contact)

    def work(run: Run) -> Iterator[FetchResult]:
        started = options.monotonic()
        for url in wanted:
            if run.is_over(started):
                return
            yield run.fetch(url)
        if options.has_media:
            yield from _media(run, started, store.pages.media(wanted))

    with open_archive(archive, wait_seconds=options.wait_seconds, report_damage=options.report_damage) as store:
        yield from running(archive, store, options, details=(("urls", str(len(wanted))),), work=work)


def crawl(archive: Path, scope: Scope, *, options: FetchOptions) -> Iterator[FetchResult]:
    """Request what is new and what is due, from the start page on; yield the outcome of each page.

    Raises what `fetch_urls` raises. What a budget or a signal cuts off is left to the next run.
    """
    user_agent(options.contact)
    options = _bounded(options)
    with open_archive(archive, wait_seconds=options.wait_seconds, report_damage=options.report_damage) as store:
        frontier = frontier_of(scope, store, options)
        horizon = store.pages.newest_date("news")

        def work(run: Run) -> Iterator[FetchResult]:
            started, harvest = options.monotonic(), Harvest()
            while not run.is_over(started) and (due := frontier.take()) is not None:
                if run.is_unavailable(due.url):
                    continue  # reported once; left to the next run
                result = _fetch(run, due.url)
                answered = store.answered(result.url)
                _learn(frontier, due.url, result.url, answered, horizon)
                options.report_remaining(frontier.remaining())
                yield result
                if not frontier.is_known(due.url):
                    yield from _reap(run, frontier, harvest, due.url, result, answered)
            if run.is_spent(started) and frontier.remaining():
                run.leave(frontier.remaining())
            if options.has_media:
                yield from _media(run, started, store.pages.media())
            yield from _redesign(run, scope.start)

        details = (("hosts", " ".join(scope.hosts)), ("start", scope.start), ("full", str(scope.is_full).lower()))
        yield from running(archive, store, options, details=details, work=work)


def _fetch(run: Run, url: str) -> FetchResult:
    """Request what the crawl found; a missing category is not a failure: its pages name it without a link."""
    result = run.fetch(url, is_named=False)
    address = parse_address(url)
    if result.outcome is not Outcome.FAILED or address is None or address.kind != "category":
        return result
    answered = run.store.addresses.latest_response(url)
    return replace(result, is_expected=result.is_expected or (answered is not None and answered[0] in MISSING))


def _bounded(options: FetchOptions) -> FetchOptions:
    """Return the options with a budget where none was given: a site that responds to everything has no end."""
    return replace(
        options,
        max_requests=MAX_REQUESTS if options.max_requests is None else options.max_requests,
        max_seconds=MAX_SECONDS if options.max_seconds is None else options.max_seconds,
    )


def _check_named(url: str) -> None:
    try:
        check_allowed(url)
    except Forbidden as error:
        raise UsageError(url, error.problem) from error


def frontier_of(scope: Scope, store: "Writer | Reader", options: FetchOptions) -> Frontier:
    """Return what is to be requested, as far as an archive shows before a run."""
    return Frontier(
        scope, seen=map(_seen, store.seen()), links=store.links(), now=options.now(), unanswered=store.unanswered()
    )


def _learn(frontier: Frontier, requested: str, url: str, answered: AnsweredRow | None, horizon: str | None) -> None:
    """Add a page's links to the frontier, and a list's next sheet while the list shows something new.

    `requested` is the URL that was requested, `url` the one that it led to, and `answered` the result.
    """
    if answered is None or answered.record is None:
        return
    record = record_in(answered.record) if answered.kind in LISTS else None
    if isinstance(record, Listing) and record.next_url is not None:
        rows = [(row.url, row.date) for row in record.entries]
        if goes_on(rows, is_known=frontier.is_known_or_foreign, horizon=horizon):
            frontier.go_on(record.next_url)
    frontier.learn(answered.links, why=f"linked from {url}", page=requested)


def _reap(  # noqa: PLR0913, PLR0917 - a URL and what came of it
    run: Run, frontier: Frontier, harvest: Harvest, requested: str, result: FetchResult, answered: AnsweredRow | None
) -> Iterator[FetchResult]:
    """Count what an unknown URL brought; when hardly any bring anything, yield an alarm and keep to known pages."""
    if answered is None or answered.status != OK:
        return
    harvest.add(_content(answered.record, requested, result))
    if harvest.is_poor() and (left := frontier.leave_unknown()):
        detail = (
            f"the site answers URLs that have no page of their own: of the latest {HARVEST} unknown ones, hardly any "
            f"brought a new record; {left} more are left for the next run"
        )
        run.journal.note(Problem(requested, run.options.now(), "drift", detail))
        yield FetchResult(requested, Outcome.ARCHIVED, detail, is_drift=True)


def _content(record: str | None, requested: str, result: FetchResult) -> int | None:
    """Return a mark of what a page says; None when it could not be read, or is not the page its URL names.

    `record` is its record in the database. The mark means nothing outside this process.
    """
    if record is None or result.outcome is Outcome.FAILED or result.is_drift:
        return None
    address, plain = parse_address(requested), json.loads(record)
    if address and plain["node"] != address.node:
        return None
    return hash(_frozen([plain.get(key) for key in CONTENT_KEYS]))


def _frozen(value: Json) -> Hashable:
    """Return a JSON value in hashable form; equal values give equal forms."""
    match value:
        case list():
            return tuple(map(_frozen, value))
        case dict():
            return tuple((key, _frozen(inner)) for key, inner in value.items())
        case _:
            return value


def _media(run: Run, started: float, urls: Iterable[str]) -> Iterator[FetchResult]:
    """Request the pictures and files that are not kept yet; a missing one is not a failure of the run."""
    for url in map(normalize, urls):
        if run.is_over(started):
            return
        if is_allowed(url) and not run.is_unavailable(url) and _is_wanted(run, url):
            yield replace(run.fetch(url, is_named=False), is_expected=True)


def _is_wanted(run: Run, url: str) -> bool:
    answered = run.store.addresses.latest_response(url)
    if answered is None:
        return True
    status, time = answered
    return status != OK and abs(run.options.now() - time) >= AGAIN_IF_MISSING  # a clock may be wrong


def _redesign(run: Run, start: str) -> Iterator[FetchResult]:
    """Yield a warning when records and structure changed together on many pages: a redesign that still parses."""
    changed, seen = run.redesigned()
    if changed >= DRIFT_PAGES and changed >= DRIFT_SHARE * seen:
        detail = (
            f"text and structure changed together on {changed} of {seen} pages: a redesign? compare before trusting"
        )
        run.journal.note(Problem(start, run.options.now(), "drift", detail))
        yield FetchResult(start, Outcome.ARCHIVED, detail, is_drift=True)


def _seen(row: SeenRow) -> Seen:
    return Seen(
        url=row.url,
        status=row.status,
        last_seen=row.last_seen,
        kind=row.kind,
        sheet=row.sheet,
        date=row.date,
        changed=row.changed,
        is_gone=row.is_gone,
        is_refused=row.is_refused,
    )
