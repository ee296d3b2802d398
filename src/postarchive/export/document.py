"""Lay out one record of any kind as blocks, in reading order; an absent field makes no block."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from postarchive.export.rows import cell
from postarchive.record.values import Article, Entry, Hotline, Page, Stamp, rows_of, to_json

HEADLINE = ("section", "source", "date", "created", "editor", "kind", "node", "sheet", "sheets", "next_url", "url")
_LABELS = MappingProxyType({"next_url": "Next page", "url": "URL"})


@dataclass(frozen=True, slots=True)
class Heading:
    """The title (level 1) or the name of a part."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; a newline is a line break."""

    text: str


@dataclass(frozen=True, slots=True)
class LabelledRows:
    """Rows of a label and its value; never empty."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A URL with its text and a note after it; both may be empty."""

    url: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Links:
    """A list of links; never empty."""

    items: tuple[Link, ...]


Block: TypeAlias = Heading | Paragraph | LabelledRows | Links


def title(record: Page) -> str:
    """Return a record's name: its title, else its URL."""
    return record.title or record.url or "(no title)"


def blocks(record: Page, *, headline: Sequence[str] = HEADLINE) -> list[Block]:
    """Return everything a record holds for a person to read.

    `headline` names the plain fields to show; a file with front matter has them there.
    """
    subtitle = record.subtitle if isinstance(record, Article) else None
    facts = record.facts if isinstance(record, Stamp) else ()
    return [
        Heading(title(record), level=1),
        *_paragraphs([f"—— {subtitle}"] if subtitle else []),
        *_facts(_headline(record, headline)),
        *_facts((label, value or "") for label, value in facts),
        *_paragraphs(record.paragraphs),
        *_appendix(record),
    ]


def _appendix(record: Page) -> list[Block]:
    parts: list[tuple[str, list[Block]]] = [
        ("Entries", _links(map(_entry, rows_of(record)))),
        ("Pictures", _links(Link(image.url, image.caption or "") for image in record.images)),
        ("Files", _links(Link(file.url, file.label or "") for file in record.attachments)),
        ("Hotlines", _facts(map(_hotline, record.hotlines))),
        ("Registrations", _facts((item.authority, item.number) for item in record.registrations)),
        ("Other text of the page", _paragraphs(record.leftovers)),
        ("Warnings", _paragraphs(record.warnings)),
    ]
    return [block for heading, part in parts if part for block in (Heading(heading), *part)]


def _headline(record: Page, names: Sequence[str]) -> list[tuple[str, str]]:
    plain = to_json(record)
    values = ((_LABELS.get(key, key.capitalize()), plain.get(key)) for key in names)
    return [(label, cell(value)) for label, value in values if value is not None]


def _entry(row: Entry) -> Link:
    return Link(row.url, row.title, ", ".join(filter(None, (row.serial, row.date))))


def _hotline(line: Hotline) -> tuple[str, str]:
    return line.label, f"{line.number} ({line.dial})" if line.dial else line.number


def _paragraphs(texts: Iterable[str]) -> list[Block]:
    return [Paragraph(text) for text in texts]


def _facts(rows: Iterable[tuple[str, str]]) -> list[Block]:
    found = tuple(rows)
    return [LabelledRows(found)] if found else []


def _links(items: Iterable[Link]) -> list[Block]:
    found = tuple(items)
    return [Links(found)] if found else []
