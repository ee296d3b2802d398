"""Dask's workers: a cluster of processes on this machine, or one that is already running.

A file is a task. If a worker dies, Dask gives its task to another; a file that kills three workers is reported and left
alone.
"""

import logging
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import dask
from distributed import Client, LocalCluster, as_completed

from postarchive.bulk.forks import start_forkserver
from postarchive.bulk.reports import PartReport, find_report, stamp_of, sweep
from postarchive.bulk.sources import BulkSource
from postarchive.bulk.task import Unwritable, convert
from postarchive.errors import ArchiveUnwritable, SchedulerUnavailable

PATIENCE_SECONDS: Final = 30
LONGEST: Final = 200  # characters of a library's message
SETTINGS: Final = {
    "distributed.scheduler.allowed-failures": 2,
    "distributed.worker.multiprocessing-method": "forkserver",  # forked from a process that has done the imports
    "distributed.worker.profile.enabled": False,  # it samples the stack a hundred times a second
    "distributed.comm.timeouts.connect": "120s",  # workers start slowly on a busy machine
}


@dataclass(frozen=True, slots=True)
class Workers:
    """Who does the work: `count` processes on this machine (None: one per core), or a scheduler's."""

    count: int | None = None
    scheduler: str | None = None


def convert_all(
    sources: Iterable[BulkSource], folder: Path, workers: Workers, *, now: datetime
) -> Iterator[PartReport]:
    """Yield the report on each file: files done earlier first, then the others as they finish.

    Raises SchedulerUnavailable, ArchiveUnwritable when the dataset cannot be written.
    """
    _make(folder)
    missing: list[BulkSource] = []
    for source in sources:
        report = find_report(folder, source)
        if report is None:
            missing.append(source)
        else:
            yield report
    if missing:
        sweep(folder, missing)
        try:
            yield from _converted(missing, folder.absolute(), workers, now)
        finally:
            sweep(folder, missing)


def _converted(sources: list[BulkSource], folder: Path, workers: Workers, now: datetime) -> Iterator[PartReport]:
    with dask.config.set(SETTINGS), _client(workers) as client:
        futures = {client.submit(convert, source, folder, now, pure=False): source for source in sources}
        for future in as_completed(list(futures)):
            source = futures.pop(future)
            error = future.exception()
            result = future.result() if error is None else _failed(source, error)
            future.release()
            if isinstance(result, Unwritable):
                raise ArchiveUnwritable(result.subject, result.problem)
            yield result


def _failed(source: BulkSource, error: BaseException) -> PartReport:
    """Return the report on a file whose task never finished: its workers kept dying, or do not have postarchive."""
    problem = " ".join(f"{type(error).__name__}: {error}".split())[:LONGEST]
    return PartReport(source.name, stamp_of(source), failure=f"no worker could read it ({problem})")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "_done").mkdir(exist_ok=True)
    except OSError as error:
        raise ArchiveUnwritable(str(folder), f"{error.strerror or error}; choose another folder with -o") from error


@contextmanager
def _client(workers: Workers) -> Iterator[Client]:
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # the file's report says that a worker died
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if workers.scheduler is None:
            with local_cluster(workers) as cluster, Client(cluster) as client:
                yield client
        else:
            with _connected(workers.scheduler) as client:
                yield client


def local_cluster(workers: Workers) -> LocalCluster:
    """Start processes on this machine; each imports what a task needs before its first one."""
    start_forkserver()
    return LocalCluster(
        n_workers=workers.count or dask.system.CPU_COUNT,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=None,
        silence_logs=logging.CRITICAL,
    )


def _connected(address: str) -> Client:
    try:
        return Client(address, timeout=PATIENCE_SECONDS)
    except (OSError, ValueError) as error:  # a time-out is an OSError
        problem = f"no Dask scheduler responds there ({error}); write tcp://host:8786"
        raise SchedulerUnavailable(address, " ".join(problem.split())) from error
