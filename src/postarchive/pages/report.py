"""News pages (`report`): title, byline, body.

Required: a body, `#ReportIDtext` (or the node's own text, `#NodeText` or `#CurrentlyText`), and a title from
`#ReportIDname`, a heading line or `<title>`. Optional: everything else. A date is never required: some stories print
none, and the node's creation date is not the story's (SITE.md §4.3, §10.4).

History, as seen on the English site (SITE.md §4, §9):
  2012-2018  the date runs on from the second title line, no source, labels of the time in the sidebar
  2019-2021  a separate byline, `| China Post |2019-03-22`, with blanks inside the bars
  2022-      `|China Post News|2023-03-29`, without blanks; the source may be empty, `||2023-06-10`
  2024-      the heading line above the title may say `Pressroom` instead of repeating the title
  newer      `#Content1 > div.conts` without `li`, `发布时间：DATE来源：SOURCE`; seen elsewhere (SITE.md §3.1a)
Chinese pages print `来源:X 发布时间:2019-03-12` in any order, often joined; a campaign page `Editor:NAME2014-09-29`.
"""

import itertools
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import NamedTuple

from postarchive.errors import ParseError
from postarchive.pages.cms import media
from postarchive.pages.cms.byline import (
    Byline,
    is_byline,
    is_title_line,
    read_lines,
    split_title,
    take_date,
    undashed,
    with_whole_title,
)
from postarchive.pages.cms.common import common
from postarchive.pages.cms.frame import block_behind, content_region, more_links
from postarchive.pages.cms.labels import TRIM, unlabelled
from postarchive.pages.cms.material import Cuts, Material, Reading, total
from postarchive.pages.cms.numbers import line_hotlines
from postarchive.pages.cms.odd import has_frame, refuse_odd
from postarchive.pages.cms.rows import ITEMS
from postarchive.pages.html.flow import Span
from postarchive.pages.html.repair import without_stray_closers
from postarchive.pages.html.text import BODY, FIELD, FIELDS, HAS_FIELD, TITLE
from postarchive.pages.html.tree import Tree
from postarchive.record.values import Article

# Over-title, lead, quotation: fields of the story that the record lacks; they are not the heading of a section.
NO_HEADINGS = ("reportidkicker", "reportidlogograph", "reportidnewquota", "reportidquotasource")
# The ids of source, date, editor and subtitle.
BYLINE = (
    ("reportidmedianame",),
    ("reportidissuetime",),
    ("reportidgetauthor", "reportideditmember", "reportidsignature"),
    ("reportidgetsubhead",),
)
NODE_TEXT = ("nodetext", "currentlytext")


class ArticleFields(NamedTuple):
    """The spans of an article on its page; None if the page has no such field."""

    body: Span
    name: Span | None
    source: Span | None
    date: Span | None
    editor: Span | None
    subhead: Span | None
    beside: tuple[Span, ...]  # those of the four below that the page has
    above: tuple[Span, ...]  # those above the title that are not a heading
    rows: frozenset[Span]  # rows of lists of other articles around this one

    def core(self) -> list[Span]:
        """Return title and body, which say where the article is."""
        return [self.body] if self.name is None else [self.name, self.body]

    def named(self) -> Iterator[tuple[str, Span]]:
        """Yield the fields of the record that have an element of their own."""
        pairs = (
            ("title", self.name),
            ("subtitle", self.subhead),
            ("source", self.source),
            ("date", self.date),
            ("editor", self.editor),
            ("paragraphs", self.body),
        )
        yield from ((name, span) for name, span in pairs if span is not None)


def parse(material: Material) -> Reading:
    """Return the article of a news page. Raises ParseError, naming them, when required fields are missing."""
    fields = _fields(material)
    region = content_region(material.tree, fields.core())
    sides = material.side_cuts(region)
    lines = _lines(material.tree, fields, region, sides)
    if _is_cut_short(lines):
        repaired = without_stray_closers(material.tree, fields.body, *block_behind(material.tree, fields.body))
        if repaired:
            return parse(material.with_tree(repaired))
    article = _article(material, fields, region, sides, lines)
    return Reading(article, material.tree, region, fields.core(), named=fields.named)


