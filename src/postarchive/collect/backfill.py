"""What the Wayback Machine has of the site: its index is read, and each body it lists is fetched once.

Each exchange is kept as it happened, those with the index too; `fold` reads from a replay which page and time it shows.
A replay address that was requested before is not requested again, so a run continues where the last one ended.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from postarchive.collect.archive import open_archive
from postarchive.collect.run import MAX_HOPS, FetchOptions, Run, running
from postarchive.errors import FetchError, Forbidden, SiteUnavailable, UnreadableInput
from postarchive.fetch import redirect_target, user_agent
from postarchive.models import Capture, FetchResult, Headers, Outcome
from postarchive.urls import ENGLISH_HOSTS, origin_of
from postarchive.wayback import (
    BASE,
    HOST,
    OK,
    Index,
    Line,
    check_askable,
    index_url,
    is_page,
    parse_index,
    parse_replay,
    raw_form,
    replay_url,
)

AS_CAPTURED: Headers = (("Accept-Encoding", "identity"),)  # its own gzip would hide the bytes the site sent
SLOW_DOWN = frozenset({429, 503})
NO_RESPONSE_YET = frozenset({429, 500, 502, 503, 504})
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which captures to look for: hosts, and first and last day in ISO; None means no limit."""

    hosts: tuple[str, ...] = ENGLISH_HOSTS
    since: str | None = None
    until: str | None = None


def backfill(archive: Path, wanted: Wanted, *, options: FetchOptions, base: str = BASE) -> Iterator[FetchResult]:
    """Fetch what the Wayback Machine has of the pages wanted; yield the outcome of each, nothing for known ones.

    Raises the errors of `open_archive`; at the end SiteUnavailable when the Wayback Machine cannot be reached or wants
    to be left alone, Interrupted when a person stopped it.
    """
    user_agent(options.contact)
    days = ((name, day) for name, day in (("from", wanted.since), ("to", wanted.until)) if day)
    details = (("backfill", "wayback"), ("hosts", " ".join(wanted.hosts)), *days)
    with open_archive(archive, wait_seconds=options.wait_seconds, report_damage=options.report_damage) as store:
        yield from running(
            archive,
            store,
            options,
            details=details,
            work=lambda run: _Backfill(run, wanted, base, options.monotonic()).results(),
            check=check_askable,
        )


@dataclass(slots=True)
class _Backfill:
    """A run at the Wayback Machine; `_done` holds URL and digest of each body in the archive."""

    run: Run
    wanted: Wanted
    base: str
    started: float
    _done: set[tuple[str, str]] = field(default_factory=set)
    _has_given_up: bool = False

    def results(self) -> Iterator[FetchResult]:
        """Yield the outcome of each page that was requested."""
        for host in self.wanted.hosts:
            for item in self._listed(host):
                result = self._take(item) if isinstance(item, Line) else item
                if result is not None:
                    self.run.count(result)
                    yield result
                if self._is_over():
                    return

    def _is_over(self) -> bool:
        return self._has_given_up or self.run.is_over(self.started)

    def _listed(self, host: str) -> Iterator[Line | FetchResult]:
        """Yield the pages in the index, requesting more of it as they are taken; a failure ends it."""
        key: str | None = None
        seen: set[str | None] = set()
        while key not in seen:
            seen.add(key)
            url = index_url(host, base=self.base, since=self.wanted.since, until=self.wanted.until, resume_key=key)
            index = self._guarded(url, self._index)
            if isinstance(index, FetchResult):
                yield index
                return
            yield from (line for line in index.lines if is_page(line.url))
            if index.resume_key is None:
                return
            key = index.resume_key

    def _index(self, url: str) -> Index:
        response = self.run.get(url).capture
        if response.status != OK:
            raise FetchError(url, f"HTTP {response.status} {response.reason}".strip())
        return parse_index(response.body)

    def _take(self, line: Line) -> FetchResult | None:
        """Fetch a capture unless its body is known; return its page's outcome, None when nothing was requested."""
        if (line.url, line.digest) in self._done:
            return None
        result = self._guarded(replay_url(line.timestamp, line.original, base=self.base), self._fetch)
        if result is None or result.outcome is not Outcome.FAILED:
            self._done.add((line.url, line.digest))
        return result

    def _fetch(self, url: str) -> FetchResult | None:
        """Request a replay and follow its redirects; return None when all of that was requested before."""
        was_requested = False
        for _ in range(MAX_HOPS):
            response = self._known(url)
            if response is None:
                was_requested = True
                found = self.run.get(url, headers=AS_CAPTURED)
                if found.result is not None:
                    return _with_day(found.result, url)
                response = found.capture
            target = redirect_target(response)
            if target is None or (raw := raw_form(target, base=self.base)) is None:
                return self._without_page(response, target) if was_requested else None
            url = raw
        return self.run.fail(url, "redirect", f"more than {MAX_HOPS} redirects") if was_requested else None

    def _known(self, url: str) -> Capture | None:
        """Return an earlier response if it settles this URL or says where it leads; None if it must be requested."""
        known = self.run.store.captures.latest_response(url)
        if known is None or known[0] in NO_RESPONSE_YET:
            return None
        status, location = known
        return Capture(url, self.run.options.now(), status, (("Location", location),) if location else (), b"")

    def _without_page(self, response: Capture, target: str | None) -> FetchResult:
        if target is not None:
            return self.run.fail(response.url, "redirect", f"redirects to {target}, which is not requested")
        return self.run.fail(response.url, "status", f"HTTP {response.status} {response.reason}".strip())

    def _guarded(self, url: str, request: Callable[[str], T]) -> T | FetchResult:
        """Make a request; return the failure when nothing usable came, and give up when the server has had enough."""
        try:
            return request(url)
        except SiteUnavailable as error:
            return self._give_up(url, error)
        except Forbidden as error:  # by its robots.txt: our own rule was checked before
            return self._give_up(url, SiteUnavailable(HOST, error.problem))
        except (FetchError, UnreadableInput) as error:
            if self._must_wait(url):
                advice = "asks to be left alone for now; run again later to continue where it stopped"
                return self._give_up(url, SiteUnavailable(HOST, f"{advice} ({error.problem})"))
            return self.run.fail(url, "no-answer", error.problem)

    def _give_up(self, url: str, error: SiteUnavailable) -> FetchResult:
        self._has_given_up = True
        return self.run.give_up(url, error)

    def _must_wait(self, url: str) -> bool:
        store = self.run.store
        known = store.captures.latest_response(url)
        resting = store.captures.cool_downs(self.run.options.now())
        return (known is not None and known[0] in SLOW_DOWN) or origin_of(url) in resting


def _with_day(result: FetchResult, url: str) -> FetchResult:
    """Return the result with the capture's day before its detail: a page may come many times."""
    replay = parse_replay(url)
    day = f"({replay.time:%Y-%m-%d})" if replay else ""
    return replace(result, detail=f"{day} {result.detail or ''}".strip())
