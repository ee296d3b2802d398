"""What Common Crawl has becomes part of the archive: each body once, politely, and nothing is requested twice."""

import csv
import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from fastwarc.warc import ArchiveIterator
from pyarrow import parquet as pq

from archiving import HOST, MIRROR_HOST, OTHER, PROXY_VARIABLES, SEED, SEED_FILE, Archivist
from commands import postarchive
from fakecrawl import DATA, EMPTY_REPLY, INDEX, NOTHING, FakeCommonCrawl, Held
from fakesite import FIXTURES, Response
from postarchive.collect import FetchOptions
from postarchive.collect.commoncrawl import backfill
from postarchive.collect.indexes import CrawlQuery
from postarchive.collect.recall import Recall
from postarchive.collect.replay import replay
from postarchive.commoncrawl import (
    Bases,
    check_askable,
    is_askable,
    page_url,
    pages_url,
    parse_crawls,
    parse_page,
    parse_pages,
    slice_of,
)
from postarchive.errors import Forbidden, Interrupted, SiteUnavailable, UnreadableInput
from postarchive.foreign import ReadRows, csv_rows, read_listing
from postarchive.foreign.parquetrows import parquet_rows
from postarchive.models import Evidence, FetchResult, Outcome
from postarchive.store.read import Reader
from postarchive.verify import Summary, verify_archive
from postarchive.warc import read_block, warc_files

NEW, CHANGED, UNCHANGED, FAILED = Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.FAILED
OLD, LATER = "CC-MAIN-2022-05", "CC-MAIN-2023-14"
WINTER, SPRING = "20220120101112", "20230401020304"
SEED_PAGE = SEED_FILE.read_bytes()
OLD_PAGE = SEED_PAGE.replace(b"17 major tasks", b"16 major tasks")
OTHER_PAGE = (FIXTURES / HOST / "html1/report/2304/8450-1.htm").read_bytes()
BASES = Bases(INDEX, DATA)


@pytest.fixture
def crawled(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCommonCrawl]:
    with FakeCommonCrawl() as playing:
        for name in PROXY_VARIABLES:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("http_proxy", playing.proxy_url)
        yield playing


def filled(
    archivist: Archivist, query: CrawlQuery | None = None, options: FetchOptions | None = None
) -> list[FetchResult]:
    """Make a run at Common Crawl and return what became of each capture."""
    found = backfill(archivist.folder, query or CrawlQuery((HOST,)), options=options or archivist.options, bases=BASES)
    return list(found)


def outcomes(results: list[FetchResult]) -> list[Outcome]:
    return [result.outcome for result in results]


def seed_held(crawled: FakeCommonCrawl) -> str:
    return crawled.crawl(LATER).hold(Held(SEED, SPRING, SEED_PAGE))


# --- what a capture becomes -------------------------------------------------------------------------------------------


def test_capture_becomes_a_version_with_its_own_time(crawled: FakeCommonCrawl, archivist: Archivist) -> None:
    crawled.crawl(OLD).hold(Held(SEED, WINTER, OLD_PAGE))
    address = seed_held(crawled)

    results = filled(archivist)

    assert outcomes(results) == [NEW, CHANGED]
    assert (results[0].detail or "").startswith("(2022-01-20) China Post releases")
    assert archivist.rows("SELECT number, substr(first_seen, 1, 19) FROM versions") == [
        (1, "2022-01-20T10:11:12"),
        (2, "2023-04-01T02:03:04"),
    ]
    assert archivist.rows("SELECT replay_url FROM captures WHERE origin = 'commoncrawl' ORDER BY id DESC LIMIT 1") == [
        (address,)
    ]
    assert archivist.rebuilt_differences() == []


