"""Clocks that were wrong, and dates that others wrote: what is current stays right, and a rebuild agrees."""

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from archiving import HOST, MORNING, SEED, SEED_FILE, Archivist
from fakesite import FakeSite, Response, unavailable
from foreignwarc import Foreign, packed
from postarchive.collect import fetch_urls, rebuild
from postarchive.collect.backfill import Wanted, backfill
from postarchive.collect.imports import ImportOptions, import_paths
from postarchive.foreign import Damage
from postarchive.models import Capture, Exchange, FetchResult, Outcome, RunEnded, RunStarted
from postarchive.warc import WarcWriter, manifest_before
from postarchive.wayback import FIELDS, index_url, replay_url

PAGE = SEED_FILE.read_bytes()
JUMPED = datetime(2035, 1, 1, tzinfo=UTC)


@pytest.fixture
def archivist(tmp_path: Path, site: FakeSite) -> Archivist:
    assert site.urls == []
    return Archivist(tmp_path / "archive")


def tasks(number: int) -> bytes:
    """Return the page with another text."""
    return PAGE.replace(b"17 major tasks", b"%d major tasks" % number)


def shown(archivist: Archivist) -> str:
    """Return which text is current."""
    paragraphs = str(archivist.record()["paragraphs"])
    return paragraphs[paragraphs.index(" major tasks") - 2 :][:2]


def fetch_at(archivist: Archivist, site: FakeSite, time: datetime, number: int) -> Outcome:
    site.edit(SEED, tasks(number))
    archivist.clock.time = time
    return archivist.one(SEED).outcome


def take(archivist: Archivist, folder: Path, *pages: tuple[str, int]) -> list[FetchResult | Damage]:
    path = folder / "foreign.warc.gz"
    path.write_bytes(packed(*(Foreign(url=SEED, date=date, body=tasks(number)) for date, number in pages)))
    return list(import_paths(archivist.folder, [path], options=ImportOptions(now=archivist.clock.now)))


def test_live_capture_is_newest_whatever_a_clock_said(site: FakeSite, archivist: Archivist) -> None:
    outcomes = [
        fetch_at(archivist, site, time, number)
        for time, number in ((MORNING, 17), (JUMPED, 18), (MORNING + timedelta(days=1), 19))
    ]

    assert outcomes == [Outcome.NEW, Outcome.CHANGED, Outcome.CHANGED]
    assert shown(archivist) == "19"
    assert archivist.rows(f"SELECT status, last_seen < '2027' FROM addresses WHERE url = '{SEED}'") == [(200, 1)]  # noqa: S608
    assert archivist.rebuilt_differences() == []


def test_import_counts_by_its_own_time_beside_a_clock_that_jumped(
    site: FakeSite, archivist: Archivist, tmp_path: Path
) -> None:
    for day, number in ((MORNING, 17), (JUMPED, 18), (MORNING + timedelta(days=30), 19)):
        fetch_at(archivist, site, day, number)
    archivist.clock.time = MORNING + timedelta(days=90)

    take(archivist, tmp_path, ("2020-01-01T00:00:00Z", 10), ("2026-05-20T00:00:00Z", 16))
    assert shown(archivist) == "19"
    take(archivist, tmp_path, ("2026-07-01T00:00:00Z", 20))
    assert shown(archivist) == "20"

    assert archivist.rebuilt_differences() == []
    assert fetch_at(archivist, site, MORNING + timedelta(days=10), 21) == Outcome.CHANGED
    assert shown(archivist) == "21"
    assert archivist.rebuilt_differences() == []


def test_run_that_begins_before_the_newest_capture_says_so_once(site: FakeSite, archivist: Archivist) -> None:
    assert site.urls == []
    told: list[datetime] = []
    for time in (MORNING, JUMPED, MORNING + timedelta(days=1), MORNING + timedelta(days=2)):
        archivist.clock.time = time
        list(fetch_urls(archivist.folder, [SEED], options=replace(archivist.options, report_clock=told.append)))

    assert [time.year for time in told] == [2035]


def test_page_that_was_seen_in_the_future_is_requested_again(small_site: FakeSite, tmp_path: Path) -> None:
    archivist = Archivist(tmp_path / "archive")
    archivist.clock.time = JUMPED
    archivist.crawl()
    archivist.clock.time = MORNING
    small_site.requests.clear()

    archivist.crawl()

    assert SEED in small_site.urls
    assert archivist.rebuilt_differences() == []


