"""Say in the words of cron and systemd that the archive is to be kept up to date once a day; nothing is installed."""

import re
import shlex
import unicodedata
from pathlib import Path, PurePath

from postarchive.errors import UsageError

SERVICE, TIMER = "postarchive.service", "postarchive.timer"
DELAY_SECONDS = 1800
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
ExecStart={command}
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


def cron_line(program: str, archive: Path, *, minute: int, hour: int, log: Path) -> str:
    """Return the crontab line of a daily run that appends what it says to a log.

    Raises UsageError for a time that is none, and for a path that is not absolute or that a line cannot hold.
    """
    _check_time(minute, hour)
    words = [_checked(program), "fetch", "--quiet", "--archive", _checked(archive)]
    command = f"{shlex.join(words)} >>{shlex.quote(_checked(log))} 2>&1"
    return f"{minute} {hour} * * * {_cron_escape(command)}"


def systemd_units(
    program: str, archive: Path, *, minute: int, hour: int, delay_seconds: int = DELAY_SECONDS
) -> dict[str, str]:
    """Return the text of a service and of the timer that starts it daily, by file name.

    The start is delayed at random by up to `delay_seconds`. Raises UsageError as `cron_line` does, and for a program
    that systemd does not start.
    """
    _check_time(minute, hour)
    if set(program) & set(_NEVER_IN_A_PROGRAM):
        raise UsageError(program, "systemd starts no program with quotes or a backslash in its path; link to it")
    # systemd replaces $NAME in arguments but not in the program's own path, where $$ would stay two characters
    folder = _systemd_quote(_checked(archive)).replace("$", "$$")
    command = f"{_systemd_quote(_checked(program))} fetch --quiet --archive {folder}"
    return {
        SERVICE: _SERVICE_TEXT.format(command=command),
        TIMER: _TIMER_TEXT.format(minute=minute, hour=hour, delay_seconds=delay_seconds),
    }


def _check_time(minute: int, hour: int) -> None:
    if not (0 <= minute <= MAX_MINUTE and 0 <= hour <= MAX_HOUR):
        raise UsageError(f"{hour}:{minute:02}", "is no time of day; write an hour from 0 to 23, a minute from 0 to 59")


def _checked(path: str | PurePath) -> str:
    text = str(path)
    if not PurePath(text).is_absolute():
        raise UsageError(text, "is no absolute path; cron and systemd start in another folder")
    if any(unicodedata.category(char) in {"Cc", "Cs"} for char in text):
        raise UsageError(ascii(text), "holds a character that a line of text cannot; choose another folder")
    return text


def _cron_escape(command: str) -> str:
    """Return the command as cron reads it: a bare `%` would end it, and a second backslash would bare it again."""
    return command.replace("\\%", "\\''%").replace("%", r"\%")


def _systemd_quote(word: str) -> str:
    """Return the word as systemd reads it, where `%` begins a specifier."""
    if _PLAIN.fullmatch(word):
        return word
    return '"' + word.replace("\\", r"\\").replace('"', r"\"").replace("%", "%%") + '"'
