"""The pages of Memento (RFC 7089): TimeGate, TimeMap, and a stored page at its time, cleaned.

/-/timegate/URL         leads to the memento nearest to `Accept-Datetime`, the latest without it
/-/timemap/link/URL     all mementos of a URL, in link-format
/-/memento/TIME/URL     the response at that time: a page without active content, a picture as it is
"""

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from urllib.parse import unquote

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response
from markupsafe import Markup

from postarchive.collect.kept import stored_capture
from postarchive.errors import UnreadableInput, UsageError
from postarchive.serve.asking import language_of, page_from
from postarchive.serve.mementos import (
    LINK_FORMAT,
    SECOND,
    Memento,
    MementoLinks,
    closest,
    http_time,
    mementos_of,
    moment_of,
    uri,
)
from postarchive.serve.original import Held, cleaned_page
from postarchive.serve.pictures import Pictures
from postarchive.serve.plugin import Route
from postarchive.serve.policy import Send
from postarchive.serve.reached import Reached
from postarchive.store.articles import StoredSheet
from postarchive.store.captures import Captures, StoredCapture
from postarchive.store.read import LaggingReader
from postarchive.times import http_date
from postarchive.urls import normalize

URL = r"(?P<url>.+)"
TIME = r"(?P<time>\d{4,20})"
# Some proxies turn two slashes into one.
SCHEME = re.compile(r"(?P<scheme>https?):/+", re.IGNORECASE)
NONE_HERE = "no capture of it in this archive; the search finds what is"


@dataclass(frozen=True, slots=True)
class StoredPage:
    """What a memento shows: the cleaned HTML, or why there is none."""

    content: str
    problem: str | None


class MementoViews:
    """The pages below `/-/timegate/`, `/-/timemap/` and `/-/memento/`."""

    def __init__(self, archive: Path, pictures: Pictures, place: Reached) -> None:
        """Show the captures of this archive."""
        self._archive, self._pictures, self._place = archive, pictures, place

    def routes(self) -> list[Route]:
        """Return the pages by their path."""
        return [
            (rf"/-/timegate/{URL}$", self.timegate),
            (rf"/-/timemap/link/{URL}$", self.timemap),
            (rf"/-/memento/{TIME}/{URL}$", self.memento),
        ]

    async def timegate(self, request: Request) -> Response:
        """Redirect to the memento nearest to the requested time."""
        links = await self.links_of(request, url_in(request))
        asked = request.headers.get("accept-datetime")
        time = http_date(asked) if asked is not None else links.mementos[-1].time
        if time is None:
            raise UsageError(f"Accept-Datetime: {asked}", "no HTTP date, such as Wed, 29 Mar 2023 08:15:00 GMT")
        chosen = closest(links.mementos, time)
        return _redirect(links, chosen, links.header(chosen))

    async def timemap(self, request: Request) -> Response:
        """List all mementos."""
        links = await self.links_of(request, url_in(request))
        return Response(links.timemap_text(), headers={"link": links.header()}, content_type=LINK_FORMAT)

    async def memento(self, datasette: Datasette, request: Request, send: Send) -> Response | None:
        """Show the response at a time: a page cleaned, a picture as it is; another time leads to the nearest."""
        links = await self.links_of(request, url_in(request))
        stamp = request.url_vars["time"]
        shown = next((memento for memento in links.mementos if memento.stamp == stamp), None)
        if shown is None:
            return self._nearest(links, stamp)
        headers = {"memento-datetime": http_time(shown.time), "link": links.header(shown)}
        picture = await asyncio.to_thread(self._pictures.of_capture, shown.capture)
        if picture is not None:
            await self._pictures.send(picture.digest, send, headers)
            return None
        page = await asyncio.to_thread(self._page, shown.capture)
        context = {
            "links": links,
            "shown": shown,
            "place": links.mementos.index(shown),
            "content": Markup(page.content),  # noqa: S704 - nh3 has cleaned it, and no page may run a script
            "problem": page.problem,
            "language": language_of(page.content),
        }
        response = await page_from(datasette, request, "memento.html", context)
        response.headers.update(headers)
        return response

    def link_header(self, request: Request, url: str) -> str:
        """Return the `Link` header of a page about a URL: its original, TimeGate and TimeMap."""
        return MementoLinks(self._place.base(request), url, ()).header()

    async def headers_of(self, request: Request, sheet: StoredSheet) -> dict[str, str]:
        """Return the headers of a page that shows the capture of a sheet's version."""
        links = MementoLinks(self._place.base(request), sheet.url, ())
        with suppress(UnreadableInput):
            links = await self.links_of(request, sheet.url)
        shown = next((one for one in links.mementos if one.capture.evidence == sheet.evidence), None)
        return {"memento-datetime": http_time(sheet.seen), "link": links.header(shown)}

    async def links_of(self, request: Request, url: str) -> MementoLinks:
        """Return the links of a URL. Raises UnreadableInput when the archive has no capture of it."""
        return await asyncio.to_thread(self._links, self._place.base(request), url)

    def _links(self, base: str, url: str) -> MementoLinks:
        with Captures(self._archive) as captures:
            for form in url_forms(url):
                mementos = mementos_of(captures.shown(form))
                if mementos:
                    return MementoLinks(base, form, mementos)
        raise UnreadableInput(url, NONE_HERE)

    def _nearest(self, links: MementoLinks, stamp: str) -> Response:
        time = moment_of(stamp)
        if time is None:
            raise UsageError(stamp, "is not a time; write it like 20230329081500")
        return _redirect(links, closest(links.mementos, time), links.header())

    def _page(self, capture: StoredCapture) -> StoredPage:
        try:
            with LaggingReader(self._archive) as reader:
                stored = stored_capture(reader, capture.body)
            return StoredPage(cleaned_page(stored, partial(self._held, capture.time)), None)
        except UnreadableInput as error:
            return StoredPage("", str(error))

    def _held(self, time: str, pictures: Sequence[str], links: Sequence[str]) -> Held:
        """Return what the archive holds of a page's pictures and links, as they were at its time."""
        stamp = datetime.fromisoformat(time).strftime(SECOND)
        plain = {url: normalize(url) for url in links}
        with Captures(self._archive) as captures:
            known = captures.held(list(plain.values()))
        pages = {url: f"/-/memento/{stamp}/{uri(form)}" for url, form in plain.items() if form in known}
        return Held(self._pictures.of_urls(pictures, time), pages)


def url_in(request: Request) -> str:
    """Return the URL in the path, with the query that follows it."""
    path = request.url_vars["url"]
    if "/" not in path and "%2f" in path.lower():
        path = unquote(path)
    url = path + (f"?{request.query_string}" if request.query_string else "")
    found = SCHEME.match(url)
    return f"{found['scheme']}://{url[found.end() :]}" if found else f"http://{url}"


def url_forms(url: str) -> tuple[str, ...]:
    """Return the URLs under which the page may have been captured: as requested, and with the other scheme."""
    plain = normalize(url)
    scheme, colon, rest = plain.partition("://")
    return plain, f"{'http' if scheme == 'https' else 'https'}{colon}{rest}"


def _redirect(links: MementoLinks, memento: Memento, header: str) -> Response:
    headers = {"vary": "accept-datetime", "link": header, "location": links.address(memento)}
    return Response("", status=302, headers=headers)
