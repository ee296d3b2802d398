"""The texts that explain a Data Package: its descriptor with a schema for each table, its README, its citation."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from postarchive import __version__
from postarchive.export.bundle import Written
from postarchive.export.columns import TABLES
from postarchive.export.shape import ColumnSchema, TableSchema
from postarchive.jsonvalue import Json, JsonObject
from postarchive.urls import START_URL

DESCRIPTOR = "datapackage.json"
RECORDS = "data/records.jsonl"
NAME = "china-post-english-news"
TITLE = "China Post's English news, archived"
PUBLISHER = "China Post"
KEYWORDS = ("China Post", "news", "philately", "web archive", "WARC")
FORMULAS = (
    "A text that a spreadsheet would run as a formula has an apostrophe in front, control characters are left out; "
    f"{RECORDS} has the text as it was read."
)
ABOUT_RECORDS = (
    "Every version of every page in full, a line of JSON each: the record as `postarchive parse` prints it, its "
    "identity (site, key, version), when it was seen, and where its evidence is."
)
# suffix of a file -> format and media type
FORMATS = MappingProxyType(
    {
        ".jsonl": ("jsonl", "application/x-ndjson"),
        ".warc.gz": ("warc.gz", "application/warc"),
    }
)

README = """\
# {title}

{pages} pages in {versions} versions, read from {captures} responses of the site. The newest response is of {newest}
UTC. Made by postarchive {version}.

| file | holds |
| --- | --- |
{files}

The tables are described below, column by column. csv is UTF-8 with a line of names; an empty cell is a value that
the page does not show; lists and objects are JSON; times are UTC.
{formulas}

A page is named by `site` and `key`, a response by `record_id`. Any number leads to its evidence: `record_id` to the row
of `data/captures.csv`, that to file and byte of the WARC record, whose body has the SHA-256 `payload_digest`.

```sh
sha256sum --check SHA256SUMS          # is every file as it was written?
python3 verify_archive.py .           # is every byte of the evidence as it was received? needs Python alone
```

The second answers UNVERIFIABLE, not OK: a package has no database to name the newest WARC file. SHA256SUMS names it.
A WARC file holds the responses up to the last one that the tables know; the file of a run that was at work ends there.

The texts and pictures are China Post's; this package grants no licence to them. [CITATION.cff](CITATION.cff) says how
to cite it.

## Tables
{tables}"""


def table_path(table: TableSchema) -> str:
    """Return a table's path in the package."""
    return f"data/{table.name}.csv"


