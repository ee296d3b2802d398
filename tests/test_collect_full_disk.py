"""A full disk, played by a small file system in memory; only where the tests may mount one."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from disks import mounted, small_disk
from fakesite import FIXTURES, FakeSite


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", "420k") as folder:
        yield folder


def fetch(archive: Path, site: FakeSite) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "postarchive", "fetch", "--delay", "0", "--archive", str(archive)]
    environment = os.environ | {"http_proxy": site.proxy_url}
    return subprocess.run(  # noqa: S603 - our own program
        command, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_full_disk_is_reported_in_one_line_and_the_next_run_completes(disk: Path) -> None:
    archive = disk / "archive"
    with FakeSite(FIXTURES) as site:
        full = fetch(archive, site)
        assert mounted(disk, "remount,size=20m")
        after = fetch(archive, site)

    assert (full.returncode, len(full.stderr.splitlines())) == (73, 1)
    assert "full" in full.stderr
    assert after.returncode == 0
    checked = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "postarchive", "verify", "--archive", str(archive)], check=False, timeout=60
    )
    assert checked.returncode == 0
