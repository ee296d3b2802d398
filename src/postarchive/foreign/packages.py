"""The WARC files in a WACZ, which is a zip: those below `archive/`, each read once and checked against its CRC.

A package may be a trap: names that lead out of it, links, packages in packages, two entries of one name, a little that
inflates to a lot. Such an entry is damage; the others are read.
"""

import bz2
import io
import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Protocol

from postarchive.foreign.bounds import CHUNK_BYTES, Allowance, Broken, Scratch

FOLDER = "archive/"
WARC_SUFFIXES = (".warc", ".warc.gz", ".arc", ".arc.gz")  # ARC too, to report that it is not read
PACKAGE_SUFFIXES = (".wacz", ".zip")
MAX_DIRECTORY_BYTES = 8 << 20
MAX_DICTIONARY_BYTES = 128 << 20  # of LZMA
ENCRYPTED = 0x41  # flag bits: encrypted, and strongly so
END_BYTES = 22 + (1 << 16)  # the end of the directory, and the longest comment after it
ZIP64_BYTES = 20 + 56  # what precedes it in a large package
LOCAL = struct.Struct("<4s22xHH")
LOCAL_MAGIC = b"PK\x03\x04"
LZMA_HEAD = struct.Struct("<2xH")
LZMA_FILTER = struct.Struct("<BL")


@dataclass(frozen=True, slots=True)
class PackageFile:
    """A file in a package; `stream` is seekable, `is_inflated` means it was compressed, `problem` may be None."""

    name: str
    stream: IO[bytes]
    is_inflated: bool
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class BadEntry:
    """A file in a package that is not read, and why."""

    name: str
    problem: str


class Unpacker(Protocol):
    """What the decompressors of bz2 and lzma have in common, and ours for deflate too."""

    @property
    def eof(self) -> bool:
        """Tell whether all output has been returned."""

    @property
    def needs_input(self) -> bool:
        """Tell whether it needs more bytes to return anything."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Take bytes in, and return at most this many unpacked bytes."""


def entries(stream: IO[bytes], allowance: Allowance) -> Iterator[PackageFile | BadEntry]:
    """Yield the WARC files of a package; raises Broken if it is not a package, TooMuch if they inflate to too much."""
    seen: dict[str, tuple[int, int]] = {}
    for info in _directory(stream):
        if _is_wanted(info):
            mark = (info.CRC, info.file_size)
            problem = _problem(info, is_second=seen.setdefault(info.filename, mark) != mark)
            yield BadEntry(info.filename, problem) if problem else _entry(stream, info, allowance)


class _BadEntry(Exception):
    """This entry cannot be read; others can."""


def _directory(stream: IO[bytes]) -> list[zipfile.ZipInfo]:
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(size - END_BYTES - ZIP64_BYTES, 0))
    if _directory_bytes(stream.read()) > MAX_DIRECTORY_BYTES:
        raise Broken("its directory is larger than that of any WACZ")
    with _mapped(Broken):
        return zipfile.ZipFile(stream).infolist()


def _directory_bytes(tail: bytes) -> int:
    """Return how large a package says its directory is; 0 when it does not say."""
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        return 0
    large = end - ZIP64_BYTES
    if large >= 0 and tail.startswith(b"PK\x06\x06", large):
        return int.from_bytes(tail[large + 40 : large + 48], "little")
    return int.from_bytes(tail[end + 12 : end + 16], "little")


def _is_wanted(info: zipfile.ZipInfo) -> bool:
    """Tell whether an entry is a WARC file of the package, or something in its place that must be reported."""
    name = info.filename.lower()
    is_in_place = info.filename.startswith(FOLDER) or _leads_out(info.filename)
    return name.endswith(PACKAGE_SUFFIXES) or (name.endswith(WARC_SUFFIXES) and is_in_place)


