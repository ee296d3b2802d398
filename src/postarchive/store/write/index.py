"""The full-text index, updated in batches: one row per article, with the words of all its sheets' latest versions."""

import sqlite3
import sys
from typing import TypeAlias

from postarchive.schema import LATEST_RECORDS
from postarchive.search import indexed
from postarchive.store.stored import whole_in
from postarchive.store.write.statements import Statements, Subject

Words: TypeAlias = tuple[str, str]

MAX_NOTED = 4_000_000  # total length of the words that are kept until they are written

# `version` is the latest one of an article in one sheet: when its words are noted, its record need not be read.
WAITING = """
    SELECT page, records AS known, (
      SELECT CASE count(*) WHEN 1 THEN
        (SELECT id FROM versions WHERE versions.page = sheet.id ORDER BY number DESC LIMIT 1) END
      FROM pages AS sheet WHERE sheet.article = unindexed.page) AS version
    FROM unindexed ORDER BY page
"""


class WordIndex(Subject):
    """The rows of the full-text index."""

    def __init__(self, db: Statements) -> None:
        """Begin with no words noted."""
        super().__init__(db)
        self._words: dict[int, Words] = {}  # of versions, by row id
        self._noted = 0
        self._at_most = sys.maxsize  # an upper bound on the pages that wait

    def forget(self) -> None:
        """Drop the noted words and count again what waits, because a transaction was rolled back."""
        self._words.clear()
        self._noted, self._at_most = 0, sys.maxsize

    def note_words(self, version: int, words: Words) -> None:
        """Keep the words of a version, new or changed, so that its record need not be read for them again."""
        self._words.pop(version, None)
        self._noted += sum(map(len, words))
        if self._noted <= MAX_NOTED:
            self._words[version] = words

    def mark_stale(self, page: int) -> None:
        """Note, before a page's latest version changes, that its article must be indexed again."""
        self._db.run(
            f"""
            INSERT OR IGNORE INTO unindexed (page, records)
            SELECT article, ({LATEST_RECORDS.format(article="pages.article")}) FROM pages WHERE id = :page
            """,  # noqa: S608 - constants
            page=page,
        )
        self._at_most += 1

    def flush(self, *, least: int = 1) -> bool:
        """Bring the full-text index up to date when at least `least` pages wait; tell whether it did.

        In batches, because a write to the index costs as much as all other rows of a page. The evidence alone decides
        when that happens, and it is on disk when this returns: so a rebuilt index equals this one to the byte.
        """
        if self._at_most < least:
            return False
        self._at_most = self._waiting()
        if self._at_most < least:
            return False
        words = [(row["page"], *self._change_of(row)) for row in self._db.all(WAITING)]
        old = [(page, *known) for page, known, latest in words if known and known != latest]
        new = [(page, *latest) for page, known, latest in words if latest and known != latest]
        self._db.run_each("INSERT INTO search (search, rowid, title, body) VALUES ('delete', ?, ?, ?)", old)
        self._db.run_each("INSERT INTO search (rowid, title, body) VALUES (?, ?, ?)", new)
        self._db.run("DELETE FROM unindexed")
        self._db.run("SAVEPOINT indexed")  # at a savepoint FTS5 writes what it has gathered
        self._db.run("RELEASE indexed")
        self._words.clear()
        self._noted = self._at_most = 0
        return True

    def _waiting(self) -> int:
        found = self._db.one("SELECT count(*) AS count FROM unindexed")
        return found["count"] if found else 0

    def _change_of(self, row: sqlite3.Row) -> tuple[Words | None, Words | None]:
        """Return the words that the index holds of an article, and those that it is to hold; None for none."""
        noted = self._words.get(row["version"])
        if row["known"] is None and noted is not None:
            return None, noted
        found = self._db.one(f"SELECT ({LATEST_RECORDS.format(article=':page')}) AS records", page=row["page"])
        latest = found["records"] if found else None
        if row["known"] == latest:
            return None, None
        return _words_of(row["known"]), noted or _words_of(latest)


def _words_of(records: str | None) -> Words | None:
    """Return the words of an article's records, given as a JSON array; None for no records."""
    return None if records is None else indexed(whole_in(records))
