"""What a record is. No I/O here; parsers fill it, and store, search, export, `serve`, feed and help derive from it.

values        Page and its kinds, and their JSON form
revisions     what makes a version
differences   what changed between two of them
"""
