"""States that many tests begin with: each is made once, and every other test gets a copy of it."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from filelock import FileLock

from archiving import Archivist, Clock
from fakesite import FakeSite, SiteState

Make = Callable[[FakeSite, Archivist], object]


@dataclass(frozen=True)
class Kept:
    """An archive as it was made, with the time on its clock and the site that it was fetched from."""

    folder: Path
    time: datetime
    slept: tuple[float, ...]
    site: SiteState


@dataclass
class Prepared:
    """Archives by the function that makes them; none before it is first wanted."""

    folder: Path
    kept: dict[Make, Kept] = field(default_factory=dict)

    def bring(self, make: Make, site: FakeSite, archivist: Archivist) -> Archivist:
        """Bring a new site and an archivist without an archive to where `make` brings them; return the archivist."""
        assert not archivist.folder.exists()
        if make in self.kept:
            _restore(self.kept[make], site, archivist)
        else:
            make(site, archivist)
            self.kept[make] = self._keep(site, archivist)
        return archivist

    def _keep(self, site: FakeSite, archivist: Archivist) -> Kept:
        folder = shutil.copytree(archivist.folder, self.folder / str(len(self.kept)))
        return Kept(folder, archivist.clock.time, tuple(archivist.clock.slept), site.state())


def _restore(kept: Kept, site: FakeSite, archivist: Archivist) -> None:
    shutil.copytree(kept.folder, archivist.folder)
    archivist.clock.time = kept.time
    archivist.clock.slept[:] = kept.slept
    site.restore(kept.site)


def made_once(make: Callable[[Path], Archivist], temporary: pytest.TempPathFactory) -> Archivist:
    """Return a copy of the archive that the function makes in a folder: the first worker that wants it makes it.

    A worker's temporary folder lies in the one of the run, which all workers know.
    """
    base = temporary.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else temporary.getbasetemp()
    folder, time = (base / f"{make.__module__}.{make.__qualname__}.{suffix}" for suffix in ("archive", "time"))
    with FileLock(folder.with_suffix(".lock")):
        if not time.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of a worker that failed
            time.write_text(make(folder).clock.time.isoformat())
    clock = Clock(datetime.fromisoformat(time.read_text()))
    return Archivist(shutil.copytree(folder, temporary.mktemp("made") / "archive"), clock)
