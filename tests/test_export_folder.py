"""A folder takes its place in one step, and never that of a folder which somebody has touched."""

from collections.abc import Callable
from pathlib import Path

import pytest

from exporting import contents
from postarchive.errors import ArchiveUnwritable
from postarchive.export.bundle import FolderBundle, Written
from postarchive.export.folder import CHECKSUMS, replaced_folder

MARK = "index.md"


def fill(path: Path, **files: str) -> None:
    """Write an export: its files, and their checksums."""
    written: list[Written] = []
    with replaced_folder(path, mark=MARK) as folder:
        bundle = FolderBundle(folder, written.append)
        for name, text in {MARK: "#", **{f"a/{name}.md": text for name, text in files.items()}}.items():
            bundle.write(name, text)
        (folder / CHECKSUMS).write_text("".join(file.checksum_line for file in written))


def break_off(path: Path, error: BaseException) -> None:
    """Begin an export that does not end well."""
    with replaced_folder(path, mark=MARK) as folder:
        (folder / "half").write_text("x")
        raise error


def left_beside(path: Path) -> list[str]:
    return [other.name for other in path.parent.iterdir() if other != path]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out"


def test_new_folder_appears_when_it_is_complete(path: Path) -> None:
    with replaced_folder(path, mark=MARK) as folder:
        (folder / "a").write_text("b")
        assert not path.exists()

    assert contents(path) == {"a": b"b"}
    assert left_beside(path) == []


def test_empty_folder_is_filled(path: Path) -> None:
    path.mkdir()

    fill(path, a="1")

    assert set(contents(path)) == {MARK, "a/a.md", CHECKSUMS}


def test_own_folder_is_replaced_whole(path: Path) -> None:
    fill(path, a="1", b="2")

    fill(path, b="3")

    assert set(contents(path)) == {MARK, "a/b.md", CHECKSUMS}
    assert contents(path)["a/b.md"] == b"3"
    assert left_beside(path) == []


def test_folder_behind_a_link_is_replaced(path: Path) -> None:
    behind = path.with_name("behind")
    fill(behind, a="1")
    path.symlink_to(behind)

    fill(path, a="2")

    assert path.is_symlink()
    assert contents(behind)["a/a.md"] == b"2"


def test_loop_of_links_is_left_alone(path: Path) -> None:
    path.symlink_to(path.name)

    with pytest.raises(ArchiveUnwritable):
        fill(path, a="1")

    assert path.is_symlink()
    assert left_beside(path) == []


def add_a_note(path: Path) -> None:
    (path / "a" / "note.txt").write_text("mine")


def edit_a_file(path: Path) -> None:
    (path / "a" / "a.md").write_text("mine")


def add_a_link(path: Path) -> None:
    (path / "link").symlink_to("/")


def drop_the_checksums(path: Path) -> None:
    (path / CHECKSUMS).unlink()


def drop_the_mark(path: Path) -> None:
    (path / MARK).unlink()


@pytest.mark.parametrize(
    ("touch", "says"),
    [
        (add_a_note, "a/note.txt"),
        (edit_a_file, "a/a.md"),
        (add_a_link, "link"),
        (drop_the_checksums, "not an export"),
        (drop_the_mark, "not an export"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_folder_that_somebody_touched_is_left_alone(path: Path, touch: Callable[[Path], None], says: str) -> None:
    fill(path, a="1")
    touch(path)
    before = contents(path)

    with pytest.raises(ArchiveUnwritable, match=says):
        fill(path, a="2")

    assert contents(path) == before
    assert left_beside(path) == []


def test_folder_of_another_is_left_alone(path: Path) -> None:
    path.mkdir()
    (path / "thesis.md").write_text("mine")

    with pytest.raises(ArchiveUnwritable, match="not empty"):
        fill(path, a="2")

    assert contents(path) == {"thesis.md": b"mine"}


@pytest.mark.parametrize("below", ["", "a"])
def test_folder_one_works_in_is_left_alone(path: Path, below: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shell would be in a folder that no longer exists."""
    (path / "a").mkdir(parents=True)
    monkeypatch.chdir(path / below)

    with pytest.raises(ArchiveUnwritable, match="the folder you are in"):
        fill(path, a="2")

    assert (path / "a").is_dir()


def test_file_is_left_alone(path: Path) -> None:
    path.write_text("mine")

    with pytest.raises(ArchiveUnwritable, match="is a file"):
        fill(path)

    assert path.read_text() == "mine"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["disk", "stop"])
def test_interrupted_export_leaves_the_old_one(path: Path, error: BaseException) -> None:
    fill(path, a="1")
    before = contents(path)

    with pytest.raises((ArchiveUnwritable, KeyboardInterrupt)):
        break_off(path, error)

    assert contents(path) == before
    assert left_beside(path) == []


@pytest.mark.parametrize("error", [OSError(16, "Device or resource busy"), KeyboardInterrupt()], ids=["disk", "stop"])
def test_swap_that_fails_halfway_brings_the_old_folder_back(
    path: Path, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(path, a="1")
    before = contents(path)
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if self.name.endswith(".part"):
            raise error
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises((ArchiveUnwritable, KeyboardInterrupt)):
        fill(path, a="2")

    assert contents(path) == before
    assert left_beside(path) == []
