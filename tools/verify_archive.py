#!/usr/bin/env python3
"""Verify a postarchive archive with nothing but the Python standard library (3.9 or newer).

    python verify_archive.py ARCHIVE [--manifest DIGEST]

ARCHIVE is the folder that holds `warc/` and, usually, `postarchive.db`. A line per finding, then the verdict:
OK (exit 0), UNVERIFIABLE (exit 0: nothing is wrong, but something cannot be proved) or FAILED (exit 5).

This program shares no code with postarchive. It is written from the WARC 1.1 standard (ISO 28500:2017) and this text:

Evidence. `warc/<year>/<run>.warc.gz` is the file of one run; the names sort in the order of the runs. A record is one
gzip member, without file name and time. All digests in WARC headers are `sha256:` and base 32. A file begins with a
`warcinfo` record whose block has the field `run`. A request comes directly before its response; they name each other in
WARC-Concurrent-To. A `revisit` does not repeat a body: WARC-Refers-To names the response that has it, and
WARC-Refers-To-Payload-Digest is that body's digest. A block holds what crossed the wire, chunks included; the payload
digest is over the body without them. If the check commands of other programs would hash the chunks too, its name is
Postarchive-Payload-Digest. Files of earlier versions have rewritten heads, without chunks.

Manifest. A run ends with a `metadata` record without WARC-Target-URI. Its block is `application/warc-fields`, lines of
`name: value` that end in CR LF, where control characters and `%` are written as `%XX`. Its header is WARC-Type,
WARC-Record-ID, WARC-Date, WARC-Block-Digest, Content-Type and Content-Length in this order, and it is stored without
compression, in blocks of 65,535 bytes. After `run` and the counts (`count-` and a name) come these fields:

    record              the record's id, without angle brackets
    date                its WARC-Date
    manifest-version    2
    previous-manifest   the manifest of the file before; empty in the first file
    previous-records    the SHA-256 of lines, each the SHA-256 of a closing record's bytes: those of all files before,
                        back to the last of version 2, in their order; empty when there are none
    file                the file's own path inside the archive
    bytes               how many bytes the file has before this record
    sha256              their SHA-256
    torn                path, length and SHA-256 of an end that was moved aside since the last closing record of version
                        2; a line for each
    damaged             path of a file whose last record was not whole when the run began; a line for each
    manifest            the SHA-256 of all lines above as they are written

Digests in the block are in hexadecimal. Older runs have version 1: the record is compressed, lacks `record`, `date`,
`previous-records`, `torn` and `damaged`, and its manifest is the SHA-256 of the five lines `manifest-version` (1),
`previous-manifest`, `file`, `bytes` and `sha256`. So it does not cover the counts and the end of its run; the next
run of version 2 does.

A run that was cut off has no closing record. The next run then chains to the manifest of version 1 that its file would
have with `bytes` and `sha256` of the whole file. So it shows if any file before the newest one was removed, replaced or
changed. A `.torn` file holds the unfinished last record of such a run, moved aside. A file whose last record is damaged
is chained in the same way, with `bytes` and `sha256` of what comes before that record: it may be restored later.

A run may keep seals: `resource` records that hold an authority's reply (RFC 3161, DER), and before it the certificates
that belong to it (PEM). `Postarchive-Sealed-Manifest` is the manifest before the run, and what the authority stamped:
its 64 characters, without a line end. This program checks that it is that manifest. It cannot check a signature, so it
writes each seal into the folder that --seals names, and prints the command with which `openssl` does.

Database. It is derived from the evidence and may be missing. `files` says up to which byte a file has its rows, each
row of `captures` is one response, `pages` repeats what the latest row of `versions` says, and `fingerprint` is
a hash of `record`. A row with `replay_url` is a response of the Wayback Machine at that address; its URL and
time are the site's. Whether they, and a record, are what the response says can only be seen by reading it again:
`postarchive verify` does so.

OK proves that every byte is as it was received and recorded, and that nothing was removed, replaced or inserted between
closed runs. It does not prove that the server sent what the real site shows; that a run that was cut off is
complete; that nobody rewrote all files and manifests, or removed the newest files with their rows. Against the last,
keep the printed newest manifest somewhere else, and give it to --manifest. Of the database this program checks files,
runs, captures, pages and versions. It does not check the other tables, the index of words, or whether a record is what
its response says: `postarchive verify` rebuilds all of it and compares.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import mmap
import os
import re
import shlex
import sqlite3
import stat
import sys
import unicodedata
import zlib
from collections import Counter
from contextlib import ExitStack, closing
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

FAILED_EXIT, USAGE_EXIT = 5, 2
CHUNK = 1 << 16
MAX_BYTES = 64 << 20  # of a record; none of postarchive's is larger than half of it
MAX_LINES = 5  # about one file or table
MEMBER_START = b"\x1f\x8b\x08\0\0\0\0\0"  # deflate, no flags, no time
MAX_STORED = 0xFFFF  # bytes of a block of deflate that is not compressed
TRAILER_BYTES = 8  # of a gzip member: checksum and length
BLANK_LINE = b"\r\n\r\n"
HEAD_END = re.compile(rb"\n\r?\n")
FOLD = re.compile(rb"\r?\n[ \t]+")
STATUS = re.compile(rb"HTTP/\d+(?:\.\d+)?[ \t]+(\d{3})(?!\d)", re.IGNORECASE)
CHUNK_LINE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\n]*)?\r?\n")
PAYLOAD_DIGESTS = ("warc-payload-digest", "postarchive-payload-digest", "warc-refers-to-payload-digest")
REPLY, CERTIFICATES = "application/timestamp-reply", "application/pem-certificate-chain"
REPLAYS = "https://web.archive.org/web/"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"

NOT_CHECKED = (
    "tables other than files, runs, captures, pages and versions; indexes, triggers, the index of words; whether a "
    "record is what its page says. `postarchive verify` rebuilds all of it and compares."
)

KINDS = ("warcinfo", "request", "response", "revisit", "resource", "metadata")
TEXT = "CAST(? AS TEXT)"  # of a parameter that `raw` made: a stranger's text may not be text

Fields = dict[str, str]


class Damage(Exception):
    """A place after which a file cannot be read."""

    def __init__(self, offset: int, problem: str) -> None:
        """Keep the place apart from the problem."""
        super().__init__(problem)
        self.offset = offset


class Record(NamedTuple):
    """A record as it is in the file; header names are in lower case."""

    offset: int
    member: bytes
    headers: Fields
    block: bytes

    @property
    def kind(self) -> str:
        """Return its WARC-Type."""
        return self.headers.get("warc-type", "")

    @property
    def id(self) -> str:
        """Return its id without the angle brackets."""
        return self.headers.get("warc-record-id", "").strip("<>")


class Seal(NamedTuple):
    """A file as a link of the chain; `manifest` is empty without a closing record, `closing` that record's SHA-256."""

    file: str
    manifest: Fields
    torn: list[str]
    damaged: list[str]
    closing: str
    offset: int
    sha256: str
    is_damaged: bool

    @property
    def claimed(self) -> str:
        """Return the file that its manifest names."""
        return self.manifest.get("file", self.file)

    def digest(self, previous: str) -> str:
        """Return what the next file must name as previous."""
        return self.manifest.get("manifest") or self.open_digest(previous)

    def open_digest(self, previous: str) -> str:
        """Return what the next file names when it met this one without its closing record."""
        return manifest_of(previous, self.claimed, str(self.offset), self.sha256)


