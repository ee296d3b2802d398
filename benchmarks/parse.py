"""Measure the parser against its floor (lxml's bare tree) and its rivals, on all fixtures, taking turns in one run."""

import argparse
import importlib
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

import lxml.html
from bs4 import BeautifulSoup, XMLParsedAsHTMLWarning

from postarchive.errors import UnreadableInput
from postarchive.models import Capture
from postarchive.pages import parse

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "html"
PAGES = (".htm", ".html")
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
FIELDS = "#ReportIDname, #ReportIDMediaName, #ReportIDIssueTime, #ReportIDtext, #StampIDsubject, #StampIDcontent"
ROUNDS = 15
MOST_TIMES_FLOOR = 2.5
MOST_TIMES_TRAFILATURA = 0.1

Contestant: TypeAlias = Callable[[Capture], object]


def main() -> int:
    """Print the table; return 1 when a bound is broken."""
    captures = pages()
    warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)  # an XHTML page is meant to be read as HTML
    medians = measure(contestants(), captures, rounds=rounds())
    print_table(medians, pages=len(captures))
    broken = list(broken_bounds(medians))
    print(*broken, sep="\n", end="\n" if broken else "")
    return 1 if broken else 0


def rounds() -> int:
    """Return how many rounds the command line asks for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    return int(options.parse_args().rounds)


def pages() -> list[Capture]:
    """Return the fixtures that are records, as captures; refused pages cost nothing and would flatter."""
    paths = (path for path in sorted(FIXTURES.rglob("*")) if path.suffix in PAGES)
    found = [capture for path in paths if is_record(capture := capture_of(path))]
    if not found:
        sys.exit(f"no pages under {FIXTURES}")
    return found


def capture_of(path: Path) -> Capture:
    """Return a saved page as it would have been received from its URL."""
    url = f"http://{path.relative_to(FIXTURES).as_posix()}"
    return Capture(url, EPOCH, 200, (("Content-Type", "text/html"),), path.read_bytes())


def is_record(capture: Capture) -> bool:
    """Tell whether the parser makes a record of a page."""
    try:
        return parse(capture) is not None
    except UnreadableInput:
        return False


def contestants() -> dict[str, Contestant]:
    """Return what is measured, by name; trafilatura only where it is installed."""
    found: dict[str, Contestant] = {"floor": bare_tree, "postarchive": parse, "beautifulsoup": with_beautifulsoup}
    try:
        trafilatura = importlib.import_module("trafilatura")
    except ModuleNotFoundError:
        return found
    return found | {"trafilatura": with_trafilatura(trafilatura)}


def bare_tree(capture: Capture) -> object:
    """Build lxml's tree: what every parser on it must pay."""
    return lxml.html.fromstring(capture.body)


def with_beautifulsoup(capture: Capture) -> object:
    """Read title, byline and body the usual way."""
    soup = BeautifulSoup(capture.body, "lxml")
    return [element.get_text(" ", strip=True) for element in soup.select(FIELDS)]


def with_trafilatura(trafilatura: ModuleType) -> Contestant:
    """Return its general extraction, with what it finds of title, author and date."""
    return lambda capture: trafilatura.bare_extraction(capture.body, url=capture.url, with_metadata=True)


def measure(subjects: Mapping[str, Contestant], captures: list[Capture], *, rounds: int) -> dict[str, float]:
    """Return the median milliseconds a page of each; they take turns, so that a busy moment strikes all."""
    times: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds + 1):
        for name, subject in subjects.items():
            times[name].append(timed(subject, captures))
    return {name: statistics.median(found[1:]) for name, found in times.items()}  # the first round warms up


def timed(subject: Contestant, captures: list[Capture]) -> float:
    """Return the milliseconds a page of one round."""
    start = time.perf_counter()
    for capture in captures:
        subject(capture)
    return (time.perf_counter() - start) * 1000 / len(captures)


def print_table(medians: Mapping[str, float], *, pages: int) -> None:
    """Print each median and its ratios to the floor and to ours."""
    print(f"{pages} pages, median milliseconds a page")
    print(f"{'':15}{'ms':>9}{'x floor':>9}{'x ours':>9}")
    for name, median in medians.items():
        print(f"{name:15}{median:9.3f}{median / medians['floor']:9.2f}{median / medians['postarchive']:9.2f}")


def broken_bounds(medians: Mapping[str, float]) -> Iterable[str]:
    """Yield a sentence for each bound that does not hold."""
    bounds = {"floor": MOST_TIMES_FLOOR, "trafilatura": MOST_TIMES_TRAFILATURA}
    for rival, most in bounds.items():
        if rival in medians and (ratio := medians["postarchive"] / medians[rival]) > most:
            yield f"postarchive takes {ratio:.2f} times {rival}; the bound is {most}"


if __name__ == "__main__":
    sys.exit(main())
