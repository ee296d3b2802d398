"""The tables of the copy that readers get: what each is, and what each of its columns means, in which unit.

One declaration makes both the table and what Datasette shows of it, so no column is without its description.
"""

from collections.abc import Mapping

from postarchive.record.fields import BY_NAME
from postarchive.record.labels import COLUMNS
from postarchive.schema import TOKENIZE
from postarchive.serve.tabular import Column, Table

DATABASE = "postarchive"
SEARCH = "articles_fts"
BY_SERIAL = "CAST(substr(serial, instr(serial, '-') + 1) AS INTEGER), serial"  # 2017-9 before 2017-10
TIME = "ISO 8601, UTC"

# Contentless, made like the archive's own index, but without the lengths of texts (see `narrow`).
FULL_TEXT = (
    f"CREATE VIRTUAL TABLE {SEARCH} USING fts5 (body, title, content = '', columnsize = 0, tokenize = '{TOKENIZE}')"
)
# What a record must contain to the letter, such as C++, because the index ignores its signs. `{text}` is what was
# typed, `{row}` the article; `search_letters` is our own function (see `plugin`).
SPELT = """NOT EXISTS (
  SELECT 1 FROM json_each(search_letters({text})) AS letters WHERE NOT EXISTS (
    SELECT 1 FROM versions
    WHERE versions.article = {row} AND versions.latest AND versions.record LIKE letters.value ESCAPE '~'))"""


def _of_record(name: str, sql: str) -> Column:
    """Return a column that holds a field of the record, with that field's meaning."""
    field = BY_NAME[name]
    unit = f" ({field.unit})" if field.unit else ""
    return Column(name, sql, f"{field.meaning.removesuffix('.')}{unit}")


_TO_ARTICLE = "INTEGER NOT NULL REFERENCES articles (id)"
_NUMBER_SEEN = (
    Column("state", "TEXT NOT NULL", "current, or past: another number took its place after it was last seen"),
    Column("host", "TEXT NOT NULL", "The host whose pages show it"),
    Column("first_seen", "TEXT NOT NULL", f"When it was first seen; {TIME}"),
    Column("last_seen", "TEXT NOT NULL", f"When it was last seen; {TIME}"),
    Column("pages", "INTEGER NOT NULL", "How many pages have shown it"),
    Column("evidence", "TEXT", "WARC file and byte offset of the response that first showed it, as file@offset"),
)

