"""Read all files of an import: first all of them, then their answers in order of time."""

import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import IO

from postarchive.foreign.answers import Answer, answer_of, is_in_scope
from postarchive.foreign.pieces import Broken
from postarchive.foreign.records import Damage, Record, read_records
from postarchive.foreign.saved import read_saved
from postarchive.foreign.sources import Form, Source
from postarchive.foreign.spool import Place, Spool
from postarchive.models import Capture

UNREADABLE = (
    OSError,
    EOFError,
    zlib.error,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
)  # as `zipfile` has it


def read_foreign(sources: Iterable[Source], *, is_wanted: Callable[[Capture], bool]) -> Iterator[Capture | Damage]:
    """Yield what is damaged, as it is met, and then the wanted answers in order of time, their origin `import`.

    Answers have no `Transfer-Encoding`; their content coding is as it was captured. `is_wanted` decides by status and
    headers; of a revisit the body may still be missing then. Raises ArchiveUnwritable when the disk for temporary
    files is full.
    """
    with Spool() as spool:
        for source in sources:
            for item in _answers(source):
                if isinstance(item, Damage):
                    yield item
                elif is_wanted(item[0].capture):
                    spool.add(*item)
        for place, capture in spool.answers():
            if capture is None:
                yield Damage(place.file, place.offset, "a revisit of an answer that is not among these files")
            elif is_wanted(capture):
                yield capture


def _answers(source: Source) -> Iterator[tuple[Answer, Place] | Damage]:
    file = _shown(source)
    try:
        if source.url is not None:
            yield Answer(read_saved(source.path, source.url), "", None), Place(file, 0)
            return
        for name, stream in _streams(source):
            with stream:
                yield from _answers_in(name, stream)
    except (Broken, *UNREADABLE) as error:
        yield Damage(file, 0, _problem(error))


def _streams(source: Source) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield the WARC files of a source, each with its name for a report."""
    if source.form is Form.WARC:
        yield _shown(source), source.path.open("rb")
        return
    with zipfile.ZipFile(source.path) as package:
        for entry in package.infolist():
            if entry.filename.startswith("archive/") and entry.filename.endswith((".warc", ".warc.gz")):
                yield f"{_shown(source)}!{entry.filename}", package.open(entry)


def _answers_in(name: str, stream: IO[bytes]) -> Iterator[tuple[Answer, Place] | Damage]:
    try:
        for record in read_records(name, stream, is_wanted=is_in_scope):
            if isinstance(record, Damage):
                yield record
            else:
                yield from _answer(record)
    except UNREADABLE as error:
        yield Damage(name, 0, _problem(error))


def _answer(record: Record) -> Iterator[tuple[Answer, Place] | Damage]:
    try:
        answer = answer_of(record)
    except Broken as error:
        yield Damage(record.file, record.offset, str(error))
        return
    if answer is not None:
        yield answer, Place(record.file, record.offset)


def _shown(source: Source) -> str:
    """Return the file's name as text; on the disk it may be any bytes."""
    return str(source.path).encode(errors="backslashreplace").decode()


def _problem(error: Exception) -> str:
    text = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return " ".join(text.split())
