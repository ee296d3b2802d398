"""Make a copy in a separate process of low priority: readers do not wait for it, and its memory is freed with it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from postarchive.errors import ArchiveUnwritable, Interrupted, PostarchiveError
from postarchive.serve.copy import make_copy
from postarchive.serve.folders import temporary_folder
from postarchive.serve.tables import DATABASE

POLL_SECONDS = 0.2
LOW_PRIORITY = 5  # out of 19: a third of other processes' share when all want a core
HOUSE = Path(__file__).parents[2]


@contextmanager
def child_copy(archive: Path, is_stopped: Callable[[], bool]) -> Iterator[Path]:
    """Yield a copy made by another process, removed at the end.

    Raises ArchiveUnwritable with that process's own words when it failed, Interrupted when `is_stopped` says so.
    """
    with temporary_folder() as folder:
        path = folder / f"{DATABASE}.db"
        _run_child(archive, path, is_stopped)
        yield path


def _run_child(archive: Path, path: Path, is_stopped: Callable[[], bool]) -> None:
    # -P: import no module from the folder where the server was started
    command = [
        sys.executable,
        "-P",
        "-m",
        "postarchive.serve.child",
        str(archive.absolute()),
        str(path),
        str(os.getpid()),
    ]
    places = [str(HOUSE), *filter(None, [os.environ.get("PYTHONPATH")])]
    with subprocess.Popen(  # noqa: S603 - our own program
        command,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(places)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        output = _output_of(child, is_stopped)
    if is_stopped():
        raise Interrupted("", "stopped")
    if child.returncode:
        raise ArchiveUnwritable("", output.strip().rpartition("\n")[2] or f"a process ended with {child.returncode}")


def _output_of(child: subprocess.Popen[str], is_stopped: Callable[[], bool]) -> str:
    """Return what a process writes until it ends; kill it when `is_stopped` says so."""
    while True:
        try:
            return child.communicate(timeout=POLL_SECONDS)[1]
        except subprocess.TimeoutExpired:
            if is_stopped():
                child.terminate()


def main(archive: str, path: str, server: str) -> int:
    """Make a copy as a separate process, which ends when the server with that process id does; return its exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's, which ends this process
    os.nice(LOW_PRIORITY)
    try:
        make_copy(Path(archive), Path(path), is_stopped=lambda: os.getppid() != int(server))
    except PostarchiveError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
