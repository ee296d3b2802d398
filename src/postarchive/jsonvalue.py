"""JSON values, and a JSON object whose values are read by type."""

import json
from collections.abc import Sequence
from typing import TypeAlias

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
JsonObject: TypeAlias = dict[str, Json]
Pair: TypeAlias = tuple[str, str | None]


_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))  # shared: a page has several values
_SORTED = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def compact_json(value: Json | Sequence[Json], *, is_sorted: bool = False) -> str:
    """Return a value as the database and cells hold it: JSON without blanks, non-ASCII characters unescaped."""
    return (_SORTED if is_sorted else _COMPACT).encode(value)


class Fields:
    """The values of a JSON object by name and type; a value of the wrong type is a ValueError that names the field.

    An absent list or object is empty.
    """

    __slots__ = ("_values",)

    def __init__(self, document: Json) -> None:
        """Read an object."""
        match document:
            case dict():
                self._values = document
            case _:
                raise ValueError("not a JSON object")

    def text(self, name: str) -> str | None:
        """Return a text; None when it is missing. Raises ValueError for any other value."""
        match self._values.get(name):
            case None | str() as value:
                return value
            case _:
                raise ValueError(f"{name} is not text")

    def required(self, name: str) -> str:
        """Return a text that must be there."""
        if (value := self.text(name)) is None:
            raise ValueError(f"{name} is missing")
        return value

    def number(self, name: str) -> int | None:
        """Return a whole number; None when it is missing. Raises ValueError for any other value."""
        match self._values.get(name):
            case None | int() as value:
                return value
            case _:
                raise ValueError(f"{name} is not a whole number")

    def amount(self, name: str) -> float | None:
        """Return a number; None when it is missing. Raises ValueError for any other value."""
        match self._values.get(name):
            case None | int() | float() as value:
                return value
            case _:
                raise ValueError(f"{name} is not a number")

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts."""
        items = self._items(name)
        texts = tuple([item for item in items if isinstance(item, str)])  # a list first is faster
        if len(texts) < len(items):
            raise ValueError("a list of texts holds something else")
        return texts

    def object(self, name: str) -> "Fields":
        """Return an object."""
        return Fields(self._values.get(name) or {})

    def objects(self, name: str) -> list["Fields"]:
        """Return a list of objects."""
        return [Fields(item) for item in self._items(name)]

    def pairs(self, name: str) -> tuple[Pair, ...]:
        """Return a list of pairs: a text, and a text or None."""
        return tuple(map(_pair, self._items(name)))

    def _items(self, name: str) -> list[Json]:
        match self._values.get(name):
            case None | list() as items:
                return items or []
            case _:
                raise ValueError(f"{name} is not a list")


def _pair(item: Json) -> Pair:
    match item:
        case [str(label), None | str() as value]:
            return label, value
        case _:
            raise ValueError("a list of pairs holds something else")
