"""Drift has one rule: `check`, the feed and the front page of the web say the same after every order of runs."""

import asyncio
from itertools import permutations
from pathlib import Path

import pytest

from archiving import SEED, Archivist
from collecting import DRIFTED_PAGE, SEED_PAGE
from fakesite import FakeSite
from foreignwarc import Foreign, plain, put
from postarchive.collect.imports import ImportOptions, import_paths
from postarchive.store.changes import Changes
from postarchive.store.read import Reader
from serving import datasette_over

OLD = SEED_PAGE.replace(b"17 major tasks", b"16 major tasks")
STEPS = ("fetch", "drift", "import")


def do(step: str, site: FakeSite, archivist: Archivist, folder: Path) -> None:
    """Let one thing happen to the archive."""
    if step == "import":
        old = put(folder / "old.warc", plain(Foreign(url=SEED, date="2020-01-01T00:00:00Z", body=OLD)))
        assert list(import_paths(archivist.folder, [old], options=ImportOptions(now=archivist.clock.now)))
        return
    site.edit(SEED, DRIFTED_PAGE if step == "drift" else SEED_PAGE)
    archivist.fetch(SEED)


@pytest.mark.parametrize("order", list(permutations(STEPS)), ids="-".join)
def test_check_feed_and_web_agree_on_drift(
    site: FakeSite, archivist: Archivist, tmp_path: Path, order: tuple[str, ...]
) -> None:
    archivist.fetch(SEED)
    for step in order:
        archivist.clock.sleep(3600)
        do(step, site, archivist, tmp_path)

    with Reader(archivist.folder) as reader, Changes(archivist.folder) as changes:
        check, feed = reader.health().drift, changes.drift()
    with asyncio.Runner() as runner, datasette_over(archivist.folder) as datasette:
        front = runner.run(datasette.client.get("/")).text

    is_drifted = [step for step in order if step != "import"][-1] == "drift"
    assert (check is not None, feed is not None) == (is_drifted, is_drifted)
    assert ("Pages no longer look as expected" in front) is is_drifted
