"""One request and its response: whole or not at all, to the byte, and within its time."""

import gzip
import re
import ssl
from dataclasses import dataclass
from datetime import timedelta

import pytest
from requests import PreparedRequest

from fakesite import Response
from postarchive.errors import FetchError, SiteUnavailable
from postarchive.fetch import Limits
from postarchive.fetch.connections import PLAIN
from postarchive.fetch.tap import TappedResponse
from postarchive.fetch.wire import Wire
from postarchive.models import Capture
from visiting import DROP, NOON, OTHER_URL, URL, Clock, Visit


def certificate_error(message: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, f"[SSL: CERTIFICATE_VERIFY_FAILED] {message} (_ssl.c:1006)")
    error.verify_message = message
    return error


def tls_error(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, f"[SSL: {reason}] (_ssl.c:1006)")
    error.reason = reason
    return error


def test_response_is_returned_as_it_came(visit: Visit) -> None:
    (capture,) = visit.get(URL)

    assert capture == Capture(
        url=URL,
        time=NOON + timedelta(seconds=2),  # after robots.txt
        status=200,
        headers=(("Content-Type", "text/html"), ("Content-Length", "11")),
        body=b"<p>news</p>",
        reason="OK",
    )


def test_recorded_request_is_the_one_that_was_sent(visit: Visit) -> None:
    visit.get(URL)

    assert visit.exchanges[-1].request == visit.site.requests[-1].raw


def test_headers_of_one_request_are_not_those_of_the_next(visit: Visit) -> None:
    with visit.guest() as guest:
        visit.fetch(guest, URL)
        visit.fetch(guest, OTHER_URL, headers=(("If-None-Match", '"1"'), ("Accept", "text/plain")))
        visit.fetch(guest, URL)

    first, second, third = (exchange.request for exchange in visit.exchanges[-3:])
    assert b'If-None-Match: "1"\r\n' in second
    assert b"Accept: text/plain\r\n" in second
    assert first == third


@pytest.mark.parametrize(
    ("url", "is_plain"),
    [
        pytest.param("http://english.chinapost.com.cn/html1/report/2304/8456-1.htm", True, id="page"),
        pytest.param("http://english.chinapost.com.cn/", True, id="front page"),
        pytest.param("https://www.chinapostnews.com.cn/a/_b/-c/", True, id="folder"),
        pytest.param("http://1.2.3.4/a", True, id="number"),
        pytest.param("http://english.chinapost.com.cn", False, id="no path"),
        pytest.param("http://english.chinapost.com.cn/a/../b", False, id="dots"),
        pytest.param("http://english.chinapost.com.cn/a//b", False, id="two slashes"),
        pytest.param("http://English.chinapost.com.cn/a", False, id="capitals"),
        pytest.param("http://english.chinapost.com.cn/a?b=%e4", False, id="query"),
        pytest.param("http://english.chinapost.com.cn/邮", False, id="Chinese"),
    ],
)
def test_url_that_is_sent_as_it_is_is_one_that_requests_leaves_alone(url: str, *, is_plain: bool) -> None:
    request = PreparedRequest()
    request.prepare_url(url, None)

    assert bool(PLAIN.fullmatch(url)) == is_plain
    assert not is_plain or request.url == url


@pytest.mark.parametrize(
    ("response", "body"),
    [
        pytest.param(Response(body=b"a" * 3000, gzipped="declared"), gzip.compress(b"a" * 3000, mtime=0), id="gzip"),
        pytest.param(Response(body=b"a", gzipped="silent"), gzip.compress(b"a", mtime=0), id="gzip undeclared"),
        pytest.param(Response(body=b"a" * 3000, is_chunked=True), b"a" * 3000, id="chunked"),
        pytest.param(Response(body=b"until the end", has_length=False), b"until the end", id="no length"),
        pytest.param(Response(), b"", id="empty"),
    ],
)
def test_body_keeps_its_coding_but_no_chunks(visit: Visit, response: Response, body: bytes) -> None:
    visit.site.answer(URL, response)

    (capture,) = visit.get(URL)

    assert capture.body == body
    assert capture.header("Transfer-Encoding") is None


def test_headers_keep_order_spelling_and_repetition(visit: Visit) -> None:
    lines = b"X-b: 1|x-A: 2|Set-Cookie: a=1|Via: v|set-cookie: b=2|X-Title: \xe9\x82\xae|X-Fold: a| b||body"
    visit.site.answer(URL, Response(raw=b"HTTP/1.1 200 Very OK\r\n" + lines.replace(b"|", b"\r\n")))

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


