"""`postarchive cite`."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from postarchive.cli.common import ArchiveOption, archive_path, print_json
from postarchive.store.read import Reader


class CitationFormat(StrEnum):
    """How the citation is written."""

    TEXT = "text"
    BIBTEX = "bibtex"
    CSL_JSON = "csl-json"


def cite(
    name: Annotated[str, typer.Argument(metavar="URL|NODE", help="A page, by its URL or node id.", show_default=False)],
    *,
    archive: ArchiveOption = None,
    version: Annotated[
        int | None, typer.Option(min=1, max=1_000_000, help="Cite this version instead of the latest.")
    ] = None,
    format: Annotated[CitationFormat, typer.Option("--format", "-f", help="Output format.")] = CitationFormat.TEXT,  # noqa: A002 - the option's name
) -> None:
    """Cite one version of a page, with the evidence that proves it.

    Gives title, source, date, URL and the time of capture; the digest of the captured bytes and their place in the WARC
    files, so that anyone with a copy of the archive can check them; and the seal that covers them, if `postarchive
    seal` has made one since. The seal is quoted unchecked; `postarchive verify` checks it.

    Examples: postarchive cite 23048456 · postarchive cite 23048456 --version 1 --format bibtex >> references.bib
    """
    from postarchive.export.cite import as_bibtex, as_csl, as_text, citation_of

    with Reader(archive_path(archive)) as reader:
        page = reader.find_page(name)
        found = reader.article(page, version, sheet=reader.sheet_of(page))
        cited = citation_of(found, reader.seals_over(max(sheet.run for sheet in found.sheets)))
    match format:
        case CitationFormat.TEXT:
            sys.stdout.write(as_text(cited))
        case CitationFormat.BIBTEX:
            sys.stdout.write(as_bibtex(cited))
        case CitationFormat.CSL_JSON:
            print_json(as_csl(cited))
