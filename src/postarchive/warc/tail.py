"""Clean up after a killed run: the whole records stay, the torn end is moved aside."""

import mmap
import os
import re
import zlib
from contextlib import suppress
from itertools import count
from pathlib import Path

from postarchive.errors import ArchiveUnwritable, DamagedRecord
from postarchive.paths import open_regular
from postarchive.warc.frame import BLANK_LINE, GZIP, MAX_RECORD_BYTES, members

SUFFIX = ".warc.gz"
TORN = re.compile(r".+\.warc\.gz\.torn\d*")
CONTENT_LENGTH = re.compile(rb"\r\nContent-Length: (\d{1,12})(?:\r\n|$)")
MEMBER_START = b"\x1f\x8b\x08\x00\x00\x00\x00\x00"  # as `pack` begins: deflate, no flags, no time
RECORD_START = b"WARC/1."
PROBE_BYTES = 512
MAX_END_BYTES = 2 * MAX_RECORD_BYTES  # a record that cannot be compressed, and the zeros after it


def run_of(file: str) -> str:
    """Return the run that wrote a WARC file, or a torn end that was moved aside, by its name."""
    return file.rpartition("/")[2].partition(".")[0]


def torn_files(archive: Path) -> list[str]:
    """Return the torn ends that were moved aside, as paths relative to the archive, in the order of their runs."""
    found = (archive / "warc").glob(f"*/*{SUFFIX}.torn*")
    return sorted(path.relative_to(archive).as_posix() for path in found if TORN.fullmatch(path.name))


def whole_until(path: Path, start: int = 0) -> int:
    """Return the byte position after the last whole gzip member at or after `start`.

    Raises DamagedRecord when a whole member follows a broken one: that is damage, not the end of a killed run.
    """
    end = start
    try:
        for offset, length, _content in members(path, path.name, start=start):
            end = offset + length
    except DamagedRecord:
        if record_after(path, end) is not None:
            raise
    return end


def bytes_before_damage(path: Path) -> int:
    """Return how many bytes precede a last record that is not whole; the whole file for any other damage."""
    end = 0
    with suppress(DamagedRecord):
        end = whole_until(path)
    return end or path.stat().st_size


def cut_torn_tail(path: Path) -> Path | None:
    """Move a torn end into a `.torn` file beside it; return that file, None when all records are whole.

    A file without any whole record becomes the `.torn` file. Raises DamagedRecord when the break is not at the end, or
    the end is not a partly written record: then its bytes were changed, and evidence must not be put aside for that.
    """
    size, end = path.stat().st_size, whole_until(path)
    if size and end == size:
        return None
    if not _is_cut(path, end):
        raise DamagedRecord(path.name, "the last record is damaged; see `postarchive verify`", end)
    torn = _free_name(path)
    try:
        if end == 0:
            return path.rename(torn)
        _move_bytes(path, torn, end)
    except OSError as error:
        raise ArchiveUnwritable(str(path), f"{error.strerror or error}; free some space and run again") from error
    return torn


def _is_cut(path: Path, start: int) -> bool:
    """Tell whether the bytes from there on are the beginning of a record, followed by zeros after a power cut."""
    with open_regular(path, path.name) as stream:
        stream.seek(start)
        found = stream.read(MAX_END_BYTES)
    unpacker = zlib.decompressobj(wbits=GZIP)
    try:
        content = unpacker.decompress(found.rstrip(b"\x00"), MAX_RECORD_BYTES)
    except zlib.error:
        return False
    return not unpacker.eof and not unpacker.unconsumed_tail and found[-4:] != _gzip_length(content)


def _gzip_length(content: bytes) -> bytes | None:
    """Return the four bytes that end this record's gzip member, by its header; None if the header is not whole.

    A member that ends in them was completely written: whatever is wrong with it is damage.
    """
    head, blank_line, _ = content.partition(BLANK_LINE)
    length = CONTENT_LENGTH.search(head)
    if not blank_line or length is None:
        return None
    return (len(head) + len(BLANK_LINE) + int(length[1]) + len(BLANK_LINE)).to_bytes(8, "little")[:4]


def record_after(path: Path, broken: int, *, before: int | None = None) -> int | None:
    """Return where the first record after a broken one begins; None when there is none, or none `before` a position."""
    with open_regular(path, path.name) as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        found, end = broken, len(data) if before is None else before + len(MEMBER_START) - 1
        while (found := data.find(MEMBER_START, found + 1, end)) >= 0:
            if _begins_record(data[found : found + PROBE_BYTES]):
                return found
    return None


def _begins_record(data: bytes) -> bool:
    try:
        return zlib.decompressobj(wbits=GZIP).decompress(data, len(RECORD_START)) == RECORD_START
    except zlib.error:
        return False


def _free_name(path: Path) -> Path:
    names = (path.with_name(f"{path.name}.torn{number or ''}") for number in count())
    return next(name for name in names if not name.exists())


def _move_bytes(path: Path, torn: Path, end: int) -> None:
    """Copy first, then cut: a power cut in between leaves the bytes twice, but never loses them."""
    with path.open("r+b") as stream, torn.open("xb") as aside:
        stream.seek(end)
        aside.write(stream.read())
        aside.flush()
        os.fsync(aside.fileno())
        stream.truncate(end)
        os.fsync(stream.fileno())
