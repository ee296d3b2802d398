"""An exported WACZ opens in ReplayWeb.page: its headers agree, and the program itself shows the pages in Chromium.

The program comes through npm when the tests begin, into the folder of temporary files. Without Chromium or npm, or when
npm cannot bring it, its tests are skipped and say so.
"""

import json
import shutil
import struct
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from archiving import LIST, OTHER, SEED, STAMP, Archivist, playing_site
from browsing import CHROMIUM, browsing
from commands import postarchive
from npm import brought
from postarchive.export.bundle import Written, ZipBundle

if TYPE_CHECKING:
    from playwright.sync_api import Page

PLAYER = "replaywebpage@2.4.6"
PATIENCE_MS = 30_000
SEED_TITLE = "China Post releases action plan for serving rural revitalization"
WORD = "popularity"  # in the text of the seed page alone
SENTENCE = "Recently, China Post Group Corporation Limited issued"
PLAYER_FILES = ("index.html", "ui.js", "sw.js")
ZIP64_BYTES = 20
CHECK_SIGNATURE = """
async ({publicKey, signature, hash}) => {
  const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const named = {name: "ECDSA", namedCurve: "P-384"};
  const key = await crypto.subtle.importKey("spki", bytes(publicKey), named, true, ["verify"]);
  const how = {name: "ECDSA", hash: "SHA-256"};
  return crypto.subtle.verify(how, key, bytes(signature), new TextEncoder().encode(hash));
}
"""
LOCAL, CENTRAL = b"PK\x03\x04", b"PK\x01\x02"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    archivist = Archivist(tmp_path_factory.mktemp("replay") / "archive")
    with pytest.MonkeyPatch.context() as patch, playing_site(patch):
        archivist.fetch(SEED, OTHER, LIST, STAMP)
    return archivist.folder


def export(archive: Path, format: str, path: Path) -> Path:  # noqa: A002 - as it is called
    done = postarchive("export", format, "-a", archive, "-o", path)
    assert done.returncode == 0, done.stderr
    return path


# --- the headers ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Headers:
    """A file of a zip: its own header, and what the directory says."""

    name: bytes
    local: tuple[int, ...]
    local_extra: bytes
    central: tuple[int, ...]
    central_extra: bytes

    @property
    def agree(self) -> bool:
        """Tell whether both say the same, extra field included; sizes may be in that of the directory."""
        return (self.local, self.local_extra) == (self.central, self.central_extra)


def headers(data: bytes) -> Iterator[Headers]:
    with zipfile.ZipFile(BytesIO(data)) as package:
        place = package.start_dir
    while data[place : place + 4] == CENTRAL:
        name_length, extra_length, comment_length = struct.unpack_from("<3H", data, place + 28)
        (start,) = struct.unpack_from("<I", data, place + 42)
        assert data[start : start + 4] == LOCAL
        name, extra = _texts(data, place + 46, name_length, extra_length)
        local_name, local_extra = _texts(data, start + 30, *struct.unpack_from("<2H", data, start + 26))
        assert local_name == name
        flags_to_sizes = struct.unpack_from("<5H3I", data, start + 4), struct.unpack_from("<5H3I", data, place + 6)
        yield Headers(name, flags_to_sizes[0], local_extra, flags_to_sizes[1], extra)
        place += 46 + name_length + extra_length + comment_length


def _texts(data: bytes, start: int, name_length: int, extra_length: int) -> tuple[bytes, bytes]:
    end = start + name_length
    return data[start:end], data[end : end + extra_length]


@pytest.mark.parametrize("format", ["wacz", "package"])
def test_headers_of_every_file_agree_and_have_no_extra_field(format: str, archive: Path, tmp_path: Path) -> None:  # noqa: A002
    found = list(headers(export(archive, format, tmp_path / "a.zip").read_bytes()))

    assert len(found) >= 5
    assert [file.name for file in found if not file.agree] == []
    assert {file.central_extra for file in found} == {b""}


