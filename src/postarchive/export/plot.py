"""Draw an archive's figures: articles per month by kind, and how the archive grew. Needs the extra `plot`.

The same figures give the same bytes: no date is written, ids in the SVG come from a fixed salt, and the user's
configuration is not read. Without pyplot there is no window, no need for a screen, and no state left in matplotlib.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from types import MappingProxyType
from typing import BinaryIO, Literal, TypeAlias

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, DateFormatter, YearLocator, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

Points: TypeAlias = Sequence[tuple[str, int]]

INCHES = (10.0, 6.0)
COLOURS = MappingProxyType({"news": "#0b6e4f", "stamp": "#e08e1b"})
OTHER_COLOURS = ("#3d5a80", "#9a4c95", "#7a7a7a")
INK, FAINT = "#333333", "#dddddd"
PAGES, EVIDENCE = "#3d5a80", "#b3541e"
BAR_DAYS, YEAR_DAYS = 25.0, 365.25
FIRST_YEAR, AFTER_LAST_YEAR = "1900", "2200"  # as text, like the ISO times that are compared with it
DAY = timedelta(days=1)
ROOM, LOWER_ROOM = 1.08, 1.3  # times the highest value, so that two lines of the same shape do not cover each other
MAX_YEAR_TICKS = 20
UNITS = (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10))


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn: counts by kind and month (`2023-03`), and by day (`2023-03-29`) what the archive held by then.

    `undated` is how many pages have no month.
    """

    months: Mapping[str, Points]
    undated: int
    pages: Points
    evidence_bytes: Points


def draw(chart: Chart, out: BinaryIO, *, format: Literal["svg", "png"]) -> None:  # noqa: A002 - the name of the option
    """Write the picture."""
    with _own_style():
        figure = Figure(figsize=INCHES, layout="constrained")
        FigureCanvasAgg(figure)
        above, below = figure.subplots(2, 1, height_ratios=(3, 2))
        _draw_months(above, chart)
        _draw_growth(below, chart)
        about = {"Date": None, "Creator": "postarchive"} if format == "svg" else {"Software": "postarchive"}
        figure.savefig(out, format=format, dpi=150, metadata=about)


@contextmanager
def _own_style() -> Iterator[None]:
    """Use our own style, whatever the user's configuration says, and log only errors."""
    log = logging.getLogger("matplotlib")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with mpl.rc_context():
            mpl.rcdefaults()
            mpl.rc("font", family=["DejaVu Sans"], size=10)  # a font that comes with matplotlib
            mpl.rc("svg", fonttype="none", hashsalt="postarchive")  # text stays text, for search and reading aloud
            mpl.rc("axes", edgecolor=INK, titlelocation="left", axisbelow=True)
            mpl.rc("axes.spines", top=False, right=False)
            mpl.rc("text", color=INK, parse_math=False)
            yield
    finally:
        log.setLevel(level)


def _draw_months(axes: Axes, chart: Chart) -> None:
    months = {kind: _usable(points) for kind, points in sorted(chart.months.items())}
    everything = sum(count for points in chart.months.values() for _, count in points)
    left_out = chart.undated + everything - sum(sum(counts.values()) for counts in months.values())
    note = f" ({left_out} without a usable one left out)" if left_out else ""
    axes.set_title(f"Articles per month, by printed date{note}")
    every = sorted({month for points in months.values() for month in points})
    if not every:
        _show_empty(axes, "no article with a date")
        return
    days = [date2num(date.fromisoformat(f"{month}-15")) for month in every]
    tops = [0] * len(every)
    for kind, counts in months.items():
        heights = [counts.get(month, 0) for month in every]
        axes.bar(days, heights, BAR_DAYS, bottom=tops, color=_colour(kind), label=f"{kind} ({sum(heights)})")
        tops = [top + height for top, height in zip(tops, heights, strict=True)]
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=len(months), frameon=False)  # above the bars
    _count_up(axes, max(tops), "articles")
    _mark_time(axes, date.fromisoformat(f"{every[0]}-01"), date.fromisoformat(f"{every[-1]}-28"))


def _draw_growth(axes: Axes, chart: Chart) -> None:
    axes.set_title("The archive, by time of capture")
    pages, lengths = _usable(chart.pages), _usable(chart.evidence_bytes)
    if not pages:
        _show_empty(axes, "no capture")
        return
    days = [date.fromisoformat(day) for day in pages]
    _step(axes, days, list(pages.values()), colour=PAGES, style="-")
    _count_up(axes, max(pages.values()), "pages", colour=PAGES)
    right = axes.twinx()
    right.spines["right"].set_visible(True)
    unit, size = _unit(max(lengths.values()))
    sizes = [length / size for length in lengths.values()]
    _step(right, days, sizes, colour=EVIDENCE, style="--")
    right.set_ylabel(f"evidence, {unit}", color=EVIDENCE)
    right.set_ylim(0, LOWER_ROOM * (max(sizes) or 1))
    _mark_time(axes, days[0] - DAY, days[-1] + DAY)


def _step(axes: Axes, days: Sequence[date], heights: Sequence[float], *, colour: str, style: str) -> None:
    """Draw a line that starts at zero the day before the first, so that a single day also makes a line."""
    edges = [date2num(day) for day in (days[0] - DAY, *days, days[-1] + DAY)]
    axes.step(edges, [0, *heights, heights[-1]], where="post", color=colour, linestyle=style, linewidth=2)


def _count_up(axes: Axes, most: int, name: str, *, colour: str = INK) -> None:
    axes.set_ylabel(name, color=colour)
    axes.set_ylim(0, ROOM * max(most, 1))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axes.grid(axis="y", color=FAINT)


def _usable(points: Points) -> dict[str, int]:
    """Return the counts without misprinted times: one article from the year 217 would squeeze all others flat."""
    return {time: count for time, count in points if FIRST_YEAR <= time < AFTER_LAST_YEAR}


def _colour(kind: str) -> str:
    return COLOURS.get(kind) or OTHER_COLOURS[len(kind) % len(OTHER_COLOURS)]


def _unit(most_bytes: int) -> tuple[str, int]:
    """Return the largest unit that fits at least once, and its bytes."""
    return next(((name, size) for name, size in UNITS if most_bytes >= size), ("bytes", 1))


def _mark_time(axes: Axes, first: date, last: date) -> None:
    """Label a long time axis with years, a short one with months or days."""
    years = (last - first).days / YEAR_DAYS
    if years > 2:  # noqa: PLR2004 - two years of months still fit
        axes.xaxis.set_major_locator(YearLocator(ceil(years / MAX_YEAR_TICKS)))
        axes.xaxis.set_major_formatter(DateFormatter("%Y"))
        return
    locator = AutoDateLocator(minticks=2, maxticks=8)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def _show_empty(axes: Axes, why: str) -> None:
    axes.text(0.5, 0.5, why, ha="center", va="center", transform=axes.transAxes)
    axes.set_xticks([])
    axes.set_yticks([])
