"""The heading of a page that has no fields for it, and the text under it (SITE.md §7)."""

from postarchive.pages.cms.material import Cuts, Material
from postarchive.pages.html.flow import CELLS, Span
from postarchive.pages.html.repair import may_hold_strays
from postarchive.pages.html.text import DEEPEST_LAYOUT, ROW_START, paragraphs, unwrapped
from postarchive.pages.html.tree import Tree

HEADINGS = ("foldersubject", "currentlynode", "nodetitle")
HEADING_TAGS = frozenset(("h1", "h2", "h3"))
TEXT_IDS = ("nodetext", "currentlytext")


def may_be_cut(tree: Tree, region: Span) -> bool:
    """Tell whether a stray `</span>` may have ended the text early: something follows the field, or too many close."""
    return may_hold_strays(tree) or any(tree.has_text_after(field, region) for field in text_fields(tree, region))


def text_fields(tree: Tree, region: Span) -> list[Span]:
    """Return the fields of a region that hold its text."""
    return [span for name in TEXT_IDS for span in tree.some(name, region)]


def headed_text(
    material: Material, region: Span, cuts: Cuts, *, has_boxes: bool = False
) -> tuple[str | None, list[str]]:
    """Return title (the heading, else `<title>`) and paragraphs of a region; the title's own line is not a paragraph.

    On a page of boxes `<title>` takes precedence over a plain heading, which belongs to a box.
    """
    tree = material.tree
    heading = find_heading(tree, region)
    named = (tree.line(heading) if heading is not None else None) or (has_boxes and material.head.subject)
    title = named or plain_heading(tree, region) or material.head.subject
    marked = tree.marked(region, cuts if heading is None else [*cuts, (heading, "")])
    texts = paragraphs(unwrapped(marked, _tables_of_layout(tree, region)) if ROW_START in marked else marked)
    return title, texts[1:] if texts and texts[0] == title else texts


def _tables_of_layout(tree: Tree, region: Span) -> int:
    """Return how many tables around a region's text may be layout: those around its field; those inside are text."""
    field = next(iter(text_fields(tree, region)), None)
    if field is None:
        return DEEPEST_LAYOUT
    return sum(around.tag in CELLS and region.holds(around) for around in field.ancestors())


def find_heading(tree: Tree, region: Span) -> Span | None:
    """Return the field that names the page inside its content region; None when it has none."""
    for name in HEADINGS:
        for span in tree.some(name, region):
            if not tree.is_linked(span) and tree.line(span):
                return span
    return None


def plain_heading(tree: Tree, region: Span) -> str | None:
    """Return the text of the first heading element of the highest rank present, unless it links elsewhere."""
    headings = [span for span in tree.within(region) if span.tag in HEADING_TAGS]
    for heading in sorted(headings, key=lambda span: span.tag):
        if not any(inner.tag == "a" for inner in tree.within(heading)) and (text := tree.line(heading)):
            return text
    return None
