"""SIGINT and SIGTERM end a run in good order: the page in hand is finished; a second signal ends it at once.

What is only made for others, and can be made again, is broken off instead, and leaves nothing.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from postarchive.errors import Interrupted

SIGNALS = (signal.SIGINT, signal.SIGTERM)
INTERRUPTED = 130


class Stop:
    """Whether a person or the system has asked the run to stop."""

    def __init__(self) -> None:
        """Nobody has asked yet."""
        self._asked = threading.Event()

    def is_asked(self) -> bool:
        """Tell whether the run was asked to stop."""
        return self._asked.is_set()

    def sleep(self, seconds: float) -> None:
        """Sleep; raises Interrupted when the run is asked to stop meanwhile: nothing is in hand while it waits."""
        if self._asked.wait(seconds):
            raise Interrupted("", "interrupted; what was fetched is kept, the next run goes on")

    def ask(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a signal handler's signature
        """Note the first signal; end the process at the second."""
        if self._asked.is_set():
            os._exit(INTERRUPTED)
        self._asked.set()


@contextmanager
def stopping() -> Iterator[Stop]:
    """Let signals ask for a stop instead of breaking off what is being written."""
    stop = Stop()
    with _handled(stop.ask):
        yield stop


@contextmanager
def breaking_off() -> Iterator[None]:
    """Let a signal raise Interrupted at once, so that what is half made is taken away by its maker."""
    with _handled(_break_off):
        yield


def _break_off(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a signal handler's signature
    raise Interrupted("", "interrupted before it was complete")


@contextmanager
def _handled(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in SIGNALS}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
