"""The frame around the content: node script and metas (SITE.md §3.1), hotlines (§3.4), registrations (§3.4, §7)."""

import pytest

import cms
import cms_news
from cms_frame import Blocks, Node, document
from postarchive import pages
from reading import BODY, NEWS_URL, TITLE, Record, capture, read, told, values

NODE = Node(id=23048456, title=TITLE)
ARTICLE = cms.article(TITLE, BODY, byline=cms.byline("China Post News", "2023-03-29"))


def with_side(side: str) -> Record:
    """Return the record of an article with this HTML in `#Content1`."""
    return read(document(NODE, Blocks(content1=side, content3=ARTICLE)))


def with_footer(footer: str) -> Record:
    """Return the record of an article with this HTML in `#Footer`."""
    return read(document(NODE, Blocks(content3=ARTICLE, footer=footer)))


def hotline(label: str, number: str, dial: str | None) -> dict[str, str | None]:
    return {"label": label, "number": number, "dial": dial}


# --- hotlines ---------------------------------------------------------------------------------------------------------

FOUR = [
    hotline("Postal Business", "8610 11185", "+861011185"),
    hotline("Postal Savings", "8610 95580", "+861095580"),
    hotline("Logistics and EMS", "8610 11183", "+861011183"),
    hotline("China Post Life", "8610 4008909999", "+864008909999"),
]
SIDES = {
    "own-paragraphs": "".join(f"<p>{line}</p>" for line in cms.HOTLINES),
    "own-divs": "".join(f"<div>{line}</div>" for line in cms.HOTLINES),
    "list-items": f"<ul>{''.join(f'<li>{line}</li>' for line in cms.HOTLINES)}</ul>",
    "line-breaks": "<br/>".join(cms.HOTLINES),
    "line-breaks-in-a-paragraph": f"<p>{'<br>'.join(cms.HOTLINES)}</p>",
    "table-rows": f"<table>{''.join(f'<tr><td>{line}</td></tr>' for line in cms.HOTLINES)}</table>",
    "table-cells": "<table><tr><td>{}</td></tr></table>".format(
        "</td></tr><tr><td>".join(cms.HOTLINES).replace(": ", ":</td><td>")
    ),
    "label-in-bold": "".join(f"<p><b>{line.split(':')[0]}:</b>{line.split(':')[1]}</p>" for line in cms.HOTLINES),
    "label-and-number-in-lines": "".join(
        f"<p>{line.split(': ')[0]}:</p><p>{line.split(': ')[1]}</p>" for line in cms.HOTLINES
    ),
    "label-and-number-on-breaks": "".join(f"<p>{line.replace(': ', ':<br/>')}</p>" for line in cms.HOTLINES),
    "wide-colons": "".join(f"<p>{line.replace(': ', '：')}</p>" for line in cms.HOTLINES),
    "no-break-spaces": "".join(f"<p>{line.replace(' ', '&nbsp;')}</p>" for line in cms.HOTLINES),
    "in-a-tel-link": "".join(
        f"<p>{line.split(': ')[0]}: <a href='tel:1'>{line.split(': ')[1]}</a></p>" for line in cms.HOTLINES
    ),
    "behind-links": f"<ul class='side'><li><a href='/x.htm'>Postman Story</a></li></ul>{cms.paragraphs(*cms.HOTLINES)}",
    "in-a-table-of-its-layout": f"<table><tr><td>{cms.paragraphs(*cms.HOTLINES)}</td><td>&nbsp;</td></tr></table>",
    "repeated": cms.paragraphs(*cms.HOTLINES, *cms.HOTLINES),
}


@pytest.mark.parametrize("side", SIDES.values(), ids=SIDES)
def test_hotlines_of_the_frame_are_read(side: str) -> None:
    assert with_side(side)["hotlines"] == FOUR


@pytest.mark.parametrize("count", range(6))
def test_any_number_of_hotlines_with_any_label(count: int) -> None:
    lines = [f"Service {chr(65 + n)} (day & night): 8610 1118{n}" for n in range(count)]
    expected = [hotline(f"Service {chr(65 + n)} (day & night)", f"8610 1118{n}", f"+86101118{n}") for n in range(count)]

    assert with_side(cms.paragraphs(*lines))["hotlines"] == expected


LABELS = (
    "Postal Business",
    "EMS",
    "邮政业务",
    "24h Hotline",
    "Customer service (Beijing)",
    "Post Office No. 9",
    "Time-definite parcels",
)


