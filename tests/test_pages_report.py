"""News pages: every title line, byline, body and part of SITE.md §3.2, §4, §7 and §11."""

from dataclasses import replace

import pytest

import cms
import cms_news
import cms_variants
from cms import byline, glued_date, paragraphs
from cms_frame import FOLDER, Blocks, Node, Site, document
from reading import (
    BODY,
    HOST,
    NEWS_URL,
    TITLE,
    body_paragraphs,
    page,
    read,
    read_body,
    read_news,
    texts,
    told,
    values,
)

CLEAN: dict[str, object] = {"leftovers": [], "warnings": []}
BODY_TEXT = ["The vans are electric."]

# --- titles, and what is above and below them (§4.2) ------------------------------------------------------------------

TITLES = {
    "plain": TITLE,
    "leading-digits": "17 tasks for the postal year",
    "leading-decimal": "3.2 million parcels a day",
    "ends-in-year": "Ten postmen who moved us in 2013",
    "begins-with-quote": '"Door to Door" handbook published',
    "single-then-double-quote": "'Young sorters speak of the sessions\"",
    "curly-quotes": "“Lab to Lab” line opens at China Post’s hub",
    "three-dashes": "Forty years --- one counter",
    "colon": "Tea road: first parcels leave by train",
    "ampersand": "Bond & box: customs lane cut to nine minutes",
    "comma-in-number": "Lychees travel 2,100 kilometers overnight",
    "stray-blank": "China- Europe rail parcels arrive",
    "no-blank-before-bracket": "First sheet of the year(second issue) on sale",
    "latin-glued-to-chinese": "Mail robot XiaolvZhu小绿猪 on trial",
    "bar-inside": "古镇邮局|百年信箱",
    "ends-in-serial": "Stamp issue 2017-31",
    "ends-in-date": "What happened on 2014-02-08",
    "site-separator-inside": "Harbin - Moscow - Berlin by mail train",
    "em-dashes-inside": "Forty years——one counter",
}
SOURCE_AND_DATE = {"source": "China Post News", "date": "2023-03-29"}


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
@pytest.mark.parametrize("heading", [None, "", "Pressroom"], ids=["heading-repeats", "no-heading", "pressroom"])
def test_title_is_kept_whole(title: str, heading: str | None) -> None:
    content = cms.article(title, BODY, byline=byline("China Post News", "2023-03-29"), heading=heading)
    expected = {"title": title, "subtitle": None, "section": heading or None, "paragraphs": BODY_TEXT, **CLEAN}

    found = read_news(content, title=title)

    assert told(found, expected | SOURCE_AND_DATE) == expected | SOURCE_AND_DATE


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_glued_date_takes_nothing_of_the_title(title: str) -> None:
    content = cms.old_article(title, BODY, byline=glued_date("2014-02-08"))
    expected = {"title": title, "subtitle": None, "source": None, "date": "2014-02-08", "section": None, **CLEAN}

    assert told(read_news(content, title=title, frame=cms.OF_2018), expected) == expected


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_title_without_its_span_is_found_before_the_glued_date(title: str) -> None:
    """§10.4: the known title goes from the line before a date is looked for."""
    heading = f'<div class="title"><span id="CurrentlyNode">{title}</span></div>'
    content = f"{heading}<h1>{title}2014-02-08</h1><span id='ReportIDtext'>{BODY}</span>"
    expected = {"title": title, "date": "2014-02-08", "section": None, "paragraphs": BODY_TEXT}

    assert told(read_news(content, title=title), expected) == expected


LONG_SUBTITLE = "how " + " and ".join(["one county after another was joined to the network"] * 4)
INFO = byline("China Post News", "2023-09-02")
NAME = f"<span id='ReportIDname'>{TITLE}</span>"
TEXT = f"<span id='ReportIDtext'>{BODY}</span>"
SUBTITLES = {
    "field-with-dashes-inside": f"<h1>{NAME}<span id='ReportIDgetSubhead'>—— a year of vans</span></h1>{INFO}{TEXT}",
    "field-with-dashes-before": f"<h1>{NAME}—— <span id='ReportIDgetSubhead'>a year of vans</span></h1>{INFO}{TEXT}",
    "field-without-dashes": f"<h1>{NAME}</h1><h2><span id='ReportIDgetSubhead'>a year of vans</span></h2>{INFO}{TEXT}",
    "plain-text-behind-the-name": f"<h1>{NAME}—— a year of vans</h1>{INFO}{TEXT}",
    "in-the-name-field": f"<h1><span id='ReportIDname'>{TITLE}—— a year of vans</span></h1>{INFO}{TEXT}",
    "line-of-its-own": f"<h1>{NAME}</h1><p>—— a year of vans</p>{INFO}{TEXT}",
    "line-of-its-own-without-blank": f"<h1>{NAME}</h1><p>——a year of vans</p>{INFO}{TEXT}",
}


@pytest.mark.parametrize("content", SUBTITLES.values(), ids=SUBTITLES)
@pytest.mark.parametrize("heading", [TITLE, "Pressroom", None], ids=["title-twice", "pressroom", "no-heading"])
def test_subtitle_is_distinguished_from_the_title(content: str, heading: str | None) -> None:
    above = f'<div class="title"><span id="CurrentlyNode">{heading}</span></div>' if heading else ""
    section = "Pressroom" if heading == "Pressroom" else None
    expected = {"title": TITLE, "subtitle": "a year of vans", "date": "2023-09-02", "section": section, **CLEAN}

    assert told(read_news(above + content), expected) == expected


def test_long_subtitle_is_kept_whole() -> None:
    content = cms.article(TITLE, BODY, subtitle=LONG_SUBTITLE)

    assert read_news(content)["subtitle"] == LONG_SUBTITLE


def test_dashes_alone_are_not_subtitle() -> None:
    content = f"<h1>{NAME}<span id='ReportIDgetSubhead'>——</span></h1>{TEXT}"

    assert read_news(content)["subtitle"] is None


def test_subtitle_without_byline_is_not_a_byline() -> None:
    expected = {"subtitle": "a year of vans", "source": None, "date": None, "paragraphs": BODY_TEXT, **CLEAN}

    assert told(read_news(cms.article(TITLE, BODY, subtitle="a year of vans")), expected) == expected


def test_subtitle_with_date_glued_to_it() -> None:
    content = cms.old_article(TITLE, BODY, subtitle="a year of vans", byline=glued_date("2019-01-30"))
    expected = {"title": TITLE, "subtitle": "a year of vans", "date": "2019-01-30", "source": None, **CLEAN}

    assert told(read_news(content), expected) == expected


TITLE_FALLBACKS = {
    "heading-when-the-name-is-missing": (f'<div><span id="CurrentlyNode">{TITLE}</span></div>{TEXT}', "Another"),
    "heading-when-the-name-is-empty": (
        f"<div><span id=\"CurrentlyNode\">{TITLE}</span></div><h1><span id='ReportIDname'></span></h1>{TEXT}",
        "Another",
    ),
    "head-when-nothing-else": (TEXT, TITLE),
    "head-up-to-its-last-separator": (TEXT, "Harbin - Moscow"),
}


@pytest.mark.parametrize(("content", "subject"), TITLE_FALLBACKS.values(), ids=TITLE_FALLBACKS)
def test_title_comes_from_the_next_best_place(content: str, subject: str) -> None:
    """§10.6: the field, else the heading, else `<title>` up to its last ` - `."""
    expected = TITLE if TITLE in content else subject

    assert read_news(content, title=subject)["title"] == expected


