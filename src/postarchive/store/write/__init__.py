"""The rows that the fold over the evidence makes, one module a subject.

    runs       runs, the WARC files that have rows, problems
    captures   every response and its place in the evidence
    addresses  the URLs that were answered
    pages      identity, summary and links
    versions   versions and the history of changes
    numbers    telephone and registration numbers of the page frame
    index      the full-text index

All rows of one page go in one transaction, opened by the caller. `statements` is the one connection below them.
"""

from postarchive.store.write.rows import ArrivalRow, NumberRow, PageRow, VersionRow
from postarchive.store.write.writer import Writer

__all__ = ["ArrivalRow", "NumberRow", "PageRow", "VersionRow", "Writer"]
