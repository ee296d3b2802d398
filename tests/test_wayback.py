"""The language of the Wayback Machine: its index, its addresses, and what a replay shows."""

import gzip
import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from postarchive.errors import Forbidden, UnreadableInput
from postarchive.models import Capture, Headers
from postarchive.wayback import (
    Line,
    check_askable,
    index_url,
    is_page,
    parse_index,
    parse_replay,
    raw_form,
    replay_url,
    unwrapped,
)

PAGE = "http://english.chinapost.com.cn/html1/report/2304/8456-1.htm"
WITH_PORT = PAGE.replace(".cn/", ".cn:80/")
STAMPED = "20230401020304"
REPLAY = f"https://web.archive.org/web/{STAMPED}id_/{PAGE}"
CAPTURED = datetime(2023, 4, 1, 2, 3, 4, tzinfo=UTC)
TODAY = datetime(2026, 5, 6, 8, 0, tzinfo=UTC)
FIELDS = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]
ROW = ["cn,com,chinapost,english)/", STAMPED, PAGE, "text/html", "200", "ABC", "1234"]
KEY = "cn%2Ccom%2Cchinapost%2Cenglish%29%2F+20230401020304%21"


def replayed(*headers: tuple[str, str], url: str = REPLAY, status: int = 200) -> Capture:
    return Capture(url, TODAY, status, headers, b"<html>", "OK")


# --- the index --------------------------------------------------------------------------------------------------------


def test_index_is_queried_for_all_captures_of_a_host_with_all_fields() -> None:
    asked = parse_qs(urlsplit(index_url("ctvpost.com", since="2012-01-02", until="2019-12-31")).query)

    assert asked == {
        "url": ["ctvpost.com/*"],
        "output": ["json"],
        "fl": [",".join(FIELDS)],
        "filter": ["statuscode:200", "mimetype:text/html"],
        "collapse": ["digest"],
        "from": ["20120102"],
        "to": ["20191231"],
        "limit": ["10000"],
        "showResumeKey": ["true"],
    }


@pytest.mark.parametrize(
    ("key", "sent"),
    [
        pytest.param(KEY, KEY, id="encoded already"),
        pytest.param("cn,chinapost)/ 2023!", "cn%2Cchinapost%29%2F%202023%21", id="plain"),
    ],
)
def test_resume_key_goes_back_as_it_came(key: str, sent: str) -> None:
    assert index_url("ctvpost.com", resume_key=key).endswith(f"&resumeKey={sent}")


@pytest.mark.parametrize("pack", [pytest.param(bytes, id="plain"), pytest.param(gzip.compress, id="gzip")])
def test_index_is_read_with_the_key_for_what_follows(pack: type[bytes]) -> None:
    body = pack(json.dumps([FIELDS, ROW, [], [KEY]]).encode())

    index = parse_index(body)

    assert index.lines == (Line(STAMPED, PAGE, "ABC"),)
    assert index.resume_key == KEY


def test_fields_of_the_index_are_found_by_their_names() -> None:
    index = parse_index(json.dumps([["digest", "original", "timestamp"], ["ABC", WITH_PORT, STAMPED]]).encode())

    assert [(line.timestamp, line.url, line.digest) for line in index.lines] == [(STAMPED, PAGE, "ABC")]
    assert index.resume_key is None


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"[]\n", json.dumps([FIELDS]).encode()], ids=["none", "[]", "line", "head"]
)
def test_index_may_be_empty(body: bytes) -> None:
    index = parse_index(body)

    assert (index.lines, index.resume_key) == ((), None)


def test_line_without_a_real_time_is_left_out() -> None:
    body = json.dumps([FIELDS, [*ROW[:1], "20000008241731", *ROW[2:]], ROW]).encode()

    assert [line.timestamp for line in parse_index(body).lines] == [STAMPED]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<html><title>Service Unavailable</title>", id="page"),
        pytest.param(b'{"error": "x"}', id="object"),
        pytest.param(b'["error"]', id="list of words"),
        pytest.param(b'[["timestamp", "original"], ["20230401020304", "http://x/"]]', id="no digest"),
        pytest.param(json.dumps([FIELDS, ROW[:3]]).encode(), id="short row"),
        pytest.param(b"\x1f\x8bbroken", id="broken gzip"),
        pytest.param(b"\xff\xfe\xfd", id="no text"),
    ],
)
def test_invalid_index_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableInput, match=r"web\.archive\.org"):
        parse_index(body)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (PAGE, True),
        ("http://english.chinapost.com.cn/", True),
        ("http://www.chinapostnews.com.cn/html1/category/1408/4050-1.htm", True),
        ("http://english.chinapost.com.cn/?from=mail", False),
        ("http://english.chinapost.com.cn/res/main.css", False),
        ("http://english.chinapost.com.cn:8080/html1/report/2304/8456-1.htm", False),
        ("http://www.example.com/html1/report/2304/8456-1.htm", False),
        ("http://[broken", False),
    ],
)
def test_only_pages_of_the_site_count(url: str, *, expected: bool) -> None:
    assert is_page(url) is expected


