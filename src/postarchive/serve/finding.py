"""Search the copy: which articles match, in which order, and how many there are by kind, year, source and host.

Words, filters and order mean the same as in `postarchive query`; a test compares the two. `sought` has the SQL and its
tables.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from datasette.app import Datasette

from postarchive.search import parse_query
from postarchive.serve.asking import ask_copy, found_by
from postarchive.serve.percopy import PerCopy
from postarchive.serve.sought import GROUP_OF_EACH, KNOWN_GROUPS, TITLED, statement_of, values_of
from postarchive.serve.wanted import SiteSearch

if TYPE_CHECKING:
    from postarchive.serve.database import Watched

MAX_SEARCHES = 256
PAGES_AT_ONCE = 3  # of results, whose articles are kept with the search
FACETS = ("kind", "year", "source", "host")


class FacetGroup(NamedTuple):
    """Articles that facets count together; None: not shown. Blanks separate the hosts."""

    kind: str
    year: int | None
    source: str | None
    hosts: str


class CopyFacts(NamedTuple):
    """What is known of a copy beforehand: its groups by their number, and the group's number of each article's id."""

    groups: dict[int, FacetGroup]
    group_of: dict[int, int]


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
        self._cache: PerCopy[SearchResult] = PerCopy(MAX_SEARCHES)
        self._known: PerCopy[CopyFacts] = PerCopy(1)

    async def find(self, datasette: Datasette, wanted: SiteSearch, on_a_page: int) -> SearchResult:
        """Return what matches, with the ids of the wanted page. Raises UsageError for words that are not a search."""
        most = PAGES_AT_ONCE * on_a_page
        block, place = divmod((wanted.page - 1) * on_a_page, most)
        key = (wanted.whole, block)
        found = await self._cache.get(datasette, key, lambda: self._find(datasette, wanted, block * most, most))
        return replace(found, ids=found.ids[place : place + on_a_page])

    async def _find(self, datasette: Datasette, wanted: SiteSearch, first: int, most: int) -> SearchResult:
        expression = parse_query(wanted.q)
        facts = await self._known.get(datasette, "", lambda: _known(datasette))
        values = values_of(wanted, expression) | {"first": first, "most": most}

        def ask(link: "Watched") -> tuple[str, str]:
            _, titled = link.own_rows(TITLED, values)
            sql = statement_of(wanted, expression, has_titled=bool(titled))
            _, [(ids, matches)] = link.own_rows(sql, values)
            return ids, matches

        ids, matches = await ask_copy(datasette, ask)
        matching = Counter(map(facts.group_of.__getitem__, json.loads(matches)))
        counts = {facts.groups[number]: count for number, count in matching.items()}
        return SearchResult(matching.total(), tuple(json.loads(ids)), _facets(counts))


async def _known(datasette: Datasette) -> CopyFacts:
    groups = {number: FacetGroup(*group) for number, *group in await found_by(datasette, KNOWN_GROUPS)}
    return CopyFacts(groups, dict(await found_by(datasette, GROUP_OF_EACH)))


def _facets(counts: Counts) -> dict[str, list[tuple[str, int]]]:
    """Return the counts of each facet's values: largest first, but years latest first."""
    years = _counted(counts, lambda group: [str(group.year)] if group.year else [])
    return {
        "kind": _largest_first(_counted(counts, lambda group: [group.kind])),
        "year": sorted(years.items(), key=lambda item: -int(item[0])),
        "source": _largest_first(_counted(counts, lambda group: [group.source] if group.source else [])),
        "host": _largest_first(_counted(counts, lambda group: list(dict.fromkeys(group.hosts.split())))),
    }


def _counted(counts: Counts, values_of_group: Callable[[FacetGroup], list[str]]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for group, count in counts.items():
        for value in values_of_group(group):
            counted[value] += count
    return counted


def _largest_first(counted: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))
