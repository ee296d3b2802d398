"""One run: its WARC file, its guest, and what becomes of each URL that it asks."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import TypeVar
from uuid import uuid4

from postarchive import __version__
from postarchive.collect.archive import capture_reader
from postarchive.collect.fold import MISSING, ReadCapture, apply
from postarchive.collect.recall import Recall
from postarchive.errors import FetchError, Forbidden, Interrupted, LeftAlone, SiteUnavailable, UnreadableInput
from postarchive.fetch import Guest, Limits, Resolve, redirect_target, resolve
from postarchive.models import (
    Capture,
    Event,
    Evidence,
    Exchange,
    FetchResult,
    Headers,
    Outcome,
    Problem,
    RunEnded,
    RunStarted,
)
from postarchive.store.write import Writer
from postarchive.urls import DYNAMIC, check_allowed, dynamic_url, normalize, origin_of, parse_address
from postarchive.warc import Original, WarcWriter, manifest_before

CONTACT = "https://postarchive.example/contact"  # reserved: nobody's; each archive should name its own
RUN_FORMAT = "%Y%m%dT%H%M%SZ"
MAX_HOPS = 10
T = TypeVar("T")


def utc_now() -> datetime:
    """Return the time, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """How a run behaves; `contact` tells the site's owners who asks; clock, sleep and stop come from outside.

    `should_stop` is asked between pages; `sleep` may raise Interrupted; `tell_remaining` is told how many pages a crawl
    still has to ask, `tell_left` how many it leaves because its budget is spent. `max_requests` and `max_seconds` end a
    run early, and the next crawl goes on there; None is the default of a crawl, and no limit for URLs that are named.
    `tell_clock` is told the time of the newest capture when the run begins before it: one of two clocks was wrong.
    With `has_media` the pictures and files that the records name are asked for too. `resolve` returns the addresses of
    a host.
    """

    limits: Limits = field(default_factory=Limits)
    contact: str = CONTACT
    wait_seconds: float = 0.0
    max_requests: int | None = None
    max_seconds: float | None = None
    has_media: bool = False
    now: Callable[[], datetime] = utc_now
    monotonic: Callable[[], float] = monotonic
    sleep: Callable[[float], None] = sleep
    resolve: Resolve = resolve
    should_stop: Callable[[], bool] = lambda: False
    tell_remaining: Callable[[int], None] = lambda _: None
    tell_left: Callable[[int], None] = lambda _: None
    tell_clock: Callable[[datetime], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A response that is in the evidence, and what became of the page in it; None when it has none."""

    capture: Capture
    result: FetchResult | None


@dataclass(slots=True)
class Run:
    """A run that goes on: evidence and rows of each exchange, counts for its summary."""

    name: str
    store: Writer
    options: FetchOptions
    _writer: WarcWriter
    _guest: Guest
    _read_capture: ReadCapture
    recall: Recall
    _counts: dict[str, int] = field(default_factory=dict)
    _unavailable: dict[str, SiteUnavailable] = field(default_factory=dict)
    _resting: set[str] = field(default_factory=set)

    def ask(self, url: str, *, is_named: bool = True) -> FetchResult:
        """Ask for a URL and where it leads; return what became of the page at the end.

        A page that robots.txt forbids is a failure only when a person named it.
        """
        try:
            result = self._ask(url)
        except LeftAlone as error:
            self._resting.add(error.subject)
            result = self.fail(url, "no-answer", error.problem)
        except Forbidden as error:
            result = replace(self.fail(url, "forbidden", error.problem), is_expected=not is_named)
        except SiteUnavailable as error:
            result = self.give_up(url, error)
        self.count(result)
        return result

    def is_unavailable(self, url: str) -> bool:
        """Tell whether a URL's origin could not be asked in this run, or wants to be left alone."""
        return origin_of(url) in self._unavailable or origin_of(url) in self._resting

    def get(self, url: str, *, headers: Headers = ()) -> Recorded:
        """Ask for one URL, without going where it leads; keep every exchange that it takes, and return the last.

        Raises what `Guest.ask` raises.
        """
        (last,) = deque(self.each(url, headers=headers), maxlen=1)
        return last

    def each(self, url: str, *, headers: Headers = ()) -> Iterator[Recorded]:
        """Ask for one URL; yield each exchange that it takes once it is kept. Raises what `Guest.ask` raises."""
        return map(self._record, self._guest.ask(url, headers=headers))

    @property
    def requests(self) -> int:
        """Return how many requests were begun, with a response or without."""
        return self._guest.requests

    def keep(self, capture: Capture) -> FetchResult | None:
        """Keep a response that somebody else received and handed to us; return what became of the page in it."""
        (evidence,) = self._writer.append_foreign(capture)
        self._count("copied")
        return self._apply(capture, evidence)

    def give_up(self, url: str, error: SiteUnavailable) -> FetchResult:
        """Note that an origin could not be asked; the run raises it at its end."""
        self._unavailable[error.subject] = error
        return self.fail(url, "unavailable", str(error))

    def fail(self, url: str, kind: str, detail: str) -> FetchResult:
        """Keep why a URL brought no page."""
        self.note(Problem(url, self.options.now(), kind, detail))
        return FetchResult(url, Outcome.FAILED, detail)

    def count(self, result: FetchResult) -> None:
        """Count a page's outcome for the run's summary."""
        self._count(result.outcome.lower())

    def is_over(self, started: float) -> bool:
        """Tell whether the run's budget is spent, or a person asked it to stop."""
        return self.options.should_stop() or self.is_spent(started)

    def is_spent(self, started: float) -> bool:
        """Tell whether the run's budget is spent."""
        options = self.options
        if options.max_requests is not None and self._counts.get("requests", 0) >= options.max_requests:
            return True
        return options.max_seconds is not None and options.monotonic() - started >= options.max_seconds

    def leave(self, count: int) -> None:
        """Note how many URLs are left for the next run because the budget is spent."""
        self._count("left", count)
        self.options.tell_left(count)

    @property
    def unavailable(self) -> SiteUnavailable | None:
        """Return the error of an origin that could not be asked; None when all could."""
        return next(iter(self._unavailable.values()), None)

    def redesigned(self) -> tuple[int, int]:
        """Return how many pages changed record and structure in this run, and how many it saw."""
        return self.store.runs.redesigned(self.name)

    def note(self, problem: Problem) -> None:
        """Keep a problem of the run as a whole."""
        self._apply(problem, self._writer.append_problem(problem))

    def end(self) -> None:
        """Close the run: its counts and its manifest."""
        counts = tuple((name, str(count)) for name, count in sorted(self._counts.items()))
        ended = RunEnded(self.name, self.options.now(), counts)
        self._apply(ended, self._writer.end(ended))

    def _ask(self, url: str) -> FetchResult:
        seen: list[str] = []
        while url not in seen and len(seen) < MAX_HOPS:
            seen.append(url)
            try:
                found = self.get(url, headers=self.store.captures.validators(url))
            except (Forbidden, LeftAlone):
                raise
            except FetchError as error:
                return self.fail(url, "no-answer", error.problem)
            except SiteUnavailable as error:
                if origin_of(url) == origin_of(seen[0]):
                    raise
                return self.fail(seen[0], "redirect", f"redirects to {url}, which cannot be had ({error.problem})")
            target = redirect_target(found.capture)
            if found.result is not None or target is None:
                return found.result or self._without_page(found.capture)
            url = normalize(target)
        detail = f"redirects in a loop, back to {url}" if url in seen else f"more than {MAX_HOPS} redirects"
        return self.fail(seen[0], "redirect", detail)

    def _without_page(self, capture: Capture) -> FetchResult:
        """Return what a response without a page means; a 404 is asked for a second time in the dynamic form."""
        url, status = capture.url, capture.status
        address = parse_address(url)
        if status not in MISSING or address is None or DYNAMIC in url:
            return self.fail(url, "status", f"HTTP {status} {capture.reason}".strip())
        try:
            second = self.get(dynamic_url(address))
        except FetchError as error:
            return self.fail(url, "status", f"HTTP {status}, not confirmed ({error.problem})")
        detail = f"HTTP {status}, and {second.capture.status} from its dynamic form: no such page"
        return second.result or self.fail(url, "status", detail)

    def _record(self, exchange: Exchange) -> Recorded:
        """Keep an exchange: bytes first, then rows."""
        original = self.store.captures.original_of(exchange.capture)
        evidence = self._writer.append(exchange, revisit_of=Original(*original) if original else None)
        self._count("requests")
        self._count("bytes", len(exchange.capture.body))
        return Recorded(exchange.capture, self._apply(exchange.capture, evidence))

    def _apply(self, event: Event, evidence: Evidence) -> FetchResult | None:
        return apply(self.store, event, evidence, read_capture=self._read_capture)

    def _count(self, name: str, amount: int = 1) -> None:
        self._counts[name] = self._counts.get(name, 0) + amount


def running(  # noqa: PLR0913 - what a run is made of, each by name
    archive: Path,
    store: Writer,
    options: FetchOptions,
    *,
    told: tuple[tuple[str, str], ...],
    work: "Callable[[Run], Iterator[T]]",
    check: Callable[[str], None] = check_allowed,
    robots_age: timedelta | None = None,
) -> Iterator[T]:
    """Open a run, let `work` ask its URLs, close the run whatever happens short of a kill; `check` is the guest's.

    A robots.txt that the archive has and that is not older than `robots_age` is not asked for; None asks in each run.
    Raises SiteUnavailable at the end when an origin could not be asked, Interrupted when a person stopped it.
    """
    now = options.now()
    check_clock(store, now, options.tell_clock)
    started = RunStarted(new_run(store, now), now, (*_told(options), *told))
    writer = WarcWriter.create(archive, started, new_id=lambda: str(uuid4()), before=manifest_before(archive))
    with closing(writer):
        read_capture = capture_reader(archive, store)
        apply(store, started, writer.started, read_capture=read_capture)
        recall = Recall(archive, store)
        guest = Guest(
            options.limits,
            contact=options.contact,
            now=options.now,
            monotonic=options.monotonic,
            sleep=options.sleep,
            cool_downs=store.captures.cool_downs(now),
            check=check,
            resolve=options.resolve,
            recall=lambda url: recall.robots(url, since=now - robots_age) if robots_age else None,
        )
        run = Run(started.run, store, options, writer, guest, read_capture, recall)
        interrupted: Interrupted | None = None
        with guest:
            try:
                yield from work(run)
            except Interrupted as error:
                interrupted = error
        run.end()
    if interrupted or options.should_stop():
        raise interrupted or Interrupted("", "interrupted; what was fetched is kept, the next run goes on")
    if run.unavailable:
        raise run.unavailable


def check_clock(store: Writer, now: datetime, tell: Callable[[datetime], None]) -> None:
    """Tell of the newest capture when a run begins before it. That is said once: the run's own count as newer."""
    newest = store.captures.last_live_time()
    if newest is not None and now < newest:
        tell(newest)


def new_run(store: Writer, now: datetime) -> str:
    """Return the id of a run that begins now: its time to the second, always after all runs before it.

    Raises UnreadableInput when there is none, for a file that is no run of ours or from the calendar's last second.
    """
    run, last = now.strftime(RUN_FORMAT), store.runs.last()
    if last is None or run > last:
        return run
    try:
        following = datetime.strptime(last, RUN_FORMAT).replace(tzinfo=UTC) + timedelta(seconds=1)
    except (ValueError, OverflowError) as error:
        raise UnreadableInput(last, "no name of a run that another one can follow; move its WARC file away") from error
    return following.strftime(RUN_FORMAT)


def _told(options: FetchOptions) -> tuple[tuple[str, str], ...]:
    return (
        ("version", __version__),
        ("delay-seconds", f"{options.limits.delay_seconds:g}"),
        ("timeout-seconds", f"{options.limits.timeout_seconds:g}"),
        ("contact", options.contact),
    )
