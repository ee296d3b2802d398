"""The skeleton distinguishes a redesign from an edit: DESIGN.md, "What a version is"; SITE.md §3.1, §4.3, §10.11."""

import re
from dataclasses import replace

import pytest

import cms
import cms_news
import cms_variants
from cms import CHINESE, ENGLISH, Row, StampRow, byline, news_row, pager, paragraphs
from cms_frame import CATEGORY, FOLDER, STAMP, Node
from postarchive import pages
from postarchive.errors import ParseError
from postarchive.record.values import Listing
from reading import FOLDER_URL, LIST_URL, NEWS_URL, STAMP_URL, capture

TITLE, DAY = "Green vans reach every village", "2023-03-29"
NEWS = cms.article(TITLE, paragraphs("One."), byline=byline("China Post", DAY))
FACTS = {"subject": "Jades", "code": "2017-31", "denomination": "4.8", "rtime": "2017-12-09", "inumber": "4"}
STAMP_BLOCK = cms.stamp(FACTS, cms.STAMP_ROWS_OF_2021, heading="Jades", content="<p>Jade.</p>")
LIST = cms.news_list("Pressroom", [Row("/html1/report/2304/8456-1.htm", TITLE, DAY)], pager("/x", 1, 3, CHINESE))
TEXT = cms.folder("About Us", paragraphs("One."))


def skeleton(html: str, url: str = NEWS_URL) -> str:
    """Return the skeleton of a page."""
    return pages.read(capture(html, url=url)).skeleton()


def of_news(content: str, frame: cms.Frame = cms.OF_2022) -> str:
    return skeleton(cms.page(Node(id=23048456, title=TITLE), content, frame=frame))


def of_stamp(content: str) -> str:
    return skeleton(cms.page(Node(id=171170931, title="Jades", type=STAMP), content), STAMP_URL)


def of_list(content: str) -> str:
    return skeleton(cms.page(Node(id=170260254, title="Pressroom", type=CATEGORY), content), LIST_URL)


def of_folder(content: str) -> str:
    return skeleton(cms.page(Node(id=14084104, title="About Us", type=FOLDER), content, frame=cms.BARE), FOLDER_URL)


# --- an edit ----------------------------------------------------------------------------------------------------------

EDITED_NEWS = {
    "other-title": NEWS.replace(TITLE, "Another title"),
    "other-text": NEWS.replace("One.", "Quite another text."),
    "more-paragraphs": NEWS.replace("<p>One.</p>", paragraphs("One.", "Two.", "Three.")),
    "pictures": NEWS.replace("<p>One.</p>", cms.picture("/res/x/1.jpg") + "<p>One.</p>"),
    "table": NEWS.replace("<p>One.</p>", "<table><tr><td>One.</td><td>Two.</td></tr></table>"),
    "word-leftovers": NEWS.replace("<p>One.</p>", '<p class="MsoNormal"><span lang="EN-US">One.<o:p></o:p></span></p>'),
    "ids-inside-the-text": NEWS.replace("<p>One.</p>", '<p id="a">One.</p><div id="b"><a id="c" href="/x">x</a></div>'),
    "stray-span": NEWS.replace("<p>One.</p>", "<p>On</span>e.</p><p>Two.</p>"),
    "no-paragraphs": NEWS.replace("<p>One.</p>", "One.<br/>Two."),
    "empty-text": NEWS.replace("<p>One.</p>", ""),
    "attachment": NEWS.replace("<p>One.</p>", f"<p>{cms.attachment('x', 'Form.pdf')}</p>"),
    "parts": NEWS.replace("<p>One.</p>", cms.part("<p>One.</p>", path_prefix="/x", sheet=1, total=2)),
    "other-source": NEWS.replace("China Post<", "Economic Daily<"),
    "empty-source": NEWS.replace(">China Post<", "><"),
    "other-date": NEWS.replace(DAY, "2021-01-15"),
    "pressroom-heading": NEWS.replace(f'"CurrentlyNode">{TITLE}', '"CurrentlyNode">Pressroom'),
    "inline-styles": NEWS.replace('<div class="info">', '<div class="info" style="color: red">'),
    "comments": NEWS.replace("<h1>", "<!-- a comment --><h1>"),
    "line-ends": NEWS.replace("\r\n", "\n"),
    "quotes": NEWS.replace("'", '"'),
    "no-quotes": cms.unquoted(NEWS),
    "upper-case-tags": re.sub(r"</?[a-z0-9]+", lambda tag: tag[0].upper(), NEWS),
}


