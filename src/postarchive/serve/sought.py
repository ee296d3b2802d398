"""What a search asks of the copy: one statement that finds, orders and counts, over the two tables of `narrow`.

The statement gives a single row, however many match: the articles of some pages of results, and the group of each
match. So SQLite works alone, and other requests go on meanwhile. A group is what facets count: articles of the same
kind, year, source and hosts. SQLite would sort the groups to count them, which takes longer than Python's counting.

Most searches are words without a filter, the best match first. For these only the best scores are looked at further
(see `BEST`).
"""

from typing import Final

from postarchive.search import containing, literals
from postarchive.serve.asking import Row
from postarchive.serve.narrow import GROUPS, OF_A_GROUP, SOUGHT
from postarchive.serve.tables import SEARCH, SPELT
from postarchive.serve.wanted import SORTS, SiteSearch
from postarchive.store.find import TITLE_BONUS, WEIGHTS

KNOWN_GROUPS: Final = f"SELECT id, {OF_A_GROUP} FROM {GROUPS}"  # noqa: S608
HITS: Final = f"SELECT rowid AS id, {{score}} AS score FROM {SEARCH} WHERE {SEARCH} MATCH :expression"  # noqa: S608
SCORE: Final = f"bm25({SEARCH}, {WEIGHTS})"  # four fifths of the time of a search
TITLED: Final = "SELECT id FROM articles WHERE title = :title COLLATE NOCASE"
# As `store.find` has it: a page whose title is what was typed comes first, then the best score, which is the least.
BONUS: Final = f"{TITLE_BONUS} * (EXISTS ({TITLED}) AND found.id IN ({TITLED}))"  # mostly there is none
BEST_FIRST: Final = f"found.score * sought.weight - {BONUS}, sought.by_date"
OF_THE_GROUP: Final = "sought.group_id IN (SELECT id FROM {groups} WHERE {condition})"
ON_THE_HOST: Final = "instr(' ' || hosts || ' ', ' ' || :host || ' ') AND NOT instr(:host, ' ')"
PLACES: Final = {"rank": "sought.by_date", "date": "sought.by_date", "title": "sought.by_title"}


LESS_WEIGHT: Final = f"SELECT count(*) FROM {SOUGHT} WHERE weight < 1"  # noqa: S608
# To join all matches costs as much as half their scores; so only the first by score alone are, a few more than needed.
# No score is above 0 and no weight above 1, so an article among the best n has fewer than n others before it by score
# alone, but for those of less weight. Equal scores are told apart by their date, so it is certain that the best n are
# here only if the last that is looked at has a worse score than the last that could be one of them.
BEST: Final = f"""
WITH ranked AS MATERIALIZED (
  SELECT id, score, score - {BONUS} AS place
  FROM ({HITS.format(score=SCORE)} LIMIT -1) AS found ORDER BY place LIMIT :looked_at
)
SELECT (
  SELECT json_group_array(id) FROM (
    SELECT found.id FROM ranked AS found CROSS JOIN {SOUGHT} AS sought ON sought.id = found.id
    ORDER BY {BEST_FIRST} LIMIT :most OFFSET :first
  )
), (
  SELECT json_group_array(group_id) FROM {SEARCH} CROSS JOIN {SOUGHT} AS sought ON sought.id = {SEARCH}.rowid
  WHERE {SEARCH} MATCH :expression
), (
  SELECT count(*) < :looked_at OR max(place) > (SELECT place FROM ranked ORDER BY place LIMIT 1 OFFSET :needed - 1)
  FROM ranked
)"""  # noqa: S608 - our own words
SPARE: Final = 100


