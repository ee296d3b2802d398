"""The marks that newer builds print before the output of each part of the layout: the best provenance of a field.

Knowledge: SITE.md §3.1a. A part extends to the next mark, or to the end of its block of the frame.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import Final

from postarchive.pages.html.flow import COMMENT, Span
from postarchive.pages.html.tree import Tree

# <!--{section:15111024}-->   <!--{listing:15080219}-->, or the start of a block, whose parts come after it
MARKER: Final = re.compile(
    rb"<!--\{(section|listing):(\d{1,10})\}-->"
    rb"""|<div\s+id\s*=\s*["']?(?:header|content[123]?|footer)\b""",
    re.IGNORECASE,
)

COMMENTED: Final = re.compile(r"\{(section|listing):(\d{1,10})\}", re.IGNORECASE)
BLOCKS: Final = frozenset(("header", "content", "content1", "content2", "content3", "footer"))
LISTING: Final = "listing:"


class Markers:
    """The marks of a page, by offset."""

    def __init__(self, source: bytes) -> None:
        """Look for the marks in a page's bytes."""
        found = list(MARKER.finditer(source))
        self._places = [mark.end() for mark in found]
        self._parts = [f"{mark[1].decode().lower()}:{mark[2].decode()}" if mark[1] else None for mark in found]

    def at(self, place: int) -> str | None:
        """Return the layout part that wrote what is at an offset, `listing:15080219`; None when none is named."""
        before = bisect_right(self._places, place)
        return self._parts[before - 1] if before else None


def parts_of(tree: Tree, fields: Iterable[tuple[str, Span]]) -> dict[str, str]:
    """Return which part of the layout wrote each field, by name; empty for builds that print no marks."""
    if tree.source.find(b"<!--{") < 0:
        return {}
    marks = [(span.number, _part(span)) for span in tree.spans if span.tag == COMMENT or span.name in BLOCKS]
    marks = [mark for mark in marks if mark[1] is not None]
    numbers = [number for number, _ in marks]
    found = ((name, bisect_right(numbers, span.number)) for name, span in fields)
    return {name: part for name, before in found if before and (part := marks[before - 1][1])}


def _part(span: Span) -> str | None:
    """Return the part that a mark names, empty for a block of the frame: nothing is named before its own marks."""
    if span.tag != COMMENT:
        return ""
    found = COMMENTED.fullmatch(span.attributes["text"].strip(" "))
    return f"{found[1].lower()}:{int(found[2])}" if found else None


def moved_fields(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
    """Return the fields that are now written by a different part of the layout, with the old and new part.

    Only listings count, because sections are hand-written frames; and only if both pages name a part.
    """
    pairs = ((name, part, now.get(name)) for name, part in before.items() if part.startswith(LISTING))
    return tuple((name, part, other) for name, part, other in pairs if other is not None and other != part)
