"""What Datasette says about the copy: titles, descriptions, facets, order, and the queries offered to readers."""

from dataclasses import dataclass

from postarchive.jsonvalue import JsonObject
from postarchive.serve.narrow import GROUPS, SCORE, SOUGHT
from postarchive.serve.tables import BY_SERIAL, DATABASE, SEARCH, SPELT, TABLES
from postarchive.serve.tabular import Table
from postarchive.store.find import TITLE_BONUS

TITLE = "China Post’s news, as it was published"
RIGHTS = "The texts and pictures are China Post's, who published them; this archive only keeps the record"
SOURCE, SOURCE_URL = "China Post, english.chinapost.com.cn", "http://english.chinapost.com.cn/"
MEANING = (
    "Pages of China Post's English news site and its sister sites, read into records from responses that are kept byte "
    "for byte as WARC files. Every version names its evidence: file, byte offset and digest."
)


@dataclass(frozen=True, slots=True)
class Query:
    """A query offered to readers; a column named `page` becomes a link to the reading view."""

    name: str
    title: str
    meaning: str
    sql: str
    example: str = ""


# `search_terms`, `search_letters` and `search_problem` are our own SQL functions: see `plugin`.
QUERIES = (
    Query(
        "search",
        "Search",
        'Words, "phrases", -excluded, title:word, Chinese of any length. Best match first.',
        f"""
SELECT page, date, kind, title, source FROM (
  SELECT articles.page, articles.date, articles.kind, articles.title, articles.source,
         {SCORE} - {TITLE_BONUS} * COALESCE(articles.title = trim(:text, ' "') COLLATE NOCASE, 0) AS place
  FROM {SEARCH} CROSS JOIN {SOUGHT} AS sought ON sought.id = {SEARCH}.rowid
  JOIN articles ON articles.id = sought.id
  WHERE {SEARCH} MATCH search_terms(:text)
    AND {SPELT.format(text=":text", row="articles.id")}
  UNION ALL
  SELECT NULL, NULL, NULL, search_problem(:text), NULL, 0 WHERE search_problem(:text) IS NOT NULL
) ORDER BY place, date DESC
""",  # noqa: S608 - our own name
        "?text=%E9%82%AE%E6%94%BF",
    ),
    Query(
        "changed_lately",
        "Recent changes",
        "The two hundred latest events: pages that were new, edited, gone or back.",
        """
SELECT articles.page, articles.title, changes.change, changes.time, changes.detail
FROM changes JOIN articles ON articles.id = changes.article
WHERE changes.change <> 'layout'
ORDER BY changes.time DESC, changes.id DESC LIMIT 200
""",
    ),
    Query(
        "versions_of_a_page",
        "Versions of a page",
        "Every version of one page, by its name as in the column “page”, with its evidence.",
        """
SELECT articles.page, versions.sheet, versions.number, versions.change, versions.seen_from, versions.seen_to,
       versions.title, versions.evidence_file, versions.evidence_offset, versions.digest
FROM versions JOIN articles ON articles.id = versions.article
WHERE articles.page = :page OR CAST(articles.node AS TEXT) = :page
ORDER BY versions.sheet, versions.number
""",
        "?page=23048456",
    ),
    Query(
        "hotlines_over_time",
        "Hotlines over time",
        "Which number belonged to which service, and when.",
        """
SELECT label, number, dial, state, host, date(first_seen) AS first_seen, date(last_seen) AS last_seen, pages
FROM hotlines ORDER BY label, first_seen, host
""",
    ),
    Query(
        "stamps_of_a_year",
        "Stamps of a year",
        "A year's stamp issues, by day of issue.",
        f"""
SELECT articles.page, stamps.serial, stamps.issued, articles.title, stamps.denomination, stamps.pieces,
       stamps.designer, stamps.printer
FROM stamps JOIN articles ON articles.id = stamps.article
WHERE stamps.year = CAST(:year AS INTEGER)
ORDER BY stamps.issued, {BY_SERIAL}
""",  # noqa: S608 - our own words
        "?year=2017",
    ),
    Query(
        "gone",
        "Gone from the site",
        "Pages that the site no longer has; their last version is kept.",
        """
SELECT page, gone, date, kind, title, url FROM articles WHERE gone IS NOT NULL ORDER BY gone DESC
""",
    ),
    Query(
        "articles_per_year",
        "Articles per year",
        "How many news articles and stamp issues each year has.",
        """
SELECT year, sum(kind = 'news') AS news, sum(kind = 'stamp') AS stamps FROM articles
WHERE year IS NOT NULL GROUP BY year ORDER BY year DESC
""",
    ),
)


def metadata() -> JsonObject:
    """Return what Datasette calls metadata."""
    rights: JsonObject = {"license": RIGHTS, "source": SOURCE, "source_url": SOURCE_URL}
    tables: JsonObject = {table.name: _table(table) for table in TABLES.values()}
    tables |= {name: {"hidden": True} for name in (SEARCH, SOUGHT, GROUPS)}
    queries: JsonObject = {
        query.name: {"sql": query.sql.strip(), "title": query.title, "description": query.meaning} for query in QUERIES
    }
    database: JsonObject = {"title": "The data", "description": MEANING, "tables": tables, "queries": queries}
    whole: JsonObject = {"title": TITLE, "description": MEANING, "databases": {DATABASE: database | rights}}
    return whole | rights


def _table(table: Table) -> JsonObject:
    columns: JsonObject = {column.name: column.meaning for column in table.columns}
    described: JsonObject = {
        "title": table.title,
        "description": table.meaning,
        "columns": columns,
        "facets": list(table.facets),
        "sort_desc": table.newest,
    }
    if table.label:
        described["label_column"] = table.label
    if table.searched_by:
        described |= {"fts_table": SEARCH, "fts_pk": table.searched_by}
    return described
