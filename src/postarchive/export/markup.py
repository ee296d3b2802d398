"""Make a page's text harmless where it is shown: in a terminal, in Markdown, in HTML."""

import html
import re
from collections.abc import Iterable

from postarchive.export.plain import printable

_SIGNS = re.compile(r"([\\`*_\[\]<>&~|])")
_LINE_START = re.compile(r"^([#+=-]|\d+(?=[.)]))", re.MULTILINE)
_WEB_URL = re.compile(r"https?://[^\s<>|\\]+", re.IGNORECASE)


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
