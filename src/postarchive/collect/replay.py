"""The database rebuilt elsewhere, to be compared with the stored one; the archive is only read."""

from collections.abc import Callable, Mapping
from pathlib import Path

from postarchive.collect.archive import capture_reader, event_reader
from postarchive.collect.damage import Damages
from postarchive.collect.fold import apply_located
from postarchive.collect.reading import Stretch, reading_ahead
from postarchive.store.write import Writer
from postarchive.warc import warc_files


def replay(
    archive: Path,
    database: Path,
    ends: Mapping[str, int],
    *,
    jobs: int = 1,
    report: Callable[[str], None] = lambda _: None,
) -> None:
    """Make a database of the files' records up to the given byte positions; a file without one is left out.

    `jobs` processes read the files. What is damaged is left out, as in a rebuild, and each place is passed to `report`.
    """
    damages = Damages(report, is_read_only=True)
    stretches = [Stretch(file, 0, ends[file]) for file in warc_files(archive) if ends.get(file, 0) > 0]
    with Writer(database, is_scratch=True) as store, reading_ahead(archive, stretches, jobs) as ahead:
        for stretch in stretches:
            for located in event_reader(archive, store, damages).events(stretch, ahead):
                apply_located(store, located, read_capture=capture_reader(archive, store))
