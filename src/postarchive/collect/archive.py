"""The archive's folder: one writer at a time, whole after any crash, its database rebuilt from the evidence."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from filelock import FileLock, Timeout

from postarchive.collect.damage import ADVICE, KIND, Damages, shortened
from postarchive.collect.fold import apply_located, apply_unreadable
from postarchive.collect.reading import EvidenceReader, Stretch, reading_ahead
from postarchive.errors import ArchiveBusy, ArchiveUnwritable, DamagedRecord, UnknownRecord, UnreadableInput
from postarchive.looks import size_at
from postarchive.models import Capture, Evidence
from postarchive.paths import below, check_regular
from postarchive.store.files import check_replaceable, database_path, is_usable, needs_rebuild
from postarchive.store.write import Writer
from postarchive.warc import (
    cut_torn_tail,
    read_body,
    read_capture,
    warc_files,
)

LOCK = "lock"
GO_ON = f"{ADVICE}, or keep what is intact: `postarchive rebuild --skip-damaged`"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild read: WARC files and the events in them; `bugs` are the events it could not apply, and where.

    `damages` are the damaged places that were left out; if there are any, the previous database, if there was one, is
    `kept` under this name.
    """

    files: int
    events: int
    bugs: tuple[str, ...] = ()
    damages: tuple[str, ...] = ()
    kept: Path | None = None


@contextmanager
def open_archive(
    archive: Path, *, wait_seconds: float = 0.0, report_damage: Callable[[str], None] = lambda _: None
) -> Iterator[Writer]:
    """Hold the archive for writing: locked, its folder made, its database caught up with its evidence.

    A torn last record is moved aside; bytes without rows are read, and each damaged place among them is passed to
    `report_damage`. Raises ArchiveBusy when another run holds it, ArchiveUnwritable when the folder cannot be written,
    UnreadableInput when the database cannot be read.
    """
    damages = Damages(report_damage)
    with _locked(archive, wait_seconds):
        if needs_rebuild(database_path(archive)):
            _rebuild(archive, damages)
        with Writer(database_path(archive)) as store:
            catch_up(archive, store, damages)
            yield store


def rebuild(
    archive: Path,
    *,
    wait_seconds: float = 0.0,
    jobs: int = 1,
    on_file: Callable[[str], None] = lambda _: None,
    skips_damaged: bool = False,
) -> Rebuilt:
    """Rebuild the database from the WARC files; the old one stays until the new one is complete.

    `jobs` processes read the files; the database is the same for any number. Raises UnreadableInput when there are no
    WARC files, DamagedRecord when one is damaged and there is a usable database, which may have the rows of what is
    damaged; with `skips_damaged`, or without such a database, what is damaged is left out.
    """
    with _readable(archive):
        if not archive.is_dir() or not warc_files(archive):
            raise UnreadableInput(str(archive), "no WARC files here; name the archive with --archive")
    with _locked(archive, wait_seconds):
        check_replaceable(database_path(archive))
        damages = Damages(is_refused=not skips_damaged and is_usable(database_path(archive)))
        try:
            if damages.is_refused and (lost := next(shortened(archive), None)):
                raise lost
            return _rebuild(archive, damages, on_file, jobs)
        except DamagedRecord as error:
            raise _refused(error) from error


def catch_up(
    archive: Path,
    store: Writer,
    damages: Damages,
    on_file: Callable[[str], None] = lambda _: None,
    jobs: int = 1,
) -> int:
    """Apply the events that have no rows yet; return how many there were. A torn end is moved aside."""
    due = list(_due(archive, store))
    events = 0
    with reading_ahead(archive, due, jobs) as ahead:
        for stretch in due:
            on_file(stretch.file)
            for located in event_reader(archive, store, damages).events(stretch, ahead):
                apply_located(store, located, read_capture=capture_reader(archive, store))
                events += 1
    return events


