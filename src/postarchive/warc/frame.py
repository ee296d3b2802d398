"""One WARC record and its bytes: a gzip member that holds a header, a block and two line ends."""

import base64
import hashlib
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from postarchive.errors import DamagedRecord
from postarchive.http1 import is_read_alike
from postarchive.models import Evidence, Headers
from postarchive.paths import evidence_path, open_regular

VERSION = "WARC/1.1"
BLANK_LINE = b"\r\n\r\n"  # ends a header; the same bytes end a record
GZIP = 31  # zlib's `wbits` for a gzip wrapper, which carries the CRC and the length
LEVEL = 4  # of zlib: a page takes two thirds of the time of the default, level 6, and 2 % more room
GZIP_HEAD_BYTES = 10  # the last two, level and system, depend on the machine that wrote the file
MAX_STORED_BYTES = 0xFFFF  # of a block of deflate that is not compressed
CHUNK_BYTES = 1 << 16
READ_BYTES = 1 << 14  # at once, of a file of records: zlib copies what lies behind a record each time
PAYLOAD_DIGEST = "WARC-Payload-Digest"
OWN_PAYLOAD_DIGEST = "Postarchive-Payload-Digest"
# The digest of a revisit's body, under our own name: fastwarc's check hashes the record's empty payload and rejects the
# file when the standard's field names a body that is stored elsewhere.
REFERRED_DIGEST = "WARC-Refers-To-Payload-Digest"
DIGESTS = tuple(map(str.lower, (PAYLOAD_DIGEST, OWN_PAYLOAD_DIGEST, REFERRED_DIGEST)))
MAX_BODY_BYTES = 32 << 20
MAX_HEAD_BYTES = 1 << 20
MAX_RECORD_BYTES = MAX_BODY_BYTES + 2 * MAX_HEAD_BYTES  # the body as sent, with an HTTP and a WARC header


@dataclass(frozen=True, slots=True)
class WarcRecord:
    """A record whose framing and block digest are correct; header names are in lower case."""

    file: str
    offset: int
    length_bytes: int
    headers: Mapping[str, str]
    block: bytes

    def header(self, name: str) -> str:
        """Return a required header; raises DamagedRecord when it is missing."""
        try:
            return self.headers[name.lower()]
        except KeyError:
            raise self.damaged(f"no {name}") from None

    def damaged(self, problem: str) -> DamagedRecord:
        """Return the error that names this record's place."""
        return DamagedRecord(self.file, problem, self.offset)

    @property
    def evidence(self) -> Evidence:
        """Where this record is; if it is not an HTTP response, its payload is its block."""
        digest = payload_digest(self) or self.header("WARC-Block-Digest")
        if not self.header("WARC-Record-ID").isascii():
            raise self.damaged("WARC-Record-ID is no URI")
        return Evidence(self.file, self.offset, self.length_bytes, plain_id(self.header("WARC-Record-ID")), digest)


def payload_digest(record: WarcRecord) -> str | None:
    """Return the digest of a response's body without its chunks, under any of its names; None for other records."""
    return next((record.headers[name] for name in DIGESTS if name in record.headers), None)


def digest_name(head: bytes, *, is_coded: bool) -> str:
    """Return the name of the header for a response's payload digest.

    The standard means the body without its chunks, but the check commands of warcio and fastwarc hash whatever follows
    the head, wherever they see its end. If that is something else, the digest goes under our own name.
    """
    return PAYLOAD_DIGEST if is_read_alike(head) and not is_coded else OWN_PAYLOAD_DIGEST


