"""What a record is. No I/O here; parsers fill it in, and store, search, export, `serve`, feed and help build on it.

kinds         the kinds of page, one row each
fields        the fields of a record, one row each
labels        what the labels of a stamp mean
values        Page and its subclasses, and their JSON form
text          a record as JSON text, written quickly
identity      when two captures are of the same page
revisions     when a capture is a new version
differences   what changed between two versions
versions      a version with its sightings and its evidence
articles      all sheets of an article as one record
"""
