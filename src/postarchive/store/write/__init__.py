"""The rows that the fold derives from the evidence, one module per subject.

    runs       runs, the WARC files that have rows, problems
    captures   every response and its place in the evidence
    addresses  the URLs that were answered
    pages      identity, summary and links
    versions   versions and the history of changes
    numbers    telephone and registration numbers of the page frame
    index      the full-text index

All rows of one page go in one transaction, which the caller opens. They share one connection, in `statements`.
"""

from postarchive.store.write.rows import ArrivalRow, NumberRow, PageRow, VersionRow
from postarchive.store.write.writer import Writer

__all__ = ["ArrivalRow", "NumberRow", "PageRow", "VersionRow", "Writer"]
