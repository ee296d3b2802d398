"""The full-text index, which follows the latest versions in batches: one row an article, over all its sheets."""

from postarchive.schema import LATEST_RECORDS
from postarchive.search import indexed
from postarchive.store.stored import whole_in
from postarchive.store.write.statements import Subject


class WordIndex(Subject):
    """The rows of the full-text index."""

    def mark_stale(self, page: int) -> None:
        """Note, before a page's latest version changes, that the index of its article is to follow it."""
        self._db.run(
            f"""
            INSERT OR IGNORE INTO unindexed (page, records)
            SELECT article, ({LATEST_RECORDS.format(article="pages.article")}) FROM pages WHERE id = :page
            """,  # noqa: S608 - constants
            page=page,
        )

    def flush(self, *, least: int = 1) -> bool:
        """Bring the full-text index up to the latest versions when at least so many pages wait; tell whether it did.

        In batches, for a write to the index costs as much as all other rows of a page. When that happens follows from
        the evidence alone, and it is on the disk when this returns: so a rebuilt index equals this one to the byte.
        """
        count = self._db.one("SELECT count(*) AS count FROM unindexed")
        if count is None or count["count"] < least:
            return False
        waiting = self._db.all(
            f"""
            SELECT page, records AS known, ({LATEST_RECORDS.format(article="unindexed.page")}) AS latest
            FROM unindexed ORDER BY page
            """  # noqa: S608 - constants
        )
        words = [(row["page"], _words(row["known"]), _words(row["latest"])) for row in waiting]
        old = [(page, *known) for page, known, latest in words if known and known != latest]
        new = [(page, *latest) for page, known, latest in words if latest and known != latest]
        self._db.run_each("INSERT INTO search (search, rowid, title, body) VALUES ('delete', ?, ?, ?)", old)
        self._db.run_each("INSERT INTO search (rowid, title, body) VALUES (?, ?, ?)", new)
        self._db.run("DELETE FROM unindexed")
        self._db.run("SAVEPOINT indexed")  # FTS5 writes at a savepoint what it has gathered
        self._db.run("RELEASE indexed")
        return True


def _words(records: str | None) -> tuple[str, str] | None:
    return indexed(whole_in(records)) if records is not None else None
