"""What a version is: the normal form of a record, its fingerprint, and how two of them are judged.

The fingerprint covers what the page itself says. It leaves out the frame (hotlines and registrations have their own
time line), doubts and leftovers, the CMS's creation date, the host, the rows of a list, and the wording of a stamp's
labels, which depends on the template's age (SITE.md §6, §10.11). `diff` compares the same normal form.
"""

import hashlib
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from postarchive.jsonvalue import Json, JsonObject
from postarchive.record.fields import NOT_ITS_OWN
from postarchive.record.kinds import LISTS, UNKNOWN
from postarchive.record.labels import ONE_IN_A_FINGERPRINT
from postarchive.record.text import PARAGRAPHS, record_text
from postarchive.record.values import NO_FRAME, Page, Stamp, rows_of, to_json
from postarchive.urls import HOSTS, PLAIN_WHOLE, site_of, split

OF_ROWS: Final = frozenset(("paragraphs", "images"))  # of a list: the descriptions of its rows
HEX_DIGITS = 32
MANY_LEFTOVERS = 8  # lines


class Change(StrEnum):
    """What happened to a page between two sightings; `LAYOUT` is a change of template, not an edit."""

    NEW = "new"
    EDIT = "edit"
    LAYOUT = "layout"
    GONE = "gone"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Known:
    """The latest version of a page as it is stored."""

    page: Page
    fingerprint: str
    skeleton: str


def normal_form(page: Page, document: JsonObject | None = None) -> JsonObject:
    """Return what a version consists of: the record's own fields, NFC, hosts as sites, without empty values.

    `document` is its public form, if the caller has it.
    """
    left_out = NOT_ITS_OWN | OF_ROWS if page.kind in LISTS else NOT_ITS_OWN
    own = {name: _normal(value) for name, value in (document or to_json(page)).items() if name not in left_out}
    if isinstance(page, Stamp):
        own["stamp"] = _facts(page)
    return {name: value for name, value in own.items() if value not in (None, [], "")}


def fingerprint(page: Page, document: JsonObject | None = None, written: str | None = None) -> str:
    """Return the hash of a record's normal form.

    `document` is its public form and `written` the JSON of the paragraphs in it, if the caller has them.
    """
    form = normal_form(page, document)
    is_as_written = document is not None and form.get(PARAGRAPHS) == document.get(PARAGRAPHS)
    text = record_text(form, is_sorted=True, written=written if is_as_written else None)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:HEX_DIGITS]


def judge(known: Known | None, page: Page, *, mark: str, skeleton: str) -> Change | None:
    """Return how a record with the fingerprint `mark` changes its page; None if it does not.

    If fields only appear or disappear, and the skeleton is new, it is a new layout: an old story gains `| China Post |`
    when the template does (DESIGN, "What a version is").
    """
    if known is None:
        return Change.NEW
    if known.fingerprint == mark:
        return None if known.skeleton == skeleton else Change.LAYOUT
    if known.skeleton != skeleton and _only_fields_come_or_go(normal_form(known.page), normal_form(page)):
        return Change.LAYOUT
    return Change.EDIT


def lost_fields(known: Known, page: Page, *, skeleton: str) -> tuple[str, ...]:
    """Return lost fields that point to a redesign rather than an edit; () when it may be an edit.

    A first sheet that listed pages never becomes empty. Any other loss counts only together with a new structure: text
    that vanishes, a page that changes its kind, or much text that no field accounts for any more.
    """
    before = known.page
    if before.kind == UNKNOWN:
        return ()  # it had no fields to lose
    if rows_of(before) and not rows_of(page) and page.sheet == 1:
        return ("entries",)
    if known.skeleton == skeleton:
        return ()
    if NO_FRAME in page.warnings and NO_FRAME not in before.warnings:
        return ("frame",)
    if before.kind != page.kind:
        return ("kind",)
    texts = (("title", before.title, page.title), ("paragraphs", before.paragraphs, page.paragraphs))
    lost = tuple(name for name, old, new in texts if old and not new)
    is_unread = len(page.leftovers) >= MANY_LEFTOVERS > 2 * len(before.leftovers)
    return lost or (("leftovers",) if is_unread else ())


def changed_fields(old: Page, new: Page) -> list[str]:
    """Return the names of the fields whose normal form differs, in the record's order."""
    before, after = normal_form(old), normal_form(new)
    names = dict.fromkeys([*to_json(new), *to_json(old)])
    return [name for name in names if before.get(name) != after.get(name)]


def _only_fields_come_or_go(old: JsonObject, new: JsonObject) -> bool:
    return all(old[name] == new[name] for name in old.keys() & new.keys())


def _normal(value: Json) -> Json:
    match value:
        case str():
            return _normal_text(value)
        case list():
            return [_normal(item) for item in value]
        case dict():
            return {name: _normal(item) for name, item in value.items()}
        case _:
            return value


def _normal_text(text: str) -> str:
    """Return text in NFC; a URL on a known host becomes one of its site, so a mirror's copy is not a change."""
    if text.startswith(("http://", "https://")):
        if (plain := PLAIN_WHOLE.fullmatch(text)) and plain["host"] in HOSTS:  # splitting costs several times this
            return f"{site_of(plain['host'])}:{plain['path']}"
        parts = split(text)
        if parts is not None and parts.hostname is not None and parts.hostname in HOSTS:
            query = f"?{parts.query}" if parts.query else ""
            return f"{site_of(parts.hostname)}:{parts.path}{query}"
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _facts(page: Stamp) -> Json:
    """Return the facts that have a value, with all wordings of a label treated as one."""
    return [[_label(label), _normal_text(value)] for label, value in page.facts if value is not None]


def _label(label: str) -> str:
    text = label.lower()
    return ONE_IN_A_FINGERPRINT.get(text, text)
