"""Marked text, and the paragraphs that a browser would show for it.

In marked text, control characters that HTML text cannot contain stand for blocks, breaks, rows and cells. The rules are
DESIGN.md's: blocks and rows end a paragraph, `<br>` is a newline inside one and two of them end it, the cells of a row
that have text are joined by ` | `, white space of all kinds becomes one blank, empty paragraphs vanish.
"""

import re
from dataclasses import dataclass, field
from html import unescape
from itertools import chain

BREAK, PARAGRAPH, ROW_START, ROW_END, CELL = "\x0b", "\x1c", "\x1d", "\x1e", "\x1f"
ROW_MARKS = re.compile(f"([{ROW_START}{ROW_END}{CELL}])")
DEEPEST_LAYOUT = 8  # levels of nested tables that lay out a page
# Noncharacters stand for a field that was cut out of a line: no page can contain them.
TITLE, BODY, FIELD = "\ufdd0", "\ufdd1", "\ufdd2"
FIELDS = str.maketrans("", "", TITLE + BODY + FIELD)
HAS_FIELD = re.compile(f"[{TITLE}{BODY}{FIELD}]")
# Zero-width blanks, joiners, direction marks, a byte order mark inside a text, the soft hyphen: all invisible.
INVISIBLE = tuple(
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
ZEROS = re.compile(r"&#0{10,}")
ENDLESS_REFERENCE = re.compile(r"&#\d{100,};?")
UNSEEN = str.maketrans("", "", "".join(INVISIBLE))


def unescaped(text: str) -> str:
    """Return the text with its character references resolved; one with endless digits is not a character."""
    try:
        return unescape(text)
    except ValueError:  # Python reads no number of more than 4,300 digits
        return unescape(ENDLESS_REFERENCE.sub("\ufffd", ZEROS.sub("&#0", text)))


def clean(text: str) -> str:
    """Return the text without invisible characters, each run of white space as one blank.

    Marks, U+00A0 and U+3000 are white space to Python. Of white space only the blank is printable, and nothing that is
    invisible is, so most texts need no change: splitting would take three times as long.
    """
    text = text.strip()
    if text.isprintable() and "  " not in text:
        return text
    return " ".join((text if text.isascii() else _seen(text)).split())


def _seen(text: str) -> str:
    return text.translate(UNSEEN) if any(map(text.__contains__, INVISIBLE)) else text


def paragraphs(marked: str) -> list[str]:
    """Return the paragraphs of marked text."""
    if CELL in marked or ROW_START in marked:
        marked = _with_rows_as_paragraphs(marked)
    if BREAK not in marked:
        return [text for block in filter(str.strip, marked.split(PARAGRAPH)) if (text := clean(block))]
    return [text for block in marked.split(PARAGRAPH) for text in _broken(block)]


def _broken(block: str) -> list[str]:
    """Return the paragraphs of a block with breaks: single ones are newlines, two in a row end a paragraph."""
    found: list[list[str]] = [[]]
    for line in block.split(BREAK):
        if text := clean(line):
            found[-1].append(text)
        elif found[-1]:
            found.append([])
    return ["\n".join(lines) for lines in found if lines]


def rows(marked: str) -> tuple[list[list[str]], str]:
    """Return the table rows of marked text as lists of the cells that have text, and the marked text around the tables.

    A nested table's text belongs to its cell.
    """
    table: list[list[str]] = []
    around: list[str] = []
    for part in _split_rows(marked):
        if isinstance(part, str):
            around.append(part)
        else:
            table.append(part)
            around.append(PARAGRAPH)
    return table, "".join(around)


def unwrapped(marked: str, deepest: int = DEEPEST_LAYOUT) -> str:
    """Return marked text without the tables around all of it, up to `deepest` of them.

    A table whose only text is in one cell lays out a page.
    """
    for _ in range(deepest):
        if ROW_START not in marked or (cell := _only_cell(marked)) is None:
            break
        marked = cell
    return marked


def _only_cell(marked: str) -> str | None:
    """Return the marked text of the cell that holds all text; None when there is text elsewhere."""
    depth, place, only = 0, 0, ""
    for found in chain(ROW_MARKS.finditer(marked), (None,)):
        mark, end = (found[0], found.start()) if found else ("", len(marked))
        if depth > 1 and found:
            depth += (mark == ROW_START) - (mark == ROW_END)
        elif depth == 1 and mark == ROW_START:
            depth = 2
        else:
            text = marked[place:end]
            if text.strip():
                if depth == 0 or only:
                    return None
                only = text
            depth = int(mark == ROW_START or (depth == 1 and mark == CELL))
            place = found.end() if found else end
    return only or None


def without_layout(marked: str) -> str:
    """Return marked text in which rows that only lay out other rows, or lines of text, become paragraphs.

    These are the rows that hold a table, or a cell of several lines.
    """
    parts = ROW_MARKS.split(marked)
    opened: list[_OpenRow] = []
    for place, part in enumerate(parts):
        if part == ROW_START:
            for outer in opened[-1:]:
                outer.is_layout = True
            opened.append(_OpenRow())
        if opened:
            opened[-1].take(part, place)
        if opened and part == ROW_END:
            row = opened.pop()
            for mark in row.marks if row.is_layout else ():
                parts[mark] = PARAGRAPH
    return "".join(parts)


@dataclass(slots=True)
class _OpenRow:
    """A row that has not ended: the places of its marks, and whether it is only layout."""

    marks: list[int] = field(default_factory=list)
    is_layout: bool = False

    def take(self, part: str, place: int) -> None:
        """Take a mark, or the text between two of them."""
        if part in {ROW_START, ROW_END, CELL}:
            self.marks.append(place)
        elif _has_lines(part):
            self.is_layout = True


def _has_lines(part: str) -> bool:
    """Tell whether marked text holds more than one line."""
    return sum(1 for line in part.replace(BREAK, PARAGRAPH).split(PARAGRAPH) if line.strip()) > 1


def _with_rows_as_paragraphs(marked: str) -> str:
    parts = _split_rows(marked)
    return "".join(part if isinstance(part, str) else f"{PARAGRAPH}{' | '.join(part)}{PARAGRAPH}" for part in parts)


def _split_rows(marked: str) -> list[str | list[str]]:
    """Return marked text split into texts and rows (lists of cells); a row around a whole field is only layout."""
    before, *begun = marked.split(ROW_START)
    parts: list[str | list[str]] = [_outside(before)]
    cells: list[list[str]] = []
    depth = 0
    for row in begun:
        inside, *after = row.split(ROW_END)
        if depth == 0 and len(after) == 1:  # no table in it
            parts += _row(inside.split(CELL)), after[0].replace(CELL, PARAGRAPH)
            continue
        cells = [] if depth == 0 else cells
        depth += 1
        _fill(cells, inside, is_nested=depth > 1)
        for text in after:
            if depth == 1:
                parts.append(_row(list(map("".join, cells))))
            depth = max(depth - 1, 0)
            if depth:
                _fill(cells, text, is_nested=depth > 1)
            else:
                parts.append(_outside(text))
    return [*parts, _row(list(map("".join, cells)))] if depth else parts


def _outside(text: str) -> str:
    return text.replace(CELL, PARAGRAPH).replace(ROW_END, PARAGRAPH)


def _fill(cells: list[list[str]], text: str, *, is_nested: bool) -> None:
    """Add text to the last cell of a row; text after a cell's mark begins the next cell."""
    continued, *following = [text.replace(CELL, " ")] if is_nested else text.split(CELL)
    if cells:
        cells[-1].append(continued)
    else:
        cells.append([continued])
    cells += ([cell] for cell in following)


def _row(cells: list[str]) -> str | list[str]:
    whole = "".join(cells)
    if not whole.isascii() and HAS_FIELD.search(whole):
        return PARAGRAPH + PARAGRAPH.join(cells) + PARAGRAPH
    return [text for cell in filter(str.strip, cells) if (text := clean(cell))]
