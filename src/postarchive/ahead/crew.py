"""The processes that read ahead, and what they found, in task order.

Each is a fresh interpreter: it shares no open database, no lock and no thread with this process, on every version of
Python. A worker that dies costs only its own result: the caller does that task itself.
"""

import os
import pickle
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection
from threading import Lock, local
from typing import Final, Generic, Self, TypeVar

from postarchive.ahead.worker import START, Task, done

Argument = TypeVar("Argument")
Result = TypeVar("Result")
IN_HAND: Final = 2  # tasks of each worker that are begun or done ahead of their turn
MOST_LOST: Final = 3  # after this many deaths in a crew no more workers are started


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Crew:
    """A number of workers, started when there is something to do; all end when the `with` block does."""

    def __init__(self, jobs: int) -> None:
        """Make a crew of up to `jobs` workers; none is started yet."""
        self._jobs = jobs
        self._threads = ThreadPoolExecutor(jobs, thread_name_prefix="crew")
        self._own = local()  # the worker of each thread
        self._lock = Lock()
        self._workers: list[_Worker] = []
        self._lost = 0
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all workers at once, whatever they are doing."""
        with self._lock:
            self._is_closed = True
            workers, self._workers = self._workers, []
        for worker in workers:
            worker.end()
        self._threads.shutdown(cancel_futures=True)
        for worker in workers:
            worker.wait()

    def in_order(
        self, function: Callable[[Argument], Result], arguments: Iterable[Argument]
    ) -> Iterator[tuple[Argument, Result | None]]:
        """Yield each argument with what the function returned for it, in order; None if it failed.

        The caller does tasks itself rather than wait for a worker. Only a few are done ahead, so memory does not grow
        with their number.
        """
        tasks = (Task(function, argument) for argument in arguments)
        begun = deque(_Begun(task, self._submit(task)) for task in islice(tasks, self.in_hand))
        while begun:
            first = begun.popleft()
            if first.future is not None:
                room = IN_HAND - sum(item.future is None for item in begun)
                begun.extend(_done_here(tasks, room, first.future))
                first.result = first.future.result()
                begun.extend(_Begun(task, self._submit(task)) for task in islice(tasks, 1))
            yield first.task.argument, first.result

    def begin(self, function: Callable[[Argument], Result], argument: Argument) -> "Future[Result | None]":
        """Have a worker call a function; return a future of its result, which is None when no worker could do it."""
        return self._submit(Task(function, argument))

    def _submit(self, task: Task[Argument, Result]) -> "Future[Result | None]":
        return self._threads.submit(self._do, task)

    @property
    def in_hand(self) -> int:
        """Return how many tasks to begin before the first result is taken; more would only fill memory."""
        return IN_HAND * self._jobs

    def _do(self, task: Task[Argument, Result]) -> Result | None:
        """Have this thread's worker do a task; return None when it died, or none can be started."""
        try:
            answer = self._worker().ask(pickle.dumps(task, pickle.HIGHEST_PROTOCOL))
        except (EOFError, OSError):
            self._lose()
            return None
        result: Result | None = pickle.loads(answer)  # noqa: S301 - our own worker's
        return result

    def _worker(self) -> "_Worker":
        """Return this thread's worker; raises EOFError or OSError when none should or can be started."""
        worker: _Worker | None = getattr(self._own, "worker", None)
        if worker is None:
            with self._lock:
                if self._is_closed or self._lost >= MOST_LOST:
                    raise EOFError
                worker = _Worker()
                self._workers.append(worker)
            self._own.worker = worker
        return worker

    def _lose(self) -> None:
        self._own.worker = None
        with self._lock:
            self._lost += 1


@dataclass(slots=True)
class _Begun(Generic[Argument, Result]):
    """A task in its turn; `future` is None when it was done here."""

    task: Task[Argument, Result]
    future: "Future[Result | None] | None"
    result: Result | None = None


def _done_here(
    tasks: Iterator[Task[Argument, Result]], most: int, awaited: "Future[Result | None]"
) -> "Iterator[_Begun[Argument, Result]]":
    """Do some tasks, one after the other, until the awaited result is there."""
    for _ in range(most):
        if awaited.done():
            return
        yield from (_Begun(task, None, done(task)) for task in islice(tasks, 1))


class _Worker:
    """One process and the pipe to it."""

    def __init__(self) -> None:
        """Start the process; raises OSError when that fails."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            # Isolated: it must not import from the user's current folder. Silent: what fails there
            # is done again here, and reported.
            command = [sys.executable or "", "-I", "-c", START, str(theirs.fileno())]
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter, and a text of ours
                command,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            self._pipe = Connection(ours.detach())
        self._pipe.send_bytes(pickle.dumps(sys.path))

    def ask(self, task: bytes) -> bytes:
        """Send a task and return its pickled result; raises EOFError or OSError when the process is gone."""
        self._pipe.send_bytes(task)
        return self._pipe.recv_bytes()

    def end(self) -> None:
        """Kill the process, which has nothing to lose."""
        self._process.kill()

    def wait(self) -> None:
        """Wait until the process has ended, and close the pipe."""
        self._process.wait()
        self._pipe.close()
