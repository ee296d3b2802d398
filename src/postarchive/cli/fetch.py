"""`postarchive fetch`."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from postarchive.cli.common import (
    ArchiveOption,
    ContactOption,
    DelayOption,
    TimeoutOption,
    WaitOption,
    archive_path,
    clock_reporter,
    counted,
    importing,
    known_hosts,
    report_damage,
)
from postarchive.cli.kinds import CHOICES, METAVAR, Kinds, kinds_of
from postarchive.cli.logfile import Log, logging_to
from postarchive.cli.progress import Remaining, progress_text, watched
from postarchive.cli.seal import after_run, seal_quietly
from postarchive.cli.signals import stopping
from postarchive.export.plain import printable
from postarchive.models import FetchResult, Outcome
from postarchive.urls import ENGLISH_HOSTS, START_URL

if TYPE_CHECKING:
    from postarchive.collect import FetchOptions
    from postarchive.crawl import Due, Scope

SOME_FAILED, DRIFTED = 3, 4
TROUBLE = frozenset((Outcome.FAILED, Outcome.ARCHIVED))
MINUTE_SECONDS = 60.0
NODE = re.compile(r"\d+(?:-\d+)?", re.ASCII)  # 23048456, 22033375-2


class Tally:
    """The outcomes of a run's pages."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        self.counts = Counter[Outcome]()
        self._has_drift = False
        self._has_failure = False

    def add(self, result: FetchResult) -> None:
        """Count a page."""
        self.counts[result.outcome] += 1
        self._has_drift = self._has_drift or result.is_drift
        self._has_failure = self._has_failure or (result.outcome is Outcome.FAILED and not result.is_expected)

    def summary(self, left: int = 0) -> str:
        """Return the line that ends a run; `left` URLs wait for the next run, because the budget is spent."""
        total = sum(self.counts.values())
        parts = [f"{outcome} {self.counts[outcome]}" for outcome in Outcome if self.counts[outcome]]
        line = f"{counted(total, 'page')}: {', '.join(parts)}" if parts else "Nothing was due."
        if not left:
            return line
        waits = "URL waits" if left == 1 else "URLs wait"
        return f"{line if parts else 'No page'}; the run's budget is spent, {left} {waits} for the next run."

    def exit_code(self) -> int:
        """Return what the outcomes mean to a script: drift before failure, else 0."""
        if self._has_drift:
            return DRIFTED
        return SOME_FAILED if self._has_failure else 0


class LogFormat(StrEnum):
    """How each page's line is printed."""

    TEXT = "text"
    JSON = "json"


