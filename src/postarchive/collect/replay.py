"""The database made anew somewhere else, to be compared with the stored one; the archive is only read."""

from collections.abc import Mapping
from pathlib import Path

from postarchive.collect.archive import body_reader, capture_reader
from postarchive.collect.fold import apply
from postarchive.store.write import Writer
from postarchive.warc import read_events, warc_files


def replay(archive: Path, database: Path, ends: Mapping[str, int]) -> None:
    """Make a database of the files' records up to the given byte positions; a file without one is left out.

    Raises DamagedRecord when a record before its file's position cannot be read.
    """
    with Writer(database, is_scratch=True) as store:
        for file in warc_files(archive):
            if ends.get(file, 0) > 0:
                _replay_file(archive, file, store, end=ends[file])


def _replay_file(archive: Path, file: str, store: Writer, *, end: int) -> None:
    read_capture = capture_reader(archive, store)
    for event, evidence in read_events(archive, file, body_of=body_reader(archive, store)):
        apply(store, event, evidence, read_capture=read_capture)
        if evidence.offset + evidence.length_bytes >= end:
            return
