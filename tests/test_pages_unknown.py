"""A page of an archived host that no parser knows is kept with title and text, and says so."""

import pytest

from archiving import SEED, SEED_FILE, STAMP, Archivist
from fakesite import FakeSite, Response
from postarchive.errors import NotOfTheCms, SoftError
from postarchive.models import Outcome
from postarchive.pages.unknown import NO_FORM
from postarchive.store.read import Reader
from reading import page

EPAPER = "http://www.chinapostnews.com.cn/newspaper/epaper/html/2021-11/12/content_137775.htm"
STORY = "<p>The night train to Lhasa carries <b>forty</b> sacks of parcels.</p>" + "<p>It is never late.</p>" * 30
HTML = f"<html><head><title>The paper - 12 November</title></head><body><h1>Night train</h1>{STORY}</body></html>"


def test_page_of_no_known_form_is_a_record_with_title_and_text() -> None:
    found = page(HTML, url=EPAPER)

    assert (found.kind, found.title) == ("unknown", "The paper")
    assert found.paragraphs[:2] == ("Night train", "The night train to Lhasa carries forty sacks of parcels.")
    assert NO_FORM in found.warnings


def test_end_of_a_header_does_not_end_the_head() -> None:
    html = f"<!DOCTYPE html><title>The paper</title><body>{STORY}<header><h1>Night train</h1></header><p>Below</p>"

    found = page(html, url=EPAPER)

    assert found.paragraphs[0] == "The night train to Lhasa carries forty sacks of parcels."
    assert found.paragraphs[-2:] == ("Night train", "Below")


@pytest.mark.parametrize("url", ["http://stranger.example/paper.htm", ""], ids=["a stranger's", "no URL"])
def test_page_of_another_host_is_refused(url: str) -> None:
    with pytest.raises(NotOfTheCms):
        page(HTML, url=url)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        pytest.param("<h1>Welcome to nginx!</h1><p>If you see this page, it works.</p>", NotOfTheCms, id="a few words"),
        pytest.param("", NotOfTheCms, id="nothing"),
        pytest.param("<p>Access denied</p>", SoftError, id="blocked"),
    ],
)
def test_message_of_another_program_is_refused(body: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        page(f"<html><head><title>Hello</title></head><body>{body}</body></html>", url=EPAPER)


@pytest.mark.parametrize("title", ["Attention Required! | Cloudflare", "403 Forbidden", "404", "系统维护", "安全拦截"])
def test_long_message_of_another_program_is_refused(title: str) -> None:
    with pytest.raises(SoftError):
        page(HTML.replace("The paper - 12 November", title), url=EPAPER)


def test_title_that_begins_with_a_number_is_no_message() -> None:
    assert page(HTML.replace("The paper - 12 November", "500 years of mail"), url=EPAPER).title == "500 years of mail"


def test_page_of_no_known_form_is_kept_and_found(site: FakeSite, archivist: Archivist) -> None:
    site.answer(EPAPER, Response(body=HTML.encode()))

    result = archivist.one(EPAPER)

    assert (result.outcome, result.is_drift) == (Outcome.ARCHIVED, False)
    with Reader(archivist.folder) as reader:
        assert reader.version(reader.find_page(EPAPER), None).record.kind == "unknown"
        assert reader.health().unknown == 1
    assert archivist.rebuilt_differences() == []


@pytest.mark.parametrize("url", [SEED, STAMP], ids=["news", "stamp"])
def test_foreign_form_under_the_url_of_a_kind_is_unknown_and_kept(
    site: FakeSite, archivist: Archivist, url: str
) -> None:
    site.answer(url, Response(body=HTML.encode()))

    result = archivist.one(url)

    record = archivist.record(url)
    assert (result.outcome, result.is_drift) == (Outcome.ARCHIVED, False)
    assert (record["kind"], record["title"]) == ("unknown", "The paper")
    assert NO_FORM in str(record["warnings"])
    assert archivist.rows("SELECT count(*) FROM search WHERE search MATCH 'lhasa'") == [(1,)]


def test_foreign_form_where_a_story_was_is_a_redesign(site: FakeSite, archivist: Archivist) -> None:
    archivist.one(SEED)
    site.answer(SEED, Response(body=HTML.encode()))

    result = archivist.one(SEED)

    assert (result.outcome, result.is_drift) == (Outcome.ARCHIVED, True)
    assert archivist.record(SEED)["kind"] == "news"


def test_story_where_a_foreign_form_was_is_read(site: FakeSite, archivist: Archivist) -> None:
    site.answer(SEED, Response(body=HTML.encode()))
    archivist.one(SEED)
    site.answer(SEED, Response(body=SEED_FILE.read_bytes()))

    assert archivist.one(SEED).outcome is Outcome.CHANGED
    assert archivist.record(SEED)["kind"] == "news"
    assert archivist.rebuilt_differences() == []
