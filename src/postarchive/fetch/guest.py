"""When a URL may be requested, and how often to retry.

Rules, cool-downs and failures count per origin (scheme, host and port), as RFC 9309 says: unreachable https says
nothing about http. The pause between requests counts per host.
"""

import random
import re
from collections.abc import Callable, Generator, Iterator, Mapping
from datetime import datetime
from types import TracebackType
from typing import Self, TypeAlias, TypeVar

from postarchive.errors import Blocked, BudgetSpent, FetchError, Forbidden, RetryLater, SiteUnavailable, UsageError
from postarchive.fetch.connections import resolve
from postarchive.fetch.limits import Limits, Resolve
from postarchive.fetch.pace import Pace
from postarchive.fetch.responses import cool_down, redirect_target
from postarchive.fetch.robots import Rules, read_rules
from postarchive.fetch.wire import EmptyReply, NoResponse, Wire
from postarchive.models import Capture, Exchange, Headers
from postarchive.urls import check_allowed, host_of, origin_of, path_of

T = TypeVar("T")
Exchanges: TypeAlias = Generator[Exchange, None, T]  # yields each exchange, to be recorded, before it returns

TRY_AGAIN = frozenset({429, 500, 502, 503, 504})
SERVER_ERROR = 500
MAX_FAILURES = 10
MAX_ROBOTS_REDIRECTS = 5
ROBOTS = "/robots.txt"
CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


