"""Write events as an Atom feed (RFC 4287): in pieces, so that a feed of any length takes the memory of one entry.

All text from the pages is escaped in `type="html"` content that loads nothing: pictures and files are links.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from urllib.parse import quote
from xml.etree import ElementTree as ET

from postarchive.export.document import Link, Links, Paragraph, blocks, title
from postarchive.export.markup import html_text
from postarchive.export.plain import printable
from postarchive.export.show import block_html
from postarchive.models import Evidence
from postarchive.news import Drift, DriftedPage, PageEvent, drift_id, event_id
from postarchive.record.differences import DiffPiece, differences
from postarchive.record.values import Page, source_of

NAMESPACE = "http://www.w3.org/2005/Atom"
TITLE_PREFIX = {"new": "", "edit": "Changed: ", "gone": "Gone: ", "back": "Back: "}
TAGS = {"same": ("", ""), "removed": ("<del>", "</del>"), "added": ("<ins>", "</ins>")}
HEADLINE = ("section", "source", "date", "editor")
MAX_DRIFTED = 50  # pages that the drift entry names; a redesign hits all of them
ILLEGAL = re.compile(r"[\ud800-\udfff\ufffe\uffff]")  # what XML 1.0 forbids besides control characters
AddressOf = Callable[[PageEvent], str | None]  # where an archive shows an event's page; None if it does not
RESERVED = "%:/?#[]@!$&'()*+,;=~"  # stays as it is in a URL


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHead:
    """What the feed says about itself; `self_url` is where it will be published, None when unknown.

    `home` is the page of the site, `when_empty` the date of a feed without an entry.
    """

    id: str
    title: str
    subtitle: str
    home: str
    version: str
    when_empty: datetime
    self_url: str | None = None


def feed_xml(
    head: FeedHead, events: Iterable[PageEvent], *, drift: Drift | None, address_of: AddressOf = lambda _: None
) -> Iterator[str]:
    """Yield the feed as text for a UTF-8 file: the drift first, then the events in the order in which they come.

    An entry links the archive's own page where there is one, and names the site's as its source.
    """
    waiting = iter(events)
    first = next(waiting, None)
    times = [known.time for known in (drift, first) if known is not None]
    top = _text_of(_feed(head, drift, updated=max(times, default=head.when_empty)))
    yield '<?xml version="1.0" encoding="utf-8"?>\n' + top.removesuffix("</feed>")
    if drift is not None:
        yield _indented(_drift_entry(drift))
    for event in chain((first,) if first is not None else (), waiting):
        yield _indented(_event_entry(event, address_of(event)))
    yield "</feed>\n"


def _feed(head: FeedHead, drift: Drift | None, *, updated: datetime) -> ET.Element:
    feed = ET.Element("feed", {"xmlns": NAMESPACE})
    warning = f" The site drifted in run {drift.run}: see the first entry." if drift is not None else ""
    _add(feed, "id", head.id)
    _add(feed, "title", head.title)
    _add(feed, "subtitle", head.subtitle + warning)
    _add(feed, "updated", _time(updated))
    _add(feed, "generator", "postarchive", version=head.version)
    _add(feed, "link", rel="alternate", type="text/html", href=_url(head.home))
    if head.self_url is not None:
        _add(feed, "link", rel="self", type="application/atom+xml", href=_url(head.self_url))
    ET.indent(feed)
    return feed


def _event_entry(event: PageEvent, address: str | None) -> ET.Element:
    entry = ET.Element("entry")
    _add(entry, "id", event_id(event))
    _add(entry, "title", entry_title(event))
    _add(entry, "updated", _time(event.time))
    _add(entry, "published", _time(event.first_seen))
    _add(_add(entry, "author"), "name", source_of(event.record) or "China Post")
    _add(entry, "category", term=event.kind)
    _add(entry, "link", rel="alternate", type="text/html", href=_url(address or event.url))
    if address:
        _add(entry, "link", rel="via", type="text/html", href=_url(event.url))
    if summary := entry_summary(event):
        _add(entry, "summary", summary)
    _add(entry, "content", entry_html(event), type="html")
    return entry


def _drift_entry(drift: Drift) -> ET.Element:
    entry = ET.Element("entry")
    count = len(drift.pages)
    _add(entry, "id", drift_id(drift))
    _add(entry, "title", f"The site drifted: {count} finding{'' if count == 1 else 's'} in run {drift.run}")
    _add(entry, "updated", _time(drift.time))
    _add(entry, "published", _time(drift.time))
    _add(_add(entry, "author"), "name", "postarchive")
    _add(entry, "category", term="drift")
    _add(entry, "content", "\n".join(_drift_body(drift)), type="html")
    return entry


def _drift_body(drift: Drift) -> Iterator[str]:
    yield _paragraph(
        "The site no longer looks as it did. The responses are kept, and no good record was touched; "
        "until a person has looked, this feed may lack changes of these pages:"
    )
    yield block_html(Links(tuple(map(_drifted, drift.pages[:MAX_DRIFTED]))))
    more = len(drift.pages) - MAX_DRIFTED
    yield _paragraph(f"{f'{more} more are left out here. ' if more > 0 else ''}All: postarchive runs {drift.run}")


def _drifted(page: DriftedPage) -> Link:
    fields = f" (fields: {', '.join(page.missing)})" if page.missing else ""
    return Link(page.url, "", f"{page.detail}{fields}")


def entry_title(event: PageEvent) -> str:
    """Return an entry's title: what happened to the page, then its title."""
    record = event.record
    part = f" (part {record.sheet})" if record.sheet > 1 else ""
    return TITLE_PREFIX[event.name] + " ".join(title(record).split()) + part


