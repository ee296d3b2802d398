"""Several files delivered together, in a folder or a zip file: each is counted and hashed while it is written.

Only the bytes go in, nothing about the machine or the moment: a bundle of the same files is always the same.
"""

import hashlib
import io
import shutil
import tempfile
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from postarchive.paths import below, checked_name

ZIP_FIRST, ZIP_LAST = (1980, 1, 1, 0, 0, 0), (2107, 12, 31, 23, 59, 58)
ZIP_MODE, ZIP_UNIX = 0o644 << 16, 3
SPOOL_BYTES = 8 << 20  # a file for a zip whose length is not known yet waits in memory, a larger one on disk


@dataclass(frozen=True, slots=True)
class Written:
    """A file of a bundle that is complete."""

    path: str
    length_bytes: int
    sha256_hex: str

    @property
    def checksum_line(self) -> str:
        """Return the line that `sha256sum -c` reads."""
        return f"{self.sha256_hex}  {self.path}\n"


class BundleFile(io.BufferedIOBase):
    """A file of a bundle that is being written."""

    def __init__(self, out: IO[bytes]) -> None:
        """Write into `out`, which its owner closes."""
        self.length_bytes = 0
        self.sha256 = hashlib.sha256()
        self._out = out

    def writable(self) -> bool:
        """Return True: it can be written."""
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # bytes are all that is written here
        """Write the bytes, count them and hash them."""
        self.length_bytes += len(data)
        self.sha256.update(data)
        return self._out.write(data)

    def tell(self) -> int:
        """Return how many bytes have been written."""
        return self.length_bytes


class Bundle(ABC):
    """The files of a bundle; `note` is called with each one when it is complete."""

    def __init__(self, note: Callable[[Written], object]) -> None:
        """Begin with no files."""
        self._note = note

    @contextmanager
    def entry(self, path: str, length_bytes: int | None = None) -> Iterator[BundleFile]:
        """Open a file by its path inside the bundle, with slashes; a known `length_bytes` saves a temporary file."""
        with self._open(path, length_bytes) as out:
            entry = BundleFile(out)
            yield entry
        self._note(Written(path, entry.length_bytes, entry.sha256.hexdigest()))

    def write(self, path: str, text: str) -> None:
        """Write a whole file."""
        with self.entry(path) as entry:
            entry.write(text.encode())

    @abstractmethod
    def _open(self, path: str, length_bytes: int | None) -> AbstractContextManager[IO[bytes]]:
        """Open a new file."""


class FolderBundle(Bundle):
    """A bundle in an empty folder; several of its files may be open at once."""

    def __init__(self, folder: Path, note: Callable[[Written], object]) -> None:
        """Begin in an empty folder."""
        super().__init__(note)
        self._folder = folder

    def _open(self, path: str, length_bytes: int | None) -> IO[bytes]:  # noqa: ARG002 - a folder need not know it
        target = below(self._folder, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        return target.open("xb")


class ZipBundle(Bundle):
    """A bundle in a zip file, one open file at a time; nothing is compressed, so that parts can be read in place.

    The header before a file and the one in the directory agree, with a zip64 field in both or neither, because
    ReplayWeb.page finds a file by the directory alone. So a file's length must be known before it is written.
    """

    def __init__(self, package: zipfile.ZipFile, created: datetime, note: Callable[[Written], object]) -> None:
        """Begin in a new zip file; `created` is the date of all its files."""
        super().__init__(note)
        self._package = package
        self._created = created.astimezone(UTC)

    def _open(self, path: str, length_bytes: int | None) -> AbstractContextManager[IO[bytes]]:
        name = checked_name(path)
        return self._spooled(name) if length_bytes is None else self._placed(name, length_bytes)

    @contextmanager
    def _spooled(self, path: str) -> Iterator[IO[bytes]]:
        """Open a file of unknown length next to the package, where there is room for it."""
        folder = str(Path(self._package.filename).parent) if self._package.filename else None
        with tempfile.SpooledTemporaryFile(SPOOL_BYTES, dir=folder) as spool:
            yield spool
            length_bytes = spool.tell()
            spool.seek(0)
            with self._placed(path, length_bytes) as out:
                shutil.copyfileobj(spool, out)

    def _placed(self, path: str, length_bytes: int) -> IO[bytes]:
        return self._package.open(self._info(path), "w", force_zip64=length_bytes > zipfile.ZIP64_LIMIT)

    def _info(self, path: str) -> zipfile.ZipInfo:
        moment = self._created
        clock = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
        info = zipfile.ZipInfo(path, min(max(clock, ZIP_FIRST), ZIP_LAST))
        info.external_attr = ZIP_MODE
        info.create_system = ZIP_UNIX
        return info
