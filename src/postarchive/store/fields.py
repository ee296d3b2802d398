"""The fields of a record, as `query` takes them: by name, or as a part of one, like `stamp.serial` or `images.url`."""

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from postarchive.errors import UsageError
from postarchive.jsonvalue import Fields, Json, JsonObject
from postarchive.record import fields
from postarchive.record.fields import FIELDS, OF_FACTS

GONE, STAMP = "gone", "stamp"
# The parts of each field that is not a plain value; for a stamp, also what its facts say.
INSIDE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        field.name: tuple(item.name for item in (*field.items, *(OF_FACTS if field.name == STAMP else ())))
        for field in FIELDS
        if field.items
    }
)
NAMES: Final = (*fields.NAMES, GONE)
PATHS: Final = (*NAMES, *(f"{name}.{own}" for name, names in INSIDE.items() for own in names))
# What rows may be sorted by: dates newest first, texts from A to Z.
DATES: Final = (*(field.name for field in FIELDS if field.type == "date"), GONE, f"{STAMP}.issued")
TEXTS: Final = (*(field.name for field in FIELDS if field.type == "string"), f"{STAMP}.serial")


def check_path(option: str, path: str, known: tuple[str, ...]) -> str:
    """Return a field's name. Raises UsageError, suggesting the nearest, if it is not a known one."""
    if path not in known:
        near = get_close_matches(path, known, n=1)
        advice = (
            f"did you mean {near[0]}?" if near else f"there are {', '.join(name for name in known if '.' not in name)}"
        )
        raise UsageError(f"{option} {path}", f"no such field; {advice}")
    return path


def value_at(record: Mapping[str, Json], path: str) -> Json:
    """Return the value of a field, or of a part of it; a list for `images.url`, None if it is not there."""
    name, _, own = path.partition(".")
    match record.get(name):
        case list() as items if own:
            return [item.get(own) for item in items if isinstance(item, Mapping)]
        case dict() as stamp if own:
            return stamp[own] if own in stamp else _of_facts(stamp, own)
        case value:
            return None if own else value


def _of_facts(stamp: JsonObject, own: str) -> Json:
    """Return what a stamp's facts say for one meaning, as in the tables."""
    from postarchive.record.labels import typed_facts  # noqa: PLC0415 - start-up

    return next((value for meaning, value in typed_facts(Fields(stamp).pairs("facts")).items() if meaning == own), None)
