"""Write a folder in one step: it is built next to its place and takes its name when it is complete, or not at all.

An existing folder is replaced only if it is empty or an untouched export: its list of checksums names every file in it,
and each is as it was written.
"""

import contextlib
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from postarchive.errors import ArchiveUnwritable
from postarchive.export.bundle import Written

CHECKSUMS = "SHA256SUMS"


@contextlib.contextmanager
def replaced_folder(path: Path, *, mark: str) -> Iterator[Path]:
    """Yield an empty folder to fill, which takes the place of `path` when the body has finished.

    `mark` is a file that every export of this form has. Raises ArchiveUnwritable for a folder that is not ours to
    replace, and for every OSError, including the body's; the old folder is then untouched.
    """
    try:
        target = Path(os.path.realpath(path))  # `resolve` raises RuntimeError for a loop of links
        _check_replaceable(path, target, mark)
        scratch = _sibling(target, "part")
        scratch.mkdir()
        try:
            yield scratch
            os.sync()
            _swap(scratch, target)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    except OSError as error:
        raise ArchiveUnwritable(str(path), f"cannot be written: {error.strerror or error}") from error


def _check_replaceable(path: Path, target: Path, mark: str) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise ArchiveUnwritable(str(path), "is a file; name a folder to write")
    if Path.cwd().is_relative_to(target):
        raise ArchiveUnwritable(str(path), "is the folder you are in, which cannot be replaced; name a new folder")
    if not any(target.iterdir()):
        return
    if not (target / mark).is_file() or not (target / CHECKSUMS).is_file():
        raise ArchiveUnwritable(
            str(path), "is not empty, and not an export of this format; name a new or an empty folder"
        )
    if strange := _mismatched_file(target):
        raise ArchiveUnwritable(
            str(path),
            f"contains {strange}, which was added or changed since the export; move it away, or name a new folder",
        )


def _mismatched_file(folder: Path) -> str | None:
    """Return a file that the list of checksums lacks or contradicts; None when all agree."""
    with (folder / CHECKSUMS).open(encoding="utf-8", errors="replace") as file:
        lines = set(file)
    for place, folders, names in os.walk(folder):
        for path in (Path(place, name) for name in (*folders, *names)):
            relative = path.relative_to(folder).as_posix()
            if path.is_symlink() or (path.is_file() and relative != CHECKSUMS and _line(path, relative) not in lines):
                return relative
    return None


def _line(path: Path, relative: str) -> str:
    with path.open("rb") as file:
        return Written(relative, 0, hashlib.file_digest(file, "sha256").hexdigest()).checksum_line


def _swap(scratch: Path, target: Path) -> None:
    """Give the new folder its name; the old one is moved aside first, moved back if that fails, else removed."""
    if not target.exists():
        scratch.rename(target)
        return
    old = _sibling(target, "old")
    target.rename(old)
    try:
        scratch.rename(target)
    except BaseException:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _sibling(target: Path, suffix: str) -> Path:
    """Name a folder next to the target: a rename is atomic only within a file system."""
    return target.with_name(f".{target.name}.{secrets.token_hex(4)}.{suffix}")
