"""`postarchive schedule`."""

import hashlib
import shutil
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from postarchive.cli.common import ArchiveOption, archive_path
from postarchive.schedule import cron_line, systemd_units

HOURS, MINUTES = 24, 60
NAME = "postarchive"


class Scheduler(StrEnum):
    """The scheduler to print for."""

    CRON = "cron"
    SYSTEMD = "systemd"


def schedule(
    scheduler: Annotated[Scheduler, typer.Argument(help="The scheduler to print for.", show_default=False)],
    *,
    archive: ArchiveOption = None,
    hour: Annotated[
        int | None,
        typer.Option(min=0, max=23, help="Hour of the day to run at; by default one chosen for this machine."),
    ] = None,
    log: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where cron's output goes.", show_default=False)
    ] = None,
) -> None:
    """Print a crontab line or systemd units for a daily run on this machine.

    The minute is drawn from the machine's own path, so that not all archives of the world ask at once.

    Examples: (crontab -l; postarchive schedule cron) | crontab - · postarchive schedule systemd
    """
    folder = archive_path(archive).absolute()
    program = program_path()
    draw = int.from_bytes(hashlib.sha256(f"{program} {folder}".encode()).digest()[:4], "big")
    when = (draw % MINUTES, hour if hour is not None else draw // MINUTES % HOURS)
    if scheduler is Scheduler.CRON:
        typer.echo(
            cron_line(program, folder, minute=when[0], hour=when[1], log=(log or folder / "cron.log").absolute())
        )
        return
    for name, text in systemd_units(program, folder, minute=when[0], hour=when[1]).items():
        typer.echo(f"# ~/.config/systemd/user/{name}\n{text}")


def program_path() -> str:
    """Return the absolute path of the program that runs now."""
    started = Path(sys.argv[0])
    beside = Path(sys.executable).with_name(NAME)
    if started.name == NAME and started.is_file():
        return str(started.absolute())
    return str(beside if beside.is_file() else Path(shutil.which(NAME) or NAME).absolute())
