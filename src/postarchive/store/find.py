"""Search an archive: which pages match, in which order, and with which columns.

Only page ids are sorted; the records, a few kilobytes each, are read only for the pages that are shown.
"""

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from postarchive.errors import UsageError
from postarchive.jsonvalue import JsonObject
from postarchive.schema import LATEST_RECORDS, TOKENIZE
from postarchive.search import containing, indexed, literals, parse_query, suggestions
from postarchive.store.fields import DATES
from postarchive.store.kinds import LEADING_ON, LISTS
from postarchive.store.opened import Moment

Statement: TypeAlias = tuple[str, JsonObject]  # SQL and its values
Part: TypeAlias = Literal["image", "attachment"]
BODY_WEIGHT, TITLE_WEIGHT = 1.0, 8.0
# What a page's own row says about its latest version: a search for these reads no record.
COLUMNS = {
    "url": "pages.url",
    "node": "pages.node",
    "sheet": "pages.sheet",
    "kind": "pages.kind",
    "date": "pages.date",
    "title": "pages.title",
    "source": "pages.source",
    "gone": "pages.gone",
}
LATEST = """
          JOIN versions AS latest ON latest.page = pages.id
            AND latest.number = (SELECT max(number) FROM versions WHERE page = pages.id)"""
# A match on any sheet of the article counts.
OF_A_SHEET = """EXISTS (
            SELECT 1 FROM pages AS sheet JOIN versions AS own ON own.page = sheet.id
              AND own.number = (SELECT max(number) FROM versions WHERE page = sheet.id)
            WHERE sheet.article = pages.id AND {condition})"""
OF_A_PART: dict[Part, str] = {
    "image": OF_A_SHEET.format(condition="json_array_length(own.record, '$.images') > 0"),
    "attachment": OF_A_SHEET.format(condition="json_array_length(own.record, '$.attachments') > 0"),
}
ON_A_HOST = """EXISTS (
            SELECT 1 FROM pages AS sheet JOIN addresses ON addresses.page = sheet.id
            WHERE sheet.article = pages.id AND addresses.host = :host)"""
EDITED = """EXISTS (
            SELECT 1 FROM pages AS sheet JOIN changes ON changes.page = sheet.id
            WHERE sheet.article = pages.id AND change = 'edit')"""
RECORDS = f"({LATEST_RECORDS.format(article='pages.id')}) AS records"
OF_A_SERIAL = "json_extract(latest.record, '$.stamp.serial') = :serial COLLATE NOCASE"
OF_A_DESIGNER = """EXISTS (
            SELECT 1 FROM json_each(latest.record, '$.stamp.facts') AS fact
            WHERE meaning_of(json_extract(fact.value, '$[0]')) = 'designer'
              AND json_extract(fact.value, '$[1]') LIKE :designer ESCAPE '~')"""
OF_A_YEAR = """CASE WHEN json_extract(latest.record, '$.stamp.serial') GLOB '[12][0-9][0-9][0-9]-*'
            THEN substr(json_extract(latest.record, '$.stamp.serial'), 1, 4)
            ELSE substr(pages.date, 1, 4) END = printf('%04d', :year)"""
# Pages not yet indexed (see `unindexed`) have an index in memory; what the stored one says of them is out of date.
WAITING = f"""
    SELECT page, ({LATEST_RECORDS.format(article="unindexed.page")}) AS records FROM unindexed"""  # noqa: S608
CREATE_FRESH = f"""
    PRAGMA temp_store = MEMORY;
    DROP TABLE IF EXISTS temp.fresh;
    CREATE VIRTUAL TABLE temp.fresh USING fts5 (body, title, content = '', tokenize = '{TOKENIZE}');"""
FILL_FRESH = "INSERT INTO temp.fresh (rowid, title, body) VALUES (?, ?, ?)"
WEIGHTS = f"{BODY_WEIGHT}, {TITLE_WEIGHT}"
HITS = f"SELECT rowid AS page, bm25(search, {WEIGHTS}) AS score FROM search WHERE search MATCH :expression"  # noqa: S608
HITS_TOO = f"""{HITS} AND rowid NOT IN (SELECT rowid FROM fresh) UNION ALL
            SELECT rowid, bm25(fresh, {WEIGHTS}) FROM fresh WHERE fresh MATCH :expression"""  # noqa: S608 - only our own words
