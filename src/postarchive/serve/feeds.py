"""What other programs follow: the feeds, `robots.txt`, and the sitemap.

/-/feed.atom, /-/feed.json   the entries of `postarchive feed`; `kind` (several) and `limit`
/robots.txt                  reading pages are for everyone; searches, tables and stored pages only for people
/sitemap.xml                 all articles; an index of sitemaps over 50,000
"""

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote
from xml.sax.saxutils import escape

from datasette.app import Datasette
from datasette.utils.asgi import NotFound, Request, Response

from postarchive import __version__
from postarchive.errors import UsageError
from postarchive.export.feed import FeedHead, feed_xml
from postarchive.export.jsonfeed import json_feed
from postarchive.news import PageEvent, feed_id
from postarchive.record.kinds import KINDS, LISTS, NAMES
from postarchive.serve.about import TITLE
from postarchive.serve.asking import int_or_zero, one, rows, whole_number
from postarchive.serve.plugin import Route
from postarchive.serve.reached import Reached
from postarchive.store.changes import Changes

Made: TypeAlias = Callable[[FeedHead, Changes, list[PageEvent]], str]  # writes a feed

DEFAULT_KINDS = tuple(kind.name for kind in KINDS if kind.in_feed)
ENTRIES, MAX_ENTRIES = 50, 200
OF_A_SITEMAP = 50_000  # the protocol's own limit
EPOCH = datetime.fromtimestamp(0, UTC)
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
XML = '<?xml version="1.0" encoding="UTF-8"?>'
ROBOTS = """User-agent: *
Disallow: /postarchive
Disallow: /-/search
Disallow: /-/memento/
Disallow: /-/timegate/
Disallow: /-/timemap/
Disallow: /-/calendar
Allow: /

Sitemap: {base}/sitemap.xml
"""


class FeedViews:
    """The addresses that other programs follow."""

    def __init__(self, archive: Path, place: Reached) -> None:
        """Report on this archive."""
        self._archive, self._place = archive, place

    def routes(self) -> list[Route]:
        """Return the addresses by their pattern."""
        return [
            (r"/-/feed\.atom$", self.atom),
            (r"/-/feed\.json$", self.json),
            (r"/robots\.txt$", self.robots),
            (r"/sitemap\.xml$", self.sitemap),
            (r"/sitemap-(?P<number>[0-9]{1,6})\.xml$", self.part_of_sitemap),
        ]

    async def atom(self, request: Request) -> Response:
        """Send the Atom feed."""
        base = self._place.base(request)

        def made(head: FeedHead, changes: Changes, events: list[PageEvent]) -> str:
            return "".join(feed_xml(head, events, drift=changes.drift(), address_of=partial(_address, base)))

        return _sent(request, await self._feed(request, made), "application/atom+xml; charset=utf-8")

    async def json(self, request: Request) -> Response:
        """Send the JSON Feed."""
        base = self._place.base(request)

        def made(head: FeedHead, changes: Changes, events: list[PageEvent]) -> str:
            feed = json_feed(head, events, drift=changes.drift(), address_of=partial(_address, base))
            return json.dumps(feed, ensure_ascii=False, indent=1)

        return _sent(request, await self._feed(request, made), "application/feed+json; charset=utf-8")

    async def robots(self, request: Request) -> Response:
        """Say what crawlers may read."""
        return Response.text(ROBOTS.format(base=self._place.base(request)))

    async def sitemap(self, datasette: Datasette, request: Request) -> Response:
        """List all articles, or the sitemaps that list them."""
        base, count = self._place.base(request), await _count(datasette)
        if count <= OF_A_SITEMAP:
            return await _urls(datasette, base, 0)
        parts = (f"<sitemap><loc>{base}/sitemap-{n + 1}.xml</loc></sitemap>" for n in range(-(-count // OF_A_SITEMAP)))
        return _xml(f'<sitemapindex xmlns="{SITEMAP}">', parts, "</sitemapindex>")

    async def part_of_sitemap(self, datasette: Datasette, request: Request) -> Response:
        """List one part of the articles."""
        number = int(request.url_vars["number"])
        if not 0 < number <= -(-await _count(datasette) // OF_A_SITEMAP):
            raise NotFound("There is no such part of the sitemap.")
        return await _urls(datasette, self._place.base(request), number - 1)

    async def _feed(self, request: Request, made: Made) -> str:
        kinds, limit = _kinds(request), whole_number(request.args.get("limit"), "limit", default=ENTRIES)
        query = f"?{request.query_string}" if request.query_string else ""
        base, path = self._place.base(request), f"{request.path}{query}"
        return await asyncio.to_thread(self._made, kinds, min(limit, MAX_ENTRIES), base, path, made)

    def _made(self, kinds: tuple[str, ...], limit: int, base: str, path: str, made: Made) -> str:
        with Changes(self._archive) as changes, closing(changes.events(kinds, limit=limit)) as events:
            head = FeedHead(
                id=feed_id(kinds),
                title=TITLE,
                subtitle=f"What happened to {' and '.join(kinds)} pages of China Post, as the archive saw it.",
                home=f"{base}/",
                version=__version__,
                when_empty=changes.latest_end() or EPOCH,
                self_url=f"{base}{path}",
            )
            return made(head, changes, list(events))


def _kinds(request: Request) -> tuple[str, ...]:
    """Return the kinds requested, by default the usual ones. Raises UsageError for an unknown kind."""
    kinds = tuple(dict.fromkeys(filter(None, request.args.getlist("kind"))))
    for kind in kinds:
        if kind not in NAMES:
            raise UsageError(f"kind={kind}", f"the choices are {', '.join(NAMES)}")
    return kinds or DEFAULT_KINDS


def _address(base: str, event: PageEvent) -> str | None:
    """Return the reading view of an event's page; None for a list, which has none, and for a page without a node."""
    is_shown = event.record.node is not None and event.kind not in LISTS
    return f"{base}/-/article/{event.record.node}" if is_shown else None


async def _count(datasette: Datasette) -> int:
    row = await one(datasette, "SELECT count(*) AS count FROM articles")
    return int_or_zero(row["count"]) if row else 0


async def _urls(datasette: Datasette, base: str, part: int) -> Response:
    found = await rows(
        datasette,
        "SELECT page, coalesce(edited, first_seen) AS changed FROM articles ORDER BY id LIMIT :most OFFSET :skipped",
        most=OF_A_SITEMAP,
        skipped=part * OF_A_SITEMAP,
    )
    lines = (
        f"<url><loc>{escape(base)}/-/article/{quote(str(row['page']))}</loc><lastmod>{row['changed']}</lastmod></url>"
        for row in found
    )
    return _xml(f'<urlset xmlns="{SITEMAP}">', lines, "</urlset>")


def _xml(first: str, lines: Iterable[str], last: str) -> Response:
    return Response("\n".join([XML, first, *lines, f"{last}\n"]), content_type="application/xml; charset=utf-8")


def _sent(request: Request, text: str, content_type: str) -> Response:
    """Return a text with its ETag, or 304 to a client that has it."""
    tag = f'"{hashlib.sha256(text.encode(errors="replace")).hexdigest()[:32]}"'
    if tag in request.headers.get("if-none-match", ""):
        return Response("", status=304, headers={"etag": tag}, content_type=content_type)
    return Response(text.encode(errors="replace"), headers={"etag": tag}, content_type=content_type)
