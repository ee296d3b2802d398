"""Folders, static categories and front pages: SITE.md §3.3, §5.2, §7, §11.7 (k)."""

from dataclasses import replace

import pytest

import cms
import cms_site
from cms import paragraphs, path
from cms_frame import CATEGORY, CRLF, FOLDER, Blocks, Node, document
from postarchive.errors import SoftError
from reading import FOLDER_URL, HOST, read, read_folder, read_list, told, values

TITLE = "Postal Savings Bank"
TEXT = paragraphs("The bank keeps a counter in two of three townships.", "It lends to farmers.")
TEXTS = ["The bank keeps a counter in two of three townships.", "It lends to farmers."]

SHAPES = {
    "bullet-and-currently-text": cms.folder(TITLE, TEXT),
    "bullet-and-node-text": cms.folder(TITLE, TEXT, prefix="Node"),
    "title-as-a-line": f'<div><span id="CurrentlyNode">{TITLE}</span></div>{TEXT}',
    "title-as-a-plain-bullet": f"<ul><li>{TITLE}</li></ul>{TEXT}",
    "title-as-a-plain-line": f"<p>{TITLE}</p>{TEXT}",
    "title-as-a-heading-element": f"<h2>{TITLE}</h2>{TEXT}",
    "title-nowhere": TEXT,
    "empty-line-first": f"<p>&nbsp;</p>{cms.folder(TITLE, TEXT)}",
    "text-without-a-field": f'<ul><li><span id="NodeTitle">{TITLE}</span></li></ul><div>{TEXT}</div>',
    "folder-subject": f'<span id="FolderSubject">{TITLE}</span>{TEXT}',
    "folder-subject-creator-and-time": (
        f'<span id="FolderSubject">{TITLE}</span><span id="FolderCreator">webmaster</span>'
        f'<span id="FolderTime">08.20 10:05</span>{TEXT}'
    ),
    "path-before": f'<div id="Path"><a href="/">Home</a> > {TITLE}</div>{cms.folder(TITLE, TEXT)}',
    "scripts-and-styles": f"<style>p {{margin: 0}}</style><script>var a='<p>no</p>';</script>{cms.folder(TITLE, TEXT)}",
    "table-of-the-layout": f"<table><tr><td>{cms.folder(TITLE, TEXT)}</td><td>&nbsp;</td></tr></table>",
    "tables-of-the-layout-without-fields": (
        f"<table><tr><td><table><tr><td><h2>{TITLE}</h2></td></tr><tr><td>{TEXT.replace('<p>', '<tr><td>')}</td></tr>"
        "</table></td></tr></table>"
    ),
    "include": f'<include src="/jsp/custom/x.jsp"/>{cms.folder(TITLE, TEXT)}',
    "frame-of-another-host": (
        f'{cms.folder(TITLE, TEXT)}<iframe src="http://iframe.chinapost.com.cn/jsp/x.jsp">no frames</iframe>'
    ),
}


@pytest.mark.parametrize("content", SHAPES.values(), ids=SHAPES)
def test_folder_is_a_title_and_a_text(content: str) -> None:
    expected = {
        "kind": "folder",
        "title": TITLE,
        "paragraphs": TEXTS,
        "date": None,
        "source": None,
        "hotlines": [],
        "registrations": [],
        "leftovers": [],
        "warnings": [],
    }

    assert told(read_folder(content), expected) == expected


@pytest.mark.parametrize("content", SHAPES.values(), ids=SHAPES)
def test_category_of_mere_text_is_a_folder(content: str) -> None:
    """`category/1408/3932` and `1408/4055` are static pages in category URLs."""
    expected = {"kind": "folder", "title": TITLE, "paragraphs": TEXTS, "leftovers": []}

    assert told(read_list(content, title=TITLE), expected) == expected


BOX = f"<h3>Latest</h3><ul>{cms.news_row(cms.Row('/html1/report/2304/8456-1.htm', 'A story', '2023-03-29'))}</ul>"


@pytest.mark.parametrize("block", ["header", "content1", "content2", "footer"])
@pytest.mark.parametrize("kind", [FOLDER, CATEGORY])
def test_text_is_kept_beside_a_box_of_the_latest_stories(block: str, kind: int) -> None:
    blocks = replace(Blocks(content3=cms.folder(TITLE, TEXT)), **{block: BOX})
    html = document(Node(id=14084104, title=TITLE, type=kind), blocks)
    expected = {"kind": "folder", "title": TITLE, "paragraphs": TEXTS, "leftovers": []}

    found = read(html, url=FOLDER_URL.replace("folder", "category") if kind == CATEGORY else FOLDER_URL)

    assert told(found, expected) == expected
    assert values(found["entries"], "title") == ["A story"]


