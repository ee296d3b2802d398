"""A guest at the fake site, the clock it lives by, and what it handed over."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from archiving import PROXY_VARIABLES
from fakesite import FakeSite, Response
from postarchive.fetch import Guest, Limits
from postarchive.models import Capture, Exchange, Headers

HOST = "english.chinapost.com.cn"
ORIGIN = f"http://{HOST}"
ROBOTS = f"http://{HOST}/robots.txt"
URL = f"http://{HOST}/html1/report/2304/8456-1.htm"
OTHER_URL = f"http://{HOST}/html1/report/2304/8454-1.htm"
MIRROR_URL = "http://www.chinapostnews.com.cn/html1/report/2304/8456-1.htm"
NOON = datetime(2024, 5, 6, 12, 0, tzinfo=UTC)
DROP = Response(raw=b"")


@dataclass
class Clock:
    """A clock that sleeping moves on; `is_real` lets real time pass too."""

    is_real: bool = False
    slept: list[float] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def monotonic(self) -> float:
        """Return the seconds slept, and those really passed."""
        return sum(self.slept) + (time.monotonic() - self.began if self.is_real else 0.0)

    def now(self) -> datetime:
        """Return the time of day."""
        return NOON + timedelta(seconds=self.monotonic())

    def sleep(self, seconds: float) -> None:
        """Pass the time at once."""
        assert seconds > 0
        self.slept.append(seconds)


@dataclass
class Visit:
    """A guest at the fake site, the clock it lives by and what it recorded."""

    site: FakeSite
    limits: Limits = field(default_factory=Limits)
    clock: Clock = field(default_factory=Clock)
    exchanges: list[Exchange] = field(default_factory=list)
    cool_downs: dict[str, datetime] = field(default_factory=dict)
    addresses: list[list[str]] = field(default_factory=list)
    resolved: list[tuple[str, int | None]] = field(default_factory=list)

    def resolve(self, host: str, port: int | None) -> list[str]:
        """Return the addresses of a host; the last ones stay."""
        self.resolved.append((host, port))
        return self.addresses.pop(0) if len(self.addresses) > 1 else self.addresses[0]

    def guest(self) -> Guest:
        """Return a guest that lives by the clock."""
        return Guest(
            self.limits,
            contact="https://archive.example/contact",
            now=self.clock.now,
            monotonic=self.clock.monotonic,
            sleep=self.clock.sleep,
            jitter=lambda: 0.25,
            cool_downs=self.cool_downs,
            resolve=self.resolve,
        )

    def get(self, *urls: str) -> list[Capture]:
        """Return the responses to the URLs, asked by one guest."""
        with self.guest() as guest:
            return [self.fetch(guest, url) for url in urls]

    def fetch(self, guest: Guest, url: str, **options: Headers) -> Capture:
        """Let a guest ask, record what it hands over, and return the last response."""
        for exchange in guest.fetch(url, **options):
            self.exchanges.append(exchange)
        return exchange.capture

    @property
    def recorded(self) -> list[tuple[str, int]]:
        """Return URL and status of what was recorded, without robots.txt."""
        captures = [exchange.capture for exchange in self.exchanges]
        return [(capture.url, capture.status) for capture in captures if not capture.url.endswith("/robots.txt")]

    @property
    def starts(self) -> list[float]:
        """Return when the recorded requests began, in seconds of the visit."""
        return [(exchange.capture.time - NOON).total_seconds() for exchange in self.exchanges]

    def requested(self, url: str) -> int:
        """Return how often the URL was asked for."""
        return self.site.urls.count(url)


@contextmanager
def visiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Visit]:
    """Play the site as the proxy that the environment names, for a visit that has not begun."""
    with FakeSite() as site:
        for name in PROXY_VARIABLES:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("http_proxy", site.proxy_url)
        site.answer(URL, Response(body=b"<p>news</p>"))
        site.answer(OTHER_URL, Response(body=b"<p>more news</p>"))
        yield Visit(site)
