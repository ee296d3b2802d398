"""Measure how `serve` follows an archive: time and memory of a new copy, and how long readers wait meanwhile."""

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from articles import articles

from postarchive.record.values import Article, to_json
from postarchive.serve.follow import PATIENCE_SECONDS, following
from postarchive.serve.site import open_site
from postarchive.store.files import database_path, open_for_writing

COUNT, MORE = 5_000, 100
START, SKELETON = datetime(2026, 1, 1, tzinfo=UTC), "0123456789abcdef"
SMALL = """
import os, resource, subprocess, sys
subprocess.run([*sys.argv[1:], str(os.getpid())], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
PAGES = ("/", "/-/search?q=rural", "/-/article/17010001")


def main() -> int:
    """Print the figures; return 1 if a reader waited longer than the bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=COUNT)
    count = parser.parse_args().articles
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        archive = Path(folder)
        write(archive, 1, count)
        began = time.monotonic()
        with following(archive) as follower, open_site(follower, archive) as site:
            print(f"the first copy of {count:,} articles: {time.monotonic() - began:.1f} s")
            print_waits("nobody writes", ask(runner, site, seconds=3.0))
            write(archive, count + 1, MORE)
            waits = ask(runner, site, until=follower)
            print_waits("a copy is made", waits)
            size = follower.editions.current.path.stat().st_size
            child = child_mebibytes(archive, archive / "copy.db")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"copying took {sum(waits):.1f} s and {child} MiB, the copy {size / 2**20:.0f} MiB; the server {own:.0f}")
    return 1 if max(waits[1:]) > PATIENCE_SECONDS else 0


def write(archive: Path, first: int, count: int) -> None:
    """Write the rows of a run that fetched generated articles."""
    run, time_of = f"20260101T{first:06}Z", (START + timedelta(days=first)).isoformat(timespec="microseconds")
    file = f"warc/2026/{run}.warc.gz"
    with closing(open_for_writing(database_path(archive))) as connection:
        connection.execute("BEGIN")
        connection.execute("INSERT INTO runs VALUES (?, ?, ?, ?, '{}', '{}')", (run, file, time_of, time_of))
        connection.execute("INSERT INTO files VALUES (?, ?)", (file, 4000 * count))
        for number, article in enumerate(articles(first + count - 1), start=1):
            if number >= first:
                for table, row in rows_of(number, article, run, file, time_of).items():
                    connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608
        connection.execute("COMMIT")


def rows_of(number: int, article: Article, run: str, file: str, seen: str) -> dict[str, tuple[object, ...]]:
    """Return the rows of one article, by table."""
    url, record = article.url, json.dumps(to_json(article), ensure_ascii=False)
    place = (f"urn:uuid:{number:032x}", file, 4000 * number, 4000)
    about = (article.kind, article.title, article.date, article.source, None)
    return {
        "captures": (
            number,
            run,
            url,
            seen,
            200,
            "text/html",
            9000,
            f"sha256:{number}",
            *[None] * 4,
            "live",
            None,
            *place,
        ),
        "pages": (number, "english", f"{article.node}-1", article.node, 1, url, number, *about),
        "versions": (number, number, 1, "new", record, str(number), SKELETON, 1, seen, seen, number, number),
        "changes": (number, number, seen, "new", None, 1, number),
    }


def child_mebibytes(archive: Path, path: Path) -> int:
    """Return the peak memory of the process that copies, in MiB.

    A small process starts it, because a child's peak begins at that of its parent.
    """
    command = [sys.executable, "-m", "postarchive.serve.child", str(archive), str(path)]
    done = subprocess.run([sys.executable, "-c", SMALL, *command], capture_output=True, text=True, check=True)  # noqa: S603
    return int(done.stdout) // 1024


def ask(runner: asyncio.Runner, site: Any, *, seconds: float = 60.0, until: Any = None) -> list[float]:  # noqa: ANN401
    """Request pages in turn for some seconds, or until there is a new edition; return the seconds of each."""
    first, began = until.editions.current if until else None, time.monotonic()
    waits: list[float] = []
    while time.monotonic() - began < seconds and (until is None or until.editions.current is first):
        start = time.monotonic()
        response = runner.run(site.client.get(PAGES[len(waits) % len(PAGES)]))
        assert response.status_code in (200, 404)
        waits.append(time.monotonic() - start)
    return waits


def print_waits(when: str, waits: list[float]) -> None:
    """Print the median and the longest wait."""
    rest = sorted(waits[len(PAGES) :]) or waits
    print(
        f"while {when}: {len(waits)} pages, median {statistics.median(rest) * 1e3:.0f} ms, longest {max(waits):.2f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
