"""Tasks for workers in tests. It imports nothing slow, because each worker imports it to find its task."""

import os
import signal
import sys
from pathlib import Path

OF_TESTS = os.getpid() if "pytest" in sys.modules else None


def die(_: object) -> None:
    """End the process at once, as the system does when memory is short; in that of the tests, fail."""
    if os.getpid() == OF_TESTS:
        raise MemoryError
    os.kill(os.getpid(), signal.SIGKILL)


def never(_: object) -> object:
    """Fail as a bug does."""
    raise ZeroDivisionError("division by zero")


def open_files(_: object) -> list[str]:
    """Return what the files are that this process has open."""
    return [str(path.readlink()) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
