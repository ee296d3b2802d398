"""Folders and static categories: a text without byline; and the front page, a folder of lists.

Required: text, a picture, or rows. Optional: a heading line (`#FolderSubject`, `#CurrentlyNode`, an unlinked
`#NodeTitle`, `h1`…`h3`), else `<title>` names the page. Knowledge: SITE.md §7; the World Post Day folders are
overwritten every year, two service categories of 2014 are texts in category URLs.
"""

from collections.abc import Iterator, Sequence
from functools import partial

from postarchive.pages.cms import media
from postarchive.pages.cms.common import common
from postarchive.pages.cms.frame import more_links, text_region
from postarchive.pages.cms.heading import find_heading, headed_text, may_be_cut, text_fields
from postarchive.pages.cms.material import Cuts, Material, Reading
from postarchive.pages.cms.numbers import line_hotlines
from postarchive.pages.cms.odd import has_frame, own_region, refuse_odd
from postarchive.pages.cms.rows import (
    Row,
    elements,
    find_rows,
    is_text,
    read_rows,
    row_fields,
    row_leftovers,
    unread_dates,
)
from postarchive.pages.html.repair import as_browsers_read
from postarchive.pages.html.tree import Tree
from postarchive.record.values import Entry, Folder

FOLDER_FRAME = ("foldercreator", "foldertime")


def parse(material: Material) -> Reading:
    """Return the text of a folder, and the entries of lists on it. Raises SoftError when it is empty.

    Raises ParseError when neither the frame nor a field of its own shows where its content is.
    """
    tree = material.tree
    rows = find_rows(tree)
    region = text_region(tree, [row.title for row in rows], [row.place for row in rows])
    refuse_odd(material, region)
    if not has_frame(tree):
        heading = find_heading(tree, region)
        own = [*(row.title for row in rows), *text_fields(tree, region), *([] if heading is None else [heading])]
        region = own_region(material, region, own)
    if may_be_cut(tree, region) and (repaired := as_browsers_read(tree)):
        return parse(material.with_tree(repaired))
    sides = material.side_cuts(region)
    framed: Cuts = [*sides]
    if rows:
        framed += [(link, "") for link in more_links(tree, region, (row.link for row in rows))]
    cuts: Cuts = [*framed, *((row.place, "") for row in rows)]
    cuts += [(span, "") for name in FOLDER_FRAME for span in tree.some(name, region)]
    title, texts = headed_text(material, region, cuts, has_boxes=bool(rows))
    numbers = [text for text in texts if rows and line_hotlines(text)]  # a front page; a contact page's are its text
    entries = read_rows(material, rows)
    beside = _beside(tree, [row for row in rows if region.holds(row.title)], entries, framed)
    folder = Folder(
        **common(material, region, "folder", leftovers=[*numbers, *beside]),
        title=title,
        paragraphs=(*(text for text in texts if text not in numbers), *_row_texts(tree, rows)),
        images=media.images(tree, [region], material.url, besides=sides),
        attachments=media.attachments(tree, region, material.url, besides=sides),
        entries=entries,
    )
    return Reading(folder, tree, region, [row.place for row in rows], partial(row_fields, tree, rows))


def _beside(tree: Tree, rows: Sequence[Row], entries: Sequence[Entry], cuts: Cuts) -> list[str]:
    """Return what rows show beside the fields of their entries, and dates that are none."""
    days = {entry.date for entry in entries if entry.date}
    texts = [text for row in rows for text in row_leftovers(tree, row, days, cuts)]
    return texts + unread_dates(tree, (span for row in rows for span in elements(tree, row)))


def _row_texts(tree: Tree, rows: Sequence[Row]) -> Iterator[str]:
    """Yield the texts in rows: the beginnings of stories that a front page shows."""
    for row in rows:
        for span in filter(is_text, tree.within(row.place)):
            yield from tree.paragraphs(span)
