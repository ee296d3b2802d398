"""One version of an article as JSON, the same for `show --format json` and the web."""

from collections.abc import Iterable

from postarchive.jsonvalue import Json, JsonObject
from postarchive.record.values import to_json
from postarchive.store.articles import ArticleVersion, StoredSheet


def article_json(found: ArticleVersion, addresses: Iterable[str]) -> JsonObject:
    """Return the record as `parse` prints it, with its version, the URLs that showed it, and its evidence.

    For an article in parts, `sheets` says how many paragraphs each sheet's capture holds.
    """
    return to_json(found.record) | _seen(found, addresses)


def version_summary_json(found: ArticleVersion) -> JsonObject:
    """Return a version without its text: what it changed, when it was seen, and the evidence of each sheet."""
    sheets: list[Json] = [
        {"sheet": own.sheet, "version": own.number, "url": own.url, "origin": own.origin, "evidence": place_json(own)}
        for own in found.sheets
    ]
    return {
        "version": found.number,
        "change": found.change,
        "changed_sheets": list(found.changed),
        "not_captured": list(found.missing),
        "first_seen": found.first_seen,
        "last_seen": found.last_seen,
        "title": found.record.title,
        "sheets": sheets,
    }


def _seen(found: ArticleVersion, addresses: Iterable[str]) -> JsonObject:
    """Return the version's number, when and where it was seen, and its evidence."""
    first = found.sheets[0]
    sheets: list[Json] = [_of_sheet(own, found) for own in found.sheets] if len(found.sheets) > 1 else []
    document: JsonObject = {
        "version": found.number,
        "first_seen": found.first_seen,
        "last_seen": found.last_seen,
        "gone": first.gone,
        "addresses": list(dict.fromkeys(addresses)),
        "evidence": place_json(first),
    }
    return (
        document
        | ({"sheets": sheets} if sheets else {})
        | ({"not_captured": list(found.missing)} if found.missing else {})
    )


def _of_sheet(own: StoredSheet, found: ArticleVersion) -> JsonObject:
    count = sum(sheet is own for _, sheet in found.paragraphs())
    seen: JsonObject = {"first_seen": own.first_seen, "last_seen": own.last_seen, "gone": own.gone}
    return {"sheet": own.sheet, "url": own.url, "paragraphs": count, **seen, "evidence": place_json(own)}


def place_json(own: StoredSheet) -> JsonObject:
    """Return where the bytes of a sheet's version are, and their digest."""
    place = own.evidence
    return {
        "file": place.file,
        "offset": place.offset,
        "record_id": place.record_id,
        "payload_digest": place.payload_digest,
        "sha256": place.shown_digest.removeprefix("sha256:"),
    }