@pytest.mark.parametrize("content", EDITED_NEWS.values(), ids=EDITED_NEWS)
def test_edited_story_keeps_its_skeleton(content: str) -> None:
    assert of_news(content) == of_news(NEWS)


@pytest.mark.parametrize("frame", [cms.OF_2018, cms.OF_2019, cms.OF_2024, cms.OF_2025, replace(cms.OF_2022, millis=7)])
def test_frame_of_another_day_keeps_the_skeleton(frame: cms.Frame) -> None:
    assert of_news(NEWS, frame) == of_news(NEWS)


@pytest.mark.parametrize("number", [1, 99, 123456])
def test_counter_keeps_the_skeleton(number: int) -> None:
    counter = '<span id="NodeIDClick" label="23048456">{}</span>'

    assert of_news(NEWS + counter.format(number)) == of_news(NEWS + counter.format(5))


EDITED_LISTS = {
    "more-rows": LIST.replace("<ul>", "<ul>" + news_row(Row("/html1/report/2304/8450-1.htm", "Other", DAY)) * 9),
    "other-titles": LIST.replace(TITLE, "Another title"),
    "date-without-year": LIST.replace(DAY, "03-29"),
    "new-mark": LIST.replace("</a>", " <img src='/tea/image/public/new.gif'/></a>", 1),
    "english-pager": cms.news_list(
        "Pressroom", [Row("/html1/report/2304/8456-1.htm", TITLE, DAY)], pager("/x", 1, 3, ENGLISH)
    ),
    "other-heading": LIST.replace(">Pressroom<", ">Postman Story<"),
}


@pytest.mark.parametrize("content", EDITED_LISTS.values(), ids=EDITED_LISTS)
def test_list_with_other_rows_keeps_its_skeleton(content: str) -> None:
    assert of_list(content) == of_list(LIST)


@pytest.mark.parametrize("sheet", range(1, 12))
def test_every_sheet_of_a_list_has_the_same_skeleton(sheet: int) -> None:
    """The first and the last sheet lack two links of the pager each; that is not a redesign."""
    row = [Row("/html1/report/2304/8456-1.htm", TITLE, DAY)]
    sheets = [of_list(cms.news_list("Pressroom", row, pager("/x", number, 11, CHINESE))) for number in (sheet, 6)]

    assert sheets[0] == sheets[1]


EDITED_STAMPS = {
    "other-values": STAMP_BLOCK.replace("4.8", "1.2").replace("2017-31", "2017-30"),
    "empty-values": STAMP_BLOCK.replace("2017-31", "").replace(">4<", "><"),
    "other-text": STAMP_BLOCK.replace("<p>Jade.</p>", "<p>Green.</p><p><b>Old.</b></p>"),
    "labels-of-2018": cms.stamp(FACTS, cms.STAMP_ROWS_OF_2018, heading="Jades", content="<p>Jade.</p>"),
}


@pytest.mark.parametrize("content", EDITED_STAMPS.values(), ids=EDITED_STAMPS)
def test_edited_stamp_keeps_its_skeleton(content: str) -> None:
    """§10.11: label wording does not count."""
    assert of_stamp(content) == of_stamp(STAMP_BLOCK)


@pytest.mark.parametrize(
    "content",
    [TEXT.replace("One.", "Other."), TEXT.replace("<p>One.</p>", "<p>One.</p><table><tr><td>Two.</td></tr></table>")],
    ids=["other-text", "table"],
)
def test_edited_folder_keeps_its_skeleton(content: str) -> None:
    assert of_folder(content) == of_folder(TEXT)


