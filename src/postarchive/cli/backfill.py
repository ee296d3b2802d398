"""`postarchive backfill`."""

from enum import StrEnum
from typing import Annotated

import typer

from postarchive.cli.common import ArchiveOption, archive_path, clock_teller, known_hosts
from postarchive.cli.dates import check_range, first_day, last_day
from postarchive.cli.fetch import LogFormat, Tally, print_result
from postarchive.cli.signals import stopping
from postarchive.urls import ENGLISH_HOSTS

# Its index takes 24 requests a minute at most, as clients of it report (2026-06).
DELAY_SECONDS = 3.0


class Source(StrEnum):
    """Who has captures of the site that can be asked for."""

    WAYBACK = "wayback"


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
    max_requests: Annotated[int | None, typer.Option(min=1, help="Stop after this many requests.")] = None,
    delay: Annotated[float, typer.Option(min=0.0, help="Seconds between the starts of two requests.")] = DELAY_SECONDS,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for a server that sends nothing.")] = 60.0,
    contact: Annotated[
        str | None,
        typer.Option(
            envvar="POSTARCHIVE_CONTACT",
            help="Your URL or email address, sent so that those asked can reach you.",
            show_default=False,
        ),
    ] = None,
    http: Annotated[bool, typer.Option("--http", help="Use http, for a proxy that has to see the exchange.")] = False,
    wait: Annotated[float, typer.Option(min=0.0, help="Seconds to wait if another run is using the archive.")] = 0.0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only problems that need attention.")] = False,
    log_format: Annotated[LogFormat, typer.Option(help="Format of the line printed for each page.")] = LogFormat.TEXT,
) -> None:
    """Fetch older captures of the site from other archives: old versions, and pages that are gone.

    Reads the index of the Wayback Machine and fetches each distinct body of a page once, in its original form, with its
    own time. The exchange with the Wayback Machine is kept as evidence as it happened. A run that was cut off, or ended
    early, goes on where it was; known captures are not asked for again.

    Exit code: 3 some captures failed, 69 the Wayback Machine cannot be asked or wants to be left alone.

    Example: postarchive backfill wayback --from 2012 --to 2019-06 --max-requests 500
    """
    from postarchive.collect import CONTACT, FetchOptions
    from postarchive.collect.backfill import Wanted
    from postarchive.collect.backfill import backfill as fetch_captures
    from postarchive.fetch import Limits
    from postarchive.wayback import BASE

    assert source is Source.WAYBACK  # noqa: S101 - the only one yet
    ends = (first_day(since) if since else None), (last_day(until) if until else None)
    first, last = check_range("--from and --to", *ends)
    wanted, tally = Wanted(known_hosts(host) or ENGLISH_HOSTS, first, last), Tally()
    with stopping() as stop:
        options = FetchOptions(
            tell_clock=clock_teller(is_quiet=quiet),
            limits=Limits(delay_seconds=delay, timeout_seconds=timeout),
            contact=contact or CONTACT,
            wait_seconds=wait,
            max_requests=max_requests,
            sleep=stop.sleep,
            should_stop=stop.is_asked,
        )
        base = BASE.replace("https:", "http:") if http else BASE
        for result in fetch_captures(archive_path(archive), wanted, options=options, base=base):
            tally.add(result)
            print_result(result, is_quiet=quiet, log_format=log_format)
    if not quiet:
        typer.echo(tally.summary() if tally.counts else "Nothing new in the Wayback Machine.", err=True)
    raise typer.Exit(tally.exit_code())
