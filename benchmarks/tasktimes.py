"""A preload for Dask workers, used by `bulk.py`: each worker writes when a task began and ended, and what it used.

Dask loads it through `DASK_DISTRIBUTED__WORKER__PRELOAD`. The lines go to the folder `$TASK_TIMES`, a file per worker.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

from dask.typing import Key
from distributed import Worker, WorkerPlugin

FOLDER = "TASK_TIMES"


class TaskTimes(WorkerPlugin):
    """Records the tasks of a worker."""

    def __init__(self, folder: Path) -> None:
        """Write into a folder."""
        self.path = folder / f"{os.getpid()}.jsonl"
        self.begun: dict[Key, tuple[float, float]] = {}

    def transition(self, key: Key, start: str, finish: str, **_: Any) -> None:  # noqa: ANN401 - Dask's own
        """Remember when a task starts, and write a line when it has ended."""
        now, cpu_seconds = time.time(), time.process_time()
        if finish == "executing":
            self.begun[key] = now, cpu_seconds
        elif start == "executing" and key in self.begun:
            began, before = self.begun.pop(key)
            line = {"began": began, "ended": now, "cpu": cpu_seconds - before, "megabytes": peak()}
            with self.path.open("a", encoding="utf-8") as out:
                out.write(f"{json.dumps(line)}\n")


async def dask_setup(worker: Worker) -> None:
    """Record the tasks of a worker."""
    await worker.plugin_add(TaskTimes(Path(os.environ[FOLDER])))


def peak() -> float:
    """Return the peak memory of this process in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
