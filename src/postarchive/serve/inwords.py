"""The words that readers see for kinds, changes and fields; the data keeps its own names."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from postarchive.record.kinds import LISTS, NAMES

KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {"news": "News", "stamp": "Stamps", "folder": "Static pages", "unknown": "Other pages"}
)
ONE_OF_KIND: Final[Mapping[str, str]] = MappingProxyType(
    {"news": "News", "stamp": "Stamp issue", "folder": "Static page", "unknown": "Other page"}
)
SHOWN_KINDS: Final = tuple(name for name in NAMES if name not in LISTS)
CHANGES: Final[Mapping[str, str]] = MappingProxyType(
    {"new": "first seen", "edit": "edited", "layout": "new layout", "gone": "gone", "back": "back"}
)
FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "kind": "Kind of page",
        "paragraphs": "Text",
        "images": "Pictures",
        "attachments": "Files",
        "stamp": "Stamp details",
        "section": "Heading line",
        "sheet": "Sheet",
        "node": "Number of the page",
    }
)


def kind_in_words(name: str) -> str:
    """Return the plural of a kind."""
    return KINDS.get(name, name.capitalize())


def one_of_kind(name: str) -> str:
    """Return the singular of a kind."""
    return ONE_OF_KIND.get(name, name.capitalize())


def change_in_words(name: str) -> str:
    """Return a change in words."""
    return CHANGES.get(name, name)


def field_in_words(name: str) -> str:
    """Return a field's name in words."""
    return FIELDS.get(name, name.replace("_", " ").capitalize())
