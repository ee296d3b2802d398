"""Pictures that `serve` shows out of the archive: what is sent, and what never is."""

import asyncio
import gzip
import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from archiving import HOME, Archivist, playing_site
from fakesite import Response
from pictures import PAGE, SVG, picture, png_of, with_comment
from postarchive.models import shown_digest
from postarchive.serve.pictures import HEADERS, Pictures
from postarchive.serve.raster import MAX_BYTES
from serving import datasette_over

FOLDER = f"{HOME}res/chinaposten/2304/"
PHOTO, DRAWING, NAMED_PNG, BOMB, POLYGLOT = (
    f"{FOLDER}{name}" for name in ("photo.jpg", "drawing.svg", "page.png", "bomb.png", "polyglot.jpg")
)
PACKED, NOT_PACKED, PACKED_BOMB, PACKED_PAGE = (f"{FOLDER}packed{number}.jpg" for number in range(4))
TWICE, MISSING = f"{FOLDER}again.jpg", f"{FOLDER}missing.jpg"
CONTENT = {
    PHOTO: picture("JPEG", 120, 80),
    TWICE: picture("JPEG", 120, 80),
    DRAWING: SVG,
    NAMED_PNG: PAGE,
    BOMB: png_of(30_000, 30_000),
    POLYGLOT: with_comment(b"*/</style><script>window.harmed=1</script>"),
}
CONTENT[TWICE] = CONTENT[PHOTO]
LATER = picture("PNG", 9, 7)
LONG = with_comment(b"a" * 60_000)  # many times what it is when packed
CODED = {
    PACKED: gzip.compress(LONG, mtime=0),
    NOT_PACKED: picture("PNG", 8, 8),
    PACKED_BOMB: gzip.compress(LATER + bytes(MAX_BYTES), mtime=0),
    PACKED_PAGE: gzip.compress(PAGE, mtime=0),
}

Get: TypeAlias = Callable[..., Any]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archivist:
    archivist = Archivist(tmp_path_factory.mktemp("pictures") / "archive")
    with pytest.MonkeyPatch.context() as patch, playing_site(patch) as site:
        for url, body in CONTENT.items():
            site.answer(url, Response(body=body, content_type="image/jpeg"))
        for url, body in CODED.items():
            site.answer(url, Response(body=body, content_type="image/jpeg", headers=(("Content-Encoding", "gzip"),)))
        archivist.fetch(HOME, *CONTENT, *CODED, MISSING)
        site.answer(PHOTO, Response(body=LATER, content_type="text/html"))
        archivist.fetch(PHOTO)
    return archivist


@pytest.fixture(scope="module")
def get(archive: Archivist) -> Iterator[Get]:
    with asyncio.Runner() as runner, datasette_over(archive.folder) as datasette:
        yield lambda path, **options: runner.run(datasette.client.get(path, **options))


def address_of(body: bytes) -> str:
    return f"/-/picture/{hashlib.sha256(body).hexdigest()}"


@pytest.mark.parametrize(("body", "media_type"), [(CONTENT[PHOTO], "image/jpeg"), (LATER, "image/png")])
def test_a_picture_is_sent_to_the_byte_as_what_its_content_is(get: Get, body: bytes, media_type: str) -> None:
    response = get(address_of(body))

    assert (response.status_code, response.content) == (200, body)
    assert response.headers["content-type"] == media_type
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert "immutable" in response.headers["cache-control"]
    assert response.headers["content-length"] == str(len(body))


@pytest.mark.parametrize(("url", "body"), [(PACKED, LONG), (NOT_PACKED, CODED[NOT_PACKED])])
def test_a_picture_that_was_packed_on_its_way_is_sent_unpacked(get: Get, url: str, body: bytes) -> None:
    response = get(address_of(CODED[url]))

    assert (response.status_code, response.content) == (200, body)
    assert "content-encoding" not in response.headers
    assert response.headers["content-length"] == str(len(body))


@pytest.mark.parametrize("url", [PACKED_BOMB, PACKED_PAGE])
def test_content_that_unpacks_to_no_picture_is_never_sent(get: Get, archive: Archivist, url: str) -> None:
    assert get(address_of(CODED[url])).status_code == 404
    assert Pictures(archive.folder).of_urls([url]) == {}


def test_unchanged_picture_is_not_sent_again(get: Get) -> None:
    address = address_of(LATER)
    tag = get(address).headers["etag"]

    response = get(address, headers={"If-None-Match": tag})

    assert (response.status_code, response.content, response.headers["etag"]) == (304, b"", tag)


@pytest.mark.parametrize("url", [DRAWING, NAMED_PNG, BOMB, POLYGLOT])
def test_harmful_picture_is_never_sent(get: Get, url: str) -> None:
    for _ in range(2):
        response = get(address_of(CONTENT[url]))
        assert response.status_code == 404
        assert "harmed" not in response.text
        assert "No such picture" in response.text


@pytest.mark.parametrize(
    "name", ["0" * 64, "A" * 64, "g" * 64, "0" * 63, "0" * 65, "..%2f..%2fetc%2fpasswd", "", "%00" * 64, "٣" * 64]
)
def test_invalid_digest_of_a_picture_is_not_found(get: Get, name: str) -> None:
    assert get(f"/-/picture/{name}", follow_redirects=True).status_code == 404


def test_a_page_of_the_archive_is_not_a_picture(get: Get, archive: Archivist) -> None:
    (digest,) = archive.rows("SELECT payload_digest FROM captures WHERE url LIKE '%/' LIMIT 1")[0]
    assert get(f"/-/picture/{shown_digest(str(digest)).removeprefix('sha256:')}").status_code == 404


def test_the_pictures_of_urls_are_known_with_their_size(archive: Archivist) -> None:
    found = Pictures(archive.folder).of_urls([PHOTO, TWICE, DRAWING, BOMB, MISSING, "no url", "http://["])

    assert list(found) == [PHOTO, TWICE]
    assert (found[PHOTO].address, found[PHOTO].width, found[PHOTO].height) == (address_of(LATER), 9, 7)
    assert (found[TWICE].address, found[TWICE].width, found[TWICE].height) == (address_of(CONTENT[PHOTO]), 120, 80)


def test_the_picture_of_a_time_is_the_one_that_was_there(archive: Archivist) -> None:
    times = [str(row[0]) for row in archive.rows("SELECT time FROM captures WHERE url LIKE '%photo.jpg' ORDER BY time")]
    pictures = Pictures(archive.folder)

    shown = [pictures.of_urls([PHOTO], at)[PHOTO].address for at in ("2000", times[0], times[1], "2100")]

    assert shown == [address_of(CONTENT[PHOTO])] * 2 + [address_of(LATER)] * 2


def test_damaged_evidence_is_not_sent(archive: Archivist, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    shutil.copytree(archive.folder, folder)
    for path in folder.glob("warc/*/*.gz"):
        data = bytearray(path.read_bytes())
        data[len(data) // 2 :: 97] = bytes(len(data[len(data) // 2 :: 97]))
        path.write_bytes(data)

    with asyncio.Runner() as runner, datasette_over(folder) as datasette:
        response = runner.run(datasette.client.get(address_of(LATER)))

    assert response.status_code == 404
    assert Pictures(folder).of_urls([PHOTO]) == {}


def test_nothing_is_known_of_pictures_without_a_database(tmp_path: Path) -> None:
    assert Pictures(tmp_path).of_urls([PHOTO]) == {}


def test_the_headers_forbid_everything() -> None:
    assert HEADERS["content-security-policy"] == "default-src 'none'; sandbox"
