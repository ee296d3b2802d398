"""What others captured: every form of their files is read; damaged places are reported and skipped."""

import errno
import gzip
import hashlib
import os
import random
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from foreignwarc import BODY, DATE, HTML, OTHER, SEED, Foreign, packed, packed_whole, plain, put, sha1, wacz
from postarchive.errors import UnreadableInput
from postarchive.fetch import is_html
from postarchive.foreign import Damage, find_sources, read_foreign
from postarchive.models import Capture

TIME = datetime(2019, 3, 4, 5, 6, 7, tzinfo=UTC)
NOW = datetime(2026, 5, 6, tzinfo=UTC)
MIB = 1 << 20
CHUNKED = (*HTML, ("Transfer-Encoding", "chunked"))
ORIGINAL_ID = "urn:uuid:00000000-0000-0000-0000-0000000000aa"
ORIGINAL = Foreign(record_id=ORIGINAL_ID, more=(("WARC-Payload-Digest", sha1(BODY)),))
REVISIT = Foreign(kind="revisit", date="2020-01-01T00:00:00Z", body=b"")
LAST = Foreign(url=OTHER, date="2021-01-01T00:00:00Z", record_id="urn:uuid:00000000-0000-0000-0000-0000000000ff")


def is_page(capture: Capture) -> bool:
    return capture.status == 200 and is_html(capture)


def read(*paths: Path) -> tuple[list[Capture], list[Damage]]:
    items = list(read_foreign(find_sources(paths), is_wanted=is_page, now=NOW))
    captures = [item for item in items if isinstance(item, Capture)]
    return captures, [item for item in items if isinstance(item, Damage)]


@pytest.fixture
def captures_of(tmp_path: Path) -> Callable[..., list[Capture]]:
    """Return a reader of one file that must be whole."""

    def read_whole(data: bytes, name: str = "a.warc") -> list[Capture]:
        captures, damages = read(put(tmp_path / name, data))
        assert damages == []
        return captures

    return read_whole


Reading = Callable[..., list[Capture]]

# --- the forms of a file ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["WARC/1.0", "WARC/1.1"])
@pytest.mark.parametrize("pack", [plain, packed, packed_whole], ids=lambda pack: pack.__name__)
def test_every_form_of_a_warc_file_gives_the_same_captures(
    pack: Callable[..., bytes], version: str, captures_of: Reading
) -> None:
    records = (
        Foreign(version=version),
        Foreign(kind="request", version=version, block=b"GET / HTTP/1.1\r\n\r\n"),
        replace(LAST, version=version),
    )

    first, last = captures_of(pack(*records))

    assert first == Capture(SEED, TIME, 200, HTML, BODY, "OK", "import")
    assert last.url == OTHER


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED], ids=["stored", "deflated"])
@pytest.mark.parametrize(("name", "pack"), [("archive/a.warc", plain), ("archive/a/b.warc.gz", packed)])
def test_wacz_is_read_from_the_files_in_its_archive_folder(
    name: str, pack: Callable[..., bytes], compression: int, captures_of: Reading
) -> None:
    package = wacz(pack(Foreign()), name=name, compression=compression)

    assert [capture.url for capture in captures_of(package, "a.wacz")] == [SEED]


def test_resource_is_a_response_without_a_head(captures_of: Reading) -> None:
    (capture,) = captures_of(plain(Foreign(kind="resource", block=BODY)))

    assert (capture.status, capture.headers, capture.body) == (200, HTML, BODY)


def test_responses_of_all_files_come_in_order_of_time(tmp_path: Path) -> None:
    dates = ["2021-01-01T00:00:00Z", "2019-01-01T00:00:00Z", "2020-01-01T00:00:00Z"]
    paths = [put(tmp_path / f"{date[:4]}.warc", plain(Foreign(date=date))) for date in dates]

    captures, _ = read(*paths)

    assert [capture.time.year for capture in captures] == [2019, 2020, 2021]


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2019-03-04T05:06:07Z", TIME),
        ("2019-03-04T05:06:07.25Z", TIME.replace(microsecond=250_000)),
        ("2019-03-04T05:06:07.123456789Z", TIME.replace(microsecond=123_456)),
        ("2019-03-04T13:06:07+08:00", TIME),
        ("2019-03-04T05:06:07", TIME),
    ],
)
def test_time_of_a_capture_is_utc(date: str, expected: datetime, captures_of: Reading) -> None:
    (capture,) = captures_of(plain(Foreign(date=date)))

    assert (capture.time, capture.time.tzinfo) == (expected, UTC)


