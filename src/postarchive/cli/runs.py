"""`postarchive runs` and `postarchive check`: what the archive's runs did, and whether someone should act."""

import shutil
from datetime import UTC, datetime
from typing import Annotated

import typer

from postarchive.cli.common import (
    ArchiveOption,
    RowFormat,
    RowFormatOption,
    TableOrJson,
    archive_path,
    print_json,
    text_of,
)
from postarchive.cli.dates import span
from postarchive.cli.listing import RowLayout, minute, print_listing
from postarchive.cli.tables import Flexible, print_table
from postarchive.errors import UnreadableInput
from postarchive.health import GIBIBYTE, Check, Thresholds, assess, exit_code
from postarchive.jsonvalue import Json, JsonObject
from postarchive.store.read import Reader

COUNTS = ("new", "changed", "unchanged", "gone", "archived", "failed", "requests")


def runs(
    run: Annotated[str | None, typer.Argument(help="A run whose problems to list.", show_default=False)] = None,
    *,
    archive: ArchiveOption = None,
    limit: Annotated[int, typer.Option(min=0, help="Maximum number of rows; 0 means no limit.")] = 20,
    format: RowFormatOption = RowFormat.TABLE,  # noqa: A002 - the option's name
) -> None:
    """List past runs, latest first, and what each one did; or the problems of one run.

    Examples: postarchive runs · postarchive runs 20261124T200000Z
    """
    with Reader(archive_path(archive)) as reader:
        if run is None:
            rows = reader.runs(limit or None)
            is_whole = format in (RowFormat.JSON, RowFormat.JSONL)
            print_listing(rows if is_whole else list(map(_flat, rows)), RUNS, format)
            return
        known = [text_of(row["run"]) for row in reader.runs()]
        if run not in known:
            raise UnreadableInput(run, f"no such run; {_nearest(run, known)}")
        rows = reader.problems(run)
    if not rows and format is RowFormat.TABLE:
        typer.echo(f"{run}: no problems.", err=True)
    print_listing(rows, PROBLEMS, format)


def _flat(row: JsonObject) -> JsonObject:
    """Return a run with a field for each count; a count that its closing record does not name is 0."""
    counts = row["counts"]
    return row | {name: counts.get(name, 0) if isinstance(counts, dict) else None for name in COUNTS}


def _cell(name: str, value: Json) -> str:
    return (minute(value) or "(cut off)") if name == "ended" else text_of(value)


def _nearest(run: str, known: list[str]) -> str:
    """Return what to try instead: runs with similar names, else the latest."""
    from difflib import get_close_matches

    near = get_close_matches(run, known, n=3) or known[:3]
    return f"similar runs: {', '.join(near)}" if near else "there are none yet; `postarchive fetch` makes the first"


RUNS = RowLayout(
    columns=("run", "ended", *COUNTS),
    fields=("run", "file", "started", "ended", *COUNTS),
    flexible=Flexible(droppable=("requests", "archived", "ended", "unchanged", "gone", "changed")),
    shown=_cell,
)
PROBLEMS = RowLayout(
    columns=("kind", "url", "detail"),
    fields=("time", "kind", "url", "detail", "missing"),
    flexible=Flexible(text=frozenset(("detail",))),
)


def check(  # noqa: PLR0913 - options of a command
    *,
    archive: ArchiveOption = None,
    max_age: Annotated[
        str, typer.Option(metavar="SPAN", help="Alert if no page has been fetched for this long, such as 14d or 36h.")
    ] = "14d",
    max_article_age: Annotated[
        str | None,
        typer.Option(
            metavar="SPAN", help="Alert if no new article has appeared for this long.", show_default="no limit"
        ),
    ] = None,
    max_failures: Annotated[
        int, typer.Option(min=0, help="Alert if more runs than this in a row have fetched no page.")
    ] = 3,
    min_free: Annotated[float, typer.Option(min=0.0, help="Alert if less disk space than this is free, in GiB.")] = 1.0,
    format: Annotated[TableOrJson, typer.Option("--format", "-f", help="Output format.")] = TableOrJson.TABLE,  # noqa: A002 - the option's name
) -> None:
    """Tell monitoring, by exit code, whether someone must act: no new pages, failing runs, a redesign, a full disk.

    Exit code: 0 all well, 3 too many failed runs, 4 the site has drifted, 69 stale, 73 the disk is nearly full.

    Example: postarchive check --max-age 3d || mail -s postarchive me
    """
    limits = Thresholds(
        span(max_age), span(max_article_age) if max_article_age else None, max_failures, int(min_free * GIBIBYTE)
    )
    folder = archive_path(archive)
    with Reader(folder) as reader:
        known = reader.health()
    findings = assess(known, limits, free_bytes=shutil.disk_usage(folder).free, now=datetime.now(UTC))
    _print_findings(findings, format)
    raise typer.Exit(exit_code(findings))


def _print_findings(findings: list[Check], output: TableOrJson) -> None:
    if output is TableOrJson.TABLE:
        print_table([[item.verdict.upper(), item.name, item.found] for item in findings], ("", "what", "found"))
        return
    rows = [{"name": item.name, "verdict": item.verdict, "found": item.found} for item in findings]
    print_json({"exit_code": exit_code(findings), "findings": rows})
