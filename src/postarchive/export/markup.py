"""Make a page's text harmless where it is shown: in a terminal, in Markdown, in HTML."""

import html
import re
import unicodedata
from collections.abc import Iterable

# All of Unicode's category Cc but the newline, and the overrides of direction.
_UNSHOWN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SIGNS = re.compile(r"([\\`*_\[\]<>&~|])")
_LINE_START = re.compile(r"^([#+=-]|\d+(?=[.)]))", re.MULTILINE)
_WEB_URL = re.compile(r"https?://[^\s<>|\\]+", re.IGNORECASE)


def printable(text: str) -> str:
    """Return the text without control characters and overrides of direction, which a terminal would obey."""
    return _UNSHOWN.sub("", text)


def width_of(text: str) -> int:
    """Return how many columns of a terminal a text takes: none for an accent, two for a Chinese character."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.combining(char) > 0 for char in text)


def is_web_url(text: str) -> bool:
    """Tell whether a text may become a link: whole, of the web, and no script."""
    return _WEB_URL.fullmatch(text) is not None


def markdown_text(text: str) -> str:
    """Return text that Markdown shows as it is: `1. heading` stays no list, a line break stays one."""
    return _LINE_START.sub(_escaped_start, _escape(text)).replace("\n", "\\\n")


def markdown_line(text: str) -> str:
    """Return text for a heading, a link or a cell: as `markdown_text`, in one line."""
    return " ".join(_escape(text).split())


def pipe_row(cells: Iterable[str]) -> str:
    """Return one row of a Markdown table; a URL stays as it is, for the reader's program to link."""
    return "| " + " | ".join(cell if is_web_url(cell) else markdown_line(cell) for cell in cells) + " |\n"


def pipe_rule(columns: int) -> str:
    """Return the line between a Markdown table's head and its rows."""
    return "|" + " --- |" * columns + "\n"


def html_text(text: str) -> str:
    """Return text as HTML, a line break as `<br>`."""
    return html.escape(printable(text)).replace("\n", "<br>")


def _escape(text: str) -> str:
    return _SIGNS.sub(r"\\\1", printable(text))


def _escaped_start(found: re.Match[str]) -> str:
    return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"
