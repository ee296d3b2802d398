"""A saved page has one URL: `parse` and `import` use the same rule."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fakesite import FIXTURES
from foreignwarc import put
from postarchive.cli.parse import url_of
from postarchive.errors import UnreadableInput
from postarchive.foreign import Damage, find_sources, read_foreign
from postarchive.saved import url_in_saved_page, url_of_path

HOST = "english.chinapost.com.cn"
SEED = f"http://{HOST}/html1/report/2304/8456-1.htm"
DYNAMIC = f"http://{HOST}/servlet/Node?node=23048456&language=1&pos=1"
COMMENT = f"<!-- saved from url=({len(SEED):04})%s -->"
PATHS = {
    f"{HOST}/html1/report/2304/8456-1.htm": SEED,
    f"{HOST.upper()}/html1/report/2304/8456-1.htm": SEED,
    f"www.chinapost.com.cn/{HOST}/html1/report/2304/8456-1.htm": SEED,
    f"{HOST}/copies/www.chinapost.com.cn/cn/a.html": "http://www.chinapost.com.cn/cn/a.html",
    f"{HOST}/index.htm": f"http://{HOST}/",
    f"{HOST}/index.html": f"http://{HOST}/",
    f"{HOST}/en/index.html": f"http://{HOST}/en/index.html",
    f"{HOST}/en/index.htm": f"http://{HOST}/en/index.htm",
    f"{HOST}/servlet/Node?node=23048456&language=1&pos=1": DYNAMIC,
    f"{HOST}/servlet/Node?node=23048456&language=1&pos=1.html": DYNAMIC,
    f"{HOST}/servlet/Node@node=23048456&language=1&pos=1.html": DYNAMIC,
    "saved/8456-1.htm": None,
    "example.org/index.html": None,
    f"{HOST}.htm": None,
    f"{HOST}/a b.htm": None,
    f"{HOST}/\udcd3\udcca.htm": f"http://{HOST}/%D3%CA.htm",
}
TOLD = {
    COMMENT % SEED: SEED,
    f"<!--\n Page saved with SingleFile \n url: {SEED} \n saved date: Mon -->": SEED,
    f"<!-- Mirrored from {SEED.removeprefix('http://')} by HTTrack Website Copier/3.x -->": SEED,
    COMMENT % f"HTTP://{HOST.upper()}:80/#top": f"http://{HOST}/",
    COMMENT % "http://example.org/": None,
    COMMENT % "http://[broken": None,
    COMMENT % ("http://" + HOST + "/" + "a" * 3000): None,
    f'<link rel="canonical" href="{SEED}"/>': None,
    "x" * 5000 + COMMENT % SEED: None,
}


@pytest.mark.parametrize(("path", "url"), PATHS.items(), ids=PATHS)
def test_path_gives_the_same_url_to_parse_and_to_import(path: str, url: str | None, tmp_path: Path) -> None:
    file = put(tmp_path / path, b"<html>")

    assert url_of(str(file), b"<html>") == (url or "")
    assert imported(file) == url
    assert [source.url for source in find_sources([tmp_path]) if source.url] == ([url] if url else [])


@pytest.mark.parametrize(("comment", "url"), TOLD.items())
def test_program_that_saved_a_page_names_its_url(comment: str, url: str | None, tmp_path: Path) -> None:
    page = f"<!DOCTYPE html>\n{comment}<html>".encode()

    assert url_in_saved_page(page) == url
    assert url_of("-", page) == (url or "")
    assert imported(put(tmp_path / "page.html", page)) == url


def test_page_whose_name_is_not_a_url_is_reported(tmp_path: Path) -> None:
    put(tmp_path / HOST / "html1/report/2304/8456-1 (1).htm", b"<html>")

    (damage,) = read_foreign(find_sources([tmp_path]), now=datetime.now(UTC), is_wanted=lambda _: True)

    assert isinstance(damage, Damage)
    assert "its name is no URL" in damage.problem


def test_name_of_two_lines_is_reported_in_one(tmp_path: Path) -> None:
    put(tmp_path / HOST / "a\nNEW \x1b[31mb.htm", b"<html>")

    (damage,) = read_foreign(find_sources([tmp_path]), now=datetime.now(UTC), is_wanted=lambda _: True)

    assert isinstance(damage, Damage)
    assert damage.file.endswith(r"a\nNEW \x1b[31mb.htm")


def test_path_is_believed_before_the_page(tmp_path: Path) -> None:
    page = (COMMENT % SEED).encode()
    file = put(tmp_path / HOST / "html1/report/2304/8450-1.htm", page)

    assert url_of(str(file), page) == imported(file) == SEED.replace("8456", "8450")


def test_path_of_every_fixture_gives_its_url() -> None:
    for page in filter(Path.is_file, FIXTURES.rglob("*[lm]")):
        path = page.relative_to(FIXTURES).as_posix()
        assert url_of_path(page.parts) == f"http://{path.removesuffix('index.htm')}"
        assert imported(page) == url_of(str(page), b"")


def imported(file: Path) -> str | None:
    """Return the URL that an import takes for a named file; None when it refuses it."""
    try:
        (source,) = find_sources([file])
    except UnreadableInput:
        return None
    return source.url
