"""A page's content as the site's editors wrote it, read from the evidence and cleaned for a browser.

Structure is kept: paragraphs, tables, lists, emphasis, web links. Scripts, styles, frames, forms and every attribute
but a link's address and a cell's span are removed; a picture that the archive does not hold becomes a link to its
source.
"""

import codecs
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
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
XML_DECLARATION = re.compile(rb"\A\s*<\?xml[^>]*>")  # in XHTML that was sent as HTML, which is HTML
OF_PICTURES = {"img": {"src", "alt", "width", "height"}}
PICTURE = re.compile(r"/-/picture/[0-9a-f]{64}")
MEMENTO = re.compile(r"/-/memento/\d{14}/https?://[^\s\"'<>]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Held:
    """What the archive holds of a page's addresses: its pictures, and where it shows the pages that it links to."""

    pictures: Mapping[str, Picture]
    pages: Mapping[str, str]


MAX_TAGS = 20_000  # in a page that is cleaned: a second of work; the largest known have 2,000
NOTHING = Held(MappingProxyType({}), MappingProxyType({}))
HeldOf: TypeAlias = Callable[[Sequence[str], Sequence[str]], Held]


def _of_here(url: str) -> str | None:
    """Return a relative address if it leads to a picture or page in the archive."""
    return url if PICTURE.fullmatch(url) or MEMENTO.fullmatch(url) else None


def _no_other_picture(tag: str, name: str, value: str) -> str | None:
    """Return an attribute's value; None for a picture from elsewhere."""
    return value if (tag, name) != ("img", "src") or PICTURE.fullmatch(value) else None


# With pictures from the archive, and none from elsewhere.
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


def cleaned_content(capture: Capture, held_of: HeldOf = lambda *_: NOTHING) -> str:
    """Return the content region of a page as HTML that a browser can only display.

    `held_of` says which of the URLs of its pictures and links the archive holds; others lead to the site. Raises
    UnreadableInput when the page can no longer be parsed, or its region cannot be cut out.
    """
    placed = with_places(_source_of(capture))
    region = read(replace(capture, body=codecs.BOM_UTF8 + placed, headers=())).region
    wanted = region.attributes[AT] if is_placed(region) else None
    tree = BeautifulSoup(placed, "lxml", from_encoding="utf-8")
    found = tree.select_one(f'[{AT}="{wanted}"]') if wanted else None
    if found is None:
        raise UnreadableInput(capture.url, "its content cannot be cut out of the page; `show --raw` prints all of it")
    _make_plain(found, capture.url, held_of(*_named(found, capture.url)))
    return clean(str(found), PAGE_CLEANER)


def cleaned_page(capture: Capture, held_of: HeldOf) -> str:
    """Return a whole page, including its frame, as HTML that a browser can only display.

    `held_of` says which of the URLs of its pictures and links the archive holds; others lead to the site. Raises
    UnreadableInput if it is not a page, has too many tags, or nothing of it is left.
    """
    tree = BeautifulSoup(XML_DECLARATION.sub(b"", _source_of(capture)), "lxml", from_encoding="utf-8")
    _make_plain(tree, capture.url, held_of(*_named(tree, capture.url)))
    cleaned = clean(str(tree), PAGE_CLEANER)
    if not cleaned.strip():
        raise UnreadableInput(capture.url, "nothing of it can be shown; `show --raw` prints the bytes")
    return cleaned


def _source_of(capture: Capture) -> bytes:
    """Return a page in UTF-8. Raises UnreadableInput for more tags than can be cleaned while a reader waits."""
    source, _ = page_bytes(capture)
    if source.count(b"<") > MAX_TAGS:
        raise UnreadableInput(capture.url, f"has more than {MAX_TAGS:,} tags; `show --raw` prints all of it")
    return source


def clean(source: str, cleaner: nh3.Cleaner = CLEANER) -> str:
    """Return HTML without active content."""
    return printable(cleaner.clean(source.replace("\t", " ")))


def _named(tree: Tag, page_url: str) -> tuple[list[str], list[str]]:
    """Return the URLs of the pictures, and of the links, in a page or a part of it."""
    return _addresses(tree, page_url, "img", "src"), _addresses(tree, page_url, "a", "href")


def _addresses(tree: Tag, page_url: str, name: str, attribute: str) -> list[str]:
    found = (resolve(page_url, str(element.get(attribute, ""))) for element in tree.find_all(name))
    return [url for url in found if is_web_url(url)]


def _make_plain(region: Tag, page_url: str, held: Held) -> None:
    """Turn pictures that are not held into links to them, and make all links' addresses absolute, or remove them."""
    for picture in region.find_all("img"):
        address = resolve(page_url, str(picture.get("src", "")))
        if found := held.pictures.get(address):
            size = {"width": str(found.width), "height": str(found.height)}
            picture.attrs = {"src": found.address, "alt": str(picture.get("alt", "")), **size}
            continue
        picture.attrs = {"href": address}
        picture.name = "a" if picture.find_parent("a") is None else "span"
        picture.string = f"[Picture {address.rpartition('/')[2]}]"
    for link in region.find_all("a"):
        address = resolve(page_url, str(link.get("href", "")))
        link.attrs = {"href": held.pages.get(address, address)} if is_web_url(address) else {}
