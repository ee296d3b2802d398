"""A process that has imported the program and makes a copy of itself for each run; `running` starts it and asks it.

To import what a fetch needs takes an interpreter a third of a second, ten times as long as the fetch of a page. The
copy has what `python -m postarchive` has at the same point: one thread, the program imported, nothing of it used yet.
"""

import gc
import json
import os
import signal
import socket
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any, NoReturn, TextIO

import postarchive.collect.pages
import postarchive.collect.planning  # noqa: F401 - imported before the copies are made
from postarchive.__main__ import main
from postarchive.cli import COMMANDS

for _, place in COMMANDS.values():
    import_module(f"postarchive.cli.{place.partition(':')[0]}")
STREAMS = 3


def serve(requests: socket.socket) -> None:
    """Make the runs that are asked for, until nobody can ask any more."""
    gc.freeze()  # else the copies copy what they only look through
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while received := socket.recv_fds(requests, 1 << 16, STREAMS + 1):
        message, files, _, _ = received
        _bury()
        if not message:
            return
        while not message.endswith(b"\n"):
            message += requests.recv(1 << 16)
        if not os.fork():
            requests.close()
            _watch(json.loads(message), *files)
        for file in files:
            os.close(file)


def _bury() -> None:
    """Take note of the watchers that have ended, which also adds their time to that of this process."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _watch(request: dict[str, Any], report: int, *streams: int) -> NoReturn:
    """Start the run; report its id, and when it has ended its status, most memory (KiB) and time (s)."""
    identity = os.fork()
    if not identity:
        os.close(report)
        _run(request, *streams)
    for stream in streams:
        os.close(stream)
    with suppress(BrokenPipeError):  # the test has ended before its run
        os.write(report, b"%d\n" % identity)
        _, status, usage = os.wait4(identity, 0)
        seconds = usage.ru_utime + usage.ru_stime
        os.write(report, f"{os.waitstatus_to_exitcode(status)} {usage.ru_maxrss} {seconds}\n".encode())
    os._exit(0)


def _run(request: dict[str, Any], *streams: int) -> NoReturn:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    if request["terminal"]:
        sys.stdin, sys.stdout, sys.stderr = _streams_in(request["terminal"])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["variables"])
    sys.argv[:] = ["postarchive", *request["arguments"]]
    main()


def _streams_in(terminal: str) -> tuple[TextIO, TextIO, TextIO]:
    """Move into a terminal, named by its path; return streams that are buffered and encoded as an interpreter's are."""
    os.setsid()
    device = os.open(terminal, os.O_RDWR)
    for number in range(STREAMS):
        os.dup2(device, number)
    os.close(device)
    return (
        open(0, encoding="utf-8", closefd=False),
        open(1, "w", 1, "utf-8", closefd=False),
        open(2, "w", 1, "utf-8", "backslashreplace", closefd=False),
    )


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
