"""Where a row of `captures` says that the bytes are."""

import sqlite3

from postarchive.models import Evidence


def evidence_in(row: sqlite3.Row) -> Evidence:
    """Return the place in the evidence that a row with the columns of `captures` names."""
    return Evidence(row["file"], row["offset"], row["stored_bytes"], row["record_id"], row["payload_digest"])
