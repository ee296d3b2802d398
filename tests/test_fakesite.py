"""The fake site misbehaves exactly as configured, and leaves nothing running."""

import gzip
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import requests

from fakesite import FIXTURES, FakeSite, Response, etag_of, redirect, unavailable

HOME = "http://english.chinapost.com.cn/"
SEED = f"{HOME}html1/report/2304/8456-1.htm"
PAGE = f"{HOME}html1/report/2501/7-1.htm"
Get = Callable[..., requests.Response]


@pytest.fixture
def site() -> Iterator[FakeSite]:
    with FakeSite(FIXTURES) as running:
        yield running


@pytest.fixture
def session(site: FakeSite) -> Iterator[requests.Session]:
    with requests.Session() as proxied:
        proxied.trust_env = False  # else NO_PROXY could lead a test to the real site
        proxied.proxies = {"http": site.proxy_url, "https": site.proxy_url}
        yield proxied


@pytest.fixture
def get(session: requests.Session) -> Get:
    def ask(url: str, **headers: str) -> requests.Response:
        return session.get(url, headers=headers, timeout=3, allow_redirects=False)

    return ask


def test_page_of_the_folder_is_served_through_the_proxy(get: Get) -> None:
    response = get(SEED)

    assert response.content == (FIXTURES / SEED.removeprefix("http://")).read_bytes()
    assert response.headers["Content-Type"] == "text/html"
    assert response.headers["ETag"] == etag_of(response.content)


def test_home_page_is_the_index_of_its_host(get: Get) -> None:
    assert get(HOME).content == (FIXTURES / "english.chinapost.com.cn" / "index.htm").read_bytes()


def test_plain_request_gets_the_english_host(site: FakeSite) -> None:
    connection = http.client.HTTPConnection(site.netloc, timeout=3)
    connection.request("GET", "/html1/report/2304/8456-1.htm")

    assert connection.getresponse().status == 200
    assert site.urls == [SEED]

    connection.close()


def test_request_is_seen_with_its_headers(site: FakeSite, get: Get) -> None:
    before = time.monotonic()

    get(SEED, **{"X-Asked-By": "a test"})

    (seen,) = site.requests
    assert (seen.method, seen.url, seen.header("x-asked-by")) == ("GET", SEED, "a test")
    assert before <= seen.time <= time.monotonic()


@pytest.mark.parametrize("path", ["robots.txt", "html1/report/2501/7-1.htm", "html1/../../README.md"])
def test_unknown_path_is_not_found(get: Get, path: str) -> None:
    response = get(HOME + path)

    assert response.status_code == 404
    assert "/servlet/Node?node=" in response.text


def test_missing_picture_with_referer_has_an_empty_body(get: Get) -> None:
    response = get(f"{HOME}res/chinaposten/1.jpg", Referer=SEED)

    assert (response.status_code, response.content) == (404, b"")


def test_dynamic_form_serves_the_same_page(get: Get) -> None:
    assert get(f"{HOME}servlet/Node?node=23048456&language=1&pos=1").content == get(SEED).content


def test_removed_page_is_gone_in_both_forms(site: FakeSite, get: Get) -> None:
    site.remove(SEED)

    assert get(SEED).status_code == 404
    assert get(f"{HOME}servlet/Node?node=23048456&language=1&pos=1").status_code == 404


def test_edited_page_has_a_new_validator(site: FakeSite, get: Get) -> None:
    old = get(SEED).headers["ETag"]

    site.edit(SEED, b"<p>new</p>")

    assert get(SEED, **{"If-None-Match": old}).content == b"<p>new</p>"


def test_page_without_a_folder_is_what_was_put_there() -> None:
    with FakeSite() as site, requests.Session() as session:
        session.trust_env = False
        site.edit(PAGE, b"<p>alone</p>")

        response = session.get(f"{HOME}servlet/Node?node=25010007", proxies={"http": site.proxy_url}, timeout=3)

        assert response.content == b"<p>alone</p>"


@pytest.mark.parametrize(("sent", "status"), [("{}", 304), ('"{}"', 200), ("W/{}", 200)])
def test_only_an_exact_validator_is_not_modified(get: Get, sent: str, status: int) -> None:
    etag = get(SEED).headers["ETag"]

    assert get(SEED, **{"If-None-Match": sent.format(etag)}).status_code == status


def test_responses_come_in_turn_and_the_last_repeats(site: FakeSite, get: Get) -> None:
    site.answer(SEED, unavailable(retry_after="2"), Response(body=b"well"))

    first, *others = (get(SEED) for _ in range(3))

    assert (first.status_code, first.headers["Retry-After"]) == (503, "2")
    assert [response.text for response in others] == ["well", "well"]


