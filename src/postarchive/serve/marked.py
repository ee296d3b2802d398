"""Text in pieces, found or not, and the sentence that an edit changed: what templates put marks around."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from postarchive.record.differences import Difference, DiffPiece
from postarchive.search import marks

AROUND, INSIDE = 70, 140  # characters of a changed sentence: on both sides of the change, and of each of its pieces
ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A stretch of text, found or not."""

    text: str
    is_found: bool


def found_in(text: str, query: str) -> list[MarkedText]:
    """Return the text in stretches, those that a search found apart."""
    stretches, place = [], 0
    for start, end in marks(text, query) if query.strip() else ():
        stretches += [MarkedText(text[place:start], is_found=False), MarkedText(text[start:end], is_found=True)]
        place = end
    return [stretch for stretch in (*stretches, MarkedText(text[place:], is_found=False)) if stretch.text]


def changed_sentence(fields: Sequence[Difference]) -> tuple[DiffPiece, ...]:
    """Return the first line that changed, cut around the change; () when nothing did."""
    line = next((line for field in fields for line in field.lines), ())
    changed = [place for place, piece in enumerate(line) if piece.sign != "same"]
    if not changed:
        return ()
    last = next((place for place in changed if place + 1 not in changed), changed[-1])
    before = line[changed[0] - 1 : changed[0]] if changed[0] else ()
    after = line[last + 1 : last + 2]
    return (
        *(replace(piece, text=_end_of(piece.text)) for piece in before),
        *(replace(piece, text=_cut(piece.text, INSIDE)) for piece in line[changed[0] : last + 1]),
        *(replace(piece, text=_cut(piece.text, AROUND)) for piece in after),
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most].rstrip()}{ELLIPSIS}"


def _end_of(text: str) -> str:
    return text if len(text) <= AROUND else f"{ELLIPSIS}{text[-AROUND:].lstrip()}"