def test_folder_with_a_frame_around_it_has_its_numbers() -> None:
    html = cms.page(Node(id=14084104, title=TITLE, type=FOLDER), cms.folder(TITLE, TEXT), frame=cms.OF_2025)
    found = read(html, url=FOLDER_URL)

    assert (found["paragraphs"], found["leftovers"]) == (TEXTS, [])
    assert len(values(found["hotlines"], "label")) == 4


def test_series_title_title_and_byline_are_its_text() -> None:
    """`22102/7262` opens with an empty line and has series title, title and byline."""
    content = "<p>&nbsp;</p><p>World Post Day</p><p>A letter to the future</p><p>By Li Hua</p><p>Dear reader,</p>"

    assert read_folder(content, title="World Post Day")["paragraphs"] == [
        "A letter to the future",
        "By Li Hua",
        "Dear reader,",
    ]


def test_overwritten_folder_is_read_as_it_is() -> None:
    """`171067/1220` has the text of 2021 under the node of 2017; nothing doubts it."""
    content = cms.folder("World Post Day 2021", "<p>The theme of 2021 is recovery.</p>")
    html = cms.page(Node(id=1710671220, title="World Post Day 2021", type=FOLDER), content, frame=cms.BARE)
    expected = {"node": 1710671220, "date": None, "paragraphs": ["The theme of 2021 is recovery."], "warnings": []}

    assert told(read(html, url=HOST + path("folder", 1710671220)), expected) == expected


def test_broken_hyphens_of_a_service_page_stay() -> None:
    assert read_folder(cms.folder(TITLE, "<p>serv- -ices</p>"))["paragraphs"] == ["serv- -ices"]


def test_telephone_numbers_of_a_contact_page_are_its_text() -> None:
    found = read_folder(cms.folder(TITLE, "<p>Write to us</p><p>Hotline: 8610 11185</p>"))

    assert found["paragraphs"] == ["Write to us", "Hotline: 8610 11185"]


def test_links_of_a_site_map_are_its_text() -> None:
    links = "".join(f'<p><a href="{path("category", 14084040 + n)}">Column {n}</a></p>' for n in range(3))

    assert read_folder(cms.folder("Sitemap", links), title="Sitemap")["paragraphs"] == [
        "Column 0",
        "Column 1",
        "Column 2",
    ]


def test_folder_of_one_picture_is_kept() -> None:
    found = read_folder(cms.folder(TITLE, cms.picture("/res/x/1.jpg")))

    assert (found["kind"], values(found["images"], "url")) == ("folder", [HOST + "/res/x/1.jpg"])


# --- front pages (§3.3) -----------------------------------------------------------------------------------------------


def test_home_page_is_a_folder_of_lists() -> None:
    found = read(cms_site.home(), url=HOST + "/")

    assert (found["kind"], found["title"], len(values(found["entries"], "url"))) == ("folder", "Home", 10)
    assert found["leftovers"] == []
    assert len(values(found["hotlines"], "label")) == 4


def test_rows_of_a_front_page_have_full_titles_and_dates() -> None:
    row = cms.Row("/html1/report/2304/8456-1.htm", "Autumn oranges leave the Three Gorges by mail drone", "2025-11-07")
    content = cms.front_list([(cms.Row(row.href, row.title, row.date, cms.cut(row.title)), "China Post")], "/more")

    found = read_folder(f'<div><span id="CurrentlyNode">News</span></div>{content}')

    assert found["entries"] == [{"url": HOST + row.href, "title": row.title, "date": "2025-11-07", "serial": None}]


MORE_LINKS = {
    "class-of-its-block": '<p class="more"><a href="/x-1.htm">Whole list</a></p>',
    "class-of-its-own": '<a class="btn-more" href="/x-1.htm">Whole list</a>',
    "label": '<div><a href="/x-1.htm">More</a></div>',
    "label-with-arrows": '<span><a href="/x-1.htm">MORE &gt;&gt;</a></span>',
    "label-read-more": '<a href="/x-1.htm">Read more...</a>',
    "label-chinese": '<a href="/x-1.htm">更多»</a>',
    "arrows": '<a href="/x-1.htm">&gt;&gt;</a>',
    "behind-a-heading": '<a href="/x-1.htm">[More]</a>',
}


@pytest.mark.parametrize("link", MORE_LINKS.values(), ids=MORE_LINKS)
def test_link_to_the_whole_list_is_navigation(link: str) -> None:
    row = cms.news_row(cms.Row("/html1/report/2304/8456-1.htm", "A story", "2023-03-29"))

    found = read_folder(f"<div><b>News</b> {link}</div><ul>{row}</ul>{link}")

    assert (found["title"], found["paragraphs"]) == (TITLE, ["News"])
    assert read_list(f"<ul>{row}</ul>{link}")["leftovers"] == []