def descriptor(written: Iterable[Written], created: datetime) -> str:
    """Return `datapackage.json` for the files that programs are to read: tables, records, evidence."""
    tables = {table_path(table): table for table in TABLES.values()}
    resources: list[Json] = [
        _table_resource(file, tables[file.path]) if file.path in tables else _resource(file)
        for file in written
        if file.path in tables or _format(file.path)
    ]
    document: JsonObject = {
        "profile": "data-package",
        "name": NAME,
        "title": TITLE,
        "description": "Pages, versions and evidence of China Post's sites, as postarchive keeps them. See README.md.",
        "version": f"{created.astimezone(UTC):%Y.%m.%d}",
        "created": f"{created.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "homepage": START_URL,
        "keywords": list(KEYWORDS),
        "contributors": [{"title": PUBLISHER, "role": "publisher"}],
        "sources": [{"title": f"{PUBLISHER}, English site", "path": START_URL}],
        "software": f"postarchive/{__version__}",
        "resources": resources,
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def readme(counts: Mapping[str, int], newest: datetime) -> str:
    """Return the README: the files, how to check them, and every column of every table."""
    return README.format(
        title=TITLE,
        newest=f"{newest.astimezone(UTC):%Y-%m-%d %H:%M}",
        version=__version__,
        files="\n".join(f"| `{path}` | {text} |" for path, text in _file_descriptions(counts)),
        formulas=FORMULAS,
        tables="".join(map(_table_markdown, TABLES.values())),
        **{name: counts[name] for name in ("pages", "versions", "captures")},
    )


def citation(counts: Mapping[str, int], newest: datetime, created: datetime) -> str:
    """Return `CITATION.cff`; its values are JSON, which YAML reads as it is."""
    day = f"{newest.astimezone(UTC):%Y-%m-%d}"
    fields: JsonObject = {
        "cff-version": "1.2.0",
        "type": "dataset",
        "title": TITLE,
        "message": "Cite a page by its URL, the day it was seen and the SHA-256 of its evidence; the whole as below.",
        "authors": [{"name": PUBLISHER}],
        "version": day,
        "date-released": f"{created.astimezone(UTC):%Y-%m-%d}",
        "url": START_URL,
        "abstract": (
            f"{counts['pages']} pages of {PUBLISHER}'s English news in {counts['versions']} versions, with every "
            f"response of the site as evidence (WARC). The newest response is of {day}. "
            f"Made by postarchive {__version__}."
        ),
        "keywords": list(KEYWORDS),
    }
    return "".join(f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in fields.items())


def _table_resource(file: Written, table: TableSchema) -> Json:
    return {
        "name": table.name,
        "path": file.path,
        "profile": "tabular-data-resource",
        "title": table.description,
        "description": FORMULAS,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": file.length_bytes,
        "hash": f"sha256:{file.sha256_hex}",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": _schema(table),
    }


def _schema(table: TableSchema) -> Json:
    keys: list[Json] = [
        {"fields": list(key.columns), "reference": {"resource": key.table, "fields": list(key.names)}}
        for key in table.references
    ]
    return {
        "fields": [_field(column) for column in table.columns_of("csv")],
        "missingValues": [""],
        "primaryKey": list(table.key),
        **({"foreignKeys": keys} if keys else {}),
    }


def _field(column: ColumnSchema) -> Json:
    unit: JsonObject = {"unit": column.unit} if column.unit else {}
    required: JsonObject = {"constraints": {"required": True}} if column.is_required else {}
    return {"name": column.name, "type": column.type, "description": column.description, **unit, **required}


def _resource(file: Written) -> Json:
    name, mediatype = _format(file.path) or ("", "")
    return {
        "name": file.path.removeprefix("data/").lower().partition(".")[0].replace("/", "-"),
        "path": file.path,
        "profile": "data-resource",
        "type": "file",  # frictionless would read lines of JSON as a table
        "description": ABOUT_RECORDS if file.path == RECORDS else "Evidence: the requests and responses of one run.",
        "format": name,
        "mediatype": mediatype,
        "bytes": file.length_bytes,
        "hash": f"sha256:{file.sha256_hex}",
    }


def _format(path: str) -> tuple[str, str] | None:
    return next((form for suffix, form in FORMATS.items() if path.endswith(suffix)), None)


def _file_descriptions(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    tables = [(table_path(table), f"{table.description} {_rows(counts[name])}") for name, table in TABLES.items()]
    return [
        *tables,
        (RECORDS, ABOUT_RECORDS),
        ("media/", "The pictures and files that `data/media.csv` lists."),
        ("warc/", "The evidence: every request and response, byte for byte, a WARC file for each run."),
        ("verify_archive.py", "Checks the evidence, and says what that proves."),
        (DESCRIPTOR, "A Data Package (version 1): the schema of each table, size and digest of each file of data."),
        ("SHA256SUMS", "The digest of every file."),
    ]


def _rows(count: int) -> str:
    return f"{count} row{'' if count == 1 else 's'}."


def _table_markdown(table: TableSchema) -> str:
    rows = "".join(
        f"| `{column.name}` | {column.type} | {column.unit or ''} | {column.description} |\n"
        for column in table.columns_of("csv")
    )
    key = ", ".join(f"`{name}`" for name in table.key)
    head = f"\n### {table.name}\n\n{table.description} Key: {key}.\n\n"
    return f"{head}| column | type | unit | meaning |\n| --- | --- | --- | --- |\n{rows}"
