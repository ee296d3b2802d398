"""Reading ahead in other processes: the database is the same for any number of them, and none outlives its parent."""

import errno
import hashlib
import os
import pickle
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Sized
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Never

import pytest

from archiving import HOME, LIST, MIRROR_SEED, MORNING, OTHER, SEED, SEED_FILE, STAMP, Archivist, Clock, playing_site
from failing import die, never, open_files
from fakesite import Response
from postarchive.ahead import events, process
from postarchive.ahead.crew import IN_HAND, Crew
from postarchive.ahead.events import FileSlice
from postarchive.ahead.importing import make_ready
from postarchive.ahead.pipe import Pipe
from postarchive.ahead.worker import Task
from postarchive.collect import fold, imports, reading, rebuild
from postarchive.collect.replay import replay
from postarchive.errors import DamagedRecord
from postarchive.models import Capture, Exchange, RunStarted
from postarchive.verify import Summary, verify_archive
from postarchive.warc import Before, WarcWriter, record_after, records
from running import Running
from running import started as started_run

PATIENCE_SECONDS = 30.0
IMPORTED = "SELECT id, run, url, time, status, length_bytes, payload_digest, origin FROM captures"  # ids are random
TABLES = ["pages", "versions", "changes", "links", "numbers", "number_pages", "addresses", "search_data", "problems"]
MADE_OF_PAGES = [f"SELECT * FROM {table}" for table in TABLES]  # noqa: S608 - our own names


# A test that names no kind of worker gets copies, as the program does, though the process of the tests has threads.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
IS_ALONE = process._is_alone  # noqa: SLF001 - replaced in each test


@pytest.fixture(autouse=True)
def nothing_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every archive be read in slices that no record fits in, as large ones are in slices of a megabyte."""
    monkeypatch.setattr(reading, "SMALL_BYTES", 0)
    monkeypatch.setattr(imports, "SMALL_BYTES", 0)
    monkeypatch.setattr(reading, "MIN_BYTES", 700)
    monkeypatch.setattr(process, "_is_alone", lambda: sys.platform == "linux")


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Archivist:
    """Archive all that makes rows: new and changed pages, 304s, repeated bodies, refusals, pages that are gone."""
    archivist = Archivist(tmp_path_factory.mktemp("varied"))
    with pytest.MonkeyPatch.context() as patch, playing_site(patch) as site:
        archivist.crawl(max_requests=12)
        site.edit(SEED, SEED_FILE.read_bytes().replace(b"18 major", b"19 major"))
        site.answer(OTHER, Response(body=b"%PDF-1.7 no page"))
        site.answer(STAMP, Response(body=b"", status=404))
        archivist.fetch(SEED, OTHER, STAMP, LIST)
        archivist.fetch(SEED, MIRROR_SEED, f"{HOME}nowhere.htm")
    return archivist


@pytest.fixture
def varied(made_once: Archivist, tmp_path: Path) -> Archivist:
    return Archivist(shutil.copytree(made_once.folder, tmp_path / "copy"))


@pytest.fixture(params=["copy", "fresh interpreter"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "copy" and sys.platform != "linux":
        pytest.skip("no copies of a process here")
    monkeypatch.setattr(process, "_is_alone", lambda: request.param == "copy")
    return str(request.param)


def contents(database: Path) -> str:
    """Return a digest over every row of every table, those of the index too."""
    with closing(sqlite3.connect(database)) as connection:
        return hashlib.sha256("\n".join(connection.iterdump()).encode()).hexdigest()


def test_database_is_the_same_for_any_number_of_processes(kind: str, varied: Archivist) -> None:
    """To the byte."""
    stored = contents(varied.database)
    files = set()
    for jobs in (1, 2, 3) if kind == "copy" else (1, 3):
        made = rebuild(varied.folder, jobs=jobs)

        assert contents(varied.database) == stored, jobs
        assert made.files == len(varied.files), jobs
        files.add(varied.database.read_bytes())

    assert len(files) == 1


def test_bug_of_a_reader_is_the_same_row(varied: Archivist, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fold, "read", never)
    monkeypatch.setattr(reading, "read_slice", never)
    rebuild(varied.folder, jobs=1)
    stored = contents(varied.database)

    rebuild(varied.folder, jobs=2)

    assert varied.rows("SELECT count(*) FROM problems WHERE kind = 'bug'") != [(0,)]
    assert contents(varied.database) == stored


def test_dead_worker_costs_only_its_time(varied: Archivist, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = contents(varied.database)
    monkeypatch.setattr(reading, "read_slice", die)

    rebuild(varied.folder, jobs=2)

    assert contents(varied.database) == stored


def fail() -> Never:
    raise OSError(errno.EAGAIN, "no more processes")


def test_worker_that_cannot_be_started_costs_nothing(
    kind: str, varied: Archivist, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = contents(varied.database)
    if kind == "copy":
        monkeypatch.setattr(os, "fork", fail)
    else:
        monkeypatch.setattr(sys, "executable", "/nowhere/python")

    rebuild(varied.folder, jobs=2)

    assert contents(varied.database) == stored


@contextmanager
def started() -> Iterator[tuple[process.Process, Pipe]]:
    worker, pipe = process.start()
    try:
        yield worker, pipe
    finally:
        worker.kill()
        worker.wait()
        pipe.close()


@pytest.mark.usefixtures("kind")
def test_worker_holds_no_file_of_its_parent(tmp_path: Path) -> None:
    """Else a lock or a database would be held until it ends."""
    with (tmp_path / "lock").open("w"), started() as (_, pipe):
        pipe.send(pickle.dumps(Task(open_files, 0)))

        assert not any(name.startswith(str(tmp_path)) for name in pickle.loads(pipe.receive()))  # noqa: S301 - our own worker's


def test_process_with_threads_is_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that another thread holds would stay locked in the copy."""
    monkeypatch.setattr(process, "_is_alone", IS_ALONE)
    is_over = Event()
    thread = Thread(target=is_over.wait)
    thread.start()
    try:
        with started() as (worker, _):
            assert isinstance(worker, subprocess.Popen)
    finally:
        is_over.set()
        thread.join()


