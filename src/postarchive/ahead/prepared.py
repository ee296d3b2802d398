"""What follows from a page alone: all that the fold needs, and all that is slow. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from postarchive.errors import NotAPage
from postarchive.http1 import LIVE, is_html
from postarchive.jsonvalue import compact_json
from postarchive.models import Capture
from postarchive.pages import Reading, read
from postarchive.pages.html.decode import CUT_GZIP
from postarchive.record.revisions import fingerprint
from postarchive.record.text import paragraphs_text, record_text
from postarchive.record.values import CUT_OFF, Page, to_json
from postarchive.search import indexed
from postarchive.urls import OTHER_ARCHIVES, host_of, page_links, path_of

Words = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A record, and what is derived from it: its text in the database, fingerprint, skeleton and links.

    `links` are the URLs that it leads to, a JSON array in order, each once. `parts` names, for each field, the part of
    the layout that wrote it. `words` are the columns of the full-text index; None when the fold is to make them.
    """

    page: Page
    text: str
    fingerprint: str
    skeleton: str
    links: str
    parts: Mapping[str, str]
    words: Words | None = None


def is_our_business(capture: Capture) -> bool:
    """Tell whether a response affects pages; robots.txt does not, nor what another archive says itself.

    That is its index, a redirect or a refusal of the Wayback Machine, bytes of Common Crawl's files.
    """
    return path_of(capture.url) != "/robots.txt" and host_of(capture.url) not in OTHER_ARCHIVES


def holds_page(capture: Capture) -> bool:
    """Tell whether a response is to be read as a page."""
    return capture.status == HTTPStatus.OK and is_html(capture) and is_our_business(capture)


def prepare(reading: Reading, capture: Capture, words: Words | None = None) -> Prepared:
    """Return what follows from a page, as read from a response; `words` are those of the index, None if not made.

    Raises NotAPage for a live page whose gzip stream breaks off inside it: an incomplete response is not a version.
    """
    page = reading.page
    if capture.origin == LIVE and {CUT_GZIP, CUT_OFF}.issubset(page.warnings):
        raise NotAPage(capture.url, f"{CUT_GZIP}; the next run requests it again")
    links = compact_json(sorted(page_links(capture.url, reading.links())))
    document = to_json(page)
    written = paragraphs_text(document)
    mark, text = fingerprint(page, document, written), record_text(document, written=written)
    return Prepared(page, text, mark, reading.skeleton(), links, reading.parts(), words)


def prepare_ahead(capture: Capture) -> Prepared:
    """Read a page and return all that follows from it, index words included. Raises as `pages.read`."""
    reading = read(capture)
    return prepare(reading, capture, indexed(reading.page))
