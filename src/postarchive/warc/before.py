"""What a new run's manifest must say about all that is in the archive before it."""

import hashlib
import sys
from pathlib import Path

from postarchive.errors import DamagedRecord
from postarchive.paths import evidence_path, open_evidence, open_regular, warc_files
from postarchive.warc.frame import CHUNK_BYTES, WarcRecord, records
from postarchive.warc.manifest import LATEST, Aside, Before, Manifest, manifest_in, manifest_of, records_digest
from postarchive.warc.tail import bytes_before_damage, run_of, torn_files

GZIP_MAGIC = b"\x1f\x8b\x08"
LONGEST_CLOSING_BYTES = 1 << 20


def manifest_before(archive: Path) -> Before:
    """Return what the next run's manifest chains to; empty in a new archive.

    A run that was cut off has no manifest, so its file is chained as it is. So is a file with a damaged closing record,
    but without that record: once restored, the file is still what was chained.
    """
    files = warc_files(archive)
    closed: list[tuple[str, Manifest, str]] = []  # file, manifest and digest of the record; newest first
    for file in reversed(files):
        if (found := _closing_of(archive, file)) is not None:
            closed.append((file, *found))
            if found[0].version == LATEST:
                break
    newest, manifest = (closed[0][0], closed[0][1].digest) if closed else ("", None)
    open_files = {file: bytes_before_damage(evidence_path(archive, file)) for file in files if file > newest}
    for file, length in open_files.items():
        manifest = _manifest_of(archive, file, manifest, length)
    damaged = tuple(file for file, length in open_files.items() if length != (archive / file).stat().st_size)
    covered = closed[-1][0] if closed and closed[-1][1].version == LATEST else ""
    torn = tuple(_aside(archive, file) for file in torn_files(archive) if run_of(file) > run_of(covered))
    return Before(manifest, records_digest(digest for _, _, digest in reversed(closed)), torn, damaged)


def read_manifest(archive: Path, file: str) -> Manifest | None:
    """Return what the closing record says; None if the run was cut off before it, or the end is damaged."""
    found = _closing_of(archive, file)
    return found[0] if found else None


def last_manifest(archive: Path, file: str) -> str | None:
    """Return the digest that the next run's manifest names as previous; None when this run has none."""
    manifest = read_manifest(archive, file)
    return manifest.digest if manifest else None


def _closing_of(archive: Path, file: str) -> tuple[Manifest, str] | None:
    record = _last_record(archive, file)
    manifest = None if record is None else manifest_in(record)
    if record is None or manifest is None:
        return None
    with open_evidence(archive, file) as stream:
        stream.seek(record.offset)
        return manifest, hashlib.sha256(stream.read(record.length_bytes)).hexdigest()


def _last_record(archive: Path, file: str) -> WarcRecord | None:
    """Find the closing record from the end: it is small, and the file may be large."""
    with open_evidence(archive, file) as stream:
        start = max(stream.seek(0, 2) - LONGEST_CLOSING_BYTES, 0)
        stream.seek(start)
        tail = stream.read()
    found = len(tail)
    while (found := tail.rfind(GZIP_MAGIC, 0, found)) >= 0:
        try:
            (record,) = records(archive, file, start + found)
        except (DamagedRecord, ValueError):
            continue  # the magic number inside a record, or more than one record
        return record
    return None


def _manifest_of(archive: Path, file: str, previous: str | None, most: int) -> str:
    length, sha256_hex = _digested(evidence_path(archive, file), most)
    return manifest_of(previous=previous, file=file, length_bytes=length, sha256_hex=sha256_hex)


def _aside(archive: Path, file: str) -> Aside:
    return Aside(file, *_digested(evidence_path(archive, file)))


def _digested(path: Path, most: int = sys.maxsize) -> tuple[int, str]:
    digest, left = hashlib.sha256(), most
    with open_regular(path, path.name) as stream:
        while chunk := stream.read(min(CHUNK_BYTES, left)):
            digest.update(chunk)
            left -= len(chunk)
    return most - left, digest.hexdigest()
