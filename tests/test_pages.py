"""Every fixture is read as its golden file says: `HOST/PATH.htm` is the page, `.json` beside it the record."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from postarchive.errors import UnreadableInput
from postarchive.export.golden import ABOUT, golden_path, golden_text, stated
from postarchive.models import Capture
from postarchive.pages import parse
from postarchive.record.values import to_json

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
HTML, ODD = FIXTURES / "html", FIXTURES / "odd"
SEED = "english.chinapost.com.cn/html1/report/2304/8456-1.htm"
WHEN = datetime(2026, 11, 24, tzinfo=UTC)

PAGES = sorted(path for path in HTML.rglob("*") if path.suffix in {".htm", ".html"})
# What each page that makes no record is called in its error.
REFUSED = {
    "404-script.htm": "404 page",
    "alert.htm": "alert page",
    "another-program.htm": "not a page of China Post's CMS",
    "captcha.htm": "block or captcha page",
    "empty-file.htm": "empty",
    "empty-frame.htm": "empty content region",
    "error-500.htm": "error page",
    "loading.htm": "loading page",
    "login-alert-script.htm": "alert page",
    "noise.htm": "not a page of China Post's CMS",
    "pdf-under-a-page-name.htm": "PDF",
    "script-redirect.htm": "only a script redirect",
    "script-redirect-in-frame.htm": "only a script redirect",
    "truncated-in-head.htm": "empty content region",
}


def capture(path: Path, url: str) -> Capture:
    return Capture(url=url, time=WHEN, status=200, headers=(), body=path.read_bytes())


def url_of(path: Path) -> str:
    return "http://" + path.relative_to(HTML).as_posix().removesuffix("index.htm")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(HTML).as_posix())
def test_fixture_is_read_as_its_golden_file_says(path: Path) -> None:
    """A missing golden file is written, and the test fails asking for review."""
    golden = golden_path(path)
    found = stated(to_json(parse(capture(path, url_of(path)))))

    if not golden.exists():
        text = golden_text(found, origin="reconstructed", day=WHEN.date().isoformat())
        golden.write_text(text, encoding="utf-8")
        pytest.fail(f"wrote {golden.name}: read it against the page, then commit both")

    expected = json.loads(golden.read_text(encoding="utf-8"))
    assert found == {key: value for key, value in expected.items() if key not in ABOUT}


def test_golden_file_says_where_its_page_comes_from() -> None:
    origins = {path: json.loads(golden_path(path).read_text(encoding="utf-8"))["origin"] for path in PAGES}

    assert [path for path, origin in origins.items() if origin not in ("captured", "reconstructed")] == []


def test_seed_page_is_read_word_for_word() -> None:
    page = to_json(parse(capture(HTML / SEED, f"http://{SEED}")))

    assert page["title"] == "China Post releases action plan for serving rural revitalization"
    assert (page["source"], page["date"], page["node"]) == ("China Post News", "2023-03-29", 23048456)
    assert isinstance(page["paragraphs"], list)
    assert len(page["paragraphs"]) == 4
    assert "expand China Post’s customer base" in str(page["paragraphs"][1])
    assert page["leftovers"] == []


@pytest.mark.parametrize(("name", "what"), REFUSED.items(), ids=REFUSED)
def test_invalid_record_is_refused_by_name(name: str, what: str) -> None:
    with pytest.raises(UnreadableInput, match=what):
        parse(capture(ODD / name, f"http://{SEED}"))


@pytest.mark.parametrize("path", sorted(ODD.glob("*.htm")), ids=lambda path: path.name)
def test_odd_page_is_a_record_or_refused(path: Path) -> None:
    try:
        page = parse(capture(path, f"http://{SEED}"))
    except UnreadableInput:
        assert path.name in REFUSED
    else:
        assert path.name not in REFUSED
        assert page.title
