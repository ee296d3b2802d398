"""The numbers in the frame of a page: hotlines of the sidebar, registrations of the footer.

Knowledge: SITE.md §3.4 (hotlines and footer of the English site), §7 (footers of the Chinese sites).

History: all copies from 2018 to 2025 show the same four hotlines, yet they belong to the template of the day, not to
the story; `Airmail items` joined the sidebar in 2024.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from unicodedata import normalize

from postarchive.pages.html.text import ROW_START, paragraphs, without_layout
from postarchive.record.values import Hotline, Registration
from postarchive.startup import late

# 8610 11185   8610 4008909999   +86 (10) 6885-8888   010-68858888 ext. 801   010-68858888转801
EXTENSION = re.compile(r" ?(?i:ext(?:ension|\.)?|x|转|轉|分机|分機) ?\d{1,6}")
NUMBER = re.compile(rf"\+?[(（]?\d[\d ()（）/–－-]{{2,28}}\d(?:{EXTENSION.pattern})?")
TAIL = re.compile(r"(.*\d) ?[-/] ?\d{1,5}")  # 010-68858888-801
# (010) 11183   0755-95580: area code and short number
SHORT = re.compile(r"[(（]?0(\d{2,3})[)）]?[ -]?([19]\d{4})")
CELLS = re.compile(r"([:：]) \| ")  # Postal Business: | 8610 11185
# Postal Business: 8610 11185   EMS：11183; two on a line
HOTLINE = late(rf"[^:：|\n\d][^:：|\n]{{0,79}}?\s*[:：]\s*{NUMBER.pattern}")
# Atomic and possessive: a line of many numbers and other things would take for ever
HOTLINES = late(rf"(?:(?>{HOTLINE.pattern})[ |;；,，、.]*+)++")
# … 8610 11185 (8:00-20:00)   …：11185（24小时）
NOTE = late(r"\s*[(（][^()（）]*[^\W\d_][^()（）]*[)）]$|\s*[(（]\d{1,2}[:：]\d{2}\s?[-–~至]\s?\d{1,2}[:：]\d{2}[)）]$")
COLON = re.compile(r"[:：]")
OR = re.compile(r" *(?:[、,，;；/]| or | and |或|和) *")
LONGEST_LINE = 1000
SEPARATORS = " |;；,，、."
LONGEST_LABEL = 80
NEVER_A_LINE = re.compile(
    r"\b(?:regist(?:er|ration)|copyright|licen[cs]e|ISSN|QQ|https?|code|account|we\s?chat)\b|微信|微博|账号|帐号|备案|備案|安备|安備|许可|許可|版权|版權",
    re.IGNORECASE,
)
# Labels of numbers that are not telephones; one that opens with a country or area code may still be a telephone.
OTHER_NUMBER = late(
    r"\b(?:date|post(?:al)?\s*code|zip|denomination|serial|CN|hits|clicks|views|visit(?:s|ors)?|online|users?|total)\b|"
    r"\b(?:time|size|no|number in set)\.?$|"
    r"日期|时间|時間|邮编|郵編|邮政编码|编号|編號|点击|點擊|浏览|瀏覽|访问|訪問|在线|人数|代码",
    re.IGNORECASE,
)
DATE_LIKE = re.compile(
    r"(?:19|20)\d\d\s?[-/. ]\s?\d{1,2}(?:\s?[-/. ]\s?\d{1,2})?|\d{1,2}-\d{1,2}|"
    r"(?:[01]\d|2[0-4])\d\d\s?[-–]\s?(?:[01]\d|2[0-4])\d\d|"  # years, or hours
    r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
)
# 11185   95580   961234   68858888   68858888-801   13800138000; a postcode has six digits, a year four
LOCAL_NUMBER = re.compile(
    r"[19]\d{4}|(?:95|96|11[68])\d{4}|[2-8]\d{3} ?-?\d{3,4}(?:[-/ ]\d{1,5})?|1[3-9]\d{9}|[2-8]\d{6,7}"
)
# 京ICP备15035540号   京ICP备12001958号-1   京ICP备15035540号-5A (an app)
# 京公网安备110401400185号   京公网安备 11010202010957   粤ICP备05008221号-3
# 京公海网安备110108001322号, an older form with the district; a range of all Chinese characters takes long to compile
ICP = re.compile(
    r"(?:[京津沪滬渝冀豫云雲辽遼黑湘皖鲁魯新苏蘇浙赣贛鄂桂甘晋晉蒙陕陝吉闽閩贵貴粤粵青藏川宁寧琼瓊]\s*)?(?:ICP|ＩＣＰ)\s*[备備证證]\s*[第:：]?\s*\d{5,12}\s*[号號]?"
    r"(?:\s*[-－–—]\s*\d{1,3}(?!\d)(?:[A-Z](?![A-Z]))?[号號]?)?",
    re.IGNORECASE,
)
PSB = re.compile(
    r"[^\W\da-zA-Z_]\s*公\s*(?:[^\W\da-zA-Z_]\s*)?[网網]\s*安\s*[备備]\s*[第:：]?\s*"
    r"(?:\d[\d ]{0,28}\d ?[号號]|\d{4,24})"
)
# 4008909999  8610 4008909999  +86 400 890 9999: a service number is dialled without whatever precedes it
SERVICE_NUMBER = re.compile(r"(?:00)?(?:86)?(?:0?\d{2,3})?((?:400|800)\d{7})")
LONGEST_FRAME = 20_000  # characters; longer ones are rare and would fill the memory of `_numbers`
COUNTRY = "86"
WHOLE_DIGITS = 10  # of an area code and a number, or of a 400 number


@dataclass(frozen=True, slots=True)
class Numbers:
    """The telephone lines and registrations in a text, each once, in order."""

    hotlines: tuple[Hotline, ...]
    registrations: tuple[Registration, ...]


def frame_numbers(marked: str) -> Numbers:
    """Return the hotlines and registrations of marked text."""
    return _numbers(marked) if len(marked) <= LONGEST_FRAME else _numbers.__wrapped__(marked)


@lru_cache(maxsize=64)  # the frame is the same on nearly all pages of a site
def _numbers(marked: str) -> Numbers:
    marked = without_layout(marked) if ROW_START in marked else marked  # the frame may be in a table that lays it out
    lines = [line for text in paragraphs(marked) for line in text.split("\n")]
    return Numbers(hotlines(lines), registrations(lines))


def hotlines(lines: Sequence[str]) -> tuple[Hotline, ...]:
    """Return the telephone numbers in the frame's lines, in order: any label, any count, each once."""
    found = [hotline for line in _joined(lines) for hotline in line_hotlines(line)]
    return tuple(dict.fromkeys(found))