def test_results_come_in_the_order_of_their_tasks() -> None:
    with Crew[int, int](abs, 2) as workers:
        found = list(workers.in_order(range(-9, 0)))

    assert found == [(number, -number) for number in range(-9, 0)]


def test_failed_task_returns_none() -> None:
    with Crew[str, int](int, 1) as workers:
        assert list(workers.in_order(["1", "one", "2"])) == [("1", 1), ("one", None), ("2", 2)]


@pytest.mark.usefixtures("kind")
def test_worker_imports_nothing_from_the_folder_where_a_person_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pickle", "signal", "postarchive"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit")
    monkeypatch.chdir(tmp_path)

    with Crew[int, int](abs, 1) as workers:
        assert list(workers.in_order([-1])) == [(-1, 1)]


def test_page_that_is_refused_is_read_once(varied: Archivist, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = contents(varied.database)
    monkeypatch.setattr(fold, "read", never)

    rebuild(varied.folder, jobs=1)

    assert varied.rows("SELECT count(*) FROM problems WHERE kind = 'refused'") != [(0,)]
    assert contents(varied.database) == stored


def test_few_tasks_are_begun_ahead() -> None:
    numbers = count()

    with Crew[int, int](abs, 2) as workers:
        next(workers.in_order(numbers))

        assert next(numbers) <= 3 * IN_HAND + 1  # those of two workers, and our own


def test_damage_is_met_where_it_is_whatever_reads(varied: Archivist) -> None:
    path = varied.files[0]
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 0xFF
    path.write_bytes(whole)
    errors = []

    for jobs in (1, 2):
        with pytest.raises(DamagedRecord) as caught:
            rebuild(varied.folder, jobs=jobs)
        errors.append(str(caught.value))

    assert errors[0] == errors[1]
    assert not (varied.folder / "postarchive.db.new").exists()


def test_torn_end_is_moved_aside_and_all_before_it_is_read(varied: Archivist) -> None:
    path = varied.files[-1]
    path.write_bytes(path.read_bytes()[:-30])
    varied.database.unlink()
    found = []

    for jobs in (1, 2):
        rebuild(varied.folder, jobs=jobs)
        found.append(contents(varied.database))

    assert found[0] == found[1]
    assert path.with_name(f"{path.name}.torn").exists()


def test_deep_verification_reads_in_several_processes(varied: Archivist) -> None:
    summary = Summary()

    def made_by_two(path: Path, ends: object) -> None:
        replay(varied.folder, path, ends, jobs=2)  # type: ignore[arg-type]

    assert list(verify_archive(varied.folder, summary, rebuild=made_by_two)) == []
    assert summary.is_deep


@pytest.mark.parametrize("make", [make_ready, die])
def test_import_makes_the_same_rows_for_any_number_of_processes(
    varied: Archivist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[object], object]
) -> None:
    monkeypatch.setattr(imports, "BATCH", 3)
    found: list[tuple[Sized, ...]] = []

    for jobs in (1, 2):
        monkeypatch.setattr(imports, "make_ready", make if jobs > 1 else make_ready)
        archivist = Archivist(tmp_path / f"of {jobs}")
        options = imports.ImportOptions(jobs=jobs, now=lambda: MORNING)
        results = list(imports.import_paths(archivist.folder, varied.files, options=options))
        found.append((results, archivist.rows(IMPORTED), *map(archivist.rows, MADE_OF_PAGES)))
        assert archivist.rebuilt_differences() == []
        assert list(verify_archive(archivist.folder, Summary())) == []

    assert found[0] == found[1]
    assert len(found[0][1]) > 5  # captures