@pytest.mark.parametrize(
    ("response", "problem"),
    [
        pytest.param(Response(body=b"short", missing_bytes=5), "cut off: 5 of 10 bytes", id="short body"),
        pytest.param(Response(body=b"reset" * 99, reset_after_bytes=9), "reset", id="reset"),
        pytest.param(DROP, "closed", id="closed"),
        pytest.param(
            Response(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nx"), "cut off", id="cut chunk"
        ),
        pytest.param(
            Response(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "zz", id="bad chunk"
        ),
        pytest.param(Response(raw=b"SSH-2.0-OpenSSH\r\n"), "SSH", id="another protocol"),
        pytest.param(Response(raw=b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300000), "262144", id="endless header line"),
        pytest.param(Response(raw=b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 50000), "262144", id="endless headers"),
        pytest.param(Response(raw=b"HTTP/1.1 200 OK\r\nX: x\r\n"), "the head is cut off after 23 bytes", id="cut head"),
        pytest.param(Response(raw=b"<html>no head, as HTTP 0.9 had it</html>"), "html", id="HTTP 0.9"),
        pytest.param(Response(raw=b"HTTP/2 200 OK\r\n\r\nbody"), "HTTP/2", id="HTTP 2"),
        pytest.param(
            Response(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
            "unlike values",
            id="two lengths",
        ),
    ],
)
def test_incomplete_response_is_retried_and_not_recorded(visit: Visit, response: Response, problem: str) -> None:
    visit.site.answer(URL, response)

    with pytest.raises(FetchError, match=f"{problem}.* after 4 attempts"):
        visit.get(URL)

    assert visit.requested(URL) == 4
    assert visit.recorded == []


def test_second_attempt_can_succeed_after_a_cut(visit: Visit) -> None:
    visit.site.answer(URL, Response(body=b"short", missing_bytes=5), Response(body=b"whole"))

    assert [capture.body for capture in visit.get(URL)] == [b"whole"]


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(Response(body=b"x" * 1001), id="announced"),
        pytest.param(Response(is_endless=True), id="endless"),
        pytest.param(Response(is_endless=True, is_chunked=True), id="endless chunks"),
    ],
)
def test_oversized_response_is_given_up_at_once(visit: Visit, response: Response) -> None:
    visit.limits = Limits(max_body_bytes=1000)
    visit.site.answer(URL, response)

    with pytest.raises(FetchError, match="larger than 1000 bytes"):
        visit.get(URL)

    assert visit.requested(URL) == 1


def test_body_of_exactly_the_limit_is_kept(visit: Visit) -> None:
    visit.limits = Limits(max_body_bytes=1000)
    visit.site.answer(URL, Response(body=b"x" * 1000))

    assert [len(capture.body) for capture in visit.get(URL)] == [1000]


@pytest.mark.parametrize("is_chunked", [False, True], ids=["plain", "chunked"])
def test_dripping_body_ends_at_the_deadline(visit: Visit, *, is_chunked: bool) -> None:
    visit.clock = Clock(is_real=True)
    visit.limits = Limits(total_seconds=0.3)
    visit.site.answer(URL, Response(body=b"drip" * 99, drip_seconds=0.02, is_chunked=is_chunked))

    with pytest.raises(FetchError, match=r"no complete response within 0.3 s"):
        visit.get(URL)

    assert visit.requested(URL) == 1


def test_slow_headers_end_at_the_deadline(visit: Visit) -> None:
    visit.clock = Clock(is_real=True)
    visit.limits = Limits(total_seconds=0.3)
    visit.site.answer(URL, Response(raw=b"HTTP/1.1 200 OK\r\n" + b"X: slow\r\n" * 99, drip_seconds=0.02))

    with pytest.raises(FetchError, match=r"no complete response within 0.3 s"):
        visit.get(URL)

    assert visit.requested(URL) == 1


@dataclass
class HastyClock(Clock):
    """A clock on which each look takes two seconds: a minute passes while some bytes come."""

    looks: int = 0

    def monotonic(self) -> float:
        """Return the seconds slept, and two for each look."""
        self.looks += 1
        return super().monotonic() + 2.0 * self.looks


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(Response(body=b"trickle" * 99, drip_seconds=0.002), id="body"),
        pytest.param(Response(raw=b"HTTP/1.1 200 OK\r\n" + b"X:y\r\n" * 99, drip_seconds=0.002), id="headers"),
    ],
)
def test_trickle_is_given_up_after_a_minute(visit: Visit, response: Response) -> None:
    visit.clock = HastyClock()
    visit.limits = Limits(total_seconds=3600.0)
    visit.site.answer(URL, response)

    with pytest.raises(FetchError, match=r"less than 10 bytes a second for 60 s"):
        visit.get(URL)

    assert visit.requested(URL) == 1


def test_slow_but_steady_body_is_kept(visit: Visit) -> None:
    visit.clock = HastyClock()
    visit.limits = Limits(total_seconds=3600.0, slow_bytes_per_second=0.1)
    visit.site.answer(URL, Response(body=b"steady" * 20, drip_seconds=0.002))

    assert [capture.body for capture in visit.get(URL)] == [b"steady" * 20]


