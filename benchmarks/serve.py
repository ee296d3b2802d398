"""Measure `postarchive serve` over many generated articles with several readers at once: time of each view, memory.

The program runs as a person starts it, and readers ask it over HTTP, each its own way: other words, other articles. The
words of these articles are few, so each is in thousands of them. `--archive DIR` keeps the archive for the next time.
"""

import argparse
import http.client
import itertools
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from articles import CHINESE, COMMON, WORDS, articles
from follow import write

from postarchive.store.files import database_path

COUNT, READERS, REQUESTS = 20_000, 8, 400
MOST_MS, MOST_GROWTH = 100.0, 1.10  # the median; memory after all requests against memory after a quarter of them
STARTED = re.compile(r"Serving .* at http://127\.0\.0\.1:(\d+)/")

Address = Callable[[random.Random], str]


def main() -> int:
    """Print the figures; return 1 when a bound is broken."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--articles", type=int, default=COUNT)
    options.add_argument("--readers", type=int, default=READERS)
    options.add_argument("--requests", type=int, default=REQUESTS, help="of each view")
    options.add_argument("--archive", type=Path)
    told = options.parse_args()
    with kept_or_temporary(told.archive) as folder:
        if not database_path(folder).exists():
            write(folder, 1, told.articles)
        nodes = [article.node for article in articles(told.articles)]
        with serving(folder) as (port, process):
            return report(port, process, views(nodes), told.readers, told.requests)


def views(nodes: list[int | None]) -> dict[str, Address]:
    """Return how a reader asks for each view."""
    common, words, chinese = COMMON.split(), WORDS.split(), CHINESE.split()

    def search(chance: random.Random) -> str:
        asked = chance.choice([chance.choice(words), " ".join(chance.choices(words, k=2)), chance.choice(chinese)])
        page = f"&page={chance.randint(1, 3)}" if chance.randrange(5) == 0 else ""
        return f"/-/search?q={quote(asked)}{page}"

    return {
        "front page": lambda _: "/",
        "search": search,
        "search for a word of most articles": lambda chance: f"/-/search?q={chance.choice(common)}",
        "articles of a year": lambda chance: f"/-/search?year={chance.randint(2012, 2025)}",
        "article": lambda chance: f"/-/article/{chance.choice(nodes)}",
        "numbers": lambda _: "/-/numbers",
    }


def report(port: int, process: int, asked: dict[str, Address], readers: int, requests: int) -> int:
    """Ask for each view, print its times and the memory; return 1 when a bound is broken."""
    broken = 0
    for name, address in asked.items():
        ask(port, address, readers, requests // 4)
        before = memory_megabytes(process)
        seconds = ask(port, address, readers, requests)
        after = memory_megabytes(process)
        median, slow = statistics.median(seconds) * 1e3, statistics.quantiles(seconds, n=20)[-1] * 1e3
        print(f"{name}: median {median:.0f} ms, 95 % in {slow:.0f} ms; memory {before:.0f} MB, then {after:.0f} MB")
        if median > MOST_MS or after > before * MOST_GROWTH:
            broken = 1
            print(f"bound broken: {MOST_MS:.0f} ms, memory times {MOST_GROWTH}")
    return broken


def ask(port: int, address: Address, readers: int, requests: int) -> list[float]:
    """Return how many seconds each request took, by so many readers at once."""
    seconds: list[float] = []
    numbers = itertools.count()
    failed: list[str] = []

    def read() -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            while (number := next(numbers)) < requests and not failed:
                path = address(random.Random(number))  # noqa: S311 - no secret
                began = time.perf_counter()
                connection.request("GET", path)
                response = connection.getresponse()
                response.read()
                seconds.append(time.perf_counter() - began)
                if response.status != http.client.OK:
                    failed.append(f"{path}: {response.status}")

    threads = [threading.Thread(target=read) for _ in range(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed[0]
    return seconds


@contextmanager
def kept_or_temporary(folder: Path | None) -> Iterator[Path]:
    """Yield the folder of the archive, and remove it in the end unless a person named it."""
    path = folder or Path(tempfile.mkdtemp())
    path.mkdir(parents=True, exist_ok=True)
    try:
        yield path
    finally:
        if folder is None:
            shutil.rmtree(path)


@contextmanager
def serving(archive: Path) -> Iterator[tuple[int, int]]:
    """Start the program; yield its port and the number of its process."""
    command = [sys.executable, "-m", "postarchive", "serve", "--archive", str(archive), "--port", "0"]
    began = time.perf_counter()
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | {"NO_COLOR": "1"}) as process:  # noqa: S603
        assert process.stderr is not None
        found = next(filter(None, map(STARTED.search, process.stderr)))
        print(f"started in {time.perf_counter() - began:.1f} s, the copy made; {memory_megabytes(process.pid):.0f} MB")
        try:
            yield int(found[1]), process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.stderr.read()


def memory_megabytes(process: int) -> float:
    """Return what a process holds in memory."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    sys.exit(main())
