"""How much a page may hold: a larger one is refused as a whole, because an incomplete record would be worthless.

A page of the site has 40 kB, a few hundred elements and twenty thousand characters; the limits are fifty times that and
keep the cost of a page far below the memory of a run, whatever it contains (DESIGN.md: 300 MB).
"""

from collections.abc import Sequence
from itertools import islice
from typing import Final

from postarchive.startup import late

MAX_BYTES: Final = 16 * 2**20
MAX_CHARACTERS: Final = 1_000_000  # that are shown
MAX_PARTS: Final = 150_000  # elements, texts, marks, and attributes
MAX_WORDS: Final = 5_000  # of a tag or comment longer than this:
LONG_TAG: Final = 2**20  # bytes; a shorter one cannot hold more than can be read at once
# a=1  b='2'  c="3"  d
ATTRIBUTE: Final = late(rb"""[^\s=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"']\S*+)?)?""")

TOO_MANY_BYTES: Final = f"larger than {MAX_BYTES // 2**20} MiB; no page of the site is"
TOO_MANY_CHARACTERS: Final = f"shows more than {MAX_CHARACTERS:,} characters; no page of the site does"
TOO_MANY_PARTS: Final = f"has more than {MAX_PARTS:,} elements, texts and attributes; no page of the site has"
FLOOD: Final = f"has a tag or comment of {LONG_TAG // 2**20} MiB and {MAX_WORDS:,} words; no page of the site has"


def is_flood(tag: bytes) -> bool:
    """Tell whether an unfinished tag or comment holds more words than a parser should read at once."""
    return sum(1 for _ in islice(ATTRIBUTE.finditer(tag), MAX_WORDS + 1)) > MAX_WORDS


def characters(pieces: Sequence[str], first: int, end: int) -> int:
    """Return how many characters the pieces between two places hold."""
    return sum(map(len, pieces[first:end]))
