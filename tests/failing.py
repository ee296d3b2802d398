"""What goes wrong in a worker's hands. It imports nothing slow, for each worker imports it to find what it is told."""

import os
import signal
import sys


def die(_: object) -> None:
    """End the process at once, as the system does when memory is short; in that of the tests, fail."""
    if "pytest" in sys.modules:
        raise MemoryError
    os.kill(os.getpid(), signal.SIGKILL)


def never(_: object) -> object:
    """Fail as a bug does."""
    raise ZeroDivisionError("division by zero")
