"""What may be requested: which URLs and hosts, and what their robots.txt says."""

from dataclasses import replace

import pytest

from archiving import (
    HOME,
    HOST,
    MIRROR_ROBOTS,
    MIRROR_SEED,
    OTHER,
    ROBOTS,
    SEED,
    STAMP,
    Archivist,
)
from collecting import DISALLOW, FAILED, NEW
from fakesite import FakeSite, Response
from postarchive.collect import fetch_urls
from postarchive.errors import (
    SiteUnavailable,
    UsageError,
)
from postarchive.models import FetchResult, Outcome

pytestmark = pytest.mark.usefixtures("site")


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://www.example.com/", id="stranger"),
        pytest.param("http://english.chinapost.com.cn.example.com/", id="stranger that looks like it"),
        pytest.param("http://english.chinapost.com.cn:8080/", id="port"),
        pytest.param("http://user:word@english.chinapost.com.cn/", id="password"),
        pytest.param("ftp://english.chinapost.com.cn/", id="scheme"),
        pytest.param("file:///etc/passwd", id="file"),
        pytest.param("english.chinapost.com.cn", id="bare host"),
        pytest.param("http://[broken", id="broken"),
        pytest.param("", id="nothing"),
        pytest.param(f"{HOME}a page.htm", id="blank"),
        pytest.param(f"{HOME}a\x01b", id="control character"),
        pytest.param(f"{HOME}\udcff", id="no UTF-8"),
    ],
)
def test_disallowed_url_stores_nothing(site: FakeSite, archivist: Archivist, url: str) -> None:
    with pytest.raises(UsageError):
        archivist.fetch(SEED, url)

    assert site.urls == []
    assert not archivist.folder.exists()


@pytest.mark.parametrize("contact", ["https://spider.example", "two\r\nlines", "邮政"])
def test_contact_that_cannot_be_sent_stores_nothing(archivist: Archivist, contact: str) -> None:
    options = replace(archivist.options, contact=contact)

    with pytest.raises(UsageError):
        list(fetch_urls(archivist.folder, [SEED], options=options))

    assert not archivist.folder.exists()


def test_host_whose_robots_txt_fails_is_not_requested_but_others_are(site: FakeSite, archivist: Archivist) -> None:
    site.answer(ROBOTS, Response(status=503))
    seen: list[FetchResult] = []

    with pytest.raises(SiteUnavailable, match=HOST):
        seen.extend(fetch_urls(archivist.folder, [SEED, OTHER, MIRROR_SEED], options=archivist.options))

    assert set(site.urls) == {ROBOTS, MIRROR_ROBOTS, MIRROR_SEED}
    assert [line.outcome for line in seen] == [Outcome.FAILED, Outcome.FAILED, Outcome.NEW]
    assert archivist.rows("SELECT url FROM pages") == [(MIRROR_SEED,)]


def test_every_page_of_an_unavailable_host_has_its_line(site: FakeSite, archivist: Archivist) -> None:
    site.answer(ROBOTS, Response(status=503))
    results = fetch_urls(archivist.folder, [SEED, MIRROR_SEED], options=archivist.options)

    lines = [next(results), next(results)]

    assert [(line.url, line.outcome) for line in lines] == [(SEED, FAILED), (MIRROR_SEED, NEW)]
    with pytest.raises(SiteUnavailable):
        next(results)
    assert archivist.rows("SELECT ended IS NULL FROM runs") == [(0,)]


def test_page_that_robots_txt_forbids_is_not_requested(site: FakeSite, archivist: Archivist) -> None:
    site.answer(ROBOTS, DISALLOW)

    forbidden, allowed = archivist.fetch(SEED, STAMP)

    assert (forbidden.outcome, allowed.outcome) == (FAILED, NEW)
    assert "robots.txt" in (forbidden.detail or "")
    assert SEED not in site.urls


def test_ten_failures_in_a_row_end_the_requests_to_a_host(site: FakeSite, archivist: Archivist) -> None:
    urls = [f"{HOME}html1/report/2304/{number}-1.htm" for number in range(1, 16)]
    for url in urls:
        site.answer(url, Response(raw=b""))

    with pytest.raises(SiteUnavailable, match="in a row"):
        archivist.fetch(*urls)

    assert set(urls) - set(site.urls) == set(urls[10:])
