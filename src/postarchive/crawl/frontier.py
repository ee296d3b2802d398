"""The URLs that a run still has to request, in order."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from postarchive.crawl.due import BUSY, Seen, due_again, order
from postarchive.crawl.identity import as_requested, identity, node_of
from postarchive.record.kinds import LEADING_ON, OF_WORD
from postarchive.urls import DYNAMIC, host_of, may_be_page, normalize, parse_address, path_of

TURN: Final = 10  # one in this many URLs is a known page that is due, while both kinds wait
MAX_FRUITLESS_SHEETS: Final = 25  # unknown sheets of a node in a row without an unknown node; the next run continues


@dataclass(frozen=True, slots=True)
class Due:
    """A URL to request, and the reason in words."""

    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run covers: hosts; with `kinds` and `since` (ISO) only such pages and the lists that lead to them.

    `more_starts` are the front pages of hosts that were named in addition to the usual ones.
    """

    hosts: tuple[str, ...]
    start: str
    more_starts: tuple[str, ...] = ()
    is_full: bool = False
    kinds: tuple[str, ...] = ()
    since: str | None = None


class Frontier:
    """The URLs that a run still has to request; each is given out once."""

    def __init__(
        self,
        scope: Scope,
        *,
        seen: Iterable[Seen],
        links: Iterable[str],
        now: datetime,
        unanswered: Collection[str] = (),
    ) -> None:
        """Derive it from what is stored: which URLs had a response, and where the stored pages lead.

        `unanswered` are URLs whose last request got no response: they wait until all else is done, so that they cannot
        keep a run from the healthy pages.
        """
        self._scope = scope
        self._new: deque[Due] = deque()
        self._again: deque[Due] = deque()
        self._last: deque[Due] = deque()
        self._unanswered = frozenset(map(identity, unanswered))
        self._known: dict[str, Seen] = {identity(known.url): known for known in seen if self._is_in_scope(known.url)}
        self._waiting: set[str] = set()
        self._given: set[str] = set()
        self._met: set[str] = set()
        self._learned: set[str] = set()  # links as printed: nearly all of a page's are on other pages too
        self._fruitless: dict[str, int] = {}
        self._add_due(now)
        self.learn(links, why="linked from the archive")

    def take(self) -> Due | None:
        """Return the next URL to request; None when all is done."""
        while queue := self._next_queue():
            due = queue.popleft()
            key = identity(due.url)
            self._waiting.discard(key)
            if self._is_fruitless_sheet(due.url):
                self._learned.clear()  # if found again it waits again: its node may lead somewhere by then
            elif key not in self._given:
                self._given.add(key)
                return due
        return None

    def remaining(self) -> int:
        """Return how many URLs are still to be requested, as far as is known now."""
        return len(self._waiting)

    def learn(self, links: Iterable[str], *, why: str, page: str | None = None) -> None:
        """Add the links to pages that had no response before; `page` is the URL where they were found."""
        unlearned = [link for link in links if link not in self._learned]
        self._learned.update(unlearned)
        found = [(url, key) for url, key in map(as_requested, unlearned) if key not in self._known]
        if page is not None:
            self._judge_sheet(page, [url for url, key in found if key not in self._met])
        for url, key in found:
            self._met.add(key)
            if key not in self._waiting and key not in self._given and self._is_wanted(url):
                self._wait(self._last if key in self._unanswered else self._new, Due(url, why))

    def go_on(self, url: str) -> None:
        """Queue the next sheet of a list for this run, known or not."""
        if identity(url) not in self._given and self._is_in_scope(url) and not self._is_fruitless_sheet(url):
            self._wait(self._new, Due(normalize(url), "the next sheet of a list that shows something new"))

    def leave_unknown(self) -> int:
        """Leave all URLs that never had a response to another run; return how many there were."""
        before = len(self._waiting)
        self._waiting.difference_update(identity(due.url) for due in (*self._new, *self._last))
        self._learned.clear()  # if such a URL is found again, it waits again
        self._new.clear()
        self._last.clear()
        return before - len(self._waiting)

    def is_known(self, url: str) -> bool:
        """Tell whether a URL had a response before this run."""
        return identity(url) in self._known

    def is_known_or_foreign(self, url: str) -> bool:
        """Tell whether a URL had a response before this run, or is not one that a run would request."""
        return self.is_known(url) or not self._is_in_scope(url) or parse_address(url) is None

    def _next_queue(self) -> deque[Due] | None:
        is_turn_of_known = self._again and len(self._given) % TURN == TURN - 1
        queue = (self._again if is_turn_of_known else self._new) or self._again or self._last
        return queue or None

    def _wait(self, queue: deque[Due], due: Due) -> None:
        self._waiting.add(identity(due.url))
        queue.append(due)

    def _judge_sheet(self, page: str, unknown: Sequence[str]) -> None:
        """Count the unknown sheets in a row that lead only to sheets of their own node."""
        address = parse_address(page)
        if address is None or self.is_known(page):
            return
        others = (parse_address(url) for url in unknown)
        is_fruitless = all(other is None or other.node == address.node for other in others)
        self._fruitless[node_of(address)] = self._fruitless.get(node_of(address), 0) + 1 if is_fruitless else 0

    def _is_fruitless_sheet(self, url: str) -> bool:
        address = parse_address(url)
        if address is None or address.sheet == 1 or self.is_known(url):
            return False
        return self._fruitless.get(node_of(address), 0) >= MAX_FRUITLESS_SHEETS

    def _add_due(self, now: datetime) -> None:
        starts = {identity(url): url for url in (self._scope.start, *self._scope.more_starts)}
        for key, url in starts.items():
            if key not in self._known:
                self._wait(self._new, Due(url, "the start page"))
        for known in sorted(self._known.values(), key=order):
            if not self._is_wanted(known.url, known):
                continue
            is_start = identity(known.url) in starts
            if reason := due_again(known, now, is_full=self._scope.is_full, is_start=is_start):
                self._wait(self._last if known.status in BUSY else self._again, Due(known.url, reason))

    def _is_wanted(self, url: str, known: Seen | None = None) -> bool:
        if not self._is_in_scope(url) or not (may_be_page(url) or (known and known.kind)):
            return False
        address = parse_address(url)
        kind = known.kind if known else OF_WORD.get(address.kind) if address else None
        if kind in LEADING_ON or kind is None:
            return True
        is_recent = not (self._scope.since and known and known.date) or known.date >= self._scope.since
        return is_recent and (not self._scope.kinds or kind in self._scope.kinds)

    def _is_in_scope(self, url: str) -> bool:
        return host_of(url) in self._scope.hosts and path_of(url) != DYNAMIC


def goes_on(rows: Sequence[tuple[str, str | None]], *, is_known: Callable[[str], bool], horizon: str | None) -> bool:
    """Tell whether the next sheet of a list is worth a request, from the nodes and dates of its rows.

    `horizon` is the newest date that was known before this run. The list continues while a node is unknown, and while
    no row with a date is older than the horizon; an empty sheet ends it.
    """
    if any(not is_known(url) for url, _ in rows):
        return True
    dates = [date for _, date in rows if date]
    return bool(dates) and horizon is not None and min(dates) >= horizon
