"""Pictures with their captions, and linked files, in a piece of content.

Captions are plain paragraphs on these sites (SITE.md §4.4), so only what clearly belongs to a picture is its caption:
`figcaption`, the cell beside or below it, the text after a `<br>` in its block, or the block after the picture or its
block if that is centred or ends in the paper's mark `[China Post]`. Anything else stays a paragraph, and the caption is
None.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection

from postarchive.pages.html.flow import BLOCKS, CELLS, COMMENT, Span
from postarchive.pages.html.tree import NUMBER, Cuts, Tree, outside
from postarchive.record.values import Attachment, Image
from postarchive.startup import late
from postarchive.urls import resolve

ICONS = re.compile(r"(?:^|/)tea/", re.IGNORECASE)  # /tea/image/public/new.gif, /tea/image/ico/pdf.gif: the CMS's own
FILE = late(
    r"/Attchs\.do\b|\.(?:pdf|docx?|xlsx?|pptx?|zip|rar|7z|txt|csv|rtf|wps|ofd|mp3|mp4|wmv|avi|swf|flv)(?:$|[?#])",
    re.IGNORECASE,
)
UPLOAD = re.compile(r"(?:^|//[^/]+)/res/", re.IGNORECASE)
PICTURE = re.compile(r"\.(?:jpe?g|png|gif|bmp|webp|svg|tiff?|ico)(?:$|[?#])", re.IGNORECASE)
# Province.[China Post]   [China Post News / NAME]   [新华社 摄]
MARK = re.compile(r"\[[^\[\]]*(?:China Post|新闻|摄)[^\[\]]*\]$")
CENTRED = re.compile(r"text-align\s*:\s*center", re.IGNORECASE)
FILES_NAME = re.compile(r"(?:附件|附件下载|相关附件|Attachments?|Downloads?)?", re.IGNORECASE)
MAX_FILES = 100  # on a line; checking each line for more would take for ever
WAITING = ("data-original", "data-src", "data-lazy-src")  # where a script finds a lazily loaded picture
LONGEST_CAPTION = 400
NO_FILE = ("mailto:", "javascript:", "tel:", "data:", "#")  # these lead to no file, whatever they end in
LONGEST_HREF = 2**16  # characters; no server accepts a longer request line, so it cannot name a file
WIDEST_ROW = 200  # elements
NEXT_BLOCKS = 5  # how many blank paragraphs an editor leaves between picture and caption


def images(tree: Tree, places: Collection[Span], base: str | None, *, besides: Cuts = ()) -> tuple[Image, ...]:
    """Return the pictures in these places, but not in `besides`, in page order; the CMS's own icons do not count."""
    inside = [
        picture for picture in tree.pictures if any(place.number < picture.number < place.last for place in places)
    ]
    shown = outside(filter(_source, inside), _spans(besides)) if inside else ()
    if not shown:
        return ()
    captions = _Captions(tree)
    return tuple(Image(resolve(base, _source(picture)), captions.of(picture)) for picture in shown)


def attachments(tree: Tree, region: Span, base: str | None, *, besides: Cuts = ()) -> tuple[Attachment, ...]:
    """Return the linked and played files in page order, except in the places `besides`.

    These are what the CMS delivers as attachments, and what is neither a page nor a picture.
    """
    files = file_links(tree, region)
    if tree.players:
        files = sorted([*files, *_played_files(tree, region)], key=NUMBER)
    if not files:
        return ()
    found = [(resolve(base, _file_of(span)), tree.line(span) or None) for span in outside(files, _spans(besides))]
    return tuple(Attachment(url, label) for url, label in dict.fromkeys(found))


def file_links(tree: Tree, region: Span) -> list[Span]:
    """Return the anchors of linked files."""
    return [link for link in tree.links_in(region) if _is_file(link.attributes["href"].strip())]


def _played_files(tree: Tree, region: Span) -> list[Span]:
    """Return the players of videos, sounds and plug-ins that name a file."""
    return [player for player in tree.players if region.holds(player) and _is_file(player.attributes["src"].strip())]


def _file_of(span: Span) -> str:
    return span.href or span.attributes["src"]


def _spans(cuts: Cuts) -> list[Span]:
    return [span for span, _ in cuts]


def without_files(tree: Tree, lines: list[str], region: Span) -> list[str]:
    """Return the lines without those that are a linked file's own text, which `attachments` holds."""
    if not lines:
        return lines
    labels = {tree.line(link) for link in file_links(tree, region)}
    return [line for line in lines if line not in labels and not _is_of_files(line, labels)]


def _is_of_files(line: str, labels: Collection[str]) -> bool:
    """Tell whether a line holds nothing but the names of linked files and words for them."""
    for label in labels if len(labels) <= MAX_FILES else ():
        line = line.replace(label, " ")
    return FILES_NAME.fullmatch(line.strip(" :：|｜·•,，;；、[]【】()（）")) is not None


