"""Folders and static categories: one text without byline; and the front page, a folder of lists.

Required: text, a picture, or rows. Optional: a heading line (`#FolderSubject`, `#CurrentlyNode`, an unlinked
`#NodeTitle`, `h1`…`h3`), else `<title>` names the page. Knowledge: SITE.md §7; the World Post Day folders are
overwritten every year, two service categories of 2014 are texts in category URLs.
"""

from functools import partial

from postarchive.pages.cms import media
from postarchive.pages.cms.common import common
from postarchive.pages.cms.frame import FIELD_IDS, content_region, more_links
from postarchive.pages.cms.material import Cuts, Material, Reading
from postarchive.pages.cms.numbers import line_hotlines
from postarchive.pages.cms.odd import has_frame, own_region, refuse_odd
from postarchive.pages.cms.rows import find_rows, read_rows, row_fields
from postarchive.pages.html.flow import Span
from postarchive.pages.html.repair import as_browsers_read, may_hold_strays
from postarchive.pages.html.text import paragraphs
from postarchive.pages.html.tree import Tree
from postarchive.record.values import Folder, Page

HEADINGS = ("foldersubject", "currentlynode", "nodetitle")
HEADING_TAGS = frozenset(("h1", "h2", "h3"))
TEXT_IDS = ("nodetext", "currentlytext")
FOLDER_FRAME = ("foldercreator", "foldertime")


def parse_folder(material: Material) -> Reading:
    """Return the text of a folder, and the entries of lists that stand on it. Raises SoftError when it is empty.

    Raises ParseError when neither the frame nor a field of its own tells where its content is.
    """
    tree = material.tree
    rows = find_rows(tree)
    region = content_region(tree, [row.title for row in rows[:1]])
    refuse_odd(material, region)
    if not has_frame(tree):
        heading = find_heading(tree, region)
        own = [*(row.title for row in rows), *_text_fields(tree, region), *([] if heading is None else [heading])]
        region = own_region(material, region, own)
    if _may_be_cut(tree, region) and (repaired := as_browsers_read(tree)):
        return parse_folder(material.with_tree(repaired))
    cuts: Cuts = [*material.side_cuts(region), *((row.place, "") for row in rows)]
    cuts += [(link, "") for link in more_links(tree, region, (row.link for row in rows))] if rows else []
    cuts += [(span, "") for name in FOLDER_FRAME for span in tree.some(name, region)]
    title, texts = headed_text(material, region, cuts, has_boxes=bool(rows))
    numbers = [text for text in texts if rows and line_hotlines(text)]  # a front page; a contact page's are its text
    folder = Folder(
        **common(material, region, "folder", leftovers=numbers),
        title=title,
        paragraphs=tuple(text for text in texts if text not in numbers),
        images=media.images(tree, [region], material.url),
        attachments=media.attachments(tree, region, material.url),
        entries=read_rows(material, rows),
    )
    return Reading(folder, tree, region, [row.place for row in rows], partial(row_fields, tree, rows))


def parse_unknown(material: Material) -> Reading:
    """Return a page of the CMS whose kind has no parser: its title and all text of its content region."""
    region = content_region(material.tree)
    refuse_odd(material, region)
    if not has_frame(material.tree):
        region = own_region(material, region, [span for span in material.tree.spans if span.name.startswith(FIELD_IDS)])
    if _may_be_cut(material.tree, region) and (repaired := as_browsers_read(material.tree)):
        return parse_unknown(material.with_tree(repaired))
    page = Page(
        **common(material, region, "unknown"),
        title=material.head.subject,
        paragraphs=tuple(material.tree.paragraphs(region, material.side_cuts(region))),
        images=media.images(material.tree, [region], material.url),
        attachments=media.attachments(material.tree, region, material.url),
    )
    return Reading(page, material.tree, region)


def _may_be_cut(tree: Tree, region: Span) -> bool:
    """Tell whether a stray `</span>` may have ended the text early: something follows its field, or too many close."""
    return may_hold_strays(tree) or any(tree.has_text_after(field, region) for field in _text_fields(tree, region))


def _text_fields(tree: Tree, region: Span) -> list[Span]:
    return [span for name in TEXT_IDS for span in tree.some(name, region)]


def headed_text(
    material: Material, region: Span, cuts: Cuts, *, has_boxes: bool = False
) -> tuple[str | None, list[str]]:
    """Return title and paragraphs of a region: its heading, else `<title>`; the title's own line is no paragraph.

    On a page of boxes `<title>` goes before a plain heading, which is a box's.
    """
    tree = material.tree
    heading = find_heading(tree, region)
    named = (tree.line(heading) if heading is not None else None) or (has_boxes and material.head.subject)
    title = named or _plain_heading(tree, region) or material.head.subject
    texts = paragraphs(tree.marked(region, cuts if heading is None else [*cuts, (heading, "")]))
    return title, texts[1:] if texts and texts[0] == title else texts


def find_heading(tree: Tree, region: Span) -> Span | None:
    """Return the field that names the page inside its content region; None when it has none."""
    for name in HEADINGS:
        for span in tree.some(name, region):
            if not tree.is_linked(span) and tree.line(span):
                return span
    return None


def _plain_heading(tree: Tree, region: Span) -> str | None:
    """Return the first heading element's text, of the highest rank there is, unless it leads elsewhere."""
    headings = [span for span in tree.within(region) if span.tag in HEADING_TAGS]
    for heading in sorted(headings, key=lambda span: span.tag):
        if not any(inner.tag == "a" for inner in tree.within(heading)) and (text := tree.line(heading)):
            return text
    return None
