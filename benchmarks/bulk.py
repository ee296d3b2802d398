"""Measure `bulk`: skipping unwanted records, the gain of a second worker, and memory as the files become more.

`bulk.py` prints three figures and fails if one breaks its bound:

- skipping: a WARC file of `--records` foreign pages, one in a thousand of them ours, through all of `bulk` (find, read,
  parse, Parquet), against bare fastwarc iteration: at least 80 % of its speed, the best of alternating rounds.
- workers: the whole command, start and end included, over `--files` WARC files of `--megabytes`, each with `--pages`
  pages of ours of 32 kB, with one worker and with two. Both must make the same dataset, and two must be at least 1.7
  times as fast by the clock. That needs two idle cores, so two more figures are printed: the time from the start of the
  first task to the end of the last, and the CPU time of the busier worker, which shows how evenly the work was divided
  even on a busy machine. `--repeat N` takes the best of N runs.
- memory: a worker's peak after 10 and after `--files` files: at most 10 % more.
"""

import argparse
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count, cycle, islice
from pathlib import Path

import tasktimes
from fastwarc.warc import ArchiveIterator
from imports import record_of, records

from postarchive.bulk.reports import PartReport
from postarchive.bulk.sources import BulkSource
from postarchive.bulk.task import convert

MIN_SPEED, MIN_SPEED_UP, MAX_GROWTH = 0.8, 1.7, 1.1
MEGABYTE = 1_000_000
OURS_IN = 1000
DIFFERENT = 100  # foreign records, repeated
FEW_FILES = 10
NOW = datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a command took: wall time in seconds, of the whole command and from its first to its last task.

    `cpu_seconds` is the CPU time of the busiest worker's tasks, `megabytes` the peak of the largest worker.
    """

    seconds: float
    task_seconds: float
    cpu_seconds: float
    megabytes: float


def main() -> int:
    """Print the figures; return how many break their bound."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--pages", type=int, default=150)
    parser.add_argument("--megabytes", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--repeat", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        failed = skipping(folder, options.records, options.rounds)
        paths = write_stories(folder / "stories", options.files, options.pages, options.megabytes)
        failed += growing(folder, paths, options.files * options.pages, options.repeat)
    return failed


def skipping(folder: Path, number: int, rounds: int) -> int:
    """Compare `bulk` with bare iteration over one file."""
    path = write_mixed(folder / "mixed.warc.gz", number)
    size = path.stat().st_size / MEGABYTE
    source = BulkSource(path.name, str(path))
    (folder / "mixed" / "_done").mkdir(parents=True)
    best: dict[str, float] = {}
    for _ in range(rounds):
        for name, work in (("fastwarc", lambda: bare(path)), ("bulk", lambda: reported(source, folder / "mixed"))):
            seconds = cpu_seconds(work)
            best[name] = min(seconds, best.get(name, seconds))
    ratio = best["fastwarc"] / best["bulk"]
    print(f"skipping: {number} records, {size:.0f} MB: fastwarc {size / best['fastwarc']:.0f} MB/s, ", end="")
    print(f"bulk {size / best['bulk']:.0f} MB/s of CPU: {ratio:.0%} (bound {MIN_SPEED:.0%})")
    return int(ratio < MIN_SPEED)


def growing(folder: Path, paths: list[Path], pages: int, repeat: int) -> int:
    """Compare one worker with two, and few files with many."""
    load, size = os.getloadavg()[0], sum(path.stat().st_size for path in paths) / MEGABYTE
    few = command(folder / "few", paths[:FEW_FILES], 1)
    runs = [[command(folder / f"{number}-{turn}", paths, number) for number in (1, 2)] for turn in range(repeat)]
    one, two = (min(found, key=lambda figures: figures.seconds) for found in zip(*runs, strict=True))
    assert dataset(folder / "1-0") == dataset(folder / "2-0")
    gain, growth = one.seconds / two.seconds, one.megabytes / few.megabytes
    print(f"workers: {len(paths)} files, {size:.0f} MB, {pages} pages of ours: ", end="")
    print(f"one reads {pages / one.cpu_seconds:.0f} pages/s of CPU")
    print(f"  the whole command: {one.seconds:.1f} s with one, {two.seconds:.1f} s with two: {gain:.2f} times ", end="")
    print(f"(bound {MIN_SPEED_UP}; load before {load:.1f} on {os.cpu_count()} cores)")
    print(f"  from first to last task: {one.task_seconds:.1f} s, {two.task_seconds:.1f} s: ", end="")
    print(f"{one.task_seconds / two.task_seconds:.2f} times; ", end="")
    print(f"by CPU of the busier one {one.cpu_seconds / two.cpu_seconds:.2f} times")
    print(f"memory: a worker at most {few.megabytes:.0f} MB after {FEW_FILES} files, ", end="")
    print(f"{one.megabytes:.0f} after {len(paths)} (bound {MAX_GROWTH:.0%})")
    return int(gain < MIN_SPEED_UP) + int(growth > MAX_GROWTH)


def command(out: Path, paths: list[Path], workers: int) -> Figures:
    """Run the command over the files; measure it and its tasks."""
    times = out.with_name(f"{out.name}-times")
    times.mkdir()
    preload = {"DASK_DISTRIBUTED__WORKER__PRELOAD": tasktimes.__file__, tasktimes.FOLDER: str(times)}
    program = [sys.executable, "-m", "postarchive", "bulk", "-q", "-o", str(out), "--workers", str(workers)]
    start = time.perf_counter()
    subprocess.run([*program, *map(str, paths)], check=True, env=os.environ | preload)  # noqa: S603 - our own
    seconds = time.perf_counter() - start
    tasks = [[json.loads(line) for line in path.read_text().splitlines()] for path in times.iterdir()]
    every = [task for found in tasks for task in found]
    assert len(every) == len(paths)
    return Figures(
        seconds,
        max(task["ended"] for task in every) - min(task["began"] for task in every),
        max(sum(task["cpu"] for task in found) for found in tasks),
        max(task["megabytes"] for task in every),
    )


def dataset(folder: Path) -> dict[str, bytes]:
    """Return the parts of a dataset by name."""
    return {path.name: path.read_bytes() for path in folder.glob("*.parquet")}


def bare(path: Path) -> int:
    """Iterate over a file and do nothing."""
    return sum(1 for _ in ArchiveIterator(str(path), fsspec_args=False))


def reported(source: BulkSource, folder: Path) -> int:
    """Convert a file and return how many pages it had."""
    report = convert(source, folder, NOW)
    assert isinstance(report, PartReport)
    assert not report.damages
    return report.pages


def cpu_seconds(work: Callable[[], int]) -> float:
    """Return the CPU seconds of a piece of work, which other processes do not add to."""
    start = time.process_time()
    assert work()
    return time.process_time() - start


def write_mixed(path: Path, number_of_records: int) -> Path:
    """Write a file of foreign pages, one in a thousand of them ours."""
    others, stories = foreign_members(), records()
    with path.open("wb") as out:
        for number in range(number_of_records):
            is_ours = number % OURS_IN == OURS_IN // 2
            out.write(gzip.compress(next(stories), 6, mtime=0) if is_ours else next(others))
    return path


def write_stories(folder: Path, files: int, pages: int, megabytes: float) -> list[Path]:
    """Write files of our pages, each filled up with the same foreign pages before them."""
    folder.mkdir()
    stories, some = records(), list(islice(foreign_members(), DIFFERENT))
    others, size = cycle(some), sum(map(len, some)) / DIFFERENT
    paths = [folder / f"crawl-{number:03}.warc.gz" for number in range(files)]
    for path in paths:
        ours = [gzip.compress(next(stories), 6, mtime=0) for _ in range(pages)]
        between = max(round((megabytes * MEGABYTE - sum(map(len, ours))) / size / pages), 0)
        with path.open("wb") as out:
            for member in ours:
                out.writelines((member, *islice(others, between)))
    return paths


def foreign_members() -> Iterator[bytes]:
    """Yield foreign records endlessly, each as one gzip member."""
    chance = random.Random(1)  # noqa: S311 - the same ones each time
    words = [f"{chance.randrange(1 << 20):x}" for _ in range(4000)]
    for number in count():
        body = f"<html><p>{' '.join(chance.choices(words, k=3000))}</p></html>".encode()
        url = f"https://www.host{number % 777}.example.com/some/path/{number}.html"
        yield gzip.compress(record_of(url, number, body), 6, mtime=0)


if __name__ == "__main__":
    sys.exit(main())
