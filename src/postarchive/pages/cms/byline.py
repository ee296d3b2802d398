"""The lines around a story's body: heading, subtitle, byline; in spans, between bars, after labels, or run together.

Knowledge: SITE.md §4.2 (title lines), §4.3 (bylines of the English site), §7 (Chinese ones). Whatever no rule explains
is left over as printed.
"""

import re
from dataclasses import dataclass, field

from postarchive.pages.cms.dates import DATE, RANGE_AFTER, RANGE_BEFORE, day_of, leading_date
from postarchive.pages.cms.labels import (
    GENERIC,
    LABELLED,
    NO_FIELD,
    OF_FIELD,
    OTHER_DAY,
    SEPARATORS,
    TRIM,
    WORD_BEFORE,
    trimmed,
)
from postarchive.pages.cms.numbers import line_hotlines
from postarchive.pages.html.text import BODY, FIELD, FIELDS, TITLE, clean

YEARLESS = re.compile(r"\d{1,2}-\d{1,2}(?:\s+\d{1,2}:\d{2})?")
EMPTY_BRACKETS = re.compile(r"【 ?】|\[ ?\]|\( ?\)|（ ?）")
BARS = re.compile(r"^[|｜]\s*(?P<source>[^|｜]{0,120}?)\s*[|｜]\s*(?P<rest>[^|｜]*?)\s*(?:[|｜]\s*(?P<more>.*))?$")
DASH = frozenset("—―–-")
DASHED_FIELD = re.compile(rf"^\s*(?:—{{1,3}}|――|--+|–{{1,2}})\s*(?={FIELD})")  # `—— ` before a subtitle's own field
DASHES = re.compile(r"^(?:—{1,3}+|――|--++|–{1,2}+)\s*(?P<text>\S.*)$", re.DOTALL)
MAX_SHOWN = 80  # characters of an invalid date that a warning shows; the leftovers hold all of it
EMPTY = TRIM + TITLE + BODY + FIELD  # what is left of a line after its fields are cut out


@dataclass(slots=True)
class Byline:
    """What has been read of the byline so far, and the lines left unexplained."""

    source: str | None = None
    date: str | None = None
    editor: str | None = None
    subtitle: str | None = None
    has_source_field: bool = False
    has_date_field: bool = False
    leftovers: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read_lines(lines: list[str], title: str, byline: Byline) -> str | None:
    """Read the region's lines around the body into the byline; return the section, None when no line names one."""
    above: list[str] = []
    is_cut_out = TITLE in "".join(lines)
    has_title = not is_cut_out and not any(is_title_line(line, title) for line in lines)
    for line in lines:
        if TITLE in line:
            has_title = True
            _read_rest(line.partition(TITLE)[2], byline)
            _read_above(line.partition(TITLE)[0], title, above)
        elif (has_title or not is_cut_out) and is_title_line(line, title):
            has_title = True
            _read_rest(line[len(title) :], byline)
        elif has_title or FIELD in line or (line != title and is_byline(line)):
            _read_byline(line, byline)
        else:
            _read_above(line, title, above)
    return _section(above, title, byline)


def is_title_line(line: str, title: str) -> bool:
    """Tell whether a line is the title, alone or followed by subtitle or byline; not a sentence that begins like it."""
    if not line.startswith(title):
        return False
    rest = line[len(title) :].lstrip(TRIM)
    return not rest or line[len(title) :].lstrip()[0] in "—―–-|｜" or bool(DATE.match(rest) or LABELLED.match(rest))


def is_byline(line: str) -> bool:
    """Tell whether a line is a byline and not a title: a date, bars around a source, a label."""
    bars = BARS.match(line)
    return (bars is not None and _is_of_bars(bars["rest"], bars["more"])) or bool(
        LABELLED.match(line) or DATE.fullmatch(line.strip(TRIM))
    )


def _read_above(line: str, title: str, above: list[str]) -> None:
    if line.strip(TRIM) and line != title and not _is_cut_title(line, title):
        above.append(line)


