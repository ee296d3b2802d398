"""Marked text, and the paragraphs that a browser would show of it.

While a page is walked, control characters that no HTML text can hold stand for its blocks, breaks, rows and cells.
The rules are DESIGN.md's: blocks and rows end a paragraph, `<br>` is a newline inside one and two of them end it, the
cells of a row that have text are joined by ` | `, white space of all kinds becomes one blank, empty paragraphs vanish.
"""

import re

BREAK, PARAGRAPH, ROW_START, ROW_END, CELL = "\x0b", "\x1c", "\x1d", "\x1e", "\x1f"
# Noncharacters stand for a field where it was cut out of a line: no page can hold them.
TITLE, BODY, FIELD = "\ufdd0", "\ufdd1", "\ufdd2"
FIELDS = str.maketrans("", "", TITLE + BODY + FIELD)
HAS_FIELD = re.compile(f"[{TITLE}{BODY}{FIELD}]")
# Zero-width blanks, joiners, direction marks, the byte order mark inside a text, the soft hyphen: no reader sees them.
INVISIBLE = tuple("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")
UNSEEN = str.maketrans("", "", "".join(INVISIBLE))
ROW_MARKS = re.compile(f"([{ROW_START}{ROW_END}{CELL}])")


def clean(text: str) -> str:
    """Return the text with runs of white space as one blank, without invisible characters."""
    return " ".join(_seen(text).split())  # the marks and U+00A0, U+3000 are white space to Python


def _seen(text: str) -> str:
    if not text.isascii() and any(map(text.__contains__, INVISIBLE)):
        return text.translate(UNSEEN)
    return text


def paragraphs(marked: str) -> list[str]:
    """Return the paragraphs of marked text."""
    if CELL in marked or ROW_START in marked:
        marked = _with_rows_as_paragraphs(marked)
    marked = _seen(marked)
    if BREAK not in marked:
        return [text for block in marked.split(PARAGRAPH) if (text := " ".join(block.split()))]
    return [text for block in marked.split(PARAGRAPH) for text in _broken(block)]


def _broken(block: str) -> list[str]:
    """Return the paragraphs of a block with breaks: single ones are newlines, two in a row end a paragraph."""
    found: list[list[str]] = [[]]
    for line in block.split(BREAK):
        if text := " ".join(line.split()):
            found[-1].append(text)
        elif found[-1]:
            found.append([])
    return ["\n".join(lines) for lines in found if lines]


def rows(marked: str) -> tuple[list[list[str]], str]:
    """Return the table rows of marked text as lists of cells, and the marked text around the tables.

    Cells are cleaned, empty ones are kept; a nested table's text belongs to its cell.
    """
    found: list[list[str]] = []
    around: list[str] = []
    for part in _split_rows(marked):
        if isinstance(part, str):
            around.append(part)
        else:
            found.append([clean(cell) for cell in part])
            around.append(PARAGRAPH)
    return found, "".join(around)


def _with_rows_as_paragraphs(marked: str) -> str:
    parts = [
        part if isinstance(part, str) else PARAGRAPH + " | ".join(filter(None, map(clean, part))) + PARAGRAPH
        for part in _split_rows(marked)
    ]
    return "".join(parts)


def _split_rows(marked: str) -> list[str | list[str]]:
    """Return marked text split into texts and rows (lists of cells); a row that holds a whole field is layout, no row."""
    parts: list[str | list[str]] = []
    cells: list[str] = []
    depth = 0
    for token in ROW_MARKS.split(marked):
        if token == ROW_START:
            depth += 1
            cells = [""] if depth == 1 else cells
        elif token == ROW_END and depth:
            depth -= 1
            if depth == 0:
                parts += _row(cells)
        elif token == CELL and depth <= 1:
            cells, parts = _next_cell(cells, parts, depth)
        elif depth:
            cells[-1] += " " if token in (CELL, ROW_END) else token
        else:
            parts.append(PARAGRAPH if token == ROW_END else token)
    return [*parts, *(_row(cells) if depth else [])]


def _next_cell(cells: list[str], parts: list[str | list[str]], depth: int) -> tuple[list[str], list[str | list[str]]]:
    return ([*cells, ""], parts) if depth else (cells, [*parts, PARAGRAPH])


def _row(cells: list[str]) -> list[str | list[str]]:
    if any(HAS_FIELD.search(cell) for cell in cells):
        return [PARAGRAPH + PARAGRAPH.join(cells) + PARAGRAPH]
    return [cells]
