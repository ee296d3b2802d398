"""Paths and files of strangers: none leads out of its folder, and anything but a regular file is refused at once."""

import os
import shutil
import signal
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from archiving import SEED, Archivist, playing_site
from commands import Done, assert_one_line, postarchive
from damages import copy_of
from fakesite import FakeSite
from guarantees import stand_alone
from postarchive.errors import UnreadableInput
from postarchive.looks import is_folder, is_there, size_at
from postarchive.paths import below, checked_name, evidence_path, open_regular

HANGS_AFTER_SECONDS = 20
LEADING_OUT = ("../x", "/etc/passwd", "a/../../x", "..", "", "a//b", "./x", "a/./b", "a\\..\\x", "a\0b", "a\nb", "a/")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Archivist:
    archivist = Archivist(tmp_path_factory.mktemp("made") / "archive")
    with pytest.MonkeyPatch.context() as monkeypatch, playing_site(monkeypatch):
        archivist.fetch(SEED)
        archivist.clock.sleep(60.0)
        archivist.fetch(SEED)
    return archivist


@pytest.fixture
def archivist(made: Archivist, tmp_path: Path) -> Archivist:
    return copy_of(made, tmp_path / "archive")


@contextmanager
def limited() -> Iterator[None]:
    """Fail a test that waits for ever, as to open a FIFO does."""

    def stop(*_: object) -> None:
        raise TimeoutError("it waits for ever")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(HANGS_AFTER_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


# --- what is there ----------------------------------------------------------------------------------------------------


def test_missing_file_is_not_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "loop").symlink_to("loop")

    looks = [size_at(tmp_path / name, name) for name in ("file", "none", "file/below", "loop")]

    assert looks == [3, None, None, None]
    assert (is_folder(tmp_path), is_folder(tmp_path / "file"), is_there(tmp_path / "none")) == (True, False, False)


@pytest.mark.parametrize("ask", [is_folder, is_there])
def test_unexaminable_path_is_reported(ask: Callable[[Path], bool], tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="cannot be accessed: File name too long") as caught:
        ask(tmp_path / ("x" * 300))

    assert len(caught.value.subject) <= 200


@pytest.mark.parametrize(
    "command",
    ["verify --archive", "fetch --dry-run --archive", "seal --tsa http://127.0.0.1:1 --archive", "import"],
)
def test_unexaminable_path_is_reported_in_one_line(command: str, tmp_path: Path) -> None:
    done = postarchive(*command.split(), tmp_path / ("x" * 300), POSTARCHIVE_ARCHIVE=str(tmp_path / "archive"))

    assert_one_line(done, 65, "cannot be accessed: File name too long")


# --- one name, one file -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LEADING_OUT, ids=ascii)
def test_name_that_is_not_a_path_below_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnreadableInput, match="is not a path inside its folder"):
        below(tmp_path, name)


@pytest.mark.parametrize("name", ["a", "a/b.c", "..a", "warc/2026/x.warc.gz", "中文/…"])
def test_ordinary_name_stays_as_it_is(tmp_path: Path, name: str) -> None:
    assert (checked_name(name), below(tmp_path, name)) == (name, tmp_path / name)


def test_link_may_lead_elsewhere_in_the_folder_but_not_out(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "real").mkdir(parents=True)
    (folder / "inside").symlink_to("real")
    (folder / "outside").symlink_to(tmp_path)

    assert below(folder, "inside/x") == folder / "inside/x"
    with pytest.raises(UnreadableInput, match="a symbolic link leads out"):
        below(folder, "outside/x")


def test_folder_that_is_reached_by_a_link_is_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")

    assert below(tmp_path / "link", "x") == tmp_path / "link" / "x"


@pytest.mark.parametrize("file", ["x.warc.gz", "warc/x.warc.gz", "warc/2026/x.warc", "README.md", "d/../../x.warc.gz"])
def test_path_of_evidence_is_that_of_a_run_in_a_year(tmp_path: Path, file: str) -> None:
    with pytest.raises(UnreadableInput, match="is not the path of a WARC file"):
        evidence_path(tmp_path, file)


# --- what is not a file -----------------------------------------------------------------------------------------------


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening, inside(path.parent):
        listening.bind(path.name)  # the length of a socket's path is limited


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


IMPOSTORS: dict[str, Callable[[Path], None]] = {
    "FIFO": os.mkfifo,
    "socket": make_socket,
    "folder": Path.mkdir,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "symbolic link": lambda path: path.symlink_to("/etc/hostname"),
}
PLACES = ("WARC file", "lock", "postarchive.db", "postarchive.db-wal", "postarchive.db-shm", "postarchive.db-journal")
READING = (["query"], ["stats"], ["export", "package", "-o", "{out}"], ["export", "warc", "-o", "{out}"])
COMMANDS = (["verify"], ["rebuild"], ["fetch", SEED, "--delay", "0"], *READING)


@pytest.mark.parametrize("kind", ["FIFO", "socket", "folder", "device"])
def test_anything_but_a_regular_file_is_not_opened(tmp_path: Path, kind: str) -> None:
    IMPOSTORS[kind](tmp_path / "x")

    with limited(), pytest.raises(UnreadableInput, match=f"is a {kind}, not a regular file"):
        open_regular(tmp_path / "x", "x")