class Stamp(NamedTuple):
    """A seal: the manifest that it says it stamps and the time, the authority's URL and reply, certificates (PEM)."""

    offset: int
    manifest: str
    authority: str
    time: str
    reply: bytes
    certificates: bytes


class Report:
    """The lines, and the verdict that follows from them."""

    def __init__(self) -> None:
        """Nothing found yet."""
        self.is_failed = self.is_doubtful = False
        self.records = 0
        self._counts: Counter[str] = Counter()

    def fail(self, subject: str, place: object, problem: str) -> None:
        """Say what is wrong at a place of a file (`@offset`) or table."""
        self.is_failed = True
        self._say("FAILED", subject, place, problem)

    def doubt(self, subject: str, place: object, problem: str) -> None:
        """Say what cannot be proved."""
        self.is_doubtful = True
        self._say("UNVERIFIABLE", subject, place, problem)

    def verdict(self) -> str:
        """Return the verdict on the whole."""
        return "FAILED" if self.is_failed else "UNVERIFIABLE" if self.is_doubtful else "OK"

    def _say(self, word: str, subject: str, place: object, problem: str) -> None:
        self._counts[subject] += 1
        if self._counts[subject] <= MAX_LINES:
            where = f"{subject}{place}" if str(place).startswith("@") else f"{subject} {place}".strip()
            line = ascii(f"{word:<12}  {where}  {problem}")[1:-1]  # a stranger's text cannot steer the terminal
            sys.stdout.write(line + "\n")
        elif self._counts[subject] == MAX_LINES + 1:
            sys.stdout.write(f"{word:<12}  {subject}  and more\n")


# --- one file, one record ---------------------------------------------------------------------------------------------


