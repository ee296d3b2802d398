"""What a file may cost: how much it may inflate to, and the scratch space that holds what was inflated.

A megabyte can inflate to gigabytes, and many small records cost more than one large one; both are counted here.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from postarchive.errors import ArchiveUnwritable

CHUNK_BYTES = 1 << 16
MAX_RATIO = 100  # web text compresses to a tenth, the most repetitive lists of the CMS to a thirtieth
FREE_BYTES = 128 << 20  # a small file may inflate to this much, whatever its ratio
MAX_BYTES = 16 << 30
RECORD_BYTES = 1 << 10  # what reading a record costs besides its bytes
MEMORY_BYTES = 2 << 20  # scratch beyond that goes to disk


class Broken(Exception):
    """The bytes are not what they should be; never leaves this package, where it becomes a `Damage`."""


class TooCostly(Broken):
    """The file costs more than it may; nothing more of it is read."""


class Allowance:
    """How much the parts of one file may inflate to in total: failed attempts count too."""

    def __init__(self, packed_bytes: int) -> None:
        """Allow what is usual for a compressed file of this many bytes."""
        self._allowed = min(max(FREE_BYTES, MAX_RATIO * packed_bytes), MAX_BYTES)
        self._left = self._allowed

    def take_record(self) -> None:
        """Count a record, or what looks like one; raises TooMuch like `take`."""
        self.take(RECORD_BYTES)

    def take(self, length: int) -> None:
        """Count this many bytes. Raises TooMuch when fewer are left."""
        self._left -= length
        if self._left < 0:
            raise TooCostly(
                f"inflates to more than {self._allowed >> 20} MiB; the rest is left out (unpack it and import that)"
            )


class Scratch:
    """Inflated bytes: in memory while there are few, else in an unnamed temporary file."""

    def __init__(self) -> None:
        """Begin empty."""
        self._stream = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 - the reader closes it
        self.length_bytes = 0

    def write(self, data: bytes) -> None:
        """Add bytes. Raises ArchiveUnwritable when the disk for temporary files is full."""
        with _mapped():
            self._stream.write(data)
        self.length_bytes += len(data)

    def close(self) -> None:
        """Free the space."""
        self._stream.close()

    def reader(self) -> IO[bytes]:
        """Return the bytes from their beginning on."""
        with _mapped():
            self._stream.seek(0)
        return self._stream


@contextmanager
def _mapped() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ArchiveUnwritable(
            "temporary files", f"{error.strerror or error}; free some space or set TMPDIR"
        ) from error
