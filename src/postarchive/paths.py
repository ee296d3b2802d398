"""Paths that others wrote, and files that may not be regular files: the one place that opens an archive's files.

A database, a WARC file or a WACZ package may come from a stranger. A name in one must lead to a file below its folder,
else it is refused; and only regular files are opened, because a FIFO would block for ever.
"""

import os
import re
import stat
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

from postarchive.errors import UnreadableInput

EVIDENCE = re.compile(r"warc/[^/]+/[^/]+\.warc\.gz(\.torn\d*)?")
ODD = re.compile(r"[\\\x00-\x1f\x7f]")
KINDS = {
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: "a symbolic link",
}


def checked_name(name: str) -> str:
    """Return a relative path with slashes unchanged if no part of it leads upwards or elsewhere.

    Raises UnreadableInput for any other: an absolute path, `..`, an empty part, a backslash, a control character.
    """
    if ODD.search(name) or not set(name.split("/")).isdisjoint(("", ".", "..")):
        raise UnreadableInput(ascii(name), "is not a path inside its folder; this program did not write it")
    return name


def below(folder: Path, name: str) -> Path:
    """Return where a named file is. Raises UnreadableInput when that, with links resolved, is outside the folder."""
    path = folder / checked_name(name)
    if not any(map(os.path.islink, _steps(folder, name))):  # nearly every file, and checked each time
        return path
    if not os.path.realpath(path).startswith(os.path.join(os.path.realpath(folder), "")):  # noqa: PTH118 - half the time of `Path`
        raise UnreadableInput(name, f"a symbolic link leads out of {folder}; put the file itself there")
    return path


def _steps(folder: Path, name: str) -> Iterator[str]:
    """Yield the paths of a named file's folders below a folder, and its own."""
    return accumulate(name.split("/"), os.path.join, initial=str(folder))


def warc_files(archive: Path) -> list[str]:
    """Return the WARC files of an archive as paths relative to it, in the order of their runs."""
    return sorted(path.relative_to(archive).as_posix() for path in (archive / "warc").glob("*/*.warc.gz"))


def evidence_path(archive: Path, file: str) -> Path:
    """Return where a WARC file of an archive is. Raises UnreadableInput for any other path."""
    if not EVIDENCE.fullmatch(file):
        raise UnreadableInput(ascii(file), "is not the path of a WARC file in an archive; see `postarchive verify`")
    return below(archive, file)


def open_evidence(archive: Path, file: str) -> BinaryIO:
    """Open a WARC file of an archive. Raises UnreadableInput as `evidence_path` and `open_regular`."""
    return open_regular(evidence_path(archive, file), file)


def open_regular(path: Path, subject: str) -> BinaryIO:
    """Open a regular file for reading. Raises UnreadableInput at once when it is not one, or cannot be opened."""
    check_regular(path, subject)
    try:
        stream = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    except OSError as error:
        raise UnreadableInput(subject, f"cannot be opened: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise UnreadableInput(subject, "is not a regular file; move it away")
    return stream


def starts_with(path: Path, magic: bytes) -> bool:
    """Tell whether a file begins with these bytes. Raises UnreadableInput as `open_regular` does."""
    with open_regular(path, str(path)) as stream:
        return stream.read(len(magic)) == magic


def check_regular(path: Path, subject: str, *, is_link_allowed: bool = True) -> None:
    """Raise UnreadableInput when there is something other than a regular file; nothing there is not an error."""
    try:
        kind = stat.S_IFMT(path.stat(follow_symlinks=is_link_allowed).st_mode)
    except OSError:
        return  # opening it will say why
    if kind != stat.S_IFREG:
        raise UnreadableInput(subject, f"is {KINDS.get(kind, 'something else')}, not a regular file; move it away")
