"""Damage in the evidence costs what is damaged, never the archive: it is skipped, and its place noted.

The database does without its rows. When the file is restored from a copy, a rebuild brings them back.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from postarchive.collect.unforeseen import plain
from postarchive.errors import DamagedRecord, UnreadableInput
from postarchive.looks import size_at
from postarchive.models import Evidence
from postarchive.paths import evidence_path
from postarchive.store.files import database_path, reached
from postarchive.store.write import Writer
from postarchive.warc import cut_torn_tail, record_after, run_of

KIND = "damaged"  # of the problem that reports it
ADVICE = "restore the file from a copy"


@dataclass(frozen=True, slots=True)
class Damages:
    """What is done about damage: each place is passed to `report`; with `is_refused` the first one is raised.

    With `is_read_only` a torn end is not moved aside but counts as damage.
    """

    report: Callable[[str], None] = lambda _: None
    is_refused: bool = False
    is_read_only: bool = False

    def pass_over(self, archive: Path, store: Writer, file: str, error: DamagedRecord) -> int:
        """Return where the next record begins, else the file's end; what a killed run left is moved aside."""
        path = evidence_path(archive, file)
        size = path.stat().st_size
        if not self.is_read_only and is_torn_end(path, error):
            return size
        if self.is_refused:
            raise error
        return self.note(store, file, error, record_after(path, error.offset) or size)

    def note(self, store: Writer, file: str, error: DamagedRecord, end: int) -> int:
        """Note that the bytes up to `end` have no rows, and why; return `end`."""
        detail = plain(f"{error}; {end - error.offset} bytes are left out: {ADVICE}, then `postarchive rebuild`")
        _add_problem(store, Evidence(file, error.offset, end - error.offset, "", ""), detail)
        self.report(detail)
        return end


def shortened(archive: Path) -> Iterator[DamagedRecord]:
    """Yield an error for each WARC file that is missing, or shorter than the database says."""
    for file, end in reached(database_path(archive)).items():
        size = _size(archive, file)
        if size is not None and size < end:
            problem = f"{end - size} bytes are missing, of which the database has rows"
            yield DamagedRecord(file, problem, size)


def _size(archive: Path, file: str) -> int | None:
    """Return a WARC file's length, 0 if it is missing; None when the name in the database is not a possible one."""
    try:
        path = evidence_path(archive, file)
    except UnreadableInput:
        return None
    return size_at(path, file) or 0


def is_torn_end(path: Path, error: DamagedRecord) -> bool:
    """Move aside what a killed run left at the end of a file; tell whether that is all that was wrong."""
    try:
        if cut_torn_tail(path) is None:
            return False
    except DamagedRecord:
        return False
    return not path.exists() or path.stat().st_size == error.offset


def _add_problem(store: Writer, evidence: Evidence, detail: str) -> None:
    run = run_of(evidence.file)
    with store.atomic():
        store.runs.ensure(run, evidence.file)
        store.runs.add_problem(run, evidence.file, time=store.runs.began(run), kind=KIND, detail=detail)
        store.runs.set_ingested(evidence.file, evidence.offset + evidence.length_bytes)
