"""A version as it is kept: the record with its identity, when it was seen, and its evidence."""

from dataclasses import dataclass

from postarchive.jsonvalue import JsonObject
from postarchive.models import Evidence
from postarchive.record.values import Page, to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of a page; `page` is the row id of the page, `gone` since when it is no longer there, None: it is.

    `evidence` is where the first sighting stands, `addresses` are the URLs that showed the page. Times are ISO, UTC.
    """

    page: int
    site: str
    key: str
    number: int
    change: str
    record: Page
    first_seen: str
    last_seen: str
    gone: str | None
    evidence: Evidence
    addresses: tuple[str, ...]


def version_json(version: Version) -> JsonObject:
    """Return the record as `parse` prints it, with its identity, when it was seen and its evidence."""
    return to_json(version.record) | {"site": version.site, "key": version.key} | sighting_json(version)


def sighting_json(version: Version) -> JsonObject:
    """Return which version it is, when it was seen and its evidence."""
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
