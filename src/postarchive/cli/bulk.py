"""`postarchive bulk`."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from postarchive.cli.common import check_extra, counted
from postarchive.cli.fetch import SOME_FAILED
from postarchive.cli.progress import StatusLine, watched
from postarchive.cli.signals import breaking_off
from postarchive.errors import UsageError
from postarchive.export.plain import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postarchive.bulk.reports import PartReport
    from postarchive.foreign import Damage

MEGABYTE = 1_000_000
MODULES = ("aiohttp", "dask", "distributed", "fastwarc", "fsspec", "pyarrow")


def bulk(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="WARC...",
            help="WARC files, folders, patterns in quotes, lists of names (.txt), https:// and s3:// addresses.",
        ),
    ],
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="The dataset's folder.", show_default=False)
    ],
    workers: Annotated[
        int | None, typer.Option(min=1, help="Worker processes on this machine.", show_default="one per core")
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Use the Dask cluster of this scheduler, `tcp://host:8786`; all its workers must see FOLDER.",
            show_default=False,
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only what is damaged.")] = False,
) -> None:
    """Read many WARC files into a Parquet dataset of records, on all cores or on a Dask cluster.

    Every capture of a page on China Post's hosts becomes a row: the columns of `export parquet`, with file, offset,
    digest and time. Each WARC file has its own part in the folder; DuckDB, pandas and Spark read them all as one table.
    A second run reads only files that are new or have changed. Damaged records are reported on stderr by file and
    offset, and the rest is read; revisits are only counted, because their bodies are elsewhere. Nothing is added to an
    archive; `postarchive import` does that. Needs the extra `bulk`.

    On S3, a pattern, or a prefix that ends in `/`, means all WARC files that match. `s3://` needs the extra `s3` too,
    and takes credentials and endpoint from the usual variables (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_PROFILE,
    AWS_ENDPOINT_URL) or `~/.aws`; a public bucket needs none with FSSPEC_S3_ANON=true.

    Exit code: 3 if some records or files could not be read, 69 if no scheduler responds.

    Examples: postarchive bulk crawls/ -o records · postarchive bulk 'crawls/**/*.warc.gz' more.txt -o records
    --workers 8 · postarchive bulk s3://bucket/crawl/ -o /shared/records --scheduler tcp://10.0.0.1:8786
    """
    check_extra("bulk", "bulk", *MODULES)
    if scheduler is not None and workers is not None:
        raise UsageError("--workers", "an existing cluster has its own workers; leave out --workers or --scheduler")
    from postarchive.bulk.forks import start_forkserver
    from postarchive.bulk.sources import find_files

    sources, tally = find_files(names), _Tally()
    if scheduler is None:
        start_forkserver()
    from postarchive.bulk.cluster import Workers, convert_all

    with breaking_off(), watched(f"reading {counted(len(sources), 'file')} …", is_quiet=quiet) as line:
        reports = convert_all(sources, output, Workers(workers, scheduler), now=datetime.now(UTC))
        _follow(reports, tally, len(sources), line)
    if not quiet:
        typer.echo(tally.summary(output), err=True)
    raise typer.Exit(SOME_FAILED if tally.has_failed else 0)


@dataclass(slots=True)
class _Tally:
    """The outcomes of a run's files; `known` were read by an earlier run."""

    files: int = 0
    known: int = 0
    failed: int = 0
    pages: int = 0
    repeated: int = 0
    damaged: int = 0
    unread: int = 0
    bytes: int = 0

    def add(self, report: "PartReport") -> None:
        """Count a file."""
        self.files += 1
        self.known += report.was_done
        self.failed += report.failure is not None
        self.pages += report.pages
        self.repeated += report.repeated
        self.damaged += report.damaged
        self.unread += report.unread_pages
        self.bytes += 0 if report.was_done else report.size_bytes

    @property
    def has_failed(self) -> bool:
        """Tell whether something could not be read."""
        return bool(self.failed or self.damaged or self.unread)

    def progress(self, total: int, seconds: float) -> str:
        """Return how far the run has come, and how fast."""
        speed = self.bytes / MEGABYTE / max(seconds, 0.1)
        return f"{self.files} of {counted(total, 'file')}, {counted(self.pages, 'page')}, {speed:.0f} MB/s"

    def summary(self, folder: Path) -> str:
        """Return the line that ends a run."""
        said = [f"{counted(self.files, 'file')}: {counted(self.pages, 'page')} in {printable(str(folder))}"]
        counts = (
            (self.known, "file", "already read"),
            (self.repeated, "revisit", "not read"),
            (self.unread, "page", "unreadable"),
            (self.damaged, "damaged record", "skipped"),
            (self.failed, "file", "unreadable"),
        )
        return "; ".join([*said, *(f"{counted(count, noun)} {what}" for count, noun, what in counts if count)]) + "."


def _follow(reports: "Iterator[PartReport]", tally: _Tally, total: int, line: StatusLine) -> None:
    """Print damage as it is found, with a progress line if a person is watching."""
    started = monotonic()
    for report in reports:
        tally.add(report)
        line.erase()
        _print_damages(report)
        line.show(tally.progress(total, monotonic() - started))


def _print_damages(report: "PartReport") -> None:
    if report.failure is not None:
        _print("FAILED", report.name, report.failure)
    for kind, damages in (("DAMAGED", report.damages), ("UNREAD", report.unread)):
        for damage in damages:
            _print(kind, _place(damage), damage.problem)


def _place(damage: "Damage") -> str:
    return f"{damage.file}@{damage.offset}"


def _print(kind: str, place: str, problem: str) -> None:
    typer.echo(printable(f"{kind:<9} {place}  {problem}"), err=True)
