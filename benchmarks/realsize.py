"""Pages as large as real ones, written as the CMS writes them, in any number and the same at each run.

The fixtures have 4 kB. A real page has ten times that: menus and side lists of links, and a text whose every paragraph
carries the styles of the word processor it came from; a Chinese one a long table.
"""

import random
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from articles import CHINESE, COMMON, WORDS

from postarchive.models import Capture

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import cms  # the tests' own page writer, found once the path is set
from cms_frame import CATEGORY, CRLF, Blocks, Node, document

ROOT = "http://english.chinapost.com.cn"
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
FIRST_NODE, FIRST_DAY, DAYS = 23040001, date(2012, 1, 1), 5000
KILOBYTE = 1024
MENU, SIDE, ROWS, FULL_KILOBYTES = 30, 60, 40, 32  # links; a page of fewer kB has fewer of them in menu and side list
PARAGRAPH_STYLE = "text-align: justify; text-indent: 2em; line-height: 1.75em; margin-top: 10px; margin-bottom: 10px;"
TEXT_STYLE = "font-family: arial, helvetica, sans-serif; font-size: 16px; color: rgb(51, 51, 51);"
CELL_STYLE = "border: 1px solid rgb(0, 0, 0); padding: 0px 7px; word-break: break-all;"
WIDTHS = (48, 210, 96, 120)

PAGES_OF_A_DAY = 10  # generated on the same day, so that their side lists are the same

Make = Callable[[int, int], bytes]


def english(number: int, kilobytes: int) -> bytes:
    """Return a story of so many kB in English."""
    chance = _chance(number)
    text = _until(kilobytes - _frame_kilobytes(number, kilobytes), lambda: _paragraph(_words(chance, 40)))
    return _story(number, _words(chance, 9), text, chance, kilobytes)


def chinese(number: int, kilobytes: int) -> bytes:
    """Return a story of so many kB in Chinese: two thirds of its text are a long table."""
    chance = _chance(number)
    room = kilobytes - _frame_kilobytes(number, kilobytes)
    text = _until(room / 3, lambda: _paragraph(_signs(chance, 80)))
    rows = _until(2 * room / 3, lambda: _table_row(_signs(chance, 4 + chance.randrange(9)) for _ in WIDTHS))
    return _story(
        number, _signs(chance, 9), f'{text}<table style="width: 98%;"><tbody>{rows}</tbody></table>', chance, kilobytes
    )


def listing(number: int, kilobytes: int) -> bytes:
    """Return a list of forty rows; menus and side list grow until it has so many kB."""
    chance = _chance(number)
    rows = [
        cms.Row(href, title, _day(chance), cms.cut(title, 40))
        for href, title in ((_href(chance), _words(chance, 9)) for _ in range(ROWS))
    ]
    head = Node(id=FIRST_NODE + number, title="News", type=CATEGORY)
    content = cms.news_list("News", rows, cms.pager(f"/html1/category/2304/{number}", 2, 40, cms.CHINESE))
    more = _until(kilobytes - len(content) / KILOBYTE - _frame_kilobytes(number, kilobytes), lambda: _links(chance, 1))
    return _page(head, content, kilobytes, more)


KINDS: Mapping[str, Make] = MappingProxyType({"English": english, "Chinese": chinese, "list": listing})


def captures(kind: str, kilobytes: int, count: int) -> Iterator[Capture]:
    """Yield so many pages of a kind and a size, each of a node of its own, as they would have been received."""
    word = "category" if kind == "list" else "report"
    for number in range(count):
        high, low = divmod(FIRST_NODE + number, 10_000)
        url = f"{ROOT}/html1/{word}/{high}/{low}-1.htm"
        time = EPOCH + timedelta(seconds=number)
        yield Capture(url, time, 200, (("Content-Type", "text/html"),), KINDS[kind](number, kilobytes))


def _story(number: int, title: str, text: str, chance: random.Random, kilobytes: int) -> bytes:
    byline = cms.byline("China Post News", _day(chance))
    return _page(Node(id=FIRST_NODE + number, title=title), cms.article(title, text, byline=byline), kilobytes)


def _page(node: Node, content: str, kilobytes: int, more: str = "") -> bytes:
    part = min(kilobytes / FULL_KILOBYTES, 1)
    latest = _links(_chance(node.id // PAGES_OF_A_DAY), round(SIDE * part))
    side = f'<ul class="side">{latest}{more}</ul>{CRLF}{cms.paragraphs(*cms.HOTLINES)}'
    menu = _links(random.Random(1), round(MENU * part))  # noqa: S311 - no secret
    header = f'{cms.english_header()}<ul class="menu">{menu}</ul>'
    blocks = Blocks(header=header, content1=side, content3=content, footer=cms.english_footer())
    return document(node, blocks).encode()


def _frame_kilobytes(number: int, kilobytes: int) -> float:
    """Return what a page without text has."""
    return len(_page(Node(id=FIRST_NODE + number, title="T"), "", kilobytes)) / KILOBYTE


def _links(chance: random.Random, count: int) -> str:
    return "".join(
        f"<li><span id='ReportIDname'>{cms.anchor(_href(chance), cms.cut(title, 20), title=title)}</span></li>"
        for title in (_words(chance, 6) for _ in range(count))
    )


def _paragraph(text: str) -> str:
    return f'<p style="{PARAGRAPH_STYLE}"><span style="{TEXT_STYLE}">{text}</span></p>{CRLF}'


def _table_row(texts: Iterator[str]) -> str:
    cells = (
        f'<td width="{width}" style="{CELL_STYLE}"><p style="text-align: center;">{text}</p></td>'
        for width, text in zip(WIDTHS, texts, strict=True)
    )
    return f"<tr>{''.join(cells)}</tr>{CRLF}"


def _until(kilobytes: float, make: Callable[[], str]) -> str:
    parts, size = [], 0
    while size < kilobytes * KILOBYTE:
        parts.append(make())
        size += len(parts[-1].encode())
    return "".join(parts)


def _words(chance: random.Random, count: int) -> str:
    return " ".join(chance.choices(WORDS_OF_A_STORY, k=count)).capitalize() + "."


def _signs(chance: random.Random, count: int) -> str:
    text = "".join(chance.choices(CHINESE_WORDS, k=count // 2))
    return "，".join(text[place : place + 11] for place in range(0, len(text), 11)) + "。"


def _href(chance: random.Random) -> str:
    return f"/html1/report/{2001 + chance.randrange(300)}/{1 + chance.randrange(9999)}-1.htm"


def _day(chance: random.Random) -> str:
    return (FIRST_DAY + timedelta(days=chance.randrange(DAYS))).isoformat()


def _chance(number: int) -> random.Random:
    return random.Random(number)  # noqa: S311 - no secret


WORDS_OF_A_STORY, CHINESE_WORDS = [*COMMON.split() * 3, *WORDS.split()], CHINESE.split()
