"""A record's text as one string, for other programs to search."""

from collections.abc import Iterator

from postarchive.record.fields import lines_of
from postarchive.record.values import Page, rows_of


def full_text(record: Page) -> str:
    """Return subtitle, text, byline, a stamp's facts and a list's titles, one per line; empty when there is nothing.

    The title is left out: those programs hold it separately.
    """
    return "\n".join(filter(None, _texts(record)))


def _texts(record: Page) -> Iterator[str]:
    for name in ("subtitle", "paragraphs", "facts"):
        yield from lines_of(record, name)
    yield from (row.title for row in rows_of(record))
    for name in ("source", "editor"):
        yield from lines_of(record, name)
