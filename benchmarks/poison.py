"""Rebuild archives whose WARC records are well framed but corrupt inside: no exception, and the other pages right.

`poison.py --events 100000 --seed 1` corrupts that many records: headers, fields of warcinfo and metadata, HTTP heads,
bodies. Each round rebuilds an archive of its own, in each file of which one page is untouched. Exit code 1 on any
exception, or if one of these pages is not as it was.
"""

import argparse
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from archiving import playing_site  # noqa: E402  # the tests' helpers, found once the path is set
from mutations import Poisoner, Record, make_run  # noqa: E402
from postarchive.collect import rebuild  # noqa: E402

FILES_A_ROUND = 100


def main() -> int:
    """Run the rounds and print the figures; return 1 if something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        with pytest.MonkeyPatch.context() as monkeypatch, playing_site(monkeypatch) as site:
            run = make_run(Path(folder) / "whole", site)
        return poison(Path(folder), run, Random(options.seed), events=options.events)  # noqa: S311 - the same each time


def poison(folder: Path, run: list[Record], chance: Random, *, events: int) -> int:
    """Make and rebuild archives until `events` records are corrupt; compare the untouched pages."""
    started, mutated, folded, wrong, problems = time.monotonic(), 0, 0, 0, Counter[str]()
    while mutated < events:
        archive = folder / "archive"
        poisoner = Poisoner(archive, run, chance)
        for _ in range(FILES_A_ROUND):
            poisoner.add_file()
        rebuild(archive)
        wrong += len(poisoner.wrong())
        problems.update(kinds(archive))
        mutated, folded = mutated + poisoner.mutated, folded + poisoner.events
        shutil.rmtree(archive)
    seconds = time.monotonic() - started
    print(f"{mutated} poisoned of {folded} records folded in {seconds:.0f} s, 0 exceptions, {wrong} pages wrong")
    print(
        ", ".join(f"{kind} {count}" for kind, count in problems.most_common(4)),
        "and kinds that were poisoned themselves",
    )
    return 1 if wrong else 0


def kinds(archive: Path) -> Counter[str]:
    """Count the problems of an archive by kind."""
    with closing(sqlite3.connect(archive / "postarchive.db")) as connection:
        return Counter(dict(connection.execute("SELECT kind, count(*) FROM problems GROUP BY kind")))


if __name__ == "__main__":
    sys.exit(main())
