"""The values of a record: frozen, one class for each kind of page, with their public JSON form.

None, never an empty string, means that the page does not show it; dates are in ISO format.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypedDict

from postarchive.jsonvalue import Fields, Json, JsonObject
from postarchive.record.kinds import BY_NAME, Shape

# The warning for a page whose content is in no block of the CMS's frame; if the page used to have one, a redesign.
NO_FRAME = "content stands in no block of the frame (#Content1, #Content2, #Content3)"
CUT_OFF = "page is cut off: its closing tags are missing"


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of the content; caption is None unless the text beside it clearly belongs to it."""

    url: str
    caption: str | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A linked file; label is the link's text, None if it has none."""

    url: str
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Hotline:
    """A telephone number of the page frame; `number` as printed, `dial` in E.164, None when it has no area code."""

    label: str
    number: str
    dial: str | None


@dataclass(frozen=True, slots=True)
class Registration:
    """A registration of the footer: ICP (website filing) or PSB (public security); `number` without its blanks."""

    authority: Literal["ICP", "PSB"]
    number: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a list: the title in full, date in ISO (None when the row has no year), a stamp's serial number."""

    url: str
    title: str
    date: str | None = None
    serial: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What every kind of page has; used as it is for kinds without a parser (`unknown`).

    `url` is None only for a saved file that does not say it. `node` is None when neither script nor URL names it.
    `created` is the CMS's creation date, not a publication date. `section` is a heading line that differs from the
    title. `leftovers` is the text of the content region that no field accounts for. `parts` is how many sheets an
    article says it has.
    """

    kind: str
    url: str | None
    node: int | None
    sheet: int = 1
    title: str | None = None
    created: str | None = None
    section: str | None = None
    paragraphs: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    hotlines: tuple[Hotline, ...] = ()
    registrations: tuple[Registration, ...] = ()
    leftovers: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    parts: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Article(Page):
    """A news page (`report`); subtitle without its dashes, source and editor only as the byline shows them."""

    subtitle: str | None = None
    source: str | None = None
    date: str | None = None
    editor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp(Page):
    """A stamp page; `facts` are (label, value as printed or None) in page order; the typed ones are None when empty.

    `denomination` is in yuan and None for `0.0 yuan`, which the site prints for unknown.
    """

    facts: tuple[tuple[str, str | None], ...] = ()
    serial: str | None = None
    issued: str | None = None
    denomination: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Page):
    """A list of pages; `next_url` is None on the last sheet; `sheets` is how many the list says it has."""

    entries: tuple[Entry, ...] = ()
    next_url: str | None = None
    sheets: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder(Page):
    """A plain text page, or a front page; `entries` are the rows of any lists on it."""

    entries: tuple[Entry, ...] = ()


def date_of(page: Page) -> str | None:
    """Return a record's date: that of its byline, or a stamp's day of issue; None when it shows none."""
    match page:
        case Article():
            return page.date
        case Stamp():
            return page.issued
        case _:
            return None


def source_of(page: Page) -> str | None:
    """Return who published a record's text; None when it does not say."""
    return page.source if isinstance(page, Article) else None


def rows_of(page: Page) -> tuple[Entry, ...]:
    """Return the rows of a record that lead to other pages."""
    return page.entries if isinstance(page, (Listing, Folder)) else ()


def to_json(page: Page) -> JsonObject:
    """Return the page as `parse` prints it: the public JSON form, keys in their documented order."""
    news = page if isinstance(page, Article) else None
    document: JsonObject = {
        "url": page.url,
        "kind": page.kind,
        "node": page.node,
        "sheet": page.sheet,
        "title": page.title,
        "subtitle": news.subtitle if news else None,
        "source": news.source if news else None,
        "date": date_of(page),
        "created": page.created,
        "editor": news.editor if news else None,
        "paragraphs": list(page.paragraphs),
        "images": [{"url": image.url, "caption": image.caption} for image in page.images],
        "attachments": [{"url": link.url, "label": link.label} for link in page.attachments],
        "hotlines": [{"label": line.label, "number": line.number, "dial": line.dial} for line in page.hotlines],
        "registrations": [{"authority": item.authority, "number": item.number} for item in page.registrations],
        "leftovers": list(page.leftovers),
        "section": page.section,
        "warnings": list(page.warnings),
    }
    return document | _own_fields(page)