def test_title_is_the_unlinked_name_nearest_before_the_text() -> None:
    """§10.2: side lists hold names too."""
    side = cms.news_row(cms.Row("/html1/report/2304/8454-1.htm", "Another story", "2023-03-30"))
    content = f"<ul>{side}</ul>{cms.article(TITLE, BODY, byline=INFO)}<ul>{side}</ul>"
    expected = {"title": TITLE, "date": "2023-09-02", "source": "China Post News", "paragraphs": BODY_TEXT}

    assert told(read_news(content), expected) == expected


def test_side_list_above_the_article_is_not_a_section() -> None:
    side = cms.news_row(cms.Row("/html1/report/2304/8454-1.htm", "Another story", "2023-03-30"))
    content = cms.article(TITLE, BODY, byline=INFO, heading="")

    assert read_news(f"<ul>{side}</ul>{content}")["section"] is None


def test_rows_of_other_stories_are_not_leftovers() -> None:
    side = cms.news_row(cms.Row("/html1/report/2304/8454-1.htm", "Another story", "2023-03-30"))
    content = cms.article(TITLE, BODY, byline=INFO, heading="")
    expected = {"section": None, "date": "2023-09-02", "paragraphs": BODY_TEXT, **CLEAN}

    found = read_news(f"<ul>{side}</ul><p class='more'><a href='/x-1.htm'>More</a></p>{content}<ul>{side}</ul>")

    assert told(found, expected) == expected


LABELS_INSIDE = {
    "chinese": ("作者：林夏", "来源：中国邮政报", "发布时间：2022-11-14", ("林夏", "中国邮政报", "2022-11-14")),
    "english": ("Editor: Lin Xia", "Source: China Post", "Date: 2022-11-14", ("Lin Xia", "China Post", "2022-11-14")),
    "none": ("Lin Xia", "China Post: News", "2022-11-14", ("Lin Xia", "China Post: News", "2022-11-14")),
    "label-only": ("Editor:", "来源：", "2022-11-14", (None, None, "2022-11-14")),
}


@pytest.mark.parametrize(("author", "medium", "time", "expected"), LABELS_INSIDE.values(), ids=LABELS_INSIDE)
def test_label_inside_a_field_is_not_part_of_it(
    author: str, medium: str, time: str, expected: tuple[str | None, ...]
) -> None:
    line = "".join(
        f"<span id='ReportID{name}'>{value}</span> "
        for name, value in (("getAuthor", author), ("MediaName", medium), ("IssueTime", time))
    )

    found = read_news(f"<h1>{NAME}</h1><p>{line}</p>{TEXT}")

    assert (found["editor"], found["source"], found["date"]) == expected
    assert (found["leftovers"], found["warnings"]) == ([], [])


TITLES_BELOW = {
    "glued-date": (f"<div>Pressroom</div><h1>{TITLE}2014-02-08</h1>", {"date": "2014-02-08"}),
    "subtitle": (f"<div>Pressroom</div><h1>{TITLE}—— a year of vans</h1>", {"subtitle": "a year of vans"}),
    "another-line-begins-like-it": (f"<div>Pressroom</div><p>{TITLE}s</p><h1>{TITLE}</h1>", {}),
}


@pytest.mark.parametrize(("above", "more"), TITLES_BELOW.values(), ids=TITLES_BELOW)
def test_title_that_the_head_confirms_is_found_below_its_section(above: str, more: dict[str, str]) -> None:
    expected = {"title": TITLE, "section": "Pressroom", **more}

    assert told(read_news(above + TEXT), expected) == expected


def test_name_that_links_to_its_own_page_is_the_title() -> None:
    """§4.1: an anchor on the own page is unusual, not impossible."""
    own = cms.anchor("/html1/report/2304/8456-1.htm", TITLE)
    other = cms.news_row(cms.Row("/html1/report/2304/8454-1.htm", "Another story", "2023-03-30"))
    content = f"<h1><span id='ReportIDname'>{own}</span></h1>{INFO}{TEXT}<ul>{other}</ul>"
    expected = {"title": TITLE, "date": "2023-09-02", "paragraphs": BODY_TEXT}

    assert told(read_news(content, title="Another"), expected) == expected


def test_section_line_above_a_title_without_its_field_is_not_a_title() -> None:
    content = f"<div>Pressroom</div><h1>{TITLE}</h1>{INFO}{TEXT}"
    expected = {"title": TITLE, "section": "Pressroom", **CLEAN}

    assert told(read_news(content), expected) == expected


# --- bylines (§4.3) ---------------------------------------------------------------------------------------------------

BYLINES = {
    "china-post-with-blanks": (" China Post ", "2017-03-17", "China Post"),
    "china-post-news-with-blanks": (" China Post News ", "2021-01-15", "China Post News"),
    "china-post-news": ("China Post News", "2023-03-29", "China Post News"),
    "china-post": ("China Post", "2022-06-29", "China Post"),
    "state-post-bureau-with-blanks": (" State Post Bureau ", "2021-08-27", "State Post Bureau"),
    "economic-daily-with-blanks": (" Economic Daily ", "2020-07-13", "Economic Daily"),
    "jiupai-news-with-blanks": (" Jiupai News ", "2021-09-03", "Jiupai News"),
    "eyesnews-app": ("Eyesnews app", "2023-04-07", "Eyesnews app"),
    "empty-source": ("", "2023-06-10", None),
    "import-day": (" China Post ", "2012-03-13", "China Post"),
}
BYLINE_MARKUP = {
    "bars-outside-the-spans": (
        "<div>|<span id='ReportIDMediaName'>{s}</span>|<span id='ReportIDIssueTime'>{d}</span></div>"
    ),
    "bars-in-the-source-span": (
        "<div><span id='ReportIDMediaName'>|{s}|</span><span id='ReportIDIssueTime'>{d}</span></div>"
    ),
    "bars-in-spans-of-their-own": (
        "<div><span>|</span><span id='ReportIDMediaName'>{s}</span><span>|</span><span id='ReportIDIssueTime'>{d}"
        "</span></div>"
    ),
    "line-of-text": "<div>|{s}|{d}</div>",
    "line-of-text-behind-a-break": "<br/>|{s}|{d}<br/>",
    "source-field-only": "<div>|<span id='ReportIDMediaName'>{s}</span>|{d}</div>",
    "date-field-only": "<div>|{s}|<span id='ReportIDIssueTime'>{d}</span></div>",
    "double-quoted": '<div>|<span id="ReportIDMediaName">{s}</span>|<span id="ReportIDIssueTime">{d}</span></div>',
    "unquoted": "<div>|<span id=ReportIDMediaName>{s}</span>|<span id=ReportIDIssueTime>{d}</span></div>",
    "in-a-table": (
        "<table><tr><td>|<span id='ReportIDMediaName'>{s}</span>|</td><td><span id='ReportIDIssueTime'>{d}</span>"
        "</td></tr></table>"
    ),
}


@pytest.mark.parametrize(("source", "date", "expected_source"), BYLINES.values(), ids=BYLINES)
@pytest.mark.parametrize("markup", BYLINE_MARKUP.values(), ids=BYLINE_MARKUP)
def test_byline_between_bars(markup: str, source: str, date: str, expected_source: str | None) -> None:
    content = f"<h1>{NAME}</h1>{markup.format(s=source, d=date)}{TEXT}"
    expected = {"title": TITLE, "source": expected_source, "date": date, "paragraphs": BODY_TEXT, **CLEAN}

    assert told(read_news(content), expected) == expected


