"""A small file system in memory, to play a full or a read-only disk; only where the tests may mount one."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MOUNT, UMOUNT = shutil.which("mount"), shutil.which("umount")


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Mount a disk of this size on a new folder; skips the test where nothing can be mounted."""
    folder.mkdir()
    if not (MOUNT and UMOUNT and os.geteuid() == 0 and mounted(folder, f"size={size}")):
        pytest.skip("no file system can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run([str(UMOUNT), str(folder)], check=True)  # noqa: S603 - our own words


def mounted(folder: Path, options: str) -> bool:
    """Mount a disk, or change one with `remount` among the options; tell whether that worked."""
    command = [str(MOUNT), "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 - our own words
