"""Text in pieces, found or not, and the sentence that an edit changed: what templates mark."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from postarchive.record.differences import Difference, DiffPiece
from postarchive.search import marks

BEFORE, LONGEST = 70, 200  # characters of a changed sentence: before the change, and in all
ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A stretch of text, found or not."""

    text: str
    is_found: bool


def found_in(text: str, query: str) -> list[MarkedText]:
    """Return the text in stretches, with those that a search found apart."""
    stretches, place = [], 0
    for start, end in marks(text, query) if query.strip() else ():
        stretches += [MarkedText(text[place:start], is_found=False), MarkedText(text[start:end], is_found=True)]
        place = end
    return [stretch for stretch in (*stretches, MarkedText(text[place:], is_found=False)) if stretch.text]


def changed_sentence(fields: Sequence[Difference]) -> tuple[DiffPiece, ...]:
    """Return the first line that changed, from a little before the change on; () when nothing did."""
    line = next((line for field in fields for line in field.lines), ())
    first = next((place for place, piece in enumerate(line) if piece.sign != "same"), None)
    if first is None:
        return ()
    before = [replace(piece, text=_end_of(piece.text)) for piece in line[first - 1 : first]] if first else []
    return (*before, *_beginning(line[first:]))


def _beginning(line: Sequence[DiffPiece]) -> list[DiffPiece]:
    """Return pieces up to a number of characters; what replaces a removed piece comes with it."""
    kept: list[DiffPiece] = []
    room = LONGEST
    for piece in line:
        if room <= 0 and piece.sign != "added":
            break
        text = _cut(piece.text, max(room, BEFORE))
        kept.append(replace(piece, text=text))
        room -= len(text)
    return kept


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most].rstrip()}{ELLIPSIS}"


def _end_of(text: str) -> str:
    return text if len(text) <= BEFORE else f"{ELLIPSIS}{text[-BEFORE:].lstrip()}"