class Guest:
    """Makes one request at a time, and yields every whole exchange before anything else is done with it.

    `cool_downs` says until when an origin must be left alone (known from earlier runs); responses add to it. `check`
    raises for URLs that may not be requested: everything but the site's own pages, unless a backfill says otherwise.
    `resolve` returns the addresses of a host that is reached without a proxy. `recall` returns a response for a
    robots.txt that is still valid, None when it must be requested.
    """

    def __init__(  # noqa: PLR0913 - clock, sleep, chance and names come from outside, each by name
        self,
        limits: Limits,
        *,
        contact: str,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
        jitter: Callable[[], float] = random.random,
        cool_downs: Mapping[str, datetime] | None = None,
        check: Callable[[str], None] = check_allowed,
        resolve: Resolve = resolve,
        recall: Callable[[str], Capture | None] = lambda _: None,
    ) -> None:
        """Make no request yet. `contact` is a URL or mail address for the site's owners, sent with each request."""
        self._limits = limits
        self._now = now
        self._sleep = sleep
        self._jitter = jitter
        self._check = check
        self._recall = recall
        self._wire = Wire(limits, contact=contact, monotonic=monotonic, resolve=resolve)
        self._cool_downs = dict(cool_downs or {})
        self._rules: dict[str, Rules | SiteUnavailable] = {}
        self._failures: dict[str, int] = {}
        self._pace = Pace(limits, monotonic)
        self.requests = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wire.close()

    @property
    def cool_downs(self) -> dict[str, datetime]:
        """Return until when origins asked to be left alone."""
        return dict(self._cool_downs)

    def fetch(self, url: str, *, headers: Headers = ()) -> Iterator[Exchange]:
        """Yield the exchanges that it takes to get a URL: robots.txt, failed attempts, and finally the response.

        That is a page, a redirect or a 404; `headers` make the request conditional. Raises UsageError and Forbidden
        when the URL may not be requested, FetchError when no usable response came, and SiteUnavailable when the
        origin's robots.txt cannot be fetched, ten URLs in a row failed, or its address is in a private network; its
        subclass Blocked when the server has locked us out; BudgetSpent when the limits allow no more requests.
        `requests` is how many were begun, with a response or without.
        """
        self._check(url)
        if CONTROLS.search(url):
            raise UsageError(repr(url)[1:-1], "contains a control character; write it percent-encoded")
        origin = origin_of(url)
        self._check_alive(origin)
        self._check_cool_down(origin)
        rules = yield from self._rules_for(origin)
        if not rules.allow(url):
            raise Forbidden(url, f"robots.txt of {host_of(url)} forbids it")
        yield from self._request(url, headers)

    def _rules_for(self, origin: str) -> Exchanges[Rules]:
        """Return the rules of an origin, requested once, whatever the result."""
        if origin not in self._rules:
            self._rules[origin] = yield from self._fetch_rules(origin)
        rules = self._rules[origin]
        if isinstance(rules, SiteUnavailable):
            raise rules
        return rules

    def _fetch_rules(self, origin: str) -> Exchanges[Rules | SiteUnavailable]:
        try:
            known = self._recall(f"{origin}/robots.txt")
            rules = read_rules(known or (yield from self._robots_response(f"{origin}/robots.txt")))
        except Blocked:
            raise
        except FetchError as error:
            return SiteUnavailable(origin, f"robots.txt cannot be fetched ({error.problem}); try again later")
        except SiteUnavailable as error:
            is_own = error.subject == origin
            return (
                error if is_own else SiteUnavailable(origin, f"robots.txt cannot be fetched ({error}); try again later")
            )
        if rules.crawl_delay_seconds > self._limits.max_wait_seconds:
            return SiteUnavailable(origin, f"robots.txt asks for {rules.crawl_delay_seconds:g} s between requests")
        self._pace.set_minimum(host_of(origin), rules.crawl_delay_seconds)
        return rules

    def _robots_response(self, url: str) -> Exchanges[Capture | None]:
        """Return robots.txt, after redirects; None if they lead elsewhere or never end: RFC 9309 allows all then."""
        for _ in range(1 + MAX_ROBOTS_REDIRECTS):
            response = yield from self._request(url, ())
            target = redirect_target(response)
            if target is None:
                return response
            if not self._may_request(target):
                return None
            url = target
        return None

    def _may_request(self, url: str) -> bool:
        try:
            self._check(url)
        except (UsageError, Forbidden):
            return False
        return True

    def _request(self, url: str, headers: Headers) -> Exchanges[Capture]:
        """Return a response worth keeping, and count the URLs in a row that gave none."""
        origin = origin_of(url)
        try:
            capture = yield from self._try(url, headers)
        except FetchError:
            self._failures[origin] = self._failures.get(origin, 0) + 1
            self._check_alive(origin)
            raise
        self._failures[origin] = 0
        return capture

    def _try(self, url: str, headers: Headers) -> Exchanges[Capture]:
        """Make the request, and retry when the server is in trouble; every attempt waits its turn."""
        problem, attempts = "", self._limits.attempts
        for attempt in range(attempts):
            self._check_budget(url)
            self._wait_turn(url, backoff_seconds=self._backoff_seconds(attempt))
            self.requests += 1
            try:
                exchange = self._wire.get(url, headers, time=self._now())
            except NoResponse as error:
                self._check_unblocked(url, "an empty reply", is_blocking=isinstance(error, EmptyReply))
                self._pace.note(host_of(url), is_in_trouble=True)
                problem = error.problem
                continue
            yield exchange
            status = exchange.capture.status
            is_blocking = status in self._limits.blocking and path_of(url) != ROBOTS  # many have none, and return 403
            self._check_unblocked(url, f"HTTP {status}", is_blocking=is_blocking)
            self._note_cool_down(exchange.capture)
            is_in_trouble = status in TRY_AGAIN or (status >= SERVER_ERROR and self._limits.max_pause_seconds > 0)
            self._pace.note(host_of(url), is_in_trouble=is_in_trouble)
            if not is_in_trouble:
                return exchange.capture
            problem = f"HTTP {status}"
        raise FetchError(url, f"{problem} after {attempts} attempts")

    def _backoff_seconds(self, attempt: int) -> float:
        """Return the back-off before an attempt, counted from 0; 0 if a longer pause takes its place."""
        return 0.0 if not attempt or self._limits.max_pause_seconds else 2.0 ** (attempt - 1) + self._jitter()

    def _check_unblocked(self, url: str, reason: str, *, is_blocking: bool) -> None:
        if is_blocking and self._limits.blocking:
            raise Blocked(
                origin_of(url), f"{host_of(url)} has blocked this address ({reason}); no more requests were made"
            )

    def _note_cool_down(self, capture: Capture) -> None:
        until = cool_down(capture)
        if until is not None:
            self._cool_downs[origin_of(capture.url)] = until

    def _wait_turn(self, url: str, *, backoff_seconds: float) -> None:
        """Sleep until the host may get a request, and note the time; ports and schemes of a host share it."""
        host, origin = host_of(url), origin_of(url)
        self._check_cool_down(origin)
        wait = max(self._pace.wait_seconds(host), backoff_seconds, self._cool_down_seconds(origin))
        if wait > 0:
            self._sleep(wait)
        self._pace.start(host)

    def _check_budget(self, url: str) -> None:
        limit = self._limits.max_requests
        if limit is not None and self.requests >= limit:
            raise BudgetSpent(url, f"not requested: all {limit} requests of this run were made")

    def _check_alive(self, origin: str) -> None:
        if self._failures.get(origin, 0) >= MAX_FAILURES:
            raise SiteUnavailable(origin, f"{MAX_FAILURES} requests in a row failed; try again later")

    def _check_cool_down(self, origin: str) -> None:
        if self._cool_down_seconds(origin) > self._limits.max_wait_seconds:
            until = self._cool_downs[origin]
            raise RetryLater(origin, f"{host_of(origin)} asked to be left alone until {until:%Y-%m-%d %H:%M:%S} UTC")

    def _cool_down_seconds(self, origin: str) -> float:
        until = self._cool_downs.get(origin)
        return (until - self._now()).total_seconds() if until else 0.0
