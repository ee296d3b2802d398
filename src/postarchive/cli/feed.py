"""`postarchive feed`."""

from contextlib import closing
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from postarchive import __version__
from postarchive.cli.common import ArchiveOption, archive_path, opened
from postarchive.cli.dates import first_day
from postarchive.cli.kinds import CHOICES, METAVAR, Kind, Kinds, kinds_of
from postarchive.errors import UsageError
from postarchive.news import feed_id
from postarchive.record.kinds import KINDS
from postarchive.urls import START_URL

TITLE = "China Post: new and changed articles"
EPOCH = datetime.fromtimestamp(0, UTC)
USUAL_KINDS = tuple(Kind(row.name) for row in KINDS if row.in_feed)


def feed(  # noqa: PLR0913 - options of a command
    *,
    archive: ArchiveOption = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="The file to write; else stdout.", show_default=False),
    ] = None,
    limit: Annotated[int, typer.Option(min=0, max=1_000_000_000, help="Most entries; 0 is no limit.")] = 50,
    kind: Annotated[
        list[Kinds] | None,
        typer.Option(
            parser=kinds_of,
            metavar=METAVAR,
            help=f"Pages of these kinds: {CHOICES} May be repeated.",
            show_default=" and ".join(USUAL_KINDS),
        ),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Only what happened from then on.", show_default=False)
    ] = None,
    title: Annotated[str, typer.Option(metavar="TEXT", help="The feed's title.")] = TITLE,
    self_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Where the feed will be found; readers ask for it.", show_default=False),
    ] = None,
) -> None:
    """Write an Atom feed of what is new, changed, gone and back, the newest first.

    A changed article's entry holds its differences; when the site drifted, the first entry says so. Ids stay the same,
    and so does the file while nothing happens. With `-o` nothing is printed: made for cron.

    Examples: postarchive feed -o /srv/www/china-post.atom · postarchive feed --kind news --since 2026-05
    """
    from postarchive.export.feed import Head, feed_xml  # noqa: PLC0415 - none of these for `--help`
    from postarchive.store.changes import Changes  # noqa: PLC0415

    kinds = tuple(dict.fromkeys(chain.from_iterable(kind))) if kind else USUAL_KINDS
    first = first_day(since) if since else None
    with Changes(archive_path(archive)) as changes:
        head = Head(
            id=feed_id(kinds),
            title=_said("--title", title),
            subtitle=f"What happened to {_words(kinds)} pages of China Post, as the archive saw it.",
            home=START_URL,
            version=__version__,
            when_empty=changes.latest_end() or EPOCH,
            self_url=_web_url(self_url) if self_url is not None else None,
        )
        with closing(changes.events(kinds, since=first, limit=limit or None)) as events:
            pieces = feed_xml(head, events, drift=changes.drift())
            with opened(output) as out:
                out.writelines(pieces)


def _words(kinds: tuple[Kind, ...]) -> str:
    return " and ".join(filter(None, (", ".join(kinds[:-1]), kinds[-1])))


def _said(option: str, text: str) -> str:
    if not text.strip():
        raise UsageError(option, "is empty; say what readers shall see, or leave the option out")
    return text


def _web_url(url: str) -> str:
    from postarchive.export.markup import is_web_url  # noqa: PLC0415

    if not is_web_url(url):
        raise UsageError(f"--self-url {url}", "no whole URL of the web; write it as https://archive.example/feed.atom")
    return url
