"""Lists: every row form, pager, sheet and title of SITE.md §5, §11.3 and §11.4."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

import cms
import cms_site
import cms_stamps
import cms_variants
from cms import CHINESE, ENGLISH, Row, StampRow, anchor, cut, news_row, pager
from cms_frame import CATEGORY, Blocks, Node, document
from postarchive.errors import SoftError
from postarchive.pages import pictures_beside
from postarchive.pages import read as read_page
from reading import HOST, LIST_URL, capture, read, read_list, rows_list, told, values

PREFIX = LIST_URL.removeprefix(HOST).removesuffix("-1.htm")
TITLE, HREF, DAY = "Green vans reach every village", "/html1/report/2304/8456-1.htm", "2023-03-29"
ENTRY = {"url": HOST + HREF, "title": TITLE, "date": DAY, "serial": None}

# --- rows (§5.1) ------------------------------------------------------------------------------------------------------

LINK = anchor(HREF, TITLE, target="_blank")
DATE = f"<span id='ReportIDIssueTime'>{DAY}</span>"
ROWS = {
    "two-children-without-blanks": f"<li><span id='ReportIDname'>{LINK}</span>{DATE}</li>",
    "blanks-between": f"<li> <span id='ReportIDname'>{LINK}</span>\r\n {DATE} </li>",
    "unquoted": (
        f"<li><span id=ReportIDname><a href={HREF} target=_blank>{TITLE}</a></span><span id=ReportIDIssueTime>{DAY}"
        "</span></li>"
    ),
    "double-quoted": (
        f'<li><span id="ReportIDname"><a href="{HREF}" title="{TITLE}">{TITLE}</a></span>'
        f'<span id="ReportIDIssueTime">{DAY}</span></li>'
    ),
    "date-first": f"<li>{DATE}<span id='ReportIDname'>{LINK}</span></li>",
    "date-in-brackets": f"<li><span id='ReportIDname'>{LINK}</span>[{DATE}]</li>",
    "editors-spans-around": (
        f"<li><span class='tit'><span id='ReportIDname'>{LINK}</span></span><span class='fot'>{DATE}</span></li>"
    ),
    "picture-before": (
        f"<li><span id='ReportIDPicture'><a href='{HREF}' title=\"{TITLE}\"><img src='/res/x/1.jpg' /></a></span>"
        f"<span id='ReportIDname'>{LINK}</span>{DATE}</li>"
    ),
    "source-before-date": (
        f"<li><span id='ReportIDname'>{LINK}</span>|<span id='ReportIDMediaName'>China Post</span>|{DATE}</li>"
    ),
    "no-list-item": f"<div><span id='ReportIDname'>{LINK}</span>{DATE}</div>",
    "no-item-at-all": f"<span id='ReportIDname'>{LINK}</span>{DATE}<br/>",
    "table-row": f"<table><tr><td><span id='ReportIDname'>{LINK}</span></td><td>{DATE}</td></tr></table>",
    "date-as-plain-text": f"<li><span id='ReportIDname'>{LINK}</span> {DAY}</li>",
    "date-with-time": f"<li><span id='ReportIDname'>{LINK}</span><span id='ReportIDIssueTime'>{DAY} 10:05</span></li>",
    "date-in-english": (
        f"<li><span id='ReportIDname'>{LINK}</span><span id='ReportIDIssueTime'>March 29, 2023</span></li>"
    ),
    "date-in-chinese": f"<li><span id='ReportIDname'>{LINK}</span>{DATE.replace(DAY, '2023年3月29日')}</li>",
    "has-picture-mark": (
        f"<li><span id='ReportIDname'>{anchor(HREF, TITLE + ' <img src=/tea/image/picture.gif/>', title=TITLE)}"
        f"</span>{DATE}</li>"
    ),
    "is-new-mark": (
        "<li><span "
        f"id='ReportIDname'>{anchor(HREF, TITLE + chr(32) + '<img src=/tea/image/public/new.gif/>', title=TITLE)}"
        f"</span>{DATE}</li>"
    ),
    "empty-title-attribute": (
        f"<li><span id='ReportIDname'><a href='{HREF}' target='_self' title=\"\">{TITLE}</a></span>{DATE}</li>"
    ),
    "folder-item": f"<li><span id=FolderIDgetSubject><a href={HREF} target=_self>{TITLE}</a></span>{DATE}</li>",
    "category-item": f"<li><span id=CategoryIDgetSubject><a href={HREF} target=_self>{TITLE}</a></span>{DATE}</li>",
    "upper-case-tags": (
        f"<LI><SPAN ID='ReportIDname'><A HREF='{HREF}'>{TITLE}</A></SPAN><SPAN ID='ReportIDIssueTime'>{DAY}</SPAN></LI>"
    ),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_row_is_an_entry(row: str) -> None:
    expected = {"kind": "listing", "title": "Pressroom", "entries": [ENTRY], "leftovers": [], "warnings": []}

    assert told(read_list(rows_list(row)), expected) == expected


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("/html1/report/2304/8456-1.htm", HOST + "/html1/report/2304/8456-1.htm"),
        ("./255-1.htm", HOST + "/html1/category/17026/255-1.htm"),
        ("../2304/8456-1.htm", HOST + "/html1/category/2304/8456-1.htm"),
        ("../../report/2304/8456-1.htm", HOST + "/html1/report/2304/8456-1.htm"),
        ("http://english.chinapost.com.cn/html1/report/2304/8456-1.htm", HOST + "/html1/report/2304/8456-1.htm"),
        ("http://www.upu.example/news?lang=en&page=1", "http://www.upu.example/news?lang=en&page=1"),
        ("/cn/report/2609/1176-1.html", HOST + "/cn/report/2609/1176-1.html"),
    ],
)
def test_link_of_a_row_is_absolute(href: str, url: str) -> None:
    assert values(read_list(rows_list(news_row(Row(href, TITLE, DAY))))["entries"], "url") == [url]


@pytest.mark.parametrize("printed", ["[2023-03-29]", "【2023-03-29】", "(March 29, 2023)"])
def test_date_of_a_row_may_be_in_brackets(printed: str) -> None:
    assert values(read_list(rows_list(news_row(Row(HREF, TITLE, printed))))["entries"], "date") == ["2023-03-29"]


@pytest.mark.parametrize("printed", ["03-29", "", "&nbsp;", "2023-02-30"])
def test_row_without_a_whole_date_has_no_date(printed: str) -> None:
    assert values(read_list(rows_list(news_row(Row(HREF, TITLE, printed))))["entries"], "date") == [None]


@pytest.mark.parametrize(
    ("printed", "leftovers"),
    [
        ("2023-02-30", ["2023-02-30"]),
        ("2023-03-29 至 04-02", ["2023-03-29 至 04-02"]),
        ("soon", ["soon"]),
        ("03-29", []),
        ("March 29, 2023 at 10:05", []),
    ],
)
def test_invalid_date_of_a_row_is_left_over(printed: str, leftovers: list[str]) -> None:
    assert read_list(rows_list(news_row(Row(HREF, TITLE, printed))))["leftovers"] == leftovers


def test_serial_number_is_not_a_date_of_a_row() -> None:
    row = cms.stamp_row(StampRow("/html1/stamp/17117/931-1.htm", "Jades", "2017-31", ""))

    assert read_list(rows_list(row))["entries"] == [
        {"url": HOST + "/html1/stamp/17117/931-1.htm", "title": "Jades", "date": None, "serial": "2017-31"}
    ]


@pytest.mark.parametrize(
    "printed",
    [
        *("2023-03-29", "[2023-03-29]", "2023/03/29", "2023.3.29", "2023年3月29日", "(2023-03-29 10:05)"),
        *("March 29, 2023", "Wednesday, 29 March 2023", "【2023-03-29】"),
    ],
)
def test_date_without_a_field_is_read_at_the_end_of_its_row(printed: str) -> None:
    row = f"<li>1. <span id='ReportIDname'>{anchor(HREF, TITLE)}</span> {printed}</li>"

    found = read_list(rows_list(row))

    assert (values(found["entries"], "date"), found["leftovers"]) == (["2023-03-29"], [])


LOOSE_DATES = {
    "last-in-a-division": "<div><b><span id='ReportIDname'>{link}</span></b> <i>{day}</i></div>",
    "last-on-a-line": "<span id='ReportIDname'>{link}</span> {day}<br/>",
    "first-in-a-division": "<div>{day} <b><span id='ReportIDname'>{link}</span></b></div>",
    "first-on-a-line": "{day} <span id='ReportIDname'>{link}</span><br/>",
}


@pytest.mark.parametrize("row", LOOSE_DATES.values(), ids=LOOSE_DATES)
def test_rows_outside_list_items_keep_their_dates(row: str) -> None:
    field = "<span id='ReportIDIssueTime'>{day}</span>"
    rows = [(f"/html1/report/2304/{number}-1.htm", f"2023-03-{number}") for number in (10, 11, 12)]
    items = "".join(row.format(link=anchor(href, TITLE), day=field.format(day=day)) for href, day in rows)

    found = read_list(rows_list(items))

    assert values(found["entries"], "date") == [day for _, day in rows]
    assert found["leftovers"] == []


def test_row_alone_in_its_block_keeps_its_date() -> None:
    assert read_list(f"<span id='ReportIDname'>{LINK}</span>{DATE}<p>&nbsp;</p>")["entries"] == [ENTRY]


def test_date_in_a_title_is_not_that_of_its_row() -> None:
    row = f"<li><span id='ReportIDname'>{anchor(HREF, 'What happened on 2014-02-08')}</span></li>"

    assert values(read_list(rows_list(row))["entries"], "date") == [None]


def test_row_that_leads_elsewhere_is_one_among_rows_without_fields() -> None:
    rows = f"<li><a href='{HREF}'>{TITLE}</a> {DAY}</li><li><a href='http://www.upu.example/'>UPU day</a> {DAY}</li>"
    pages = f"<li><a href='{PREFIX}-2.htm'>2</a></li>"

    found = read_list(rows_list(rows + pages))

    assert values(found["entries"], "url") == [HOST + HREF, "http://www.upu.example/"]


def test_rows_keep_their_own_dates() -> None:
    rows = [Row(f"/html1/report/2304/{n}-1.htm", f"Story {n}", f"2023-03-{n}") for n in range(10, 30)]
    rows[7] = Row("/html1/report/2304/17-1.htm", "Story 17", "")

    found = read_list(rows_list("".join(map(news_row, rows))))["entries"]

    assert values(found, "title") == [row.title for row in rows]
    assert values(found, "date") == [row.date or None for row in rows]


def test_list_in_several_uls_is_one_list() -> None:
    rows = [news_row(Row(f"/html1/report/2304/{n}-1.htm", f"Story {n}", DAY)) for n in range(1, 7)]
    items = "".join(rows[:3]) + "</ul><ul>" + "".join(rows[3:])

    found = read_list(rows_list(items, pager(PREFIX, 1, 3, CHINESE)))

    assert values(found["entries"], "title") == [f"Story {n}" for n in range(1, 7)]
    assert (found["sheets"], found["leftovers"]) == (3, [])


def test_side_lists_are_not_entries() -> None:
    """§5.2: departments, sub-sections and the sidebar belong to the frame."""
    html = cms_variants.chinese_list(1)
    found = read(html, url="http://www.chinapost.com.cn/html1/category/181313/7338-1.htm")

    assert len(values(found["entries"], "url")) == 20
    assert (found["title"], found["leftovers"], found["paragraphs"]) == ("采购公告", [], [])


NEWEST = [news_row(Row(f"/html1/report/2501/{number}-1.htm", f"New {number}", DAY)) for number in range(5)]
BOX = f"<h3>Latest</h3><ul>{''.join(NEWEST)}</ul>"


@pytest.mark.parametrize("pager_item", [pager(PREFIX, 1, 3, CHINESE), ""], ids=["pager", "one sheet"])
@pytest.mark.parametrize("block", ["header", "content1", "content2", "footer"])
def test_box_of_the_latest_stories_is_not_the_list(block: str, pager_item: str) -> None:
    blocks = replace(Blocks(content3=rows_list(ROW, pager_item)), **{block: BOX})

    found = read(document(Node(id=170260254, title="Pressroom", type=CATEGORY), blocks), url=LIST_URL)

    assert (found["entries"], found["leftovers"]) == ([ENTRY], [])


def test_list_is_where_its_pager_is() -> None:
    blocks = Blocks(content1=rows_list(ROW, pager(PREFIX, 1, 3, CHINESE)), content3=BOX)

    assert read(document(Node(id=170260254, title="News", type=CATEGORY), blocks), url=LIST_URL)["entries"] == [ENTRY]


def test_text_beside_the_link_of_a_title_is_left_over() -> None:
    row = f"<li><span id='ReportIDname'>{LINK} (in Chinese)</span>{DATE}</li>"

    found = read_list(rows_list(row))

    assert (found["entries"], found["leftovers"]) == ([ENTRY], ["(in Chinese)"])


def test_row_without_a_link_is_kept_as_text() -> None:
    row = f"<li><span id='ReportIDname'>{TITLE}</span>{DATE}</li>"

    found = read_list(rows_list(news_row(Row("/html1/report/2304/1-1.htm", "Other", DAY)) + row))

    assert TITLE in str(found["entries"]) + str(found["leftovers"])


# --- titles, cut and whole (§5.4, §3.2) -------------------------------------------------------------------------------

WHOLE = {
    "20-characters": "12345678901234567890",
    "short": "The XXI INCOSAI",
    "hyphen": "China-ASEAN Expo",
    "19-characters-21-units": "Children’s Games(Ⅰ)",
    "bracket": "Fruits (1)",
    "literal-label": "Title: Fruits (Ⅲ)",
}
CUT = {
    "false-dots-24": ("Scroll of Bathing Horses", "Scroll of Bathing Horses..."),
    "false-dots-27": ("Yangtze River Economic Zone", "Yangtze River Economic Zone..."),
    "false-dots-29": ("Jades of the Hongshan Culture", "Jades of the Hongshan Culture..."),
    "false-dots-39": ("Court Ladies Preparing Newly-Woven Silk", "Court Ladies Preparing Newly-Woven Silk..."),
    "mid-word": ("Protection of Consumer Rights and Interests", "Protection of Consumer Rights and Intere..."),
    "after-a-word": (
        "International Day Against Drug Abuse and Illicit Trafficking",
        "International Day Against Drug Abuse and...",
    ),
    "blank-kept": (
        "20th Anniversary of Hong Kong’s return to the Motherland",
        "20th Anniversary of Hong Kong’s return ...",
    ),
    "quotes-become-apostrophes": ('The "Green Train" in the snow of the Tanggula range', None),
    "wide-characters": ("第十四届全国运动会暨第十一届残疾人运动会开幕纪念", None),
    "wide-character-astride": ("A第十四届全国运动会暨第十一届残疾人运动会开幕纪念", None),
    "ampersand": ("Bond & box: Shenzhen customs lane cut to nine minutes", None),
}


@pytest.mark.parametrize("title", WHOLE.values(), ids=WHOLE)
def test_short_title_is_untouched(title: str) -> None:
    assert cut(title) == title
    assert values(read_list(rows_list(cms.stamp_row(StampRow(HREF, title, "2017-1", ""))))["entries"], "title") == [
        title
    ]


@pytest.mark.parametrize(("title", "shown"), CUT.values(), ids=CUT)
def test_cut_title_is_read_from_the_attribute(title: str, shown: str | None) -> None:
    assert shown is None or cut(title) == shown

    found = read_list(rows_list(cms.stamp_row(StampRow(HREF, title, "2017-1", ""))))

    assert values(found["entries"], "title") == [title.replace('"', "'")]


@pytest.mark.parametrize("shown", ["Labelled [...]", "And so on..."])
def test_title_that_ends_in_dots_itself_is_whole(shown: str) -> None:
    assert values(read_list(rows_list(news_row(Row(HREF, shown, DAY))))["entries"], "title") == [shown]


ATTRIBUTES = {
    "empty": ("", "Scroll of Bathing Horses...", "Scroll of Bathing Horses..."),
    "of-another": ("Another title altogether", "Scroll of Bathing Horses...", "Scroll of Bathing Horses..."),
    "real-dirt": ("125I]' />", "125I]' />", "125I]' />"),
    "real-dirt-cut": (
        "Sorting & 'counting' of 125I]' /> samples",
        "Sorting & 'counting' of 1...",
        "Sorting & 'counting' of 125I]' /> samples",
    ),
    "markup": (
        "CO<sup>2</sup> free vans in the city of Harbin",
        "CO<sup>2</sup> free vans in the...",
        "CO2 free vans in the city of Harbin",
    ),
    "reference": (
        "Terms &copying rules for the whole of the post",
        "Terms &amp;copying ru...",
        "Terms &copying rules for the whole of the post",
    ),
    "blanks": (
        "Blanks  in the   middle of a rather long title",
        "Blanks in the middle...",
        "Blanks in the middle of a rather long title",
    ),
    "invisible": (
        "Soft\u00adhyphens and zero\u200bwidth blanks in a title",
        "Softhyphens and zero...",
        "Softhyphens and zerowidth blanks in a title",
    ),
}


@pytest.mark.parametrize(("attribute", "shown", "expected"), ATTRIBUTES.values(), ids=ATTRIBUTES)
def test_attribute_counts_where_it_continues_what_is_shown(attribute: str, shown: str, expected: str) -> None:
    row = (
        f"<li><span id='ReportIDname'><a href='{HREF}' target='_self' title=\"{attribute}\">{shown}</a></span>{DATE}"
        "</li>"
    )

    assert values(read_list(rows_list(row))["entries"], "title") == [expected]


def test_linked_picture_alone_names_its_row_by_the_attribute() -> None:
    row = (
        f"<li><span id='ReportIDname'><a href='{HREF}' title=\"{TITLE}\"><img src='/res/x/1.jpg' /></a></span>{DATE}"
        "</li>"
    )

    assert values(read_list(rows_list(row))["entries"], "title") == [TITLE]


# --- the pager (§5.3) -------------------------------------------------------------------------------------------------

ROW = news_row(Row(HREF, TITLE, DAY))
SHEETS = [(1, 1), (1, 2), (2, 2), (1, 10), (3, 10), (10, 10), (12, 40), (1, 40), (40, 40), (39, 40), (99, 100)]


def sheet_url(sheet: int) -> str:
    return f"{HOST}{PREFIX}-{sheet}.htm"


@pytest.mark.parametrize("labels", [CHINESE, ENGLISH, ("", "", "", "")], ids=["chinese", "english", "no-labels"])
@pytest.mark.parametrize(("sheet", "total"), SHEETS, ids=str)
def test_pager_gives_the_next_sheet_and_the_number_of_sheets(
    sheet: int, total: int, labels: tuple[str, str, str, str]
) -> None:
    following = sheet_url(sheet + 1) if sheet < total else None
    expected: dict[str, object] = {
        "sheet": sheet,
        "sheets": total,
        "next_url": following,
        "leftovers": [],
        "paragraphs": [],
    }

    assert (
        told(read_list(rows_list(ROW, pager(PREFIX, sheet, total, labels)), url=sheet_url(sheet)), expected) == expected
    )


def test_pager_of_the_cms_is_the_one_of_the_site() -> None:
    """§5.3: page 12 of 40 shows 7 to 16."""
    numbers = re.findall(r"-(\d+)\.htm'>\d+</a>|current>(\d+)<", pager(PREFIX, 12, 40, CHINESE))

    assert [int(link or current) for link, current in numbers] == list(range(7, 17))


PAGER_MARKUP: dict[str, Callable[[str], str]] = {
    "unquoted": cms.unquoted,
    "double-quoted": lambda item: item.replace("'", '"'),
    "without-total": lambda item: re.sub("<!--.*?-->", "", item),
    "behind-the-list": lambda item: (
        "</ul><div class='page'>" + item.replace("<li", "<div").replace("</li>", "</div></div><ul>")
    ),
    "upper-case-ids": lambda item: item.replace("CBNext", "CBNEXT").replace("CBLast", "CBLAST"),
    "with-count-before": "<li>20</li>".__add__,
}


@pytest.mark.parametrize("change", PAGER_MARKUP.values(), ids=PAGER_MARKUP)
def test_pager_is_read_in_any_markup(change: Callable[[str], str]) -> None:
    found = read_list(rows_list(ROW, change(pager(PREFIX, 3, 10, CHINESE))), url=sheet_url(3))

    assert (found["sheets"], found["next_url"], len(values(found["entries"], "url"))) == (10, sheet_url(4), 1)


def test_largest_number_counts_when_nothing_else_decides() -> None:
    """§10.8: `{total:N}`, then `#CBLast`, then the largest number."""
    bare = re.sub("<!--.*?-->| id='?CB[A-Za-z]+'?", "", pager(PREFIX, 3, 8, CHINESE))

    assert read_list(rows_list(ROW, bare), url=sheet_url(3))["sheets"] == 8


def test_labels_do_not_count() -> None:
    swapped = pager(PREFIX, 3, 10, ("最后", "下一页", "上一页", "最前"))

    assert read_list(rows_list(ROW, swapped), url=sheet_url(3))["next_url"] == sheet_url(4)


def test_pager_goes_to_the_cn_grammar() -> None:
    url = "http://www.chinapost.com.cn/cn/category/1813/137338-1.htm"
    html = cms.unquoted(cms_variants.minified_list()).replace(
        "{total:1}-->", "{total:3}--><a href=/cn/category/1813/137338-2.htm id=CBNext>下一页</a>"
    )

    found = read(html, url=url)

    assert (found["sheets"], found["next_url"]) == (3, "http://www.chinapost.com.cn/cn/category/1813/137338-2.htm")


@pytest.mark.parametrize("href", ["javascript:go(2)", "#", "JavaScript:void(0)"])
def test_next_sheet_behind_a_script_follows_from_the_grammar(href: str) -> None:
    pager = f"<li id='PageNum'><!--{{total:3}}--><a href='{href}' id='CBNext'>NEXT</a></li>"

    assert read_list(rows_list(ROW, pager))["next_url"] == HOST + "/html1/category/17026/254-2.htm"


def test_list_without_pager_has_one_sheet() -> None:
    expected = {"sheets": 1, "next_url": None}

    assert told(read_list(rows_list(ROW)), expected) == expected


def test_mobile_pager_is_only_a_comment_and_a_script() -> None:
    mobile = "<!--{total:7}--><script>edn.page(1)</script>"

    assert read_list(rows_list(ROW) + mobile)["sheets"] == 7


LEAD = "<span id='ReportIDtext'><p>Vans leave at dawn.</p></span>"
MEDIUM = "<span class=\"mt\">来自:<span id='ReportIDMediaName'>China Post</span></span>"


def test_beginnings_of_stories_are_the_text_of_their_list() -> None:
    found = read_list(rows_list(ROW.replace("</li>", f"{MEDIUM}{LEAD}</li>")))

    assert (found["paragraphs"], found["leftovers"]) == (["Vans leave at dawn."], [])


@pytest.mark.parametrize(("more", "count"), [("", 1), ("<!--{total:1}-->", 1), ("<!--{total:0}-->", 0)])
def test_first_sheet_without_rows_is_doubted_unless_it_says_so(more: str, count: int) -> None:
    found = read_list(f'<div class="title"><span id="CurrentlyNode">Pressroom</span></div><ul>{more}</ul>')

    assert (found["kind"], found["entries"], len(found["warnings"])) == ("listing", [], count)  # type: ignore[arg-type]


# --- sheets (§5.3) ----------------------------------------------------------------------------------------------------


def test_stale_sheet_repeats_a_row_of_the_one_before() -> None:
    """Publishing regenerates page 1 only; the record says what the page shows."""
    sheets = cms_site.stamp_lists()
    first, second = (
        read(sheets[f"{PREFIX}-{sheet}.htm"], url=f"{HOST}{PREFIX}-{sheet}.htm")["entries"] for sheet in (1, 2)
    )

    assert values(first, "url")[-1] == values(second, "url")[0]
    assert len(set(values(first, "url") + values(second, "url"))) == len(cms_stamps.stamps_of_2017())


@pytest.mark.parametrize(
    "content",
    ['<div class="title"><span id="CurrentlyNode">Pressroom</span></div><div class="new_list"></div>', ""],
    ids=["heading-only", "nothing"],
)
def test_sheet_beyond_the_end_is_a_list_without_rows(content: str) -> None:
    expected = {"kind": "listing", "sheet": 99, "entries": [], "next_url": None, "paragraphs": []}

    assert told(read_list(content, url=sheet_url(99)), expected) == expected


def test_sheet_beyond_the_end_may_show_its_pager() -> None:
    content = rows_list("", pager(PREFIX, 40, 40, CHINESE))
    expected = {"kind": "listing", "entries": [], "sheets": 40, "next_url": None}

    assert told(read_list(content, url=sheet_url(99)), expected) == expected


def test_first_sheet_is_never_empty() -> None:
    with pytest.raises(SoftError):
        read_list("")


def test_section_page_that_is_only_a_script_is_refused() -> None:
    with pytest.raises(SoftError, match="script redirect"):
        read_list("<script>window.location.href='/html1/category/181313/7338-1.htm'</script>")


# --- stamp lists (§5.4) -----------------------------------------------------------------------------------------------


def stamp_list(*rows: StampRow, pager_item: str = "") -> str:
    return cms.stamp_list("2017 Stamps", rows, pager_item)


def test_stamp_list_holds_serials_and_descriptions() -> None:
    content = stamp_list(
        StampRow(
            "/html1/stamp/17117/931-1.htm", "Jades of the Hongshan Culture", "2017-31", "<p>Jade.</p><p>Green.</p>"
        ),
        StampRow("/html1/stamp/17026/1033-1.htm", "Fruits", "", "<p>Plums.</p>"),
    )
    expected = {"title": "2017 Stamps", "paragraphs": ["Jade.", "Green.", "Plums."], "leftovers": [], "images": []}

    found = read_list(content)

    assert told(found, expected) == expected
    assert values(found["entries"], "serial") == ["2017-31", None]
    assert values(found["entries"], "title") == ["Jades of the Hongshan Culture", "Fruits"]


def test_list_of_2013_without_serials_glues_title_and_text() -> None:
    """`CatCats belong…`: the title touches the description."""
    row = (
        f"<li><span id='StampIDsubject'>{anchor(HREF, 'Cat')}</span><span id='StampIDcontent'>Cats belong to us."
        "</span></li>"
    )
    found = read_list(rows_list(row))

    assert values(found["entries"], "title") == ["Cat"]
    assert (found["paragraphs"], found["leftovers"]) == (["Cats belong to us."], [])


def test_stray_end_of_span_does_not_end_a_description() -> None:
    found = read_list(
        stamp_list(
            StampRow("/html1/stamp/17117/931-1.htm", "Jades", "2017-31", "<p>One</span> two.</p><p>Three.</p>"),
            StampRow("/html1/stamp/17026/1033-1.htm", "Fruits", "", "<p>Plums.</p>"),
        )
    )

    assert (found["paragraphs"], found["leftovers"]) == (["One two.", "Three.", "Plums."], [])


def test_description_without_its_field_is_not_lost() -> None:
    row = f"<li><span id='StampIDsubject'>{anchor(HREF, 'Cat')}</span><p>Cats belong to us.</p></li>"
    found = read_list(rows_list(row))

    assert "Cats belong to us." in [*found["paragraphs"], *found["leftovers"]]  # type: ignore[misc]


def test_category_of_prose_only_is_a_folder() -> None:
    """`1408/4031-1` and `190673/6133-1` show prose only."""
    content = (
        '<span id="CurrentlyNode">2019 Stamps</span><div><p>Twenty-nine issues came out.</p><p>Most had four.</p></div>'
    )
    expected = {
        "kind": "folder",
        "title": "2019 Stamps",
        "paragraphs": ["Twenty-nine issues came out.", "Most had four."],
    }

    assert told(read_list(content, title="2019 Stamps"), expected) == expected


def test_pictures_of_a_stamp_list_are_listed() -> None:
    content = stamp_list(StampRow("/html1/stamp/17117/931-1.htm", "Jades", "2017-31", "<p>Jade.</p>", "/res/x/1.jpg"))
    found = read_list(content)

    assert found["images"] == [{"url": HOST + "/res/x/1.jpg", "caption": None}]
    assert len(values(found["entries"], "url")) == 1


# --- the frame around a list ------------------------------------------------------------------------------------------


def test_list_has_the_numbers_of_its_frame() -> None:
    found = read_list(rows_list(ROW))

    assert (len(values(found["hotlines"], "label")), len(values(found["registrations"], "number"))) == (4, 2)


@pytest.mark.parametrize("block", ["content1", "content2", "content3"])
def test_list_is_read_in_any_block(block: str) -> None:
    blocks = {
        "content1": Blocks(content1=rows_list(ROW)),
        "content2": Blocks(content2=rows_list(ROW)),
        "content3": Blocks(content3=rows_list(ROW)),
    }
    html = document(Node(id=170260254, title="Pressroom", type=CATEGORY), blocks[block])

    assert read(html, url=LIST_URL)["entries"] == [ENTRY]


def test_chinese_list_at_its_last_sheet() -> None:
    found = read(cms_variants.chinese_list(40), url="http://www.chinapost.com.cn/html1/category/181313/7338-40.htm")

    assert (len(values(found["entries"], "url")), found["sheets"], found["next_url"]) == (3, 40, None)


BARE = {
    "table": "<table>{}</table>".format("<tr><td><a href='{}'>{}</a></td><td>{}</td></tr>" * 2),
    "paragraphs": "<p>· <a href='{}'>{}</a> [{}]</p><p>· <a href='{}'>{}</a> [{}]</p>",
    "divisions": "<div><a href='{}'>{}</a><i>{}</i></div><div><a href='{}'>{}</a><i>{}</i></div>",
    "columns": "<table>{}</table>".format("<tr><td>·</td><td><a href='{}'>{}</a></td><td>{}</td><td></td></tr>" * 2),
    "fonts": "<font><p><a href='{}'>{}</a> {}</p></font>" * 2,
    "terms": "<dl>{}</dl>".format("<dt><a href='{}'>{}</a></dt><!-- x --><dd>{}</dd>" * 2),
}


@pytest.mark.parametrize("rows", BARE.values(), ids=BARE)
def test_list_without_field_ids_and_items_is_read_by_its_blocks(rows: str) -> None:
    found = read_list(rows.format(HREF, TITLE, DAY, "/html1/report/2304/8454-1.htm", "Another", "2023-03-28"))

    assert (values(found["entries"], "title"), values(found["entries"], "date")) == (
        [TITLE, "Another"],
        [DAY, "2023-03-28"],
    )
    assert (found["leftovers"], found["paragraphs"]) == ([], [])


def test_columns_beside_title_and_date_are_left_over() -> None:
    row = f"<tr><td>{DAY}</td><td><a href='{HREF}'>{TITLE}</a></td><td>China Post</td></tr>"

    found = read_list(f"<table>{row * 2}</table>")

    assert (found["entries"], found["leftovers"]) == ([ENTRY, ENTRY], [f"{DAY} | China Post"] * 2)


ROW_FRAMES = {
    "number-and-label": "<li>1. {a} From: <span id='ReportIDMediaName'>China Post</span></li>",
    "cells": "<tr><td>·</td><td>{a}</td><td>From: <span id='ReportIDMediaName'>China Post</span></td></tr>",
    "month-and-day": "<li>{a} <i>03-29</i></li>",
}


@pytest.mark.parametrize("row", ROW_FRAMES.values(), ids=ROW_FRAMES)
def test_what_only_surrounds_the_fields_of_a_row_is_not_left_over(row: str) -> None:
    rows = row.format(a=f"<span id='ReportIDname'><a href='{HREF}'>{TITLE}</a></span>")

    assert read_list(f"<table>{rows}</table>")["leftovers"] == []


def test_date_in_a_title_of_a_table_is_not_its_rows() -> None:
    row = f"<tr><td><a href='{HREF}'>2023-03-29 recalled</a></td><td>03-30</td></tr>"

    assert values(read_list(f"<table>{row * 2}</table>")["entries"], "date") == [None, None]


def test_pager_of_another_list_is_not_this_ones() -> None:
    side = rows_list(ROW + "<li id='PageNum'><a href='/html1/category/1408/9999-2.htm' id='CBNext'>Next</a></li>")
    html = document(
        Node(id=170260254, title="Pressroom", type=CATEGORY),
        Blocks(
            content1=side, content3=rows_list(ROW + "<li id='PageNum'><a href='/x-7.htm' id='CBNext'>Next</a></li>")
        ),
    )

    assert read(html, url=LIST_URL)["next_url"] == f"{HOST}/x-7.htm"


def test_date_that_no_row_has_is_left_over() -> None:
    assert read_list(rows_list(ROW) + "<p>2023-04-02</p>")["leftovers"] == ["2023-04-02"]


def test_list_that_the_wayback_machine_shows_has_its_rows() -> None:
    """Its playback puts an address of its own before each link."""
    replay = "https://web.archive.org/web/20230401050607"
    rows = "".join(f"<li><a href='/web/20230401050607/{HOST}{href}'>Row</a> {DAY}</li>" for href in (HREF, HREF))

    found = read_list(f"<ul>{rows}</ul>", url=f"{replay}/{LIST_URL.replace('-1.htm', '-2.htm')}")

    assert (found["kind"], found["sheet"], found["leftovers"]) == ("listing", 2, [])
    assert values(found["entries"], "url") == [f"{replay}/{HOST}{HREF}"] * 2


def test_text_with_links_to_nodes_is_not_a_list() -> None:
    text = "".join(f"<p>See <a href='/html1/report/2304/{n}-1.htm'>story {n}</a> for more.</p>" for n in (8454, 8456))

    assert read_list(text)["kind"] == "folder"


def test_pager_without_its_item_is_not_a_leftover() -> None:
    pager = "<div><a href='/x-2.htm' id='CBNext'>Next</a> <a href='/x-7.htm' id='CBLast'>Last</a></div>"
    found = read_list(rows_list(ROW) + pager)

    assert (found["sheets"], found["leftovers"]) == (7, [])


def test_list_without_field_ids_is_read_by_its_links() -> None:
    """§13: the English rows are unknown; a row that links to a node of the grammar is one."""
    row = f"<li><a href='{HREF}'>{TITLE}</a> <span>{DAY}</span></li>"

    assert read_list(rows_list(row))["entries"] == [ENTRY]


@pytest.mark.parametrize("url", [LIST_URL, ""], ids=["with-url", "without-url"])
def test_list_fields_decide_the_kind_when_nothing_else_does(url: str) -> None:
    html = cms.page(Node(id=170260254, title="Pressroom", type=CATEGORY), rows_list(ROW)).replace("node={", "x={")

    assert read(html, url=url)["kind"] == "listing"


# --- the picture of a row ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sheet", "count"), [(1, 6), (2, 4)])
def test_a_picture_belongs_to_the_stamp_whose_row_holds_it(sheet: int, count: int) -> None:
    url = f"{HOST}{PREFIX}-{sheet}.htm"
    html = cms_site.english_site()[f"{PREFIX}-{sheet}.htm".removeprefix("/")]

    shown = pictures_beside(read_page(capture(html, url=url)))

    assert len(shown) == count
    stamps = {f"{HOST}{stamp.row.href}": f"{HOST}{stamp.row.picture}" for stamp in cms_stamps.stamps_of_2017()}
    assert shown.items() <= stamps.items()


def test_only_a_list_has_pictures_beside_its_rows() -> None:
    html = cms_site.english_site()["html1/stamp/2510/2112-1.htm"]

    assert pictures_beside(read_page(capture(html, url=f"{HOST}/html1/stamp/2510/2112-1.htm"))) == {}