@pytest.mark.parametrize("label", LABELS)
def test_hotline_may_have_any_label(label: str) -> None:
    assert with_side(f"<p>{label}: 8610 11185</p>")["hotlines"] == [hotline(label, "8610 11185", "+861011185")]


DIALS = {
    "short-number": ("8610 11185", "+861011185"),
    "short-number-other-area": ("8621 11185", "+862111185"),
    "short-number-three-digit-area": ("86755 11185", "+8675511185"),
    "ordinary-number": ("8610 68858888", "+861068858888"),
    "plus": ("+86 10 68858888", "+861068858888"),
    "plus-and-brackets": ("+86 (10) 6885-8888", "+861068858888"),
    "plus-and-trunk-zero": ("+86 (0)10 68858888", "+861068858888"),
    "double-zero": ("0086 10 68858888", "+861068858888"),
    "dashes": ("86-10-68858888", "+861068858888"),
    "national": ("010-68858888", "+861068858888"),
    "national-brackets": ("(010) 68858888", "+861068858888"),
    "national-four-digit-area": ("0755-82102345", "+8675582102345"),
    "service-number": ("4008909999", "+864008909999"),
    "service-number-behind-an-area": ("8610 4008909999", "+864008909999"),
    "service-number-in-groups": ("400-890-9999", "+864008909999"),
    "service-number-with-plus": ("+86 400 890 9999", "+864008909999"),
    "eight-hundred": ("800-810-0000", "+868008100000"),
    "short-number-national": ("010-11185", "+861011185"),
    "short-number-national-brackets": ("(010) 11183", "+861011183"),
    "extension": ("010-68858888-801", "+861068858888"),
    "extension-of-a-service-number": ("400-890-9999-1", "+864008909999"),
    "extension-of-a-number-in-groups": ("+86 (10) 6885-8888-801", "+861068858888"),
    "extension-named": ("010-68858888 ext. 801", "+861068858888"),
    "extension-named-in-chinese": ("010-68858888转801", "+861068858888"),
    "wide-digits": ("０１０－６８８５８８８８", "+861068858888"),
    "en-dash": ("010–68858888", "+861068858888"),
    "short-number-alone": ("11185", None),
    "bank-number-alone": ("95580", None),
    "local-number": ("68858888", None),
    "local-number-in-groups": ("6885-8888", None),
    "mobile": ("13800138000", None),
}


@pytest.mark.parametrize(("number", "dial"), DIALS.values(), ids=DIALS)
def test_number_is_dialled(number: str, dial: str | None) -> None:
    assert with_side(f"<p>Hotline: {number}</p>")["hotlines"] == [hotline("Hotline", number, dial)]


@pytest.mark.parametrize("between", [", ", "、", "/", " / ", " or ", "或"])
def test_label_may_have_several_numbers(between: str) -> None:
    assert with_side(f"<p>Hotline: 8610 11185{between}95580</p>")["hotlines"] == [
        hotline("Hotline", "8610 11185", "+861011185"),
        hotline("Hotline", "95580", None),
    ]


@pytest.mark.parametrize("note", [" (24 hours)", "（24小时）", " (8:00-20:00)"])
def test_hours_behind_a_number_are_not_part_of_it(note: str) -> None:
    assert with_side(f"<p>Hotline: 8610 11185{note}</p>")["hotlines"] == [
        hotline("Hotline", "8610 11185", "+861011185")
    ]


def test_last_digits_of_another_line_are_not_a_number() -> None:
    assert with_side("<p>Tel: 010-68858888/8889</p>")["hotlines"] == [
        hotline("Tel", "010-68858888/8889", "+861068858888")
    ]


NO_HOTLINES = {
    "date": "<p>Date: 2023-03-29</p>",
    "years": "<p>Founded: 1896-2023</p>",
    "post-code": "<p>Post code: 100808</p>",
    "post-code-chinese": "<p>邮编：100808</p>",
    "registration": "<p>Register number: 京ICP备15035540号</p>",
    "serial": "<p>Serial Number: 2017-31</p>",
    "sentence": "<p>We said: 8610 11185 is the number.</p>",
    "counter": "<p>Hits: 123</p>",
    "no-label": "<p>8610 11185</p>",
    "year": "<p>Founded: 1896</p>",
    "day-in-digits": "<p>Updated: 20230329</p>",
    "post-code-of-a-town": "<p>Beijing: 100808</p>",
    "hours": "<p>Open: 0830-1730</p>",
    "size": "<p>Size of Stamp: 30 40</p>",
    "public-security": "<p>公网安备: 110401400185</p>",
    "standard-number": "<p>ISSN: 1003-4765</p>",
    "book-number": "<p>Book: 9787115123456</p>",
    "users": "<p>Online users: 11185</p>",
    "chat": "<p>WeChat: 11185</p>",
    "code": "<p>Code: 0123456789</p>",
    "visitors": "<p>Visitors: 68858888</p>",
}


