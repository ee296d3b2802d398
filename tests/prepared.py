"""States that many tests begin with: each is made once in a process, and every other test gets a copy of it."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from archiving import Archivist
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
