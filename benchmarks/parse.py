"""Measure the parser against its floor (lxml's bare tree) and its rivals, in turns in one run.

On all fixtures, which are small, and on generated pages of real size; `--page FILE` adds a saved page.
"""

import argparse
import importlib
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

import lxml.html
from bs4 import BeautifulSoup, XMLParsedAsHTMLWarning
from realsize import captures as real_size

from postarchive.errors import UnreadableInput
from postarchive.models import Capture
from postarchive.pages import parse

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "html"
PAGES = (".htm", ".html")
SEED = "http://english.chinapost.com.cn/html1/report/2304/8456-1.htm"  # the page whose sentences are the site's own
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
FIELDS = "#ReportIDname, #ReportIDMediaName, #ReportIDIssueTime, #ReportIDtext, #StampIDsubject, #StampIDcontent"
ROUNDS = 15
SIZES = (16, 32, 64)  # kB
MAX_TIMES_FLOOR = 3.2
MAX_TIMES_TRAFILATURA = 0.1

Contestant: TypeAlias = Callable[[Capture], object]
Times: TypeAlias = Mapping[str, Sequence[float]]  # by contestant, the milliseconds of each page


def main() -> int:
    """Print the tables; return 1 if a bound is broken."""
    options = command_line()
    captures = pages()
    warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)  # XHTML pages are read as HTML on purpose
    times = measure(contestants(), list(captures), rounds=options.rounds)
    overall = means(times, range(len(captures)))
    print_table(overall, pages=len(captures))
    print_kinds(times, captures)
    print_sizes(real_pages(options.page), rounds=options.rounds)
    broken = list(broken_bounds(overall))
    print(*broken, sep="\n", end="\n" if broken else "")
    return 1 if broken else 0


def command_line() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--page", type=Path, help="a saved page to measure too")
    return parser.parse_args()


def real_pages(saved: Path | None) -> dict[str, Capture]:
    """Return one page of each kind and size, and the saved one, by name."""
    found = {
        f"{kind} {size} kB": next(iter(real_size(kind, size, pages=1)))
        for kind in ("English", "Chinese", "list")
        for size in SIZES
    }
    if saved is not None:
        found[saved.name[:14]] = Capture(SEED, EPOCH, 200, (("Content-Type", "text/html"),), saved.read_bytes())
    return found


def pages() -> dict[Capture, str]:
    """Return the fixtures that give a record, with their kind; refused pages cost nothing and would flatter us."""
    paths = (path for path in sorted(FIXTURES.rglob("*")) if path.suffix in PAGES)
    found = {capture: kind for path in paths if (kind := kind_of(capture := capture_of(path)))}
    if not found:
        sys.exit(f"no pages under {FIXTURES}")
    return found


def capture_of(path: Path) -> Capture:
    """Return a saved page as it would have been received from its URL."""
    url = f"http://{path.relative_to(FIXTURES).as_posix()}"
    return Capture(url, EPOCH, 200, (("Content-Type", "text/html"),), path.read_bytes())


def kind_of(capture: Capture) -> str | None:
    """Return the kind of a page's record; None when the parser refuses the page."""
    try:
        return parse(capture).kind
    except UnreadableInput:
        return None


def contestants() -> dict[str, Contestant]:
    """Return what is measured, by name; trafilatura only if it is installed."""
    found: dict[str, Contestant] = {"floor": bare_tree, "postarchive": parse, "beautifulsoup": with_beautifulsoup}
    try:
        trafilatura = importlib.import_module("trafilatura")
    except ModuleNotFoundError:
        return found
    return found | {"trafilatura": with_trafilatura(trafilatura)}


def bare_tree(capture: Capture) -> object:
    """Build lxml's tree: what every parser on lxml must pay."""
    return lxml.html.fromstring(capture.body)


def with_beautifulsoup(capture: Capture) -> object:
    """Read title, byline and body the usual way."""
    soup = BeautifulSoup(capture.body, "lxml")
    return [element.get_text(" ", strip=True) for element in soup.select(FIELDS)]


def with_trafilatura(trafilatura: ModuleType) -> Contestant:
    """Return trafilatura's extraction, with title, author and date."""
    return lambda capture: trafilatura.bare_extraction(capture.body, url=capture.url, with_metadata=True)


def measure(subjects: Mapping[str, Contestant], captures: list[Capture], *, rounds: int) -> Times:
    """Return the median over the rounds for each page; a first round warms up and does not count.

    The contestants take turns, so that a busy moment slows them all.
    """
    times: dict[str, list[list[float]]] = {name: [] for name in subjects}
    for _ in range(rounds + 1):
        for name, subject in subjects.items():
            times[name].append([timed(subject, capture) for capture in captures])
    return {name: list(map(statistics.median, zip(*found[1:], strict=True))) for name, found in times.items()}


def timed(subject: Contestant, capture: Capture) -> float:
    """Return the CPU milliseconds of a page."""
    start = time.process_time()
    subject(capture)
    return (time.process_time() - start) * 1000


def means(times: Times, pages: Sequence[int]) -> dict[str, float]:
    """Return each contestant's mean milliseconds over the pages with these numbers."""
    return {name: statistics.fmean(found[page] for page in pages) for name, found in times.items()}


def print_table(overall: Mapping[str, float], *, pages: int) -> None:
    """Print what each takes, with its ratios to the floor and to ours."""
    print(f"{pages} pages, milliseconds a page")
    print(f"{'':15}{'ms':>9}{'x floor':>9}{'x ours':>9}")
    for name, took in overall.items():
        print(f"{name:15}{took:9.3f}{took / overall['floor']:9.2f}{took / overall['postarchive']:9.2f}")


def print_kinds(times: Times, captures: Mapping[Capture, str]) -> None:
    """Print what a page of each kind takes, and the seed page."""
    groups: dict[str, list[int]] = {kind: [] for kind in sorted(set(captures.values()))}
    for number, (capture, kind) in enumerate(captures.items()):
        groups[kind].append(number)
        if capture.url == SEED:
            groups["seed page"] = [number]
    print(f"\n{'':15}{'pages':>9}{'floor ms':>9}{'ours ms':>9}{'x floor':>9}")
    for name, numbers in groups.items():
        found = means(times, numbers)
        floor, ours = found["floor"], found["postarchive"]
        print(f"{name:15}{len(numbers):9}{floor:9.3f}{ours:9.3f}{ours / floor:9.2f}")


def print_sizes(captures: Mapping[str, Capture], *, rounds: int) -> None:
    """Print what a page of real size takes; measured separately, because these are not fixtures."""
    times = measure({"floor": bare_tree, "postarchive": parse}, list(captures.values()), rounds=rounds)
    print(f"\n{'real size':15}{'kB':>9}{'floor ms':>9}{'ours ms':>9}{'x floor':>9}")
    for name, capture, floor, ours in zip(
        captures, captures.values(), times["floor"], times["postarchive"], strict=True
    ):
        print(f"{name:15}{len(capture.body) / 1024:9.0f}{floor:9.3f}{ours:9.3f}{ours / floor:9.2f}")


def broken_bounds(overall: Mapping[str, float]) -> Iterable[str]:
    """Yield a sentence for each bound that does not hold."""
    bounds = {"floor": MAX_TIMES_FLOOR, "trafilatura": MAX_TIMES_TRAFILATURA}
    for rival, most in bounds.items():
        if rival in overall and (ratio := overall["postarchive"] / overall[rival]) > most:
            yield f"postarchive takes {ratio:.2f} times {rival}; the bound is {most}"


if __name__ == "__main__":
    sys.exit(main())
