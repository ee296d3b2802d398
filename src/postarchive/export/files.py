"""Write a file in one step: it appears under its name when it is complete, or not at all."""

import contextlib
import io
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from postarchive.errors import ArchiveUnwritable


@contextlib.contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes its name only when the body has finished; after an error the old file is untouched.

    Raises ArchiveUnwritable for every OSError, including the body's.
    """
    try:
        target = _ordinary(path)
        with _scratch(target) as scratch:
            with open(scratch, "xb", opener=_opener(target)) as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
            scratch.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise ArchiveUnwritable(str(path), f"cannot be written: {_reason(path, error)}") from error


@contextlib.contextmanager
def atomic_text(path: Path) -> Iterator[TextIO]:
    """Open a UTF-8 text like `atomic_write`; line ends are written as they are given."""
    with atomic_write(path) as out, text_over(out) as text:
        yield text


@contextlib.contextmanager
def text_over(out: BinaryIO | io.BufferedIOBase) -> Iterator[TextIO]:
    """Open a UTF-8 text over a byte stream that its owner closes; line ends are written as they are given."""
    text = io.TextIOWrapper(cast("BinaryIO", out), encoding="utf-8", newline="")
    try:
        yield text
    finally:
        text.detach()  # flushes


def _reason(path: Path, error: OSError) -> str:
    """Return why a file cannot be written, and what to do when its folder is missing."""
    reason = error.strerror or str(error)
    is_lacking = isinstance(error, FileNotFoundError) and not path.parent.exists()
    return f"{reason}; make the folder {path.parent} first" if is_lacking else reason


def _ordinary(path: Path) -> Path:
    """Return the target of a symbolic link; a device or a folder must not be replaced."""
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise ArchiveUnwritable(str(path), "is a loop of symbolic links; name another file")
    if target.exists() and not target.is_file():
        raise ArchiveUnwritable(str(path), "is not a regular file; name a file to write")
    return target


def _opener(target: Path) -> Callable[[str, int], int]:
    """Return an opener that gives a new file, from the start, the mode of the file it replaces."""
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None

    def opener(path: str, flags: int) -> int:
        handle = os.open(path, flags, mode=0o666 if mode is None else mode & stat.S_IRWXU)
        if mode is not None:
            os.fchmod(handle, mode)
        return handle

    return opener


@contextlib.contextmanager
def _scratch(target: Path) -> Iterator[Path]:
    """Name a file next to the target (a rename is atomic only within a file system) and remove it afterwards."""
    scratch = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        yield scratch
    finally:
        with contextlib.suppress(OSError):
            scratch.unlink()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
