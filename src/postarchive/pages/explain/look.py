"""A page that was read with places in its tags: finds a value, and the element that holds it."""

import re
from dataclasses import dataclass

from postarchive.pages import Reading
from postarchive.pages.cms.dates import DATE, day_of
from postarchive.pages.cms.frame import FRAME, SIDES
from postarchive.pages.cms.head import NODE_SCRIPT
from postarchive.pages.html.flow import Span
from postarchive.pages.html.places import Place, VisibleText, Where, is_placed, place_of
from postarchive.pages.html.repair import TOKEN
from postarchive.urls import resolve

ATTRIBUTE = rb"""\s%s\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))"""
KEY = rb"""\b%s\b["']?\s*:\s*["']?(\d+)"""
META = rb"""<meta\s[^<>]{0,1000}?name\s*=\s*["']?%s\b[^<>]{0,1000}>"""
BLOCK_NAMES = frozenset((*SIDES, *FRAME))


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where a field of the record is; `start` and `end` are None if it is not shown, or not in one piece.

    `field` is the record's key, with the index in a list, `images[0].url`; `selector` names the element, or the block
    of the frame around a line of text; `where` says what the offsets count. `marker` names the layout part that wrote
    the field, `listing:15080219` with the part's node; None in the head, and for builds that print no markers.
    """

    field: str
    selector: str | None
    start: int | None
    end: int | None
    rule: str
    where: Where = "stored"
    marker: str | None = None


class Look:
    """A page that was read, and the places of its elements and texts."""

    def __init__(self, source: bytes, reading: Reading) -> None:
        """Take the page as UTF-8 without places, and its reading with them."""
        self.source, self.text = source, VisibleText(source)
        self.reading, self.tree, self.page = reading, reading.tree, reading.page
        self.region = place_of(reading.region)
        self._stamp_fields = [span for span in self.tree.spans if span.name.startswith("stampid")]
        self._blocks = [(place_of(span), span) for span in self.tree.spans if span.name in BLOCK_NAMES]
        self._links: dict[tuple[str, str], dict[str, Span]] = {}

    def field_in(self, found: Place | None) -> str:
        """Return the selector of a stamp's field in or around a place, else that of the content region."""
        inside = [
            span for span in self._stamp_fields if found and place_of(span) < found[1] and self.end(span) > found[0]
        ]
        return selector_of(inside[0] if inside else self.reading.region)

    def inside(self, span: Span, field: str, value: str | None, rule: str) -> Explanation:
        """Return the place of a value in an element."""
        found = self._value(value or "", field, place_of(span))
        return located(field, selector_of(span), found, rule)

    def line(self, field: str, value: str | None, rule: str, place: int | None = None) -> Explanation:
        """Return the place of a value in the text: from `place` on, else anywhere in the page."""
        found = self._value(value or "", field, self.region if place is None else place)
        found = found or self._value(value or "", field, 0)
        selector = self._block(found[0]) if found else None
        return located(field, selector, found, rule)

    def _value(self, value: str, field: str, place: int) -> tuple[int, int] | None:
        found = self.text.find(value, place)
        return found if found or not field.endswith("date") else self._day(value, place)

    def _day(self, value: str, place: int) -> tuple[int, int] | None:
        """Return the place of a date that is not printed in ISO."""
        text = self.source[place:].decode(errors="replace")
        for found in DATE.finditer(text):
            if day_of(found) == value:
                start = place + len(text[: found.start()].encode())
                return start, start + len(found[0].encode())
        return None

    def frame_line(self, field: str, value: str, rule: str) -> Explanation:
        """Return the place of a line of the frame, preferably outside the content region."""
        end = self.end(self.reading.region)
        found = self.text.find(value)
        if found and self.region <= found[0] < end:
            found = self.text.find(value, end) or found
        return located(field, self._block(found[0]) if found else None, found, rule)

    def link(self, field: str, tag: str, attribute: str, url: str, rule: str) -> Explanation:
        """Return the place of a URL in the first element of the content that has it."""
        span = self._linked(tag, attribute).get(url)
        return located(field, None, None, rule) if span is None else self.attribute(span, attribute, field, rule)

    def _linked(self, tag: str, attribute: str) -> dict[str, Span]:
        """Return the first element of the content that leads to each URL."""
        if (tag, attribute) not in self._links:
            found: dict[str, Span] = {}
            self._links[tag, attribute] = found
            for span in self.elements(tag):
                found.setdefault(resolve(self.page.url, span.attributes.get(attribute, "")), span)
        return self._links[tag, attribute]

    def attribute(self, span: Span, name: str, field: str, rule: str) -> Explanation:
        """Return the place of an attribute's value."""
        tag = TOKEN.match(self.source, place_of(span))
        return located(field, f"{selector_of(span)}[{name}]", tag and _value_of(tag, name.encode()), rule)

    def elements(self, *tags: str) -> list[Span]:
        """Return the elements of the content with one of the tags."""
        return [span for span in self.tree.within(self.reading.region) if span.tag in tags]

    def script(self, key: bytes) -> Place | None:
        """Return the place of a number in the node script."""
        script = NODE_SCRIPT.search(self.source)
        found = re.compile(KEY % key).search(self.source, *script.span(1)) if script else None
        return found.span(1) if found else None

    def meta(self, name: bytes) -> Place | None:
        """Return the place of a meta element's content."""
        meta = re.compile(META % name, re.IGNORECASE).search(self.source)
        return _value_of(meta, b"content") if meta else None

    def _block(self, place: int) -> str:
        """Return the selector of the innermost block of the frame around an offset."""
        open_blocks = [span for start, span in self._blocks if start <= place < self.end(span)]
        return selector_of(open_blocks[-1]) if open_blocks else "head" if place < self.tree.head_bytes else "body"

    def end(self, span: Span) -> int:
        """Return where the next element after the end of this one begins."""
        following = (place_of(after) for after in self.tree.spans[max(span.last, 0) :] if is_placed(after))
        return next(following, len(self.source))


def located(field: str, selector: str | None, place: Place | None, rule: str) -> Explanation:
    """Return the explanation of a field, without a place if its value is nowhere in one piece."""
    start, end = place or (None, None)
    return Explanation(field, selector, start, end, rule)


def _value_of(tag: re.Match[bytes], name: bytes) -> Place | None:
    """Return the place of an attribute's value, without its quotes."""
    found = re.compile(ATTRIBUTE % name, re.IGNORECASE).search(tag.string, *tag.span())
    return found.span(found.lastindex or 0) if found else None


def selector_of(span: Span) -> str:
    """Return a selector for an element: tag and id or, without an id, below the nearest element that has one."""
    if span.name:
        return f"{span.tag}#{span.attributes['id']}"
    around = next((around for around in span.ancestors() if around.name), None)
    tag = span.tag or "body"
    return f"{around.tag}#{around.attributes['id']} {tag}" if around is not None else tag
