"""Runs that nobody watches: what they print, which is what cron mails, and what they log."""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archiving import HOME, SEED, STAMP, Archivist
from commands import environment, postarchive
from fakesite import FakeSite, Response
from postarchive.cli.logfile import MAX_BYTES, LogFile
from postarchive.cli.schedule import OF_THE_RUN
from postarchive.errors import ArchiveUnwritable

CONTACT = "https://archive.example/we"
QUICK = {"POSTARCHIVE_FETCH_DELAY": "0", "POSTARCHIVE_FETCH_MAX_REQUESTS": "4"}
CRON, CRONTAB, SENDMAIL = Path("/usr/sbin/cron"), Path("/usr/bin/crontab"), Path("/usr/sbin/sendmail")
# In a view of the file system of its own: no crontab but the test's, no mail but into a file.
IN_PRIVATE = """\
set -e
for folder in /var/spool/cron /etc/cron.d /run; do mount -t tmpfs none "$folder"; done
install -d -m 1730 -g crontab /var/spool/cron/crontabs
mount --bind "$1/nothing" /etc/crontab
mount --bind "$1/sendmail" "$(readlink -f /usr/sbin/sendmail)"
crontab - <"$1/crontab"
exec /usr/sbin/cron -f
"""
PROGRAM = """\
#!{python}
import sys
sys.path[:0] = {places!r}
from postarchive.cli import main
from postarchive.cli.signals import Stop
Stop.sleep = lambda stop, seconds: None
main()
"""
PRIVATE = ("unshare", "--mount", "--propagation", "private")


def has_cron() -> bool:
    """Tell whether Debian's cron is here, and a view of the file system of one's own can be had."""
    if os.geteuid() or not (CRON.is_file() and CRONTAB.is_file() and SENDMAIL.exists() and shutil.which("unshare")):
        return False
    return subprocess.run([*PRIVATE, "true"], capture_output=True, check=False, timeout=10).returncode == 0  # noqa: S603 - our own words


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Return the program as a command, wherever it is installed; it never waits before a request."""
    path = tmp_path / "postarchive"
    path.write_text(PROGRAM.format(python=sys.executable, places=sys.path))
    path.chmod(0o755)
    return path


@pytest.fixture
def refused() -> Iterator[str]:
    """Yield the URL of a proxy that is not there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def scheduled(scheduler: str, archive: Path, *options: str, **variables: str) -> str:
    """Return what `schedule` prints to a person with these variables."""
    done = postarchive("schedule", scheduler, "-a", archive, *options, **variables)  # type: ignore[arg-type]  # no stdin among them
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def line_of(program: Path, archive: Path, **variables: str) -> str:
    """Return the command of the line that `schedule cron` prints."""
    _, _, _, _, _, command = scheduled("cron", archive, **variables).rstrip("\n").split(" ", 5)
    before, _, after = command.partition(" fetch --quiet ")
    words = before.split(" ")
    return " ".join([*words[:-1], str(program), "fetch --quiet", after])


