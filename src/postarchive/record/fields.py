"""The fields of a record, one row each, in the order in which `parse` prints them.

The fingerprint, the full-text index, `query --fields`, the columns of exports, the data package and `serve`'s
descriptions of its tables are all made from these rows.
"""

from collections.abc import Iterator
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from postarchive.record.kinds import IN_WORDS

if TYPE_CHECKING:
    from postarchive.record.values import Page

# As Table Schema names them; times are UTC. An array without items holds strings.
Type: TypeAlias = Literal["string", "integer", "number", "date", "datetime", "array", "object"]
Searched: TypeAlias = Literal["title", "body"]  # the column of the full-text index


class Field(NamedTuple):
    """A field: its type, what it means, and what follows from it.

    `unit` is None if the field is not a quantity. `is_own`: the page says it about itself, so a change makes a new
    version. `searched` is None if searches ignore the field. `items` are the fields of an array's objects. A field that
    is not required is null when the page does not show it.
    """

    name: str
    type: Type
    meaning: str
    unit: str | None = None
    is_own: bool = True
    is_required: bool = False
    searched: Searched | None = None
    items: tuple["Field", ...] = ()


_IMAGE = (Field("url", "string", "Where the picture is."), Field("caption", "string", "The text that belongs to it."))
_ATTACHMENT = (Field("url", "string", "Where the file is."), Field("label", "string", "The text of its link."))
_HOTLINE = (
    Field("label", "string", "Whose number it is."),
    Field("number", "string", "The number as printed."),
    Field("dial", "string", "The number in E.164."),
)
_REGISTRATION = (
    Field("authority", "string", "`ICP` (website filing) or `PSB` (public security)."),
    Field("number", "string", "The number without spaces."),
)
_FACT = (Field("label", "string", "The label as printed."), Field("value", "string", "The value as printed."))
_ENTRY = (
    Field("url", "string", "Where the row leads."),
    Field("title", "string", "Its title in full."),
    Field("date", "date", "Its date."),
    Field("serial", "string", "A stamp's serial number."),
)

STAMP: Final = (
    Field("serial", "string", "A stamp's serial number, `2017-16`."),
    Field("issued", "date", "A stamp's day of issue."),
    Field("denomination", "number", "A stamp's face value; null when the page says `0.0 yuan`.", "yuan"),
    Field("facts", "array", "All labelled facts of a stamp in the order of the page.", searched="body", items=_FACT),
)
# What `record.labels` reads off the facts for tables.
OF_FACTS: Final = (
    Field("pieces", "string", "How many stamps the set has, as printed (`2+1`)."),
    Field("designer", "string", "Who designed the stamp, as printed."),
    Field("size", "string", "The size of the stamp, as printed, mostly in millimetres."),
    Field("perforation", "string", "The perforation, as printed; usually holes per two centimetres."),
    Field("sheet_composition", "string", "How many stamps a sheet has, as printed."),
    Field("printer", "string", "Who printed the stamp, as printed."),
    Field("printing", "string", "The printing process, as printed."),
)
FIELDS: Final = (
    Field("url", "string", "The page's address.", is_own=False, is_required=True),
    Field("kind", "string", f"{IN_WORDS}.", is_required=True),
    Field("node", "integer", "The CMS's number of the page; null when neither page nor URL names one."),
    Field("sheet", "integer", "Which sheet of an article or list it is, from 1.", is_required=True),
    Field("title", "string", "The full title, without the subtitle.", searched="title"),
    Field("subtitle", "string", "The subtitle, without its dashes.", searched="title"),
    Field("source", "string", "Who published the text, as the byline shows it.", searched="body"),
    Field("date", "date", "The day that the byline shows; a stamp's day of issue."),
    Field("created", "date", "When the CMS made the page; not the day of publication.", is_own=False),
    Field("editor", "string", "Editor or author, as the page shows them.", searched="body"),
    Field("paragraphs", "array", "The paragraphs; a newline inside is a line break.", searched="body"),
    Field("images", "array", "The pictures of the content.", items=_IMAGE),
    Field("attachments", "array", "The files that the content links to.", items=_ATTACHMENT),
    Field("hotlines", "array", "The telephone numbers of the page's frame.", is_own=False, items=_HOTLINE),
    Field(
        "registrations", "array", "The registration numbers of the page's footer.", is_own=False, items=_REGISTRATION
    ),
    Field("leftovers", "array", "Text of the content that no field accounts for.", is_own=False),
    Field("section", "string", "The heading line where it is not the title, such as `Pressroom`."),
    Field("warnings", "array", "Doubtful cases, and how the parser decided them.", is_own=False),
    Field("stamp", "object", "What a stamp page states.", items=STAMP),
    Field("entries", "array", "The rows of a list.", is_own=False, items=_ENTRY),
    Field("next_url", "string", "A list's next sheet; null on the last one.", is_own=False),
    Field("sheets", "integer", "How many sheets the list says it has.", is_own=False),
)
NAMES: Final = tuple(field.name for field in FIELDS)
BY_NAME: Final = MappingProxyType({field.name: field for field in (*STAMP, *OF_FACTS, *FIELDS)})
NOT_ITS_OWN: Final = frozenset(field.name for field in FIELDS if not field.is_own)


def searched_lines(page: "Page", column: Searched) -> Iterator[str]:
    """Yield the texts of a record that a column of the full-text index holds."""
    for field in (*FIELDS, *STAMP):
        if field.searched == column:
            yield from lines_of(page, field.name)


def lines_of(page: "Page", name: str) -> Iterator[str]:
    """Yield the texts of a field: each item of a list, each fact with its label; nothing if it is not shown."""
    match getattr(page, name, None):
        case str(text):
            yield text
        case tuple(items):
            yield from filter(None, map(_line, items))


def _line(item: object) -> str | None:
    match item:
        case str():
            return item
        case (str(label), str(value)) if value:
            return f"{label} {value}"
        case _:
            return None
