"""What the commands share: options, where the archive is, opening and printing."""

import gc
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TextIO, TypeAlias

import typer

from postarchive.errors import UnreadableInput, UsageError
from postarchive.jsonvalue import Json

STDOUT = Path("-")
WIDEST_LINE = 100  # columns of running text

ArchiveOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--archive",
        "-a",
        envvar="POSTARCHIVE_ARCHIVE",
        metavar="DIR",
        help="The archive's folder; by default it is in your user data folder.",
        show_envvar=True,
    ),
]
ContactOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        envvar="POSTARCHIVE_CONTACT",
        help="Your URL or email address, sent to the site so that its owners can reach you.",
        show_default=False,
    ),
]
WaitOption: TypeAlias = Annotated[
    float, typer.Option(min=0.0, help="Seconds to wait if another run is using the archive.")
]
DelayOption: TypeAlias = Annotated[
    float, typer.Option(min=0.0, help="Seconds between the starts of two requests to a host.")
]
TimeoutOption: TypeAlias = Annotated[
    float, typer.Option(min=0.1, help="Seconds to wait for a server that sends nothing.")
]
JobsOption: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        metavar="N",
        help="Number of processes that read the evidence; one per core by default. The result is the same.",
        show_default=False,
    ),
]


def jobs_of(given: int | None) -> int:
    """Return how many processes are to read: as given, else one per core."""
    from postarchive.ahead.crew import cores

    return given or cores()


def known_hosts(named: list[str] | None) -> tuple[str, ...]:
    """Return the hosts that a person named, each once. Raises UsageError for one that is not China Post's."""
    from postarchive.urls import HOSTS

    for host in named or ():
        if host not in HOSTS:
            raise UsageError(f"--host {host}", f"is not a China Post host; known hosts: {', '.join(HOSTS)}")
    return tuple(dict.fromkeys(named or ()))


def clock_reporter(*, is_quiet: bool) -> Callable[[datetime], None]:
    """Return a function that warns if a run begins before the archive's newest capture; silent when quiet."""

    def report(newest: datetime) -> None:
        if not is_quiet:
            time = f"{newest:%Y-%m-%d %H:%M} UTC"
            typer.echo(
                f"This computer's clock is behind the newest capture ({time}); this run still counts as newer.",
                err=True,
            )

    return report


def report_damage(detail: str) -> None:
    """Print that a place in the evidence is damaged and has no rows, quiet or not."""
    from postarchive.export.plain import printable

    typer.echo(printable(f"DAMAGED   {detail}"), err=True)


def check_extra(subject: str, extra: str, *modules: str) -> None:
    """Raise UsageError, with how to install them, when modules of an extra are missing."""
    from importlib.util import find_spec

    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise UsageError(subject, f"needs {' and '.join(missing)}; install with: pip install 'postarchive[{extra}]'")


class TableOrJson(StrEnum):
    """How a report is printed."""

    TABLE = "table"
    JSON = "json"


class RowFormat(StrEnum):
    """How rows are printed, by every command that lists rows."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    TSV = "tsv"
    MD = "md"


RowFormatOption: TypeAlias = Annotated[RowFormat, typer.Option("--format", "-f", help="Output format.")]


@contextmanager
def importing() -> Iterator[None]:
    """Do not collect garbage while a command imports: there is none, and looking takes a seventh of the time."""
    known = len(sys.modules)
    gc.disable()
    try:
        yield
    finally:
        if len(sys.modules) > known:
            gc.freeze()  # imports live to the end
        gc.enable()


def archive_path(given: Path | None) -> Path:
    """Return the archive's folder: as given, else the one in the user's data folder."""
    if given is not None:
        return given
    from platformdirs import user_data_path

    return user_data_path("postarchive")


@contextmanager
def opened(output: Path | None) -> Iterator[TextIO]:
    """Open a file that appears once complete, or stdout for None and `-`; UTF-8, except on a terminal.

    Raises ArchiveUnwritable when the file cannot be written.
    """
    from postarchive.export.files import atomic_text, text_over

    if output is not None and output != STDOUT:
        with atomic_text(output) as out:
            yield out
    elif is_terminal():
        yield sys.stdout
    else:
        sys.stdout.flush()
        with text_over(sys.stdout.buffer) as out:
            yield out


def read_file(path: Path) -> bytes:
    """Return a small file. Raises UnreadableInput."""
    try:
        if not path.is_file():
            raise UnreadableInput(str(path), "is not a file")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableInput(str(path), f"cannot be read: {error.strerror or error}") from error


def is_terminal() -> bool:
    """Tell whether stdout is a terminal."""
    return sys.stdout.isatty()


def print_json(value: object) -> None:
    """Print a value as one JSON document."""
    from postarchive.export.rows import json_text

    sys.stdout.write(json_text(value, indent=1) + "\n")


def text_of(value: Json) -> str:
    """Return a value for a table's cell: empty for None."""
    return "" if value is None else str(value)


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: `1 page`, `2 pages`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def terminal_width() -> int:
    """Return the width of the terminal in columns, 80 if there is none; at most a readable line."""
    return min(whole_width(), WIDEST_LINE)


def whole_width() -> int:
    """Return the full width of the terminal in columns, 80 if there is none."""
    return shutil.get_terminal_size((80, 24)).columns