def open_regular(path: Path) -> BinaryIO:
    """Open a file; raise Damage at once if it is not one, because reading a FIFO may take for ever."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK) if is_regular(path) else -1
    except OSError as error:
        raise Damage(0, f"cannot be opened: {error.strerror}") from error
    if descriptor < 0 or not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise Damage(0, "no regular file, or a link that leads out of the archive")
    return os.fdopen(descriptor, "rb")


def is_regular(path: Path) -> bool:
    """Tell whether there is a regular file, and no link leads to it."""
    return stat.S_ISREG(path.lstat().st_mode)


def read_records(path: Path, start: int) -> Iterator[Record]:
    """Yield the records of a file from a byte position on; raise Damage at the first that is not whole."""
    with open_regular(path) as stream:
        stream.seek(start)
        offset, pending = start, stream.read(CHUNK)
        while pending:
            inflate, raw, content = zlib.decompressobj(wbits=31), bytearray(), bytearray()
            while not inflate.eof:
                if not pending:
                    raise Damage(offset, "gzip member is not whole: the file ends inside it")
                try:
                    content += inflate.decompress(pending)
                except zlib.error as error:
                    raise Damage(offset, f"gzip member is not whole: {error}") from error
                if len(content) > MAX_BYTES:
                    raise Damage(offset, f"gzip member is not whole: more than {MAX_BYTES} bytes")
                raw += pending[: len(pending) - len(inflate.unused_data)]
                pending = inflate.unused_data if inflate.eof else stream.read(CHUNK)
            yield parse_record(offset, bytes(raw), bytes(content))
            offset += len(raw)
            pending = pending or stream.read(CHUNK)


def parse_record(offset: int, member: bytes, content: bytes) -> Record:
    """Return a record; raise Damage when version, length or block digest are not right."""
    head, _, rest = content.partition(BLANK_LINE)
    version, *lines = head.decode(errors="surrogateescape").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    block = rest[: -len(BLANK_LINE)]
    if version != "WARC/1.1" or not rest.endswith(BLANK_LINE):
        raise Damage(offset, "no WARC/1.1 record")
    if headers.get("content-length") != str(len(block)):
        raise Damage(offset, f"Content-Length {headers.get('content-length')}, found {len(block)} bytes")
    if headers.get("warc-block-digest") != digest_of(block):
        raise Damage(offset, "block digest does not match")
    return Record(offset, member, headers, block)


def oddities(record: Record) -> Iterator[str]:
    """Yield what a record lacks that its kind must have."""
    headers, is_response = record.headers, record.kind in ("response", "revisit")
    is_problem = record.kind == "metadata" and "warc-target-uri" in headers
    if record.kind not in KINDS:
        yield f"unexpected record type {record.kind}"
    if not record.id or not record.id.isascii():
        yield "no WARC-Record-ID"
    if (is_response or record.kind == "resource") and "warc-target-uri" not in headers:
        yield "no WARC-Target-URI"
    if is_problem and not {"url", "kind", "detail"} <= set(fields_of(record.block)):
        yield "a field is missing: url, kind or detail"
    if is_response and not HEAD_END.search(record.block):
        yield "the HTTP head does not end"
    if is_response and not STATUS.match(record.block):
        yield "no HTTP status line"
    is_dated = record.kind in ("warcinfo", "metadata") or is_response or headers.get("content-type") == REPLY
    if is_dated and not is_time(headers.get("warc-date", "")):
        yield "WARC-Date is no time"


def is_time(text: str) -> bool:
    """Tell whether a text is a time in ISO 8601."""
    try:
        datetime.fromisoformat(time_of(text))
    except ValueError:
        return False
    return True


def raw(value: object) -> bytes | None:
    """Return a text as bytes that SQLite takes whatever they hold, to be CAST to text; None if there is none."""
    if value is None or isinstance(value, bytes):
        return value
    return str(value).encode(errors="surrogateescape")


def as_text(data: bytes) -> str:
    """Return bytes as text, even if they are not valid UTF-8."""
    return data.decode(errors="surrogateescape")


def digest_of(data: bytes) -> str:
    """Return a digest as the WARC headers write it."""
    return f"sha256:{base32(hashlib.sha256(data).digest())}"


@lru_cache(maxsize=4096)
def base32(digest: bytes) -> str:
    """Return a digest in base 32, which takes as long as the SHA-256 of a page; many bodies come again."""
    return base64.b32encode(digest).decode()


def body_of(block: bytes) -> bytes:
    """Return a response's body without its chunks; unchanged if the head announces chunks and there are none.

    Raises ValueError when it is cut off.
    """
    end = HEAD_END.search(block)
    body = block[end.end() :] if end else b""
    lines = FOLD.sub(b" ", block[: end.end() if end else 0]).split(b"\n")[1:]
    pairs = (line.partition(b":") for line in lines if line[:1] not in (b" ", b"\t"))
    values = [value for name, _, value in pairs if name.strip(b" \t\r").lower() == b"transfer-encoding"]
    codings = [coding.strip(b" \t\r").lower() for coding in b",".join(values).split(b",")]
    is_chunked = [coding for coding in codings if coding not in (b"", b"identity")][-1:] == [b"chunked"]
    return b"".join(chunks_of(body)) if is_chunked and CHUNK_LINE.match(body) else body


def chunks_of(body: bytes) -> Iterator[bytes]:
    """Yield the chunks of a body; raise ValueError when it is cut off."""
    place = 0
    while found := CHUNK_LINE.match(body, place):
        size = int(found[1], 16)
        if not size:
            return
        place = found.end() + size
        after = body[place : (body.find(b"\n", place) + 1) or len(body)]
        if place > len(body) or after.strip(b"\r\n"):
            break
        yield body[found.end() : place]
        place += len(after)
    raise ValueError("the chunked body is cut off")


def fields_of(block: bytes) -> Fields:
    """Return the fields of a `warcinfo` or `metadata` block as they are written, `%XX` included."""
    lines = block.decode(errors="surrogateescape").split("\r\n")
    return {name: value for name, _, value in (line.partition(": ") for line in lines if line)}


def next_record(path: Path, broken: int) -> int | None:
    """Return where the first record after a broken one begins; None if there is none."""
    with open_regular(path) as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        found = data.find(MEMBER_START, broken + 1)
        while found >= 0 and not begins_record(data[found : found + 512]):
            found = data.find(MEMBER_START, found + 1)
    return found if found >= 0 else None


def begins_record(data: bytes) -> bool:
    """Tell whether a gzip member begins here whose content is a WARC record."""
    try:
        return zlib.decompressobj(wbits=31).decompress(data, 7) == b"WARC/1."
    except zlib.error:
        return False


def loose_bits(member: bytes) -> str | None:
    """Return what is odd about the bits that no checksum covers: the gzip header, and the padding of deflate's end.

    The padding is zero as written, so the highest set bit of the last byte is data: without it the member is broken.
    """
    if not member.startswith(MEMBER_START):
        return "the gzip header was changed"
    end = len(member) - TRAILER_BYTES - 1
    lowered = member[end] - (1 << member[end].bit_length() >> 1)
    inflate = zlib.decompressobj(wbits=31)
    try:
        inflate.decompress(member[:end] + bytes([lowered]) + member[end + 1 :])
    except zlib.error:
        return None
    return "the padding of the gzip member was changed" if member[end] and inflate.eof else None


# --- one file ---------------------------------------------------------------------------------------------------------


class Reading:
    """What is found in one file while its records are read."""

    def __init__(self, archive: Path, file: str, report: Report, index: sqlite3.Connection) -> None:
        """Begin at its first record; `index` holds the records met in all files."""
        self.path, self.file, self.report, self.index = archive / file, file, report, index
        self.damages: list[tuple[int, str]] = []
        self.heads: dict[bytes, list[int]] = {}
        self.closing: Record | None = None
        self.manifest: Fields = {}
        self.torn: list[str] = []
        self.damaged: list[str] = []
        self.last: Record | None = None
        self.alone: int | None = None  # the first request without its response, or the other way round
        self.claimed = file  # the file that its first record names
        self.ends: set[int] = set()  # of records
        self.events_end = 0
        self.broken_end: int | None = None
        self.started: Record | None = None
        self.stamps: list[Stamp] = []
        self.certificates = b""

    def read(self) -> None:
        """Read the file to its end; after a damaged record continue with the next whole one."""
        start: int | None = 0
        while start is not None:
            try:
                for record in read_records(self.path, start):
                    self.broken_end = None
                    self.take(record)
                start = None
            except Damage as damage:
                self.damages.append((damage.offset, str(damage)))
                self.broken_end = damage.offset
                start = next_record(self.path, damage.offset)

    def take(self, record: Record) -> None:
        """Look at one record."""
        self.report.records += 1
        self.ends.add(record.offset + len(record.member))
        self.heads.setdefault(record.member[:10], []).append(record.offset)
        if self.closing is not None:
            self.damages.append((record.offset, "a record follows the closing one"))
        if record.offset == 0 and record.kind != "warcinfo":
            self.damages.append((0, "the file does not begin with the record of its run"))
        self.damages += [(record.offset, problem) for problem in oddities(record)]
        self.pair(record)
        if record.kind != "request":
            self.events_end = record.offset + len(record.member)
        if record.kind == "warcinfo":
            self.take_start(record)
        elif record.kind in ("response", "revisit"):
            self.take_response(record)
        elif record.kind == "resource":
            self.take_seal(record)
        elif record.kind == "metadata" and "warc-target-uri" not in record.headers:
            self.take_end(record)

    def pair(self, record: Record) -> None:
        """Note the first request or response whose counterpart is not beside it."""
        is_response = record.kind in ("response", "revisit")
        partner = record.headers.get("warc-concurrent-to", "").strip("<>")
        asked = self.last if self.last is not None and self.last.kind == "request" else None
        if self.alone is None and asked is not None:
            is_answered = is_response and asked.headers.get("warc-concurrent-to", "").strip("<>") == record.id
            self.alone = None if is_answered else asked.offset
        elif self.alone is None and is_response and partner:
            self.alone = record.offset
        self.last = record

    def take_start(self, record: Record) -> None:
        """Compare the run that a file says it holds with the file's name."""
        run = fields_of(record.block).get("run", "")
        self.started, self.claimed = record, f"warc/{run[:4]}/{run}.warc.gz"
        if record.offset or self.claimed != self.file:
            self.damages.append((record.offset, f"the file holds the run {run}: it was swapped, copied or renamed"))
        elif record.headers.get("warc-filename") != f"{run}.warc.gz":
            self.damages.append((0, "its WARC-Filename is not the name of the file"))

    def take_response(self, record: Record) -> None:
        """Check the digest of a response's body, in a revisit through the response that has the body."""
        stated = next((record.headers[name] for name in PAYLOAD_DIGESTS if name in record.headers), None)
        if record.kind == "response":
            self.check_body(record, stated)
        elif record.kind == "revisit" and record.headers.get("warc-profile") == IDENTICAL:
            original = record.headers.get("warc-refers-to", "").strip("<>")
            sql = f"SELECT digest FROM met WHERE id = {TEXT}"  # noqa: S608 - a constant
            if self.index.execute(sql, (raw(original),)).fetchone() != (stated,):
                self.damages.append(
                    (record.offset, f"the response that it repeats ({original}) is damaged or not in the archive")
                )
        elif record.kind == "revisit" and record.headers.get("warc-profile") != NOT_MODIFIED:
            self.damages.append((record.offset, "a revisit of a kind that postarchive does not write"))
        status = STATUS.match(record.block)
        self.index.execute(
            f"INSERT OR IGNORE INTO met VALUES ({TEXT}, {TEXT}, ?, ?, {TEXT}, {TEXT}, {TEXT}, ?, {TEXT})",  # noqa: S608 - a constant
            (
                raw(record.id),
                raw(self.file),
                record.offset,
                len(record.member),
                raw(stated),
                raw(record.headers.get("warc-target-uri")),
                raw(time_of(record.headers.get("warc-date", ""))),
                int(status[1]) if status else None,
                raw(record.headers.get("postarchive-origin", "live")),
            ),
        )

    def check_body(self, record: Record, stated: str | None) -> None:
        """Compare the digest of a response's body with what its header says."""
        try:
            if stated != digest_of(body_of(record.block)):
                self.damages.append((record.offset, "payload digest does not match"))
        except ValueError as error:
            self.damages.append((record.offset, str(error)))

    def take_seal(self, record: Record) -> None:
        """Keep the reply of an authority; the certificates before it are the record before."""
        kind = record.headers.get("content-type")
        if kind == CERTIFICATES:
            self.certificates = record.block
            return
        if kind != REPLY:
            self.damages.append((record.offset, f"unexpected resource type {kind}"))
            return
        if not is_time(record.headers.get("postarchive-sealed-time", "")):
            self.damages.append((record.offset, "Postarchive-Sealed-Time is no time"))
        names = ("postarchive-sealed-manifest", "warc-target-uri", "postarchive-sealed-time")
        manifest, authority, time = (record.headers.get(name, "") for name in names)
        self.stamps.append(Stamp(record.offset, manifest, authority, time, record.block, self.certificates))
        self.certificates = b""

    def take_end(self, record: Record) -> None:
        """Keep the manifest of the closing record, after comparing it with its own digest."""
        self.closing = record
        found = fields_of(record.block)
        if found.get("run") != run_of(self.file):
            self.damages.append((record.offset, f"it closes the run {found.get('run')}, which is not that of the file"))
        if not is_own_manifest(record, found):
            self.damages.append((record.offset, "the manifest is not the digest of its own lines"))
            return
        if found.get("file") != self.claimed:
            self.damages.append((record.offset, f"its manifest is that of another file, {found.get('file')}"))
        self.manifest = found
        lines = record.block.decode(errors="surrogateescape").split("\r\n")
        self.torn = [line.partition(": ")[2] for line in lines if line.startswith("torn: ")]
        self.damaged = [line.partition(": ")[2] for line in lines if line.startswith("damaged: ")]

    def judge(self, ingested: int | None, run: tuple[Any, ...] | None, *, is_last: bool) -> Seal:
        """Say what is wrong with the file; `ingested` and `run` are what the database knows of it, None without one."""
        size = self.path.stat().st_size
        end = self.closing.offset if self.closing else size if self.broken_end is None else self.broken_end
        sha256 = sha256_of(self.path, end)
        is_torn = self.closing is None and is_last and [place for place, _ in self.damages] == [self.broken_end]
        if is_torn and ingested and ingested <= end:
            text = "the run was cut off while it wrote its last record, which has no row"
            self.report.doubt(self.file, f"@{end}", text)
            return Seal(self.file, self.manifest, self.torn, self.damaged, "", end, sha256, is_damaged=True)
        found = self.damages + self.loose() + ([] if self.damages else self.unsealed(sha256))
        if not found and ingested is not None:
            found = self.unread(ingested, run, is_last=is_last)
        for offset, problem in found:
            self.report.fail(self.file, f"@{offset}", problem)
        closing = hashlib.sha256(self.closing.member).hexdigest() if self.closing else ""
        return Seal(self.file, self.manifest, self.torn, self.damaged, closing, end, sha256, is_damaged=bool(found))

    def loose(self) -> list[tuple[int, str]]:
        """Return gzip headers unlike the others, and odd bits of the closing record, which no manifest covers."""
        common = max(self.heads, key=lambda head: len(self.heads[head]), default=b"")
        found = [(places[0], "the gzip header was changed") for head, places in self.heads.items() if head != common]
        problem = loose_bits(self.closing.member) if self.closing else None
        if self.closing and not problem and self.manifest.get("manifest-version") == "2":
            member, form = self.closing.member, closing_form(self.closing)
            if member[:8] + member[10:] != form[:8] + form[10:]:  # level and system depend on the machine
                problem = "the closing record is not in the form in which a run writes it"
        if self.closing and problem and self.closing.offset not in [place for place, _ in found]:
            found.append((self.closing.offset, problem))
        return found

    def unsealed(self, sha256: str) -> list[tuple[int, str]]:
        """Return where the file is not what its manifest says."""
        if self.closing is None or not self.manifest:
            return []
        missing = int(self.manifest["bytes"]) - self.closing.offset
        if missing:
            what = f"{missing} bytes were removed" if missing > 0 else f"{-missing} bytes were inserted"
            place = self.closing.offset if self.alone is None else self.alone
            return [(place, f"{what} between records since the run closed")]
        if self.manifest["sha256"] == sha256 or len(self.heads) > 1:
            return []
        for record in read_records(self.path, 0):
            problem = loose_bits(record.member)
            if problem and record.offset < self.closing.offset:
                return [(record.offset, problem)]
        return [(self.closing.offset, "its bytes are not those that its closing record counted (sha256)")]

    def unread(self, ingested: int, run: tuple[Any, ...] | None, *, is_last: bool) -> list[tuple[int, str]]:
        """Return where the database knows more or less of the file than it holds."""
        if ingested > self.events_end:
            return [(self.events_end, f"the database has rows up to byte {ingested}: the file's end was cut off")]
        if ingested and ingested not in self.ends:
            text = f"the database has rows up to byte {ingested}, where no record ends: it was rewritten"
            return [(ingested, text)]
        if ingested < self.events_end:
            problem = f"{self.events_end - ingested} bytes have no rows yet"
            if is_last:
                self.report.doubt(self.file, f"@{ingested}", f"{problem}; a run is still writing, or was cut off")
                return []
            return [(ingested, problem)]
        if run is None:
            self.report.fail("runs", run_of(self.file), "the row is missing")
            return []
        start, end = date_of(self.started), date_of(self.closing)
        expected = (self.file, start, end, pairs_of(self.started, "option-"), pairs_of(self.closing, "count-"))
        stored = (*run[:3], *(None if text is None else loaded(text) for text in run[3:]))
        names = ("file", "started", "ended", "options", "counts")
        unlike = [f"{name} is {a}, its record says {b}" for name, a, b in zip(names, stored, expected) if a != b]  # noqa: B905 - Python 3.9
        if unlike:
            self.report.fail("runs", run_of(self.file), ", ".join(unlike))
        return []


