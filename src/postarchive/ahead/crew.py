"""The processes that read ahead, and what they found, in task order.

A worker that dies costs only the results it owes: the caller does those tasks itself.
"""

import os
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Generic, Self, TypeAlias, TypeVar

from postarchive.ahead.process import start
from postarchive.ahead.worker import Task, done

Argument = TypeVar("Argument")
Result = TypeVar("Result")
IN_HAND: Final = 3  # tasks of each process that are begun, or done ahead of their turn; more would only fill memory
MAX_LOST: Final = 3  # after this many deaths in a crew no more workers are started


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Crew(Generic[Argument, Result]):
    """A number of workers, started when there is something to do; all end when the `with` block does."""

    def __init__(self, function: Callable[[Argument], Result], jobs: int) -> None:
        """Make a crew of up to `jobs` workers that call a function; none is started yet."""
        self._function = function
        self._jobs = jobs
        self._workers: list[_Worker[Argument, Result]] = []
        self._lost = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End all workers at once, whatever they are doing."""
        for worker in self._workers:
            worker.end()

    def in_order(self, arguments: Iterable[Argument]) -> Iterator[tuple[Argument, Result | None]]:
        """Yield each argument with what the function returned for it, in order; None if it failed.

        The caller does tasks itself rather than wait for a worker. Only a few are done ahead, so memory does not grow
        with their number.
        """
        tasks = (Task(self._function, argument) for argument in arguments)
        begun = _Line[Argument, Result]()
        while self._hand_out(tasks, begun) or self._do_here(tasks, begun):
            owing = begun[0].owing
            if owing is None:
                first = begun.popleft()
                yield first.task.argument, first.result
            elif not self._do_here(tasks, begun):
                owing.settle()

    def _hand_out(self, tasks: "_Tasks[Argument, Result]", begun: "_Line[Argument, Result]") -> bool:
        """Take what workers have found, and give them more to do; tell whether anything is begun."""
        for worker in self._workers:
            worker.settle_what_is_there()
        while self._has_room(begun) and (free := self._free()) and (task := next(tasks, None)):
            begun.append(free.begin(task))
        return bool(begun)

    def _do_here(self, tasks: "_Tasks[Argument, Result]", begun: "_Line[Argument, Result]") -> bool:
        """Do a task in this process; return False when there is none, or no room for its result."""
        if not self._has_room(begun) or (task := next(tasks, None)) is None:
            return False
        begun.append(_Begun(task, done(task)))
        return True

    def _has_room(self, begun: "_Line[Argument, Result]") -> bool:
        return len(begun) < IN_HAND * (self._jobs + 1)

    def _free(self) -> "_Worker[Argument, Result] | None":
        """Return the worker with the least to do; None when each has enough."""
        self._replace_the_lost()
        free = min(self._workers, key=lambda worker: len(worker.owed), default=None)
        return free if free and len(free.owed) < IN_HAND else None

    def _replace_the_lost(self) -> None:
        """Start workers for those that are missing, unless too many died or could not be started."""
        living = [worker for worker in self._workers if worker.is_alive]
        self._lost += len(self._workers) - len(living)
        self._workers = living
        while len(self._workers) < self._jobs and self._lost < MAX_LOST:
            try:
                self._workers.append(_Worker())
            except OSError:
                self._lost += 1


class _Worker(Generic[Argument, Result]):
    """A process, and the tasks whose results it owes, in order; when it dies they have none."""

    def __init__(self) -> None:
        """Start the process; raises OSError when that fails."""
        self._process, self._pipe = start()
        self.owed = _Line[Argument, Result]()
        self.is_alive = True

    def begin(self, task: Task[Argument, Result]) -> "_Begun[Argument, Result]":
        """Send a task."""
        begun = _Begun(task, owing=self)
        self.owed.append(begun)
        with self._noticing_death():
            self._pipe.send(pickle.dumps(task, pickle.HIGHEST_PROTOCOL))
        return begun

    def settle_what_is_there(self) -> None:
        """Take the results that have come."""
        while self.owed and self._pipe.has_news():
            self.settle()

    def settle(self) -> None:
        """Wait for a result and take it."""
        with self._noticing_death():
            result: Result | None = pickle.loads(self._pipe.receive())  # noqa: S301 - our own worker's
            self.owed.popleft().settle(result)

    @contextmanager
    def _noticing_death(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, OSError):
            self.end()

    def end(self) -> None:
        """Kill the process, which has nothing to lose."""
        if not self.is_alive:
            return
        self.is_alive = False
        self._process.kill()
        self._process.wait()
        self._pipe.close()
        while self.owed:
            self.owed.popleft().settle(None)


@dataclass(slots=True)
class _Begun(Generic[Argument, Result]):
    """A task in its turn; `owing` is the worker that does it, None when there is nothing to wait for."""

    task: Task[Argument, Result]
    result: Result | None = None
    owing: _Worker[Argument, Result] | None = None

    def settle(self, result: Result | None) -> None:
        """Take the result."""
        self.result, self.owing = result, None


_Line: TypeAlias = deque[_Begun[Argument, Result]]
_Tasks: TypeAlias = Iterator[Task[Argument, Result]]
