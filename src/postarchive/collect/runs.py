"""How a run begins and ends, as its evidence says, believed if it can be true."""

from datetime import datetime, timedelta
from typing import Final

from postarchive.errors import DamagedRecord
from postarchive.models import Evidence, RunEnded, RunStarted
from postarchive.store.write import Writer
from postarchive.times import after, is_believable

LONGEST_IMPORT: Final = timedelta(days=30)  # an import's records do not say when it wrote them
LONGEST_COUNT: Final = 15  # digits


def begin_run(store: Writer, started: RunStarted, run: str, evidence: Evidence) -> None:
    """Add the run that a file's first record announces; `run` is what the file is named after.

    Raises DamagedRecord when the two differ.
    """
    _check_name(started.run, run, evidence)
    store.runs.add(started, evidence.file)


def end_run(store: Writer, ended: RunEnded, run: str, evidence: Evidence) -> None:
    """Note what a closing record says. Raises DamagedRecord if it is another run's, or has an impossible count or time.

    A run ends at most a day after its last response, and not before the web began.
    """
    _check_name(ended.run, run, evidence)
    for name, count in ended.counts:
        if not (count.isascii() and count.isdigit() and len(count) <= LONGEST_COUNT):
            raise DamagedRecord(evidence.file, f"the count {name} is not a number", evidence.offset)
    if not is_believable(ended.time, now=_latest(store, run)):
        problem = f"the run cannot have ended on {ended.time:%Y-%m-%d}; ignored"
        raise DamagedRecord(evidence.file, problem, evidence.offset)
    store.runs.end(ended)


def _check_name(named: str, run: str, evidence: Evidence) -> None:
    if named != run:
        raise DamagedRecord(evidence.file, "the record is of another run than the file", evidence.offset)


def _latest(store: Writer, run: str) -> datetime:
    """Return the latest time in a run's own evidence."""
    return store.captures.last_live_time(run) or after(store.runs.began(run), LONGEST_IMPORT)