def _own_fields(page: Page) -> JsonObject:
    match page:
        case Stamp():
            return {"stamp": _stamp(page)}
        case Listing():
            return {"entries": _entries(page.entries), "next_url": page.next_url, "sheets": page.sheets}
        case Folder(entries=entries) if entries:
            return {"entries": _entries(entries)}
        case _:
            return {}


def _stamp(page: Stamp) -> JsonObject:
    facts: list[Json] = [[label, value] for label, value in page.facts]
    return {"serial": page.serial, "issued": page.issued, "denomination": page.denomination, "facts": facts}


def _entries(entries: tuple[Entry, ...]) -> list[Json]:
    return [{"url": row.url, "title": row.title, "date": row.date, "serial": row.serial} for row in entries]


def from_json(document: Json) -> Page:
    """Return the record that this public JSON form describes; what the form lacks was not shown.

    Raises ValueError for JSON of any other form. `parts` is not in it, and becomes 1.
    """
    fields = Fields(document)
    kind = fields.text("kind") or ""
    shape = BY_NAME[kind].shape if kind in BY_NAME else "page"
    return _READERS[shape](fields, _common(fields, kind))


class _Common(TypedDict):
    """The fields of every kind."""

    kind: str
    url: str | None
    node: int | None
    sheet: int
    title: str | None
    created: str | None
    section: str | None
    paragraphs: tuple[str, ...]
    images: tuple[Image, ...]
    attachments: tuple[Attachment, ...]
    hotlines: tuple[Hotline, ...]
    registrations: tuple[Registration, ...]
    leftovers: tuple[str, ...]
    warnings: tuple[str, ...]


def _common(fields: Fields, kind: str) -> _Common:
    return {
        "kind": kind,
        "url": fields.text("url"),
        "node": fields.number("node"),
        "sheet": fields.number("sheet") or 1,
        "title": fields.text("title"),
        "created": fields.text("created"),
        "section": fields.text("section"),
        "paragraphs": fields.texts("paragraphs"),
        "images": tuple(Image(item.required("url"), item.text("caption")) for item in fields.objects("images")),
        "attachments": tuple(
            Attachment(item.required("url"), item.text("label")) for item in fields.objects("attachments")
        ),
        "hotlines": tuple(
            Hotline(item.required("label"), item.required("number"), item.text("dial"))
            for item in fields.objects("hotlines")
        ),
        "registrations": tuple(map(_registration, fields.objects("registrations"))),
        "leftovers": fields.texts("leftovers"),
        "warnings": fields.texts("warnings"),
    }


def _registration(item: Fields) -> Registration:
    return Registration("ICP" if item.required("authority") == "ICP" else "PSB", item.required("number"))


def _article(fields: Fields, common: _Common) -> Article:
    return Article(
        **common,
        subtitle=fields.text("subtitle"),
        source=fields.text("source"),
        date=fields.text("date"),
        editor=fields.text("editor"),
    )


def _stamp_of(fields: Fields, common: _Common) -> Stamp:
    stamp = fields.object("stamp")
    return Stamp(
        **common,
        facts=stamp.pairs("facts"),
        serial=stamp.text("serial"),
        issued=stamp.text("issued"),
        denomination=stamp.amount("denomination"),
    )


def _listing(fields: Fields, common: _Common) -> Listing:
    sheets = fields.number("sheets") or 1
    return Listing(**common, entries=_entries_of(fields), next_url=fields.text("next_url"), sheets=sheets)


def _folder(fields: Fields, common: _Common) -> Folder:
    return Folder(**common, entries=_entries_of(fields))


def _page(_fields: Fields, common: _Common) -> Page:
    return Page(**common)


def _entries_of(fields: Fields) -> tuple[Entry, ...]:
    return tuple(
        Entry(item.required("url"), item.required("title"), item.text("date"), item.text("serial"))
        for item in fields.objects("entries")
    )


_READERS: Final[dict[Shape, Callable[[Fields, _Common], Page]]] = {
    "page": _page,
    "article": _article,
    "stamp": _stamp_of,
    "listing": _listing,
    "folder": _folder,
}