def test_exchange_and_record_are_kept_as_they_were(crawled: FakeCommonCrawl, archivist: Archivist) -> None:
    address = seed_held(crawled)
    held = Held(SEED, SPRING, SEED_PAGE)

    filled(archivist)

    with Reader(archivist.folder) as reader:
        evidence = reader.version(reader.find_page(SEED)).evidence
        ((record_id,),) = archivist.rows("SELECT record_id FROM captures WHERE status = 206")
        exchange = reader.evidence_of(str(record_id))
    assert read_block(archivist.folder, exchange).endswith(b"\r\n\r\n" + held.record)
    block = read_block(archivist.folder, evidence)
    assert b"\r\nx-crawler-content-encoding: gzip\r\n" in block
    assert block.endswith(b"\r\n\r\n" + SEED_PAGE)
    headers = warc_header(archivist, evidence.offset)
    uri, _, place = address.partition("#")
    assert f"\r\nWARC-Target-URI: {SEED}\r\n" in headers
    assert f"\r\nWARC-Source-URI: {uri}\r\n" in headers
    assert f"\r\nWARC-Source-Range: {place}\r\n" in headers
    assert "\r\nWARC-Date: 2023-04-01T02:03:04" in headers


def warc_header(archivist: Archivist, offset: int) -> str:
    with archivist.files[0].open("rb") as stream:
        for record in ArchiveIterator(stream):
            if record.stream_pos == offset:
                return "\r\n" + "".join(f"{name}: {value}\r\n" for name, value in record.headers.items())
    raise AssertionError(offset)


def test_archive_is_whole_with_what_was_backfilled(crawled: FakeCommonCrawl, archivist: Archivist) -> None:
    seed_held(crawled)
    filled(archivist)

    summary = Summary()
    findings = verify_archive(archivist.folder, summary, rebuild=lambda *place: replay(archivist.folder, *place))

    assert (list(findings), summary.proof) == ([], "ok")


def test_old_page_that_cannot_be_read_is_not_drift(crawled: FakeCommonCrawl, archivist: Archivist) -> None:
    crawled.crawl(OLD).hold(Held(SEED, WINTER, SEED_PAGE.replace(b"ReportIDtext", b"StoryBody")))

    (result,) = filled(archivist)

    assert (result.outcome, result.is_drift) == (Outcome.ARCHIVED, False)


# --- what is requested ------------------------------------------------------------------------------------------------


def test_index_is_requested_by_page_and_each_record_by_its_range(
    crawled: FakeCommonCrawl, archivist: Archivist
) -> None:
    crawl = crawled.crawl(LATER)
    addresses = [
        crawl.hold(Held(SEED, SPRING, SEED_PAGE)),
        crawl.hold(Held(OTHER, SPRING, OTHER_PAGE)),
        crawl.hold(Held(SEED, "20230402000000", OLD_PAGE)),
    ]

    filled(archivist)

    assert crawled.asked() == [
        f"{INDEX}/collinfo.json",
        pages_url(INDEX, LATER, HOST),
        page_url(INDEX, LATER, HOST, 0),
        *(address.replace("#", " ") for address in addresses[:2]),
        page_url(INDEX, LATER, HOST, 1),
        addresses[2].replace("#", " "),
    ]


def test_page_of_another_site_is_not_requested(crawled: FakeCommonCrawl, archivist: Archivist) -> None:
    crawl = crawled.crawl(LATER)
    crawl.hold(Held(f"http://{HOST}/res/main.css", SPRING, b"a"))
    crawl.hold(Held(SEED, SPRING, b"b", mime="image/png"))
    crawl.hold(Held(SEED, SPRING, b"c", status="404"))
    crawl.hold(Held(SEED, SPRING, b"d", folder="crawldiagnostics"))
    crawl.hold(Held(SEED, SPRING, b"e", folder="robotstxt"))

    assert filled(archivist) == []
    assert crawled.asked(DATA) == []


def test_each_body_of_a_page_is_requested_once(crawled: FakeCommonCrawl, archivist: Archivist) -> None:
    for crawl in (OLD, LATER):
        crawled.crawl(crawl).hold(Held(SEED, WINTER, SEED_PAGE))

    assert outcomes(filled(archivist)) == [NEW]
    assert len(crawled.asked(DATA)) == 1