@pytest.mark.parametrize("line", NO_HOTLINES.values(), ids=NO_HOTLINES)
def test_line_is_not_a_hotline(line: str) -> None:
    assert with_side(line)["hotlines"] == []


def test_hotline_on_two_lines_beside_the_story_is_no_leftover() -> None:
    article = ARTICLE + "<dl><dt>Postal Business:</dt><dd>8610 11185</dd><dt>Visit:</dt><dd>us</dd></dl>"
    found = read(cms.page(NODE, article))

    assert found["leftovers"] == ["Visit:", "us"]


def test_numbers_of_the_story_are_not_hotlines() -> None:
    article = cms.article(TITLE, "<p>Hotline: 8610 55555</p>", byline=cms.byline("China Post", "2023-03-29"))
    found = read(cms.page(NODE, article))

    assert found["hotlines"] == FOUR
    assert found["paragraphs"] == ["Hotline: 8610 55555"]


def test_page_without_sidebar_has_no_hotlines() -> None:
    expected: dict[str, object] = {"hotlines": [], "registrations": [], "leftovers": []}

    assert told(read(document(NODE, Blocks(content3=ARTICLE))), expected) == expected


@pytest.mark.parametrize("frame", [cms.OF_2018, cms.OF_2019, cms.OF_2022, cms.OF_2024, cms.OF_2025])
def test_hotlines_are_the_same_four_in_every_year(frame: cms.Frame) -> None:
    assert read(cms.page(NODE, ARTICLE, frame=frame))["hotlines"] == FOUR


# --- registrations ----------------------------------------------------------------------------------------------------

ICP, PSB = "京ICP备15035540号", "京公网安备110401400185号"
FOOTERS = {
    "english": (f"<p>Register number: {ICP} {PSB}</p><p>Powered by CHINA POST | About Us |</p>", [ICP, PSB]),
    "chinese-glued": (
        "<p>中国邮政集团有限公司版权所有京ICP备15035540号京公网安备11010202010949联系我们</p>",
        [ICP, "京公网安备11010202010949"],
    ),
    "no-hao": ("<p>京ICP备15035540号京公网安备110401400185</p>", [ICP, "京公网安备110401400185"]),
    "suffix-and-no-hao": (
        "<p>京ICP备12001958号-1京公网安备11010202010957</p>",
        ["京ICP备12001958号-1", "京公网安备11010202010957"],
    ),
    "e-paper": (
        "<p>CN11-0028 京ICP备15035540号-2 京公网安备110401400186号</p>",
        ["京ICP备15035540号-2", "京公网安备110401400186号"],
    ),
    "province": ("<p>粤ICP备05008221号-3</p>", ["粤ICP备05008221号-3"]),
    "other-provinces": (
        "<p>青ICP备14000001号 青公网安备63010002000123号</p>",
        ["青ICP备14000001号", "青公网安备63010002000123号"],
    ),
    "blanks-inside": ("<p>京 ICP 备 15035540 号 京公网安备 110401400185 号</p>", [ICP, PSB]),
    "no-break-spaces": ("<p>京ICP备15035540号&nbsp;京公网安备&nbsp;110401400185号</p>", [ICP, PSB]),
    "links": (
        (
            "<p><a href='https://beian.miit.gov.cn/'>京ICP备15035540号</a> <a href='http://www.beian.gov.cn/'>"
            "<img src='/x.png'/>京公网安备110401400185号</a></p>"
        ),
        [ICP, PSB],
    ),
    "wide-letters": ("<p>京ＩＣＰ备15035540号</p>", ["京ＩＣＰ备15035540号"]),
    "district-of-an-older-form": ("<p>京公海网安备110108001322号</p>", ["京公海网安备110108001322号"]),
    "split-by-tags": ("<p>京ICP备<b>15035540</b>号 京公网安备<span>110401400185号</span></p>", [ICP, PSB]),
    "licence": ("<p>京ICP证080123号</p>", ["京ICP证080123号"]),
    "traditional": (
        "<p>京ICP備15035540號 京公網安備110401400185號</p>",
        ["京ICP備15035540號", "京公網安備110401400185號"],
    ),
    "suffix-inside": ("<p>京ICP备15035540-1号</p>", ["京ICP备15035540-1号"]),
    "long-dash": ("<p>京ICP备15035540号—2</p>", ["京ICP备15035540号—2"]),
    "words-inside": (
        "<p>京ICP备第15035540号 京公网安备：110401400185号</p>",
        ["京ICP备第15035540号", "京公网安备：110401400185号"],
    ),
    "of-an-app": ("<p>京ICP备15035540号-5A</p>", ["京ICP备15035540号-5A"]),
    "glued-to-a-word": ("<p>京ICP备15035540号-1About Us</p>", ["京ICP备15035540号-1"]),
    "lower-case": ("<p>京icp备15035540号</p>", ["京icp备15035540号"]),
    "wide-dash": ("<p>京ICP备15035540号－2</p>", ["京ICP备15035540号－2"]),
    "icp-without-province": ("<p>备案号：ICP备15035540号</p>", ["ICP备15035540号"]),
    "glued-to-other-words": ("<p>版权所有ICP备15035540号</p>", ["ICP备15035540号"]),
    "psb-first": (f"<p>{PSB} {ICP}</p>", [PSB, ICP]),
    "own-lines": (f"<p>{ICP}</p><p>{PSB}</p>", [ICP, PSB]),
    "twice": (f"<p>{ICP}</p><p>{ICP}</p>", [ICP]),
    "none": ("<p>Powered by CHINA POST | About Us |</p>", []),
    "icp-without-number": ("<p>京ICP备案中</p>", []),
}


