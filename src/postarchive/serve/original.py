"""A page's content as the site's editors wrote it: read from the evidence, and cleaned for a browser.

What is kept is structure: paragraphs, tables, lists, emphasis, links of the web. Scripts, styles, frames, forms and
every attribute but a link's address and a cell's span are gone; a picture becomes a link to where it was.
"""

import codecs
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeAlias

import nh3
from bs4 import BeautifulSoup, Tag, XMLParsedAsHTMLWarning

from postarchive.errors import UnreadableInput
from postarchive.export.markup import is_web_url
from postarchive.export.plain import printable
from postarchive.models import Capture
from postarchive.pages import read
from postarchive.pages.html.decode import page_bytes
from postarchive.pages.html.places import AT, is_placed, with_places
from postarchive.serve.pictures import Picture
from postarchive.urls import resolve

TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "center", "cite", "code", "dd", "del", "div", "dl", "dt", "em",
    "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "li", "ol", "p", "pre", "q", "s", "small", "strong",
    "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
UNSEEN = {
    "script", "style", "title", "template", "noscript", "noembed", "noframes", "iframe", "frame", "object", "embed",
    "applet", "svg", "math", "textarea", "select", "option", "button", "audio", "video", "xmp", "plaintext",
}  # fmt: skip
SCHEMES = {"http", "https"}
REL = "noopener noreferrer nofollow"
CLEANER = nh3.Cleaner(
    tags=TAGS,
    clean_content_tags=UNSEEN,
    attributes=ATTRIBUTES,
    url_schemes=SCHEMES,
    url_relative="deny",
    link_rel=REL,
)
XML_DECLARATION = re.compile(rb"\A\s*<\?xml[^>]*>")  # of XHTML that was sent as HTML: it is HTML
OF_PICTURES = {"img": {"src", "alt", "width", "height"}}
HERE = re.compile(r"/-/picture/[0-9a-f]{64}")
PicturesOf: TypeAlias = Callable[[Iterable[str]], Mapping[str, Picture]]


def _of_here(url: str) -> str | None:
    """Return a relative address if it is that of a picture out of the archive."""
    return url if HERE.fullmatch(url) else None


def _no_other_picture(tag: str, name: str, value: str) -> str | None:
    """Return an attribute's value; None for a picture of elsewhere."""
    return _of_here(value) if (tag, name) == ("img", "src") else value


# With pictures out of the archive, and none from elsewhere.
PAGE_CLEANER = nh3.Cleaner(
    tags=TAGS | {"img"},
    clean_content_tags=UNSEEN,
    attributes=ATTRIBUTES | OF_PICTURES,
    attribute_filter=_no_other_picture,
    url_schemes=SCHEMES,
    url_relative=_of_here,
    link_rel=REL,
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


def cleaned_page(capture: Capture, pictures_of: PicturesOf) -> str:
    """Return a whole page, its frame too, as HTML that a browser can do nothing with but show.

    Its pictures are those that `pictures_of` finds in the archive by their URLs; of others the address is left.
    Raises UnreadableInput for what is no page, or of which nothing is left.
    """
    source, _ = page_bytes(capture)
    tree = BeautifulSoup(XML_DECLARATION.sub(b"", source), "lxml", from_encoding="utf-8")
    sources = [resolve(capture.url, str(picture.get("src", ""))) for picture in tree.find_all("img")]
    _make_plain(tree, capture.url, pictures_of([url for url in sources if is_web_url(url)]))
    cleaned = clean(str(tree), PAGE_CLEANER)
    if not cleaned.strip():
        raise UnreadableInput(capture.url, "nothing of it can be shown; `show --raw` prints the bytes")
    return cleaned


def clean(source: str, cleaner: nh3.Cleaner = CLEANER) -> str:
    """Return HTML without anything that acts."""
    return printable(cleaner.clean(source.replace("\t", " ")))


def _make_plain(region: Tag, page_url: str, known: Mapping[str, Picture] = MappingProxyType({})) -> None:
    """Turn pictures but the known ones into links to them, and all links' addresses into absolute ones, or none."""
    for picture in region.find_all("img"):
        address = resolve(page_url, str(picture.get("src", "")))
        if held := known.get(address):
            size = {"width": str(held.width), "height": str(held.height)}
            picture.attrs = {"src": held.address, "alt": str(picture.get("alt", "")), **size}
            continue
        picture.attrs = {"href": address}
        picture.name = "a" if picture.find_parent("a") is None else "span"
        picture.string = f"[Picture {address.rpartition('/')[2]}]"
    for link in region.find_all("a"):
        address = resolve(page_url, str(link.get("href", "")))
        link.attrs = {"href": address} if is_web_url(address) else {}