def test_end_of_an_index_is_believed(crawled: FakeCommonCrawl, archivist: Archivist) -> None:
    seed_held(crawled)
    crawled.fail("showNumPages", Response(body=b'{"pages": 5}'))

    assert outcomes(filled(archivist)) == [NEW]
    assert [url.rpartition("=")[2] for url in crawled.asked("page=")] == ["0", "1"]


def test_host_missing_from_a_crawl_is_not_a_failure(crawled: FakeCommonCrawl, archivist: Archivist) -> None:
    seed_held(crawled)
    crawled.fail("page=0", NOTHING)

    assert filled(archivist, CrawlQuery((HOST, MIRROR_HOST))) == []


def test_crawls_and_captures_are_those_of_the_days_wanted(crawled: FakeCommonCrawl, archivist: Archivist) -> None:
    crawled.crawl("CC-MAIN-2008-2009").hold(Held(SEED, "20090101000000", OLD_PAGE))
    crawled.crawl(OLD).hold(Held(SEED, WINTER, OLD_PAGE))
    crawled.crawl(LATER).hold(Held(SEED, SPRING, SEED_PAGE))
    crawled.crawl(LATER).hold(Held(OTHER, "20230301000000", OTHER_PAGE))

    results = filled(archivist, CrawlQuery((HOST,), date(2023, 3, 15), date(2023, 4, 30)))

    assert [(result.url, result.outcome) for result in results] == [(SEED, NEW)]
    assert crawled.asked("2008-2009") == crawled.asked(OLD) == []


def test_crawl_that_was_named_is_the_only_one(crawled: FakeCommonCrawl, archivist: Archivist) -> None:
    crawled.crawl(OLD).hold(Held(SEED, WINTER, OLD_PAGE))
    seed_held(crawled)

    assert outcomes(filled(archivist, CrawlQuery((HOST,), crawls=(OLD,)))) == [NEW]
    assert crawled.asked(LATER) == []


def test_unlisted_crawl_is_named_in_the_error(crawled: FakeCommonCrawl, archivist: Archivist) -> None:
    seed_held(crawled)

    (result,) = filled(archivist, CrawlQuery((HOST,), crawls=(OLD,)))

    assert result.outcome is FAILED
    assert f"does not list crawl {OLD}; the newest are {LATER}" in (result.detail or "")


# --- how fast, and when to stop ---------------------------------------------------------------------------------------


def test_pause_is_kept_even_if_none_is_configured(crawled: FakeCommonCrawl, archivist: Archivist) -> None:
    still = replace(archivist.options, now=lambda: archivist.clock.time, monotonic=lambda: 0.0)
    crawl = crawled.crawl(LATER)
    for number in range(4):
        crawl.hold(Held(SEED, SPRING, SEED_PAGE + b"%d" % number))

    filled(archivist, options=still)

    assert sorted(set(archivist.clock.slept)) == [0.55, 1.0]


@pytest.mark.parametrize("status", [429, 503, 520])
def test_pause_is_doubled_up_to_a_minute_while_it_is_in_trouble(
    crawled: FakeCommonCrawl, archivist: Archivist, status: int
) -> None:
    still = replace(archivist.options, monotonic=lambda: 0.0)
    seed_held(crawled)
    crawled.fail("page=0", *[Response(status=status)] * 8)

    assert outcomes(filled(archivist, options=still)) == [NEW]

    assert archivist.clock.slept == [1, 1, 1, 2, 4, 8, 16, 32, 60, 60, 60, 0.55][: len(archivist.clock.slept)]
    assert archivist.clock.slept[-3:] == [60, 60, 0.55]


@pytest.mark.parametrize("status", [503, 520])
def test_trouble_that_does_not_end_ends_the_run(crawled: FakeCommonCrawl, archivist: Archivist, status: int) -> None:
    address = seed_held(crawled)
    crawled.fail(DATA, Response(status=404), *[Response(status=status)] * 10)

    with pytest.raises(SiteUnavailable, match="in trouble"):
        filled(archivist)
    assert len(crawled.asked(DATA)) == 10

    assert outcomes(filled(archivist)) == [NEW]
    assert crawled.asked()[-1] == address.replace("#", " ")


