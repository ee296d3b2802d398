"""Stamp pages (`stamp`): a table of labelled facts, a picture, a text.

Required: at least one labelled fact, except on an essay about a stamp (`appreciationstamp`), which is only text.
Optional: heading (missing on four of twenty), each row, text, picture. Labels are kept as printed, even unknown ones;
typed forms are read as well. Knowledge: SITE.md §6. The block is read in any layout: one row or line per fact, several
side by side, names above values, label and value on separate lines, all of it inside a table that lays out the page.

History: `Value in Set` and `Printing Process` on copies of 2018-19, `Piece in Set` and `Printing Technology` since
2021: labels depend on the template's age. Empty stamps of 2012-14 print `0.0 yuan`, which is unknown, and lack rows.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from postarchive.errors import ParseError
from postarchive.pages.cms import media
from postarchive.pages.cms.common import common
from postarchive.pages.cms.dates import printed_date
from postarchive.pages.cms.frame import block_behind, content_region
from postarchive.pages.cms.heading import find_heading, plain_heading
from postarchive.pages.cms.material import Cuts, Material, Reading, half_text
from postarchive.pages.cms.odd import has_frame, own_region, refuse_odd
from postarchive.pages.html.flow import Span
from postarchive.pages.html.repair import as_browsers_read, without_stray_closers
from postarchive.pages.html.text import ROW_END, ROW_START, paragraphs, rows, unwrapped, without_layout
from postarchive.pages.html.tree import Tree
from postarchive.record.labels import LONGEST_LABEL, Meaning, known_wordings, typed_facts
from postarchive.record.values import Image, Stamp

CAPTION_ROW = re.compile(r"supporting\s+information\s*[:：]?\s*", re.IGNORECASE)
# `志 号` too: short Chinese labels have a blank in them, to be as wide as long ones
_WORDINGS = "|".join(text if text.isascii() else " ?".join(text) for text in known_wordings())
# Wordings are tried only where one of their first letters is: ignoring case, each costs time
_KNOWN = f"(?=[{''.join(sorted({text[0] for text in known_wordings()}))}])(?:{_WORDINGS})"
# What is certainly a label even without a table: `Serial Number: 2016-8`
KNOWN_LABEL = re.compile(rf"(?<![A-Za-z])({_KNOWN})\s*[:：]", re.IGNORECASE)
KNOWN_NAME = re.compile(rf"(?:{_KNOWN})\s*[:：]?", re.IGNORECASE)  # a label without its value
ANY_LABEL = re.compile(r"[^:：|.;。；\d]{1,30}[:：].*")  # a line among facts
BULLET = r"(?:[●•·■◆▪★※*]|\d{1,2}[.、)）]) *"
DRESSED_LABEL = re.compile(rf"{BULLET}({_KNOWN}) *[:：] *|(?:{BULLET})?[【\[]({_KNOWN})[】\]] *[:：]? *", re.IGNORECASE)
STAMP_TITLE = re.compile(r"(?:Stamp Title|邮票名称|郵票名稱)\s*[:：]\s*$", re.IGNORECASE)
CERTAIN_FACTS = 3  # this many labelled lines make a paragraph the block, whatever else is in it
LABEL = re.compile(rf"([^:：|]{{1,{LONGEST_LABEL}}}+)\s*[:：]\s*(.*)", re.DOTALL)
LONGEST_VALUE = 200  # characters on a line of its own below its label; a paragraph of the text is longer
MONEY = re.compile(r"(?:[¥￥]|RMB|CNY)?\s*(\d{1,6}(?:\.\d{1,4})?)\s*(?:yuan|元|RMB|CNY)?", re.IGNORECASE)
FEN = re.compile(r"(\d{1,4})\s*(?:fen|分)", re.IGNORECASE)  # hundredths of a yuan
Fact = tuple[str, str | None]


class Facts(NamedTuple):
    """The labelled facts in page order, the texts that are not facts, and the unexplained rest."""

    facts: list[Fact]
    paragraphs: list[str]
    leftovers: list[str]


def parse(material: Material) -> Reading:
    """Return the facts of a stamp page in page order.

    Raises ParseError when it shows no labelled fact and is not an essay about a stamp.
    """
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
    sides = material.side_cuts(region)
    facts = _facts(material, region, heading, content, sides)
    if (facts.leftovers or not facts.facts) and (repaired := _repaired(tree, content)):
        return parse(material.with_tree(repaired))
    if not facts.facts and not (_is_essay(material) and (facts.paragraphs or content)):
        raise ParseError(material.subject, "no labelled facts, such as `Serial Number:`", ("facts",))
    title = tree.line(heading) if heading is not None else None
    texts = [text for span in content for text in tree.paragraphs(span)]
    named = [(name, spans[0]) for name, spans in (("stamp", own), ("paragraphs", content)) if spans]
    stamp = _stamp(material, region, title, sides, facts._replace(paragraphs=[*texts, *facts.paragraphs]))
    return Reading(stamp, tree, region, content, named=lambda: named)


def _repaired(tree: Tree, content: Sequence[Span]) -> Tree | None:
    """Return the page without the closing tags that end its text early; None when there are none."""
    if repaired := as_browsers_read(tree):
        return repaired
    texts = list(filter(tree.line, content))
    return without_stray_closers(tree, texts[0], *block_behind(tree, texts[0])) if len(texts) == 1 else None


def _is_essay(material: Material) -> bool:
    """Tell whether a page is one of the stamp company's essays about stamps, by the word in its URL (SITE.md §1)."""
    return material.address is not None and material.address.kind == "appreciationstamp"


