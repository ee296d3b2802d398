"""The kinds of page, one row each. To add a kind, add a row here and a file in `pages`; nothing else names it.

The parser's module has one function, `parse`. Types and words are the CMS's own (SITE.md §2.1): the number in a page's
script, and the word in its URL.
"""

from collections.abc import Iterable
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeAlias

CUSTOM_TYPES: Final = 1024  # from here on a customer defines the types, so the number says nothing


# Which fields a kind's records have; a `page` has only those that every kind has.
Shape: TypeAlias = Literal["page", "article", "stamp", "listing", "folder"]


class Kind(NamedTuple):
    """A kind of page; `parser` is its module in `pages`, the rest says how it is crawled, stored and shown.

    `leads_on`: it exists to link to other pages, so a crawl visits it first and often. `is_list`: it has no text of its
    own, so searches and `serve` leave it out. `has_parts`: a further sheet continues where the last one ended, and is
    not a page of its own. `in_feed`: the feed includes it unless kinds are named.
    """

    name: str
    parser: str
    shape: Shape = "page"
    types: tuple[int, ...] = ()
    words: tuple[str, ...] = ()
    leads_on: bool = False
    is_list: bool = False
    has_parts: bool = False
    in_feed: bool = True


UNKNOWN: Final = "unknown"  # the kind of a page whose type or word matches no other kind
KINDS: Final = (
    Kind("news", "report", "article", types=(13, 39), words=("report", "news"), has_parts=True),
    Kind("stamp", "stamp", "stamp", types=(11,), words=("stamp", "appreciationstamp")),
    Kind("listing", "category", "listing", (1,), ("category",), leads_on=True, is_list=True, in_feed=False),
    Kind("folder", "folder", "folder", types=(0,), words=("folder",), leads_on=True, in_feed=False),
    Kind(UNKNOWN, "unknown", in_feed=False),
)
BY_NAME: Final = MappingProxyType({kind.name: kind for kind in KINDS})
OF_TYPE: Final = MappingProxyType({number: kind.name for kind in KINDS for number in kind.types})
OF_WORD: Final = MappingProxyType({word: kind.name for kind in KINDS for word in kind.words})


def _names(kinds: Iterable[Kind]) -> frozenset[str]:
    return frozenset(kind.name for kind in kinds)


NAMES: Final = tuple(kind.name for kind in KINDS)
LEADING_ON: Final = _names(kind for kind in KINDS if kind.leads_on)
LISTS: Final = _names(kind for kind in KINDS if kind.is_list)
IN_PARTS: Final = _names(kind for kind in KINDS if kind.has_parts)
IN_WORDS: Final = ", ".join(f"`{name}`" for name in NAMES[:-1]) + f" or `{NAMES[-1]}`"


def kind_of_type(number: int) -> str | None:
    """Return the kind for a CMS type number; UNKNOWN if no row has it, None if it is a customer's own."""
    return OF_TYPE.get(number, UNKNOWN) if number < CUSTOM_TYPES else None
