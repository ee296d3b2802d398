"""The rows of a list, wherever it is: on a category, a folder or the front page.

A row is one field span with a link, `<span id='ReportIDname'><a …>` or `<span id='StampIDsubject'><a …>`, in any case
of the id and with or without quotes; an older or foreign template may have only `li > a`. The shown title is cut by the
CMS at 40 width units, and may end in a false `...`; `a/@title` holds it in full unless a quote broke it (SITE.md §3.2,
§5).
"""

import re
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import dropwhile, takewhile

from postarchive.pages.cms.byline import YEARLESS
from postarchive.pages.cms.dates import DATE, day_of, printed_date
from postarchive.pages.cms.frame import FIELD_IDS, FRAME
from postarchive.pages.cms.labels import is_label
from postarchive.pages.cms.material import Material, half_text
from postarchive.pages.html.flow import COMMENT, Span
from postarchive.pages.html.text import clean
from postarchive.pages.html.tree import Cuts, Tree, outside
from postarchive.record.values import Entry
from postarchive.urls import parse_address, replayed, resolve

TITLE_ENDS = ("idname", "idsubject", "idgetsubject")
DATE_ENDS = ("issuetime", "rtime", "idtime", "starttime")
BARE_ITEMS = frozenset(("tr", "p", "div", "dt", "h3", "h4", "article"))
ITEMS = frozenset(("li", "tr"))
CUT = ("...", "…")
TEXT_ENDS = ("idcontent", "idtext", "idlogograph")  # description, text, lead
DATE_TEXT = re.compile(rf"{DATE.pattern}[\])）】]?$")
ROW_REST = re.compile(rf"{DATE.pattern}|^\d{{1,3}}[.、](?= |$)")
HAS_DIGIT = re.compile(r"\d")
LONGEST_DATE = 60  # characters, including brackets and invisible ones
DATE_LASTS = tuple("0123456789日分时時点點])）】Mm")  # a quick check that mostly fails
MARKUP = re.compile(r"</?[A-Za-z][^<>]*>")
NO_URL = "http://host/html1/category/0/0-1.htm"  # what links are resolved against on a page without a URL
NO_LINK = ("javascript:", "#", "mailto:")


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its title, its link, and its own slice of the page."""

    title: Span
    link: Span
    place: Span


def find_rows(tree: Tree) -> list[Row]:
    """Return the rows with field ids in page order."""
    names = [name for name in tree.names if name.endswith(TITLE_ENDS) and name.startswith(FIELD_IDS)]
    found = [(span.number, span, link) for name in names for span in tree.some(name) if (link := _link(tree, span))]
    found.sort()
    bounds = [-1, *(number for number, _, _ in found), tree.whole.last]
    rows = [Row(title, link, _place(tree, title, *bounds[i : i + 3 : 2])) for i, (_, title, link) in enumerate(found)]
    return _with_fields_before(tree, rows) if rows and _are_after_fields(tree, rows) else rows


def loose_rows(material: Material, region: Span) -> list[Row]:
    """Return the list items that link to nodes by the URL rules, for templates without field ids.

    Items beside them may link elsewhere; one that links to another sheet of the same list is a pager.
    """
    tree = material.tree
    framed = material.frame_blocks(region)
    items = [span for span in tree.within(region) if span.tag == "li" and span.name != "pagenum"]
    leaves = [item for item in outside(items, framed) if not any(inner.tag == "li" for inner in tree.within(item))]
    linked = [(item, link) for item in leaves if (link := _link(tree, item)) is not None]
    rows = [Row(link, link, item) for item, link in linked if not _is_side(tree, item)]
    lists = {row.place.parent for row in rows if _node_of(material, row.link) not in (None, material.node)}
    rows = [row for row in rows if row.place.parent in lists and _node_of(material, row.link) != (material.node or 0)]
    return rows or _bare_rows(material, region, framed)


def _bare_rows(material: Material, region: Span, framed: Sequence[Span]) -> list[Row]:
    """Return blocks or table rows, two or more in sequence, that hold only a link to a node and perhaps a date."""
    tree = material.tree
    links = [link for link in tree.links_in(region) if _node_of(material, link) not in (None, material.node)]
    links = outside(links, framed)
    places = [(link, next((span for span in link.ancestors() if span.tag in BARE_ITEMS), region)) for link in links]
    links_of = Counter(place for _, place in places)
    alone = [(link, place) for link, place in places if links_of[place] == 1 and region.holds(place)]
    alone = [(link, _with_definition(tree, place)) for link, place in alone]
    rows = [Row(link, link, place) for link, place in alone if _is_bare(tree, link, place)]
    counts = Counter(row.place.parent for row in rows)
    return [row for row in rows if counts[row.place.parent] > 1]


def _with_definition(tree: Tree, place: Span) -> Span:
    """Return a `<dt>` with the `<dd>` behind it, which may hold its date; any other place as it is."""
    if place.tag != "dt":
        return place
    following = next((span for span in tree.spans[place.last :] if span.tag != COMMENT), None)
    return place if following is None or following.tag != "dd" else place.through(following)


def _is_bare(tree: Tree, link: Span, place: Span) -> bool:
    return len(tree.links_in(place)) == 1 and not _is_side(tree, place) and is_rest(tree.line(place, [(link, "")]))


def is_rest(text: str) -> bool:
    """Tell whether a text is only what surrounds a row's title: brackets, bars, a number, a date."""
    return not (ROW_REST.sub("", text) if HAS_DIGIT.search(text) else text).strip(" []()（）【】|｜·•:：-")


