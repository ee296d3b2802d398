"""How the tests are run: where they write, and what the process that runs them imports; the fixtures are `givens`."""

import gc
import os
import shutil
import warnings
from collections.abc import Generator
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

IN_MEMORY, ENOUGH_BYTES = Path("/dev/shm"), 4 * 2**30  # noqa: S108 - pytest makes a folder of its own there


def pytest_configure(config: pytest.Config) -> None:
    """Let the tests write to memory where there is room: each page is flushed to the disk, which takes milliseconds."""
    if os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ENOUGH_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(IN_MEMORY))
    if config.getoption("dist", "no") == "no":  # this process runs tests, and does not hand them out
        gc.disable()  # until all is collected: what is imported stays, and to look through it takes a fifth of the time
        config.pluginmanager.import_plugin("givens")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Take one worker more than there are cores: tests wait too, for processes, time limits and slow servers."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """Let the search for garbage pass over half a million objects of libraries and tests, and come seldom."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # Datasette leaves a database open when it is imported
        gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Let a worker tell of a test that passed in one report, not in three: each costs more than most tests themselves.

    `--durations` and `--junit-xml` want all three, and a test that runs in the main process tells it without any cost.
    """
    wants_all = any(item.config.getoption(name, None) is not None for name in ("durations", "xmlpath"))
    if wants_all or not hasattr(item.config, "workerinput"):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in runtestprotocol(item, log=False, nextitem=nextitem):
        if report.when == "call" or not report.passed:
            item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable(report: pytest.TestReport) -> Generator[None, dict[str, object], dict[str, object]]:
    """Leave out the names and marks by which `-k` and `-m` chose a test, once it has passed."""
    data = yield
    return data | {"keywords": {}} if report.passed else data


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make guarantees` write what the tests found into the documentation."""
    parser.addoption("--write-guarantees", action="store_true", help="write the table of docs/guarantees.md anew")
