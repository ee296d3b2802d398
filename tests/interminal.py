"""Run the program in a terminal of its own, as a person does, and read what stands there."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path

from commands import environment


def in_terminal(*arguments: str | Path, columns: int = 80, **variables: str) -> tuple[int, str]:
    """Return the exit code, and all that the program wrote to a terminal so wide, stdout and stderr as they came."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "postarchive", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment(**{"TERM": "xterm-256color"} | variables),
    )
    os.close(theirs)
    written = _all_from(ours)
    os.close(ours)
    return process.wait(timeout=60), written.decode().replace("\r\n", "\n")


def _all_from(terminal: int) -> bytes:
    pieces = []
    with suppress(OSError):  # that is how a terminal ends that nobody holds any more
        while piece := os.read(terminal, 65536):
            pieces.append(piece)
    return b"".join(pieces)