def sha256(*parts: bytes) -> str:
    """Return the digest of the joined parts in WARC's form: algorithm, colon, base 32."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return f"sha256:{_base32(digest.digest())}"


@lru_cache(maxsize=4096)  # base 32 takes as long as the SHA-256 of a page, and many bodies come again
def _base32(digest: bytes) -> str:
    return base64.b32encode(digest).decode()


def plain_id(reference: str) -> str:
    """Return a record id without the angle brackets that WARC headers put around it."""
    return reference.removeprefix("<").removesuffix(">")


def pack(headers: Headers, block: Iterable[bytes]) -> bytes:
    """Return a record as one gzip member; the block comes in parts so that a large body need not be copied."""
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    squeeze = zlib.compressobj(LEVEL, wbits=GZIP)
    parts = [squeeze.compress(f"{VERSION}\r\n{head}\r\n".encode(errors="surrogateescape"))]
    parts += [squeeze.compress(part) for part in block]
    return b"".join([*parts, squeeze.compress(BLANK_LINE), squeeze.flush()])


def pack_plain(headers: Headers, block: bytes) -> bytes:
    """Return a record as an uncompressed gzip member: all of its bytes are determined, except level and system.

    These two are what this machine's zlib writes in `pack`.
    """
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    content = f"{VERSION}\r\n{head}\r\n".encode(errors="surrogateescape") + block + BLANK_LINE
    parts = [content[start : start + MAX_STORED_BYTES] for start in range(0, len(content), MAX_STORED_BYTES)]
    stored = [_stored(part, is_last=part is parts[-1]) for part in parts]
    trailer = zlib.crc32(content).to_bytes(4, "little") + (len(content) & 0xFFFFFFFF).to_bytes(4, "little")
    return b"".join([pack((), ())[:GZIP_HEAD_BYTES], *stored, trailer])


def _stored(part: bytes, *, is_last: bool) -> bytes:
    """Return a block of deflate that is not compressed (RFC 1951, 3.2.4)."""
    length = len(part)
    return bytes([is_last]) + length.to_bytes(2, "little") + (length ^ 0xFFFF).to_bytes(2, "little") + part


def records(archive: Path, file: str, start: int = 0) -> Iterator[WarcRecord]:
    """Yield the records of a file from a byte position on; raises DamagedRecord at the first incomplete one."""
    for offset, length, content in members(evidence_path(archive, file), file, start=start):
        yield _parse(file, offset, length, content)


def members(path: Path, subject: str, *, start: int = 0) -> Iterator[tuple[int, int, bytes]]:
    """Yield offset, length and content of each gzip member; a cut or corrupt one raises DamagedRecord there."""
    with open_regular(path, subject) as stream:
        stream.seek(start)
        offset, pending = start, stream.read(READ_BYTES)
        while pending:
            try:
                content, length, pending = _inflate(stream, pending)
            except (zlib.error, EOFError, OverflowError, OSError) as error:
                raise DamagedRecord(subject, f"gzip member is not whole: {error}", offset) from error
            yield offset, length, content
            offset += length
            pending = pending or stream.read(READ_BYTES)


def _inflate(stream: BinaryIO, pending: bytes) -> tuple[bytes, int, bytes]:
    """Return one member's content, its length in the file, and the bytes read beyond it."""
    inflate = zlib.decompressobj(wbits=GZIP)
    content, length = bytearray(), 0
    while not inflate.eof:
        content += inflate.decompress(pending, MAX_RECORD_BYTES + 1 - len(content))
        if len(content) > MAX_RECORD_BYTES:
            raise OverflowError(f"more than {MAX_RECORD_BYTES} bytes")
        length += len(pending) - len(inflate.unused_data)
        pending = stream.read(READ_BYTES) if not inflate.eof else inflate.unused_data
        if not pending and not inflate.eof:
            raise EOFError("the file ends inside it")
    return bytes(content), length, pending


def _parse(file: str, offset: int, length: int, content: bytes) -> WarcRecord:
    end = content.find(BLANK_LINE, 0, MAX_HEAD_BYTES)
    version, *lines = content[: max(end, 0)].decode(errors="surrogateescape").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    record = WarcRecord(file, offset, length, headers, content[end + len(BLANK_LINE) : -len(BLANK_LINE)])
    if version != VERSION:
        raise record.damaged(f"no {VERSION} record")
    if record.header("Content-Length") != str(len(record.block)) or not content.endswith(BLANK_LINE):
        raise record.damaged(f"Content-Length {headers['content-length']}, found {len(record.block)} bytes")
    if record.header("WARC-Block-Digest") != sha256(record.block):
        raise record.damaged("block digest does not match")
    return record
