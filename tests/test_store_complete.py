"""A copy of an archive in which rows are missing says so; one whose rows can all be read is read, on any medium."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiving import LIST, OTHER, SEED, STAMP, Archivist
from commands import postarchive
from damages import members
from disks import mounted, small_disk
from fakesite import FakeSite
from foreignwarc import Foreign, plain, put
from postarchive.collect import fetch_urls
from postarchive.collect.imports import BATCH, WRITTEN_TOGETHER, ImportOptions, import_paths
from postarchive.errors import UnreadableInput
from postarchive.store.complete import IMPORTED_AT_ONCE
from postarchive.store.read import Reader

TOOL = Path(__file__).parent.parent / "tools" / "verify_archive.py"
READING = (["query"], ["stats"], ["show", SEED], ["history", SEED], ["runs"], ["check"], ["feed"], ["query", "--sql"])


@pytest.fixture
def running(archivist: Archivist, site: FakeSite) -> Iterator[Archivist]:
    """Yield an archive in which a run is still at work, so that its rows are in the `-wal` file alone."""
    assert site.proxy_url
    archivist.fetch(SEED)
    archivist.clock.sleep(60.0)
    run = fetch_urls(archivist.folder, (OTHER, STAMP, LIST), options=archivist.options)
    for _ in range(3):
        next(run)
    yield archivist
    list(run)


def copied(archivist: Archivist, folder: Path, *without: str) -> Path:
    """Copy an archive, save for some of the files that SQLite keeps beside the database."""
    unwanted = [f"postarchive.db{suffix}" for suffix in without]
    shutil.copytree(archivist.folder, folder, ignore=shutil.ignore_patterns(*unwanted))
    return folder


def pages_in(folder: Path) -> int:
    with Reader(folder) as reader:
        return len(list(reader._rows("SELECT id FROM pages")))  # noqa: SLF001 - counted as they are


def verified_alone(folder: Path) -> str:
    """Return what the stand-alone verifier says."""
    command = [sys.executable, "-I", "-S", str(TOOL), str(folder)]
    return subprocess.run(command, capture_output=True, check=False, text=True).stdout  # noqa: S603 - our own words


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_copy_without_its_wal_is_reported_as_incomplete(running: Archivist, tmp_path: Path, command: list[str]) -> None:
    copy = copied(running, tmp_path / "copy", "-wal", "-shm")
    if command[-1] == "--sql":
        command = [*command, "SELECT count(*) FROM pages"]

    done = postarchive(*command, "--archive", copy)

    assert (done.returncode, done.stdout) == (65, ""), done
    assert "the database is incomplete: it lacks the rows of" in done.stderr
    assert "-wal file was not copied" in done.stderr


def test_copy_without_its_wal_is_made_whole_by_a_rebuild(running: Archivist, tmp_path: Path) -> None:
    copy = copied(running, tmp_path / "copy", "-wal", "-shm")

    assert postarchive("rebuild", "--archive", copy).returncode == 0
    assert pages_in(copy) == pages_in(running.folder)


def test_verify_names_what_has_no_rows_in_a_copy_without_its_wal(running: Archivist, tmp_path: Path) -> None:
    copy = copied(running, tmp_path / "copy", "-wal", "-shm")

    said = postarchive("verify", "--archive", copy).stdout

    assert "bytes have no rows yet" in said


def test_running_archive_is_read_beside_the_run(running: Archivist) -> None:
    assert pages_in(running.folder) == 4


def test_copy_with_all_its_files_is_read(running: Archivist, tmp_path: Path) -> None:
    assert pages_in(copied(running, tmp_path / "copy")) == 4


@pytest.mark.parametrize(("records", "is_read"), [(0, True), (2, True), (6, False)])
def test_archive_of_a_killed_run_is_read(running: Archivist, tmp_path: Path, records: int, *, is_read: bool) -> None:
    """What a kill leaves between bytes and rows is one exchange and a torn record; the next run sees to them."""
    copy = copied(running, tmp_path / "copy", "-shm")
    more = b"".join(member.raw for member in members(running, 1)[-records:]) if records else b""
    newest = max(copy.glob("warc/*/*.warc.gz"))
    newest.write_bytes(newest.read_bytes() + more + members(running, 0)[0].raw[:60])

    done = postarchive("query", "--archive", copy)

    assert (done.returncode == 0) is is_read, done


@pytest.mark.usefixtures("site")
def test_database_with_all_rows_in_its_wal_is_reported_as_empty(archivist: Archivist, tmp_path: Path) -> None:
    run = fetch_urls(archivist.folder, (SEED, OTHER), options=archivist.options)
    next(run)
    copy = copied(archivist, tmp_path / "copy", "-wal", "-shm")
    list(run)

    with pytest.raises(UnreadableInput, match="-wal file was not copied"):
        Reader(copy)


def test_copy_on_a_read_only_disk_is_read_with_its_wal(running: Archivist, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "64m") as disk:
        copied(running, disk / "copy", "-shm")
        assert mounted(disk, "remount,ro")

        assert pages_in(disk / "copy") == 4
        assert postarchive("query", "--archive", disk / "copy").returncode == 0
        assert "UNVERIFIABLE: " in verified_alone(disk / "copy")
        assert "no rows yet" not in verified_alone(disk / "copy")


def test_copy_on_a_read_only_disk_without_its_wal_is_incomplete(running: Archivist, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "64m") as disk:
        copied(running, disk / "copy", "-wal", "-shm")
        assert mounted(disk, "remount,ro")

        done = postarchive("query", "--archive", disk / "copy")
        assert "bytes have no rows yet" in verified_alone(disk / "copy")

    assert (done.returncode, "is incomplete" in done.stderr) == (65, True), done


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to root")
def test_copy_in_a_read_only_folder_is_read_with_its_wal(running: Archivist, tmp_path: Path) -> None:
    copy = copied(running, tmp_path / "copy", "-shm")
    copy.chmod(0o500)

    assert pages_in(copy) == 4

    copy.chmod(0o700)


AS_NOBODY = """
import os, sys
from pathlib import Path
from postarchive.store.complete import IMPORTED_AT_ONCE
from postarchive.store.read import Reader
os.setgid(65534)
os.setuid(65534)
with Reader(Path(sys.argv[1])) as reader:
    print(len(list(reader._rows("SELECT id FROM pages"))))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