def fetch(  # noqa: PLR0913 - options of a command
    urls: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[URL|NODE]...",
            help="Pages to fetch; a known page can be given by its node id. With none, do the incremental run.",
            show_default=False,
        ),
    ] = None,
    *,
    archive: ArchiveOption = None,
    full: Annotated[
        bool, typer.Option("--full", help="Revisit every known page, downloading only what has changed.")
    ] = False,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Revisit only pages dated on or after this date.")
    ] = None,
    kind: Annotated[
        Kinds | None,
        typer.Option(
            parser=kinds_of, metavar=METAVAR, help=f"Only these kinds, and the lists that lead to them: {CHOICES}"
        ),
    ] = None,
    host: Annotated[list[str] | None, typer.Option(help="Another China Post host to crawl; may be repeated.")] = None,
    media: Annotated[
        bool, typer.Option("--media", help="Also fetch the pictures and files that the records name.")
    ] = False,
    max_requests: Annotated[
        int | None,
        typer.Option(min=1, help="Stop after this many requests.", show_default="5000 without URLs"),
    ] = None,
    max_time: Annotated[
        float | None,
        typer.Option(min=0.0, help="Stop after this many minutes.", show_default="360 without URLs"),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be fetched, and why, without fetching it.")
    ] = False,
    delay: DelayOption = 2.0,
    timeout: TimeoutOption = 30.0,
    contact: ContactOption = None,
    wait: WaitOption = 0.0,
    seal: Annotated[
        bool, typer.Option("--seal", help="Have time-stamping authorities seal the archive after the run.")
    ] = False,
    tsa: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL",
            help="A time-stamping authority for --seal; may be repeated.",
            envvar="POSTARCHIVE_TSA",
            show_default=False,
        ),
    ] = None,
    tsa_ca: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="Root certificate (PEM) to keep with the seal; may be repeated.", show_default=False
        ),
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Also write every line to this file, with its time; up to 1 MiB, and as much in FILE.1.",
            show_default=False,
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only problems that need attention.")] = False,
    log_format: Annotated[LogFormat, typer.Option(help="Format of the line printed for each page.")] = LogFormat.TEXT,
) -> None:
    """Fetch pages into the archive: the evidence first, then the records.

    With URLs, fetch those pages. Without, do the incremental run for cron: find new pages starting from the front page,
    revisit known ones when they are due, and continue where the last run stopped. Each page gets a line with its
    outcome: NEW, CHANGED, UNCHANGED, GONE, ARCHIVED (kept but not read) or FAILED. With --seal, authorities time-stamp
    the archive after the run (see `postarchive seal`); if one does not respond, a line on stderr says so, and the exit
    code stays the same.

    Examples: postarchive fetch http://english.chinapost.com.cn/html1/report/2304/8456-1.htm · postarchive fetch --quiet
    """
    with importing():
        from postarchive.cli.dates import first_day
        from postarchive.collect import CONTACT, FetchOptions
        from postarchive.crawl import Scope
        from postarchive.fetch import Limits

    named = _urls(archive_path(archive), urls or [])
    more = tuple(name for name in known_hosts(host) if name not in ENGLISH_HOSTS)
    starts = tuple(f"http://{name}/" for name in more)
    scope = Scope((*ENGLISH_HOSTS, *more), START_URL, starts, full, kind or (), first_day(since) if since else None)
    if dry_run:
        from postarchive.collect.planning import plan

        _print_plan(plan(archive_path(archive), scope, options=FetchOptions()), named)
        return
    sealing = after_run(tsa or [], tsa_ca, wait=wait) if seal else None
    remaining = Remaining()
    with logging_to(log, is_quiet=quiet) as write_log, stopping() as stop:
        options = FetchOptions(
            limits=Limits(delay_seconds=delay, timeout_seconds=timeout),
            contact=contact or CONTACT,
            wait_seconds=wait,
            max_requests=max_requests,
            has_media=media,
            max_seconds=max_time * MINUTE_SECONDS if max_time is not None else None,
            sleep=stop.sleep,
            should_stop=stop.is_requested,
            report_remaining=remaining.update,
            report_left=remaining.leave,
            report_clock=clock_reporter(is_quiet=quiet),
            report_damage=report_damage,
        )
        results = logged(_results(archive_path(archive), named, scope, options), write_log)
        tally = _follow(results, remaining, is_quiet=quiet, log_format=log_format)
        write_log(tally.summary(remaining.left))
    if not quiet:
        typer.echo(tally.summary(remaining.left), err=True)
    if sealing is not None:
        seal_quietly(archive_path(archive), sealing)
    raise typer.Exit(tally.exit_code())


def _urls(archive: Path, names: list[str]) -> list[str]:
    """Return URLs unchanged, and for each node the URLs of its sheets in the archive."""
    if not any(map(NODE.fullmatch, names)):
        return names
    from postarchive.store.read import Reader

    with Reader(archive) as reader:
        return [url for name in names for url in (reader.pages_of(name).values() if NODE.fullmatch(name) else [name])]


def _results(archive: Path, urls: list[str], scope: "Scope", options: "FetchOptions") -> Iterator[FetchResult]:
    from postarchive.collect import crawl, fetch_urls

    return fetch_urls(archive, urls, options=options) if urls else crawl(archive, scope, options=options)


def _follow(results: Iterator[FetchResult], remaining: Remaining, *, is_quiet: bool, log_format: LogFormat) -> "Tally":
    """Print the pages as they come, with a progress line if a person is watching; return their outcomes."""
    tally, started = Tally(), monotonic()
    with watched("fetching …", is_quiet=is_quiet) as line:
        for result in results:
            tally.add(result)
            line.erase()
            print_result(result, is_quiet=is_quiet, log_format=log_format)
            if line.is_seen:
                line.show(progress_text(tally.counts, remaining.count, monotonic() - started))
    return tally


def print_result(result: FetchResult, *, is_quiet: bool = False, log_format: LogFormat = LogFormat.TEXT) -> None:
    """Print a page's line on stdout; when quiet, only problems, on stderr."""
    is_trouble = (result.outcome in TROUBLE or result.is_drift) and not result.is_expected
    if is_quiet and not is_trouble:
        return
    typer.echo(printable(result_line(result, log_format)), err=is_quiet)


def result_line(result: FetchResult, log_format: LogFormat = LogFormat.TEXT) -> str:
    """Return a page's line."""
    if log_format is LogFormat.JSON:
        fields = {"outcome": result.outcome, "url": result.url, "detail": result.detail}
        return json.dumps(fields, ensure_ascii=False)
    return f"{result.outcome:<9} {result.url}  {result.detail or ''}".rstrip()


def logged(results: Iterator[FetchResult], write_log: Log) -> Iterator[FetchResult]:
    """Yield the results as they come, after writing the line of each to a log."""
    for result in results:
        write_log(result_line(result))
        yield result


def _print_plan(due: "Iterator[Due]", urls: list[str]) -> None:
    for url in urls:
        typer.echo(f"{url}  named on the command line")
    for item in due if not urls else ():
        typer.echo(f"{item.url}  {item.reason}")
