"""What Common Crawl has of the site: its indexes are read, and each body they list is requested once.

Each exchange is kept as it happened, with the record that came in it and where that was taken from. Nothing is
requested twice, however often a run is killed: an index, or a record not yet taken out of its bytes, is read back from
the evidence. Once locked out, it requests nothing for a day.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from postarchive.collect.archive import open_archive
from postarchive.collect.crawlclient import CrawlClient, status_of
from postarchive.collect.indexes import CrawlQuery, Indexes
from postarchive.collect.recall import OF_NO_USE
from postarchive.collect.run import FetchOptions, Run, running
from postarchive.commoncrawl import (
    DATA_HOST,
    DATA_SECONDS,
    INDEX_HOST,
    INDEX_SECONDS,
    MAX_SECONDS,
    Bases,
    Listed,
    check_askable,
    is_askable,
    is_left_out,
)
from postarchive.errors import SiteUnavailable
from postarchive.fetch import Limits, user_agent
from postarchive.foreign import Damage, read_copy, read_listing
from postarchive.http1 import COMMONCRAWL
from postarchive.models import FetchResult, Headers, Outcome
from postarchive.urls import HOSTS, host_of
from postarchive.wayback import is_page

WHOLE, PARTIAL = 200, 206
ATTEMPTS: Final = 10  # the pause is doubled to a minute by then
ROBOTS_AGE: Final = timedelta(days=1)
BLOCKING: Final = frozenset((403,))
REFUSED: Final = ("refused", "status")  # kinds of problem that another request does not solve


def backfill(
    archive: Path, query: CrawlQuery, *, options: FetchOptions, bases: Bases | None = None
) -> Iterator[FetchResult]:
    """Fetch what Common Crawl has of the pages wanted; yield the outcome of each, nothing for known ones.

    Raises the errors of `open_archive`, UnreadableInput when the rows of the query cannot be read; at the end
    SiteUnavailable when Common Crawl cannot be reached or has locked us out, Interrupted when a person stopped it.
    """
    user_agent(options.contact)
    options = replace(options, limits=_limits(options.limits))
    with open_archive(archive, wait_seconds=options.wait_seconds, report_damage=options.report_damage) as store:
        yield from running(
            archive,
            store,
            options,
            details=_query_details(query),
            work=lambda run: _CopyRun(CrawlClient(run), query, bases or Bases(), options.monotonic()).results(),
            check=check_askable,
            robots_age=ROBOTS_AGE,
        )


@dataclass(slots=True)
class _CopyRun:
    """A run at Common Crawl; `_done` holds URL and digest of each body in the archive."""

    client: CrawlClient
    query: CrawlQuery
    bases: Bases
    started: float
    _refused: set[str] = field(default_factory=set)
    _done: set[tuple[str, str]] = field(default_factory=set)

    @property
    def run(self) -> Run:
        return self.client.run

    def results(self) -> Iterator[FetchResult]:
        """Yield the outcome of each page that was requested."""
        blocked = self.client.still_blocked()
        if blocked is not None:
            yield blocked
            return
        self._refused = self.run.store.runs.problem_urls(*REFUSED)
        for item in self._items():
            result = self._take(item) if isinstance(item, Listed) else item
            if result is not None:
                self.run.count(result)
                yield result
            if self.client.has_given_up or self.run.is_over(self.started):
                return

    def _items(self) -> Iterator[Listed | FetchResult]:
        if self.query.index is None:
            return Indexes(self.client, self.query, self.bases.index).listed()
        return self._rows(self.query.index)

    def _rows(self, path: Path) -> Iterator[Listed | FetchResult]:
        """Yield what the result of a query lists, and what cannot be read in it."""
        hosts = self.query.hosts or tuple(HOSTS)
        for item in read_listing(path, self.query.read_rows):
            if isinstance(item, Damage):
                yield self.run.fail(f"{item.file}@{item.offset}", "no-answer", item.problem)
            elif host_of(item.url) in hosts and not is_left_out(item.place) and is_page(item.url):
                yield item

    def _take(self, item: Listed) -> FetchResult | None:
        """Fetch a record unless its body is known; return its page's outcome, None when nothing is new."""
        address = item.place.address(self.bases.data)
        key = (item.url, item.digest or address)
        if key in self._done or address in self._refused:
            return None
        if self.run.store.captures.is_replayed(address):
            self._done.add(key)
            return None
        result = self.client.guarded(address, lambda _: self._copied(item, address))
        if result.outcome is not Outcome.FAILED:
            self._done.add(key)
        return result

    def _copied(self, item: Listed, address: str) -> FetchResult:
        """Request a record's bytes, or read them back if they came before; take the record out of them."""
        if not is_askable(item.place):
            return self._refuse(address, "refused", "not named like a WARC file of a crawl; not requested")
        url, byte_range = item.place.uri(self.bases.data), item.place.byte_range
        response = self.run.recall.response(url, byte_range=byte_range, of_no_use=OF_NO_USE | {WHOLE})
        if response is None:
            response = self.client.get(url, ("Range", byte_range))
        if response.status == WHOLE:
            raise SiteUnavailable(host_of(url), "sends whole files instead of parts; run again later")
        if response.status != PARTIAL:
            return self._refuse(address, "status", f"{status_of(response)} instead of the bytes of a record")
        if not item.place.is_where(response.header("Content-Range") or ""):
            return self._refuse(address, "refused", "not the bytes that were requested")
        found = read_copy(response.body, address, origin=COMMONCRAWL, url=item.url, digest=item.digest)
        if isinstance(found, Damage):
            return self._refuse(address, "refused", found.problem)
        result = self.run.keep(found) or FetchResult(found.url, Outcome.ARCHIVED, "kept, but not a page")
        return replace(result, detail=f"({found.time:%Y-%m-%d}) {result.detail or ''}".strip())

    def _refuse(self, address: str, kind: str, problem: str) -> FetchResult:
        """Note that a record gives no page, so that it is not requested again."""
        self._refused.add(address)
        return self.run.fail(address, kind, problem)


def _limits(limits: Limits) -> Limits:
    return replace(
        limits,
        attempts=ATTEMPTS,
        pauses=((INDEX_HOST, INDEX_SECONDS), (DATA_HOST, DATA_SECONDS)),
        max_pause_seconds=MAX_SECONDS,
        blocking=BLOCKING,
    )


def _query_details(query: CrawlQuery) -> Headers:
    """Return what the run's record says about the query."""
    details = (
        ("backfill", COMMONCRAWL),
        ("hosts", " ".join(query.hosts)),
        ("from", query.since.isoformat() if query.since else ""),
        ("to", query.until.isoformat() if query.until else ""),
        ("crawls", " ".join(query.crawls)),
        ("index", query.index.name if query.index else ""),
    )
    return tuple((name, value) for name, value in details if value)
