"""One run over the network: its guest, its budget, and the outcome of each URL that it requests."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import TypeVar

from postarchive.collect.fold import MISSING
from postarchive.collect.journal import Journal, utc_now
from postarchive.collect.recall import Recall
from postarchive.errors import FetchError, Forbidden, Interrupted, RetryLater, SiteUnavailable
from postarchive.fetch import Guest, Limits, Resolve, redirect_target, resolve
from postarchive.models import Capture, Exchange, FetchResult, Headers, Outcome, Problem
from postarchive.store.write import Writer
from postarchive.urls import DYNAMIC, check_allowed, dynamic_url, normalize, origin_of, parse_address

CONTACT = "https://postarchive.example/contact"  # a reserved name, nobody's; each archive should name its own
MAX_HOPS = 10
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """How a run behaves; `contact` tells the site's owners who is asking; clock, sleep and stop are passed in.

    `should_stop` is called between pages; `sleep` may raise Interrupted; `report_remaining` gets the number of pages a
    crawl still has to request, `report_left` the number it leaves because its budget is spent. `max_requests` and
    `max_seconds` end a run early, and the next crawl continues there; None means the default for a crawl, and no limit
    for URLs that are named. `report_clock` gets the time of the newest capture if the run begins before it: one of two
    clocks is wrong. `report_damage` gets each damaged place in the evidence, which has no rows. With `has_media` the
    pictures and files that the records name are requested too. `resolve` returns the addresses of a host.
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
    report_remaining: Callable[[int], None] = lambda _: None
    report_left: Callable[[int], None] = lambda _: None
    report_clock: Callable[[datetime], None] = lambda _: None
    report_damage: Callable[[str], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A response that is in the evidence, and the outcome of the page in it; None when it has none."""

    capture: Capture
    result: FetchResult | None


@dataclass(slots=True)
class Run:
    """A run in progress: what it requests, and the outcomes."""

    journal: Journal
    store: Writer
    options: FetchOptions
    _guest: Guest
    recall: Recall
    _unavailable: dict[str, SiteUnavailable] = field(default_factory=dict)
    _resting: set[str] = field(default_factory=set)

    def fetch(self, url: str, *, is_named: bool = True) -> FetchResult:
        """Request a URL and follow where it leads; return the outcome of the page at the end.

        A page that robots.txt forbids is a failure only when a person named it.
        """
        try:
            result = self._fetch(url)
        except RetryLater as error:
            self._resting.add(error.subject)
            result = self.fail(url, "no-answer", error.problem)
        except Forbidden as error:
            result = replace(self.fail(url, "forbidden", error.problem), is_expected=not is_named)
        except SiteUnavailable as error:
            result = self.give_up(url, error)
        self.count(result)
        return result

    def is_unavailable(self, url: str) -> bool:
        """Tell whether a URL's origin could not be reached in this run, or wants to be left alone."""
        return origin_of(url) in self._unavailable or origin_of(url) in self._resting

    def get(self, url: str, *, headers: Headers = ()) -> Recorded:
        """Request one URL without following redirects; keep every exchange that takes, and return the last.

        Raises what `Guest.ask` raises.
        """
        (last,) = deque(self.each(url, headers=headers), maxlen=1)
        return last

    def each(self, url: str, *, headers: Headers = ()) -> Iterator[Recorded]:
        """Request one URL; yield each exchange that takes, once it is kept. Raises what `Guest.ask` raises."""
        return map(self._record, self._guest.fetch(url, headers=headers))

    @property
    def requests(self) -> int:
        """Return how many requests were begun, with or without a response."""
        return self._guest.requests

    def keep(self, capture: Capture) -> FetchResult | None:
        """Keep a response that someone else received and passed to us; return the outcome of the page in it."""
        (place,) = self.journal.evidence.append_foreign(capture)
        self.journal.counts["copied"] += 1
        return self.journal.apply(capture, place)

    def give_up(self, url: str, error: SiteUnavailable) -> FetchResult:
        """Note that an origin could not be reached; the run raises the error at its end."""
        self._unavailable[error.subject] = error
        return self.fail(url, "unavailable", str(error))

    def fail(self, url: str, kind: str, detail: str) -> FetchResult:
        """Keep why a URL brought no page."""
        self.journal.note(Problem(url, self.options.now(), kind, detail))
        return FetchResult(url, Outcome.FAILED, detail)

    def count(self, result: FetchResult) -> None:
        """Count a page's outcome for the run's summary."""
        self.journal.counts[result.outcome.lower()] += 1

    def is_over(self, started: float) -> bool:
        """Tell whether the run's budget is spent, or a person asked it to stop."""
        return self.options.should_stop() or self.is_spent(started)

    def is_spent(self, started: float) -> bool:
        """Tell whether the run's budget is spent."""
        options = self.options
        if options.max_requests is not None and self.journal.counts["requests"] >= options.max_requests:
            return True
        return options.max_seconds is not None and options.monotonic() - started >= options.max_seconds

    def leave(self, count: int) -> None:
        """Note how many URLs are left for the next run because the budget is spent."""
        self.journal.counts["left"] += count
        self.options.report_left(count)

    @property
    def unavailable(self) -> SiteUnavailable | None:
        """Return the error of an origin that could not be reached; None when all could."""
        return next(iter(self._unavailable.values()), None)

    def redesigned(self) -> tuple[int, int]:
        """Return how many pages changed in both record and structure in this run, and how many it saw."""
        return self.store.runs.redesigned(self.journal.run)

    def _fetch(self, url: str) -> FetchResult:
        seen: list[str] = []
        while url not in seen and len(seen) < MAX_HOPS:
            seen.append(url)
            try:
                found = self.get(url, headers=self.journal.validators(url))
            except (Forbidden, RetryLater):
                raise
            except FetchError as error:
                return self.fail(url, "no-answer", error.problem)
            except SiteUnavailable as error:
                if origin_of(url) == origin_of(seen[0]):
                    raise
                return self.fail(seen[0], "redirect", f"redirects to {url}, which cannot be fetched ({error.problem})")
            target = redirect_target(found.capture)
            if found.result is not None or target is None:
                return found.result or self._without_page(found.capture)
            url = normalize(target)
        detail = f"redirects in a loop, back to {url}" if url in seen else f"more than {MAX_HOPS} redirects"
        return self.fail(seen[0], "redirect", detail)

    def _without_page(self, capture: Capture) -> FetchResult:
        """Return what a response without a page means; a 404 is requested again in the dynamic form."""
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
        return Recorded(exchange.capture, self.journal.keep(exchange))


def running(  # noqa: PLR0913 - what a run is made of, each by name
    archive: Path,
    store: Writer,
    options: FetchOptions,
    *,
    details: tuple[tuple[str, str], ...],
    work: "Callable[[Run], Iterator[T]]",
    check: Callable[[str], None] = check_allowed,
    robots_age: timedelta | None = None,
) -> Iterator[T]:
    """Open a run, have `work` request its URLs, and close the run unless killed; `check` is the guest's.

    A robots.txt in the archive that is no older than `robots_age` is not requested again; None requests it in each run.
    Raises SiteUnavailable at the end when an origin could not be reached, Interrupted when a person stopped it.
    """
    details = (*_option_details(options), *details)
    journal = Journal.begin(archive, store, details=details, now=options.now, report_clock=options.report_clock)
    with closing(journal):
        recall = Recall(archive, store)
        guest = Guest(
            options.limits,
            contact=options.contact,
            now=options.now,
            monotonic=options.monotonic,
            sleep=options.sleep,
            cool_downs=store.captures.cool_downs(journal.began),
            check=check,
            resolve=options.resolve,
            recall=lambda url: recall.robots(url, since=journal.began - robots_age) if robots_age else None,
        )
        run = Run(journal, store, options, guest, recall)
        interrupted: Interrupted | None = None
        with guest:
            try:
                yield from work(run)
            except Interrupted as error:
                interrupted = error
        journal.end()
    if interrupted or options.should_stop():
        raise interrupted or Interrupted("", "interrupted; what was fetched is kept, the next run continues")
    if run.unavailable:
        raise run.unavailable


def _option_details(options: FetchOptions) -> tuple[tuple[str, str], ...]:
    return (
        ("delay-seconds", f"{options.limits.delay_seconds:g}"),
        ("timeout-seconds", f"{options.limits.timeout_seconds:g}"),
        ("contact", options.contact),
    )
