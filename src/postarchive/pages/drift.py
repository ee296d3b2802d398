"""The structure of a page without its text: to tell a redesign from an edit.

The skeleton is a hash over the distinct ways from the content region down to its fields. What is inside a story or a
description does not count, nor how many rows a list has, nor styles.
"""

import hashlib
from collections.abc import Sequence

from postarchive.pages.dom import Element, Span, Tree

HEX_DIGITS = 16


def skeleton(tree: Tree, region: Span, fields: Sequence[Span]) -> str:
    """Return the hash of the region's structure; what is inside the `fields` is content and left out."""
    inside = [field for field in fields if not field.holds(region)]
    ways: dict[Element, str] = {region.element: region.name}
    for span in tree.flow.within(region):
        if span.name and not any(field.holds(span) and field is not span for field in inside):
            _way(span.element, ways)
    return hashlib.sha256("\n".join(sorted(set(ways.values()))).encode()).hexdigest()[:HEX_DIGITS]


def _way(element: Element, ways: dict[Element, str]) -> str:
    """Return the way to an element, such as `content3>div.con>ul>li>span#reportidname`."""
    pending: list[Element] = []
    while element not in ways:
        pending.append(element)
        parent = element.getparent()
        if parent is None:
            break
        element = parent
    way = ways.get(element, "")
    for step in reversed(pending):
        way = ways[step] = f"{way}>{step.tag}#{(step.get('id') or '').lower()}.{step.get('class') or ''}"
    return way
