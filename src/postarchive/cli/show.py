"""`postarchive show`."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from postarchive.cli.common import ArchiveOption, archive_path, counted, is_terminal, opened, terminal_width
from postarchive.errors import UnreadableInput, UsageError
from postarchive.store.articles import ArticleVersion, StoredSheet
from postarchive.store.read import Reader

if TYPE_CHECKING:
    from postarchive.models import Capture


class RecordFormat(StrEnum):
    """How a record is printed."""

    TEXT = "text"
    MD = "md"
    JSON = "json"
    HTML = "html"


def show(  # noqa: PLR0913 - its options
    name: Annotated[str, typer.Argument(metavar="URL|NODE", help="A page, by its URL or node id.", show_default=False)],
    *,
    archive: ArchiveOption = None,
    version: Annotated[
        int | None, typer.Option(min=1, max=1_000_000, help="Show this version instead of the latest.")
    ] = None,
    sheet: Annotated[
        int | None, typer.Option(min=1, max=1_000_000, help="Show only this sheet of an article that has several.")
    ] = None,
    raw: Annotated[
        bool,
        typer.Option("--raw", help="Print the stored HTTP response: the exact bytes, or decoded text on a terminal."),
    ] = False,
    source: Annotated[bool, typer.Option("--source", help="Print the page's HTML, decompressed and in UTF-8.")] = False,
    media_folder: Annotated[
        Path | None,
        typer.Option(
            "--media",
            metavar="DIR",
            help="Write the kept pictures and files into this folder, and print the SHA-256 of each.",
            show_default=False,
        ),
    ] = None,
    format: Annotated[RecordFormat, typer.Option("--format", "-f", help="Output format.")] = RecordFormat.TEXT,  # noqa: A002 - the option's name
) -> None:
    """Show one record in full, and where its evidence is stored.

    `--media` writes what `fetch --media` kept; `sha256sum --check` can check the lines that it prints.

    Examples: postarchive show 23048456 · postarchive show 23048456 --format md · postarchive show 23048456 --source ·
    postarchive show 23048456 --media pictures
    """
    if raw + source + (media_folder is not None) > 1:
        raise UsageError("--raw, --source and --media", "each print something else; choose one")
    folder = archive_path(archive)
    with Reader(folder) as reader:
        page = reader.find_page(name)
        found = reader.article(page, version, sheet=sheet or reader.sheet_of(page))
        if raw or source:
            _write_response(reader, found.sheets[0], is_source=source)
            return
        addresses = [url for own in found.sheets for url in reader.addresses(own.page)]
    if media_folder is not None:
        from postarchive.cli.media import write_media

        write_media(folder, found.record, media_folder, name=name, at=found.last_seen if version else None)
        return
    sys.stdout.write(_shown(found, addresses, format))


def _write_response(reader: Reader, found: StoredSheet, *, is_source: bool) -> None:
    """Write a stored response, as text to a terminal, byte for byte elsewhere; or only its HTML."""
    from postarchive.collect.kept import stored_capture

    capture = stored_capture(reader, found.evidence)
    if is_source:
        with opened(None) as out:
            out.write(_html(capture))
    elif is_terminal():
        sys.stdout.write(f"{capture.head.decode(errors='backslashreplace')}{_text(capture)}\n")
    else:
        sys.stdout.buffer.write(capture.head + capture.sent)


def _html(capture: "Capture") -> str:
    """Return the page's HTML. Raises UnreadableInput when the body is something else."""
    from postarchive.pages.html.decode import page_bytes

    return page_bytes(capture)[0].decode(errors="backslashreplace")


def _text(capture: "Capture") -> str:
    try:
        return _html(capture)
    except UnreadableInput as error:
        return f"({counted(len(capture.body), 'byte')}: {error.problem}; --raw into a file keeps them as they are)"


def _shown(found: ArticleVersion, addresses: list[str], output: RecordFormat) -> str:
    from postarchive.export.articlejson import article_json
    from postarchive.export.show import article_html, article_markdown, article_text

    record = found.record
    match output:
        case RecordFormat.JSON:
            return json.dumps(article_json(found, addresses), ensure_ascii=False, indent=1) + "\n"
        case RecordFormat.MD:
            return article_markdown(record)
        case RecordFormat.HTML:
            return article_html(record)
        case RecordFormat.TEXT:
            return article_text(record, width=terminal_width()) + _footnote(found)


def _footnote(found: ArticleVersion) -> str:
    from postarchive.export.plain import printable

    lines = [f"Version {found.number}, seen {_minute(found.first_seen)} to {_minute(found.last_seen)}"]
    lines += [f"Sheet {sheet} was not captured yet" for sheet in found.missing]
    is_in_parts = len(found.sheets) > 1 or bool(found.missing)
    for own in found.sheets:
        if own.gone:
            who = f"Sheet {own.sheet} gone" if is_in_parts else "Gone"
            lines.append(f"{who} from the site since {_minute(own.gone)}")
        part = f" of sheet {own.sheet}" if is_in_parts else ""
        lines.append(f"Evidence{part} {own.evidence.file} at byte {own.evidence.offset}")
        lines.append(f"         {own.evidence.shown_digest}")
    return "\n" + "\n".join(map(printable, lines)) + "\n"


def _minute(time: str) -> str:
    return f"{time[:10]} {time[11:16]} UTC"