# --- what is taken ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "record",
    [
        Foreign(url="http://example.org/html1/report/2304/8456-1.htm"),
        Foreign(url="http://english.chinapost.com.cn.example.org/"),
        Foreign(url="ftp://english.chinapost.com.cn/html1/report/2304/8456-1.htm"),
        Foreign(url="http://english.chinapost.com.cn:8080/"),
        Foreign(url="http://english.chinapost.com.cn/robots.txt"),
        Foreign(url="urn:uuid:1"),
        Foreign(kind="metadata", block=b"a: b\r\n"),
        Foreign(kind="request", block=b"GET / HTTP/1.1\r\n\r\n"),
        Foreign(headers=(("Content-Type", "image/png"),)),
        Foreign(status="404 Not Found"),
        Foreign(status="301 Moved", headers=(("Location", OTHER),), body=b""),
        Foreign(kind="revisit", body=b"", more=(("WARC-Profile", "http://x/revisit/server-not-modified"),)),
    ],
    ids=lambda record: f"{record.kind} {record.url} {record.status} {record.headers[0][1]}",
)
def test_foreign_page_is_left_out_silently(record: Foreign, captures_of: Reading) -> None:
    assert captures_of(plain(record)) == []


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        (CHUNKED, b"5\r\n<html\r\n3;x=y\r\n>ab\r\n0\r\n\r\n", b"<html>ab"),
        (CHUNKED, b"<html>the writer took the chunks away", b"<html>the writer took the chunks away"),
        ((*HTML, ("Content-Encoding", "gzip")), gzip.compress(BODY, mtime=0), gzip.compress(BODY, mtime=0)),
        ((*HTML, ("Content-Encoding", "gzip"), ("Content-Length", "99999")), BODY, BODY),
    ],
    ids=["chunked", "said to be chunked", "packed", "unpacked by its writer"],
)
def test_body_is_as_it_was_sent_without_its_chunks(
    headers: tuple[tuple[str, str], ...], body: bytes, expected: bytes, captures_of: Reading
) -> None:
    (capture,) = captures_of(plain(Foreign(headers=headers, body=body)))

    assert capture.body == expected
    assert capture.header("Transfer-Encoding") is None
    assert capture.header("Content-Encoding") == dict(headers).get("Content-Encoding")


def test_odd_heads_are_read(captures_of: Reading) -> None:
    block = b"HTTP/2 200\nContent-Type:text/html;\n charset=gbk\nX-Name: \xe4\xb8\n\n" + BODY

    (capture,) = captures_of(plain(Foreign(block=block)))

    assert capture.headers == (("Content-Type", "text/html; charset=gbk"), ("X-Name", "\xe4\xb8"))
    assert (capture.reason, capture.body) == ("", BODY)


# --- revisits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [
        (("WARC-Refers-To", f"<{ORIGINAL_ID}>"),),
        (("WARC-Refers-To-Target-URI", SEED), ("WARC-Refers-To-Date", DATE)),
        (("WARC-Refers-To-Target-URI", f"<{SEED}>"), ("WARC-Refers-To-Date", DATE)),
        (("WARC-Payload-Digest", sha1(BODY)),),
        (("WARC-Refers-To", "<urn:uuid:of-another-set>"), ("WARC-Payload-Digest", sha1(BODY))),
    ],
    ids=["record id", "URL and date", "URL in brackets", "digest", "unknown id and digest"],
)
@pytest.mark.parametrize("is_first", [True, False], ids=["before", "after"])
def test_revisit_has_the_body_of_what_it_refers_to(
    more: tuple[tuple[str, str], ...],
    is_first: bool,  # noqa: FBT001 - a parameter of the table
    tmp_path: Path,
) -> None:
    revisit = replace(REVISIT, url=OTHER, more=more, headers=(*HTML, ("X-Own", "1")))
    names = ["a.warc", "b.warc"] if is_first else ["b.warc", "a.warc"]
    for name, record in zip(names, (revisit, ORIGINAL), strict=True):
        put(tmp_path / name, plain(record))

    captures, damages = read(tmp_path)

    assert damages == []
    assert [(capture.url, capture.body) for capture in captures] == [(SEED, BODY), (OTHER, BODY)]
    assert captures[1].header("X-Own") == "1"


def test_revisit_without_a_head_has_that_of_what_it_refers_to(captures_of: Reading) -> None:
    revisit = replace(REVISIT, block=b"", more=(("WARC-Refers-To", f"<{ORIGINAL_ID}>"),))

    _, second = captures_of(plain(ORIGINAL, revisit))

    assert (second.headers, second.body, second.time.year) == (HTML, BODY, 2020)


