"""A process that does tasks for another: it receives functions with arguments, and sends back what they return.

It ends when its parent does, because the pipe closes. Ctrl-C is left to the parent.
"""

import gc
import pickle
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Generic, NamedTuple, TypeVar

from postarchive.errors import Interrupted

Argument = TypeVar("Argument")
Result = TypeVar("Result")
# What a new process runs: it takes the parent's import path, then does its tasks.
START = (
    "import gc, pickle, signal, sys; gc.disable(); signal.signal(signal.SIGINT, signal.SIG_IGN); "
    "from multiprocessing.connection import Connection; pipe = Connection(int(sys.argv[1])); "
    "sys.path[:] = pickle.loads(pipe.recv_bytes()); from postarchive.ahead.worker import follow; follow(pipe)"
)


class Task(NamedTuple, Generic[Argument, Result]):
    """A function of a module, and its argument."""

    function: Callable[[Argument], Result]
    argument: Argument


def follow(pipe: Connection) -> None:
    """Do the tasks that come through a pipe until it closes; send None for a task that failed."""
    try:
        while True:
            task = pickle.loads(pipe.recv_bytes())  # noqa: S301 - our own parent's
            if not gc.isenabled():
                gc.freeze()  # what the first task imported lives to the end
                gc.enable()
            pipe.send_bytes(pickle.dumps(done(task), pickle.HIGHEST_PROTOCOL))
    except (EOFError, OSError):
        return


def done(task: Task[Argument, Result]) -> Result | None:
    """Return what the function of a task returns; None when it fails."""
    try:
        return task.function(task.argument)
    except Interrupted:
        raise
    except Exception:  # noqa: BLE001 - the parent does it itself, and handles what goes wrong
        return None
