"""`postarchive show`."""

import json
import sys
from enum import StrEnum
from typing import Annotated

import typer

from postarchive.cli.common import ArchiveOption, archive_path, terminal_width
from postarchive.jsonvalue import Json
from postarchive.record.kinds import IN_PARTS
from postarchive.store.read import Reader, Version


class Format(StrEnum):
    """How a record is printed."""

    TEXT = "text"
    MD = "md"
    JSON = "json"
    HTML = "html"


def show(
    name: Annotated[str, typer.Argument(metavar="URL|NODE", help="A page by its URL or node id.", show_default=False)],
    *,
    archive: ArchiveOption = None,
    version: Annotated[
        int | None, typer.Option(min=1, max=1_000_000, help="Not the latest version but this one.")
    ] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Print the stored response as it came: head and body.")] = False,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print the record.")] = Format.TEXT,  # noqa: A002 - the option's name
) -> None:
    """Show one record in full, with where its evidence is.

    Examples: postarchive show 23048456 · postarchive show 23048456 --format md
    """
    with Reader(archive_path(archive)) as reader:
        page = reader.find_page(name)
        found = reader.version(page, version)
        if raw:
            _write_raw(reader, found)
            return
        record = _whole(reader, found)
    sys.stdout.write(_shown(found, record, format))


def _whole(reader: Reader, found: Version) -> dict[str, Json]:
    """Return the record, with the paragraphs of its further sheets when it is an article in parts."""
    if found.record["kind"] not in IN_PARTS:
        return found.record
    paragraphs = list(_list(found.record, "paragraphs"))
    for sheet in reader.further_sheets(found.page):
        paragraphs += _list(sheet, "paragraphs")
    return found.record | {"paragraphs": paragraphs}


def _write_raw(reader: Reader, found: Version) -> None:
    """Write status line, headers and body as they came; a revisit's body from the record that stores it."""
    from postarchive.collect.exports import stored_capture  # noqa: PLC0415

    capture = stored_capture(reader, found.evidence)
    sys.stdout.buffer.write(capture.head + capture.sent)


def _list(record: dict[str, Json], name: str) -> list[Json]:
    value = record.get(name)
    return value if isinstance(value, list) else []


def _shown(found: Version, record: dict[str, Json], output: Format) -> str:
    from postarchive.export.show import article_html, article_markdown, article_text  # noqa: PLC0415 - one of them

    match output:
        case Format.JSON:
            return json.dumps(record | _evidence(found), ensure_ascii=False, indent=1) + "\n"
        case Format.MD:
            return article_markdown(record)
        case Format.HTML:
            return article_html(record)
        case Format.TEXT:
            return article_text(record, width=terminal_width()) + _footnote(found)


def _evidence(found: Version) -> dict[str, Json]:
    place = found.evidence
    evidence: dict[str, Json] = {
        "file": place.file,
        "offset": place.offset,
        "record_id": place.record_id,
        "payload_digest": place.payload_digest,
    }
    return {
        "version": found.number,
        "first_seen": found.first_seen,
        "last_seen": found.last_seen,
        "gone": found.gone,
        "addresses": list(found.addresses),
        "evidence": evidence,
    }


def _footnote(found: Version) -> str:
    gone = f"\nGone from the site since {_minute(found.gone)}" if found.gone else ""
    seen = f"Version {found.number}, seen {_minute(found.first_seen)} to {_minute(found.last_seen)}"
    place = f"Evidence {found.evidence.file} at byte {found.evidence.offset}"
    return f"\n{seen}{gone}\n{place}\n         {found.evidence.payload_digest}\n"


def _minute(time: str) -> str:
    return f"{time[:10]} {time[11:16]} UTC"