ARTICLES = Table(
    "articles",
    "Articles, stamps and static pages",
    "The latest record of every page except lists; an article in parts is one row. Open the reading view from “page”.",
    (
        Column("id", "INTEGER PRIMARY KEY", "Number of the row; it may change when the database is rebuilt"),
        Column("page", "TEXT NOT NULL UNIQUE", "Name of the page here, usually its node; opens the reading view"),
        Column(
            "kind",
            "TEXT NOT NULL",
            "What the page is; a folder is a static page; no parser reads unknown",
        ),
        _of_record("title", "TEXT"),
        _of_record("subtitle", "TEXT"),
        _of_record("date", "TEXT"),
        Column("year", "INTEGER", "Year of that date; for a stamp, of its serial number"),
        _of_record("source", "TEXT"),
        _of_record("editor", "TEXT"),
        Column("gone", "TEXT", f"When the page was found to be gone from the site; {TIME}, empty while it is there"),
        Column("versions", "INTEGER NOT NULL", "How many versions of its text were seen, over all sheets"),
        Column("edited", "TEXT", f"When the latest edit was noticed; {TIME}, empty if there is none"),
        Column("first_seen", "TEXT NOT NULL", f"When this archive or an import first saw it; {TIME}"),
        Column("last_seen", "TEXT NOT NULL", f"When it was last seen; {TIME}"),
        _of_record("created", "TEXT"),
        _of_record("node", "INTEGER"),
        Column("site", "TEXT NOT NULL", "The site it belongs to; english is english.chinapost.com.cn and its mirror"),
        Column("sheets", "INTEGER NOT NULL", "In how many sheets this archive has it"),
        Column("pictures", "INTEGER NOT NULL", "How many pictures its text has"),
        Column("files", "INTEGER NOT NULL", "How many files its text links to"),
        Column("hosts", "TEXT NOT NULL", "The hosts it was seen on, separated by spaces"),
        Column("url", "TEXT NOT NULL", "Address at which it was first seen"),
        Column("text", "TEXT NOT NULL", "Its paragraphs, a blank line between them"),
    ),
    newest="date",
    facets=("kind", "year", "source"),
    label="title",
    searched_by="id",
)
STAMPS = Table(
    "stamps",
    "Stamp issues",
    "What stamp pages state, in typed columns; “facts” has every line as printed.",
    (
        Column("article", "INTEGER PRIMARY KEY REFERENCES articles (id)", "The stamp's page"),
        _of_record("serial", "TEXT"),
        Column("year", "INTEGER", "Year of the serial number, else of the day of issue"),
        _of_record("issued", "TEXT"),
        _of_record("denomination", "REAL"),
        *(_of_record(name, "TEXT") for name in COLUMNS),
    ),
    newest="issued",
    facets=("year", "designer", "printer"),
    label="serial",
    searched_by="article",
)
FACTS = Table(
    "facts",
    "Stamp facts as printed",
    "Every labelled line of every stamp page, in page order, as the page prints it.",
    (
        Column("id", "INTEGER PRIMARY KEY", "Number of the row"),
        Column("article", _TO_ARTICLE, "The stamp's page"),
        Column("place", "INTEGER NOT NULL", "Place on the page, from 1"),
        Column("label", "TEXT NOT NULL", "The line's label without its colon"),
        Column("value", "TEXT", "As printed; empty where the page leaves it empty"),
    ),
    newest="id",
    facets=("label",),
)
PICTURES = Table(
    "pictures",
    "Pictures",
    "Where the pictures of the texts are on the site; an article shows those that the archive holds.",
    (
        Column("id", "INTEGER PRIMARY KEY", "Number of the row"),
        Column("article", _TO_ARTICLE, "The page that shows it"),
        Column("url", "TEXT NOT NULL", "Address of the picture on the site"),
        Column("caption", "TEXT", "The text that clearly belongs to it; empty when none does"),
        Column("latest", "INTEGER NOT NULL", "1 when the page's latest version shows it, 0 when only older ones did"),
        Column("held", "INTEGER NOT NULL", "1 when the archive holds a response of that address, else 0"),
    ),
    newest="id",
)
ATTACHMENTS = Table(
    "attachments",
    "Attachments",
    "Files that the texts link to.",
    (
        Column("id", "INTEGER PRIMARY KEY", "Number of the row"),
        Column("article", _TO_ARTICLE, "The page that links to it"),
        Column("url", "TEXT NOT NULL", "Address of the file on the site"),
        Column("label", "TEXT", "Text of the link; empty when it shows none"),
    ),
    newest="id",
)
LISTS = Table(
    "lists",
    "Lists",
    "Where each article is in the site's lists, once per list.",
    (
        Column("id", "INTEGER PRIMARY KEY", "Number of the row"),
        Column("article", _TO_ARTICLE, "The page that the list leads to"),
        Column("list", "INTEGER NOT NULL", "The list's node, or a number of this copy where it has none"),
        Column("title", "TEXT", "The list's title"),
        Column("place", "INTEGER NOT NULL", "Place in the list over all its sheets, from 1"),
    ),
    newest="id",
    facets=("title",),
)
VERSIONS = Table(
    "versions",
    "Versions",
    "Every version of every page with its evidence. A version begins when the record's own fields change.",
    (
        Column("id", "INTEGER PRIMARY KEY", "Number of the row"),
        Column("article", _TO_ARTICLE, "The page"),
        Column("sheet", "INTEGER NOT NULL", "Sheet of an article in parts, from 1"),
        Column("number", "INTEGER NOT NULL", "Number of the version within the sheet; 1 is the oldest"),
        Column("latest", "INTEGER NOT NULL", "1 for the latest version of its sheet, else 0"),
        Column("change", "TEXT NOT NULL", "new, edit (its text changed) or layout (a new template around it)"),
        Column("seen_from", "TEXT NOT NULL", f"When it was first seen; {TIME}"),
        Column("seen_to", "TEXT NOT NULL", f"When it was last seen; {TIME}"),
        Column("title", "TEXT", "Title in this version"),
        Column("url", "TEXT NOT NULL", "Address that returned it"),
        Column("origin", "TEXT NOT NULL", "Who captured it: live (this archive), import, wayback or commoncrawl"),
        Column("evidence_file", "TEXT NOT NULL", "WARC file of the response, relative to the archive"),
        Column("evidence_offset", "INTEGER NOT NULL", "Where the record begins in that file, in bytes"),
        Column("evidence_bytes", "INTEGER NOT NULL", "Length of the record in that file, in bytes"),
        Column("record_id", "TEXT NOT NULL", "WARC-Record-ID of the response"),
        Column("digest", "TEXT NOT NULL", "Digest of the response's body: sha256 in base32"),
        Column("record", "TEXT NOT NULL", "The record in full, as `postarchive parse` prints it; JSON"),
    ),
    newest="seen_from",
    facets=("change", "origin"),
    label="number",
)
CHANGES = Table(
    "changes",
    "Changes",
    "What happened to the pages: when each was new, was edited, got a new layout, was gone, and was back.",
    (
        Column("id", "INTEGER PRIMARY KEY", "Number of the row"),
        Column("time", "TEXT NOT NULL", f"When it was noticed; {TIME}"),
        Column("change", "TEXT NOT NULL", "new, edit, layout, gone or back"),
        Column("article", _TO_ARTICLE, "The page"),
        Column("sheet", "INTEGER NOT NULL", "Sheet of an article in parts, from 1"),
        Column("detail", "TEXT", "The fields that changed, or why it is gone; empty when there is nothing to add"),
        Column("version", "INTEGER NOT NULL", "Number of the version it made, or that was current"),
        Column("evidence_file", "TEXT NOT NULL", "WARC file of the response that showed it, relative to the archive"),
        Column("evidence_offset", "INTEGER NOT NULL", "Where the record begins in that file, in bytes"),
    ),
    newest="time",
    facets=("change",),
)
HOTLINES = Table(
    "hotlines",
    "Hotlines",
    "The telephone numbers around the pages, each with its first and last sighting.",
    (
        Column("id", "INTEGER PRIMARY KEY", "Number of the row"),
        Column("label", "TEXT NOT NULL", "What the number is for, as printed"),
        Column("number", "TEXT NOT NULL", "As printed"),
        Column("dial", "TEXT", "As dialled from abroad (E.164); empty when it cannot be"),
        *_NUMBER_SEEN,
    ),
    newest="first_seen",
    facets=("label", "state"),
)
REGISTRATIONS = Table(
    "registrations",
    "Registrations",
    "The registration numbers in the footers, each with its first and last sighting.",
    (
        Column("id", "INTEGER PRIMARY KEY", "Number of the row"),
        Column("kind", "TEXT NOT NULL", "ICP (filing of the website) or PSB (public security)"),
        Column("number", "TEXT NOT NULL", "As printed, without spaces"),
        *_NUMBER_SEEN,
    ),
    newest="first_seen",
    facets=("kind", "state"),
)
OUTCOMES = {
    "new": "New pages",
    "changed": "Pages with a new version",
    "unchanged": "Pages that said the same",
    "gone": "Pages found to be gone",
    "archived": "Responses kept as bytes but not read as a record",
    "failed": "Pages that failed",
    "requests": "Requests made",
    "bytes": "Bytes written to the run's WARC file",
}
RUNS = Table(
    "runs",
    "Runs",
    "Every run that fetched or imported, with its counts.",
    (
        Column("run", "TEXT PRIMARY KEY", "Its start in UTC, as in the name of its WARC file"),
        Column("started", "TEXT NOT NULL", f"When it began; {TIME}"),
        Column("ended", "TEXT", f"When it ended; {TIME}, empty when it was cut off or still runs"),
        *(Column(name, "INTEGER", f"{meaning}; empty for none") for name, meaning in OUTCOMES.items()),
    ),
    newest="run",
    label="run",
)
PROBLEMS = Table(
    "problems",
    "Problems",
    "Addresses that gave a run no record, and why.",
    (
        Column("id", "INTEGER PRIMARY KEY", "Number of the row"),
        Column("run", "TEXT NOT NULL REFERENCES runs (run)", "The run that found it"),
        Column("time", "TEXT NOT NULL", f"When; {TIME}"),
        Column(
            "kind",
            "TEXT NOT NULL",
            "no-answer, forbidden, refused, drift (a redesign), moved (layout), redirect, type, status, bug or damaged",
        ),
        Column("url", "TEXT NOT NULL", "The address that was requested"),
        Column("detail", "TEXT NOT NULL", "What was wrong"),
        Column("missing", "TEXT", "Fields that the page lacks; empty if the problem is not a missing field"),
    ),
    newest="time",
    facets=("kind", "run"),
)

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        ARTICLES, STAMPS, FACTS, PICTURES, ATTACHMENTS, LISTS, VERSIONS, CHANGES, HOTLINES, REGISTRATIONS, RUNS,
        PROBLEMS,
    )
}  # fmt: skip
INDEXES = (
    "CREATE INDEX articles_by_date ON articles (date)",
    "CREATE INDEX articles_by_title ON articles (title COLLATE NOCASE)",
    "CREATE INDEX articles_by_node ON articles (node)",
    "CREATE INDEX facts_by_article ON facts (article)",
    "CREATE INDEX pictures_by_article ON pictures (article)",
    "CREATE INDEX attachments_by_article ON attachments (article)",
    "CREATE INDEX lists_by_article ON lists (article, id)",
    "CREATE INDEX lists_by_place ON lists (list, place)",
    "CREATE INDEX stamps_by_year ON stamps (year, issued)",
    "CREATE INDEX versions_by_article ON versions (article, sheet, number)",
    "CREATE INDEX changes_by_article ON changes (article)",
    "CREATE INDEX changes_by_time ON changes (time)",
    "CREATE INDEX problems_by_run ON problems (run)",
)
