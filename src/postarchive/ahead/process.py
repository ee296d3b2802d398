"""A worker's process: a copy of this one where that is safe, else a fresh interpreter.

A copy begins at once, with all that was imported; a fresh interpreter needs a quarter of a second. Only a process
without other threads may be copied, because a lock that one of them holds would stay locked, and none on macOS, whose
libraries do not expect it. The copy closes all files it was given and ends without tidying up: it leaves the
database, the locks and the output of this process alone.
"""

import gc
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn, Protocol

from postarchive.ahead.pipe import Pipe
from postarchive.ahead.worker import follow

# What a fresh interpreter runs: it takes the parent's import path, then does its tasks.
START: Final = (
    "import gc, signal, socket, sys; gc.disable(); signal.signal(signal.SIGINT, signal.SIG_IGN); "
    "end = socket.socket(fileno=int(sys.argv[1])); sys.path[:] = sys.argv[2:]; "
    "from postarchive.ahead.pipe import Pipe; from postarchive.ahead.worker import follow; follow(Pipe(end))"
)
THREADS: Final = Path("/proc/self/task")
OPEN_FILES: Final = Path("/proc/self/fd")
STDERR: Final = 2


class Process(Protocol):
    """A process that can be ended."""

    def kill(self) -> None:
        """End it at once; it has nothing to lose."""

    def wait(self) -> object:
        """Wait until it has ended."""


def start() -> tuple[Process, Pipe]:
    """Start a process that does what it is sent through the pipe; raises OSError when that fails."""
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            return (_copied if _is_alone() else _fresh)(theirs), Pipe(ours)
        except BaseException:
            ours.close()
            raise


def _is_alone() -> bool:
    """Tell whether this process is known to have a single thread."""
    with suppress(OSError):
        return sys.platform == "linux" and sum(1 for _ in THREADS.iterdir()) == 1
    return False


def _fresh(theirs: socket.socket) -> Process:
    # Isolated: it must not import from the user's current folder. Silent: what fails there is done again here, and
    # reported.
    command = [sys.executable or "", "-I", "-c", START, str(theirs.fileno()), *sys.path]
    return subprocess.Popen(  # noqa: S603 - this interpreter, and a text of ours
        command,
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


class _Twin:
    """A copy of this process, by its id."""

    def __init__(self, identity: int) -> None:
        self._identity = identity

    def kill(self) -> None:
        with suppress(ChildProcessError):  # it is gone, and its id may be another's
            if os.waitpid(self._identity, os.WNOHANG) == (0, 0):
                os.kill(self._identity, signal.SIGKILL)

    def wait(self) -> None:
        with suppress(ChildProcessError):
            os.waitpid(self._identity, 0)


def _copied(theirs: socket.socket) -> Process:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # no handler may run in the copy
    try:
        identity = os.fork()
        if not identity:
            _become_worker(theirs, before)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return _Twin(identity)


def _become_worker(theirs: socket.socket, mask: set[int]) -> NoReturn:
    try:
        gc.freeze()  # what is there now lives to the end
        for number in signal.valid_signals():
            if callable(signal.getsignal(number)):
                signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        os.setsid()
        follow(Pipe(socket.socket(fileno=_only_open(theirs.fileno()))))
    finally:
        os._exit(0)


def _only_open(number: int) -> int:
    """Close all files but one, and return its number, which may change; what is printed goes nowhere."""
    while number <= STDERR:  # this process was started without its standard streams
        number = os.dup(number)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(STDERR + 1):
        os.dup2(nowhere, stream)
    for other in [int(path.name) for path in OPEN_FILES.iterdir()]:
        if other > STDERR and other != number:
            with suppress(OSError):  # the listing itself
                os.close(other)
    return number
