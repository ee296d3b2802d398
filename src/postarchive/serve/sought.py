"""The SQL of a search: which articles match, over the two tables of `narrow`, and with what score.

Each statement returns a single row, however many match: their ids as one array in JSON. So SQLite works by itself, and
other requests continue meanwhile. Python orders and counts them (see `ranked`), because it knows each article's place
and group: that takes a tenth of the time that SQLite needs to join and sort the matches.
"""

from typing import Final

from postarchive.search import containing, literals
from postarchive.serve.asking import Row
from postarchive.serve.narrow import GROUPS, OF_A_GROUP, SOUGHT
from postarchive.serve.tables import SEARCH, SPELT
from postarchive.serve.wanted import SORTS, SiteSearch
from postarchive.store.find import WEIGHTS

KNOWN_GROUPS: Final = f"SELECT id, {OF_A_GROUP} FROM {GROUPS}"  # noqa: S608
# In the order of `by_date`, whose numbers are 1, 2, 3 …
PLACED: Final = f"""
SELECT json_group_array(id), json_group_array(group_id), json_group_array(by_title), json_group_array(weight)
FROM (SELECT id, group_id, by_title, weight FROM {SOUGHT} ORDER BY by_date)
"""  # noqa: S608
HITS: Final = f"SELECT rowid AS id FROM {SEARCH} WHERE {SEARCH} MATCH :expression"  # noqa: S608
# `quote` writes a number with enough digits to read back the same. The plus stops SQLite from querying the index of
# words for one id after the other.
SCORES: Final = f"""
SELECT json_group_array(id), group_concat(quote(score)) FROM (
  SELECT rowid AS id, bm25({SEARCH}, {WEIGHTS}) AS score FROM {SEARCH}
  WHERE {SEARCH} MATCH :expression AND (:ids IS NULL OR +rowid IN (SELECT value FROM json_each(:ids))) LIMIT -1
)"""  # noqa: S608
TITLED: Final = "SELECT json_group_array(id) FROM articles WHERE title = :title COLLATE NOCASE"
OF_THE_GROUP: Final = "sought.group_id IN (SELECT id FROM {groups} WHERE {condition})"
ON_THE_HOST: Final = "instr(' ' || hosts || ' ', ' ' || :host || ' ') AND NOT instr(:host, ' ')"
PLACES: Final = ("rank", "date", "title")  # orders that need no column of the articles


def statement_of(wanted: SiteSearch, expression: str | None) -> str:
    """Return the statement of a search: the ids of all that match, in the wanted order unless that is one of `PLACES`.

    `expression` is the query on the index of words, None if there is none.
    """
    conditions = _conditions(wanted)
    if wanted.sort in PLACES:
        return f"SELECT json_group_array(id) FROM ({_found(conditions, has_words=expression is not None)})"  # noqa: S608
    order = f"articles.{wanted.sort} IS NULL, articles.{SORTS[wanted.sort]}, sought.by_date"
    return f"""
SELECT json_group_array(id) FROM (
  SELECT found.id FROM ({_found(conditions, has_words=expression is not None)}) AS found
  CROSS JOIN {SOUGHT} AS sought ON sought.id = found.id CROSS JOIN articles ON articles.id = found.id ORDER BY {order}
)"""  # noqa: S608 - only the words above are put in; what a person typed is a value


def values_of(wanted: SiteSearch, expression: str | None) -> Row:
    """Return the values of that statement, and of `TITLED`."""
    return {
        "expression": expression,
        "title": " ".join(wanted.q.replace('"', " ").split()),
        "q": wanted.q,
        "kind": wanted.kind,
        "year": wanted.year,
        "source": wanted.source,
        "host": wanted.host,
        "since": wanted.since,
        "until": f"{wanted.until}~",  # after all days of a month
        "serial": wanted.serial,
        "designer": containing(wanted.designer),
    }


def _found(conditions: list[str], *, has_words: bool) -> str:
    """Return the statement that finds the articles; most searches have words and no conditions, and need no join."""
    if has_words and not conditions:
        return HITS
    joined = f"({HITS}) AS hits CROSS JOIN {SOUGHT} AS sought ON sought.id = hits.id"
    source = joined if has_words else f"{SOUGHT} AS sought"
    return f"SELECT sought.id FROM {source} WHERE {' AND '.join(conditions) or 'TRUE'}"  # noqa: S608


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