@pytest.mark.parametrize("answer", [Response(status=403), EMPTY_REPLY], ids=["403", "empty reply"])
@pytest.mark.parametrize("part", ["collinfo", "page=0", "warc.gz"])
def test_block_ends_the_run_at_once_and_is_remembered_for_a_day(
    crawled: FakeCommonCrawl, archivist: Archivist, answer: Response, part: str
) -> None:
    seed_held(crawled)
    crawled.crawl(LATER).hold(Held(OTHER, SPRING, OTHER_PAGE))
    crawled.fail(part, answer)

    with pytest.raises(SiteUnavailable, match="has blocked this address"):
        filled(archivist)
    asked = list(crawled.urls)
    assert part in asked[-1]
    assert archivist.rows("SELECT count(*) FROM problems WHERE kind = 'blocked'") == [(1,)]

    with pytest.raises(SiteUnavailable, match="no requests until"):
        filled(archivist)
    assert crawled.urls == asked

    archivist.clock.time += timedelta(days=1, minutes=5)
    assert outcomes(filled(archivist)) == [NEW, NEW]
    assert archivist.rebuilt_differences() == []


def test_empty_reply_to_the_very_first_request_is_a_block(crawled: FakeCommonCrawl, archivist: Archivist) -> None:
    crawled.fail("robots.txt", EMPTY_REPLY)

    with pytest.raises(SiteUnavailable, match="has blocked this address"):
        filled(archivist)

    assert len(crawled.urls) == 1


def test_rules_of_common_crawl_are_kept(crawled: FakeCommonCrawl, archivist: Archivist) -> None:
    seed_held(crawled)
    crawled.fail("robots.txt", Response(body=b"User-agent: *\nDisallow: /\n", content_type="text/plain"))

    with pytest.raises(SiteUnavailable, match=r"robots\.txt"):
        filled(archivist)

    assert crawled.asked() == []


def test_missing_robots_file_that_is_forbidden_is_not_a_block(crawled: FakeCommonCrawl, archivist: Archivist) -> None:
    seed_held(crawled)
    crawled.fail("robots.txt", Response(status=403), Response(status=403))

    assert outcomes(filled(archivist)) == [NEW]


# --- what is damaged --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "told", "problem"),
    [
        pytest.param(Held(SEED, SPRING, SEED_PAGE).record[:-40], {}, "the file ends inside it", id="cut member"),
        pytest.param(b"no gzip at all", {}, "not a gzip member", id="no member"),
        pytest.param(Held(SEED, SPRING, SEED_PAGE).record * 2, {}, "more than one record", id="two members"),
        pytest.param(Held(OTHER, SPRING, SEED_PAGE).record, {}, "of another URL", id="another page"),
        pytest.param(
            Held("http://www.example.com/", SPRING, b"x").record, {}, "not a response of a", id="another site"
        ),
        pytest.param(Held(SEED, SPRING, OLD_PAGE).record, {}, "payload digest", id="another body than the index says"),
        pytest.param(Held(SEED, SPRING, SEED_PAGE, status="302").record, {}, "a response with HTTP 302", id="no page"),
        pytest.param(
            None, {"filename": "crawl-data/x/../y.warc.gz"}, "not named like a WARC file of a crawl", id="a path out"
        ),
        pytest.param(
            None, {"filename": "parse-output/segment/1/1_2.arc.gz"}, "not named like a WARC file", id="an ARC file"
        ),
        pytest.param(None, {"filename": "crawl-data/CC-MAIN-2023-14/gone.warc.gz"}, "HTTP 404", id="no such file"),
    ],
)
def test_damaged_record_costs_only_itself_and_is_requested_once(
    crawled: FakeCommonCrawl, archivist: Archivist, stored: bytes | None, told: dict[str, str], problem: str
) -> None:
    crawl = crawled.crawl(LATER)
    address = crawl.hold(Held(SEED, SPRING, SEED_PAGE), stored=stored, **told)
    crawl.hold(Held(OTHER, SPRING, OTHER_PAGE))

    bad, good = filled(archivist)

    assert (bad.url, bad.outcome, good.outcome) == (address, FAILED, NEW)
    assert problem in (bad.detail or "")
    asked = crawled.asked()
    assert filled(archivist) == []
    assert crawled.asked() == asked
    assert archivist.rebuilt_differences() == []


