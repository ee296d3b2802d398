"""`postarchive import`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from postarchive.cli.common import (
    ArchiveOption,
    JobsOption,
    WaitOption,
    archive_path,
    clock_reporter,
    counted,
    importing,
    jobs_of,
    report_damage,
)
from postarchive.cli.fetch import SOME_FAILED, LogFormat, Tally, print_result
from postarchive.cli.signals import stopping
from postarchive.export.plain import printable
from postarchive.models import FetchResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postarchive.foreign import Damage


def import_(  # noqa: PLR0913 - options of a command
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="WARC or WACZ files, or folders of these or of saved pages.")
    ],
    *,
    archive: ArchiveOption = None,
    jobs: JobsOption = None,
    wait: WaitOption = 0.0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only problems that need attention.")] = False,
    log_format: Annotated[LogFormat, typer.Option(help="Format of the line printed for each page.")] = LogFormat.TEXT,
) -> None:
    """Import pages that others captured, with their own capture times, marked as imported.

    Only pages on China Post's hosts are imported. What is already stored, with the same URL, time and content, is not
    stored again. Damaged records are reported on stderr and skipped (exit code 3). The URL of a saved page comes from
    its path below a folder named after its host, else from the comment left by the browser that saved it; its time is
    the file's date.

    Examples: postarchive import crawl.warc.gz collection.wacz · postarchive import saved/english.chinapost.com.cn
    """
    with importing():
        from postarchive.collect.imports import ImportOptions, import_paths

    with stopping() as stop:
        options = ImportOptions(
            wait_seconds=wait,
            jobs=jobs_of(jobs),
            should_stop=stop.is_requested,
            report_clock=clock_reporter(is_quiet=quiet),
            report_damage=report_damage,
        )
        results = import_paths(archive_path(archive), paths, options=options)
        tally, damaged = _follow(results, is_quiet=quiet, log_format=log_format)
    if not quiet:
        typer.echo(_summary(tally, damaged), err=True)
    raise typer.Exit(tally.exit_code() or (SOME_FAILED if damaged else 0))


def _follow(results: "Iterator[FetchResult | Damage]", *, is_quiet: bool, log_format: LogFormat) -> tuple[Tally, int]:
    """Print pages and damage as they come; return the outcomes of the pages, and the number of damaged places."""
    tally, damaged = Tally(), 0
    for result in results:
        if isinstance(result, FetchResult):
            tally.add(result)
            print_result(result, is_quiet=is_quiet, log_format=log_format)
        else:
            damaged += result.count
            _print_damage(result)
    return tally, damaged


def _print_damage(damage: "Damage") -> None:
    typer.echo(printable(f"DAMAGED   {damage.file}@{damage.offset}  {damage.problem}"), err=True)


def _summary(tally: Tally, damaged: int) -> str:
    pages = tally.summary() if tally.counts else "No pages of China Post found"
    return f"{pages}; {counted(damaged, 'damaged record')} skipped" if damaged else pages