def is_row_rest(text: str, days: Container[str | None]) -> bool:
    """Tell whether a text is only what surrounds a row's fields: brackets, bars, a label, a number, a row's date."""
    if not is_rest(text):
        return is_label(text)
    return all(day_of(found) in days for found in DATE.finditer(text))


def row_leftovers(tree: Tree, row: Row, days: Container[str | None], cuts: Cuts = ()) -> list[str]:
    """Return the texts in a row's own slice that are neither its title nor in a field, nor only surround these.

    What is in `cuts` is accounted for.
    """
    fields = (span for span in elements(tree, row) if span is not row.title and span.name.startswith(FIELD_IDS))
    texts = tree.paragraphs(row.place, [*cuts, (row.link, ""), *((span, "") for span in fields)])
    return [text for text in texts if not is_row_rest(text, days)]


def unread_dates(tree: Tree, fields: Iterable[Span]) -> list[str]:
    """Return what rows print as a date that is not one; `03-29` is a date without its year."""
    printed = dict.fromkeys(tree.line(span) for span in fields if is_date(span))
    return [text for text in printed if text and not printed_date(text) and not YEARLESS.fullmatch(text)]


def _is_side(tree: Tree, item: Span) -> bool:
    return any(span.name in {"nodetitle", "currentlynode"} for span in tree.within(item))


def _place(tree: Tree, title: Span, before: int, after: int) -> Span:
    """Return a row's own slice of the page: the outermost list item without another title, else up to the next title.

    `before` and `after` are the numbers of the neighbouring titles.
    """
    item, around = None, title
    while around.number > before and around.last <= after:
        item = around if around.tag in ITEMS else item
        around = around.parent
    if item is not None:
        return item
    is_last = after == tree.whole.last
    own = [title, *_own_blocks(title, before, after)] if before >= 0 or not is_last else [title]
    if any(map(is_date, tree.spans[own[-1].number : title.number])):
        return own[-1]  # what precedes the title in a block of its own belongs to the row
    return _last_place(tree, title, own[-1]) if is_last else title.up_to(tree.spans[after])


def _own_blocks(title: Span, before: int, after: int) -> Iterable[Span]:
    """Return the elements around a title that hold no other title; for a single row, none can be told from the list."""
    return takewhile(lambda span: _is_no_block(span) and before < span.number and span.last <= after, title.ancestors())


def _last_place(tree: Tree, title: Span, own: Span) -> Span:
    """Return the slice of the last row if no list item bounds it: up to its last field, or to its own end."""
    block = next(dropwhile(_is_no_block, title.ancestors()), tree.whole)
    fields = [span for span in tree.spans[title.last : block.last] if span.name.startswith(FIELD_IDS)]
    return title.through(max((own, *fields), key=lambda span: span.last))


def _are_after_fields(tree: Tree, rows: Sequence[Row]) -> bool:
    """Tell whether titles without an enclosing element follow their dates: `DATE TITLE<br>DATE TITLE<br>`."""
    first, last = rows[0], rows[-1]
    if first.place.number != first.title.number or not _dates_beside(tree, first.title, 0):
        return False
    return len(rows) > 1 and not any(map(is_date, elements(tree, last)))


