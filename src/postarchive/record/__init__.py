"""What a record is. No I/O here; parsers fill it, and store, search, export, `serve`, feed and help derive from it.

kinds         the kinds of page, a row each
labels        what the labels of a stamp mean
values        Page and its kinds, and their JSON form
revisions     what makes a version
differences   what changed between two of them
"""
