"""Responses that look like pages and say nothing, truncated pages, and what is not a page: SITE.md §7, §8, §11.7."""

import contextlib
import time

import pytest

import cms
import cms_news
import cms_stamps
import cms_variants
from cms_frame import CATEGORY, Node, not_found_page
from postarchive.errors import NotAPage, PostarchiveError, SoftError, UnreadableInput
from postarchive.record.values import Stamp
from reading import BODY, LIST_NODE, LIST_URL, NEWS_URL, STAMP_URL, body_paragraphs, page, read, read_body, values

SEED = cms_news.SEED.html()
LOADING = "<meta http-equiv='refresh' content='10' />网页加载中，请稍等。。。"

SOFT_ERRORS = {
    "loading": (LOADING, "loading page"),
    "loading-in-a-document": (f"<html><head>{LOADING}</head><body></body></html>", "loading page|only refreshes"),
    "404-with-script": (not_found_page(), "404 page"),
    "alert-body": (
        '<html><body class="infoAlert"><table id="tablecenter"><tr><td>无权限</td></tr></table></body></html>',
        "alert page",
    ),
    "alert-script": (
        "<script>alert('请先登录');window.location.href='/servlet/StartLogin?node=1'</script>",
        "alert page",
    ),
    "alert-script-with-type": (
        "<script type='text/javascript'>alert('x');window.location.href='/'</script>",
        "alert page",
    ),
    "error-500": (
        '<h1>错误信息</h1><table id="tablecenter"><tr><td id="info">NullPointerException</td></tr></table>',
        "error page",
    ),
    "script-redirect": ("<script>window.location.href='/html1/category/181313/7338-1.htm'</script>", "script redirect"),
    "script-redirect-assign": ("<html><body><script>location.assign('/x')</script></body></html>", "script redirect"),
    "captcha": ("<html><head><title>Security check</title></head><body>captcha</body></html>", "captcha"),
}


@pytest.mark.parametrize(("html", "what"), SOFT_ERRORS.values(), ids=SOFT_ERRORS)
@pytest.mark.parametrize("url", [NEWS_URL, "http://english.chinapost.com.cn/html1/category/1408/4050-1.htm", ""])
def test_soft_error_is_refused_by_name(html: str, what: str, url: str) -> None:
    with pytest.raises(SoftError, match=what):
        read(html, url=url)


@pytest.mark.parametrize(
    "sentence",
    [
        "The captcha was solved by the postman.",
        "404 Not Found was the name of the exhibition.",
        "The page says 网页加载中，请稍等。",
        "Access denied, said the door of the vault.",
        "错误信息 is the title of the film.",
    ],
)
def test_story_about_a_soft_error_is_a_story(sentence: str) -> None:
    assert body_paragraphs(f"<p>{sentence}</p>") == [sentence]


def test_page_of_another_program_is_refused() -> None:
    with pytest.raises(NotAPage, match="not a page of China Post's CMS"):
        read("<!DOCTYPE html><html><head><title>Welcome</title></head><body><p>It works!</p></body></html>")


def test_electronic_paper_is_not_a_page_of_this_cms() -> None:
    """§7: the mirror's e-paper has another grammar."""
    html = (
        "<html><head><title>第02版:要闻</title></head><body><div>第02版:要闻</div><div>上一版3 4下一版</div>"
        "<div>标题导航</div>"
        "<div>2021年11月12日 星期</div><div>全文检索</div><h1>邮车上的一天</h1>"
        "<p>清晨六点。</p><p>CN11-0028</p></body></html>"
    )

    with pytest.raises(NotAPage):
        read(html, url="http://www.chinapostnews.com.cn/newspaper/epaper/html/2021-11/12/content_137775.htm")