def test_empty_source_field_is_hidden_with_its_bars() -> None:
    """§4.1, mode 2: BEFORE and AFTER vanish with an empty field."""
    expected = {"source": None, "date": "2023-06-10", **CLEAN}

    assert told(read_news(f"<h1>{NAME}</h1><div>{glued_date('2023-06-10')}</div>{TEXT}"), expected) == expected


EDITOR_LINES = {
    "fields": "Editor:<span id='ReportIDgetAuthor'>Chen Xi</span><span id='ReportIDIssueTime'>2014-09-29</span>",
    "label-in-the-field": (
        "<span id='ReportIDgetAuthor'>Editor:Chen Xi</span><span id='ReportIDIssueTime'>2014-09-29</span>"
    ),
    "line-of-text": "<p>Editor:Chen Xi2014-09-29</p>",
    "editmember": "Editor:<span id='ReportIDeditmember'>Chen Xi</span> <span id='ReportIDIssueTime'>2014-09-29</span>",
    "signature": "<span id='ReportIDsignature'>Chen Xi</span> <span id='ReportIDIssueTime'>2014-09-29</span>",
}


@pytest.mark.parametrize("line", EDITOR_LINES.values(), ids=EDITOR_LINES)
def test_campaign_page_names_its_editor(line: str) -> None:
    content = f"{NAME}<br/>{line}{TEXT}"
    expected = {"editor": "Chen Xi", "date": "2014-09-29", "source": None, "hotlines": [], "registrations": [], **CLEAN}

    assert told(read_news(content, frame=cms.BARE), expected) == expected


def test_story_without_byline_has_no_date() -> None:
    """§4.3: `publishdate`, the id, or a date in the text do not replace it."""
    body = paragraphs("On 2023-04-01 the vans set out.", "2023-04-02")
    expected = {"source": None, "date": None, "created": "2023-03-31", **CLEAN}

    assert told(read_news(cms.article(TITLE, body)), expected) == expected


def test_meta_source_is_not_a_byline() -> None:
    html = cms.page(Node(id=23048456, title=TITLE, source="China Post"), cms.article(TITLE, BODY))

    assert read(html)["source"] is None


DATES = {
    "iso": ("2023-03-29", "2023-03-29"),
    "with-time": ("2023-03-29 10:05", "2023-03-29"),
    "english-long": ("March 29, 2023", "2023-03-29"),
    "english-long-one-digit": ("March 9, 2023", "2023-03-09"),
    "chinese": ("2021年11月12日", "2021-11-12"),
    "chinese-with-hour": ("2021年11月12日 10时5分", "2021-11-12"),
    "wide-colon": ("2023-03-29 10：05", "2023-03-29"),
    "wide-digits": ("２０２３－０３－２９", "2023-03-29"),
    "unbroken-hyphens": ("2023\u201103\u201129", "2023-03-29"),
    "wide-strokes": ("2023／03／29", "2023-03-29"),
    "chinese-day-without-its-word": ("2023年3月29", "2023-03-29"),
    "chinese-month-alone": ("2023年3月", None),
    "english-of": ("29th of March, 2023", "2023-03-29"),
    "dashes": ("2023–03–29", "2023-03-29"),
    "english-time": ("March 29, 2023 10:05 am", "2023-03-29"),
    "english-without-comma": ("March 29 2023", "2023-03-29"),
    "english-without-blanks": ("March29,2023", "2023-03-29"),
    "chinese-with-weekday": ("2021年11月12日 星期五", "2021-11-12"),
    "chinese-weekday-left-empty": ("2021年11月12日 星期", "2021-11-12"),
    "chinese-weekday-and-time": ("2021年11月12日（星期五） 10:05", "2021-11-12"),
    "with-zone": ("2023-03-29T10:05:00+08:00", "2023-03-29"),
    "with-zone-behind-a-blank": ("2023-03-29 10:05 +0800", "2023-03-29"),
    "with-zone-by-name": ("Wed, 29 Mar 2023 10:05:00 GMT", "2023-03-29"),
    "with-fraction": ("2023-03-29 10:05:00.0", "2023-03-29"),
    "english-day-first": ("29 March 2023", "2023-03-29"),
    "english-day-first-short": ("29th Mar. 2023", "2023-03-29"),
    "english-capitals": ("MARCH 29, 2023", "2023-03-29"),
    "english-weekday": ("Wednesday, March 29, 2023", "2023-03-29"),
    "english-weekday-day-first": ("Wed., 29 March 2023", "2023-03-29"),
    "no-month": ("Vans 29, 2023", None),
    "no-such-day-of-march": ("32 March 2023", None),
    "without-year": ("03-29", None),
    "no-such-day": ("2023-02-30", None),
    "empty": ("", None),
    "blank": ("&nbsp;", None),
}


@pytest.mark.parametrize(("printed", "expected"), DATES.values(), ids=DATES)
def test_date_is_iso_or_nothing(printed: str, expected: str | None) -> None:
    assert read_news(cms.article(TITLE, BODY, byline=byline("China Post", printed)))["date"] == expected


@pytest.mark.parametrize("printed", ["03-29", "2023-02-30", "2017-31"])
def test_invalid_date_is_reported(printed: str) -> None:
    found = read_news(cms.article(TITLE, BODY, byline=byline("China Post", printed)))

    assert found["date"] is None
    assert printed in str(found["warnings"]) + str(found["leftovers"])


def test_serial_number_is_not_a_date() -> None:
    content = f"<h1>{NAME}</h1><p>2017-31</p>{TEXT}"

    assert read_news(content)["date"] is None


# --- Chinese bylines (§7) ---------------------------------------------------------------------------------------------

CHINESE_TITLE = "蜀道邮车"
AUTHOR, MEDIUM, TIME = "<span id='ReportIDgetAuthor'>", "<span id='ReportIDMediaName'>", "<span id='ReportIDIssueTime'>"
CHINESE_BYLINES = {
    "author-source-time-glued": (
        f"作者:{AUTHOR}林夏 何川</span>来源:{MEDIUM}中国邮政报</span>发布时间:{TIME}2022-11-14</span>",
        ("林夏 何川", "中国邮政报", "2022-11-14"),
    ),
    "author-source-time-glued-text": (
        "<p>作者:林夏 何川来源:中国邮政报发布时间:2022-11-14</p>",
        ("林夏 何川", "中国邮政报", "2022-11-14"),
    ),
    "source-time-with-blank": (
        f"<p>来源:{MEDIUM}中国邮政网</span> 发布时间:{TIME}2019-03-12</span> </p>",
        (None, "中国邮政网", "2019-03-12"),
    ),
    "source-time-with-blank-text": ("<p>来源:中国邮政网 发布时间:2019-03-12 </p>", (None, "中国邮政网", "2019-03-12")),
    "time-before-source": (
        f"{TIME}2022-08-03</span>来源:{MEDIUM}中国邮政网</span>",
        (None, "中国邮政网", "2022-08-03"),
    ),
    "time-before-source-text": ("<p>2022-08-03来源:中国邮政网</p>", (None, "中国邮政网", "2022-08-03")),
    "name-time-source-traditional": (
        f"{AUTHOR}周青</span>{TIME}2022-12-05</span>來源:{MEDIUM}中國新聞網</span>",
        ("周青", "中國新聞網", "2022-12-05"),
    ),
    "time-and-share-line": (
        f"<p>发布时间:{TIME}2016-07-08</span></p><p>分享到:</p>",
        (None, None, "2016-07-08"),
    ),
    "author-source-time": (
        f"作者:{AUTHOR}周青</span>来源:{MEDIUM}邮政工会</span>时间:{TIME}2025-03-24</span>",
        ("周青", "邮政工会", "2025-03-24"),
    ),
    "author-source-time-text": ("<p>作者:周青来源:邮政工会时间:2025-03-24</p>", ("周青", "邮政工会", "2025-03-24")),
    "table-row-traditional": (
        "<table><tr><td>來源:中國郵政</td><td>時間:2020-02-04</td></tr></table>",
        (None, "中國郵政", "2020-02-04"),
    ),
    "table-row-with-author": (
        "<table><tr><td>作者:周青</td><td>來源:中國郵政</td><td>時間:2020-02-04</td></tr></table>",
        ("周青", "中國郵政", "2020-02-04"),
    ),
    "table-row-with-fields": (
        f"<table><tr><td>来源:{MEDIUM}中国邮政</span></td><td>时间:{TIME}2020-02-04</span></td></tr></table>",
        (None, "中国邮政", "2020-02-04"),
    ),
    "wide-colons": (
        f"<div>来源：{MEDIUM}中国邮政集团</span> 时间：{TIME}2026-03-28</span></div>",
        (None, "中国邮政集团", "2026-03-28"),
    ),
    "brackets": ("<p>【时间：2026-03-28】</p>", (None, None, "2026-03-28")),
    "source-of-information": (
        "<p>信息来源：中国邮政网 通讯员：周青 2026-03-28</p>",
        ("周青", "中国邮政网", "2026-03-28"),
    ),
    "sent": ("<p>发稿时间：2026-03-28 稿源：中国邮政网</p>", (None, "中国邮政网", "2026-03-28")),
    "source-of-a-news-list": (f"来自:{MEDIUM}中国邮政</span>", (None, "中国邮政", None)),
}


