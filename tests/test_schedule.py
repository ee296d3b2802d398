"""The cron line is read as crontab(5) says and run by a shell; the units are read by systemd itself where it is."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from postarchive.errors import UsageError
from postarchive.schedule import SERVICE, TIMER, DailyRun, cron_line, systemd_units

ECHO = "#!/bin/sh\nprintf '%s\\n' \"$@\"\nenv | sed -n s/^POSTARCHIVE_//p\necho talk >&2\n"
AWKWARD = "100% of $HOME & `中国`; more"
QUOTES = 'it\'s \\ "quoted"'
CRONTAB = shutil.which("crontab")
SYSTEMD_ANALYZE = shutil.which("systemd-analyze")


def echo_program(folder: Path) -> Path:
    """Write a program that prints its arguments, one a line, in a folder of its own."""
    folder.mkdir()
    program = folder / "postarchive"
    program.write_text(ECHO)
    program.chmod(0o755)
    return program


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # the tests' own words


def command_of(line: str) -> str:
    """Return what cron hands to the shell: everything after the five fields, up to the first bare `%`."""
    parts = re.findall(r"\\.|[^\\]", line.split(maxsplit=5)[5])
    bare = parts.index("%") if "%" in parts else len(parts)
    return "".join("%" if part == r"\%" else part for part in parts[:bare])


def test_cron_line_reads_as_it_is_known() -> None:
    run = DailyRun("/usr/bin/postarchive", Path("/srv/post"), log=Path("/var/log/post.log"))

    words = "fetch --quiet --log /var/log/post.log --archive /srv/post"
    assert cron_line(run, minute=17, hour=5) == f"17 5 * * * /usr/bin/postarchive {words}"


@pytest.mark.parametrize("name", ["plain", AWKWARD, QUOTES, r"back\%slash"])
def test_cron_line_runs_what_it_means(tmp_path: Path, name: str) -> None:
    program = echo_program(tmp_path / name)
    log, archive = tmp_path / name / f"{name}.log", tmp_path / name / "archive"

    line = cron_line(
        DailyRun(str(program), archive, log, contact=name, variables=(("POSTARCHIVE_TSA", name),)), minute=0, hour=0
    )
    done = run("/bin/sh", "-c", command_of(line))

    words = ["fetch", "--quiet", "--log", str(log), "--contact", name, "--archive", str(archive)]
    assert done.stdout.splitlines() == [*words, f"TSA={name}"]
    assert done.stderr == "talk\n"  # cron mails it


def test_line_that_is_too_long_for_cron_is_refused() -> None:
    with pytest.raises(UsageError, match="use systemd"):
        cron_line(DailyRun("/bin/postarchive", Path("/srv/" + "a" * 1000)), minute=0, hour=0)


@pytest.mark.skipif(CRONTAB is None, reason="no crontab on this system")
def test_cron_line_is_accepted_by_crontab(tmp_path: Path) -> None:
    line = cron_line(DailyRun("/usr/bin/postarchive", tmp_path / AWKWARD, tmp_path / "log"), minute=59, hour=23)
    (tmp_path / "crontab").write_text(line + "\n")

    checked = run(str(CRONTAB), "-T", tmp_path / "crontab")  # checks and installs nothing

    if "option" in checked.stderr or "usage" in checked.stderr:
        pytest.skip("this crontab has no mode to check a file only")
    assert checked.returncode == 0, checked.stderr


def test_units_start_the_service_daily_with_a_random_delay() -> None:
    units = systemd_units(DailyRun("/usr/bin/postarchive", Path("/srv/post")), minute=7, hour=5, delay_seconds=600)

    assert set(units) == {SERVICE, TIMER}
    assert "\nExecStart=/usr/bin/postarchive fetch --quiet --archive /srv/post\n" in units[SERVICE]
    assert "\nOnCalendar=*-*-* 05:07:00\nRandomizedDelaySec=600\n" in units[TIMER]


@pytest.mark.parametrize(
    ("archive", "written"),
    [
        pytest.param("/srv/china post", '"/srv/china post"', id="blank"),
        pytest.param("/srv/100%", '"/srv/100%%"', id="specifier"),
        pytest.param("/srv/$HOME", '"/srv/$$HOME"', id="variable"),
        pytest.param('/srv/"post"', r'"/srv/\"post\""', id="quotation mark"),
        pytest.param("/srv/it's", '"/srv/it\'s"', id="apostrophe"),
        pytest.param("/srv/a\\nb", r'"/srv/a\\nb"', id="backslash"),
        pytest.param("/srv/a;b", '"/srv/a;b"', id="semicolon"),
    ],
)
def test_units_quote_what_systemd_would_read_otherwise(archive: str, written: str) -> None:
    units = systemd_units(DailyRun("/usr/bin/postarchive", Path(archive)), minute=0, hour=0)

    assert f" --archive {written}\n" in units[SERVICE]


def test_units_carry_contact_log_and_variables() -> None:
    daily = DailyRun(
        "/usr/bin/postarchive", Path("/a"), Path("/l"), "https://me.example/?a=$1", (("http_proxy", 'http://p/%41"$'),)
    )

    service = systemd_units(daily, minute=0, hour=0)[SERVICE]

    words = '--quiet --log /l --contact "https://me.example/?a=$$1" --archive /a'
    assert f"\nExecStart=/usr/bin/postarchive fetch {words}\n" in service
    assert '\nEnvironment="http_proxy=http://p/%%41\\"$"\n' in service


@pytest.mark.skipif(SYSTEMD_ANALYZE is None, reason="no systemd on this system")
@pytest.mark.parametrize("name", ["plain", AWKWARD])
def test_units_are_accepted_by_systemd(tmp_path: Path, name: str) -> None:
    program = echo_program(tmp_path / name)
    daily = DailyRun(str(program), tmp_path / name / QUOTES, contact=AWKWARD, variables=(("http_proxy", QUOTES),))
    units = systemd_units(daily, minute=59, hour=23)
    for file_name, text in units.items():
        (tmp_path / file_name).write_text(text)

    checked = run(str(SYSTEMD_ANALYZE), "verify", "--man=no", tmp_path / SERVICE, tmp_path / TIMER)

    complaints = [line for line in checked.stderr.splitlines() if "postarchive" in line or str(tmp_path) in line]
    assert complaints == []


@pytest.mark.parametrize(("minute", "hour"), [(60, 0), (-1, 0), (0, 24), (0, -1)])
def test_invalid_time_of_day_is_refused(minute: int, hour: int) -> None:
    with pytest.raises(UsageError, match="not a time of day"):
        cron_line(DailyRun("/bin/postarchive", Path("/srv")), minute=minute, hour=hour)
    with pytest.raises(UsageError, match="not a time of day"):
        systemd_units(DailyRun("/bin/postarchive", Path("/srv")), minute=minute, hour=hour)


@pytest.mark.parametrize("program", ["/o'brien/postarchive", '/a"b/postarchive', "/a\\b/postarchive"])
def test_a_program_systemd_would_not_start_is_refused(program: str) -> None:
    with pytest.raises(UsageError, match="link to it"):
        systemd_units(DailyRun(program, Path("/srv")), minute=0, hour=0)


@pytest.mark.parametrize(
    ("program", "archive"),
    [("postarchive", "/srv"), ("/bin/postarchive", "srv"), ("/bin/postarchive", "/a\nb"), ("/bin/post\ud800", "/srv")],
    ids=["relative program", "relative archive", "line break", "no text"],
)
def test_a_path_that_would_mean_another_is_refused(program: str, archive: str) -> None:
    with pytest.raises(UsageError):
        cron_line(DailyRun(program, Path(archive)), minute=0, hour=0)
    with pytest.raises(UsageError):
        systemd_units(DailyRun(program, Path(archive)), minute=0, hour=0)