# --- addresses --------------------------------------------------------------------------------------------------------


def test_replay_address_is_read_as_it_was_made() -> None:
    replay = parse_replay(replay_url(STAMPED, WITH_PORT))

    assert replay is not None
    assert (replay.original, replay.url, replay.time, replay.is_raw) == (WITH_PORT, PAGE, CAPTURED, True)


@pytest.mark.parametrize(
    "url",
    [
        f"https://web.archive.org/web/{STAMPED}/{WITH_PORT}",
        f"http://web.archive.org/web/{STAMPED}if_/{WITH_PORT}",
        f"http://web.archive.org/web/{STAMPED}id_/{WITH_PORT.replace('//', '/', 1)}",
    ],
)
def test_any_replay_is_requested_in_its_original_form(url: str) -> None:
    assert raw_form(url, base="http://web.archive.org") == f"http://web.archive.org/web/{STAMPED}id_/{WITH_PORT}"


@pytest.mark.parametrize(
    "url",
    [
        "https://web.archive.org/",
        "https://web.archive.org/save/http://english.chinapost.com.cn/",
        f"https://web.archive.org/web/2023*/{PAGE}",
        f"https://web.archive.org/web/20231399000000id_/{PAGE}",
        f"https://web.archive.org/web/{STAMPED}id_/http://www.example.com/",
        f"https://web.archive.org:8443/web/{STAMPED}id_/{PAGE}",
        f"https://user@web.archive.org/web/{STAMPED}id_/{PAGE}",
        f"https://web.archive.org.example.com/web/{STAMPED}id_/{PAGE}",
        f"ftp://web.archive.org/web/{STAMPED}id_/{PAGE}",
        PAGE,
    ],
)
def test_backfill_requests_nothing_else(url: str) -> None:
    with pytest.raises(Forbidden):
        check_askable(url)


@pytest.mark.parametrize("url", [REPLAY, index_url("ctvpost.com"), "https://web.archive.org/robots.txt"])
def test_backfill_requests_index_pages_and_robots_txt(url: str) -> None:
    check_askable(url)


# --- what a replay shows ----------------------------------------------------------------------------------------------


def test_replay_is_a_response_of_the_site_at_its_time() -> None:
    capture = unwrapped(replayed())

    assert (capture.url, capture.time, capture.status, capture.origin) == (PAGE, CAPTURED, 200, "wayback")
    assert capture.body == b"<html>"


def test_time_that_was_served_counts() -> None:
    capture = unwrapped(replayed(("Memento-Datetime", "Sun, 02 Apr 2023 03:04:05 GMT")))

    assert capture.time == datetime(2023, 4, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize("said", ["", "yesterday", "99 Foo 2023", "Mon, 06 May 2024 12:05:00 +99999999999"])
def test_time_of_the_address_counts_without_another(said: str) -> None:
    assert unwrapped(replayed(("memento-datetime", said))).time == CAPTURED


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param(
            (("x-archive-orig-ETag", "X"), ("X-Archive-Orig-Server", "nginx"), ("Server", "web"), ("X-ts", "200")),
            (("ETag", "X"), ("Server", "nginx")),
            id="the site's, not its own",
        ),
        pytest.param((("Content-Type", "text/html"),), (("Content-Type", "text/html"),), id="type without a prefix"),
        pytest.param(
            (("Content-Type", "text/html; charset=utf-8"), ("x-archive-orig-content-type", "text/html")),
            (("content-type", "text/html"),),
            id="type with a prefix",
        ),
        pytest.param(
            (("x-archive-orig-content-length", "9"), ("x-archive-orig-transfer-encoding", "chunked")),
            (),
            id="length and chunks of another transfer",
        ),
    ],
)
def test_headers_are_those_that_the_site_sent(sent: Headers, expected: Headers) -> None:
    assert unwrapped(replayed(*sent)).headers == expected


@pytest.mark.parametrize(
    "capture",
    [
        pytest.param(replayed(status=302), id="redirect"),
        pytest.param(replayed(status=404), id="not there"),
        pytest.param(replayed(url=index_url("ctvpost.com")), id="index"),
        pytest.param(replayed(url=REPLAY.replace("id_", "")), id="rewritten page"),
        pytest.param(replayed(url=REPLAY.replace("chinapost", "example")), id="another site"),
        pytest.param(replayed(url=PAGE), id="the site itself"),
    ],
)
def test_any_other_response_stays_what_it_is(capture: Capture) -> None:
    assert unwrapped(capture) is capture
