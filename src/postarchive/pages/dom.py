"""The page as one flow of text with marks for its blocks, and the spans of the flow that elements take.

A page is walked once, iteratively. What a parser asks for afterwards (the text of a field, of everything but a field,
whether one element stands inside another) is a slice or a comparison of the flow. Ids are looked up in lower case over
all their occurrences: the CMS repeats them, and templates differ in case and quotes (SITE.md §3.2).
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Final

from lxml import etree

from postarchive.errors import NotAPage
from postarchive.pages.text import BREAK, CELL, PARAGRAPH, ROW_END, ROW_START, clean, paragraphs

Element = etree._Element  # noqa: SLF001 - lxml has no public name for the type of its elements

BLOCKS: Final = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol p pre section summary table tbody "
    "tfoot thead ul".split()
)
UNSEEN: Final = frozenset(
    "script style head title template noscript iframe object textarea select option button input".split()
)
SKIP: Final = "\x00"
STARTS: Final = (
    dict.fromkeys(BLOCKS, PARAGRAPH)
    | dict.fromkeys(UNSEEN, SKIP)
    | {"br": BREAK, "tr": ROW_START, "td": CELL, "th": CELL}
)
ENDS: Final = dict.fromkeys(BLOCKS, PARAGRAPH) | {"tr": ROW_END, "td": CELL, "th": CELL}
SPANNED: Final = frozenset(("a", "li", "tr"))
HIDDEN: Final = re.compile(r"display\s*:\s*none", re.IGNORECASE)
# The flow's marks are control characters: a page's own, as bytes or as `&#11;`, become blanks before it is parsed.
CONTROLS: Final = (b"\x00", b"\x0b", b"\x1c", b"\x1d", b"\x1e", b"\x1f")
CONTROLS_TO_BLANKS: Final = bytes.maketrans(b"".join(CONTROLS), b" " * len(CONTROLS))
CONTROL_REFERENCE: Final = re.compile(
    rb"&#(?:[xX]0*(?:[1-8bBeEfF]|1[0-9a-fA-F])|0*(?:[1-8]|11|1[4-9]|2\d|3[01]))(?![0-9a-fA-F]);?"
)
DEEP_ENOUGH: Final = 2000  # tags; below that no page reaches the parser's depth limit
HEAD_END: Final = b"</head"
EVENTS: Final = ("start", "end", "comment", "pi")

_parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, collect_ids=False)


class Span:
    """An element and the slice of the flow that it takes; `name` is its id in lower case, empty when it has none.

    `href` is where an anchor leads, as written; None for what is no anchor or leads nowhere.
    """

    __slots__ = ("element", "end", "href", "name", "start", "tag")

    def __init__(self, element: Element, tag: str, name: str, start: int) -> None:
        """Open the span at its place in the flow; its end is known when the walk leaves the element."""
        self.element = element
        self.tag = tag
        self.name = name
        self.start = start
        self.end = start
        self.href = (element.get("href") or None) if tag == "a" else None

    def holds(self, other: "Span") -> bool:
        """Tell whether the other stands inside this one, or is this one."""
        return self.start <= other.start < self.end or self is other


class Flow:
    """The text pieces of an element in page order, with the spans of what has an id, of links, rows and list items."""

    __slots__ = ("_starts", "images", "pieces", "spans")

    def __init__(self, root: Element, *, may_hide: bool = True) -> None:
        """Walk the element once. What a browser does not show (scripts, `display: none`) is not in the flow."""
        self.pieces: list[str] = []
        self.spans: list[Span] = []
        self.images: list[Element] = []
        self._starts: list[int] = []
        self._walk(root, may_hide=may_hide)

    def _walk(self, root: Element, *, may_hide: bool) -> None:  # one loop: it is the cost of a page
        pieces, spans, opened = self.pieces, self.spans, list[Span]()
        walk = etree.iterwalk(root, events=EVENTS)
        for event, element in walk:
            tag = element.tag
            if event == "start":
                sign = STARTS.get(tag)
                if sign is not None:
                    if sign is SKIP or (may_hide and is_hidden(element)):
                        walk.skip_subtree()
                        continue
                    pieces.append(sign)
                elif may_hide and is_hidden(element):
                    walk.skip_subtree()
                    continue
                name = element.get("id")
                if name or tag in SPANNED:
                    span = Span(element, tag, name.lower() if name else "", len(pieces))
                    pieces.append("")  # a place of its own: no two spans begin at the same one
                    spans.append(span)
                    opened.append(span)
                elif tag == "img":
                    self.images.append(element)
                if text := element.text:
                    pieces.append(text)
                continue
            if event == "end":
                if opened and opened[-1].element is element:
                    opened.pop().end = len(pieces)
                if sign := ENDS.get(tag):
                    pieces.append(sign)
            if (tail := element.tail) and element is not root:
                pieces.append(tail)

    def within(self, around: Span) -> list[Span]:
        """Return the spans inside one, in page order."""
        if not self._starts:
            self._starts = [span.start for span in self.spans]
        first, last = bisect_right(self._starts, around.start), bisect_left(self._starts, around.end)
        return self.spans[first:last]

    def text(self, start: int, end: int, cuts: Iterable[tuple[Span, str]] = ()) -> str:
        """Return a slice of the flow as marked text; each cut span is replaced by its mark, nested ones by the outer."""
        parts: list[str] = []
        for span, mark in sorted(cuts, key=_start):
            if start <= span.start < end:
                parts += self.pieces[start : span.start]
                parts.append(mark)
                start = span.end
        parts += self.pieces[start:end]
        return "".join(parts)


def _start(cut: tuple[Span, str]) -> int:
    return cut[0].start


class Tree:
    """A parsed page: the UTF-8 bytes it was made from (`lower` in lower case), and the flow of its body by id.

    Only what follows the head is made a tree: half of a page's bytes are scripts and metas, which are read as bytes.
    """

    __slots__ = ("body", "by_id", "flow", "head_bytes", "lower", "root", "source", "warnings", "whole")

    def __init__(self, source: bytes, subject: str) -> None:
        """Parse UTF-8 bytes. Raises NotAPage when there is no element at all in them."""
        self.source = _without_controls(source)
        self.lower = self.source.lower()
        self.head_bytes = max(self.lower.find(HEAD_END), 0)
        self.root = _parsed(self.source[self.head_bytes :], subject)
        self.warnings = _depth_warnings(self.source)
        body = self.root.find("body")
        self.body = self.root if body is None else body
        self.flow = Flow(self.body, may_hide=b"display" in self.lower or b" hidden" in self.lower)
        self.whole = Span(self.body, "body", "", -1)
        self.whole.end = len(self.flow.pieces)
        self.by_id: dict[str, list[Span]] = {}
        for span in self.flow.spans:
            if span.name:
                self.by_id.setdefault(span.name, []).append(span)

    def some(self, name: str, within: Span | None = None) -> list[Span]:
        """Return what has this id, in page order and any case of the id; only what is inside `within` when given."""
        found = self.by_id.get(name, ())
        return [span for span in found if within is None or (within.holds(span) and span is not within)]

    def links_in(self, span: Span) -> list[Span]:
        """Return the anchors inside a span that lead somewhere."""
        return [inner for inner in self.flow.within(span) if inner.href]

    def is_linked(self, span: Span) -> bool:
        """Tell whether a span holds an anchor that leads somewhere."""
        return any(inner.href for inner in self.flow.within(span))

    def hrefs(self) -> list[str]:
        """Return where the page's links lead, as written, in page order."""
        return [span.href for span in self.flow.spans if span.href]

    def marked(self, span: Span, cuts: Iterable[tuple[Span, str]] = ()) -> str:
        """Return a span's marked text, with the cut spans replaced by their marks."""
        return self.flow.text(max(span.start, 0), span.end, cuts)

    def paragraphs(self, span: Span, cuts: Iterable[tuple[Span, str]] = ()) -> list[str]:
        """Return a span's paragraphs as a browser shows them."""
        return paragraphs(self.marked(span, cuts))

    def line(self, span: Span, cuts: Iterable[tuple[Span, str]] = ()) -> str:
        """Return a span's text on one line: blocks and <br> become a blank."""
        return clean(self.marked(span, cuts))


