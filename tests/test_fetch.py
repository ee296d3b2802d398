"""A good guest: what it asks, when, how often, and that every answer is kept as it came."""

import gzip
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from fakesite import Answer, FakeSite, redirect, unavailable
from postarchive.errors import FetchError, Forbidden, SiteUnavailable, UsageError
from postarchive.fetch import Guest, Limits, cool_down, is_html, redirect_target
from postarchive.models import Capture, Exchange

HOST = "english.chinapost.com.cn"
ROBOTS = f"http://{HOST}/robots.txt"
URL = f"http://{HOST}/html1/report/2304/8456-1.htm"
OTHER_URL = f"http://{HOST}/html1/report/2304/8454-1.htm"
MIRROR_URL = "http://www.chinapostnews.com.cn/html1/report/2304/8456-1.htm"
NOON = datetime(2024, 5, 6, 12, 0, tzinfo=UTC)
DROP = Answer(raw=b"")


@dataclass
class Clock:
    """A clock that sleeping moves on; `is_real` lets real time pass too."""

    is_real: bool = False
    slept: list[float] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def monotonic(self) -> float:
        """Return the seconds slept, and those really passed."""
        return sum(self.slept) + (time.monotonic() - self.began if self.is_real else 0.0)

    def now(self) -> datetime:
        """Return the time of day."""
        return NOON + timedelta(seconds=self.monotonic())

    def sleep(self, seconds: float) -> None:
        """Pass the time at once."""
        assert seconds > 0
        self.slept.append(seconds)


@dataclass
class Visit:
    """A guest at the fake site, the clock it lives by and what it recorded."""

    site: FakeSite
    limits: Limits = field(default_factory=Limits)
    clock: Clock = field(default_factory=Clock)
    exchanges: list[Exchange] = field(default_factory=list)
    cool_downs: dict[str, datetime] = field(default_factory=dict)

    def guest(self) -> Guest:
        """Return a guest that lives by the clock."""
        return Guest(
            self.limits,
            contact="https://archive.example/contact",
            record=self.exchanges.append,
            now=self.clock.now,
            monotonic=self.clock.monotonic,
            sleep=self.clock.sleep,
            jitter=lambda: 0.25,
            cool_downs=self.cool_downs,
        )

    def get(self, *urls: str) -> list[Capture]:
        """Return the answers to the URLs, asked by one guest."""
        with self.guest() as guest:
            return [guest.get(url) for url in urls]

    @property
    def recorded(self) -> list[tuple[str, int]]:
        """Return URL and status of what was recorded, without robots.txt."""
        captures = [exchange.capture for exchange in self.exchanges]
        return [(capture.url, capture.status) for capture in captures if not capture.url.endswith("/robots.txt")]

    @property
    def starts(self) -> list[float]:
        """Return when the recorded requests began, in seconds of the visit."""
        return [(exchange.capture.time - NOON).total_seconds() for exchange in self.exchanges]

    def asked(self, url: str) -> int:
        """Return how often the URL was asked for."""
        return self.site.urls.count(url)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSite]:
    """Play the site as the proxy that the environment names."""
    with FakeSite() as site:
        for name in ("no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("http_proxy", site.proxy_url)
        site.answer(URL, Answer(body=b"<p>news</p>"))
        site.answer(OTHER_URL, Answer(body=b"<p>more news</p>"))
        yield site


@pytest.fixture
def visit(site: FakeSite) -> Visit:
    """Return a visit that has not begun."""
    return Visit(site)


def test_answer_is_returned_as_it_came(visit: Visit) -> None:
    (capture,) = visit.get(URL)

    assert capture == Capture(
        url=URL,
        time=NOON + timedelta(seconds=2),  # after robots.txt
        status=200,
        headers=(("Content-Type", "text/html"), ("Content-Length", "11")),
        body=b"<p>news</p>",
        reason="OK",
    )


def test_every_exchange_is_recorded_once_and_in_order(visit: Visit) -> None:
    visit.site.answer(URL, unavailable(), Answer(body=b"x"))

    visit.get(URL, f"http://{HOST}/missing.htm")

    assert [(e.capture.url, e.capture.status) for e in visit.exchanges] == [
        (ROBOTS, 404),
        (URL, 503),
        (URL, 200),
        (f"http://{HOST}/missing.htm", 404),
    ]


def test_recorded_request_is_the_one_that_was_sent(visit: Visit) -> None:
    visit.get(URL)

    assert visit.exchanges[-1].request == visit.site.requests[-1].raw


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
            record=visit.exchanges.append,
            now=visit.clock.now,
            monotonic=visit.clock.monotonic,
            sleep=visit.clock.sleep,
        )