def test_page_whose_digest_is_of_another_body_is_refused(crawled: FakeCommonCrawl, archivist: Archivist) -> None:
    record = gzip_replaced(Held(SEED, SPRING, SEED_PAGE).record)
    crawled.crawl(LATER).hold(Held(SEED, SPRING, SEED_PAGE), stored=record)

    (result,) = filled(archivist)

    assert (result.outcome, "digest does not match" in (result.detail or "")) == (FAILED, True)


def gzip_replaced(record: bytes) -> bytes:
    return gzip.compress(gzip.decompress(record).replace(b"17 major", b"18 major"))


def test_server_that_sends_whole_files_gets_no_more_requests(crawled: FakeCommonCrawl, archivist: Archivist) -> None:
    seed_held(crawled)
    crawled.crawl(LATER).hold(Held(OTHER, SPRING, OTHER_PAGE))
    crawled.fail(".warc.gz", Response(body=Held(SEED, SPRING, SEED_PAGE).record))

    with pytest.raises(SiteUnavailable, match="sends whole files"):
        filled(archivist)
    assert len(crawled.asked(DATA)) == 1

    assert outcomes(filled(archivist)) == [NEW, NEW]


@pytest.mark.parametrize(
    ("told", "expected"),
    [("bytes 0-99/1000", FAILED), ("bytes 9-/*", NEW), ("BYTES 9-2000/*", NEW), ("", NEW), ("bytes */1000", NEW)],
)
def test_bytes_of_another_place_are_refused(
    crawled: FakeCommonCrawl, archivist: Archivist, told: str, expected: Outcome
) -> None:
    seed_held(crawled)
    headers = (("Content-Range", told),) if told else ()
    crawled.fail(".warc.gz", Response(status=206, body=Held(SEED, SPRING, SEED_PAGE).record, headers=headers))

    (result,) = filled(archivist)

    assert (result.outcome, "not the bytes that were requested" in (result.detail or "")) == (
        expected,
        expected is FAILED,
    )


@pytest.mark.parametrize("body", [b"<html>We are sorry</html>", b"{", b'["a"]\n[[[', b'{"url": 1}'], ids=str)
def test_unreadable_index_is_requested_again(crawled: FakeCommonCrawl, archivist: Archivist, body: bytes) -> None:
    seed_held(crawled)
    crawled.fail("page=0", Response(body=body))

    assert outcomes(filled(archivist)) == [FAILED]
    assert outcomes(filled(archivist)) == [NEW]


def test_unreadable_line_costs_only_itself(crawled: FakeCommonCrawl, archivist: Archivist) -> None:
    crawl = crawled.crawl(LATER)
    crawl.hold(Held(SEED, SPRING, SEED_PAGE), offset="-1", length="-1")
    crawl.hold(Held(OTHER, SPRING, OTHER_PAGE))

    good, bad = filled(archivist)

    assert (good.url, bad.outcome, bad.detail) == (OTHER, FAILED, "1 line of this index cannot be read")
    assert filled(archivist) == []


# --- killed -----------------------------------------------------------------------------------------------------------


def killed_after(archivist: Archivist, syncs: int) -> bool:
    """Make a run in a process that is killed after this many writes to the disk; tell whether it was."""
    child = os.fork()
    if child == 0:
        left = iter(range(syncs))

        def dying(_: int) -> None:
            if next(left, None) is None:
                os._exit(9)

        os.fsync = dying  # type: ignore[assignment] # takes the numbers that we use
        try:
            filled(archivist)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_run_that_is_killed_fifty_times_requests_nothing_twice(crawled: FakeCommonCrawl, archivist: Archivist) -> None:
    pages = 32
    crawl = crawled.crawl(LATER)
    for number in range(pages):
        url = SEED.replace("8456", f"{8000 + number}")
        stored = b"cut" if number == 5 else None
        crawl.hold(Held(url, SPRING, SEED_PAGE.replace(b"23048456", f"2304{8000 + number}".encode())), stored=stored)

    kills = sum(killed_after(archivist, 2 + turn % 2) for turn in range(50))
    last = filled(archivist)

    assert kills == 50
    assert len(crawled.urls) == len(set(crawled.asked())) + 2  # and two robots.txt
    assert len(crawled.asked(DATA)) == pages
    assert archivist.rows("SELECT count(DISTINCT url) FROM captures WHERE origin = 'commoncrawl'") == [(pages - 1,)]
    assert archivist.rows("SELECT count(*) FROM pages") == [(pages - 1,)]
    assert filled(archivist) == []
    assert len(last) <= pages
    assert archivist.rebuilt_differences() == []