def _stamp(material: Material, region: Span, title: str | None, sides: Cuts, facts: Facts) -> Stamp:
    tree = material.tree
    half = half_text(tree)
    last = facts.facts[-1][1] if half and facts.facts else None  # what a page that is cut off may hold only in part
    is_half = last is not None and (half.endswith(last) or last.endswith(half))
    typed = {name: value for name, value in typed_facts(facts.facts).items() if not (is_half and value == last)}
    denomination, warnings = _denomination(typed.get(Meaning.DENOMINATION))
    issued = printed_date(typed.get(Meaning.ISSUED) or "")
    if Meaning.ISSUED in typed and issued is None:
        warnings.append(f"date of issue {typed[Meaning.ISSUED]!r} is no date of the calendar")
    return Stamp(
        **common(
            material, region, "stamp", leftovers=media.without_files(tree, facts.leftovers, region), warnings=warnings
        ),
        title=title or typed.get(Meaning.TITLE) or material.head.subject or plain_heading(tree, region),
        paragraphs=tuple(facts.paragraphs),
        images=tuple(map(_without_facts, media.images(tree, [region], material.url, besides=sides))),
        attachments=media.attachments(tree, region, material.url, besides=sides),
        facts=tuple(facts.facts),
        serial=typed.get(Meaning.SERIAL),
        issued=issued,
        denomination=denomination,
    )


def _without_facts(image: Image) -> Image:
    """Return a picture without its caption if that is the block of facts, or belongs to it."""
    caption = image.caption
    is_of_facts = caption is not None and (CAPTION_ROW.fullmatch(caption) or KNOWN_LABEL.search(caption))
    return Image(image.url, None) if is_of_facts else image


def _facts(material: Material, region: Span, heading: Span | None, content: Sequence[Span], sides: Cuts) -> Facts:
    """Return the facts in the table; on a page without one, those in lines `LABEL: VALUE`."""
    cuts: Cuts = [*sides, *((span, "") for span in content)]
    marked = unwrapped(material.tree.marked(region, cuts if heading is None else [*cuts, (heading, "")]))
    named = None if heading is None else material.tree.line(heading)
    subjects = {named, material.head.subject or plain_heading(material.tree, region)}
    found = _facts_in(marked, subjects, has_content=bool(content))
    if len(typed_facts(found.facts)) < CERTAIN_FACTS and ROW_START in marked:
        unfolded = _facts_in(without_layout(marked), subjects, has_content=bool(content))
        return max(found, unfolded, key=lambda facts: len(typed_facts(facts.facts)))
    return found


def _facts_in(marked: str, subjects: set[str | None], *, has_content: bool) -> Facts:
    """Return the facts in marked text; a line above them that is one of the `subjects` is the heading."""
    table, around = rows(marked)
    facts, unread = _table_facts(table)
    texts = paragraphs(around if facts else marked)
    headings = {*subjects, typed_facts(facts).get(Meaning.TITLE)} if texts or unread else subjects
    if texts and texts[0] in headings:
        texts = texts[1:]  # a heading line without a field of its own
    elif unread and unread[0] in headings:
        unread = unread[1:]
    if not facts:
        return _line_facts(texts, has_content=has_content)
    texts = [text for text in texts if not CAPTION_ROW.fullmatch(text)]
    prose = [] if has_content else paragraphs(marked.rpartition(ROW_END)[2])[-len(texts) :]
    return Facts(facts, prose if texts else [], [*unread, *texts[: len(texts) - len(prose)]])


def _table_facts(table: Sequence[Sequence[str]]) -> tuple[list[Fact], list[str]]:
    facts: list[Fact] = []
    unread: list[str] = []
    filled = [cells for row in table if (cells := row[1:] if row and CAPTION_ROW.fullmatch(row[0]) else row)]
    below = [*filled[1:], []] if filled else []
    names: Sequence[str] = ()
    for cells, next_cells in zip(filled, below, strict=True):
        if names:
            facts += [(name.rstrip(" :："), value) for name, value in zip(names, cells, strict=True)]
            names = ()
        elif _are_names_above(cells, next_cells):
            names = cells
        else:
            for group in _groups(cells):
                if (fact := _row_fact(group)) is None:
                    unread.append(" | ".join(group))
                else:
                    facts.append(fact)
    return facts, unread


def _are_names_above(cells: Sequence[str], below: Sequence[str]) -> bool:
    """Tell whether a row names the values of the row below it: known labels above as many cells that are not labels."""
    return (
        len(cells) == len(below) > 1
        and all(map(KNOWN_NAME.fullmatch, reversed(cells)))  # the last first: in most rows it is a value
        and not any(map(KNOWN_LABEL.match, below))
        and not any(map(KNOWN_NAME.fullmatch, below))
    )


