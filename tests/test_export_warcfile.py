"""What is handed on can be read by others: WARC and WACZ, complete, the same each time, replayed byte for byte."""

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecord

from archiving import HOME, LIST, OTHER, ROBOTS, SEED, SEED_NODE, STAMP, Archivist, playing_site
from collecting import EDITED_PAGE, SEED_PAGE
from commands import Done, postarchive
from fakesite import FIXTURES, Response
from foreignwarc import Foreign, plain, put
from postarchive.collect.imports import import_paths
from postarchive.export.warcfile import sortable
from postarchive.models import FetchResult, Outcome

OTHER_PAGE = (FIXTURES / OTHER.removeprefix("http://")).read_bytes()
PACKED_PAGE = gzip.compress(SEED_PAGE, mtime=0)
FORMATS = ["warc", "wacz"]
REPLAY = """
import sys
from pathlib import Path
from pywb.apps.frontendapp import FrontEndApp
from pywb.manager.manager import main as manage

pages, *files = sys.argv[1:]
for file in map(Path, files):
    manage(["init", file.suffix[1:]])
    manage(["add", file.suffix[1:], *(["--unpack-wacz"] if file.suffix == ".wacz" else []), str(file)])
app = FrontEndApp()
for file in map(Path, files):
    for place, page in enumerate(pages.split()):
        environ = {
            "PATH_INFO": f"/{file.suffix[1:]}/2026id_/{page}", "QUERY_STRING": "", "SCRIPT_NAME": "",
            "REQUEST_METHOD": "GET", "SERVER_PROTOCOL": "HTTP/1.1",
            "SERVER_NAME": "localhost", "SERVER_PORT": "80", "HTTP_HOST": "localhost",
            "REMOTE_ADDR": "127.0.0.1", "HTTP_ACCEPT_ENCODING": "gzip",
            "wsgi.url_scheme": "http", "wsgi.input": sys.stdin.buffer, "wsgi.errors": sys.stderr,
        }
        answered = []
        body = b"".join(app(environ, lambda status, *_: answered.append(status)))
        Path(f"{place}{file.suffix}").write_bytes(body if answered == ["200 OK"] else str(answered).encode())
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an archive of four runs and an import, with an unmodified response, a revisit and an edit among them."""
    folder = tmp_path_factory.mktemp("made")
    archivist = Archivist(folder / "archive")
    with pytest.MonkeyPatch.context() as patch, playing_site(patch) as site:
        archivist.fetch(SEED, LIST, STAMP)
        archivist.fetch(SEED)  # 304
        site.answer(SEED, Response(body=SEED_PAGE))
        archivist.fetch(SEED)  # the same body without a validator: a revisit
        site.answer(SEED, Response(body=gzip.compress(EDITED_PAGE, mtime=0), headers=(("Content-Encoding", "gzip"),)))
        archivist.fetch(SEED)
    path = put(folder / "theirs.warc", plain(Foreign(url=OTHER, body=OTHER_PAGE)))
    list(import_paths(archivist.folder, [path]))
    return archivist.folder


@pytest.fixture
def archivist(made: Path, tmp_path: Path) -> Archivist:
    """Return a copy of the archive, to do with as one likes."""
    shutil.copytree(made, tmp_path / "archive")
    return Archivist(tmp_path / "archive")


def export(archivist: Archivist, format: str, *options: str, name: str = "out") -> Path:  # noqa: A002 - as it is called
    path = archivist.folder.parent / f"{name}.{'warc.gz' if format == 'warc' else format}"
    done = postarchive("export", format, "--archive", archivist.folder, "-o", path, *options)
    assert done.returncode == 0, done.stderr
    return path


def exported(path: Path) -> list[WarcRecord]:
    """Return the records of a WARC file, read by another program's reader, each with its block still to be read."""
    records = []
    for record in ArchiveIterator(BytesIO(path.read_bytes()), parse_http=False, verify_digests=True):
        record.freeze()
        records.append(record)
    return records