def test_record_that_came_before_the_kill_is_not_requested_again(
    crawled: FakeCommonCrawl, archivist: Archivist
) -> None:
    seed_held(crawled)
    filled(archivist)
    cut_behind_the_exchange(archivist)
    before = list(crawled.asked())

    assert outcomes(filled(archivist)) == [NEW]

    assert crawled.asked() == before
    assert archivist.rebuilt_differences() == []


def cut_behind_the_exchange(archivist: Archivist) -> None:
    """Leave an archive as a run that was killed between the exchange and the record that came in it."""
    ((offset,),) = archivist.rows("SELECT offset FROM captures WHERE origin = 'commoncrawl'")
    with archivist.files[-1].open("r+b") as stream:
        stream.truncate(int(str(offset)))
    archivist.database.unlink()


def test_many_records_of_one_file_cost_no_more_each(
    crawled: FakeCommonCrawl, archivist: Archivist, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        crawled.crawl(LATER).hold(Held(SEED, SPRING, SEED_PAGE + b"%d" % number))
    looked: list[Evidence] = []

    def looking(_: Recall, evidence: Evidence) -> None:
        looked.append(evidence)

    monkeypatch.setattr(Recall, "requested_range", looking)

    filled(archivist)

    assert len(looked) <= 12


def test_new_crawl_is_seen_a_week_later(crawled: FakeCommonCrawl, archivist: Archivist) -> None:
    crawled.crawl(OLD).hold(Held(SEED, WINTER, OLD_PAGE))
    filled(archivist)
    seed_held(crawled)
    assert filled(archivist) == []

    archivist.clock.time += timedelta(days=8)

    assert outcomes(filled(archivist)) == [CHANGED]
    assert len(crawled.asked(f"{OLD}-index")) == 2


def test_stopped_run_continues_where_it_was(crawled: FakeCommonCrawl, archivist: Archivist) -> None:
    seed_held(crawled)
    crawled.crawl(LATER).hold(Held(OTHER, SPRING, OTHER_PAGE))
    stopping = replace(archivist.options, should_stop=lambda: bool(crawled.asked(DATA)))

    with pytest.raises(Interrupted):
        filled(archivist, options=stopping)

    assert outcomes(filled(archivist)) == [NEW]


def test_requests_are_counted_against_the_budget(crawled: FakeCommonCrawl, archivist: Archivist) -> None:
    seed_held(crawled)
    crawled.crawl(LATER).hold(Held(OTHER, SPRING, OTHER_PAGE))
    options = replace(archivist.options, max_requests=6)  # two robots.txt, three of the index, a record

    assert [outcomes(filled(archivist, options=options)) for _ in range(3)] == [[NEW], [NEW], []]


# --- rows of a query --------------------------------------------------------------------------------------------------


READERS: dict[str, ReadRows] = {"csv": csv_rows, "parquet": parquet_rows}


@pytest.mark.parametrize("form", READERS)
def test_rows_of_a_query_replace_the_index(
    crawled: FakeCommonCrawl, archivist: Archivist, tmp_path: Path, form: str
) -> None:
    seed_held(crawled)
    crawled.crawl(LATER).hold(Held(f"http://{HOST}/robots.txt", SPRING, b"", folder="robotstxt"))
    crawled.crawl(LATER).hold(Held("http://www.example.com/", SPRING, b""))
    rows = [crawled.crawl(LATER).row(number) for number in range(3)]
    path = written(tmp_path / f"rows.{form}", rows)

    query = CrawlQuery(index=path, read_rows=READERS[form])

    assert outcomes(filled(archivist, query)) == [NEW]

    assert crawled.asked(INDEX) == []
    assert len(crawled.asked(DATA)) == 1
    assert filled(archivist, query) == []
    assert archivist.rebuilt_differences() == []


def written(path: Path, rows: list[dict[str, str]]) -> Path:
    """Write rows as a query on the columnar index returns them."""
    if path.suffix == ".parquet":
        numbers = [{**row, "warc_record_offset": int(row["warc_record_offset"])} for row in rows]
        pq.write_table(pa.Table.from_pylist(numbers), path)
        return path
    with path.open("w", newline="") as out:
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_row_that_names_no_record_costs_only_itself(
    crawled: FakeCommonCrawl, archivist: Archivist, tmp_path: Path
) -> None:
    seed_held(crawled)
    row = crawled.crawl(LATER).row()
    path = written(tmp_path / "rows.csv", [{**row, "warc_record_length": "many"}, {**row, "url": ""}, row])

    results = filled(archivist, CrawlQuery(index=path))

    assert outcomes(results) == [FAILED, FAILED, NEW]
    assert "row 1 does not name a record" in (results[0].detail or "")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"url,warc_filename\na,b\n", "lacks the column warc_record_offset, warc_record_length"),
        (b"", "lacks the column url"),
        (b"\xff\xfe\x00", "neither csv"),
    ],
)
def test_csv_file_that_holds_no_rows_is_refused(
    crawled: FakeCommonCrawl, archivist: Archivist, tmp_path: Path, content: bytes, problem: str
) -> None:
    path = tmp_path / "rows"
    path.write_bytes(content)

    with pytest.raises(UnreadableInput, match=problem):
        filled(archivist, CrawlQuery(index=path))
    assert crawled.urls == []