# --- a redesign -------------------------------------------------------------------------------------------------------

REDESIGNED = {
    "old-template": cms.old_article(TITLE, paragraphs("One."), byline=byline("China Post", DAY)),
    "other-class": NEWS.replace('class="con"', 'class="new_text"'),
    "other-heading-element": NEWS.replace("<h1>", "<h2>").replace("</h1>", "</h2>"),
    "no-list-item": NEWS.replace("<ul><li>", "").replace("</li></ul>", ""),
    "extra-wrapper": f'<div class="main">{NEWS}</div>',
    "no-heading-line": NEWS[NEWS.index('<div class="con">') :],
    "byline-elsewhere": NEWS.replace('<div class="info">', '<p class="info">').replace(
        "</span></div>\r\n<span id='ReportIDtext'", "</span></p>\r\n<span id='ReportIDtext'"
    ),
    "byline-gone": cms.article(TITLE, paragraphs("One.")),
    "byline-glued": cms.article(TITLE, paragraphs("One."), byline=cms.glued_date(DAY)),
    "table-layout": f"<table><tr><td>{NEWS}</td></tr></table>",
}


@pytest.mark.parametrize("content", REDESIGNED.values(), ids=REDESIGNED)
def test_redesigned_story_has_another_skeleton(content: str) -> None:
    assert of_news(content) != of_news(NEWS)


def test_skeletons_of_redesigns_differ_from_each_other() -> None:
    assert len({of_news(content) for content in REDESIGNED.values()}) == len(REDESIGNED)


def test_old_story_in_the_new_template_has_another_skeleton() -> None:
    assert skeleton(cms_variants.old_story_in_new_template()) != skeleton(cms_news.date_glued_to_title().html())


REDESIGNED_LISTS = {
    "other-class": LIST.replace('class="new_list"', 'class="list"'),
    "other-row": LIST.replace("<li><span id='ReportIDname'>", "<li><b><span id='ReportIDname'>").replace(
        "</a></span>", "</a></span></b>"
    ),
    "table": (
        LIST.replace("<ul>", "<table>")
        .replace("</ul>", "</table>")
        .replace("<li>", "<tr><td>")
        .replace("</li>", "</td></tr>")
    ),
}


@pytest.mark.parametrize("content", REDESIGNED_LISTS.values(), ids=REDESIGNED_LISTS)
def test_redesigned_list_has_another_skeleton(content: str) -> None:
    assert of_list(content) != of_list(LIST)


@pytest.mark.parametrize(
    "content",
    [
        cms.stamp_lines(FACTS, cms.STAMP_ROWS_OF_2021, content="<p>Jade.</p>"),
        STAMP_BLOCK.replace("<td>", "<th>").replace("</td>", "</th>"),
        STAMP_BLOCK.replace("<table>", '<div class="data"><table>').replace("</table>", "</table></div>"),
    ],
    ids=["lines", "header-cells", "wrapper"],
)
def test_redesigned_stamp_has_another_skeleton(content: str) -> None:
    assert of_stamp(content) != of_stamp(STAMP_BLOCK)


def test_redesigned_folder_has_another_skeleton() -> None:
    assert of_folder(cms.folder("About Us", paragraphs("One."), prefix="Node")) != of_folder(TEXT)


def test_list_that_gains_a_pager_keeps_its_skeleton() -> None:
    rows = [Row("/html1/report/2304/8456-1.htm", TITLE, DAY)]

    assert of_list(cms.news_list("Pressroom", rows)) == of_list(LIST)


@pytest.mark.parametrize("classes", [("odd", "even"), ("first", "last"), ("", "")])
def test_classes_of_rows_are_not_structure(classes: tuple[str, str]) -> None:
    first, second = (
        news_row(Row(f"/html1/report/2304/{8450 + number}-1.htm", TITLE, DAY)).replace("<li>", f'<li class="{name}">')
        for number, name in enumerate(classes)
    )

    assert of_list(LIST.replace("<ul>", f"<ul>{first}{second}")) == of_list(LIST)