def _with_fields_before(tree: Tree, rows: Sequence[Row]) -> list[Row]:
    """Return rows that begin with the dates before their titles."""
    befores = (0, *(row.title.last for row in rows))
    begun = [(row, _dates_beside(tree, row.title, before)) for row, before in zip(rows, befores, strict=False)]
    return [row if not dates else replace(row, place=dates[0].through(row.title)) for row, dates in begun]


def _dates_beside(tree: Tree, title: Span, before: int) -> list[Span]:
    """Return the date fields before a title in the same parent, no further back than `before`."""
    return [span for span in tree.spans[before : title.number] if span.parent is title.parent and is_date(span)]


def _is_no_block(span: Span) -> bool:
    return span.name not in FRAME and span.tag != "body"


def read_rows(material: Material, rows: Sequence[Row]) -> tuple[Entry, ...]:
    """Return the entries of rows; a row without a title gives none."""
    entries = [entry for row in rows if (entry := _entry(material, row)) is not None]
    if entries and entries[-1].date and half_text(material.tree)[-1:].isdigit():
        entries[-1] = replace(entries[-1], date=None)
    return tuple(entries)


def row_fields(tree: Tree, rows: Sequence[Row]) -> list[Span]:
    """Return the rows' titles and dates, which every row of a template has; elements without an id do not count."""
    dates = (span for row in rows for span in elements(tree, row) if is_date(span))
    return [*(row.title for row in rows if row.title.name), *dates]


def elements(tree: Tree, row: Row) -> Sequence[Span]:
    """Return the elements of a row in page order, including the one that begins it."""
    return tree.spans[row.place.number : row.place.last]


def is_text(span: Span) -> bool:
    """Tell whether an element is a field with more text of its row: a description, or the beginning of a story."""
    return span.name.endswith(TEXT_ENDS) and span.name.startswith(FIELD_IDS)


def is_date(span: Span) -> bool:
    """Tell whether an element is a date field."""
    return _is_date_name(span.name)


@lru_cache(maxsize=256)  # a page repeats a dozen ids over and over
def _is_date_name(name: str) -> bool:
    return name.endswith(DATE_ENDS) and name.startswith(FIELD_IDS)


def _entry(material: Material, row: Row) -> Entry | None:
    tree = material.tree
    title = _title(tree, row.link)
    if title is None:
        return None
    fields = [span for span in elements(tree, row) if span.name]
    codes = [span for span in fields if span.name == "stampidcode"]
    return Entry(
        url=resolve(material.url, row.link.href or ""),
        title=title,
        date=_date(tree, row, fields),
        serial=next(filter(None, map(tree.line, codes)), None) if codes else None,
    )


def _link(tree: Tree, span: Span) -> Span | None:
    for link in tree.links_in(span):
        if not link.attributes["href"].strip().lower().startswith(NO_LINK):
            return link
    return None


def _node_of(material: Material, link: Span) -> int | None:
    """Return the node that a link leads to; None when it leads elsewhere."""
    address = parse_address(replayed(resolve(material.url or NO_URL, link.href or "")))
    return address.node if address is not None else None


def _title(tree: Tree, link: Span) -> str | None:
    """Return the full title: as shown or, if that is cut, from `@title` if it continues what is shown."""
    shown = tree.line(link)
    if shown and not shown.endswith(CUT):
        return shown
    attribute = clean(MARKUP.sub("", link.attributes.get("title", "")))
    if not shown:
        return attribute or None
    prefix = shown.removesuffix("...").removesuffix("…")
    return attribute if attribute and _plain(attribute).startswith(_plain(prefix)) else shown


def _plain(text: str) -> str:
    """Return a text as the CMS writes it into an attribute: `"` becomes `'`; blanks do not count."""
    return "".join(text.replace('"', "'").split())


def _date(tree: Tree, row: Row, fields: Sequence[Span]) -> str | None:
    """Return the row's date in ISO; None when it shows none, or one without a year such as `03-29`."""
    printed = [tree.line(span) for span in fields if is_date(span)]
    if printed:
        return next((day for text in printed if (day := printed_date(text))), None)
    tail = clean(tree.marked(row.place, [(row.link, "")]).rstrip()[-LONGEST_DATE:])
    found = DATE_TEXT.search(tail) if tail.endswith(DATE_LASTS) else None
    return day_of(found) if found else None