def test_no_responses_bring_the_page_back(site: FakeSite, get: Get) -> None:
    site.answer(SEED, Response(status=500))

    site.answer(SEED)

    assert get(SEED).status_code == 200


def test_redirect_names_its_target_as_configured(site: FakeSite, get: Get) -> None:
    site.answer(PAGE, redirect("../../x.htm", 301))

    response = get(PAGE)

    assert (response.status_code, response.headers["Location"]) == (301, "../../x.htm")


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(Response(body=b"text" * 900, gzipped="declared"), id="gzip"),
        pytest.param(Response(body=b"text" * 900, is_chunked=True), id="chunked"),
        pytest.param(Response(body=b"text" * 900, gzipped="declared", is_chunked=True), id="gzip and chunked"),
        pytest.param(Response(body=b"text" * 900, has_length=False), id="ended by close"),
        pytest.param(Response(body=b"text" * 900, headers=(("X-Huge", "h" * 50000),)), id="huge header"),
        pytest.param(Response(body=b"text" * 900, delay_seconds=0.01), id="delay"),
        pytest.param(Response(body=b"text" * 900, raw=b"HTTP/1.0 200 OK\r\n\r\n" + b"text" * 900), id="raw"),
        pytest.param(Response(body=b"text" * 900, status=521), id="unnamed status"),
    ],
)
def test_body_arrives_whole(site: FakeSite, get: Get, response: Response) -> None:
    site.answer(PAGE, response, response)

    assert [get(PAGE).content, get(PAGE).content] == [response.body] * 2


def test_drip_arrives_whole_but_slowly(site: FakeSite, get: Get) -> None:
    site.answer(PAGE, Response(body=b"12345", drip_seconds=0.01, is_chunked=True))
    start = time.monotonic()

    assert get(PAGE).content == b"12345"
    assert time.monotonic() - start >= 0.04


def test_silent_gzip_has_no_header(site: FakeSite, get: Get) -> None:
    site.answer(PAGE, Response(body=b"text", gzipped="silent"))

    response = get(PAGE)

    assert gzip.decompress(response.content) == b"text"
    assert "Content-Encoding" not in response.headers


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(Response(body=b"short", missing_bytes=10), id="short body"),
        pytest.param(Response(body=b"cut here", reset_after_bytes=3), id="reset"),
        pytest.param(Response(raw=b""), id="nothing at all"),
    ],
)
def test_broken_response_breaks_the_connection(site: FakeSite, get: Get, response: Response) -> None:
    site.answer(PAGE, response)

    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        get(PAGE)


@pytest.mark.parametrize("is_chunked", [True, False])
def test_endless_body_lasts_until_the_client_stops(
    site: FakeSite, session: requests.Session, *, is_chunked: bool
) -> None:
    site.answer(PAGE, Response(is_endless=True, is_chunked=is_chunked))

    with session.get(PAGE, stream=True, timeout=3) as response:
        received = sum(len(block) for block, _ in zip(response.iter_content(65536), range(40), strict=False))

    assert received > 1_000_000


def test_silence_lasts_until_the_client_gives_up(site: FakeSite, session: requests.Session) -> None:
    site.answer(PAGE, Response(is_silent=True))

    with pytest.raises(requests.ReadTimeout):
        session.get(PAGE, timeout=0.05)


def test_https_tunnel_is_refused(site: FakeSite, get: Get) -> None:
    with pytest.raises(requests.exceptions.ProxyError):
        get(SEED.replace("http:", "https:"))

    assert site.requests[0].method == "CONNECT"


def test_head_gives_the_length_without_the_body(session: requests.Session) -> None:
    response = session.head(SEED, timeout=3)

    page = FIXTURES / SEED.removeprefix("http://")
    assert (response.content, int(response.headers["Content-Length"])) == (b"", page.stat().st_size)


def test_closing_ends_silent_and_idle_connections_at_once() -> None:
    threads = threading.active_count()
    with ExitStack() as clients:
        with FakeSite() as site:
            site.answer(PAGE, Response(is_silent=True))
            host, _, port = site.netloc.partition(":")
            _idle, silent = (
                clients.enter_context(socket.create_connection((host, int(port)), timeout=3)) for _ in range(2)
            )
            silent.sendall(f"GET {PAGE} HTTP/1.1\r\n\r\n".encode())
            start = time.monotonic()

        assert time.monotonic() - start < 1
        assert threading.active_count() == threads


def test_two_hundred_requests_wait_for_no_acknowledgement(site: FakeSite, get: Get) -> None:
    """One that is delayed takes 40 ms: eight seconds in all."""
    start = time.monotonic()

    statuses = {get(SEED).status_code for _ in range(200)}

    assert statuses == {200}
    assert len(site.requests) == 200
    assert time.monotonic() - start < 6
