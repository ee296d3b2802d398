"""The database made anew somewhere else, to be compared with the stored one; the archive is only read."""

from collections.abc import Mapping
from pathlib import Path

from postarchive.collect.archive import apply_file
from postarchive.store.write import Writer
from postarchive.warc import warc_files


def replay(archive: Path, database: Path, ends: Mapping[str, int]) -> None:
    """Make a database of the files' records up to the given byte positions; a file without one is left out.

    Raises DamagedRecord when a record before its file's position cannot be read.
    """
    with Writer(database, is_scratch=True) as store:
        for file in warc_files(archive):
            if ends.get(file, 0) > 0:
                apply_file(archive, file, store, end=ends[file])
