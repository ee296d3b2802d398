"""A process that does tasks for another: it receives functions with arguments, and sends back what they return.

It ends when its parent does, because the pipe closes. Ctrl-C is left to the parent.
"""

import gc
import os
import pickle
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Generic, NamedTuple, NoReturn, TypeVar

from postarchive.ahead.pipe import Pipe
from postarchive.errors import Interrupted

Argument = TypeVar("Argument")
Result = TypeVar("Result")


class Task(NamedTuple, Generic[Argument, Result]):
    """A function of a module, and its argument."""

    function: Callable[[Argument], Result]
    argument: Argument


def follow(pipe: Pipe) -> NoReturn:
    """Do the tasks that come through a pipe, until it closes; send None for a task that failed.

    Threads take tasks and hand over results, so that neither this process nor its parent waits for the other.
    """
    tasks, results = SimpleQueue[bytearray](), SimpleQueue[bytes]()
    Thread(target=_take, args=(pipe, tasks), daemon=True).start()
    Thread(target=_hand_over, args=(pipe, results), daemon=True).start()
    while True:
        task = pickle.loads(tasks.get())  # noqa: S301 - our own parent's
        results.put(pickle.dumps(done(task), pickle.HIGHEST_PROTOCOL))
        if not gc.isenabled():
            gc.freeze()  # what the first task imported lives to the end
            gc.enable()


def _take(pipe: Pipe, tasks: "SimpleQueue[bytearray]") -> None:
    try:
        while True:
            tasks.put(pipe.receive())
    except (EOFError, OSError):
        os._exit(0)  # there is no parent: what this process does now is of no use


def _hand_over(pipe: Pipe, results: "SimpleQueue[bytes]") -> None:
    with suppress(OSError):
        while True:
            pipe.send(results.get())


def done(task: Task[Argument, Result]) -> Result | None:
    """Return what the function of a task returns; None when it fails."""
    try:
        return task.function(task.argument)
    except Interrupted:
        raise
    except Exception:  # noqa: BLE001 - the parent does it itself, and handles what goes wrong
        return None
