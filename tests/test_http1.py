"""An HTTP/1 response read from its bytes: leniently, as browsers do, and never with an exception of its own."""

import random
from datetime import UTC, datetime

import pytest

from fakesite import chunked
from postarchive.http1 import (
    ChunkError,
    Head,
    content_length,
    in_one_chunk,
    is_read_alike,
    parse_head,
    received,
    split_message,
    with_body,
    without_chunks,
)

NOON = datetime(2024, 5, 6, 12, tzinfo=UTC)
URL = "http://english.chinapost.com.cn/"
CHUNKED = Head("1.1", 200, "OK", (("Transfer-Encoding", "chunked"),))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"HTTP/1.1 200 OK", ("1.1", 200, "OK")),
        (b"HTTP/1.0 404 Not Found", ("1.0", 404, "Not Found")),
        (b"HTTP/1.1 200", ("1.1", 200, "")),
        (b"HTTP/1.1  200\t OK  then ", ("1.1", 200, "OK  then")),
        (b"http/1.1 200 ok", ("1.1", 200, "ok")),
        (b"HTTP/1.1 200OK", ("1.1", 200, "OK")),
        (b"HTTP/2 200", ("2", 200, "")),
        (b"HTTP/1.1 200 Sch\xf6n", ("1.1", 200, "Sch\xf6n")),
    ],
)
def test_status_line_is_read(line: bytes, expected: tuple[str, int, str]) -> None:
    head = parse_head(line + b"\r\n\r\n")

    assert head is not None
    assert (head.version, head.status, head.reason) == expected


@pytest.mark.parametrize(
    "line", [b"", b"200 OK", b"HTTP/1.1 2000 OK", b"HTTP/1.1 20", b"HTTP/x 200", b"SSH-2.0-OpenSSH"]
)
def test_invalid_status_line_makes_no_head(line: bytes) -> None:
    assert parse_head(line + b"\r\n\r\n") is None


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(
            b"X-b: 1\r\nx-A:2\r\nX-b: 3", (("X-b", "1"), ("x-A", "2"), ("X-b", "3")), id="order and repetition"
        ),
        pytest.param(b"A: 1\r\nthis is no header\r\nB: 2", (("A", "1"), ("B", "2")), id="malformed line"),
        pytest.param(b"A: 1\r\n: 2\r\nB: 3", (("A", "1"), ("B", "3")), id="no name"),
        pytest.param(b"A : 1", (("A", "1"),), id="blank before the colon"),
        pytest.param(b"A: one\r\n two\r\n\tthree\r\nB: 4", (("A", "one two three"), ("B", "4")), id="folded"),
        pytest.param(b"A: 1\r\n  \r\nB: 2", (("A", "1"), ("B", "2")), id="line of blanks"),
        pytest.param(b" A: 1\r\nB: 2", (("B", "2"),), id="folded before the first"),
        pytest.param(
            b"no header\r\n folded: x\r\nB: 2", (("no header folded", "x"), ("B", "2")), id="malformed, folded"
        ),
        pytest.param(b"A: 1\nB: 2", (("A", "1"), ("B", "2")), id="LF"),
        pytest.param(b"A:\r\nB: ", (("A", ""), ("B", "")), id="no value"),
        pytest.param(b"A: b:c", (("A", "b:c"),), id="colon in the value"),
        pytest.param(b"A: \xe9\x80\xae\x85\x00", (("A", "\xe9\x80\xae\x85\x00"),), id="bytes"),
    ],
)
def test_headers_are_read(lines: bytes, expected: tuple[tuple[str, str], ...]) -> None:
    head = parse_head(b"HTTP/1.1 200 OK\r\n" + lines + b"\r\n\r\n")

    assert head is not None
    assert head.headers == expected