@pytest.mark.parametrize(
    "more",
    [
        (),
        (("WARC-Refers-To", "<urn:uuid:elsewhere>"),),
        (("WARC-Refers-To", f"<{ORIGINAL_ID}>"), ("WARC-Payload-Digest", sha1(b"another body"))),
    ],
    ids=["refers to nothing", "to another archive", "to another body"],
)
def test_revisit_of_what_is_not_there_is_damage(more: tuple[tuple[str, str], ...], tmp_path: Path) -> None:
    path = put(tmp_path / "a.warc", plain(ORIGINAL, replace(REVISIT, more=more)))

    captures, (damage,) = read(path)

    assert len(captures) == 1
    assert damage.offset == len(ORIGINAL.record())
    assert "not among these files" in damage.problem


# --- damage -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pack", [plain, packed, packed_whole], ids=lambda pack: pack.__name__)
@pytest.mark.parametrize(
    ("record", "problem"),
    [
        (Foreign(more=(("WARC-Block-Digest", sha1(b"other")),)), "block digest"),
        (Foreign(date="yesterday"), "WARC-Date"),
        (Foreign(block=b"HTTP/1.1 200 OK\r\nnever ends"), "does not end"),
        (Foreign(block=b"<html>\r\n\r\n"), "status line"),
        (Foreign(more=(("WARC-Truncated", "length"),)), "cut off"),
        (Foreign(headers=(*HTML, ("Content-Length", "1000"))), "cut off"),
        (Foreign(headers=CHUNKED, body=b"5\r\n<html\r\n9\r\n>"), "cut off"),
        (Foreign(length=30), "Content-Length"),
        (Foreign(more=(("Content-Length", "much"),), length=-1), "Content-Length"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_damaged_record_is_reported_and_the_next_one_is_read(
    record: Foreign, problem: str, pack: Callable[..., bytes], tmp_path: Path
) -> None:
    path = put(tmp_path / "a.warc", pack(ORIGINAL, record, LAST))

    captures, damages = read(path)

    assert [capture.url for capture in captures] == [SEED, OTHER]
    assert problem in damages[0].problem
    assert damages[0].file == str(path)
    assert len(damages) == 1
    if pack is not packed_whole:
        assert damages[0].offset == len(pack(ORIGINAL))


def test_wrong_length_that_leads_across_records_costs_one_record(tmp_path: Path) -> None:
    path = put(tmp_path / "a.warc", plain(ORIGINAL, Foreign(length=10_000_000), LAST))

    captures, (damage,) = read(path)

    assert [capture.url for capture in captures] == [SEED, OTHER]
    assert damage == Damage(str(path), len(ORIGINAL.record()), damage.problem)


def test_right_digest_in_base_32_or_16_is_accepted(captures_of: Reading) -> None:
    block = Foreign().content()
    hexadecimal = hashlib.sha256(block).hexdigest()
    digests = (sha1(block), sha1(block).lower(), f"sha256:{hexadecimal}", "crc99:unknown")

    records = [Foreign(more=(("WARC-Block-Digest", digest),), date=f"202{n}-01-01") for n, digest in enumerate(digests)]

    assert len(captures_of(plain(*records))) == len(digests)


@pytest.mark.parametrize("place", range(8, 200, 16))
def test_flipped_byte_in_a_packed_record_costs_only_that_record(place: int, tmp_path: Path) -> None:
    data = bytearray(packed(ORIGINAL, Foreign(date="2020-01-01T00:00:00Z"), LAST))
    start = len(ORIGINAL.packed())
    data[start + 10 + place % (len(Foreign().packed()) - 10)] ^= 0xFF
    path = put(tmp_path / "a.warc.gz", bytes(data))

    captures, damages = read(path)

    assert [capture.url for capture in captures] == [SEED, OTHER]
    assert [damage.offset for damage in damages] == [start]


@pytest.mark.parametrize("pack", [plain, packed, packed_whole], ids=lambda pack: pack.__name__)
def test_cut_file_keeps_what_came_before(pack: Callable[..., bytes], tmp_path: Path) -> None:
    path = put(tmp_path / "a.warc", pack(ORIGINAL, LAST)[:-30])

    captures, (damage,) = read(path)

    assert [capture.url for capture in captures] == [SEED]
    assert "ends inside" in damage.problem or "Content-Length" in damage.problem


def test_damaged_entry_of_a_wacz_is_reported_with_its_name(tmp_path: Path) -> None:
    data = bytearray(wacz(plain(ORIGINAL, LAST), name="archive/a.warc"))
    data[data.index(b"A page")] ^= 1
    path = put(tmp_path / "a.wacz", bytes(data))

    _, (damage,) = read(path)

    assert damage.file == f"{path}!archive/a.warc"
    assert "CRC" in damage.problem


def test_too_large_response_is_reported_and_takes_no_memory(tmp_path: Path) -> None:
    body = bytes(34 * MIB)
    path = put(tmp_path / "a.warc.gz", packed(Foreign(body=body), LAST))
    del body
    tracemalloc.start()

    captures, (damage,) = read(path)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [capture.url for capture in captures] == [OTHER]
    assert "left out" in damage.problem
    assert peak < 8 * MIB


def test_endless_header_is_damage(tmp_path: Path) -> None:
    path = put(tmp_path / "a.warc.gz", gzip.compress(b"WARC/1.1\r\n" + b"x" * (3 * MIB)) + LAST.packed())

    captures, (damage,) = read(path)

    assert len(captures) == 1
    assert "header" in damage.problem


def test_no_damage_of_a_file_ends_the_reading(tmp_path: Path) -> None:
    """Any byte may be any other: what comes out is a capture or a damage, and never an error."""
    chance = random.Random(5)  # noqa: S311 - no secret
    for pack in (plain, packed, packed_whole, lambda *records: wacz(packed(*records))):
        whole = pack(ORIGINAL, replace(REVISIT, more=(("WARC-Refers-To", f"<{ORIGINAL_ID}>"),)), LAST)
        for _ in range(150):
            data = bytearray(whole)
            for _ in range(chance.randint(1, 5)):
                data[chance.randrange(12, len(data))] = chance.randrange(256)
            path = put(tmp_path / "a.bin", bytes(data))
            try:
                captures, _ = read(path)
            except UnreadableInput:
                continue  # no WARC or WACZ any more, and said so
            assert len(captures) <= 3


# --- saved pages, and what is none of all this ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("english.chinapost.com.cn/html1/report/2304/8456-1.htm", SEED),
        ("english.chinapost.com.cn/index.html", "http://english.chinapost.com.cn/"),
        ("english.chinapost.com.cn/index.htm", "http://english.chinapost.com.cn/"),
        ("old/www.chinapostnews.com.cn/en/a.html", "http://www.chinapostnews.com.cn/en/a.html"),
        (
            "english.chinapost.com.cn/servlet/Node?node=23048456&language=1&pos=1",
            "http://english.chinapost.com.cn/servlet/Node?node=23048456&language=1&pos=1",
        ),
        ("english.chinapost.com.cn/copies/www.chinapost.com.cn/a.htm", "http://www.chinapost.com.cn/a.htm"),
    ],
)
def test_saved_page_has_its_url_from_its_path_and_its_time_from_its_date(name: str, url: str, tmp_path: Path) -> None:
    path = put(tmp_path / name, BODY)
    os.utime(path, (TIME.timestamp(), TIME.timestamp()))

    assert read(tmp_path) == ([Capture(url, TIME, 200, (), BODY, origin="import")], [])
    assert read(path) == read(tmp_path)


@pytest.mark.parametrize(
    "name", ["english.chinapost.com.cn/logo.png", "example.org/a.htm", "english.chinapost.com.cn/a b.txt", "a.htm"]
)
def test_other_files_of_a_folder_are_left_out(name: str, tmp_path: Path) -> None:
    put(tmp_path / name, BODY)

    assert read(tmp_path) == ([], [])


def test_undecodable_name_is_shown_as_well_as_possible(tmp_path: Path) -> None:
    path = put(tmp_path / os.fsdecode(b"\xff.warc"), plain(Foreign(date="never"), LAST))

    captures, (damage,) = read(path)

    assert (len(captures), damage.file) == (1, f"{tmp_path}/\\udcff.warc")


def test_folder_of_captures_is_read_too(tmp_path: Path) -> None:
    put(tmp_path / "deep/a.warc.gz", packed(Foreign()))
    put(tmp_path / "b.WACZ", wacz(packed(LAST)))

    captures, damages = read(tmp_path)

    assert ([capture.url for capture in captures], damages) == ([SEED, OTHER], [])


def test_unlistable_folder_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "a" / "one.warc.gz", packed(Foreign()))
    closed = tmp_path / "b"
    closed.mkdir()
    scan = os.scandir

    def refusing(path: str | Path) -> object:
        if Path(path) == closed:
            raise PermissionError(errno.EACCES, "Permission denied", str(closed))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refusing)

    captures, (damage,) = read(tmp_path)

    assert (len(captures), damage.file, damage.problem) == (1, str(closed), "Permission denied")


def test_file_of_a_folder_that_is_not_what_its_name_says_is_damage(tmp_path: Path) -> None:
    path = put(tmp_path / "a.wacz", b"no package")

    assert read(tmp_path) == ([], [Damage(str(path), 0, "File is not a zip file")])


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("gone.warc", None),
        ("notes.txt", b"notes"),
        ("empty.warc", b""),
        ("table.gz", gzip.compress(b"a,b")),
        ("cut.wacz", b"PK\x03\x04 and no more"),
        ("page.htm", BODY),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_named_file_that_holds_no_captures_is_refused(name: str, data: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / name if data is None else put(tmp_path / name, data)

    with pytest.raises(UnreadableInput, match=name):
        find_sources([path])