def kinds(records: list[WarcRecord]) -> list[str]:
    return [record.headers["WARC-Type"] for record in records]


# --- WARC -------------------------------------------------------------------------------------------------------------


def test_every_response_is_there_in_full_with_its_request(archivist: Archivist) -> None:
    records = exported(export(archivist, "warc"))

    pairs = ["request", "response"]
    assert kinds(records) == ["warcinfo", "response", *pairs * 9]  # the import is the oldest, and had no request
    seeds = [record.reader.read() for record in records if record.headers.get("WARC-Target-URI") == SEED]
    bodies = [block.partition(b"\r\n\r\n")[2] for block in seeds if block.startswith(b"HTTP/1.1 200")]
    assert bodies == [SEED_PAGE, SEED_PAGE, gzip.compress(EDITED_PAGE, mtime=0)]


def test_record_ids_are_unique_and_requests_belong_to_their_responses(archivist: Archivist) -> None:
    records = exported(export(archivist, "warc"))

    ids = [record.headers["WARC-Record-ID"] for record in records]
    requests = [record for record in records if record.headers["WARC-Type"] == "request"]
    concurrent = {record.headers["WARC-Concurrent-To"] for record in requests}
    responses = {record.headers["WARC-Record-ID"] for record in records if record.headers["WARC-Type"] == "response"}
    assert len(set(ids)) == len(ids)
    assert len(concurrent) == 9
    assert concurrent < responses


@pytest.mark.parametrize("program", ["warcio", "fastwarc"])
def test_other_programs_find_the_file_whole(program: str, archivist: Archivist) -> None:
    path = export(archivist, "warc")

    checked = subprocess.run(  # noqa: S603 - beside our own interpreter
        [Path(sys.executable).with_name(program), "check", path], capture_output=True, check=False, timeout=30
    )

    assert checked.returncode == 0, checked.stderr


def test_import_keeps_its_mark(archivist: Archivist) -> None:
    records = exported(export(archivist, "warc", "--url", OTHER))

    assert [record.headers.get("Postarchive-Origin") for record in records] == [None, "import"]


@pytest.mark.parametrize(
    ("options", "urls"),
    [
        (["--url", str(SEED_NODE)], [SEED] * 3),
        (["--url", STAMP, "--url", LIST], [LIST, STAMP]),
        (["--since", "2026-05"], [*[ROBOTS] * 4, *[SEED] * 3, LIST, STAMP]),
        (["--url", OTHER, "--since", "2019"], [OTHER]),
    ],
    ids=["a node", "two URLs", "since", "both"],
)
def test_part_of_the_archive_can_be_exported(options: list[str], urls: list[str], archivist: Archivist) -> None:
    records = exported(export(archivist, "warc", *options))

    found = [record.headers["WARC-Target-URI"] for record in records if record.headers["WARC-Type"] == "response"]
    assert sorted(found) == sorted(urls)


@pytest.mark.parametrize("format", FORMATS)  # the command's word
def test_repeated_export_is_the_same_to_the_byte(format: str, archivist: Archivist) -> None:  # noqa: A002
    first = export(archivist, format, name="first")
    archivist.execute("VACUUM")

    assert export(archivist, format, name="second").read_bytes() == first.read_bytes()


def test_date_of_the_build_can_be_given(archivist: Archivist) -> None:
    path = archivist.folder.parent / "a.wacz"
    done = postarchive("export", "wacz", "-a", archivist.folder, "-o", path, SOURCE_DATE_EPOCH="1700000000")

    assert done.returncode == 0
    with zipfile.ZipFile(path) as package:
        assert {info.date_time for info in package.infolist()} == {(2023, 11, 14, 22, 13, 20)}
        assert json.loads(package.read("datapackage.json"))["created"] == "2023-11-14T22:13:20Z"


# --- WACZ -------------------------------------------------------------------------------------------------------------


