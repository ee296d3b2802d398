"""What nobody thought of costs the one event that brought it: reported with its place, the same live and rebuilt."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from archiving import OTHER, SEED, SEED_FILE, Archivist
from fakesite import FakeSite
from mutations import BUSY
from postarchive.collect import rebuild
from postarchive.errors import ArchiveUnwritable, UnreadableInput
from postarchive.models import Capture, Exchange, Outcome, RunStarted
from postarchive.store.write.addresses import AddressRows
from postarchive.store.write.captures import CaptureRows
from postarchive.store.write.pages import PageRows
from postarchive.store.write.runs import RunRows
from postarchive.warc import WarcWriter, manifest_before

SURPRISE = ZeroDivisionError("division by zero in <object at 0x7f0123456789>")


@pytest.fixture
def archivist(tmp_path: Path, site: FakeSite) -> Archivist:
    assert site.urls == []
    return Archivist(tmp_path / "archive")


def failing(error: Exception, *, once: bool = False) -> Callable[..., object]:
    """Return what fails when it is called; `once` is for what a run needs to report it."""
    calls = count()

    def fail(*arguments: object, **named: object) -> object:
        assert arguments or named
        if once and next(calls):
            return None
        raise error

    return fail


def bugs(archivist: Archivist) -> list[tuple[object, ...]]:
    return archivist.rows("SELECT url, detail, capture IS NULL FROM problems WHERE kind = 'bug' ORDER BY id")


def test_bug_while_inserting_a_page_rolls_it_back_and_keeps_the_capture(
    archivist: Archivist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PageRows, "set_links", failing(SURPRISE))  # the last rows of a page

    results = archivist.fetch(SEED, OTHER)

    assert [result.outcome for result in results] == [Outcome.FAILED, Outcome.FAILED]
    ((url, detail, has_no_capture), _) = bugs(archivist)
    place = archivist.rows(f"SELECT file || '@' || offset FROM captures WHERE url = '{SEED}'")[0][0]  # noqa: S608
    assert (url, has_no_capture) == (SEED, 0)
    assert str(detail).startswith(f"{place}: ZeroDivisionError: division by zero in <object at 0x…>; its bytes")
    for table in ("pages", "versions", "changes", "numbers", "number_pages", "unindexed"):
        assert archivist.rows(f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608
    assert archivist.rows("SELECT refused FROM addresses WHERE page IS NULL AND refused IS NOT NULL") == [("bug",)] * 2
    assert archivist.rebuilt_differences() == []


def test_bug_that_is_mended_leaves_nothing_behind(archivist: Archivist, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(PageRows, "set_links", failing(SURPRISE))
        archivist.fetch(SEED)

    rebuild(archivist.folder)

    assert bugs(archivist) == []
    assert archivist.record()["title"]


@pytest.mark.parametrize(
    ("owner", "method"),
    [
        pytest.param(RunRows, "add", id="beginning of a run"),
        pytest.param(CaptureRows, "add", id="every response"),
        pytest.param(AddressRows, "record_sighting", id="every sighting, that of a refusal too"),
        pytest.param(RunRows, "end", id="end of a run"),
    ],
)
def test_bug_in_any_event_costs_it_alone(
    archivist: Archivist, monkeypatch: pytest.MonkeyPatch, owner: type, method: str
) -> None:
    monkeypatch.setattr(owner, method, failing(SURPRISE))

    archivist.fetch(SEED)

    details = [str(detail) for _, detail, _ in bugs(archivist)]
    assert details
    assert all(".warc.gz@" in detail and "ZeroDivisionError" in detail for detail in details)
    assert archivist.rows("SELECT count(*) FROM runs") == [(1,)]
    assert archivist.rebuilt_differences() == []


@pytest.mark.parametrize(
    ("error", "leaves_as"),
    [
        pytest.param(sqlite3.OperationalError("database or disk is full"), ArchiveUnwritable, id="full disk"),
        pytest.param(sqlite3.DatabaseError("malformed"), UnreadableInput, id="damaged database"),
        pytest.param(OSError(5, "input/output error"), OSError, id="disk"),
        pytest.param(MemoryError(), MemoryError, id="memory"),
    ],
)
def test_what_concerns_more_than_one_event_stops_the_run(
    archivist: Archivist, monkeypatch: pytest.MonkeyPatch, error: Exception, leaves_as: type[Exception]
) -> None:
    monkeypatch.setattr(CaptureRows, "add", failing(error))

    with pytest.raises(leaves_as):
        archivist.fetch(SEED)

    monkeypatch.undo()
    rebuild(archivist.folder)
    assert bugs(archivist) == []


def test_archive_that_an_older_version_stopped_at_comes_back_by_itself(site: FakeSite, archivist: Archivist) -> None:
    """It kept the bytes, failed at their rows, and its run was never closed."""
    archivist.fetch(OTHER)
    archivist.clock.sleep(3600.0)
    time = archivist.clock.now()
    page = SEED_FILE.read_bytes().replace(b"<p>Since", b'<p><img src="http://[broken.jpg">Since', 1)
    response = Capture(SEED, time, 200, (("Content-Type", "text/html"),), page, "OK")
    busy = Capture(BUSY, time, 503, (("Retry-After", "Fri, 31 Dec 9999 23:59:59 -2300"),), b"")
    started = RunStarted(f"{time:%Y%m%dT%H%M%SZ}", time, ())
    ids = map("urn:uuid:00000000-0000-4000-8000-{:012}".format, count())
    with closing(
        WarcWriter.create(archivist.folder, started, new_id=ids.__next__, before=manifest_before(archivist.folder))
    ) as writer:
        writer.append(Exchange(b"GET / HTTP/1.1\r\n\r\n", response))
        writer.append(Exchange(b"GET / HTTP/1.1\r\n\r\n", busy))
    archivist.execute("PRAGMA user_version = 3")
    archivist.clock.sleep(8 * 86400.0)  # the host is left alone for a week

    assert site.urls != []
    assert archivist.one(OTHER).outcome == Outcome.UNCHANGED

    assert archivist.record()["images"] == [{"url": "http://[broken.jpg", "caption": None}]
    assert bugs(archivist) == []
    assert archivist.rebuilt_differences() == []
