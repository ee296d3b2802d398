"""The published tables: their columns with type, unit and meaning, defined once for all formats.

csv takes its names and order from here, Parquet its types, a data package its schemas and README.
"""

from dataclasses import replace
from types import MappingProxyType

from postarchive.export.runs import PROBLEMS, RUNS, SEALS
from postarchive.export.shape import ColumnSchema, ForeignKey, TableSchema
from postarchive.record.fields import BY_NAME, Field
from postarchive.record.labels import COLUMNS

PAGE_KEY = ("site", "key")
SITE = ColumnSchema("site", "string", "The site: `english` is the English host and its mirror.", is_required=True)
KEY = ColumnSchema(
    "key",
    "string",
    "The page within its site: node and sheet, `23048456-1`; the path of a page without a node.",
    is_required=True,
)
DIGEST = "SHA-256 of the body as it was sent, in base 32."
OF_A_PAGE = ForeignKey(PAGE_KEY, "pages", PAGE_KEY)


def _evidence(prefix: str, of: str) -> tuple[ColumnSchema, ...]:
    """Return the columns that lead to the bytes of a response."""
    return (
        ColumnSchema(f"{prefix}file", "string", f"The WARC file that holds {of}.", is_required=True),
        ColumnSchema(f"{prefix}offset", "integer", "Where its record begins in that file.", "byte", is_required=True),
        ColumnSchema(f"{prefix}record_id", "string", "The WARC-Record-ID of that record.", is_required=True),
        ColumnSchema(f"{prefix}payload_digest", "string", DIGEST, is_required=True),
    )


def _seen(of: str) -> tuple[ColumnSchema, ...]:
    return (
        ColumnSchema("first_seen", "datetime", f"When {of} was first seen.", "UTC", is_required=True),
        ColumnSchema("last_seen", "datetime", f"When {of} was last seen.", "UTC", is_required=True),
    )


def _column(field: Field) -> ColumnSchema:
    """Return a field of the record as a column."""
    items = tuple(map(_column, field.items))
    return ColumnSchema(field.name, field.type, field.meaning, field.unit, is_required=field.is_required, items=items)


def _of_record(*names: str) -> tuple[ColumnSchema, ...]:
    return tuple(_column(BY_NAME[name]) for name in names)


def _text_of(whose: str) -> tuple[ColumnSchema, ...]:
    """Return the columns of a record that follow its byline, from its text on."""
    return (
        ColumnSchema("text", "string", f"The paragraphs{whose}, joined by an empty line.", only="csv"),
        replace(_column(BY_NAME["paragraphs"]), only="parquet"),
        *_of_record("serial", "issued", "denomination", *COLUMNS, "facts", "images", "attachments", "hotlines"),
        *_of_record("registrations", "entries", "next_url", "sheets", "leftovers", "warnings"),
    )


PAGES = TableSchema(
    "pages",
    "Every page in its latest version, one row per page; each sheet of an article in parts is a page.",
    (
        ColumnSchema("url", "string", "The page's address, from which its latest version was read.", is_required=True),
        SITE,
        KEY,
        ColumnSchema(
            "article", "string", "The key of the article that it is a sheet of, or its own.", is_required=True
        ),
        *_of_record("kind", "node", "sheet", "title", "subtitle", "section", "source", "date", "created", "editor"),
        *_text_of(""),
        ColumnSchema("addresses", "array", "Every URL under which the page was seen."),
        ColumnSchema("version", "integer", "The number of this version; 1 is the oldest.", is_required=True),
        *_seen("this version"),
        ColumnSchema("gone", "datetime", "When the page was found to be gone; null while it is there.", "UTC"),
        *_evidence("evidence_", "the response in which this version was first seen"),
    ),
    key=PAGE_KEY,
    references=(
        ForeignKey(("site", "article"), "articles", PAGE_KEY),
        ForeignKey((*PAGE_KEY, "version"), "versions", (*PAGE_KEY, "version")),
        ForeignKey(("evidence_record_id",), "captures", ("record_id",)),
    ),
)

