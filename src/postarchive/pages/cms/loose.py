"""The rows of lists whose templates print no field ids: items, blocks, table rows that link to nodes (SITE.md §13)."""

from collections import Counter
from collections.abc import Sequence

from postarchive.pages.cms.byline import YEARLESS
from postarchive.pages.cms.dates import AROUND, DATE
from postarchive.pages.cms.material import Material
from postarchive.pages.cms.rows import Row, is_rest, link_of
from postarchive.pages.html.flow import CELLS, COMMENT, Span
from postarchive.pages.html.tree import Tree, outside
from postarchive.urls import parse_address, replayed, resolve

BARE_ITEMS = frozenset(("tr", "p", "div", "dt", "h3", "h4", "article"))
WRAPPERS = frozenset(("font", "span", "b", "strong", "i", "em"))
NO_URL = "http://host/html1/category/0/0-1.htm"  # what links are resolved against on a page without a URL


def loose_rows(material: Material, region: Span) -> list[Row]:
    """Return the list items that link to nodes by the URL rules, for templates without field ids.

    Items beside them may link elsewhere; one that links to another sheet of the same list is a pager.
    """
    tree = material.tree
    framed = material.frame_blocks(region)
    items = [span for span in tree.within(region) if span.tag == "li" and span.name != "pagenum"]
    leaves = [item for item in outside(items, framed) if not any(inner.tag == "li" for inner in tree.within(item))]
    linked = [(item, link) for item in leaves if (link := link_of(tree, item)) is not None]
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
    counts = Counter(_holder(row.place) for row in rows)
    return [row for row in rows if counts[_holder(row.place)] > 1]


def _holder(place: Span) -> Span:
    """Return the element that holds a row and its neighbours, which may each be in a `<font>` of their own."""
    return next((around for around in place.ancestors() if around.tag not in WRAPPERS), place.parent)


def _with_definition(tree: Tree, place: Span) -> Span:
    """Return a `<dt>` with the `<dd>` after it, which may hold its date; any other place as it is."""
    if place.tag != "dt":
        return place
    following = next((span for span in tree.spans[place.last :] if span.tag != COMMENT), None)
    return place if following is None or following.tag != "dd" else place.through(following)


def _is_bare(tree: Tree, link: Span, place: Span) -> bool:
    if len(tree.links_in(place)) != 1 or _is_side(tree, place):
        return False
    return is_rest(tree.line(place, [(link, "")])) or _is_in_columns(tree, link, place)


def _is_in_columns(tree: Tree, link: Span, place: Span) -> bool:
    """Tell whether a table row has a cell for its title and another one for its date, whatever is in the others."""
    cells = [span for span in tree.within(place) if span.tag in CELLS]
    titles = [cell for cell in cells if cell.holds(link)]
    is_title = bool(titles) and is_rest(tree.line(titles[-1], [(link, "")]))
    others = (tree.line(cell) for cell in cells if cell not in titles)
    return is_title and any(DATE.fullmatch(text.strip(AROUND)) or YEARLESS.fullmatch(text) for text in others)


def _is_side(tree: Tree, item: Span) -> bool:
    return any(span.name in {"nodetitle", "currentlynode"} for span in tree.within(item))


def _node_of(material: Material, link: Span) -> int | None:
    """Return the node that a link leads to; None when it leads elsewhere."""
    address = parse_address(replayed(resolve(material.url or NO_URL, link.href or "")))
    return address.node if address is not None else None
