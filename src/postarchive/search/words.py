"""Words as the index holds them: signs unified, runs of Chinese, Japanese or Korean as their overlapping pairs."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from postarchive.record.fields import searched_lines
from postarchive.search.pairs import pairs_of

if TYPE_CHECKING:
    from postarchive.record.values import Page

# Letters of Han, Hiragana, Katakana, Bopomofo and Hangul; 々 and 〇 too, no punctuation. After NFKC, so neither
# half-width Katakana nor Kangxi radicals. FTS5 takes every one of them for part of a token.
_CJK = (
    "\u1100-\u11ff\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3041-\u3096\u309d-\u309f\u30a1-\u30fa"
    "\u30fc-\u30ff\u3105-\u312f\u3131-\u318e\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c"
    "\uac00-\ud7a3\ud7b0-\ud7fb\uf900-\ufaff\U0001b000-\U0001b122\U0001b150-\U0001b152\U0001b164-\U0001b167"
    "\U00020000-\U0003fffd"
)
LETTER = f"[^\\W_{_CJK}]"  # of a script that writes words apart

# NUL ends the expression inside SQLite, a lone surrogate is no UTF-8.
BLANKS = "\x00-\x1f\x7f\ud800-\udfff"
UNSEEN = "\u00ad\u200b-\u200d\u2060\ufeff"  # zero-width characters and soft hyphens
# ，（Ａ…　① Ⅲ ㎡ and the like: what a text of the site holds of signs that stand for others
_COMPATIBLE = "\u00a0\u2000-\u200a\u2024-\u2026\u2100-\u217f\u2460-\u24ea\u3000\u3300-\u33ff\uff01-\uff5e"
_ODD = re.compile(f"[{BLANKS}{UNSEEN}{_COMPATIBLE}]")
_ASCII_BLANKS = dict.fromkeys((*range(0x20), 0x7F), " ")


def segment(text: str) -> str:
    """Return the text as the index takes it: compatibility forms unified, runs of CJK as their overlapping pairs."""
    return clean(text) if text.isascii() else _in_pairs(clean(text))


def indexed(page: "Page") -> tuple[str, str]:
    """Return the two columns of the full-text index: the titles; and text, byline and stamp facts."""
    return _column(searched_lines(page, "title")), _column(searched_lines(page, "body"))


def _column(texts: Iterable[str]) -> str:
    return segment("\n".join(texts))


# These sets are large: they are compiled when a text is met that needs them, for a quick command meets none.


@cache
def cjk_run() -> re.Pattern[str]:
    """Return the pattern of a run of Chinese, Japanese or Korean."""
    return re.compile(f"([{_CJK}]+)")


@cache
def token_run() -> re.Pattern[str]:
    """Return the pattern of such a run, or of a word."""
    return re.compile(f"[{_CJK}]+|{LETTER}+")


def is_cjk(word: str) -> bool:
    """Tell whether a word is such a run."""
    return not word.isascii() and cjk_run().fullmatch(word) is not None


def clean(text: str) -> str:
    """Return the text without what the index cannot hold, in NFKC.

    The usual signs, of which Chinese is full, are replaced first, all of one kind at once: mostly the rest is unified
    then, and to look whether it is costs a hundredth of unifying it.
    """
    if text.isascii():
        return text.translate(_ASCII_BLANKS)
    for sign in set(_ODD.findall(text)):
        text = text.replace(sign, _plain_sign(sign))
    return text if unicodedata.is_normalized("NFKC", text) else unicodedata.normalize("NFKC", text)


@cache
def _plain_sign(sign: str) -> str:
    """Return what stands in the index for one of the signs that are replaced."""
    if re.match(f"[{BLANKS}]", sign):
        return " "
    return "" if re.match(f"[{UNSEEN}]", sign) else unicodedata.normalize("NFKC", sign)


def _in_pairs(text: str) -> str:
    """Return the text with its runs of CJK as their pairs, a blank on both sides."""
    parts = cjk_run().split(text)  # at odd places the runs
    parts[1::2] = pairs_of(parts[1::2])
    return "".join(parts)
