"""Turn text into what the full-text index holds, and a person's words into what it is asked.

The index is FTS5 with `porter unicode61 remove_diacritics 2` and the columns `body` and `title`. To that tokenizer a
whole sentence of Chinese, Japanese or Korean is one token. So runs of such characters are indexed as their overlapping
pairs and the last character alone (`中国邮政` as `中国 国邮 邮政 政`), and asked for as a phrase of pairs.
"""

import re
import sys
import unicodedata
from array import array
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from postarchive.errors import UsageError
from postarchive.record.fields import searched_lines

if TYPE_CHECKING:
    from postarchive.record.values import Page

SUGGESTIONS = 5
ELLIPSIS = "…"

# Letters of Han, Hiragana, Katakana, Bopomofo and Hangul; 々 and 〇 too, no punctuation. After NFKC, so neither
# half-width Katakana nor Kangxi radicals. FTS5 takes every one of them for part of a token.
_CJK = (
    "\u1100-\u11ff\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3041-\u3096\u309d-\u309f\u30a1-\u30fa"
    "\u30fc-\u30ff\u3105-\u312f\u3131-\u318e\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c"
    "\uac00-\ud7a3\ud7b0-\ud7fb\uf900-\ufaff\U0001b000-\U0001b122\U0001b150-\U0001b152\U0001b164-\U0001b167"
    "\U00020000-\U0003fffd"
)
_LETTER = f"[^\\W_{_CJK}]"  # of a script that writes words apart
_GAP = r"[\W_]*"

# NUL ends the expression inside SQLite, a lone surrogate is no UTF-8.
_BLANKS = "\x00-\x1f\x7f\ud800-\udfff"
_UNSEEN = "\u00ad\u200b-\u200d\u2060\ufeff"  # zero-width characters and soft hyphens
# ，（Ａ…　① Ⅲ ㎡ and the like: what a text of the site holds of signs that stand for others
_COMPATIBLE = "\u00a0\u2000-\u200a\u2024-\u2026\u2100-\u217f\u2460-\u24ea\u3000\u3300-\u33ff\uff01-\uff5e"
_ODD = re.compile(f"[{_BLANKS}{_UNSEEN}{_COMPATIBLE}]")
_ASCII_BLANKS = dict.fromkeys((*range(0x20), 0x7F), " ")
_SIGN, _CODED = "I", f"utf-32-{'le' if sys.byteorder == 'little' else 'be'}"  # a character as a number of four bytes
_CURLY_QUOTES = str.maketrans("“”„‟", '""""')

# -word  title:word  title:"two words"  -title:word  "two words"  word  and a lone quotation mark
_ITEM = re.compile(r'(?:(?<!\S)(?P<minus>-(?!-))?(?P<title>title:(?=\S))?)?(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+|"))')

# Signs that make another word of the letters they touch: C++   C#   AT&T   50%; the index knows nothing of them.
_SIGNS = frozenset("+#&@%")
_TELLING = r"[^\W_][+#&@%]|[#@][^\W_]"

# Enough of Porter's stemmer to find a word's other forms for the eye; the index has the real one.
_ENDING = "(?:ational|ations?|ings?|edly|ed|ies|es|ly|s|e|y)"
_STEM = f"(?P<stem>.{{3,}}?){_ENDING}?"


class _Term(NamedTuple):
    text: str
    in_title: bool = False
    is_excluded: bool = False
    is_or: bool = False


def segment(text: str) -> str:
    """Return the text as the index takes it: compatibility forms unified, runs of CJK as their overlapping pairs."""
    return _clean(text) if text.isascii() else _in_pairs(_clean(text))


def indexed(page: "Page") -> tuple[str, str]:
    """Return the two columns of the full-text index: the titles; and text, byline and stamp facts."""
    return _column(searched_lines(page, "title")), _column(searched_lines(page, "body"))


def parse_query(text: str) -> str | None:
    """Return the FTS5 expression for what a person typed; None when nothing in it can be searched for.

    Phrases stand in double quotes, `-word` excludes, `OR` joins its two neighbours, `title:word` looks in titles only;
    all words must occur. Anything else is text, so no input is an FTS5 syntax error.
    Raises UsageError when only excluded words remain, or `OR` stands beside one.
    """
    groups = _groups(text)
    wanted = [group for group in groups if not group[0].is_excluded]
    excluded = [term for group in groups if len(group) == 1 for term in group if term.is_excluded]
    if any(term.is_excluded for group in groups if len(group) > 1 for term in group):
        raise UsageError(text, "OR cannot join an excluded word; write the -words after the others")
    if excluded and not wanted:
        raise UsageError(text, "only excluded words; add a word to search for")
    if not wanted:
        return None
    expression = " AND ".join(_any_of(group) for group in wanted)
    return f"({expression}) NOT {_any_of(excluded)}" if excluded else expression


