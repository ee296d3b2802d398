"""`postarchive rebuild`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from postarchive.cli.common import (
    ArchiveOption,
    JobsOption,
    TableOrJson,
    WaitOption,
    archive_path,
    counted,
    importing,
    jobs_of,
    print_json,
)
from postarchive.cli.signals import breaking_off
from postarchive.cli.tables import Flexible, print_table
from postarchive.export.plain import printable
from postarchive.jsonvalue import Json, JsonObject

if TYPE_CHECKING:
    from postarchive.collect.compare import Comparison, Sample

SOMETHING_LOST = 4
SOMETHING_DAMAGED = 65
FATES = ("unchanged", "gained", "lost", "altered")
SHOWN_CHARACTERS = 60
SAMPLES = Flexible(text=frozenset(("old", "new")))
SHOWN_PROBLEMS = 10


def rebuild(  # noqa: PLR0913 - options of a command
    *,
    archive: ArchiveOption = None,
    skip_damaged: Annotated[
        bool,
        typer.Option(
            "--skip-damaged",
            help="Leave out damaged records even if the present database has them; it is kept as a copy.",
        ),
    ] = False,
    compare: Annotated[
        bool, typer.Option("--compare", help="Only show what would change, field by field; write nothing.")
    ] = False,
    jobs: JobsOption = None,
    wait: WaitOption = 0.0,
    format: Annotated[  # noqa: A002 - the option's name
        TableOrJson, typer.Option("--format", "-f", help="Output format of a comparison.")
    ] = TableOrJson.TABLE,
) -> None:
    """Rebuild the database from the WARC files; the old one stays until the new one is complete.

    If a record in the WARC files is damaged, the present database stays, because it may have what was read from the
    record: restore the file from a copy, or use --skip-damaged. Without a usable database, damaged records are left
    out. Exit code 65 in both cases; each damaged place is named.

    With --compare nothing is written: it shows what a changed parser would do to each field of all records, with
    samples. Exit code 4 if anything would be lost.

    Examples: postarchive rebuild --archive /srv/postarchive · postarchive rebuild --compare --format json
    """
    if compare:
        _compare(archive_path(archive), format, jobs_of(jobs))
        return
    with importing():
        from postarchive.collect import rebuild as rebuild_archive

    with breaking_off():
        made = rebuild_archive(archive_path(archive), wait_seconds=wait, jobs=jobs_of(jobs), skips_damaged=skip_damaged)
    typer.echo(f"Rebuilt from {counted(made.files, 'WARC file')} with {counted(made.events, 'event')}.")
    _print_problems(made.bugs, "bug")
    _print_problems(made.damages, "damaged")
    if made.kept:
        typer.echo(f"The database before this rebuild is kept: {printable(str(made.kept))}", err=True)
    if made.damages:
        raise typer.Exit(SOMETHING_DAMAGED)


def _print_problems(details: tuple[str, ...], kind: str) -> None:
    for detail in details[:SHOWN_PROBLEMS]:
        typer.echo(printable(detail), err=True)
    if len(details) > SHOWN_PROBLEMS:
        more = len(details) - SHOWN_PROBLEMS
        typer.echo(f"and {more} more, in the database as problems of the kind {kind}", err=True)


def _compare(folder: Path, output: TableOrJson, jobs: int) -> None:
    from postarchive.collect.compare import compare

    with breaking_off():
        found = compare(folder, jobs=jobs)
    if output is TableOrJson.JSON:
        print_json(_document(found))
    else:
        _print_comparison(found)
    _print_problems(tuple(found.damages), "damaged")
    raise typer.Exit(_exit_code(found))


def _exit_code(found: "Comparison") -> int:
    """Return the exit code for what was found; with damage, no loss is certain, because those records were not read."""
    if found.damages:
        return SOMETHING_DAMAGED
    return SOMETHING_LOST if found.is_lossy else 0


def _print_comparison(found: "Comparison") -> None:
    rows = [[name, *(str(counts[fate]) for fate in FATES)] for name, counts in found.table().items()]
    print_table(rows, ("field", *FATES))
    if found.samples:
        typer.echo("")
        print_table([_sample_row(sample) for sample in found.samples], ("field", "fate", "url", "old", "new"), SAMPLES)
    unread = f"; {found.unread} could no longer be read" if found.unread else ""
    typer.echo(f"{found.records} records compared{unread}; nothing was written.", err=True)


def _sample_row(sample: "Sample") -> list[str]:
    old, new = _text(sample.old), _text(sample.new)
    same = next((place for place, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), 0)
    start = max(same - SHOWN_CHARACTERS // 3, 0)
    return [sample.field, sample.fate, sample.url, *(_shown(text, start) for text in (old, new))]


def _text(value: Json) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


def _shown(text: str, start: int) -> str:
    """Return the part of a text from where it begins to differ."""
    end = start + SHOWN_CHARACTERS
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def _document(found: "Comparison") -> JsonObject:
    fields: JsonObject = {name: dict(counts) for name, counts in found.table().items()}
    samples: list[Json] = [
        {"field": item.field, "fate": item.fate, "url": item.url, "old": item.old, "new": item.new}
        for item in found.samples
    ]
    return {
        "exit_code": _exit_code(found),
        "records": found.records,
        "unread": found.unread,
        "damages": list(found.damages),
        "fields": fields,
        "samples": samples,
    }