OTHER_FILES = {
    "empty": b"",
    "blanks": b" \r\n\t ",
    "zeros": b"\x00" * 64,
    "pdf": b"%PDF-1.4\n1 0 obj\n",
    "png": b"\x89PNG\r\n\x1a\n\x00\x00",
    "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "gif": b"GIF89a\x01\x00",
    "zip": b"PK\x03\x04\x14\x00",
    "warc": b"WARC/1.1\r\nWARC-Type: response\r\n",
    "database": b"SQLite format 3\x00",
    "noise": bytes(range(256)) * 8,
    "plain-text": b"Just a sentence.",
    "json": b'{"title": "no page"}',
    "only-a-comment": b"<!-- nothing -->",
    "only-a-doctype": b"<!DOCTYPE html>",
    "only-a-less-than": b"<",
    "only-a-byte-order-mark": b"\xef\xbb\xbf",
    "only-a-wide-byte-order-mark": b"\xff\xfe",
    "image-as-html": b"<img src='/x.jpg'>",
}


@pytest.mark.parametrize(
    "body",
    OTHER_FILES.values(),
    ids=OTHER_FILES,
)
@pytest.mark.parametrize("url", [NEWS_URL, ""], ids=["with-url", "without-url"])
def test_anything_but_a_page_is_refused(body: bytes, url: str) -> None:
    with pytest.raises(UnreadableInput) as refused:
        read(body, url=url)

    assert "\n" not in str(refused.value)
    assert refused.value.exit_code == 65


# --- cut off ----------------------------------------------------------------------------------------------------------

CUTS = {
    "in-the-first-paragraph": "Recently, China Post Group",
    "in-a-later-paragraph": "The Action Plan launches",
    "in-the-last-word": "e-commerce.",
    "in-the-footer": "Powered by",
    "before-the-closing-tags": "<!--CMS-01",
}


@pytest.mark.parametrize("mark", CUTS.values(), ids=CUTS)
@pytest.mark.parametrize(
    "tail",
    ["", "<p>Mid-tag <a hre", "<!-- open", "<span style='col", "&#82"],
    ids=["clean", "tag", "comment", "attribute", "reference"],
)
def test_page_that_is_cut_off_is_a_record_with_a_warning(mark: str, tail: str) -> None:
    found = page(SEED[: SEED.index(mark) + len(mark)] + tail)

    assert (found.title, found.node) == (cms_news.SEED_TITLE, 23048456)
    assert any("cut off" in warning for warning in found.warnings)


@pytest.mark.parametrize("cut", range(0, len(SEED), 97))
def test_page_that_is_cut_anywhere_is_a_record_or_refused(cut: int) -> None:
    try:
        found = page(SEED[:cut])
    except UnreadableInput:
        return
    assert found.title
    assert found.warnings


@pytest.mark.parametrize(
    ("mark", "kept"), [("京ICP备150355", []), ("京公网安备11040", ["ICP"]), ("110401400185号", ["ICP", "PSB"])]
)
def test_truncated_registration_is_not_read(mark: str, kept: list[str]) -> None:
    found = read(SEED[: SEED.index(mark) + len(mark)])

    assert values(found["registrations"], "authority") == kept


@pytest.mark.parametrize("tail", ["<", "</"])
def test_beginning_of_a_tag_at_the_end_is_no_text(tail: str) -> None:
    assert page(SEED[: SEED.index("Group Corporation")] + tail).paragraphs[-1].endswith("China Post")


def test_truncated_number_is_no_hotline() -> None:
    html = cms.page(
        Node(id=LIST_NODE, title="Pressroom", type=CATEGORY),
        "<ul><li><a href='/html1/report/2304/8456-1.htm'>A</a></li></ul><p>Postal Business: 8610 1118",
    )

    found = read(html[: html.index("8610 1118") + len("8610 1118")], url=LIST_URL)

    assert "8610 1118" not in values(found["hotlines"], "number")


def test_truncated_title_of_a_row_is_read_from_its_attribute() -> None:
    row = "<li><a href='/html1/report/2304/8456-1.htm' title=\"A story\">A sto"
    html = cms.page(Node(id=LIST_NODE, title="Pressroom", type=CATEGORY), f"<ul>{row}ry</a></li></ul>")

    found = read(html[: html.index(row) + len(row)], url=LIST_URL)

    assert values(found["entries"], "title") == ["A story"]


