"""Packages that tests need in a browser: brought by npm into the folder of temporary files, once for each version."""

import shutil
import subprocess
import tarfile
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

NPM = shutil.which("npm")
CACHE = Path(tempfile.gettempdir()) / "postarchive-tests"
PATIENCE_SECONDS = 120


def brought(package: str) -> Path:
    """Return the folder of a package such as `axe-core@4.14.1`; skip the test when it cannot be had."""
    folder = CACHE / package
    if not folder.exists():
        _bring(package, folder)
    return folder


def _bring(package: str, folder: Path) -> None:
    if NPM is None:
        pytest.skip(f"no npm here, which brings {package}")
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as place:
        command = [NPM, "pack", package]
        packed = subprocess.run(command, cwd=place, capture_output=True, check=False, timeout=PATIENCE_SECONDS)  # noqa: S603 - our own words
        if packed.returncode != 0:
            pytest.skip(f"npm could not bring {package}")
        (file,) = Path(place).glob("*.tgz")
        with tarfile.open(file) as archive:
            archive.extractall(place, filter="data")
        with suppress(OSError):  # another worker was faster
            (Path(place) / "package").rename(folder)
