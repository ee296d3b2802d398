"""`serve` follows the archive: the next page shows what a run brought, and nobody is disturbed by that."""

import asyncio
import os
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from archiving import OTHER, SEED, SEED_NODE, Archivist, playing_site
from fakesite import FakeSite
from postarchive.collect import rebuild
from postarchive.errors import ArchiveUnwritable
from postarchive.serve import child, follow
from postarchive.serve.child import child_copy
from postarchive.serve.copy import reading_copy
from postarchive.serve.editions import Edition, Editions
from postarchive.serve.follow import LOOK_SECONDS, Follower, following
from postarchive.serve.tables import DATABASE
from postarchive.store.mark import Mark, Pulse
from serving import EDITED, EDITED_NODE, edited_page, site_over
from visiting import NOON

OTHER_NODE = 23048450
PATIENCE_SECONDS = 20.0


@pytest.fixture
def site() -> Iterator[FakeSite]:
    with pytest.MonkeyPatch.context() as patch, playing_site(patch) as playing:
        playing.edit(EDITED, edited_page(40))
        yield playing


@pytest.fixture
def archive(site: FakeSite, tmp_path: Path) -> Archivist:  # noqa: ARG001 - it is played
    archivist = Archivist(tmp_path / "archive")
    archivist.fetch(SEED, EDITED)
    return archivist


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at each request, and wait for the copy however slow this machine is."""
    monkeypatch.setattr(follow, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(follow, "PATIENCE_SECONDS", PATIENCE_SECONDS)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make later copies in this process: for tests of when a copy is made, and of which one readers see."""
    monkeypatch.setattr(follow, "child_copy", lambda folder, stopped: reading_copy(folder, is_stopped=stopped))


@dataclass
class Site:
    """A served site, a client for it, and what it reported to its operator."""

    runner: asyncio.Runner
    follower: Follower
    datasette: Any
    said: list[str]

    def get(self, path: str) -> Any:  # noqa: ANN401 - httpx's response
        """Return the response to a path."""
        return self.runner.run(self.datasette.client.get(path))

    def count(self) -> int:
        """Return how many articles readers see."""
        rows = self.get(f"/{DATABASE}.json?_shape=array&sql=select+count(*)+as+n+from+articles").json()
        return int(rows[0]["n"])


@contextmanager
def served(folder: Path) -> Iterator[Site]:
    said: list[str] = []
    with (
        asyncio.Runner() as runner,
        following(folder, say=said.append) as follower,
        site_over(follower, folder) as datasette,
    ):
        yield Site(runner, follower, datasette, said)


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.02)


def test_the_next_page_after_a_run_shows_it(archive: Archivist, site: FakeSite) -> None:
    with served(archive.folder) as shown:
        before = shown.get(f"/-/article/{OTHER_NODE}").status_code, shown.count()
        site.edit(EDITED, edited_page(4000))
        archive.fetch(OTHER, EDITED)
        after = shown.get(f"/-/article/{OTHER_NODE}").status_code, shown.count()
        found = shown.get("/-/search?q=4000").text

    assert (before, after) == ((404, 2), (200, 3))
    assert f"/-/article/{EDITED_NODE}" in found


@pytest.mark.usefixtures("here")
def test_counts_and_sizes_follow_too(archive: Archivist) -> None:
    with served(archive.folder) as shown:
        before = shown.get(f"/{DATABASE}.json").json()
        archive.fetch(OTHER)
        after = shown.get(f"/{DATABASE}.json").json()
        copy = shown.datasette.get_database(DATABASE)
        size = copy.size, Path(copy.path).stat().st_size

    counts = [{table["name"]: table["count"] for table in told["tables"]}["articles"] for told in (before, after)]
    assert counts == [2, 3]
    assert size[0] == size[1]


