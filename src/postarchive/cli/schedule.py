"""`postarchive schedule`."""

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from postarchive.cli.common import ArchiveOption, ContactOption, archive_path
from postarchive.schedule import DailyRun, cron_line, systemd_units

HOURS, MINUTES = 24, 60
FETCH = "POSTARCHIVE_FETCH_"
ON_THE_LINE = ("POSTARCHIVE_FETCH_LOG", "POSTARCHIVE_FETCH_QUIET")
OF_THE_RUN = ("POSTARCHIVE_TSA", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
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
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Where the run logs every page; by default cron.log in the archive for cron, the journal for systemd.",
            show_default=False,
        ),
    ] = None,
    contact: ContactOption = None,
) -> None:
    """Print a crontab line or systemd units for a daily run on this machine.

    A run that goes well prints nothing, so cron mails only problems; the log has every page. The line includes what
    your environment sets for `fetch`: the contact, the proxy, and every `POSTARCHIVE_FETCH_` variable. The minute
    depends on the archive's path, so that archives everywhere do not send requests at the same moment.

    Examples: (crontab -l; postarchive schedule cron) | crontab - · postarchive schedule systemd
    """
    folder = archive_path(archive).absolute()
    program = program_path()
    draw = int.from_bytes(hashlib.sha256(f"{program} {folder}".encode()).digest()[:4], "big")
    minute, own_hour = draw % MINUTES, hour if hour is not None else draw // MINUTES % HOURS
    is_cron = scheduler is Scheduler.CRON
    file = (log or folder / "cron.log").absolute() if log or is_cron else None
    run = DailyRun(program, folder, file, contact, tuple(carried(os.environ)))
    if is_cron:
        typer.echo(cron_line(run, minute=minute, hour=own_hour))
        return
    for name, text in systemd_units(run, minute=minute, hour=own_hour).items():
        typer.echo(f"# ~/.config/systemd/user/{name}\n{text}")


def carried(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the variables that affect a run and are not on the line itself: a scheduler does not have them."""
    for name, value in sorted(environment.items()):
        is_option = name.startswith(FETCH) and name not in ON_THE_LINE
        if value and (is_option or name in OF_THE_RUN or name.lower() in PROXIES):
            yield name, value


def program_path() -> str:
    """Return the absolute path of the running program."""
    started = Path(sys.argv[0])
    beside = Path(sys.executable).with_name(NAME)
    if started.name == NAME and started.is_file():
        return str(started.absolute())
    return str(beside if beside.is_file() else Path(shutil.which(NAME) or NAME).absolute())
