"""Text as a terminal may show it: without what it would obey, and how wide it is."""

import re
import unicodedata

# All of Unicode's category Cc but the newline, and the overrides of direction.
_UNSHOWN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Return the text without control characters and overrides of direction, which a terminal would obey."""
    return _UNSHOWN.sub("", text)


def width_of(text: str) -> int:
    """Return how many columns of a terminal a text takes: none for an accent, two for a Chinese character."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.combining(char) > 0 for char in text)
