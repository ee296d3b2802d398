"""A record as JSON text: as the database holds it, and as a fingerprint hashes it.

Its paragraphs are most of it, and Python's encoder looks at each of their characters twice, slowly. What JSON escapes
is found faster by looking for each such character in all of them; the JSON is the same (a test compares both).
"""

from collections.abc import Sequence
from typing import Final

from postarchive.jsonvalue import Json, JsonObject, compact_json

PARAGRAPHS: Final = "paragraphs"
# With its quotes it stands in no text, where they are escaped, and no field of a field has this name.
HOLE: Final = f'"{PARAGRAPHS}":0'
ESCAPES: Final = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"))  # in this order
RARE: Final = tuple(chr(code) for code in range(0x20) if chr(code) != "\n")


def record_text(document: JsonObject, *, is_sorted: bool = False, written: str | None = None) -> str:
    """Return a record's public form, or a part of it, as `compact_json` does.

    `written` is the JSON of its paragraphs, if it is at hand: `paragraphs_text`.
    """
    written = written or paragraphs_text(document)
    if written is None:
        return compact_json(document, is_sorted=is_sorted)
    bare = compact_json(document | {PARAGRAPHS: 0}, is_sorted=is_sorted)
    return bare.replace(HOLE, f'"{PARAGRAPHS}":{written}', 1)


def paragraphs_text(document: JsonObject) -> str | None:
    """Return the JSON of a record's paragraphs; None where it has none, or they are best left to the encoder."""
    match document.get(PARAGRAPHS):
        case [_, *_] as paragraphs:
            return _written(paragraphs)
        case _:
            return None


def _written(items: Sequence[Json]) -> str | None:
    """Return the JSON of texts; None where one of them has a character that hardly any has, or is none."""
    texts = [item for item in items if isinstance(item, str)]
    whole = "".join(texts)
    if len(texts) < len(items) or any(character in whole for character in RARE):
        return None
    for character, escape in ESCAPES:
        if character in whole:
            texts = [text.replace(character, escape) for text in texts]
    return '["' + '","'.join(texts) + '"]'
