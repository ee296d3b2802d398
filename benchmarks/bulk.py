"""`bulk` beside what it rests on: passing by what is not wanted, a second worker, and memory as files become more.

`bulk.py` prints three figures and fails when one is out of its bound:

- passing by: a WARC file of `--records` pages of others, one in a thousand ours, through all of `bulk` (find, read,
  parse, Parquet) against bare fastwarc iteration; at least 80 % of its speed. They take turns, the best of each counts.
- workers: `--files` WARC files of `--pages` pages of 32 kB on one worker and on two, the clusters being there already;
  at least 1.7 times the speed. By the clock that needs two cores that nobody else uses; on a busy machine the CPU time
  of the busier of the two tells how evenly the work was divided, and that division costs nothing.
- memory: the peak of a worker after 10 and after `--files` files; at most 10 % more.

A worker is a process of Dask, as in the command.
"""

import argparse
import gzip
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from distributed import Client, LocalCluster
from fastwarc.warc import ArchiveIterator
from imports import record_of, records

from postarchive.bulk.cluster import PRELOADED, Workers, convert_all
from postarchive.bulk.reports import PartReport
from postarchive.bulk.sources import BulkSource, find_files
from postarchive.bulk.task import convert

LEAST_SPEED, LEAST_SPEED_UP, MOST_GROWTH = 0.8, 1.7, 1.1
MEGABYTE = 1_000_000
OURS_IN = 1000
FEW_FILES = 10
NOW = datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a cluster took: seconds by the clock, of the CPU of its busiest worker, and megabytes of its largest."""

    seconds: float
    cpu_seconds: float
    megabytes: float


def main() -> int:
    """Print the figures; return how many are out of their bound."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--records", type=int, default=20_000)
    options.add_argument("--files", type=int, default=40)
    options.add_argument("--pages", type=int, default=60)
    options.add_argument("--rounds", type=int, default=5)
    told = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        failed = passing_by(folder, told.records, told.rounds)
        failed += growing(folder, told.files, told.pages)
    return failed


def passing_by(folder: Path, count: int, rounds: int) -> int:
    """Compare `bulk` with bare iteration over one file."""
    path = write_mixed(folder / "mixed.warc.gz", count)
    size = path.stat().st_size / MEGABYTE
    source = BulkSource(path.name, str(path))
    (folder / "mixed" / "_done").mkdir(parents=True)
    best: dict[str, float] = {}
    for _ in range(rounds):
        for name, work in (("fastwarc", lambda: bare(path)), ("bulk", lambda: reported(source, folder / "mixed"))):
            seconds = cpu_seconds(work)
            best[name] = min(seconds, best.get(name, seconds))
    ratio = best["fastwarc"] / best["bulk"]
    print(f"passing by: {count} records, {size:.0f} MB: fastwarc {size / best['fastwarc']:.0f} MB/s, ", end="")
    print(f"bulk {size / best['bulk']:.0f} MB/s of CPU: {ratio:.0%} (bound {LEAST_SPEED:.0%})")
    return int(ratio < LEAST_SPEED)


def growing(folder: Path, files: int, pages: int) -> int:
    """Compare one worker with two, and few files with many."""
    paths = write_stories(folder / "stories", files, pages)
    count, size = files * pages, sum(path.stat().st_size for path in paths) / MEGABYTE
    few, one, two = (on_workers(folder, *work) for work in ((paths[:FEW_FILES], 1), (paths, 1), (paths, 2)))
    clock, work = one.seconds / two.seconds, one.cpu_seconds / two.cpu_seconds
    growth = one.megabytes / few.megabytes
    each = count / one.cpu_seconds
    print(f"workers: {files} files, {count} pages, {size:.0f} MB: one reads {each:.0f} pages/s of CPU")
    print(f"  two against one: {clock:.2f} times by the clock, {work:.2f} by the CPU of the busier one ", end="")
    print(f"(bound {LEAST_SPEED_UP}; load before {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores)")
    print(
        f"memory: a worker at most {few.megabytes:.0f} MB after {FEW_FILES} files, {one.megabytes:.0f} after {files} ",
        end="",
    )
    print(f"(bound {MOST_GROWTH:.0%})")
    return int(max(clock, work) < LEAST_SPEED_UP) + int(growth > MOST_GROWTH)


def on_workers(folder: Path, paths: list[Path], count: int) -> Figures:
    """Convert files on a cluster of its own and measure that, without its start."""
    with (
        LocalCluster(n_workers=count, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster,
        Client(cluster) as client,
        tempfile.TemporaryDirectory(dir=folder) as out,
    ):
        client.run(preload)
        before, start = client.run(time.process_time), time.perf_counter()
        sources, workers = find_files(map(str, paths)), Workers(scheduler=cluster.scheduler_address)
        reports = list(convert_all(sources, Path(out), workers, now=NOW))
        seconds = time.perf_counter() - start
        assert not any(report.failure or report.damages or report.unread for report in reports)
        used = [after - before[name] for name, after in client.run(time.process_time).items()]
        return Figures(seconds, max(used), max(client.run(peak).values()))


def preload() -> None:
    """Import in a worker what its tasks import."""
    for name in PRELOADED:
        __import__(name)


def peak() -> float:
    """Return the peak of this process in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


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
    """Return what a piece of work takes of the CPU: other people's work on the machine does not count."""
    start = time.process_time()
    assert work()
    return time.process_time() - start


def write_mixed(path: Path, count: int) -> Path:
    """Write a file of pages of others, one of ours among a thousand."""
    chance = random.Random(1)  # noqa: S311 - the same ones each time
    words = [f"{chance.randrange(1 << 20):x}" for _ in range(4000)]
    stories = records()
    with path.open("wb") as out:
        for number in range(count):
            if number % OURS_IN == OURS_IN // 2:
                out.write(gzip.compress(next(stories), 6, mtime=0))
                continue
            body = f"<html><p>{' '.join(chance.choices(words, k=3000))}</p></html>".encode()
            url = f"https://www.host{number % 777}.example.com/some/path/{number}.html"
            out.write(gzip.compress(record_of(url, number, body), 6, mtime=0))
    return path


def write_stories(folder: Path, files: int, pages: int) -> list[Path]:
    """Write files of pages of ours of real size."""
    folder.mkdir()
    stories = records()
    paths = [folder / f"crawl-{number:03}.warc.gz" for number in range(files)]
    for path in paths:
        with path.open("wb") as out:
            for _ in range(pages):
                out.write(gzip.compress(next(stories), 6, mtime=0))
    return paths


if __name__ == "__main__":
    sys.exit(main())
