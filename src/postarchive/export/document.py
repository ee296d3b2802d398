"""Lay out one record of any kind as blocks, in the order they are read; what is absent leaves no block."""

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from postarchive.export.rows import Row, cell
from postarchive.jsonvalue import Json

_HEADLINE = ("section", "source", "date", "created", "editor", "kind", "node", "sheet", "sheets", "next_url", "url")
_LABELS = MappingProxyType({"next_url": "Next page", "url": "URL"})


@dataclass(frozen=True, slots=True)
class Heading:
    """The title (level 1) or the name of a part."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; a newline in it is a line break."""

    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Rows of a label and its value; never without rows."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A URL with its text and a note behind it; both may be empty."""

    url: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Links:
    """A list of links; never empty."""

    items: tuple[Link, ...]


Block: TypeAlias = Heading | Paragraph | Facts | Links


def title(record: Row) -> str:
    """Return what to call a record: its title, else its URL."""
    return _text(record, "title") or _text(record, "url") or "(no title)"


def blocks(record: Row, *, has_headline: bool = True) -> list[Block]:
    """Return everything a record holds, as `record.values.to_json` names it, for a person to read.

    The headline is its plain fields, which a file with front matter says there.
    """
    subtitle = _text(record, "subtitle")
    return [
        Heading(title(record), level=1),
        *_paragraphs([f"—— {subtitle}"] if subtitle else []),
        *(_facts(_headline(record)) if has_headline else []),
        *_facts(_stamp_facts(record)),
        *_paragraphs(_texts(record, "paragraphs")),
        *_appendix(record),
    ]


def _appendix(record: Row) -> list[Block]:
    parts: list[tuple[str, list[Block]]] = [
        ("Entries", _links(_entry(row) for row in _objects(record, "entries"))),
        ("Pictures", _links(_link(row, "caption") for row in _objects(record, "images"))),
        ("Files", _links(_link(row, "label") for row in _objects(record, "attachments"))),
        ("Hotlines", _facts(_hotline(row) for row in _objects(record, "hotlines"))),
        ("Registrations", _facts(_registration(row) for row in _objects(record, "registrations"))),
        ("Other text of the page", _paragraphs(_texts(record, "leftovers"))),
        ("Warnings", _paragraphs(_texts(record, "warnings"))),
    ]
    return [block for heading, part in parts if part for block in (Heading(heading), *part)]


def _headline(record: Row) -> list[tuple[str, str]]:
    values = ((_LABELS.get(key, key.capitalize()), record.get(key)) for key in _HEADLINE)
    return [(label, cell(value)) for label, value in values if value is not None]


def _stamp_facts(record: Row) -> list[tuple[str, str]]:
    stamp = record.get("stamp")
    facts = stamp.get("facts") if isinstance(stamp, dict) else None
    rows = (
        [[cell(part) for part in fact] for fact in facts if isinstance(fact, list)] if isinstance(facts, list) else []
    )
    return [(label, value) for label, value in rows]


def _entry(row: Row) -> Link:
    note = ", ".join(filter(None, (_text(row, "serial"), _text(row, "date"))))
    return Link(_text(row, "url") or "", _text(row, "title") or "", note)


def _link(row: Row, label: str) -> Link:
    return Link(_text(row, "url") or "", _text(row, label) or "")


def _hotline(row: Row) -> tuple[str, str]:
    number, dial = _text(row, "number") or "", _text(row, "dial")
    return _text(row, "label") or "", f"{number} ({dial})" if dial else number


def _registration(row: Row) -> tuple[str, str]:
    return _text(row, "authority") or "", _text(row, "number") or ""


def _paragraphs(texts: Iterable[str]) -> list[Block]:
    return [Paragraph(text) for text in texts]


def _facts(rows: Iterable[tuple[str, str]]) -> list[Block]:
    found = tuple(rows)
    return [Facts(found)] if found else []


def _links(items: Iterable[Link]) -> list[Block]:
    found = tuple(items)
    return [Links(found)] if found else []


def _text(record: Row, key: str) -> str | None:
    value = record.get(key)
    return value if isinstance(value, str) else None


def _texts(record: Row, key: str) -> list[str]:
    value = record.get(key)
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _objects(record: Row, key: str) -> list[dict[str, Json]]:
    value = record.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
