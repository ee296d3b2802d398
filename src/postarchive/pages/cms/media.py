"""Pictures with their captions, and linked files, of a piece of content.

Captions are plain paragraphs on these sites (SITE.md §4.4), so only what clearly belongs to a picture is its caption:
`figcaption`, the cell beside or below it, the text after a `<br>` in its own block, or a following block that is
centred or ends in the paper's mark `[China Post]`. Everything else stays a paragraph and the caption None.
"""

import re
from collections.abc import Iterable, Iterator

from postarchive.pages.html.flow import BLOCKS, CELLS, COMMENT, Span
from postarchive.pages.html.tree import Tree
from postarchive.record.values import Attachment, Image
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
WIDEST_ROW = 200  # elements
NEXT_BLOCKS = 5  # how many blank paragraphs an editor leaves between picture and caption


def images(tree: Tree, places: Iterable[Span], base: str | None) -> tuple[Image, ...]:
    """Return the pictures in these places in page order; the CMS's own icons are none."""
    if b"<img" not in tree.lower:
        return ()
    shown = {inner.number: inner for place in places for inner in tree.within(place) if inner.tag == "img"}
    pictures = [picture for _, picture in sorted(shown.items()) if _is_picture(picture)]
    return tuple(Image(resolve(base, picture.attributes["src"]), _caption(tree, picture)) for picture in pictures)


def attachments(tree: Tree, region: Span, base: str | None) -> tuple[Attachment, ...]:
    """Return the linked files in page order: what the CMS delivers as attachment, or what is no page and no picture."""
    links = file_links(tree, region)
    if not links:
        return ()
    found = [(resolve(base, link.href or ""), tree.line(link) or None) for link in links]
    return tuple(Attachment(url, label) for url, label in dict.fromkeys(found))


def file_links(tree: Tree, region: Span) -> list[Span]:
    """Return the anchors of linked files."""
    return [link for link in tree.links_in(region) if _is_file(link.attributes["href"].strip())]


def _is_file(href: str) -> bool:
    if href.startswith("/html") and href.endswith(".htm"):  # a page, as nearly all links are
        return False
    return bool(FILE.search(href)) or bool(UPLOAD.search(href) and not PICTURE.search(href))


def _pictures(tree: Tree, span: Span) -> Iterator[Span]:
    return (inner for inner in tree.walk(span) if inner.tag == "img" and _is_picture(inner))


def _has_picture(tree: Tree, span: Span) -> bool:
    return next(_pictures(tree, span), None) is not None


def _is_picture(image: Span) -> bool:
    source = image.attributes.get("src", "").strip()
    lower = source.lower()
    return bool(source) and not lower.startswith("data:") and not ("tea/" in lower and ICONS.search(source))


def _caption(tree: Tree, picture: Span) -> str | None:
    around = next((around for around in picture.ancestors() if around.tag in BLOCKS or around.tag in CELLS), None)
    if around is None or not _is_alone(tree, picture, around):
        return None
    if around.tag in CELLS:
        text = _beside(tree, around)
    elif around.tag == "figure":
        text = " ".join(tree.line(inner) for inner in tree.within(around) if inner.tag == "figcaption")
    else:
        text = _of_block(tree, picture, around)
    return text if text and len(text) <= LONGEST_CAPTION else None


def _is_alone(tree: Tree, picture: Span, around: Span) -> bool:
    return all(inner is picture for inner in _pictures(tree, around))


def _of_block(tree: Tree, picture: Span, block: Span) -> str | None:
    """Return the text under the picture in its own block; for a block without text, what follows it."""
    text = "\n".join(tree.paragraphs(block))
    if not text:
        return _following(tree, block) or _in_cell(tree, picture, block)
    is_line = any(inner.tag == "br" for inner in tree.within(block)) or _is_centred(block) or MARK.search(text)
    return text if is_line and not tree.has_text_before(picture, block) else None


def _following(tree: Tree, block: Span) -> str | None:
    """Return the next block that has text, when it is centred or marked."""
    following = _next(tree, block)
    for _ in range(NEXT_BLOCKS):
        if following is None or _has_picture(tree, following):
            return None
        if texts := tree.paragraphs(following):
            text = "\n".join(texts)
            return text if len(texts) == 1 and (_is_centred(following) or MARK.search(text)) else None
        following = _next(tree, following)
    return None


def _in_cell(tree: Tree, picture: Span, block: Span) -> str | None:
    """Return the caption of a picture whose block is all that its table cell holds."""
    cell = block.parent
    if cell.tag not in CELLS or not _is_alone(tree, picture, cell) or tree.line(cell):
        return None
    return _beside(tree, cell)


def _beside(tree: Tree, cell: Span) -> str | None:
    """Return the text of the picture's own cell, else of the cell after it, else of the cell below."""
    if own := tree.line(cell):
        return own
    following = _next(tree, cell)
    if following is not None and not _has_picture(tree, following):
        return tree.line(following)
    return _below(tree, cell, cell.parent)


def _below(tree: Tree, cell: Span, row: Span) -> str | None:
    """Return the text of the cell below, when the row holds no text and the one below no picture."""
    below = _next(tree, row)
    if (
        below is None
        or below.tag != "tr"
        or row.last - row.number > WIDEST_ROW
        or tree.line(row)
        or _has_picture(tree, below)
    ):
        return None
    place, cells = _children(tree, row).index(cell), _children(tree, below)
    return tree.line(cells[place]) if place < len(cells) else None


def _is_centred(block: Span) -> bool:
    """Tell whether a block says of itself that it is centred."""
    is_aligned = block.attributes.get("align", "").strip().lower() == "center"
    return is_aligned or block.tag == "center" or CENTRED.search(block.attributes.get("style", "")) is not None


def _children(tree: Tree, span: Span) -> list[Span]:
    return [inner for inner in tree.within(span) if inner.parent is span and inner.tag != COMMENT]


def _next(tree: Tree, span: Span) -> Span | None:
    """Return the element after this one in the same parent; None when it is the last."""
    number = span.last
    while number < len(tree.spans) and tree.spans[number].tag == COMMENT:
        number += 1
    following = tree.spans[number] if number < len(tree.spans) else None
    return following if following is not None and following.parent is span.parent else None
