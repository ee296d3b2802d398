"""Read what others captured, as captures in our own form: WARC files, WACZ files, folders of saved pages.

sources    which files there are, and in which format
packages   the WARC files inside a WACZ
bounds     how much a file may inflate to and cost
members    the gzip members of a file; after damage it finds the next whole one
pieces     a file's bytes, in pieces that hold records
records    a piece's WARC records, whole and with digests checked, or what is damaged and where
responses  a record's HTTP response: in scope, not cut off
saved      a saved page as a response
copies     a single record from somebody else's file
listings   the result of a query on Common Crawl's columnar index as csv; parquetrows reads Parquet
spool      all responses of a set of files in order of time, revisits with the bodies they refer to

The records are parsed here and not by a library: no library says where a damaged record is and then continues.
"""

from postarchive.foreign.copies import read_copy
from postarchive.foreign.listings import ReadRows, csv_rows, read_listing
from postarchive.foreign.read import first_damages, read_foreign, responses_in
from postarchive.foreign.records import Damage
from postarchive.foreign.sources import SourceFile, find_sources

__all__ = [
    "Damage",
    "ReadRows",
    "SourceFile",
    "csv_rows",
    "find_sources",
    "first_damages",
    "read_copy",
    "read_foreign",
    "read_listing",
    "responses_in",
]