@pytest.mark.parametrize(("line", "expected"), CHINESE_BYLINES.values(), ids=CHINESE_BYLINES)
def test_chinese_byline(line: str, expected: tuple[str | None, str | None, str | None]) -> None:
    content = (
        f"<div class=\"new_text\"><h1><span id='ReportIDname'>{CHINESE_TITLE}</span></h1>{line}"
        "<span id='ReportIDtext'><p>　　这一天。</p></span></div>"
    )
    html = cms_variants.chinese_page(Node(id=22081492, title=CHINESE_TITLE), content)

    found = read(html, url="http://sc.chinapost.com.cn/html1/report/2208/1492-1.htm")

    assert (found["editor"], found["source"], found["date"]) == expected
    assert (found["title"], found["paragraphs"]) == (CHINESE_TITLE, ["这一天。"])


OTHER_DAYS = {
    "english": "Updated: 2023-09-05",
    "english-without-colon": "Last updated 2023-09-05",
    "chinese": "更新时间：2023-09-05",
    "entered": "录入时间：2023-09-05",
}


@pytest.mark.parametrize("line", OTHER_DAYS.values(), ids=OTHER_DAYS)
@pytest.mark.parametrize(("byline_line", "expected"), [(INFO, "2023-09-02"), ("", None)], ids=["beside", "alone"])
def test_day_of_a_change_is_not_the_day_of_the_story(line: str, byline_line: str, expected: str | None) -> None:
    found = read_news(f"<h1>{NAME}</h1>{byline_line}<p>{line}</p>{TEXT}")

    assert (found["date"], found["leftovers"]) == (expected, [line])


@pytest.mark.parametrize(
    "line",
    [
        *("活动时间：2023-09-05", "Opening date: 2023-09-05", "Deadline: 2023-09-05"),
        *(
            "2023-09-05 - 2023-09-08",
            "March 29 - April 2, 2023",
            "2023年3月29日至4月2日",
            "March 29, 2023 to April 2, 2023",
        ),
    ],
)
def test_day_of_an_event_is_not_the_day_of_the_story(line: str) -> None:
    found = read_news(f"<h1>{NAME}</h1><p>{line}</p>{TEXT}")

    assert (found["date"], found["leftovers"]) == (None, [line])


@pytest.mark.parametrize(
    ("line", "leftover"),
    [
        (f"{TITLE} again, says a reader", f"{TITLE} again, says a reader"),
        ("发布时间:2023-09-02 分享到: 微信", "分享到: 微信"),
        ("|<span id='ReportIDMediaName'>China Post</span>| <span id='ReportIDLocus'>Beijing</span>", "Beijing"),
        (
            "【时间：<span id='ReportIDIssueTime'>2023-09-02</span>】【字号：大 中 小】",
            "【字号：大 中 小】",
        ),
        ("来源：中国邮政报 时间：2023-09-02 字体：[大 中 小]", "字体：[大 中 小]"),
        (
            "作者：<span id='ReportIDgetAuthor'>周青</span> 编辑：<span id='ReportIDeditmember'>林夏</span>",
            "作者：周青",
        ),
    ],
    ids=["begins-like-the-title", "beside-a-date", "behind-bars", "beside-brackets", "with-brackets", "second-author"],
)
def test_line_beside_the_byline_is_left_as_printed(line: str, leftover: str) -> None:
    assert read_news(f"<h1>{NAME}</h1><p>{line}</p>{TEXT}")["leftovers"] == [leftover]


@pytest.mark.parametrize(
    ("line", "source", "editor", "leftover"),
    [
        ("来源：中国邮政报 编辑：林夏 审核：周青", "中国邮政报", "林夏", "审核：周青"),
        ("来源：中国邮政报字号：大 中 小", "中国邮政报", None, "字号：大 中 小"),
        ("作者：林夏 | 绘图：周青", None, "林夏", "绘图：周青"),
        ("Source: China Post Photo: Lin Xia", "China Post", None, "Photo: Lin Xia"),
        ("Source: Ministry of Post: Office", "Ministry of Post: Office", None, None),
        ("来源：新华社：北京", "新华社：北京", None, None),
    ],
)
def test_value_ends_before_another_label(line: str, source: str | None, editor: str | None, leftover: str) -> None:
    found = read_news(f"<h1>{NAME}</h1><p>{line}</p>{TEXT}")

    assert (found["source"], found["editor"]) == (source, editor)
    assert found["leftovers"] == ([leftover] if leftover else [])


@pytest.mark.parametrize("line", ["时间：2023-09-05 至 2023-09-08", "Date: March 29 - April 2, 2023"])
def test_labelled_range_is_not_a_date(line: str) -> None:
    found = read_news(f"<h1>{NAME}</h1><p>{line}</p>{TEXT}")

    assert (found["date"], found["leftovers"]) == (None, [line])


@pytest.mark.parametrize(
    ("printed", "date", "leftovers"),
    [
        ("2023-03-29 10:05 (GMT+8)", "2023-03-29", []),
        ("March 29, 2023, 10:05", "2023-03-29", []),
        ("2023-03-29 10:05 Beijing Time", "2023-03-29", ["Beijing Time"]),
        ("2023-03-29 Wednesday", "2023-03-29", ["Wednesday"]),
        *((text, None, [text]) for text in ("2023-03-29/30", "2023-03-29 and 30", "2023-03-29 (2023-04-02)")),
        *((text, None, [text]) for text in ("2023-03-29 to April 2", "2023-03-29x")),
    ],
)
def test_words_after_a_date_are_left_over(printed: str, date: str | None, leftovers: list[str]) -> None:
    found = read_news(f"<h1>{NAME}</h1><span id='ReportIDIssueTime'>{printed}</span>{TEXT}")

    assert (found["date"], found["leftovers"]) == (date, leftovers)