@pytest.mark.parametrize(
    ("printed", "leftover"), [(" (in Chinese)</li>", "(in Chinese)"), (" 2023-02-30</li>", "2023-02-30")]
)
def test_what_a_row_shows_beside_its_fields_is_left_over(printed: str, leftover: str) -> None:
    row = cms.news_row(cms.Row("/html1/report/2304/8456-1.htm", "A story", "2023-03-29"))

    found = read_folder(f"<ul>{row.replace('</li>', printed)}</ul><a href='/x-1.htm'>More</a>")

    assert (found["leftovers"], found["paragraphs"]) == ([leftover], [])


def test_headings_of_boxes_are_not_the_title() -> None:
    row = cms.news_row(cms.Row("/html1/report/2304/8456-1.htm", "A story", "2023-03-29"))

    found = read_folder(f"<h2>News</h2><ul>{row}</ul><h2>Stamps</h2><ul>{row}</ul>", title="Home")

    assert (found["title"], found["paragraphs"]) == ("Home", ["News", "Stamps"])


def test_link_of_that_name_in_a_text_is_text() -> None:
    assert read_folder(cms.folder(TITLE, '<p><a href="/x-1.htm">More</a></p>'))["paragraphs"] == ["More"]


def test_rows_with_pictures_on_a_front_page() -> None:
    href = "/html1/report/2304/8456-1.htm"
    picture = (
        f"<a href='{href}' target='_self' title=\"A story\"><img onerror=\"this.style.display='none';\" "
        'src="/res/Home/report/1.jpg" /></a>'
    )
    row = (
        f'<li><span class="pic"><span id=\'ReportIDPicture\'>{picture}</span></span><span class="tit">'
        f"<span id='ReportIDname'><a href='{href}' title=\"A story\">A story</a></span></span></li>"
    )

    found = read_folder(f"<ul class='ul1'>{row}</ul>")

    assert values(found["entries"], "title") == ["A story"]
    assert values(found["images"], "url") == [HOST + "/res/Home/report/1.jpg"]


def test_pictured_link_to_a_node_is_not_a_row() -> None:
    link = (
        "<span><a href='/html1/node/19053494-1.htm' target='_self' title=\"Map\">"
        "<img src='/res/Home/node/19080715.png' alt='Map' /></a></span>"
    )
    found = read_folder(cms.folder(TITLE, TEXT) + link)

    assert found["paragraphs"] == TEXTS
    assert values(found["images"], "url") == [HOST + "/res/Home/node/19080715.png"]


# --- what says nothing ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    ["", "<p>&nbsp;</p>", "<script>var a = 1;</script>", "<style>p {margin: 0}</style>", "<!--nothing-->"],
    ids=["empty", "blank-paragraph", "script", "style", "comment"],
)
def test_empty_folder_is_refused(content: str) -> None:
    with pytest.raises(SoftError, match="empty content region"):
        read_folder(content)


@pytest.mark.parametrize(
    "script",
    [
        "window.location.href='/html1/category/181313/7338-1.htm';",
        'location = "/html1/category/181313/7338-1.htm"',
        "window.location.replace('/x')",
        "top.location.href = '/x'",
    ],
)
def test_folder_that_is_only_a_script_redirect_is_refused(script: str) -> None:
    with pytest.raises(SoftError, match="script redirect"):
        read_folder(f"<script>{script}</script>")


def test_login_folder_is_refused() -> None:
    """§3.3: an empty header and one frame of a login page."""
    blocks = Blocks(content1='<style>a {}</style><iframe src="/jsp/user/login.jsp" width="100%"></iframe>')

    with pytest.raises(SoftError):
        read(document(Node(id=19053473, title="Login", type=FOLDER), blocks), url=HOST + path("folder", 19053473))


def test_page_of_a_kind_without_parser_keeps_its_text() -> None:
    content = f"<h3>视频信息</h3>{CRLF}<p>邮车上的一天</p>"
    html = cms.page(Node(id=20018454, title="邮车上的一天", type=113), content)
    expected = {
        "kind": "unknown",
        "title": "邮车上的一天",
        "paragraphs": ["视频信息", "邮车上的一天"],
        "node": 20018454,
    }

    assert told(read(html, url="http://ctvpost.com/html1/video/2001/8454-1.htm"), expected) == expected


@pytest.mark.parametrize("prefix", ["Node", "Currently"])
def test_category_with_its_own_text_has_no_entries(prefix: str) -> None:
    html = cms.page(Node(id=14084055, title=TITLE, type=CATEGORY), cms.folder(TITLE, TEXT, prefix=prefix))

    assert "entries" not in read(html, url=HOST + path("category", 14084055))


def test_beginnings_of_stories_on_a_front_page_are_text() -> None:
    row = cms.news_row(cms.Row("/html1/report/2304/8456-1.htm", "Vans at last", "2023-03-29"))
    lead = "<span id='ReportIDLogograph'>They leave at dawn.</span>"

    found = read_folder(f"<ul>{row.replace('</li>', f'{lead}</li>')}</ul>")

    assert (values(found["entries"], "title"), found["paragraphs"]) == (["Vans at last"], ["They leave at dawn."])
