"""`postarchive export`: a format is one row of `WRITERS`."""

import os
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, BinaryIO

import typer

from postarchive.cli.common import ArchiveOption, archive_path
from postarchive.cli.dates import first_day
from postarchive.errors import UnreadableInput, UsageError
from postarchive.store.read import Reader


class Format(StrEnum):
    """What it is written as."""

    WARC = "warc"
    WACZ = "wacz"


@dataclass(frozen=True, slots=True)
class Selection:
    """What of the archive is exported: pages by row id, None for all; and an ISO date, None for no limit."""

    pages: list[int] | None
    since: str | None


Write = Callable[[Reader, Selection, BinaryIO], int]


def export(
    format: Annotated[Format, typer.Argument(help="What to write.", show_default=False)],  # noqa: A002 - as elsewhere
    *,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The file to write.")],
    archive: ArchiveOption = None,
    url: Annotated[
        list[str] | None, typer.Option(metavar="URL|NODE", help="Only this page; may be repeated.", show_default=False)
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Only what was captured from then on.", show_default=False)
    ] = None,
) -> None:
    """Write the archive, or a part of it, into a file for other programs; it appears when it is complete.

    `warc` and `wacz` hold every captured answer in full, with its request; ReplayWeb.page opens a WACZ, pywb either.
    The same archive gives the same file.

    Examples: postarchive export wacz -o china-post.wacz · postarchive export warc -o story.warc.gz --url 23048456
    """
    from postarchive.export import atomic_write  # noqa: PLC0415

    with Reader(archive_path(archive)) as reader:
        pages = [reader.find_page(name) for name in url] if url else None
        selection = Selection(pages, first_day(since) if since else None)
        with atomic_write(output) as out:
            count = WRITERS[format](reader, selection, out)
    typer.echo(f"Wrote {count} answer{'' if count == 1 else 's'} to {output}.", err=True)


def _write_evidence(reader: Reader, selection: Selection, out: BinaryIO, *, is_package: bool) -> int:
    from postarchive.collect.exports import handed  # noqa: PLC0415 - only what the format needs
    from postarchive.export.warcfile import write_wacz, write_warc  # noqa: PLC0415

    write = write_wacz if is_package else write_warc
    created = _created(reader, selection)
    with closing(reader.answers(selection.pages, since=selection.since)) as answers:
        return write(handed(reader, answers), out, created=created)


def _created(reader: Reader, selection: Selection) -> datetime:
    """Return the date of the file: that of its newest answer, so that it can be made again; or as the builder says."""
    newest = max((answer.time for answer in reader.answers(selection.pages, since=selection.since)), default=None)
    if newest is None:
        raise UnreadableInput(str(reader.archive), "holds nothing of what was asked for; nothing is written")
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return newest
    try:
        return datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"SOURCE_DATE_EPOCH={epoch}", "no number of seconds; unset it") from error


WRITERS: Mapping[Format, Write] = MappingProxyType(
    {
        Format.WARC: partial(_write_evidence, is_package=False),
        Format.WACZ: partial(_write_evidence, is_package=True),
    }
)
