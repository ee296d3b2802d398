"""The folders of the copies: no killed server leaves one for long, and nobody's is taken from him."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from postarchive.errors import ArchiveUnwritable
from postarchive.serve import child, folders
from postarchive.serve.folders import LOCK, PREFIX, remove_left_behind, temporary_folder


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def left_behind(temporary: Path, name: str = "killed") -> Path:
    """Return a folder as a server that was killed leaves it."""
    folder = temporary / f"{PREFIX}{name}"
    folder.mkdir()
    (folder / LOCK).touch()
    (folder / "postarchive.db").write_bytes(b"much")
    return folder


def test_what_a_killed_server_left_is_removed_by_the_next(temporary: Path) -> None:
    left = left_behind(temporary)

    with temporary_folder() as folder:
        assert list(temporary.iterdir()) == [folder]

    assert not left.exists()
    assert list(temporary.iterdir()) == []


def test_a_folder_in_use_stays(temporary: Path) -> None:
    with temporary_folder() as first, temporary_folder() as second:
        remove_left_behind(temporary)

        assert {folder.name for folder in temporary.iterdir()} == {first.name, second.name}


def test_a_folder_without_a_lock_is_nobodys_to_remove(temporary: Path) -> None:
    new, other = temporary / f"{PREFIX}new", temporary / "other"
    new.mkdir()
    other.mkdir()
    (other / LOCK).touch()

    remove_left_behind(temporary)

    assert sorted(temporary.iterdir()) == [other, new]


def test_a_folder_of_another_user_stays(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = left_behind(temporary)
    monkeypatch.setattr("os.getuid", lambda: left.stat().st_uid + 1)

    remove_left_behind(temporary)

    assert left.exists()


def test_a_link_leads_to_nothing_that_is_removed(temporary: Path, tmp_path: Path) -> None:
    elsewhere = left_behind(tmp_path)
    (temporary / f"{PREFIX}link").symlink_to(elsewhere)
    (left_behind(temporary) / "link").symlink_to(elsewhere)

    remove_left_behind(temporary)

    assert (elsewhere / "postarchive.db").exists()


def test_a_file_system_without_locks_serves_too(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(_file: int, _operation: int) -> None:
        raise OSError("no locks available")

    monkeypatch.setattr("fcntl.flock", no_locks)
    with temporary_folder() as first, temporary_folder():
        assert first.exists()

    assert list(temporary.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_reported(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "UNLOCKED", "no/such/place")

    with pytest.raises(ArchiveUnwritable, match="cannot be made: No such file"), temporary_folder():
        pass

    assert list(temporary.iterdir()) == []


def test_a_process_that_copies_ends_without_its_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it asks while it copies says so as soon as another process is its parent."""
    asked: list[bool] = []
    parents = iter([100, 1])

    def copied(_archive: Path, _path: Path, *, is_stopped: Callable[[], bool]) -> None:
        asked.extend(is_stopped() for _ in range(2))

    monkeypatch.setattr(child, "make_copy", copied)
    monkeypatch.setattr("os.nice", lambda _: 0)
    monkeypatch.setattr("os.getppid", lambda: next(parents))
    monkeypatch.setattr("signal.signal", lambda *_: None)

    assert child.main("archive", "copy.db", "100") == 0
    assert asked == [False, True]
