"""`postarchive query`: a search by words and filters, or an SQL statement."""

import re
from contextlib import closing
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from postarchive.cli.common import ArchiveOption, RowFormat, archive_path, counted, is_terminal, opened
from postarchive.cli.found import FIELDS, IN_A_TABLE, RowOutput, known_columns, print_found, print_rows
from postarchive.cli.help import Command
from postarchive.cli.kinds import CHOICES, METAVAR, Kinds, kinds_of
from postarchive.errors import UsageError
from postarchive.store.fields import DATES, NAMES, TEXTS, check_path
from postarchive.store.find import COLUMNS, RANK, Finder, Search

SORTS = (RANK, *DATES, *TEXTS)
ALIKE = 0.7
AS_TEXT = ("", "txt", "text")  # file name endings that mean a table
# -dragon, -"Year of the Dragon", -title:dragon
EXCLUSION = re.compile(r'(?:^|(?<=\s))-(?!-)(?:title:)?(?:"[^"]*"|\S+)')
PREFIX = re.compile(r"(?:^|(?<=\s))-?([^\W\d_]{3,}):\S")  # tittle:dragon
ON_A_TERMINAL, MANY = 20, 1_000_000_000
EXCLUDED = re.compile(r"-[^-].+", re.DOTALL)  # -dragon; a single letter is an option, -a


class QueryCommand(Command):
    """A command that takes `-dragon` for a word that must not occur, not for a bundle of options."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]  # typer hides click's
        """Move such words after `--`, where nothing is an option; what a person put there stays."""
        if "--" in args:
            return super().parse_args(ctx, args)
        options = [option for option in self.params if option.param_type_name == "option" and not option.is_flag]
        taking = {name for option in options for name in option.opts}  # the next word is their value
        places = [place for place, word in enumerate(args) if EXCLUDED.fullmatch(word)]
        excluded = [place for place in places if not place or args[place - 1] not in taking]
        rest = [word for place, word in enumerate(args) if place not in excluded]
        return super().parse_args(ctx, [*rest, "--", *(args[place] for place in excluded)])


COMMAND_CLASS = QueryCommand


class Holding(StrEnum):
    """What a record may have besides text."""

    IMAGE = "image"
    ATTACHMENT = "attachment"


def query(  # noqa: PLR0913 - options of a command
    text: Annotated[
        list[str] | None,
        typer.Argument(help='Words to find; "a phrase", -excluded, one OR other, title:word.', show_default=False),
    ] = None,
    *,
    archive: ArchiveOption = None,
    date: Annotated[
        str | None,
        typer.Option(metavar="RANGE", help="2023, March 2023, 2023-03-29, last-year, 30d, 2021-2023, ..2015."),
    ] = None,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="Only from this day, month or year on.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Only up to this day, month or year.")] = None,
    kind: Annotated[
        Kinds | None, typer.Option(parser=kinds_of, metavar=METAVAR, help=f"Only these kinds of page: {CHOICES}")
    ] = None,
    source: Annotated[str | None, typer.Option(help="Only from this source, as printed in the byline.")] = None,
    host: Annotated[str | None, typer.Option(help="Only pages seen on this host.")] = None,
    has: Annotated[
        list[Holding] | None, typer.Option(help="Only pages with a picture or with a file; may be repeated.")
    ] = None,
    serial: Annotated[str | None, typer.Option(help="Only the stamp with this serial number, such as 2017-24.")] = None,
    year: Annotated[
        int | None, typer.Option(min=1, max=9999, help="Only this year; for stamps, the year of the serial number.")
    ] = None,
    designer: Annotated[str | None, typer.Option(help="Only stamps whose designer's name contains this.")] = None,
    changed: Annotated[
        bool, typer.Option("--changed", help="Only pages that were edited since they were first captured.")
    ] = False,
    gone: Annotated[bool, typer.Option("--gone", help="Only pages that are gone from the site.")] = False,
    all_hosts: Annotated[
        bool, typer.Option("--all-hosts", help="One row for each host that a page was seen on.")
    ] = False,
    sort: Annotated[
        str | None,
        typer.Option(
            metavar="FIELD",
            help="rank (best match first), a date such as created (newest first) or a text such as title.",
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=0, max=MANY, help="Maximum number of rows; 0 means no limit. By default 20 on a terminal, else all."
        ),
    ] = None,
    count: Annotated[bool, typer.Option("--count", help="Print only the number of pages found.")] = False,
    format: Annotated[  # noqa: A002 - the option's name
        RowFormat | None,
        typer.Option(
            "--format",
            "-f",
            help="Output format; by default a table, or what the name of FILE says.",
            show_default=False,
        ),
    ] = None,
    fields: Annotated[
        str | None,
        typer.Option(
            metavar="A,B",
            help=f"Fields to print: {', '.join(NAMES)}, snippet; or inside one: stamp.serial, images.url.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to this file instead of stdout.")
    ] = None,
    sql: Annotated[
        str | None,
        typer.Option(
            "--sql",
            metavar="SELECT",
            help="Run one read-only SQL statement instead of a search, on "
            f"`pages` ({', '.join(COLUMNS)}), `versions`, whose `record` has all fields as JSON, and others.",
        ),
    ] = None,
) -> None:
    """Search and filter the records; without words, list the newest first.

    Words match in all their forms, Chinese from a single character. On a terminal, matches are shown in context. --sql
    queries the database itself: `article = id` counts an article in several sheets once, as this command does, and
    `search MATCH words('邮政')` finds what the word would find here.

    Examples: postarchive query '"rural revitalization"' · postarchive query 邮政 -stamp --date 2021..2023 -f jsonl ·
    postarchive query --kind stamp --year 2017 -o 2017.csv ·
    postarchive query --sql 'SELECT kind, count(*) FROM pages WHERE article = id GROUP BY kind'
    """
    shown = format or _format_of(output)
    if sql is not None:
        _refuse_besides_sql(text, fields, count=count)
        _print_sql(archive_path(archive), sql, shown, output, limit)
        return
    first, last = _range(date, since, until)
    bounds = (ON_A_TERMINAL if is_terminal() and output is None else 0) if limit is None else limit
    wanted = Search(
        text=" ".join(text or ()),
        since=first,
        until=last,
        kinds=kind or (),
        source=source,
        host=host,
        serial=serial,
        designer=designer,
        year=year,
        has=tuple(part.value for part in has or ()),
        is_gone=gone,
        is_changed=changed,
        all_hosts=all_hosts,
        limit=bounds or None,
        sort=check_path("--sort", sort.strip().lower(), SORTS) if sort else None,
    )
    columns = known_columns(fields) if fields is not None else IN_A_TABLE if shown is RowFormat.TABLE else FIELDS
    with Finder(archive_path(archive)) as finder, opened(output) as out:
        if count:
            out.write(f"{finder.count_found(wanted)}\n")
            return
        is_shown = output is None and is_terminal()
        found = print_found(finder, wanted, RowOutput(out, shown.value, columns, is_shown=is_shown))
        if found == 0:
            _explain_nothing(finder, wanted)
        elif found == bounds and limit is None:
            typer.echo(f"The first {found} of {finder.count_found(wanted)}; --limit 0 shows all.", err=True)


def _range(date: str | None, since: str | None, until: str | None) -> tuple[str | None, str | None]:
    """Return first and last day, in ISO; None for one that no option gives."""
    if date is None and since is None and until is None:
        return None, None
    from postarchive.cli.dates import check_range, day_range, first_day, last_day

    first, last = day_range(date) if date is not None else (None, None)
    named = " and ".join(f"--{name}" for name, text in (("date", date), ("since", since), ("until", until)) if text)
    return check_range(named, first_day(since) if since else first, last_day(until) if until else last)


def _format_of(output: Path | None) -> RowFormat:
    """Return the format of a file's name, such as rows.csv. Raises UsageError for an unknown one."""
    suffix = output.suffix.removeprefix(".").lower() if output else ""
    if suffix not in (*AS_TEXT, *RowFormat):
        known = ", ".join(f".{name}" for name in RowFormat if name is not RowFormat.TABLE)
        raise UsageError(
            f"-o {output}", f"there is no format called {suffix}; name the file {known} or .txt, or add --format"
        )
    return RowFormat.TABLE if suffix in AS_TEXT else RowFormat(suffix)


