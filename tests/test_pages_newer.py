"""Pages of the newer build of the CMS (SITE.md §3.1a) give the records that the older build's pages give."""

import json
import re
from pathlib import Path
from typing import get_args

import pytest

import cms_newer
import cms_site
from postarchive import pages
from postarchive.export.golden import ABOUT, golden_path, stated
from postarchive.jsonvalue import Json
from postarchive.record.values import to_json
from reading import capture, page

FIXTURES = Path(__file__).parent.parent / "fixtures"
OLD = cms_site.english_site()
SEED = "html1/report/2304/8456-1.htm"


def expected(name: str) -> dict[str, Json]:
    """Return the golden record of a page of the older build without the day of creation: the newer build has none."""
    golden = json.loads(golden_path(FIXTURES / "html" / cms_site.HOST / name).read_text(encoding="utf-8"))
    return {key: value for key, value in golden.items() if key not in {*ABOUT, "created"}}


@pytest.mark.parametrize("sidebar", get_args(cms_newer.Place))
def test_newer_form_gives_the_same_records(sidebar: cms_newer.Place) -> None:
    """All kinds and traits of the site; the sidebar's hotlines may be in any block, also the article's."""
    urls = {name: cms_newer.url_of(name) for name in OLD}

    found = {
        name: stated(to_json(page(cms_newer.newer(html, urls[name], sidebar=sidebar), url=urls[name])))
        for name, html in OLD.items()
    }

    assert [name for name in OLD if found[name] != expected(name)] == []


def test_newer_form_is_the_one_that_was_seen() -> None:
    html = cms_newer.newer(OLD[SEED], cms_newer.url_of(SEED))

    assert "\r" not in html
    assert not re.search(r"<meta name='(?!$)", html)
    assert f'<link rel="canonical" href="{cms_newer.url_of(SEED)}" />' in html
    assert "<script>var $=layui.$,lang=1,node={id:23048456,father:14084050,community:'chinaposten',path:'/" in html
    assert re.search(r"<link href=\S+\.css\S* rel=stylesheet><script src=\S+\.js\S*></script>", html)
    assert re.search(
        r'<div id="Content1">.*<!--\{listing:\d+\}--><div class="conts"><span id=\'ReportIDname\'>', html, re.DOTALL
    )
    assert (
        "<div class=\"times\">发布时间：<span id='ReportIDIssueTime'>2023-03-29</span>"
        "来源：<span id='ReportIDMediaName'>China Post News</span></div><span id='ReportIDtext'>"
    ) in html
    assert '<div id="Content3"></div>\n<div id="Content2">' in html
    assert '京ICP备15035540号<span id="recordIndex"></span>' in html
    assert html.endswith(f"{cms_newer.TRAP}</body></html>")


@pytest.mark.parametrize(
    "hiding",
    [
        'div style="display:none"',
        "div style='DISPLAY : none;color:red'",
        "p hidden",
        'span style="color:red;display:none !important"',
        'div style="visibility:hidden"',
        'div style="visibility: collapse"',
    ],
)
def test_link_that_no_person_sees_is_not_followed(hiding: str) -> None:
    tag = hiding.partition(" ")[0]
    html = cms_newer.newer(OLD[SEED], cms_newer.url_of(SEED))
    trap = f'<{hiding}> <b><a href="/html1/report/9999/1-1.htm">More</a></b> </{tag}>'

    links = pages.read(capture(html.replace(cms_newer.TRAP, trap), url=cms_newer.url_of(SEED))).links()

    assert "/html1/report/9999/1-1.htm" not in links
    assert "/html1/category/1408/4050-1.htm" in links


def test_anchor_that_is_hidden_itself_is_not_followed() -> None:
    html = cms_newer.newer(OLD[SEED], cms_newer.url_of(SEED)).replace(
        cms_newer.TRAP, '<a style="display:none" href="/html1/report/9999/1-1.htm">More</a>'
    )

    assert "/html1/report/9999/1-1.htm" not in pages.read(capture(html, url=cms_newer.url_of(SEED))).links()


def test_page_leads_to_the_list_of_its_father_though_it_has_no_anchor_there() -> None:
    html = re.sub(r"<a [^>]*>", "<a>", cms_newer.newer(OLD[SEED], cms_newer.url_of(SEED)))

    assert pages.read(capture(html, url=cms_newer.url_of(SEED))).links() == ("/html1/category/1408/4050-1.htm",)
