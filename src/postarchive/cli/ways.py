"""How `postarchive export` writes each format: a format is a row of `WAYS`. Heavy modules load with their format."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TextIO, TypeVar

import typer

from postarchive.cli.common import check_extra, counted, opened, read_file
from postarchive.errors import UnreadableInput, UsageError
from postarchive.record.values import Page
from postarchive.record.versions import Version, version_json
from postarchive.store.read import Reader
from postarchive.store.tables import Selection, Tables

if TYPE_CHECKING:
    from postarchive.collect.media import Media
    from postarchive.export.media import KeptFile
    from postarchive.export.shape import TableSchema
    from postarchive.export.warcfile import Sign

Item = TypeVar("Item")
MAX_SHOWN = 5  # damaged places that are printed; `verify` names them all


class ExportFormat(StrEnum):
    """What an export is written as."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"
    MD = "md"
    PACKAGE = "package"
    WARC = "warc"
    WACZ = "wacz"


@dataclass(slots=True)
class DamageReport:
    """The damaged evidence that an export found: counted, the first few printed on stderr as they come."""

    count: int = 0

    def add(self, name: str, error: UnreadableInput) -> None:
        """Count one, in the page or file of this name."""
        self.count += 1
        if self.count <= MAX_SHOWN:
            typer.echo(f"postarchive: {name}: damaged evidence: {error}", err=True)

    def summary(self) -> str:
        """Return a line that says what to do about it."""
        return f"Damaged evidence in {counted(self.count, 'place')}; `postarchive verify` explains it."


@dataclass(frozen=True, slots=True)
class Job:
    """What part of an archive is exported, and to which file or folder, or stdout; `sign` is a private key's file.

    `by_article`: a row is an article, not a sheet. `is_checked`: the evidence of each row is read.
    """

    archive: Path
    selection: Selection
    output: Path
    sign: Path | None = None
    by_article: bool = False
    is_checked: bool = True
    damage: DamageReport = field(default_factory=DamageReport)

    @property
    def noun(self) -> str:
        """What a row is."""
        return "article" if self.by_article else "page"


@dataclass(frozen=True, slots=True)
class Way:
    """How a format is written: `write` returns in words what it wrote; `takes` names the options that apply."""

    write: Callable[[Job], str]
    takes: frozenset[str] = frozenset({"url", "kind", "since", "articles", "verify"})


def _write_jsonl(job: Job) -> str:
    from postarchive.export.rows import write_lines

    return _write_text(job, lambda versions, out: write_lines(map(version_json, versions), out))


def _write_csv(job: Job) -> str:
    from postarchive.export.flat import flat, write_table

    table = _table(job)
    return _write_text(job, lambda versions, out: write_table(table, (flat(row, table) for row in versions), out))


def _write_text(job: Job, write: Callable[[Iterable[Version], TextIO], int]) -> str:
    with _versions(job) as versions, opened(job.output) as out:
        return counted(write(versions, out), job.noun)


def _write_parquet(job: Job) -> str:
    check_extra("export parquet", "parquet", "pyarrow")
    from postarchive.export.files import atomic_write
    from postarchive.export.parquet import write_parquet

    with _versions(job) as versions, atomic_write(job.output) as out:
        return counted(write_parquet(versions, out, table=_table(job)), job.noun)


def _write_pages(job: Job) -> str:
    from postarchive.collect.media import open_media
    from postarchive.export.folder import replaced_folder
    from postarchive.export.pages import INDEX, write_pages

    with (
        _versions(job) as versions,
        open_media(job.archive) as media,
        replaced_folder(job.output, mark=INDEX) as folder,
    ):
        return counted(write_pages(versions, folder, kept=lambda page: _kept(job, media, page)), job.noun)


def _write_package(job: Job) -> str:
    from postarchive.collect.exports import package_of
    from postarchive.collect.media import open_media
    from postarchive.export.describe import DESCRIPTOR
    from postarchive.export.files import atomic_write
    from postarchive.export.folder import replaced_folder
    from postarchive.export.package import package_folder, package_zip

    with Tables(job.archive) as tables, open_media(job.archive) as media:
        newest = _some_time(tables.newest(), job.archive)
        contents = package_of(tables, media, newest=newest, created=_date(newest))
        if job.output.suffix.lower() == ".zip":
            with atomic_write(job.output) as out:
                counts = package_zip(contents, out)
        else:
            with replaced_folder(job.output, mark=DESCRIPTOR) as folder:
                counts = package_folder(contents, folder)
    parts = (counted(counts[name], name.removesuffix("s")) for name in ("pages", "versions", "captures"))
    return ", ".join(parts)


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


def _table(job: Job) -> "TableSchema":
    from postarchive.export.columns import ARTICLES, PAGES

    return ARTICLES if job.by_article else PAGES


@contextmanager
def _versions(job: Job) -> Iterator[Iterator[Version]]:
    """Yield the versions to write, reading their evidence on the way. Raises UnreadableInput when there are none."""
    from postarchive.collect.kept import checked

    with Tables(job.archive) as tables, Reader(job.archive) as reader:
        found = (tables.articles if job.by_article else tables.records)(job.selection)
        some = _some(found, job.archive)
        yield checked(reader, some, lambda row, error: job.damage.add(row.key, error)) if job.is_checked else some


def _kept(job: Job, media: "Media", page: Page) -> "Iterator[KeptFile]":
    """Yield a page's kept pictures and files with their bytes; damaged ones are reported and left out."""
    from postarchive.collect.media import with_bytes
    from postarchive.export.media import media_urls

    for file in media.all_kept(media_urls(page)):
        try:
            yield with_bytes(file)
        except UnreadableInput as error:
            job.damage.add(file.url, error)


def _some(items: Iterator[Item], archive: Path) -> Iterator[Item]:
    """Return the items as they come. Raises UnreadableInput when there are none."""
    first = next(items, None)
    if first is None:
        raise _nothing(archive)
    return chain([first], items)


def _some_time(newest: datetime | None, archive: Path) -> datetime:
    if newest is None:
        raise _nothing(archive)
    return newest


def _date(newest: datetime) -> datetime:
    """Return the export's date: its newest response's, so that the export is reproducible; or the builder's."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return newest
    try:
        return datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"SOURCE_DATE_EPOCH={epoch}", "is not a number of seconds; unset it") from error


def _nothing(archive: Path) -> UnreadableInput:
    return UnreadableInput(str(archive), "contains nothing that matches, so nothing was written")


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
