"""Turn one WARC file into its part of the dataset: what a worker does, whatever the file holds."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from postarchive.bulk.remote import downloaded
from postarchive.bulk.reports import PartReport, part_path, stamp_of, write_report
from postarchive.bulk.rows import RECORDS, Repeated, Unread, row_of
from postarchive.bulk.scan import wanted_records
from postarchive.bulk.sources import BulkSource
from postarchive.errors import ArchiveUnwritable, UnreadableInput
from postarchive.export.files import atomic_write
from postarchive.export.parquet import write_flat
from postarchive.foreign import Damage, first_damages
from postarchive.foreign.records import ForeignRecord
from postarchive.jsonvalue import JsonObject


@dataclass(frozen=True, slots=True)
class Unwritable:
    """Why the dataset cannot be written; a value, because an error would have to be pickled."""

    subject: str
    problem: str


def convert(source: BulkSource, folder: Path, now: datetime) -> PartReport | Unwritable:
    """Write a file's part and then the report on it; return the report.

    A file that cannot be read leaves neither: the next run tries it again.
    """
    stamp = stamp_of(source)
    try:
        with _local_file(source) as path:
            report = _convert(source, path, folder, now, stamp)
        write_report(folder, source, report)
    except ArchiveUnwritable as error:
        return Unwritable(error.subject, error.problem)
    except (UnreadableInput, OSError) as error:
        problem = error.problem if isinstance(error, UnreadableInput) else error.strerror or str(error)
        return PartReport(source.name, stamp, failure=problem)
    return report


def _convert(source: BulkSource, path: Path, folder: Path, now: datetime, stamp: str) -> PartReport:
    size, scan = path.stat().st_size, _Scan(source.name)
    part = part_path(folder, source)
    rows = scan.rows(path, now)
    first = next(rows, None)
    pages = 0
    if first is not None:
        with atomic_write(part) as out:
            pages = write_flat(_after(first, rows), out, RECORDS)
    else:
        with suppress(OSError):
            part.unlink()  # from an earlier file of this name
    report = PartReport(source.name, stamp, size, pages, scan.repeated)
    return replace(report, damages=_first_few(scan.damages), unread=_first_few(scan.unread))


def _after(first: JsonObject, others: Iterator[JsonObject]) -> Iterator[JsonObject]:
    yield first
    yield from others


def _first_few(damages: list[Damage]) -> tuple[Damage, ...]:
    return tuple(first_damages(damages))


@contextmanager
def _local_file(source: BulkSource) -> Iterator[Path]:
    """Yield the file on disk, or one downloaded from its address."""
    if not source.is_remote:
        yield Path(source.place)
        return
    with downloaded(source.place) as path:
        yield path


@dataclass(slots=True)
class _Scan:
    """What a file holds besides pages."""

    name: str
    repeated: int = 0
    damages: list[Damage] = field(default_factory=list)
    unread: list[Damage] = field(default_factory=list)

    def rows(self, path: Path, now: datetime) -> Iterator[JsonObject]:
        """Yield the rows of a file."""
        for item in wanted_records(path, self.name):
            converted = row_of(item, now=now) if isinstance(item, ForeignRecord) else item
            match converted:
                case None:
                    pass
                case Damage():
                    self.damages.append(converted)
                case Unread():
                    self.unread.append(Damage(self.name, converted.offset, f"{converted.url}: {converted.problem}"))
                case Repeated():
                    self.repeated += 1
                case row:
                    yield row
