"""The marks of the layout's parts say which of them wrote a field (SITE.md §3.1a)."""

import json
import random
from pathlib import Path

import pytest

import cms_newer
import cms_site
from cms_newer import FRAMED, regenerated
from commands import postarchive
from postarchive.pages import read
from postarchive.pages.cms.markers import Markers, moved_fields
from postarchive.pages.explain import explain
from reading import capture

SEED = "html1/report/2304/8456-1.htm"
URL = cms_newer.url_of(SEED)
OLD = cms_site.english_site()[SEED]
CONTENT, SIDEBAR, FOOTER = f"listing:{cms_newer.CONTENT}", f"section:{cms_newer.SIDEBAR}", f"listing:{cms_newer.FOOTER}"


def markers(html: str) -> dict[str, str | None]:
    return {item.field: item.marker for item in explain(capture(html, url=URL)) if item.start is not None}


@pytest.mark.parametrize(
    ("field", "marker"),
    [
        ("title", CONTENT),
        ("source", CONTENT),
        ("date", CONTENT),
        ("paragraphs[0]", CONTENT),
        ("hotlines[0]", SIDEBAR),
        ("registrations[0]", FOOTER),
        ("kind", None),
    ],
)
def test_field_names_the_part_of_the_layout_that_wrote_it(field: str, marker: str | None) -> None:
    assert markers(cms_newer.newer(OLD, URL))[field] == marker


def test_older_build_names_no_part() -> None:
    assert set(markers(OLD).values()) == {None}


def test_regenerated_part_has_another_name() -> None:
    found = markers(cms_newer.newer(OLD, URL, marks=cms_newer.Marks(content=24010330)))

    assert found["title"] == found["date"] == "listing:24010330"
    assert found["hotlines[0]"] == SIDEBAR


def test_regenerated_frames_change_no_marker() -> None:
    first = markers(cms_newer.newer(OLD, URL))

    assert all(markers(cms_newer.newer(OLD, URL, noise=number)) == first for number in range(1, 30))


@pytest.mark.parametrize(
    ("before", "marker"),
    [
        pytest.param(b"", None, id="none"),
        pytest.param(b"<!--{listing:12}-->", "listing:12", id="one"),
        pytest.param(b"<!--{section:7}--><p><!--{LISTING:12}--> ", "listing:12", id="the nearest"),
        pytest.param(b"<!--{listing:12}--></div><div id='Content2'>", None, id="of another block"),
        pytest.param(b"<!--{listing:12}--></div><div id=Footer>", None, id="of another block without quotes"),
        pytest.param(b"<!-- {listing:12} --><!--{listing:}--><!--{listing:99999999999}-->", None, id="no marks"),
    ],
)
def test_marker_is_the_nearest_of_the_same_block(before: bytes, marker: str | None) -> None:
    assert Markers(before + b"text <!--{listing:3}-->").at(len(before)) == marker


def test_explain_prints_the_marker(tmp_path: Path) -> None:
    file = tmp_path / "page.htm"
    file.write_text(cms_newer.newer(OLD, URL), encoding="utf-8")

    done = postarchive("parse", str(file), "--url", URL, "--explain")

    told = {item["field"]: item["marker"] for item in json.loads(done.stdout)["explain"]}
    assert (told["title"], told["hotlines[0]"]) == (CONTENT, SIDEBAR)


def parts(html: str, url: str = URL) -> dict[str, str]:
    return read(capture(html, url=url)).parts()


def newest(path: str, **options: int) -> dict[str, str]:
    """Return the parts of a page of the newer build, whose layout may be remade."""
    url = cms_newer.url_of(path)
    return parts(cms_newer.newer(cms_site.english_site()[path], url, marks=cms_newer.Marks(**options)), url)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        pytest.param(SEED, {"title", "source", "date", "paragraphs"}, id="news"),
        pytest.param("html1/stamp/17116/4327-1.htm", {"stamp", "paragraphs"}, id="stamp"),
        pytest.param("html1/category/1408/4050-1.htm", {"entries"}, id="listing"),
    ],
)
def test_reading_names_the_part_of_each_field(path: str, fields: set[str]) -> None:
    assert newest(path) == dict.fromkeys(fields, CONTENT)


def test_reading_of_the_older_build_names_none() -> None:
    assert parts(OLD) == {}


def test_only_a_listing_that_is_another_one_moved_a_field() -> None:
    before = {"title": "listing:1", "date": "listing:1", "section": "section:2", "source": "listing:1"}
    now = {"title": "listing:1", "date": "listing:7", "section": "section:9"}

    assert moved_fields(before, now) == (("date", "listing:1", "listing:7"),)
    assert moved_fields({}, now) == moved_fields(before, {}) == ()


@pytest.mark.parametrize("seed", range(6))
def test_regenerated_frame_moves_no_field(seed: int) -> None:
    """`benchmarks/frames.py` takes 1,000 of them through an archive."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    before = {path: newest(path) for path in FRAMED}

    for path in FRAMED:
        html = regenerated(path, chance)
        assert moved_fields(before[path], parts(html, cms_newer.url_of(path))) == ()
