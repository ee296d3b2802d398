"""Lists (`category`): news lists and stamp lists, sheet by sheet; a category that has only text is a folder.

Required on the first sheet: rows, or text. A sheet past the end has neither and is a listing without entries. The pager
is read by its ids, never by its labels, which depend on the language layer (SITE.md §5.3): `#CBNext`,
`<!--{total:N}-->`, `#CBLast`, then the largest number.

History: 2013 stamp lists print no serials; from 2018 a row is title, serial, description; `/cn/` lists of 2025-26 are
unquoted; www lists keep the pager as the last `li` of the same `ul`.
"""

import re
from collections.abc import Sequence
from functools import partial

from postarchive.pages.cms import media
from postarchive.pages.cms.common import common
from postarchive.pages.cms.frame import FIELD_IDS, INNER, PAGER_IDS, list_region, more_links, text_region
from postarchive.pages.cms.heading import headed_text
from postarchive.pages.cms.loose import loose_rows
from postarchive.pages.cms.material import Cuts, Material, Reading, total
from postarchive.pages.cms.numbers import line_hotlines
from postarchive.pages.cms.odd import has_frame, own_region, refuse_odd
from postarchive.pages.cms.rows import (
    NO_LINK,
    Row,
    elements,
    find_rows,
    is_row_rest,
    is_text,
    read_rows,
    row_fields,
    unread_dates,
)
from postarchive.pages.folder import parse as parse_folder
from postarchive.pages.html.flow import Span
from postarchive.pages.html.repair import as_browsers_read
from postarchive.pages.html.tree import Tree
from postarchive.record.values import Listing
from postarchive.urls import resolve

NO_ROWS = "the first sheet of the list shows no rows"
SHEET = re.compile(r"-(\d{1,6})(?=[^/]*\.html?(?:$|[?#]))", re.IGNORECASE)


def parse(material: Material) -> Reading:
    """Return the rows of a list with its next sheet and number of sheets; a Folder when it holds text only.

    Raises SoftError when the content region is empty on the first sheet, which can never happen to a list; ParseError
    when neither frame nor rows can be found.
    """
    tree = material.tree
    rows = find_rows(tree)
    region = list_region(tree, [row.title for row in rows])
    if not has_frame(tree):
        region = own_region(material, region, [row.title for row in rows])
    has_pager = any(map(tree.some, PAGER_IDS))
    if rows and not has_pager and _is_text_elsewhere(tree, rows):
        return parse_folder(material)
    rows = [row for row in rows if region.holds(row.title)] or loose_rows(material, region)
    if not rows and material.sheet == 1 and not has_pager:
        if headed_text(material, region, material.side_cuts(region))[1]:
            return parse_folder(material)
        refuse_odd(material, region)
    return _listing(material, region, rows)


def pictures_beside(reading: Reading) -> dict[str, str]:
    """Return the first picture in each row of a list, by the URL that the row links to; {} for any other page.

    A row of a list of stamps shows its stamp (SITE.md §5.4), whose own page may show none.
    """
    page, tree = reading.page, reading.tree
    if not isinstance(page, Listing):
        return {}
    entries = {entry.url for entry in page.entries}
    shown: dict[str, str] = {}
    for place in reading.fields:
        leads_to = {resolve(page.url, link.href or "") for link in tree.links_in(place)} & entries
        pictures = media.images(tree, [place], page.url)
        if len(leads_to) == 1 and pictures:
            shown.setdefault(leads_to.pop(), pictures[0].url)
    return shown


def _is_text_elsewhere(tree: Tree, rows: Sequence[Row]) -> bool:
    """Tell whether the rows are only a box of the latest stories beside a text in the main block."""
    text = text_region(tree, [], [row.place for row in rows])
    return text.name in INNER and not any(text.holds(row.title) for row in rows)


def _listing(material: Material, region: Span, rows: Sequence[Row]) -> Reading:
    tree = material.tree
    names = {name for name in tree.names if name.startswith(FIELD_IDS)}
    fields = [span for row in rows for span in elements(tree, row) if span.name in names and span is not row.title]
    sides = material.side_cuts(region)
    cuts: Cuts = [*sides, *((span, "") for span in (*fields, *(row.link for row in rows)))]
    title, texts = headed_text(material, region, cuts)
    sheets = _sheets(tree, region)
    entries = read_rows(material, rows)
    days = {entry.date for entry in entries if entry.date}
    leftovers = [text for text in texts if line_hotlines(text) or not is_row_rest(text, days)]
    if leftovers and (repaired := as_browsers_read(tree)):
        return parse(material.with_tree(repaired))
    is_lost = not rows and material.sheet == 1 and total(tree, tree.whole) != 0
    leftovers += unread_dates(tree, fields)
    labels = {tree.line(link) for link in more_links(tree, region, (row.link for row in rows))} if leftovers else set()
    listing = Listing(
        **common(
            material,
            region,
            "listing",
            leftovers=[text for text in leftovers if text not in labels],
            warnings=[NO_ROWS] * is_lost,
        ),
        title=title,
        paragraphs=tuple(text for span in fields if is_text(span) for text in tree.paragraphs(span)),
        images=media.images(tree, [region], material.url, besides=sides),
        attachments=media.attachments(tree, region, material.url, besides=sides),
        entries=entries,
        next_url=_next_url(material, region, sheets),
        sheets=sheets,
    )
    return Reading(
        listing, tree, region, [row.place for row in rows], partial(row_fields, tree, rows), partial(_named, rows)
    )


def _named(rows: Sequence[Row]) -> list[tuple[str, Span]]:
    return [("entries", row.title) for row in rows[:1]]


def _sheets(tree: Tree, region: Span) -> int:
    """Return how many sheets the list has; 1 when it has no pager."""
    if stated := total(tree, region) or total(tree, tree.whole):
        return stated
    last = [number for span in _of_pager(tree, "cblast", region) if (number := _sheet_of(span))]
    if last:
        return last[-1]
    pagers = _of_pager(tree, "pagenum", region)
    numbers = [number for pager in pagers for link in tree.links_in(pager) if (number := _sheet_of(link))]
    return max([1, *numbers, *(number for pager in pagers for number in _current(tree, pager))])


def _of_pager(tree: Tree, name: str, region: Span) -> Sequence[Span]:
    """Return a pager's elements with this id: those beside the list or, if there are none, those of the whole page."""
    return tree.some(name, region) or tree.some(name)


def _current(tree: Tree, pager: Span) -> list[int]:
    """Return the number of the current sheet, which the pager shows without a link."""
    shown = [span for span in tree.within(pager) if span.attributes.get("class", "").lower() == "current"]
    return [int(text) for text in map(tree.line, shown) if text.isascii() and text.isdigit()]


def _sheet_of(link: Span) -> int | None:
    found = SHEET.search(link.href or "")
    return int(found[1]) if found else None


def _next_url(material: Material, region: Span, sheets: int) -> str | None:
    """Return the next sheet's URL: the pager's, else by URL rules up to the stated number; None at the end."""
    for span in _of_pager(material.tree, "cbnext", region):
        href = (span.href or "").strip()
        if href and not href.lower().startswith(NO_LINK):
            return resolve(material.url, href)
    if material.url is None or material.sheet >= sheets or not SHEET.search(material.url):
        return None
    return SHEET.sub(f"-{material.sheet + 1}", material.url)
