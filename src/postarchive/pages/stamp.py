"""Stamp pages (`stamp`): a table of labelled facts, a picture, a text.

Required: at least one labelled fact. Optional: heading (missing on four of twenty), each row, text, picture.
Labels are kept as printed, unknown ones too; the typed forms are read beside them. Knowledge: SITE.md §6.

History: `Value in Set` and `Printing Process` on copies of 2018-19, `Piece in Set` and `Printing Technology` since
2021: labels go with the template's age. Empty stamps of 2012-14 print `0.0 yuan`, which is unknown, and lack rows.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from postarchive.errors import ParseError
from postarchive.pages.cms import media
from postarchive.pages.cms.common import common
from postarchive.pages.cms.dates import printed_date
from postarchive.pages.cms.frame import content_region
from postarchive.pages.cms.heading import find_heading, headed_text
from postarchive.pages.cms.material import Cuts, Material, Reading
from postarchive.pages.cms.odd import has_frame, own_region, refuse_odd
from postarchive.pages.html.flow import Span
from postarchive.pages.html.repair import as_browsers_read
from postarchive.pages.html.text import paragraphs, rows
from postarchive.record.labels import LONGEST_LABEL, Meaning, known_wordings, typed_facts
from postarchive.record.values import Stamp

CAPTION_ROW = re.compile(r"supporting\s+information\s*[:：]?\s*", re.IGNORECASE)
# What is certainly a label, where no table says so: `Serial Number: 2016-8`
KNOWN_LABEL = re.compile(rf"(?<![A-Za-z])({'|'.join(known_wordings())})\s*[:：]", re.IGNORECASE)
STAMP_TITLE = re.compile(r"Stamp Title\s*[:：]\s*$", re.IGNORECASE)
CERTAIN_FACTS = 3  # so many labelled lines in a paragraph are the block, whatever else stands in it
LABEL = re.compile(rf"([^:：|]{{1,{LONGEST_LABEL}}}?)\s*[:：]\s*(.*)", re.DOTALL)
MONEY = re.compile(r"(\d{1,6}(?:\.\d{1,4})?)\s*(?:yuan|元|RMB)?", re.IGNORECASE)
Fact = tuple[str, str | None]


class Facts(NamedTuple):
    """The labelled facts in page order, the texts that are not facts, and what nothing explains."""

    facts: list[Fact]
    paragraphs: list[str]
    leftovers: list[str]


def parse(material: Material) -> Reading:
    """Return the facts of a stamp page in page order. Raises ParseError when it shows no labelled fact."""
    tree = material.tree
    names = [name for name in tree.names if name.startswith("stampid")]
    own = [span for name in names for span in tree.some(name) if not tree.is_linked(span)]
    region = content_region(tree, own)
    if not own:
        refuse_odd(material, region)
    if not has_frame(tree):
        region = own_region(material, region, own)
    content = [span for span in tree.some("stampidcontent") if region.holds(span)]
    heading = find_heading(tree, region)
    facts = _facts(material, region, heading, content)
    if (facts.leftovers or not facts.facts) and (repaired := as_browsers_read(tree)):
        return parse(material.with_tree(repaired))
    if not facts.facts:
        raise ParseError(material.subject, "no labelled facts, such as `Serial Number:`", ("facts",))
    title = tree.line(heading) if heading is not None else None
    named = [(name, spans[0]) for name, spans in (("stamp", own), ("paragraphs", content)) if spans]
    return Reading(_stamp(material, region, title, content, facts), tree, region, content, named=lambda: named)


def _stamp(material: Material, region: Span, title: str | None, content: Sequence[Span], facts: Facts) -> Stamp:
    tree = material.tree
    typed = typed_facts(facts.facts)
    denomination, warnings = _denomination(typed.get(Meaning.DENOMINATION))
    issued = printed_date(typed.get(Meaning.ISSUED) or "")
    if Meaning.ISSUED in typed and issued is None:
        warnings.append(f"date of issue {typed[Meaning.ISSUED]!r} is no date of the calendar")
    return Stamp(
        **common(material, region, "stamp", leftovers=facts.leftovers, warnings=warnings),
        title=title or typed.get(Meaning.TITLE) or material.head.subject,
        paragraphs=(*(text for span in content for text in tree.paragraphs(span)), *facts.paragraphs),
        images=media.images(tree, [region], material.url),
        attachments=media.attachments(tree, region, material.url),
        facts=tuple(facts.facts),
        serial=typed.get(Meaning.SERIAL),
        issued=issued,
        denomination=denomination,
    )


def _facts(material: Material, region: Span, heading: Span | None, content: Sequence[Span]) -> Facts:
    """Return the facts of the table; on a page without one, those of lines `LABEL: VALUE`."""
    cuts: Cuts = [*material.side_cuts(region), *((span, "") for span in content)]
    table, around = rows(material.tree.marked(region, cuts if heading is None else [*cuts, (heading, "")]))
    facts, unread = _table_facts(table)
    texts = paragraphs(around)
    if texts and texts[0] == (_title_of(facts) or material.head.subject):
        texts = texts[1:]  # a heading line without a field of its own
    if facts:
        return Facts(facts, [], [*unread, *(text for text in texts if not CAPTION_ROW.fullmatch(text))])
    _, texts = headed_text(material, region, cuts)
    return _line_facts(texts, has_content=bool(content))


def _title_of(facts: Sequence[Fact]) -> str | None:
    return typed_facts(facts).get(Meaning.TITLE)


def _table_facts(table: Sequence[Sequence[str]]) -> tuple[list[Fact], list[str]]:
    facts: list[Fact] = []
    unread: list[str] = []
    for cells in table:
        if not cells or CAPTION_ROW.fullmatch(cells[0]):
            continue
        fact = _row_fact(cells)
        if fact is None:
            unread.append(" | ".join(cells))
        else:
            facts.append(fact)
    return facts, unread


def _row_fact(cells: Sequence[str]) -> Fact | None:
    """Return the fact of a table row: label and value in cells side by side, or in one cell `LABEL: VALUE`."""
    found = LABEL.fullmatch(cells[0])
    if found is None:
        return (cells[0], " | ".join(cells[1:])) if len(cells) > 1 else None
    values = [found[2].strip(), *cells[1:]]
    return found[1].strip(), " | ".join(filter(None, values)) or None


def _line_facts(texts: Sequence[str], *, has_content: bool) -> Facts:
    """Return the facts of lines `LABEL: VALUE`, several of them on a line too; the rest is the stamp's text."""
    facts: list[Fact] = []
    rest: list[str] = []
    for text in texts:
        lines = [part for line in text.split("\n") for part in _parts(line) if not CAPTION_ROW.fullmatch(part)]
        labelled = [line for line in lines if KNOWN_LABEL.match(line)]
        if len(labelled) == len(lines) or len(labelled) >= CERTAIN_FACTS:
            facts += [(found[1].strip(), found[2].strip() or None) for found in map(LABEL.fullmatch, labelled) if found]
            rest += [line for line in lines if not KNOWN_LABEL.match(line)]
        else:
            rest.append(text)
    return Facts(facts, [], rest) if has_content else Facts(facts, rest, [])


