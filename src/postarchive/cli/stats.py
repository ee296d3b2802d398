"""`postarchive stats`: each table is a row of `TABLES`."""

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

import typer

from postarchive.cli.bars import Canvas, has_room, table
from postarchive.cli.common import (
    ArchiveOption,
    RowFormat,
    RowFormatOption,
    archive_path,
    check_extra,
    opened,
    terminal_width,
    text_of,
)
from postarchive.cli.dates import check_range, first_day, last_day
from postarchive.cli.kinds import CHOICES, METAVAR, Kinds, kinds_of
from postarchive.cli.overview import FIELDS, NO_SOURCE, overview_lines, overview_rows, pairs, size_text, undated
from postarchive.cli.tables import Flexible, print_table
from postarchive.errors import UsageError
from postarchive.jsonvalue import Json
from postarchive.store.statistics import OUTCOMES, Figures, Range, Statistics

LATEST_RUNS = 20
MANY = 1_000_000_000
YEAR = re.compile("[0-9]{4}")
NEWS = kinds_of("news")
NO_DATE = "(no date)"
PICTURES: Mapping[str, Literal["svg", "png"]] = MappingProxyType({".svg": "svg", ".png": "png"})


class By(StrEnum):
    """Which table is shown in full."""

    YEAR = "year"
    MONTH = "month"
    SOURCE = "source"
    KIND = "kind"
    RUNS = "runs"
    GROWTH = "growth"


@dataclass(frozen=True, slots=True)
class Counting:
    """What to count: pages of some kinds, in a range of days, the first rows only; a limit of None means all."""

    kinds: Kinds
    days: Range
    limit: int | None


@dataclass(frozen=True, slots=True)
class Statistic:
    """How a table is read, its fields, those that bars add up, those a terminal omits, and what None is called."""

    read: Callable[[Statistics, Counting], Figures]
    fields: tuple[str, ...]
    drawn: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    unnamed: str = ""


TABLES: Mapping[By, Statistic] = MappingProxyType(
    {
        By.YEAR: Statistic(
            lambda figures, wanted: figures.articles("year", wanted.kinds, wanted.days),
            fields=("year", "articles"),
            drawn=("articles",),
            unnamed=NO_DATE,
        ),
        By.MONTH: Statistic(
            lambda figures, wanted: figures.articles("month", wanted.kinds, wanted.days),
            fields=("month", "articles"),
            drawn=("articles",),
            unnamed=NO_DATE,
        ),
        By.SOURCE: Statistic(
            lambda figures, wanted: figures.sources(wanted.kinds, wanted.days, limit=wanted.limit),
            fields=("source", "articles", "first_date", "last_date"),
            drawn=("articles",),
            unnamed=NO_SOURCE,
        ),
        By.KIND: Statistic(
            lambda figures, wanted: figures.kinds(wanted.days),
            fields=("kind", "articles", "pages", "gone", "versions"),
            drawn=("pages",),
        ),
        By.RUNS: Statistic(
            lambda figures, wanted: figures.runs(wanted.days, limit=wanted.limit),
            fields=("run", "ended", *OUTCOMES, "requests"),
            drawn=OUTCOMES,
            left_out=("ended", "requests"),
        ),
        By.GROWTH: Statistic(
            lambda figures, wanted: figures.growth("month", wanted.days),
            fields=("month", "new_pages", "pages", "captures", "bytes"),
            drawn=("pages",),
        ),
    }
)
OF_A_KIND = (By.YEAR, By.MONTH, By.SOURCE, None)
LIMITED: Mapping[By | None, int | None] = MappingProxyType({By.RUNS: LATEST_RUNS, By.SOURCE: None})


def stats(  # noqa: PLR0913 - options of a command
    *,
    archive: ArchiveOption = None,
    by: Annotated[
        By | None, typer.Option(help="Show one table in full instead of the overview.", show_default=False)
    ] = None,
    kind: Annotated[
        Kinds | None,
        typer.Option(
            parser=kinds_of,
            metavar=METAVAR,
            help=f"Count pages of these kinds: {CHOICES}",
            show_default="news; with --plot all",
        ),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Only from this day, month or year on.", show_default=False)
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Only up to this day, month or year.", show_default=False)
    ] = None,
    year: Annotated[str | None, typer.Option(metavar="YEAR", help="Only this year.", show_default=False)] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=MANY,
            help="Maximum number of sources or runs; 0 means no limit.",
            show_default="20 runs, all sources",
        ),
    ] = None,
    format: RowFormatOption = RowFormat.TABLE,  # noqa: A002 - the option's name
    plot: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Draw a chart to FILE.svg or FILE.png instead of printing.", show_default=False
        ),
    ] = None,
) -> None:
    """Count what the archive holds in all: articles by year, month or source, and how it grew.

    An article counts once, however many sheets it has. Years and months are those of the printed date; `--by growth`
    and `--by runs` use the time of capture. `--plot` draws articles per month and growth as a chart; it needs `pip
    install 'postarchive[plot]'`.

    Examples: postarchive stats · postarchive stats --by month --year 2023 · postarchive stats --plot china-post.svg
    """
    days = _range(since, until, year)
    if plot is not None:
        _check_alone("--plot", by=by, limit=limit, format=None if format is RowFormat.TABLE else format)
        _plot(archive_path(archive), plot, kind, days)
        return
    wanted = _wanted(by, kind, days, limit)
    with Statistics(archive_path(archive)) as figures:
        if by is None:
            _print_overview(figures, wanted.kinds, format)
        else:
            _print_table(TABLES[by], TABLES[by].read(figures, wanted), format)