def _is_cut_title(line: str, title: str) -> bool:
    """Tell whether a line is the title as the CMS cuts it, `China Post releases action plan for s...`."""
    return line.endswith(("...", "…")) and title.startswith(line.rstrip(".…")) and bool(line.rstrip(".…"))


def _section(above: list[str], title: str, byline: Byline) -> str | None:
    rest = [line for line in above if not (line.startswith(title) and not line[len(title) :].strip(TRIM))]
    section = next((line for line in rest if not line_hotlines(line)), None)  # a sidebar may share the block
    if section is not None:
        rest.remove(section)
    byline.leftovers[:0] = rest
    return section


def _read_rest(rest: str, byline: Byline) -> None:
    """Read what follows the title on its line: a subtitle after dashes, or the byline itself."""
    if not rest.strip(EMPTY):
        return
    rest = _undashed_field(rest)
    found = DASHES.match(rest.replace(FIELD, "").strip())
    if not found:
        _read_byline(rest, byline)
        return
    subtitle, printed = found["text"], None
    glued = list(DATE.finditer(subtitle))
    if byline.date is None and glued and glued[-1].end() == len(subtitle) and glued[-1].start() > 0:
        subtitle, printed = subtitle[: glued[-1].start()].strip(TRIM), glued[-1][0]
    if byline.subtitle is None:
        byline.subtitle = subtitle
    else:
        byline.leftovers.append(subtitle)
    if printed:
        take_date(byline, printed)


def _read_byline(line: str, byline: Byline) -> None:
    """Read one line near title and body: bars, labels, a bare date; the rest is left over as printed."""
    if not line.strip(EMPTY):
        return
    line = _undashed_field(line)
    found = DASHES.match(line.translate(FIELDS).strip())
    if found and byline.subtitle is None and not DATE.search(line):
        byline.subtitle = found["text"]
        return
    if (bars := BARS.match(line.strip(" " + BODY))) and _read_bars(bars, byline):
        return
    shown = (OF_FIELD.sub("", line) if FIELD in line else line).translate(FIELDS)
    rest = EMPTY_BRACKETS.sub("", _read_labels(shown, byline))
    day = DATE.search(rest)
    if day and byline.date is None and _is_glued_alone(rest, day):
        take_date(byline, day[0])
        rest = rest[: day.start()] + " " + rest[day.end() :]
    if clean(rest).strip(TRIM + "/／"):
        byline.leftovers.append(clean(rest).strip(" |｜·•,，;；"))


def _undashed_field(line: str) -> str:
    return DASHED_FIELD.sub("", line) if line.lstrip()[:1] in DASH else line


def _is_glued_alone(rest: str, day: re.Match[str]) -> bool:
    """Tell whether a date is a byline's: it is the whole line, its beginning or its end, not inside a sentence.

    Nor is one end of a range, `March 29 - April 2, 2023`.
    """
    before, after = rest[: day.start()], rest[day.end() :]
    if not before.strip(TRIM):
        return not after.strip(TRIM) or re.match(RANGE_AFTER, after) is None
    is_other = (label := OTHER_DAY.search(before)) is not None and bool(label["other"])
    is_labelled = is_other or before.rstrip().endswith((":", "："))
    return not is_labelled and not after.strip(TRIM) and re.search(RANGE_BEFORE, before) is None


def _read_bars(bars: re.Match[str], byline: Byline) -> bool:
    """Read `| SOURCE | DATE`; False when it is something else between bars."""
    source, rest = bars["source"].translate(FIELDS).strip(), bars["rest"].translate(FIELDS).strip()
    more = (bars["more"] or "").translate(FIELDS).strip(TRIM)
    if not _is_of_bars(rest, more) or (source and byline.source and byline.has_source_field) or LABELLED.search(source):
        return False
    if source:
        byline.source = source
    if rest and byline.date is None:
        take_date(byline, rest)
    byline.leftovers += filter(None, [more])
    return True


