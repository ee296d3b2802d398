"""Run the program in a terminal of its own, as a person does, and read the screen."""

import fcntl
import os
import pty
import struct
import termios
from contextlib import suppress
from pathlib import Path
from select import select

from running import PATIENCE_SECONDS, Running, started


def in_terminal(*arguments: str | Path, columns: int = 80, **variables: str) -> tuple[int, str]:
    """Return the exit code, and all that the program wrote to a terminal so wide, stdout and stderr as they came."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    values = {"TERM": "xterm-256color"} | variables
    with started(*arguments, terminal=os.ttyname(theirs), **values) as run:  # type: ignore[arg-type]
        written = _until_end_of(run, ours, theirs)
    return run.wait(), written.decode().replace("\r\n", "\n")


def _until_end_of(run: Running, ours: int, theirs: int) -> bytes:
    """Return all that a run writes to a terminal; close both ends of it."""
    pieces = []
    while ours in (ready := select([ours, run.fileno()], [], [], PATIENCE_SECONDS)[0]) or not ready:
        assert ready, "the program neither writes nor ends"
        pieces.append(os.read(ours, 65536))
    os.close(theirs)
    with suppress(OSError):  # that is how a terminal ends that nobody holds any more
        while piece := os.read(ours, 65536):
            pieces.append(piece)
    os.close(ours)
    return b"".join(pieces)