def _parts(line: str) -> list[str]:
    """Split a line before each known label: `Serial Number: 2016-8 Denomination: 1.2 yuan`."""
    caption = CAPTION_ROW.search(line)
    if caption and KNOWN_LABEL.match(line, caption.end()):
        return [*filter(None, [line[: caption.start()].strip()]), *_labelled_parts(line[caption.end() :])]
    return _labelled_parts(line)


def _labelled_parts(line: str) -> list[str]:
    starts = [found.start() for found in KNOWN_LABEL.finditer(line) if not _is_in_title(line, found)]
    if not starts or starts[0] != 0:
        return [line]
    return [line[start:end].strip() for start, end in zip(starts, [*starts[1:], len(line)], strict=True)]


def _is_in_title(line: str, found: re.Match[str]) -> bool:
    """Tell whether a label opens the stamp's title, `Stamp Title: Title: Fruits (Ⅲ)`: a title is never empty."""
    return (
        found[1].lower() == "title"
        and STAMP_TITLE.search(line, max(found.start() - LONGEST_LABEL, 0), found.start()) is not None
    )


def _denomination(value: str | None) -> tuple[float | None, list[str]]:
    found = MONEY.fullmatch(value) if value else None
    if found is None:
        return None, []
    amount = float(found[1])
    return (amount, []) if amount else (None, [f"denomination {value!r} means unknown"])
