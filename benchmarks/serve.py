"""Measure `postarchive serve` over many generated articles with several readers at once: time of each view, memory.

The program runs as a person starts it, and readers ask it over HTTP, each its own way: other words, other articles; who
has a response asks the next at once. The words of these articles are few, so each is in thousands of them. CPU is that
of the server for one response, which tells more than its time where the machine has other work. `--archive DIR` keeps
the archive for the next time.
"""

import argparse
import asyncio
import http.client
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from articles import CHINESE, COMMON, WORDS, articles
from follow import write

from postarchive.store.files import database_path

COUNT, READERS, REQUESTS = 20_000, 8, 400
MOST_MS, MOST_GROWTH = 100.0, 1.10  # the median; memory after all requests against memory after a quarter of them
STARTED = re.compile(r"Serving .* at http://127\.0\.0\.1:(\d+)/")

Address = Callable[[int, random.Random], str]
TICKS = os.sysconf("SC_CLK_TCK")


class Server(NamedTuple):
    """The program at work: its port, and what the system tells of it."""

    port: int
    told: Path

    def memory_megabytes(self) -> float:
        """Return what it holds in memory."""
        found = re.search(r"VmRSS:\s+(\d+) kB", (self.told / "status").read_text())
        return int(found[1]) / 1024 if found else 0.0

    def cpu_seconds(self) -> float:
        """Return how long it has worked, its own time and the system's."""
        return sum(map(int, (self.told / "stat").read_text().rpartition(")")[2].split()[11:13])) / TICKS


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
        with serving(folder) as server:
            return report(server, views(nodes), told.readers, told.requests)


def views(nodes: list[int | None]) -> dict[str, Address]:
    """Return how a reader asks for each view; requests have a number, below 0 while the server warms up."""
    common, words, chinese = COMMON.split(), WORDS.split(), CHINESE.split()

    def search(_: int, chance: random.Random) -> str:
        asked = chance.choice([chance.choice(words), " ".join(chance.choices(words, k=2)), chance.choice(chinese)])
        page = f"&page={chance.randint(1, 3)}" if chance.randrange(5) == 0 else ""
        return f"/-/search?q={quote(asked)}{page}"

    def new_search(number: int, chance: random.Random) -> str:
        first, second = chance.choices(words, k=2)
        found = chance.choice([f"{first} {second}", f"{first} OR {second}", chance.choice(chinese), first])
        return f"/-/search?q={quote(f'{found} -never{number}')}"

    return {
        "front page": lambda *_: "/",
        "search": search,
        "search that nobody asked before": new_search,
        "search for a word of most articles": lambda _, chance: f"/-/search?q={chance.choice(common)}",
        "articles of a year": lambda _, chance: f"/-/search?year={chance.randint(2012, 2025)}",
        "article": lambda _, chance: f"/-/article/{chance.choice(nodes)}",
        "numbers": lambda *_: "/-/numbers",
    }


def report(server: Server, asked: dict[str, Address], readers: int, requests: int) -> int:
    """Ask for each view, print its times and the memory; return 1 when a bound is broken."""
    broken = 0
    for name, address in asked.items():
        asyncio.run(ask(server, address, readers, range(-(requests // 4), 0)))
        before, worked = server.memory_megabytes(), server.cpu_seconds()
        seconds = asyncio.run(ask(server, address, readers, range(requests)))
        cpu, after = (server.cpu_seconds() - worked) / requests * 1e3, server.memory_megabytes()
        median, slow = statistics.median(seconds) * 1e3, statistics.quantiles(seconds, n=20)[-1] * 1e3
        print(
            f"{name}: median {median:.0f} ms, 95 % in {slow:.0f} ms, CPU {cpu:.1f} ms; "
            f"memory {before:.0f} MB, then {after:.0f} MB",
            flush=True,
        )
        if median > MOST_MS or after > before * MOST_GROWTH:
            broken = 1
            print(f"bound broken: {MOST_MS:.0f} ms, memory times {MOST_GROWTH}")
    return broken


async def ask(server: Server, address: Address, readers: int, numbers: Iterable[int]) -> list[float]:
    """Return how many seconds each request took, by so many readers at once, each on a connection that stays open."""
    seconds: list[float] = []
    rest = iter(numbers)

    async def read() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        for number in rest:
            path = address(number, random.Random(number))  # noqa: S311 - no secret
            began = time.perf_counter()
            writer.write(f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{server.port}\r\n\r\n".encode())
            status = await response_status(reader)
            seconds.append(time.perf_counter() - began)
            assert status == http.client.OK, f"{path}: {status}"
        writer.close()

    await asyncio.gather(*(read() for _ in range(readers)))
    return seconds


async def response_status(reader: asyncio.StreamReader) -> int:
    """Read a response as cheaply as it goes, for the readers share the machine with the server; return its status."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if length := re.search(rb"\r\ncontent-length: (\d+)", head):
        await reader.readexactly(int(length[1]))
    elif b"\r\ntransfer-encoding: chunked" in head:
        while size := int(await reader.readuntil(b"\r\n"), 16):
            await reader.readexactly(size + len(b"\r\n"))
        await reader.readexactly(len(b"\r\n"))
    return int(head.split(maxsplit=2)[1])


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
def serving(archive: Path) -> Iterator[Server]:
    """Start the program; yield it."""
    command = [sys.executable, "-m", "postarchive", "serve", "--archive", str(archive), "--port", "0"]
    began = time.perf_counter()
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | {"NO_COLOR": "1"}) as process:  # noqa: S603
        assert process.stderr is not None
        found = next(filter(None, map(STARTED.search, process.stderr)))
        server = Server(int(found[1]), Path(f"/proc/{process.pid}"))
        print(f"started in {time.perf_counter() - began:.1f} s, the copy made; {server.memory_megabytes():.0f} MB")
        try:
            yield server
        finally:
            process.send_signal(signal.SIGTERM)
            process.stderr.read()


if __name__ == "__main__":
    sys.exit(main())