@pytest.mark.parametrize("knows", ["length known", "length unknown"])
@pytest.mark.parametrize(("length", "extra_bytes"), [(999, 0), (1000, 0), (1001, ZIP64_BYTES)])
def test_zip64_is_in_both_headers_if_a_size_needs_it(
    length: int, extra_bytes: int, knows: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 1000)
    monkeypatch.setattr("postarchive.export.bundle.SPOOL_BYTES", 10)
    out, written = BytesIO(), list[Written]()
    with zipfile.ZipFile(out, "w") as package:
        files = ZipBundle(package, datetime(2026, 5, 6, tzinfo=UTC), written.append)
        with files.entry("large", length if knows == "length known" else None) as entry:
            entry.write(b"x" * length)

    (file,) = headers(out.getvalue())
    assert file.agree
    assert len(file.central_extra) == extra_bytes
    assert [file.length_bytes for file in written] == [length]
    with zipfile.ZipFile(out) as package:
        assert package.read("large") == b"x" * length


# --- the program itself -----------------------------------------------------------------------------------------------


class Ranged(SimpleHTTPRequestHandler):
    """A server of a folder that sends ranges of a file, as the program requests them."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Send the requested part."""
        wanted = self.headers.get("Range", "")
        path = Path(self.translate_path(self.path))
        if not wanted.startswith("bytes=") or not path.is_file():
            super().do_GET()
            return
        data = path.read_bytes()
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        start = int(first) if first else max(0, len(data) - int(last))
        end = min(int(last), len(data) - 1) if first and last else len(data) - 1
        self.send_response(206)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Range", f"bytes {start}-{end}/{len(data)}")
        self.send_header("Content-Length", str(end - start + 1))
        self.end_headers()
        self.wfile.write(data[start : end + 1])


@contextmanager
def served(folder: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Ranged, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def player() -> Path:
    """Return the folder of the program; skip when it cannot be had."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    return brought(PLAYER)


@pytest.fixture(scope="module")
def opened(archive: Path, player: Path, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[tuple[Page, str]]":
    """Open the program in a browser that reaches nobody else; return its page and the export's address."""
    site = tmp_path_factory.mktemp("site")
    export(archive, "wacz", site / "a.wacz")
    for name in PLAYER_FILES:
        shutil.copy(player / name, site / name)
    with served(site) as url, browsing() as browser:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.route(lambda address: urlsplit(address).hostname != "127.0.0.1", lambda route: route.abort())
        yield page, f"{url}/?source={url}/a.wacz"


def test_replaywebpage_lists_the_pages_with_their_titles(opened: "tuple[Page, str]") -> None:
    page, url = opened
    page.goto(url)

    page.get_by_text("4 Pages").first.wait_for()
    page.get_by_role("link", name=SEED_TITLE).wait_for()


def test_replaywebpage_finds_a_word_in_the_text_of_one_page(opened: "tuple[Page, str]") -> None:
    page, url = opened
    page.goto(f"{url}#view=pages&query={WORD}")

    page.get_by_text("1 Page", exact=True).first.wait_for()
    page.get_by_role("link", name=SEED_TITLE).wait_for()
    page.locator("mark", has_text=WORD).first.wait_for()


def test_browser_accepts_the_signature_as_replaywebpage_checks_it(
    opened: "tuple[Page, str]", archive: Path, tmp_path: Path
) -> None:
    page, url = opened
    key = tmp_path / "key.pem"
    key.write_bytes(
        ec.generate_private_key(ec.SECP384R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    path = tmp_path / "signed.wacz"
    assert postarchive("export", "wacz", "-a", archive, "-o", path, "--sign", key).returncode == 0
    with zipfile.ZipFile(path) as package:
        signed = json.loads(package.read("datapackage-digest.json"))["signedData"]

    page.goto(url)

    assert page.evaluate(CHECK_SIGNATURE, signed) is True
    assert page.evaluate(CHECK_SIGNATURE, signed | {"hash": signed["hash"][:-1]}) is False


def test_replaywebpage_replays_the_text_of_a_page(opened: "tuple[Page, str]") -> None:
    page, url = opened
    page.goto(f"{url}#view=pages&url={SEED}")

    frame = page.frame_locator("iframe")
    frame.get_by_role("heading", name=SEED_TITLE).wait_for()
    frame.get_by_text(SENTENCE).wait_for()
