"""A page as one flow of text with marks for its blocks, and the span of that flow which each element takes.

lxml's parser reports what it reads instead of building a tree, and one loop folds the report. What a browser does not
show (scripts, `display: none`) leaves the flow again when its element ends.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import Final, TypeAlias

from lxml import etree

from postarchive.pages.text import BREAK, CELL, PARAGRAPH, ROW_END, ROW_START

BLOCKS: Final = frozenset(
    {
        "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir",
        "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
        "header", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "p", "pre", "section", "summary",
        "table", "tbody", "tfoot", "thead", "ul",
    }
)  # fmt: skip
UNSEEN: Final = frozenset(
    {
        "script", "style", "head", "title", "template", "noscript", "iframe", "object", "textarea", "select",
        "option", "button", "input",
    }
)  # fmt: skip
CELLS: Final = frozenset(("td", "th"))
COMMENT: Final = "!--"  # the tag of a comment's span
HIDDEN: Final = "template"  # the tag under which an element goes that is not displayed
NOT_DISPLAYED: Final = re.compile(r"display\s*:\s*none", re.IGNORECASE)
STARTS: Final = dict.fromkeys(BLOCKS, PARAGRAPH) | {"br": BREAK, "tr": ROW_START, "td": CELL, "th": CELL}
ENDS: Final = dict.fromkeys(BLOCKS, PARAGRAPH) | {"tr": ROW_END, "td": CELL, "th": CELL}
CHUNK_BYTES: Final = 16_384  # the parser is asked to stop between chunks; within one it is quadratic in the depth
DEEPEST: Final = 512  # elements inside each other, as in browsers
MOST_EVENTS: Final = 1_000_000  # a page of the site has some hundred
TOO_DEEP: Final = "elements are nested deeper than can be read; text below is missing"
TOO_LONG: Final = "page has more elements than can be read; the rest is missing"

Attributes: TypeAlias = Mapping[str, str]
Event: TypeAlias = tuple[str, Attributes] | str | None  # an element begins, text, the innermost open element ends


class Span:
    """An element: the slice of the flow's pieces that it takes, and its place among the spans, in page order.

    `name` is its id in lower case, empty when it has none. The spans inside it are those after `number`, before `last`.
    `parent` is the element around it; the whole page, number -1, is its own.
    """

    __slots__ = ("attributes", "end", "last", "name", "number", "parent", "start", "tag")
    attributes: Attributes
    end: int
    last: int
    name: str
    number: int
    parent: "Span"
    start: int
    tag: str

    @property
    def href(self) -> str | None:
        """Return where an anchor leads, as written; None for what is no anchor or leads nowhere."""
        return (self.attributes.get("href") or None) if self.tag == "a" else None

    def holds(self, other: "Span") -> bool:
        """Tell whether the other stands inside this one, or is this one."""
        return self.number <= other.number < self.last

    def ancestors(self) -> "Iterator[Span]":
        """Yield the elements around this one, the innermost first."""
        span = self.parent
        while span.number >= 0:
            yield span
            span = span.parent

    def up_to(self, after: "Span") -> "Span":
        """Return the slice of the page from where this one begins to where a later one does."""
        return self._slice(after.number, after.start)

    def through(self, last: "Span") -> "Span":
        """Return the slice of the page from where this one begins to where a later one, or this one, ends."""
        return self._slice(last.last, last.end)

    def _slice(self, last: int, end: int) -> "Span":
        span = Span()
        span.tag, span.attributes, span.name, span.parent = self.tag, {}, "", self.parent
        span.number, span.start, span.last, span.end = self.number, self.start, last, end
        return span


@dataclass(frozen=True, slots=True)
class Flow:
    """The text pieces and marks of a page, its elements in page order, and what could not be read of it."""

    pieces: list[str]
    spans: list[Span]
    whole: Span
    warnings: tuple[str, ...]


class Recorder:
    """A parser target that writes down what it is told; closures, because they are called for every tag and text."""

    def __init__(self) -> None:
        """Start with an empty record; the parser binds its methods once, so the list stays the same one."""
        self.events: list[Event] = []
        note = self.events.append
        self.data: Callable[[str], None] = note
        self.start: Callable[[str, Attributes], None] = lambda tag, attributes: note((tag, attributes))
        self.end: Callable[[str], None] = lambda _: note(None)

    def comment(self, text: str) -> None:
        """Note a comment as an element without text."""
        self.start(COMMENT, {"text": text})
        self.end(COMMENT)

    def close(self) -> None:
        """Be told of the end of the page."""

    def take(self) -> list[Event]:
        """Return the record and forget it."""
        events = self.events.copy()
        self.events.clear()
        return events


def read_flow(source: bytes, *, may_hide: bool) -> Flow:
    """Parse UTF-8 bytes as HTML; elements are asked whether they are displayed only when one may not be."""
    events, warnings = _events(source)
    return Flow(*_fold(_with_hidden(events) if may_hide else events), warnings)


_recorder = Recorder()
_parser = etree.HTMLParser(target=_recorder, encoding="utf-8", huge_tree=True)  # type: ignore[arg-type]  # the stubs know no target that keeps its own result
_lock = Lock()  # one parser for all: making one costs as much as half a page


def _events(source: bytes) -> tuple[list[Event], tuple[str, ...]]:
    with _lock:
        try:
            warnings = _feed(source)
        finally:
            with suppress(etree.XMLSyntaxError):  # nothing was read
                _parser.close()
            events = _recorder.take()
    return events, warnings


def _feed(source: bytes) -> tuple[str, ...]:
    """Feed the parser, up to where a hostile page would cost too much; return what to say of the rest."""
    depth = seen = 0
    for place in range(0, len(source), CHUNK_BYTES):
        if place:
            fresh = _recorder.events[seen:]
            seen += len(fresh)
            depth += sum(isinstance(event, tuple) for event in fresh) - fresh.count(None)
        if depth > DEEPEST or seen > MOST_EVENTS:
            return (TOO_DEEP if depth > DEEPEST else TOO_LONG,)
        _parser.feed(source[place : place + CHUNK_BYTES])
    return ()


def _with_hidden(events: list[Event]) -> list[Event]:
    """Return the report with what is not displayed under another tag."""
    return [(HIDDEN, event[1]) if isinstance(event, tuple) and is_hidden(event[1]) else event for event in events]


def _fold(events: list[Event]) -> tuple[list[str], list[Span], Span]:
    """Return the pieces, the spans, and the page as a span. One loop without calls, for most of a page goes by here."""
    pieces: list[str] = []
    spans: list[Span] = []
    span = whole = _whole()
    for event in events:
        if event is None:
            span.end = len(pieces)
            span.last = len(spans)
            tag = span.tag
            if tag in ENDS:
                pieces.append(ENDS[tag])
            elif tag in UNSEEN:
                del pieces[span.start :], spans[span.number :]
            span = span.parent
        elif isinstance(event, str):
            pieces.append(event)
        else:
            tag, attributes = event
            if tag in STARTS:
                pieces.append(STARTS[tag])
            parent, span = span, Span()
            span.tag = tag
            span.attributes = attributes
            span.name = attributes["id"].lower() if "id" in attributes else ""
            span.number = len(spans)
            span.start = len(pieces)
            span.parent = parent
            spans.append(span)
    for left_open in (whole, span, *span.ancestors()):
        left_open.end, left_open.last = len(pieces), len(spans)
    return pieces, spans, whole


def _whole() -> Span:
    span = Span()
    span.tag, span.attributes, span.name, span.parent = "", {}, "", span
    span.number, span.start = -1, 0
    return span


def is_hidden(attributes: Attributes) -> bool:
    """Tell whether an element says of itself that it is not displayed."""
    return "hidden" in attributes or NOT_DISPLAYED.search(attributes.get("style", "")) is not None
