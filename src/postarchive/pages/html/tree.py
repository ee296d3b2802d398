"""A page that can be queried: what has this id, what is inside it, what text does it show.

Ids are looked up in lower case, with all their occurrences: the CMS repeats them, and templates differ in case and
quotes (SITE.md §3.2).
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, KeysView, Sequence
from itertools import pairwise
from operator import attrgetter
from typing import Final, TypeAlias

from postarchive.errors import NotAPage
from postarchive.pages.html.flow import PLAYERS, Span, read_flow
from postarchive.pages.html.text import PARAGRAPH, clean, paragraphs

# The flow's marks are control characters: a page's own, as bytes or as `&#11;`, become blanks before it is parsed.
CONTROLS: Final = b"\x00\x0b\x1c\x1d\x1e\x1f"
CONTROLS_TO_BLANKS: Final = bytes.maketrans(CONTROLS, b" " * len(CONTROLS))
CONTROL_REFERENCE: Final = re.compile(
    rb"&#(?:[xX]0*(?:[1-8bBeEfF]|1[0-9a-fA-F])|0*(?:[1-8]|11|1[4-9]|2\d|3[01]))(?![0-9a-fA-F]);?"
)
HEAD_END: Final = b"</head"
NAME_ENDS: Final = b" \t\n\f\r/>"
# What libxml2 drops: `</br>`, a line break to a browser, and `</p>` if none is open and text follows on its line.
LINE_GOES_ON: Final = rb"\s*+(?:[^\s<]|<(?:a|b|em|font|i|span(?!\s+id)|strong|sub|sup|u)[\s>])"
LINE_ENDS: Final = rb"</(?:br(?=[\s/>])|p>(?=" + LINE_GOES_ON + rb"))"
LINE_END: Final = re.compile(LINE_ENDS, re.IGNORECASE)
EMBED: Final = b"<embed"
RARE: Final = re.compile(EMBED + b"|" + LINE_ENDS)  # for lower case, which is much faster, as is one search for all
BODY_END: Final = b"</body"
PAGE_ENDS: Final = re.compile(rb"</(?:body|html)\b[^>]*+>", re.IGNORECASE)
NUMBER: Final = attrgetter("number")
Cuts: TypeAlias = Sequence[tuple[Span, str]]  # what to leave out of a text, and the mark that replaces it


class Tree:
    """A parsed page: the UTF-8 bytes it was made from (`lower` in lower case), and its elements by id.

    Only what follows the head is parsed as HTML: half of a page's bytes are scripts and metas, which are read as bytes.
    """

    __slots__ = (
        "_by_id",
        "_links",
        "_pieces",
        "head_bytes",
        "lower",
        "names",
        "pictures",
        "players",
        "source",
        "spans",
        "warnings",
        "whole",
    )
    names: KeysView[str]  # the ids of the page, in page order
    pictures: Sequence[Span]
    players: list[Span]  # those that name a file

    def __init__(self, source: bytes, subject: str) -> None:
        """Parse UTF-8 bytes. Raises NotAPage when they contain no element at all, or more than can be read."""
        if source.endswith((b"<", b"</")):
            source = source.rstrip(b"</")  # the beginning of a tag where a page is cut off is no text
        self.source = source = _without_controls(source)
        self.lower = lower = source.lower()
        self.head_bytes = start = _head_end(lower)
        body = source[start:]
        rare = {found[0] for found in RARE.finditer(lower, start)}
        if rare - {EMBED}:
            body = _replaced(LINE_END, _line_end, body)
        flow, self.warnings = read_flow(body, subject)
        if _ends_early(flow[1]) and lower.count(BODY_END) > 1:  # a document was pasted into a story
            flow, self.warnings = read_flow(_replaced(PAGE_ENDS, lambda _: b"", body), subject)
        self._pieces, self.spans, named, self.whole = flow
        if not self._pieces:
            raise NotAPage(subject, "holds no HTML")
        self._links = [span.number for span in self.spans if span.tag == "a" and span.attributes.get("href")]
        self._by_id: dict[str, list[Span]] = {}
        self.names = self._by_id.keys()
        self.players = []
        self._find(named)
        has_pictures = lower.find(b"<img", start) >= 0
        self.pictures = [span for span in self.spans if span.tag == "img"] if has_pictures else []
        if EMBED in rare:
            self.players += [span for span in self.spans if span.tag == "embed" and "src" in span.attributes]

    def _find(self, named: Iterable[Span]) -> None:
        """Note the elements with an id, and the players, which have none."""
        by_id = self._by_id
        for span in named:
            if span.name in by_id:
                by_id[span.name].append(span)
            elif span.name:
                by_id[span.name] = [span]
            elif span.tag in PLAYERS:
                self.players.append(span)

    def some(self, name: str, within: Span | None = None) -> Sequence[Span]:
        """Return the elements with this id, in any case, in page order; only those inside `within` if given."""
        found = self._by_id.get(name, ())
        if within is None or not found:
            return found
        first = bisect_right(found, within.number, key=NUMBER)
        return found[first : bisect_left(found, within.last, lo=first, key=NUMBER)]

    def lasts(self, names: Iterable[str]) -> list[Span]:
        """Return the last element with each of these ids, in page order."""
        by_id = self._by_id
        return sorted([by_id[name][-1] for name in names if name in by_id], key=NUMBER)

    def name_behind(self, span: Span) -> str:
        """Return the id of the element that follows one; empty if it has none, or nothing follows."""
        return self.spans[span.last].name if span.last < len(self.spans) else ""

    def within(self, span: Span) -> list[Span]:
        """Return the elements inside one, in page order."""
        return self.spans[span.number + 1 : span.last]

    def links_in(self, span: Span) -> list[Span]:
        """Return the anchors inside a span that lead somewhere."""
        first = bisect_right(self._links, span.number)
        numbers = self._links[first : bisect_left(self._links, span.last, lo=first)]
        return [self.spans[number] for number in numbers]

    def is_linked(self, span: Span) -> bool:
        """Tell whether a span holds an anchor that leads somewhere."""
        first = bisect_right(self._links, span.number)
        return first < len(self._links) and self._links[first] < span.last

    def marked(self, span: Span, cuts: Cuts = ()) -> str:
        """Return a span's marked text; each cut span is replaced by its mark, nested ones by that of the outer."""
        if not cuts:
            return "".join(self._pieces[span.start : span.end])
        pieces, parts = self._pieces, list[str]()
        place, number, last = span.start, span.number, span.last
        for cut, mark in sorted(cuts, key=_number):
            if number <= cut.number < last:
                parts += pieces[place : cut.start]
                parts.append(mark)
                place, number = cut.end, cut.last
        parts += pieces[place : span.end]
        return "".join(parts)

    def marked_around(self, span: Span) -> str:
        """Return the marked text of the page without a span, which is replaced by the end of a paragraph."""
        return "".join(self._pieces[: span.start]) + PARAGRAPH + "".join(self._pieces[span.end :])

    def has_text_before(self, place: Span, around: Span) -> bool:
        """Tell whether there is text inside `around` before `place` begins."""
        return self._has_text(range(place.start - 1, around.start - 1, -1))

    def has_text_after(self, place: Span, around: Span) -> bool:
        """Tell whether there is text inside `around` after `place` has ended."""
        return self._has_text(range(place.end, around.end))

    def apart(self, names: Iterable[str]) -> list[tuple[Span, Span]]:
        """Return the pairs of neighbours, among the last elements with these ids, that have text between them."""
        return [pair for pair in pairwise(self.lasts(names)) if self.has_text_between(*pair)]

    def has_text_between(self, place: Span, following: Span) -> bool:
        """Tell whether there is text after the end of a place and before the beginning of a later one."""
        return bool("".join(self._pieces[place.end : following.start]).strip())  # marks are white space to Python

    def is_all_text_of(self, place: Span, around: Span) -> bool:
        """Tell whether `around` shows no text except that of `place`, which is inside it."""
        return not self.has_text_before(place, around) and not self.has_text_after(place, around)

    def _has_text(self, places: range) -> bool:
        return any(map(str.strip, map(self._pieces.__getitem__, places)))

    def paragraphs(self, span: Span, cuts: Cuts = ()) -> list[str]:
        """Return a span's paragraphs as a browser shows them."""
        return paragraphs(self.marked(span, cuts))

    def line(self, span: Span, cuts: Cuts = ()) -> str:
        """Return a span's text on one line: blocks and <br> become a blank."""
        return clean(self.marked(span, cuts))


