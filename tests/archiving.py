"""Archive pages of the fake site for the tests of `collect`, `store` and `cli`, and look at what an archive holds."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from fakesite import FIXTURES, FakeSite
from postarchive.collect import FetchOptions, crawl, fetch_urls, rebuild
from postarchive.crawl import Scope
from postarchive.fetch import Limits
from postarchive.jsonvalue import Json
from postarchive.models import FetchResult, Outcome
from postarchive.record.values import to_json
from postarchive.store.read import Reader
from postarchive.urls import ENGLISH_HOSTS, START_URL
from postarchive.warc import warc_files

HOST = "english.chinapost.com.cn"
HOME = f"http://{HOST}/"
ROBOTS = f"{HOME}robots.txt"
SEED_NODE = 23048456
SEED = f"{HOME}html1/report/2304/8456-1.htm"
SEED_DYNAMIC = f"{HOME}servlet/Node?node={SEED_NODE}&language=1&pos=1"
SEED_FILE = FIXTURES / HOST / "html1/report/2304/8456-1.htm"
OTHER = f"{HOME}html1/report/2304/8450-1.htm"
STAMP = f"{HOME}html1/stamp/17116/4327-1.htm"
LIST = f"{HOME}html1/category/1408/4050-1.htm"
MIRROR_HOST = "www.chinapostnews.com.cn"
MIRROR_SEED = SEED.replace(HOST, MIRROR_HOST)
MIRROR_ROBOTS = f"http://{MIRROR_HOST}/robots.txt"
PROXY_VARIABLES = ("no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY")
ENGLISH = Scope(ENGLISH_HOSTS, START_URL)
MORNING = datetime(2026, 5, 6, 8, 0, 0, 123456, tzinfo=UTC)


@dataclass
class Clock:
    """A clock on which each look takes a second, and which sleeping moves on."""

    time: datetime = MORNING
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        """Return the time of day."""
        self.time += timedelta(seconds=1)
        return self.time

    def monotonic(self) -> float:
        """Return the seconds since some moment."""
        return (self.time - MORNING).total_seconds()

    def sleep(self, seconds: float) -> None:
        """Pass the time at once."""
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


@dataclass
class Archivist:
    """Somebody who fetches into one archive, run after run, by a clock of the test."""

    folder: Path
    clock: Clock = field(default_factory=Clock)
    wait_seconds: float = 0.0

    @property
    def options(self) -> FetchOptions:
        """Return how the runs behave: without a delay, and never really sleeping."""
        return FetchOptions(
            limits=Limits(delay_seconds=0.0, timeout_seconds=5.0),
            contact="https://archive.example/contact",
            wait_seconds=self.wait_seconds,
            now=self.clock.now,
            monotonic=self.clock.monotonic,
            sleep=self.clock.sleep,
        )

    def fetch(self, *urls: str) -> list[FetchResult]:
        """Make a run and return what became of each page."""
        return list(fetch_urls(self.folder, urls, options=self.options))

    def crawl(self, scope: Scope = ENGLISH, **changes: Any) -> list[FetchResult]:  # noqa: ANN401 - fields of FetchOptions
        """Make an incremental run and return what became of each page."""
        return list(crawl(self.folder, scope, options=replace(self.options, **changes)))

    def outcomes(self, *urls: str) -> list[Outcome]:
        """Make a run and return the bare outcomes."""
        return [result.outcome for result in self.fetch(*urls)]

    def one(self, url: str) -> FetchResult:
        """Make a run for one URL."""
        (result,) = self.fetch(url)
        return result

    def record(self, name: str = SEED, version: int | None = None) -> dict[str, Json]:
        """Return the stored record of a page."""
        with Reader(self.folder) as reader:
            return to_json(reader.version(reader.find_page(name), version).record)

    @property
    def database(self) -> Path:
        """Return where the database is."""
        return self.folder / "postarchive.db"

    @property
    def files(self) -> list[Path]:
        """Return the WARC files, oldest first."""
        return [self.folder / file for file in warc_files(self.folder)]

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Return the rows of a statement."""
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(sql).fetchall()

    def rebuilt_differences(self) -> list[tuple[str, str]]:
        """Return how the database differs from one that is rebuilt after deleting it."""
        before = self.dump()
        self.database.unlink()
        rebuild(self.folder)
        return differences(before, self.dump())

    def dump(self) -> str:
        """Return every row of every table as text, those of the full-text index too."""
        with closing(sqlite3.connect(self.database)) as connection:
            return "\n".join(connection.iterdump())

    def execute(self, *statements: str) -> None:
        """Change the database behind the program's back."""
        with closing(sqlite3.connect(self.database)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()


@contextmanager
def playing_site(monkeypatch: pytest.MonkeyPatch, *, root: Path | None = FIXTURES) -> Iterator[FakeSite]:
    """Play the site as the proxy that the environment names; without a root it has no page yet."""
    with FakeSite(root) as site:
        for name in PROXY_VARIABLES:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("http_proxy", site.proxy_url)
        monkeypatch.setenv("https_proxy", site.proxy_url)
        yield site


def differences(before: str, after: str) -> list[tuple[str, str]]:
    """Return the first lines in which two dumps differ, shortened: pytest's own comparison takes minutes."""
    pairs = zip_longest(before.splitlines(), after.splitlines())
    return [(str(old)[:300], str(new)[:300]) for old, new in pairs if old != new][:5]