NEWEST_FIRST = "pages.date IS NULL, pages.date DESC, pages.id"
LISTS_WEIGHT, TITLE_BONUS = 0.2, 1000  # the weight of a list of links; the bonus for an exact title
RANK = "rank"  # the order of a search with words
# Best first: a page whose title is what was typed; then by bm25 (less is better), lists of links far down.
SCORE = f"""hit.score * CASE WHEN pages.kind IN {LEADING_ON} THEN {LISTS_WEIGHT} ELSE 1 END
            - {TITLE_BONUS} * COALESCE(pages.title = :title COLLATE NOCASE, 0)"""


class Search(NamedTuple):
    """What to search for; None means no limit of that kind.

    Dates are ISO and inclusive; a record without a date matches no date limit. Lists are shown only when their kind is
    asked for; an article in parts is one row, found by the words of all its sheets. `serial`, `designer` and `year`
    apply to stamps: the year is that of the serial number, else of the date. `is_changed` asks for pages whose text was
    edited while they were watched.
    """

    text: str = ""
    since: str | None = None
    until: str | None = None
    kinds: tuple[str, ...] = ()
    source: str | None = None
    host: str | None = None
    serial: str | None = None
    designer: str | None = None
    year: int | None = None
    has: tuple[Part, ...] = ()
    is_gone: bool = False
    is_changed: bool = False
    all_hosts: bool = False
    limit: int | None = None
    sort: str | None = None


class ParsedWords(NamedTuple):
    """What the words of a search mean: an expression for the index, and texts that the record must also contain.

    `has_fresh` means that the index in memory must be searched too.
    """

    expression: str
    literals: tuple[str, ...] = ()
    has_fresh: bool = False


class Finder(Moment):
    """An archive that is open for searching."""

    def __init__(self, archive: Path) -> None:
        """Open it. Raises as `Opened`."""
        super().__init__(archive)
        self._connection.create_function("meaning_of", 1, _meaning_of, deterministic=True)

    def search(self, wanted: Search, fields: Sequence[str] | None = None) -> Generator[JsonObject]:
        """Yield the latest records that match: best first if the search has text, else newest first.

        Each is the record of `parse` with `gone` (since when, else None) and, for `all_hosts`, the URL of each host. If
        the page's own row has all `fields`, it holds only these, which is much quicker. Raises UsageError when the text
        has nothing that can be searched for.
        """
        asked = self._parse(wanted.text)
        if fields is not None and all(name in COLUMNS for name in fields):
            yield from map(dict, self._rows(*rows_of(wanted, asked, fields=fields)))
            return
        from postarchive.record.values import to_json  # noqa: PLC0415 - start-up
        from postarchive.store.stored import whole_in  # noqa: PLC0415 - start-up

        for row in self._rows(*rows_of(wanted, asked)):
            record = to_json(whole_in(row["records"]))
            yield record | {"url": row["shown_url"], "gone": row["gone"]}

    def count_found(self, wanted: Search) -> int:
        """Return how many rows a search has without its limit. Raises like `search`."""
        row = self._one(*count_of(wanted, self._parse(wanted.text)))
        return int(row[0]) if row else 0

    def suggestions(self, text: str) -> list[str]:
        """Return title words similar to those of a search that found nothing."""
        titles = self._rows("SELECT title FROM pages WHERE title IS NOT NULL")
        return suggestions(text, (row["title"] for row in titles))

    def count(self) -> int:
        """Return how many pages the archive has."""
        row = self._one("SELECT count(*) FROM pages")
        return int(row[0]) if row else 0

    def _parse(self, text: str) -> ParsedWords | None:
        if not text.strip():
            return None
        expression = parse_query(text)
        if expression is None:
            raise UsageError(text, "contains no word or number to search for")
        return ParsedWords(expression, literals(text), has_fresh=self._index_waiting())

    def _index_waiting(self) -> bool:
        """Index in memory the few pages that the stored index lacks; tell whether there are any."""
        waiting = [(row["page"], row["records"]) for row in self._rows(WAITING) if row["records"]]
        if not waiting:
            return False
        from postarchive.store.stored import whole_in  # noqa: PLC0415 - start-up

        self._connection.executescript(CREATE_FRESH)
        words = [(page, *indexed(whole_in(records))) for page, records in waiting]
        self._connection.executemany(FILL_FRESH, words)
        self._connection.commit()
        return True


def _meaning_of(label: str) -> str | None:
    """Return what a stamp's label means; the vocabulary is loaded only when a search needs it."""
    from postarchive.record.labels import meaning_of  # noqa: PLC0415 - start-up

    return meaning_of(label)


