"""Read what others captured, as captures of our own form: WARC files, WACZ files, folders of saved pages.

sources  which files there are, and of which form
pieces   a file's bytes in pieces that hold records; after damage the next whole piece is found
records  a piece's WARC records, whole and with their digest checked, or what is damaged and where
answers  a record's HTTP answer: unchunked, in scope, not cut off
saved    a saved page's URL and time from its path and date
spool    all answers of a set of files in order of time, revisits with the body that they refer to

The records are framed here and not by a library: none of them says where a damaged record is and goes on after it.
"""

from postarchive.foreign.read import read_foreign
from postarchive.foreign.records import Damage
from postarchive.foreign.sources import Source, find_sources

__all__ = ["Damage", "Source", "find_sources", "read_foreign"]
