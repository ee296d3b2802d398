"""A full disk, played by a small file system in memory; only where the tests may mount one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from disks import mounted, small_disk
from fakesite import FakeSite
from running import started
from smallsite import play_small_site


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", "420k") as folder:
        yield folder


def run(*arguments: str, site: FakeSite) -> tuple[int, list[str]]:
    """Run the program in a process of its own; return its exit code and its lines on stderr."""
    with started(*arguments, http_proxy=site.proxy_url) as running:
        _, said = running.communicate()
    return running.wait(), said.splitlines()


def test_full_disk_is_reported_in_one_line_and_the_next_run_completes(disk: Path) -> None:
    fetch = ("fetch", "--delay", "0", "--archive", str(disk / "archive"))
    with FakeSite() as site:
        play_small_site(site)
        full, said = run(*fetch, site=site)
        assert mounted(disk, "remount,size=20m")
        after, _ = run(*fetch, site=site)
        checked, _ = run("verify", "--archive", str(disk / "archive"), site=site)

    assert (full, len(said)) == (73, 1)
    assert "full" in said[0]
    assert (after, checked) == (0, 0)
