"""`postarchive export`: a format is one row of `WAYS`."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, TextIO, TypeVar

import typer

from postarchive.cli.common import STDOUT, ArchiveOption, archive_path, check_extra, counted, opened, read_file
from postarchive.cli.dates import first_day
from postarchive.cli.kinds import CHOICES, METAVAR, Kinds, kinds_of
from postarchive.cli.signals import breaking_off
from postarchive.errors import UnreadableInput, UsageError
from postarchive.record.versions import Version, version_json
from postarchive.store.read import Reader
from postarchive.store.tables import Selection, Tables

if TYPE_CHECKING:
    from postarchive.export.warcfile import Sign

Item = TypeVar("Item")


class ExportFormat(StrEnum):
    """What it is written as."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"
    MD = "md"
    PACKAGE = "package"
    WARC = "warc"
    WACZ = "wacz"


@dataclass(frozen=True, slots=True)
class Job:
    """What of an archive is exported, into which file or folder, or to stdout; `sign` is the file of a private key."""

    archive: Path
    selection: Selection
    output: Path
    sign: Path | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """How a format is written: `write` returns what it wrote, in words; `takes` are the options that it knows."""

    write: Callable[[Job], str]
    takes: frozenset[str] = frozenset({"url", "kind", "since"})


def export(  # noqa: PLR0913 - options of a command
    format: Annotated[ExportFormat, typer.Argument(help="Format to export.", show_default=False)],  # noqa: A002 - as elsewhere
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="File or folder to write; jsonl and csv go to stdout by default, or with -.",
            show_default=False,
        ),
    ] = STDOUT,
    archive: ArchiveOption = None,
    url: Annotated[
        list[str] | None, typer.Option(metavar="URL|NODE", help="Only this page; may be repeated.", show_default=False)
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="Only what was captured on or after this date; for the printed date use `query`.",
            show_default=False,
        ),
    ] = None,
    kind: Annotated[
        Kinds | None,
        typer.Option(
            parser=kinds_of,
            metavar=METAVAR,
            help=f"Only pages of these kinds: {CHOICES} Not for warc and wacz.",
            show_default=False,
        ),
    ] = None,
    sign: Annotated[
        Path | None,
        typer.Option(
            metavar="KEYFILE",
            help="Sign a wacz with this private key (PEM; P-384, or P-256); needs the extra `seal`.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Export the archive, or a part of it, for other programs and for keeping.

    - `jsonl`: every page in its latest version, one line each: the whole record with its evidence
    - `csv`: the same as a table; no cell is run as a formula
    - `parquet`: the same with typed columns, for DuckDB, pandas or R (needs the extra `parquet`)
    - `md`: a folder of Markdown files with front matter, one per page, and an index
    - `package`: everything to keep and to cite, a folder or a .zip: tables with their schemas (`datapackage.json`), all
      versions, the WARC files, checksums, a citation file
    - `warc`, `wacz`: every captured response in full, with its request; ReplayWeb.page opens a WACZ, pywb both

    A file or folder appears only when it is complete, and the same archive gives the same bytes. `--url`, `--since`
    and `--kind` choose pages; a `package` is always whole. `--sign` puts your signature into a wacz: ReplayWeb.page
    checks that of a P-384 key; whose key it is, you must tell. A folder is replaced only if it is an export that
    nobody has touched.

    Examples: postarchive export csv -o pages.csv · postarchive export jsonl --kind stamp | jq .stamp.serial ·
    postarchive export package -o china-post.zip · postarchive export warc -o story.warc.gz --url 23048456
    """
    way = WAYS[format]
    for name, value in (("url", url), ("since", since), ("kind", kind), ("sign", sign)):
        if value and name not in way.takes:
            raise UsageError(f"--{name}", f"cannot be used with {format}; leave it out, or choose another format")
    if output == STDOUT and format not in TO_STDOUT:
        raise UsageError(f"export {format}", "cannot be written to stdout; name a file or folder with -o")
    folder = archive_path(archive)
    selection = Selection(_pages(folder, url), kind or (), first_day(since) if since else None)
    with breaking_off():
        wrote = way.write(Job(folder, selection, output, sign))
    if output != STDOUT:
        typer.echo(f"Wrote {wrote} to {output}.", err=True)


def _pages(archive: Path, names: list[str] | None) -> list[int] | None:
    if not names:
        return None
    with Reader(archive) as reader:
        return [reader.find_page(name) for name in names]


def _write_jsonl(job: Job) -> str:
    from postarchive.export.rows import write_lines

    return _write_text(job, lambda versions, out: write_lines(map(version_json, versions), out))


def _write_csv(job: Job) -> str:
    from postarchive.export.columns import PAGES
    from postarchive.export.flat import flat, write_table

    return _write_text(job, lambda versions, out: write_table(PAGES, map(flat, versions), out))


def _write_text(job: Job, write: Callable[[Iterable[Version], TextIO], int]) -> str:
    with Tables(job.archive) as tables:
        records = _some(tables.records(job.selection), job.archive)
        with opened(job.output) as out:
            return counted(write(records, out), "page")


def _write_parquet(job: Job) -> str:
    check_extra("export parquet", "parquet", "pyarrow")
    from postarchive.export.files import atomic_write
    from postarchive.export.parquet import write_parquet

    with Tables(job.archive) as tables:
        records = _some(tables.records(job.selection), job.archive)
        with atomic_write(job.output) as out:
            return counted(write_parquet(records, out), "page")


def _write_pages(job: Job) -> str:
    from postarchive.export.folder import replaced_folder
    from postarchive.export.pages import INDEX, write_pages

    with Tables(job.archive) as tables:
        records = _some(tables.records(job.selection), job.archive)
        with replaced_folder(job.output, mark=INDEX) as folder:
            return counted(write_pages(records, folder), "page")


def _write_package(job: Job) -> str:
    from postarchive.collect.exports import package_of
    from postarchive.export.describe import DESCRIPTOR
    from postarchive.export.files import atomic_write
    from postarchive.export.folder import replaced_folder
    from postarchive.export.package import package_folder, package_zip

    with Tables(job.archive) as tables:
        newest = _some_time(tables.newest(), job.archive)
        contents = package_of(tables, newest=newest, created=_date(newest))
        if job.output.suffix.lower() == ".zip":
            with atomic_write(job.output) as out:
                counts = package_zip(contents, out)
        else:
            with replaced_folder(job.output, mark=DESCRIPTOR) as folder:
                counts = package_folder(contents, folder)
    told = (counted(counts[name], name.removesuffix("s")) for name in ("pages", "versions", "captures"))
    return ", ".join(told)


def _write_evidence(job: Job, *, is_package: bool) -> str:
    from postarchive.collect.exports import handed, text_at
    from postarchive.export.files import atomic_write
    from postarchive.export.warcfile import write_wacz, write_warc

    pages, since = job.selection.pages, job.selection.since
    sign = _signer(job.sign) if job.sign else None
    with Reader(job.archive) as reader:
        write = partial(write_wacz, text_of=partial(text_at, reader), sign=sign) if is_package else write_warc
        newest = max((response.time for response in reader.responses(pages, since=since)), default=None)
        created = _date(_some_time(newest, job.archive))
        with atomic_write(job.output) as out, closing(reader.responses(pages, since=since)) as responses:
            return counted(write(handed(reader, responses), out, created=created), "response")


def _signer(key: Path) -> "Sign":
    check_extra("export wacz --sign", "seal", "cryptography")
    from postarchive.seal.signing import signer_of

    return signer_of(read_file(key), str(key))


def _some(items: Iterator[Item], archive: Path) -> Iterator[Item]:
    """Return the items as they come. Raises UnreadableInput when there is none."""
    first = next(items, None)
    if first is None:
        raise _nothing(archive)
    return chain([first], items)


def _some_time(newest: datetime | None, archive: Path) -> datetime:
    if newest is None:
        raise _nothing(archive)
    return newest


def _date(newest: datetime) -> datetime:
    """Return the date of the export: its newest response's, so that it can be made again; or the builder's."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return newest
    try:
        return datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"SOURCE_DATE_EPOCH={epoch}", "is not a number of seconds; unset it") from error


def _nothing(archive: Path) -> UnreadableInput:
    return UnreadableInput(str(archive), "has nothing that matches; nothing was written")


TO_STDOUT = (ExportFormat.JSONL, ExportFormat.CSV)
WAYS: Mapping[ExportFormat, Way] = MappingProxyType(
    {
        ExportFormat.JSONL: Way(_write_jsonl),
        ExportFormat.CSV: Way(_write_csv),
        ExportFormat.PARQUET: Way(_write_parquet),
        ExportFormat.MD: Way(_write_pages),
        ExportFormat.PACKAGE: Way(_write_package, takes=frozenset()),
        ExportFormat.WARC: Way(partial(_write_evidence, is_package=False), takes=frozenset({"url", "since"})),
        ExportFormat.WACZ: Way(partial(_write_evidence, is_package=True), takes=frozenset({"url", "since", "sign"})),
    }
)
