"""A file is written in one step, with the mode of the one it replaces."""

import stat
from pathlib import Path

import pytest

from postarchive.errors import ArchiveUnwritable
from postarchive.export.files import atomic_text, atomic_write


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755, 0o444])
def test_mode_of_the_old_file_stays(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("old")
    path.chmod(mode)

    with atomic_text(path) as out:
        scratch = next(found for found in tmp_path.iterdir() if found != path)
        assert stat.S_IMODE(scratch.stat().st_mode) == mode  # nobody reads meanwhile who may not
        out.write("new")

    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("new", mode)


def test_new_file_has_the_mode_of_any_other(tmp_path: Path) -> None:
    (tmp_path / "other").touch()

    with atomic_write(tmp_path / "new"):
        pass

    assert (tmp_path / "new").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_link_stays_and_its_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    (tmp_path / "link").symlink_to("file")

    with atomic_text(tmp_path / "link") as out:
        out.write("new")

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "new"


@pytest.mark.parametrize("name", ["loop", "first"])
def test_loop_of_links_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "first").symlink_to("second")
    (tmp_path / "second").symlink_to("first")

    with pytest.raises(ArchiveUnwritable, match="loop of symbolic links"), atomic_write(tmp_path / name):
        pass
    with pytest.raises(ArchiveUnwritable), atomic_write(tmp_path / name / "below"):
        pass
