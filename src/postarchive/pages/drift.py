"""The structure of a page without its text: to tell a redesign from an edit.

The skeleton is a hash over the distinct ways from the content region down to its fields. What is inside a story or a
description does not count, nor how many rows a list has, nor styles.
"""

import hashlib
from collections.abc import Sequence
from itertools import takewhile

from postarchive.pages.dom import Tree
from postarchive.pages.flow import Span

HEX_DIGITS = 16
LONGEST_WAY = 1000  # characters, counted from its end; real ones have some hundred


def skeleton(tree: Tree, region: Span, fields: Sequence[Span]) -> str:
    """Return the hash of the region's structure; what is inside the `fields` is content and left out."""
    ways: dict[int, str] = {region.number: region.name}
    content = {field.number: field.last for field in fields if not field.holds(region)}
    content_end = 0
    for span in tree.within(region):
        if span.name and span.number >= content_end:
            _add_way(span, ways)
        content_end = max(content_end, content.get(span.number, 0))
    return hashlib.sha256("\n".join(sorted(set(ways.values()))).encode()).hexdigest()[:HEX_DIGITS]


def _add_way(span: Span, ways: dict[int, str]) -> None:
    """Add the way to an element, such as `content3>div.con>ul>li>span#reportidname`, and those to what is around it."""
    pending = [span, *takewhile(lambda around: around.number not in ways, span.ancestors())]
    way = ways[pending[-1].parent.number]
    for step in reversed(pending):
        way = f"{way}>{step.tag}#{step.name}.{step.attributes.get('class', '')}"[-LONGEST_WAY:]
        ways[step.number] = way
