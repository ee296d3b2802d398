"""The command itself: where it listens, what it says, and how it ends."""

import http.client
import importlib.util
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from archiving import SEED, Archivist, playing_site
from commands import environment, postarchive
from postarchive.errors import UsageError
from postarchive.serve.server import is_private, listening, url_of

PATIENCE_SECONDS = 30


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    archivist = Archivist(tmp_path_factory.mktemp("server") / "archive")
    with pytest.MonkeyPatch.context() as patch, playing_site(patch):
        archivist.fetch(SEED)
    return archivist.folder


@contextmanager
def served(archive: Path, temporary: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Start the program on a free port; yield it and the port that it names."""
    command = [sys.executable, "-m", "postarchive", "serve", "--archive", str(archive), "--port", "0"]
    with subprocess.Popen(  # noqa: S603 - our own program
        command, env=environment(TMPDIR=str(temporary)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr is not None
        said = running.stderr.readline()
        found = re.fullmatch(rf"Serving {re.escape(str(archive))} at http://127\.0\.0\.1:(\d+)/ until Ctrl-C\.\n", said)
        try:
            assert found is not None, said + running.stderr.read()
            yield running, int(found[1])
        finally:
            running.kill()


def ask(port: int, path: str) -> tuple[int, str]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)) as connection:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()


def test_a_response_is_not_kept_back_until_the_reader_acknowledges_its_head() -> None:
    with listening("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        taken, _ = listener.accept()
        with taken:
            assert taken.proto == socket.IPPROTO_TCP  # what asyncio asks before it sets TCP_NODELAY


def test_it_starts_without_the_units_of_measurement_of_datasette() -> None:
    """They took half of its start."""
    assert [name for name in sys.modules if name.startswith("datasette.vendored.pint.")] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_it_serves_until_a_signal_and_leaves_nothing(archive: Path, tmp_path: Path, number: signal.Signals) -> None:
    with served(archive, tmp_path) as (running, port):
        status, page = ask(port, "/-/article/23048456")
        held = [path.name for path in tmp_path.glob("*/*")]
        running.send_signal(number)
        out, err = running.communicate(timeout=PATIENCE_SECONDS)

    assert (status, "China Post releases action plan" in page) == (200, True)
    assert sorted(held) == ["in-use", "postarchive.db"]
    assert (running.returncode, out, err) == (0, "", "Stopped; the copy has been removed.\n")
    assert list(tmp_path.iterdir()) == []


def test_a_port_in_use_is_reported_in_one_line(archive: Path) -> None:
    with listening("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        done = postarchive("serve", "--archive", archive, "--port", str(port))

    assert done.returncode == 2
    assert done.stderr == (
        f"postarchive: --host 127.0.0.1 --port {port}: another program listens there; "
        "name another --port, or 0 for any free one\n"
    )


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1", "not a host", ""])
def test_address_of_another_machine_is_refused(archive: Path, host: str) -> None:
    done = postarchive("serve", "--archive", archive, "--port", "0", f"--host={host}")

    assert done.returncode == 2
    assert "is not an address of this machine" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_missing_archive_is_reported_in_one_line(tmp_path: Path) -> None:
    done = postarchive("serve", "--archive", tmp_path / "nothing", "--port", "0")

    assert (done.returncode, len(done.stderr.splitlines())) == (65, 1)
    assert "no archive here" in done.stderr


def test_an_unusable_temporary_folder_is_reported_in_one_line(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(archive / "postarchive.db"))

    done = postarchive("serve", "--archive", archive, "--port", "0")

    assert (done.returncode, len(done.stderr.splitlines())) == (73, 1)
    assert "the copy to serve cannot be made: Not a directory" in done.stderr


@pytest.mark.parametrize("missing", ["datasette", "nh3"])
def test_a_missing_extra_is_reported_with_what_to_install(
    archive: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == missing else find(name))

    done = postarchive("serve", "--archive", archive, "--port", "0")

    assert done.returncode == 2
    assert done.stderr == (f"postarchive: serve: needs {missing}; install with: pip install 'postarchive[serve]'\n")


def test_help_needs_no_extra() -> None:
    assert "press Ctrl-C to stop" in postarchive("serve", "--help").stdout


@pytest.mark.parametrize(
    ("host", "url", "is_own"),
    [
        ("127.0.0.1", r"http://127\.0\.0\.1:\d+/", True),
        ("localhost", r"http://(127\.0\.0\.1|\[::1\]):\d+/", True),
        ("0.0.0.0", r"http://localhost:\d+/", False),  # noqa: S104 - just what is to be noticed
    ],
)
def test_an_address_that_others_reach_is_noticed(host: str, url: str, *, is_own: bool) -> None:
    with listening(host, 0) as listener:
        assert re.fullmatch(url, url_of(listener))
        assert is_private(listener) is is_own


def test_an_address_of_the_new_protocol_is_written_in_brackets() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 on this system")
    try:
        with listening("::1", 0) as listener:
            assert re.fullmatch(r"http://\[::1\]:\d+/", url_of(listener))
    except UsageError:
        pytest.skip("no IPv6 address on this machine")
