"""The demo as a newcomer runs it: no network, everything the program can do once, and an archive that is whole."""

import asyncio
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from fastwarc.warc import ArchiveIterator, WarcRecordType
from PIL import Image

from archiving import HOME, PROXY_VARIABLES, SEED, SEED_FILE, Archivist
from checking import checked
from commands import postarchive
from fakesite import FIXTURES
from postarchive.collect import rebuild
from postarchive.demo import fetch_demo_site, serving, site_folder
from postarchive.demopictures import HEIGHT, WIDTH, picture_of
from postarchive.demostamps import DESIGNS
from postarchive.models import Outcome
from postarchive.serve.listed import pictures_in_lists
from serving import datasette_over

STAMP = "/-/article/171164327"  # its own page has no picture; the list of its year has one
MAX_SECONDS = 20.0  # about ten are promised; a busy machine takes its time


@dataclass(frozen=True)
class Shown:
    """What the demo printed, and where it left its archive."""

    code: int
    text: str
    errors: str
    archive: Path
    seconds: float


def run_demo(folder: Path, *arguments: str | Path, **variables: str) -> tuple[int, str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("POSTARCHIVE_")}
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "postarchive", "demo", *arguments],
        capture_output=True,
        check=False,
        cwd=folder,
        timeout=60,
        env=inherited | variables,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """Run the demo once, without a place, and where every proxy variable leads nowhere: it must not ask any of them."""
    folder = tmp_path_factory.mktemp("demo")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound but not listening: who connects is refused
        nowhere = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        variables = {name: nowhere for name in (*PROXY_VARIABLES, "http_proxy") if not name.lower().startswith("no")}
        start = time.monotonic()
        code, text, errors = run_demo(folder, TMPDIR=str(folder), **variables)
    return Shown(code, text, errors, next(folder.iterdir()), time.monotonic() - start)


def test_demo_ends_well_in_about_ten_seconds(shown: Shown) -> None:
    assert (shown.code, "Traceback" in shown.errors) == (0, False)
    assert shown.seconds < MAX_SECONDS


@pytest.mark.parametrize(
    "part",
    [
        "China Post releases action plan for serving rural revitalization",
        "2023-03-29",
        "China Post News",
        "8610 11185",
        "8610 95580",
        "8610 11183",
        "8610 4008909999",
        "京ICP备15035540号",
        "京公网安备110401400185号",
        f"NEW       {SEED}",
        "China Post’s capabilities of providing",
    ],
)
def test_demo_shows_the_seed_page_and_the_numbers(shown: Shown, part: str) -> None:
    assert part in shown.text


def test_demo_shows_each_command_before_what_it_prints(shown: Shown) -> None:
    commands = re.findall(r"^\$ postarchive (\w+)", shown.text, re.MULTILINE)

    assert commands == ["fetch", "query", "show", "hotlines", "registrations"]


def test_demo_archives_no_page_badly(shown: Shown) -> None:
    outcomes = Counter(re.findall(rf"^([A-Z]{{3,9}}) +{re.escape(HOME)}\S*  \S", shown.text, re.MULTILINE))

    assert set(outcomes) == {"NEW", "ARCHIVED"}
    assert outcomes["NEW"] > 30
    assert outcomes["ARCHIVED"] > 20  # pictures and files


def test_serve_shows_the_pictures_of_the_demo(shown: Shown) -> None:
    with asyncio.Runner() as runner, datasette_over(shown.archive) as datasette:
        pages = [
            runner.run(datasette.client.get(path)).text
            for path in ("/", "/-/stamps", "/-/article/1409372593", STAMP, "/-/search?kind=stamp")
        ]
        address = str(BeautifulSoup(pages[0], "lxml").select("img")[0]["src"])
        picture = runner.run(datasette.client.get(address))

    assert [len(BeautifulSoup(page, "lxml").select("main img")) for page in pages] == [5, 15, 3, 1, 15]
    assert "Picture from the site’s list of stamps" in pages[3]
    assert picture.headers["content-type"] == "image/png"
    with Image.open(BytesIO(picture.content)) as opened:
        opened.load()
        assert opened.size == (WIDTH, HEIGHT)


