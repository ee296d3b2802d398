"""`postarchive runs` and `postarchive check`: what the archive's runs did, and whether a person should act."""

import shutil
from datetime import UTC, datetime
from typing import Annotated

import typer

from postarchive.cli.common import ArchiveOption, TableOrJson, archive_path, print_json, text_of
from postarchive.cli.dates import span
from postarchive.cli.tables import print_table
from postarchive.health import GIBIBYTE, Check, Thresholds, assess, exit_code
from postarchive.jsonvalue import Json
from postarchive.store.read import Reader

MINUTE = 16  # characters of an ISO time up to its minute
OUTCOMES = ("new", "changed", "unchanged", "gone", "archived", "failed")


def runs(
    run: Annotated[str | None, typer.Argument(help="A run, to show its problems.", show_default=False)] = None,
    *,
    archive: ArchiveOption = None,
    limit: Annotated[int, typer.Option(min=0, help="Most rows; 0 is no limit.")] = 20,
    format: Annotated[TableOrJson, typer.Option("--format", "-f", help="How to print.")] = TableOrJson.TABLE,  # noqa: A002 - the option's name
) -> None:
    """Show the runs, the latest first, with their counts; or the problems of one run.

    Examples: postarchive runs · postarchive runs 20261124T200000Z
    """
    with Reader(archive_path(archive)) as reader:
        rows = reader.problems(run) if run else reader.runs(limit or None)
    if format is TableOrJson.JSON:
        print_json(rows)
    elif run:
        _print_problems(run, rows)
    else:
        print_table([_run_row(row) for row in rows], ("run", "ended", *OUTCOMES, "requests"))


def _run_row(row: dict[str, Json]) -> list[str]:
    counts = row["counts"]
    known = counts if isinstance(counts, dict) else {}
    ended = text_of(row["ended"])[:MINUTE].replace("T", " ") or "(cut off)"
    return [text_of(row["run"]), ended, *(text_of(known.get(name)) for name in (*OUTCOMES, "requests"))]


def _print_problems(run: str, rows: list[dict[str, Json]]) -> None:
    if not rows:
        typer.echo(f"{run}: no problems, or no such run; `postarchive runs` lists them.", err=True)
        return
    columns = ("kind", "url", "detail")
    print_table([[text_of(row[name]) for name in columns] for row in rows], columns, flexible="detail")


def check(  # noqa: PLR0913 - options of a command
    *,
    archive: ArchiveOption = None,
    max_age: Annotated[str, typer.Option(metavar="SPAN", help="Oldest newest success, such as 14d or 36h.")] = "14d",
    max_article_age: Annotated[
        str | None, typer.Option(metavar="SPAN", help="Oldest newest new article.", show_default="no limit")
    ] = None,
    max_failures: Annotated[int, typer.Option(min=0, help="Most runs in a row without a page.")] = 3,
    min_free: Annotated[float, typer.Option(min=0.0, help="Least free disk, in GiB.")] = 1.0,
    format: Annotated[TableOrJson, typer.Option("--format", "-f", help="How to print.")] = TableOrJson.TABLE,  # noqa: A002 - the option's name
) -> None:
    """Tell whether the archive is fresh and the site as we know it, for monitoring.

    Exit code: 0 all well, 3 too many failed runs, 4 the site drifted, 69 stale, 73 the disk is nearly full.

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
