"""Make a page's text harmless wherever it is shown: in a terminal, in Markdown, in HTML."""

import html
import re
from collections.abc import Iterable

from postarchive.export.plain import is_plain, printable

_SIGNS = re.compile(r"([\\`*_\[\]<>&~|{}])")  # braces mean something to templates and Pandoc
# Markdown viewers turn these into links; one in a title must not become a link.
_LINKING = re.compile(r"(?<=\w)(?=://)|(?<=www)(?=\.)|(?<=\w)(?=@\w)", re.IGNORECASE)
_LINE_START = re.compile(r"^([#+=-]|\d+(?=[.)]))", re.MULTILINE)
# A URL in a cell that every Markdown viewer can link, and that contains no markup.
_BARE = re.compile(r"[\w.:/?=%~+,;@-]+", re.ASCII)
_LINE_END = re.compile(r"#+\Z")  # after a heading these are not text
_WEB_URL = re.compile(r"https?://[^\s<>|\\]+", re.IGNORECASE)


def is_web_url(text: str) -> bool:
    """Tell whether a text may become a link: a whole web URL, not a script."""
    return _WEB_URL.fullmatch(text) is not None and is_plain(text)


def markdown_text(text: str) -> str:
    """Return text that Markdown shows as it is: `1. heading` makes no list, a line break stays one."""
    lines = "\n".join(line.lstrip() for line in _unlinked(text).split("\n"))  # four blanks would start a code block
    return _LINE_START.sub(_escaped_start, lines).replace("\n", "\\\n")


def markdown_line(text: str) -> str:
    """Return text for a heading or a cell: like `markdown_text`, on one line."""
    return _LINE_END.sub(r"\\\g<0>", " ".join(_unlinked(text).split()))


def markdown_label(text: str) -> str:
    """Return the text of a link, on one line, in which no viewer finds another link."""
    return " ".join(_escape(text).split())


def pipe_row(cells: Iterable[str]) -> str:
    """Return one row of a Markdown table; a URL stays as it is, for the viewer to link."""
    return "| " + " | ".join(map(_pipe_cell, cells)) + " |\n"


def pipe_rule(columns: int) -> str:
    """Return the line between a Markdown table's head and its rows."""
    return "|" + " --- |" * columns + "\n"


def html_text(text: str) -> str:
    """Return text as HTML, a line break as `<br>`."""
    return html.escape(printable(text)).replace("\n", "<br>")


def _pipe_cell(cell: str) -> str:
    if not is_web_url(cell):
        return markdown_line(cell)
    return cell if _BARE.fullmatch(cell) else f"<{cell}>"


def _unlinked(text: str) -> str:
    return _LINKING.sub(r"\\", _escape(text))


def _escape(text: str) -> str:
    return _SIGNS.sub(r"\\\1", printable(text))


def _escaped_start(found: re.Match[str]) -> str:
    return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"
