"""An archive sees the site go from the older build of the CMS to the newer one over night (SITE.md §3.1a)."""

import random
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import cms_newer
import cms_site
from archiving import ENGLISH, HOME, LIST, MIRROR_SEED, OTHER, SEED, Archivist, Clock, playing_site
from cms_newer import FRAMED, regenerated
from commands import postarchive
from fakesite import FakeSite
from postarchive.models import FetchResult, Outcome
from postarchive.store.read import Reader

NEWER = {cms_newer.url_of(name): html.encode() for name, html in cms_newer.newer_site().items()}
SEED_PATH = "html1/report/2304/8456-1.htm"
TRAP_URL = f"{HOME}btatw23_atbp/bt"


@pytest.fixture(scope="module")
def night(
    crawl_of_all: Archivist, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Archivist, FakeSite, list[FetchResult]]]:
    """Return an archivist of the older site whose second run saw the newer one, and what that run reported."""
    folder = shutil.copytree(crawl_of_all.folder, tmp_path_factory.mktemp("night") / "archive")
    archivist = Archivist(folder, Clock(crawl_of_all.clock.time))
    with pytest.MonkeyPatch.context() as monkeypatch, playing_site(monkeypatch) as site:
        for url, page in NEWER.items():
            site.edit(url, page)
        yield archivist, site, archivist.crawl(replace(ENGLISH, is_full=True))


def test_newer_build_makes_no_version(night: tuple[Archivist, FakeSite, list[FetchResult]]) -> None:
    archivist, _, results = night

    assert [result for result in results if result.outcome is not Outcome.UNCHANGED] == []
    assert archivist.rows("SELECT count(*) FROM versions WHERE number > 1") == [(0,)]
    assert archivist.rows("SELECT DISTINCT change FROM changes ORDER BY 1") == [("layout",), ("new",)]


def test_newer_build_is_not_drift(night: tuple[Archivist, FakeSite, list[FetchResult]]) -> None:
    archivist, _, results = night

    assert not any(result.is_drift for result in results)
    assert archivist.rows("SELECT url, kind, detail FROM problems") == []


def test_check_reports_a_new_layout_and_no_drift(night: tuple[Archivist, FakeSite, list[FetchResult]]) -> None:
    with Reader(night[0].folder) as reader:
        health = reader.health()

    assert health.drift is None
    assert health.new_layouts > 60
    assert health.unknown == 0


def test_trap_is_never_requested(night: tuple[Archivist, FakeSite, list[FetchResult]]) -> None:
    archivist, site, _ = night

    assert TRAP_URL not in site.urls
    assert archivist.rows("SELECT count(*) FROM links WHERE url LIKE '%btatw%'") == [(0,)]


def test_archive_of_both_builds_can_be_rebuilt(night: tuple[Archivist, FakeSite, list[FetchResult]]) -> None:
    assert night[0].rebuilt_differences() == []


def test_new_page_is_found_through_father_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No anchor leads to the list: the front page leads to one story, whose node script names its father."""
    with playing_site(monkeypatch) as site:
        for url, page in NEWER.items():
            site.edit(url, without_frame_links(page) if url in {LIST, OTHER} else b"")
        site.edit(HOME, re.sub(rb"<a [^>]*>", b"<a>", NEWER[HOME]).replace(b"<a>", f"<a href='{SEED}'>".encode(), 1))
        site.edit(SEED, re.sub(rb"<a [^>]*>", b"<a>", NEWER[SEED]))

        results = Archivist(tmp_path / "archive").crawl()

    assert {LIST, OTHER} <= {result.url for result in results if result.outcome is Outcome.NEW}


def test_list_that_is_missing_and_never_linked_is_not_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with playing_site(monkeypatch) as site:
        for url in NEWER:
            site.remove(url)
        site.edit(HOME, re.sub(rb"<a [^>]*>", f"<a href='{SEED}'>".encode(), NEWER[HOME]))
        site.edit(SEED, re.sub(rb"<a [^>]*>", b"<a>", NEWER[SEED]))

        results = Archivist(tmp_path / "archive").crawl()

    assert [(result.url, result.is_expected) for result in results if result.outcome is Outcome.FAILED] == [
        (LIST, True)
    ]


def without_frame_links(page: bytes) -> bytes:
    """Return a page whose header, sidebar and footer lead nowhere."""
    head, content, rest = re.split(rb'(?=<div id="Content[13]">)', page)
    return b"".join((re.sub(rb"<a [^>]*>", b"<a>", head), content, re.sub(rb"<a [^>]*>", b"<a>", rest)))


def remade(content: int) -> bytes:
    """Return the story of the newer build after a designer remade the listing that writes it."""
    page = cms_newer.newer(cms_site.english_site()[SEED_PATH], SEED, marks=cms_newer.Marks(content=content))
    return page.encode()


def test_field_of_another_listing_is_an_alarm_that_names_it_once(archivist: Archivist, site: FakeSite) -> None:
    site.edit(SEED, NEWER[SEED])
    archivist.one(SEED)
    site.edit(SEED, remade(24010330))

    first, second = archivist.one(SEED), archivist.one(SEED)

    assert (first.outcome, first.is_drift, second.is_drift) == (Outcome.UNCHANGED, True, False)
    assert f"title (listing:{cms_newer.CONTENT} -> listing:24010330)" in str(first.detail)
    assert archivist.rows("SELECT kind FROM problems") == [("moved",)]
    assert archivist.rows("SELECT count(*) FROM versions") == [(1,)]
    assert archivist.rebuilt_differences() == []


def test_alarm_of_another_listing_reaches_check_and_exit_code(archivist: Archivist, site: FakeSite) -> None:
    site.edit(SEED, NEWER[SEED])
    archivist.one(SEED)
    site.edit(SEED, remade(24010330))

    fetched = postarchive(
        "fetch", SEED, "--quiet", "--archive", archivist.folder, "--delay", "0", http_proxy=site.proxy_url
    )
    checked = postarchive("check", "--archive", archivist.folder, "--min-free", "0")

    assert (fetched.returncode, checked.returncode) == (4, 4)
    assert "listing:24010330" in fetched.stderr
    assert "listing:24010330" in checked.stdout


def test_regenerated_frames_raise_no_alarm(archivist: Archivist, site: FakeSite) -> None:
    chance = random.Random(7)  # noqa: S311 - nothing secret
    for number in range(8):
        for path in FRAMED:
            site.edit(cms_newer.url_of(path), regenerated(path, chance).encode())
        results = archivist.fetch(*map(cms_newer.url_of, FRAMED))

        assert not any(result.is_drift for result in results)
        assert {result.outcome for result in results} == {Outcome.UNCHANGED if number else Outcome.NEW}


def test_host_with_its_own_layout_raises_no_alarm(archivist: Archivist, site: FakeSite) -> None:
    site.edit(SEED, NEWER[SEED])
    site.edit(MIRROR_SEED, remade(24010330))

    results = [archivist.one(url) for url in (SEED, MIRROR_SEED, SEED, MIRROR_SEED)]

    assert not any(result.is_drift for result in results)
