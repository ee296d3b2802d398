"""The tables of a package about its runs: what each one did, what it could not get, and what proves its time."""

from postarchive.export.shape import ColumnSchema, ForeignKey, TableSchema

RUNS = TableSchema(
    "runs",
    "What each run did; counts are null when it was cut off.",
    (
        ColumnSchema("run", "string", "The run: its start.", is_required=True),
        ColumnSchema("file", "string", "The WARC file that it wrote.", is_required=True),
        ColumnSchema("started", "datetime", "When it began.", "UTC", is_required=True),
        ColumnSchema("ended", "datetime", "When it ended; null when it works still, or was cut off.", "UTC"),
        *(
            ColumnSchema(name, "integer", f"How many pages were {meaning}.", "page")
            for name, meaning in (
                ("new", "new"),
                ("changed", "changed"),
                ("unchanged", "unchanged"),
                ("gone", "found gone"),
                ("archived", "kept as bytes, not read as a record"),
                ("failed", "not to be had"),
            )
        ),
        ColumnSchema("requests", "integer", "How many requests were made.", "request"),
        ColumnSchema("options", "object", "The settings of the run.", is_required=True),
    ),
    key=("run",),
)

PROBLEMS = TableSchema(
    "problems",
    "For which URLs no response came, or none that made a record.",
    (
        ColumnSchema("id", "integer", "The row's number.", is_required=True),
        ColumnSchema("run", "string", "The run that met it.", is_required=True),
        ColumnSchema("url", "string", "The requested URL.", is_required=True),
        ColumnSchema("time", "datetime", "When.", "UTC", is_required=True),
        ColumnSchema(
            "kind",
            "string",
            "`no-answer`, `forbidden`, `refused`, `drift`, `moved`, `redirect`, `type`, `status`, `bug` or `damaged`.",
            is_required=True,
        ),
        ColumnSchema("detail", "string", "What was wrong.", is_required=True),
        ColumnSchema("missing", "string", "The fields that the page lacks, joined by blanks."),
        ColumnSchema("record_id", "string", "The response; null when none came."),
    ),
    key=("id",),
    references=(ForeignKey(("run",), "runs", ("run",)), ForeignKey(("record_id",), "captures", ("record_id",))),
)

SEALS = TableSchema(
    "seals",
    "The replies of time-stamping authorities; what one says is proved by `verify`, or by `openssl`, not by this row.",
    (
        ColumnSchema("record_id", "string", "The WARC-Record-ID of the reply.", is_required=True),
        ColumnSchema("run", "string", "The run that keeps it: all runs before it are sealed.", is_required=True),
        ColumnSchema("manifest", "string", "The manifest of those runs.", is_required=True),
        ColumnSchema("authority", "string", "The authority's URL.", is_required=True),
        ColumnSchema("time", "datetime", "What the reply says: they existed then.", "UTC", is_required=True),
        ColumnSchema("file", "string", "The WARC file that holds it.", is_required=True),
        ColumnSchema("offset", "integer", "Where its record begins in that file.", "byte", is_required=True),
    ),
    key=("record_id",),
    references=(ForeignKey(("run",), "runs", ("run",)),),
)