def _fields(material: Material) -> ArticleFields:
    fields = find_fields(material.tree, material.node)
    if fields is None:
        refuse_odd(material, content_region(material.tree))
        raise ParseError(material.subject, "no body: neither #ReportIDtext nor #NodeText was found", ("text",))
    return fields


def find_fields(tree: Tree, node: int | None) -> ArticleFields | None:
    """Return the fields of the article that a page holds; None when it has no body."""
    body = _body(tree)
    if body is None:
        return None
    names = tree.some("reportidname")
    linked = frozenset(filter(tree.is_linked, names))
    name = _name(tree, [span for span in names if not body.holds(span)], linked, body, node)
    core = [body] if name is None else [name, body]
    rows = _other_rows(linked.difference(core), core)
    source, date, editor, subhead = byline = [_own(tree, names, core, rows) for names in BYLINE]
    above: tuple[Span, ...] = ()
    if not tree.names.isdisjoint(NO_HEADINGS):
        above = tuple(span for key in NO_HEADINGS for span in tree.some(key) if span.last <= core[0].number)
    above += tuple(span for span in tree.some("reportidtext") if _is_lead(span, core, rows))
    return ArticleFields(body, name, source, date, editor, subhead, tuple(filter(None, byline)), above, rows)


def _is_lead(text: Span, core: Sequence[Span], rows: frozenset[Span]) -> bool:
    """Tell whether a text is another one above the article: its beginning, as a lead."""
    return text.last <= core[0].number and text not in core and (not rows or rows.isdisjoint(text.ancestors()))


def _body(tree: Tree) -> Span | None:
    """Return the text of the article: the longest, because rows of side lists may have a short text of their own."""
    candidates = tree.some("reportidtext") or [span for name in NODE_TEXT for span in tree.some(name)]
    if len(candidates) == 1:
        return candidates[0]
    return max(candidates, key=lambda span: len(tree.marked(span)), default=None)


def _name(tree: Tree, names: Sequence[Span], linked: Container[Span], body: Span, node: int | None) -> Span | None:
    """Return the article's own title: the one without a link nearest before the body (SITE.md §10.2)."""
    plain = [span for span in names if span not in linked and tree.line(span)]
    before = [span for span in plain if span.start < body.start]
    if before:
        return before[-1]
    return next(iter([*plain, *(span for span in names if node is not None and _leads_to(tree, span, node))]), None)


def _leads_to(tree: Tree, span: Span, node: int) -> bool:
    high, low = divmod(node, 10_000)
    return any(f"/{high}/{low}-" in (link.href or "") for link in tree.links_in(span)) and bool(tree.line(span))


def _other_rows(linked: frozenset[Span], core: Sequence[Span]) -> frozenset[Span]:
    """Return the rows of lists around the article: list items with a linked title that do not hold the article."""
    if not linked:
        return frozenset()
    around = {outer.number for span in core for outer in (span, *span.ancestors())}
    return frozenset(item for item in _items_around(linked) if item.number not in around)