def test_package_lists_its_files_with_size_and_digest(archivist: Archivist) -> None:
    with zipfile.ZipFile(export(archivist, "wacz")) as package:
        described = json.loads(package.read("datapackage.json"))
        names = package.namelist()
        contents = {name: package.read(name) for name in names}
        digest = json.loads(package.read("datapackage-digest.json"))

    listed = {item["path"]: (item["bytes"], item["hash"]) for item in described["resources"]}
    data = [name for name in names if not name.startswith("datapackage")]
    assert data == ["archive/data.warc.gz", "indexes/index.cdx", "pages/pages.jsonl"]
    assert listed == {name: (len(contents[name]), sha256(contents[name])) for name in data}
    assert digest == {"path": "datapackage.json", "hash": sha256(contents["datapackage.json"])}
    assert (described["profile"], described["wacz_version"]) == ("data-package", "1.1.1")
    assert described["mainPageUrl"] == OTHER


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def test_files_of_a_package_are_not_packed_again(archivist: Archivist) -> None:
    """Replay in a browser requests ranges of the WARC file inside the package."""
    with zipfile.ZipFile(export(archivist, "wacz")) as package:
        assert {info.compress_type for info in package.infolist()} == {zipfile.ZIP_STORED}


def test_index_leads_to_every_response(archivist: Archivist) -> None:
    with zipfile.ZipFile(export(archivist, "wacz")) as package:
        lines = package.read("indexes/index.cdx").decode().splitlines()
        warc = package.read("archive/data.warc.gz")

    assert lines == sorted(lines)
    assert len(lines) == 10
    for line in lines:
        key, time, place = line.split(" ", 2)
        entry = json.loads(place)
        record = gzip.decompress(warc[int(entry["offset"]) :][: int(entry["length"])])
        assert f"WARC-Target-URI: {entry['url']}\r\n".encode() in record
        assert b"WARC-Type: response\r\n" in record
        assert (key, len(time)) == (sortable(entry["url"]), 14)


def test_pages_are_listed_with_their_titles(archivist: Archivist) -> None:
    with zipfile.ZipFile(export(archivist, "wacz")) as package:
        head, *lines = map(json.loads, package.read("pages/pages.jsonl").splitlines())

    assert head["format"] == "json-pages-1.0"
    assert {line["url"] for line in lines} == {SEED, LIST, STAMP, OTHER}
    assert {line["title"] for line in lines if line["url"] == SEED} == {
        "China Post releases action plan for serving rural revitalization"
    }


def test_pages_are_listed_with_what_they_say(archivist: Archivist) -> None:
    with zipfile.ZipFile(export(archivist, "wacz")) as package:
        head, *lines = map(json.loads, package.read("pages/pages.jsonl").splitlines())
    text = {line["url"]: line["text"] for line in lines}

    assert head["hasText"] is True
    assert "18 major tasks" in text[SEED]  # of the version that was captured last
    assert "17 major tasks" not in text[SEED]
    assert text[SEED].endswith("China Post News")
    assert "Denomination" in text[STAMP]
    assert "China Post releases action plan" in text[LIST]


@pytest.mark.parametrize(
    ("url", "key"),
    [
        (SEED, "cn,com,chinapost,english)/html1/report/2304/8456-1.htm"),
        ("http://www.chinapost.com.cn", "cn,com,chinapost)/"),
        (f"{HOME}servlet/Node?node=1&Language=1", "cn,com,chinapost,english)/servlet/node?language=1&node=1"),
        (f"{HOME}a b", "cn,com,chinapost,english)/a%20b"),
    ],
)
def test_sortable_url(url: str, key: str) -> None:
    assert sortable(url) == key