def _leads_out(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or ":" in name.partition("/")[0]


def _problem(info: zipfile.ZipInfo, *, is_second: bool) -> str | None:
    """Return why an entry is not read, going by the directory; None when it is read."""
    if _leads_out(info.filename):
        return "its name leads out of the package; left out"
    if info.filename.lower().endswith(PACKAGE_SUFFIXES):
        return "a package inside a package is not read; unpack it and import that"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "a link, not a file; left out"
    if info.flag_bits & ENCRYPTED:
        return "is encrypted; unpack it with its password and import that"
    if is_second:
        return "a second entry of this name, with another content; left out"
    return None


def _entry(stream: IO[bytes], info: zipfile.ZipInfo, allowance: Allowance) -> PackageFile | BadEntry:
    try:
        return _open(stream, info, allowance)
    except _BadEntry as error:
        return BadEntry(info.filename, str(error))


def _open(stream: IO[bytes], info: zipfile.ZipInfo, allowance: Allowance) -> PackageFile:
    name = info.filename
    packed = io.BufferedReader(_Slice(stream, _start(stream, info), info.compress_size), CHUNK_BYTES)
    if info.compress_type == zipfile.ZIP_STORED:
        allowance.take(info.compress_size)  # entries may share their bytes
        return PackageFile(name, packed, is_inflated=False, problem=_crc_problem(_crc_of(packed), info))
    content, problem = _inflated(packed, info, allowance)
    return PackageFile(name, content.reader(), is_inflated=True, problem=problem)


def _start(stream: IO[bytes], info: zipfile.ZipInfo) -> int:
    """Return where an entry's bytes begin: after its own header, whose length only that header gives."""
    stream.seek(max(info.header_offset, 0))
    head = stream.read(LOCAL.size)
    if len(head) < LOCAL.size or not head.startswith(LOCAL_MAGIC):
        raise _BadEntry("no entry begins where the directory says")
    name_bytes, extra_bytes = (int(length) for length in LOCAL.unpack(head)[1:])
    start = info.header_offset + LOCAL.size + name_bytes + extra_bytes
    if start + info.compress_size > stream.seek(0, io.SEEK_END):
        raise _BadEntry("the file ends inside it")
    return start


def _crc_problem(crc: int, info: zipfile.ZipInfo) -> str | None:
    return None if crc == info.CRC else "the CRC of the entry does not match: some of it was changed"


def _crc_of(stream: IO[bytes]) -> int:
    crc = 0
    while data := stream.read(CHUNK_BYTES):
        crc = zlib.crc32(data, crc)
    stream.seek(0)
    return crc


def _inflated(packed: IO[bytes], info: zipfile.ZipInfo, allowance: Allowance) -> tuple[Scratch, str | None]:
    """Return what an entry inflates to, and what is wrong with it (None: nothing)."""
    unpacker, content = _unpacker(packed, info), Scratch()
    try:
        crc = _inflate(packed, unpacker, content, info.file_size, allowance)
    except _BadEntry as error:
        return content, str(error)
    except BaseException:
        content.close()
        raise
    return content, _crc_problem(crc, info)


def _inflate(packed: IO[bytes], unpacker: Unpacker, content: Scratch, size: int, allowance: Allowance) -> int:
    """Fill the scratch up to a size in bytes; return the CRC of those bytes."""
    crc = 0
    while content.length_bytes < size and not unpacker.eof:
        piece = _next_piece(packed, unpacker, min(CHUNK_BYTES, size - content.length_bytes), allowance)
        crc = zlib.crc32(piece, crc)
        content.write(piece)
    return crc


def _next_piece(packed: IO[bytes], unpacker: Unpacker, length: int, allowance: Allowance) -> bytes:
    data = packed.read(CHUNK_BYTES) if unpacker.needs_input else b""
    if not data and unpacker.needs_input:
        raise _BadEntry("the entry ends inside its packed bytes")
    with _mapped(_BadEntry):
        piece = unpacker.decompress(data, length)
    allowance.take(len(data) + len(piece))
    return piece


def _unpacker(packed: IO[bytes], info: zipfile.ZipInfo) -> Unpacker:
    match info.compress_type:
        case zipfile.ZIP_DEFLATED:
            return _Inflater()
        case zipfile.ZIP_BZIP2:
            return bz2.BZ2Decompressor()
        case zipfile.ZIP_LZMA:
            return _lzma_unpacker(packed)
        case other:
            raise _BadEntry(f"packed in a way that is not read (method {other}); unpack it and import that")


def _lzma_unpacker(packed: IO[bytes]) -> Unpacker:
    """Read the header that a zip puts before LZMA: version, length of the properties, and the properties."""
    head = packed.read(LZMA_HEAD.size)
    properties = packed.read(LZMA_FILTER.size)
    if len(properties) < LZMA_FILTER.size or LZMA_HEAD.unpack(head)[0] != LZMA_FILTER.size:
        raise _BadEntry("no LZMA begins here")
    mixed, dictionary = LZMA_FILTER.unpack(properties)
    if dictionary > MAX_DICTIONARY_BYTES:
        raise _BadEntry(f"packed so that unpacking takes {dictionary >> 20} MiB of memory; left out")
    rest, lc = divmod(mixed, 9)
    pb, lp = divmod(rest, 5)
    chain = [{"id": lzma.FILTER_LZMA1, "dict_size": max(dictionary, 4096), "lc": lc, "lp": lp, "pb": pb}]
    with _mapped(_BadEntry):
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=chain)


class _Inflater:
    """Deflate with the interface of bz2 and lzma."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
        self._is_fuller = False  # it returned as much as was asked for and may have more

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def needs_input(self) -> bool:
        return not self._inflate.unconsumed_tail and not self._is_fuller

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        piece = self._inflate.decompress(self._inflate.unconsumed_tail + data, max_length)
        self._is_fuller = len(piece) == max_length
        return piece


class _Slice(io.RawIOBase):
    """Part of a file, as a file."""

    def __init__(self, stream: IO[bytes], start: int, length: int) -> None:
        self._stream, self._start, self._length, self._place = stream, start, length, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._length}[whence]
        self._place = base + offset
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # a BufferedReader gives no other buffer
        self._stream.seek(self._start + self._place)
        data = self._stream.read(max(min(len(buffer), self._length - self._place), 0))
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)


@contextmanager
def _mapped(kind: type[Exception]) -> Iterator[None]:
    """Turn the errors of the zip libraries into our own."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError, OverflowError) as error:
        raise kind(_words(error)) from error
    except (NotImplementedError, struct.error, OSError) as error:  # bz2 raises the last for bytes that are not bz2
        raise kind(_words(error)) from error


def _words(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
