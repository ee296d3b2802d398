"""A page's content as the site's editors wrote it: read from the evidence, and cleaned for a browser.

What is kept is structure: paragraphs, tables, lists, emphasis, links of the web. Scripts, styles, frames, forms and
every attribute but a link's address and a cell's span are gone; a picture becomes a link to where it was.
"""

import codecs
import warnings
from dataclasses import replace

import nh3
from bs4 import BeautifulSoup, Tag, XMLParsedAsHTMLWarning

from postarchive.errors import UnreadableInput
from postarchive.export.markup import is_web_url
from postarchive.export.plain import printable
from postarchive.models import Capture
from postarchive.pages import read
from postarchive.pages.html.decode import page_bytes
from postarchive.pages.html.places import AT, is_placed, with_places
from postarchive.urls import resolve

TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "center", "cite", "code", "dd", "del", "div", "dl", "dt", "em",
    "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "li", "ol", "p", "pre", "q", "s", "small", "span", "strong",
    "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
UNSEEN = {
    "script", "style", "title", "template", "noscript", "noembed", "noframes", "iframe", "frame", "object", "embed",
    "applet", "svg", "math", "textarea", "select", "option", "button", "audio", "video", "xmp", "plaintext",
}  # fmt: skip
SCHEMES = {"http", "https"}
CLEANER = nh3.Cleaner(
    tags=TAGS,
    clean_content_tags=UNSEEN,
    attributes=ATTRIBUTES,
    url_schemes=SCHEMES,
    url_relative="deny",
    link_rel="noopener noreferrer nofollow",
)
warnings.filterwarnings("ignore", category=XMLParsedAsHTMLWarning)  # XHTML that was sent as HTML is HTML


def cleaned_content(capture: Capture) -> str:
    """Return the content region of a page as HTML that a browser can do nothing with but show.

    Raises UnreadableInput when the page no longer reads, or its region cannot be cut out.
    """
    source, _ = page_bytes(capture)
    placed = with_places(source)
    region = read(replace(capture, body=codecs.BOM_UTF8 + placed, headers=())).region
    wanted = region.attributes[AT] if is_placed(region) else None
    tree = BeautifulSoup(placed, "lxml", from_encoding="utf-8")
    found = tree.select_one(f'[{AT}="{wanted}"]') if wanted else None
    if found is None:
        raise UnreadableInput(capture.url, "its content cannot be cut out of the page; `show --raw` prints all of it")
    _make_plain(found, capture.url)
    return clean(str(found))


def clean(source: str) -> str:
    """Return HTML without anything that acts."""
    return printable(CLEANER.clean(source.replace("\t", " ")))


def _make_plain(region: Tag, page_url: str) -> None:
    """Turn pictures into links to them, and the addresses of all links into absolute ones of the web, or none."""
    for picture in region.find_all("img"):
        address = resolve(page_url, str(picture.get("src", "")))
        picture.attrs = {"href": address}
        picture.name = "a" if picture.find_parent("a") is None else "span"
        picture.string = f"[Picture {address.rpartition('/')[2]}]"
    for link in region.find_all("a"):
        address = resolve(page_url, str(link.get("href", "")))
        link.attrs = {"href": address} if is_web_url(address) else {}
