"""`fetch` as a process: lines, exit codes, signals, and two at once."""

import re
import signal
import time
from pathlib import Path

import pytest

from archiving import (
    OTHER,
    ROBOTS,
    SEED,
    SEED_FILE,
)
from commands import ODD, TITLE, Run, assert_one_line, fetch, postarchive
from fakesite import FakeSite, Response, unavailable
from running import Running, started


def test_fetch_prints_a_line_for_each_page(site: FakeSite, tmp_path: Path) -> None:
    done = fetch(site, tmp_path / "archive", SEED, OTHER)

    first, second = done.stdout.splitlines()
    assert done.returncode == 0
    assert re.fullmatch(rf"NEW +{re.escape(SEED)} +{TITLE}", first)
    assert OTHER in second
    assert fetch(site, tmp_path / "archive", SEED).stdout.startswith("UNCHANGED")


def test_fetch_that_changes_nothing_is_done(site: FakeSite, tmp_path: Path) -> None:
    fetch(site, tmp_path, SEED)

    assert fetch(site, tmp_path, SEED).returncode == 0


@pytest.mark.parametrize(
    ("response", "code", "outcome"),
    [
        pytest.param(Response(status=404), 0, "NEW", id="404 but there in the dynamic form"),
        pytest.param(Response(body=(ODD / "loading.htm").read_bytes()), 3, "FAILED", id="loading page"),
        pytest.param(Response(body=b"%PDF-1.4", content_type="application/pdf"), 3, "FAILED", id="PDF"),
        pytest.param(Response(status=403), 3, "FAILED", id="403"),
        pytest.param(
            Response(body=SEED_FILE.read_bytes().replace(b"ReportIDtext", b"Body")), 4, "ARCHIVED", id="drifted page"
        ),
    ],
)
def test_exit_code_of_fetch_is_that_of_the_worst_outcome(
    site: FakeSite, tmp_path: Path, response: Response, code: int, outcome: str
) -> None:
    site.answer(SEED, response)

    done = fetch(site, tmp_path, SEED, OTHER)

    assert done.returncode == code
    assert [line.split()[0] for line in done.stdout.splitlines()] == [outcome, "NEW"]
    assert "Traceback" not in done.stderr


def test_quiet_fetch_reports_only_trouble_and_on_stderr(site: FakeSite, tmp_path: Path) -> None:
    site.answer(OTHER, Response(status=403))

    done = fetch(site, tmp_path, "--quiet", SEED, OTHER)

    assert (done.returncode, done.stdout) == (3, "")
    assert len(done.stderr.splitlines()) == 1
    assert OTHER in done.stderr


def test_site_whose_robots_txt_cannot_be_had_is_unavailable(site: FakeSite, tmp_path: Path) -> None:
    site.answer(ROBOTS, unavailable(retry_after="99999"))

    done = fetch(site, tmp_path, SEED)

    assert done.returncode == 69
    assert "robots.txt" in done.stderr
    assert "Traceback" not in done.stderr
    assert site.urls == [ROBOTS]


def test_page_that_robots_txt_forbids_is_skipped_with_a_line(site: FakeSite, tmp_path: Path) -> None:
    site.answer(ROBOTS, Response(body=b"User-agent: *\nDisallow: /html1/", content_type="text/plain"))

    done = fetch(site, tmp_path, SEED)

    assert done.returncode == 3
    assert "robots.txt" in done.stdout
    assert site.urls == [ROBOTS]


@pytest.mark.parametrize(
    ("url", "word"),
    [
        pytest.param("http://www.example.com/", "www.example.com", id="stranger"),
        pytest.param("http://127.0.0.1/", "127.0.0.1", id="this machine"),
        pytest.param("http://english.chinapost.com.cn:99999/", "port", id="port"),
        pytest.param("ftp://english.chinapost.com.cn/", "ftp", id="scheme"),
        pytest.param("english.chinapost.com.cn", "not a URL", id="bare host"),
        pytest.param("http://[broken", "not a URL", id="broken"),
        pytest.param("", "not a URL", id="nothing"),
    ],
)
def test_fetch_of_a_url_outside_the_list_is_refused_in_one_line(tmp_path: Path, url: str, word: str) -> None:
    assert_one_line(postarchive("fetch", "--archive", tmp_path / "archive", SEED, url), 2, word)
    assert list(tmp_path.iterdir()) == []


def test_second_fetch_reports_that_another_run_holds_the_archive(site: FakeSite, tmp_path: Path) -> None:
    site.answer(OTHER, Response(is_silent=True))
    with waiting(site, tmp_path, OTHER) as first:
        done = fetch(site, tmp_path, SEED)
        first.kill()

    assert_one_line(done, 75, str(tmp_path), "--wait")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_interrupted_fetch_keeps_what_it_has_and_the_next_continues(site: FakeSite, tmp_path: Path, name: str) -> None:
    site.answer(OTHER, Response(is_silent=True))
    with waiting(site, tmp_path, SEED, OTHER, timeout="0.3") as first:
        first.send_signal(getattr(signal, name))
        _, stderr = first.communicate(timeout=30)

    assert first.returncode == 130
    assert "Traceback" not in stderr
    assert "interrupted" in stderr
    site.answer(OTHER)
    assert [line.split()[0] for line in fetch(site, tmp_path, SEED, OTHER).stdout.splitlines()] == ["UNCHANGED", "NEW"]


def test_killed_fetch_keeps_what_it_has_and_the_next_continues(site: FakeSite, tmp_path: Path) -> None:
    site.answer(OTHER, Response(is_silent=True))
    with waiting(site, tmp_path, SEED, OTHER) as first:
        first.kill()

    assert TITLE in postarchive("query", "--archive", tmp_path).stdout
    site.answer(OTHER)
    assert [line.split()[0] for line in fetch(site, tmp_path, SEED, OTHER).stdout.splitlines()] == ["UNCHANGED", "NEW"]


def waiting(site: FakeSite, archive: Path, *urls: str, timeout: str = "30") -> Running:
    """Return a running fetch that has requested its last URL and waits for the response."""
    run = started("fetch", "-a", archive, "--delay=0", f"--timeout={timeout}", *urls, http_proxy=site.proxy_url)
    deadline = time.monotonic() + 20
    while urls[-1] not in site.urls and time.monotonic() < deadline:
        time.sleep(0.005)
    assert urls[-1] in site.urls
    return run


@pytest.mark.parametrize(("name", "urls"), [("23048456", [SEED]), ("23048456-1", [SEED])])
def test_node_is_taken_where_a_url_is(run: Run, name: str, urls: list[str]) -> None:
    assert [line.split()[0] for line in run("fetch", "--dry-run", name).stdout.splitlines()] == urls
    assert_one_line(run("fetch", "--dry-run", "99999"), 65, "not in the archive")
