"""The database of an archive: rows in, rows out, nothing decided here.

files   opening it, and what can be wrong with it
write   the rows that the fold over the evidence makes
read    what people ask; on the standard library alone, so that a query starts at once
changes, statistics   what a feed tells of, and figures; on the standard library alone, too
"""