def statement_of(wanted: SiteSearch, expression: str | None) -> str:
    """Return the statement of a search: the ids from `:first` on, at most `:most`, and the group of each match.

    Both are arrays in JSON. The third value tells whether the ids are certain; if not, it is to be asked
    again about all matches (see `looked_at`). `expression` is what the index of words is asked; None: it is not.
    """
    conditions = _conditions(wanted)
    if expression is not None and wanted.sort == "rank" and not conditions:
        return BEST
    return f"""
WITH found AS MATERIALIZED ({_found(conditions, wanted.sort, has_words=expression is not None)})
SELECT (
  SELECT json_group_array(id) FROM (
    SELECT found.id FROM found CROSS JOIN {SOUGHT} AS sought ON sought.id = found.id
    {_joined(wanted.sort)} ORDER BY {_order(wanted.sort, has_words=expression is not None)} LIMIT :most OFFSET :first
  )
), (
  SELECT json_group_array(group_id) FROM found CROSS JOIN {SOUGHT} AS sought ON sought.id = found.id
), 1"""  # noqa: S608 - only the words above are put in; what a person typed is a value


def values_of(wanted: SiteSearch, expression: str | None) -> Row:
    """Return the values of that statement, but for the place and number of the ids."""
    return {
        "expression": expression,
        "title": " ".join(wanted.q.replace('"', " ").split()),
        "q": wanted.q,
        "kind": wanted.kind,
        "year": wanted.year,
        "source": wanted.source,
        "host": wanted.host,
        "since": wanted.since,
        "until": f"{wanted.until}~",  # behind all days of a month
        "serial": wanted.serial,
        "designer": containing(wanted.designer),
    }


def looked_at(first: int, most: int, less_weight: int) -> Row:
    """Return how many matches the statement looks at for these places; `less_weight` is how many articles have such."""
    needed = first + most + less_weight
    return {"first": first, "most": most, "needed": needed, "looked_at": needed + SPARE}


def _found(conditions: list[str], sort: str, *, has_words: bool) -> str:
    """Return the statement that finds the articles; most searches have words and no condition, and join nothing."""
    hits = HITS.format(score=SCORE if sort == "rank" else 0)
    if has_words and not conditions:
        return hits
    of_words = f"({hits}) AS hits CROSS JOIN {SOUGHT} AS sought ON sought.id = hits.id"
    source, score = (of_words, "hits.score") if has_words else (f"{SOUGHT} AS sought", "0")
    return f"SELECT sought.id, {score} AS score FROM {source} WHERE {' AND '.join(conditions) or 'TRUE'}"  # noqa: S608


def _conditions(wanted: SiteSearch) -> list[str]:
    of_group = [
        (wanted.kind, "kind = :kind"),
        (wanted.year is not None, "year = :year"),
        (wanted.source, "source = :source COLLATE NOCASE"),
        (wanted.host, ON_THE_HOST),
    ]
    grouped = " AND ".join(sql for is_asked, sql in of_group if is_asked)
    of_row = [
        (grouped, OF_THE_GROUP.format(groups=GROUPS, condition=grouped)),
        (wanted.since, "sought.date >= :since"),
        (wanted.until, "sought.date <= :until"),
        (wanted.gone, "sought.is_gone"),
        (wanted.changed, "sought.is_edited"),
        *((part in wanted.has, f"sought.has_{part}") for part in ("image", "attachment")),
        (wanted.serial, "sought.id IN (SELECT article FROM stamps WHERE serial = :serial COLLATE NOCASE)"),
        (wanted.designer, "sought.id IN (SELECT article FROM stamps WHERE designer LIKE :designer ESCAPE '~')"),
        (literals(wanted.q), SPELT.format(text=":q", row="sought.id")),
    ]
    return [sql for is_asked, sql in of_row if is_asked]


def _joined(sort: str) -> str:
    return "" if sort in PLACES else "CROSS JOIN articles ON articles.id = found.id"


def _order(sort: str, *, has_words: bool) -> str:
    if sort == "rank" and has_words:
        return BEST_FIRST
    return PLACES.get(sort) or f"articles.{sort} IS NULL, articles.{SORTS[sort]}, sought.by_date"
