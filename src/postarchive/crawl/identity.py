"""Which URLs are one: what keeps a crawl from asking for a page twice."""

from functools import lru_cache
from typing import Final

from postarchive.models import Address
from postarchive.urls import LONGEST_KEPT, normalize, parse_address, path_of

FRAME_LINKS: Final = 4096  # most links of a page stand in its frame, and on the pages before and after it


def as_asked(link: str) -> tuple[str, str]:
    """Return the URL of a link as it is asked, and its identity."""
    return _as_asked(link) if len(link) <= LONGEST_KEPT else _as_asked.__wrapped__(link)


@lru_cache(maxsize=FRAME_LINKS)
def _as_asked(link: str) -> tuple[str, str]:
    url = plain(link)
    return url, identity(url)


def identity(url: str) -> str:
    """Return what makes a URL one with others on its host: its node and sheet, else itself without its scheme.

    Case, tree, layer, kind and query make no other page of a node.
    """
    address = parse_address(url)
    if address is not None:
        return f"{node_of(address)}-{address.sheet}"
    return normalize(url).partition("://")[2]


def plain(url: str) -> str:
    """Return the URL of a link as it is asked: a front page without a query, which makes it no other page."""
    whole = normalize(url)
    is_front_page = "?" in whole and path_of(whole) == "/"
    return whole.partition("?")[0] if is_front_page else whole


def node_of(address: Address) -> str:
    """Return the node of an address, with its host."""
    return f"{address.host} {address.node}"