def entry_html(event: PageEvent) -> str:
    """Return what an entry shows, with its evidence."""
    return "\n".join([*_body(event), _evidence(event.evidence, event.time)])


def entry_summary(event: PageEvent) -> str | None:
    """Return what happened, in one line; None for a new page, whose content says it."""
    match event.name:
        case "new":
            return None
        case "edit":
            return f"Changed: {event.detail or 'nothing that counts'}"
        case "gone":
            return (
                f"Gone from the site{f' ({event.detail})' if event.detail else ''}; the archive keeps the last record."
            )
        case "back":
            return "On the site again, after it was gone."


def _body(event: PageEvent) -> Iterator[str]:
    """Yield what an entry shows: the text of a new page, the differences of an edit, else what happened."""
    if event.name == "edit":
        yield from _diff(event.before, event.record) if event.before else ()
    elif event.name == "new":
        own = replace(event.record, hotlines=(), registrations=(), leftovers=(), warnings=())
        yield from map(block_html, blocks(own, headline=HEADLINE)[1:])  # the title is shown above
    else:
        yield _paragraph(entry_summary(event) or "")


def _diff(old: Page, new: Page) -> Iterator[str]:
    for found in differences(old, new):
        yield f"<h3>{html_text(found.field)}</h3>"
        yield from (f"<p>{''.join(map(_marked, line))}</p>" for line in found.lines)


def _marked(piece: DiffPiece) -> str:
    before, after = TAGS[piece.sign]
    return f"{before}{html_text(piece.text)}{after}"


def _evidence(place: Evidence, time: datetime) -> str:
    return _paragraph(f"Evidence: {place.file} at byte {place.offset}, {place.shown_digest}, captured {_time(time)}")


def _paragraph(text: str) -> str:
    return block_html(Paragraph(text))


def _add(parent: ET.Element, name: str, text: str | None = None, /, **attributes: str) -> ET.Element:
    """Add an element, leaving out of its text and attributes what XML cannot hold or a terminal would obey."""
    child = ET.SubElement(parent, name, {key: _legal(value) for key, value in attributes.items()})
    child.text = _legal(text) if text is not None else None
    return child


def _legal(text: str) -> str:
    return ILLEGAL.sub("", printable(text))


def _url(url: str) -> str:
    return quote(ILLEGAL.sub("", url), safe=RESERVED)


def _time(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _text_of(element: ET.Element) -> str:
    return ET.tostring(element, encoding="unicode")


def _indented(entry: ET.Element) -> str:
    ET.indent(entry, level=1)
    return f"  {_text_of(entry)}\n"
