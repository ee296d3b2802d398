"""A record as the database holds it, and back: the border between JSON text and values."""

import json
from collections.abc import Callable
from typing import TypeVar

from postarchive.errors import UnreadableInput
from postarchive.jsonvalue import Json
from postarchive.record.articles import whole_record
from postarchive.record.values import Page, from_json

Made = TypeVar("Made")


def record_in(text: str) -> Page:
    """Return the record that a row holds. Raises UnreadableInput for what is none, which is damage."""
    return _made(from_json, text)


def whole_in(texts: str) -> Page:
    """Return the record of an article from a JSON array of those of its sheets. Raises as `record_in`."""
    return whole_record(_made(lambda documents: [from_json(document) for document in _list(documents)], texts))


def _made(made: Callable[[Json], Made], text: str) -> Made:
    try:
        return made(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise UnreadableInput(
            "postarchive.db", f"the database is damaged ({error}); `postarchive rebuild` recreates it"
        ) from error


def _list(value: Json) -> list[Json]:
    match value:
        case list():
            return value
        case _:
            raise ValueError("no list of records")