def _is_file(href: str) -> bool:
    if href.startswith("/html") and href.endswith(".htm"):  # a page, like nearly all links
        return False
    if len(href) > LONGEST_HREF or href.lower().startswith(NO_FILE):
        return False
    href = href.partition("#")[0]
    return bool(FILE.search(href)) or bool(UPLOAD.search(href) and not PICTURE.search(href))


def _source(image: Span) -> str:
    """Return a picture's URL as written: for a lazy one, what a script would load; empty for the CMS's icons."""
    source = image.attributes.get("src", "")
    if _is_picture(source):
        return source
    waiting = (image.attributes.get(name, "") for name in WAITING)
    return next(filter(_is_picture, waiting), "")


def _is_picture(source: str) -> bool:
    lower = source.strip().lower()
    return bool(lower) and not lower.startswith("data:") and not ("tea/" in lower and ICONS.search(source))


class _Captions:
    """The pictures of a page by their numbers, and the text that belongs to each."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._pictures = [picture.number for picture in tree.pictures if _source(picture)]

    def of(self, picture: Span) -> str | None:
        """Return what clearly belongs to a picture; None when nothing does."""
        around = next((around for around in picture.ancestors() if around.tag in BLOCKS or around.tag in CELLS), None)
        text = self._in(picture, around) if around is not None and self._is_alone(picture, around) else None
        text = text or (self._following(picture) if self._is_before_block(picture) else None)
        return text if text and len(text) <= LONGEST_CAPTION else None

    def _in(self, picture: Span, around: Span) -> str | None:
        """Return the caption of the only picture of a block or cell."""
        if around.tag in CELLS:
            return self._beside(around)
        if around.tag == "figure":
            return " ".join(self._tree.line(inner) for inner in self._tree.within(around) if inner.tag == "figcaption")
        return self._of_block(picture, around)

    def _of_block(self, picture: Span, block: Span) -> str | None:
        """Return the text under the picture in its block; if the block has none, what follows it."""
        text = "\n".join(self._tree.paragraphs(block))
        if not text:
            return self._following(block) or self._in_cell(picture, block)
        is_line = any(inner.tag == "br" for inner in self._tree.within(block)) or _is_centred(block) or _is_marked(text)
        return text if is_line and not self._tree.has_text_before(picture, block) else None

    def _is_before_block(self, picture: Span) -> bool:
        """Tell whether a picture is directly before a block, as when it has no block of its own."""
        following = _next(self._tree, picture)
        if following is None or following.tag not in BLOCKS:
            return False
        return not self._tree.has_text_between(picture, following)

    def _following(self, block: Span) -> str | None:
        """Return the next block that has text, when it is centred or marked."""
        following = _next(self._tree, block)
        for _ in range(NEXT_BLOCKS):
            if following is None or self._has_picture(following):
                return None
            if texts := self._tree.paragraphs(following):
                text = "\n".join(texts)
                return text if len(texts) == 1 and (_is_centred(following) or _is_marked(text)) else None
            following = _next(self._tree, following)
        return None

    def _in_cell(self, picture: Span, block: Span) -> str | None:
        """Return the caption of a picture whose block is all that its table cell holds."""
        cell = block.parent
        if cell.tag not in CELLS or not self._is_alone(picture, cell) or self._tree.line(cell):
            return None
        return self._beside(cell)

    def _beside(self, cell: Span) -> str | None:
        """Return the text of the picture's own cell, else of the cell after it, else of the cell below."""
        if own := self._tree.paragraphs(cell):
            return own[0].replace("\n", " ") if len(own) == 1 else None  # several mean that the table lays out a page
        following = _next(self._tree, cell)
        if following is not None and not self._has_picture(following):
            return self._tree.line(following)
        return self._below(cell, cell.parent)

    def _below(self, cell: Span, row: Span) -> str | None:
        """Return the text of the cell below, when the row holds no text and the one below no picture."""
        below = _next(self._tree, row)
        if (
            below is None
            or below.tag != "tr"
            or row.last - row.number > WIDEST_ROW
            or self._tree.line(row)
            or self._has_picture(below)
        ):
            return None
        place, cells = _children(self._tree, row).index(cell), _children(self._tree, below)
        return self._tree.line(cells[place]) if place < len(cells) else None

    def _is_alone(self, picture: Span, around: Span) -> bool:
        return self._count(around) == 1 and around.holds(picture)

    def _has_picture(self, span: Span) -> bool:
        return self._count(span) > 0

    def _count(self, span: Span) -> int:
        first = bisect_right(self._pictures, span.number)
        return bisect_left(self._pictures, span.last, lo=first) - first


def _is_marked(text: str) -> bool:
    """Tell whether a text ends in the paper's mark; one too long for a caption is not checked."""
    return len(text) <= LONGEST_CAPTION and MARK.search(text) is not None


def _is_centred(block: Span) -> bool:
    """Tell whether a block's own attributes say that it is centred."""
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
