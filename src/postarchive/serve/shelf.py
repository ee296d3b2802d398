"""The pictures that represent articles: for each, the first that the archive holds."""

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path

from datasette.app import Datasette

from postarchive.serve.asking import Row, int_or_zero, rows
from postarchive.serve.listed import pictures_in_lists
from postarchive.serve.percopy import PerCopy
from postarchive.serve.pictures import Picture, Pictures

MAX_PICTURES = 20_000
FIRST = """
SELECT article, url, min(id) FROM pictures
WHERE article IN (SELECT value FROM json_each(:articles)) AND latest AND held GROUP BY article
"""


class Shelf:
    """The pictures of articles, looked up once for each copy."""

    def __init__(self, archive: Path, pictures: Pictures) -> None:
        """Take pictures from `pictures`, and lists of stamps from this archive."""
        self._archive = archive
        self.pictures = pictures
        self._listed: PerCopy[dict[int, str]] = PerCopy(1)
        self._known: PerCopy[dict[str, Picture | None]] = PerCopy(1)

    async def of_articles(self, datasette: Datasette, articles: Iterable[int]) -> dict[int, Picture]:
        """Return the picture of each article that has one here, by the article's id."""
        return await self.of_rows(datasette, await rows(datasette, FIRST, articles=json.dumps(list(articles))))

    async def of_stamps(self, datasette: Datasette, stamps: Iterable[int]) -> dict[int, Picture]:
        """Return the picture of each stamp that has one here: from its own page, else from beside it in a list."""
        wanted = list(stamps)
        return await self.in_lists(datasette, wanted) | await self.of_articles(datasette, wanted)

    async def in_lists(self, datasette: Datasette, stamps: Iterable[int]) -> dict[int, Picture]:
        """Return the picture beside each stamp in the site's lists that has one here."""
        listed = await self._listed.get(datasette, "", self._in_lists)
        urls = {stamp: listed[stamp] for stamp in stamps if stamp in listed}
        held = await self._of_urls(datasette, list(urls.values()))
        return {stamp: picture for stamp, url in urls.items() if (picture := held[url])}

    async def _in_lists(self) -> dict[int, str]:
        return await asyncio.to_thread(pictures_in_lists, self._archive)

    async def of_rows(self, datasette: Datasette, first: Iterable[Row]) -> dict[int, Picture]:
        """Return the pictures for rows of `FIRST`, which a caller can fetch together with other rows."""
        urls = {int_or_zero(row["article"]): str(row["url"]) for row in first}
        held = await self._of_urls(datasette, list(urls.values()))
        return {article: picture for article, url in urls.items() if (picture := held[url])}

    async def _of_urls(self, datasette: Datasette, urls: list[str]) -> dict[str, Picture | None]:
        known = await self._known.get(datasette, "", _nothing)
        held = {url: known[url] for url in urls if url in known}
        if unknown := [url for url in urls if url not in held]:
            found = await asyncio.to_thread(self.pictures.of_urls, unknown)
            held |= {url: found.get(url) for url in unknown}
            known |= {url: held[url] for url in unknown}
            for url in list(known)[: len(known) - MAX_PICTURES]:
                del known[url]
        return held


async def _nothing() -> dict[str, Picture | None]:
    return {}
