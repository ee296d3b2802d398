"""Search the copy: which articles match, in which order, and how many there are of each kind, year, source and host.

Words, filters and order mean what they mean to `postarchive query`; a test compares the two. The index of words is
asked for ids and scores only; what articles are filtered, counted and sorted by is read once for each copy.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase
from sys import intern
from typing import NamedTuple, TypeAlias

from datasette.app import Datasette

from postarchive.record.kinds import LEADING_ON
from postarchive.search import containing, literals, parse_query
from postarchive.serve.asking import Row, found_by
from postarchive.serve.percopy import PerCopy
from postarchive.serve.tables import SEARCH, SPELT
from postarchive.serve.wanted import SORTS, SiteSearch
from postarchive.store.find import WEIGHTS

KEPT_SEARCHES = 128  # each up to 8 bytes an article
LESS_OF_A_LIST, MORE_OF_A_TITLE = (
    0.2,
    1000.0,
)  # as `store.find` scores: a page whose title is what was typed comes first
FACETS = ("kind", "year", "source", "host")
NO_CASE = str.maketrans(ascii_uppercase, ascii_lowercase)  # as SQLite has it
NEWEST = "date"
NEWEST_FIRST = "date IS NULL, date DESC, id"
LISTED = "SELECT id, kind, year, source, hosts, date, gone <> '', edited <> '', pictures, files FROM articles"
HITS = f"SELECT rowid, bm25({SEARCH}, {WEIGHTS}) FROM {SEARCH} WHERE {SEARCH} MATCH :expression"  # noqa: S608 - our own words
TITLED = """SELECT id FROM articles WHERE title = trim(:q, ' "') COLLATE NOCASE"""
OF_A_SERIAL = "SELECT article FROM stamps WHERE serial = :serial COLLATE NOCASE"
OF_A_DESIGNER = "SELECT article FROM stamps WHERE designer LIKE :designer ESCAPE '~'"
SPELT_OUT = f"SELECT value FROM json_each(:ids) AS articles WHERE {SPELT.format(text=':q', row='articles.value')}"  # noqa: S608

Ids: TypeAlias = Iterable[int]


class SearchedRow(NamedTuple):
    """What an article is filtered and counted by; None: not shown, or not so."""

    kind: str
    year: int | None
    source: str | None
    hosts: str
    date: str | None
    is_gone: int | None
    is_edited: int | None
    pictures: int
    files: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The ids of the articles that match, in order, and the count of each value of each facet, largest first."""

    ids: tuple[int, ...]
    facets: dict[str, list[tuple[str, int]]]


class Searches:
    """The searches of one copy; the latest are kept."""

    def __init__(self) -> None:
        """Keep none yet."""
        self._kept: PerCopy[SearchResult] = PerCopy(KEPT_SEARCHES)
        self._articles: PerCopy[dict[int, SearchedRow]] = PerCopy(1)
        self._orders: PerCopy[dict[int, int]] = PerCopy(len(SORTS))

    async def find(self, datasette: Datasette, wanted: SiteSearch) -> SearchResult:
        """Return what matches. Raises UsageError when the words make no valid search."""
        return await self._kept.get(datasette, wanted.whole, lambda: self._find(datasette, wanted))

    async def _find(self, datasette: Datasette, wanted: SiteSearch) -> SearchResult:
        articles = await self._articles.get(datasette, "", lambda: _listed(datasette))
        expression = parse_query(wanted.q)
        scores = dict(await found_by(datasette, HITS, expression=expression)) if expression else None
        ids = list(articles if scores is None else scores)
        if wanted.is_filtered or literals(wanted.q):
            ids = [number for number in ids if _is_wanted(articles[number], wanted)]
            ids = await _narrowed(datasette, ids, wanted)
        order = NEWEST if wanted.sort == "rank" else wanted.sort
        places = await self._orders.get(datasette, order, lambda: _places(datasette, order))
        ids.sort(key=places.__getitem__)
        if wanted.sort == "rank" and scores is not None:
            titled = [row[0] for row in await found_by(datasette, TITLED, q=wanted.q)]
            _weigh(scores, articles, titled)
            ids.sort(key=scores.__getitem__)
        return SearchResult(tuple(ids), _facets([articles[number] for number in ids]))


async def _listed(datasette: Datasette) -> dict[int, SearchedRow]:
    return {
        number: SearchedRow(
            intern(kind), year, source and intern(source), intern(hosts), date, bool(gone), bool(edited), *parts
        )
        for number, kind, year, source, hosts, date, gone, edited, *parts in await found_by(datasette, LISTED)
    }


async def _places(datasette: Datasette, sort: str) -> dict[int, int]:
    """Return the place of each article in an order."""
    column = SORTS[sort]
    sql = f"SELECT id FROM articles ORDER BY {column.split()[0]} IS NULL, {column}, {NEWEST_FIRST}"  # noqa: S608 - our own words
    return {row[0]: place for place, row in enumerate(await found_by(datasette, sql))}


def _weigh(scores: dict[int, float], articles: Mapping[int, SearchedRow], titled: Ids) -> None:
    """Move pages that only lead on to the end, and pages whose title is what was typed to the front; less is better."""
    for number, score in scores.items():
        if articles[number].kind in LEADING_ON:
            scores[number] = score * LESS_OF_A_LIST
    for number in titled:
        if number in scores:
            scores[number] -= MORE_OF_A_TITLE


def _is_wanted(article: SearchedRow, wanted: SiteSearch) -> bool:
    """Tell whether an article passes the filters that its own row decides."""
    return not (
        (wanted.kind and article.kind != wanted.kind)
        or (wanted.year is not None and article.year != wanted.year)
        or (wanted.source and _folded(article.source or "") != _folded(wanted.source))
        or (wanted.host and wanted.host not in article.hosts.split())
        or (wanted.since and not (article.date and article.date >= wanted.since))
        or (wanted.until and not (article.date and article.date <= f"{wanted.until}~"))  # behind all days of a month
        or (wanted.gone and not article.is_gone)
        or (wanted.changed and not article.is_edited)
        or ("image" in wanted.has and not article.pictures)
        or ("attachment" in wanted.has and not article.files)
    )


def _folded(text: str) -> str:
    return text.translate(NO_CASE)


async def _narrowed(datasette: Datasette, ids: list[int], wanted: SiteSearch) -> list[int]:
    """Return the articles that pass the filters which other tables decide."""
    values: Row = {"serial": wanted.serial, "designer": containing(wanted.designer), "q": wanted.q}
    for is_asked, sql in (
        (wanted.serial, OF_A_SERIAL),
        (wanted.designer, OF_A_DESIGNER),
        (literals(wanted.q), SPELT_OUT),
    ):
        if is_asked:
            kept = {row[0] for row in await found_by(datasette, sql, **values, ids=json.dumps(ids))}
            ids = [number for number in ids if number in kept]
    return ids


def _facets(found: list[SearchedRow]) -> dict[str, list[tuple[str, int]]]:
    if not found:
        return {}
    kinds, years, sources, hosts, *_ = map(Counter, zip(*found, strict=True))
    by_host: Counter[str] = Counter()
    for names, count in hosts.items():
        by_host.update(dict.fromkeys(names.split(), count))
    return {
        "kind": kinds.most_common(),
        "year": [(str(year), years[year]) for year in sorted(filter(None, years), reverse=True)],
        "source": [(source, count) for source, count in sources.most_common() if source],
        "host": by_host.most_common(),
    }
