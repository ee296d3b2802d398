"""An article for reading: its paragraphs, the pictures where they belong, and where each sheet begins."""

from collections.abc import Mapping
from dataclasses import dataclass

from postarchive.record.values import Image
from postarchive.serve.pictures import Picture
from postarchive.store.articles import ArticleVersion, StoredSheet


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture in the text: its caption or None, and the picture itself, None if the archive lacks it."""

    image: Image
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, with the picture whose caption it is, and the sheet that begins with it if there are several."""

    text: str
    shown: Shown | None = None
    begins: StoredSheet | None = None


Read = tuple[Shown | None, list[Block], list[Shown]]


def blocks_of(version: ArticleVersion, pictures: Mapping[str, Picture]) -> Read:
    """Return the picture that leads the text, the blocks of the text, and the pictures after it.

    A picture that the archive holds takes the place of its caption; the first without such a place leads the text.
    Those that the archive lacks come last, as links.
    """
    shown = [Shown(image, pictures.get(image.url)) for image in version.record.images]
    by_caption = {item.image.caption or "": item for item in reversed(shown) if item.picture and item.image.caption}
    blocks = _blocks(version, by_caption)
    placed = {block.shown.image.url for block in blocks if block.shown}
    others = [item for item in shown if item.image.url not in placed]
    lead = next((item for item in others if item.picture), None)
    return lead, blocks, [item for item in others if item is not lead]


def _blocks(version: ArticleVersion, by_caption: Mapping[str, Shown]) -> list[Block]:
    blocks: list[Block] = []
    now: StoredSheet | None = None
    for text, sheet in version.paragraphs():
        begins = sheet if len(version.sheets) > 1 and sheet is not now else None
        blocks.append(Block(text, by_caption.get(text), begins))
        now = sheet
    return blocks
