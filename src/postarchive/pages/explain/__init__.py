"""Where each field of a record is in the stored page, and which rule decided it.

This is a separate, slow path: every start tag gets its byte offset as an attribute, the ordinary parsers parse the
page, and each value is looked up in the text from its element on. Ordinary parsing is not affected.

look    a page with the places of its elements and texts: finds a value
fields  what to look for, kind by kind
rules   which rule decides a field, in words
"""

import codecs
from collections.abc import Callable
from dataclasses import replace

from postarchive.errors import UnreadableInput
from postarchive.models import Capture
from postarchive.pages import Reading, read
from postarchive.pages.cms.markers import Markers
from postarchive.pages.explain.fields import explained
from postarchive.pages.explain.look import Explanation, Look
from postarchive.pages.html.decode import page_bytes
from postarchive.pages.html.limits import MAX_PARTS
from postarchive.pages.html.places import Where, stored_offsets, with_places
from postarchive.record.values import Folder, Listing, Page, Stamp

__all__ = ["MAX_VALUES", "Explanation", "explain"]

MAX_VALUES = 5000  # of a record, whose places are looked up; more than a person reads


def explain(capture: Capture) -> tuple[Explanation, ...]:
    """Return where each field of the page's record is, in the order of the record. Raises like `parse`.

    Empty for a page so broken that it reads differently with places in its tags, and for one too large to search.
    """
    source, _ = page_bytes(capture)
    page = read(capture).page
    if _values(page) > MAX_VALUES or source.count(b"<") > MAX_PARTS:
        return ()
    reading = _with_its_places(capture, source)
    if reading is None or replace(reading.page, warnings=page.warnings) != page:
        return ()
    where, stored = stored_offsets(capture, source)
    markers = Markers(source)
    marked = (_marked(found, markers) for found in explained(Look(source, reading)))
    return tuple(_stored(found, where, stored) for found in marked)


def _with_its_places(capture: Capture, source: bytes) -> Reading | None:
    """Return the page read with places in its tags; None if it cannot be read that way."""
    try:
        return read(replace(capture, body=codecs.BOM_UTF8 + with_places(source), headers=()))
    except UnreadableInput:
        return None


def _marked(found: Explanation, markers: Markers) -> Explanation:
    return found if found.start is None else replace(found, marker=markers.at(found.start))


def _stored(found: Explanation, where: Where, stored: Callable[[int], int]) -> Explanation:
    if found.start is None or found.end is None:
        return found
    return replace(found, start=stored(found.start), end=stored(found.end), where=where)


def _values(page: Page) -> int:
    """Return how many values in a record have a place of their own."""
    own = (page.paragraphs, page.images, page.attachments, page.hotlines, page.registrations, page.leftovers)
    rows = page.entries if isinstance(page, Listing | Folder) else page.facts if isinstance(page, Stamp) else ()
    return sum(map(len, (*own, rows)))
