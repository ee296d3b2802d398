"""What leaves an archive: its responses, read back from the evidence, and all that a package holds."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from postarchive.collect.kept import check_evidence, stored_capture
from postarchive.collect.media import Media
from postarchive.export.columns import ARTICLES
from postarchive.export.flat import flat
from postarchive.export.fulltext import full_text
from postarchive.export.package import Contents, EvidenceFile
from postarchive.export.warcfile import Handed
from postarchive.paths import evidence_path
from postarchive.record.versions import version_json
from postarchive.store.read import Reader, StoredResponse
from postarchive.store.tables import Tables
from postarchive.warc import read_block, read_request


def handed(reader: Reader, responses: Iterable[StoredResponse]) -> Iterator[Handed]:
    """Yield each response in full, with its request; a revisit gets its body back, and its own record id.

    Raises DamagedRecord when the evidence is not where the database says, or not whole.
    """
    for response in responses:
        yield _handed(reader.archive, reader, response)


def text_at(reader: Reader, url: str) -> str | None:
    """Return what the page at a URL said when it was last seen; None when there is no record of it."""
    record = reader.record_shown_at(url)
    return full_text(record) if record else None


def _handed(archive: Path, reader: Reader, response: StoredResponse) -> Handed:
    capture = stored_capture(reader, response.evidence)
    is_stored = read_block(archive, response.evidence) == capture.head + capture.sent
    request = read_request(archive, response.evidence)
    record_id = response.evidence.record_id
    return Handed(
        url=response.url,
        time=response.time,
        status=response.status,
        media_type=response.media_type,
        origin=response.origin,
        title=response.title,
        record_id=record_id if is_stored else uuid5(NAMESPACE_URL, record_id).urn,
        head=capture.head,
        sent=capture.sent,
        body=capture.body,
        request_id=request.evidence.record_id if request else None,
        request=request.block if request else None,
    )


def package_of(tables: Tables, media: Media, *, newest: datetime, created: datetime) -> Contents:
    """Return what goes into a package: every table, every version of every page, files, and the evidence that has rows.

    Raises UnreadableInput, including DamagedRecord, when the evidence is not whole.
    """
    check_evidence(tables)
    return Contents(
        tables={
            "articles": lambda: (flat(version, ARTICLES) for version in tables.articles()),
            "pages": lambda: map(flat, tables.records()),
            "versions": tables.versions,
            "changes": tables.changes,
            "numbers": tables.numbers,
            "addresses": tables.addresses,
            "captures": tables.captures,
            "runs": tables.runs,
            "problems": tables.problems,
            "seals": tables.seals,
        },
        records=lambda: map(version_json, tables.all_records()),
        media=lambda: media.all_kept(tables.media()),
        evidence=(EvidenceFile(file, evidence_path(tables.archive, file), length) for file, length in tables.files()),
        newest=newest,
        created=created,
    )
