"""The frame of every page of the CMS: its blocks, the content region inside it, the navigation.

Required: nothing; any block of the frame can be absent (SITE.md §3.1). Knowledge: SITE.md §3 (order of the blocks).
"""

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile

from postarchive.pages.cms.numbers import line_hotlines
from postarchive.pages.html.flow import BLOCKS, Span
from postarchive.pages.html.repair import without_early_ends
from postarchive.pages.html.text import PARAGRAPH
from postarchive.pages.html.tree import Tree
from postarchive.startup import late

INNER = ("content3", "content1", "content2")
SIDES = ("header", "footer", *INNER)
IN_TURN = (*INNER, "footer")  # the blocks with text, and what follows them
FRAME = (*INNER, "content", "body")
# What a field's id begins with, by the type of its node (SITE.md §2.1, §4.1); ids are in lower case.
FIELD_IDS = tuple(
    f"{kind}id"
    for kind in (
        *("report", "stamp", "stampset", "appreciationstamp", "category", "folder", "page", "news", "newspaper"),
        *("picture", "files", "media", "video", "event", "album", "download", "link", "poll"),
    )
)
TEXT_FIELDS = ("reportidtext", "stampidcontent", "nodetext", "currentlytext")
PAGER_IDS = frozenset(("pagenum", "cbfirst", "cbprev", "cbnext", "cblast"))
# The link from a box of rows to its whole list: More   MORE>>   更多 »
MORE = re.compile(r"(?:(?:read|see|view|show)\s+)?(?:more|all)|(?:查看|了解)?更多|(?:查看)?全部", re.IGNORECASE)
MORE_CLASS = re.compile(r"(?:^|[\s_-])more(?:$|[\s_-])", re.IGNORECASE)
MORE_ENDS = " .…·+>»›[]【】()（）"
CRUMB_ENDS = " :：>»›/|"
CRUMB_NAME = late(
    r"[您你]?(?:现在|現在|当前|當前|目前)?[您你]?(?:所在|的)*位置(?:是|为)?|"
    r"You are (?:here|at)|(?:Current )?(?:Location|Position)",
    re.IGNORECASE,
)
NAVIGATION = PAGER_IDS | {"path", "pn_link", "nodeidclick", "contentpagediv"}


def content_region(tree: Tree, fields: Sequence[Span] = ()) -> Span:
    """Return the block of the frame that holds the content.

    It is the innermost one around the fields; without fields, the first that holds more than links and hotlines.
    Content3 precedes Content2 and is the main one on the sites seen, but the frame is editable (SITE.md §3.1), and a
    page without these blocks is read as a whole.
    """
    if fields:
        return _region_around(tree, fields)
    inner = (span for name in INNER for span in tree.some(name))
    speaking = next((block for block in inner if not _is_frame_only(tree, block)), None)
    return speaking or next((span for name in FRAME for span in tree.some(name)), tree.whole)


def list_region(tree: Tree, titles: Sequence[Span]) -> Span:
    """Return the block of the frame that holds a list, given the titles of all rows of the page.

    A box of the latest stories in another block has rows too: the list is where the pager is or, without a pager, in
    the main block of the sites seen.
    """
    blocks = [block for name in INNER for block in tree.some(name) if any(map(block.holds, titles))]
    pagers = tree.some("pagenum")
    paged = next((block for block in blocks if any(map(block.holds, pagers))), None)
    return paged or (blocks[0] if blocks else content_region(tree, titles[:1]))


def text_region(tree: Tree, titles: Sequence[Span], places: Iterable[Span]) -> Span:
    """Return the block that has text besides rows, given the rows' titles and places; else that of the first row."""
    cuts = [(place, "") for place in places]
    inner = (block for name in INNER for block in tree.some(name))
    speaking = next((block for block in inner if _has_text(tree, block, cuts)), None) if cuts else None
    return speaking or content_region(tree, titles[:1])


def _region_around(tree: Tree, fields: Sequence[Span]) -> Span:
    for name in FRAME:
        for block in tree.some(name):
            if all(map(block.holds, fields)):
                return block
    return tree.whole