def line_hotlines(line: str) -> tuple[Hotline, ...]:
    """Return the hotlines of one line; none if it holds anything else (dates and postcodes are not hotlines)."""
    if (":" not in line and "：" not in line) or len(line) > LONGEST_LINE:
        return ()
    line = CELLS.sub(r"\1 ", line) if " | " in line else line
    line = NOTE.sub("", line) if line.endswith((")", "）")) else line
    parts = _of_one_label(line) if line.count(":") + line.count("：") == 1 else _several_hotlines(line)
    return tuple(part for part in parts if part is not None) if all(parts) else ()


def _of_one_label(line: str) -> list[Hotline | None]:
    """Return the hotlines of a line with one label: one, or each of its numbers, `Tel: 11183、95580`."""
    if not line.rstrip()[-1:].isdecimal():  # no number ends here
        return [None]
    label, numbers = COLON.split(line, maxsplit=1)
    several = OR.split(numbers)
    each = [_hotline(f"{label}:{number}") for number in several] if len(several) > 1 else []
    return each if each and all(each) else [_hotline(line)]


def _several_hotlines(line: str) -> list[Hotline | None]:
    """Return the hotlines of a line such as `Tel: 010-68858888 Fax: 010-68858889`; [None] when it holds more."""
    if HOTLINES.fullmatch(line) is None:
        return [None]
    return [_hotline(found[0].strip(SEPARATORS)) for found in HOTLINE.finditer(line)]


def _hotline(line: str) -> Hotline | None:
    label, number = (part.strip() for part in line.replace("：", ":").split(":", 1))
    if not label or len(label) > LONGEST_LABEL or not NUMBER.fullmatch(number):
        return None
    plain = normalize("NFKC", number).replace("–", "-")
    dialled = dial(plain)
    if NEVER_A_LINE.search(label) or DATE_LIKE.fullmatch(plain):
        return None
    if dialled is None and (OTHER_NUMBER.search(label) or not LOCAL_NUMBER.fullmatch(plain)):
        return None
    return Hotline(label, number, dialled)


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
    an area code, so `8610 4008909999` is +864008909999. An extension is not dialled.
    """
    number = _without_extension(number)
    if short := SHORT.fullmatch(number):
        return f"+{COUNTRY}{short[1]}{short[2]}"
    digits = "".join(character for character in number if character in "0123456789")
    if service := SERVICE_NUMBER.fullmatch(digits):
        return f"+{COUNTRY}{service[1]}"
    if _is_international(number, digits):
        return f"+{COUNTRY}{digits.removeprefix('00').removeprefix(COUNTRY).removeprefix('0')}"
    if digits.startswith("0") and len(digits) >= 10:  # noqa: PLR2004 - 010 and a number of seven digits at least
        return f"+{COUNTRY}{digits[1:]}"
    return None


def _without_extension(number: str) -> str:
    """Return a number without its extension: labelled as such, or digits after a number that is already complete."""
    found = EXTENSION.search(number)
    number = number[: found.start()] if found else number
    if tail := TAIL.fullmatch(number):
        digits = "".join(filter(str.isdigit, tail[1])).removeprefix("00").removeprefix(COUNTRY).removeprefix("0")
        return tail[1] if len(digits) >= WHOLE_DIGITS else number
    return number


def _is_international(number: str, digits: str) -> bool:
    """Tell whether a number opens with the country code: `8610 …`, `86-10-…`, `+86…`, `0086…`."""
    bare = digits.removeprefix("00")
    if not bare.startswith(COUNTRY):
        return False
    return number.lstrip("( （").startswith(("+", "00")) or len(digits) >= 9  # noqa: PLR2004 - 86, area, short number


def registrations(lines: Sequence[str]) -> tuple[Registration, ...]:
    """Return the registration numbers in the frame's lines in printed order, blanks inside removed, each once."""
    printed = [line for line in lines if "备" in line or "備" in line or "ICP" in line.upper()]
    return tuple(dict.fromkeys(_registrations("\n".join(printed)))) if printed else ()


def _registrations(text: str) -> tuple[Registration, ...]:
    places: list[tuple[int, Literal["ICP", "PSB"], str]] = [
        *((found.start(), "ICP", found[0]) for found in ICP.finditer(text)),
        *((found.start(), "PSB", found[0]) for found in PSB.finditer(text)),
    ]
    return tuple(Registration(authority, "".join(printed.split())) for _, authority, printed in sorted(places))