def test_nothing_is_told_about_other_pages(visit: Visit) -> None:
    visit.site.answer(URL, Answer(headers=(("Set-Cookie", "JSESSIONID=1; Path=/"),)))

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
    visit.site.answer(URL, Answer(body=b"x", etag="E95AE5D074FFC0026BEB20217A5FEFBE"))

    with visit.guest() as guest:
        capture = guest.get(URL, headers=(("If-None-Match", "E95AE5D074FFC0026BEB20217A5FEFBE"),))

    assert (capture.status, capture.body) == (304, b"")


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        pytest.param(Answer(body=b"a" * 3000, gzipped="declared"), gzip.compress(b"a" * 3000, mtime=0), id="gzip"),
        pytest.param(Answer(body=b"a", gzipped="silent"), gzip.compress(b"a", mtime=0), id="gzip undeclared"),
        pytest.param(Answer(body=b"a" * 3000, is_chunked=True), b"a" * 3000, id="chunked"),
        pytest.param(Answer(body=b"until the end", has_length=False), b"until the end", id="no length"),
        pytest.param(Answer(), b"", id="empty"),
    ],
)
def test_body_keeps_its_coding_but_no_chunks(visit: Visit, answer: Answer, body: bytes) -> None:
    visit.site.answer(URL, answer)

    (capture,) = visit.get(URL)

    assert capture.body == body
    assert capture.header("Transfer-Encoding") is None


def test_headers_keep_order_spelling_and_repetition(visit: Visit) -> None:
    lines = b"X-b: 1|x-A: 2|Set-Cookie: a=1|Via: v|set-cookie: b=2|X-Title: \xe9\x82\xae|X-Fold: a| b||body"
    visit.site.answer(URL, Answer(raw=b"HTTP/1.1 200 Very OK\r\n" + lines.replace(b"|", b"\r\n")))

    (capture,) = visit.get(URL)

    assert capture.reason == "Very OK"
    assert capture.headers == (
        ("X-b", "1"),
        ("x-A", "2"),
        ("Set-Cookie", "a=1"),
        ("Via", "v"),
        ("set-cookie", "b=2"),
        ("X-Title", "é\x82®"),
        ("X-Fold", "a b"),
    )


