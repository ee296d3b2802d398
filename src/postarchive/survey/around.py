"""What surrounds each field of a page: elements, classes, markup before and after; and the byline as printed.

What to expect: SITE.md §3.2, §4. Every pattern is bounded, because a page may hold anything.
"""

import re
from collections.abc import Iterator
from typing import Final

from postarchive.jsonvalue import Json, JsonObject
from postarchive.pages import Reading
from postarchive.pages.cms.frame import FIELD_IDS, INNER
from postarchive.pages.html.flow import Span
from postarchive.pages.report import find_fields
from postarchive.record.values import Article
from postarchive.survey.visit import Found, Purpose, Requested, Visit, shortened, urls_of

FIELD: Final = re.compile(
    r"""<span\s(?:[^<>]{0,200}?\s)?id\s{0,3}=\s{0,3}(?P<quote>["']?)(?P<name>[A-Za-z]{1,30}ID[A-Za-z]\w{0,40})"""
)
CLOSER: Final = re.compile(r"</span\s*>|<span\b", re.IGNORECASE)
CONTEXT: Final = 80  # characters of markup before and after a field
LONGEST_FIELD: Final = 2000  # characters; a longer field is a body, and what follows it is the frame
MAX_FIELDS, MAX_PLACES = 60, 8
KINDS: Final = ("news", "listing", "stamp", "folder")


def fields(visit: Visit) -> Found:
    """Say what surrounds each field: the elements with their classes, and the markup before and after."""
    pages = visit.shown(*KINDS)
    found = [field for item, reading in pages for field in _fields(item, reading)]
    if not found:
        return Found(None, {}, why=visit.why_no_response(Purpose.ARTICLE, Purpose.LIST, Purpose.STAMP, Purpose.HOME))
    one_each = list({(field["kind"], field["field"], field["path"]): field for field in reversed(found)}.values())[::-1]
    places = dict[str, list[str]]()
    for field in sorted(one_each, key=lambda field: KINDS.index(str(field["kind"]))):
        places.setdefault(f"{field['kind']} {field['path']}", []).append(str(field["field"]))
    shown = [f"{place}: {', '.join(names)}" for place, names in places.items()]
    facts: JsonObject = {"fields": list[Json](one_each[:MAX_FIELDS])}
    return Found("; ".join(shown[:MAX_PLACES]), facts, urls_of(item for item, _ in pages))


def _fields(item: Requested, reading: Reading) -> Iterator[JsonObject]:
    tree, source = reading.tree, reading.tree.source.decode(errors="replace")
    places = list(FIELD.finditer(source))
    for span in _first_of_each(reading):
        among = [found for found in places if found["name"].lower() == span.name]
        number = list(tree.some(span.name)).index(span)
        field: JsonObject = {"kind": reading.page.kind, "url": item.url, "field": span.name, "path": path_to(span)}
        yield field | (_markup(source, among[number]) if number < len(among) else {})


def _first_of_each(reading: Reading) -> list[Span]:
    """Return the first field of each name in the content region; an article's own title has no link."""
    tree, found = reading.tree, dict[str, Span]()
    own = find_fields(tree, reading.page.node) if isinstance(reading.page, Article) else None
    for span in filter(None, (own.name, own.source, own.date, own.editor, own.subhead, own.body) if own else ()):
        found.setdefault(span.name, span)
    for span in tree.within(reading.region):
        if span.name.startswith(FIELD_IDS):
            found.setdefault(span.name, span)
    return list(found.values())


def _markup(source: str, found: re.Match[str]) -> JsonObject:
    """Return a field's name and quotes as printed, and the markup before and after it."""
    end = _end(source, found.end())
    return {
        "field": found["name"],
        "quotes": found["quote"] or "none",
        "before": source[max(found.start() - CONTEXT, 0) : found.start()],
        "after": source[end : end + CONTEXT] if end is not None else None,
    }


def _end(source: str, start: int) -> int | None:
    """Return the end of the field that begins before `start`; None when it is too long to search."""
    depth = 1
    for found in CLOSER.finditer(source, start, start + LONGEST_FIELD):
        depth += 1 if found[0].lower() == "<span" else -1
        if not depth:
            return found.end()
    return None


def path_to(span: Span) -> str:
    """Return the path to an element, with classes, from the block of the frame on: `#Content3 > div.con > ul`."""
    steps = list[str]()
    for ancestor in span.ancestors():
        if ancestor.name in INNER or ancestor.tag in ("body", "html"):
            steps.append(f"#{ancestor.attributes.get('id', ancestor.name)}" if ancestor.name else ancestor.tag)
            break
        steps.append(step(ancestor))
    return " > ".join(reversed(steps))


def step(span: Span) -> str:
    """Return an element's tag with its id and classes, as a selector names it."""
    name = span.attributes.get("id")
    classes = "".join(f".{word}" for word in span.attributes.get("class", "").split()[:4])
    return f"{span.tag}{f'#{name}' if name else ''}{classes}"


def byline(visit: Visit) -> Found:
    """Say where bars, blanks, labels and dashes are between an article's title and its text, as printed."""
    lines = {item.url: line for item, reading in visit.shown("news") if (line := _byline(reading)) is not None}
    if not lines:
        return Found(None, {}, why=visit.why_no_response(Purpose.ARTICLE))
    facts: JsonObject = {
        "lines": dict(lines),
        "bars": any("|" in line for line in lines.values()),
        "blanks_inside_bars": any(re.search(r"\|\s|\s\|", line) is not None for line in lines.values()),
        "dashes": [line for line in lines.values() if "——" in line],
    }
    shown = dict.fromkeys(f"`{shortened(line)}`" if line else "nothing" for line in lines.values())
    return Found(", ".join(shown), facts, tuple(lines))


def _byline(reading: Reading) -> str | None:
    own = find_fields(reading.tree, reading.page.node)
    if own is None:
        return None
    if own.name is None or own.name.number > own.body.number:
        ancestor = [span for span in own.beside if span.number < own.body.number]
        return " ".join(reading.tree.line(span) for span in ancestor)
    return reading.tree.line(own.name.up_to(own.body), [(own.name, "")])
