"""The rows of a list, wherever it is: on a category, a folder or the front page.

A row is one field span with a link, `<span id='ReportIDname'><a …>` or `<span id='StampIDsubject'><a …>`, in any case
of the id and with or without quotes; an older or foreign template may have only `li > a`. The shown title is cut by the
CMS at 40 width units, and may end in a false `...`; `a/@title` holds it in full unless a quote broke it (SITE.md §3.2,
§5).
"""

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import dropwhile, takewhile
from typing import NamedTuple

from postarchive.pages.cms.byline import YEARLESS
from postarchive.pages.cms.dates import AROUND, DATE, day_of, printed_date
from postarchive.pages.cms.frame import FIELD_IDS, FRAME
from postarchive.pages.cms.labels import is_label
from postarchive.pages.cms.material import Material, half_text
from postarchive.pages.html.flow import CELLS, Span
from postarchive.pages.html.text import clean
from postarchive.pages.html.tree import Cuts, Tree
from postarchive.record.values import Entry
from postarchive.startup import late
from postarchive.urls import resolve

TITLE_ENDS = ("idname", "idsubject", "idgetsubject")
DATE_ENDS = ("issuetime", "rtime", "idtime", "starttime")
ITEMS = frozenset(("li", "tr"))
CUT = ("...", "…")
TEXT_ENDS = ("idcontent", "idtext", "idlogograph")  # description, text, lead
DATE_TEXT = late(rf"{DATE.pattern}[\])）】]?$")
# a date, with or without its year; the row's number
ROW_REST = late(
    rf"{DATE.pattern}|(?<![\d-])(?:0\d|1[0-2])-[0-3]\d(?![\d-])(?: \d{{1,2}}:\d{{2}})?|^\d{{1,3}}[.、](?= |$)"
)
REST_ENDS = " []()（）【】|｜·•:：-"
HAS_DIGIT = re.compile(r"\d")
LONGEST_DATE = 60  # characters, including brackets and invisible ones
DATE_LASTS = tuple("0123456789日分时時点點])）】Mm")  # a quick check that mostly fails
MARKUP = re.compile(r"</?[A-Za-z][^<>]*>")
NO_LINK = ("javascript:", "#", "mailto:")


class Row(NamedTuple):
    """A row: its title, its link, and its own slice of the page."""

    title: Span
    link: Span
    place: Span


def find_rows(tree: Tree) -> list[Row]:
    """Return the rows with field ids in page order."""
    names = [name for name in tree.names if name.endswith(TITLE_ENDS) and name.startswith(FIELD_IDS)]
    found = [(span.number, span, link) for name in names for span in tree.some(name) if (link := link_of(tree, span))]
    found.sort()
    bounds = [-1, *(number for number, _, _ in found), tree.whole.last]
    rows = [Row(title, link, _place(tree, title, *bounds[i : i + 3 : 2])) for i, (_, title, link) in enumerate(found)]
    return _with_fields_before(tree, rows) if rows and _are_after_fields(tree, rows) else rows


def is_rest(text: str) -> bool:
    """Tell whether a text is only what surrounds a row's title: brackets, bars, a number, a date."""
    return not _unexplained(text)


def _unexplained(text: str) -> str:
    return (ROW_REST.sub("", text) if HAS_DIGIT.search(text) else text).strip(REST_ENDS)


def is_row_rest(text: str, days: Container[str | None]) -> bool:
    """Tell whether a text is only what surrounds a row's fields: brackets, bars, a label, a number, a row's date."""
    rest = _unexplained(text)
    if rest and not (text.endswith((":", "：")) and is_label(f"{rest}:")):
        return False
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
    """Return the elements around a title that hold no other title; a single row's cannot be told from the list's."""
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
    return [row if not dates else row._replace(place=dates[0].through(row.title)) for row, dates in begun]


def _dates_beside(tree: Tree, title: Span, before: int) -> list[Span]:
    """Return the date fields before a title in the same parent, no further back than `before`."""
    return [span for span in tree.spans[before : title.number] if span.parent is title.parent and is_date(span)]


def _is_no_block(span: Span) -> bool:
    return span.name not in FRAME and span.tag != "body"


def read_rows(material: Material, rows: Sequence[Row]) -> tuple[Entry, ...]:
    """Return the entries of rows; a row without a title gives none."""
    entries = [entry for row in rows if (entry := _entry(material, row)) is not None]
    half = half_text(material.tree) if entries else ""
    if half[-1:].isdigit() and entries[-1].date:
        entries[-1] = replace(entries[-1], date=None)
    whole = _continued(rows[-1].link, half) if half and half == entries[-1].title else None
    if whole and len(whole) > len(half):  # the page is cut off inside its title
        entries[-1] = replace(entries[-1], title=whole)
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
        url=resolve(material.url, row.link.attributes["href"]),
        title=title,
        date=_date(tree, row, fields),
        serial=next(filter(None, map(tree.line, codes)), None) if codes else None,
    )


def link_of(tree: Tree, span: Span) -> Span | None:
    """Return the first anchor in an element that leads somewhere; None when none does."""
    for link in tree.links_in(span):
        if not link.attributes["href"].strip().lower().startswith(NO_LINK):
            return link
    return None


def _title(tree: Tree, link: Span) -> str | None:
    """Return the full title: as shown or, if that is cut, from `@title` if it continues what is shown."""
    shown = tree.line(link)
    if shown and not shown.endswith(CUT):
        return shown
    return _continued(link, shown.removesuffix("...").removesuffix("…")) or shown or None


def _continued(link: Span, shown: str) -> str | None:
    """Return the title that an attribute holds if it continues what is shown, else None."""
    attribute = clean(MARKUP.sub("", link.attributes.get("title", "")))
    return attribute if _plain(attribute).startswith(_plain(shown)) else None


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
    if found or row.place.tag != "tr":
        return day_of(found) if found else None
    cells = (tree.line(span) for span in elements(tree, row) if span.tag in CELLS and not span.holds(row.link))
    return next((day for text in cells if DATE.fullmatch(text.strip(AROUND)) and (day := printed_date(text))), None)