def test_redirect_is_an_answer_of_its_own(visit: Visit) -> None:
    visit.site.answer(URL, replace(redirect("//foreign.example/x"), body=b"moved"))

    (capture,) = visit.get(URL)

    assert (capture.status, capture.body) == (302, b"moved")
    assert visit.asked(URL) == 1


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
def test_url_that_may_not_be_asked_causes_no_request(visit: Visit, url: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        visit.get(url)

    assert visit.site.urls == []


def test_requests_to_a_host_start_apart(visit: Visit) -> None:
    visit.get(URL, OTHER_URL, URL)

    assert visit.starts == [0, 2, 4, 6]


def test_hosts_do_not_wait_for_each_other(visit: Visit) -> None:
    visit.site.answer(MIRROR_URL, Answer(body=b"x"))

    visit.get(URL, MIRROR_URL)

    assert visit.starts == [0, 2, 2, 4]


def test_robots_txt_is_asked_once(visit: Visit) -> None:
    visit.get(URL, OTHER_URL)

    assert visit.asked(ROBOTS) == 1


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
    visit.site.answer(ROBOTS, Answer(body=robots, content_type="text/plain"))

    with pytest.raises(Forbidden, match=r"robots.txt of english.chinapost.com.cn forbids it"):
        visit.get(URL)

    assert visit.asked(URL) == 0


@pytest.mark.parametrize(
    "robots",
    [
        pytest.param(Answer(status=404), id="404"),
        pytest.param(Answer(status=403), id="403"),
        pytest.param(Answer(body=b""), id="empty"),
        pytest.param(Answer(body=b"<html>404</html>"), id="a page"),
        pytest.param(Answer(body=b"User-agent: *\nDisallow: /servlet/"), id="another path"),
        pytest.param(Answer(body=b"User-agent: other\nDisallow: /"), id="another robot"),
        pytest.param(redirect("http://foreign.example/robots.txt"), id="redirect off the list"),
        pytest.param(redirect(ROBOTS), id="redirect to itself"),
        pytest.param(Answer(body=b"#" * (512 << 10) + b"\nUser-agent: *\nDisallow: /"), id="beyond its size limit"),
    ],
)
def test_robots_txt_allows(visit: Visit, robots: Answer) -> None:
    visit.site.answer(ROBOTS, robots)

    (capture,) = visit.get(URL)

    assert capture.status == 200


def test_robots_txt_is_followed_to_another_host(visit: Visit) -> None:
    visit.site.answer(ROBOTS, redirect("http://www.chinapost.com.cn/robots.txt"))
    visit.site.answer("http://www.chinapost.com.cn/robots.txt", Answer(body=b"User-agent: *\nDisallow: /"))

    with pytest.raises(Forbidden):
        visit.get(URL)


@pytest.mark.parametrize("robots", [pytest.param(unavailable(), id="503"), pytest.param(DROP, id="no answer")])
def test_host_without_readable_robots_txt_is_left_alone(visit: Visit, robots: Answer) -> None:
    visit.site.answer(ROBOTS, robots)

    with visit.guest() as guest:
        for url in (URL, OTHER_URL):
            with pytest.raises(SiteUnavailable, match=r"english.chinapost.com.cn: robots.txt cannot be had"):
                guest.get(url)

    assert visit.site.urls == [ROBOTS] * 4


@pytest.mark.parametrize(("delay_seconds", "apart"), [(0, 7), (2, 7), (9, 9)])
def test_crawl_delay_is_obeyed(visit: Visit, delay_seconds: float, apart: float) -> None:
    visit.site.answer(ROBOTS, Answer(body=b"User-agent: *\nCrawl-delay: 7"))
    visit.limits = Limits(delay_seconds=delay_seconds)

    visit.get(URL, OTHER_URL)

    assert visit.starts == [0, apart, 2 * apart]


def test_crawl_delay_of_days_ends_the_visit(visit: Visit) -> None:
    visit.site.answer(ROBOTS, Answer(body=b"User-agent: *\nCrawl-delay: 86400"))

    with pytest.raises(SiteUnavailable, match="asks for 86400 s"):
        visit.get(URL)


def test_stumbling_host_is_asked_again_after_growing_pauses(visit: Visit) -> None:
    visit.limits = Limits(delay_seconds=0)
    visit.site.answer(URL, Answer(status=500), Answer(status=502), Answer(status=504), Answer(body=b"x"))

    (capture,) = visit.get(URL)

    assert capture.body == b"x"
    assert visit.clock.slept == [1.25, 2.25, 4.25]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_last_failure_is_named(visit: Visit, status: int) -> None:
    visit.site.answer(URL, Answer(status=status))

    with pytest.raises(FetchError, match=f"HTTP {status} after 4 attempts"):
        visit.get(URL)

    assert visit.recorded == [(URL, status)] * 4


@pytest.mark.parametrize("status", [400, 403, 404, 410, 501])
def test_other_failures_are_answers(visit: Visit, status: int) -> None:
    visit.site.answer(URL, Answer(status=status))

    assert [capture.status for capture in visit.get(URL)] == [status]
    assert visit.asked(URL) == 1


@pytest.mark.parametrize(
    "retry_after",
    [
        pytest.param("120", id="seconds"),
        pytest.param(format_datetime(NOON + timedelta(seconds=2 + 120), usegmt=True), id="date"),
    ],
)
def test_retry_after_is_waited_for(visit: Visit, retry_after: str) -> None:
    visit.site.answer(URL, unavailable(retry_after), Answer(body=b"x"))

    visit.get(URL)

    assert visit.starts == [0, 2, 122]


def test_retry_after_holds_for_the_whole_host(visit: Visit) -> None:
    visit.limits = Limits(attempts=1)
    visit.site.answer(URL, unavailable("60"))

    with visit.guest() as guest:
        with pytest.raises(FetchError):
            guest.get(URL)
        guest.get(OTHER_URL)

    assert visit.starts == [0, 2, 62]


def test_long_retry_after_is_not_waited_for_but_remembered(visit: Visit) -> None:
    visit.site.answer(URL, unavailable("3600"))
    until = NOON + timedelta(seconds=3602)

    with visit.guest() as guest:
        for url in (URL, OTHER_URL):
            with pytest.raises(FetchError, match="left alone until 2024-05-06 13:00:02 UTC"):
                guest.get(url)

    assert guest.cool_downs == {HOST: until}
    assert visit.site.urls == [ROBOTS, URL]


def test_cool_down_of_an_earlier_run_is_kept(visit: Visit) -> None:
    visit.cool_downs = {HOST: NOON + timedelta(days=1)}

    with pytest.raises(FetchError, match="left alone until 2024-05-07"):
        visit.get(URL)

    assert visit.site.urls == []


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        pytest.param(Answer(body=b"short", missing_bytes=5), "5 more expected", id="short body"),
        pytest.param(Answer(body=b"reset" * 99, reset_after_bytes=9), "reset", id="reset"),
        pytest.param(DROP, "closed", id="closed"),
        pytest.param(
            Answer(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nx"), "cut off", id="cut chunk"
        ),
        pytest.param(Answer(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "zz", id="bad chunk"),
        pytest.param(Answer(raw=b"SSH-2.0-OpenSSH\r\n"), "SSH", id="another protocol"),
        pytest.param(Answer(raw=b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300000), "262144", id="endless header line"),
        pytest.param(Answer(raw=b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 50000), "262144", id="endless headers"),
        pytest.param(Answer(raw=b"HTTP/1.1 200 OK\r\nX: x\r\n"), "Incomplete", id="cut head"),
        pytest.param(Answer(raw=b"<html>no head, as HTTP 0.9 had it</html>"), "html", id="HTTP 0.9"),
        pytest.param(Answer(raw=b"HTTP/2 200 OK\r\n\r\nbody"), "HTTP/2", id="HTTP 2"),
        pytest.param(
            Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
            "unlike values",
            id="two lengths",
        ),
    ],
)
def test_answer_that_is_not_whole_is_tried_again_and_not_recorded(visit: Visit, answer: Answer, problem: str) -> None:
    visit.site.answer(URL, answer)

    with pytest.raises(FetchError, match=f"{problem}.* after 4 attempts"):
        visit.get(URL)

    assert visit.asked(URL) == 4
    assert visit.recorded == []


def test_second_attempt_can_succeed_after_a_cut(visit: Visit) -> None:
    visit.site.answer(URL, Answer(body=b"short", missing_bytes=5), Answer(body=b"whole"))

    assert [capture.body for capture in visit.get(URL)] == [b"whole"]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Answer(body=b"x" * 1001), id="announced"),
        pytest.param(Answer(is_endless=True), id="endless"),
        pytest.param(Answer(is_endless=True, is_chunked=True), id="endless chunks"),
    ],
)
def test_oversized_answer_is_given_up_at_once(visit: Visit, answer: Answer) -> None:
    visit.limits = Limits(max_body_bytes=1000)
    visit.site.answer(URL, answer)

    with pytest.raises(FetchError, match="larger than 1000 bytes"):
        visit.get(URL)

    assert visit.asked(URL) == 1


