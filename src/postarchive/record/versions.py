"""A version as it is stored: the record with its identity, when it was seen, and its evidence."""

from dataclasses import dataclass

from postarchive.jsonvalue import Json, JsonObject
from postarchive.models import Evidence
from postarchive.record.values import Page, to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A sheet of an article: its own version and evidence, and how many of the article's paragraphs are from it."""

    sheet: int
    key: str
    url: str
    number: int
    paragraphs: int
    first_seen: str
    last_seen: str
    gone: str | None
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of a page; `page` is the row id of the page, `gone` since when it has been gone (None: it is there).

    `article` is the key of the article that the page is a sheet of, or its own key if it is not a sheet. `evidence` is
    where the first sighting is, `addresses` are the URLs that showed the page. Times are ISO, UTC. For a whole article,
    `parts` are its sheets and `evidence` is that of the first; for a page, `parts` is ().
    """

    page: int
    site: str
    key: str
    article: str
    number: int
    change: str
    record: Page
    first_seen: str
    last_seen: str
    gone: str | None
    evidence: Evidence
    addresses: tuple[str, ...]
    parts: tuple[Part, ...] = ()


def version_json(version: Version) -> JsonObject:
    """Return the record as `parse` prints it, with its identity, when it was seen and its evidence.

    A whole article has `parts`; a page has the key of its `article`.
    """
    names: JsonObject = {"site": version.site, "key": version.key}
    if not version.parts:
        return to_json(version.record) | names | {"article": version.article} | sighting_json(version)
    parts: list[Json] = [_part_json(part) for part in version.parts]
    return to_json(version.record) | names | sighting_json(version) | {"parts": parts}


def _part_json(part: Part) -> JsonObject:
    """Return a sheet with its evidence as one flat object, because it is nested in a row."""
    return {
        "sheet": part.sheet,
        "key": part.key,
        "url": part.url,
        "version": part.number,
        "paragraphs": part.paragraphs,
        "first_seen": part.first_seen,
        "last_seen": part.last_seen,
        "gone": part.gone,
        "file": part.evidence.file,
        "offset": part.evidence.offset,
        "record_id": part.evidence.record_id,
        "payload_digest": part.evidence.payload_digest,
    }


def sighting_json(version: Version) -> JsonObject:
    """Return the version's number, when it was seen and its evidence."""
    place = version.evidence
    evidence: JsonObject = {
        "file": place.file,
        "offset": place.offset,
        "record_id": place.record_id,
        "payload_digest": place.payload_digest,
    }
    return {
        "version": version.number,
        "first_seen": version.first_seen,
        "last_seen": version.last_seen,
        "gone": version.gone,
        "addresses": list(version.addresses),
        "evidence": evidence,
    }
