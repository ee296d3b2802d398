"""An archive's database, open for writing."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Self

from postarchive.errors import ArchiveUnwritable
from postarchive.store import frontier
from postarchive.store.files import mapped_errors, open_for_writing
from postarchive.store.frontier import AnsweredRow, SeenRow
from postarchive.store.write.addresses import AddressRows
from postarchive.store.write.captures import CaptureRows
from postarchive.store.write.index import WordIndex
from postarchive.store.write.numbers import NumberRows
from postarchive.store.write.pages import PageRows
from postarchive.store.write.runs import RunRows
from postarchive.store.write.statements import Statements
from postarchive.store.write.transactions import transactions
from postarchive.store.write.versions import VersionRows


class Writer:
    """An archive's database, open for writing, with a part per subject. SQLite's errors become the program's own."""

    def __init__(self, path: Path, *, is_scratch: bool = False) -> None:
        """Open or make the database; `is_scratch` trades safety from a crash for speed."""
        self._path, self._is_scratch = path, is_scratch
        self._connection = open_for_writing(path, is_scratch=is_scratch)
        self._transactions = transactions(self._connection)
        self._statements = Statements(self._connection, path)
        self.runs = RunRows(self._statements)
        self.captures = CaptureRows(self._statements)
        self.addresses = AddressRows(self._statements)
        self._index = WordIndex(self._statements)
        self.pages = PageRows(self._statements, self._index)
        self.versions = VersionRows(self._statements)
        self.numbers = NumberRows(self._statements)
        if is_scratch:
            self._connection.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Write the log back and close; after this the file is complete by itself."""
        try:
            if self._is_scratch:
                self._flush_gathered()
                self._statements.run("COMMIT")
        finally:
            self._connection.close()

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """Make all writes in one transaction: all or none are kept. A scratch database is kept whole or not at all."""
        try:
            with mapped_errors(self._path), nullcontext() if self._is_scratch else self._transactions.atomic():
                yield
                if not self._is_scratch:
                    self._flush_gathered()
        except BaseException:
            self.numbers.forget()
            self.runs.forget()
            self._index.forget()
            raise

    def keep_savepoints_in_memory(self) -> None:
        """Keep in memory what a savepoint may undo: otherwise SQLite makes and removes a file for each page.

        From here on SQLite also sorts in memory; nothing that a run does page by page is large.
        """
        self._statements.run("PRAGMA temp_store = MEMORY")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what is written inside when it fails, but nothing that the transaction wrote before."""
        gathered = self.numbers.gathered()
        self._statements.run("SAVEPOINT attempt")
        try:
            yield
        except Exception:
            with suppress(ArchiveUnwritable):  # if the disk failed, the savepoint is gone
                self._statements.run("ROLLBACK TO attempt")
                self._statements.run("RELEASE attempt")
            self.numbers.go_back(gathered)
            raise
        self._statements.run("RELEASE attempt")

    def mark_stale(self, page: int) -> None:
        """Note, before a page's latest version changes, that its article must be indexed again."""
        self._index.mark_stale(page)

    def note_words(self, version: int, words: tuple[str, str]) -> None:
        """Note what the index must hold of a version's new record, given by its row id."""
        self._index.note_words(version, words)

    def flush_index(self, *, least: int = 1) -> None:
        """Bring the full-text index up to date when at least `least` pages wait for it."""
        if self._index.flush(least=least) and self._is_scratch:
            self._flush_gathered()
            self._statements.run("COMMIT")
            self._statements.run("BEGIN")

    def _flush_gathered(self) -> None:
        """Write what was gathered until the end of a transaction, because every page changes it."""
        self.numbers.flush()
        self.runs.flush()

    def seen(self) -> Iterator[SeenRow]:
        """Yield every address that was answered, for the crawl."""
        return frontier.seen(self._statements.each)

    def unanswered(self) -> list[str]:
        """Return the URLs that gave no response when they were last requested."""
        return list(frontier.unanswered(self._statements.each))

    def links(self) -> Iterator[str]:
        """Yield the links of all pages."""
        return frontier.all_links(self._statements.each)

    def answered(self, url: str) -> AnsweredRow | None:
        """Return what a URL returned, for the crawl; None when it was never answered."""
        return frontier.answered(self._statements.one, url)
