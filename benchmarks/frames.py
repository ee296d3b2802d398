"""Archive pages of the newer build while their frames are regenerated: no alarm may be raised.

python benchmarks/frames.py --frames 1000
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import pytest

import cms_newer
from archiving import Archivist, playing_site
from postarchive.models import Outcome


def main() -> None:
    """Print how many regenerations there were, and how many of them caused an alarm, a version or a problem."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    chance, started = random.Random(options.seed), perf_counter()  # noqa: S311 - nothing secret
    urls = list(map(cms_newer.url_of, cms_newer.FRAMED))
    with pytest.MonkeyPatch.context() as patch, playing_site(patch) as site, tempfile.TemporaryDirectory() as folder:
        archivist, alarms, seen = Archivist(Path(folder) / "archive"), 0, 0
        while seen < options.frames:
            for path, url in zip(cms_newer.FRAMED, urls, strict=True):
                site.edit(url, cms_newer.regenerated(path, chance).encode())
            results = archivist.fetch(*urls)
            alarms += sum(result.is_drift or result.outcome is Outcome.CHANGED for result in results)
            seen += len(results)
        problems = archivist.rows("SELECT count(*) FROM problems")
    print(f"{seen} regenerated frames, {alarms} alarms, {problems[0][0]} problems, {perf_counter() - started:.0f} s")
    assert not alarms
    assert problems == [(0,)]


if __name__ == "__main__":
    main()
