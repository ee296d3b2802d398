"""Read all files of an import: first all of them, then their responses in order of time."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias, TypeVar

from postarchive.errors import PostarchiveError, UnreadableInput
from postarchive.foreign.bounds import Allowance, Broken, TooCostly
from postarchive.foreign.packages import PackageFile, entries
from postarchive.foreign.pieces import Content
from postarchive.foreign.records import Damage, ForeignRecord, read_records
from postarchive.foreign.responses import Response, is_in_scope, response_of
from postarchive.foreign.saved import read_saved
from postarchive.foreign.sources import Form, SourceFile, open_source, size_of
from postarchive.foreign.spool import Place, Spool
from postarchive.looks import shown_name
from postarchive.models import Capture
from postarchive.times import is_believable

MAX_DAMAGES = 100
T = TypeVar("T")
Found: TypeAlias = tuple[Response, Place] | Damage


def read_foreign(
    sources: Iterable[SourceFile], *, is_wanted: Callable[[Capture], bool], now: datetime
) -> Iterator[Capture | Damage]:
    """Yield what is damaged, as it is found, and then the wanted responses in order of time, their origin `import`.

    At most a hundred damaged places per file are reported, and then how many more there are. `is_wanted` decides by
    status and headers; a revisit may not have its body yet. A capture from before the web, or after `now`, is damage.
    Raises ArchiveUnwritable when the disk for temporary files is full.
    """
    files = list(sources)
    with Spool(sum(size_of(source) for source in files)) as spool:
        for source in files:
            yield from first_damages(_set_aside(source, spool, is_wanted, now))
        yield from first_damages(_in_order(spool, is_wanted))


def _set_aside(
    source: SourceFile, spool: Spool, is_wanted: Callable[[Capture], bool], now: datetime
) -> Iterator[Damage]:
    for item in _responses(source):
        if isinstance(item, Damage):
            yield item
            continue
        response, place = item
        if not is_wanted(response.capture):
            continue
        if is_believable(response.capture.time, now=now):
            spool.add(response, place)
        else:
            yield Damage(place.file, place.offset, f"its date is impossible: {response.capture.time:%Y-%m-%d}")


def _in_order(spool: Spool, is_wanted: Callable[[Capture], bool]) -> Iterator[Capture | Damage]:
    for place, capture in spool.responses():
        if isinstance(capture, Broken):
            yield Damage(place.file, place.offset, str(capture))
        elif is_wanted(capture):
            yield capture


def first_damages(items: Iterable[T | Damage]) -> Iterator[T | Damage]:
    """Yield everything except damage, the first damaged places, and how many more there were."""
    reported, more = 0, None
    for item in items:
        if not isinstance(item, Damage):
            yield item
        elif reported < MAX_DAMAGES:
            reported += 1
            yield item
        else:
            more = replace(item, count=more.count + 1 if more else 1)
    if more:
        yield replace(more, problem=f"and {more.count} more; only the first {MAX_DAMAGES} are listed")


def _responses(source: SourceFile) -> Iterator[Found]:
    file = shown_name(str(source.path))
    try:
        if source.url is not None:
            yield Response(read_saved(source.path, source.url), "", None), Place(file, 0)
        elif source.form is Form.FOLDER:
            os.scandir(source.path).close()
        elif source.form is Form.NAMELESS:
            raise Broken("its name is no URL; name the file as the page's URL ends")  # noqa: TRY301 - as any other
        elif source.form is Form.WARC:
            yield from _of_warc(source, file)
        else:
            yield from _of_package(source, file)
    except (Broken, UnreadableInput, OSError) as error:
        yield Damage(file, 0, _problem(error))


def _of_warc(source: SourceFile, file: str) -> Iterator[Found]:
    with open_source(source) as stream:
        yield from _in_file(file, Content(stream, Allowance(stream.seek(0, os.SEEK_END))))


def _of_package(source: SourceFile, file: str) -> Iterator[Found]:
    with open_source(source) as stream:
        allowance = Allowance(stream.seek(0, os.SEEK_END))
        for entry in entries(stream, allowance):
            name = f"{file}!{shown_name(entry.name)}"
            if isinstance(entry, PackageFile):
                with entry.stream:
                    yield from _of_entry(entry, name, allowance)
            else:
                yield Damage(name, 0, entry.problem)


def _of_entry(entry: PackageFile, name: str, allowance: Allowance) -> Iterator[Found]:
    if entry.problem:
        yield Damage(name, 0, entry.problem)
    is_doubtful = entry.problem is not None
    yield from _in_file(name, Content(entry.stream, allowance, entry.is_inflated, is_doubtful))


def _in_file(name: str, content: Content) -> Iterator[Found]:
    """Yield the contents of a WARC file. Raises TooMuch; any other error that ends the reading is damage."""
    try:
        for record in read_records(name, content, is_wanted=is_in_scope):
            yield from (record,) if isinstance(record, Damage) else responses_in(record)
    except TooCostly:
        raise
    except (Broken, OSError) as error:
        yield Damage(name, 0, _problem(error))


def responses_in(record: ForeignRecord) -> Iterator[Found]:
    """Yield the response of a record in scope, or why it has none; nothing for an unmodified one (304)."""
    try:
        response = response_of(record)
    except Broken as error:
        yield Damage(record.file, record.offset, str(error))
        return
    if response is not None:
        yield response, Place(record.file, record.offset)


def _problem(error: Exception) -> str:
    if isinstance(error, PostarchiveError):
        return error.problem
    text = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return " ".join(text.split())
