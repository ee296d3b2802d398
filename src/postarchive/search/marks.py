"""Where the words of a query occur in a text, in all their forms: approximate, for highlighting."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from itertools import chain, islice
from typing import NamedTuple

from postarchive.search.letters import CJK, LETTER, is_cjk, replaced, unaccented
from postarchive.search.query import groups_of

ELLIPSIS = "…"
# What folding may change; the … of our own snippets is not a letter, and would only become three dots.
_OTHERS = re.compile(rf"[^\x00-\x7f{ELLIPSIS}]+")
_GAP = re.compile(r"[\W_]*")
# Enough of Porter's stemmer to highlight a word's other forms; the index has the real one.
_ENDING = "(?:ational|ations?|ings?|edly|ed|ies|es|ly|s|e|y)"
_STEM = re.compile(f"(?P<stem>.{{3,}}?){_ENDING}?")
_ENDINGS = re.compile(f"{_ENDING}{{0,2}}")


def marks(text: str, query: str) -> list[tuple[int, int]]:
    """Return where to highlight the words of a query in a text, as (start, end), in order and not overlapping.

    Other forms of a word and accents are matched roughly; excluded words are not marked.
    """
    folded, origin = _fold(text)
    return _merged(sorted(chain.from_iterable(sought.spans_in(folded) for sought in _all_sought(query))), origin)


def snippet(text: str, query: str, width: int = 120) -> str:
    """Return one line of at most `width` characters around the first match, cut between words where possible."""
    line = " ".join(text.split())
    if len(line) <= width:
        return line
    first = _first_mark(line, query)
    room = max(width - 2 * len(ELLIPSIS), 1)
    start = max(min(first[0] - room // 3, len(line) - room), 0)
    end = min(start + room, len(line))
    start, end = _widen_to_words(line, (start, end), keep=first)
    return (ELLIPSIS if start else "") + line[start:end].strip() + (ELLIPSIS if end < len(line) else "")


def _first_mark(text: str, query: str) -> tuple[int, int]:
    """Return the first mark in a text, (0, 0) if there is none; a long text is searched no further than needed."""
    folded, origin = _fold(text)
    first = [span for sought in _all_sought(query) for span in islice(sought.spans_in(folded), 1)]
    return next(iter(_merged(sorted(first), origin)), (0, 0))


@lru_cache(maxsize=64)  # a page marks the words of one query in many texts
def _all_sought(query: str) -> "tuple[_Sought, ...]":
    terms = (term.text for group in groups_of(query) for term in group if not term.is_excluded)
    return tuple(map(_sought, dict.fromkeys(terms)))


def _fold(text: str) -> "tuple[str, _Origin | None]":
    """Return the text without case, accents and width, and where its characters came from; None if nothing moved."""
    if text.replace(ELLIPSIS, "").isascii():
        return text.lower(), None
    folds = {char: fold for char in set("".join(_OTHERS.findall(text))) if (fold := unaccented(char)) != char}
    uneven = {char: len(fold) for char, fold in folds.items() if len(fold) != 1}
    return replaced(text, folds).lower(), _Origin(text, uneven) if uneven else None


class _Origin:
    """Where each character of a folded text came from; `uneven` are the characters that became none or several."""

    def __init__(self, text: str, uneven: Mapping[str, int]) -> None:
        self._starts, self._places = [0], [0]  # of stretches in which both texts advance evenly
        for found in re.finditer(f"[{re.escape(''.join(uneven))}]", text):
            start = self._starts[-1] + found.start() - self._places[-1]
            for step in range(uneven[found[0]]):
                self._note(start + step, found.start())
            self._note(start + uneven[found[0]], found.end())

    def _note(self, start: int, place: int) -> None:
        if start == self._starts[-1]:
            self._places[-1] = place
        else:
            self._starts.append(start)
            self._places.append(place)

    def __getitem__(self, place: int) -> int:
        """Return the place in the original text for a place in the folded one."""
        stretch = bisect_right(self._starts, place) - 1
        return self._places[stretch] + place - self._starts[stretch]


class _Token(NamedTuple):
    """A run of CJK, which may occur anywhere, or a word, including other forms that begin with its stem."""

    stem: str
    has_forms: bool
    is_cjk: bool

    def end_in(self, folded: str, place: int) -> int | None:
        """Return where it ends if it begins at this place of a folded text, else None."""
        behind = place + len(self.stem)
        if not folded.startswith(self.stem, place):
            return None
        if self.is_cjk:
            return behind
        if place and _word().match(folded, place - 1):
            return None  # a letter before it makes it part of another word
        found = _word().match(folded, place)
        end = found.end() if found else behind
        fits = _ENDINGS.fullmatch(folded, behind, end) if self.has_forms else end == behind
        return end if fits else None


class _Sought(NamedTuple):
    """Finds a word or phrase in folded text without a pattern: compiling one takes longer than searching a text."""

    tokens: tuple[_Token, ...]

    def spans_in(self, folded: str) -> Iterator[tuple[int, int]]:
        """Yield where it occurs; looking for its beginning first is many times quicker than trying every place."""
        if not self.tokens:
            return
        begins = self.tokens[0].stem
        place = folded.find(begins)
        while place >= 0:
            end = self._end_in(folded, place)
            if end is not None:
                yield place, end
            place = folded.find(begins, place + 1 if end is None else end)

    def _end_in(self, folded: str, place: int) -> int | None:
        end = self.tokens[0].end_in(folded, place)
        for token in self.tokens[1:]:
            if end is None:
                return None
            gap = _GAP.match(folded, end)
            end = token.end_in(folded, gap.end() if gap else end)
        return end


@lru_cache(maxsize=512)
def _sought(text: str) -> _Sought:
    return _Sought(tuple(map(_token, _token_run().findall(_fold(text)[0]))))


def _token(text: str) -> _Token:
    if is_cjk(text):
        return _Token(text, has_forms=False, is_cjk=True)
    found = _STEM.fullmatch(text)
    return _Token(found["stem"] if found else text, has_forms=found is not None, is_cjk=False)


@cache
def _token_run() -> re.Pattern[str]:
    """Return the pattern of a run of CJK, or of a word."""
    return re.compile(f"[{CJK}]+|{LETTER}+")


@cache
def _word() -> re.Pattern[str]:
    """Return the pattern of a word."""
    return re.compile(f"{LETTER}+")


def _merged(spans: list[tuple[int, int]], origin: _Origin | None) -> list[tuple[int, int]]:
    """Return spans of a folded text, sorted, as places in the text it came from; those that touch are merged."""
    if origin is not None:
        spans = [(origin[start], origin[end - 1] + 1) for start, end in spans]
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            first, last = merged.pop()
            merged.append((first, max(end, last)))
        else:
            merged.append((start, end))
    return merged


def _widen_to_words(line: str, window: tuple[int, int], *, keep: tuple[int, int]) -> tuple[int, int]:
    """Return the window moved inwards to blanks, unless that would cut off what it must keep or half the window."""
    start, end = window
    half = (end - start) // 2
    if start and (blank := line.find(" ", start - 1, min(keep[0], start + half) + 1)) >= 0:
        start = blank + 1
    if end < len(line) and (blank := line.rfind(" ", max(keep[1], end - half), end + 1)) >= 0:
        end = blank
    return start, end
