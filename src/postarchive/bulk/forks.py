"""The process that workers are forked from: it imports what a task needs, once, while the command imports Dask."""

from multiprocessing import forkserver, get_context
from typing import Final

# pyarrow imports pandas for its first table, if there is one: half a second. A module that is missing is no error.
PRELOADED: Final = ("distributed", "postarchive.bulk.task", "pandas")


def start_forkserver() -> None:
    """Start it unless it runs; it ends with this process."""
    get_context("forkserver").set_forkserver_preload(list(PRELOADED))
    forkserver.ensure_running()
