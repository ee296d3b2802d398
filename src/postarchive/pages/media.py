"""Pictures with their captions, and linked files, of a piece of content.

Captions are plain paragraphs on these sites (SITE.md §4.4), so only what clearly belongs to a picture is its caption:
`figcaption`, the cell beside or below it, the text after a `<br>` in its own block, or a following block that is
centred or ends in the paper's mark `[China Post]`. Everything else stays a paragraph and the caption None.
"""

import re
from collections.abc import Iterable

from postarchive.models import Attachment, Image
from postarchive.pages.dom import BLOCKS, Element, Span, Tree, flat_text, text_blocks
from postarchive.urls import resolve

ICONS = re.compile(r"(?:^|/)tea/", re.IGNORECASE)  # /tea/image/public/new.gif, /tea/image/ico/pdf.gif: the CMS's own
FILE = re.compile(
    r"/Attchs\.do\b|\.(?:pdf|docx?|xlsx?|pptx?|zip|rar|7z|txt|csv|rtf|wps|ofd|mp3|mp4|wmv|avi|swf|flv)(?:$|[?#])",
    re.IGNORECASE,
)
UPLOAD = re.compile(r"(?:^|//[^/]+)/res/", re.IGNORECASE)
PICTURE = re.compile(r"\.(?:jpe?g|png|gif|bmp|webp|svg|tiff?|ico)(?:$|[?#])", re.IGNORECASE)
# Province.[China Post]   [China Post News / NAME]   [新华社 摄]
MARK = re.compile(r"\[[^\[\]]*(?:China Post|新闻|摄)[^\[\]]*\]$")
CENTRED = re.compile(r"text-align\s*:\s*center", re.IGNORECASE)
LONGEST_CAPTION = 400
NEXT_BLOCKS = 5  # how many blank paragraphs an editor leaves between picture and caption


def images(tree: Tree, places: Iterable[Span], base: str | None) -> tuple[Image, ...]:
    """Return the pictures in these places in page order; the CMS's own icons are none."""
    if not tree.flow.images:
        return ()
    roots = {place.element for place in places}
    own = [element for element in tree.flow.images if _is_picture(element) and not roots.isdisjoint(_around(element))]
    return tuple(Image(resolve(base, element.get("src") or ""), _caption(element)) for element in own)


def attachments(tree: Tree, region: Span, base: str | None) -> tuple[Attachment, ...]:
    """Return the linked files in page order: what the CMS delivers as attachment, or what is no page and no picture."""
    links = file_links(tree, region)
    found = [(resolve(base, link.href or ""), tree.line(link) or None) for link in links]
    return tuple(Attachment(url, label) for url, label in dict.fromkeys(found))


def file_links(tree: Tree, region: Span) -> list[Span]:
    """Return the anchors of linked files."""
    return [link for link in tree.links_in(region) if _is_file((link.href or "").strip())]


def _is_file(href: str) -> bool:
    return bool(FILE.search(href)) or bool(UPLOAD.search(href) and not PICTURE.search(href))


def _is_picture(element: Element) -> bool:
    source = (element.get("src") or "").strip()
    return bool(source) and not source.lower().startswith("data:") and not ICONS.search(source)


def _around(element: Element) -> set[Element]:
    return set(element.iterancestors())


def _caption(image: Element) -> str | None:
    for parent in image.iterancestors():
        if parent.tag == "figure":
            return _short(" ".join(flat_text(element) for element in parent.iter("figcaption")))
        if parent.tag in {"td", "th"}:
            return _short(_beside(image, parent))
        if parent.tag in BLOCKS:
            return _short(_own_line(image, parent) or _following(parent) or _in_cell(parent))
    return None


def _short(text: str | None) -> str | None:
    return text if text and len(text) <= LONGEST_CAPTION else None


def _in_cell(block: Element) -> str | None:
    """Return the caption of a picture whose block is all that its table cell holds."""
    cell = block.getparent()
    is_alone = cell is not None and cell.tag in {"td", "th"} and not flat_text(cell)
    pictures = _pictures(block)
    return _beside(pictures[0], cell) if is_alone and cell is not None and len(pictures) == 1 else None


def _beside(image: Element, cell: Element) -> str | None:
    """Return the text of the picture's own cell, else of the cell after it, else of the cell below."""
    if own := flat_text(cell):
        return own if _pictures(cell) == [image] else None
    row = cell.getparent()
    if row is None or len(_pictures(cell)) > 1:
        return None
    following = cell.getnext()
    if following is not None and not _pictures(following):
        return flat_text(following)
    below = row.getnext()
    place = row.index(cell)
    if flat_text(row) or below is None or below.tag != "tr" or len(below) <= place or _pictures(below):
        return None
    return flat_text(below[place])


def _own_line(image: Element, block: Element) -> str | None:
    """Return the text that stands under the picture in its own block, when the block is a picture with its line."""
    texts = text_blocks(block)
    if not texts or _pictures(block) != [image] or _has_text_before(image, block):
        return None
    text = "\n".join(texts)
    has_break = next(block.iter("br"), None) is not None
    return text if has_break or is_centred(block) or MARK.search(text) else None


def _has_text_before(image: Element, block: Element) -> bool:
    before = (piece for element in block.iter() for piece in _pieces_before(element, image, block))
    for piece in before:
        if piece is None:
            return False
        if piece.strip():
            return True
    return False


def _pieces_before(element: Element, image: Element, block: Element) -> list[str | None]:
    """Return an element's own texts in a rough page order; None marks the picture itself."""
    if element is image:
        return [None]
    tail = element.tail if element is not block else None
    return [text for text in (element.text if isinstance(element.tag, str) else None, tail) if text]


def _following(block: Element) -> str | None:
    """Return the next block that has text, when it is centred or marked and the block holds one picture only."""
    if len(_pictures(block)) != 1 or text_blocks(block):
        return None
    following = block.getnext()
    for _ in range(NEXT_BLOCKS):
        if following is None or not isinstance(following.tag, str) or _pictures(following):
            return None
        if texts := text_blocks(following):
            text = "\n".join(texts)
            return text if len(texts) == 1 and (is_centred(following) or MARK.search(text)) else None
        following = following.getnext()
    return None


def is_centred(block: Element) -> bool:
    """Tell whether a block says of itself that it is centred."""
    is_aligned = (block.get("align") or "").strip().lower() == "center"
    return is_aligned or block.tag == "center" or bool(CENTRED.search(block.get("style") or ""))


def _pictures(root: Element) -> list[Element]:
    return [element for element in root.iter("img") if _is_picture(element)]
