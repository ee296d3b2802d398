"""The request beside a response: a run writes both together, the request right before the response."""

from pathlib import Path

from postarchive.errors import DamagedRecord
from postarchive.models import Evidence
from postarchive.paths import open_evidence
from postarchive.warc.frame import CHUNK_BYTES, WarcRecord, plain_id, records
from postarchive.warc.tail import MEMBER_START


def read_request(archive: Path, evidence: Evidence) -> WarcRecord | None:
    """Return the request that led to a response; None when someone else received it, so there is no request.

    Raises DamagedRecord when the response is not where the evidence says.
    """
    response = next(records(archive, evidence.file, evidence.offset))
    wanted = response.headers.get("warc-concurrent-to")
    before = _record_before(archive, evidence) if wanted else None
    if before is None or plain_id(before.headers.get("warc-record-id", "")) != plain_id(wanted or ""):
        return None
    return before


def _record_before(archive: Path, evidence: Evidence) -> WarcRecord | None:
    """Find the record that ends where the response begins: a request is small, and the file may be large."""
    start = max(evidence.offset - CHUNK_BYTES, 0)
    with open_evidence(archive, evidence.file) as stream:
        stream.seek(start)
        data = stream.read(evidence.offset - start)
    found = len(data)
    while (found := data.rfind(MEMBER_START, 0, found)) >= 0:
        try:
            record = next(records(archive, evidence.file, start + found))
        except DamagedRecord:
            continue  # the magic number inside a record
        return record if record.offset + record.length_bytes == evidence.offset else None
    return None
