"""The rows of a list, wherever it stands: on a category, a folder or the front page.

A row is one field span with a link, `<span id='ReportIDname'><a …>` or `<span id='StampIDsubject'><a …>`, in any
case of the id and with or without quotes; an older or foreign template may have `li > a` only. The shown title is cut
by the CMS at 40 width units, and may end in a false `...`; `a/@title` holds it in full unless a quote broke it
(SITE.md §3.2, §5).
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from postarchive.models import Entry
from postarchive.pages.dom import Span, Tree
from postarchive.pages.frame import iso_date
from postarchive.pages.material import Material
from postarchive.urls import parse_address, resolve

ROW_ID = re.compile(r"[a-z]+id(?:name|subject|getsubject)")
DATE_IDS = ("issuetime", "rtime", "idtime", "starttime")
CUT = ("...", "…")
DATE_TEXT = re.compile(r"[\[(（]?(\d{4}-\d{1,2}-\d{1,2})[\])）]?$")
NO_LINK = ("javascript:", "#", "mailto:")


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its title, the link it leads to, and the slice of the page that is its own."""

    title: Span
    link: Span
    place: Span


def find_rows(tree: Tree, region: Span | None = None) -> list[Row]:
    """Return the rows with field ids in page order; only those in the region when given."""
    found = [
        span
        for span in tree.flow.spans
        if span.name and ROW_ID.fullmatch(span.name) and (region is None or region.holds(span))
    ]
    titles = [(span, link) for span in found if (link := _link(tree, span)) is not None]
    items = [span for span in tree.flow.spans if span.tag in {"li", "tr"}]
    return _placed(tree, titles, items)


def loose_rows(tree: Tree, region: Span) -> list[Row]:
    """Return list items that hold a link to a node of the grammar: lists of a template without field ids."""
    items = [span for span in tree.flow.within(region) if span.tag == "li" and span.name != "pagenum"]
    leaves = [item for item in items if not any(inner.tag == "li" for inner in tree.flow.within(item))]
    linked = [(item, link) for item in leaves if (link := _link(tree, item)) is not None]
    return [Row(link, link, item) for item, link in linked if _is_node_link(link) and not _is_side(tree, item)]


def _is_side(tree: Tree, item: Span) -> bool:
    return any(span.name in {"nodetitle", "currentlynode"} for span in tree.flow.within(item))


def _placed(tree: Tree, titles: list[tuple[Span, Span]], items: list[Span]) -> list[Row]:
    """Return the rows with their places: the list item around one title, else the flow up to the next title."""
    rows: list[Row] = []
    around = _items_around(titles, items)
    for number, (title, link) in enumerate(titles):
        item = around.get(number)
        if item is None:
            following = titles[number + 1][0].start if number + 1 < len(titles) else title.end
            item = Span(title.element, title.tag, "", title.start - 1)
            item.end = following
        rows.append(Row(title, link, item))
    return rows


def _items_around(titles: list[tuple[Span, Span]], items: list[Span]) -> dict[int, Span]:
    """Return the outermost list item around each title that holds no other one, by the title's number."""
    starts = [title.start for title, _ in titles]
    found: dict[int, Span] = {}
    for item in items:
        first, last = bisect_left(starts, item.start), bisect_left(starts, item.end)
        if last - first == 1:
            found.setdefault(first, item)
    return found


def read_rows(material: Material, rows: Sequence[Row]) -> tuple[Entry, ...]:
    """Return the entries of rows; a row without a title is none."""
    return tuple(entry for row in rows if (entry := _entry(material, row)) is not None)


def _entry(material: Material, row: Row) -> Entry | None:
    tree = material.tree
    title = _title(tree, row.link)
    if title is None:
        return None
    return Entry(
        url=resolve(material.url, row.link.href or ""),
        title=title,
        date=_date(tree, row),
        serial=next((text for text in _fields(tree, row, ("idcode",)) if text), None),
    )


def _link(tree: Tree, span: Span) -> Span | None:
    for link in tree.links_in(span):
        if not (link.href or "").strip().lower().startswith(NO_LINK):
            return link
    return None


def _is_node_link(link: Span) -> bool:
    return parse_address(resolve("http://host/", link.href or "")) is not None


def _title(tree: Tree, link: Span) -> str | None:
    """Return the title in full: as shown unless it is cut, then from `@title` if that continues what is shown."""
    shown = tree.line(link)
    attribute = " ".join((link.element.get("title") or "").split())
    if not shown:
        return attribute or None
    if not shown.endswith(CUT):
        return shown
    prefix = shown.removesuffix("...").removesuffix("…")
    return attribute if attribute and _plain(attribute).startswith(_plain(prefix)) else shown


def _plain(text: str) -> str:
    """Return a text as the CMS writes it into an attribute: `"` became `'`; blanks do not count."""
    return "".join(text.replace('"', "'").split())


def _fields(tree: Tree, row: Row, endings: tuple[str, ...]) -> list[str]:
    return [tree.line(span) for span in tree.flow.within(row.place) if span.name.endswith(endings)]


def _date(tree: Tree, row: Row) -> str | None:
    """Return the row's date in ISO; None when it shows none, or one without a year such as `03-29`."""
    printed = _fields(tree, row, DATE_IDS)
    if printed:
        return next((day for text in printed if (day := iso_date(text))), None)
    found = DATE_TEXT.search(tree.line(row.place)) if row.place.tag == "li" else None
    return iso_date(found[1]) if found else None
