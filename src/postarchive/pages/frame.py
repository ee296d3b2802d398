"""What every page of the CMS has around its content: head, node script, content region, hotlines, footer.

Required: nothing; every block of the frame can be absent (SITE.md §3.1), and what is absent is None or ().
Knowledge: SITE.md §3 (exact bytes of the head, order of the blocks), §3.4 (hotlines and footer of the English site),
§7 (footers of the Chinese sites).

History: hotlines are the same four on all copies from 2018 to 2025, yet they belong to the template of the day, not to
the story; `Airmail items` joined the sidebar in 2024; newer builds put `path:` into the node script.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from html import unescape
from typing import Literal

from postarchive.models import Hotline, Registration
from postarchive.pages.dom import Tree
from postarchive.pages.flow import Span
from postarchive.pages.text import PARAGRAPH, clean, paragraphs

# var lang=1,node={id:19061184,father:19053380,community:'Home',type:0,hidden:false},member={id:0};
NODE_SCRIPT = re.compile(rb"node\s*=\s*\{([^{}]{0,500})\}")
NODE_FIELD = re.compile(r"""\b(id|father|type)\b["']?\s*:\s*["']?([^,"'}\s]*)""")
OWN_METAS = (b"contentid", b"publishdate", b"publishedtype", b"filetype")
META_NAME = re.compile(rb"""\sname\s*=\s*["']?([\w-]+)""")
META_CONTENT = re.compile(rb"""\scontent\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
# 8610 11185   8610 4008909999   +86 (10) 6885-8888
NUMBER = re.compile(r"\+?[(（]?\d[\d ()（）/-]{2,28}\d")
# Postal Business: 8610 11185   EMS：11183; two of them on a line
HOTLINE = re.compile(rf"[^:：|\n\d][^:：|\n]{{0,79}}?\s*[:：]\s*{NUMBER.pattern}")
HOTLINES = re.compile(rf"(?:{HOTLINE.pattern}[ |;；,，、.]*)+")
LONGEST_LINE = 1000
SEPARATORS = " |;；,，、."
LONGEST_LABEL = 80
NO_HOTLINE_LABEL = re.compile(
    r"\b(?:regist(?:er|ration)|date|time|post\s*code|zip|copyright|denomination|serial|size|no|ISSN|CN|QQ|https?)\b|"
    r"备案|備案|许可|許可|日期|时间|時間|邮编|郵編|邮政编码|版权|编号|編號",
    re.IGNORECASE,
)
DATE_LIKE = re.compile(r"(?:19|20)\d\d\s?[-/.]\s?\d{1,2}(?:\s?[-/.]\s?\d{1,2})?|\d{4}\s?[-–]\s?\d{4}|\d{1,2}-\d{1,2}")
# 京ICP备15035540号   京ICP备12001958号-1   京公网安备110401400185号   京公网安备 11010202010957   粤ICP备05008221号-3
ICP = re.compile(r"[\u4e00-\u9fff]\s*ICP\s*[备備证證]\s*\d{5,12}\s*[号號]?(?:\s*-\s*\d{1,3}(?!\d))?", re.IGNORECASE)
PSB = re.compile(r"[\u4e00-\u9fff]\s*公\s*[网網]\s*安\s*[备備]\s*(?:\d[\d ]{0,28}\d ?[号號]|\d{4,24})")
# 4008909999  8610 4008909999  +86 400 890 9999: whatever stands before it, a service number is dialled without it
SERVICE_NUMBER = re.compile(r"(?:00)?(?:86)?(?:0?\d{2,3})?((?:400|800)\d{7})")
LONGEST_FRAME = 20_000  # characters; longer ones are rare and would fill the memory of `_numbers`
LONGEST_HEAD = 262_144  # bytes
COUNTRY = "86"
ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
INNER = ("content3", "content1", "content2")
FRAME = (*INNER, "content", "body")
FIELD_ID = re.compile(r"(?:report|stamp|category|folder|picture|files|media|video|event|album)id", re.IGNORECASE)
NAVIGATION = frozenset(("path", "pn_link", "nodeidclick", "pagenum", "contentpagediv"))


@dataclass(frozen=True, slots=True)
class Head:
    """What the head says of the page; `node`, `father` and `type` come from the node script, None when it is not there.

    `subject` is `<title>` up to its last ` - `; `title` is all of it.
    """

    node: int | None
    father: int | None
    type: int | None
    title: str | None
    subject: str | None
    created: str | None
    is_cms: bool


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a text tells of telephone lines and registrations, each once, in its order."""

    hotlines: tuple[Hotline, ...]
    registrations: tuple[Registration, ...]


def read_head(tree: Tree) -> Head:
    """Return what the page's script and metas say; an impossible value is None."""
    length = min(tree.head_bytes or LONGEST_HEAD, LONGEST_HEAD)
    lower = tree.lower[:length]
    script = _node_script(tree.source)
    title = _title(tree.source[:length], lower)
    return Head(
        node=_number(script.get("id")) or _number(_meta(lower, b"contentid")),
        father=_number(script.get("father")),
        type=_number(script.get("type")),
        title=title or None,
        subject=subject_of(title),
        created=iso_date(_meta(lower, b"publishdate") or ""),
        is_cms=bool(script) or any(_meta(lower, name) is not None for name in OWN_METAS),
    )


def _title(head: bytes, lower: bytes) -> str:
    start = lower.find(b">", lower.find(b"<title")) + 1 if b"<title" in lower else len(lower)
    end = lower.find(b"</title", start)
    return clean(_decoded(head[start : end if end >= 0 else len(head)]))


def _meta(lower: bytes, name: bytes) -> str | None:
    """Return the content of the CMS's own meta of this name, attributes in any order and quotes; None without one."""
    for found in re.finditer(name, lower):
        tag = lower[lower.rfind(b"<", 0, found.start()) : lower.find(b">", found.end())]
        called = META_NAME.search(tag)
        if tag.startswith(b"<meta") and called and called[1] == name:
            content = META_CONTENT.search(tag)
            return _decoded(content[content.lastindex or 0]) if content else ""
    return None


def _decoded(raw: bytes) -> str:
    text = raw.decode(errors="replace")
    return unescape(text) if "&" in text else text


def subject_of(title: str) -> str | None:
    """Return a `<title>` without the site's name, which follows its last ` - `; None when nothing is left."""
    subject, separator, _ = title.rpartition(" - ")
    return (subject if separator else title).strip() or None


def iso_date(text: str) -> str | None:
    """Return a date of the form 2023-3-29 as ISO; None when it is none, or no day of the calendar."""
    found = ISO_DATE.match(text.strip())
    return checked_date(*found.groups()) if found else None


def checked_date(year: str | int, month: str | int, day: str | int) -> str | None:
    """Return the ISO form of a day; None when the calendar has no such day."""
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def content_region(tree: Tree, fields: Sequence[Span] = ()) -> Span:
    """Return the block of the frame that holds the content.

    It is the innermost one around the fields; without fields, the first that says more than links and hotlines.
    Content3 precedes Content2 and is the main one on the sites seen, but the frame is editable (SITE.md §3.1), and a
    page without its blocks is read as a whole.
    """
    blocks = [span for name in FRAME for span in tree.some(name)]
    if fields:
        return next((block for block in blocks if all(map(block.holds, fields))), tree.whole)
    inner = [block for block in blocks if block.name in INNER]
    speaking = next((block for block in inner if not _is_frame_only(tree, block)), None)
    main = next((block for block in inner if block.name == "content3"), None)
    return speaking or main or next(iter(blocks), tree.whole)


def _is_frame_only(tree: Tree, block: Span) -> bool:
    """Tell whether a block says nothing of its own: it is empty, or holds links to other nodes and hotlines only."""
    if any(FIELD_ID.match(span.name) for span in tree.within(block)):
        return False
    texts = tree.paragraphs(block, [(link, "") for link in tree.links_in(block)])
    return all(line_hotlines(line) for text in texts for line in text.split("\n"))


def frame_text(tree: Tree, region: Span, blocks: Iterable[Span] = ()) -> str:
    """Return the marked text of the frame: what is around the content region, and its `blocks` that stand inside."""
    around = tree.marked(tree.whole, [(region, PARAGRAPH)]) if region is not tree.whole else ""
    return PARAGRAPH.join([around, *map(tree.marked, blocks)])


def frame_numbers(marked: str) -> Numbers:
    """Return the hotlines and registrations of marked text."""
    return _numbers(marked) if len(marked) <= LONGEST_FRAME else _numbers.__wrapped__(marked)


@lru_cache(maxsize=64)  # the frame is the same on nearly all pages of a site
def _numbers(marked: str) -> Numbers:
    lines = [line for text in paragraphs(marked) for line in text.split("\n")]
    return Numbers(hotlines(lines), registrations(lines))


def navigation(tree: Tree, region: Span) -> list[Span]:
    """Return what stands in the content region but belongs to the frame: pagers, breadcrumbs, counters, side links."""
    names = [name for name in tree.by_id if name in NAVIGATION or name.startswith("pathid")]
    side_links = [span for span in tree.some("nodetitle", region) if tree.is_linked(span)]
    return [*side_links, *(span for name in names for span in tree.some(name, region))]


def hotlines(lines: Sequence[str]) -> tuple[Hotline, ...]:
    """Return the telephone numbers of the frame's lines, in their order: any label, any count, each once."""
    found = [hotline for line in _joined(lines) for hotline in line_hotlines(line)]
    return tuple(dict.fromkeys(found))


def line_hotlines(line: str) -> tuple[Hotline, ...]:
    """Return the hotlines of one line; none when it is not made of hotlines alone (dates and postcodes are none)."""
    if (":" not in line and "：" not in line) or len(line) > LONGEST_LINE:
        return ()
    parts = [_hotline(line)] if line.count(":") + line.count("：") == 1 else _several_hotlines(line)
    return tuple(part for part in parts if part is not None) if all(parts) else ()


def _several_hotlines(line: str) -> list[Hotline | None]:
    """Return the hotlines of a line such as `Tel: 010-68858888 Fax: 010-68858889`; [None] when it holds more."""
    if HOTLINES.fullmatch(line) is None:
        return [None]
    return [_hotline(found[0].strip(SEPARATORS)) for found in HOTLINE.finditer(line)]


def _hotline(line: str) -> Hotline | None:
    label, number = (part.strip() for part in line.replace("：", ":").split(":", 1))
    if not label or len(label) > LONGEST_LABEL or not NUMBER.fullmatch(number):
        return None
    if NO_HOTLINE_LABEL.search(label) or DATE_LIKE.fullmatch(number):
        return None
    return Hotline(label, number, dial(number))


def _joined(lines: Sequence[str]) -> list[str]:
    """Return the lines with `LABEL:` and a number on the next line put together."""
    joined: list[str] = []
    for line in lines:
        if joined and joined[-1].endswith((":", "：")) and NUMBER.fullmatch(line):
            joined[-1] = f"{joined[-1]} {line}"
        else:
            joined.append(line)
    return joined


def dial(number: str) -> str | None:
    """Return a printed number in E.164; None when it has no country and area code to dial it by.

    `8610 11185` is +86 10 11185: country, Beijing's area code, short number. A 400 or 800 number is reached without
    an area code, so `8610 4008909999` is +864008909999.
    """
    digits = "".join(character for character in number if character in "0123456789")
    if service := SERVICE_NUMBER.fullmatch(digits):
        return f"+{COUNTRY}{service[1]}"
    if _is_international(number, digits):
        return f"+{COUNTRY}{digits.removeprefix('00').removeprefix(COUNTRY).removeprefix('0')}"
    if digits.startswith("0") and len(digits) >= 10:  # noqa: PLR2004 - 010 and a number of seven digits at least
        return f"+{COUNTRY}{digits[1:]}"
    return None


def _is_international(number: str, digits: str) -> bool:
    """Tell whether a number opens with the country code: `8610 …`, `86-10-…`, `+86…`, `0086…`."""
    bare = digits.removeprefix("00")
    if not bare.startswith(COUNTRY):
        return False
    return number.lstrip("( （").startswith(("+", "00")) or len(digits) >= 9  # noqa: PLR2004 - 86, area, short number


def registrations(lines: Sequence[str]) -> tuple[Registration, ...]:
    """Return the registration numbers of the frame's lines in printed order, blanks inside removed, each once."""
    told = [line for line in lines if "备" in line or "備" in line or "ICP" in line.upper()]
    return tuple(dict.fromkeys(_registrations("\n".join(told)))) if told else ()


def _registrations(text: str) -> tuple[Registration, ...]:
    places: list[tuple[int, Literal["ICP", "PSB"], str]] = [
        *((found.start(), "ICP", found[0]) for found in ICP.finditer(text)),
        *((found.start(), "PSB", found[0]) for found in PSB.finditer(text)),
    ]
    return tuple(Registration(authority, "".join(printed.split())) for _, authority, printed in sorted(places))


def _node_script(source: bytes) -> dict[str, str]:
    found = NODE_SCRIPT.search(source)
    return dict(NODE_FIELD.findall(found[1].decode(errors="replace"))) if found else {}


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 10 else None  # noqa: PLR2004
