"""The pictures that stand for articles: the first of each that the archive holds."""

import asyncio
import json
from collections.abc import Iterable

from datasette.app import Datasette

from postarchive.serve.asking import rows
from postarchive.serve.percopy import PerCopy
from postarchive.serve.pictures import Picture, Pictures

KEPT_PICTURES = 20_000
FIRST = """
SELECT article, url, min(id) FROM pictures WHERE article IN (SELECT value FROM json_each(:articles)) GROUP BY article
"""


class Shelf:
    """The pictures of articles, looked up once for each copy."""

    def __init__(self, pictures: Pictures) -> None:
        """Take them from here."""
        self.pictures = pictures
        self._kept: PerCopy[Picture | None] = PerCopy(KEPT_PICTURES)

    async def of_articles(self, datasette: Datasette, articles: Iterable[int]) -> dict[int, Picture]:
        """Return the picture of each article that has one here, by the article's id."""
        wanted = await rows(datasette, FIRST, articles=json.dumps(list(articles)))
        found = {int(str(row["article"])): await self._of_url(datasette, str(row["url"])) for row in wanted}
        return {article: picture for article, picture in found.items() if picture}

    async def _of_url(self, datasette: Datasette, url: str) -> Picture | None:
        async def look() -> Picture | None:
            return (await asyncio.to_thread(self.pictures.of_urls, [url])).get(url)

        return await self._kept.get(datasette, url, look)
