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
    source: Annotated[Source, typer.Argument(help="Whose captures to fetch.")],
    *,
    archive: ArchiveOption = None,
    since: Annotated[str | None, typer.Option("--from", metavar="DATE", help="Only captures from then on.")] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Only captures until then.")] = None,
    host: Annotated[
        list[str] | None,
        typer.Option(help="A host of China Post; may be repeated. Without it the English ones.", show_default=False),
    ] = None,
    max_requests: Annotated[int | None, typer.Option(min=1, help="End the run after so many requests.")] = None,
    delay: Annotated[float, typer.Option(min=0.0, help="Seconds between request starts.")] = DELAY_SECONDS,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for a silent server.")] = 60.0,
    contact: Annotated[
        str | None,
        typer.Option(envvar="POSTARCHIVE_CONTACT", help="Your URL or address, for those asked.", show_default=False),
    ] = None,
    http: Annotated[bool, typer.Option("--http", help="Ask by http, for a proxy that must see the exchange.")] = False,
    wait: Annotated[float, typer.Option(min=0.0, help="Seconds to wait for another run to end.")] = 0.0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing unless a person should act.")] = False,
    log_format: Annotated[LogFormat, typer.Option(help="How to print the line of a page.")] = LogFormat.TEXT,
) -> None:
    """Fetch what others captured of the site before: old versions, and pages that it has forgotten.

    Reads the index of the Wayback Machine and fetches each distinct body of a page once, in its original form, with its
    own time. The exchange with the Wayback Machine is kept as evidence as it happened. A run that was cut off, or ended
    early, goes on where it was; known captures are not asked for again.

    Exit code: 3 some captures failed, 69 the Wayback Machine cannot be asked or wants to be left alone.

    Example: postarchive backfill wayback --from 2012 --to 2019-06 --max-requests 500
    """
    from postarchive.collect import CONTACT, FetchOptions  # noqa: PLC0415 - requests and lxml take their time
    from postarchive.collect.backfill import Wanted  # noqa: PLC0415
    from postarchive.collect.backfill import backfill as fetch_captures  # noqa: PLC0415
    from postarchive.fetch import Limits  # noqa: PLC0415
    from postarchive.wayback import BASE  # noqa: PLC0415

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
