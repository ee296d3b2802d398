"""Show one record in full as plain text, Markdown or HTML, each by one function over the blocks of `document`."""

import html
import re
from functools import lru_cache

from postarchive.export.document import HEADLINE, Block, Heading, LabelledRows, Link, Links, Paragraph, blocks, title
from postarchive.export.markup import (
    html_text,
    is_web_url,
    markdown_label,
    markdown_line,
    markdown_text,
    pipe_row,
    pipe_rule,
)
from postarchive.export.plain import printable, width_of
from postarchive.record.values import Page

# A line may break at blanks and beside a wide character, but not before 。 or after （.
_WIDE = (
    r"\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60\U00020000-\U0003fffd"
)
_OPENING = "（《〈「『【〔“‘"
_CLOSING = "，。、；：！？）》〉」』】〕”’…"
_PIECE = re.compile(rf"\s+|[{_OPENING}]*(?:[{_WIDE}]|[^\s{_WIDE}{_OPENING}]+)[{_CLOSING}]*|\S")
_columns = lru_cache(4096)(width_of)  # most pieces of a text occur in it several times
_NARROWEST = 10  # columns kept for text beside its label, however narrow the terminal

_PAGE = """\
<!doctype html>
<html>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>body {{ max-width: 42em; margin: 2em auto; font-family: serif }} th {{ text-align: left }}</style>
</head>
<body>
{body}
</body>
</html>
"""


def article_markdown(record: Page, *, has_headline: bool = True) -> str:
    """Return one record as a Markdown document, with or without its plain fields; none of its text acts as markup."""
    return "\n\n".join(_markdown(block) for block in blocks(record, headline=HEADLINE if has_headline else ())) + "\n"


def article_text(record: Page, *, width: int = 80) -> str:
    """Return one record as plain text, wrapped at `width` columns; a Chinese character takes two, URLs stay whole."""
    return "\n\n".join(_plain(block, width) for block in blocks(record)) + "\n"


def article_html(record: Page) -> str:
    """Return one record as a complete HTML document that loads nothing: pictures are links."""
    body = "\n".join(block_html(block) for block in blocks(record))
    return _PAGE.format(title=html_text(title(record)), body=body)


def block_html(block: Block) -> str:
    """Return one block as HTML that loads nothing and runs nothing."""
    match block:
        case Heading(text, level):
            return f"<h{level}>{html_text(text)}</h{level}>"
        case Paragraph(text):
            return f"<p>{html_text(text)}</p>"
        case LabelledRows(rows):
            cells = (f"<th>{html_text(label)}</th><td>{_html_link(Link(value, ''))}</td>" for label, value in rows)
            return "\n".join(["<table>", *(f"<tr>{row}</tr>" for row in cells), "</table>"])
        case Links(items):
            return "\n".join(["<ul>", *(f"<li>{_html_link(item)}</li>" for item in items), "</ul>"])


def _markdown(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"{'#' * level} {markdown_line(text)}"
        case Paragraph(text):
            return markdown_text(text)
        case LabelledRows(rows):
            return (pipe_row(("", "")) + pipe_rule(2) + "".join(map(pipe_row, rows))).rstrip("\n")
        case Links(items):
            return "\n".join(f"- {_markdown_link(item)}" for item in items)


def _markdown_link(link: Link) -> str:
    note = markdown_line(link.note)
    if not is_web_url(link.url):
        return " ".join(filter(None, (markdown_line(link.text), markdown_line(link.url), note)))
    return f"[{markdown_label(link.text or link.url)}](<{link.url}>) {note}".rstrip()


def _plain(block: Block, width: int) -> str:
    match block:
        case Heading(text, level):
            lines = _wrap(text, width)
            return "\n".join([*lines, ("=" if level == 1 else "-") * max(map(width_of, lines))])
        case Paragraph(text):
            return "\n".join(_wrap(text, width))
        case LabelledRows(rows):
            indent = max(width_of(label) for label, _ in rows) + 2
            return "\n".join(_plain_fact(label, value, indent=indent, width=width) for label, value in rows)
        case Links(items):
            return "\n".join(_plain_link(item, width) for item in items)


def _plain_fact(label: str, value: str, *, indent: int, width: int) -> str:
    head = label + " " * (indent - width_of(label))
    return (head + ("\n" + " " * indent).join(_wrap(value, width - indent))).rstrip()


def _plain_link(link: Link, width: int) -> str:
    text = f"{link.text} ({link.note})" if link.note else link.text
    lines = [*(_wrap(text, width - 2) if text else ()), printable(link.url)]
    return "- " + "\n  ".join(lines)


def _wrap(text: str, width: int) -> list[str]:
    return [line for part in printable(text).split("\n") for line in _wrap_line(part, max(width, _NARROWEST))]


def _wrap_line(text: str, width: int) -> list[str]:
    lines: list[str] = []
    begun: list[str] = []  # the pieces of the line being filled
    columns = 0
    for piece in _PIECE.findall(text):
        if columns and columns + _columns(piece.rstrip()) > width:
            lines.append("".join(begun).rstrip())
            begun, columns = [], 0
        kept = piece if columns else piece.lstrip()
        begun.append(kept)
        columns += _columns(kept)
    return [*lines, "".join(begun).rstrip()]


def _html_link(link: Link) -> str:
    note = html_text(link.note)
    if not is_web_url(link.url):
        return " ".join(filter(None, (html_text(link.text), html_text(link.url), note)))
    return f'<a href="{html.escape(link.url)}">{html_text(link.text or link.url)}</a> {note}'.rstrip()
