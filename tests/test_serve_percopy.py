"""What is counted once for each copy: that it is, by however many at once, and not after the copy or an error."""

import asyncio
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from datasette.utils.asgi import Request, Response

from postarchive.serve import percopy
from postarchive.serve.percopy import PerCopy, cached_pages


@dataclass
class Site:
    """A site over a copy at some path."""

    path: str = "first"

    def get_database(self, _name: str) -> Any:  # noqa: ANN401 - of Datasette only the path is asked
        """Return a database of that path."""
        return SimpleNamespace(path=self.path)


@dataclass
class Counter:
    """What makes a value, and knows how often it was asked to; so many failures come first."""

    made: int = 0
    failures: int = 0

    async def make(self) -> int:
        """Return how often a value was made."""
        await asyncio.sleep(0.001)
        if self.failures:
            self.failures -= 1
            raise MemoryError
        self.made += 1
        return self.made


def test_many_at_once_get_what_was_made_once() -> None:
    cached: PerCopy[int] = PerCopy(4)
    counter, site = Counter(), Site()

    async def ask() -> list[int]:
        first = await asyncio.gather(*(cached.get(site, "a", counter.make) for _ in range(8)))
        return [*first, await cached.get(site, "a", counter.make), await cached.get(site, "b", counter.make)]

    assert asyncio.run(ask()) == [1] * 9 + [2]


def test_the_next_copy_is_counted_again() -> None:
    cached: PerCopy[int] = PerCopy(4)
    counter, site = Counter(), Site()

    async def ask() -> tuple[int, int]:
        first = await cached.get(site, "a", counter.make)
        site.path = "second"
        return first, await cached.get(site, "a", counter.make)

    assert asyncio.run(ask()) == (1, 2)


def test_only_the_latest_are_kept() -> None:
    cached: PerCopy[int] = PerCopy(2)
    counter, site = Counter(), Site()

    async def ask() -> list[int]:
        return [await cached.get(site, key, counter.make) for key in ("a", "b", "a", "c", "a", "b")]

    assert asyncio.run(ask()) == [1, 2, 1, 3, 1, 4]


def test_a_failure_is_raised_to_all_who_wait_and_not_cached() -> None:
    cached: PerCopy[int] = PerCopy(2)
    counter, site = Counter(), Site()
    counter.failures = 1

    async def ask() -> int:
        asked = [cached.get(site, "a", counter.make) for _ in range(3)]
        told = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(error) for error in told] == [MemoryError] * 3
        return await cached.get(site, "a", counter.make)

    assert asyncio.run(ask()) == 1


def test_who_goes_away_takes_nothing_from_the_others() -> None:
    cached: PerCopy[int] = PerCopy(2)
    counter, site = Counter(), Site()

    async def ask() -> int:
        leaver = asyncio.ensure_future(cached.get(site, "a", counter.make))
        stayer = asyncio.ensure_future(cached.get(site, "a", counter.make))
        await asyncio.sleep(0)
        leaver.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaver
        return await stayer

    assert asyncio.run(ask()) == 1


@dataclass
class View:
    """A page that says how often it was made."""

    made: int = 0

    async def page(self, _site: object, request: Request) -> Response:
        """Return it."""
        await asyncio.sleep(0)
        self.made += 1
        return Response.html(f"{request.full_path} {self.made}".encode())


def test_a_page_is_made_once_for_each_address_and_copy() -> None:
    view, site = View(), Site()
    cached = cached_pages(view.page)

    async def ask(address: str) -> str:
        return str((await cached(site, Request.fake(address))).body, "ascii")

    async def every() -> list[str]:
        told = [await ask(address) for address in ("/", "/?a", "/", "/?a")]
        site.path = "second"
        return [*told, await ask("/")]

    assert asyncio.run(every()) == ["/ 1", "/?a 2", "/ 1", "/?a 2", "/ 3"]


def test_a_large_page_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(percopy, "LARGEST_PAGE_BYTES", 2)
    view, site = View(), Site()
    cached = cached_pages(view.page)

    async def every() -> list[bytes]:
        return [(await cached(site, Request.fake("/"))).body for _ in range(2)]

    assert asyncio.run(every()) == [b"/ 1", b"/ 2"]
