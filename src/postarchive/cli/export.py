"""`postarchive export`; `ways` says how each format is written."""

from pathlib import Path
from typing import Annotated

import typer

from postarchive.cli.common import STDOUT, ArchiveOption, archive_path
from postarchive.cli.dates import first_day
from postarchive.cli.kinds import CHOICES, METAVAR, Kinds, kinds_of
from postarchive.cli.signals import breaking_off
from postarchive.cli.ways import TO_STDOUT, WAYS, ExportFormat, Job
from postarchive.errors import UsageError
from postarchive.store.read import Reader
from postarchive.store.tables import Selection

DAMAGED = 5


def export(  # noqa: PLR0913 - options of a command
    format: Annotated[ExportFormat, typer.Argument(help="What to write, as listed above.", show_default=False)],  # noqa: A002 - as elsewhere
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
    articles: Annotated[
        bool,
        typer.Option(
            "--articles", help="One row per article, with the text of all its sheets, instead of one per sheet."
        ),
    ] = False,
    verify: Annotated[
        bool | None,
        typer.Option(
            "--verify/--no-verify",
            help="End with exit code 5 if evidence is damaged; --no-verify does not read it, which is faster. "
            "By default damage is only reported.",
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

    - `jsonl`: the latest version of every page, one line each: the whole record with its evidence
    - `csv`: the same as a table; no cell is run as a formula
    - `parquet`: the same with typed columns, for DuckDB, pandas or R (needs the extra `parquet`)
    - `md`: a folder of Markdown files with front matter, one per page, with an index, and the pictures and files that
      `fetch --media` kept
    - `package`: everything to keep and cite, a folder or a .zip: tables with their schemas (`datapackage.json`), all
      versions, pictures and files, the WARC files, checksums, a citation file
    - `warc`, `wacz`: every captured response in full, with its request; ReplayWeb.page opens a WACZ, pywb both

    An article may have several sheets, each at its own URL. A row is a sheet, and its `article` names the article; with
    `--articles`, a row is an article, which is what `query --count` and `stats` count. A `package` has both.

    A file or folder appears only when it is complete, and the same archive gives the same bytes. A folder is replaced
    only if it is an export that nobody has changed. The evidence of each row is read, and damage is reported;
    `package`, `warc` and `wacz` refuse to write damaged evidence. `--sign` puts your signature into a wacz:
    ReplayWeb.page checks one made with a P-384 key, but cannot say whose key it is.

    Examples: postarchive export csv -o pages.csv · postarchive export csv --articles --kind news -o news.csv ·
    postarchive export jsonl --kind stamp | jq .stamp.serial · postarchive export package -o china-post.zip ·
    postarchive export warc -o story.warc.gz --url 23048456
    """
    way = WAYS[format]
    given = {"url": url, "since": since, "kind": kind, "articles": articles, "verify": verify, "sign": sign}
    for name, value in given.items():
        if value and name not in way.takes:
            raise UsageError(f"--{name}", f"cannot be used with {format}; leave it out, or choose another format")
    if output == STDOUT and format not in TO_STDOUT:
        raise UsageError(f"export {format}", "cannot be written to stdout; name a file or folder with -o")
    folder = archive_path(archive)
    selection = Selection(_pages(folder, url), kind or (), first_day(since) if since else None)
    job = Job(folder, selection, output, sign, by_article=articles, is_checked=verify is not False)
    with breaking_off():
        wrote = way.write(job)
    if output != STDOUT:
        typer.echo(f"Wrote {wrote} to {output}.", err=True)
    if job.damage.count:
        typer.echo(job.damage.summary(), err=True)
        raise typer.Exit(DAMAGED if verify else 0)


def _pages(archive: Path, names: list[str] | None) -> list[int] | None:
    if not names:
        return None
    with Reader(archive) as reader:
        return [page for name in names for page in reader.pages_of(name)]
