"""Letters of all scripts: which are parts of words, which are CJK, and how each is simplified for the index."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

# Letters of Han, Hiragana, Katakana, Bopomofo and Hangul; also 々 and 〇, but no punctuation.
CJK = (
    "\u1100-\u11ff\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3041-\u3096\u309d-\u309f\u30a1-\u30fa"
    "\u30fc-\u30ff\u3105-\u312f\u3131-\u318e\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c"
    "\uac00-\ud7a3\ud7b0-\ud7fb\uf900-\ufaff\U0001b000-\U0001b122\U0001b150-\U0001b152\U0001b164-\U0001b167"
    "\U00020000-\U0003fffd"
)
LETTER = f"[^\\W_{CJK}]"  # of a script that separates words
UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"  # zero-width characters and soft hyphens
FEW, MANY = 32, 8192  # characters: a text has few different ones, and repeats them


@cache  # the set is large: it is compiled only when a text needs it, which in a quick command none does
def cjk_run() -> re.Pattern[str]:
    """Return the pattern of a run of Chinese, Japanese or Korean."""
    return re.compile(f"([{CJK}]+)")


def bounds_of(ranges: str) -> Sequence[int]:
    """Return where the ranges of a pattern's character set begin and end, for `is_within`; all of them are ranges."""
    pairs = sorted((ord(first), ord(last) + 1) for first, _, last in zip(*[iter(ranges)] * 3, strict=True))
    return [bound for pair in pairs for bound in pair]


def is_within(bounds: Sequence[int], char: str) -> bool:
    """Tell whether a character is in a set; compiling a pattern for that would take as long as a page."""
    return bisect_right(bounds, ord(char)) % 2 == 1


_CJK_BOUNDS = bounds_of(CJK)


def is_cjk(word: str) -> bool:
    """Tell whether a word is such a run."""
    return not word.isascii() and cjk_run().fullmatch(word) is not None


def is_searchable(char: str) -> bool:
    """Tell whether a character is part of a word: a letter, a number, or one of private use."""
    category = unicodedata.category(char)
    return category[0] in "LN" or category == "Co"


@lru_cache(maxsize=MANY)
def unaccented(char: str) -> str:
    """Return a character without case, accents and width; a CJK one loses only its width."""
    whole = unicodedata.normalize("NFKC", char)
    if not whole.isascii() and any(is_within(_CJK_BOUNDS, part) for part in whole):
        return whole
    return "".join(part for part in unicodedata.normalize("NFKD", whole).lower() if not unicodedata.combining(part))


@lru_cache(maxsize=MANY)
def in_index(char: str) -> str:
    """Return what the index holds for a character: plain letters, a blank for a sign, nothing for an invisible one."""
    if char in UNSEEN:
        return ""
    return "".join(part if is_searchable(part) else " " for part in unaccented(char))


def replaced(text: str, folds: Mapping[str, str]) -> str:
    """Return the text with characters replaced: one by one if there are few, as in most texts: that is much quicker."""
    if len(folds) > FEW:
        return text.translate({ord(char): fold for char, fold in folds.items()})
    for char, fold in folds.items():
        text = text.replace(char, fold)
    return text
