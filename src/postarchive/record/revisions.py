"""What a version is: the normal form of a record, its fingerprint, and the judgement between two of them.

The fingerprint covers what the page says for itself. Left out: the frame (hotlines, registrations have a time line of
their own), doubts and leftovers, the CMS's creation date, the host it was seen on, the rows of a list, and the wording
of a stamp's labels, which goes with the template's age (SITE.md §6, §10.11). `diff` compares the same normal form.
"""

import hashlib
import json
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from postarchive.jsonvalue import Json
from postarchive.record.kinds import LISTS
from postarchive.record.labels import ONE_IN_A_FINGERPRINT
from postarchive.record.values import NO_FRAME
from postarchive.urls import HOSTS, site_of, split

Document: TypeAlias = dict[str, Json]

NOT_ITS_OWN = frozenset(
    ("url", "created", "hotlines", "registrations", "leftovers", "warnings", "entries", "next_url", "sheets")
)
HEX_DIGITS = 32
MANY_LEFTOVERS = 8  # lines


class Change(StrEnum):
    """What became of a page between two sightings; `LAYOUT` is a template's doing, not an edit."""

    NEW = "new"
    EDIT = "edit"
    LAYOUT = "layout"
    GONE = "gone"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Known:
    """The latest version of a page as it is stored."""

    document: Document
    fingerprint: str
    skeleton: str


def normal_form(document: Document) -> Document:
    """Return the part of a record that makes a version: its own fields, NFC, hosts as sites, without empty values."""
    is_list = document.get("kind") in LISTS
    own = {name: value for name, value in document.items() if name not in NOT_ITS_OWN}
    if is_list:
        own.pop("paragraphs", None)  # the descriptions of its rows
        own.pop("images", None)
    normal = {name: _normal(value) for name, value in own.items()}
    if isinstance(stamp := document.get("stamp"), dict):
        normal["stamp"] = _facts(stamp.get("facts"))
    return {name: value for name, value in normal.items() if value not in (None, [], "")}


def fingerprint(document: Document) -> str:
    """Return the hash of a record's normal form."""
    text = json.dumps(normal_form(document), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:HEX_DIGITS]


def judge(known: Known | None, document: Document, *, skeleton: str) -> Change | None:
    """Return what a record changes in what is known of its page; None when it says the same.

    A difference that is only fields appearing or going, together with a new skeleton, is a new layout: an old story
    gains `| China Post |` when the template does (DESIGN, "What a version is").
    """
    if known is None:
        return Change.NEW
    if known.fingerprint == fingerprint(document):
        return None if known.skeleton == skeleton else Change.LAYOUT
    if known.skeleton != skeleton and _only_fields_come_or_go(normal_form(known.document), normal_form(document)):
        return Change.LAYOUT
    return Change.EDIT


def lost_fields(known: Known, document: Document, *, skeleton: str) -> tuple[str, ...]:
    """Return the fields that a page can hardly lose by an edit but easily by a redesign; () when it may be an edit.

    A first sheet that listed pages never becomes empty. Otherwise a new structure must come with the loss: text that
    vanishes, a page that becomes another kind, or much text that no field accounts for any more.
    """
    if known.document.get("entries") and not document.get("entries") and document.get("sheet") == 1:
        return ("entries",)
    if known.skeleton == skeleton:
        return ()
    if _is_unframed(document) and not _is_unframed(known.document):
        return ("frame",)
    if known.document.get("kind") != document.get("kind"):
        return ("kind",)
    lost = tuple(name for name in ("title", "paragraphs") if known.document.get(name) and not document.get(name))
    return lost or (("leftovers",) if _length(document) >= MANY_LEFTOVERS > 2 * _length(known.document) else ())


def _is_unframed(document: Document) -> bool:
    warnings = document.get("warnings")
    return isinstance(warnings, list) and NO_FRAME in warnings


def _length(document: Document) -> int:
    leftovers = document.get("leftovers")
    return len(leftovers) if isinstance(leftovers, list) else 0


def changed_fields(old: Document, new: Document) -> list[str]:
    """Return the names of the fields whose normal form differs, in the record's order."""
    before, after = normal_form(old), normal_form(new)
    return [name for name in dict.fromkeys([*new, *old, *after, *before]) if before.get(name) != after.get(name)]


def _only_fields_come_or_go(old: Document, new: Document) -> bool:
    return all(old[name] == new[name] for name in old.keys() & new.keys())


def _normal(value: Json) -> Json:
    if isinstance(value, str):
        return _normal_text(value)
    if isinstance(value, list):
        return [_normal(item) for item in value]
    if isinstance(value, dict):
        return {name: _normal(item) for name, item in value.items()}
    return value


def _normal_text(text: str) -> str:
    """Return text in NFC; a URL on a known host becomes one of its site, so that a mirror's copy is no change."""
    if text.startswith(("http://", "https://")):
        parts = split(text)
        if parts is not None and parts.hostname is not None and parts.hostname in HOSTS:
            query = f"?{parts.query}" if parts.query else ""
            return f"{site_of(parts.hostname)}:{parts.path}{query}"
    return unicodedata.normalize("NFC", text)


def _facts(facts: Json) -> Json:
    """Return the stated facts with all wordings of a label as one; a row that stands empty says nothing."""
    pairs = (
        [fact for fact in facts if isinstance(fact, list) and fact[1] is not None] if isinstance(facts, list) else []
    )
    return [[_label(fact[0]), _normal(fact[1])] for fact in pairs]


def _label(label: Json) -> Json:
    text = str(label).lower()
    return ONE_IN_A_FINGERPRINT.get(text, text)
