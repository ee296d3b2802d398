"""Generate pages as large as real ones, written as the CMS writes them, in any number and the same in each run.

The fixtures have 4 kB. A real page is ten times as large: a menu, a side list, scripts and styles between the blocks,
and a text that is half of its bytes. Some paragraphs carry the styles of the word processor they came from, a Chinese
page has a long table, and English has curly apostrophes, so that no text is all ASCII. The proportions are those of a
page of 41 kB from another site on the same CMS: half of it text, a sixth scripts and styles, about 50 links, a style on
every paragraph.
"""

import random
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from types import MappingProxyType

from articles import CHINESE, COMMON, WORDS

from postarchive.models import Capture
from postarchive.pages import parse
from postarchive.record.values import Listing

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import cms  # the tests' own page writer, found once the path is set
from cms_frame import CATEGORY, CRLF, Blocks, Node, document

ROOT = "http://english.chinapost.com.cn"
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
FIRST_NODE, FIRST_DAY, DAYS = 23040001, date(2012, 1, 1), 5000
KILOBYTE = 1024
MENU, SIDE, FULL_KILOBYTES = 25, 15, 32  # links around a story; a page of fewer kB has fewer of them
ROWS, SIDE_OF_LIST = 40, 60
SCRIPTS = 0.18  # of the page
WORD_PROCESSED = 4  # each fourth paragraph is
PARAGRAPH_STYLE = "text-align: justify; text-indent: 2em; line-height: 1.75em; margin-top: 10px; margin-bottom: 10px;"
TEXT_STYLE = "font-family: arial, helvetica, sans-serif; font-size: 16px; color: rgb(51, 51, 51);"
CELL_STYLE = "border: 1px solid rgb(0, 0, 0);"
WIDTHS = (48, 210, 96, 120)

PAGES_OF_A_DAY = 10  # generated on the same day, so that their side lists are the same

Make = Callable[[int, int], bytes]


def english(number: int, kilobytes: int) -> bytes:
    """Return an English story of this many kB."""
    chance = _chance(number)
    room = kilobytes - _frame_kilobytes(number, kilobytes)
    text = _until(room, lambda: _paragraph(chance, f"{_words(chance, 40)}’s {_words(chance, 40)}"))
    return _story(number, _words(chance, 9), text, chance, kilobytes)


def chinese(number: int, kilobytes: int) -> bytes:
    """Return a Chinese story of this many kB; half of its text is a long table."""
    chance = _chance(number)
    half = (kilobytes - _frame_kilobytes(number, kilobytes)) / 2
    text = _until(half, lambda: _paragraph(chance, _signs(chance, 160)))
    rows = _until(half, lambda: _table_row(_signs(chance, 8 + chance.randrange(17)) for _ in WIDTHS))
    table = f'<table style="width: 98%;"><tbody>{rows}</tbody></table>'
    return _story(number, _signs(chance, 18), f"{text}{table}", chance, kilobytes)


def listing(number: int, kilobytes: int) -> bytes:
    """Return a list of forty rows with a side list of sixty links, of about this many kB, but at least 20.

    Menu, scripts and styles fill it up; if there is no room for them, the titles are short.
    """
    chance = _chance(number)
    words = 9 if kilobytes >= FULL_KILOBYTES else 3
    titles = (_words(chance, words) for _ in range(ROWS))
    rows = [cms.Row(_href(chance), title, _day(chance), cms.cut(title, 40)) for title in titles]
    head = Node(id=FIRST_NODE + number, title="News", type=CATEGORY)
    content = cms.news_list("News", rows, cms.pager(f"/html1/category/2304/{number}", 2, 40, cms.CHINESE))
    side = _side(number, SIDE_OF_LIST, words)
    room = kilobytes - len(_page(head, content, side)) / KILOBYTE
    scripts = _scripts(min(room, kilobytes * SCRIPTS))
    menu = _until(room - len(scripts) / KILOBYTE, lambda: _link(chance, 4))
    return _page(head, content, side, menu, scripts)


KINDS: Mapping[str, Make] = MappingProxyType({"English": english, "Chinese": chinese, "list": listing})


def captures(kind: str, kilobytes: int, pages: int) -> Iterator[Capture]:
    """Yield this many captures of pages of a kind and size, each with its own node."""
    for number in range(pages):
        capture = _capture(kind, kilobytes, number)
        assert number or kind != "list" or rows_of(capture) == ROWS
        yield capture