def _without_controls(source: bytes) -> bytes:
    if any(map(source.__contains__, CONTROLS)):  # a quick look, nearly always in vain
        source = source.translate(CONTROLS_TO_BLANKS)
    return CONTROL_REFERENCE.sub(b" ", source) if b"&#" in source else source


def _parsed(source: bytes, subject: str) -> Element:
    try:
        root = etree.fromstring(source, _parser)
    except etree.XMLSyntaxError as error:
        raise NotAPage(subject, "holds no HTML") from error
    if root is None:
        raise NotAPage(subject, "holds no HTML")
    return root


def _depth_warnings(source: bytes) -> tuple[str, ...]:
    if source.count(b"<") < DEEP_ENOUGH:
        return ()
    limits = [entry for entry in _parser.error_log if entry.type_name == "ERR_RESOURCE_LIMIT"]
    return ("elements are nested deeper than can be read; text below is missing",) if limits else ()


def is_hidden(element: Element) -> bool:
    """Tell whether the element itself says that it is not displayed."""
    style = element.get("style")
    return (style is not None and HIDDEN.search(style) is not None) or element.get("hidden") is not None


def marked_text(element: Element) -> str:
    """Return the marked text of any element, walked for the occasion: for what has no span of its own."""
    return "".join(Flow(element).pieces)


def text_blocks(element: Element) -> list[str]:
    """Return the paragraphs of any element as a browser shows them."""
    return paragraphs(marked_text(element))


def flat_text(element: Element) -> str:
    """Return the text of any element on one line."""
    return clean(marked_text(element))

