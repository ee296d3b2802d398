"""Measure parsing and rebuilding, for the fixtures and for pages of real size, in one table.

Ratios are to floors of the same run, which no program on these libraries gets below: for the parser lxml's tree of the
page; for a rebuild also reading the file with fastwarc, and SQLite's `executemany` of the same rows. Times are CPU
time. Below the table: a rebuild with one process and with one per core, by the clock, and a whole fetch compared with
wget. `--page FILE` adds a saved page. Exit code 1 if a bound is broken.
"""

import argparse
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import parse as parsing
from bs4 import XMLParsedAsHTMLWarning
from fetch import MAX_TIMES_WGET, compared
from realsize import captures
from rebuild import SIZES, copies, measured, too_slow, write

from postarchive.ahead.crew import cores
from postarchive.collect import rebuild
from postarchive.models import Capture

PAGES, ROUNDS = 100, 3
RIVAL_PAGES = 3  # of each subject; more would take the rivals too long
MANY_PAGES, FETCHED_PAGES = 1200, 300
MIN_OF_TWO_CORES = 1.6
RIVALS = {"beautifulsoup": "bs4", "trafilatura": "trafil."}


def main() -> int:
    """Print the table and the comparisons below it; return 1 if a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=PAGES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--page", type=Path, help="a saved page to measure too")
    parser.add_argument("--only", default="", help="only pages whose name contains this, and nothing below the table")
    options = parser.parse_args()
    warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
    broken = []
    print(heading())
    for name, pages in subjects(options.pages, options.page):
        if options.only in name:
            broken += measure(name, pages, options.rounds)
    if not options.only:
        broken += [*in_processes(options.rounds), *beside_wget(options.rounds)]
    print(*(f"broken: {sentence}" for sentence in broken), sep="\n", end="\n" if broken else "all bounds hold\n")
    return 1 if broken else 0


def subjects(number: int, saved: Path | None) -> Iterator[tuple[str, list[Capture]]]:
    """Yield the name of each subject with its pages."""
    yield "fixtures", list(parsing.pages())
    for kind in ("English", "Chinese", "list"):
        for size in SIZES:
            yield f"{kind} {size} kB", list(captures(kind, size, number))
    if saved is not None:
        yield "saved page", list(copies(saved.read_bytes(), number))


def heading() -> str:
    """Return the header of the table."""
    rivals = "".join(f"{short:>9}" for short in RIVALS.values())
    return (
        f"{'':15}{'kB':>5}{'lxml ms':>9}{'parse ms':>10}{'x lxml':>8}{rivals}{'rebuild ms':>12}{'pages/s':>9}"
        f"{'x lxml':>8}{'x floors':>10}{'fastwarc':>10}{'rows ms':>9}"
    )


def measure(name: str, pages: list[Capture], rounds: int) -> list[str]:
    """Print a subject's row; return the bounds that it breaks."""
    some = pages if name == "fixtures" else pages[:RIVAL_PAGES]
    times = parsing.measure(parsing.contestants(), some, rounds=rounds)
    parsed = {contestant: statistics.fmean(found) for contestant, found in times.items()}
    made = measured(pages, rounds)
    floor, ours = parsed["floor"], parsed["postarchive"]
    rivals = "".join(f"{parsed[rival] / floor:9.1f}" if rival in parsed else f"{'-':>9}" for rival in RIVALS)
    figures = f"{name:15}{size_of(pages):5.0f}{floor:9.2f}{ours:10.2f}{ours / floor:8.2f}{rivals}"
    rebuilt = f"{made.rebuild:12.2f}{made.speed:9.0f}{made.rebuild / made.tree:8.2f}{made.rebuild / made.floor:10.2f}"
    print(f"{figures}{rebuilt}{made.reading:10.2f}{made.rows:9.2f}", flush=True)
    broken = list(parsing.broken_bounds(parsed)) if name == "fixtures" else []
    return broken + too_slow(name, made)


def size_of(pages: Sequence[Capture]) -> float:
    """Return the mean size of pages in kilobytes."""
    return statistics.fmean(len(page.body) for page in pages) / 1024


def in_processes(rounds: int) -> list[str]:
    """Rebuild an archive in one process and in one per core, in turns; return the broken bound, if any."""
    jobs = cores()
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "archive"
        write(archive, captures("English", 32, MANY_PAGES))
        seconds = [(seconds_of(archive, 1), seconds_of(archive, jobs)) for _ in range(rounds)]
    alone, together = (min(took) for took in zip(*seconds, strict=True))
    gain = alone / together
    print(f"\nrebuild of {MANY_PAGES} pages of 32 kB, by the clock: {alone:.1f} s", end="")
    print(f"; {together:.1f} s with {jobs} jobs, {gain:.2f} times as fast" if jobs > 1 else "")
    is_broken = jobs > 1 and gain < MIN_OF_TWO_CORES
    return [f"{jobs} jobs are {gain:.2f} times one; the bound is {MIN_OF_TWO_CORES}"] if is_broken else []


def seconds_of(archive: Path, jobs: int) -> float:
    """Return the wall time of a rebuild, in seconds."""
    start = time.perf_counter()
    rebuild(archive, jobs=jobs)
    return time.perf_counter() - start


def beside_wget(rounds: int) -> list[str]:
    """Fetch a local site with both; return the broken bound, if any; none without wget."""
    took = compared(FETCHED_PAGES, rounds)
    ours, wget = took["postarchive fetch"], took.get("wget -r --warc-file")
    if wget is None:
        print("wget is not installed, so fetch is not compared")
        return []
    ratio = ours / wget
    print(f"a whole fetch of {FETCHED_PAGES} pages of 32 kB: {ratio:.2f} times the CPU of wget")
    return [f"fetch takes {ratio:.2f} times wget; the bound is {MAX_TIMES_WGET}"] if ratio > MAX_TIMES_WGET else []


if __name__ == "__main__":
    sys.exit(main())
