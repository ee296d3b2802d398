"""Run the program in a terminal of its own, as a person does, and read the screen."""

import fcntl
import os
import pty
import struct
import sys
import termios
from contextlib import suppress
from functools import cache
from multiprocessing import forkserver, get_context
from multiprocessing.connection import wait
from pathlib import Path

import pytest

from commands import environment
from terminalchild import run_in

# A process that has imported the program begins those that run it: the import takes longer than most commands.
CONTEXT = get_context("forkserver")
CONTEXT.set_forkserver_preload(["terminalchild"])
PATIENCE_SECONDS = 60


def in_terminal(*arguments: str | Path, columns: int = 80, **variables: str) -> tuple[int | None, str]:
    """Return the exit code, and all that the program wrote to a terminal so wide, stdout and stderr as they came."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    words, values = [str(word) for word in arguments], environment(**{"TERM": "xterm-256color"} | variables)
    process = CONTEXT.Process(target=run_in, args=(os.ttyname(theirs), Path.cwd(), words, values))
    _begin_server()
    process.start()
    written = _until(process.sentinel, ours, theirs)
    process.join(PATIENCE_SECONDS)
    return process.exitcode, written.decode().replace("\r\n", "\n")


@cache
def _begin_server() -> None:
    """Begin the process that begins the others; it knows where to import from only by its environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        forkserver.ensure_running()


def _until(end: int, ours: int, theirs: int) -> bytes:
    """Return all that is written to a terminal until a process ends; close both ends of it."""
    pieces = []
    while ours in (ready := wait([ours, end], PATIENCE_SECONDS)) or not ready:
        assert ready, "the program neither writes nor ends"
        pieces.append(os.read(ours, 65536))
    os.close(theirs)
    with suppress(OSError):  # that is how a terminal ends that nobody holds any more
        while piece := os.read(ours, 65536):
            pieces.append(piece)
    os.close(ours)
    return b"".join(pieces)
