"""A page as one flow of text with marks for its blocks, and each element's span of that flow.

lxml's parser reports what it reads instead of building a tree, and each report is added to the flow at once. What a
browser does not show (scripts, `display: none`) is removed again when its element ends.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from threading import Lock
from types import MappingProxyType
from typing import Final, TypeAlias

from lxml import etree

from postarchive.errors import NotAPage
from postarchive.pages.html import limits
from postarchive.pages.html.text import BREAK, CELL, PARAGRAPH, ROW_END, ROW_START

BLOCKS: Final = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir",
    "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "p", "pre", "section", "summary",
    "table", "tbody", "tfoot", "thead", "ul",
))  # fmt: skip
UNSEEN: Final = frozenset((
    "script", "style", "head", "title", "template", "noscript", "iframe", "object", "textarea", "select",
    "option", "button", "input", "video", "audio", "canvas", "noembed", "noframes",
))  # fmt: skip
PLAYERS: Final = MappingProxyType({"video": "src", "audio": "src", "object": "data"})
PLAYED: Final = frozenset(("source", "embed"))  # elements that name a player's file
CELLS: Final = frozenset(("td", "th"))
COMMENT: Final = "!--"  # the tag of a comment's span
HIDDEN: Final = "template"  # the tag given to elements that are not displayed
NOT_DISPLAYED: Final = re.compile(r"display\s*:\s*none")
# The marks before and after an element, by its tag
MARKS: Final = dict.fromkeys(BLOCKS, (PARAGRAPH, PARAGRAPH)) | dict.fromkeys(CELLS, (CELL, CELL))
MARKS.update(br=(BREAK, ""), tr=(ROW_START, ROW_END))
CHUNK_BYTES: Final = 16_384  # the parser can be stopped between chunks; within one its time is quadratic in the depth
DEEPEST: Final = 512  # levels of nesting, as in browsers
TOO_DEEP: Final = "elements are nested deeper than can be read; text below is missing"

Attributes: TypeAlias = Mapping[str, str]
# The text pieces and marks of a page, its elements in page order, those with an id, and the page as an element.
Flow: TypeAlias = tuple[list[str], list["Span"], list["Span"], "Span"]


class Span:
    """An element: its slice of the flow's pieces, and its place among the spans, in page order.

    `name` is its id in lower case, empty when it has none. The spans inside it are those after `number`, before `last`.
    `parent` is the element around it; the whole page, number -1, is its own. `closing` is the mark after it, or empty.
    """

    __slots__ = ("attributes", "closing", "end", "last", "name", "number", "parent", "start", "tag")
    attributes: Attributes
    closing: str
    end: int
    last: int
    name: str
    number: int
    parent: "Span"
    start: int
    tag: str

    @property
    def href(self) -> str | None:
        """Return where an anchor leads, as written; None if this is not an anchor or leads nowhere."""
        return (self.attributes.get("href") or None) if self.tag == "a" else None

    def holds(self, other: "Span") -> bool:
        """Tell whether the other is inside this one, or is this one."""
        return self.number <= other.number < self.last

    def ancestors(self) -> "Iterator[Span]":
        """Yield the elements around this one, the innermost first."""
        span = self.parent
        while span.number >= 0:
            yield span
            span = span.parent

    def up_to(self, after: "Span") -> "Span":
        """Return the slice of the page from the start of this one to the start of a later one."""
        return self._slice(after.number, after.start)

    def through(self, last: "Span") -> "Span":
        """Return the slice of the page from the start of this one to the end of a later one, or of this one."""
        return self._slice(last.last, last.end)

    def _slice(self, last: int, end: int) -> "Span":
        span = Span()
        span.tag, span.attributes, span.name, span.closing, span.parent = self.tag, {}, "", "", self.parent
        span.number, span.start, span.last, span.end = self.number, self.start, last, end
        return span


def _whole() -> Span:
    span = Span()
    span.tag, span.attributes, span.name, span.closing, span.parent = "", {}, "", "", span
    span.number, span.start = -1, 0
    return span


@dataclass(slots=True)
class Counted:
    """How much of a page has been counted, and the totals."""

    spans: int = 0
    pieces: int = 0
    attributes: int = 0
    characters: int = 0
    moved: int = 0  # the byte at which the parser last reported something
    _latest: "tuple[int, int, Span | None]" = (0, 0, None)

    def is_moved(self, fold: "Fold", place: int) -> bool:
        """Tell whether the parser has reported anything since the last call; note the place if so."""
        latest = (len(fold.pieces), len(fold.spans), fold.innermost)
        if latest == self._latest:
            return False
        self._latest, self.moved = latest, place
        return True


class Fold:
    """A parser target that turns the parser's reports into pieces and spans, at once and in one place.

    Most of the time is spent in `start` and `end`, so they call no functions of ours. The parser binds `data` once, so
    the list of pieces must stay the same object.
    """

    __slots__ = ("data", "innermost", "named", "pieces", "spans")
    innermost: Span  # the latest element that has begun but not ended

    def __init__(self) -> None:
        """Start with an empty page."""
        self.pieces: list[str] = []
        self.data = self.pieces.append
        self.begin()

    def begin(self) -> None:
        """Start a page."""
        self.pieces.clear()
        self.spans: list[Span] = []
        self.named: list[Span] = []
        self.innermost = _whole()

    def start(self, tag: str, attributes: Attributes) -> None:
        """Take the start of an element, which is inside the innermost one."""
        span, spans, pieces = Span(), self.spans, self.pieces
        span.name = span.closing = ""
        if attributes:
            if "id" in attributes:
                span.name = attributes["id"].lower()
                self.named.append(span)
            if ("style" in attributes or "hidden" in attributes) and is_hidden(attributes):
                tag = HIDDEN
        if tag in MARKS:
            opening, span.closing = MARKS[tag]
            pieces.append(opening)
        span.tag, span.attributes = tag, attributes
        span.number, span.start = len(spans), len(pieces)
        spans.append(span)
        span.parent = self.innermost
        self.innermost = span

    def end(self, _: str) -> None:
        """Take the end of the innermost element; if it is not displayed, remove all of it."""
        span, pieces = self.innermost, self.pieces
        span.end, span.last = len(pieces), len(self.spans)
        if span.closing:
            pieces.append(span.closing)
        elif span.tag in UNSEEN:
            self._remove(span)
        self.innermost = span.parent

    def _remove(self, span: Span) -> None:
        """Remove an element with all that is in it; a player stays, without text, if it names the file it plays."""
        file = _played(span, self.spans) if span.tag in PLAYERS else None
        del self.pieces[span.start :], self.spans[span.number :]
        while self.named and self.named[-1].number >= span.number:
            self.named.pop()
        if file:
            span.attributes, span.name, span.end, span.last = {"src": file}, "", span.start, span.number + 1
            self.spans.append(span)
            self.named.append(span)

    def comment(self, text: str) -> None:
        """Take a comment, as an element without text."""
        self.start(COMMENT, {"text": text})
        self.end(COMMENT)

    def close(self) -> None:
        """Take the end of the page."""

    def is_too_deep(self) -> bool:
        """Tell whether elements are nested deeper than the parser can handle."""
        return sum(1 for _ in self.innermost.ancestors()) >= DEEPEST

    def excess(self, counted: Counted) -> str | None:
        """Count what came since the last call; return why the page is refused as too large, None if it is not.

        The content of an element that is not displayed counts only while the element is open, its text not at all.
        """
        spans, pieces, shown = self.spans, self.pieces, self._shown()
        counted.attributes += sum(len(span.attributes) for span in spans[counted.spans :])
        counted.characters += limits.characters(pieces, counted.pieces, shown)
        counted.spans, counted.pieces = len(spans), shown
        if len(pieces) + len(spans) + counted.attributes > limits.MAX_PARTS:
            return limits.TOO_MANY_PARTS
        return limits.TOO_MANY_CHARACTERS if counted.characters > limits.MAX_CHARACTERS else None

    def _shown(self) -> int:
        """Return where the certainly displayed text ends: before the outermost open element that is not displayed."""
        span = self.innermost
        unseen = [around.start for around in (span, *span.ancestors()) if around.tag in UNSEEN]
        return unseen[-1] if unseen else len(self.pieces)

    def take(self) -> Flow:
        """Return the finished page, and forget it."""
        whole = self.innermost
        while True:  # elements left open end with the page
            whole.end, whole.last = len(self.pieces), len(self.spans)
            if whole.number < 0:
                break
            whole = whole.parent
        flow = self.pieces.copy(), self.spans, self.named, whole
        self.begin()
        return flow


def _played(player: Span, spans: list[Span]) -> str | None:
    """Return the file that a player, or an element inside it, names; None when there is none."""
    inside = spans[player.number + 1 :]
    sources = (span.attributes.get("src") for span in inside if span.tag in PLAYED)
    return next(filter(None, (player.attributes.get(PLAYERS[player.tag]), *sources)), None)


_fold = Fold()
_parser = etree.HTMLParser(target=_fold, encoding="utf-8", huge_tree=True)  # type: ignore[arg-type]  # the stubs know no target that keeps its own result
_lock = Lock()  # one parser for all: making one takes as long as half a page


def read_flow(source: bytes, subject: str) -> tuple[Flow, tuple[str, ...]]:
    """Parse UTF-8 bytes as HTML; return its flow, and warnings.

    Raises NotAPage, naming the subject, for a page that holds more than can be read.
    """
    with _lock:
        try:
            warnings = _feed(source, subject)
        finally:
            _close()
            flow = _fold.take()
    return flow, warnings


def _feed(source: bytes, subject: str) -> tuple[str, ...]:
    """Feed the parser, up to where nesting would cost too much; return warnings about the rest.

    Raises NotAPage for a page that holds more than can be read.
    """
    if len(source) <= CHUNK_BYTES and source.endswith(b">"):
        _parser.feed(source)
        return ()
    counted, place = Counted(), 0
    while place < len(source):
        if place and _fold.is_too_deep():
            return (TOO_DEEP,)
        end = min(place + CHUNK_BYTES, len(source))
        end = source.rfind(b">", place, end) + 1 or end  # half a tag would become text where the parser stops
        _parser.feed(source[place:end])
        if end > limits.MAX_PARTS and (problem := _fold.excess(counted) or _flood(source, end, counted)):
            raise NotAPage(subject, problem)
        place = end
    return ()


def _flood(source: bytes, end: int, counted: Counted) -> str | None:
    """Return why a page is refused if the parser, gathering one tag, has long reported nothing; None if it may go on.

    A tag is reported when it ends, and by then all that it holds is in memory.
    """
    if counted.is_moved(_fold, end) or (end - counted.moved) % limits.LONG_TAG >= CHUNK_BYTES:
        return None
    return limits.FLOOD if limits.is_flood(source[counted.moved : end]) else None


def _close() -> None:
    try:
        _parser.close()
    except etree.XMLSyntaxError:  # nothing was read
        return


def is_hidden(attributes: Attributes) -> bool:
    """Tell whether an element's own attributes say that it is not displayed."""
    if "hidden" in attributes:
        return True
    style = attributes.get("style", "").lower()
    return "display" in style and NOT_DISPLAYED.search(style) is not None