def test_nothing_is_copied_when_nothing_happened(archive: Archivist, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []
    monkeypatch.setattr(follow, "child_copy", lambda folder, _: made.append(folder))
    with served(archive.folder) as shown:
        for _ in range(5):
            shown.get("/")
            shown.get(f"/-/article/{SEED_NODE}/original")
        archive.database.touch()
        shown.get("/")

    assert made == []


def test_the_archive_is_looked_at_once_a_second_at_most(archive: Archivist, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float] = []
    mark = Pulse.mark

    def look(pulse: Pulse) -> Mark | None:
        looks.append(time.monotonic())
        return mark(pulse)

    monkeypatch.setattr(follow, "LOOK_SECONDS", 0.4)
    monkeypatch.setattr(Pulse, "mark", look)
    with served(archive.folder) as shown:
        shown.get("/-/search")  # the first takes longest
        del looks[:-1]
        until, pages = time.monotonic() + 10, 0
        while len(looks) == 1 and time.monotonic() < until:
            shown.get("/-/search")
            pages += 1

    assert LOOK_SECONDS == 1.0
    assert pages > 1
    first, second = looks
    assert second - first >= 0.4


@pytest.mark.usefixtures("here")
def test_an_old_edition_stays_until_its_last_reader_is_done(archive: Archivist, temporary: Path) -> None:
    with served(archive.folder) as shown:
        editions, copy = shown.follower.editions, shown.datasette.get_database(DATABASE)

        async def read_on() -> tuple[int, int, bool]:
            with editions.reading() as old:
                archive.fetch(OTHER)
                shown.follower._look()  # noqa: SLF001
                wait_for(lambda: editions.current is not old)
                copies = sum(1 for _ in os.scandir(temporary))
                count = (await copy.execute("SELECT count(*) FROM articles")).first()[0]
                return copies, count, os.access(old.path, os.R_OK)

        meanwhile = shown.runner.run(read_on())
        left, current = list(temporary.iterdir()), editions.current.path.parent
        now = shown.count()

    assert meanwhile == (2, 2, True)
    assert (left, now) == ([current], 3)
    assert list(temporary.iterdir()) == []


def numbered_edition(folder: Path, number: int) -> Edition[sqlite3.Connection]:
    """Return an edition that holds one number."""
    path = folder / f"copy-{number}.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (n)")
        connection.execute("INSERT INTO t VALUES (?)", (number,))
        connection.commit()
    return Edition(path, None, NOON, path.unlink)


def number_in(edition: Edition[sqlite3.Connection]) -> int:
    """Return the number that an edition holds."""

    def opened(path: Path) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{path}?immutable=1", uri=True, check_same_thread=False)

    return int(edition.call(opened, lambda connection: connection.execute("SELECT n FROM t").fetchone()[0]))


def test_readers_in_many_threads_see_one_edition_each(tmp_path: Path) -> None:
    """While editions come and go, each reader reads the same number at its beginning and at its end."""
    editions = Editions(numbered_edition(tmp_path, 0))
    is_over = threading.Event()

    def read() -> set[tuple[int, int]]:
        found = set()
        while not is_over.is_set():
            with editions.reading() as edition:
                found.add((number_in(edition), number_in(edition)))
        return found

    with ThreadPoolExecutor(6) as readers:
        reading = [readers.submit(read) for _ in range(6)]
        for number in range(1, 60):
            editions.replace(numbered_edition(tmp_path, number))
        is_over.set()
    editions.close()

    pairs = set().union(*(future.result() for future in reading))
    assert len(pairs) > 1
    assert all(first == second for first, second in pairs)
    assert list(tmp_path.iterdir()) == []


def test_a_slow_copy_keeps_no_reader_waiting(archive: Archivist, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "PATIENCE_SECONDS", 0.1)
    may_go = threading.Event()

    @contextmanager
    def slow(folder: Path, is_stopped: Callable[[], bool]) -> Iterator[Path]:
        may_go.wait(PATIENCE_SECONDS)
        with child_copy(folder, is_stopped) as path:
            yield path

    monkeypatch.setattr(follow, "child_copy", slow)
    with served(archive.folder) as shown:
        archive.fetch(OTHER)
        old = shown.count()
        may_go.set()
        wait_for(lambda: shown.count() == 3)

    assert old == 2