@pytest.mark.parametrize("end", [b"\r\n\r\n", b"\n\n", b"\r\n\n", b"\n\r\n"])
def test_head_ends_at_its_first_blank_line(end: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nA: b" + end

    assert split_message(head + b"\r\nbody\n\n") == (head, b"\r\nbody\n\n")
    assert split_message(head.rstrip()) is None


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        (chunked(b"body" * 999), b"body" * 999),
        (b"4\r\nbody\r\n0\r\n\r\n", b"body"),
        (b"4;name=value\r\nbody\r\n0;last\r\n\r\n", b"body"),
        (b"4\r\nbody\r\n0\r\nX-Trailer: 1\r\nY: 2\r\n\r\n", b"body"),
        (b"0004  \r\nbody\r\n00\r\n\r\n", b"body"),
        (b"4\nbody\n0\n\n", b"body"),
        (b"4\r\nbody\r\n0\r\n", b"body"),
        (b"4\r\nbody\r\n0\r\n\r\nbehind the end", b"body"),
        (b"0\r\n\r\n", b""),
        (b"", b""),
        (b"<html>the chunks were taken away</html>", b"<html>the chunks were taken away</html>"),
    ],
)
def test_chunks_are_taken_off(sent: bytes, body: bytes) -> None:
    assert without_chunks(CHUNKED, sent) == body


@pytest.mark.parametrize(
    "sent", [b"4\r\nbod", b"4\r\nbody", b"4\r\nbody\r\n", b"3\r\nbody\r\n0\r\n\r\n", b"4\r\nbody\r\nzz\r\n"]
)
def test_cut_chunks_are_reported(sent: bytes) -> None:
    with pytest.raises(ChunkError):
        without_chunks(CHUNKED, sent)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("chunked",), True),
        (("Chunked ",), True),
        (("gzip, chunked",), True),
        (("gzip", "chunked"), True),
        (("chunked, chunked",), True),
        (("chunked, identity",), True),
        (("chunked, gzip",), False),
        (("identity",), False),
        ((), False),
    ],
)
def test_chunked_is_what_was_coded_so_at_last(values: tuple[str, ...], *, expected: bool) -> None:
    assert Head("1.1", 200, "", tuple(("transfer-ENCODING", value) for value in values)).is_chunked is expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("5",), 5),
        (("5", "5"), 5),
        (("5, 05",), 5),
        (("0",), 0),
        ((), None),
        (("five",), None),
        (("-5",), None),
        (("5.0",), None),
        (("²",), None),
        (("9" * 5000,), 10**18 - 1),
    ],
)
def test_content_length_is_a_number_or_nothing(values: tuple[str, ...], expected: int | None) -> None:
    assert content_length(Head("1.1", 200, "", tuple(("Content-length", value) for value in values))) == expected


def test_contradicting_lengths_are_reported() -> None:
    with pytest.raises(ValueError, match="unlike"):
        content_length(Head("1.1", 200, "", (("Content-Length", "1"), ("Content-Length", "2"))))


def test_response_keeps_its_bytes_beside_what_they_say() -> None:
    head = b"HTTP/1.0 200  OK \nETag: x\nTransfer-Encoding: chunked\n\n"

    capture = received(URL, NOON, head, b"1;a\r\nx\r\n0\r\n\r\n", origin="import")

    assert (capture.status, capture.reason, capture.headers, capture.body) == (200, "OK", (("ETag", "x"),), b"x")
    assert (capture.head, capture.sent, capture.origin) == (head, b"1;a\r\nx\r\n0\r\n\r\n", "import")


@pytest.mark.parametrize("body", [b"", b"body", b"1\r\nx"])
def test_body_that_is_put_back_reads_as_it_was(body: bytes) -> None:
    without = received(URL, NOON, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"")

    capture = with_body(without, body)

    assert capture.body == body
    assert received(URL, NOON, capture.head, capture.sent).body == body
    assert in_one_chunk(body) == capture.sent


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nA: b\r\nno header\r\n c\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\nA: b\n\n", False),
        (b"HTTP/1.1 200 OK\r\nA: b\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n \t\r\nC: d\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\n\xc2\xa0\r\nC: d\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\n\xa0\r\nC: d\r\n\r\n", False),
    ],
)
def test_heads_that_others_read_otherwise_are_known(head: bytes, *, expected: bool) -> None:
    assert is_read_alike(head) is expected


def test_no_bytes_stop_the_reading() -> None:
    chance = random.Random(7)  # noqa: S311 - no secret
    whole = b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n" + chunked(
        b"x" * 30, 7
    )
    for _ in range(5000):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(len(data))] = chance.choice(b"\r\n :;\t0af\x00\x85\xa0\xff,")
        message = split_message(bytes(data))
        try:
            assert message is None or received(URL, NOON, *message).head + received(URL, NOON, *message).sent == data
        except ValueError:
            continue  # no status line, or cut off: both are reported
