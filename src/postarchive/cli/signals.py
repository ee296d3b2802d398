"""SIGINT and SIGTERM end a run cleanly, after the current page; a second signal ends it at once.

Output that can be made again, such as an export, is broken off instead, and leaves nothing behind.
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
        """Start with no stop requested."""
        self._requested = threading.Event()

    def is_requested(self) -> bool:
        """Tell whether the run was asked to stop."""
        return self._requested.is_set()

    def sleep(self, seconds: float) -> None:
        """Sleep; raises Interrupted if the run is asked to stop meanwhile: no page is in progress then."""
        if self._requested.wait(seconds):
            raise Interrupted("", "interrupted; what was fetched is kept, the next run continues")

    def request(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a signal handler's signature
        """Note the first signal; end the process at the second."""
        if self._requested.is_set():
            os._exit(INTERRUPTED)
        self._requested.set()


@contextmanager
def stopping() -> Iterator[Stop]:
    """Make signals ask for a stop instead of breaking off what is being written."""
    stop = Stop()
    with _handled(stop.request):
        yield stop


@contextmanager
def breaking_off() -> Iterator[None]:
    """Make a signal raise Interrupted at once, so that the code that made half a file removes it."""
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