def test_byline_of_text_behind_the_story_or_without_a_year() -> None:
    behind = read_news(f"<h1>{NAME}</h1>{TEXT}<span>|China Post|2023-09-02</span>")
    yearless = read_news(f"<h1>{NAME}</h1><p>|China Post|09-02</p>{TEXT}")

    assert (behind["source"], behind["date"], behind["leftovers"]) == ("China Post", "2023-09-02", [])
    assert (yearless["source"], yearless["date"], yearless["leftovers"]) == ("China Post", None, ["09-02"])


@pytest.mark.parametrize(
    ("line", "leftovers"),
    [
        ("|China Post News|2023-09-02|Beijing", ["Beijing"]),
        (
            "<span id='ReportIDMediaName'>China Post News</span> / <span id='ReportIDIssueTime'>2023-09-02</span>",
            [],
        ),
    ],
)
def test_byline_with_more_bars_or_strokes(line: str, leftovers: list[str]) -> None:
    found = read_news(f"<h1>{NAME}</h1><p>{line}</p>{TEXT}")

    assert (found["source"], found["date"], found["leftovers"]) == ("China Post News", "2023-09-02", leftovers)


def test_byline_is_not_a_title() -> None:
    found = read_news(f"<div>|China Post News|2023-09-02</div>{TEXT}")

    assert (found["title"], found["source"], found["date"]) == (TITLE, "China Post News", "2023-09-02")


@pytest.mark.parametrize("title", ["2023-09-02", "Source: the river", "| A | B |"])
def test_title_like_a_byline_is_a_title(title: str) -> None:
    found = read_news(cms.article(title, BODY, byline=INFO), title=title)

    assert told(found, {"title": title, "date": "2023-09-02", "section": None, **CLEAN}) == {
        "title": title,
        "date": "2023-09-02",
        "section": None,
        **CLEAN,
    }


def test_beginning_of_a_story_above_it_is_no_section() -> None:
    found = read_news(f"<div><span id='ReportIDtext'>Vans...</span></div><h1>{NAME}</h1>{INFO}{TEXT}")

    assert (found["section"], found["leftovers"]) == (None, ["Vans..."])


@pytest.mark.parametrize("closers", ["</li></ul>", "</td></tr></table>", "</body></html>"])
def test_stray_span_behind_other_closers_ends_no_story(closers: str) -> None:
    body = f"<p>One.</p>{closers}<p>Two </span>three.</p><p>Four.</p>"
    content = f"<div><h1>{NAME}</h1>{INFO}<span id='ReportIDtext'>{body}</span></div>"

    assert told(read_news(content), {"paragraphs": 0, "leftovers": 0}) == {
        "paragraphs": ["One.", "Two three.", "Four."],
        "leftovers": [],
    }


def test_cut_title_above_the_title_is_not_a_section() -> None:
    found = read_news(f'<div><span id="CurrentlyNode">{TITLE[:12]}...</span></div><h1>{NAME}</h1>{INFO}{TEXT}')

    assert (found["title"], found["section"], found["leftovers"]) == (TITLE, None, [])


def test_byline_above_the_title_is_not_a_section() -> None:
    found = read_news(f"<div>|China Post News|2023-09-02</div><h1>{NAME}</h1>{TEXT}")

    assert (found["section"], found["source"], found["date"]) == (None, "China Post News", "2023-09-02")


def test_chinese_subtitle_on_its_own_line() -> None:
    content = (
        "<h1><span id='ReportIDname'>一辆自行车的四十年</span></h1><p>——记乡邮员马国栋</p>"
        "发布时间:<span id='ReportIDIssueTime'>2016-07-08</span><p>分享到:</p>"
        "<span id='ReportIDtext'><p>他走了。</p></span>"
    )
    expected = {"title": "一辆自行车的四十年", "subtitle": "记乡邮员马国栋", "date": "2016-07-08"}

    assert told(read_news(content, title="一辆自行车的四十年"), expected) == expected


def test_author_at_the_end_stays_in_the_text() -> None:
    assert body_paragraphs("<p>这一天。</p><p>□林夏  摄影报道</p>") == ["这一天。", "□林夏 摄影报道"]


# --- how fields are written (§3.2, §4.1) ------------------------------------------------------------------------------

FIELD_MARKUP = {
    "single-quotes": "{id}='{name}'",
    "double-quotes": '{id}="{name}"',
    "no-quotes": "{id}={name}",
    "upper-case-attribute": "ID='{name}'",
    "lower-case-value": "{id}='{lower}'",
    "blanks-around-equals": "{id} = '{name}'",
    "more-attributes": "class='x' {id}='{name}' data='3'",
}


@pytest.mark.parametrize("form", FIELD_MARKUP.values(), ids=FIELD_MARKUP)
def test_fields_are_found_by_id_in_any_quotes(form: str) -> None:
    def span(name: str, value: str) -> str:
        return f"<span {form.format(id='id', name=name, lower=name.lower())}>{value}</span>"

    content = "".join(
        (
            f"<h1>{span('ReportIDname', TITLE)}</h1>",
            f"<div>|{span('ReportIDMediaName', 'China Post')}|{span('ReportIDIssueTime', '2022-06-29')}</div>",
            span("ReportIDtext", BODY),
        )
    )
    expected = {"title": TITLE, "source": "China Post", "date": "2022-06-29", "paragraphs": BODY_TEXT, **CLEAN}

    assert told(read_news(content), expected) == expected