def _items_around(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield the list items around any of these elements, each once."""
    met = set[Span]()
    for span in spans:
        around = span.parent
        while around.number >= 0 and around not in met:
            met.add(around)
            if around.tag in ITEMS and not around.name:
                yield around
            around = around.parent


def _own(tree: Tree, names: Sequence[str], core: Sequence[Span], rows: frozenset[Span]) -> Span | None:
    """Return the field that belongs to the article: not in the body or another one's row, closest to title and body."""
    body = core[-1]
    found = [span for name in names for span in tree.some(name) if not body.holds(span)]
    if rows:
        found = [span for span in found if rows.isdisjoint(span.ancestors())]
    return _nearest(found, core) if len(found) > 1 else found[0] if found else None


def _nearest(found: Sequence[Span], core: Sequence[Span]) -> Span:
    first, last = core[0].start, core[-1].start

    def distance(span: Span) -> tuple[bool, int]:
        is_between = min(first, last) < span.start < max(first, last)
        return not is_between, min(abs(span.start - first), abs(span.start - last))

    return min(found, key=distance)


def _lines(tree: Tree, fields: ArticleFields, region: Span, sides: Cuts) -> list[str]:
    """Return the lines of the content region with marks in place of the article's fields."""
    cuts: Cuts = [*sides, (fields.body, BODY), *((part, FIELD) for part in fields.beside)]
    cuts += [(part, "") for part in fields.above]
    if fields.name is not None:
        cuts.append((fields.name, TITLE))
    if fields.rows:
        cuts += [(row, "") for row in fields.rows]
        cuts += [(link, "") for link in more_links(tree, region) if not fields.body.holds(link)]
    return [line for text in tree.paragraphs(region, cuts) for line in text.split("\n")]


def _is_cut_short(lines: list[str]) -> bool:
    """Tell whether text follows the body: a sign of a stray `</span>`, which does not end the body in a browser."""
    after = "\n".join(lines).partition(BODY)[2]
    return bool(after.translate(FIELDS).strip(TRIM))


def _article(material: Material, fields: ArticleFields, region: Span, sides: Cuts, lines: list[str]) -> Article:
    tree, head = material.tree, material.head
    first = next((line for line in lines if not line_hotlines(line)), None)  # a sidebar may share the block
    heading = first if first and not HAS_FIELD.search(first) and not is_byline(first) else None
    shown = _value(tree, fields.name, fields) if fields.name is not None else None
    title = shown or _confirmed(head.subject, lines) or heading or head.subject
    if title is None:
        raise ParseError(material.subject, "no title: neither #ReportIDname nor a heading nor <title>", ("title",))
    byline = _spans(tree, fields)
    title = split_title(title, [heading, head.subject], byline)
    section = read_lines(with_whole_title(lines, title), title, byline)
    if section and not has_frame(tree):  # the first line of the whole page, which is its menu's
        byline.leftovers.insert(0, section)
        section = None
    above = [line for span in fields.above if region.holds(span) for line in tree.paragraphs(span)]
    leftovers = media.without_files(tree, [*above, *byline.leftovers], region)
    return Article(
        **common(material, region, "news", leftovers=leftovers, warnings=byline.warnings),
        title=title,
        subtitle=byline.subtitle,
        source=byline.source,
        date=byline.date,
        editor=byline.editor,
        section=section,
        paragraphs=tuple(tree.paragraphs(fields.body, sides)),
        images=media.images(tree, _picture_places(tree, fields, region), material.url),
        attachments=media.attachments(tree, region, material.url, besides=sides),
        parts=total(tree, fields.body) or 1,
    )


def _confirmed(subject: str | None, lines: list[str]) -> str | None:
    """Return the subject of `<title>` when a line above the body begins with it, else None."""
    above = itertools.takewhile(lambda line: BODY not in line, lines)
    return subject if subject and any(is_title_line(line, subject) for line in above) else None


def _picture_places(tree: Tree, fields: ArticleFields, region: Span) -> list[Span]:
    return [*(span for span in tree.some("reportidpicture", region) if not tree.is_linked(span)), fields.body]


def _value(tree: Tree, span: Span, fields: ArticleFields) -> str | None:
    """Return a field's text, without other fields that an unclosed span has swallowed."""
    if span.last == span.number + 1:  # nothing inside
        return tree.line(span) or None
    others = [(other, "") for other in (*fields.beside, fields.body) if other is not span]
    return "\n".join(tree.paragraphs(span, others)) or None


def _spans(tree: Tree, fields: ArticleFields) -> Byline:
    byline = Byline(has_source_field=fields.source is not None)
    if fields.source is not None:
        byline.source = unlabelled((_value(tree, fields.source, fields) or "").strip(" |｜\n") or None, "source")
    if fields.editor is not None:
        byline.editor = unlabelled(_value(tree, fields.editor, fields), "editor")
    if fields.subhead is not None:
        byline.subtitle = undashed(_value(tree, fields.subhead, fields))
    if fields.date is not None and (printed := unlabelled(_value(tree, fields.date, fields), "date")):
        take_date(byline, printed)
    return byline
