"""Turn rows of `captures` into places in the evidence, and rows of `versions` into versions with their place."""

import sqlite3

from postarchive.models import Evidence
from postarchive.record.versions import Version
from postarchive.store.stored import damaged, record_in


def evidence_in(row: sqlite3.Row) -> Evidence:
    """Return the place in the evidence that a row with the columns of `captures` names. Raises UnreadableInput."""
    file, offset = row["file"], row["offset"]
    if not (isinstance(file, str) and isinstance(offset, int)):
        raise damaged(f"not a place in a file: {file!a} at {offset!a}")
    return Evidence(file, offset, row["stored_bytes"], row["record_id"], row["payload_digest"])


def version_in(row: sqlite3.Row, addresses: tuple[str, ...]) -> Version:
    """Return the version in a row of `versions` that is joined with its page, its article's key and its capture.

    Raises UnreadableInput if its record is not valid, which means damage.
    """
    if not isinstance(row["number"], int):
        raise damaged(f"not a version number: {row['number']!a}")
    return Version(
        page=row["page"],
        site=row["site"],
        key=row["key"],
        article=row["article"],
        number=row["number"],
        change=row["change"],
        record=record_in(row["record"]),
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        gone=row["gone"],
        evidence=evidence_in(row),
        addresses=addresses,
    )
