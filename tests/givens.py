"""The fixtures of all tests: the site, an archivist who has fetched nothing yet, archives that are made once.

They stand apart from `conftest` because the process that only hands tests to its workers has no use for them: what they
import takes two seconds, and the workers begin after it.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import exporting
import serving
from archiving import HOST, OTHER, SEED, Archivist, playing_site
from collecting import EDITED_PAGE
from commands import Done, Run, postarchive
from fakesite import FIXTURES, FakeSite
from postarchive.models import Outcome
from prepared import Prepared, made_once
from smallsite import play_small_site
from visiting import Visit, visiting


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSite]:
    with playing_site(monkeypatch) as playing:
        yield playing


@pytest.fixture
def small_site(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSite]:
    """Play a site of nineteen pages, for tests of what a run does with any number of them."""
    with playing_site(monkeypatch, root=None) as playing:
        play_small_site(playing)
        yield playing


@pytest.fixture
def archivist(tmp_path: Path) -> Archivist:
    return Archivist(tmp_path / "archive")


@pytest.fixture
def killed(site: FakeSite, archivist: Archivist, prepared: Prepared) -> Archivist:
    """Return an archive whose last run is not in the database, as after a power cut: the WARC file was ahead."""
    return prepared.bring(cut_power, site, archivist)


def cut_power(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(SEED)
    older = archivist.folder.parent / "older.db"
    shutil.copy(archivist.database, older)
    site.edit(SEED, EDITED_PAGE)
    archivist.fetch(SEED, OTHER)
    shutil.move(older, archivist.database)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return Prepared(tmp_path_factory.mktemp("prepared"))


@pytest.fixture(scope="session")
def whole_site(tmp_path_factory: pytest.TempPathFactory) -> Archivist:
    """Make the archive of the tests of exports, which work on copies."""
    return made_once(exporting.make_archive, tmp_path_factory)


@pytest.fixture(scope="session")
def archive_of_all(tmp_path_factory: pytest.TempPathFactory) -> Archivist:
    """Make the archive of the tests of `serve`, which only read it."""
    return made_once(serving.archive_of_all, tmp_path_factory)


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Iterator[Visit]:
    with visiting(monkeypatch) as visit:
        yield visit


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one archive of all English pages for all tests that only read."""
    return made_once(fetch_all_pages, tmp_path_factory).folder


def fetch_all_pages(folder: Path) -> Archivist:
    archivist = Archivist(folder)
    pages = sorted((FIXTURES / HOST).rglob("*.htm"))
    urls = [f"http://{page.relative_to(FIXTURES)}".removesuffix("index.htm") for page in pages]
    with pytest.MonkeyPatch.context() as patch, playing_site(patch):
        results = archivist.fetch(*urls)
    assert {result.outcome for result in results} == {Outcome.NEW}
    return archivist


@pytest.fixture(scope="session")
def crawl_of_all(tmp_path_factory: pytest.TempPathFactory) -> Archivist:
    """Make one archive of a crawl of the whole site; who changes it copies it first."""
    return made_once(crawl_all_pages, tmp_path_factory)


def crawl_all_pages(folder: Path) -> Archivist:
    archivist = Archivist(folder)
    with pytest.MonkeyPatch.context() as patch, playing_site(patch):
        assert {result.outcome for result in archivist.crawl()} == {Outcome.NEW}
    return archivist


@pytest.fixture
def run(archive: Path) -> Run:
    """Run the program on the archive that is only read."""

    def on_archive(*arguments: str | Path, stdin: bytes = b"", **variables: str) -> Done:
        return postarchive(*arguments, stdin=stdin, **({"POSTARCHIVE_ARCHIVE": str(archive)} | variables))

    return on_archive
