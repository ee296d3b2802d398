"""What a reader searches for: the words and filters of `postarchive query`, as parts of an address."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

from datasette.utils.asgi import Request

from postarchive.errors import UsageError
from postarchive.serve.asking import whole_number

SEARCH: Final = "/-/search"
DAY: Final = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?", re.ASCII)  # a day, a month or a year
PARTS: Final = ("image", "attachment")
LAST_YEAR: Final = 9999
# What rows may be sorted by, with the copy's column, as in `query --sort`: dates newest first, texts from A to Z.
SORTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "rank": "",
        **{name: f"{name} DESC" for name in ("date", "created", "gone")},
        **{name: f"{name} COLLATE NOCASE" for name in ("title", "subtitle", "source", "editor", "kind")},
    }
)


@dataclass(frozen=True, slots=True)
class SiteSearch:
    """A search: its words, its filters (empty or None: not limited), its order and which page of the results.

    `since` and `until` are a day, month or year in ISO, inclusive. `year` is that of a stamp's serial number, else of
    the date. `sort` is one of SORTS; without words, `rank` means newest first.
    """

    q: str = ""
    kind: str = ""
    year: int | None = None
    source: str = ""
    host: str = ""
    since: str = ""
    until: str = ""
    serial: str = ""
    designer: str = ""
    has: tuple[str, ...] = ()
    gone: bool = False
    changed: bool = False
    sort: str = "rank"
    page: int = 1

    def link(self, **changes: object) -> str:
        """Return the address of this search with some changes, at its first page."""
        parts = _parts(self) | {name: _part(name, value) for name, value in changes.items()}
        said = "&".join(filter(None, parts.values()))
        return f"{SEARCH}?{said}" if said else SEARCH

    @property
    def whole(self) -> "SiteSearch":
        """This search without a page number: the key under which its results are counted."""
        return replace(self, page=1)

    @property
    def is_filtered(self) -> bool:
        """Whether anything but words limits it."""
        return replace(self.whole, q="", sort="rank") != SiteSearch()


NAMES: Final = tuple(field.name for field in fields(SiteSearch))
UNSAID: Final = (("sort", "rank"), ("page", 1))


@lru_cache(maxsize=8)  # a page has a link for each value of each facet
def _parts(search: SiteSearch) -> dict[str, str]:
    """Return what an address says of each name, "" for what it need not say; of the page it says nothing."""
    return {name: _part(name, getattr(search, name)) for name in NAMES} | {"page": ""}


def _part(name: str, value: object) -> str:
    return urlencode({name: value}, doseq=True) if value and (name, value) not in UNSAID else ""


def wanted_in(request: Request) -> SiteSearch:
    """Return the search in an address. Raises UsageError for an invalid filter."""
    asked = request.args
    year = asked.get("year") or None
    return SiteSearch(
        q=asked.get("q") or "",
        kind=asked.get("kind") or "",
        year=_year(year) if year else None,
        source=asked.get("source") or "",
        host=(asked.get("host") or "").strip().lower(),
        since=_day(request, "since"),
        until=_day(request, "until"),
        serial=(asked.get("serial") or "").strip(),
        designer=(asked.get("designer") or "").strip(),
        has=tuple(part for part in PARTS if part in asked.getlist("has")),
        gone=bool(asked.get("gone")),
        changed=bool(asked.get("changed")),
        sort=_sort(asked.get("sort") or "rank"),
        page=whole_number(asked.get("page"), "page", default=1),
    )


def typed_in(request: Request) -> SiteSearch:
    """Return the words and days in an address as they were typed, whether they can be searched for or not."""
    q, since, until = (request.args.get(name) or "" for name in ("q", "since", "until"))
    return SiteSearch(q=q, since=since, until=until)


def _year(text: str) -> int:
    year = whole_number(text, "year", default=1)
    if year > LAST_YEAR:
        raise UsageError(f"year={text}", "a year has four digits")
    return year


def _day(request: Request, name: str) -> str:
    text = (request.args.get(name) or "").strip()
    if text and not DAY.fullmatch(text):
        raise UsageError(f"{name}={text}", "a day (2023-03-29), a month (2023-03) or a year is needed")
    return text


def _sort(text: str) -> str:
    if text not in SORTS:
        raise UsageError(f"sort={text}", f"the choices are {', '.join(SORTS)}")
    return text
