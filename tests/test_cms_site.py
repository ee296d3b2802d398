"""The fixtures are what the page writer writes, and the English site is whole: every link leads somewhere."""

import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

import cms
import cms_newer
import cms_site
import cms_variants

FIXTURES = Path(__file__).parent.parent / "fixtures"
ENGLISH = cms_site.english_site()
ASSETS = ("/res/", "/tea/", "/Attchs.do")
CAPTURED: frozenset[str] = frozenset()  # fixtures that came from the site itself, such as html/<host>/<path>
LINK = re.compile(r"""<a href=["']([^"']+)["']""")


@pytest.mark.parametrize(
    ("folder", "files"),
    [
        pytest.param(
            f"html/{cms_site.HOST}", {name: html.encode() for name, html in ENGLISH.items()}, id="english site"
        ),
        pytest.param("html", cms_variants.other_hosts(), id="other hosts"),
        pytest.param("odd", cms_variants.odd(), id="odd pages"),
        pytest.param("newer", cms_newer.fixtures(), id="newer build"),
    ],
)
def test_fixtures_are_what_the_writer_writes(folder: str, files: dict[str, bytes]) -> None:
    stored = {name: (FIXTURES / folder / name).read_bytes() for name in files}

    assert [name for name in files if stored[name] != files[name]] == []


def test_fixture_without_a_writer_is_a_captured_one() -> None:
    written = {f"html/{cms_site.HOST}/{name}" for name in ENGLISH}
    written |= {f"html/{name}" for name in cms_variants.other_hosts()}
    written |= {f"odd/{name}" for name in cms_variants.odd()}
    written |= {f"newer/{name}" for name in cms_newer.fixtures()}

    stored = {str(file.relative_to(FIXTURES)) for file in FIXTURES.rglob("*.htm*") if file.suffix != ".json"}

    assert stored - written == CAPTURED


def test_link_of_the_english_site_leads_to_a_page_of_it() -> None:
    assert {name: missing for name in ENGLISH if (missing := missing_targets(name))} == {}


def missing_targets(name: str) -> set[str]:
    """Return the paths to which a page leads and where nothing is."""
    targets = {urlsplit(urljoin(f"http://{cms_site.HOST}/{name}", href)) for href in LINK.findall(ENGLISH[name])}
    paths = {target.path.lstrip("/") or "index.htm" for target in targets if target.hostname == cms_site.HOST}
    return {path for path in paths if path not in ENGLISH and not f"/{path}".startswith(ASSETS)}


def test_every_english_page_can_be_reached_from_home() -> None:
    reached, waiting = set(), ["index.htm"]
    while waiting:
        name = waiting.pop()
        if name not in reached and name in ENGLISH:
            reached.add(name)
            hrefs = LINK.findall(ENGLISH[name])
            waiting += [urlsplit(urljoin(f"http://{cms_site.HOST}/{name}", href)).path.lstrip("/") for href in hrefs]

    assert set(ENGLISH) - reached == set()


def test_page_has_the_line_ends_of_the_cms() -> None:
    assert [name for name, html in ENGLISH.items() if "\n" in html.replace("\r\n", "")] == []
    ended = re.compile(r"<!--CMS-01,\d{13}--></body></html>$")
    assert [name for name, html in ENGLISH.items() if not ended.search(html)] == []


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("The XXI INCOSAI", "The XXI INCOSAI"),
        ("Children’s Games(Ⅰ)", "Children’s Games(Ⅰ)"),
        ("Scroll of Bathing Horses", "Scroll of Bathing Horses..."),
        ("Court Ladies Preparing Newly-Woven Silk", "Court Ladies Preparing Newly-Woven Silk..."),
        ("Protection of Consumer Rights and Interests", "Protection of Consumer Rights and Intere..."),
        ("20th Anniversary of Hong Kong’s return to the Motherland", "20th Anniversary of Hong Kong’s return ..."),
        ("一" * 19 + "a二三四", "一" * 19 + "a..."),
    ],
)
def test_list_title_is_cut_at_forty_units_of_width(title: str, shown: str) -> None:
    assert cms.cut(title) == shown


def test_pager_in_the_middle_is_the_one_of_the_site_to_the_byte() -> None:
    pager = cms.pager("/html1/category/1/2", 3, 10, cms.CHINESE)

    head, _, tail = pager.partition("<a href='/html1/category/1/2-4.htm'>4</a> ")
    assert head == (
        "<li id='PageNum'><!--{total:10}--><a href='/html1/category/1/2-1.htm' id='CBFirst'>最前</a> "
        "<a href='/html1/category/1/2-2.htm' id=CBPrev>上一页</a> <a href='/html1/category/1/2-1.htm'>1</a> "
        "<a href='/html1/category/1/2-2.htm'>2</a> <span class=current>3</span> "
    )
    assert tail.endswith(
        "<a href='/html1/category/1/2-10.htm'>10</a> <a href='/html1/category/1/2-4.htm' id='CBNext'>下一页</a> "
        "<a href='/html1/category/1/2-10.htm' id='CBLast'>最后</a> <span id='go'><input size='4' maxlength='4' "
        "mask='int' /><input type='button' value='GO' onclick=\"disabled=true;window.open("
        "'/html1/category/1/2-1.htm'.replace('-1','-'+Math.min(parseInt(previousSibling.value)||1,10)),'_self')\"/>"
        "</span></li>"
    )


@pytest.mark.parametrize(
    ("current", "total", "numbers"),
    [(1, 3, range(1, 4)), (12, 40, range(7, 17)), (2, 40, range(1, 11)), (40, 40, range(31, 41)), (1, 1, range(0))],
)
def test_pager_shows_a_window_of_ten(current: int, total: int, numbers: range) -> None:
    pager = cms.pager("/x", current, total, cms.ENGLISH)

    assert [int(number) for number in re.findall(r">(\d+)</", pager)] == list(numbers)
