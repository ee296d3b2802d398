"""The marks that a newer build sets before what each part of its layout writes: the best provenance of a field.

Knowledge: SITE.md §3.1a. A part goes on to the next mark, or to the end of its block of the frame.
"""

import re
from bisect import bisect_right
from typing import Final

# <!--{section:15111024}-->   <!--{listing:15080219}-->, or the beginning of a block, whose parts come after it
MARKER: Final = re.compile(
    rb"<!--\{(section|listing):(\d{1,10})\}-->"
    rb"""|<div\s+id\s*=\s*["']?(?:header|content[123]?|footer)\b""",
    re.IGNORECASE,
)


class Markers:
    """The marks of a page by their place."""

    def __init__(self, source: bytes) -> None:
        """Look for the marks in a page's bytes."""
        found = list(MARKER.finditer(source))
        self._places = [mark.end() for mark in found]
        self._parts = [f"{mark[1].decode().lower()}:{mark[2].decode()}" if mark[1] else None for mark in found]

    def at(self, place: int) -> str | None:
        """Return the layout part that wrote what stands at an offset, `listing:15080219`; None when none is named."""
        before = bisect_right(self._places, place)
        return self._parts[before - 1] if before else None
