"""What a page parser gets: the tree of the page with what its head and its URL say of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from lxml import etree

from postarchive.models import Address, Page
from postarchive.pages.dom import Span, Tree
from postarchive.pages.frame import INNER, Head, navigation

# <!--{total:10}-->, written by the pager of lists and of articles in parts (SITE.md §4.5, §5.3)
TOTAL = re.compile(r"\{\s*total\s*:\s*(\d{1,6})\s*\}", re.IGNORECASE)
TOTAL_BYTES = b"total"
Cuts: TypeAlias = list[tuple[Span, str]]
CONTENT_IDS = ("reportidtext", "stampidcode", "stampidsubject", "nodetext", "currentlytext")


@dataclass(frozen=True, slots=True)
class Material:
    """A page before its kind's parser has read it; `url` and `node` are None when nothing tells them."""

    url: str | None
    address: Address | None
    tree: Tree
    head: Head
    node: int | None
    sheet: int

    @property
    def subject(self) -> str:
        """Name the page in an error: its URL, else its title."""
        return self.url or self.head.title or "input"

    def with_tree(self, tree: Tree) -> "Material":
        """Return the same material with a repaired tree."""
        return replace(self, tree=tree)

    def frame_blocks(self, region: Span) -> list[Span]:
        """Return header, footer and side blocks that stand inside the region: there when it is the whole body."""
        if region.name in INNER:
            return []
        blocks = [span for name in ("header", "footer", *INNER) for span in self.tree.some(name, region)]
        return [block for block in blocks if not any(self.tree.some(name, block) for name in CONTENT_IDS)]

    def side_cuts(self, region: Span) -> Cuts:
        """Return what stands in the region but belongs to the frame, to be cut out of its text."""
        return [(span, "") for span in (*navigation(self.tree, region), *self.frame_blocks(region))]


@dataclass(frozen=True, slots=True)
class Reading:
    """A parser's answer: the page, the content region it read, and the spans in it that are pure content."""

    page: Page
    region: Span
    fields: Sequence[Span] = ()


def total(tree: Tree, span: Span) -> int | None:
    """Return the number of sheets that a pager inside the span states; None when none does."""
    if TOTAL_BYTES not in tree.source:
        return None
    for comment in span.element.iter(etree.Comment):
        if found := TOTAL.search(comment.text or ""):
            return int(found[1])
    return None
