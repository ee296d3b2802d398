"""What `fetch --media` kept comes out of the archive again: under harmless names, byte for byte, with its digest."""

import csv
import gzip
import hashlib
import json
import subprocess
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiving import HOME, SEED, SEED_FILE, Archivist
from commands import postarchive
from exporting import JPEG, PICTURE, PICTURED, contents, export, keep_media
from fakesite import FakeSite, Response
from postarchive.export.media import FOLDER, media_name, own_name
from postarchive.paths import checked_name

BODY = JPEG.body
DIGEST = hashlib.sha256(BODY).hexdigest()
OFTEN = settings(derandomize=True, max_examples=100, deadline=None, database=None)


@pytest.fixture
def pictured(site: FakeSite, archivist: Archivist) -> Archivist:
    """Return an archive with a page and its one picture."""
    site.answer(PICTURE, JPEG)
    keep_media(archivist, PICTURED)
    return archivist


def page_with(*urls: str) -> bytes:
    """Return a page whose text shows pictures of these URLs."""
    shown = "".join(f"<p><img src='{url}'></p>" for url in urls)
    begin = b"<span id='ReportIDtext'>"
    return SEED_FILE.read_bytes().replace(begin, begin + shown.encode(), 1)


# --- show --media -----------------------------------------------------------------------------------------------------


def test_show_writes_the_pictures_and_prints_what_sha256sum_reads(pictured: Archivist, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "pictures"

    done = postarchive("show", PICTURED, "--media", folder, "-a", pictured.folder)

    assert (done.returncode, done.stdout) == (0, f"{DIGEST}  {folder}/23080011.jpg\n")
    assert done.stderr == f"Wrote 1 file to {folder}.\n"
    assert contents(folder) == {"23080011.jpg": BODY}
    subprocess.run(["sha256sum", "--check", "--strict"], input=done.stdout.encode(), check=True, timeout=60)  # noqa: S607 - our own words


def test_show_again_changes_nothing_and_another_file_is_left_alone(pictured: Archivist, tmp_path: Path) -> None:
    assert postarchive("show", PICTURED, "--media", tmp_path / "p", "-a", pictured.folder).returncode == 0
    assert postarchive("show", PICTURED, "--media", tmp_path / "p", "-a", pictured.folder).returncode == 0
    (tmp_path / "p" / "23080011.jpg").write_bytes(b"my own picture")

    done = postarchive("show", PICTURED, "--media", tmp_path / "p", "-a", pictured.folder)

    assert (done.returncode, len(done.stderr.splitlines())) == (73, 1)
    assert "name another folder" in done.stderr
    assert (tmp_path / "p" / "23080011.jpg").read_bytes() == b"my own picture"


@pytest.mark.usefixtures("site")
def test_missing_media_is_reported_with_how_to_fetch_it(archivist: Archivist, tmp_path: Path) -> None:
    archivist.fetch(PICTURED, SEED)

    missing = postarchive("show", PICTURED, "--media", tmp_path / "p", "-a", archivist.folder)
    without = postarchive("show", SEED, "--media", tmp_path / "p", "-a", archivist.folder)

    assert (missing.returncode, without.returncode) == (65, 65)
    assert f"postarchive fetch --media {PICTURED}" in missing.stderr
    assert "names no pictures or files" in without.stderr
    assert not (tmp_path / "p").exists()


def test_kept_files_are_written_and_missing_ones_named(site: FakeSite, archivist: Archivist, tmp_path: Path) -> None:
    site.edit(SEED, page_with("/res/a.jpg", "/res/b.jpg", "http://elsewhere.example/c.jpg"))
    site.answer(f"{HOME}res/a.jpg", JPEG)
    site.answer(f"{HOME}res/b.jpg", Response(status=404))
    keep_media(archivist, SEED)

    done = postarchive("show", SEED, "--media", tmp_path / "p", "-a", archivist.folder)

    assert (done.returncode, done.stdout) == (0, f"{DIGEST}  {tmp_path}/p/a.jpg\n")
    assert done.stderr.splitlines()[:2] == [f"Not kept: {HOME}res/b.jpg", "Not kept: http://elsewhere.example/c.jpg"]


def test_files_of_one_name_get_names_of_their_own(site: FakeSite, archivist: Archivist, tmp_path: Path) -> None:
    urls = [f"{HOME}res/1/photo.jpg", f"{HOME}res/2/Photo.JPG"]
    site.edit(SEED, page_with("/res/1/photo.jpg", "/res/2/Photo.JPG"))
    for number, url in enumerate(urls):
        site.answer(url, Response(body=b"\xff\xd8 %d" % number, content_type="image/jpeg"))
    keep_media(archivist, SEED)

    done = postarchive("show", SEED, "--media", tmp_path / "p", "-a", archivist.folder)

    assert done.returncode == 0, done.stderr
    assert contents(tmp_path / "p") == {own_name(url, None): b"\xff\xd8 %d" % n for n, url in enumerate(urls)}


def test_a_file_comes_out_as_a_browser_saves_it(site: FakeSite, archivist: Archivist, tmp_path: Path) -> None:
    """The server packed it, and leads to it by a redirect."""
    packed = Response(
        body=gzip.compress(BODY, mtime=0), content_type="image/jpeg", headers=(("Content-Encoding", "gzip"),)
    )
    site.edit(SEED, page_with("/res/a.jpg"))
    site.answer(f"{HOME}res/a.jpg", Response(status=302, headers=(("Location", "/res/b.jpg"),)))
    site.answer(f"{HOME}res/b.jpg", packed)
    keep_media(archivist, SEED)

    done = postarchive("show", SEED, "--media", tmp_path / "p", "-a", archivist.folder)

    assert done.returncode == 0, done.stderr
    assert contents(tmp_path / "p") == {"a.jpg": BODY}


def test_a_link_out_of_the_folder_is_not_followed(pictured: Archivist, tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "23080011.jpg").symlink_to(tmp_path / "outside.jpg")

    done = postarchive("show", PICTURED, "--media", tmp_path / "p", "-a", pictured.folder)

    assert (done.returncode, len(done.stderr.splitlines())) == (65, 1)
    assert not (tmp_path / "outside.jpg").exists()


def test_what_prints_something_else_is_refused_together(pictured: Archivist, tmp_path: Path) -> None:
    done = postarchive("show", PICTURED, "--media", tmp_path / "p", "--raw", "-a", pictured.folder)

    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "media_type", "name"),
    [
        ("http://h/res/2308/photo.JPG", None, "photo.jpg"),
        ("http://h/res/..%2f..%2fetc%2fpasswd", None, "passwd"),
        ("http://h/res/%2e%2e", None, "file"),
        ("http://h/", "image/png", "file.png"),
        ("http://h/Attchs.do?id=7", "application/pdf; charset=x", "Attchs.pdf"),
        ("http://h/res/.bashrc", None, "bashrc"),
        ("http://h/res/-rf", None, "rf"),
        ("http://h/res/CON.jpg", None, "CON-.jpg"),
        ("http://h/res/%E9%82%AE%E6%94%BF 1.pdf", None, "邮政-1.pdf"),
        ("http://h/res/a%00b%0a%e2%80%aec.gif", None, "a-b-c.gif"),
        ("http://h/" + "x" * 5000 + ".jpg", None, "x" * 60 + ".jpg"),
        ("http://[", None, "file"),
    ],
)
def test_a_name_is_the_last_part_of_the_path_made_harmless(url: str, media_type: str | None, name: str) -> None:
    assert media_name(url, media_type) == name


