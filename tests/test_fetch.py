"""A good guest: what it requests, when and how often, and that every exchange is handed over as it happens."""

import gzip
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from fakesite import Response, redirect, unavailable
from postarchive.errors import FetchError, Forbidden, SiteUnavailable, UsageError
from postarchive.fetch import Guest, Limits, cool_down, is_html, redirect_target
from postarchive.models import Capture
from visiting import DROP, HOST, MIRROR_URL, NOON, ORIGIN, OTHER_URL, ROBOTS, URL, Visit


def test_every_exchange_is_recorded_once_and_in_order(visit: Visit) -> None:
    visit.site.answer(URL, unavailable(), Response(body=b"x"))

    visit.get(URL, f"http://{HOST}/missing.htm")

    assert [(e.capture.url, e.capture.status) for e in visit.exchanges] == [
        (ROBOTS, 404),
        (URL, 503),
        (URL, 200),
        (f"http://{HOST}/missing.htm", 404),
    ]


def test_guest_says_who_it_is(visit: Visit) -> None:
    visit.get(URL)

    name = visit.site.requests[-1].header("User-Agent") or ""
    assert name.startswith("postarchive/")
    assert name.endswith("(+https://archive.example/contact)")
    assert not {word for word in ("bot", "spider") if word in name.lower()}


def test_contact_that_makes_the_site_lie_is_refused(visit: Visit) -> None:
    with pytest.raises(UsageError, match="spider"):
        Guest(
            visit.limits,
            contact="https://spider.example",
            now=visit.clock.now,
            monotonic=visit.clock.monotonic,
            sleep=visit.clock.sleep,
        )


def test_other_pages_are_not_mentioned(visit: Visit) -> None:
    visit.site.answer(URL, Response(headers=(("Set-Cookie", "JSESSIONID=1; Path=/"),)))

    visit.get(URL, OTHER_URL)

    last = visit.site.requests[-1]
    assert (last.header("Cookie"), last.header("Referer")) == (None, None)


def test_password_file_is_not_used(visit: Visit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {HOST} login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))

    visit.get(URL)

    assert visit.site.requests[-1].header("Authorization") is None


def test_validators_are_sent_as_they_are(visit: Visit) -> None:
    visit.site.answer(URL, Response(body=b"x", etag="E95AE5D074FFC0026BEB20217A5FEFBE"))

    with visit.guest() as guest:
        capture = visit.fetch(guest, URL, headers=(("If-None-Match", "E95AE5D074FFC0026BEB20217A5FEFBE"),))

    assert (capture.status, capture.body) == (304, b"")


def test_redirect_is_a_response_of_its_own(visit: Visit) -> None:
    visit.site.answer(URL, replace(redirect("//foreign.example/x"), body=b"moved"))

    (capture,) = visit.get(URL)

    assert (capture.status, capture.body) == (302, b"moved")
    assert visit.requested(URL) == 1


