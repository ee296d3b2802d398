"""A full disk, played by a small file system in memory; only where the tests may mount one."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakesite import FIXTURES, FakeSite

MOUNT, UMOUNT = shutil.which("mount"), shutil.which("umount")


def mounted(folder: Path, options: str) -> bool:
    command = [str(MOUNT), "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 - our own words


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    if not (MOUNT and UMOUNT and os.geteuid() == 0 and mounted(folder, "size=420k")):
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run([str(UMOUNT), str(folder)], check=True)  # noqa: S603 - our own words


def fetch(archive: Path, site: FakeSite) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "postarchive", "fetch", "--delay", "0", "--archive", str(archive)]
    environment = os.environ | {"http_proxy": site.proxy_url}
    return subprocess.run(  # noqa: S603 - our own program
        command, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_full_disk_is_told_in_one_line_and_the_next_run_completes(small_disk: Path) -> None:
    archive = small_disk / "archive"
    with FakeSite(FIXTURES) as site:
        full = fetch(archive, site)
        assert mounted(small_disk, "remount,size=20m")
        after = fetch(archive, site)

    assert (full.returncode, len(full.stderr.splitlines())) == (73, 1)
    assert "full" in full.stderr
    assert after.returncode == 0
    checked = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "postarchive", "verify", "--archive", str(archive)], check=False, timeout=60
    )
    assert checked.returncode == 0
