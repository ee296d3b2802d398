"""One page in, one record out: `parse` is pure and the same for live, archived and saved pages.

The kind is decided by the node script's type, then by the URL, then by the field ids (SITE.md §10.1). To add a kind:
a module beside these with a `parse_…` function, a line in `PARSERS`, a fixture.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from postarchive.models import Capture
from postarchive.pages.category import parse_category
from postarchive.pages.cms.head import read_head
from postarchive.pages.cms.material import Material, Reading
from postarchive.pages.cms.rows import find_rows
from postarchive.pages.folder import parse_folder, parse_unknown
from postarchive.pages.html.decode import page_bytes
from postarchive.pages.html.tree import Tree
from postarchive.pages.report import parse_report
from postarchive.pages.stamp import parse_stamp
from postarchive.record.values import Kind, Page
from postarchive.urls import parse_address

PARSERS: Mapping[Kind, Callable[[Material], Reading]] = MappingProxyType(
    {
        "news": parse_report,
        "stamp": parse_stamp,
        "listing": parse_category,
        "folder": parse_folder,
        "unknown": parse_unknown,
    }
)
# The CMS's type numbers and URL words (SITE.md §2.1); other types are kept whole, without a parser.
KIND_OF_TYPE: Mapping[int, Kind] = MappingProxyType({0: "folder", 1: "listing", 11: "stamp", 13: "news", 39: "news"})
CUSTOM_TYPES = 1024  # from here on types are a customer's own: the number tells nothing
KIND_OF_WORD: Mapping[str, Kind] = MappingProxyType(
    {
        "report": "news",
        "news": "news",
        "stamp": "stamp",
        "appreciationstamp": "stamp",
        "category": "listing",
        "folder": "folder",
    }
)

__all__ = ["Reading", "parse", "read"]


def parse(capture: Capture) -> Page:
    """Return the record of a page.

    Raises NotAPage for bytes that are no page of the CMS, SoftError for pages that say nothing, ParseError for a
    page that lacks what its kind must have. `capture.url` may be empty: then links stay as printed.
    """
    return read(capture).page


def read(capture: Capture) -> Reading:
    """Return the record of a page with what else can be asked of it: its skeleton and its links. Raises as `parse`."""
    source, warnings = page_bytes(capture)
    url = capture.url or None
    tree = Tree(source, url or "input")
    head = read_head(tree)
    address = parse_address(url) if url else None
    node = head.node if head.node is not None else (address.node if address else None)
    material = Material(url, address, tree, head, node, address.sheet if address else 1, warnings)
    return PARSERS[_kind(material)](material)


def _kind(material: Material) -> Kind:
    number = material.head.type
    if number is not None and number < CUSTOM_TYPES:
        return KIND_OF_TYPE.get(number, "unknown")
    if material.address is not None and material.address.kind in KIND_OF_WORD:
        return KIND_OF_WORD[material.address.kind]
    if number is not None:
        return "unknown"
    if material.tree.some("reportidtext"):
        return "news"
    if material.tree.some("stampidcode") or material.tree.some("stampidsubject"):
        return "listing" if find_rows(material.tree) else "stamp"
    return "listing" if find_rows(material.tree) else "unknown"
