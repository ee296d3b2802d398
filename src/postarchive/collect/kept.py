"""Stored responses, read back from the evidence, and checks that the evidence of what is exported is whole."""

from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

from postarchive.errors import DamagedRecord, UnreadableInput
from postarchive.models import Capture, Evidence
from postarchive.record.versions import Version
from postarchive.store.read import Reader
from postarchive.store.tables import Tables
from postarchive.warc import WarcRecord, read_body, read_capture, records


def stored_capture(reader: Reader, evidence: Evidence) -> Capture:
    """Return a stored response; a revisit's body comes from the record that stores it.

    Raises UnreadableInput, including DamagedRecord, when it is not where the database says, or not whole.
    """

    def body_of(record_id: str) -> bytes:
        return read_body(reader.archive, reader.evidence_of(record_id))

    return read_capture(reader.archive, evidence, body_of=body_of)


def checked(
    reader: Reader, versions: Iterator[Version], damaged: Callable[[Version, UnreadableInput], None]
) -> Iterator[Version]:
    """Yield versions unchanged, after reading the evidence of each; what is not whole is passed to `damaged`."""
    for version in versions:
        for evidence in [part.evidence for part in version.parts] or [version.evidence]:
            try:
                stored_capture(reader, evidence)
            except UnreadableInput as error:
                damaged(version, error)
        yield version


def check_evidence(tables: Tables) -> None:
    """Read every record in the evidence that has rows, and find every response where its row says.

    Raises UnreadableInput, including DamagedRecord, for the first that is not whole, or not there.
    """
    for (file, length_bytes), rows in groupby(tables.places(), key=lambda place: place[0]):
        wanted = dict(response for _, response in rows if response is not None)
        for record in _records_until(tables.archive, file, length_bytes):
            if wanted.pop(record.offset, record.evidence.record_id) != record.evidence.record_id:
                raise record.damaged("it is not the record that the database names")
        for offset, record_id in wanted.items():
            raise DamagedRecord(file, f"record {record_id} is not there", offset)


def _records_until(archive: Path, file: str, length_bytes: int) -> Iterator[WarcRecord]:
    """Yield the records that have rows; what a run at work writes after them is left alone."""
    for record in records(archive, file):
        yield record
        if record.offset + record.length_bytes >= length_bytes:
            return