def _is_frame_only(tree: Tree, block: Span) -> bool:
    """Tell whether a block has no content of its own: it is empty, or has only links to other nodes and hotlines."""
    if any(span.name and span.name.startswith(FIELD_IDS) for span in tree.within(block)):
        return False
    return not _has_text(tree, block, [])


def _has_text(tree: Tree, block: Span, cuts: Sequence[tuple[Span, str]]) -> bool:
    texts = tree.paragraphs(block, [*cuts, *((link, "") for link in tree.links_in(block))])
    return not all(line_hotlines(line) for text in texts for line in text.split("\n"))


def more_links(tree: Tree, region: Span, rows: Iterable[Span] = ()) -> list[Span]:
    """Return the links from boxes of rows to their whole lists, found by their label or by an editor's class.

    The links in `rows` are known not to be such links.
    """
    titles = set(rows)
    return [link for link in tree.links_in(region) if link not in titles and _is_more(tree, link)]


def _is_more(tree: Tree, link: Span) -> bool:
    label = tree.line(link).strip(MORE_ENDS)
    if not label or MORE.fullmatch(label) or MORE_CLASS.search(link.attributes.get("class", "")):
        return True
    around = link.parent
    return bool(MORE_CLASS.search(around.attributes.get("class", ""))) and tree.is_all_text_of(link, around)


def with_whole_blocks(tree: Tree) -> Tree:
    """Return the page, parsed again if an extra closing tag in a text has ended its block of the frame.

    Of several blocks with the same id, the last is the frame's, because an editor may have pasted others.
    """
    for block, following in tree.apart(IN_TURN):
        place = _text_in(tree, block)
        repaired = without_early_ends(tree, place, [place, *_ended_before(following, place)], following)
        if repaired is not None:
            return with_whole_blocks(repaired)
    return tree


def _text_in(tree: Tree, block: Span) -> Span:
    """Return the one field of a block that an editor filled with HTML; the block itself unless it has exactly one."""
    fields = [span for name in TEXT_FIELDS for span in tree.some(name, block)]
    return fields[0] if len(fields) == 1 else block


def block_behind(tree: Tree, field: Span) -> tuple[list[Span], Span | None]:
    """Return the elements around a field that end before the next block of the frame, and that block or None."""
    following = next((block for block in tree.lasts(IN_TURN) if block.number >= field.last), None)
    return ([] if following is None else _ended_before(following, field)), following


def _ended_before(block: Span, inner: Span) -> list[Span]:
    """Return the elements around `inner` that have ended before a block of the frame begins."""
    outer = "content" if block.name in INNER else "body"
    return list(takewhile(lambda around: around.name != outer, inner.ancestors()))


def frame_text(tree: Tree, region: Span, blocks: Iterable[Span] = ()) -> str:
    """Return the marked text of the frame: what surrounds the content region, and its `blocks` inside the region."""
    return PARAGRAPH.join([tree.marked_around(region), *map(tree.marked, blocks)])


def navigation(tree: Tree, region: Span) -> list[Span]:
    """Return what is in the content region but belongs to the frame: pagers, breadcrumbs, counters, side links."""
    found = [span for span in tree.some("nodetitle", region) if tree.is_linked(span)]
    for name in NAVIGATION.intersection(tree.names):
        found += tree.some(name, region)
    trails = [name for name in tree.names if name.startswith("pathid")]
    crumbs = [span for name in trails for span in tree.some(name, region)]
    return [*found, *crumbs, *_named_crumbs(tree, region, crumbs)]


def _named_crumbs(tree: Tree, region: Span, crumbs: Sequence[Span]) -> list[Span]:
    """Return the block of a breadcrumb that holds nothing but the trail: `You are here: Home > News`."""
    if not crumbs:
        return []
    block = next((around for around in crumbs[0].ancestors() if around.tag in BLOCKS), region)
    if block is region or not region.holds(block) or block.name in FRAME:
        return []
    rest = tree.line(block, [(span, "") for span in (*crumbs, *tree.links_in(block))]).strip(CRUMB_ENDS)
    return [block] if not rest or CRUMB_NAME.fullmatch(rest) else []