def rows_of(wanted: Search, asked: ParsedWords | None, *, fields: Sequence[str] | None = None) -> Statement:
    """Return the statement that yields a row for each matching page (all if nothing is asked), best or newest first.

    A row has `records` (JSON, one per sheet), `gone` and `shown_url`; with `fields`, some of `COLUMNS`, only these.
    """
    selected = [RECORDS, "pages.gone", "shown_url"] if fields is None else [_column(name) for name in fields]
    sql = f"""
        WITH matching AS MATERIALIZED (
          SELECT pages.id AS page, {_key(wanted, asked)} AS place,
                 {"addresses.url" if wanted.all_hosts else "pages.url"} AS shown_url
          {_matching(wanted, asked)}
          ORDER BY {_order(wanted)} LIMIT :limit
        )
        SELECT {", ".join(selected)}
        FROM matching JOIN pages ON pages.id = matching.page
        ORDER BY {_order(wanted)}
    """  # noqa: S608 - only the words above are put in; what the person typed is a value
    return sql, _values(wanted, asked)


def count_of(wanted: Search, asked: ParsedWords | None) -> Statement:
    """Return the statement that counts what `rows_of` would yield without a limit."""
    sql = f"SELECT count(*) {_matching(wanted, asked)}"
    return sql, _values(wanted, asked)


def _column(name: str) -> str:
    return "shown_url AS url" if name == "url" else f"{COLUMNS[name]} AS {name}"


def _key(wanted: Search, asked: ParsedWords | None) -> str:
    """Return the first sort key of the rows, before their date."""
    if wanted.sort in (None, RANK):
        return SCORE if asked is not None else "0"
    if wanted.sort in COLUMNS:
        return COLUMNS[str(wanted.sort)]
    return f"json_extract(latest.record, '$.{wanted.sort}')"


def _order(wanted: Search) -> str:
    if wanted.sort in (None, RANK):
        return f"place, {NEWEST_FIRST}"
    direction = "DESC" if wanted.sort in DATES else "COLLATE NOCASE"
    return f"place IS NULL, place {direction}, {NEWEST_FIRST}"


def _matching(wanted: Search, asked: ParsedWords | None) -> str:
    """Return the tables that the matching pages come from, and the conditions."""
    literals = asked.literals if asked else ()
    hits = f"JOIN ({HITS_TOO if asked.has_fresh else HITS}) AS hit ON hit.page = pages.id" if asked else ""
    of_record = [
        *(OF_A_PART[part] for part in wanted.has),
        *([OF_A_SERIAL] if wanted.serial else ()),
        *([OF_A_DESIGNER] if wanted.designer else ()),
        *([OF_A_YEAR] if wanted.year is not None else ()),
        *(
            OF_A_SHEET.format(condition=f"own.record LIKE :literal{number} ESCAPE '~'")
            for number in range(len(literals))
        ),
    ]
    of_row = [
        (wanted.since, "pages.date >= :since"),
        (wanted.until, "pages.date <= :until"),
        (wanted.kinds, "pages.kind IN (SELECT value FROM json_each(:kinds))"),
        (wanted.source, "pages.source = :source COLLATE NOCASE"),
        (wanted.host, ON_A_HOST),
        (wanted.is_gone, "pages.gone IS NOT NULL"),
        (wanted.is_changed, EDITED),
        (not wanted.kinds, f"pages.kind NOT IN {LISTS}"),
        (True, "pages.article = pages.id"),
    ]
    return f"""FROM pages
          {hits}
          {"JOIN addresses ON addresses.page = pages.id" if wanted.all_hosts else ""}
          {LATEST if of_record or "latest." in _key(wanted, asked) else ""}
          WHERE {" AND ".join(["TRUE", *(sql for value, sql in of_row if value), *of_record])}"""


def _values(wanted: Search, asked: ParsedWords | None) -> JsonObject:
    values: JsonObject = {
        "since": wanted.since,
        "until": wanted.until,
        "kinds": json_array(wanted.kinds),
        "source": wanted.source,
        "host": wanted.host,
        "serial": wanted.serial,
        "designer": containing(wanted.designer or ""),
        "year": wanted.year,
        "expression": asked.expression if asked else None,
        "title": " ".join(wanted.text.replace('"', " ").split()),
        "limit": -1 if wanted.limit is None else wanted.limit,
    }
    literals = enumerate(asked.literals if asked else ())
    return values | {f"literal{number}": containing(text) for number, text in literals}


def json_array(names: Sequence[str]) -> str:
    """Return our own names, which need no escaping, as a list for SQL."""
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"
