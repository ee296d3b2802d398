"""Write an archive as a Data Package, into a folder or a zip file: something to keep, pass on and cite.

    data/NAME.csv, data/records.jsonl   the tables of `columns`; every version of every page in full
    warc/…                              the evidence, byte for byte
    media/…                             the kept pictures and files, one file each
    verify_archive.py                   checks the evidence with Python alone
    README.md, CITATION.cff             what this is, and how to cite it
    datapackage.json, SHA256SUMS        the schemas, with each file's size and digest; digests for `sha256sum -c`

The same archive gives the same bytes.
"""

import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TypeAlias

from postarchive.errors import UnreadableInput
from postarchive.export.bundle import Bundle, FolderBundle, Written, ZipBundle
from postarchive.export.columns import MEDIA, TABLES
from postarchive.export.describe import DESCRIPTOR, RECORDS, citation, descriptor, readme, table_path
from postarchive.export.files import text_over
from postarchive.export.flat import write_table
from postarchive.export.folder import CHECKSUMS
from postarchive.export.media import KeptFile, put
from postarchive.export.rows import Row, write_lines
from postarchive.export.shape import TableSchema
from postarchive.paths import open_regular

Rows: TypeAlias = Callable[[], Iterable[Row]]
VERIFIER = "verify_archive.py"
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A WARC file: its path in the archive, its real path, and how many of its bytes have rows."""

    path: str
    source: Path
    length_bytes: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into a package: rows by table name, every version in full, pictures and files, evidence.

    `newest` is when the newest response was requested, `created` the date of the package.
    """

    tables: Mapping[str, Rows]
    records: Rows
    media: Callable[[], Iterable[KeptFile]]
    evidence: Iterable[EvidenceFile]
    newest: datetime
    created: datetime


def package_folder(contents: Contents, folder: Path) -> dict[str, int]:
    """Write the package into an empty folder and return how many rows each of its tables has."""
    written: list[Written] = []
    return _write(contents, FolderBundle(folder, written.append), written)


def package_zip(contents: Contents, out: BinaryIO) -> dict[str, int]:
    """Write the package as a zip file and return how many rows each of its tables has."""
    written: list[Written] = []
    with zipfile.ZipFile(out, "w") as package:
        return _write(contents, ZipBundle(package, contents.created, written.append), written)


def _write(contents: Contents, bundle: Bundle, written: list[Written]) -> dict[str, int]:
    """Write the files in an order in which each can describe those before it."""
    rows = {MEDIA.name: lambda: (_put(bundle, file) for file in contents.media()), **contents.tables}
    counts = {name: _write_table(table, rows[name], bundle) for name, table in TABLES.items()}
    with bundle.entry(RECORDS) as entry, text_over(entry) as out:
        counts["records"] = write_lines(contents.records(), out)
    for file in contents.evidence:
        _copy(file, bundle)
    bundle.write(VERIFIER, _verifier().read_text(encoding="utf-8"))
    bundle.write("README.md", readme(counts, contents.newest))
    bundle.write("CITATION.cff", citation(counts, contents.newest, contents.created))
    bundle.write(DESCRIPTOR, descriptor(written, contents.created))
    bundle.write(CHECKSUMS, "".join(file.checksum_line for file in written))
    return counts


def _write_table(table: TableSchema, rows: Rows, bundle: Bundle) -> int:
    with bundle.entry(table_path(table)) as entry, text_over(entry) as out:
        return write_table(table, rows(), out)


def _put(bundle: Bundle, file: KeptFile) -> Row:
    """Write a picture or file and return its row."""
    written = put(bundle, file)
    return {
        "url": file.url,
        "path": written.path,
        "media_type": file.media_type,
        "length": written.length_bytes,
        "sha256": written.sha256_hex,
        "record_id": file.record_id,
    }


def _copy(file: EvidenceFile, bundle: Bundle) -> None:
    """Copy only what has rows: a run in progress may have written more that the tables do not know yet."""
    with bundle.entry(file.path, file.length_bytes) as entry:
        for chunk in _chunks(file):
            entry.write(chunk)


def _chunks(file: EvidenceFile) -> Iterator[bytes]:
    left = file.length_bytes
    try:
        with open_regular(file.source, file.path) as source:
            while left and (chunk := source.read(min(left, CHUNK_BYTES))):
                left -= len(chunk)
                yield chunk
    except OSError as error:
        raise UnreadableInput(file.path, f"{error.strerror or error}; see `postarchive verify`") from error
    if left:
        raise UnreadableInput(file.path, f"lacks its last {left} bytes; see `postarchive verify`")


def _verifier() -> Path:
    """Return the stand-alone verifier, from the installed package or from a checkout."""
    package = Path(__file__).resolve().parent.parent
    places = (package / "shipped" / VERIFIER, package.parent.parent / "tools" / VERIFIER)
    for place in places:
        if place.is_file():
            return place
    raise UnreadableInput(str(places[0]), "is missing; reinstall postarchive")