def _is_of_bars(rest: str, more: str | None) -> bool:
    """Tell whether what follows the bar after a source makes a byline: a date, with or without a year, or nothing."""
    return bool(DATE.fullmatch(rest) or YEARLESS.fullmatch(rest)) if rest else not more


def _read_labels(line: str, byline: Byline) -> str:
    """Read `来源:X 发布时间:2019-03-12` and the like; return what no label explains."""
    found = list(LABELLED.finditer(line)) if ":" in line or "：" in line else []
    if found and (found[0]["date"] or "").lower() in GENERIC and WORD_BEFORE.search(line[: found[0].start()]):
        del found[0]
    if not found:
        return line
    ends = [*(match.start() for match in found[1:]), len(line)]
    rest = [line[: found[0].start()]]
    for match, end in zip(found, ends, strict=True):
        value = trimmed(line[match.end() : end])
        rest.append(_take_labelled(match, value, byline))
    return " ".join(part for part in rest if part)


def _take_labelled(match: re.Match[str], value: str, byline: Byline) -> str:
    """Put a labelled value into its field; return what does not fit, with its label."""
    if not value or match["count"]:
        return ""
    day = DATE.match(value) if match["date"] and byline.date is None else None
    if day and not re.match(RANGE_AFTER, value[day.end() :]):
        take_date(byline, day[0])
        return value[day.end() :].strip()
    is_source = bool(match["source"]) and byline.source is None
    if not is_source and not (match["editor"] and byline.editor is None):
        return match[0] + value
    label = re.search(NO_FIELD, value)
    end = label.start() if label else len(value)
    name, rest = _until_date(value[:end].strip(SEPARATORS), byline)
    if is_source:
        byline.source = name
    else:
        byline.editor = name
    return " ".join(filter(None, [rest, value[end:]]))


def _until_date(value: str, byline: Byline) -> tuple[str | None, str]:
    """Return a name and what is left, reading a date that directly follows it: `NAME2014-09-29`."""
    day = DATE.search(value)
    if day is None or byline.date is not None or value[day.end() :].strip(TRIM):
        return value, ""
    take_date(byline, day[0])
    return value[: day.start()].strip(TRIM) or None, ""


def take_date(byline: Byline, printed: str) -> None:
    """Read a printed date; words after it are left over; so is, with a warning, what is not a date."""
    found = leading_date(printed.strip(TRIM))
    if found and (day := day_of(found[0])):
        byline.date = day
        byline.leftovers += filter(None, [found[1].strip(TRIM)])
        return
    byline.leftovers.append(printed)
    shown = printed[:MAX_SHOWN]
    reason = "has no year" if YEARLESS.fullmatch(printed) else "is no date of the calendar"
    byline.warnings.append(f"date {shown!r} {reason}")


def undashed(text: str | None) -> str | None:
    """Return a subtitle without the dashes before it."""
    if text is None:
        return None
    found = DASHES.match(text)
    if found:
        return found["text"]
    return text if text.strip("—―–-") else None


def split_title(shown: str, confirmed: list[str | None], byline: Byline) -> str:
    """Return the title of `TITLE—— SUBTITLE` or `TITLE2014-02-08`, and read the rest of it into the byline.

    Only if heading or `<title>` show that the title ends there, and nothing else gave the subtitle or date.
    """
    for title in confirmed:
        if not title or shown == title or not shown.startswith(title):
            continue
        rest = shown[len(title) :].strip()
        found = DASHES.match(rest) if byline.subtitle is None else None
        if found or (byline.date is None and DATE.fullmatch(rest)):
            _read_rest(rest, byline)
            return title
    return shown


def with_whole_title(lines: list[str], title: str) -> list[str]:
    """Return the lines, joining those that together are the title."""
    if "\n" not in title:
        return lines
    parts = title.split("\n")
    places = range(len(lines) - len(parts) + 1)
    place = next((place for place in places if lines[place : place + len(parts)] == parts), None)
    return lines if place is None else [*lines[:place], title, *lines[place + len(parts) :]]
