"""The lines around a story's body: heading, subtitle, byline; in spans, between bars, after labels, or run together.

Knowledge: SITE.md §4.2 (title lines), §4.3 (bylines of the English site), §7 (Chinese ones). Whatever no rule explains
is left over as printed.
"""

import re
from dataclasses import dataclass, field

from postarchive.pages.cms.dates import DATE, RANGE_AFTER, RANGE_BEFORE, day_of
from postarchive.pages.cms.numbers import line_hotlines
from postarchive.pages.html.text import BODY, FIELD, FIELDS, TITLE, clean

YEARLESS = re.compile(r"\d{1,2}-\d{1,2}(?:\s+\d{1,2}:\d{2})?")
# 来源:中国邮政报   發布時間：2019-03-12   Editor:NAME   作者:A B
LABEL = re.compile(
    r"(?P<other>(?:最后|最後)?(?:更新|修改|录入|錄入|创建|創建|上传|上傳|截止|截至)(?:时间|時間|日期)"
    r"|(?:Last\s+)?(?:Updated?|Modified)(?:\s+(?:on|at|time|date))?)"  # a date, but not the story's
    r"|(?P<source>(?:[信文稿新内內][息章件闻聞容])?[来來]源|[来來]自|稿源|Source|From)"
    r"|(?P<date>(?:发布|發布|發佈|发表|發表|发稿|發稿|刊发|刊發|刊登)?(?:时间|時間|日期)"
    r"|(?:(?:Issue|Release|Publish(?:ed|ing)?|Publication|Posting)\s?)?(?:Date|Time)|Published|Posted)"
    r"|(?P<editor>[责責]任?[编編][辑輯]?|[编編][辑輯]|作者|[记記]者|通[讯訊][员員]"
    r"|Editor(?:\s+in\s+charge)?|(?:Written\s+)?By|Author|Reporter)"
    r"|(?P<count>点击|點擊|点击数|浏览|瀏覽|阅读|閱讀|浏览次数|阅读次数|Views|Hits|Clicks)",
    re.IGNORECASE,
)
LABELLED = re.compile(rf"(?<![A-Za-z])(?:{LABEL.pattern})\s*[:：]\s*", re.IGNORECASE)
OF_FIELD = re.compile(LABELLED.pattern + FIELD, re.IGNORECASE)
EMPTY_BRACKETS = re.compile(r"【 ?】|\[ ?\]|\( ?\)|（ ?）")
# 活动时间：2023-04-02   Opening date: 2023-04-02: the word before says which day that is
WORD_BEFORE = re.compile(r"[A-Za-z]\s*$|[^\W\d_]$")
GENERIC = frozenset(("时间", "時間", "日期", "date", "time"))
OTHER_DAY = re.compile(rf"(?:{LABEL.pattern})\s*[:：]?\s*$", re.IGNORECASE)  # before a date: `Updated 2023-04-02`
BARS = re.compile(r"^[|｜]\s*(?P<source>[^|｜]{0,120}?)\s*[|｜]\s*(?P<rest>[^|｜]*?)\s*[|｜]?$")
DASH = frozenset("—―–-")
DASHED_FIELD = re.compile(rf"^\s*(?:—{{1,3}}|――|--+|–{{1,2}})\s*(?={FIELD})")  # `—— ` before a subtitle's own field
DASHES = re.compile(r"^(?:—{1,3}+|――|--++|–{1,2}+)\s*(?P<text>\S.*)$", re.DOTALL)
MOST_SHOWN = 80  # characters of an invalid date that a warning shows; the leftovers hold all of it
SEPARATORS = " |｜\t·•,，;；、:："
TRIM = SEPARATORS + "[]【】()（）"
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
    is_barred = bars is not None and (not bars["rest"] or DATE.fullmatch(bars["rest"]) is not None)
    return is_barred or bool(LABELLED.match(line) or DATE.fullmatch(line.strip(TRIM)))


def is_label(line: str) -> bool:
    """Tell whether a line is a label of the byline without its value."""
    found = LABELLED.match(line) if line.endswith((":", "：")) else None
    return found is not None and found.end() == len(line)


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
    if (bars := BARS.match(line.strip())) and _read_bars(bars, byline):
        return
    shown = (OF_FIELD.sub("", line) if FIELD in line else line).translate(FIELDS)
    rest = EMPTY_BRACKETS.sub("", _read_labels(shown, byline))
    day = DATE.search(rest)
    if day and byline.date is None and _is_glued_alone(rest, day):
        take_date(byline, day[0])
        rest = rest[: day.start()] + " " + rest[day.end() :]
    if clean(rest).strip(TRIM):
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
    day = DATE.fullmatch(rest) if rest else None
    is_byline = day is not None or not rest
    if not is_byline or (source and byline.source and byline.has_source_field) or LABELLED.search(source):
        return False
    if source:
        byline.source = source
    if day and byline.date is None:
        take_date(byline, rest)
    return True


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
        value = _trimmed(line[match.end() : end])
        rest.append(_take_labelled(match, value, byline))
    return " ".join(part for part in rest if part)


def _trimmed(value: str) -> str:
    """Return a labelled value without what separates it from the next one; its own brackets stay."""
    value = value.strip(SEPARATORS).rstrip("[【(（ ")
    for opening, closing in ("[]", "【】", "()", "（）"):
        value = value if opening in value else value.rstrip(closing + SEPARATORS)
    return value


def _take_labelled(match: re.Match[str], value: str, byline: Byline) -> str:
    """Put a labelled value into its field; return what does not fit, with its label."""
    if not value or match["count"]:
        return ""
    day = DATE.match(value)
    if match["date"] and day and byline.date is None:
        take_date(byline, day[0])
        return value[day.end() :].strip()
    if match["source"] and byline.source is None:
        byline.source, rest = _until_date(value, byline)
        return rest
    if match["editor"] and byline.editor is None:
        byline.editor, rest = _until_date(value, byline)
        return rest
    return match[0] + value


def _until_date(value: str, byline: Byline) -> tuple[str | None, str]:
    """Return a name and what is left, reading a date that directly follows it: `NAME2014-09-29`."""
    day = DATE.search(value)
    if day is None or byline.date is not None or value[day.end() :].strip(TRIM):
        return value, ""
    take_date(byline, day[0])
    return value[: day.start()].strip(TRIM) or None, ""


def take_date(byline: Byline, printed: str) -> None:
    """Read a printed date; if it is not a date, it stays in the leftovers, with a warning."""
    found = DATE.fullmatch(printed.strip(TRIM))
    if found and (day := day_of(found)):
        byline.date = day
        return
    byline.leftovers.append(printed)
    shown = printed[:MOST_SHOWN]
    reason = "has no year" if YEARLESS.fullmatch(printed) else "is no date of the calendar"
    byline.warnings.append(f"date {shown!r} {reason}")


def unlabelled(text: str | None, kind: str) -> str | None:
    """Return a field's text without a label of its kind that the editor typed into it: `Editor:NAME`."""
    found = LABELLED.match(text) if text and (":" in text or "：" in text) else None
    return (text or "")[found.end() :].strip(TRIM) or None if found and found[kind] else text


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
