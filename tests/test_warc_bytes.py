"""To the byte: what crossed the wire is what the evidence holds, whatever a server sends, and others read it too."""

import gzip
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from archiving import HOME, SEED, SEED_FILE, Archivist, playing_site
from checking import checked
from commands import postarchive
from damages import members
from fakesite import FakeSite, Response, chunked
from foreignwarc import BODY, Foreign, plain, put
from postarchive.collect.imports import import_paths
from postarchive.models import Capture
from postarchive.verify import Summary, verify_archive
from postarchive.warc import read_events

TOOL = Path(__file__).parent.parent / "tools" / "verify_archive.py"
PAGE = SEED_FILE.read_bytes()
HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
CHUNKED = HTML + b"Transfer-Encoding: chunked\r\n"


def odd_responses(page: bytes) -> dict[str, tuple[bytes, bytes]]:
    """Return responses by what is odd about them: as they are sent, and the body without its chunks."""
    packed = gzip.compress(page, mtime=0)
    return {
        "HTTP 1.0": (b"HTTP/1.0 200 OK\r\n\r\n" + page, page),
        "LF": (b"HTTP/1.1 200 OK\nContent-Type: text/html\n\n" + page, page),
        "odd status line": (b"http/1.1  200   Sch\xf6n \r\n\r\n" + page, page),
        "malformed line": (b"HTTP/1.1 200 OK\r\nno header\r\nContent-Length: %d\r\n\r\n" % len(page) + page, page),
        "folded": (HTML + b"X: a\r\n\t b\r\nX : c\r\nx:d  \r\n\r\n" + page, page),
        "line of blanks": (HTML + b" \r\nContent-Length: %d\r\n\r\n" % len(page) + page, page),
        "many headers": (HTML + b"X: y\r\n" * 300 + b"\r\n" + page, page),
        "any bytes": (HTML + b"X: \xff\x00\x85\xa0\rz\r\n\r\n" + page, page),
        "length twice": (HTML + b"Content-Length: %d\r\n" % len(page) * 2 + b"\r\n" + page, page),
        "no length": (HTML + b"Content-Length: much\r\n\r\n" + page, page),
        "chunks": (CHUNKED + b"\r\n" + chunked(page, 777), page),
        "chunks of one byte": (CHUNKED + b"\r\n" + chunked(page, 1), page),
        "chunks and a length": (CHUNKED + b"Content-Length: 9\r\n\r\n" + chunked(page), page),
        "extensions and trailers": (
            CHUNKED + b"\r\n%X ;a=b\r\n" % len(page) + page + b"\r\n000;c\r\nX-Sum: 1\r\nY: 2\r\n\r\n",
            page,
        ),
        "chunks in LF": (CHUNKED + b"\n%x\n" % len(page) + page + b"\n0\n\n", page),
        "chunks without an end": (CHUNKED + b"\r\n%x\r\n" % len(page) + page + b"\r\n0\r\n", page),
        "packed chunks": (CHUNKED + b"Content-Encoding: gzip\r\n\r\n" + chunked(packed), packed),
        "early hints": (
            b"HTTP/1.1 103 Early Hints\r\nLink: </a%20b>\r\n\r\nHTTP/1.1 100\r\n\r\n" + HTML + b"\r\n" + page,
            page,
        ),
    }


NAMES = tuple(odd_responses(b""))
RESPONSES = {name: odd_responses(PAGE + b"<!-- %b -->" % name.encode())[name] for name in NAMES}
BEFORE_THE_FINAL = {"early hints": b"HTTP/1.1 103 Early Hints\r\nLink: </a%20b>\r\n\r\nHTTP/1.1 100\r\n\r\n"}


def url_of(name: str) -> str:
    return f"{HOME}{name.replace(' ', '-')}.htm"


URLS = [url_of(name) for name in NAMES]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Archivist, dict[str, bytes]]:
    """Make an archive of every odd response, each page fetched twice; return it with the requests as they came."""
    archivist = Archivist(tmp_path_factory.mktemp("odd") / "archive")
    with pytest.MonkeyPatch.context() as monkeypatch, playing_site(monkeypatch) as site:
        for name, (raw, _) in RESPONSES.items():
            site.answer(url_of(name), Response(raw=raw))
        archivist.fetch(*URLS)
        requests = {seen.url: seen.raw for seen in site.requests}
        archivist.fetch(*URLS)
    return archivist, requests


@pytest.fixture
def archivist(made: tuple[Archivist, dict[str, bytes]], tmp_path: Path) -> Archivist:
    """Return a copy of the archive, to do with as one likes."""
    shutil.copytree(made[0].folder, tmp_path / "archive")
    return Archivist(tmp_path / "archive")