def test_lists_whose_evidence_is_damaged_show_no_picture_until_it_is_whole_again(shown: Shown, tmp_path: Path) -> None:
    shutil.copytree(shown.archive, tmp_path / "archive")
    archive = Archivist(tmp_path / "archive")
    (file,) = archive.files
    whole = file.read_bytes()

    file.write_bytes(whole[: len(whole) // 100])
    assert pictures_in_lists(archive.folder) == {}
    file.write_bytes(whole)
    assert len(pictures_in_lists(archive.folder)) == 15


def test_a_drawn_picture_is_the_same_each_time_and_of_each_address_another() -> None:
    paths = [f"/res/chinaposten/1409/{number}.jpg" for number in range(4)]

    first, second = ([picture_of(path) for path in paths] for _ in range(2))

    assert first == second
    assert len(set(first)) == len(paths)


@pytest.mark.parametrize("name", DESIGNS)
def test_each_drawn_stamp_is_a_small_picture_of_its_own(name: str) -> None:
    drawn = picture_of(f"/res/chinaposten/stamp/{name}.jpg")

    assert len(drawn) < 4_000
    with Image.open(BytesIO(drawn)) as opened:
        opened.load()
        assert opened.size == DESIGNS[name].size
        assert len(opened.getcolors() or ()) >= 3


def test_demo_says_where_it_leaves_the_archive(shown: Shown) -> None:
    assert str(shown.archive) in shown.text.splitlines()[-1]
    assert Archivist(shown.archive).record()["url"] == SEED


def test_demo_without_a_place_makes_a_new_folder(shown: Shown) -> None:
    assert [path.name for path in shown.archive.parent.glob("postarchive-demo-*")] == [shown.archive.name]


@pytest.fixture(scope="module")
def again(shown: Shown, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """Run the demo a second time, into a copy of its archive."""
    folder = tmp_path_factory.mktemp("again")
    shutil.copytree(shown.archive, folder / "archive")
    start = time.monotonic()
    done = postarchive("demo", "--archive", folder / "archive")
    return Shown(done.returncode, done.stdout, done.stderr, folder / "archive", time.monotonic() - start)


def test_second_demo_finds_nothing_new(again: Shown) -> None:
    assert again.code == 0
    assert not re.search(r"^(NEW|CHANGED|FAILED|GONE)\b", again.text, re.MULTILINE)
    assert "China Post News" in again.text


def test_second_demo_receives_next_to_nothing(again: Shown) -> None:
    (first,), (second,) = Archivist(again.archive).rows("SELECT json_extract(counts, '$.bytes') FROM runs ORDER BY run")

    assert int(str(second)) < 0.05 * int(str(first))


@pytest.mark.parametrize("command", ["warcio check", "fastwarc check -p"])
def test_evidence_of_the_demo_passes_the_checks_of_others(shown: Shown, command: str) -> None:
    done = checked(command, *Archivist(shown.archive).files)

    assert done.returncode == 0, done.stdout + done.stderr


def test_evidence_holds_requests_and_responses_with_sha256_digests(shown: Shown) -> None:
    (file,) = Archivist(shown.archive).files

    with file.open("rb") as stream:
        records = [(record.record_type, dict(record.headers)) for record in ArchiveIterator(stream, parse_http=False)]

    kinds = [kind for kind, _ in records]
    responses = [headers for kind, headers in records if kind == WarcRecordType.response]
    assert kinds[0] == WarcRecordType.warcinfo
    assert kinds[-1] == WarcRecordType.metadata
    assert kinds.count(WarcRecordType.request) == kinds.count(WarcRecordType.response) + kinds.count(
        WarcRecordType.revisit
    )
    assert len(responses) > 30
    assert all(headers["WARC-Block-Digest"].startswith("sha256:") for _, headers in records)
    assert all(headers["WARC-Payload-Digest"].startswith("sha256:") for headers in responses)


def test_pages_read_by_others_are_byte_for_byte_the_bundled_ones(shown: Shown) -> None:
    (file,) = Archivist(shown.archive).files
    pages = {}
    with file.open("rb") as stream:
        for record in ArchiveIterator(stream, record_types=WarcRecordType.response, auto_decode="content"):
            if record.http_headers.status_code == 200 and record.http_headers["Content-Type"] == "text/html":
                pages[record.headers["WARC-Target-URI"]] = record.reader.read()

    assert len(pages) > 30
    for url, body in pages.items():
        path = url.removeprefix("http://") + ("index.htm" if url.endswith("/") else "")
        assert body == (FIXTURES / path).read_bytes(), url


def test_demo_can_be_rebuilt_from_its_evidence(shown: Shown) -> None:
    archivist = Archivist(shown.archive)
    before = archivist.dump()

    rebuild(shown.archive)

    assert archivist.dump().splitlines() == before.splitlines()


def test_demo_puts_the_environment_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.delenv("http_proxy", raising=False)
    before = dict(os.environ)

    results = fetch_demo_site(tmp_path / "archive")
    first = next(results)
    during = dict(os.environ)
    del results  # as when the person breaks it off

    assert first.outcome is Outcome.NEW
    assert during != before
    assert dict(os.environ) == before


def test_bundled_site_is_the_fixtures() -> None:
    assert (site_folder() / "html1/report/2304/8456-1.htm").read_bytes() == SEED_FILE.read_bytes()


@pytest.mark.parametrize(
    "path",
    [
        "nowhere.htm",
        "res/chinaposten/structure/140800011.png",
        "res/other/1.jpg",
        "Attchs.do/..",
        "../README.md",
        "html1",
        "html1/report/2304/8456-1.json",
        "%2e%2e/x.htm",
    ],
)
def test_local_server_gives_away_nothing_but_pages(path: str) -> None:
    with serving(site_folder()) as proxy:
        host, port = proxy.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            request = f"GET {HOME}{path} HTTP/1.1\r\nHost: english.chinapost.com.cn\r\nConnection: close\r\n\r\n"
            connection.sendall(request.encode())
            status = connection.recv(64)

    assert status.startswith(b"HTTP/1.1 404")