def rows_of(capture: Capture) -> int:
    """Return how many rows the parser finds in a list."""
    page = parse(capture)
    assert isinstance(page, Listing)
    return len(page.entries)


def _capture(kind: str, kilobytes: int, number: int) -> Capture:
    word = "category" if kind == "list" else "report"
    high, low = divmod(FIRST_NODE + number, 10_000)
    url = f"{ROOT}/html1/{word}/{high}/{low}-1.htm"
    time = EPOCH + timedelta(seconds=number)
    return Capture(url, time, 200, (("Content-Type", "text/html"),), KINDS[kind](number, kilobytes))


def _story(number: int, title: str, text: str, chance: random.Random, kilobytes: int) -> bytes:
    byline = cms.byline("China Post News", _day(chance))
    return _around(Node(id=FIRST_NODE + number, title=title), cms.article(title, text, byline=byline), kilobytes)


def _around(node: Node, content: str, kilobytes: int) -> bytes:
    """Return a story inside the frame of a page of its size."""
    part = min(kilobytes / FULL_KILOBYTES, 1)
    chance = _chance(1)
    menu = "".join(_link(chance, 4) for _ in range(round(MENU * part)))
    return _page(node, content, _side(node.id, round(SIDE * part), 6), menu, _scripts(kilobytes * SCRIPTS))


def _page(node: Node, content: str, side: str, menu: str = "", scripts: str = "") -> bytes:
    header = f'{scripts}{cms.english_header()}<ul class="menu">{menu}</ul>'
    hotlines = cms.paragraphs(*cms.HOTLINES)
    side = f'<ul class="side">{side}</ul>{CRLF}{hotlines}'
    return document(node, Blocks(header=header, content1=side, content3=content, footer=cms.english_footer())).encode()


def _frame_kilobytes(number: int, kilobytes: int) -> float:
    """Return the kilobytes of a story without text."""
    return len(_around(Node(id=FIRST_NODE + number, title="T"), "", kilobytes)) / KILOBYTE


def _side(number: int, links: int, words: int) -> str:
    """Return a side list, the same on all pages of a day."""
    chance = _chance(number // PAGES_OF_A_DAY)
    return "".join(_link(chance, words) for _ in range(links))


def _link(chance: random.Random, words: int) -> str:
    """Return an item of a menu or side list: a node, quoted as the CMS does."""
    title, high = _words(chance, words), 1408 + chance.randrange(900)
    href = f"/html1/category/{high}/{1 + chance.randrange(9999)}-1.htm"
    return f'<li><span id="NodeTitle"><a href="{href}" target="_self" title="{title}">{cms.cut(title)}</a></span></li>'


def _scripts(kilobytes: float) -> str:
    """Return a style element and a script, as editors leave them between the blocks."""
    rules, calls = (
        _until(kilobytes / 2, partial(_numbered, form, count(1)))
        for form in (
            ".nav-%d dd a { float: left; height: 46px; padding: 0 20px; border-bottom: solid 3px #003e7d; }",
            "$('#hide%d').hover(function () { $(this).find('div').stop().animate({ height: 90 }, 300); });",
        )
    )
    return f"<style>{CRLF}{rules}</style>{CRLF}<script>{CRLF}{calls}</script>{CRLF}" if rules else ""


def _numbered(form: str, numbers: Iterator[int]) -> str:
    return f"{form % next(numbers)}{CRLF}"


def _paragraph(chance: random.Random, text: str) -> str:
    if chance.randrange(WORD_PROCESSED):
        return f'<p style="text-align:justify">{text}</p>{CRLF}{CRLF}'
    return f'<p style="{PARAGRAPH_STYLE}"><span style="{TEXT_STYLE}">{text}</span></p>{CRLF}{CRLF}'


def _table_row(texts: Iterator[str]) -> str:
    cells = (f'<td width="{width}" style="{CELL_STYLE}">{text}</td>' for width, text in zip(WIDTHS, texts, strict=True))
    return f"<tr>{''.join(cells)}</tr>{CRLF}"


def _until(kilobytes: float, make: Callable[[], str]) -> str:
    """Return pieces of what `make` returns until they have this many kilobytes."""
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
