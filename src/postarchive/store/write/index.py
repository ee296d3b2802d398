"""The full-text index, updated in batches: one row per article, with the words of all its sheets' latest versions."""

import sys
from typing import TypeAlias

from postarchive.schema import LATEST_RECORDS
from postarchive.search import indexed
from postarchive.store.stored import whole_in
from postarchive.store.write.statements import Statements, Subject

Words: TypeAlias = tuple[str, str]


MOST_NOTED = 4_000_000  # total length of the records whose words are kept until they are written


class WordIndex(Subject):
    """The rows of the full-text index."""

    def __init__(self, db: Statements) -> None:
        """Begin with no words noted."""
        super().__init__(db)
        self._words: dict[str, Words] = {}
        self._noted = 0
        self._at_most = sys.maxsize  # an upper bound on the pages that wait

    def forget(self) -> None:
        """Count again what waits, because a transaction was rolled back."""
        self._at_most = sys.maxsize

    def note_words(self, record: str, words: Words) -> None:
        """Keep the words of a record, given as stored JSON, so that it need not be parsed for them again."""
        if self._noted + len(record) <= MOST_NOTED and record not in self._words:
            self._noted += len(record)
            self._words[record] = words

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
        waiting = self._db.all(
            f"""
            SELECT page, records AS known, ({LATEST_RECORDS.format(article="unindexed.page")}) AS latest
            FROM unindexed ORDER BY page
            """  # noqa: S608 - constants
        )
        words = [(row["page"], self._words_of(row["known"]), self._words_of(row["latest"])) for row in waiting]
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

    def _words_of(self, records: str | None) -> Words | None:
        """Return the words of an article's records, given as a JSON array; None for no records."""
        if records is None:
            return None
        return self._words.get(records[1:-1]) or indexed(whole_in(records))
