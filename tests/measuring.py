"""Measure a command from a small process: to the system, a process has held what the one that started it holds."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from commands import environment

MEBIBYTE = 2**20
MEASURE = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=sys.stderr)
took = resource.getrusage(resource.RUSAGE_CHILDREN)
print(took.ru_maxrss, took.ru_utime + took.ru_stime)
sys.exit(code)
"""


@dataclass(frozen=True)
class Measured:
    """What a command took, in time of the processor whatever else the machine did, and all it wrote."""

    returncode: int
    memory_bytes: int
    seconds: float
    written: str


def measured(*command: str | Path) -> Measured:
    """Run a command of this interpreter, such as `-m postarchive`."""
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", MEASURE, sys.executable, *command],
        capture_output=True,
        check=False,
        timeout=120,
        env=environment(),
    )
    kibibytes, seconds = done.stdout.split()
    return Measured(done.returncode, int(kibibytes) * 1024, float(seconds), done.stderr.decode())