def test_body_of_exactly_the_limit_is_kept(visit: Visit) -> None:
    visit.limits = Limits(max_body_bytes=1000)
    visit.site.answer(URL, Answer(body=b"x" * 1000))

    assert [len(capture.body) for capture in visit.get(URL)] == [1000]


@pytest.mark.parametrize("is_chunked", [False, True], ids=["plain", "chunked"])
def test_dripping_body_ends_at_the_deadline(visit: Visit, *, is_chunked: bool) -> None:
    visit.clock = Clock(is_real=True)
    visit.limits = Limits(total_seconds=0.3)
    visit.site.answer(URL, Answer(body=b"drip" * 99, drip_seconds=0.02, is_chunked=is_chunked))

    with pytest.raises(FetchError, match=r"no whole response within 0.3 s"):
        visit.get(URL)

    assert visit.asked(URL) == 1


def test_slow_headers_end_at_the_deadline(visit: Visit) -> None:
    visit.clock = Clock(is_real=True)
    visit.limits = Limits(total_seconds=0.3)
    visit.site.answer(URL, Answer(raw=b"HTTP/1.1 200 OK\r\n" + b"X: slow\r\n" * 99, drip_seconds=0.02))

    with pytest.raises(FetchError, match=r"no whole response within 0.3 s"):
        visit.get(URL)

    assert visit.asked(URL) == 1