@pytest.mark.parametrize("kind", IMPOSTORS)
@pytest.mark.parametrize("place", PLACES)
def test_no_command_waits_for_anything_but_a_regular_file(
    archivist: Archivist, site: FakeSite, tmp_path: Path, place: str, kind: str
) -> None:
    path = archivist.files[0] if place == "WARC file" else archivist.folder / place
    path.unlink(missing_ok=True)
    IMPOSTORS[kind](path)

    for number, command in enumerate(COMMANDS):
        with limited():
            done = postarchive(
                *command_line(command, tmp_path / f"out{number}"), "-a", archivist.folder, http_proxy=site.proxy_url
            )
        assert done.returncode in expected_codes(place, command), (command, done)
        assert "Traceback" not in done.stderr

    with limited():
        assert "Traceback" not in stand_alone(archivist.folder)


def command_line(command: list[str], out: Path) -> list[str]:
    return [word.format(out=out) for word in command]


def expected_codes(place: str, command: list[str]) -> set[int]:
    """Return what a command may say: it fails, or has no need of the file."""
    if command == ["verify"]:
        return {5} if place != "lock" else {0}
    if place == "lock":
        return {65} if command[0] in ("rebuild", "fetch") else {0}
    return {65, 0} if place == "WARC file" and command[0] in ("query", "stats", "fetch") else {65}


# --- paths in the database --------------------------------------------------------------------------------------------

PLANTED = "d/../../../planted.sh"
BAD_PATHS = (PLANTED, "/etc/hostname", "../../outside.warc.gz", "warc/../lock", "README.md", "warc/2026/x\n.warc.gz")
COLUMNS = {
    "captures.file": "UPDATE captures SET file = ? WHERE id = 1",
    "files.file": "UPDATE files SET file = ? WHERE file = (SELECT min(file) FROM files)",
    "seals.file": "INSERT INTO seals SELECT 1, run, 'x', 'x', 'x', 'x', ?, 0 FROM runs LIMIT 1",
    "another file": "INSERT INTO files VALUES (?, 4)",
    "runs.file": "UPDATE runs SET file = ? WHERE file = (SELECT min(file) FROM runs)",
}
EXPECTED_CODES = (0, 2, 3, 4, 5, 65, 69)  # 69: `check` finds that the site was not visited lately
ALL_COMMANDS = (
    *(["verify"], ["query"], ["stats"], ["runs"], ["show", SEED], ["show", SEED, "--raw"]),
    *(["history", SEED], ["export", "package", "-o", "{out}"], ["export", "package", "-o", "{out}.zip"]),
    *(["export", "warc", "-o", "{out}"], ["export", "wacz", "-o", "{out}"], ["export", "jsonl", "-o", "{out}"]),
    *(["export", "md", "-o", "{out}"], ["feed"], ["check"], ["cite", SEED], ["fetch", SEED, "--delay", "0"]),
)


@pytest.mark.parametrize("bad", BAD_PATHS, ids=ascii)
@pytest.mark.parametrize("column", COLUMNS)
def test_path_in_the_database_leads_no_command_out_of_its_folder(
    archivist: Archivist, site: FakeSite, tmp_path: Path, column: str, bad: str
) -> None:
    plant(archivist, COLUMNS[column], bad)
    (tmp_path / "out").mkdir()
    (tmp_path / "planted.sh").write_bytes(b"before")
    (tmp_path / "outside.warc.gz").write_bytes(archivist.files[0].read_bytes())

    for number, command in enumerate(ALL_COMMANDS):
        with limited():
            done = postarchive(
                *command_line(command, tmp_path / "out" / str(number)),
                "-a",
                archivist.folder,
                http_proxy=site.proxy_url,
            )
        assert done.returncode in EXPECTED_CODES, (command, done)
        assert "Traceback" not in done.stderr, (command, done)

    assert (tmp_path / "planted.sh").read_bytes() == b"before"
    assert {path.name for path in tmp_path.iterdir()} <= {"archive", "out", "planted.sh", "outside.warc.gz"}


def plant(archivist: Archivist, statement: str, value: str) -> None:
    with sqlite3.connect(archivist.database) as connection:
        connection.execute(statement, (value,))
    connection.close()


@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
def test_package_of_a_strangers_archive_writes_nothing_outside(
    archivist: Archivist, tmp_path: Path, *, as_zip: bool
) -> None:
    (archivist.folder / "d").mkdir()
    (tmp_path / "planted.sh").write_bytes(b"evil")
    plant(archivist, "INSERT INTO files VALUES (?, 4)", PLANTED)
    out = tmp_path / "deep" / "er" / ("out.zip" if as_zip else "out")
    out.parent.mkdir(parents=True)

    done = package(archivist, out)

    assert done.returncode == 65
    assert "is not the path of a WARC file" in done.stderr
    assert not out.exists()


def test_year_that_is_a_link_out_of_the_archive_is_refused(archivist: Archivist, tmp_path: Path) -> None:
    year = archivist.files[0].parent
    shutil.move(year, tmp_path / "elsewhere")
    year.symlink_to(tmp_path / "elsewhere")

    for command in (["rebuild"], ["export", "package", "-o", str(tmp_path / "out")]):
        done = postarchive(*command, "--archive", archivist.folder)
        assert (done.returncode, "a symbolic link leads out" in done.stderr) == (65, True), done
    assert postarchive("verify", "--archive", archivist.folder).returncode == 5


def package(archivist: Archivist, out: Path) -> Done:
    return postarchive("export", "package", "-o", out, "--archive", archivist.folder)
