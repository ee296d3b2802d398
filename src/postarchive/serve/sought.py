"""What a search asks of the copy: one statement that finds, orders and counts, over the two tables of `narrow`.

The statement gives a single row, however many match: the articles of some pages of results, and all that match. So
SQLite works alone, and other requests go on meanwhile.
"""

from typing import Final

from postarchive.search import containing, literals
from postarchive.serve.asking import Row
from postarchive.serve.narrow import GROUPS, OF_A_GROUP, SCORE, SOUGHT
from postarchive.serve.tables import SEARCH, SPELT
from postarchive.serve.wanted import SORTS, SiteSearch
from postarchive.store.find import TITLE_BONUS

KNOWN_GROUPS: Final = f"SELECT id, {OF_A_GROUP} FROM {GROUPS}"  # noqa: S608
GROUP_OF_EACH: Final = f"SELECT id, group_id FROM {SOUGHT}"  # noqa: S608
MATCHES: Final = f"{SEARCH} CROSS JOIN {SOUGHT} AS sought ON sought.id = {SEARCH}.rowid"
MATCH: Final = f"{SEARCH} MATCH :expression"
TITLED: Final = "SELECT id FROM articles WHERE title = :title COLLATE NOCASE"
# As `store.find` has it: a page whose title is what was typed comes first, then the best score, which is the least.
BONUS: Final = f"{TITLE_BONUS} * (sought.id IN ({TITLED}))"
OF_THE_GROUP: Final = "sought.group_id IN (SELECT id FROM {groups} WHERE {condition})"
ON_THE_HOST: Final = "instr(' ' || hosts || ' ', ' ' || :host || ' ') AND NOT instr(:host, ' ')"
PLACES: Final = {"rank": "sought.by_date", "date": "sought.by_date", "title": "sought.by_title"}


def statement_of(wanted: SiteSearch, expression: str | None, *, has_titled: bool) -> str:
    """Return the statement of a search: the ids from `:first` on, at most `:most`, and the ids of all matches.

    Both are arrays in JSON. `expression` is what the index of words is asked; None: it is not. `has_titled` tells
    whether `TITLED` finds anything: mostly it does not, and to add its bonus would take a tenth of the time.
    """
    conditions, has_words = _conditions(wanted), expression is not None
    rank = f"{SCORE} - {BONUS}" if has_titled else SCORE
    if has_words and not conditions:  # most searches; to keep what is found would take longer than finding it twice
        some = _ids(MATCHES, MATCH, wanted.sort, rank)
        return f"SELECT ({some}), (SELECT json_group_array(rowid) FROM {SEARCH} WHERE {MATCH})"  # noqa: S608
    source = MATCHES if has_words else f"{SOUGHT} AS sought"
    score = rank if has_words and wanted.sort == "rank" else "0"
    where = " AND ".join([MATCH] * has_words + conditions) or "TRUE"
    kept = f"found CROSS JOIN {SOUGHT} AS sought ON sought.id = found.id"
    return f"""
WITH found AS MATERIALIZED (SELECT sought.id AS id, {score} AS score FROM {source} WHERE {where})
SELECT ({_ids(kept, "TRUE", wanted.sort, "found.score" if has_words else None)}),
       (SELECT json_group_array(id) FROM found)"""  # noqa: S608 - our own words; what a person typed is a value


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


def _ids(source: str, where: str, sort: str, score: str | None) -> str:
    """Return the statement of some ids in order, from rows with `sought`; `score` is None if there are no words."""
    joined = "" if sort in PLACES else "CROSS JOIN articles ON articles.id = sought.id"
    return f"""SELECT json_group_array(id) FROM (
    SELECT sought.id FROM {source} {joined} WHERE {where} ORDER BY {_order(sort, score)} LIMIT :most OFFSET :first)"""  # noqa: S608


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


def _order(sort: str, score: str | None) -> str:
    if sort == "rank" and score is not None:
        return f"{score}, sought.by_date"
    return PLACES.get(sort) or f"articles.{sort} IS NULL, articles.{SORTS[sort]}, sought.by_date"