def test_row_beside_the_content_region_is_not_structure() -> None:
    page = cms.page(Node(id=14084104, title="Home", type=FOLDER), LIST, frame=cms.BARE)
    row = news_row(Row("/html1/report/2304/8450-1.htm", "Other", DAY))

    with_box = page.replace('<div id="Footer"', f'<ul>{row}</ul><div id="Footer"')

    assert with_box != page
    assert skeleton(with_box, FOLDER_URL) == skeleton(page, FOLDER_URL)


def test_list_without_a_frame_whose_only_row_is_its_region_has_a_skeleton() -> None:
    row = news_row(Row("/html1/report/2304/8450-1.htm", TITLE, DAY))
    page = cms.page(Node(id=170260254, title="Pressroom", type=CATEGORY), f"<ul>{row}</ul>")

    assert skeleton(without_frame(page).replace("xReport", "Report"), LIST_URL)


def test_fields_that_not_every_row_has_are_not_structure() -> None:
    """A stamp without a serial number, with a picture, with another description (SITE.md §5.4)."""
    bare = cms.stamp_row(StampRow("/html1/stamp/17117/931-1.htm", "Jades", "", "<p>One.</p>"))
    full = cms.stamp_row(StampRow("/html1/stamp/17117/931-1.htm", "Jades", "2017-31", "<p>Two.</p>", "/res/x/1.jpg"))

    assert of_list(f"<ul>{bare}</ul>") == of_list(f"<ul>{bare}{full}</ul>")


# --- a redesign that hides where the content is -----------------------------------------------------------------------


def without_frame(html: str) -> str:
    """Return a page whose frame has other names, and whose fields too."""
    return re.sub(r"id=([\"']?)(Body|Content\d?|CurrentlyNode|NodeTitle|(?=Report|Stamp|Category))", r"id=\1x\2", html)


FRAMELESS = {
    "folder": (FOLDER, "<p>One.</p>", FOLDER_URL),
    "list": (CATEGORY, LIST, LIST_URL),
    "category-of-text": (CATEGORY, "<p>One.</p>", LIST_URL),
    "stamp": (STAMP, STAMP_BLOCK, STAMP_URL),
    "unknown": (113, "<p>One.</p>", FOLDER_URL),
}


@pytest.mark.parametrize(("node_type", "content", "url"), FRAMELESS.values(), ids=FRAMELESS)
def test_page_without_frame_and_fields_is_not_a_record(node_type: int, content: str, url: str) -> None:
    """Else its whole body would be read as content, sidebar and footer with it."""
    html = without_frame(cms.page(Node(id=14084104, title="About Us", type=node_type), content))

    with pytest.raises(ParseError) as refused:
        pages.parse(capture(html, url=url))

    assert refused.value.missing == ("frame",)


def test_field_of_the_page_stands_in_for_its_frame() -> None:
    html = re.sub('id="(?:Body|Content)', 'id="x', cms.page(Node(id=14084104, title="About Us", type=FOLDER), TEXT))

    found = pages.parse(capture(html, url=FOLDER_URL))

    assert (found.title, found.paragraphs) == ("About Us", ("One.",))


def test_rows_stand_in_for_the_frame_of_their_list() -> None:
    html = re.sub('id="(?:Body|Content)', 'id="x', cms.page(Node(id=170260254, title="Pressroom", type=CATEGORY), LIST))

    found = pages.parse(capture(html, url=LIST_URL))

    assert isinstance(found, Listing)
    assert (len(found.entries), found.leftovers) == (1, ())


def test_ids_with_a_letter_before_them_are_not_fields() -> None:
    html = cms.page(Node(id=170260254, title="Pressroom", type=CATEGORY), LIST.replace("ReportID", "xReportID"))

    found = pages.read(capture(html, url=LIST_URL))

    assert all(not span.name.startswith("x") for span in found.fields)


def test_skeleton_is_a_short_hash() -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", of_news(NEWS))
