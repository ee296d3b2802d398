"""`postarchive query`."""

import re
import sys
from contextlib import closing
from enum import StrEnum
from typing import Annotated

import typer
from typer.core import TyperCommand

from postarchive.cli.common import ArchiveOption, archive_path, is_terminal, print_table, text_of
from postarchive.cli.dates import first_day, last_day
from postarchive.cli.kinds import Kind
from postarchive.errors import UsageError
from postarchive.models import Json
from postarchive.store.find import Search
from postarchive.store.read import Reader

ON_A_TERMINAL, MANY = 20, 1_000_000_000
EXCLUDED = re.compile(r"-[^-].+", re.DOTALL)  # -dragon; one letter alone is an option, -a
FIELDS = ("url", "node", "kind", "date", "title", "source")
IN_A_TABLE = ("date", "kind", "title", "source", "node")
KNOWN_FIELDS = (
    *("url", "kind", "node", "sheet", "title", "subtitle", "source", "date", "created", "editor", "paragraphs"),
    *("images", "attachments", "hotlines", "registrations", "leftovers", "section", "warnings", "stamp", "entries"),
    *("next_url", "sheets", "gone"),
)


class QueryCommand(TyperCommand):
    """A command to which `-dragon` is a word that must not occur, and no bundle of options."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]  # typer hides click's
        """Put such words behind `--`, where no option is looked for; what a person put there stays."""
        if "--" in args:
            return super().parse_args(ctx, args)
        excluded = [word for word in args if EXCLUDED.fullmatch(word)]
        rest = [word for word in args if word not in excluded]
        return super().parse_args(ctx, [*rest, "--", *excluded])


class Format(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    TSV = "tsv"
    MD = "md"


def query(  # noqa: PLR0913 - options of a command
    text: Annotated[
        list[str] | None,
        typer.Argument(help='Words to find; "a phrase", -not, one OR other, title:word.', show_default=False),
    ] = None,
    *,
    archive: ArchiveOption = None,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="From this day, month or year on.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Up to this day, month or year.")] = None,
    kind: Annotated[Kind | None, typer.Option(help="Only this kind of page.")] = None,
    source: Annotated[str | None, typer.Option(help="Only from this source, as the byline names it.")] = None,
    host: Annotated[str | None, typer.Option(help="Only what was seen on this host.")] = None,
    gone: Annotated[bool, typer.Option("--gone", help="Only what is gone from the site.")] = False,
    all_hosts: Annotated[bool, typer.Option("--all-hosts", help="A row for each host a page was seen on.")] = False,
    limit: Annotated[
        int | None, typer.Option(min=0, max=MANY, help="Most rows; 0 is no limit. 20 on a terminal, all when piped.")
    ] = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print rows.")] = Format.TABLE,  # noqa: A002 - the option's name
    fields: Annotated[
        str | None, typer.Option(metavar="A,B", help="Fields of the record to print, paragraphs too.")
    ] = None,
) -> None:
    """Search and filter the records; without words, the newest first.

    Examples: postarchive query '"rural revitalization"' · postarchive query 邮政 -stamp --since 2023 --format jsonl
    """
    most = (ON_A_TERMINAL if is_terminal() else 0) if limit is None else limit
    wanted = Search(
        text=" ".join(text or ()),
        since=first_day(since) if since else None,
        until=last_day(until) if until else None,
        kind=kind,
        source=source,
        host=host,
        is_gone=gone,
        all_hosts=all_hosts,
        limit=most or None,
    )
    columns = _columns(fields, format)
    with Reader(archive_path(archive)) as reader:
        count = _print(reader, wanted, format, columns)
        if count == 0:
            _explain_nothing(reader, wanted)
        elif count == most and limit is None:
            typer.echo(f"The first {count}; --limit 0 shows all.", err=True)


def _columns(fields: str | None, output: Format) -> tuple[str, ...]:
    if fields is None:
        return IN_A_TABLE if output is Format.TABLE else FIELDS
    columns = tuple(name.strip() for name in fields.split(",") if name.strip())
    if not columns:
        raise UsageError("--fields", f"names no field; there are {', '.join(KNOWN_FIELDS)}")
    for name in columns:
        if name not in KNOWN_FIELDS:
            from difflib import get_close_matches  # noqa: PLC0415

            near = get_close_matches(name, KNOWN_FIELDS, n=1)
            advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(KNOWN_FIELDS)}"
            raise UsageError(f"--fields {name}", f"no such field; {advice}")
    return columns


def _print(reader: Reader, wanted: Search, output: Format, columns: tuple[str, ...]) -> int:
    with closing(reader.search(wanted)) as rows:
        if output is not Format.TABLE:
            from postarchive.export import FORMATS, write_rows  # noqa: PLC0415

            named = next(name for name in FORMATS if name == output.value)
            return write_rows(rows, sys.stdout, format=named, fields=columns)
        shown = [[text_of(_cell(row.get(column))) for column in columns] for row in rows]
    if shown:
        print_table(shown, columns, flexible="title")
    return len(shown)


def _cell(value: Json) -> Json:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return " ".join(str(item) for item in value)
    if isinstance(value, (list, dict)):
        import json  # noqa: PLC0415

        return json.dumps(value, ensure_ascii=False)
    return value


def _explain_nothing(reader: Reader, wanted: Search) -> None:
    if reader.count() == 0:
        typer.echo("The archive is empty; `postarchive fetch URL` fills it.", err=True)
        return
    near = reader.suggestions(wanted.text)
    advice = f" Did you mean {', '.join(near)}?" if near else ""
    typer.echo(f"Nothing found.{advice}", err=True)
