"""Complete the copy's table of pictures: add those of older versions, and note which ones the archive holds."""

import sqlite3
from collections.abc import Callable, Iterable
from typing import Final

from postarchive.urls import normalize

# Pictures that a page no longer shows, as in the last of its versions that had them.
EARLIER: Final = """
INSERT INTO pictures (article, url, caption, latest, held)
SELECT article, url, caption, 0, 0 FROM (
  SELECT versions.article, json_extract(image.value, '$.url') AS url, json_extract(image.value, '$.caption') AS caption,
         max(versions.id) AS last
  FROM versions, json_each(versions.record, '$.images') AS image
  WHERE NOT versions.latest GROUP BY 1, 2) AS earlier
WHERE NOT EXISTS (SELECT 1 FROM pictures WHERE pictures.article = earlier.article AND pictures.url = earlier.url)
ORDER BY last, url
"""


def complete_pictures(connection: sqlite3.Connection, held_of: Callable[[Iterable[str]], set[str]]) -> None:
    """Add the pictures of older versions, and note which are held: only those are looked up when a page is shown.

    `held_of` returns which of some URLs, in normal form, the archive holds a response for.
    """
    connection.execute(EARLIER)
    normal = {url: normalize(url) for (url,) in connection.execute("SELECT DISTINCT url FROM pictures")}
    held = held_of(normal.values())
    connection.execute("CREATE TEMP TABLE held (url PRIMARY KEY)")
    connection.executemany("INSERT INTO held VALUES (?)", ((url,) for url, place in normal.items() if place in held))
    connection.execute("UPDATE pictures SET held = 1 WHERE url IN held")