@pytest.mark.usefixtures("here")
def test_a_copy_that_fails_is_reported_once_and_the_old_one_stays(
    archive: Archivist, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(folder: Path, is_stopped: Callable[[], bool]) -> Any:  # noqa: ANN401, ARG001
        raise ArchiveUnwritable("", "disk is full; free some space")

    monkeypatch.setattr(follow, "AGAIN_SECONDS", 0.0)
    with served(archive.folder) as shown:
        with monkeypatch.context() as patch:
            patch.setattr(follow, "child_copy", full)
            archive.fetch(OTHER)
            counts = [shown.count() for _ in range(3)]
        later = shown.count()

    assert (counts, later) == ([2, 2, 2], 3)
    assert len(shown.said) == 1
    assert shown.said[0].startswith("Readers still see the copy of ")
    assert shown.said[0].endswith("disk is full; free some space")


@pytest.mark.usefixtures("here")
def test_a_rebuilt_archive_is_copied_again(archive: Archivist) -> None:
    with served(archive.folder) as shown:
        first = shown.follower.editions.current
        rebuild(archive.folder)
        status = shown.get(f"/-/article/{SEED_NODE}").status_code
        second = shown.follower.editions.current

    assert status == 200
    assert second is not first


@pytest.mark.usefixtures("here")
def test_an_archive_that_goes_away_is_still_served(archive: Archivist, tmp_path: Path) -> None:
    with served(archive.folder) as shown:
        shutil.move(archive.folder, tmp_path / "away")
        status, count = shown.get("/-/search").status_code, shown.count()
        unread = shown.get("/-/calendar")
        shutil.move(tmp_path / "away", archive.folder)
        archive.fetch(OTHER)
        later = shown.count(), shown.get("/-/calendar").status_code

    assert (status, count, later) == (200, 2, (3, 200))
    assert (unread.status_code, "The archive cannot be read now" in unread.text) == (503, True)
    assert str(tmp_path) not in unread.text


@pytest.mark.usefixtures("here")
def test_a_copy_that_is_gone_from_its_folder_is_made_again(archive: Archivist) -> None:
    """Whoever tidies the temporary folders of a machine may take it."""
    with served(archive.folder) as shown:
        shutil.rmtree(shown.follower.editions.current.path.parent)
        told = shown.get(f"/{DATABASE}").status_code, shown.count()

    assert told == (200, 2)


@pytest.mark.usefixtures("here")
def test_an_unfinished_run_is_copied_from_time_to_time(archive: Archivist, monkeypatch: pytest.MonkeyPatch) -> None:
    cut = "UPDATE runs SET ended = NULL WHERE run = (SELECT max(run) FROM runs)"
    with served(archive.folder) as shown:
        archive.fetch(OTHER)
        archive.execute(cut)  # as if it still went on
        soon = shown.count()
        monkeypatch.setattr(follow, "QUIET_SECONDS", 0.0)
        later = shown.count()

    assert (soon, later) == (2, 3)


def test_a_writer_is_not_disturbed_by_readers(archive: Archivist, site: FakeSite) -> None:
    with served(archive.folder) as shown:
        for parcels in range(50, 53):
            site.edit(EDITED, edited_page(parcels))
            assert [result.outcome for result in archive.fetch(EDITED)] == ["CHANGED"]
            assert f"{parcels} parcels" in shown.get(f"/-/article/{EDITED_NODE}").text


def test_a_process_that_copies_says_why_it_failed(tmp_path: Path) -> None:
    with pytest.raises(ArchiveUnwritable, match="no archive here"), child_copy(tmp_path / "nothing", lambda: False):
        pass


def test_a_process_that_copies_is_ended_with_the_server(archive: Archivist, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "POLL_SECONDS", 0.001)
    with served(archive.folder) as shown:
        archive.fetch(OTHER)
        shown.follower._look()  # noqa: SLF001

    assert shown.follower._thread.is_alive() is False  # noqa: SLF001
    assert shown.said == []
