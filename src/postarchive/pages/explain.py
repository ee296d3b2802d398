"""Where each field of a record stands in the page as it was stored, and which rule decided it.

A slow path of its own: every start tag is given its byte offset as an attribute, the page is parsed by the ordinary
parsers, and each value is looked up in the text from its element on. Ordinary parsing knows nothing of it.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from postarchive.errors import UnreadableInput
from postarchive.models import Capture
from postarchive.pages import Reading, read
from postarchive.pages.cms.dates import DATE, day_of
from postarchive.pages.cms.frame import FRAME
from postarchive.pages.cms.head import NODE_SCRIPT
from postarchive.pages.cms.heading import find_heading
from postarchive.pages.cms.markers import Markers
from postarchive.pages.cms.material import SIDES, TOTAL
from postarchive.pages.cms.rows import find_rows, is_date
from postarchive.pages.html.decode import page_bytes
from postarchive.pages.html.flow import Span
from postarchive.pages.html.limits import MOST_PARTS
from postarchive.pages.html.places import Place, VisibleText, Where, is_placed, place_of, stored_offsets, with_places
from postarchive.pages.html.repair import TOKEN
from postarchive.pages.report import find_fields
from postarchive.record.labels import Meaning, meaning_of
from postarchive.record.values import Article, Folder, Listing, Page, Stamp
from postarchive.urls import resolve

ATTRIBUTE = rb"""\s%s\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))"""
KEY = rb"""\b%s\b["']?\s*:\s*["']?(\d+)"""
META = rb"""<meta\s[^<>]{0,1000}?name\s*=\s*["']?%s\b[^<>]{0,1000}>"""
BLOCK_NAMES = frozenset((*SIDES, *FRAME))
NOT_SHOWN = "the page does not show it"
MOST_VALUES = 5000  # of a record whose places are looked up; more than a person reads
TYPED = {
    Meaning.SERIAL: ("stamp.serial",),
    Meaning.ISSUED: ("stamp.issued", "date"),
    Meaning.DENOMINATION: ("stamp.denomination",),
}
BYLINE = "between bars, behind a label or glued to the title, in the lines beside title and body"
RULES = {
    "title": "the ReportIDname without a link nearest before the body",
    "title line": "the line above the body that <title> confirms, else the first one, for there is no ReportIDname",
    "subtitle": "the ReportIDgetSubhead of the article, without its dashes",
    "subtitle line": "what follows the dashes after the title",
    "source": "the ReportIDMediaName of the article, without blanks, bars and label",
    "date": "the ReportIDIssueTime nearest to title and body that is in no row of another list",
    "editor": "the author, editor or byline field of the article, without its label",
    "section": "the first line above the title that differs from it",
    "leftovers": "text of the content region that no field accounts for",
    "heading": "the unlinked #FolderSubject, #CurrentlyNode or #NodeTitle, else the highest heading element",
    "subject": "<title> up to its last ` - `, for no field or heading names the page",
    "hotlines": "a line `LABEL: NUMBER` of the frame whose number is a telephone's",
    "registrations": "an ICP or public security number, wherever the frame prints it",
    "images": "a picture of the content that is no icon of the CMS",
    "attachments": "a link of the content to a file",
    "kind": "`type` of the page's node script, else the page's URL, else the fields it holds",
    "node": "`id` of the page's node script, else the meta contentid, else the page's URL",
    "facts": "a row of the table, or a line, `LABEL: VALUE`, in page order",
    "typed": "the value of the first fact whose label names it",
    "sheets": "the total of the pager's comment, else #CBLast, else the largest number of the pager, else 1",
    "created": "the meta publishdate, the day the node was made",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where a field of the record stands; no `start` and `end` for what is not shown, or not in one piece.

    `field` is the record's key, with the place in a list, `images[0].url`; `selector` names the element, or the block
    of the frame around a line of text; `where` says what the offsets count. `marker` names the layout part that wrote
    the field, `listing:15080219` with the part's node; None in the head, and on pages of builds that print no markers.
    """

    field: str
    selector: str | None
    start: int | None
    end: int | None
    rule: str
    where: Where = "stored"
    marker: str | None = None


def explain(capture: Capture) -> tuple[Explanation, ...]:
    """Return where each field of the page's record stands, in the order of the record. Raises as `parse`.

    Empty for a page so torn that it reads otherwise with places in its tags, and for one too large to look through.
    """
    source, _ = page_bytes(capture)
    page = read(capture).page
    if _values(page) > MOST_VALUES or source.count(b"<") > MOST_PARTS:
        return ()
    reading = _with_its_places(capture, source)
    if reading is None or replace(reading.page, warnings=page.warnings) != page:
        return ()
    where, stored = stored_offsets(capture, source)
    markers = Markers(source)
    marked = (_marked(found, markers) for found in _Explainer(source, reading).all())
    return tuple(_stored(found, where, stored) for found in marked)


def _with_its_places(capture: Capture, source: bytes) -> Reading | None:
    """Return the page as it reads with places in its tags; None when it then does not read."""
    try:
        return read(replace(capture, body=codecs.BOM_UTF8 + with_places(source), headers=()))
    except UnreadableInput:
        return None


def _marked(found: Explanation, markers: Markers) -> Explanation:
    return found if found.start is None else replace(found, marker=markers.at(found.start))


def _stored(found: Explanation, where: Where, stored: Callable[[int], int]) -> Explanation:
    if found.start is None or found.end is None:
        return found
    return replace(found, start=stored(found.start), end=stored(found.end), where=where)


def _values(page: Page) -> int:
    """Return how many values of a record have a place of their own."""
    own = (page.paragraphs, page.images, page.attachments, page.hotlines, page.registrations, page.leftovers)
    rows = page.entries if isinstance(page, Listing | Folder) else page.facts if isinstance(page, Stamp) else ()
    return sum(map(len, (*own, rows)))


class _Explainer:
    """A page that was read, and the places of its elements and texts."""

    def __init__(self, source: bytes, reading: Reading) -> None:
        self.source, self.text = source, VisibleText(source)
        self.reading, self.tree, self.page = reading, reading.tree, reading.page
        self.region = place_of(reading.region)
        self._stamp_fields = [span for span in self.tree.spans if span.name.startswith("stampid")]
        self._blocks = [(place_of(span), span) for span in self.tree.spans if span.name in BLOCK_NAMES]
        self._links: dict[tuple[str, str], dict[str, Span]] = {}

    def all(self) -> Iterator[Explanation]:
        yield from self._head(self.page)
        if isinstance(self.page, Article):
            yield from self._article(self.page)
        else:
            yield self._heading(self.page)
            yield from self._paragraphs(self._contents())
        yield from self._common(self.page)
        match self.page:
            case Stamp():
                yield from self._stamp(self.page)
            case Listing():
                yield from self._rows(self.page)
                yield from self._pager(self.page)
            case Folder():
                yield from self._rows(self.page)

    # --- the kinds ----------------------------------------------------------------------------------------------------

    def _head(self, page: Page) -> Iterator[Explanation]:
        kind, node = self._script(b"type"), self._script(b"id")
        yield _said("kind", "script" if kind else None, kind, RULES["kind"])
        if page.node is not None:
            meta = None if node else self._meta(b"contentid")
            yield _said(
                "node", "script" if node else "meta[name=contentid]" if meta else None, node or meta, RULES["node"]
            )
        if page.created:
            yield _said("created", "meta[name=publishdate]", self._meta(b"publishdate"), RULES["created"])

    def _article(self, page: Article) -> Iterator[Explanation]:
        fields = find_fields(self.tree, page.node)
        if fields is None:  # `read` has refused such a page
            return
        yield (
            self._in(fields.name, "title", page.title, RULES["title"])
            if fields.name is not None
            else self._line("title", page.title, RULES["title line"])
        )
        after = place_of(fields.name or self.reading.region)
        for field, span, value in (
            ("subtitle", fields.subhead, page.subtitle),
            ("source", fields.source, page.source),
            ("date", fields.date, page.date),
            ("editor", fields.editor, page.editor),
        ):
            line = RULES["subtitle line"] if field == "subtitle" else BYLINE
            if value is None:
                yield _said(field, None, None, NOT_SHOWN)
            elif span is not None and self.tree.line(span):
                yield self._in(span, field, value, RULES[field])
            else:
                yield self._line(field, value, line, after)
        if page.section:
            yield self._line("section", page.section, RULES["section"])
        yield from self._paragraphs([fields.body])

    def _heading(self, page: Page) -> Explanation:
        heading = find_heading(self.tree, self.reading.region)
        if page.title is None:
            return _said("title", None, None, NOT_SHOWN)
        if heading is not None:
            return self._in(heading, "title", page.title, RULES["heading"])
        for span in (*self.tree.some("stampidsubject"), *self._elements("h1", "h2", "h3")):
            if self.tree.line(span) == page.title:
                return self._in(
                    span, "title", page.title, RULES["heading"] if span.tag != "span" else "the stamp's title"
                )
        return self._line("title", page.title, RULES["subject"], 0)

    def _contents(self) -> list[Span]:
        """Return the elements that hold the paragraphs of a page that is no article."""
        content = [span for span in self.tree.some("stampidcontent") if self.reading.region.holds(span)]
        return content or [self.reading.region]

    def _paragraphs(self, contents: list[Span]) -> Iterator[Explanation]:
        """Yield the place of each paragraph; one comes after the other."""
        place = place_of(contents[0])
        for number, paragraph in enumerate(self.page.paragraphs):
            found = self.text.find(paragraph, place)
            around = next((span for span in reversed(contents) if found and place_of(span) <= found[0]), contents[0])
            rule = f"a block, table row or line of {_selector(around)}"
            yield _said(f"paragraphs[{number}]", _selector(around), found, rule)
            place = found[1] if found else place

    def _common(self, page: Page) -> Iterator[Explanation]:
        for number, image in enumerate(page.images):
            yield self._link(f"images[{number}].url", "img", "src", image.url, RULES["images"])
        for number, file in enumerate(page.attachments):
            yield self._link(f"attachments[{number}].url", "a", "href", file.url, RULES["attachments"])
        for number, line in enumerate(page.hotlines):
            yield self._frame_line(f"hotlines[{number}]", f"{line.label} | {line.number}", RULES["hotlines"])
        for number, item in enumerate(page.registrations):
            yield self._frame_line(f"registrations[{number}]", item.number, RULES["registrations"])
        for number, text in enumerate(page.leftovers):
            yield self._line(f"leftovers[{number}]", text, RULES["leftovers"])

    def _stamp(self, page: Stamp) -> Iterator[Explanation]:
        place, typed = self.region, set[Meaning]()
        for number, (label, value) in enumerate(page.facts):
            name = self.text.find(label, place)
            found = self.text.find(f"{label} | {value}" if value else label, name[0] if name else place)
            yield _said(f"stamp.facts[{number}]", self._field_in(found), found, RULES["facts"])
            meaning = meaning_of(label)
            if value and meaning in TYPED and meaning not in typed and found:
                typed.add(meaning)
                yield from self._typed(page, meaning, self.text.find(value, found[0]))
            place = found[1] if found else place

    def _typed(self, page: Stamp, meaning: Meaning, found: Place | None) -> Iterator[Explanation]:
        if getattr(page, meaning) is not None:
            for field in TYPED[meaning]:
                yield _said(field, self._field_in(found), found, RULES["typed"])

    def _field_in(self, found: Place | None) -> str:
        """Return the selector of a stamp's field in or around a place, else that of the content region."""
        inside = [
            span for span in self._stamp_fields if found and place_of(span) < found[1] and self._end(span) > found[0]
        ]
        return _selector(inside[0] if inside else self.reading.region)

    def _rows(self, page: Listing | Folder) -> Iterator[Explanation]:
        rows = {row.link.number: row for row in find_rows(self.tree)}
        links = iter([span for span in self.tree.spans if span.href])
        for number, entry in enumerate(page.entries):
            link = next((link for link in links if resolve(page.url, link.href or "") == entry.url), None)
            if link is None:
                continue
            field, row = f"entries[{number}]", rows.get(link.number)
            yield self._attribute(link, "href", f"{field}.url", "the first link of the row's title")
            yield self._row_title(link, field, entry.title)
            inside = self.tree.within(row.place) if row is not None else []
            dates = [span for span in inside if is_date(span)]
            codes = [span for span in inside if span.name == "stampidcode"]
            for key, value, spans in (("date", entry.date, dates), ("serial", entry.serial, codes)):
                if value is not None:
                    yield self._in(spans[0] if spans else link, f"{field}.{key}", value, f"the {key} of the row")

    def _row_title(self, link: Span, field: str, title: str) -> Explanation:
        if self.tree.line(link) == title:
            return self._in(link, f"{field}.title", title, "the text of the row's link, which is not cut")
        return self._attribute(link, "title", f"{field}.title", "the link's @title, for its text is cut or empty")

    def _pager(self, page: Listing) -> Iterator[Explanation]:
        for span in self.tree.some("cbnext") if page.next_url else ():
            yield self._attribute(span, "href", "next_url", "the pager's link to the next sheet, by its id")
        text = self.source.decode(errors="replace")
        found = TOTAL.search(text)
        place = (len(text[: found.start(1)].encode()), len(text[: found.end(1)].encode())) if found else None
        yield _said("sheets", "#PageNum" if found else None, place, RULES["sheets"])

    # --- places -------------------------------------------------------------------------------------------------------

    def _in(self, span: Span, field: str, value: str | None, rule: str) -> Explanation:
        """Return the place of a value in an element."""
        found = self._value(value or "", field, place_of(span))
        return _said(field, _selector(span), found, rule)

    def _line(self, field: str, value: str | None, rule: str, place: int | None = None) -> Explanation:
        """Return the place of a value in a line of text: from `place` on, else anywhere in the page."""
        found = self._value(value or "", field, self.region if place is None else place)
        found = found or self._value(value or "", field, 0)
        selector = self._block(found[0]) if found else None
        return _said(field, selector, found, rule)

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

    def _frame_line(self, field: str, value: str, rule: str) -> Explanation:
        """Return the place of a line of the frame, rather outside the content region than in it."""
        end = self._end(self.reading.region)
        found = self.text.find(value)
        if found and self.region <= found[0] < end:
            found = self.text.find(value, end) or found
        return _said(field, self._block(found[0]) if found else None, found, rule)

    def _link(self, field: str, tag: str, attribute: str, url: str, rule: str) -> Explanation:
        span = self._linked(tag, attribute).get(url)
        return _said(field, None, None, rule) if span is None else self._attribute(span, attribute, field, rule)

    def _linked(self, tag: str, attribute: str) -> dict[str, Span]:
        """Return the first element of the content that leads to each URL."""
        if (tag, attribute) not in self._links:
            found: dict[str, Span] = {}
            self._links[tag, attribute] = found
            for span in self._elements(tag):
                found.setdefault(resolve(self.page.url, span.attributes.get(attribute, "")), span)
        return self._links[tag, attribute]

    def _attribute(self, span: Span, name: str, field: str, rule: str) -> Explanation:
        tag = TOKEN.match(self.source, place_of(span))
        return _said(field, f"{_selector(span)}[{name}]", tag and _value_of(tag, name.encode()), rule)

    def _elements(self, *tags: str) -> list[Span]:
        return [span for span in self.tree.within(self.reading.region) if span.tag in tags]

    def _script(self, key: bytes) -> Place | None:
        """Return the place of a number in the node script."""
        script = NODE_SCRIPT.search(self.source)
        found = re.compile(KEY % key).search(self.source, *script.span(1)) if script else None
        return found.span(1) if found else None

    def _meta(self, name: bytes) -> Place | None:
        meta = re.compile(META % name, re.IGNORECASE).search(self.source)
        return _value_of(meta, b"content") if meta else None

    def _block(self, place: int) -> str:
        """Return the selector of the innermost block of the frame around an offset."""
        open_blocks = [span for start, span in self._blocks if start <= place < self._end(span)]
        return _selector(open_blocks[-1]) if open_blocks else "head" if place < self.tree.head_bytes else "body"

    def _end(self, span: Span) -> int:
        """Return where the next element begins, which is not before this one ends."""
        following = (place_of(after) for after in self.tree.spans[max(span.last, 0) :] if is_placed(after))
        return next(following, len(self.source))


def _said(field: str, selector: str | None, place: Place | None, rule: str) -> Explanation:
    start, end = place or (None, None)
    return Explanation(field, selector, start, end, rule)


def _value_of(tag: re.Match[bytes], name: bytes) -> Place | None:
    """Return the place of an attribute's value, without its quotes."""
    found = re.compile(ATTRIBUTE % name, re.IGNORECASE).search(tag.string, *tag.span())
    return found.span(found.lastindex or 0) if found else None


def _selector(span: Span) -> str:
    """Return an element by its tag and id; without an id, below the nearest element that has one."""
    if span.name:
        return f"{span.tag}#{span.attributes['id']}"
    around = next((around for around in span.ancestors() if around.name), None)
    tag = span.tag or "body"
    return f"{around.tag}#{around.attributes['id']} {tag}" if around is not None else tag
