"""All responses of a set of files, set aside on disk: they come out in order of time, revisits with their bodies.

A revisit may come before the response that it refers to, or be in another file; and history that arrives in order of
time need not be judged again for each page. SQLite's own temporary file keeps memory flat and ends with the process.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from postarchive.errors import ArchiveUnwritable
from postarchive.foreign.bounds import Broken, TooCostly
from postarchive.foreign.responses import ORIGIN, Reference, Response
from postarchive.http1 import received, with_body
from postarchive.models import Capture, Headers

# How much revisits may repeat in total: a daily visit of a page of the CMS costs a hundredth of the page.
REPEATED_BYTES, REPEATED_RATIO = 1 << 30, 300
TABLE = """
CREATE TABLE responses (
  id        INTEGER PRIMARY KEY,
  file      TEXT NOT NULL,     -- where it is, for reports: file and byte position
  offset    INTEGER NOT NULL,
  record_id TEXT NOT NULL,
  digest    TEXT,              -- NULL: its writer gave none
  url       TEXT NOT NULL,
  time      TEXT NOT NULL,
  status    INTEGER NOT NULL,
  reason    TEXT NOT NULL,
  headers   TEXT NOT NULL,     -- JSON
  head      BLOB,              -- as it came; NULL: it came without one
  body      BLOB,              -- as it was sent; NULL: a revisit
  refers_id TEXT, refers_url TEXT, refers_time TEXT
);
CREATE INDEX responses_by_time ON responses (time);
CREATE INDEX responses_by_record ON responses (record_id, digest, time) WHERE body IS NOT NULL;
CREATE INDEX responses_by_url ON responses (url, time, digest) WHERE body IS NOT NULL;
CREATE INDEX responses_by_digest ON responses (digest, time) WHERE body IS NOT NULL;
"""
ORIGINAL = "SELECT * FROM responses WHERE body IS NOT NULL AND {} AND {} ORDER BY time, id LIMIT 1"
NAMED = ("record_id = :refers_id", "url = :refers_url AND time = :refers_time")
# By the standard's references, the surest first; a digest alone also finds responses whose writer omitted the others.
# One query for each way to match the digest: each is a single index lookup, however many share one name.
BY_DIGEST = tuple(ORIGINAL.format(name, digest) for name in NAMED for digest in ("digest = :digest", "digest IS NULL"))
REFERENCES = (*BY_DIGEST, ORIGINAL.format("digest = :digest", "TRUE"))
WITHOUT_DIGEST = tuple(ORIGINAL.format(name, "TRUE") for name in NAMED)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a response is."""

    file: str
    offset: int


class Spool:
    """The responses set aside so far."""

    def __init__(self, length_bytes: int = 0) -> None:
        """Begin with nothing set aside; all files together have this many bytes."""
        self._allowed = self._left = max(REPEATED_BYTES, REPEATED_RATIO * length_bytes)
        with ExitStack() as on_error:
            self._connection = on_error.enter_context(closing(sqlite3.connect("", isolation_level=None)))
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA journal_mode = OFF")
            self._connection.executescript(TABLE)
            self._connection.execute("BEGIN")
            on_error.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def add(self, response: Response, place: Place) -> None:
        """Set a response aside. Raises ArchiveUnwritable when the disk for temporary files is full."""
        capture, refers = response.capture, response.refers_to or Reference(None, None, None)
        row = (
            place.file,
            place.offset,
            response.record_id,
            response.payload_digest,
            capture.url,
            _stamp(capture.time),
            capture.status,
            capture.reason,
            json.dumps(capture.headers),
            capture.head or None,
            None if response.refers_to else capture.sent,
            refers.record_id,
            refers.url,
            _stamp(refers.time) if refers.time else None,
        )
        with _mapped():
            self._connection.execute(f"INSERT INTO responses VALUES (NULL{', ?' * len(row)})", row)  # noqa: S608 - marks

    def responses(self) -> Iterator[tuple[Place, Capture | Broken]]:
        """Yield all responses in order of time, or why one is missing: a revisit without its body, or too many."""
        with _mapped():
            for (number,) in self._connection.execute("SELECT id FROM responses ORDER BY time, id"):
                row = self._connection.execute("SELECT * FROM responses WHERE id = ?", (number,)).fetchone()
                yield Place(row["file"], row["offset"]), self._capture(row)

    def _capture(self, row: sqlite3.Row) -> Capture | Broken:
        """Return the response; for a revisit, with the body of its original, and its head if it has none of its own."""
        if row["body"] is not None:
            return _stored(row)
        found = self._original(row)
        if found is None:
            return Broken("a revisit of a response that is not among these files")
        self._left -= len(found["body"])
        if self._left < 0:
            return TooCostly(f"its revisits repeat more than {self._allowed >> 20} MiB of bodies; left out")
        original = _stored(found)
        if row["head"] is None:
            return replace(original, url=row["url"], time=datetime.fromisoformat(row["time"]))
        return with_body(_stored(row), original.body)

    def _original(self, revisit: sqlite3.Row) -> sqlite3.Row | None:
        for sql in REFERENCES if revisit["digest"] else WITHOUT_DIGEST:
            found: sqlite3.Row | None = self._connection.execute(sql, dict(revisit)).fetchone()
            if found is not None:
                return found
        return None


def _stored(row: sqlite3.Row) -> Capture:
    time, sent = datetime.fromisoformat(row["time"]), row["body"] or b""
    if row["head"] is not None:
        return received(row["url"], time, row["head"], sent, origin=ORIGIN)
    headers: Headers = tuple((name, value) for name, value in json.loads(row["headers"]))
    return Capture(row["url"], time, row["status"], headers, sent, row["reason"], ORIGIN)


def _stamp(time: datetime) -> str:
    return time.isoformat(timespec="microseconds")


@contextmanager
def _mapped() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise ArchiveUnwritable("temporary files", f"{error}; free some space or set SQLITE_TMPDIR") from error
