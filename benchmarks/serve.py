"""Measure `postarchive serve` over many generated articles with several readers at once: time per view, and memory.

The program runs as a person starts it. Each reader requests its own words and articles over HTTP, the next as soon as
it has a response. The articles use few words, so each word is in thousands of them. The CPU column is the server's
time for one response, which says more than wall time if the machine is busy. `--archive DIR` keeps the archive for the
next time.
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
MAX_MS, MAX_GROWTH = 100.0, 1.10  # the median; memory after all requests against memory after a quarter of them
STARTED = re.compile(r"Serving .* at http://127\.0\.0\.1:(\d+)/")

Address = Callable[[int, random.Random], str]
TICKS = os.sysconf("SC_CLK_TCK")


class Server(NamedTuple):
    """The running server: its port, and its folder in /proc."""

    port: int
    proc: Path

    def memory_megabytes(self) -> float:
        """Return the memory that it holds."""
        found = re.search(r"VmRSS:\s+(\d+) kB", (self.proc / "status").read_text())
        return int(found[1]) / 1024 if found else 0.0

    def cpu_seconds(self) -> float:
        """Return its CPU time so far, user and system."""
        return sum(map(int, (self.proc / "stat").read_text().rpartition(")")[2].split()[11:13])) / TICKS


def main() -> int:
    """Print the figures; return 1 if a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=COUNT)
    parser.add_argument("--readers", type=int, default=READERS)
    parser.add_argument("--requests", type=int, default=REQUESTS, help="of each view")
    parser.add_argument("--archive", type=Path)
    options = parser.parse_args()
    with kept_or_temporary(options.archive) as folder:
        if not database_path(folder).exists():
            write(folder, 1, options.articles)
        nodes = [article.node for article in articles(options.articles)]
        with serving(folder) as server:
            return report(server, views(nodes), options.readers, options.requests)


def views(nodes: list[int | None]) -> dict[str, Address]:
    """Return, by view, the path of a request from its number, which is below 0 while the server warms up."""
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
        "search that nobody requested before": new_search,
        "search for a word of most articles": lambda _, chance: f"/-/search?q={chance.choice(common)}",
        "articles of a year": lambda _, chance: f"/-/search?year={chance.randint(2012, 2025)}",
        "article": lambda _, chance: f"/-/article/{chance.choice(nodes)}",
        "numbers": lambda *_: "/-/numbers",
    }


def report(server: Server, asked: dict[str, Address], readers: int, requests: int) -> int:
    """Request each view, print its times and the memory; return 1 if a bound is broken."""
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
        if median > MAX_MS or after > before * MAX_GROWTH:
            broken = 1
            print(f"bound broken: {MAX_MS:.0f} ms, memory times {MAX_GROWTH}")
    return broken


async def ask(server: Server, address: Address, readers: int, numbers: Iterable[int]) -> list[float]:
    """Return the seconds of each request, sent by several readers at once, each over one open connection."""
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
    """Read a response and return its status; cheaply, because the readers share the machine with the server."""
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
    """Yield the archive's folder; remove it at the end unless it was named."""
    path = folder or Path(tempfile.mkdtemp())
    path.mkdir(parents=True, exist_ok=True)
    try:
        yield path
    finally:
        if folder is None:
            shutil.rmtree(path)


@contextmanager
def serving(archive: Path) -> Iterator[Server]:
    """Start the program and yield it."""
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