def as_cron_does(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command with what cron gives it: a shell, and hardly a variable."""
    known = {"SHELL": "/bin/sh", "HOME": str(folder), "PATH": "/usr/bin:/bin", "LOGNAME": "me"}
    return subprocess.run(  # noqa: S603 - our own words
        ["/bin/sh", "-c", command], env=known, cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )


def proxied(site: FakeSite) -> dict[str, str]:
    return {"http_proxy": site.proxy_url, "https_proxy": site.proxy_url}


# --- the line of cron -------------------------------------------------------------------------------------------------


def test_the_line_makes_the_archive_and_its_log_and_prints_nothing(
    site: FakeSite, program: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "not" / "yet there"
    command = line_of(program, archive, POSTARCHIVE_CONTACT=CONTACT, **QUICK, **proxied(site))

    done = as_cron_does(command, tmp_path)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    lines = (archive / "cron.log").read_text(encoding="utf-8").splitlines()
    assert any(f" NEW {HOME}" in line for line in lines)
    assert "the run's budget is spent" in lines[-1]
    assert all(datetime.fromisoformat(line.partition(" ")[0]).tzinfo == UTC for line in lines)
    assert any(CONTACT in str(request) for request in site.requests)


def test_the_line_carries_what_the_environment_names_for_the_run_alone(tmp_path: Path) -> None:
    named = {
        "POSTARCHIVE_CONTACT": CONTACT,
        "POSTARCHIVE_FETCH_MEDIA": "1",
        "POSTARCHIVE_FETCH_QUIET": "1",
        "POSTARCHIVE_QUERY_LIMIT": "3",
        "HTTPS_PROXY": "http://proxy.example:3128",
        **dict.fromkeys(("no_proxy", *OF_THE_RUN), ""),
        "POSTARCHIVE_TSA": "https://tsa.example/",
    }
    line = scheduled("cron", tmp_path, "--hour", "3", **named)
    units = scheduled("systemd", tmp_path, **named)

    words = [
        "HTTPS_PROXY=http://proxy.example:3128",
        "POSTARCHIVE_FETCH_MEDIA=1",
        "POSTARCHIVE_TSA=https://tsa.example/",
    ]
    assert line.split(" ")[1:9] == ["3", "*", "*", "*", "env", *words]
    assert f"--contact {CONTACT} --archive {tmp_path}\n" in line
    assert [word for word in words if f"\nEnvironment={word}\n" not in units.replace('"', "")] == []
    assert f" --contact {CONTACT} --archive {tmp_path}\n" in units


def test_trouble_is_printed_and_logged(program: Path, refused: str, tmp_path: Path) -> None:
    done = as_cron_does(line_of(program, tmp_path / "a", http_proxy=refused, **QUICK), tmp_path)

    assert (done.returncode, done.stdout) == (69, "")
    logged = (tmp_path / "a" / "cron.log").read_text().splitlines()
    assert [line.partition(" ")[2].removeprefix("postarchive: ") for line in logged] == [
        " ".join(line.removeprefix("postarchive: ").split()) for line in done.stderr.splitlines()
    ]


def test_a_page_that_fails_is_printed_and_others_are_not(site: FakeSite, archivist: Archivist, tmp_path: Path) -> None:
    site.answer(STAMP, Response(status=500))
    log = tmp_path / "logs" / "fetch.log"

    done = postarchive(
        "fetch", "-q", "--delay", "0", "--log", log, SEED, STAMP, "-a", archivist.folder, http_proxy=site.proxy_url
    )

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (3, "", 1)
    assert STAMP in done.stderr
    assert [line.split()[1] for line in log.read_text().splitlines()] == ["NEW", "FAILED", "2"]


@pytest.mark.parametrize(("options", "told"), [((), 1), (("--quiet",), 1), (("--quiet", "--log"), 0)])
def test_a_run_that_finds_another_at_work_need_not_be_mailed(
    options: tuple[str, ...], told: int, archivist: Archivist, tmp_path: Path
) -> None:
    archivist.folder.mkdir(parents=True, exist_ok=True)
    log = tmp_path / "log"
    given = [*options, log] if "--log" in options else [*options]
    with (archivist.folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = postarchive("fetch", SEED, *given, "-a", archivist.folder)

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (75, "", told)
    assert not options[1:] or "another run" in log.read_text()


@pytest.mark.skipif(
    not has_cron(), reason="needs Debian's cron, sendmail, and root with a view of the file system of its own"
)
def test_real_cron_runs_the_line_and_mails_trouble_alone(
    site: FakeSite, program: Path, refused: str, tmp_path: Path
) -> None:
    good = line_of(program, tmp_path / "good", POSTARCHIVE_CONTACT=CONTACT, **QUICK, **proxied(site))
    bad = line_of(program, tmp_path / "bad", http_proxy=refused, **QUICK)
    (tmp_path / "nothing").touch()
    (tmp_path / "sendmail").write_text(f"#!/bin/sh\ncat >>'{tmp_path}/mail'\n")
    (tmp_path / "sendmail").chmod(0o755)
    (tmp_path / "crontab").write_text(f"@reboot {good}\n@reboot {bad}\n")

    with subprocess.Popen([*PRIVATE, "sh", "-c", IN_PRIVATE, "sh", tmp_path], env=environment()) as cron:  # noqa: S603 - our own words
        logs = [tmp_path / name / "cron.log" for name in ("good", "bad")]
        ended = wait_for(lambda: all(" page" in text_of(log) or "://" in text_of(log) for log in logs[1:]))
        ended = ended and wait_for(lambda: "the run's budget" in text_of(logs[0]) and bool(text_of(tmp_path / "mail")))
        cron.terminate()

    assert ended, [text_of(log) for log in logs]
    mail = text_of(tmp_path / "mail")
    assert mail.count("Subject: ") == 1
    assert f"--archive {tmp_path}/bad" in mail
    assert mail.rstrip("\n").partition("\n\n")[2].startswith("FAILED    ")
    assert any(CONTACT in str(request) for request in site.requests)


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def wait_for(is_so: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Wait until a condition holds; tell whether it did."""
    until = time.monotonic() + seconds
    while not (found := is_so()) and time.monotonic() < until:
        time.sleep(0.1)
    return found


# --- the log ----------------------------------------------------------------------------------------------------------


def test_log_is_bounded(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "new" / "log", now=lambda: datetime(2026, 5, 6, tzinfo=UTC))

    for number in range(3000):
        log.write(f"{number} {'x' * 990}")

    sizes = {path.name: path.stat().st_size for path in (tmp_path / "new").iterdir()}
    assert set(sizes) == {"log", "log.1"}
    assert max(sizes.values()) <= MAX_BYTES
    assert (tmp_path / "new" / "log").read_text().splitlines()[-1].startswith("2026-05-06T00:00:00Z 2999 x")


def test_log_has_one_line_for_each_text(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "log")

    log.write("one\ntwo\udcff 邮政")

    assert (tmp_path / "log").read_text(encoding="utf-8").splitlines()[0].endswith("Z one two\\udcff 邮政")


@pytest.mark.parametrize("name", ["folder", "file/log", "pipe"])
def test_what_cannot_be_a_log_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(ArchiveUnwritable, match="name another file"):
        LogFile(tmp_path / name)


def test_run_continues_without_its_log(capsys: pytest.CaptureFixture[str]) -> None:
    log = LogFile(Path("/dev/full"))

    log.write("one")
    log.write("two")

    assert capsys.readouterr().err.count("the log cannot be written: No space left on device") == 1