@pytest.mark.parametrize("without", [("-shm",), ("-wal", "-shm")], ids=" ".join)
def test_copy_of_somebody_else_is_read_or_incomplete(
    running: Archivist, tmp_path: Path, without: tuple[str, ...]
) -> None:
    copy = copied(running, tmp_path / "copy", *without)
    for folder in [folder for folder in copy.parents if "pytest" in str(folder)]:
        folder.chmod(0o755)

    done = subprocess.run([sys.executable, "-c", AS_NOBODY, copy], capture_output=True, text=True, check=False)  # noqa: S603 - our own words

    assert (done.stdout == "4\n") is (without == ("-shm",)), done
    assert ("is incomplete" in done.stderr) is (without != ("-shm",)), done


@pytest.mark.usefixtures("site")
def test_archive_of_a_killed_import_is_read(archivist: Archivist, tmp_path: Path) -> None:
    """An import brings a batch of responses to the disk before their rows are made."""
    archivist.fetch(SEED)
    before = archivist.database.read_bytes()
    pages = [Foreign(url=SEED, date=f"2019-03-04T05:06:{second:02}Z", body=b"<p>%d" % second) for second in range(20)]
    path = put(tmp_path / "a.warc", plain(*pages))
    assert len(list(import_paths(archivist.folder, [path], options=ImportOptions(now=archivist.clock.now)))) == 20
    archivist.database.write_bytes(before)

    assert postarchive("query", "--archive", archivist.folder).returncode == 0
    assert IMPORTED_AT_ONCE == BATCH * WRITTEN_TOGETHER
