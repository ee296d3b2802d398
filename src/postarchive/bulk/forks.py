"""The process that workers are forked from: it imports once what a task needs, while the command imports Dask."""

from multiprocessing import forkserver, get_context
from typing import Final

# pyarrow imports pandas, if installed, for its first table: half a second. A missing module is not an error.
PRELOADED: Final = ("distributed", "postarchive.bulk.task", "pandas")


def start_forkserver() -> None:
    """Start the process unless it is running; it ends with this one."""
    get_context("forkserver").set_forkserver_preload(list(PRELOADED))
    forkserver.ensure_running()