PARTS = (
    ColumnSchema("sheet", "integer", "Which sheet it is, from 1.", is_required=True),
    ColumnSchema("key", "string", "The sheet's page within the site.", is_required=True),
    ColumnSchema("url", "string", "Its address.", is_required=True),
    ColumnSchema("version", "integer", "The number of the sheet's own version.", is_required=True),
    ColumnSchema("paragraphs", "integer", "How many of the article's paragraphs are from it.", is_required=True),
    *_seen("this version of the sheet"),
    ColumnSchema("gone", "datetime", "When the sheet was found to be gone; null while it is there.", "UTC"),
    *_evidence("", "the response in which it was first seen"),
)
ARTICLES = TableSchema(
    "articles",
    "Every article in its latest version, one row over all its sheets: what queries and statistics count.",
    (
        ColumnSchema("url", "string", "The address of its first sheet.", is_required=True),
        SITE,
        replace(KEY, description="The article within its site: the key of the first of its sheets that is known."),
        *_of_record("kind", "node", "title", "subtitle", "section", "source", "date", "created", "editor"),
        *_text_of(" of all sheets"),
        ColumnSchema("addresses", "array", "Every URL under which one of its sheets was seen."),
        ColumnSchema(
            "version", "integer", "The number of the article's version, a state of all its sheets.", is_required=True
        ),
        *_seen("this version"),
        ColumnSchema("gone", "datetime", "When its first sheet was found to be gone; null while it is there.", "UTC"),
        *_evidence("evidence_", "the response in which its first sheet was first seen as it is"),
        ColumnSchema("parts", "array", "Its sheets in order, each with its own evidence; one or more.", items=PARTS),
    ),
    key=PAGE_KEY,
    references=(OF_A_PAGE, ForeignKey(("evidence_record_id",), "captures", ("record_id",))),
)

VERSIONS = TableSchema(
    "versions",
    "Every version of every page; `data/records.jsonl` has a line with its text for each.",
    (
        SITE,
        KEY,
        ColumnSchema("version", "integer", "Its number; 1 is the oldest.", is_required=True),
        ColumnSchema("change", "string", "What made it a version: `new`, `edit` or `layout`.", is_required=True),
        ColumnSchema("title", "string", "The title in this version."),
        ColumnSchema("date", "date", "The date it shows."),
        ColumnSchema("parts", "integer", "How many sheets the article says it has.", is_required=True),
        ColumnSchema(
            "fingerprint", "string", "A hash over its fields: the same for the same record.", is_required=True
        ),
        ColumnSchema("skeleton", "string", "A hash over the structure of the page.", is_required=True),
        *_seen("it"),
        ColumnSchema("first_record_id", "string", "The response in which it was first seen.", is_required=True),
        ColumnSchema("last_record_id", "string", "The response in which it was last seen.", is_required=True),
    ),
    key=(*PAGE_KEY, "version"),
    references=(
        OF_A_PAGE,
        ForeignKey(("first_record_id",), "captures", ("record_id",)),
        ForeignKey(("last_record_id",), "captures", ("record_id",)),
    ),
)

CHANGES = TableSchema(
    "changes",
    "What happened to the pages, in order.",
    (
        ColumnSchema("id", "integer", "The row's number.", is_required=True),
        SITE,
        KEY,
        ColumnSchema("time", "datetime", "When it was seen.", "UTC", is_required=True),
        ColumnSchema("change", "string", "`new`, `edit`, `layout`, `gone` or `back`.", is_required=True),
        ColumnSchema("detail", "string", "The fields that changed, or why the page is gone."),
        ColumnSchema("version", "integer", "The version that it made, or that was current.", is_required=True),
        ColumnSchema("record_id", "string", "The response that showed it.", is_required=True),
    ),
    key=("id",),
    references=(OF_A_PAGE, ForeignKey(("record_id",), "captures", ("record_id",))),
)

