"""Ask for URLs one after the other: bytes into the evidence first, then rows, then a line for the person."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from uuid import uuid4

from postarchive import __version__
from postarchive.collect.archive import manifest_before, open_archive
from postarchive.collect.fold import MISSING, apply
from postarchive.errors import FetchError, SiteUnavailable
from postarchive.fetch import Guest, Limits, redirect_target
from postarchive.models import (
    Capture,
    Event,
    Evidence,
    Exchange,
    FetchResult,
    Outcome,
    Problem,
    RunEnded,
    RunStarted,
)
from postarchive.store.write import Writer
from postarchive.urls import DYNAMIC, check_allowed, dynamic_url, normalize, parse_address
from postarchive.warc import Original, WarcWriter

CONTACT = "https://github.com/postarchive/postarchive"
RUN_FORMAT = "%Y%m%dT%H%M%SZ"
MAX_HOPS = 10
OK = 200


def utc_now() -> datetime:
    """Return the time, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """How a run behaves; `contact` tells the site's owners who asks; clock and sleep come from outside."""

    limits: Limits = field(default_factory=Limits)
    contact: str = CONTACT
    wait_seconds: float = 0.0
    now: Callable[[], datetime] = utc_now
    monotonic: Callable[[], float] = monotonic
    sleep: Callable[[float], None] = sleep


@dataclass(slots=True)
class Recorder:
    """The evidence and the rows of one run: each exchange goes into the file, then into the database."""

    store: Writer
    writer: WarcWriter
    result: FetchResult | None = None
    counts: dict[str, int] = field(default_factory=dict)

    def record(self, exchange: Exchange) -> None:
        """Keep an exchange; `result` is then what became of its page, None when it is no page."""
        evidence = self.writer.append(exchange, revisit_of=self._original(exchange.capture))
        self._count("requests")
        self._count("bytes", len(exchange.capture.body))
        self.result = self._apply(exchange.capture, evidence)

    def fail(self, problem: Problem) -> FetchResult:
        """Keep that no answer came, and say so."""
        self._apply(problem, self.writer.append_problem(problem))
        return FetchResult(problem.url, Outcome.FAILED, problem.detail)

    def count(self, result: FetchResult) -> FetchResult:
        """Count an outcome for the run's summary."""
        self._count(result.outcome.lower())
        return result

    def end(self, run: str, time: datetime) -> None:
        """Close the run: its counts and its manifest."""
        ended = RunEnded(run, time, tuple((name, str(count)) for name, count in sorted(self.counts.items())))
        self._apply(ended, self.writer.end(ended))

    def _apply(self, event: Event, evidence: Evidence) -> FetchResult | None:
        return apply(self.store, event, evidence)

    def _count(self, name: str, amount: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + amount

    def _original(self, capture: Capture) -> Original | None:
        """Return the stored answer that this one repeats: the same body, or what a 304 confirms."""
        found = self.store.original_of(capture)
        return Original(*found) if found else None


def fetch_urls(archive: Path, urls: Iterable[str], *, options: FetchOptions) -> Iterator[FetchResult]:
    """Ask for each URL and yield what became of it; redirects are followed inside the allow-list.

    Raises UsageError or Forbidden before anything is stored when a URL may not be asked, and the errors of
    `open_archive`. When a host is unavailable its URLs fail, the others are asked, and SiteUnavailable is raised last.
    """
    wanted = list(dict.fromkeys(map(normalize, urls)))
    for url in wanted:
        check_allowed(url)
    with open_archive(archive, wait_seconds=options.wait_seconds) as store:
        yield from _run(archive, store, wanted, options)


def _run(archive: Path, store: Writer, urls: list[str], options: FetchOptions) -> Iterator[FetchResult]:
    started = RunStarted(new_run(store, options.now()), options.now(), _told(options, urls))
    writer = WarcWriter.create(
        archive, started, new_id=lambda: str(uuid4()), previous_manifest=manifest_before(archive)
    )
    with closing(writer):
        apply(store, started, writer.started)
        recorder = Recorder(store, writer)
        unavailable: SiteUnavailable | None = None
        with _guest(recorder, options) as guest:
            for url in urls:
                try:
                    yield recorder.count(_fetch(guest, recorder, url, options))
                except SiteUnavailable as error:
                    unavailable = error
                    yield recorder.count(recorder.fail(Problem(url, options.now(), "unavailable", str(error))))
        recorder.end(started.run, options.now())
    if unavailable:
        raise unavailable


def new_run(store: Writer, now: datetime) -> str:
    """Return the id of a run that begins now: its time to the second, always after all runs before it."""
    run, last = now.strftime(RUN_FORMAT), store.last_run()
    if last is None or run > last:
        return run
    after = datetime.strptime(last, RUN_FORMAT).replace(tzinfo=UTC) + timedelta(seconds=1)
    return after.strftime(RUN_FORMAT)


def _told(options: FetchOptions, urls: list[str]) -> tuple[tuple[str, str], ...]:
    return (
        ("version", __version__),
        ("delay-seconds", f"{options.limits.delay_seconds:g}"),
        ("timeout-seconds", f"{options.limits.timeout_seconds:g}"),
        ("contact", options.contact),
        ("urls", str(len(urls))),
    )


def _guest(recorder: Recorder, options: FetchOptions) -> Guest:
    return Guest(
        options.limits,
        contact=options.contact,
        record=recorder.record,
        now=options.now,
        monotonic=options.monotonic,
        sleep=options.sleep,
    )


def _fetch(guest: Guest, recorder: Recorder, url: str, options: FetchOptions) -> FetchResult:
    """Ask for a URL and where it leads; return what became of the page at the end."""
    seen: list[str] = []
    while url not in seen and len(seen) < MAX_HOPS:
        seen.append(url)
        try:
            capture = guest.get(url)
        except FetchError as error:
            return recorder.fail(Problem(url, options.now(), "no-answer", error.problem))
        target = redirect_target(capture)
        if target is None or recorder.result is not None:
            return recorder.result or _without_record(guest, recorder, capture, options)
        url = normalize(target)
    detail = f"redirects in a loop, back to {url}" if url in seen else f"more than {MAX_HOPS} redirects"
    return recorder.fail(Problem(seen[0], options.now(), "redirect", detail))


def _without_record(guest: Guest, recorder: Recorder, capture: Capture, options: FetchOptions) -> FetchResult:
    """Return what an answer without a page means; a 404 is asked for a second time in the dynamic form."""
    url = capture.url
    address = parse_address(url)
    if capture.status in MISSING and address is not None and DYNAMIC not in url:
        try:
            second = guest.get(dynamic_url(address))
        except FetchError as error:
            detail = f"HTTP {capture.status}, not confirmed ({error.problem})"
            return recorder.fail(Problem(url, options.now(), "status", detail))
        if recorder.result is not None:
            return recorder.result
        detail = f"HTTP {capture.status}, and {second.status} from its dynamic form: there is no such page"
        return recorder.fail(Problem(url, options.now(), "status", detail))
    return recorder.fail(Problem(url, options.now(), "status", f"HTTP {capture.status} {capture.reason}".strip()))
