"""Words as the index holds them: letters without accents, runs of Chinese, Japanese or Korean as overlapping pairs."""

import unicodedata
from collections.abc import Iterable
from types import MappingProxyType
from typing import TYPE_CHECKING

from postarchive.record.fields import searched_lines
from postarchive.search.letters import CJK, bounds_of, cjk_run, in_index, is_within, replaced
from postarchive.search.pairs import pairs_of
from postarchive.startup import late

if TYPE_CHECKING:
    from postarchive.record.values import Page

# NFKC merges a Kana, half-width or not, and the mark above it; a mark without a Kana means nothing.
_PAIRED = f"\uff66-\uff9f\u3099-\u309a{CJK}"
_IN_PAIRS = bounds_of(_PAIRED)
_HAN_RUN = late("([\u3007\u4e00-\u9fff]+)")  # 二〇一七年: no rare ones, for a range is quickly searched for
_PLAIN = b"\n" + bytes(range(0x20, 0x7F))
_LONE = "surrogatepass"
_NO_KANA = MappingProxyType({"\u3099": "", "\u309a": ""})


def segment(text: str) -> str:
    """Return the text for the index: signs as blanks, letters plain, runs of CJK as their overlapping pairs."""
    if text.isascii():
        return text
    data = text.encode(errors=_LONE)
    if len(data) > 2 * len(text) and (in_pairs := _pairs_between_signs(text)) is not None:  # most of it is Chinese
        return in_pairs
    text = replaced(text, {char: in_index(char) for char in _rare(data)})
    if text.isascii():  # as English is, except for its quotation marks
        return text
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    return _in_pairs(replaced(text, _NO_KANA))


def indexed(page: "Page") -> tuple[str, str]:
    """Return the two columns of the full-text index: the titles; and the text, byline and stamp facts."""
    return _column(searched_lines(page, "title")), _column(searched_lines(page, "body"))


def _column(texts: Iterable[str]) -> str:
    return segment("\n".join(texts))


def _pairs_between_signs(text: str) -> str | None:
    """Return a text for the index, split only once; None if it needs more than its signs replaced.

    As a rule it has no other CJK than Han characters, which are their own normal form, and what stands between them is
    a few signs again and again.
    """
    parts = _HAN_RUN.split(text)  # the runs are at odd places
    between, runs = set(parts[::2]), parts[1::2]
    plain = str.maketrans({char: in_index(char) for char in _rare("".join(between).encode(errors=_LONE))})
    signs = {sign: sign.translate(plain) for sign in between}
    if not all(kept.isascii() and bool(kept) == bool(sign) for sign, kept in signs.items()):
        return None
    parts[::2], parts[1::2] = [signs[sign] for sign in parts[::2]], pairs_of(runs)
    return "".join(parts)


def _rare(data: bytes) -> set[str]:
    """Return the characters of a text, given in UTF-8, that are neither ASCII nor CJK: signs, and other letters."""
    beside = set(data.translate(None, _PLAIN).decode(errors=_LONE))
    return {char for char in beside if not is_within(_IN_PAIRS, char)}


def _in_pairs(text: str) -> str:
    """Return the text with its runs of CJK as pairs, a blank on both sides."""
    parts = cjk_run().split(text)  # the runs are at odd places
    parts[1::2] = pairs_of(parts[1::2])
    return "".join(parts)
