"""The frame around a page's content: it repeats from page to page, so it is read once.

A page whose content block stands where the CMS writes it (SITE.md §3.1) is cut in two there: lxml gets the block alone,
and what its frame comes to is known by the frame's bytes, which hold neither head nor content nor the comment that is
new at each regeneration. Put together they are the flow of the whole page, to the last piece and number. For the parser
goes from left to right and remembers nothing but the elements that are open, so it reads each half as it does in the
whole page where both show that it comes out of the block as it went in. Any other page is parsed whole.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple

from postarchive.pages.flow import CHUNK_BYTES, EDGE, OPENED_ELEMENTS, Block, Flow, Span, read_block, read_flow
from postarchive.pages.text import PARAGRAPH

BLOCK: Final = b'<div id="Content3">'
BLOCK_END: Final = b"</div>"
NEXT_BLOCK: Final = b'<div id="Content2">'
LINE_ENDS: Final = (b"\r\n", b"\n")
# Stands for a block: one element without a mark. A tag that is torn before the block swallows its name.
PLACEHOLDER: Final = b"<%b></%b>" % (EDGE.encode(), EDGE.encode())
BLOCK_CUT_OUT: Final = (PARAGRAPH, PARAGRAPH, PARAGRAPH)  # its own marks, and what is put in place of it
AROUND: Final = ["div", "div", "body", "html"]  # what is open around a block, as in `flow.OPENED`; innermost first
# What the parser remembers beyond the elements that are open: a second body, another charset, a doctype.
REMEMBERED: Final = re.compile(rb"<(?:meta|!d)")
REMEMBERED_IN_BLOCK: Final = re.compile(rb"<(?:h(?:tml|ead)|body|meta|!d|%b|/(?:html|head|body))" % EDGE.encode())
# <!--CMS-01,1682326923387-->, the name of the machine and the time of regeneration
REGENERATED: Final = re.compile(rb"<!--([a-z0-9_]+(?:[-.][a-z0-9_]+)*,\d+)-->", re.IGNORECASE)
FRAMES: Final = 64  # a site has a handful at a time
LONGEST_FRAME: Final = 8192  # bytes; one of the site's has some 1,500
MOST_ELEMENTS: Final = 400  # of a frame that is kept; one of the site's has some 40


class Frame(NamedTuple):
    """What a frame came to, numbered as if nothing stood between what is `before` the block and what is `after` it.

    `opened` are the numbers of the elements around the block, innermost first; those `to_opened` are as many less than
    those before, for the block is read in elements of its own. `is_stamped` tells that the last element of all is the
    comment of the regeneration.
    """

    pieces_before: Sequence[str]
    pieces_after: Sequence[str]
    before: Sequence[Span]
    after: Sequence[Span]
    pieces_to_opened: Sequence[str]
    spans_to_opened: Sequence[Span]
    opened: Sequence[int]
    names_before: Sequence[str]
    names_after: Sequence[str]
    names: frozenset[str]
    text: str  # marked, with the marks of the block around a paragraph's end in its place
    is_stamped: bool


class Framed(NamedTuple):
    """A page in two parts: the flow of the page, in which the spans of the frame are still to be put in.

    `block_bytes` are where the block begins and ends in the page, `opened` the page's own elements around it, by their
    number; `stamp` is the text of its last comment.
    """

    frame: Frame
    block: Span
    block_bytes: tuple[int, int]
    flow: Flow
    opened: dict[int, Span]
    stamp: str | None

    def names(self, inside: Iterable[str]) -> dict[str, None]:
        """Return the ids of the page in page order, with those `inside` the block."""
        return dict.fromkeys((*self.frame.names_before, *inside, *self.frame.names_after))

    def elements(self) -> Iterable[Span]:
        """Yield the elements of the page in page order; the places of those of the frame are not the page's."""
        first = len(self.frame.before)
        return chain(self.frame.before, self.flow[1][first:], self.frame.after)

    def joined(self) -> Flow:
        """Return the flow of the page, with the spans of its frame."""
        frame, (pieces, spans, named, whole) = self.frame, self.flow
        first, made = len(frame.before), [whole]
        numbers, places = len(spans) - first, len(pieces) - len(frame.pieces_before) - len(frame.pieces_after)
        for old in frame.before:
            made.append(self.opened.get(old.number) or _copy(old, made))
        for old in frame.after:
            made.append(_move(_copy(old, made), numbers, places))
        if self.stamp is not None:
            made[-1].attributes = {"text": self.stamp}
        before, after = made[1 : first + 1], made[first + 1 :]
        joined = [*before, *spans[first:], *after]
        return pieces, joined, [*filter(_name, before), *named, *filter(_name, after)], whole


class _Kept:
    """What is kept of a frame: nothing when it is met first, for one that never comes again is not worth a reading."""

    __slots__ = ("frame", "times")
    frame: Frame | None

    def __init__(self) -> None:
        self.frame, self.times = None, 0


def read_in_two(body: bytes, lower: bytes, start: int, *, may_hide: bool) -> Framed | None:
    """Return what follows the head of a page in two parts; None when it has to be parsed whole.

    `lower` is the page in lower case, and `start` where its body begins there.
    """
    begin, end = _block_place(body)
    if not start or not end:
        return None
    after, stamp = _without_stamp(body[end:])
    frame = _known(body[:begin], after, may_hide=may_hide)
    if frame is None or frame.is_stamped is (stamp is None):
        return None
    if REMEMBERED_IN_BLOCK.search(lower, start + begin, start + end):
        return None
    block = read_block(body[begin:end], frame.pieces_to_opened, frame.spans_to_opened, may_hide=may_hide)
    return None if block is None else _framed(frame, block, (start + begin, start + end), stamp)


