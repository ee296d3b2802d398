"""Runs of the program in a process of their own, to be killed, interrupted, measured or watched: each begins at once.

They are copies of a process that has imported the program (see `warm`). That a fresh interpreter starts the program
is shown by the tests that use `commands.program`, and by those of streams, of the documentation and of the wheel.
"""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import BinaryIO, Self

from commands import environment

WARM = Path(__file__).with_name("warm.py")
PATIENCE_SECONDS = 60.0


@dataclass
class Running:
    """A run, with the names that `subprocess.Popen` has; once it has ended, also what it took."""

    pid: int
    _report: BinaryIO
    _out: BinaryIO
    _err: BinaryIO
    returncode: int | None = field(default=None, init=False)
    memory_bytes: int = field(default=0, init=False)
    seconds: float = field(default=0.0, init=False)  # of the processor, its workers' included

    def fileno(self) -> int:
        """Return a file that can be read once it has ended."""
        return self._report.fileno()

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        if self.returncode is None:
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float = PATIENCE_SECONDS) -> int:
        """Return its exit code, negative for a signal; raises TimeoutExpired if it has not ended in these seconds."""
        if self.returncode is None:
            if not select.select([self], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("postarchive", timeout)
            code, kibibytes, seconds = self._report.readline().split()
            self.returncode, self.memory_bytes, self.seconds = int(code), int(kibibytes) * 1024, float(seconds)
            self._report.close()
        return self.returncode

    def communicate(self, timeout: float = PATIENCE_SECONDS) -> tuple[str, str]:
        """Wait for its end and return what it wrote."""
        self.wait(timeout)
        return _text_of(self._out), _text_of(self._err)

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for its end; kill it if the test has failed."""
        if kind is not None:
            self.kill()
        self.wait()
        self._out.close()
        self._err.close()


def started(
    *arguments: str | Path, stdout: int | None = None, terminal: str | None = None, **variables: str
) -> Running:
    """Start the program; its output is kept, or goes to an open file, or all its streams are a terminal."""
    request = {
        "arguments": list(map(str, arguments)),
        "variables": environment(**variables),
        "folder": str(Path.cwd()),
        "terminal": terminal,
    }
    ours, theirs = os.pipe()
    report = os.fdopen(ours, "rb", buffering=0)
    out, err = TemporaryFile(), TemporaryFile()  # noqa: SIM115 - closed when they are read
    with Path(os.devnull).open("rb") as nothing:
        files = [theirs, nothing.fileno(), out.fileno() if stdout is None else stdout, err.fileno()]
        socket.send_fds(_warm(), [json.dumps(request).encode() + b"\n"], files)
    os.close(theirs)
    return Running(int(report.readline()), report, out, err)


def _text_of(file: BinaryIO) -> str:
    with file:
        file.seek(0)
        return file.read().decode()


@cache
def _warm() -> socket.socket:
    """Return where runs are asked for; the process that makes them ends with this one."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, WARM, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,  # of which nothing is read: a stream that knew a file would fail on a copy's pipe
            env=environment(),
        )

    def end() -> None:
        with process:
            ours.close()

    atexit.register(end)
    return ours