def is_own_manifest(record: Record, found: Fields) -> bool:
    """Tell whether a closing record's manifest is the digest of what it covers."""
    digest = found.get("manifest", "")
    if not re.fullmatch("[0-9]{1,18}", found.get("bytes", "")):
        return False
    if found.get("manifest-version") == "2":
        last = f"manifest: {digest}\r\n".encode(errors="surrogateescape")
        header = (record.id, record.headers.get("warc-date"))
        is_last = record.block.endswith(last) and header == (found.get("record"), found.get("date"))
        return is_last and digest == hashlib.sha256(record.block[: -len(last)]).hexdigest()
    stated = [found.get(name, "") for name in ("previous-manifest", "file", "bytes", "sha256")]
    return found.get("manifest-version") == "1" and digest == manifest_of(*stated)


def closing_form(record: Record) -> bytes:
    """Return the bytes that a closing record with this id, date and block must have, but for level and system."""
    headers = (
        ("WARC-Type", "metadata"),
        ("WARC-Record-ID", record.headers.get("warc-record-id", "")),
        ("WARC-Date", record.headers.get("warc-date", "")),
        ("WARC-Block-Digest", digest_of(record.block)),
        ("Content-Type", "application/warc-fields"),
        ("Content-Length", str(len(record.block))),
    )
    head = "WARC/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers) + "\r\n"
    content = head.encode(errors="surrogateescape") + record.block + BLANK_LINE
    member = MEMBER_START + b"\0\3"
    for start in range(0, len(content), MAX_STORED):
        part = content[start : start + MAX_STORED]
        size = len(part).to_bytes(2, "little") + (len(part) ^ MAX_STORED).to_bytes(2, "little")
        member += bytes([start + MAX_STORED >= len(content)]) + size + part
    return member + zlib.crc32(content).to_bytes(4, "little") + len(content).to_bytes(4, "little")