@pytest.mark.parametrize(
    ("url", "error"),
    [
        pytest.param("http://foreign.example/", Forbidden, id="foreign host"),
        pytest.param(f"http://me:secret@{HOST}/", Forbidden, id="password"),
        pytest.param(f"ftp://{HOST}/", Forbidden, id="scheme"),
        pytest.param("html1/report", UsageError, id="no URL"),
        pytest.param(f"http://{HOST}/a\r\nX-Evil: 1", UsageError, id="line break"),
    ],
)
def test_disallowed_url_causes_no_request(visit: Visit, url: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        visit.get(url)

    assert visit.site.urls == []


def test_requests_to_a_host_start_apart(visit: Visit) -> None:
    visit.get(URL, OTHER_URL, URL)

    assert visit.starts == [0, 2, 4, 6]


def test_hosts_do_not_wait_for_each_other(visit: Visit) -> None:
    visit.site.answer(MIRROR_URL, Response(body=b"x"))

    visit.get(URL, MIRROR_URL)

    assert visit.starts == [0, 2, 2, 4]


def test_robots_txt_is_requested_once(visit: Visit) -> None:
    visit.get(URL, OTHER_URL)

    assert visit.requested(ROBOTS) == 1


@pytest.mark.parametrize(
    "robots",
    [
        pytest.param(b"User-agent: *\nDisallow: /html1/", id="everyone"),
        pytest.param(b"User-agent: *\nAllow: /\n\nUser-agent: PostArchive\nDisallow: /html1/", id="us by name"),
        pytest.param(b"\xef\xbb\xbfUser-agent: *\nDisallow: /", id="byte order mark"),
        pytest.param(gzip.compress(b"User-agent: *\nDisallow: /"), id="gzip"),
        pytest.param(b"# \xff\xfe\nUser-agent: *\nDisallow: /", id="no UTF-8"),
    ],
)
def test_robots_txt_forbids(visit: Visit, robots: bytes) -> None:
    visit.site.answer(ROBOTS, Response(body=robots, content_type="text/plain"))

    with pytest.raises(Forbidden, match=r"robots.txt of english.chinapost.com.cn forbids it"):
        visit.get(URL)

    assert visit.requested(URL) == 0


@pytest.mark.parametrize(
    "robots",
    [
        pytest.param(Response(status=404), id="404"),
        pytest.param(Response(status=403), id="403"),
        pytest.param(Response(body=b""), id="empty"),
        pytest.param(Response(body=b"<html>404</html>"), id="a page"),
        pytest.param(Response(body=b"User-agent: *\nDisallow: /servlet/"), id="another path"),
        pytest.param(Response(body=b"User-agent: other\nDisallow: /"), id="another robot"),
        pytest.param(redirect("http://foreign.example/robots.txt"), id="redirect off the list"),
        pytest.param(redirect(ROBOTS), id="redirect to itself"),
        pytest.param(Response(body=b"#" * (512 << 10) + b"\nUser-agent: *\nDisallow: /"), id="beyond its size limit"),
    ],
)
def test_robots_txt_allows(visit: Visit, robots: Response) -> None:
    visit.site.answer(ROBOTS, robots)

    (capture,) = visit.get(URL)

    assert capture.status == 200


def test_robots_txt_is_followed_to_another_host(visit: Visit) -> None:
    visit.site.answer(ROBOTS, redirect("http://www.chinapost.com.cn/robots.txt"))
    visit.site.answer("http://www.chinapost.com.cn/robots.txt", Response(body=b"User-agent: *\nDisallow: /"))

    with pytest.raises(Forbidden):
        visit.get(URL)


@pytest.mark.parametrize("robots", [pytest.param(unavailable(), id="503"), pytest.param(DROP, id="no response")])
def test_host_without_readable_robots_txt_is_left_alone(visit: Visit, robots: Response) -> None:
    visit.site.answer(ROBOTS, robots)

    with visit.guest() as guest:
        for url in (URL, OTHER_URL):
            with pytest.raises(SiteUnavailable, match=r"english.chinapost.com.cn: robots.txt cannot be fetched"):
                visit.fetch(guest, url)

    assert visit.site.urls == [ROBOTS] * 4


@pytest.mark.parametrize(("delay_seconds", "apart"), [(0, 7), (2, 7), (9, 9)])
def test_crawl_delay_is_obeyed(visit: Visit, delay_seconds: float, apart: float) -> None:
    visit.site.answer(ROBOTS, Response(body=b"User-agent: *\nCrawl-delay: 7"))
    visit.limits = Limits(delay_seconds=delay_seconds)

    visit.get(URL, OTHER_URL)

    assert visit.starts == [0, apart, 2 * apart]


def test_crawl_delay_of_days_ends_the_visit(visit: Visit) -> None:
    visit.site.answer(ROBOTS, Response(body=b"User-agent: *\nCrawl-delay: 86400"))

    with pytest.raises(SiteUnavailable, match="asks for 86400 s"):
        visit.get(URL)


def test_stumbling_host_is_retried_after_growing_pauses(visit: Visit) -> None:
    visit.limits = Limits(delay_seconds=0)
    visit.site.answer(URL, Response(status=500), Response(status=502), Response(status=504), Response(body=b"x"))

    (capture,) = visit.get(URL)

    assert capture.body == b"x"
    assert visit.clock.slept == [1.25, 2.25, 4.25]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_last_failure_is_named(visit: Visit, status: int) -> None:
    visit.site.answer(URL, Response(status=status))

    with pytest.raises(FetchError, match=f"HTTP {status} after 4 attempts"):
        visit.get(URL)

    assert visit.recorded == [(URL, status)] * 4


@pytest.mark.parametrize("status", [400, 403, 404, 410, 501])
def test_other_failures_are_responses(visit: Visit, status: int) -> None:
    visit.site.answer(URL, Response(status=status))

    assert [capture.status for capture in visit.get(URL)] == [status]
    assert visit.requested(URL) == 1


@pytest.mark.parametrize(
    "retry_after",
    [
        pytest.param("120", id="seconds"),
        pytest.param(format_datetime(NOON + timedelta(seconds=2 + 120), usegmt=True), id="date"),
    ],
)
def test_retry_after_is_waited_for(visit: Visit, retry_after: str) -> None:
    visit.site.answer(URL, unavailable(retry_after), Response(body=b"x"))

    visit.get(URL)

    assert visit.starts == [0, 2, 122]


def test_retry_after_holds_for_the_whole_host(visit: Visit) -> None:
    visit.limits = Limits(attempts=1)
    visit.site.answer(URL, unavailable("60"))

    with visit.guest() as guest:
        with pytest.raises(FetchError):
            visit.fetch(guest, URL)
        visit.fetch(guest, OTHER_URL)

    assert visit.starts == [0, 2, 62]


def test_long_retry_after_is_not_waited_for_but_remembered(visit: Visit) -> None:
    visit.site.answer(URL, unavailable("3600"))
    until = NOON + timedelta(seconds=3602)

    with visit.guest() as guest:
        for url in (URL, OTHER_URL):
            with pytest.raises(FetchError, match="left alone until 2024-05-06 13:00:02 UTC"):
                visit.fetch(guest, url)

    assert guest.cool_downs == {ORIGIN: until}
    assert visit.site.urls == [ROBOTS, URL]


def test_cool_down_of_an_earlier_run_is_kept(visit: Visit) -> None:
    visit.cool_downs = {ORIGIN: NOON + timedelta(days=1)}

    with pytest.raises(FetchError, match="left alone until 2024-05-07"):
        visit.get(URL)

    assert visit.site.urls == []


def test_https_that_cannot_be_reached_says_nothing_of_http(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")

    with visit.guest() as guest:
        for number in range(11):
            with pytest.raises(SiteUnavailable, match=rf"https://{HOST}: robots.txt cannot be fetched"):
                visit.fetch(guest, f"https://{HOST}/{number}.htm")
        assert visit.fetch(guest, URL).status == 200


def test_cool_down_is_that_of_an_origin(visit: Visit) -> None:
    visit.cool_downs = {f"https://{HOST}": NOON + timedelta(days=1)}

    assert [capture.status for capture in visit.get(URL)] == [200]


def test_exchange_is_handed_over_before_the_next_request(visit: Visit) -> None:
    visit.site.answer(URL, unavailable(), Response(body=b"x"))

    with visit.guest() as guest:
        requested = [(exchange.capture.status, len(visit.site.urls)) for exchange in guest.fetch(URL)]

    assert requested == [(404, 1), (503, 2), (200, 3)]


@pytest.mark.parametrize(
    "header", [("If-None-Match", "a\r\nX-Evil: 1"), ("If-None-Match", "邮票")], ids=["line break", "not Latin-1"]
)
def test_header_that_cannot_be_sent_is_refused(visit: Visit, header: tuple[str, str]) -> None:
    with visit.guest() as guest, pytest.raises(FetchError, match="cannot be requested"):
        visit.fetch(guest, URL, headers=(header,))

    assert visit.requested(URL) == 0


def test_ten_failures_in_a_row_end_the_visit(visit: Visit) -> None:
    visit.limits = Limits(attempts=2)
    urls = [f"http://{HOST}/{number}.htm" for number in range(10)]
    for url in urls:
        visit.site.answer(url, DROP)

    with visit.guest() as guest:
        for url in urls[:9]:
            with pytest.raises(FetchError):
                visit.fetch(guest, url)
        with pytest.raises(SiteUnavailable, match="10 requests in a row failed"):
            visit.fetch(guest, urls[9])
        with pytest.raises(SiteUnavailable):
            visit.fetch(guest, URL)

    assert visit.requested(URL) == 0


def test_success_between_failures_resets_the_count(visit: Visit) -> None:
    visit.limits = Limits(attempts=1)
    bad = f"http://{HOST}/bad.htm"
    visit.site.answer(bad, Response(status=500))

    with visit.guest() as guest:
        for url in [bad] * 9 + [URL] + [bad] * 9:
            _ignore_failure(visit, guest, url)
        capture = visit.fetch(guest, URL)

    assert capture.status == 200


def _ignore_failure(visit: Visit, guest: Guest, url: str) -> None:
    with suppress(FetchError):
        visit.fetch(guest, url)


def response_of(status: int, *headers: tuple[str, str]) -> Capture:
    return Capture(URL, NOON, status, headers, b"")


@pytest.mark.parametrize(
    ("status", "location", "target"),
    [
        pytest.param(301, "/", f"http://{HOST}/", id="path"),
        pytest.param(
            302, "https://www.chinapost.com.cn/x?a=1#b", "https://www.chinapost.com.cn/x?a=1#b", id="absolute"
        ),
        pytest.param(307, "8456-2.htm", f"http://{HOST}/html1/report/2304/8456-2.htm", id="relative"),
        pytest.param(308, "/邮".encode().decode("latin-1"), f"http://{HOST}/%E9%82%AE", id="UTF-8 bytes"),
        pytest.param(302, "/caf\xe9 x", f"http://{HOST}/caf%C3%A9%20x", id="Latin-1 bytes"),
        pytest.param(302, "/a%20b", f"http://{HOST}/a%20b", id="already encoded"),
        pytest.param(302, "", None, id="empty"),
        pytest.param(200, "/", None, id="no redirect"),
        pytest.param(304, "/", None, id="not modified"),
        pytest.param(302, "http://[broken", "http://[broken", id="no URL"),
    ],
)
def test_redirect_target(status: int, location: str, target: str | None) -> None:
    assert redirect_target(response_of(status, ("Location", location))) == target


def test_redirect_without_location_has_no_target() -> None:
    assert redirect_target(response_of(302)) is None


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("text/html", True),
        ("TEXT/HTML ; charset=utf-8", True),
        ("application/xhtml+xml", True),
        ("", True),
        ("application/pdf", False),
        ("text/plain", False),
    ],
)
def test_media_type_of_a_page(content_type: str, *, expected: bool) -> None:
    assert is_html(response_of(200, ("Content-Type", content_type))) is expected


