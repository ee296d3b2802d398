"""Measure `rebuild` on pages of real size, on one core, against its floors.

The pages of each kind and size are written into an archive, which is then rebuilt. The floors, in the same run: reading
the file with fastwarc, building lxml's tree of each page, and both plus `executemany` of the rebuilt rows. `--page
FILE` also measures copies of a saved page, each with its own node. Exit code 1 if a bound is broken.
"""

import argparse
import gc
import re
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from types import MappingProxyType

import lxml.html
from fastwarc.warc import ArchiveIterator, WarcRecordType
from realsize import EPOCH, FIRST_NODE, ROOT, captures

from postarchive.collect import rebuild
from postarchive.models import Capture, Exchange, RunEnded, RunStarted
from postarchive.store.files import database_path
from postarchive.warc import Before, WarcWriter

COUNT, ROUNDS = 400, 3
SIZES = (16, 32, 64)
LEAST: Mapping[str, float] = MappingProxyType({"English 32 kB": 400.0, "saved page": 250.0})  # pages a second
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n"
NODE = re.compile(rb"(node=\{id:)\d+")


@dataclass(frozen=True, slots=True)
class Figures:
    """What a page took in CPU milliseconds: to rebuild, and for each of the floors."""

    rebuild: float
    reading: float
    tree: float
    rows: float

    @property
    def speed(self) -> float:
        """Return the pages per second."""
        return 1000 / self.rebuild

    @property
    def floor(self) -> float:
        """Return the sum of the floors."""
        return self.reading + self.tree + self.rows


def main() -> int:
    """Print the table; return 1 if a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=COUNT)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", default="")
    parser.add_argument("--page", type=Path)
    options = parser.parse_args()
    print(f"{'':16}{'pages/s':>9}{'ms':>8}{'x tree':>8}{'x floor':>8}   ms: fastwarc, lxml's tree, executemany")
    broken = []
    for name, pages in subjects(options.pages, options.page).items():
        if options.only in name:
            figures = measured(pages(), options.rounds)
            report(name, figures)
            broken += too_slow(name, figures)
    print(*broken, sep="\n", end="\n" if broken else "")
    return 1 if broken else 0


def too_slow(name: str, figures: Figures) -> list[str]:
    """Return the broken bound as a sentence, if there is a bound and it is broken."""
    least = LEAST.get(name, 0.0)
    return [f"{name}: {figures.speed:.0f} pages/s; the bound is {least:.0f}"] if figures.speed < least else []


def subjects(number: int, saved: Path | None) -> dict[str, Callable[[], Iterable[Capture]]]:
    """Return, by name, the functions that make the pages to measure."""
    found: dict[str, Callable[[], Iterable[Capture]]] = {
        f"{kind} {size} kB": lambda kind=kind, size=size: captures(kind, size, number)  # type: ignore[misc]
        for kind in ("English", "Chinese", "list")
        for size in SIZES
    }
    return found if saved is None else found | {"saved page": lambda: copies(saved.read_bytes(), number)}


def copies(page: bytes, number: int) -> Iterator[Capture]:
    """Yield copies of a page, each with its own node."""
    for place in range(number):
        node = FIRST_NODE + place
        url = f"{ROOT}/html1/report/{node // 10_000}/{node % 10_000}-1.htm"
        body = NODE.sub(rb"\g<1>%d" % node, page, count=1)
        yield Capture(url, EPOCH + timedelta(seconds=place), 200, (("Content-Type", "text/html"),), body)


def measured(pages: Iterable[Capture], rounds: int) -> Figures:
    """Archive the pages and rebuild; return the minimum of rounds in which rebuild and floors take turns."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "archive"
        number = write(archive, pages)
        rebuild(archive)
        bodies = list(payloads(archive))
        works: dict[str, Callable[[], object]] = {
            "rebuild": lambda: rebuild(archive),
            "reading": lambda: list(payloads(archive)),
            "tree": lambda: list(map(lxml.html.fromstring, bodies)),
            "rows": lambda: copied_rows(archive, Path(folder)),
        }
        gc.freeze()  # as the program does: imported modules are not garbage
        took = [{name: timed(work) for name, work in works.items()} for _ in range(rounds)]
    return Figures(**{name: min(seconds[name] for seconds in took) / number * 1000 for name in works})


def report(name: str, figures: Figures) -> None:
    """Print a subject's row."""
    ratios = f"{figures.rebuild / figures.tree:8.2f}{figures.rebuild / figures.floor:8.2f}"
    floors = f"{figures.reading:.2f}, {figures.tree:.2f}, {figures.rows:.2f}"
    print(f"{name:16}{figures.speed:9.0f}{figures.rebuild:8.2f}{ratios}   {floors}", flush=True)


def write(archive: Path, pages: Iterable[Capture]) -> int:
    """Write the pages into a new archive as a run would; return how many there are."""
    started = RunStarted("20260101T000000Z", EPOCH, ())
    ids = (f"00000000-0000-4000-8000-{number:012x}" for number in count())
    writer = WarcWriter.create(archive, started, new_id=lambda: next(ids), before=Before())
    number = 0
    with closing(writer):
        for capture in pages:
            number += 1
            head = HEAD % len(capture.body)
            writer.append(Exchange(b"GET / HTTP/1.1\r\n\r\n", replace(capture, head=head)))
        writer.end(RunEnded(started.run, EPOCH + timedelta(seconds=number), ()))
    return number


def payloads(archive: Path) -> Iterator[bytes]:
    """Yield the pages as fastwarc reads them."""
    for path in sorted((archive / "warc").rglob("*.warc.gz")):
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream, record_types=WarcRecordType.response):
                yield record.reader.read()


def copied_rows(archive: Path, folder: Path) -> None:
    """Insert the rows of a database into an empty one with the same tables, a table at a time."""
    copy = folder / "copy.db"
    copy.unlink(missing_ok=True)
    with closing(sqlite3.connect(database_path(archive))) as old, closing(sqlite3.connect(copy)) as new:
        new.execute("PRAGMA journal_mode = WAL")
        tables = old.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE%'")
        for name, sql in tables.fetchall():
            if name.startswith("sqlite_"):
                continue
            new.execute(sql)
            rows = old.execute(f"SELECT * FROM [{name}]")  # noqa: S608 - names of our own tables
            marks = ", ".join("?" * len(rows.description))
            new.executemany(f"INSERT INTO [{name}] VALUES ({marks})", rows)  # noqa: S608
        new.commit()


def timed(work: Callable[[], object]) -> float:
    """Return the CPU seconds that a piece of work takes this process."""
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    sys.exit(main())
