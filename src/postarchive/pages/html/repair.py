"""Closing tags that do not end what they seem to: remove them from the source and parse it again.

Only suspicious pages are checked: text after a story's body, leftovers, more `</span>` than `<span>`. An editor's body
holds nested and badly closed spans (SITE.md §4.4). A browser ignores `</span>` inside an open paragraph that opened no
span; libxml2 closes the paragraph and the body with it. The rule here is HTML5's: an end tag looks for its element
upwards only as far as the next block.

The template inserts a text as it is, so an extra `</div>` in it closes the template's own, and the text seems to end
there. Then more is closed after the text than was open around it: that many closing tags belong to the text.
"""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from itertools import islice, takewhile
from typing import Final, TypeAlias

from postarchive.pages.html.flow import BLOCKS, CELLS, DEEPEST, Span
from postarchive.pages.html.tree import Tree
from postarchive.startup import late

# What is not closed extends to the end, as in a browser; so no byte is scanned twice.
TOKEN = late(
    rb"""<!--.*?(?:-->|\Z)
    |<(?P<raw>script|style)\b.*?(?:</(?P=raw)\s*>|\Z)
    |<(?P<close>/?)(?P<tag>[a-z][\w:-]*)(?:"[^"]*(?:"|\Z)|'[^']*(?:'|\Z)|[^'">])*+(?:>|\Z)""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
VOID = frozenset(b"area base br col embed hr img input link meta param source track wbr".split())
CLOSED = BLOCKS | CELLS | {"tr"}
LISTS = frozenset(("ul", "ol"))
UNENDING = frozenset(("body", "html"))  # what follows their closing tags is still inside them
NOTHING = b"<!---->"  # as long as `</span>`, so that offsets do not change
LINE_END: Final = b"<br>"  # no longer than `</p>`
SPAN_END: Final = b"</span"
MAX_STRAYS: Final = 1000  # closing tags of a page that close nothing; an editor makes fewer slips
Place: TypeAlias = tuple[int, int]


def without_stray_closers(tree: Tree, body: Span, around: Iterable[Span], following: Span | None) -> Tree | None:
    """Return the page parsed again without the closing tags that do not end the body; None when there are none.

    The elements `around` the body are closed before the `following` one begins; None when nothing is known to follow.
    """
    start = _start_of(tree, body)
    if start is None:
        return None
    early = _early_ends(tree, start, around, following)
    outer = {span.tag for span in body.ancestors()} - UNENDING
    return _without(tree, _strays(tree.source, start, _span_wrappers(body), set(early), outer))


def without_early_ends(tree: Tree, block: Span, around: Iterable[Span], following: Span) -> Tree | None:
    """Return the page parsed again without the closing tags in a block that end it too early; None when there are none.

    The elements `around` its text, the block included, are closed before the `following` one begins.
    """
    start = _start_of(tree, block)
    return None if start is None else _without(tree, _early_ends(tree, start, around, following))


def as_browsers_read(tree: Tree) -> Tree | None:
    """Return the page parsed again without each `</span>` that closes nothing for a browser; None without any."""
    return _without(tree, _page_strays(tree.source, tree.head_bytes))


def may_hold_strays(tree: Tree) -> bool:
    """Tell quickly whether the page closes more spans than it opens."""
    return _closes_more(tree, ("span",))


def _closes_more(tree: Tree, tags: Iterable[str]) -> bool:
    """Tell whether the page closes more elements of any of these tags than it opens."""
    opened = [span.tag for span in tree.spans]
    return any(tree.lower.count(b"</" + tag.encode(), tree.head_bytes) > opened.count(tag) for tag in tags)


def _page_strays(source: bytes, start: int) -> list[Place]:
    strays: list[Place] = []
    opened: list[str] = []
    for place, tag, is_close in _tags(source, start):
        if len(opened) > DEEPEST or len(strays) > MAX_STRAYS:
            return []
        if not is_close:
            _open(opened, tag)
        elif tag != "span":
            _close(opened, tag)
        elif not _close_inline(opened):
            strays.append(place)
    return strays


def _without(tree: Tree, strays: list[Place]) -> Tree | None:
    if not strays:
        return None
    source = bytearray(tree.source)
    for begin, end in strays:
        mark = NOTHING if tree.lower.startswith(SPAN_END, begin) else LINE_END
        source[begin:end] = mark.ljust(end - begin)[: end - begin]
    return Tree(bytes(source), "")


def _start_of(tree: Tree, body: Span) -> int | None:
    """Return the byte offset after the body's start tag, found by its id and its rank among equals."""
    rank = tree.some(body.name).index(body)
    has_id = re.compile(rb"""\sid\s*=\s*["']?""" + re.escape(body.name.encode()) + rb"""["'\s/>]""", re.IGNORECASE)
    tags = (found for found in TOKEN.finditer(tree.source) if found["tag"] and has_id.search(found[0]))
    return next((found.end() for found in islice(tags, rank, None)), None)


def _span_wrappers(body: Span) -> int:
    """Count the spans directly around the body: each needs its own closing tag after the body's."""
    return sum(1 for _ in takewhile(lambda around: around.tag == "span", body.ancestors()))


def _early_ends(tree: Tree, start: int, around: Iterable[Span], following: Span | None) -> list[Place]:
    """Return the places of closing tags from `start` to the `following` element that do not close those `around`."""
    taken = Counter(span.tag for span in around)
    if following is None or not _closes_more(tree, taken) or (end := _start_of(tree, following)) is None:
        return []
    ends: dict[str, list[Place]] = {}
    opened: list[str] = []
    for place, tag, is_close in _tags(tree.source[:end], start):
        if len(opened) > DEEPEST or len(ends.get(tag, ())) > MAX_STRAYS:
            return []
        if not is_close:
            _open(opened, tag)
        elif tag in CLOSED and tag not in opened:
            ends.setdefault(tag, []).append(place)
        else:
            _close(opened, tag)
    return sorted(place for tag, places in ends.items() for place in places[: max(len(places) - taken[tag], 0)])


def _strays(source: bytes, start: int, wrappers: int, early: Container[Place], outer: Container[str]) -> list[Place]:
    """Return the places of closing tags that close nothing, up to the end of the body's container.

    These are the `</span>` that a browser ignores, and those that are known to end it too early. Only a tag of the
    `outer` elements can end the container: a browser ignores `</li>` where none is open.
    """
    strays: list[Place] = []
    closers: list[Place] = []
    opened: list[str] = []
    for place, tag, is_close in _tags(source, start):
        if len(opened) > DEEPEST or len(strays) + len(closers) > MAX_STRAYS:
            return []  # not a page of the site; searching its open elements over and over would take for ever
        if not is_close:
            _open(opened, tag)
        elif tag in CLOSED and tag not in opened:
            if place in early:
                strays.append(place)
            elif tag in outer:
                break  # the container's own end
        elif tag != "span":
            _close(opened, tag)
        elif not opened:
            closers.append(place)
        elif not _close_inline(opened):
            (strays if _has_block(opened) else closers).append(place)
    return sorted([*strays, *closers[: max(len(closers) - wrappers - 1, 0)]])


def _tags(source: bytes, start: int) -> Iterator[tuple[Place, str, bool]]:
    for found in TOKEN.finditer(source, start):
        tag = found["tag"]
        if tag and tag.lower() not in VOID and not found[0].endswith(b"/>"):
            yield found.span(), tag.decode("ascii", "replace").lower(), bool(found["close"])


def _open(opened: list[str], tag: str) -> None:
    if tag in CLOSED and "p" in opened and not (_has_cell_after_p(opened)):
        del opened[len(opened) - 1 - opened[::-1].index("p") :]
    if tag == "li" and "li" in opened and not any(part in LISTS for part in opened[_last(opened, "li") :]):
        del opened[_last(opened, "li") :]
    opened.append(tag)


def _has_cell_after_p(opened: list[str]) -> bool:
    """Tell whether a table cell is between the open paragraph and here: its content closes no outer paragraph."""
    return any(part in CELLS for part in opened[_last(opened, "p") :])


def _last(opened: list[str], tag: str) -> int:
    return len(opened) - 1 - opened[::-1].index(tag)


def _close(opened: list[str], tag: str) -> None:
    if tag in opened and (tag in CLOSED or not _has_block(opened[_last(opened, tag) + 1 :])):
        del opened[_last(opened, tag) :]


def _close_inline(opened: list[str]) -> bool:
    """Close the nearest open span below the nearest block; False when there is none."""
    for place in range(len(opened) - 1, -1, -1):
        if opened[place] == "span":
            del opened[place:]
            return True
        if opened[place] in CLOSED:
            return False
    return False


def _has_block(opened: list[str]) -> bool:
    return any(tag in CLOSED for tag in opened)
