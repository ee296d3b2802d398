"""Stored responses, read back from the evidence, and whether the evidence of what is handed on is whole."""

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

    Raises UnreadableInput, of which DamagedRecord is one, when it is not where the database says, or not whole.
    """

    def body_of(record_id: str) -> bytes:
        return read_body(reader.archive, reader.evidence_of(record_id))

    return read_capture(reader.archive, evidence, body_of=body_of)


def checked(
    reader: Reader, versions: Iterator[Version], damaged: Callable[[Version, UnreadableInput], None]
) -> Iterator[Version]:
    """Yield versions as they come, after reading the evidence of each; `damaged` is told of what is not whole."""
    for version in versions:
        for evidence in [part.evidence for part in version.parts] or [version.evidence]:
            try:
                stored_capture(reader, evidence)
            except UnreadableInput as error:
                damaged(version, error)
        yield version


def check_evidence(tables: Tables) -> None:
    """Read every record of the evidence that has rows, and find every response where its row says.

    Raises UnreadableInput, of which DamagedRecord is one, for the first that is not whole, or not there.
    """
    for (file, length_bytes), rows in groupby(tables.places(), key=lambda place: place[0]):
        wanted = dict(response for _, response in rows if response is not None)
        for record in _records_until(tables.archive, file, length_bytes):
            if wanted.pop(record.offset, record.evidence.record_id) != record.evidence.record_id:
                raise record.damaged("it is not the record that the database names")
        for offset, record_id in wanted.items():
            raise DamagedRecord(file, f"record {record_id} is not there", offset)


def _records_until(archive: Path, file: str, length_bytes: int) -> Iterator[WarcRecord]:
    """Yield the records that have their rows; what a run that is at work writes behind them is left alone."""
    for record in records(archive, file):
        yield record
        if record.offset + record.length_bytes >= length_bytes:
            return