NUMBERS = TableSchema(
    "numbers",
    "The time line of the telephone and registration numbers around the pages.",
    (
        ColumnSchema("id", "integer", "The row's number.", is_required=True),
        ColumnSchema("host", "string", "The host whose pages show it.", is_required=True),
        ColumnSchema("kind", "string", "`hotline`, `ICP` or `PSB`.", is_required=True),
        ColumnSchema("label", "string", "Whose number a hotline is; null for registrations."),
        ColumnSchema("number", "string", "The number as printed.", is_required=True),
        ColumnSchema("dial", "string", "The number in E.164; null when it cannot be dialled from abroad."),
        ColumnSchema("pages", "integer", "On how many pages it was seen.", is_required=True),
        *_seen("it"),
        ColumnSchema("first_record_id", "string", "The response in which it was first seen.", is_required=True),
        ColumnSchema("last_record_id", "string", "The response in which it was last seen.", is_required=True),
    ),
    key=("id",),
    references=(
        ForeignKey(("first_record_id",), "captures", ("record_id",)),
        ForeignKey(("last_record_id",), "captures", ("record_id",)),
    ),
)

ADDRESSES = TableSchema(
    "addresses",
    "Every URL that got a response, and the page it shows.",
    (
        ColumnSchema("url", "string", "The URL.", is_required=True),
        ColumnSchema("host", "string", "Its host.", is_required=True),
        ColumnSchema("site", "string", "The site of its page; null when no page came from it."),
        ColumnSchema("key", "string", "The page within the site; null when no page came from it."),
        ColumnSchema("first_seen", "datetime", "When it first got a response.", "UTC", is_required=True),
        ColumnSchema("last_seen", "datetime", "When it last got a response.", "UTC", is_required=True),
        ColumnSchema("status", "integer", "The HTTP status of the latest response.", is_required=True),
        ColumnSchema("refused", "string", "Why the latest response made no record: `drift`, `refused`, `bug`."),
    ),
    key=("url",),
    references=(OF_A_PAGE,),
)

CAPTURES = TableSchema(
    "captures",
    "Every response, in the order in which the evidence was read.",
    (
        ColumnSchema("record_id", "string", "The WARC-Record-ID of its record.", is_required=True),
        ColumnSchema("run", "string", "The run that received it.", is_required=True),
        ColumnSchema("url", "string", "The URL that was requested.", is_required=True),
        ColumnSchema("time", "datetime", "When the request began.", "UTC", is_required=True),
        ColumnSchema("status", "integer", "The HTTP status.", is_required=True),
        ColumnSchema("media_type", "string", "The media type that the response states."),
        ColumnSchema("length", "integer", "The length of the body as it was sent.", "byte", is_required=True),
        ColumnSchema("payload_digest", "string", DIGEST, is_required=True),
        ColumnSchema("location", "string", "Where a redirect leads."),
        ColumnSchema("etag", "string", "The response's ETag."),
        ColumnSchema("last_modified", "string", "The response's Last-Modified."),
        ColumnSchema(
            "origin", "string", "Who captured it: `live`, `import`, `wayback` or `commoncrawl`.", is_required=True
        ),
        ColumnSchema("replay_url", "string", "The address in another archive that it was taken from, where it was."),
        ColumnSchema("file", "string", "The WARC file that holds it.", is_required=True),
        ColumnSchema("offset", "integer", "Where its record begins in that file.", "byte", is_required=True),
        ColumnSchema("stored", "integer", "The length of its record in that file.", "byte", is_required=True),
    ),
    key=("record_id",),
    references=(ForeignKey(("run",), "runs", ("run",)),),
)

MEDIA = TableSchema(
    "media",
    "The pictures and files of the pages that are kept (`fetch --media`), each as a file of its own.",
    (
        ColumnSchema("url", "string", "The address that a page names.", is_required=True),
        ColumnSchema("path", "string", "Where the file is in this package.", is_required=True),
        ColumnSchema("media_type", "string", "The media type that the response states."),
        ColumnSchema("length", "integer", "The length of the file.", "byte", is_required=True),
        ColumnSchema("sha256", "string", "SHA-256 of the file, in hexadecimal.", is_required=True),
        ColumnSchema("record_id", "string", "The response that it was taken from.", is_required=True),
    ),
    key=("url",),
    references=(ForeignKey(("record_id",), "captures", ("record_id",)),),
)

TABLES = MappingProxyType(
    {
        table.name: table
        for table in (ARTICLES, PAGES, VERSIONS, CHANGES, NUMBERS, ADDRESSES, CAPTURES, RUNS, PROBLEMS, SEALS, MEDIA)
    }
)