@dataclass
class HastyClock(Clock):
    """A clock on which each look takes two seconds: a minute passes while some bytes come."""

    looks: int = 0

    def monotonic(self) -> float:
        """Return the seconds slept, and two for each look."""
        self.looks += 1
        return super().monotonic() + 2.0 * self.looks


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Answer(body=b"trickle" * 99, drip_seconds=0.002), id="body"),
        pytest.param(Answer(raw=b"HTTP/1.1 200 OK\r\n" + b"X:y\r\n" * 99, drip_seconds=0.002), id="headers"),
    ],
)
def test_trickle_is_given_up_after_a_minute(visit: Visit, answer: Answer) -> None:
    visit.clock = HastyClock()
    visit.limits = Limits(total_seconds=3600.0)
    visit.site.answer(URL, answer)

    with pytest.raises(FetchError, match=r"less than 10 bytes a second for 60 s"):
        visit.get(URL)

    assert visit.asked(URL) == 1


def test_slow_but_steady_body_is_kept(visit: Visit) -> None:
    visit.clock = HastyClock()
    visit.limits = Limits(total_seconds=3600.0, slow_bytes_per_second=0.1)
    visit.site.answer(URL, Answer(body=b"steady" * 20, drip_seconds=0.002))

    assert [capture.body for capture in visit.get(URL)] == [b"steady" * 20]


def test_connection_is_used_again_but_not_after_what_nobody_asked_for(visit: Visit) -> None:
    visit.site.answer(URL, Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbodyHTTP/1.1 200 EVIL\r\n\r\n"))

    captures = visit.get(OTHER_URL, URL, OTHER_URL)

    assert [capture.body for capture in captures] == [b"<p>more news</p>", b"body", b"<p>more news</p>"]


def test_password_of_a_proxy_is_no_evidence(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", visit.site.proxy_url.replace("//", "//me:secret@"))

    visit.get(URL)

    sent = visit.site.requests[-1].raw
    assert b"Proxy-Authorization: Basic" in sent
    kept = [line for line in sent.splitlines(keepends=True) if not line.startswith(b"Proxy-")]
    assert visit.exchanges[-1].request == b"".join(kept)


def test_silent_host_times_out(visit: Visit) -> None:
    visit.limits = Limits(timeout_seconds=0.1, attempts=2)
    visit.site.answer(URL, Answer(is_silent=True))

    with pytest.raises(FetchError, match="timed out after 2 attempts"):
        visit.get(URL)


def test_nobody_at_the_address_is_a_fetch_error(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    with pytest.raises(SiteUnavailable, match="refused after 4 attempts"):
        visit.get(URL)


@pytest.mark.parametrize(
    "header", [("If-None-Match", "a\r\nX-Evil: 1"), ("If-None-Match", "邮票")], ids=["line break", "not Latin-1"]
)
def test_header_that_cannot_be_sent_is_refused(visit: Visit, header: tuple[str, str]) -> None:
    with visit.guest() as guest, pytest.raises(FetchError, match="cannot be asked"):
        guest.get(URL, headers=(header,))

    assert visit.asked(URL) == 0


def test_ten_failures_in_a_row_end_the_visit(visit: Visit) -> None:
    visit.limits = Limits(attempts=2)
    urls = [f"http://{HOST}/{number}.htm" for number in range(10)]
    for url in urls:
        visit.site.answer(url, DROP)

    with visit.guest() as guest:
        for url in urls[:9]:
            with pytest.raises(FetchError):
                guest.get(url)
        with pytest.raises(SiteUnavailable, match="10 requests in a row failed"):
            guest.get(urls[9])
        with pytest.raises(SiteUnavailable):
            guest.get(URL)

    assert visit.asked(URL) == 0


def test_success_between_failures_starts_the_count_anew(visit: Visit) -> None:
    visit.limits = Limits(attempts=1)
    bad = f"http://{HOST}/bad.htm"
    visit.site.answer(bad, Answer(status=500))

    with visit.guest() as guest:
        for url in [bad] * 9 + [URL] + [bad] * 9:
            _ignore_failure(guest.get, url)
        capture = guest.get(URL)

    assert capture.status == 200


def _ignore_failure(get: Callable[[str], Capture], url: str) -> None:
    try:
        get(url)
    except FetchError:
        return


def answer_of(status: int, *headers: tuple[str, str]) -> Capture:
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
    assert redirect_target(answer_of(status, ("Location", location))) == target


def test_redirect_without_location_has_no_target() -> None:
    assert redirect_target(answer_of(302)) is None


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
    assert is_html(answer_of(200, ("Content-Type", content_type))) is expected


def test_answer_without_media_type_may_be_a_page() -> None:
    assert is_html(answer_of(200))


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
    assert cool_down(answer_of(status, ("Retry-After", retry_after))) == until
