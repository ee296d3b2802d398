"""Run the program as people and scripts do, in this process or in one of its own."""

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import NoReturn

import pytest
import typer.main

from archiving import PROXY_VARIABLES
from fakesite import FIXTURES, FakeSite
from postarchive import cli
from postarchive.cli import main
from postarchive.cli.signals import Stop

NOT_INHERITED = ("FORCE_COLOR", "NO_COLOR", "GITHUB_ACTIONS", "COLUMNS", "PYTHONIOENCODING", "http_proxy")
IS_BUG = 1
# Each command is made once in a process: typer takes milliseconds to read the types of its options.
APPLICATION, COMMAND = cache(cli.application), cache(typer.main.get_command)
SLEEP = Stop.sleep
ODD = FIXTURES.parent / "odd"
TITLE = "China Post releases action plan for serving rural revitalization"


@dataclass(frozen=True)
class Done:
    """A run of the program that has ended: its exit code and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


def environment(**variables: str) -> dict[str, str]:
    """Return the variables of a person who has set none of those that the program looks at."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("POSTARCHIVE_")}
    for name in (*NOT_INHERITED, *PROXY_VARIABLES):
        inherited.pop(name, None)
    return inherited | variables


def program(*arguments: str | Path, stdin: bytes = b"", **variables: str) -> Done:
    """Run the program as a process of its own."""
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "postarchive", *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        timeout=60,
        env=environment(**variables),
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


class Terminal(TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Tell that it is one."""
        return True


def postarchive(*arguments: str | Path, stdin: bytes = b"", **variables: str) -> Done:
    """Run the program in this process, as a process of its own would, but that it never waits before a request."""
    return _run(TextIOWrapper, arguments, stdin, variables)


def watched(*arguments: str | Path, **variables: str) -> Done:
    """Run the program in this process, as in a terminal without colours or cursor control."""
    return _run(Terminal, arguments, b"", {"NO_COLOR": "1", "TERM": "dumb"} | variables)


def hurry(stop: Stop, _seconds: float) -> None:
    """Do not sleep, but end where a sleeping run would be interrupted."""
    SLEEP(stop, 0.0)


def _run(kind: type[TextIOWrapper], arguments: tuple[str | Path, ...], stdin: bytes, variables: dict[str, str]) -> Done:
    out, err = (kind(BytesIO(), "utf-8", errors) for errors in ("strict", "backslashreplace"))
    with pytest.MonkeyPatch.context() as patch:
        for name in set(os.environ) - set(environment()):
            patch.delenv(name)
        for name, value in variables.items():
            patch.setenv(name, value)
        patch.setattr(Stop, "sleep", hurry)
        patch.setattr(cli, "application", APPLICATION)
        patch.setattr(typer.main, "get_command", COMMAND)
        patch.setattr(sys, "argv", ["postarchive", *map(str, arguments)])
        patch.setattr(sys, "stdin", TextIOWrapper(BytesIO(stdin)))
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        code = code_of(main)
    return Done(code, *(text_of(stream) for stream in (out, err)))


def code_of(program_main: Callable[[], NoReturn]) -> int:
    """Return the exit code of the program; what it does not catch is printed and a bug, as the interpreter has it."""
    try:
        program_main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception:  # noqa: BLE001 - just what a test is to find
        traceback.print_exc()
        return IS_BUG


def text_of(stream: TextIOWrapper) -> str:
    stream.flush()
    data = stream.buffer
    assert isinstance(data, BytesIO)
    return data.getvalue().decode()


def fetch(site: FakeSite, archive: Path, *arguments: str) -> Done:
    """Fetch from the fake site."""
    return postarchive("fetch", "--archive", archive, "--delay", "0", *arguments, http_proxy=site.proxy_url)


def assert_one_line(done: Done, code: int, *words: str) -> None:
    """Check that a refusal is one clear line on stderr and nothing else."""
    assert "Traceback" not in done.stderr
    assert (done.returncode, done.stdout) == (code, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("postarchive: ")
    for word in words:
        assert word in done.stderr


def rows(done: Done) -> list[dict[str, object]]:
    """Return the rows of a query in jsonl."""
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
