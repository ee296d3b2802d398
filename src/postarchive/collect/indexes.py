"""What Common Crawl's indexes list of the site, each read once: a crawl's index never changes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, TypeVar

from postarchive.collect.crawlclient import CrawlClient, status_of
from postarchive.commoncrawl import (
    Crawl,
    IndexPage,
    Listed,
    crawls_url,
    page_url,
    pages_url,
    parse_crawls,
    parse_page,
    parse_pages,
)
from postarchive.errors import FetchError, UnreadableInput
from postarchive.foreign import ReadRows, csv_rows
from postarchive.models import Capture, FetchResult
from postarchive.urls import ENGLISH_HOSTS, host_of
from postarchive.wayback import is_page

OK, PAST_THE_END, EMPTY = 200, 400, 404
CRAWLS_AGE: Final = timedelta(days=7)  # there is about one crawl a month
SHOWN_CRAWLS: Final = 3
REFUSED: Final = "refused"  # a kind of problem
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CrawlQuery:
    """What to look for: hosts, days (None for no limit), crawls by name (none for all).

    With `index`, a file for `read_rows`, its list replaces all of these but the hosts. Without hosts, `index` counts
    for all hosts of China Post, and the crawls for the English ones.
    """

    hosts: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    crawls: tuple[str, ...] = ()
    index: Path | None = None
    read_rows: ReadRows = csv_rows

    def is_in_time(self, first: date, last: date) -> bool:
        """Tell whether any of these days is wanted."""
        return first <= (self.until or date.max) and (self.since or date.min) <= last


@dataclass(frozen=True, slots=True)
class Indexes:
    """The indexes of all crawls that may hold what is wanted."""

    client: CrawlClient
    query: CrawlQuery
    base: str

    def listed(self) -> Iterator[Listed | FetchResult]:
        """Yield the pages and what failed, oldest crawl first; more is requested as they are taken."""
        crawls = self.client.guarded(crawls_url(self.base), self._crawls)
        if isinstance(crawls, FetchResult):
            yield crawls
            return
        for crawl in crawls:
            for host in self.query.hosts or ENGLISH_HOSTS:
                yield from self._of_host(crawl, host)

    def _of_host(self, crawl: Crawl, host: str) -> Iterator[Listed | FetchResult]:
        pages = self.client.guarded(pages_url(self.base, crawl.name, host), self._pages)
        if isinstance(pages, FetchResult):
            yield pages
            return
        for number in range(pages):
            url = page_url(self.base, crawl.name, host, number)
            page = self.client.guarded(url, self._page)
            if isinstance(page, FetchResult):
                yield page
            elif page is None:
                return
            else:
                yield from (item for item in page.lines if self._is_wanted(item, host))
                yield from self._unreadable(url, page.unreadable)

    def _unreadable(self, url: str, count: int) -> Iterator[FetchResult]:
        """Yield the failure to read lines of an index, once: the index is not requested again."""
        if count and url not in self.client.run.store.runs.problem_urls(REFUSED):
            lines = "1 line" if count == 1 else f"{count} lines"
            yield self.client.run.fail(url, REFUSED, f"{lines} of this index cannot be read")

    def _is_wanted(self, item: Listed, host: str) -> bool:
        day = item.time.date() if item.time else date.min
        return host_of(item.url) == host and is_page(item.url) and self.query.is_in_time(day, day)

    def _crawls(self, url: str) -> tuple[Crawl, ...]:
        """Return the crawls that may hold what is wanted; the list is requested again after a week.

        Raises FetchError when a crawl that was named is not among them.
        """
        wanted = set(self.query.crawls)
        crawls = self._known_crawls(url)
        if not crawls or not wanted <= {crawl.name for crawl in crawls}:
            crawls = parse_crawls(_whole(self.client.get(url)).body)
        unknown = wanted - {crawl.name for crawl in crawls}
        if unknown:
            newest = ", ".join(crawl.name for crawl in reversed(crawls[-SHOWN_CRAWLS:]))
            raise FetchError(url, f"does not list crawl {min(unknown)}; the newest are {newest}")
        return tuple(
            crawl
            for crawl in crawls
            if self.query.is_in_time(crawl.first, crawl.last) and (not wanted or crawl.name in wanted)
        )

    def _known_crawls(self, url: str) -> tuple[Crawl, ...]:
        run = self.client.run
        known = run.recall.response(url, since=run.options.now() - CRAWLS_AGE)
        try:
            return parse_crawls(known.body) if known else ()
        except UnreadableInput:
            return ()

    def _pages(self, url: str) -> int:
        """Return how many pages an index has for a host."""
        return self._read(url, parse_pages, nothing=0) or 0

    def _page(self, url: str) -> IndexPage | None:
        """Return a page of an index; None past the end."""
        return self._read(url, parse_page, nothing=IndexPage(()))

    def _read(self, url: str, parse: Callable[[bytes], T], *, nothing: T) -> T | None:
        """Return what an index says, read back from the evidence if possible, else requested; None past its end."""
        known = self.client.run.recall.response(url)
        if known is not None:
            try:
                return _parsed(known, parse, nothing)
            except (FetchError, UnreadableInput):
                pass  # it was in trouble when it was requested
        return _parsed(self.client.get(url), parse, nothing)


def _parsed(response: Capture, parse: Callable[[bytes], T], nothing: T) -> T | None:
    if response.status == PAST_THE_END:
        return None
    return nothing if response.status == EMPTY else parse(_whole(response).body)


def _whole(response: Capture) -> Capture:
    if response.status != OK:
        raise FetchError(response.url, status_of(response))
    return response