def _groups(cells: Sequence[str]) -> Sequence[Sequence[str]]:
    """Return the cells of each fact in a row: `Serial Number: | 2016-8 | Denomination: | 1.2 yuan` has two."""
    if len(cells) % 2 == 0 and all(map(KNOWN_NAME.fullmatch, cells[::2])):
        return list(zip(cells[::2], cells[1::2], strict=True))
    groups: list[list[str]] = []
    for cell in cells:
        for part in _labelled_parts(cell):
            if groups and not _opens_fact(part, groups[-1]):
                groups[-1].append(part)
            else:
                groups.append([part])
    return groups


def _opens_fact(cell: str, before: Sequence[str]) -> bool:
    """Tell whether a cell is a label, or begins with one; a stamp's title may begin like a label."""
    if len(before) == 1 and STAMP_TITLE.fullmatch(before[0]):
        return False
    found = LABEL.fullmatch(cell)
    return bool(found and not found[2]) or bool(KNOWN_LABEL.match(cell))


def _row_fact(cells: Sequence[str]) -> Fact | None:
    """Return the fact in a table row: label and value in cells side by side, or in one cell `LABEL: VALUE`."""
    found = LABEL.fullmatch(cells[0])
    if found is None:
        return (cells[0], " | ".join(cells[1:])) if len(cells) > 1 else None
    values = [found[2].strip(), *cells[1:]]
    return found[1].strip(), " | ".join(filter(None, values)) or None


def _line_facts(texts: Sequence[str], *, has_content: bool) -> Facts:
    """Return the facts in lines `LABEL: VALUE`, also several on a line; the rest is the stamp's text."""
    read: list[tuple[str, bool]] = []  # each line, and whether it is a fact
    for text in _with_values(texts):
        lines = [part for line in text.split("\n") for part in _parts(_plain(line)) if not CAPTION_ROW.fullmatch(part)]
        known = [bool(KNOWN_LABEL.match(line)) for line in lines]
        if all(known) or sum(known) >= CERTAIN_FACTS:
            read += zip(lines, known, strict=True)
        else:
            read.append((text, False))
    places = [place for place, (_, is_fact) in enumerate(read) if is_fact]
    if len(places) >= CERTAIN_FACTS:  # an unknown label among known ones is a label
        among = range(places[0], places[-1] + 2)
        read = [
            (line, is_fact or (place in among and bool(ANY_LABEL.fullmatch(line))))
            for place, (line, is_fact) in enumerate(read)
        ]
    found = [LABEL.fullmatch(line) for line, is_fact in read if is_fact]
    facts: list[Fact] = [(fact[1].strip(), fact[2].strip() or None) for fact in found if fact]
    rest = [line for line, is_fact in read if not is_fact]
    return Facts(facts, [], rest) if has_content else Facts(facts, rest, [])


def _with_values(texts: Sequence[str]) -> Sequence[str]:
    """Return the texts with values joined to their labels, if all labels are on lines of their own."""
    lines = [line for text in texts for line in text.split("\n")]
    if sum(1 for line in lines if KNOWN_NAME.fullmatch(line)) < CERTAIN_FACTS:
        return texts
    behind = [line for before, line in pairwise(["", *lines]) if not STAMP_TITLE.fullmatch(before)]
    if any(KNOWN_LABEL.match(line) and not KNOWN_NAME.fullmatch(line) for line in behind):
        return texts
    joined: list[str] = []
    for line in lines:
        if joined and joined[-1].endswith((":", "：")) and not line.endswith((":", "：")) and len(line) < LONGEST_VALUE:
            joined[-1] = f"{joined[-1]} {line}"
        else:
            joined.append(line)
    return joined


def _plain(line: str) -> str:
    """Return a line without a bullet before or brackets around its label: `● 志号：2016-8`, `【志号】2016-8`."""
    found = DRESSED_LABEL.match(line)
    return f"{found[1] or found[2]}: {line[found.end() :]}" if found else line


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
    parts = [line[start:end].strip() for start, end in zip(starts, [*starts[1:], len(line)], strict=True)]
    return [*(part.rstrip(" |;；、") for part in parts[:-1]), parts[-1]]


def _is_in_title(line: str, found: re.Match[str]) -> bool:
    """Tell whether a label begins the stamp's title, `Stamp Title: Title: Fruits (Ⅲ)`: a title is never empty."""
    return (
        found[1].lower() == "title"
        and STAMP_TITLE.search(line, max(found.start() - LONGEST_LABEL, 0), found.start()) is not None
    )


def _denomination(value: str | None) -> tuple[float | None, list[str]]:
    found = MONEY.fullmatch(value) or FEN.fullmatch(value) if value else None
    if found is None:
        return None, []
    amount = float(found[1]) if found.re is MONEY else int(found[1]) / 100
    return (amount, []) if amount else (None, [f"denomination {value!r} means unknown"])