def blocks(archivist: Archivist, run: int, kind: str) -> dict[str, bytes]:
    """Return the blocks of a run's records of a kind by the URL that they are about."""
    found = {}
    for member in members(archivist, run):
        head, _, rest = member.content.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        if fields["WARC-Type"] == kind:
            found[fields["WARC-Target-URI"]] = rest[:-4]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_response_is_kept_as_it_came(name: str, archivist: Archivist) -> None:
    raw, _ = RESPONSES[name]

    assert blocks(archivist, 0, "response")[url_of(name)] == raw.removeprefix(BEFORE_THE_FINAL.get(name, b""))


def test_raw_shows_the_stored_bytes(site: FakeSite, tmp_path: Path) -> None:
    archivist = Archivist(tmp_path / "archive")
    raw, _ = RESPONSES["extensions and trailers"]
    site.answer(SEED, Response(raw=raw))
    archivist.fetch(SEED)

    shown = postarchive("show", SEED, "--raw", "-a", archivist.folder)

    assert shown.stdout.encode() == raw


def test_request_is_kept_as_it_was_sent(made: tuple[Archivist, dict[str, bytes]]) -> None:
    archivist, requests = made

    assert blocks(archivist, 0, "request") == requests


def test_interim_responses_are_kept_with_the_final_one(archivist: Archivist) -> None:
    (head,) = [member.content for member in members(archivist, 0) if b"Interim" in member.content]

    assert (
        b"Postarchive-Interim-Responses: "
        b"HTTP/1.1 103 Early Hints%0D%0ALink: </a%2520b>%0D%0A%0D%0AHTTP/1.1 100%0D%0A%0D%0A\r\n"
    ) in head


def test_all_of_them_say_the_same_page(archivist: Archivist) -> None:
    rows = archivist.rows("SELECT url, status FROM captures WHERE url NOT LIKE '%robots.txt'")

    assert {status for _, status in rows} == {200}
    assert archivist.rows("SELECT count(*) FROM problems") == [(0,)]
    assert archivist.rebuilt_differences() == []


def test_body_is_read_without_its_chunks(archivist: Archivist) -> None:
    file = archivist.files[0].relative_to(archivist.folder).as_posix()
    events = [event for event, _ in read_events(archivist.folder, file, body_of=lambda _: b"")]
    bodies = {event.url: event.body for event in events if isinstance(event, Capture)}

    assert {url_of(name): body for name, (_, body) in RESPONSES.items()}.items() <= bodies.items()


def test_both_verifiers_find_it_whole(archivist: Archivist) -> None:
    summary = Summary()

    assert list(verify_archive(archivist.folder, summary)) == []
    command = [sys.executable, "-I", "-S", str(TOOL), str(archivist.folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    assert (done.returncode, done.stdout.partition(":")[0]) == (0, "OK")


@pytest.mark.parametrize("command", ["warcio check", "fastwarc check -q", "fastwarc check -p -q"])
def test_check_commands_of_others_accept_it(command: str, archivist: Archivist) -> None:
    exported = archivist.folder.parent / "out.warc.gz"
    done = postarchive("export", "warc", "-a", archivist.folder, "-o", exported)
    assert done.returncode == 0, done.stderr

    found = checked(command, *archivist.files, exported)

    assert (found.returncode, found.stdout) == (0, "")


def test_export_has_the_stored_bytes(archivist: Archivist) -> None:
    exported = archivist.folder.parent / "out.warc.gz"
    postarchive("export", "warc", "-a", archivist.folder, "-o", exported)
    content = gzip.decompress(exported.read_bytes())

    stored = [
        block for kind in ("request", "response") for url, block in blocks(archivist, 0, kind).items() if url in URLS
    ]
    assert len(stored) == 2 * len(NAMES)
    assert all(block in content for block in stored)


def test_revisit_of_a_chunked_response_is_exported_in_one_chunk(archivist: Archivist) -> None:
    url, (raw, body) = url_of("chunks"), RESPONSES["chunks"]
    exported = archivist.folder.parent / "out.warc.gz"
    postarchive("export", "warc", "--url", url, "-a", archivist.folder, "-o", exported)

    head = raw.partition(b"\r\n\r\n")[0]
    assert blocks(archivist, 1, "revisit")[url] == head + b"\r\n\r\n"
    assert head + b"\r\n\r\n%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n" in gzip.decompress(exported.read_bytes())


@pytest.mark.parametrize(
    "block",
    [
        b"HTTP/2 200 \nContent-Type:text/html\nno header\nX: a\n\tb\n\n" + BODY,
        b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(BODY, 5),
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n" + BODY,
    ],
    ids=["odd head", "chunks", "said to be chunked"],
)
def test_import_keeps_the_bytes_of_others(block: bytes, tmp_path: Path) -> None:
    archivist = Archivist(tmp_path / "archive")

    list(import_paths(archivist.folder, [put(tmp_path / "a.warc", plain(Foreign(block=block)))]))

    assert blocks(archivist, 0, "response") == {SEED: block}
    assert archivist.rows("SELECT length_bytes FROM captures") == [(len(BODY),)]
    assert list(verify_archive(archivist.folder, Summary())) == []