# --- a person who stops it --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write an archive that takes a while: large enough that workers are started."""
    folder, body, clock = tmp_path_factory.mktemp("large") / "archive", SEED_FILE.read_bytes(), Clock()
    ids = (f"00000000-0000-4000-8000-{number:012x}" for number in count())
    started = RunStarted("20260101T000000Z", clock.now(), ())
    with closing(WarcWriter.create(folder, started, new_id=lambda: next(ids), before=Before())) as writer:
        for number in range(240):
            page = body.replace(b"</body", b"<!--%b--></body" % b64encode(os.urandom(18_000)), 1)
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(page)
            url = f"{HOME}html1/report/2304/{number + 1}-1.htm"
            capture = Capture(url, clock.now(), 200, (("Content-Type", "text/html"),), page, head=head)
            writer.append(Exchange(b"GET / HTTP/1.1\r\n\r\n", capture))
    return folder


@pytest.fixture
def large(written_once: Path, tmp_path: Path) -> Path:
    return shutil.copytree(written_once, tmp_path / "large")


@contextmanager
def rebuilding(archive: Path) -> Iterator[tuple[Running, list[int]]]:
    """Run `rebuild` with two workers until they have begun; yield it and their process ids."""
    with started_run("rebuild", "--jobs", "3", "--archive", archive) as parent:
        try:
            wait_until(lambda: (archive / "postarchive.db.new").exists() and len(children_of(parent.pid)) == 2)
            yield parent, children_of(parent.pid)
        finally:
            parent.kill()


def children_of(parent: int) -> list[int]:
    tasks = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def lives_on(process: int) -> bool:
    """Tell whether a process is still there after the time that it takes to notice that its parent is not."""
    with suppress(TimeoutError):
        wait_until(lambda: not is_running(process))
    return is_running(process)


def is_running(process: int) -> bool:
    """Tell whether a process has not ended; one that has may wait long for the system to bury it."""
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    return False


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.003)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_all_processes_and_leaves_nothing_half_made(large: Path, number: signal.Signals) -> None:
    with rebuilding(large) as (parent, workers):
        parent.send_signal(number)
        _, said = parent.communicate(timeout=PATIENCE_SECONDS)

    assert parent.returncode == 130
    assert said.splitlines() == ["postarchive: interrupted before it was complete"]
    assert not any(map(lives_on, workers))
    assert sorted(path.name for path in large.iterdir()) == ["lock", "warc"]


def test_killed_parent_leaves_no_process(large: Path) -> None:
    with rebuilding(large) as (parent, workers):
        parent.kill()
        parent.wait(PATIENCE_SECONDS)

    assert not any(map(lives_on, workers))


def test_work_continues_without_killed_workers(large: Path) -> None:
    with rebuilding(large) as (parent, workers):
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        _, said = parent.communicate(timeout=PATIENCE_SECONDS)

    assert (parent.returncode, said) == (0, "")


def test_slice_that_unpacks_to_much_ends_early_and_loses_nothing(
    varied: Archivist, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = contents(varied.database)
    monkeypatch.setattr(reading, "MAX_BYTES", 1 << 16)
    monkeypatch.setattr(events, "MAX_READ_BYTES", 5_000)

    part = FileSlice(varied.folder, varied.files[0].relative_to(varied.folder).as_posix(), 0, 1 << 20, is_exact=True)
    found = events.read_slice(part)
    rebuild(varied.folder, jobs=1)

    assert found is not None
    assert found.end < varied.files[0].stat().st_size
    assert contents(varied.database) == stored


def test_slice_looks_for_its_first_record_only_in_itself(varied: Archivist) -> None:
    """A record can fill many slices: if each searched to the end of it, a video would take minutes."""
    path = varied.files[0]
    first, second = [record.offset for record in records(varied.folder, path.relative_to(varied.folder).as_posix())][
        1:3
    ]

    found = [record_after(path, start - 1, before=stop) for start, stop in ((first, first + 1), (first + 1, second))]

    assert found == [first, None]
    assert record_after(path, first, before=second + 1) == second
