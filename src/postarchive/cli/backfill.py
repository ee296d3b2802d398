"""`postarchive backfill`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from postarchive.cli.common import (
    ArchiveOption,
    TimeoutOption,
    WaitOption,
    archive_path,
    check_extra,
    clock_reporter,
    known_hosts,
    report_damage,
)
from postarchive.cli.dates import check_range, first_day, last_day
from postarchive.cli.fetch import LogFormat, Tally, print_result
from postarchive.cli.signals import stopping
from postarchive.errors import UsageError
from postarchive.models import FetchResult
from postarchive.urls import ENGLISH_HOSTS

if TYPE_CHECKING:
    from postarchive.collect import FetchOptions

# The Wayback Machine's index takes at most 24 requests a minute, its clients report (2026-06).
WAYBACK_SECONDS = 3.0
PARQUET_MAGIC = b"PAR1"


class Source(StrEnum):
    """An archive that has captures of the site."""

    WAYBACK = "wayback"
    COMMONCRAWL = "commoncrawl"


NAMES = {Source.WAYBACK: "the Wayback Machine", Source.COMMONCRAWL: "Common Crawl"}


@dataclass(frozen=True, slots=True)
class BackfillScope:
    """What a person asked for: hosts, days in ISO, crawls, rows of a query; `is_plain` means http."""

    archive: Path
    hosts: tuple[str, ...]
    since: str | None
    until: str | None
    crawls: tuple[str, ...]
    index: Path | None
    is_plain: bool


def backfill(  # noqa: PLR0913 - options of a command
    source: Annotated[Source, typer.Argument(help="The archive to fetch from.")],
    *,
    archive: ArchiveOption = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="Only captures made on or after this date.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="Only captures made on or before this date.")
    ] = None,
    host: Annotated[
        list[str] | None,
        typer.Option(help="A China Post host; may be repeated. By default the English ones.", show_default=False),
    ] = None,
    crawl: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID",
            help="Only this crawl of Common Crawl, `CC-MAIN-2024-10`; may be repeated.",
            show_default=False,
        ),
    ] = None,
    index: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Rows of a query on Common Crawl's columnar index, csv or Parquet, used instead of its index server.",
            show_default=False,
        ),
    ] = None,
    max_requests: Annotated[int | None, typer.Option(min=1, help="Stop after this many requests.")] = None,
    delay: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            help="Seconds between the starts of two requests. Common Crawl's default is also its minimum.",
            show_default="3; for Common Crawl 1 to its index, 0.55 to its data",
        ),
    ] = None,
    timeout: TimeoutOption = 60.0,
    contact: Annotated[
        str | None,
        typer.Option(
            envvar="POSTARCHIVE_CONTACT",
            help="Your URL or email address, sent so that the other archive can reach you.",
            show_default=False,
        ),
    ] = None,
    http: Annotated[bool, typer.Option("--http", help="Use http, for a proxy that has to see the exchange.")] = False,
    wait: WaitOption = 0.0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only problems that need attention.")] = False,
    log_format: Annotated[LogFormat, typer.Option(help="Format of the line printed for each page.")] = LogFormat.TEXT,
) -> None:
    """Fetch older captures of the site from other archives: old versions, and pages that are gone.

    Reads the index of the Wayback Machine, or those of Common Crawl's crawls, and fetches each distinct body of a page
    once, in its original form, with its own time. The exchange with that archive is kept as evidence, as it happened. A
    run that was cut off or ended early continues where it stopped; known captures are not requested again.

    Each request to Common Crawl fetches one record from its WARC files; the digest is checked. It locks out clients
    that request too much (403, or no response): then the run stops at once, and nothing is requested for a day.
    `--index` takes a file with the columns `url`, `warc_filename`, `warc_record_offset` and `warc_record_length`, for
    all hosts of China Post unless `--host` names some.

    Exit code: 3 if some captures failed, 69 if the other archive does not respond or wants to be left alone.

    Examples: postarchive backfill wayback --from 2012 --to 2019-06 --max-requests 500 · postarchive backfill
    commoncrawl --from 2023 · postarchive backfill commoncrawl --index rows.parquet
    """
    from postarchive.collect import CONTACT, FetchOptions
    from postarchive.fetch import Limits

    ends = (first_day(since) if since else None), (last_day(until) if until else None)
    first, last = check_range("--from and --to", *ends)
    scope = BackfillScope(archive_path(archive), known_hosts(host), first, last, tuple(crawl or ()), index, http)
    _check(source, scope)
    default_delay = WAYBACK_SECONDS if source is Source.WAYBACK else 0.0
    tally = Tally()
    with stopping() as stop:
        options = FetchOptions(
            report_clock=clock_reporter(is_quiet=quiet),
            report_damage=report_damage,
            limits=Limits(delay_seconds=default_delay if delay is None else delay, timeout_seconds=timeout),
            contact=contact or CONTACT,
            wait_seconds=wait,
            max_requests=max_requests,
            sleep=stop.sleep,
            should_stop=stop.is_requested,
        )
        for result in _WAYS[source](scope, options):
            tally.add(result)
            print_result(result, is_quiet=quiet, log_format=log_format)
    if not quiet:
        typer.echo(tally.summary() if tally.counts else f"Nothing new in {NAMES[source]}.", err=True)
    raise typer.Exit(tally.exit_code())


def _check(source: Source, scope: BackfillScope) -> None:
    """Raise UsageError for options that do not go together."""
    from postarchive.commoncrawl import is_crawl

    if source is Source.WAYBACK and (scope.crawls or scope.index):
        raise UsageError("--crawl" if scope.crawls else "--index", "works only with `backfill commoncrawl`")
    for name in scope.crawls:
        if not is_crawl(name):
            raise UsageError(f"--crawl {name}", "is not the name of a crawl; write it like CC-MAIN-2024-10")
    if scope.index is None:
        return
    if scope.crawls or scope.since or scope.until:
        raise UsageError("--index", "already lists its rows; choose crawls and days in the query that produces it")
    if _is_parquet(scope.index):
        check_extra("--index FILE.parquet", "parquet", "pyarrow")


def _is_parquet(path: Path) -> bool:
    from postarchive.paths import starts_with

    return starts_with(path, PARQUET_MAGIC)


def _of_wayback(scope: BackfillScope, options: "FetchOptions") -> Iterator[FetchResult]:
    from postarchive.collect.backfill import Wanted, backfill
    from postarchive.wayback import BASE

    wanted = Wanted(scope.hosts or ENGLISH_HOSTS, scope.since, scope.until)
    return backfill(scope.archive, wanted, options=options, base=_scheme(BASE, scope))


def _of_commoncrawl(scope: BackfillScope, options: "FetchOptions") -> Iterator[FetchResult]:
    from postarchive.collect.commoncrawl import backfill
    from postarchive.collect.indexes import CrawlQuery
    from postarchive.commoncrawl import Bases

    since, until = (date.fromisoformat(day) if day else None for day in (scope.since, scope.until))
    query, bases = CrawlQuery(scope.hosts, since, until, scope.crawls, scope.index), Bases()
    if scope.index and _is_parquet(scope.index):
        from postarchive.foreign.parquetrows import parquet_rows

        query = replace(query, read_rows=parquet_rows)
    plain = Bases(_scheme(bases.index, scope), _scheme(bases.data, scope))
    return backfill(scope.archive, query, options=options, bases=plain)


def _scheme(base: str, scope: BackfillScope) -> str:
    return base.replace("https:", "http:") if scope.is_plain else base


_WAYS = {Source.WAYBACK: _of_wayback, Source.COMMONCRAWL: _of_commoncrawl}