def literals(text: str) -> tuple[str, ...]:
    """Return the words and phrases of a query that must stand in a record to the letter, for their signs: `C++`."""
    alone = (group[0] for group in _groups(text) if len(group) == 1)
    return tuple(term.text for term in alone if not term.is_excluded and _is_telling(term.text))


def containing(text: str) -> str:
    """Return the pattern for `LIKE … ESCAPE '~'` of what holds a text anywhere."""
    escaped = text.replace("~", "~~").replace("%", "~%").replace("_", "~_")
    return f"%{escaped}%"


def _is_telling(text: str) -> bool:
    return not _SIGNS.isdisjoint(text) and re.search(_TELLING, text) is not None


def marks(text: str, query: str) -> list[tuple[int, int]]:
    """Return where the words of a query stand in a text, as (start, end) in order and apart, for showing them.

    Other forms of a word and accents are matched roughly; excluded words are not marked.
    """
    folded, origin = _fold(text)
    spans = [
        (origin[start], origin[end - 1] + 1)
        for group in _groups(query)
        for term in group
        if not term.is_excluded
        for start, end in _sought(term.text).spans_in(folded)
    ]
    return _merge(sorted(spans))


def snippet(text: str, query: str, width: int = 120) -> str:
    """Return one line of at most `width` characters around the first match, cut between words where there are any."""
    line = " ".join(text.split())
    if len(line) <= width:
        return line
    first = next(iter(marks(line, query)), (0, 0))
    room = max(width - 2 * len(ELLIPSIS), 1)
    start = max(min(first[0] - room // 3, len(line) - room), 0)
    end = min(start + room, len(line))
    start, end = _widen_to_words(line, (start, end), keep=first)
    return (ELLIPSIS if start else "") + line[start:end].strip() + (ELLIPSIS if end < len(line) else "")


def suggest(word: str, vocabulary: Iterable[str]) -> list[str]:
    """Return the words of a vocabulary nearest in spelling, best first, as they are spelled there; never the word."""
    from difflib import get_close_matches  # noqa: PLC0415 - only where nothing was found

    asked = word.casefold()
    spellings = {known.casefold(): known for known in vocabulary}
    spellings.pop(asked, None)
    return [spellings[near] for near in get_close_matches(asked, spellings, n=SUGGESTIONS, cutoff=0.7)]


def suggestions(text: str, titles: Iterable[str]) -> list[str]:
    """Return words of titles that are near in spelling to those of a search that found nothing."""
    vocabulary = {word for title in titles for word in title.split()}
    words = [word for word in text.replace('"', " ").split() if word.isalpha()]
    return [near for word in words for near in suggest(word, vocabulary)]


def _column(texts: Iterable[str]) -> str:
    return segment("\n".join(texts))


# These sets are large: they are compiled when a text is met that needs them, for a quick command meets none.


@cache
def _cjk_run() -> re.Pattern[str]:
    return re.compile(f"([{_CJK}]+)")


@cache
def _token() -> re.Pattern[str]:
    return re.compile(f"[{_CJK}]+|{_LETTER}+")


def _is_cjk(word: str) -> bool:
    return not word.isascii() and _cjk_run().fullmatch(word) is not None


def _clean(text: str) -> str:
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
    if re.match(f"[{_BLANKS}]", sign):
        return " "
    return "" if re.match(f"[{_UNSEEN}]", sign) else unicodedata.normalize("NFKC", sign)


def _in_pairs(text: str) -> str:
    """Return the text with its runs of CJK as their pairs, a blank on both sides."""
    parts = _cjk_run().split(text)  # at odd places the runs
    parts[1::2] = _pairs(parts[1::2])
    return "".join(parts)


def _pairs(runs: list[str]) -> list[str]:
    """Return each run as its overlapping pairs and its last character alone, between blanks; all in one go, as numbers.

    Behind each character come the one that follows it, and a blank. Between the runs stands a blank, which follows the
    last character: so each run is a slice, from the blank of the triple before it to that of its own last one.
    """
    signs = _numbers(f" {' '.join(runs)} ")
    triples = array(_SIGN, [ord(" ")]) * (3 * len(signs))
    triples[0::3], triples[1::3] = signs, signs[1:] + signs[-1:]
    paired = triples.tobytes().decode(_CODED)
    starts = accumulate((len(run) + 1 for run in runs), initial=1)
    return [paired[3 * at - 1 : 3 * (at + len(run)) - 1] for at, run in zip(starts, runs, strict=False)]


def _numbers(text: str) -> "array[int]":
    signs = array(_SIGN)
    signs.frombytes(text.encode(_CODED))
    return signs


def _groups(query: str) -> list[list[_Term]]:
    """Return the terms, those that `OR` joins in one group; an `OR` without two neighbours is a word like any other."""
    rest = deque(_terms(query))
    groups = []
    while rest:
        group = [rest.popleft()]
        while len(rest) > 1 and rest[0].is_or:
            rest.popleft()
            group.append(rest.popleft())
        groups.append(group)
    return groups


def _terms(query: str) -> list[_Term]:
    text = _clean(query).translate(_CURLY_QUOTES)
    terms = (
        _Term(
            found["word"] if found["phrase"] is None else found["phrase"],
            in_title=found["title"] is not None,
            is_excluded=found["minus"] is not None,
            is_or=found[0] == "OR",
        )
        for found in _ITEM.finditer(text)
    )
    return [term for term in terms if _is_searchable(term.text)]


def _is_searchable(text: str) -> bool:
    """Tell whether FTS5 sees a token here: letters, numbers and private characters; an empty phrase finds nothing."""
    return any(unicodedata.category(char)[0] in "LN" or unicodedata.category(char) == "Co" for char in text)


def _any_of(terms: list[_Term]) -> str:
    alternatives = [f"title : {_phrase(term.text)}" if term.in_title else _phrase(term.text) for term in terms]
    return alternatives[0] if len(alternatives) == 1 else f"({' OR '.join(alternatives)})"


def _phrase(text: str) -> str:
    """Return one quoted phrase; the last character alone is left to the index when its pair is asked for already."""
    words = [word for word in segment(text).split() if _is_searchable(word)]
    if not _is_cjk(words[-1]):
        return _quoted(words)
    if len(words) > 1 and len(words[-2]) > 1 and _is_cjk(words[-2]):
        return _quoted(words[:-1])
    return f"{_quoted(words)} *"  # 邮 stands in the index as the first half of a pair, or alone


def _quoted(words: list[str]) -> str:
    return '"' + " ".join(words).replace('"', '""') + '"'


def _fold(text: str) -> tuple[str, Sequence[int]]:
    """Return the text without case, accents and width, and for each of its characters the place it came from."""
    if text.isascii():
        return text.lower(), range(len(text))
    pairs = [(folded, place) for place, char in enumerate(text) for folded in _folded(char)]
    return "".join(folded for folded, _ in pairs), [place for _, place in pairs]


@lru_cache(maxsize=8192)  # a text has few characters, and has them often
def _folded(char: str) -> str:
    whole = unicodedata.normalize("NFKC", char)
    if not whole.isascii() and _cjk_run().search(whole):
        return whole
    return "".join(part for part in unicodedata.normalize("NFKD", whole).lower() if not unicodedata.combining(part))


class _Sought(NamedTuple):
    """How a word or phrase is looked for in folded text: it begins with a literal, and the rest fits a pattern."""

    literal: str
    pattern: re.Pattern[str]

    def spans_in(self, folded: str) -> Iterator[tuple[int, int]]:
        """Yield where it stands; to look for the literal first is many times quicker than to try each place."""
        place = folded.find(self.literal) if self.literal else -1
        while place >= 0:
            found = self.pattern.match(folded, place)
            if found:
                yield found.span()
            place = folded.find(self.literal, found.end() if found else place + 1)


@lru_cache(maxsize=256)
def _sought(text: str) -> _Sought:
    tokens = _token().findall(_fold(text)[0])
    return _Sought(_stem(tokens[0]) if tokens else "", re.compile(_GAP.join(map(_token_pattern, tokens))))


def _stem(token: str) -> str:
    """Return what all forms of a word begin with."""
    found = None if _is_cjk(token) else re.fullmatch(_STEM, token)
    return found["stem"] if found else token


def _token_pattern(token: str) -> str:
    if _is_cjk(token):
        return re.escape(token)
    stem = _stem(token)
    forms = f"{re.escape(stem)}{_ENDING}{{0,2}}" if re.fullmatch(_STEM, token) else re.escape(token)
    return f"(?<!{_LETTER}){forms}(?!{_LETTER})"


def _merge(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _widen_to_words(line: str, window: tuple[int, int], *, keep: tuple[int, int]) -> tuple[int, int]:
    """Return the window moved inwards to blanks, unless that would cut off what it is to keep or half the window."""
    start, end = window
    half = (end - start) // 2
    if start and (blank := line.find(" ", start - 1, min(keep[0], start + half) + 1)) >= 0:
        start = blank + 1
    if end < len(line) and (blank := line.rfind(" ", max(keep[1], end - half), end + 1)) >= 0:
        end = blank
    return start, end
