"""The structure of a page without its text: to tell a redesign from an edit.

The skeleton is a hash over the distinct paths from the content region down to its fields. It ignores what is inside a
story or a description, the number of rows of a list, pagers and styles; of a row it counts only the paths to title and
date, because the other fields come and go with their content.
"""

import hashlib
from collections.abc import Container, Iterable, Sequence
from itertools import takewhile

from postarchive.pages.cms.frame import PAGER_IDS
from postarchive.pages.html.flow import Span
from postarchive.pages.html.tree import Tree

HEX_DIGITS = 16
NEIGHBOURS = frozenset(("pagenum", "pn_link"))  # the very first and last pages lack what the others have
LONGEST_WAY = 1000  # characters, counted from its end; real ones have a few hundred


def skeleton(tree: Tree, region: Span, fields: Sequence[Span], inner: Iterable[Span] = ()) -> str:
    """Return the hash of the region's structure; what is inside `fields` is content and is left out, except `inner`.

    The classes around an inner field count only inside its field, because rows are `odd`, `even` and `last`.
    """
    ways: dict[int, str] = {region.number: region.name}
    content = {field.number: field.last for field in fields if not field.holds(region)}
    content_end = 0
    for span in tree.within(region):
        if span.name and span.number >= content_end and span.name not in PAGER_IDS:
            _add_way(span, ways)
        content_end = max(content_end, span.last if span.name in NEIGHBOURS else content.get(span.number, 0))
    for span in inner:
        if region.number < span.number < region.last:  # not the region itself, or a row of a box beside it
            _add_way(span, ways, plain=content)
    return hashlib.sha256("\n".join(sorted(set(ways.values()))).encode()).hexdigest()[:HEX_DIGITS]


def _add_way(span: Span, ways: dict[int, str], *, plain: Container[int] = ()) -> None:
    """Add the path to an element, such as `content3>div.con>ul>li>span#reportidname`, and to the elements around it.

    The class of an element whose number is in `plain` is left out.
    """
    pending = [span, *takewhile(lambda around: around.number not in ways, span.ancestors())]
    way = ways[pending[-1].parent.number]
    for step in reversed(pending):
        name = "" if step.number in plain else step.attributes.get("class", "")
        way = f"{way}>{step.tag}#{step.name}.{name}"[-LONGEST_WAY:]
        ways[step.number] = way
