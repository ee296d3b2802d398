"""What a process does that runs the program in a terminal; importing this imports the program."""

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TextIO

from postarchive.cli import PANELS, main

for _places in PANELS.values():
    for _place in _places.values():
        import_module(f"postarchive.cli.{_place.partition(':')[0]}")


def run_in(terminal: str, folder: Path, arguments: list[str], variables: dict[str, str]) -> None:
    """Run the program in a terminal, named by its path, as an interpreter would that was started there."""
    os.setsid()
    device = os.open(terminal, os.O_RDWR)
    for stream in range(3):
        os.dup2(device, stream)
    os.close(device)
    sys.stdin, sys.stdout, sys.stderr = _streams()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    sys.argv = ["postarchive", *arguments]
    main()


def _streams() -> tuple[TextIO, TextIO, TextIO]:
    """Return streams that are buffered and encoded as the interpreter's own are."""
    return (
        open(0, encoding="utf-8", closefd=False),
        open(1, "w", 1, "utf-8", closefd=False),
        open(2, "w", 1, "utf-8", "backslashreplace", closefd=False),
    )
