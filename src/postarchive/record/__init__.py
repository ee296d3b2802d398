"""What a record is. No I/O here; parsers fill it, and store, search, export, `serve`, feed and help derive from it.

kinds         the kinds of page, a row each
fields        the fields of a record, a row each
labels        what the labels of a stamp mean
values        Page and its kinds, and their JSON form
text          a record as JSON text, written quickly
identity      what makes two captures one page
revisions     what makes a version
differences   what changed between two of them
versions      a version with its sightings and its evidence
articles      an article in parts as one
"""