def pairs_of(record: Record | None, prefix: str) -> Fields | None:
    """Return the options or counts of a run by their names; None without a closing record."""
    if record is None:
        return None
    pairs = fields_of(record.block).items()
    return {name[len(prefix) :]: plain_text(value) for name, value in pairs if name.startswith(prefix)}


def plain_text(value: str) -> str:
    """Return a field's value without its `%XX`."""
    return re.sub("%([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), value)


def date_of(record: Record | None) -> str | None:
    """Return a record's time as the database writes it; None without a record."""
    return None if record is None else time_of(record.headers.get("warc-date", ""))


def manifest_of(previous: str, file: str, length: str, sha256: str) -> str:
    """Return the digest of a manifest's lines."""
    lines = (
        ("manifest-version", "1"),
        ("previous-manifest", previous),
        ("file", file),
        ("bytes", length),
        ("sha256", sha256),
    )
    return hashlib.sha256("".join(f"{name}: {value}\r\n" for name, value in lines).encode()).hexdigest()


def sha256_of(path: Path, length: int) -> str:
    """Return the SHA-256 of a file's first bytes."""
    digest, left = hashlib.sha256(), length
    with open_regular(path) as stream:
        while left and (chunk := stream.read(min(left, CHUNK))):
            digest.update(chunk)
            left -= len(chunk)
    return digest.hexdigest()


def run_of(file: str) -> str:
    """Return the run of a file."""
    return file.rpartition("/")[2].partition(".")[0]


def time_of(warc_date: str) -> str:
    """Return a WARC-Date as the database writes it."""
    return warc_date[:-1] + "+00:00" if warc_date.endswith("Z") else warc_date


# --- the chain --------------------------------------------------------------------------------------------------------


class Chain:
    """The manifests of all files, each of which must name the one before it."""

    def __init__(self, seals: list[Seal], report: Report) -> None:
        """Sort the files by their runs; a copy of another file here does not count."""
        genuine = {seal.file for seal in seals if seal.claimed == seal.file}
        kept = [seal for seal in seals if seal.claimed == seal.file or seal.claimed not in genuine]
        self.seals, self.report = sorted(kept, key=lambda seal: seal.claimed), report
        self.known = ""
        self.digests: list[str] = []
        self.pending: list[Seal] = []
        self.closed: list[Seal] = []  # since the last of version 2, with that
        self.torn: dict[str, str] = {}
        self.covered = ""  # the newest run of version 2

    def check(self) -> list[str]:
        """Report where the manifests do not form a chain; return all digests of the chain, newest last."""
        for place, seal in enumerate(self.seals):
            if seal.manifest:
                self.follow(seal, self.seals[:place], self.seals[place + 1 :])
            else:
                self.pending.append(seal)
        for seal in self.pending:
            if not seal.is_damaged:
                text = "the run has no closing record: that none is missing at its end is not proved"
                self.report.doubt(seal.file, "", text)
        old = [seal for seal in self.closed if seal.manifest["manifest-version"] == "1"]
        if old and not old[-1].is_damaged:
            text = f"nothing covers the counts and end of {len(old)} runs of an older version until the next run"
            self.report.doubt(old[-1].file, f"@{old[-1].offset}", text)
        return [*self.digests, fold(self.known, self.pending)]

    def follow(self, seal: Seal, before: list[Seal], later: list[Seal]) -> None:
        """Compare a closed file with those before it."""
        previous, expected = seal.manifest["previous-manifest"], fold(self.known, self.pending)
        restored = [] if previous == expected else restored_before(seal, before)
        if previous not in (expected, self.known) and not restored and follows(expected, later):
            self.report.fail(
                seal.file, f"@{seal.offset}", "its manifest follows no file of this archive: it was inserted"
            )
            return
        for other in restored:
            text = f"its closing record was damaged when the run of {seal.file} began, and was restored since"
            self.report.doubt(other.file, f"@{other.offset}", f"{text}: nothing else proves it")
        if previous != expected and not restored:
            report_break(seal, self.known, self.pending, before, self.report)
        elif not restored:
            self.check_records(seal)
        self.digests += [expected, previous, seal.manifest["manifest"]]
        if seal.manifest["manifest-version"] == "2":
            self.closed, self.covered = [seal], run_of(seal.claimed)
            self.torn.update({value.rsplit(" ", 2)[0]: value for value in seal.torn})
        else:
            if self.covered:
                text = "its closing record is of an older form than the one before it"
                self.report.fail(seal.file, f"@{seal.offset}", text)
            self.closed.append(seal)
        self.known, self.pending = seal.manifest["manifest"], []

    def check_records(self, seal: Seal) -> None:
        """Compare the closing records before this one with what it says of them."""
        lines = "".join(f"{other.closing}\r\n" for other in self.closed)
        found = hashlib.sha256(lines.encode()).hexdigest() if lines else ""
        is_explained = any(other.is_damaged for other in (*self.closed, *self.pending))
        is_covering = seal.manifest["manifest-version"] == "2" and not is_explained
        if is_covering and seal.manifest.get("previous-records") != found:
            last = (self.closed or [seal])[-1]
            text = f"its closing record, or one before it, is not the one that {seal.file} was chained to"
            self.report.fail(last.file, f"@{last.offset}", text)


def fold(known: str, pending: list[Seal]) -> str:
    """Return the manifest for the files up to here."""
    for seal in pending:
        known = seal.digest(known)
    return known


def restored_before(seal: Seal, before: list[Seal]) -> list[Seal]:
    """Return the files whose last record this run met damaged, and which are whole again, with the same bytes."""
    first = next((place for place, other in enumerate(before) if other.claimed in seal.damaged), len(before))
    restored = [other for other in before[first:] if other.manifest and other.claimed in seal.damaged]
    digest = before[first].manifest.get("previous-manifest", "") if restored else ""
    for other in before[first:]:
        digest = other.open_digest(digest) if other in restored else other.digest(digest)
    return restored if digest == seal.manifest["previous-manifest"] else []


def follows(digest: str, later: list[Seal]) -> bool:
    """Tell whether one of these files names the digest as previous."""
    return any(seal.manifest.get("previous-manifest") == digest for seal in later)


def report_break(seal: Seal, known: str, pending: list[Seal], before: list[Seal], report: Report) -> None:
    """Say that a file before this one is missing, was put in, or is not what it was."""
    undamaged = [other for other in pending if not other.is_damaged]
    if pending and seal.manifest["previous-manifest"] == known:
        for stranger in undamaged:
            report.fail(stranger.file, "", f"{seal.file} does not know it: it was added, or changed since")
    elif pending and len(undamaged) == len(pending):
        text = f"it is not what {seal.file} was chained to: it was changed, or a file is missing"
        report.fail(pending[-1].file, "", text)
    elif not pending:
        last = before[-1].claimed if before else "its beginning"
        text = f"a file is missing or was replaced between {last} and this one"
        report.fail(seal.file, f"@{seal.offset}", f"{text}: its manifest follows {seal.manifest['previous-manifest']}")


# --- the database -----------------------------------------------------------------------------------------------------


def open_database(archive: Path, report: Report) -> sqlite3.Connection | None:
    """Return the database as it is at this moment; None if there is none that can be read."""
    path = archive / "postarchive.db"
    for place in (path, *(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm", "-journal"))):
        if os.path.lexists(place) and not is_regular(place):
            report.fail(place.name, "", "no regular file, or a symbolic link")
            return None
    if not path.exists():
        report.doubt(path.name, "", "there is no database: whether the newest files are all here cannot be proved")
        return None
    problem, has_log = "", path.with_name(path.name + "-wal").exists()
    # The second where a read-only disk allows no lock: a -wal file is read then without the -shm file beside it.
    alone = ("mode=ro&vfs=unix-none", "PRAGMA locking_mode = EXCLUSIVE") if has_log else ("immutable=1", "")
    for mode, pragma in (("mode=ro", ""), alone):
        try:
            with ExitStack() as unless_whole:
                database = sqlite3.connect(f"{path.resolve().as_uri()}?{mode}", uri=True)
                unless_whole.enter_context(closing(database))
                database.execute(pragma)
                problem = problem_of(database)
                if problem == "ok":
                    unless_whole.pop_all()
                    return database
        except sqlite3.Error as error:
            problem = str(error)
    report.fail(path.name, "", f"the database is damaged ({problem})")
    return None


def problem_of(database: sqlite3.Connection) -> str:
    """Begin to read a database and return what is wrong, or "ok". Raises sqlite3.Error when it cannot be read."""
    database.text_factory = as_text
    database.execute("BEGIN")
    problem: str = database.execute("PRAGMA integrity_check(1)").fetchone()[0]
    for table in ("files", "runs", "captures", "pages", "versions"):
        database.execute(f"SELECT * FROM {table} LIMIT 1").fetchone()  # noqa: S608 - the names above
    if database.execute("SELECT 1 FROM files WHERE typeof(ingested_bytes) <> 'integer'").fetchone():
        return "a number in files is none"
    return problem


def check_runs(database: sqlite3.Connection, files: list[str], report: Report) -> None:
    """Say which rows of `runs` have no file."""
    for run, file in database.execute("SELECT run, file FROM runs"):
        if file not in files or run_of(file) != run:
            report.fail("runs", run, f"its file {file} is not in the archive, or holds another run")


def check_captures(
    database: sqlite3.Connection, index: sqlite3.Connection, whole: dict[str, int], report: Report
) -> None:
    """Compare the rows of `captures` with the responses of those files that are whole, up to what was ingested."""
    names = ("run", "file", "offset", "stored_bytes", "payload_digest", "url", "time", "status", "origin")
    count = 0
    sql = f"SELECT id, record_id, replay_url, {', '.join(names)} FROM captures"  # noqa: S608 - the names above
    for row, record_id, replay_url, run, *found in database.execute(sql):
        if found[0] not in whole:
            continue
        met = index.execute(f"SELECT * FROM met WHERE id = {TEXT}", (raw(record_id),)).fetchone()  # noqa: S608 - a constant
        if met is not None and isinstance(replay_url, str) and replay_url.startswith(REPLAYS):
            found[4:6], found[7] = (replay_url, met[6]), met[8]  # site's URL and time are read out of the response
        count += met is not None and met[1] in whole
        if met is None:
            report.fail("captures", row, f"no record {record_id} at {found[0]}@{found[1]}")
        elif list(met[1:]) != found or run != run_of(found[0]):
            pairs = zip(names, (run, *found), (run_of(met[1]), *met[1:]))  # noqa: B905 - Python 3.9 has no strict
            unlike = [f"{name} is {a}, its record says {b}" for name, a, b in pairs if a != b]
            report.fail("captures", row, f"{', '.join(unlike)} ({met[1]}@{met[2]})")
    expected = 0
    for file, end in whole.items():
        sql = f"SELECT count(*) FROM met WHERE file = {TEXT} AND offset < ?"  # noqa: S608 - a constant
        expected += index.execute(sql, (raw(file), end)).fetchone()[0]
    if count < expected:
        report_missing(database, index, whole, report)


def report_missing(
    database: sqlite3.Connection, index: sqlite3.Connection, whole: dict[str, int], report: Report
) -> None:
    """Say which responses have no row."""
    known = f"SELECT 1 FROM captures WHERE record_id = {TEXT}"  # noqa: S608 - a constant
    for record_id, file, offset in index.execute("SELECT id, file, offset FROM met ORDER BY file, offset"):
        if offset < whole.get(file, 0) and database.execute(known, (raw(record_id),)).fetchone() is None:
            report.fail(file, f"@{offset}", f"the response {record_id} has no row in captures")


def check_pages(database: sqlite3.Connection, report: Report) -> None:
    """Compare fingerprints with records, and the rows of `pages` with the latest version."""
    for row, record, mark in database.execute("SELECT id, record, fingerprint FROM versions"):
        if fingerprint(record) != mark:
            report.fail("versions", row, "the fingerprint is not that of its record")
    sql = (
        "SELECT pages.id, kind, title, date, source, record FROM pages LEFT JOIN versions ON versions.page = pages.id "
        "AND number = (SELECT max(number) FROM versions WHERE page = pages.id)"
    )
    for row, kind, title, date, source, record in database.execute(sql):
        if record is None:
            report.fail("versions", f"of page {row}", "there is none")
            continue
        stored = {"kind": kind, "title": title, "date": date, "source": source}
        latest = loaded(record)
        unlike = [f"{name} is {value}, its record says {latest.get(name)}" for name, value in stored.items()]
        unlike = [text for text, name in zip(unlike, stored) if stored[name] != latest.get(name)]  # noqa: B905
        if unlike:
            report.fail("pages", row, ", ".join(unlike))
    for table, row, other, _ in database.execute("PRAGMA foreign_key_check"):
        report.fail(table, "" if row is None else row, f"a row names one in {other} that is not there")


def loaded(record: object) -> dict[str, Any]:
    """Return a record from its JSON; empty if it is not one."""
    try:
        value = json.loads(record) if isinstance(record, str) else {}
    except ValueError:
        value = {}
    return value if isinstance(value, dict) else {}


# The fingerprint is a hash over those fields of a record that make a version of its page.
ENGLISH = "english"
SITES = {
    "english.chinapost.com.cn": ENGLISH,
    "www.chinapostnews.com.cn": ENGLISH,
    "ctvpost.com": "ctvpost",
}
CHINA_POST_HOSTS = "www iframe qh zhejiang shanghai sc nm cpi dangjian stampprint"
SITES.update({f"{name}.chinapost.com.cn": name for name in CHINA_POST_HOSTS.split()})
FRAME = ("url", "created", "hotlines", "registrations", "leftovers", "warnings", "entries", "next_url", "sheets")
LABELS = {
    "value in set": "number in set",
    "piece in set": "number in set",
    "pieces in set": "number in set",
    "printing process": "printing",
    "printing technology": "printing",
}


def fingerprint(record: object) -> str:
    """Return the hash of a record's own fields: NFC, hosts as sites, without empty values and what the frame says."""
    document = loaded(record)
    left_out = (*FRAME, "paragraphs", "images") if document.get("kind") == "listing" else FRAME
    own = {name: plain(value) for name, value in document.items() if name not in left_out}
    if isinstance(document.get("stamp"), dict):
        facts = document["stamp"].get("facts")
        pairs = [fact for fact in facts if isinstance(fact, list) and fact[1] is not None] if facts else []
        own["stamp"] = [[LABELS.get(str(label).lower(), str(label).lower()), plain(value)] for label, value in pairs]
    said = {name: value for name, value in own.items() if value not in (None, [], "")}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:32]


def plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value in its normal form."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if not isinstance(value, str):
        return value
    parts = urlsplit(value) if value.startswith(("http://", "https://")) else None
    if parts is not None and parts.hostname in SITES:
        return f"{SITES[parts.hostname]}:{parts.path}{'?' + parts.query if parts.query else ''}"
    return unicodedata.normalize("NFC", value)


# --- the whole --------------------------------------------------------------------------------------------------------


def verify(archive: Path, manifest: str | None, seals_folder: Path | None = None) -> int:
    """Print what is found and the verdict; return the exit code."""
    report = Report()
    with ExitStack() as opened:
        index = opened.enter_context(closing(sqlite3.connect("")))  # on disk, in a temporary file of its own
        database = open_database(archive, report)
        if database is not None:
            opened.enter_context(closing(database))
        return judge_archive(OpenedArchive(archive, database, index), report, manifest, seals_folder)


class OpenedArchive(NamedTuple):
    """An archive with its database, None if it cannot be read, and an index of the records met in its files."""

    archive: Path
    database: sqlite3.Connection | None
    met: sqlite3.Connection


def judge_archive(opened: OpenedArchive, report: Report, manifest: str | None, seals_folder: Path | None) -> int:
    """Print what is found in the opened archive and the verdict; return the exit code."""
    archive, database, index = opened
    index.text_factory = as_text
    index.execute(
        "CREATE TABLE met (id TEXT PRIMARY KEY, file, offset, length, digest, url, time, status, origin) WITHOUT ROWID"
    )
    files = sorted(path.relative_to(archive).as_posix() for path in (archive / "warc").glob("*/*.warc.gz"))
    ingested = dict(database.execute("SELECT file, ingested_bytes FROM files")) if database else {}
    seals: list[Seal] = []
    stamped: list[tuple[Reading, Stamp]] = []
    whole: dict[str, int] = {}
    for file in files:
        reading = Reading(archive, file, report, index)
        try:
            open_regular(reading.path).close()
        except Damage as damage:
            report.fail(file, "", str(damage))
            continue
        reading.read()
        run = stored_run(database, file) if database else None
        seals.append(reading.judge(ingested.get(file, 0) if database else None, run, is_last=file == files[-1]))
        stamped += [(reading, stamp) for stamp in reading.stamps]
        if not reading.damages:
            whole[file] = ingested.get(file, 0)
    for file in sorted(set(ingested) - set(files)):
        report.fail(file, "", "the file is missing; the database has rows of it")
    chain = Chain(seals, report)
    digests = chain.check()
    check_folder(archive, files, chain)
    if manifest and manifest not in digests:
        report.fail("manifest", "", f"{manifest} is in no file; the archive is not the one it was taken from")
    if database is not None:
        check_runs(database, files, report)
        check_captures(database, index, whole, report)
        check_pages(database, report)
    check_seals(stamped, digests, report)
    sys.stdout.write(
        f"{report.verdict()}: {report.records} records in {len(files)} file{'' if len(files) == 1 else 's'}.\n"
    )
    if database is not None:
        sys.stdout.write(f"Not checked: {NOT_CHECKED}\n")
    sys.stdout.write(f"Newest manifest: {digests[-1]}\n")
    show_seals([(reading.file, stamp) for reading, stamp in stamped], seals_folder)
    return FAILED_EXIT if report.is_failed else 0


def check_seals(stamped: list[tuple[Reading, Stamp]], digests: list[str], report: Report) -> None:
    """Report seals over another manifest than the one before their run."""
    for reading, stamp in stamped:
        before = reading.manifest.get("previous-manifest", stamp.manifest)
        if stamp.manifest not in digests or stamp.manifest != before:
            text = "the runs before this one are not what was sealed: one was rewritten, added or removed since"
            report.fail(reading.file, f"@{stamp.offset}", text)


def show_seals(stamped: list[tuple[str, Stamp]], folder: Path | None) -> None:
    """Print how to check the seals; write them into a folder, if one is named."""
    if not stamped:
        return
    sys.stdout.write(f"{len(stamped)} seals. Their signatures cannot be checked here; these commands check them:\n")
    for file, stamp in stamped:
        names = [f"{run_of(file)}-{stamp.offset}{suffix}" for suffix in (".manifest", ".tsr", ".pem")]
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / names[0]).write_bytes(stamp.manifest.encode(errors="surrogateescape"))
            (folder / names[1]).write_bytes(stamp.reply)
            (folder / names[2]).write_bytes(stamp.certificates)
        data, reply, root = (shlex.quote(str((folder or Path("SEALS")) / name)) for name in names)
        about = f"  # {file}@{stamp.offset} says {stamp.time}, by {stamp.authority}"
        for line in (about, f"  openssl ts -verify -data {data} -in {reply} -CAfile {root}"):
            sys.stdout.write(ascii(line)[1:-1] + "\n")
    if folder is None:
        sys.stdout.write("--seals SEALS writes these files into the folder SEALS.\n")
    sys.stdout.write(
        "A root certificate that was kept here proves only that it fits: better name your own copy of it.\n"
    )


def stored_run(database: sqlite3.Connection, file: str) -> tuple[Any, ...] | None:
    """Return what the row of a file's run says; None if there is none."""
    sql = "SELECT file, started, ended, options, counts FROM runs WHERE run = CAST(? AS TEXT)"
    row: tuple[Any, ...] | None = database.execute(sql, (raw(run_of(file)),)).fetchone()
    return row


def check_folder(archive: Path, files: list[str], chain: Chain) -> None:
    """Report what is in the evidence folder but is not evidence, and which torn ends have changed."""
    report, torn = chain.report, set()
    if (archive / "warc").is_symlink():
        report.fail("warc", "", "a symbolic link")
    for path in sorted([*(archive / "warc").glob("*"), *(archive / "warc").glob("*/*")]):
        name = path.relative_to(archive).as_posix()
        is_year = re.fullmatch(r"warc/\d{4}", name) and path.is_dir()
        if path.is_symlink():
            report.fail(name, "", "a symbolic link")
        elif re.fullmatch(r"warc/\d{4}/.+\.warc\.gz\.torn\d*", name, re.DOTALL):
            torn.add(name)
            check_torn(path, name, chain)
        elif not is_year and name not in files:
            report.fail(name, "", "not a file of postarchive; move it out of the evidence folder")
    for name in sorted(set(chain.torn) - torn):
        report.fail(name, "", "the torn end that was moved aside is missing; a closing record names it")


def check_torn(path: Path, name: str, chain: Chain) -> None:
    """Compare an end that was moved aside with what a closing record says of it."""
    try:
        with open_regular(path) as stream:
            length = os.fstat(stream.fileno()).st_size
        said = f"{name} {length} {sha256_of(path, length)}"
    except Damage as damage:
        chain.report.fail(name, "", str(damage))
        return
    if name in chain.torn and chain.torn[name] != said:
        chain.report.fail(name, "", "it is not what the closing record of the next run says (length or sha256)")
    elif name not in chain.torn and run_of(name) <= chain.covered:
        chain.report.fail(name, "", "no closing record names it: it was added, or renamed")
    elif name not in chain.torn:
        chain.report.doubt(
            name, "", "the torn end of a killed run, which no closing record names yet; the next one will"
        )


def main() -> int:
    """Read the command line."""
    about = (__doc__ or "").partition("\n")[0]
    parser = argparse.ArgumentParser(description=about, epilog="Exit code: 0 ok or unverifiable, 5 failed, 2 usage.")
    parser.add_argument("archive", type=Path, help="the folder that holds warc/ and postarchive.db")
    parser.add_argument("--manifest", help="a manifest that was kept elsewhere: the chain must hold it")
    parser.add_argument("--seals", type=Path, metavar="FOLDER", help="write the seals here, for openssl to check")
    options = parser.parse_args()
    if not (options.archive / "warc").is_dir():
        sys.stderr.write(f"{options.archive}: no archive here\n")
        return USAGE_EXIT
    return verify(options.archive, options.manifest, options.seals)


if __name__ == "__main__":
    sys.exit(main())
