"""The site's text as our pages show it: nothing reverses a line, no flood of accents, titles of reasonable length."""

import re
import unicodedata
from typing import Final

from postarchive.export.plain import printable

MAX_MARKS: Final = 8  # accents on one letter; no language needs more, and a flood of them covers the lines around it
SHORT: Final = 200  # characters of a title in a list
NAME: Final = 60  # of a source or a designer beside a count
# What may be an accent: neither a letter nor white space, beyond Latin.
FLOOD: Final = re.compile(rf"[^\w\s\x00-\u02ff]{{{MAX_MARKS + 1},}}")


def plain(value: object) -> str:
    """Return a text without control characters, and with at most eight accents on a letter."""
    text = printable(str(value))
    # No flood is shorter in UTF-8; to look for one takes longer than all the rest.
    return text if len(text.encode(errors="surrogatepass")) - len(text) <= MAX_MARKS else FLOOD.sub(_bounded, text)


def short(value: object, most: int = SHORT) -> str:
    """Return a text cut to a number of characters, between words where it has any."""
    text = plain(value)
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    words, _, rest = cut.rpartition(" ")
    return f"{(words if len(rest) < most // 2 else cut).rstrip()}…"


def amount(number: int | None) -> str:
    """Return a count with commas between its thousands; None counts as 0."""
    return f"{number or 0:,}"


def _bounded(found: re.Match[str]) -> str:
    kept: list[str] = []
    marks = 0
    for character in found[0]:
        marks = marks + 1 if unicodedata.category(character).startswith("M") else 0
        if marks <= MAX_MARKS:
            kept.append(character)
    return "".join(kept)