def _range(since: str | None, until: str | None, year: str | None) -> Range:
    """Return the days that count. Raises UsageError for a year with another limit, or an invalid one."""
    if year is None:
        ends = (first_day(since) if since else None), (last_day(until) if until else None)
        return Range(*check_range("--since and --until", *ends))
    if since or until:
        raise UsageError("--year", "already sets both ends; leave out --since and --until")
    if not YEAR.fullmatch(year):
        raise UsageError(f"--year {year}", "is not a year; write it like 2023")
    return Range(first_day(year), last_day(year))


def _wanted(by: By | None, kinds: Kinds | None, days: Range, limit: int | None) -> Counting:
    """Return what to count. Raises UsageError for an option that has no meaning there."""
    where = f"--by {by}" if by else "the overview"
    if kinds is not None and by not in OF_A_KIND:
        raise UsageError("--kind", f"has no effect on {where}; it works with --by year, month and source")
    if limit is not None and by not in LIMITED:
        raise UsageError("--limit", f"has no effect on {where}; it works with --by source and runs")
    if by is None and days != Range():
        raise UsageError("--since, --until and --year", "need a table; add --by month, for example, or --plot")
    most = LIMITED.get(by) if limit is None else limit or None
    return Counting(kinds or NEWS, days, most)


def _check_alone(option: str, **others: object) -> None:
    for name, value in others.items():
        if value is not None:
            raise UsageError(f"{option} and --{name}", "cannot be used together; a chart has its own figures")


def _print_table(shape: Statistic, rows: Figures, output: RowFormat) -> None:
    if output is not RowFormat.TABLE:
        _write(rows, shape.fields, output)
        return
    if not rows:
        typer.echo("Nothing to count.", err=True)
        return
    columns = [name for name in shape.fields if name not in shape.left_out]
    cells = [[_cell(name, row[name]) for name in columns] for row in rows]
    labelled = [[shape.unnamed if row[0] is None else row[0], *row[1:]] for row in cells]
    values = [sum(value for name in shape.drawn if isinstance(value := row[name], int)) for row in rows]
    heads, canvas = [name.replace("_", " ") for name in columns], _canvas()
    if has_room(heads, labelled, canvas):
        _print(table(heads, labelled, values, canvas))
    else:
        print_table([[text_of(value) for value in row] for row in labelled], heads, _flexible(heads))


def _flexible(heads: list[str]) -> Flexible:
    """Return what gives way if there is no room for bars: a source's name, then columns, the last first."""
    return Flexible(
        text=frozenset(("source",)), droppable=tuple(head for head in reversed(heads[2:]) if head != "failed")
    )


def _cell(name: str, value: Json) -> Json:
    return size_text(value) if name == "bytes" and isinstance(value, int) else value


def _print_overview(figures: Statistics, kinds: Kinds, output: RowFormat) -> None:
    totals, years, sources = figures.totals(), figures.articles("year", kinds), figures.sources(kinds)
    if output is not RowFormat.TABLE:
        _write(overview_rows(totals, years, sources), FIELDS, output)
        return
    _print(overview_lines(totals, years, sources, kind=", ".join(kinds), canvas=_canvas()))


def _write(rows: Figures, fields: tuple[str, ...], output: RowFormat) -> None:
    from postarchive.export.rows import FORMATS, write_rows

    with opened(None) as out:
        write_rows(rows, out, format=next(name for name in FORMATS if name == output.value), fields=fields)


def _print(lines: Iterable[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)


def _canvas() -> Canvas:
    return Canvas.of(terminal_width(), sys.stdout.encoding)


def _plot(archive: Path, path: Path, kinds: Kinds | None, days: Range) -> None:
    picture = PICTURES.get(path.suffix.lower())
    if picture is None:
        raise UsageError(f"--plot {path}", "is not a picture; name the file .svg or .png")
    check_extra("--plot", "plot", "matplotlib")
    from postarchive.export.files import atomic_write
    from postarchive.export.plot import Chart, draw

    with Statistics(archive) as figures:
        months = {name: figures.articles("month", name, days) for name in (kinds or figures.dated_kinds(days))}
        growth = figures.growth("day")  # all of it: the days given are those of printed dates
    chart = Chart(
        months={name: pairs(rows, "month", "articles") for name, rows in months.items()},
        undated=sum(undated(rows, "month") for rows in months.values()),
        pages=pairs(growth, "day", "pages"),
        evidence_bytes=pairs(growth, "day", "bytes"),
    )
    with atomic_write(path) as out:
        draw(chart, out, format=picture)
    typer.echo(f"Drew {path}.", err=True)