# --- read again -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", FORMATS)
def test_export_imports_again_to_the_same_records(format: str, archivist: Archivist) -> None:  # noqa: A002
    path = export(archivist, format)
    other = Archivist(archivist.folder.parent / "other")

    results = list(import_paths(other.folder, [path]))

    assert [item for item in results if not isinstance(item, FetchResult)] == []
    query = (
        "SELECT url, time, payload_digest FROM captures WHERE status = 200 AND url NOT LIKE '%robots.txt' ORDER BY 2"
    )
    assert other.rows(query) == archivist.rows(query)
    for name in (SEED, OTHER, LIST, STAMP):
        assert other.record(name) == archivist.record(name)


@pytest.mark.parametrize("format", FORMATS)
def test_own_export_adds_nothing(format: str, archivist: Archivist) -> None:  # noqa: A002
    path = export(archivist, format)
    before = archivist.dump()

    results = list(import_paths(archivist.folder, [path]))

    assert {item.outcome for item in results if isinstance(item, FetchResult)} == {Outcome.UNCHANGED}
    assert archivist.dump() == before


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[bytes]]:
    """Return by format what pywb responds with for two pages as they were archived; it takes a second to begin."""
    if find_spec("pywb") is None:
        pytest.skip("needs pywb, which is in the test group")
    archivist = Archivist(tmp_path_factory.mktemp("replayed") / "archive")
    with pytest.MonkeyPatch.context() as patch, playing_site(patch) as site:
        site.answer(STAMP, Response(body=PACKED_PAGE, headers=(("Content-Encoding", "gzip"),), is_chunked=True))
        archivist.fetch(SEED, STAMP)
        site.answer(SEED, Response(body=SEED_PAGE))
        archivist.fetch(SEED)  # stored as a revisit
    paths = [export(archivist, name) for name in FORMATS]
    folder = archivist.folder.parent / "pywb"
    folder.mkdir()
    replay_in(folder, [SEED, STAMP], paths)
    return {path.suffix: [(folder / f"{place}{path.suffix}").read_bytes() for place in range(2)] for path in paths}


@pytest.mark.parametrize("suffix", [".gz", ".wacz"], ids=FORMATS)
def test_pywb_replays_an_exported_page_byte_for_byte(suffix: str, replayed: dict[str, list[bytes]]) -> None:
    assert replayed[suffix] == [SEED_PAGE, PACKED_PAGE]


def replay_in(folder: Path, urls: list[str], paths: list[Path]) -> None:
    """Let pywb index files in a folder of its own, and write there its responses for these pages of each file."""
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", REPLAY, " ".join(urls), *paths],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr[-2000:]


# --- the command ------------------------------------------------------------------------------------------------------


def refused(archivist: Archivist, *arguments: str | Path) -> Done:
    done = postarchive("export", "--archive", archivist.folder, *arguments)
    assert len(done.stderr.splitlines()) == 1
    return done


def test_command_says_what_it_wrote(archivist: Archivist) -> None:
    path = archivist.folder.parent / "a.wacz"
    done = postarchive("export", "wacz", "-a", archivist.folder, "-o", path)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"Wrote 10 responses to {path}.\n")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["warc", "--url", "99999999", "-o", "a.warc.gz"], 65),
        (["warc", "--since", "2030", "-o", "a.warc.gz"], 65),
        (["warc", "--since", "soon", "-o", "a.warc.gz"], 2),
        (["zip", "-o", "a.zip"], 2),
        (["warc"], 2),
        (["warc", "-o", "no/such/folder/a.warc.gz"], 73),
    ],
    ids=["no such page", "nothing since", "no date", "no such format", "no file", "no such folder"],
)
def test_command_refuses_and_leaves_no_file(
    arguments: list[str], code: int, archivist: Archivist, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)

    assert refused(archivist, *arguments).returncode == code
    assert list(empty.iterdir()) == []


def test_failed_export_leaves_the_old_file(archivist: Archivist) -> None:
    path = export(archivist, "warc")
    before = path.read_bytes()
    archivist.files[0].write_bytes(b"broken")

    done = postarchive("export", "warc", "-a", archivist.folder, "-o", path)

    assert done.returncode == 65
    assert path.read_bytes() == before
