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
from postarchive.cli.kinds import CHOICES, METAVAR, KindChoice, Kinds, kinds_of
from postarchive.errors import UsageError
from postarchive.news import feed_id
from postarchive.record.kinds import KINDS
from postarchive.urls import START_URL

TITLE = "China Post: new and changed articles"
EPOCH = datetime.fromtimestamp(0, UTC)
DEFAULT_KINDS = tuple(KindChoice(row.name) for row in KINDS if row.in_feed)


def feed(  # noqa: PLR0913 - options of a command
    *,
    archive: ArchiveOption = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write to this file instead of stdout.", show_default=False
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=0, max=1_000_000_000, help="Maximum number of entries; 0 means no limit.")
    ] = 50,
    kind: Annotated[
        list[Kinds] | None,
        typer.Option(
            parser=kinds_of,
            metavar=METAVAR,
            help=f"Only pages of these kinds: {CHOICES}",
            show_default=" and ".join(DEFAULT_KINDS),
        ),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Only what happened on or after this date.", show_default=False)
    ] = None,
    title: Annotated[str, typer.Option(metavar="TEXT", help="The feed's title.")] = TITLE,
    self_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Public URL of the feed, which feed readers request.", show_default=False),
    ] = None,
) -> None:
    """Write an Atom feed of pages that are new, changed, gone or back, newest first.

    The entry for a changed article shows what changed; if the site has drifted, the first entry says so. Ids never
    change, and the file changes only when something has happened. With `-o` nothing is printed, so it suits cron.

    Examples: postarchive feed -o /srv/www/china-post.atom · postarchive feed --kind news --since 2026-05
    """
    from postarchive.export.feed import FeedHead, feed_xml
    from postarchive.store.changes import Changes

    kinds = tuple(dict.fromkeys(chain.from_iterable(kind))) if kind else DEFAULT_KINDS
    first = first_day(since) if since else None
    with Changes(archive_path(archive)) as changes:
        head = FeedHead(
            id=feed_id(kinds),
            title=_not_blank("--title", title),
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


def _words(kinds: tuple[KindChoice, ...]) -> str:
    return " and ".join(filter(None, (", ".join(kinds[:-1]), kinds[-1])))


def _not_blank(option: str, text: str) -> str:
    if not text.strip():
        raise UsageError(option, "is empty; give the title that readers should see, or leave the option out")
    return text


def _web_url(url: str) -> str:
    from postarchive.export.markup import is_web_url

    if not is_web_url(url):
        raise UsageError(
            f"--self-url {url}", "is not a complete web URL; write one like https://archive.example/feed.atom"
        )
    return url
