"""The kinds of page that statements treat separately, written as SQL lists; the names come from `record.kinds`."""

from collections.abc import Iterable
from typing import Final

from postarchive.record import kinds


def _quoted(names: Iterable[str]) -> str:
    return f"({', '.join(repr(name) for name in sorted(names))})"


LISTS: Final = _quoted(kinds.LISTS)
LEADING_ON: Final = _quoted(kinds.LEADING_ON)
IN_PARTS: Final = _quoted(kinds.IN_PARTS)
