"""A page that holds more than can be read is refused as a whole, with the reason; one that holds a little less is read.

How much memory and time the largest ones take is measured by `benchmarks/large.py`.
"""

import gzip
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from postarchive.errors import NotAPage, UnreadableInput
from postarchive.models import Capture
from postarchive.pages import parse, read
from postarchive.pages.explain import MAX_VALUES, explain
from postarchive.pages.html.limits import MAX_BYTES, MAX_CHARACTERS, MAX_PARTS
from postarchive.record.values import Stamp

URL = "http://english.chinapost.com.cn/html1/report/2304/8456-1.htm"
START = (
    b"<html><head><title>T - China Post</title><script>var node={id:23048456,type:13}</script></head><body>"
    b"<div id='Content3'><span id='ReportIDname'>A title</span><span id='ReportIDtext'>"
)
END = b"</span></div></body></html>"
STAMP = START.replace(b":13", b":11").replace(b"ReportIDtext", b"x")
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
SECONDS = 5.0  # of this process alone; what they are made to take would be minutes


def capture(content: bytes, *headers: tuple[str, str]) -> Capture:
    return Capture(URL, EPOCH, 200, headers, content)


def story(content: bytes) -> Capture:
    return capture(START + content + END)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param("邮".encode() * (MAX_CHARACTERS + 1), "1,000,000 characters", id="Chinese"),
        pytest.param(b"word " * (MAX_CHARACTERS // 5 + 1), "1,000,000 characters", id="English"),
        pytest.param(b"<p>a" * (MAX_PARTS // 3), "150,000 elements", id="paragraphs"),
        pytest.param(b"<img src=a.jpg>" * MAX_PARTS, "150,000 elements", id="images"),
        pytest.param(b"<!---->" * MAX_PARTS, "150,000 elements", id="comments"),
        pytest.param(b"&amp;" * MAX_PARTS, "150,000 elements", id="entities"),
        pytest.param(b"<b a=1 b=2 c=3 d=4></b>" * (MAX_PARTS // 5), "150,000 elements", id="attributes of all"),
        pytest.param(
            b"<b " + b" ".join(b"a%d" % n for n in range(MAX_PARTS)) + b">", "150,000", id="attributes of one"
        ),
        pytest.param(b"<b " + b"a='>' " * 700_000 + b">", "tag or comment of 1 MiB", id="tag"),
        pytest.param(
            b"<b a'> " + b"b='\"' " * 700_000 + b">", "1,000,000 characters", id="tag that only seems to go on"
        ),
        pytest.param(b"<!--" + b"a> " * 700_000 + b"-->", "tag or comment of 1 MiB", id="comment"),
        pytest.param(b" " * MAX_BYTES, "larger than 16 MiB", id="bytes"),
    ],
)
def test_page_beyond_a_limit_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(NotAPage, match=reason) as refused:
        parse(story(content))

    assert "no page of the site" in str(refused.value)


@pytest.mark.parametrize(
    ("content", "length"),
    [
        pytest.param("邮".encode() * (MAX_CHARACTERS - 100), MAX_CHARACTERS - 100, id="Chinese"),
        pytest.param(b"<script>" + b"a<b " * 1_000_000 + b"</script>word", 4, id="script is not shown"),
        pytest.param(b"<select>" + b"<option>a</option>" * 100_000 + b"</select>word", 4, id="options are not shown"),
        pytest.param(b"<style>" + b"a { } " * 1_000_000 + b"</style>word", 4, id="style is not shown"),
        pytest.param(b"<b title='" + b"abcd" * 1_000_000 + b"'>word</b>", 4, id="one attribute"),
        pytest.param(b"<!--" + b"abcd" * 1_000_000 + b"-->word", 4, id="one comment"),
        pytest.param(b"a < b " * 50_000 + b"<p></p>", 300_000 - 1, id="text that is no tag"),
    ],
)
def test_page_below_the_limits_is_read_whole(content: bytes, length: int) -> None:
    page = parse(story(content))

    assert (sum(map(len, page.paragraphs)), page.warnings) == (length, ())


def test_utf_16_is_measured_as_what_it_comes_to() -> None:
    body = b"\xff\xfe" + (START + "邮".encode() * (MAX_BYTES // 3) + END).decode().encode("utf-16-le")

    with pytest.raises(NotAPage, match="as UTF-8 larger than 16 MiB"):
        parse(capture(body))


# --- packed pages -----------------------------------------------------------------------------------------------------

PAGE = START + b"<p>word</p>" + END
BOMB = bytes(17 << 20)


@pytest.mark.parametrize(
    ("packed", "coding", "reason"),
    [
        pytest.param(lambda: gzip.compress(gzip.compress(PAGE)), "gzip", "inside a gzip file", id="nested"),
        pytest.param(lambda: gzip.compress(gzip.compress(BOMB)), "gzip", "inside a gzip file", id="nested bomb"),
        pytest.param(lambda: gzip.compress(BOMB), "gzip", "unpacks to more than 16 MiB", id="bomb"),
        pytest.param(lambda: zlib.compress(BOMB), "deflate", "unpacks to more than 16 MiB", id="deflate bomb"),
        pytest.param(lambda: gzip.compress(BOMB[: 2**22]) * 5, "gzip", "more than 16 MiB", id="bomb in members"),
        pytest.param(lambda: gzip.compress(b"") * 100_000 + gzip.compress(PAGE), "gzip", "1000 members", id="members"),
        pytest.param(lambda: gzip.compress(b" ") * 1001, "gzip", "1000 members", id="one member too many"),
    ],
)
def test_packed_page_that_is_not_a_page_is_refused_at_little_cost(
    packed: Callable[[], bytes], coding: str, reason: str
) -> None:
    body = packed()
    started = time.process_time()

    with pytest.raises(NotAPage, match=reason):
        parse(capture(body, ("Content-Encoding", coding)))

    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize("count", [1, 2, 999])
def test_members_one_after_the_other_are_one_page(count: int) -> None:
    body = b"".join(map(gzip.compress, [PAGE[:200], *[b""] * (count - 1), PAGE[200:]]))

    assert parse(capture(body)).paragraphs == ("word",)


@pytest.mark.parametrize("cut", [1, 9, 30])
def test_packed_page_that_is_cut_says_so(cut: int) -> None:
    page = parse(capture(gzip.compress(START + b"<p>word</p>" * 1000 + END, 0)[:-cut]))

    assert "page is cut off: its gzip stream does not end" in page.warnings


# --- pages that are made to be slow -----------------------------------------------------------------------------------

MANY = 10_000


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            START + b"<div>" + b"<b>a</b>" * MANY + b"<img src=/a.jpg>" * MANY + END, id="pictures behind elements"
        ),
        pytest.param(START + b"<p><img src=/a.jpg><br>[" + "摄".encode() * 100_000 + END, id="caption of marks"),
        pytest.param(
            START
            + b"</span><div class=more><b id=ReportIDname><a href=/x>b</a></b>"
            + b"<a href=/x>b</a>" * MANY
            + END,
            id="links to more",
        ),
        pytest.param(START + b"<table><tr><td><table>" + b"<tr><td>some words</td></tr>" * MANY + END, id="rows"),
        pytest.param(
            START.replace(b":13", b":11").replace(b"ReportIDtext", b"x")
            + b"Supporting Information Title: " * MANY
            + END,
            id="captions of a stamp",
        ),
        pytest.param(
            STAMP + b"Stamp Title: " * MANY + END,
            id="titles of a stamp",
        ),
        pytest.param(START + b"</span>" + b"<div id=Header></div><i id=StampIDcode>x</i>" * 4500 + END, id="headers"),
        pytest.param(b"<html><head>" + b"<script " * 150_000 + b"alert( </head><body>", id="scripts of an alert"),
        pytest.param(b"<html>\xff" + b"<meta \n" * 150_000 + b"<p>charset", id="metas of no charset"),
        pytest.param(b"<html>\xff" + b"charset=x " * 100_000, id="charsets of no meta"),
    ],
)
def test_page_that_is_made_to_be_slow_is_read_in_time(body: bytes) -> None:
    started = time.process_time()
    try:
        reading = read(capture(body))
        reading.skeleton()
        reading.links()
    except UnreadableInput:
        pass

    assert time.process_time() - started < SECONDS


def test_stamp_of_many_captions_is_read() -> None:
    """Each caption was read by a call inside the one before, which ended in a RecursionError."""
    body = START.replace(b":13", b":11").replace(b"ReportIDtext", b"StampIDcontent")
    page = parse(capture(body + b"</span>" + b"Supporting Information Title: a " * 2000 + END))

    assert isinstance(page, Stamp)
    assert len(page.facts) > 0


@pytest.mark.parametrize("zeros", [20, 5000, 200_000])
def test_character_reference_of_endless_digits_is_read(zeros: int) -> None:
    title = b"&#" + b"0" * zeros + b"65;B &#" + b"9" * zeros + b";"
    body = START.replace(b"<title>T ", b"<title>" + title).replace(b"ReportIDname", b"x")

    assert parse(capture(body + b"<p>word</p>" + END)).title


def test_explanation_of_a_page_that_is_too_large_to_look_through_is_empty() -> None:
    assert explain(story(b"<p>a</p>" * (MAX_VALUES + 1))) == ()
    assert explain(story(b"<p>a</p>" * 10)) != ()
