"""Text with what a search found marked, and the sentence that an edit changed."""

from collections.abc import Sequence
from dataclasses import replace

from markupsafe import Markup, escape

from postarchive.record.differences import Difference, DiffPiece
from postarchive.search import marks
from postarchive.serve.shown import plain

BEFORE, LONGEST = 70, 200  # characters of a changed sentence: before the change, and in all
ELLIPSIS = "…"
BEGIN, END = "\x02", "\x03"  # in place of tags until all is escaped at once; `plain` removes those of a text


def marked(text: str, query: str) -> Markup:
    """Return the text as HTML, with what a search found in `<mark>`: a template takes three times as long for it."""
    shown = plain(text)
    stretches, place = [], 0
    for start, end in marks(shown, query) if query.strip() else ():
        stretches += [shown[place:start], BEGIN, shown[start:end], END]
        place = end
    html = str(escape("".join((*stretches, shown[place:]))))
    return Markup(html.replace(BEGIN, "<mark>").replace(END, "</mark>"))  # noqa: S704 - it is escaped


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
