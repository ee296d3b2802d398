"""Make text safe for a terminal, without what a terminal would obey, and measure its width."""

import re
import unicodedata

from postarchive.startup import late

# What a terminal obeys, all of Unicode's category Cc, and what reverses or ends a line: marks, embeddings, overrides
# and isolates of direction, and the two separators.
_DIRECTIONS = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_SEPARATORS = late(r"[\u2028\u2029]")
_UNSHOWN = late(rf"[\x00-\x09\x0b-\x1f\x7f-\x9f{_DIRECTIONS}]")
# Tabs stay, as they separate the cells of tsv; so do both kinds of line end.
_ACTING = re.compile(rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_DIRECTIONS}\u2028\u2029]")
_RETURN = re.compile(r"\r(?!\n)")


def is_plain(text: str) -> bool:
    """Tell whether a terminal shows the text as it is, on one line."""
    return _ACTING.search(text) is None and not {"\t", "\n", "\r"} & set(text)


def printable(text: str) -> str:
    """Return the text without control characters and overrides of direction, which a terminal would obey."""
    return text if text.isprintable() else _UNSHOWN.sub("", _SEPARATORS.sub(" ", text))


def visible(text: str) -> str:
    r"""Return the text with such characters written out as in JSON, `\u202e`, so that nothing is lost."""
    return _RETURN.sub(r"\\u000d", _ACTING.sub(_written_out, text))


def _written_out(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def width_of(text: str) -> int:
    """Return how many terminal columns a text takes: none for an accent, two for a Chinese character."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.combining(char) > 0 for char in text)
