"""Closing tags that no browser obeys, taken out of the source before it is parsed again.

Only a page that gives a reason is looked at: text behind a story's body, leftovers, more `</span>` than `<span>`.
An editor's body holds nested and badly closed spans (SITE.md §4.4). A browser ignores `</span>` inside an open
paragraph that opened no span; libxml2 closes the paragraph and the body with it. The rule here is HTML5's: an end
tag looks for its element upwards only as far as the next block.
"""

import re
from collections.abc import Iterator
from itertools import islice, takewhile

from postarchive.pages.html.flow import BLOCKS, CELLS, DEEPEST, Span
from postarchive.pages.html.tree import Tree

# What is not closed reaches to the end, as in a browser; so no byte is looked at twice.
TOKEN = re.compile(
    rb"""<!--.*?(?:-->|\Z)
    |<(?P<raw>script|style)\b.*?(?:</(?P=raw)\s*>|\Z)
    |<(?P<close>/?)(?P<tag>[a-z][\w:-]*)(?:"[^"]*(?:"|\Z)|'[^']*(?:'|\Z)|[^'">])*+(?:>|\Z)""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
VOID = frozenset(b"area base br col embed hr img input link meta param source track wbr".split())
CLOSED = BLOCKS | CELLS | {"tr"}
LISTS = frozenset(("ul", "ol"))
NOTHING = b"<!---->"  # as long as `</span>`, so that every offset stays


def without_stray_closers(tree: Tree, body: Span) -> Tree | None:
    """Return the page parsed anew without the `</span>` that do not end the body; None when there are none."""
    start = _start_of(tree, body)
    if start is None:
        return None
    return _without(tree, _strays(tree.source, start, _span_wrappers(body)))


def as_browsers_read(tree: Tree) -> Tree | None:
    """Return the page parsed anew without the `</span>` that close nothing a browser knows of; None without any."""
    return _without(tree, _page_strays(tree.source, tree.head_bytes))


def may_hold_strays(tree: Tree) -> bool:
    """Tell, at little cost, whether the page closes more spans than it opens."""
    return tree.lower.count(b"</span", tree.head_bytes) > [span.tag for span in tree.spans].count("span")


def _page_strays(source: bytes, start: int) -> list[tuple[int, int]]:
    strays: list[tuple[int, int]] = []
    opened: list[str] = []
    for place, tag, is_close in _tags(source, start):
        if len(opened) > DEEPEST:
            return []
        if not is_close:
            _open(opened, tag)
        elif tag != "span":
            _close(opened, tag)
        elif not _close_inline(opened):
            strays.append(place)
    return strays


def _without(tree: Tree, strays: list[tuple[int, int]]) -> Tree | None:
    if not strays:
        return None
    source = bytearray(tree.source)
    for begin, end in strays:
        source[begin:end] = NOTHING.ljust(end - begin)[: end - begin]
    return Tree(bytes(source), "")


def _start_of(tree: Tree, body: Span) -> int | None:
    """Return the byte offset behind the body's start tag: found by its id and its rank among equals."""
    rank = tree.some(body.name).index(body)
    has_id = re.compile(rb"""\sid\s*=\s*["']?""" + re.escape(body.name.encode()) + rb"""["'\s/>]""", re.IGNORECASE)
    tags = (found for found in TOKEN.finditer(tree.source) if found["tag"] and has_id.search(found[0]))
    return next((found.end() for found in islice(tags, rank, None)), None)


def _span_wrappers(body: Span) -> int:
    """Count the spans directly around the body: each takes a closing tag of its own after the body's."""
    return sum(1 for _ in takewhile(lambda around: around.tag == "span", body.ancestors()))


def _strays(source: bytes, start: int, wrappers: int) -> list[tuple[int, int]]:
    """Return the places of `</span>` that close nothing a browser knows of, up to the end of the body's container."""
    strays: list[tuple[int, int]] = []
    closers: list[tuple[int, int]] = []
    opened: list[str] = []
    for place, tag, is_close in _tags(source, start):
        if len(opened) > DEEPEST:
            return []  # no page of the site; searching its open elements over and over would take for ever
        if not is_close:
            _open(opened, tag)
        elif tag != "span":
            if tag in CLOSED and tag not in opened:
                break  # the container's own end
            _close(opened, tag)
        elif not opened:
            closers.append(place)
        elif not _close_inline(opened):
            (strays if _has_block(opened) else closers).append(place)
    return sorted([*strays, *closers[: max(len(closers) - wrappers - 1, 0)]])


def _tags(source: bytes, start: int) -> Iterator[tuple[tuple[int, int], str, bool]]:
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
    """Tell whether a table cell stands between the open paragraph and here: its content closes no outer paragraph."""
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
