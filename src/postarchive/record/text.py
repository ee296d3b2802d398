"""A record as JSON text: as the database holds it, and as a fingerprint hashes it.

Most of it is paragraphs, and Python's encoder looks at each of their characters twice, slowly. It is faster to search
the whole text for each character that JSON escapes; the JSON is the same (a test compares both).
"""

from collections.abc import Sequence
from typing import Final

from postarchive.jsonvalue import Json, JsonObject, compact_json

PARAGRAPHS: Final = "paragraphs"
# With its quotes it occurs in no text, where quotes are escaped, and no nested field has this name.
HOLE: Final = f'"{PARAGRAPHS}":0'
ESCAPES: Final = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"))  # in this order
PLAIN: Final = b"\n" + bytes(range(0x20, 0x80))  # of ASCII; the encoder escapes all others of it


def record_text(document: JsonObject, *, is_sorted: bool = False, written: str | None = None) -> str:
    """Return a record's public form, or part of it, as the text that `compact_json` would give.

    `written` is the JSON of its paragraphs from `paragraphs_text`, if the caller has it.
    """
    written = written or paragraphs_text(document)
    if written is None:
        return compact_json(document, is_sorted=is_sorted)
    bare = compact_json(document | {PARAGRAPHS: 0}, is_sorted=is_sorted)
    return bare.replace(HOLE, f'"{PARAGRAPHS}":{written}', 1)


def paragraphs_text(document: JsonObject) -> str | None:
    """Return the JSON of a record's paragraphs; None if it has none, or if the encoder must do it."""
    match document.get(PARAGRAPHS):
        case [_, *_] as paragraphs:
            return _written(paragraphs)
        case _:
            return None


def _written(items: Sequence[Json]) -> str | None:
    """Return the JSON of texts; None if one is not a text, or has a rare character that needs the slow way."""
    texts = [item for item in items if isinstance(item, str)]
    whole = "".join(texts)
    if len(texts) < len(items) or whole.encode("ascii", "ignore").translate(None, PLAIN):
        return None
    for character, escape in ESCAPES:
        if character in whole:
            texts = [text.replace(character, escape) for text in texts]
    return '["' + '","'.join(texts) + '"]'