def test_retry_after_in_the_future_is_not_kept_for_years(site: FakeSite, archivist: Archivist) -> None:
    site.answer(SEED, unavailable("3600"))
    archivist.clock.time = JUMPED
    archivist.fetch(SEED)
    archivist.clock.time = MORNING
    site.answer(SEED)

    assert archivist.one(SEED).outcome == Outcome.NEW


@pytest.mark.parametrize("date", ["2035-01-01T00:00:00Z", "9999-12-31T23:59:59-23:00", "1989-12-31T23:59:59Z"])
def test_import_that_cannot_be_of_its_time_is_refused_with_its_place(
    site: FakeSite, archivist: Archivist, tmp_path: Path, date: str
) -> None:
    fetch_at(archivist, site, MORNING, 17)

    found = take(archivist, tmp_path, (date, 99), ("2020-01-01T00:00:00Z", 10))

    (damage,) = (item for item in found if isinstance(item, Damage))
    assert (damage.file, damage.offset) == (str(tmp_path / "foreign.warc.gz"), 0)
    assert date[:4] in damage.problem
    assert shown(archivist) == "17"
    assert archivist.rows("SELECT time FROM captures WHERE origin = 'import'") == [
        ("2020-01-01T00:00:00.000000+00:00",)
    ]
    assert archivist.rebuilt_differences() == []


def test_import_from_the_future_that_an_older_version_took_never_becomes_current(
    site: FakeSite, archivist: Archivist
) -> None:
    fetch_at(archivist, site, MORNING, 17)
    time = archivist.clock.now()
    ids = map("urn:uuid:00000000-0000-4000-8000-{:012}".format, count())
    started = RunStarted(f"{time:%Y%m%dT%H%M%SZ}", time, ())
    with closing(
        WarcWriter.create(archivist.folder, started, new_id=ids.__next__, before=manifest_before(archivist.folder))
    ) as writer:
        writer.append_foreign(Capture(SEED, JUMPED, 200, (), tasks(99), origin="import"))

    assert fetch_at(archivist, site, time + timedelta(hours=1), 17) == Outcome.UNCHANGED

    assert shown(archivist) == "17"
    ((detail,),) = archivist.rows("SELECT detail FROM problems WHERE kind = 'refused'")
    assert "2035-01-01" in str(detail)
    assert ".warc.gz@" in str(detail)
    assert archivist.rebuilt_differences() == []


@pytest.mark.parametrize("years", [-40, 10], ids=["before the web", "future"])
def test_closing_record_that_cannot_be_of_its_time_is_refused_with_its_place(
    site: FakeSite, archivist: Archivist, years: int
) -> None:
    fetch_at(archivist, site, MORNING, 17)
    time = archivist.clock.now()
    ids = map("urn:uuid:00000000-0000-4000-8000-{:012}".format, count())
    started = RunStarted(f"{time:%Y%m%dT%H%M%SZ}", time, ())
    with closing(
        WarcWriter.create(archivist.folder, started, new_id=ids.__next__, before=manifest_before(archivist.folder))
    ) as writer:
        writer.append(Exchange(b"GET / HTTP/1.1\r\n\r\n", Capture(SEED, time, 200, (), tasks(17))))
        writer.end(RunEnded(started.run, time + timedelta(days=365 * years), (("requests", "1"),)))
    rebuild(archivist.folder)

    assert archivist.rows("SELECT ended, counts FROM runs ORDER BY run")[1] == (None, None)
    ((kind, detail),) = archivist.rows("SELECT kind, detail FROM problems")
    assert kind == "bug"
    assert "the run cannot have ended on" in str(detail)
    assert archivist.files[1].name in str(detail)


@pytest.mark.parametrize("time", ["20350101000000", "19800101000000"])
def test_replay_that_cannot_be_of_its_time_is_not_believed(site: FakeSite, archivist: Archivist, time: str) -> None:
    fetch_at(archivist, site, MORNING, 17)
    address = replay_url(time, SEED, base="http://web.archive.org")
    listed = [list(FIELDS), ["key", time, SEED, "text/html", "200", "digest", "1"]]
    site.answer(index_url(HOST, base="http://web.archive.org"), Response(body=json.dumps(listed).encode()))
    site.answer(address, Response(body=tasks(99)))

    (result,) = backfill(archivist.folder, Wanted((HOST,)), options=archivist.options, base="http://web.archive.org")

    assert result.outcome == Outcome.FAILED
    assert "which is impossible" in (result.detail or "")
    assert ".warc.gz@" in (result.detail or "")
    assert shown(archivist) == "17"
    assert archivist.rebuilt_differences() == []
