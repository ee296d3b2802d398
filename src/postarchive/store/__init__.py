"""The database of an archive: it writes and reads rows, and decides nothing.

files   opening the database, and saying what is wrong with it
write   the rows that the fold derives from the evidence
read    queries; standard library only, so that they start at once
changes, statistics   the events of a feed, and figures; also standard library only
"""
