"""Which URLs lead to the same page, so that a crawl does not request it twice."""

from functools import lru_cache
from typing import Final

from postarchive.models import Address
from postarchive.urls import MAX_CACHED_LENGTH, normalize, parse_address, path_of

FRAME_LINKS: Final = 4096  # most links of a page are in its frame, and on other pages too


def as_requested(link: str) -> tuple[str, str]:
    """Return the URL of a link as it is requested, and its identity."""
    return _as_requested(link) if len(link) <= MAX_CACHED_LENGTH else _as_requested.__wrapped__(link)


@lru_cache(maxsize=FRAME_LINKS)
def _as_requested(link: str) -> tuple[str, str]:
    url = plain(link)
    return url, identity(url)


def identity(url: str) -> str:
    """Return what all URLs of a page on one host share: node and sheet, else the URL itself without its scheme.

    Case, tree, layer, kind and query make no difference to a node.
    """
    address = parse_address(url)
    if address is not None:
        return f"{node_of(address)}-{address.sheet}"
    return normalize(url).partition("://")[2]


def plain(url: str) -> str:
    """Return the URL of a link as it is requested: a front page without its query, which makes no difference."""
    whole = normalize(url)
    is_front_page = "?" in whole and path_of(whole) == "/"
    return whole.partition("?")[0] if is_front_page else whole


def node_of(address: Address) -> str:
    """Return the node of an address, with its host."""
    return f"{address.host} {address.node}"
