"""`postarchive fetch`."""

from collections import Counter
from typing import Annotated

import typer

from postarchive.cli.common import ArchiveOption, archive_path
from postarchive.models import FetchResult, Outcome

SOME_FAILED, DRIFTED = 3, 4


def fetch(  # noqa: PLR0913 - options of a command
    urls: Annotated[
        list[str], typer.Argument(metavar="URL...", help="Pages of China Post's sites.", show_default=False)
    ],
    *,
    archive: ArchiveOption = None,
    delay: Annotated[float, typer.Option(min=0.0, help="Seconds between request starts to a host.")] = 2.0,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for a silent server.")] = 30.0,
    contact: Annotated[
        str | None, typer.Option(help="URL or address that tells the site's owners who asks.", show_default=False)
    ] = None,
    wait: Annotated[float, typer.Option(min=0.0, help="Seconds to wait for another run to end.")] = 0.0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing of pages that went well.")] = False,
) -> None:
    """Fetch pages into the archive: evidence first, then records.

    Prints a line for each page: NEW, CHANGED, UNCHANGED, GONE, ARCHIVED (kept, not read) or FAILED, its URL and title.

    Example: postarchive fetch http://english.chinapost.com.cn/html1/report/2304/8456-1.htm
    """
    from postarchive.collect import FetchOptions, fetch_urls  # noqa: PLC0415 - requests and lxml take their time
    from postarchive.collect.pages import CONTACT  # noqa: PLC0415
    from postarchive.fetch import Limits  # noqa: PLC0415

    options = FetchOptions(
        limits=Limits(delay_seconds=delay, timeout_seconds=timeout), contact=contact or CONTACT, wait_seconds=wait
    )
    counts = Counter[Outcome]()
    for result in fetch_urls(archive_path(archive), urls, options=options):
        counts[result.outcome] += 1
        print_result(result, quiet=quiet)
    raise typer.Exit(exit_code(counts))


def print_result(result: FetchResult, *, quiet: bool = False) -> None:
    """Print the line of a page; a failure also when quiet."""
    from postarchive.export import printable  # noqa: PLC0415

    is_trouble = result.outcome in {Outcome.FAILED, Outcome.ARCHIVED}
    if is_trouble or not quiet:
        typer.echo(
            printable(f"{result.outcome:<9} {result.url}  {result.detail or ''}".rstrip()), err=is_trouble and quiet
        )


def exit_code(counts: Counter[Outcome]) -> int:
    """Return what a run's outcomes mean to a script: drift before failure, else 0."""
    if counts[Outcome.ARCHIVED]:
        return DRIFTED
    return SOME_FAILED if counts[Outcome.FAILED] else 0