@pytest.mark.parametrize(("footer", "numbers"), FOOTERS.values(), ids=FOOTERS)
def test_registrations_are_read_as_printed(footer: str, numbers: list[str]) -> None:
    found = with_footer(footer)

    assert values(found["registrations"], "number") == numbers
    assert values(found["registrations"], "authority") == ["PSB" if "公" in number else "ICP" for number in numbers]
    assert found["leftovers"] == []


def test_registration_inside_the_content_is_read_without_a_frame() -> None:
    html = (
        f"<html><head><script>var node={{id:23048456,type:39}};</script></head><body>{ARTICLE}<p>{ICP} {PSB}</p>"
        "</body></html>"
    )

    assert values(read(html)["registrations"], "number") == [ICP, PSB]


# --- the head ---------------------------------------------------------------------------------------------------------

SCRIPTS = {
    "as-the-cms-writes-it": (
        "var lang=1,node={id:23048456,father:14084050,community:'chinaposten',type:39,hidden:false},member={id:0};"
    ),
    "with-path": (
        "var lang=1,node={id:23048456,father:14084050,community:'x',type:39,hidden:false,path:'/1/2/23048456/'},"
        "member={id:0};"
    ),
    "with-click": (
        "var node={id:23048456,father:1,type:39};cook.set('community',node.community);"
        "mt.post('/Nodes.do?act=click&node=23048456');"
    ),
    "spaced-out": "var node = { id : 23048456 , father : 1 , type : 39 } ;",
    "quoted-keys": 'var node={"id":23048456,"father":1,"type":39};',
    "quoted-values": "var node={id:'23048456',father:'1',type:'39'};",
    "over-lines": "var node={\r\nid:23048456,\r\nfather:1,\r\ntype:39\r\n};",
    "type-first": "var node={type:39,id:23048456};",
}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_node_script_names_the_node(script: str) -> None:
    html = f"<html><head><script>{script}</script></head><body>{ARTICLE}</body></html>"
    expected = {"node": 23048456, "kind": "news", "title": TITLE}

    assert told(read(html, url=""), expected) == expected


@pytest.mark.parametrize("digits", ["16130171", "1906877291", "160362546", "2147483647"])
def test_ids_of_eight_to_ten_digits(digits: str) -> None:
    html = cms.page(Node(id=int(digits), title=TITLE), ARTICLE)

    assert read(html, url="")["node"] == int(digits)


def test_url_names_the_node_when_the_script_does_not() -> None:
    html = f"<html><head><title>x</title></head><body><div id='Content3'>{ARTICLE}</div></body></html>"

    assert read(html, url=NEWS_URL)["node"] == 23048456


