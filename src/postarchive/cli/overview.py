"""What `postarchive stats` prints without options: one screen, or rows for a program."""

from collections.abc import Iterator

from postarchive.cli.bars import Canvas, table
from postarchive.cli.common import counted
from postarchive.store.statistics import Figures, Totals

MAX_YEARS, TOP_SOURCES = 16, 5
MINUTE = 16  # characters of an ISO time up to its minute
UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")
FIELDS = ("part", "name", "value")
TOTALS = ("pages", "gone", "versions", "captures", "first_capture", "last_capture", "runs", "files", "evidence_bytes")
NO_SOURCE = "(not shown)"


def overview_lines(totals: Totals, years: Figures, sources: Figures, *, kind: str, canvas: Canvas) -> Iterator[str]:
    """Yield the lines for people: the totals, pages of a kind (or several) by year, and the top sources."""
    yield from _total_lines(totals)
    yield ""
    yield from _year_lines(years, kind, canvas)
    yield ""
    yield from _source_lines(sources, canvas)


def overview_rows(totals: Totals, years: Figures, sources: Figures) -> Figures:
    """Return the same as rows of part, name and value; the name is None for pages without a date or source."""
    return [
        *({"part": "total", "name": name, "value": getattr(totals, name)} for name in TOTALS),
        *({"part": "kind", "name": name, "value": count} for name, count in totals.kinds),
        *({"part": "article", "name": name, "value": count} for name, count in totals.articles),
        *({"part": "year", "name": row["year"], "value": row["articles"]} for row in years),
        *({"part": "source", "name": row["source"], "value": row["articles"]} for row in sources),
    ]


def size_text(length_bytes: int) -> str:
    """Return a length as people write it."""
    power = min((max(length_bytes, 1).bit_length() - 1) // 10, len(UNITS) - 1)
    return f"{length_bytes / 2 ** (10 * power):.{1 if power else 0}f} {UNITS[power]}"


def undated(rows: Figures, period: str) -> int:
    """Return how many pages have no date, from rows by year or month."""
    return sum(count for row in rows if row[period] is None and isinstance(count := row["articles"], int))


def pairs(rows: Figures, key: str, value: str) -> list[tuple[str, int]]:
    """Return names with their values, without the row that has no name."""
    return [
        (name, number) for row in rows if isinstance(name := row[key], str) and isinstance(number := row[value], int)
    ]


def _total_lines(totals: Totals) -> Iterator[str]:
    kinds = ", ".join(f"{count} {name}" for name, count in totals.kinds)
    seen = f", {_minute(totals.first_capture)} to {_minute(totals.last_capture)} UTC" if totals.captures else ""
    yield f"Pages     {totals.pages}{f': {kinds}' if kinds else ''}; {totals.gone} gone"
    yield from _sheet_lines(totals)
    yield f"Versions  {totals.versions}"
    yield f"Captures  {totals.captures} in {counted(totals.runs, 'run')}{seen}"
    yield f"Evidence  {size_text(totals.evidence_bytes)} in {counted(totals.files, 'WARC file')}"


def _sheet_lines(totals: Totals) -> Iterator[str]:
    """Yield a line for each kind in which some articles have several sheets: how many articles it has."""
    pages = dict(totals.kinds)
    for name, articles in totals.articles:
        further = pages[name] - articles
        if further:
            are = "is a further sheet" if further == 1 else "are further sheets"
            yield f"Articles  {articles} {name}; {counted(further, 'page')} {are}"


def _year_lines(years: Figures, kind: str, canvas: Canvas) -> Iterator[str]:
    dated = pairs(years, "year", "articles")
    name = "Articles" if kind == "news" else f"Pages of kind {kind}"
    yield f"{name} by year: {sum(count for _, count in dated)}, and {undated(years, 'year')} without a date"
    rows = _latest(dated)
    yield from table((), rows, [count for _, count in rows], canvas)


def _latest(years: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return the latest years; if there are more than fit on a screen, all earlier ones are one row."""
    if len(years) <= MAX_YEARS:
        return years
    early, late = years[: 1 - MAX_YEARS], years[1 - MAX_YEARS :]
    return [(f"to {early[-1][0]}", sum(count for _, count in early)), *late]


def _source_lines(sources: Figures, canvas: Canvas) -> Iterator[str]:
    named: Figures = [row | {"source": row["source"] or NO_SOURCE} for row in sources]
    top = pairs(named, "source", "articles")[:TOP_SOURCES]
    yield f"Sources{f', the first {len(top)} of {len(named)}' if len(named) > len(top) else ''}"
    yield from table((), top, [count for _, count in top], canvas)


def _minute(time: str | None) -> str:
    return (time or "")[:MINUTE].replace("T", " ")
