"""Convert what the database holds as JSON text into values."""

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
    """Return the record that a row holds. Raises UnreadableInput if it is not a record, which means damage."""
    return _made(from_json, text)


def whole_in(texts: str) -> Page:
    """Return an article's record from a JSON array of its sheets' records. Raises like `record_in`."""
    return whole_record(_made(lambda documents: [from_json(document) for document in _list(documents)], texts))


def damaged(problem: object) -> UnreadableInput:
    """Return the error for a value that this program never writes."""
    return UnreadableInput("postarchive.db", f"the database is damaged ({problem}); `postarchive rebuild` recreates it")


def json_in(text: str) -> Json:
    """Return the value that a row holds as JSON. Raises like `record_in`."""
    return _made(lambda value: value, text)


def texts_in(text: str) -> tuple[str, ...]:
    """Return the texts of a JSON array that a row holds. Raises like `record_in`."""
    return _made(lambda texts: Fields({"texts": texts}).texts("texts"), text)


def counts_in(text: str | None, names: Iterable[str]) -> dict[str, int | None]:
    """Return the named counts of a run, 0 for a missing one; None when the run was cut off. Raises like `record_in`."""
    if not text:
        return dict.fromkeys(names)
    return _made(lambda counts: {name: _count(counts, name) for name in names}, text)


def number_in(value: object) -> int:
    """Return the whole number that a row holds. Raises like `record_in`."""
    if not isinstance(value, int):
        raise damaged(f"not a number: {value!a}")
    return value


def text_in(value: object) -> str:
    """Return the text that a row holds. Raises like `record_in`."""
    if not isinstance(value, str):
        raise damaged(f"not a text: {value!a}")
    return value


def time_in(value: object) -> datetime:
    """Return the time that a row holds. Raises like `record_in`, also for a value that is not text."""
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
            raise ValueError("not a list of records")
