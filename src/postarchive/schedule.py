"""Write what cron or systemd needs to update the archive once a day; nothing is installed."""

import re
import shlex
import unicodedata
from dataclasses import dataclass
from pathlib import Path, PurePath

from postarchive.errors import UsageError

SERVICE, TIMER = "postarchive.service", "postarchive.timer"
DELAY_SECONDS = 1800
MAX_CRON_BYTES = 990  # of a command; Debian's cron allows 1000
MAX_MINUTE, MAX_HOUR = 59, 23
_PLAIN = re.compile(r"[\w/.:+-]+")
_NEVER_IN_A_PROGRAM = "'\"\\"

_SERVICE_TEXT = """\
[Unit]
Description=Fetch what is new on China Post's English site into the archive
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
{variables}ExecStart={command}
# another run holds the lock: it does the work
SuccessExitStatus=75
Nice=10
NoNewPrivileges=yes
"""
_TIMER_TEXT = """\
[Unit]
Description=Fetch what is new on China Post's English site once a day

[Timer]
OnCalendar=*-*-* {hour:02}:{minute:02}:00
RandomizedDelaySec={delay_seconds}
Persistent=true

[Install]
WantedBy=timers.target
"""


@dataclass(frozen=True, slots=True)
class DailyRun:
    """A run of `fetch` as a scheduler starts it, in an environment that inherits nothing from this one.

    `log` is the file that the run writes (None: no log), `contact` what the site's owners see (None: the program's
    default), `variables` what the environment must set.
    """

    program: str
    archive: Path
    log: Path | None = None
    contact: str | None = None
    variables: tuple[tuple[str, str], ...] = ()

    def words(self) -> list[str]:
        """Return program and arguments. Raises UsageError for a path that is not absolute or does not fit on a line."""
        log = ["--log", _checked(self.log)] if self.log else []
        contact = ["--contact", _printable("--contact", self.contact)] if self.contact else []
        return [_checked(self.program), "fetch", "--quiet", *log, *contact, "--archive", _checked(self.archive)]

    def assignments(self) -> list[str]:
        """Return the variables as `NAME=value`. Raises UsageError for a value that does not fit on a line."""
        return [f"{name}={_printable(name, value)}" for name, value in self.variables]


def cron_line(run: DailyRun, *, minute: int, hour: int) -> str:
    """Return the crontab line of a daily run; cron mails what the run prints.

    Raises UsageError for an impossible time, a path that is not absolute or does not fit on a line, and a line too long
    for cron.
    """
    _check_time(minute, hour)
    variables = ["env", *run.assignments()] if run.variables else []
    command = _cron_escape(shlex.join([*variables, *run.words()]))
    if len(command.encode()) > MAX_CRON_BYTES:
        raise UsageError("schedule cron", f"the command is longer than cron's {MAX_CRON_BYTES} bytes; use systemd")
    return f"{minute} {hour} * * * {command}"


def systemd_units(run: DailyRun, *, minute: int, hour: int, delay_seconds: int = DELAY_SECONDS) -> dict[str, str]:
    """Return the text of a service and of the timer that starts it daily, by file name.

    The start is delayed at random by up to `delay_seconds`. Raises UsageError as `cron_line` does, and for a program
    that systemd would not start.
    """
    _check_time(minute, hour)
    if set(run.program) & set(_NEVER_IN_A_PROGRAM):
        raise UsageError(
            run.program, "systemd cannot start a program with quotes or a backslash in its path; link to it"
        )
    program, *arguments = map(_systemd_quote, run.words())
    # systemd replaces $NAME in arguments but not in the program's own path, where $$ stays two characters
    command = " ".join([program, *(argument.replace("$", "$$") for argument in arguments)])
    variables = "".join(f"Environment={_systemd_quote(text)}\n" for text in run.assignments())
    return {
        SERVICE: _SERVICE_TEXT.format(variables=variables, command=command),
        TIMER: _TIMER_TEXT.format(minute=minute, hour=hour, delay_seconds=delay_seconds),
    }


def _check_time(minute: int, hour: int) -> None:
    if not (0 <= minute <= MAX_MINUTE and 0 <= hour <= MAX_HOUR):
        raise UsageError(
            f"{hour}:{minute:02}", "is not a time of day; write an hour from 0 to 23, a minute from 0 to 59"
        )


def _checked(path: str | PurePath) -> str:
    text = str(path)
    if not PurePath(text).is_absolute():
        raise UsageError(text, "is not an absolute path; cron and systemd start in another folder")
    return _printable(ascii(text), text)


def _printable(subject: str, text: str) -> str:
    if any(unicodedata.category(char) in {"Cc", "Cs"} for char in text):
        raise UsageError(subject, "contains a character that a line cannot hold; choose another")
    return text


def _cron_escape(command: str) -> str:
    """Return the command as cron reads it: a bare `%` would end it, and doubling the backslash would bare it again."""
    return command.replace("\\%", "\\''%").replace("%", r"\%")


def _systemd_quote(word: str) -> str:
    """Return the word quoted for systemd, where `%` begins a specifier."""
    if _PLAIN.fullmatch(word):
        return word
    return '"' + word.replace("\\", r"\\").replace('"', r"\"").replace("%", "%%") + '"'
