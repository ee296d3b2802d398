"""What a page parser gets, the page's tree with what its head and URL say; and what it returns."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeAlias

from postarchive.models import Address
from postarchive.pages.cms.drift import skeleton
from postarchive.pages.cms.frame import INNER, SIDES, navigation
from postarchive.pages.cms.head import PageHead
from postarchive.pages.cms.markers import parts_of
from postarchive.pages.html.flow import COMMENT, Span
from postarchive.pages.html.text import clean
from postarchive.pages.html.tree import Tree
from postarchive.record.values import NO_FRAME, Page

# <!--{total:10}-->, written by the pager of lists and of articles in parts (SITE.md §4.5, §5.3)
TOTAL = re.compile(r"\{\s*total\s*:\s*(\d{1,6})\s*\}", re.IGNORECASE)
INVISIBLE = re.compile(r"visibility\s*:\s*(?:hidden|collapse)", re.IGNORECASE)
Cuts: TypeAlias = list[tuple[Span, str]]
TAIL_BYTES = 2048  # the most that follows the closing tags
LOW_NODES = 10_000  # /html1/category/1408/4050-1.htm is node 14084050 (SITE.md §2.1)
CONTENT_IDS = ("reportidtext", "stampidcode", "stampidsubject", "nodetext", "currentlytext")


class Material(NamedTuple):
    """A page before its kind's parser has read it; `url` and `node` are None when nothing says them.

    `warnings` are those of its bytes.
    """

    url: str | None
    address: Address | None
    tree: Tree
    head: PageHead
    node: int | None
    sheet: int
    warnings: tuple[str, ...]

    @property
    def subject(self) -> str:
        """Name the page in an error: its URL, else its title."""
        return self.url or self.head.title or "input"

    def with_tree(self, tree: Tree) -> "Material":
        """Return the same material with a repaired tree."""
        return self._replace(tree=tree)

    def frame_blocks(self, region: Span) -> list[Span]:
        """Return the header, footer and side blocks that are inside the region.

        That happens when it is the whole body, or when an element in it is not closed.
        """
        if self.tree.name_behind(region) in INNER:
            return []  # it ends where the next one begins
        if region.name in INNER:
            blocks = [block for block in self.tree.lasts(SIDES) if region.number < block.number < region.last]
        else:
            blocks = [span for name in SIDES for span in self.tree.some(name, region)]
        return [block for block in blocks if block.name != region.name and not self._has_content(block)]

    def _has_content(self, block: Span) -> bool:
        return any(self.tree.some(name, block) for name in CONTENT_IDS)

    def side_cuts(self, region: Span) -> Cuts:
        """Return what is in the region but belongs to the frame, to be cut out of its text."""
        return [(span, "") for span in (*navigation(self.tree, region), *self.frame_blocks(region))]


class Reading(NamedTuple):
    """What a parser returns for a page: the record, and where in the tree it was found.

    `region` is the content region; `fields` are the spans in it that are pure content; `inner` finds those inside them
    whose place belongs to the template: a row's title. `named` finds the elements of the record's fields, by name.
    `father` is the category that lists the page, None if the page does not say, or is not in a list.
    """

    page: Page
    tree: Tree
    region: Span
    fields: Sequence[Span] = ()
    inner: Callable[[], Iterable[Span]] = tuple
    named: Callable[[], Iterable[tuple[str, Span]]] = tuple
    father: int | None = None

    def skeleton(self) -> str:
        """Return a hash of the content region's structure without its text, to tell a redesign from an edit."""
        return skeleton(self.tree, self.region, self.fields, self.inner())

    def parts(self) -> dict[str, str]:
        """Return which part of the layout wrote each field, by name: `listing:15080219`; empty if none is named."""
        return parts_of(self.tree, self.named())

    def links(self) -> tuple[str, ...]:
        """Return where the page's anchors lead, as written, each once, and its list; `urls.resolve` makes it absolute.

        Anchors that no person sees do not count: a link in a hidden block is a trap for robots (SITE.md §3.1a). The
        list of the page's father is included even if no anchor leads there: it shows new pages (SITE.md §2.5). Empty
        for a page of unknown kind without the frame: it may be anything, and its links lead anywhere.
        """
        if self.page.kind == "unknown" and NO_FRAME in self.page.warnings:
            return ()
        anchors = self.tree.links_in(self.tree.whole)
        if self.tree.lower.find(b"visibility") >= 0:
            anchors = _visible(anchors, self.tree.spans)
        return tuple(dict.fromkeys([*[link.attributes["href"] for link in anchors], *_list_of(self.father)]))


def _visible(links: Iterable[Span], spans: Iterable[Span]) -> list[Span]:
    """Return the links that are not in, and are not, elements that a browser does not show; both come in page order."""
    hidden, end = set[int](), 0
    for span in spans:
        if span.number < end or INVISIBLE.search(span.attributes.get("style", "")):
            hidden.add(span.number)
            end = max(end, span.last)
    return [link for link in links if link.number not in hidden]


def _list_of(father: int | None) -> tuple[str, ...]:
    """Return the path of a category's first sheet; () for None."""
    return ("/html1/category/{}/{}-1.htm".format(*divmod(father, LOW_NODES)),) if father else ()


def is_cut_off(tree: Tree) -> bool:
    """Tell whether a page ends without the tags that close it."""
    lower, tail = tree.lower, max(len(tree.lower) - TAIL_BYTES, 0)
    return lower.rfind(b"</html", tail) < 0 and lower.rfind(b"</body", tail) < 0


def half_text(tree: Tree) -> str:
    """Return the text in which a page breaks off; empty when it does not.

    A date or a number at its end may be incomplete, and must not be taken for a whole one.
    """
    tail = tree.source[tree.source.rfind(b">") + 1 :]
    return clean(tail.decode(errors="ignore")) if tail and b"<" not in tail and is_cut_off(tree) else ""


def total(tree: Tree, span: Span) -> int | None:
    """Return the number of sheets that a pager inside the span states; None when none does."""
    for comment in tree.within(span):
        if comment.tag == COMMENT and (found := TOTAL.search(comment.attributes["text"])):
            return int(found[1])
    return None
