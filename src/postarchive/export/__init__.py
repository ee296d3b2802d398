"""Write records for others to read: rows in a table's formats, one record in full, files in one step."""

from postarchive.export.files import atomic_text, atomic_write
from postarchive.export.markup import printable
from postarchive.export.rows import FORMATS, Format, Row, write_lines, write_rows
from postarchive.export.show import article_html, article_markdown, article_text

__all__ = [
    "FORMATS",
    "Format",
    "Row",
    "article_html",
    "article_markdown",
    "article_text",
    "atomic_text",
    "atomic_write",
    "printable",
    "write_lines",
    "write_rows",
]
