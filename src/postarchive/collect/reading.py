"""The events of WARC files in order, whether this process reads them, or others do ahead of it.

All is read in slices before its rows are made, even in a single process: reading many pages and then writing many takes
less time than one by one, as the data of each step stays in the processor's cache. The place of a worker's result is
checked: a slice counts if it begins where the previous one ended. What does not fit, was lost with its worker, or is
unusual (a revisit, damage, a surprise) is read again, record by record.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from postarchive.ahead.crew import Crew
from postarchive.ahead.events import FileSlice, LocatedEvent, SliceRead, read_slice
from postarchive.ahead.worker import Task, done
from postarchive.errors import DamagedRecord
from postarchive.warc import BodyOf, OnUnreadable, WarcRecord, event_with_place, records

SMALL_BYTES: Final = 1 << 19  # of evidence: for this much another process is not worth starting
MAX_BYTES, MIN_BYTES = 1 << 18, 1 << 15  # of a slice
SLICES_LEFT: Final = 8  # for each process, at least: they get smaller, so that all processes end at about the same time
Ahead: TypeAlias = Iterator[tuple[FileSlice, SliceRead | None]]


@dataclass(frozen=True, slots=True)
class Stretch:
    """The records of a file from a position on, up to the one that reaches `end`."""

    file: str
    start: int
    end: int


@contextmanager
def reading_ahead(archive: Path, stretches: Sequence[Stretch], jobs: int) -> Iterator[Ahead]:
    """Have `jobs` processes, of which this is one, read stretches, and pass on what they found; a few are read here.

    The slices come in the order of `stretches`, each with what was found in it; None if nothing.
    """
    total = sum(stretch.end - stretch.start for stretch in stretches)
    if jobs == 1 or total <= SMALL_BYTES:
        yield ((part, done(Task(read_slice, part))) for part in _slices(archive, stretches, total, 1))
        return
    with Crew(read_slice, jobs - 1) as crew:
        yield crew.in_order(_slices(archive, stretches, total, jobs))


def _slices(archive: Path, stretches: Sequence[Stretch], total: int, jobs: int) -> Iterator[FileSlice]:
    """Yield stretches of `total` bytes in slices for a number of processes."""
    for stretch in stretches:
        start = stretch.start
        while start < stretch.end:
            length = min(max(total // (jobs * SLICES_LEFT), MIN_BYTES), MAX_BYTES) if jobs > 1 else MAX_BYTES
            stop = min(start + length, stretch.end)
            yield FileSlice(archive, stretch.file, start, stop, is_exact=start == stretch.start)
            total -= stop - start
            start = stop


@dataclass(frozen=True, slots=True)
class EvidenceReader:
    """A reader of stretches of an archive's files; `body_of` and `on_unreadable` are those of `warc.event_with_place`.

    `damaged` gets a file and the error for a damaged record; it returns where to continue, or raises.
    """

    archive: Path
    body_of: BodyOf
    on_unreadable: OnUnreadable
    damaged: Callable[[str, DamagedRecord], int]

    def events(self, stretch: Stretch, ahead: Ahead) -> Iterator[LocatedEvent]:
        """Yield the events of a stretch in order; its slices are the next ones in `ahead`."""
        at, part = stretch.start, None
        while part is None or part.stop < stretch.end:
            part, found = next(ahead)
            if found is not None and found.start == at:
                yield from self._found(stretch, found)
                at = found.end
            if at < part.stop:
                at = yield from self._here(stretch, at, part.stop)

    def _found(self, stretch: Stretch, found: SliceRead) -> Iterator[LocatedEvent]:
        for item in found.items:
            if isinstance(item, LocatedEvent):
                yield item
            else:
                yield from self._here(stretch, item, item + 1)

    def _here(self, stretch: Stretch, start: int, stop: int) -> Generator[LocatedEvent, None, int]:
        """Yield the events of the records that begin before `stop`; return where the next one begins."""
        for record in self._whole(stretch, start):
            located = event_with_place(record, body_of=self.body_of, on_unreadable=self.on_unreadable)
            if located is not None:
                yield LocatedEvent(*located)
            following = record.offset + record.length_bytes
            if following >= stop:
                return following
        return stretch.end

    def _whole(self, stretch: Stretch, start: int) -> Iterator[WarcRecord]:
        """Yield the records from a position on, skipping what is damaged."""
        while start < stretch.end:
            try:
                yield from records(self.archive, stretch.file, start)
            except DamagedRecord as error:
                start = self.damaged(stretch.file, error)
            else:
                return