def test_node_is_null_when_nothing_names_it() -> None:
    html = (
        f"<html><head><meta name='filetype' content='0'/></head><body><div id='Content3'>{ARTICLE}</div></body></html>"
    )

    assert read(html, url="")["node"] is None


CREATED = {
    "single-quotes": ("<meta name='publishdate' content='2023-03-31'/>", "2023-03-31"),
    "double-quotes": ('<meta name="publishdate" content="2023-03-31" />', "2023-03-31"),
    "unquoted": ("<meta name=publishdate content=2023-03-31>", "2023-03-31"),
    "content-first": ("<meta content='2023-03-31' name='publishdate'>", "2023-03-31"),
    "upper-case": ("<META NAME='publishdate' CONTENT='2023-03-31'>", "2023-03-31"),
    "with-time": ("<meta name='publishdate' content='2023-03-31 10:05:00'/>", "2023-03-31"),
    "no-day": ("<meta name='publishdate' content='2023-02-30'/>", None),
    "empty": ("<meta name='publishdate' content=''/>", None),
    "absent": ("", None),
}


@pytest.mark.parametrize(("meta", "expected"), CREATED.values(), ids=CREATED)
def test_creation_date_is_the_metas(meta: str, expected: str | None) -> None:
    html = cms.page(NODE, ARTICLE).replace("<meta name='publishdate' content='2023-03-31'/>", meta)
    found = read(html)

    assert (found["created"], found["date"]) == (expected, "2023-03-29")


def test_lists_have_no_creation_date() -> None:
    """Their single-quoted metas end at `catalogs` (§3.1)."""
    assert read(cms.page(Node(id=14084050, title="Pressroom", type=1), "<p>Text</p>"), url="")["created"] is None


@pytest.mark.parametrize(
    "doctype", ["<!DOCTYPE html>", '<?xml version="1.0" encoding="UTF-8"?>\r\n<!DOCTYPE html>', ""]
)
def test_doctype_does_not_matter(doctype: str) -> None:
    html = cms_news.SEED.html()
    other = doctype + html[html.index("<html>") :]

    assert read(other) == read(html)


@pytest.mark.parametrize("millis", [1, 1650356923387, 9999999999999])
def test_last_comment_does_not_matter(millis: int) -> None:
    html = cms_news.SEED.html()

    assert read(html.replace("1682326923387", str(millis))) == read(html)


def test_end_of_a_head_in_a_comment_is_not_its_end() -> None:
    html = cms.page(NODE, ARTICLE)
    spoilt = html.replace(
        "<head>", "<head><!-- </head><span id='ReportIDtext'><p>Old and longer text</p></span> -->", 1
    )

    assert read(spoilt) == read(html)


def test_commented_out_head_is_not_read() -> None:
    html = cms.page(NODE, ARTICLE)
    old = "<!-- <title>Old - Post</title><script>var node={id:14081000,father:1,community:'x',type:11};</script> -->"

    assert read(html.replace("<head>", f"<head>{old}", 1)) == read(html)
    assert read(html.replace("<script>var lang", "<script><!--\r\nvar lang", 1)) == read(html)


@pytest.mark.parametrize("title", ["R&D - China Post", 'A "quoted" one - China Post', "X <b>Y</b> - China Post", ""])
def test_unescaped_head_does_not_break_the_page(title: str) -> None:
    html = cms_news.SEED.html()
    broken = html.replace("<title>" + cms_news.SEED_TITLE + " - China Post</title>", f"<title>{title}</title>")

    assert read(broken) == read(html)


def test_unescaped_keywords_do_not_break_the_page() -> None:
    html = cms_news.SEED.html()
    broken = html.replace(
        '<meta name="keywords" content="', '<meta name="keywords" content="125I]\' /> & <sup>2</sup> '
    )

    assert read(broken) == read(html)


# --- where a page leads -----------------------------------------------------------------------------------------------


def test_links_are_as_written_and_each_once() -> None:
    side = (
        "<a href='/b.htm'>B</a><a href=../c.htm>C</a><a href='/b.htm'>B again</a><a name='x'>no link</a>"
        "<a href=''>none</a>"
    )
    found = pages.read(capture(document(NODE, Blocks(content1=side, content3=ARTICLE))))

    assert found.links() == ("/b.htm", "../c.htm", cms.path("category", NODE.father))
