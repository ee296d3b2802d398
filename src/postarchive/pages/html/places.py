"""Where the characters of a page are in its bytes, for `explain` to look up values.

Every start tag can be given its offset as an attribute, so that any parser's elements know their place; and the visible
characters can be searched regardless of tags, references and blanks.
"""

import codecs
import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Literal, TypeAlias

from postarchive.models import Capture
from postarchive.pages.html.decode import unpack
from postarchive.pages.html.flow import Span
from postarchive.pages.html.repair import TOKEN
from postarchive.pages.html.text import INVISIBLE, unescaped

# What offsets count: bytes of the body as stored, of the decompressed body, or of the page's text as UTF-8 if offsets
# cannot be counted in its own charset.
Where: TypeAlias = Literal["stored", "unpacked", "utf-8"]
Place: TypeAlias = tuple[int, int]
AT = "data-postarchive-at"
PIECE = re.compile(r"&(?:#\w+|\w+);?|.", re.DOTALL)
BOMS = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
CHARSETS = (*BOMS, "gb18030", "windows-1252", "big5")


def with_places(source: bytes) -> bytes:
    """Return the page with each start tag's offset added to it."""
    return TOKEN.sub(_placed, source)


def _placed(found: re.Match[bytes]) -> bytes:
    if not found["tag"] or found["close"]:
        return found[0]
    cut = found.end("tag") - found.start()
    return b'%b %b="%d"%b' % (found[0][:cut], AT.encode(), found.start(), found[0][cut:])


def place_of(span: Span) -> int:
    """Return an element's offset; if the parser added the element, that of the nearest one around it."""
    own = (span, *span.ancestors())
    return next((int(around.attributes[AT]) for around in own if is_placed(around)), 0)


def is_placed(span: Span) -> bool:
    """Tell whether an element is in the page itself."""
    return span.attributes.get(AT, "").isdigit()


def stored_offsets(capture: Capture, source: bytes) -> tuple[Where, Callable[[int], int]]:
    """Return what offsets count, and a function that gets them from offsets in the page's text as UTF-8."""
    body, _ = unpack(capture)
    where: Where = "stored" if body is capture.body else "unpacked"
    for bom in (b"", codecs.BOM_UTF8):
        if body.startswith(bom + source):
            return where, partial(int.__add__, len(bom))
    for charset in CHARSETS:
        bom = BOMS.get(charset, b"")
        if body.startswith(bom) and _encoded(source, charset) == body[len(bom) :]:
            return where, partial(_in_charset, source, charset, len(bom))
    return "utf-8", int


def _in_charset(source: bytes, charset: str, first: int, place: int) -> int:
    return first + len(source[:place].decode().encode(charset))


def _encoded(source: bytes, charset: str) -> bytes | None:
    try:
        return source.decode().encode(charset)
    except UnicodeError:
        return None


class VisibleText:
    """The visible characters of a page, without blanks, each with its place in the source."""

    def __init__(self, source: bytes) -> None:
        """Read a page in UTF-8; what is in tags, comments, scripts and styles is not visible."""
        characters: list[str] = []
        self._starts = array("L")
        self._ends = array("L")
        for character, start, end in _characters(source):
            characters.append(character)
            self._starts.append(start)
            self._ends.append(end)
        self._characters = "".join(characters)

    def find(self, value: str, place: int = 0) -> Place | None:
        """Return the place of a text from an offset on, if need be in pieces, one after the other."""
        first = bisect_left(self._starts, place)
        for pieces in ([value], value.split(" | "), value.split()):
            found = self._find(list(filter(None, map(_visible, pieces))), first)
            if found is not None:
                return found
        return None

    def _find(self, pieces: list[str], first: int) -> Place | None:
        end = first
        for piece in pieces:
            found = self._characters.find(piece, end)
            if found < 0:
                return None
            end = found + len(piece)
        begin = end
        for piece in reversed(pieces):  # the nearest ones, because the first piece may also occur earlier
            begin = self._characters.rfind(piece, first, begin)
        return (self._starts[begin], self._ends[end - 1]) if pieces else None


def _characters(source: bytes) -> Iterable[tuple[str, int, int]]:
    for place, segment in _segments(source):
        start = place
        for found in PIECE.finditer(segment.decode(errors="replace")):
            end = start + len(found[0].encode())
            yield from ((character, start, end) for character in _visible(unescaped(found[0])))
            start = end


def _segments(source: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the texts between tags, comments, scripts and styles."""
    place = 0
    for found in TOKEN.finditer(source):
        yield place, source[place : found.start()]
        place = found.end()
    yield place, source[place:]


def _visible(text: str) -> str:
    return "".join(character for character in text if not character.isspace() and character not in INVISIBLE)