def _block_place(body: bytes) -> tuple[int, int]:
    """Return where the content block begins and ends; it ends at 0 where it does not stand as the CMS writes it.

    So it does where frame or page are longer than is looked at: the parser gets larger pages in several pieces.
    """
    begin, following = body.find(BLOCK), body.rfind(NEXT_BLOCK)
    if not 0 <= begin < following or len(body) > CHUNK_BYTES:
        return 0, 0
    end = body.rfind(b">", begin, following) + 1
    is_written = body[end:following] in LINE_ENDS and body.endswith(BLOCK_END, begin, end)
    return (begin, end) if is_written and len(body) - (end - begin) <= LONGEST_FRAME else (0, 0)


def _without_stamp(after: bytes) -> tuple[bytes, str | None]:
    """Return what is after the block with EDGE for the text of the comment of the regeneration, and that text."""
    found = REGENERATED.match(after, max(after.rfind(b"<!--"), 0))
    if found is None:
        return after, None
    return after[: found.start(1)] + EDGE.encode() + after[found.end(1) :], found[1].decode()


def _known(before: bytes, after: bytes, *, may_hide: bool) -> Frame | None:
    """Return what a frame comes to, by its bytes; None when it is met first, or no block can be read apart from it."""
    kept = _kept(before, after, may_hide)
    kept.times += 1
    if kept.times == 2:  # noqa: PLR2004 - it comes again
        kept.frame = read_frame(before, after, may_hide=may_hide)
    return kept.frame


def forget_frames() -> None:
    """Keep nothing of the frames that were met."""
    _kept.cache_clear()


@lru_cache(maxsize=FRAMES)
def _kept(_before: bytes, _after: bytes, _may_hide: bool) -> _Kept:  # noqa: FBT001 - a cache knows no names
    return _Kept()


def read_frame(before: bytes, after: bytes, *, may_hide: bool) -> Frame | None:
    """Return what a frame comes to; None when the block would not stand in `body > div > div`, open to nothing else."""
    (pieces, spans, _, _), _ = read_flow(before + PLACEHOLDER + after, may_hide=may_hide)
    edge = next((span for span in spans if span.tag == EDGE), None)
    if edge is None or [around.tag for around in edge.ancestors()] != AROUND or len(spans) > MOST_ELEMENTS:
        return None
    stamps = [span for span in spans[-1:] if span.attributes.get("text") == EDGE]
    source = (before + after).lower()
    if REMEMBERED.search(source) or source.count(EDGE.encode()) != len(stamps):
        return None
    before_it, after_it = spans[: edge.number], spans[edge.last :]
    opened = list(edge.ancestors())
    for span in after_it:
        _move(span, -1, 0)
    for span in opened:
        _stretch(span, -1, 0)
    return Frame(
        pieces_before=pieces[: edge.start],
        pieces_after=pieces[edge.end :],
        before=before_it,
        after=after_it,
        pieces_to_opened=pieces[: edge.start - OPENED_ELEMENTS],
        spans_to_opened=before_it[:-OPENED_ELEMENTS],
        opened=[span.number for span in opened],
        names_before=_names(before_it),
        names_after=_names(after_it),
        names=frozenset(_names((*before_it, *after_it))),
        text="".join([*pieces[: edge.start], *BLOCK_CUT_OUT, *pieces[edge.end :]]),
        is_stamped=bool(stamps),
    )


def _framed(frame: Frame, block: Block, place: tuple[int, int], stamp: str | None) -> Framed:
    """Put a block into its frame: make the elements around it those of the frame, and the pieces those of the page."""
    inner_pieces, inner, named, around = block
    numbers, places = len(inner), len(inner_pieces)
    opened = {}
    for number in frame.opened:
        old = frame.before[number]
        around.attributes, around.name = old.attributes, old.name
        around.number, around.start, around.last, around.end = number, old.start, old.last + numbers, old.end + places
        opened[number] = around
        around = around.parent
    pieces = [*frame.pieces_before, *inner_pieces, *frame.pieces_after]
    around.last, around.end = numbers + len(frame.before) + len(frame.after), len(pieces)
    return Framed(frame, inner[0], place, (pieces, [*frame.before, *inner], named, around), opened, stamp)


def _copy(old: Span, made: Sequence[Span]) -> Span:
    """Return a copy of a frame's element, under its parent among those that are made; the first of them is the page."""
    new = Span()
    new.tag, new.attributes, new.name, new.parent = old.tag, old.attributes, old.name, made[old.parent.number + 1]
    new.number, new.start, new.last, new.end = old.number, old.start, old.last, old.end
    return new


def _move(span: Span, numbers: int, places: int) -> Span:
    span.number += numbers
    span.start += places
    return _stretch(span, numbers, places)


def _stretch(span: Span, numbers: int, places: int) -> Span:
    span.last += numbers
    span.end += places
    return span


def _name(span: Span) -> str:
    return span.name


def _names(spans: Iterable[Span]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(span.name for span in spans if span.name))
