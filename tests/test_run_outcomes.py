"""What a run says of a page: new, changed, gone, failed, and why."""

import gzip
from dataclasses import replace

import pytest

import cms_news
from archiving import (
    HOME,
    OTHER,
    SEED,
    SEED_DYNAMIC,
    SEED_FILE,
    STAMP,
    Archivist,
)
from collecting import (
    ARCHIVED,
    CHANGED,
    DRIFTED_PAGE,
    EDITED_PAGE,
    FAILED,
    GONE,
    LOADING,
    MISSING,
    NEW,
    ODD,
    SEED_PAGE,
    SEED_PARAGRAPHS,
    UNCHANGED,
)
from fakesite import FakeSite, Response, redirect, unavailable
from postarchive.collect import fold
from postarchive.models import Capture, Outcome
from postarchive.pages import Reading, read

pytestmark = pytest.mark.usefixtures("site")


def test_page_is_new_once_and_then_unchanged(archivist: Archivist) -> None:
    assert [archivist.outcomes(SEED) for _ in range(3)] == [[NEW], [UNCHANGED], [UNCHANGED]]


def test_line_of_a_page_holds_its_title(archivist: Archivist) -> None:
    assert archivist.one(SEED).detail == "China Post releases action plan for serving rural revitalization"


def test_edited_page_is_changed_and_both_versions_can_be_read(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(SEED)
    site.edit(SEED, EDITED_PAGE)

    assert archivist.outcomes(SEED) == [CHANGED]

    old, new = archivist.record(version=1), archivist.record()
    assert "17 major tasks" in str(old["paragraphs"])
    assert "18 major tasks" in str(new["paragraphs"])
    assert archivist.record(version=2) == new


def test_edit_taken_back_is_a_third_version(site: FakeSite, archivist: Archivist) -> None:
    for page in (SEED_PAGE, EDITED_PAGE, SEED_PAGE):
        site.edit(SEED, page)
        archivist.fetch(SEED)

    assert archivist.record(version=3) == archivist.record(version=1)
    assert archivist.rows("SELECT number, change FROM versions") == [(1, "new"), (2, "edit"), (3, "edit")]


def test_missing_page_is_gone_when_its_dynamic_form_says_so(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(SEED)
    site.remove(SEED)

    assert archivist.outcomes(SEED) == [GONE]

    assert site.urls[-2:] == [SEED, SEED_DYNAMIC]
    assert archivist.record()["title"] == cms_news.SEED_TITLE


def test_page_stays_gone_with_one_line_of_history(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(SEED)
    site.remove(SEED)

    assert [archivist.outcomes(SEED) for _ in range(2)] == [[GONE], [GONE]]

    assert archivist.rows("SELECT change FROM changes ORDER BY id") == [("new",), ("gone",)]


def test_page_that_is_not_generated_yet_is_not_gone(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(SEED)
    site.answer(SEED, Response(status=404))

    assert archivist.outcomes(SEED) == [UNCHANGED]

    assert archivist.rows("SELECT gone FROM pages") == [(None,)]


def test_page_that_the_front_page_still_shows_is_not_gone(site: FakeSite, archivist: Archivist) -> None:
    """`/` shows a node of its own (SITE.md §2.4); that node's own address may go without it."""
    site.answer(HOME, Response(body=SEED_FILE.read_bytes()))
    archivist.fetch(SEED, HOME)
    site.remove(SEED)

    assert [archivist.outcomes(SEED) for _ in range(2)] == [[UNCHANGED], [UNCHANGED]]
    assert archivist.rows("SELECT gone FROM pages") == [(None,)]
    assert archivist.rebuilt_differences() == []

    site.answer(HOME, Response(body=SEED_FILE.with_name("8450-1.htm").read_bytes()))
    assert archivist.outcomes(HOME, SEED)[1] is GONE


def test_page_whose_other_form_was_seen_long_ago_is_gone(site: FakeSite, archivist: Archivist) -> None:
    """Nobody requests another form of the same address any more: its last response says nothing of today."""
    other_form = SEED.replace("/html1/", "/xhtml1/")
    site.answer(other_form, Response(body=SEED_FILE.read_bytes()))
    archivist.fetch(other_form, SEED)
    site.remove(SEED)

    assert archivist.outcomes(SEED) == [GONE]


def test_failing_second_opinion_confirms_nothing(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(SEED)
    site.answer(SEED, Response(status=404))
    site.answer(SEED_DYNAMIC, Response(status=500))

    assert archivist.outcomes(SEED) == [FAILED]

    assert archivist.rows("SELECT gone FROM pages") == [(None,)]


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(Response(body=SEED_PAGE), id="as it was"),
        pytest.param(Response(body=EDITED_PAGE), id="edited"),
        pytest.param(Response(status=304), id="not modified"),
    ],
)
def test_gone_page_that_comes_back_is_changed(site: FakeSite, archivist: Archivist, response: Response) -> None:
    archivist.fetch(SEED)
    site.remove(SEED)
    archivist.fetch(SEED)
    site.answer(SEED, response)

    assert archivist.outcomes(SEED) == [CHANGED]

    assert archivist.rows("SELECT gone FROM pages") == [(None,)]
    assert archivist.rows("SELECT change FROM changes WHERE change <> 'edit' ORDER BY id") == [
        ("new",),
        ("gone",),
        ("back",),
    ]


def test_page_that_never_was_is_a_failure_not_gone(archivist: Archivist) -> None:
    result = archivist.one(MISSING)

    assert (result.outcome, result.url) == (FAILED, MISSING)
    assert "404" in (result.detail or "")
    assert archivist.rows("SELECT count(*) FROM pages") == [(0,)]


def test_page_without_its_body_is_kept_as_bytes_and_says_what_it_lacks(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(SEED)
    site.edit(SEED, DRIFTED_PAGE)

    result = archivist.one(SEED)

    assert result.outcome == ARCHIVED
    assert "ReportIDtext" in (result.detail or "") or "body" in (result.detail or "")
    assert archivist.rows("SELECT kind FROM problems") == [("drift",)]
    assert archivist.record()["paragraphs"] == SEED_PARAGRAPHS


@pytest.mark.parametrize(
    ("page", "outcome"), [pytest.param(DRIFTED_PAGE, ARCHIVED, id="drift"), pytest.param(LOADING, FAILED, id="loading")]
)
def test_trouble_is_reported_as_long_as_it_lasts(
    site: FakeSite, archivist: Archivist, page: bytes, outcome: Outcome
) -> None:
    archivist.fetch(SEED)
    site.edit(SEED, page)  # with a validator of its own, so that the server can say that nothing changed

    assert [archivist.outcomes(SEED) for _ in range(3)] == [[outcome]] * 3


@pytest.mark.parametrize(
    ("response", "word"),
    [
        pytest.param(Response(body=LOADING), "loading", id="loading page"),
        pytest.param(Response(body=(ODD / "alert.htm").read_bytes()), "alert", id="alert page"),
        pytest.param(Response(body=(ODD / "login-alert-script.htm").read_bytes()), "", id="login script"),
        pytest.param(Response(body=(ODD / "empty-frame.htm").read_bytes()), "empty", id="empty frame"),
        pytest.param(Response(body=b""), "", id="empty body"),
        pytest.param(Response(body=b"%PDF-1.4", content_type="application/pdf"), "application/pdf", id="PDF"),
        pytest.param(Response(body=SEED_PAGE, content_type="image/png"), "image/png", id="wrong Content-Type"),
        pytest.param(redirect("http://www.example.com/x.htm"), "www.example.com", id="redirect off the list"),
        pytest.param(redirect("//www.example.com/x.htm"), "www.example.com", id="redirect without a scheme"),
        pytest.param(redirect("http://[broken"), "[broken", id="redirect to a broken URL"),
        pytest.param(redirect("http://user:word@english.chinapost.com.cn/"), "user", id="redirect with a password"),
        pytest.param(redirect("http://english.chinapost.com.cn:8080/"), "8080", id="redirect to another port"),
        pytest.param(redirect("javascript:alert(1)"), "javascript", id="redirect to a script"),
        pytest.param(redirect("http://127.0.0.1:1/x.htm"), "127.0.0.1", id="redirect to this machine"),
        pytest.param(redirect(SEED), "loop", id="redirect to itself"),
        pytest.param(Response(status=301), "301", id="redirect to nowhere"),
        pytest.param(Response(status=500), "500", id="500"),
        pytest.param(Response(status=403), "403", id="403"),
        pytest.param(Response(raw=b""), "", id="no response"),
        pytest.param(Response(body=b"x", missing_bytes=99), "", id="cut response"),
        *(
            pytest.param(Response(body=gzip.compress(SEED_PAGE)[:length]), "gzip", id=f"gzip cut to {length} bytes")
            for length in (1000, 1500)
        ),
        pytest.param(unavailable(retry_after="99999"), "left alone", id="asked to leave it alone"),
    ],
)
def test_trouble_is_a_failure_that_says_why(
    site: FakeSite, archivist: Archivist, response: Response, word: str
) -> None:
    archivist.fetch(SEED)
    site.answer(SEED, response)

    result = archivist.one(SEED)

    assert result.outcome == FAILED
    assert result.detail
    assert word in result.detail
    assert archivist.record()["paragraphs"] == SEED_PARAGRAPHS
    assert archivist.rebuilt_differences() == []


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(
            Response(body=SEED_PAGE.replace(b"Recently", b"<a href='http://[broken'>Recently</a>")),
            id="link that is no URL",
        ),
        pytest.param(
            Response(body=SEED_PAGE.replace(b"Recently", b"\xff"), content_type="text/html; charset=undefined"),
            id="charset that Python knows and cannot use",
        ),
        pytest.param(Response(body=SEED_PAGE, content_type="text/html; charset=none-such"), id="unknown charset"),
        pytest.param(Response(body=SEED_PAGE.replace(b"23048456", b"9" * 40)), id="node too large for the database"),
        pytest.param(Response(body=gzip.compress(SEED_PAGE)[:-900]), id="cut gzip"),
        pytest.param(Response(body=b"\x1f\x8b"), id="gzip's magic number alone"),
        pytest.param(Response(body=b"<div>" * 20_000), id="deep nesting"),
        pytest.param(Response(body=SEED_PAGE.replace(b"Recently", b"&#xD800;&#1114112;&#0;\0")), id="no characters"),
    ],
)
def test_odd_page_stops_neither_this_run_nor_the_next(site: FakeSite, archivist: Archivist, response: Response) -> None:
    site.answer(SEED, response)

    assert archivist.outcomes(SEED, OTHER)[1] == NEW

    assert archivist.outcomes(OTHER) == [UNCHANGED]
    assert archivist.rebuilt_differences() == []


def test_bug_in_the_parser_costs_one_page_and_is_reported(
    archivist: Archivist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fold, "read", read_with_a_bug)

    first, second = archivist.fetch(SEED, OTHER)

    assert (first.outcome, first.is_drift, second.outcome) == (FAILED, False, NEW)
    assert "ZeroDivisionError" in (first.detail or "")
    assert archivist.rows("SELECT kind, url FROM problems") == [("bug", SEED)]
    assert archivist.rows("SELECT count(*) FROM captures WHERE status = 200 AND url LIKE '%.htm'") == [(2,)]


def read_with_a_bug(capture: Capture) -> Reading:
    return read(replace(capture, status=1 // (capture.url != SEED)))


def test_trouble_with_one_page_does_not_keep_the_next_from_being_fetched(site: FakeSite, archivist: Archivist) -> None:
    site.answer(SEED, Response(raw=b""))

    assert archivist.outcomes(SEED, OTHER, STAMP) == [FAILED, NEW, NEW]


def test_url_named_twice_is_requested_once(site: FakeSite, archivist: Archivist) -> None:
    assert archivist.outcomes(SEED, f"{SEED}#top", SEED.replace("http", "HTTP"), SEED) == [NEW]

    assert site.urls.count(SEED) == 1
