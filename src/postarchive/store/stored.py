"""A record as the database holds it, and back: the border between JSON text and values."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from postarchive.errors import UnreadableInput
from postarchive.jsonvalue import Fields, Json
from postarchive.record.articles import whole_record
from postarchive.record.values import Page, from_json

Made = TypeVar("Made")


def record_in(text: str) -> Page:
    """Return the record that a row holds. Raises UnreadableInput for what is none, which is damage."""
    return _made(from_json, text)


def whole_in(texts: str) -> Page:
    """Return the record of an article from a JSON array of those of its sheets. Raises as `record_in`."""
    return whole_record(_made(lambda documents: [from_json(document) for document in _list(documents)], texts))


def damaged(problem: object) -> UnreadableInput:
    """Return the error for a value that this program never writes."""
    return UnreadableInput("postarchive.db", f"the database is damaged ({problem}); `postarchive rebuild` recreates it")


def json_in(text: str) -> Json:
    """Return the value that a row holds as JSON. Raises as `record_in`."""
    return _made(lambda value: value, text)


def texts_in(text: str) -> tuple[str, ...]:
    """Return the texts of a JSON array that a row holds. Raises as `record_in`."""
    return _made(lambda texts: Fields({"texts": texts}).texts("texts"), text)


def counts_in(text: str | None, names: Iterable[str]) -> dict[str, int | None]:
    """Return the named counts of a run, 0 for one that it lacks; None when it was cut off. Raises as `record_in`."""
    if not text:
        return dict.fromkeys(names)
    return _made(lambda counts: {name: _count(counts, name) for name in names}, text)


def number_in(value: object) -> int:
    """Return the whole number that a row holds. Raises as `record_in`."""
    if not isinstance(value, int):
        raise damaged(f"no number: {value!a}")
    return value


def text_in(value: object) -> str:
    """Return the text that a row holds. Raises as `record_in`."""
    if not isinstance(value, str):
        raise damaged(f"no text: {value!a}")
    return value


def time_in(value: object) -> datetime:
    """Return the time that a row holds. Raises as `record_in`, for a value that is no text too."""
    try:
        return datetime.fromisoformat(value if isinstance(value, str) else ascii(value))
    except ValueError as error:
        raise damaged(error) from error


def _made(made: Callable[[Json], Made], text: str) -> Made:
    try:
        return made(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise damaged(error) from error


def _count(counts: Json, name: str) -> int:
    match counts:
        case dict() if isinstance(found := counts.get(name, 0), str | int):
            return int(found)
        case _:
            raise ValueError(f"no count of {name}")


def _list(value: Json) -> list[Json]:
    match value:
        case list():
            return value
        case _:
            raise ValueError("no list of records")
