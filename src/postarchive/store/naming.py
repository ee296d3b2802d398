"""Find the page that a person names by URL, by node id, or by node id and sheet (`22033375-2`)."""

import re
from typing import Final

from postarchive.record.identity import address_identity
from postarchive.store.articles import Fetch
from postarchive.urls import MAX_NODE, normalize, parse_address

NODE_AND_SHEET: Final = re.compile(r"([0-9]{1,12})(?:-([0-9]{1,6}))?")
BY_NODE: Final = """
            SELECT id FROM pages WHERE node = :node AND (:sheet IS NULL OR sheet = :sheet) ORDER BY sheet, id LIMIT 1"""
BY_ADDRESS: Final = "SELECT page AS id FROM addresses WHERE url = :url AND page IS NOT NULL"
BY_KEY: Final = "SELECT id FROM pages WHERE site = :site AND key = :key"


def page_named(fetch: Fetch, name: str) -> int | None:
    """Return the row id of the page that a name means; None when there is no such page."""
    named = NODE_AND_SHEET.fullmatch(name)
    return _by_node(fetch, int(named[1]), named[2]) if named else _by_url(fetch, normalize(name))


def _by_node(fetch: Fetch, node: int, sheet: str | None) -> int | None:
    if node > MAX_NODE:
        return None
    return _first(fetch, BY_NODE, node=node, sheet=int(sheet) if sheet else None)


def _by_url(fetch: Fetch, url: str) -> int | None:
    found, address = _first(fetch, BY_ADDRESS, url=url), parse_address(url)
    if found is not None or address is None:
        return found
    site, key = address_identity(address)
    return _first(fetch, BY_KEY, site=site, key=key)


def _first(fetch: Fetch, sql: str, **values: str | int | None) -> int | None:
    row = next(fetch(sql, dict(values)), None)
    return row["id"] if row else None