@OFTEN
@given(path=st.text(max_size=100), media_type=st.none() | st.text(max_size=20))
def test_no_name_leads_anywhere_else(path: str, media_type: str | None) -> None:
    """A path of 100 characters takes up to 400 bytes, and a name at most 255; longer ones take long to invent."""
    for name in (media_name(f"http://h/{path}", media_type), own_name(f"http://h/{path}", media_type)):
        assert checked_name(f"{FOLDER}/{name}") == f"{FOLDER}/{name}"
        assert "/" not in name
        assert not name.startswith((".", "-"))
        assert len(name.encode()) <= 255


# --- exports ----------------------------------------------------------------------------------------------------------


def test_markdown_folder_has_the_files_and_its_pages_name_them(pictured: Archivist, tmp_path: Path) -> None:
    folder = tmp_path / "md"
    assert export(pictured, "md", "-o", folder).returncode == 0

    path = f"{FOLDER}/{own_name(PICTURE, 'image/jpeg')}"
    (page,) = [file for file in folder.rglob("*.md") if file.name != "index.md"]
    assert (folder / path).read_bytes() == BODY
    text = page.read_text(encoding="utf-8")
    assert f"](../../{path}) sha256:{DIGEST}" in text
    assert f"files: {json.dumps([{'path': path, 'sha256': DIGEST}])}" in text
    assert f"{DIGEST}  {path}\n" in (folder / "SHA256SUMS").read_text()


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_package_has_the_files_with_their_digests(form: str, pictured: Archivist, tmp_path: Path) -> None:
    output = tmp_path / ("p.zip" if form == "zip" else "p")
    assert export(pictured, "package", "-o", output).returncode == 0
    if form == "zip":
        with zipfile.ZipFile(output) as package:
            package.extractall(tmp_path / "p")

    with (tmp_path / "p/data/media.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["url"], row["media_type"], row["length"], row["sha256"]) == (
        *(PICTURE, "image/jpeg"),
        *(str(len(BODY)), DIGEST),
    )
    assert (tmp_path / "p" / row["path"]).read_bytes() == BODY
    assert f"{DIGEST}  {row['path']}\n" in (tmp_path / "p/SHA256SUMS").read_text()
    assert pictured.rows(f"SELECT url FROM captures WHERE record_id = '{row['record_id']}'") == [(PICTURE,)]  # noqa: S608 - our own id


def test_a_picture_of_several_pages_is_one_file(site: FakeSite, pictured: Archivist, tmp_path: Path) -> None:
    site.edit(SEED, page_with(PICTURE))
    keep_media(pictured, SEED)

    assert export(pictured, "md", "-o", tmp_path / "md").returncode == 0
    assert export(pictured, "package", "-o", tmp_path / "p").returncode == 0

    assert len(list((tmp_path / "md" / FOLDER).iterdir())) == 1
    assert len(list((tmp_path / "p" / FOLDER).iterdir())) == 1