def test_invalid_parquet_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    path.write_bytes(b"PAR1 and no more")

    with pytest.raises(UnreadableInput, match="a Parquet file that cannot be read"):
        list(read_listing(path, parquet_rows))


# --- its language -----------------------------------------------------------------------------------------------------


def test_crawls_come_oldest_first_with_their_days() -> None:
    listed = [
        {"id": "CC-MAIN-2024-10", "from": "2024-02-20T21:10:55", "to": "2024-03-05T20:07:31"},
        {"id": "CC-MAIN-2013-20"},
        {"id": "CC-MAIN-2009-2010"},
        {"id": "../../etc"},
    ]

    crawls = parse_crawls(json.dumps(listed).encode())

    assert [crawl.name for crawl in crawls] == ["CC-MAIN-2009-2010", "CC-MAIN-2013-20", "CC-MAIN-2024-10"]
    assert (crawls[2].first, crawls[2].last) == (date(2024, 2, 20), date(2024, 3, 5))
    assert (crawls[0].first, crawls[0].last) == (date(2009, 1, 1), date(2011, 1, 31))


def test_crawl_of_an_unknown_form_costs_only_itself() -> None:
    listed = ["x", {"name": "no id"}, {"id": 7}, {"id": LATER, "from": 5, "to": None, "more": [1]}, {"id": LATER}]

    assert {crawl.name for crawl in parse_crawls(json.dumps(listed).encode())} == {LATER}


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'[{"name": 1}]', b"[1]", b"[" * 100_000, b"\xff"], ids=lambda b: b[:9]
)
def test_invalid_list_of_crawls_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableInput):
        parse_crawls(body)


@pytest.mark.parametrize("body", [b"", b"x", b'{"pages": -1}', b'{"pages": 1e9}', b"[" * 100_000], ids=lambda b: b[:9])
def test_invalid_number_of_pages_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableInput):
        parse_pages(body)


def test_number_of_pages_is_read_in_both_forms() -> None:
    assert (parse_pages(b'{"pages": 3, "pageSize": 5}'), parse_pages(b"7")) == (3, 7)


