"""Search the copy: which articles match, in which order, and how many there are by kind, year, source and host.

Words, filters and order mean the same as in `postarchive query`; a test compares the two. `sought` has the SQL and its
tables; `ranked` orders and counts what it returns.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from datasette.app import Datasette

from postarchive.serve.asking import worked_out
from postarchive.serve.percopy import PerCopy
from postarchive.serve.ranked import FacetGroup, Ranking
from postarchive.serve.wanted import SiteSearch

KEPT_SEARCHES = 256
PAGES_AT_ONCE = 5  # pages of results whose articles are kept with the search
FACETS = ("kind", "year", "source", "host")


Counts: TypeAlias = Mapping[FacetGroup, int]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """How many articles match, the ids of some of them in order, and for each facet the count of each value."""

    count: int
    ids: tuple[int, ...]
    facets: dict[str, list[tuple[str, int]]]


NOTHING = SearchResult(0, (), {})


class Searches:
    """The searches of one copy; the latest are kept."""

    def __init__(self) -> None:
        """Keep none yet."""
        self._kept: PerCopy[SearchResult] = PerCopy(KEPT_SEARCHES)
        self._ranking: PerCopy[Ranking] = PerCopy(1)

    async def find(self, datasette: Datasette, wanted: SiteSearch, on_a_page: int) -> SearchResult:
        """Return what matches, with the ids of the wanted page. Raises UsageError for words that are not a search."""
        most = PAGES_AT_ONCE * on_a_page
        block, place = divmod((wanted.page - 1) * on_a_page, most)
        key = (wanted.whole, block)
        found = await self._kept.get(datasette, key, lambda: self._find(datasette, wanted, block * most, most))
        return replace(found, ids=found.ids[place : place + on_a_page])

    async def _find(self, datasette: Datasette, wanted: SiteSearch, first: int, most: int) -> SearchResult:
        ranking = await self._ranking.get(datasette, "", lambda: worked_out(datasette, Ranking))
        ids, counts = await worked_out(datasette, lambda link: ranking.ranked(link, wanted, first, most))
        return SearchResult(sum(counts.values()), ids, _facets(counts))


def _facets(counts: Counts) -> dict[str, list[tuple[str, int]]]:
    """Return the counts of each facet's values: largest first, but years latest first."""
    years = _counted(counts, lambda group: [str(group.year)] if group.year else [])
    return {
        "kind": _most_first(_counted(counts, lambda group: [group.kind])),
        "year": sorted(years.items(), key=lambda item: -int(item[0])),
        "source": _most_first(_counted(counts, lambda group: [group.source] if group.source else [])),
        "host": _most_first(_counted(counts, lambda group: list(dict.fromkeys(group.hosts.split())))),
    }


def _counted(counts: Counts, values_of_group: Callable[[FacetGroup], list[str]]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for group, count in counts.items():
        for value in values_of_group(group):
            counted[value] += count
    return counted


def _most_first(counted: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))
