"""The manifest in a run's closing record: it covers the file, the record itself and, by its chain, all before.

In version 1 the manifest is a digest of only five fields: `previous-manifest`, `file`, `bytes` and `sha256` (of what
precedes the closing record), and the version number. Nothing covered the counts and the end of the run.

In version 2 it is the digest of all fields above it, counts included, and of the rest of the record's header: its id
and date are among the fields. The record is not compressed, so that none of its bytes can vary. `previous-records`
covers every byte of the closing records since the last one of version 2, so the first run that follows records of
version 1 makes up for them. `torn` names each end that was moved aside since then, `damaged` each file whose last
record was not whole when the run began: what precedes that record is chained.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from postarchive.models import Headers
from postarchive.warc.frame import WarcRecord, plain_id
from postarchive.warc.message import format_fields, parse_fields

Version: TypeAlias = int
LATEST: Version = 2
NONE = ""  # no manifest, or no closing record, before this one
MANIFEST = "manifest"
NUMBER = re.compile("[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Aside:
    """The torn end of a killed run, moved into a file of its own."""

    file: str
    length_bytes: int
    sha256_hex: str


@dataclass(frozen=True, slots=True)
class Before:
    """What a run's manifest says about the runs before it; all empty for the first run of an archive.

    `manifest` is that of the previous file, `records` the digest of the closing records since the last of version 2.
    """

    manifest: str | None = None
    records: str | None = None
    torn: tuple[Aside, ...] = ()
    damaged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a closing record says: length and sha256 of its file up to that record, and what comes before the file.

    `previous` is None for the first file of an archive; `digest` is what the next file's `previous` must be.
    `previous_records` is None when there are none, and in version 1, which also knows nothing of `torn` ends and of
    `damaged` files.
    """

    version: Version
    previous: str | None
    previous_records: str | None
    file: str
    length_bytes: int
    sha256_hex: str
    torn: tuple[Aside, ...]
    digest: str
    damaged: tuple[str, ...] = ()


def manifest_fields(  # noqa: PLR0913 - the parts of a closing record, each named
    reported: Headers, *, record_id: str, date: str, before: Before, file: str, length_bytes: int, sha256_hex: str
) -> Headers:
    """Return the fields of a closing record: what the run reports, then its manifest; `date` as in its header."""
    fields: Headers = (
        *reported,
        ("record", record_id),
        ("date", date),
        ("manifest-version", str(LATEST)),
        ("previous-manifest", before.manifest or NONE),
        ("previous-records", before.records or NONE),
        ("file", file),
        ("bytes", str(length_bytes)),
        ("sha256", sha256_hex),
        *(("torn", f"{end.file} {end.length_bytes} {end.sha256_hex}") for end in before.torn),
        *(("damaged", name) for name in before.damaged),
    )
    return (*fields, (MANIFEST, _digest_of(format_fields(fields))))


def manifest_of(*, previous: str | None, file: str, length_bytes: int, sha256_hex: str) -> str:
    """Return the digest for a file without its closing record and, through `previous`, for all files before it."""
    return _digest_of(format_fields(_first_lines(previous or NONE, file, str(length_bytes), sha256_hex)))


def records_digest(digests: Iterable[str]) -> str | None:
    """Return the digest of closing records, given the digest of each in order; None if there are none."""
    lines = "".join(f"{digest}\r\n" for digest in digests)
    return _digest_of(lines.encode()) if lines else None


def manifest_in(record: WarcRecord) -> Manifest | None:
    """Return what a closing record says; None for any other record. Raises DamagedRecord when it contradicts itself."""
    if record.header("WARC-Type") != "metadata" or "warc-target-uri" in record.headers:
        return None
    fields = parse_fields(record.block)
    return _manifest(record, fields) if MANIFEST in dict(fields) else None


def _manifest(record: WarcRecord, fields: Headers) -> Manifest:
    named = dict(fields)
    try:
        manifest = Manifest(
            _number(named["manifest-version"]),
            named["previous-manifest"] or None,
            named.get("previous-records") or None,
            named["file"],
            _number(named["bytes"]),
            named["sha256"],
            tuple(_aside(value) for name, value in fields if name == "torn"),
            named[MANIFEST],
            tuple(value for name, value in fields if name == "damaged"),
        )
    except (KeyError, ValueError) as error:
        raise record.damaged(f"no manifest: {error}") from error
    match manifest.version:
        case 1:
            is_own = manifest.digest == _digest_of(format_fields(_first_lines(*_first_values(named))))
        case 2:
            is_own = _is_own(record, manifest.digest) and _is_of(record, named)
        case other:
            raise record.damaged(f"a manifest of version {other}; upgrade the program to read it")
    if not is_own:
        raise record.damaged("the manifest is not the digest of its own lines")
    return manifest


def _number(text: str) -> int:
    """Return a number as a run writes it. Raises ValueError for any other form, such as `+1`, `1_0` or `٢`."""
    if not NUMBER.fullmatch(text):
        raise ValueError(f"{text[:20]!r} is not a number")
    return int(text)


def _is_own(record: WarcRecord, digest: str) -> bool:
    last = format_fields(((MANIFEST, digest),))
    return record.block.endswith(last) and digest == _digest_of(record.block.removesuffix(last))


def _is_of(record: WarcRecord, named: dict[str, str]) -> bool:
    header = (plain_id(record.header("WARC-Record-ID")), record.header("WARC-Date"))
    return header == (named.get("record"), named.get("date"))


def _aside(value: str) -> Aside:
    file, length, sha256_hex = value.rsplit(" ", 2)
    return Aside(file, _number(length), sha256_hex)


def _first_values(named: dict[str, str]) -> tuple[str, str, str, str]:
    return named["previous-manifest"], named["file"], named["bytes"], named["sha256"]


def _first_lines(previous: str, file: str, length: str, sha256_hex: str) -> Headers:
    """Return the fields that a version 1 manifest is the digest of."""
    return (
        ("manifest-version", "1"),
        ("previous-manifest", previous),
        ("file", file),
        ("bytes", length),
        ("sha256", sha256_hex),
    )


def _digest_of(lines: bytes) -> str:
    return hashlib.sha256(lines).hexdigest()