def test_response_without_media_type_may_be_a_page() -> None:
    assert is_html(response_of(200))


@pytest.mark.parametrize(
    ("status", "retry_after", "until"),
    [
        pytest.param(503, "90", NOON + timedelta(seconds=90), id="seconds"),
        pytest.param(429, "Mon, 06 May 2024 12:05:00 GMT", NOON + timedelta(minutes=5), id="date"),
        pytest.param(503, "Mon, 06 May 2024 12:05:00 -0000", NOON + timedelta(minutes=5), id="date without zone"),
        pytest.param(503, "9" * 5000, NOON + timedelta(days=7), id="for ever"),
        pytest.param(503, "Fri, 31 Dec 9999 23:59:59 GMT", NOON + timedelta(days=7), id="end of time"),
        pytest.param(503, "Fri, 31 Dec 9999 23:59:59 -2300", NOON + timedelta(days=7), id="beyond the calendar"),
        pytest.param(503, "Mon, 06 May 99999999999999999999 12:05:00 GMT", None, id="year of many digits"),
        pytest.param(503, "Mon, 06 May 2024 12:05:00 +99999999999", None, id="zone of many digits"),
        pytest.param(503, "soon", None, id="nonsense"),
        pytest.param(503, "-5", None, id="negative"),
        pytest.param(503, "²", None, id="no digit"),
        pytest.param(503, "", None, id="empty"),
        pytest.param(200, "90", None, id="no trouble"),
    ],
)
def test_cool_down(status: int, retry_after: str, until: datetime | None) -> None:
    assert cool_down(response_of(status, ("Retry-After", retry_after))) == until
