"""The address grammar of SITE.md §2 and the allow-list of §1."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from postarchive import urls
from postarchive.errors import Forbidden, UsageError
from postarchive.models import Address

ENGLISH = "english.chinapost.com.cn"
WWW = "www.chinapost.com.cn"

ADDRESSES = {
    f"http://{ENGLISH}/html1/report/2304/8456-1.htm": Address(ENGLISH, "report", 23048456),
    f"http://{ENGLISH}/html1/category/17026/254-3.htm": Address(ENGLISH, "category", 170260254, 3),
    f"http://{ENGLISH}/html1/report/190687/7291-1.htm": Address(ENGLISH, "report", 1906877291),
    f"http://{ENGLISH}/html1/stamp/1613/171-1.htm": Address(ENGLISH, "stamp", 16130171),
    f"http://{ENGLISH}/html1/report/2211/14-1.htm": Address(ENGLISH, "report", 22110014),
    f"http://{ENGLISH}/html/report/2304/8456-1.htm": Address(ENGLISH, "report", 23048456),
    f"http://{ENGLISH}/html0/report/2304/8456-1.htm": Address(ENGLISH, "report", 23048456),
    "http://stampprint.chinapost.com.cn/xhtml1/report/19091/5169-1.htm": Address(
        "stampprint.chinapost.com.cn", "report", 190915169
    ),
    f"https://{WWW}/cn/report/2609/1176-1.htm": Address(WWW, "report", 26091176),
    f"https://{WWW}/cn/report/2306/11864-1.html": Address(WWW, "report", 230611864),
    f"https://{WWW}/cn/category/1813/137338-1.htm": Address(WWW, "category", 1813137338),
    f"https://{WWW}/html1/category/181313/7338-1.htm": Address(WWW, "category", 1813137338),
    f"https://{WWW}/en/report/2609/1176-1.htm": Address(WWW, "report", 26091176),
    f"http://{ENGLISH}/html1/param/1906/1184-1node=19061184&em=0&language=1.htm": Address(ENGLISH, "param", 19061184),
    f"http://{ENGLISH}/html/report/19092499-1.htm": Address(ENGLISH, "report", 19092499),
    f"http://{ENGLISH}/html/Home/report/19092499-2.htm": Address(ENGLISH, "report", 19092499, 2),
    f"http://{ENGLISH}/html/Home/node/19053494-1.htm": Address(ENGLISH, "node", 19053494),
    f"http://{ENGLISH}/html/Home/node/19053494-7.htm": Address(ENGLISH, "node", 19053494),
    f"http://{ENGLISH}/servlet/Node?node=23048456&language=1&pos=2": Address(ENGLISH, "node", 23048456, 2),
    f"http://{ENGLISH}/servlet/Node?node=23048456": Address(ENGLISH, "node", 23048456),
    "http://duhpanda.com/hr/22053/5869-1.html": None,
    "http://ENGLISH.chinapost.com.cn./html1/report/2304/8456-1.htm": Address(ENGLISH, "report", 23048456),
    f"http://{ENGLISH}:80/html1/report/2304/8456-1.htm?x=1#top": Address(ENGLISH, "report", 23048456),
    f"http://{ENGLISH}/html1/report/2304/8456-0.htm": Address(ENGLISH, "report", 23048456),
    f"http://{ENGLISH}/": None,
    f"http://{ENGLISH}/html1/report/2304/8456.htm": None,
    f"http://{ENGLISH}/html1/report/23/8456-1.htm": None,
    f"http://{ENGLISH}/html1/report/999999/9999-1.htm": None,
    f"http://{ENGLISH}/res/chinaposten/2304/23040001.jpg": None,
    f"http://{ENGLISH}/servlet/Node?node=x": None,
    f"http://{ENGLISH}/servlet/Node?node=²³048456": None,
    "http://www.chinapostnews.com.cn/newspaper/epaper/html/2021-11/12/content_137775.htm": None,
    "/html1/report/2304/8456-1.htm": None,
    "http://[broken": None,
    "not a url": None,
    "": None,
}


@pytest.mark.parametrize(("url", "address"), ADDRESSES.items(), ids=ADDRESSES)
def test_url_names_its_node(url: str, address: Address | None) -> None:
    assert urls.parse_address(url) == address


def test_same_node_in_both_grammars() -> None:
    """§2.3: the new grammar splits after four digits."""
    old = urls.parse_address(f"http://{WWW}/html1/category/181313/7338-1.htm")
    new = urls.parse_address(f"http://{WWW}/cn/category/1813/137338-1.htm")

    assert old == new


NODES = st.integers(urls.MIN_NODE, urls.MAX_NODE)


@settings(derandomize=True, deadline=None, database=None)
@given(node=NODES, sheet=st.integers(1, 99_999), kind=st.sampled_from(["report", "stamp", "category", "folder"]))
def test_static_url_is_read_back(node: int, sheet: int, kind: str) -> None:
    address = Address(ENGLISH, kind, node, sheet)

    assert urls.parse_address(urls.static_url(address)) == address


@settings(derandomize=True, deadline=None, database=None)
@given(node=NODES, sheet=st.integers(1, 99_999))
def test_dynamic_url_is_read_back(node: int, sheet: int) -> None:
    found = urls.parse_address(urls.dynamic_url(Address(ENGLISH, "report", node, sheet)))

    assert found == Address(ENGLISH, "node", node, sheet)


@settings(derandomize=True, deadline=None, database=None)
@given(text=st.text(max_size=60))
@example(text=" #")
@example(text=" ?\u3000#")
def test_any_text_is_an_address_or_not(text: str) -> None:
    for url in (text, f"http://{ENGLISH}/{text}", f"http://{text}/html1/report/2304/8456-1.htm"):
        urls.parse_address(url)
        urls.is_allowed(url)
        assert urls.normalize(urls.normalize(url)) == urls.normalize(url)


MARKS = ("http://", "https:", "//", "/", "[", "]", ":", "::1", "@", "?", "#", "%", ";", "..", "\ud800", "\x00", "\n")
WORDS = (
    "／",
    "℀",
    "9" * 5000,
    "-1",
    "²",
    "node=",
    ENGLISH,
    "/html1/report/2304/8456-1.htm",
    "/servlet/Node?node=23048456",
)
URL_PIECES = st.sampled_from(MARKS + WORDS)
ODD_URLS = st.one_of(st.lists(URL_PIECES, max_size=8).map("".join), st.text(max_size=60))


@settings(derandomize=True, deadline=None, database=None, max_examples=400)
@given(base=ODD_URLS, url=ODD_URLS)
def test_no_text_in_place_of_a_url_is_a_surprise(base: str, url: str) -> None:
    for text in (url, urls.resolve(base, url), urls.resolve(None, url)):
        assert urls.normalize(urls.normalize(text)) == urls.normalize(text)
        urls.split(text)
        urls.parse_address(text)
        urls.path_of(text)
        urls.may_be_page(text)
        urls.site_of(urls.host_of(text))
        if urls.is_allowed(text):
            assert urls.is_allowed(urls.normalize(text))


# --- normal form and links --------------------------------------------------------------------------------------------

NORMAL = {
    "HTTP://English.ChinaPost.com.cn/Html1/X-1.htm": "http://english.chinapost.com.cn/Html1/X-1.htm",
    "http://english.chinapost.com.cn": "http://english.chinapost.com.cn/",
    "http://english.chinapost.com.cn:80/a#b": "http://english.chinapost.com.cn/a",
    "https://english.chinapost.com.cn:443/a": "https://english.chinapost.com.cn/a",
    "http://english.chinapost.com.cn:8080/a": "http://english.chinapost.com.cn:8080/a",
    "http://english.chinapost.com.cn./a?b=c": "http://english.chinapost.com.cn/a?b=c",
    "  http://english.chinapost.com.cn/a  ": "http://english.chinapost.com.cn/a",
    "no url": "no url",
    "http://[::1]/a": "http://[::1]/a",
    "http://[broken.jpg": "http://[broken.jpg",
    "http://chinapost／com.cn/a": "http://chinapost／com.cn/a",
    f"http://{ENGLISH}:{'9' * 5000}/a": f"http://{ENGLISH}:{'9' * 5000}/a",
    f"http://{ENGLISH}:x/a": f"http://{ENGLISH}:x/a",
}


@pytest.mark.parametrize(("url", "expected"), NORMAL.items(), ids=[url[:60] for url in NORMAL])
def test_normal_form_of_a_url(url: str, expected: str) -> None:
    assert urls.normalize(url) == expected


BASE = f"http://{ENGLISH}/html1/category/1408/4050-1.htm"
LINKS = {
    "/html1/report/2304/8456-1.htm": f"http://{ENGLISH}/html1/report/2304/8456-1.htm",
    "../../report/2304/8456-1.htm": f"http://{ENGLISH}/html1/report/2304/8456-1.htm",
    "../2304/8456-1.htm": f"http://{ENGLISH}/html1/category/2304/8456-1.htm",
    "./4050-2.htm": f"http://{ENGLISH}/html1/category/1408/4050-2.htm",
    "4050-2.htm": f"http://{ENGLISH}/html1/category/1408/4050-2.htm",
    "//www.chinapost.com.cn/a": "http://www.chinapost.com.cn/a",
    "https://example.org/a?b&c": "https://example.org/a?b&c",
    "/Attchs.do?act=down&attch=x": f"http://{ENGLISH}/Attchs.do?act=down&attch=x",
    " /html1/report/\r\n2304/8456-1.htm ": f"http://{ENGLISH}/html1/report/2304/8456-1.htm",
    "/a//b/../c": f"http://{ENGLISH}/a//c",
    "http://[broken": "http://[broken",
    "": BASE,
}


@pytest.mark.parametrize(("reference", "expected"), LINKS.items(), ids=LINKS)
def test_link_is_resolved_against_its_page(reference: str, expected: str) -> None:
    assert urls.resolve(BASE, reference) == expected


def test_link_of_a_page_without_url_stays_as_printed() -> None:
    assert urls.resolve(None, " ../a.htm\r\n") == "../a.htm"


# --- the allow-list ---------------------------------------------------------------------------------------------------

ALLOWED = (
    f"http://{ENGLISH}/",
    "http://www.chinapostnews.com.cn/html1/report/2304/8456-1.htm",
    f"https://{WWW}/cn/report/2609/1176-1.htm",
    "http://qh.chinapost.com.cn:80/",
    "https://english.chinapost.com.cn:443/",
    "http://ENGLISH.CHINAPOST.COM.CN/",
    "http://english.chinapost.com.cn./",
)
FORBIDDEN = (
    "http://www.clpbe.cn/html1/report/1907/1067-1.htm",
    "http://www.jayselway.com/html1/report/2101/7251-1.htm",
    "http://m.lesensen.com/html1/report/24081/5208-1.htm",
    "http://chinapost.com.cn/",
    "http://english.chinapost.com.cn.example.org/",
    "http://xenglish.chinapost.com.cn/",
    "http://english.chinapost.com.cn@example.org/",
    "http://user:word@english.chinapost.com.cn/",
    "http://english.chinapost.com.cn:8080/",
    "https://english.chinapost.com.cn:80/",
    "http://english.chinapost.com.cn:x/",
    "ftp://english.chinapost.com.cn/",
    "file://english.chinapost.com.cn/etc/passwd",
    "http://127.0.0.1/",
    "http://example.org/?http://english.chinapost.com.cn/",
)


@pytest.mark.parametrize("url", ALLOWED)
def test_host_of_china_post_may_be_requested(url: str) -> None:
    urls.check_allowed(url)

    assert urls.is_allowed(url)


@pytest.mark.parametrize("url", FORBIDDEN)
def test_other_host_port_scheme_or_password_is_not_allowed(url: str) -> None:
    with pytest.raises(Forbidden):
        urls.check_allowed(url)

    assert not urls.is_allowed(url)


@pytest.mark.parametrize(
    "url", ["", "english.chinapost.com.cn", "/html1/report/2304/8456-1.htm", "http://[x", "http:///a"]
)
def test_invalid_url_is_a_usage_error(url: str) -> None:
    with pytest.raises(UsageError, match="not a URL"):
        urls.check_allowed(url)


def test_english_host_and_mirror_are_one_site() -> None:
    assert {urls.site_of(host) for host in urls.ENGLISH_HOSTS} == {urls.ENGLISH}
    assert len(urls.ENGLISH_HOSTS) == 2


def test_unknown_host_is_its_own_site() -> None:
    assert urls.site_of("www.clpbe.cn") == "www.clpbe.cn"


def test_start_url_is_allowed() -> None:
    assert urls.is_allowed(urls.START_URL)


# --- the links of a page ----------------------------------------------------------------------------------------------

PAGE_URLS = (
    f"http://{ENGLISH}/html1/report/2304/8456-1.htm",
    "HTTP://English.ChinaPost.com.cn:80/html1/report/2304/8456-1.htm",
    f"https://{WWW}/cn/report/2609/1176-1.htm",
    f"http://{ENGLISH}./",
    f"http://{ENGLISH}:8080/",
    f"http://user@{ENGLISH}/",
    "http://www.example.com/html1/report/2304/8456-1.htm",
    "http://[broken",
    "",
)
HREFS = (
    "/html1/report/2304/8456-1.htm",
    "/html1/report/2304/8456-1.htm#top",
    "/html1/report/0999/8456-1.htm",
    "/html1/report/214749/8456-1.htm",
    "/html1/report/2304/84567-1.htm",
    "/html1/REPORT/2304/8456-01.htm",
    "/html1/report/２３０４/8456-1.htm",
    " /html1/report/2304/8456-2.htm\n",
    "/html/report/23048456-1.htm",
    "8457-1.htm",
    "../2305/1-1.htm",
    "/res/a.pdf",
    "/",
    "",
    "?a=1",
    "//www.chinapost.com.cn/html1/report/2304/8456-1.htm",
    "//www.example.com/html1/report/2304/8456-1.htm",
    "//www.example.com",
    "//..",
    f"http://{WWW}/html1/report/2304/8456-1.htm",
    f"http://{WWW}./html1/report/2304/8456-1.htm",
    f"http://{WWW.upper()}/html1/report/2304/8456-1.htm",
    f"http://{WWW}:80/html1/report/2304/8456-1.htm",
    f"http://{WWW}",
    "http://www.example.com/html1/report/2304/8456-1.htm",
    "http://www.example.com",
    "http://[broken",
    "http:/html1/report/2304/8456-1.htm",
    "javascript:alert(1)",
)


def links_one_by_one(base: str, links: tuple[str, ...]) -> list[str]:
    """Return the links to pages by the rule as it is written down."""
    resolved = (urls.normalize(urls.resolve(base, link)) for link in links)
    return list(dict.fromkeys(url for url in resolved if urls.may_be_page(url) and urls.is_allowed(url)))


@pytest.mark.parametrize("base", PAGE_URLS)
def test_links_of_a_page_are_those_that_lead_to_pages(base: str) -> None:
    assert list(urls.page_links(base, HREFS)) == links_one_by_one(base, HREFS)


@settings(max_examples=50)
@given(st.sampled_from(PAGE_URLS), st.lists(st.text("/html1reportcn.:-0123456789#? ２é\t@[]", max_size=40), max_size=5))
def test_no_link_is_read_otherwise_by_a_shorter_way(base: str, links: list[str]) -> None:
    found = tuple(
        f"{before}{link}" for link in links for before in ("", "/html1/report/", f"http://{WWW}", "http://", "//")
    )

    assert list(urls.page_links(base, found)) == links_one_by_one(base, found)


@settings(max_examples=100)
@given(
    st.sampled_from(("http://", "https://", "HTTP://", "ftp://", "//")),
    st.text("abA1.-:@[]", max_size=12),
    st.text("/aZ0._-~%?#;&= é\t", max_size=20),
)
def test_plain_url_is_read_as_any_other(scheme: str, host: str, path: str) -> None:
    url = f"{scheme}{host}/{path}"
    parts = urls.split(url)

    assert urls.normalize(url) == urls._normalized(url)  # noqa: SLF001 - the long way
    assert urls.path_of(url) == (parts.path if parts else "")
    assert urls.host_of(url) == ((parts.hostname if parts else None) or "").lower().rstrip(".")


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        pytest.param("http://english.chinapost.com.cn/html1/report/2304/8456-1.htm", f"http://{ENGLISH}", id="plain"),
        pytest.param("http://english.chinapost.com.cn/", f"http://{ENGLISH}", id="front page"),
        pytest.param("http://english.chinapost.com.cn", f"http://{ENGLISH}", id="no path"),
        pytest.param("http://english.chinapost.com.cn/a?b=http://other.example/c", f"http://{ENGLISH}", id="query"),
        pytest.param("HTTP://English.ChinaPost.com.cn:80/a", f"http://{ENGLISH}", id="usual port, capitals"),
        pytest.param("http://english.chinapost.com.cn./a", f"http://{ENGLISH}", id="dot behind the host"),
        pytest.param("https://english.chinapost.com.cn/a", f"https://{ENGLISH}", id="https"),
        pytest.param("http://127.0.0.1:8001/a", "http://127.0.0.1:8001", id="port"),
        pytest.param("http://[broken/a", "", id="no URL"),
        pytest.param("mailto:a@b.example", "", id="no host"),
    ],
)
def test_origin_of_a_url(url: str, origin: str) -> None:
    assert urls.origin_of(url) == origin