@pytest.mark.parametrize("mark", ["<span id='StampIDcode'>2017-3", "<span id='StampIDrtime'>2017-10-1"])
def test_fact_of_a_stamp_that_is_cut_off_is_only_printed(mark: str) -> None:
    html = next(page for page in cms_stamps.stamps() if page.node == 171164327).html()

    found = page(html[: html.index(mark) + len(mark)], url=STAMP_URL)

    assert isinstance(found, Stamp)
    assert (found.issued, found.facts[-1][1]) == (None, mark.partition(">")[2])
    assert found.serial in {None, "2017-30"}


def test_list_that_is_cut_off_in_the_header_is_refused() -> None:
    html = cms.page(Node(id=LIST_NODE, title="Pressroom", type=CATEGORY), "")

    with pytest.raises(UnreadableInput, match="empty content region"):
        page(html[: html.index("Services</a>")], url=LIST_URL)


def test_whole_page_is_not_reported_as_cut_off() -> None:
    assert page(SEED).warnings == ()


def test_second_body_does_not_hide_the_first() -> None:
    assert read(SEED.replace("</body>", "<body class='x'></body>"))["title"] == cms_news.SEED_TITLE


# --- what does not agree ----------------------------------------------------------------------------------------------


def test_url_of_another_node_is_a_warning_and_the_script_counts() -> None:
    found = read(SEED, url="http://english.chinapost.com.cn/html1/report/2304/8457-1.htm")

    assert found["node"] == 23048456
    assert "node disagrees" in str(found["warnings"])


def test_saved_page_without_url_says_so() -> None:
    found = read(SEED, url="")

    assert (found["url"], found["node"], found["sheet"]) == (None, 23048456, 1)
    assert "url unknown" in str(found["warnings"])


def test_deeply_nested_page_is_read_or_refused() -> None:
    depth = 5000
    found = read_body("<div>" * depth + "deep" + "</div>" * depth + BODY)

    assert found["paragraphs"] == ["deep", "The vans are electric."] or "nested deeper" in str(found["warnings"])
    assert "<" not in str(found["paragraphs"])


@pytest.mark.parametrize("name", sorted(cms_variants.quirks()))
def test_quirk_gives_a_record(name: str) -> None:
    found = read(cms_variants.quirks()[name], url="")

    assert found["title"]
    assert found["kind"] in {"news", "listing", "folder", "stamp"}


# --- pages made to take long ------------------------------------------------------------------------------------------

ENDLESS = {
    "hotlines-without-end": f"<p>China Post Life: {'8610 4fe: ' * 60}!</p>",
    "breaks": "<br/>" * 20_000,
    "blanks": " " * 200_000,
    "less-than-signs": "<" * 100_000,
    "open-comments": "<!--" * 25_000,
    "stray-closing-spans": "</span>" * 15_000,
    "stray-closing-divisions": "<p>a</p>" + "</div>" * 10_000 + "b",
    "open-paragraphs-with-stray-spans": "<p>a</span>" * 5_000,
    "nested-tables": "<table><tr><td>" * 5_000,
    "cells-in-one-row": f"<table><tr>{'<td>' * 12_000}</tr></table>",
    "cells-without-a-table": "<td>" * 16_000,
    "colons": "a:" * 50_000,
    "bars": "|" * 50_000,
    "dashes": "—" * 50_000,
    "dates": "2023-03-29 " * 9_000,
    "labels": "来源:" * 10_000,
    "pictures-in-one-block": "<img src='/1.jpg'>" * 1_500,
    "pictures-in-paragraphs": "<p><img src='/1.jpg'></p>" * 3_000,
    "links": "<a href='/x-1.htm'>x</a>" * 4_000,
    "empty-fields": "<span id='ReportIDname'>x</span>" * 3_000,
    "registrations": "京ICP备" * 10_000,
}


@pytest.mark.parametrize("noise", ENDLESS.values(), ids=ENDLESS)
def test_hostile_page_is_read_in_its_time(noise: str) -> None:
    """The longest takes under a tenth of this where nothing is quadratic."""
    html = SEED.replace("<span id='ReportIDtext'>", f"{noise}<span id='ReportIDtext'>{noise}", 1)
    start = time.process_time()

    with contextlib.suppress(PostarchiveError):
        page(html)

    assert time.process_time() - start < 1