WRAPPERS = {
    "list-item": ('<div class="con"><ul><li>', "</li></ul></div>"),
    "no-list-item": ('<div class="new_text">', "</div>"),
    "neea": ("<div class='Condiv'><ul><li>", "</li></ul></div>"),
    "table-layout": ("<table><tr><td>", "</td></tr></table>"),
    "nested-tables": ("<table><tr><td><table><tr><td>", "</td></tr></table></td></tr></table>"),
    "form": ("<form action='/x'>", "</form>"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize("wrapper", WRAPPERS.values(), ids=WRAPPERS)
def test_article_is_read_in_any_wrapper(wrapper: tuple[str, str]) -> None:
    content = f"{wrapper[0]}<h1>{NAME}</h1>{INFO}{TEXT}{wrapper[1]}"
    expected = {"title": TITLE, "source": "China Post News", "date": "2023-09-02", "paragraphs": BODY_TEXT, **CLEAN}

    assert told(read_news(content), expected) == expected


@pytest.mark.parametrize(
    "content",
    [f"{INFO}<h1>{NAME}</h1>{TEXT}", f"<h1>{NAME}</h1>{TEXT}{INFO}", f"{TEXT}<h1>{NAME}</h1>{INFO}"],
    ids=["byline-first", "byline-last", "text-first"],
)
def test_fields_may_come_in_any_order(content: str) -> None:
    expected = {"title": TITLE, "source": "China Post News", "date": "2023-09-02", "paragraphs": BODY_TEXT}

    assert told(read_news(content), expected) == expected


@pytest.mark.parametrize("block", ["Content1", "Content2", "Content3", "Other"])
def test_article_is_read_in_any_block_of_the_frame(block: str) -> None:
    html = cms.page(Node(id=23048456, title=TITLE), "MAIN").replace("MAIN", "").replace('id="Content3"', 'id="Was3"')
    article = cms.article(TITLE, BODY, byline=INFO)
    html = html.replace('<div id="Footer">', f'<div id="{block}">{article}</div><div id="Footer">')
    expected = {"title": TITLE, "date": "2023-09-02", "paragraphs": BODY_TEXT}

    assert told(read(html), expected) == expected


OTHER_FIELDS = (
    "kicker",
    "Logograph",
    "newquota",
    "quotasource",
    "Locus",
    "ClassName",
    "getFathername",
    "manuscripttype",
)


@pytest.mark.parametrize("name", OTHER_FIELDS)
def test_other_field_is_reported_and_disturbs_nothing(name: str) -> None:
    content = f"<h1>{NAME}</h1>{INFO}<p><span id='ReportID{name}'>Something said</span></p>{TEXT}"
    expected = {"title": TITLE, "source": "China Post News", "date": "2023-09-02", "paragraphs": BODY_TEXT}

    found = read_news(content)

    assert told(found, expected) == expected
    assert any("Something said" in text for text in texts(found))


def test_over_title_is_not_a_section() -> None:
    content = f"<p><span id='ReportIDkicker'>On the road</span></p><h1>{NAME}</h1>{INFO}{TEXT}"

    found = read_news(content)

    assert (found["title"], found["section"], found["leftovers"]) == (TITLE, None, ["On the road"])


FURNITURE = {
    "breadcrumb": (
        "<div id=\"Path\"><span id='PathID1'> > <a href='/'>Home</a></span><span id='PathID2'> > "
        "<a href='/html1/category/1408/4050-1.htm'>Pressroom</a></span></div>"
    ),
    "breadcrumb-without-block": (
        "<span id='PathID1'> > <a href='/'>Home</a></span><span id='PathID2'> > <a href='/x'>Pressroom</a></span>"
    ),
    "breadcrumb-with-its-name": (
        "<div>You are here: <span id='PathID1'><a href='/'>Home</a></span><span id='PathID2'> > "
        "<a href='/x'>Pressroom</a></span></div>"
    ),
    "breadcrumb-with-its-chinese-name": (
        "<div>您现在的位置：<a href='/'>首页</a><span id='PathID1'> > <a href='/x'>新闻</a></span></div>"
    ),
    "neighbours": (
        "<ul id='PN_Link'><li id='PreviousLink'>Previous: <a href='/html1/report/2304/8450-1.htm'>Older</a></li>"
        "<li id='NextLink'>Next: <a href='/x'>Newer</a></li></ul>"
    ),
    "counter": (
        '<span id="NodeIDClick" label="23048456"><script>document.write(cookie.get(\'n23048456_hits\')||123);'
        "</script></span>"
    ),
    "counter-with-number": '<span id="NodeIDClick" label="23048456">123</span>',
    "comment-frame": (
        '<iframe src="http://iframe.chinapost.com.cn/jsp/comment.jsp?node=1" width="100%">no frames</iframe>'
    ),
    "style-and-script": (
        "<style>#ReportIDtext p {margin: 0}</style><script>$('#ReportIDname').text('scripted');</script>"
    ),
    "commented-out-html": (
        "<!--<span id='ReportIDname'>commented out</span><span id='ReportIDtext'>commented out</span>-->"
    ),
    "include": '<include src="/jsp/custom/hits.jsp"/>',
}


@pytest.mark.parametrize("furniture", FURNITURE.values(), ids=FURNITURE)
@pytest.mark.parametrize("place", ["before", "between", "after"])
def test_furniture_is_not_text(furniture: str, place: str) -> None:
    parts = {"before": "", "between": "", "after": ""} | {place: furniture}
    content = f"{parts['before']}<h1>{NAME}</h1>{INFO}{parts['between']}{TEXT}{parts['after']}"
    expected = {"title": TITLE, "date": "2023-09-02", "section": None, "paragraphs": BODY_TEXT, **CLEAN}

    assert told(read_news(content), expected) == expected


@pytest.mark.parametrize("name", ["neighbours", "counter", "style-and-script", "commented-out-html", "include"])
def test_furniture_inside_the_text_is_not_text(name: str) -> None:
    """§10.3 names what goes from the body."""
    assert body_paragraphs(f"<p>The vans are electric.</p>{FURNITURE[name]}<p>All of them.</p>") == [
        "The vans are electric.",
        "All of them.",
    ]


def test_related_stories_disturb_nothing() -> None:
    related = (
        "<ul><li><a id='ReportIDcorrelation1' href='/html/chinaposten/report/23048454-1.htm'>Another story</a>"
        "<span id='ReportIDcorrelationMedia'>Elsewhere</span><span id='ReportIDcorrelation2'>2023-01-01</span></li>"
        "</ul>"
    )
    expected = {"title": TITLE, "source": "China Post News", "date": "2023-09-02", "paragraphs": BODY_TEXT}

    assert told(read_news(cms.article(TITLE, BODY, byline=INFO) + related), expected) == expected


MARKED_TITLES = {
    "sup": ("CO<sup>2</sup>-free vans", "CO2-free vans"),
    "font": ("Vans <font color='red'>at last</font>", "Vans at last"),
    "nbsp": ("Vans&nbsp;at\u00a0last", "Vans at last"),
    "bare-ampersand": ("R&D vans & boats", "R&D vans & boats"),
    "escaped-ampersand": ("R&amp;D vans", "R&D vans"),
    "less-than": ("Vans under 3 < 4 tonnes", "Vans under 3 < 4 tonnes"),
    "soft-hyphen-and-zero-width": ("Va\u00adns at\u200b last", "Vans at last"),
    "ideographic-blank": ("Vans\u3000at last", "Vans at last"),
    "doubled-blanks": ("Vans  at   last ", "Vans at last"),
    "line-break": ("Vans<br/>at last", "Vans\nat last"),
    "reference-without-semicolon": ("Terms &copy 2023", "Terms © 2023"),
}


@pytest.mark.parametrize(("printed", "expected"), MARKED_TITLES.values(), ids=MARKED_TITLES)
def test_title_is_the_text_a_browser_shows(printed: str, expected: str) -> None:
    found = read_news(cms.article(printed, BODY, byline=INFO), title=printed)

    assert (found["title"], found["section"], found["leftovers"]) == (expected, None, [])


def test_date_glued_to_the_title_inside_its_field() -> None:
    """§10.4: if `<title>` shows where the title ends."""
    title = "Ten postmen who moved us in 2013"
    content = f"<h1><span id='ReportIDname'>{title}2014-02-08</span></h1>{TEXT}"
    expected = {"title": title, "date": "2014-02-08", "section": None, **CLEAN}

    assert told(read_news(content, title=title), expected) == expected


def test_node_text_serves_where_no_report_field_is() -> None:
    content = f'<div class="title"><span id="CurrentlyNode">{TITLE}</span></div><span id="NodeText">{BODY}</span>'
    expected = {"kind": "news", "title": TITLE, "paragraphs": BODY_TEXT}

    assert told(read_news(content), expected) == expected


def test_message_in_a_template_of_its_own() -> None:
    """§7, `report/1408/5922`: name and office glued on one line, again on two; a caption; no byline."""
    body = "<p>Message from Wang MinDirector General</p><p>Wang Min</p><p>Director General</p><p>The writer at work</p>"
    expected = {
        "source": None,
        "date": None,
        "paragraphs": ["Message from Wang MinDirector General", "Wang Min", "Director General", "The writer at work"],
    }

    assert told(read_news(cms.old_article(TITLE, body)), expected) == expected


# --- bodies (§4.4) ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "mark",
    [
        "[China Post]",
        "Province.[China Post]",
        "[China Post News]",
        "[China Post News / WANG Min]",
        "[China Post News/NAME]",
    ],
)
def test_marked_caption_belongs_to_its_picture_and_stays_a_paragraph(mark: str) -> None:
    caption = f"Carriers load a boat in Hebei {mark}"
    body = f"{cms.picture('/res/chinaposten/1.jpg')}\r\n{paragraphs(caption, 'All routes are open.')}"

    found = read_body(body)

    assert found["images"] == [{"url": HOST + "/res/chinaposten/1.jpg", "caption": caption}]
    assert found["paragraphs"] == [caption, "All routes are open."]


@pytest.mark.parametrize("role", ["(second on right)", "(L)", "(R)", "(C)"])
def test_role_in_a_caption_is_kept(role: str) -> None:
    caption = f"Zhao Ming {role} starts his round.[China Post]"

    assert body_paragraphs(f"{caption}{cms.picture('/a.jpg')}") == [caption]


def test_alternative_text_is_not_a_caption() -> None:
    found = read_body(f"{cms.picture('/a.jpg', 'A van')}<p>The vans are electric and quick to load.</p>")

    assert found["images"] == [{"url": HOST + "/a.jpg", "caption": None}]


def test_captions_only() -> None:
    body = "".join(f"{cms.picture(f'/{n}.jpg')}<p>Caption {n}</p>" for n in (1, 2, 3))
    expected = {"paragraphs": ["Caption 1", "Caption 2", "Caption 3"]}

    found = read_body(body)

    assert told(found, expected) == expected
    assert values(found["images"], "url") == [f"{HOST}/{n}.jpg" for n in (1, 2, 3)]


def test_video_slot_with_almost_no_text() -> None:
    body = '<p><embed src="/res/chinaposten/1910/1.swf" /></p><p>(China Post)</p>'

    assert body_paragraphs(body) == ["(China Post)"]


PLAIN_BODIES = {
    "blank-paragraphs": ("<p>&nbsp;</p><p>\u00a0</p><p> </p><p>Text</p>", ["Text"]),
    "closing-mark": ("<p>Text</p><p>&nbsp;</p><p>(China Post)</p>", ["Text", "(China Post)"]),
    "closing-source": ("<p>Text</p><p>(Source: China Post News)</p>", ["Text", "(Source: China Post News)"]),
    "numbered-heading-then-break": ("<p>1. Heading<br />\r\nIts text</p>", ["1. Heading\nIts text"]),
    "number-without-dot": ("<p>1  Heading</p>", ["1 Heading"]),
    "nested-numbers": ("<p>1. One</p><p>(1) Two</p><p>(a) Three</p>", ["1. One", "(1) Two", "(a) Three"]),
    "inline-list": ("<p>1. Dawn; 2. Dusk.</p>", ["1. Dawn; 2. Dusk."]),
    "label-lines": ("<p>Warm-up period: July 1<br/>Carnival: July 2</p>", ["Warm-up period: July 1\nCarnival: July 2"]),
    "missing-blanks": (
        "<p>On January 23,Hubei met the19th group ,at 10: 35</p>",
        ["On January 23,Hubei met the19th group ,at 10: 35"],
    ),
    "unbalanced-quotes": ('<p>"Mixed” and \'unbalanced"</p>', ['"Mixed” and \'unbalanced"']),
    "broken-hyphen": ("<p>serv- -ices</p>", ["serv- -ices"]),
    "money": ("<p>(US$62.12), (U.S. $ 1.02 trillion), ¥2.40</p>", ["(US$62.12), (U.S. $ 1.02 trillion), ¥2.40"]),
    "roman-numerals": ("<p>Phase Ⅱ 邮 – and -- mixed</p>", ["Phase Ⅱ 邮 – and -- mixed"]),
    "lost-character": ("<p>Oud?mxai</p>", ["Oud?mxai"]),
    "accents": ("<p>Côte, Dêgê, Fédération</p>", ["Côte, Dêgê, Fédération"]),
    "auto-link": (
        (
            "<p>The <a target='_blank' href='/html/chinaposten/node/14084055-1.htm'>Universal Postal Service"
            "</a> works.</p>"
        ),
        ["The Universal Postal Service works."],
    ),
    "hotline-in-the-text": ("<p>Call the hotline: 8610 11185</p>", ["Call the hotline: 8610 11185"]),
    "numbers-that-look-like-bylines": ("<p>|China Post|2019-03-22</p>", ["|China Post|2019-03-22"]),
}


@pytest.mark.parametrize(("body", "expected"), PLAIN_BODIES.values(), ids=PLAIN_BODIES)
def test_body_is_kept_as_printed(body: str, expected: list[str]) -> None:
    assert body_paragraphs(body) == expected


def test_hotline_in_the_text_is_not_one_of_the_frame() -> None:
    found = read_body("<p>Village hotline: 8610 55555</p>")

    assert "8610 55555" not in values(found["hotlines"], "number")


ATTACHMENTS = {
    "download-action": (
        cms.attachment("U2Fs", "Handbook.pdf"),
        {"url": HOST + "/Attchs.do?act=down&attch=U2Fs", "label": "Handbook.pdf"},
    ),
    "md5-upload": (
        '<a href="/res/Home/1704/55b0c1d9e2f34a67b8c90d1e2f3a4b5c.pdf">Routes</a>',
        {"url": HOST + "/res/Home/1704/55b0c1d9e2f34a67b8c90d1e2f3a4b5c.pdf", "label": "Routes"},
    ),
    "unquoted-download": (
        "<a href=/Attchs.do?act=down&attch=U2Fs>Form</a>",
        {"url": HOST + "/Attchs.do?act=down&attch=U2Fs", "label": "Form"},
    ),
    "without-label": (
        '<a href="/res/x/a.pdf"><img src="/tea/image/ico/pdf.gif"/></a>',
        {"url": HOST + "/res/x/a.pdf", "label": None},
    ),
}


@pytest.mark.parametrize(("link", "expected"), ATTACHMENTS.values(), ids=ATTACHMENTS)
def test_attachment_is_listed(link: str, expected: dict[str, str | None]) -> None:
    found = read_body(f"<p>Text</p><p>{link}</p>")

    assert found["attachments"] == [expected]
    assert found["images"] == []


PLAYERS = {
    "video": "<video src='/res/x/1.mp4' controls>No video</video>",
    "source": "<video controls><source src='/res/x/1.mp4' type='video/mp4'><p>No video</p></video>",
    "audio": "<audio src='/res/x/1.mp4'></audio>",
    "object": "<object data='/res/x/1.mp4'><param name='movie' value='x'></object>",
    "embed": "<p><embed src='/res/x/1.mp4' width='10'></p>",
    "embed-in-an-object": "<object classid='clsid:1'><embed src='/res/x/1.mp4'></object>",
}


@pytest.mark.parametrize("player", PLAYERS.values(), ids=PLAYERS)
def test_file_of_a_player_is_an_attachment(player: str) -> None:
    found = read_body(f"<p>Text</p>{player}<p>More</p><div style='display:none'>{player}</div>")

    assert (found["paragraphs"], found["leftovers"]) == (["Text", "More"], [])
    assert found["attachments"] == [{"url": HOST + "/res/x/1.mp4", "label": None}]


def test_files_below_the_text_are_not_leftovers() -> None:
    files = "".join(f"<span><a href='/Attchs.do?act=down&attch={n}'>{n}.doc</a></span>" for n in ("one", "two"))

    found = read_news(cms.article(TITLE, BODY, byline=INFO) + f"<div>附件：{files}</div>")

    assert (values(found["attachments"], "label"), found["leftovers"]) == (["one.doc", "two.doc"], [])


def test_links_to_pages_and_pictures_are_not_attachments() -> None:
    body = '<p><a href="/html1/report/2304/8450-1.htm">Story</a> <a href="/res/x/1.jpg">Picture</a></p>'

    assert read_body(body)["attachments"] == []


@pytest.mark.parametrize(
    "href", ["mailto:office@post.pdf", "mailto:a@b?subject=form.doc", "#annex.pdf", "/x.htm#a.pdf", "tel:1.pdf"]
)
def test_link_that_leads_to_no_file_is_not_an_attachment(href: str) -> None:
    assert read_body(f'<p>Text <a href="{href}">link</a></p>')["attachments"] == []


def test_link_too_long_to_request_is_not_an_attachment() -> None:
    assert read_body(f'<p>Text <a href="/res/{"a/../" * 20_000}x.pdf">Plan</a></p>')["attachments"] == []


# --- articles in parts (§4.5) -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("sheet", [1, 2])
def test_pager_inside_the_text_is_not_text(sheet: int) -> None:
    found = page(cms_news.in_two_parts(sheet).html(), url=f"{HOST}/html1/report/2203/3375-{sheet}.htm")

    assert (found.sheet, found.parts, len(found.paragraphs), found.leftovers) == (sheet, 2, 2, ())


def test_sheet_beyond_the_last_part_repeats_it() -> None:
    html = cms_news.in_two_parts(2).html()

    last, beyond = (read(html, url=f"{HOST}/html1/report/2203/3375-{sheet}.htm") for sheet in (2, 7))

    assert beyond["paragraphs"] == last["paragraphs"]


@pytest.mark.parametrize(
    "marker",
    [
        '<div style="page-break-after: always"><span style="display: none">&nbsp;</span></div>',
        '<div style="page-break-after: always;"><span style="DISPLAY: none">&nbsp;</span></div>',
        '<div style="page-break-after: always;"><span style="display: none;">&nbsp;</span></div>',
        '<div style="page-break-after:always"><span style="display:none">Page break</span></div>',
    ],
    ids=["old-editor", "old-editor-upper-case", "new-editor", "with-text"],
)
def test_page_break_marker_is_not_text(marker: str) -> None:
    assert body_paragraphs(f"<p>One</p>{marker}<p>Two</p>") == ["One", "Two"]


# --- the same story elsewhere and at another time (§1, §4.3, §9, §11) -------------------------------------------------


def test_story_in_the_new_template_only_gains_a_source() -> None:
    old = read(cms_news.date_glued_to_title().html())
    new = read(cms_variants.old_story_in_new_template())
    keys = ("title", "subtitle", "date", "paragraphs", "images", "section", "leftovers")

    assert told(new, dict.fromkeys(keys)) == told(old, dict.fromkeys(keys))
    assert (old["source"], new["source"]) == (None, "China Post")


@pytest.mark.parametrize("frame", [cms.OF_2018, cms.OF_2019, cms.OF_2024, cms.OF_2025, cms.BARE])
def test_frame_of_another_day_changes_nothing_of_the_story(frame: cms.Frame) -> None:
    frame_keys = ("hotlines", "registrations")
    here = read(cms_news.SEED.html())
    there = read(replace(cms_news.SEED, frame=frame).html())

    assert {**there, **dict.fromkeys(frame_keys)} == {**here, **dict.fromkeys(frame_keys)}


@pytest.mark.parametrize("host", ["www.chinapostnews.com.cn", "www.chinapost.com.cn", "www.clpbe.cn", "m.lesensen.com"])
def test_any_host_is_read_alike(host: str) -> None:
    path = cms_news.SEED.href
    here = read(cms_news.SEED.html(), url=HOST + path)
    there = read(cms_news.SEED.html(), url=f"http://{host}{path}")

    assert {**there, "url": here["url"]} == here


@pytest.mark.parametrize("spam", ["<p>Cheap watches</p>", "<div>Casino <a href='http://x.example'>here</a></div>"])
def test_spam_around_a_copied_page_is_not_its_text(spam: str) -> None:
    html = cms_news.SEED.html().replace("<body>", f"<body>{spam}").replace("</body>", f"{spam}</body>")

    assert read(html) == read(cms_news.SEED.html())


@pytest.mark.parametrize(
    "url",
    [
        "http://english.chinapost.com.cn/html1/report/2304/8456-1.htm",
        "http://english.chinapost.com.cn/xhtml1/report/2304/8456-1.htm",
        "http://www.chinapost.com.cn/cn/report/2304/8456-1.htm",
        "http://www.chinapost.com.cn/cn/report/2304/8456-1.html",
        "http://english.chinapost.com.cn/servlet/Node?node=23048456&language=1&pos=1",
        "http://english.chinapost.com.cn/html/report/23048456-1.htm",
        "http://english.chinapost.com.cn/html/chinaposten/node/23048456-1.htm",
        "http://english.chinapost.com.cn/hr/2304/8456-1.html",
    ],
)
def test_page_is_read_under_every_form_of_its_url(url: str) -> None:
    expected = {"kind": "news", "node": 23048456, "sheet": 1, "url": url, "warnings": []}

    assert told(read(cms_news.SEED.html(), url=url), expected) == expected


@pytest.mark.parametrize("url", ["http://www.chinapost.com.cn/cn/report/2306/11864-1.html"])
def test_unquoted_page_on_one_line(url: str) -> None:
    html = cms.unquoted(cms_variants.minified_article(230611864, "2023-06-21"))
    expected = {"title": "端午 粽子 寄递", "source": "中国邮政报", "date": "2023-06-21", "node": 230611864, **CLEAN}

    assert told(read(html, url=url), expected) == expected


def test_english_page_on_one_line_without_quotes() -> None:
    expected = {**read(cms_news.SEED.html())}

    assert read(cms.unquoted(cms_news.SEED.html())) == expected


# --- what decides (§10.1) ---------------------------------------------------------------------------------------------


def test_script_decides_the_kind_before_the_url() -> None:
    assert read(cms_news.SEED.html(), url=HOST + "/html1/folder/2304/8456-1.htm")["kind"] == "news"


def test_url_decides_the_kind_when_the_script_is_gone() -> None:
    html = cms_news.SEED.html().replace("node={", "other={")

    assert read(html)["kind"] == "news"


def test_fields_decide_the_kind_when_nothing_else_does() -> None:
    html = cms_news.SEED.html().replace("node={", "other={")
    expected = {"kind": "news", "title": cms_news.SEED_TITLE, "url": None}

    assert told(read(html, url=""), expected) == expected


def test_page_without_its_url_keeps_links_as_printed() -> None:
    html = cms_news.pressroom_heading_and_subtitle().html()

    found = read(html, url="")

    assert values(found["images"], "url") == ["/res/chinaposten/2308/23080011.jpg"]
    assert found["node"] == 230814476


def test_page_of_a_bare_content_region() -> None:
    html = document(Node(id=23048456, title=TITLE), Blocks(content1=cms.article(TITLE, BODY, byline=INFO)), site=Site())
    expected = {"title": TITLE, "date": "2023-09-02", "hotlines": [], "registrations": [], **CLEAN}

    assert told(read(html), expected) == expected


def test_report_fields_under_a_folder_type_stay_a_folder() -> None:
    html = cms.page(Node(id=14084104, title=TITLE, type=FOLDER), f'<span id="CurrentlyText">{BODY}</span>')

    assert read(html, url=NEWS_URL)["kind"] == "folder"
