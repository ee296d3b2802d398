"""One page in, one record out: `parse` is pure and the same for live, archived and saved pages.

The kind is decided by the node script's type, then by the URL, then by the field ids (SITE.md §10.1). To add a kind,
add a module here with a function `parse`, a row in `record.kinds` and a fixture.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TypeAlias

from postarchive.errors import NotAPage, NotOfTheCms, ParseError
from postarchive.models import Capture
from postarchive.pages import unknown
from postarchive.pages.category import pictures_beside
from postarchive.pages.cms.frame import with_whole_blocks
from postarchive.pages.cms.head import read_head
from postarchive.pages.cms.material import Material, Reading
from postarchive.pages.cms.rows import find_rows
from postarchive.pages.html.decode import CUT_GZIP, page_bytes
from postarchive.pages.html.tree import Tree
from postarchive.record.kinds import BY_NAME, LEADING_ON, OF_WORD, UNKNOWN, kind_of_type
from postarchive.record.values import Page
from postarchive.urls import parse_address, replayed

Parser: TypeAlias = Callable[[Material], Reading]

__all__ = ["Reading", "parse", "parser_of", "pictures_beside", "read"]


def parse(capture: Capture) -> Page:
    """Return the record of a page.

    Raises NotAPage for bytes that are not a page of the CMS, SoftError for pages without content, ParseError for a page
    that lacks what its kind requires. `capture.url` may be empty: then links stay as printed.
    """
    return read(capture).page


def read(capture: Capture) -> Reading:
    """Return the record of a page, with its skeleton, its links and more. Raises like `parse`."""
    source, warnings = page_bytes(capture)
    url = capture.url or None
    tree = with_whole_blocks(Tree(source, url or "input"))
    head = read_head(tree)
    address = parse_address(replayed(url)) if url else None
    node = head.node if head.node is not None else (address.node if address else None)
    reading = _whole(Material(url, address, tree, head, node, address.sheet if address else 1, warnings))
    return reading._replace(father=head.father) if reading.page.kind not in LEADING_ON else reading


@cache
def parser_of(kind: str) -> Parser:
    """Return the parser of a kind, which is imported when the first page of the kind is met."""
    parser: Parser = import_module(f"postarchive.pages.{BY_NAME[kind].parser}").parse
    return parser


def _whole(material: Material) -> Reading:
    """Return what a page's kind reads. Raises NotAPage when it lacks something that its gzip stream did not reach."""
    try:
        return _parsed(material, _kind(material))
    except ParseError as error:
        if CUT_GZIP not in material.warnings:
            raise
        raise NotAPage(material.subject, f"{CUT_GZIP}, and {error.problem}") from error


def _parsed(material: Material, kind: str) -> Reading:
    """Return what a kind's parser reads; for a page of another program on an archived host, what plain rules read."""
    try:
        return parser_of(kind)(material)
    except NotOfTheCms:
        if kind == UNKNOWN or not unknown.is_kept(material):
            raise
        return unknown.by_plain_rules(material)


def _kind(material: Material) -> str:
    number = material.head.type
    if number is not None and (kind := kind_of_type(number)):
        return kind
    if material.address is not None and material.address.kind in OF_WORD:
        return OF_WORD[material.address.kind]
    return UNKNOWN if number is not None else _kind_by_fields(material.tree)


def _kind_by_fields(tree: Tree) -> str:
    """Return the kind of a page by its fields, if neither its script nor its URL says it."""
    if tree.some("reportidtext"):
        return "news"
    if find_rows(tree):
        return "listing"
    return "stamp" if tree.some("stampidcode") or tree.some("stampidsubject") else UNKNOWN
