"""Does the database have rows for everything in the WARC files? A copy without its `-wal` file does not.

SQLite keeps the latest writes in that file, and opens a database without it as if nothing had been lost. The evidence
shows it: bytes are written before rows, so if a WARC file is longer than its rows cover, a run is still going (it holds
the lock), was killed between bytes and rows (one exchange, or a batch of an import), or rows were lost.
"""

import fcntl
import os
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from postarchive.errors import UnreadableInput
from postarchive.paths import evidence_path, open_regular, warc_files

LOCK = "lock"
GZIP = 31  # zlib's `wbits` for a gzip wrapper
REQUEST = b"WARC/1.1\r\nWARC-Type: request\r\n"
IMPORTING = b"\r\noption-importing: "  # the first record of an import contains this
IMPORTED_AT_ONCE = 64  # responses that an import writes to disk before it makes their rows
UNCOMMITTED_RECORDS = 2  # what a kill can leave without rows: a response, or a seal and its certificates
CHUNK_BYTES = 1 << 16
LOOKS = 3  # a run may write, and end, between two checks


def check_complete(connection: sqlite3.Connection, archive: Path) -> None:
    """Raise UnreadableInput when the database lacks rows for some evidence, and no run is about to write them."""
    for _ in range(LOOKS):
        sizes = _sizes(archive)
        behind = _behind(connection, sizes)
        if not behind or is_locked(archive) or _is_end_of_a_killed_run(archive, behind, newest=max(sizes)):
            return
    count = sum(sizes[file] - start for file, start in behind.items())
    files = f"{len(behind)} WARC file{'s' if len(behind) > 1 else ''}"
    problem = f"the database is incomplete: it lacks the rows of {count} bytes in {files}"
    advice = "its -wal file was not copied, or power was cut; `postarchive rebuild`, in a copy that can be written"
    raise UnreadableInput(str(archive), f"{problem}; {advice}, makes it whole")


def is_locked(archive: Path) -> bool:
    """Tell whether a run holds the archive's lock now."""
    try:
        descriptor = os.open(archive / LOCK, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _sizes(archive: Path) -> dict[str, int]:
    """Return the length in bytes of each WARC file that can be examined."""
    found = {}
    for file in warc_files(archive):
        try:
            found[file] = evidence_path(archive, file).stat().st_size
        except (OSError, UnreadableInput):
            continue  # what is wrong with it is reported when it is read
    return found


def _behind(connection: sqlite3.Connection, sizes: dict[str, int]) -> dict[str, int]:
    """Return the files that have bytes without rows, each with the position where those bytes begin."""
    try:
        ingested = dict(connection.execute("SELECT file, ingested_bytes FROM files").fetchall())
    except sqlite3.Error:
        return {}  # damage is reported when the rows are read
    reach = {file: ingested.get(file, 0) for file in sizes}
    return {file: start for file, start in reach.items() if isinstance(start, int) and start < sizes[file]}


def _is_end_of_a_killed_run(archive: Path, behind: dict[str, int], *, newest: str) -> bool:
    for file, start in behind.items():
        path = evidence_path(archive, file)
        allowed = _left_by_a_kill(path) if file == newest else 0
        if _events_behind(path, start, most=allowed) > allowed:
            return False
    return True


def _left_by_a_kill(path: Path) -> int:
    """Return how many records a kill can leave without the rows they make: for an import, a whole batch."""
    with open_regular(path, path.name) as stream:
        start = stream.read(CHUNK_BYTES)
    with suppress(zlib.error):
        if IMPORTING in zlib.decompressobj(wbits=GZIP).decompress(start, CHUNK_BYTES):
            return UNCOMMITTED_RECORDS + IMPORTED_AT_ONCE
    return UNCOMMITTED_RECORDS


def _events_behind(path: Path, start: int, *, most: int) -> int:
    """Count the whole records after a position that make rows, up to one more than a kill can leave.

    A request makes no row, and may be alone: its response was the torn record that was moved aside.
    """
    count = 0
    with open_regular(path, path.name) as stream:
        stream.seek(max(start, 0))
        for head in _heads(stream):
            count += not head.startswith(REQUEST)
            if count > most:
                break
    return count


def _heads(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the beginning of each whole gzip member's content, up to the first that is torn or damaged."""
    pending = stream.read(CHUNK_BYTES)
    while pending:
        inflate, head = zlib.decompressobj(wbits=GZIP), b""
        while not inflate.eof:
            try:
                head = (head + inflate.decompress(pending))[: len(REQUEST)]
            except zlib.error:
                return  # `verify` reports it
            pending = inflate.unused_data or stream.read(CHUNK_BYTES)
            if not (pending or inflate.eof):
                return
        yield head
