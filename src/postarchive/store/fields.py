"""The fields of a record, as `query` takes them: by name, and inside one as `stamp.serial` and `images.url`."""

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from postarchive.errors import UsageError
from postarchive.jsonvalue import Json
from postarchive.record import fields
from postarchive.record.fields import FIELDS, OF_FACTS
from postarchive.record.labels import meaning_of

GONE, STAMP = "gone", "stamp"
# What each field that is no plain value holds; a stamp's are also what its facts say.
INSIDE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        field.name: tuple(item.name for item in (*field.items, *(OF_FACTS if field.name == STAMP else ())))
        for field in FIELDS
        if field.items
    }
)
NAMES: Final = (*fields.NAMES, GONE)
PATHS: Final = (*NAMES, *(f"{name}.{own}" for name, names in INSIDE.items() for own in names))
# What rows may be sorted by: dates newest first, texts from A on.
DATES: Final = (*(field.name for field in FIELDS if field.type == "date"), GONE, f"{STAMP}.issued")
TEXTS: Final = (*(field.name for field in FIELDS if field.type == "string"), f"{STAMP}.serial")


def check_path(option: str, path: str, known: tuple[str, ...]) -> str:
    """Return a field's name. Raises UsageError, with the nearest, when it is none of those that are known."""
    if path not in known:
        near = get_close_matches(path, known, n=1)
        advice = (
            f"did you mean {near[0]}?" if near else f"there are {', '.join(name for name in known if '.' not in name)}"
        )
        raise UsageError(f"{option} {path}", f"no such field; {advice}")
    return path


def value_at(record: Mapping[str, Json], path: str) -> Json:
    """Return the value of a field, or of one inside it; a list for `images.url`, None for what is not there."""
    name, _, own = path.partition(".")
    value = record.get(name)
    if not own:
        return value
    if isinstance(value, list):
        return [item.get(own) for item in value if isinstance(item, dict)]
    return _of_stamp(value, own) if isinstance(value, dict) else None


def _of_stamp(stamp: dict[str, Json], own: str) -> Json:
    """Return a field of a stamp, else the value of the first fact that means it."""
    if stamp.get(own) is not None:
        return stamp[own]
    facts = stamp.get("facts")
    pairs = (fact for fact in facts if isinstance(fact, list)) if isinstance(facts, list) else ()
    return next((value for label, value in pairs if isinstance(label, str) and meaning_of(label) == own), None)
