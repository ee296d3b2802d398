"""Write events as a JSON Feed (version 1.1): the Atom feed's entries under the same ids, with their evidence as data.

An item's `content_html` is the Atom entry's; `_postarchive` holds what happened and where the bytes are. Names that
begin with an underscore are the standard's way to add data.
"""

from collections.abc import Iterable
from datetime import datetime

from postarchive.export.feed import AddressOf, FeedHead, entry_html, entry_summary, entry_title
from postarchive.export.plain import printable
from postarchive.jsonvalue import Json, JsonObject
from postarchive.models import iso_time
from postarchive.news import Drift, PageEvent, drift_id, event_id
from postarchive.record.values import source_of

VERSION = "https://jsonfeed.org/version/1.1"


def json_feed(head: FeedHead, events: Iterable[PageEvent], *, drift: Drift | None, address_of: AddressOf) -> JsonObject:
    """Return the feed: the drift first, then the events in the order in which they come.

    `address_of` returns where the archive itself shows an event's page; None if it does not.
    """
    items: list[Json] = [_drift_item(drift)] if drift else []
    items += [_item(event, address_of(event)) for event in events]
    feed: JsonObject = {
        "version": VERSION,
        "title": printable(head.title),
        "description": printable(head.subtitle),
        "home_page_url": head.home,
        "feed_url": head.self_url,
        "items": items,
    }
    return {name: value for name, value in feed.items() if value is not None}


def _item(event: PageEvent, address: str | None) -> JsonObject:
    place = event.evidence
    evidence: JsonObject = {
        "file": place.file,
        "offset": place.offset,
        "record_id": place.record_id,
        "digest": place.shown_digest,
    }
    item: JsonObject = {
        "id": event_id(event),
        "url": address or event.url,
        "external_url": event.url if address else None,
        "title": printable(entry_title(event)),
        "summary": _plain(entry_summary(event)),
        "content_html": entry_html(event),
        "date_published": _time(event.first_seen),
        "date_modified": _time(event.time),
        "authors": [{"name": printable(source_of(event.record) or "China Post")}],
        "tags": [event.kind],
        "_postarchive": {"event": event.name, "detail": _plain(event.detail), "evidence": evidence},
    }
    return {name: value for name, value in item.items() if value is not None}


def _drift_item(drift: Drift) -> JsonObject:
    pages = "; ".join(f"{page.url} ({page.detail})" for page in drift.pages)
    return {
        "id": drift_id(drift),
        "title": f"The site drifted: {len(drift.pages)} findings in run {drift.run}",
        "content_text": printable(f"The site no longer looks as it did; this feed may lack changes of: {pages}"),
        "date_published": _time(drift.time),
        "tags": ["drift"],
    }


def _plain(text: str | None) -> str | None:
    return printable(text) if text is not None else None


def _time(time: datetime) -> str:
    return iso_time(time)
