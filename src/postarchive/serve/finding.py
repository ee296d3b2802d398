"""Search the copy: which articles match, in which order, and how many there are of each kind, year, source and host.

Words, filters and order mean what they mean to `postarchive query`; a test compares the two.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from datasette.app import Datasette

from postarchive.search import containing, literals, parse_query
from postarchive.serve.asking import Row, rows
from postarchive.serve.percopy import PerCopy
from postarchive.serve.tables import RANK, SEARCH, SPELT
from postarchive.serve.wanted import SORTS, SiteSearch

KEPT_SEARCHES = 64  # each up to eight bytes an article
FACETS = ("kind", "year", "source", "host")
OF_A_PART = {"image": "articles.pictures > 0", "attachment": "articles.files > 0"}
NEWEST_FIRST = "articles.date IS NULL, articles.date DESC, articles.id"


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The articles that match, by id in their order, and of each facet how many have which value, most first."""

    ids: tuple[int, ...]
    facets: dict[str, list[tuple[str, int]]]


class Searches:
    """The searches of one copy, the latest kept."""

    def __init__(self) -> None:
        """Keep none yet."""
        self._kept: PerCopy[SearchResult] = PerCopy(KEPT_SEARCHES)

    async def find(self, datasette: Datasette, wanted: SiteSearch) -> SearchResult:
        """Return what matches. Raises UsageError when the words cannot be meant."""
        return await self._kept.get(datasette, wanted.whole, lambda: _find(datasette, wanted))


async def _find(datasette: Datasette, wanted: SiteSearch) -> SearchResult:
    sql, values = _statement(wanted)
    found = await rows(datasette, sql, **values)
    return SearchResult(tuple(int(str(row["id"])) for row in found), _facets(found))


def _facets(found: Iterable[Row]) -> dict[str, list[tuple[str, int]]]:
    counted: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    for row in found:
        for name in ("kind", "year", "source"):
            if row[name] is not None:
                counted[name][str(row[name])] += 1
        counted["host"].update(str(row["hosts"]).split())
    facets = {name: counts.most_common() for name, counts in counted.items()}
    return facets | {"year": sorted(facets["year"], reverse=True)}


def _statement(wanted: SiteSearch) -> tuple[str, Row]:
    """Return what is asked for the ids and facets of all that match, in order."""
    expression = parse_query(wanted.q)
    source = "articles" if expression is None else f"{SEARCH} JOIN articles ON articles.id = {SEARCH}.rowid"
    of_words = [
        (expression, f"{SEARCH} MATCH :expression"),
        (literals(wanted.q), SPELT.format(text=":q", row="articles.id")),
    ]
    of_row = [
        (wanted.kind, "articles.kind = :kind"),
        (wanted.year, "articles.year = :year"),
        (wanted.source, "articles.source = :source COLLATE NOCASE"),
        (wanted.host, "' ' || articles.hosts || ' ' LIKE :host ESCAPE '~'"),
        (wanted.since, "articles.date >= :since"),
        (wanted.until, "articles.date <= :until"),
        (
            wanted.serial,
            "EXISTS (SELECT 1 FROM stamps WHERE article = articles.id AND serial = :serial COLLATE NOCASE)",
        ),
        (wanted.designer, "articles.id IN (SELECT article FROM stamps WHERE designer LIKE :designer ESCAPE '~')"),
        (wanted.gone, "articles.gone IS NOT NULL"),
        (wanted.changed, "articles.edited IS NOT NULL"),
        *((True, OF_A_PART[part]) for part in wanted.has),
    ]
    conditions = " AND ".join(["TRUE", *(sql for value, sql in (*of_words, *of_row) if value)])
    sql = f"""
        SELECT articles.id, articles.kind, articles.year, articles.source, articles.hosts
        FROM {source} WHERE {conditions} ORDER BY {_order(wanted, is_ranked=expression is not None)}"""  # noqa: S608 - our own words
    return sql, _values(wanted, expression)


def _order(wanted: SiteSearch, *, is_ranked: bool) -> str:
    column = SORTS[wanted.sort]
    if not column:
        return f"{RANK.replace(':text', ':q')}, {NEWEST_FIRST}" if is_ranked else NEWEST_FIRST
    return f"{column.split()[0]} IS NULL, {column}, {NEWEST_FIRST}"


def _values(wanted: SiteSearch, expression: str | None) -> Row:
    return {
        "expression": expression,
        "q": wanted.q,
        "kind": wanted.kind,
        "year": wanted.year,
        "source": wanted.source,
        "host": containing(f" {wanted.host} "),
        "since": wanted.since,
        "until": f"{wanted.until}~",  # behind every day of that month or year
        "serial": wanted.serial,
        "designer": containing(wanted.designer),
    }