def test_connection_is_reused_unless_it_has_unrequested_bytes(visit: Visit) -> None:
    visit.site.answer(URL, Response(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbodyHTTP/1.1 200 EVIL\r\n\r\n"))

    captures = visit.get(OTHER_URL, URL, OTHER_URL)

    assert [capture.body for capture in captures] == [b"<p>more news</p>", b"body", b"<p>more news</p>"]


HINT = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: 4\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        pytest.param(1000 * HINT + OK + LENGTH + b"\r\nbody", b"body", id="a thousand hints before it"),
        pytest.param(OK + LENGTH + LENGTH + b"\r\nbody", b"body", id="a length said twice"),
        pytest.param(OK + LENGTH + CHUNKED + b"\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n", b"body", id="length and chunks"),
        pytest.param(OK + CHUNKED + b"\r\n4;x=\xff\r\nbody\r\n0\r\nX: \0\r\n\r\n", b"body", id="chunks with a trailer"),
        pytest.param(OK + b"X\0-\x07: \x1b[31m\0\r\n" + LENGTH + b"\r\nbody", b"body", id="control characters"),
        pytest.param(OK.replace(b"\r", b"") + b"Content-Length: 4\n\nbody", b"body", id="lines end in LF"),
        pytest.param(OK + b"Content-Length: -4\r\n\r\nbody", b"body", id="a negative length"),
        pytest.param(b"HTTP/1.1 204 None\r\n" + LENGTH + b"\r\nbody", b"", id="204 with a body"),
        pytest.param(b"HTTP/1.1 304 Same\r\n" + LENGTH + b"\r\nbody", b"", id="304 with a body"),
        pytest.param(b"HTTP/1.1 206 Part\r\n" + LENGTH + b"\r\nbody", b"body", id="206 that nobody asked for"),
    ],
)
def test_response_in_odd_form_is_kept_to_the_byte_and_the_next_is_its_own(
    visit: Visit, raw: bytes, body: bytes
) -> None:
    visit.site.answer(URL, Response(raw=raw))

    captures = visit.get(OTHER_URL, URL, OTHER_URL)

    assert [capture.body for capture in captures] == [b"<p>more news</p>", body, b"<p>more news</p>"]
    odd = next(exchange for exchange in visit.exchanges if exchange.capture.url == URL)
    assert raw.removesuffix(b"" if body else b"body") == odd.interim + odd.capture.head + odd.capture.sent


def test_password_of_a_proxy_is_not_evidence(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", visit.site.proxy_url.replace("//", "//me:secret@"))

    visit.get(URL)

    sent = visit.site.requests[-1].raw
    assert b"Proxy-Authorization: Basic" in sent
    kept = [line for line in sent.splitlines(keepends=True) if not line.startswith(b"Proxy-")]
    assert visit.exchanges[-1].request == b"".join(kept)


def test_proxy_is_looked_up_once_and_holds_for_the_visit(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    with visit.guest() as guest:
        visit.fetch(guest, URL)
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
        visit.fetch(guest, OTHER_URL)

    assert visit.recorded == [(URL, 200), (OTHER_URL, 200)]


def test_invalid_proxy_url_is_reported(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://")

    with pytest.raises(SiteUnavailable, match=r"proxy URL.* after 4 attempts"):
        visit.get(URL)


def test_cookie_is_not_sent_back(visit: Visit) -> None:
    visit.site.answer(URL, Response(raw=b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nContent-Length: 0\r\n\r\n"))

    visit.get(URL, OTHER_URL)

    assert b"ookie" not in visit.site.requests[-1].raw


@pytest.mark.parametrize(
    ("error", "told", "attempts"),
    [
        (certificate_error("certificate has expired"), "certificate is not valid: certificate has expired", 1),
        (
            tls_error("WRONG_VERSION_NUMBER"),
            "no complete response: TLS failed: wrong version number after 4 attempts",
            4,
        ),
        (TimeoutError("_ssl.c:989: The handshake operation timed out"), "timed out after 4 attempts", 4),
    ],
    ids=["certificate", "no TLS", "silence"],
)
def test_what_is_wrong_with_tls_is_reported_and_a_certificate_is_not_tried_again(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, error: OSError, told: str, attempts: int
) -> None:
    requested: list[str | None] = []

    def send(_: Wire, request: PreparedRequest) -> TappedResponse:
        requested.append(request.url)
        raise ConnectionError from error

    monkeypatch.setattr(Wire, "_send", send)

    with pytest.raises(SiteUnavailable, match=re.escape(told)):
        visit.get(URL)
    assert len(requested) == attempts


def test_silent_host_times_out(visit: Visit) -> None:
    visit.limits = Limits(timeout_seconds=0.1, attempts=2)
    visit.site.answer(URL, Response(is_silent=True))

    with pytest.raises(FetchError, match="timed out after 2 attempts"):
        visit.get(URL)