def _due(archive: Path, store: Writer) -> Iterator[Stretch]:
    """Yield what has no rows yet. Raises DamagedRecord for a file that is shorter than the database says."""
    for file in warc_files(archive):
        known, size = store.runs.ingested_bytes(file), size_at(archive / file, file) or 0
        if known > size:
            raise DamagedRecord(file, f"shorter than the database says; {GO_ON}", size)
        if not size:  # left by a run killed at its very start
            cut_torn_tail(archive / file)
        elif known < size:
            yield Stretch(file, known, size)


def event_reader(archive: Path, store: Writer, damages: Damages) -> EvidenceReader:
    """Return a reader of events; those that cannot be read are reported to the store."""

    def on_unreadable(error: Exception, evidence: Evidence) -> None:
        apply_unreadable(store, error, evidence)

    def damaged(file: str, error: DamagedRecord) -> int:
        return damages.pass_over(archive, store, file, error)

    return EvidenceReader(archive, body_reader(archive, store), on_unreadable, damaged)


def body_reader(archive: Path, store: Writer) -> Callable[[str], bytes]:
    """Return a function that reads a body, given the record id of the response that stores it."""

    def body_of(record_id: str) -> bytes:
        evidence = store.captures.evidence_of(record_id)
        if evidence is None:
            raise UnknownRecord(record_id, "a revisit refers to a record that is not in the archive")
        return read_body(archive, evidence)

    return body_of


def capture_reader(archive: Path, store: Writer) -> Callable[[Evidence], Capture]:
    """Return a function that reads a stored response, given its place."""
    body_of = body_reader(archive, store)
    return lambda evidence: read_capture(archive, evidence, body_of=body_of)


def _rebuild(
    archive: Path, damages: Damages, on_file: Callable[[str], None] = lambda _: None, jobs: int = 1
) -> Rebuilt:
    path = database_path(archive)
    scratch = path.with_name(path.name + ".new")
    _remove(scratch)
    try:
        with Writer(scratch, is_scratch=True) as store:
            events = catch_up(archive, store, damages, on_file, jobs)
            files, bugs = len(store.runs.files()), store.runs.details("bug")
            lost = (*map(str, shortened(archive)), *store.runs.details(KIND))
        kept = _keep(path) if lost else None
        _put_in_place(scratch, path)
    finally:
        _remove(scratch)
    return Rebuilt(files, events, bugs, lost, kept)


def _refused(error: DamagedRecord) -> DamagedRecord:
    advice = f"the database stays as it was; {GO_ON}"
    return DamagedRecord(error.subject.rpartition("@")[0], f"{error.problem}; {advice}", error.offset)


def _keep(path: Path) -> Path | None:
    """Move the database aside, as it may have rows of what is damaged; return its path, None if there was none."""
    if not path.exists():
        return None
    names = (path.with_name(f"{path.name}.old{number or ''}") for number in count())
    aside = next(name for name in names if not name.exists())
    with _writable(path):
        for suffix in ("-wal", ""):
            with suppress(FileNotFoundError):
                path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    return aside


def _put_in_place(scratch: Path, path: Path) -> None:
    with _writable(path):
        descriptor = os.open(scratch, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        scratch.replace(path)


def _remove(path: Path) -> None:
    for name in (path, path.with_name(path.name + "-journal")):
        with suppress(OSError):
            name.unlink(missing_ok=True)


@contextmanager
def _locked(archive: Path, wait_seconds: float) -> Iterator[None]:
    with _writable(archive):
        if archive.exists() and not archive.is_dir():
            raise ArchiveUnwritable(str(archive), "is a file, not a folder; name a folder with --archive")
        (archive / "warc").mkdir(parents=True, exist_ok=True)
        below(archive, "warc")
        check_regular(archive / LOCK, str(archive / LOCK), is_link_allowed=False)
        lock = FileLock(archive / LOCK)
        try:
            lock.acquire(timeout=wait_seconds)
        except Timeout as error:
            raise ArchiveBusy(
                str(archive), "another run is using the archive; try again later, or wait for it with --wait SECONDS"
            ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnreadableInput(str(path), f"{error.strerror or error}; name the archive with --archive") from error


@contextmanager
def _writable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ArchiveUnwritable(
            str(path), f"{error.strerror or error}; check its permissions and free space, or name another --archive"
        ) from error
