"""Write a file in one step: it appears under its name when it is complete, or not at all."""

import contextlib
import io
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from postarchive.errors import ArchiveUnwritable


@contextlib.contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes its name only when the body is through; after an error the old file is untouched.

    Raises ArchiveUnwritable for every OSError, also of the body.
    """
    try:
        target = _ordinary(path)
        with _scratch(target) as scratch:
            with scratch.open("xb") as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
            scratch.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise ArchiveUnwritable(str(path), f"cannot be written: {error.strerror or error}") from error


@contextlib.contextmanager
def atomic_text(path: Path) -> Iterator[TextIO]:
    """Open a UTF-8 text like `atomic_write`; line ends are written as they are given."""
    with atomic_write(path) as out, text_over(out) as text:
        yield text


@contextlib.contextmanager
def text_over(out: BinaryIO | io.BufferedIOBase) -> Iterator[TextIO]:
    """Open a UTF-8 text over bytes that their owner closes; line ends are written as they are given."""
    text = io.TextIOWrapper(cast("BinaryIO", out), encoding="utf-8", newline="")
    try:
        yield text
    finally:
        text.detach()  # flushes


def _ordinary(path: Path) -> Path:
    """Return the file behind a symbolic link; a device or a folder must not be replaced."""
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise ArchiveUnwritable(str(path), "is no ordinary file; name a file to write")
    return target


@contextlib.contextmanager
def _scratch(target: Path) -> Iterator[Path]:
    """Name a file beside the target (a rename is atomic only within a file system) and leave none behind."""
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