def _refuse_besides_sql(text: list[str] | None, fields: str | None, *, count: bool) -> None:
    for name, is_given in (("words", bool(text)), ("--fields", fields is not None), ("--count", count)):
        if is_given:
            raise UsageError("--sql", f"cannot be combined with {name}; put it into the statement")


def _print_sql(archive: Path, statement: str, shown: RowFormat, output: Path | None, limit: int | None) -> None:
    from postarchive.store.sql import TABULATED, WRITTEN, run_sql

    bounds = TABULATED if shown is RowFormat.TABLE else WRITTEN
    with run_sql(archive, statement, bounds=bounds) as found, opened(output) as out, closing(found.rows) as rows:
        print_rows(islice(rows, limit or None), RowOutput(out, shown.value, found.columns, is_record=False))


def _explain_nothing(finder: Finder, wanted: Search) -> None:
    if finder.count() == 0:
        typer.echo("The archive is empty; run `postarchive fetch` to fill it.", err=True)
        return
    excluded = _without_exclusions(finder, wanted)
    if excluded:
        typer.echo(f"Nothing found: without your exclusions, {counted(excluded, 'page')} would match.", err=True)
        return
    near = _prefix(wanted.text) or finder.suggestions(wanted.text)
    advice = f" Did you mean {', '.join(near)}?" if near else ""
    typer.echo(f"Nothing found.{advice}", err=True)


def _without_exclusions(finder: Finder, wanted: Search) -> int:
    """Return how many pages a search would find without its excluded words; 0 when it has none."""
    kept = EXCLUSION.sub("", wanted.text)
    if kept == wanted.text or not kept.strip():
        return 0
    return finder.count_found(wanted._replace(text=kept, limit=None))


def _prefix(text: str) -> list[str]:
    """Return the valid prefix if a word has one that is misspelt."""
    from difflib import SequenceMatcher

    given = [found.lower() for found in PREFIX.findall(text)]
    return (
        ["title:"]
        if any(SequenceMatcher(None, name, "title").ratio() > ALIKE for name in given if name != "title")
        else []
    )
