"""When a URL may be asked, and how often again."""

import math
import random
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from postarchive.errors import FetchError, Forbidden, LeftAlone, SiteUnavailable, UsageError
from postarchive.fetch.answers import cool_down, redirect_target
from postarchive.fetch.limits import Limits
from postarchive.fetch.robots import Rules, read_rules
from postarchive.fetch.wire import NoAnswer, Wire
from postarchive.models import Capture, Exchange, Headers
from postarchive.urls import check_allowed

TRY_AGAIN = frozenset({429, 500, 502, 503, 504})
MAX_FAILURES = 10
MAX_ROBOTS_REDIRECTS = 5
CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


class Guest:
    """Asks hosts one request at a time; every whole exchange goes to `record` before anything else happens with it.

    `cool_downs` says until when a host must be left alone (known from earlier runs); answers add to it. `check` raises
    for what may not be asked: everything but the site's own pages, unless a backfill says otherwise.
    """

    def __init__(  # noqa: PLR0913 - clock, sleep and chance come from outside, each by name
        self,
        limits: Limits,
        *,
        contact: str,
        record: Callable[[Exchange], None],
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
        jitter: Callable[[], float] = random.random,
        cool_downs: Mapping[str, datetime] | None = None,
        check: Callable[[str], None] = check_allowed,
    ) -> None:
        """Ask nothing yet. `contact` is a URL or mail address for the site's owners, sent with each request."""
        self._limits = limits
        self._record = record
        self._now = now
        self._monotonic = monotonic
        self._sleep = sleep
        self._jitter = jitter
        self._check = check
        self._wire = Wire(limits, contact=contact, monotonic=monotonic)
        self._cool_downs = dict(cool_downs or {})
        self._rules: dict[str, Rules | SiteUnavailable] = {}  # by scheme and host
        self._delays: dict[str, float] = {}
        self._starts: dict[str, float] = {}
        self._failures: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wire.close()

    @property
    def cool_downs(self) -> dict[str, datetime]:
        """Return until when hosts asked to be left alone."""
        return dict(self._cool_downs)

    def get(self, url: str, *, headers: Headers = ()) -> Capture:
        """Return the answer to a URL, be it a page, a redirect or a 404; `headers` make a request conditional.

        Raises UsageError and Forbidden when it may not be asked, FetchError when no usable answer came, and
        SiteUnavailable when the host's robots.txt cannot be had or ten URLs in a row failed.
        """
        self._check(url)
        if CONTROLS.search(url):
            raise UsageError(repr(url)[1:-1], "a control character in the URL; write it percent-encoded")
        host = _host(url)
        self._check_alive(host)
        self._check_cool_down(host)
        if not self._rules_for(url).allow(url):
            raise Forbidden(url, f"robots.txt of {host} forbids it")
        return self._ask(url, headers)

    def _rules_for(self, url: str) -> Rules:
        """Return the rules of the URL's scheme and host, asked for once, whatever came of it."""
        host = _host(url)
        base = f"{urlsplit(url).scheme}://{host}"
        if base not in self._rules:
            self._rules[base] = self._fetch_rules(base, host)
        rules = self._rules[base]
        if isinstance(rules, SiteUnavailable):
            raise rules
        return rules

    def _fetch_rules(self, base: str, host: str) -> Rules | SiteUnavailable:
        try:
            rules = read_rules(self._robots_answer(f"{base}/robots.txt"))
        except FetchError as error:
            return SiteUnavailable(host, f"robots.txt cannot be had ({error.problem}); try again later")
        except SiteUnavailable as error:
            return error
        if rules.crawl_delay_seconds > self._limits.max_wait_seconds:
            return SiteUnavailable(host, f"robots.txt asks for {rules.crawl_delay_seconds:g} s between requests")
        self._delays[host] = max(self._delays.get(host, 0.0), rules.crawl_delay_seconds)
        return rules

    def _robots_answer(self, url: str) -> Capture | None:
        """Return robots.txt itself, behind redirects; None when they lead away or on and on: RFC 9309 allows then."""
        for _ in range(1 + MAX_ROBOTS_REDIRECTS):
            answer = self._ask(url, ())
            target = redirect_target(answer)
            if target is None:
                return answer
            if not self._may_ask(target):
                return None
            url = target
        return None

    def _may_ask(self, url: str) -> bool:
        try:
            self._check(url)
        except (UsageError, Forbidden):
            return False
        return True

    def _ask(self, url: str, headers: Headers) -> Capture:
        """Return an answer that is worth keeping, and count the URLs in a row for which none came."""
        host = _host(url)
        try:
            capture = self._try(url, host, headers)
        except FetchError:
            self._failures[host] = self._failures.get(host, 0) + 1
            self._check_alive(host)
            raise
        self._failures[host] = 0
        return capture

    def _try(self, url: str, host: str, headers: Headers) -> Capture:
        """Ask, and again when the host stumbles; every attempt waits its turn."""
        problem, attempts = "", self._limits.attempts
        for attempt in range(attempts):
            self._wait_turn(host, backoff_seconds=2.0 ** (attempt - 1) + self._jitter() if attempt else 0.0)
            try:
                capture = self._exchange(url, host, headers)
            except NoAnswer as error:
                problem = error.problem
                continue
            if capture.status not in TRY_AGAIN:
                return capture
            problem = f"HTTP {capture.status}"
        raise FetchError(url, f"{problem} after {attempts} attempts")

    def _exchange(self, url: str, host: str, headers: Headers) -> Capture:
        exchange = self._wire.get(url, headers, time=self._now())
        self._record(exchange)
        until = cool_down(exchange.capture)
        if until is not None:
            self._cool_downs[host] = until
        return exchange.capture

    def _wait_turn(self, host: str, *, backoff_seconds: float) -> None:
        """Sleep until the host may be asked again, and note the moment; ports and schemes of a host share it."""
        self._check_cool_down(host)
        delay = max(self._limits.delay_seconds, self._delays.get(host, 0.0))
        since_start = self._monotonic() - self._starts.get(host, -math.inf)
        wait = max(delay - since_start, backoff_seconds, self._cool_down_seconds(host))
        if wait > 0:
            self._sleep(wait)
        self._starts[host] = self._monotonic()

    def _check_alive(self, host: str) -> None:
        if self._failures.get(host, 0) >= MAX_FAILURES:
            raise SiteUnavailable(host, f"{MAX_FAILURES} requests in a row failed; try again later")

    def _check_cool_down(self, host: str) -> None:
        if self._cool_down_seconds(host) > self._limits.max_wait_seconds:
            until = self._cool_downs[host]
            raise LeftAlone(host, f"{host} asked to be left alone until {until:%Y-%m-%d %H:%M:%S} UTC")

    def _cool_down_seconds(self, host: str) -> float:
        until = self._cool_downs.get(host)
        return (until - self._now()).total_seconds() if until else 0.0


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower().rstrip(".")