def outside(spans: Iterable[Span], blocks: Collection[Span]) -> list[Span]:
    """Return the spans that are inside none of these blocks."""
    return [span for span in spans if not any(block.holds(span) for block in blocks)]


def _head_end(lower: bytes) -> int:
    """Return where the head ends: at its closing tag outside comments; 0 when there is none."""
    return next((place for place in shown(lower, HEAD_END) if _is_tag(lower, place + len(HEAD_END))), 0)


def _is_tag(lower: bytes, place: int) -> bool:
    """Tell whether the name of a tag ends at a place: `</head` may begin `</header>`."""
    return lower[place : place + 1] in NAME_ENDS


def shown(lower: bytes, text: bytes) -> Iterator[int]:
    """Yield the places of a text that are not inside a comment; a page's bytes are looked at once."""
    looked, place = 0, lower.find(text)
    while place >= 0:
        if is_commented_out(lower, place, looked):
            looked = lower.find(b"-->", place)
        else:
            yield place
            looked = place + 1
        place = lower.find(text, looked) if looked >= 0 else -1


def is_commented_out(lower: bytes, place: int, looked: int = 0) -> bool:
    """Tell whether a place of a page is inside a comment; up to `looked` no comment is open."""
    if place <= 0 or (mark := lower.rfind(b"!", looked, place)) < 0:  # one byte is found far faster than four
        return False
    start = lower.rfind(b"<!--", looked, min(mark + 3, place))
    return start >= 0 and lower.find(b"-->", start, place) < 0


def _replaced(pattern: re.Pattern[bytes], by: Callable[[re.Match[bytes]], bytes], source: bytes) -> bytes:
    """Return a text like `pattern.sub(by, source)`, which holds all pieces at once: many times a text of short ones."""
    whole, place = bytearray(), 0
    for found in pattern.finditer(source):
        whole += source[place : found.start()]
        whole += by(found)
        place = found.end()
    return bytes(whole + source[place:])


def _line_end(found: re.Match[bytes]) -> bytes:
    """Return a closing tag in the form that ends a line, or a paragraph, in libxml2."""
    return found[0] + b"<hr>" if found[0].endswith(b">") else b"<" + found[0][2:] + b" "


def _ends_early(spans: Sequence[Span]) -> bool:
    """Tell whether anything follows the end of a page's `<body>`."""
    return any(span.tag == "body" and span.last < len(spans) for span in spans[:2])


def _number(cut: tuple[Span, str]) -> int:
    return cut[0].number


def _without_controls(source: bytes) -> bytes:
    if any(map(source.__contains__, CONTROLS)):  # a quick check that nearly always fails
        source = source.translate(CONTROLS_TO_BLANKS)
    place = source.find(b"&")  # one byte is found far faster than two, and most pages have few of them, or none
    is_referred = place >= 0 and CONTROL_REFERENCE.search(source, place)
    return _replaced(CONTROL_REFERENCE, lambda _: b" ", source) if is_referred else source