def test_numbers_of_an_index_may_be_numbers() -> None:
    line = {"url": SEED, "timestamp": SPRING, "status": 200, "mime": "text/html", "filename": "crawl-data/a.warc.gz"}

    page = parse_page(json.dumps(line | {"offset": 5, "length": 7}).encode())

    assert [(item.place.byte_range, item.digest) for item in page.lines] == [("bytes=5-11", None)]


def test_page_of_an_index_is_read_line_by_line() -> None:
    line = {"url": SEED, "timestamp": SPRING, "status": "200", "mime": "unk", "mime-detected": "text/html"}
    line |= {"filename": "crawl-data/a.warc.gz", "offset": "5", "length": "7", "digest": "D"}
    body = json.dumps(line).encode() + b"\n\n{\n" + json.dumps(line | {"timestamp": "2023"}).encode()

    page = parse_page(body)

    assert page.unreadable == 2
    assert [(item.url, item.place.byte_range) for item in page.lines] == [(SEED, "bytes=5-11")]


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("crawl-data/CC-MAIN-2024-10/segments/1707947473347.0/warc/CC-MAIN-2024-00043.warc.gz", True),
        ("crawl-data/CC-NEWS/2023/03/CC-NEWS-20230301.warc.gz", True),
        ("crawl-data/../secrets.warc.gz", False),
        ("/crawl-data/a.warc.gz", False),
        ("crawl-data/a.warc.gz?x=1", False),
        ("crawl-data/a.warc.gz#b", False),
        ("crawl-data/a.arc.gz", False),
        ("http://127.0.0.1/crawl-data/a.warc.gz", False),
    ],
)
def test_only_names_of_warc_files_are_requested(file: str, expected: bool) -> None:  # noqa: FBT001 - a table's column
    assert is_askable(slice_of(file, "0", "1")) is expected


@pytest.mark.parametrize(
    "url",
    [
        "http://index.commoncrawl.org/",
        "http://index.commoncrawl.org/../collinfo.json",
        "http://index.commoncrawl.org.example.com/collinfo.json",
        "http://data.commoncrawl.org/crawl-data/a.warc.gz?x",
        "http://data.commoncrawl.org:8080/crawl-data/a.warc.gz",
        "ftp://data.commoncrawl.org/crawl-data/a.warc.gz",
        SEED,
    ],
)
def test_nothing_else_is_requested(url: str) -> None:
    with pytest.raises(Forbidden):
        check_askable(url)


# --- the command ------------------------------------------------------------------------------------------------------


def test_command_prints_a_line_for_each_capture(crawled: FakeCommonCrawl, archivist: Archivist, tmp_path: Path) -> None:
    seed_held(crawled)
    rows = written(tmp_path / "rows.parquet", [crawled.crawl(LATER).row()])
    arguments = ("commoncrawl", "--archive", archivist.folder, "--index", rows, "--http", "--delay", "0")

    first, second = (postarchive("backfill", *arguments, http_proxy=crawled.proxy_url) for _ in range(2))

    assert (first.returncode, first.stderr) == (0, "1 page: NEW 1\n")
    assert first.stdout.startswith(f"NEW       {SEED}  (2023-04-01) China Post releases")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "Nothing new in Common Crawl.\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["wayback", "--crawl", OLD], "--crawl: works only with `backfill commoncrawl`"),
        (["commoncrawl", "--crawl", "2022"], "--crawl 2022: is not the name of a crawl"),
        (["commoncrawl", "--index", "rows.csv", "--from", "2022"], "--index: already lists its rows"),
        (["commoncrawl", "--host", "www.example.com"], "is not a China Post host"),
    ],
)
def test_command_refuses_what_does_not_go_together(
    crawled: FakeCommonCrawl, archivist: Archivist, arguments: list[str], said: str
) -> None:
    done = postarchive("backfill", *arguments, "--archive", archivist.folder, http_proxy=crawled.proxy_url)

    assert (done.returncode, said in done.stderr) == (2, True)
    assert (crawled.urls, warc_files(archivist.folder)) == ([], [])
