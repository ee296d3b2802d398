"""The whole path of a page: what a run says of it, what it keeps, and that the rows follow from the evidence alone."""

import gzip
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise, zip_longest
from pathlib import Path

import pytest

import cms
import cms_news
from archiving import (
    HOME,
    HOST,
    LIST,
    MIRROR_ROBOTS,
    MIRROR_SEED,
    OTHER,
    ROBOTS,
    SEED,
    SEED_DYNAMIC,
    SEED_FILE,
    SEED_NODE,
    STAMP,
    Archivist,
)
from fakesite import FIXTURES, FakeSite, Response, chunked, redirect, unavailable
from postarchive.collect import fetch_urls, fold, rebuild
from postarchive.errors import (
    ArchiveBusy,
    ArchiveUnwritable,
    DamagedRecord,
    SiteUnavailable,
    UnreadableInput,
    UsageError,
)
from postarchive.models import Capture, FetchResult, Outcome
from postarchive.pages import Reading, parse, read
from postarchive.record.values import to_json
from postarchive.store.read import Reader
from postarchive.warc import read_block

NEW, CHANGED, UNCHANGED, GONE = Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.GONE
ARCHIVED, FAILED = Outcome.ARCHIVED, Outcome.FAILED
ODD = FIXTURES.parent / "odd"
LOADING = (ODD / "loading.htm").read_bytes()
OLD_STORY = f"{HOME}html1/report/16036/2546-1.htm"
MISSING = f"{HOME}html1/report/2304/9999-1.htm"
SEED_PAGE = SEED_FILE.read_bytes()
SEED_PARAGRAPHS = json.loads(SEED_FILE.with_suffix(".json").read_text(encoding="utf-8"))["paragraphs"]
EDITED_PAGE = SEED_PAGE.replace(b"17 major tasks", b"18 major tasks")
DRIFTED_PAGE = SEED_PAGE.replace(b"ReportIDtext", b"StoryBody")
DISALLOW = Response(body=b"User-agent: *\nDisallow: /html1/report/\n", content_type="text/plain")


@pytest.fixture
def archivist(tmp_path: Path, site: FakeSite) -> Archivist:
    assert site.urls == []
    return Archivist(tmp_path / "archive")


def differences(before: str, after: str) -> list[tuple[str, str]]:
    """Return the first lines in which two dumps differ, shortened: pytest's own comparison takes minutes."""
    pairs = zip_longest(before.splitlines(), after.splitlines())
    return [(str(old)[:300], str(new)[:300]) for old, new in pairs if old != new][:5]


def rebuilt_differences(archivist: Archivist) -> list[tuple[str, str]]:
    """Return in what the database differs from the one that is made anew after deleting it."""
    before = archivist.dump()
    archivist.database.unlink()
    rebuild(archivist.folder)
    return differences(before, archivist.dump())


def begun(archivist: Archivist, *urls: str) -> Generator[FetchResult, None, None]:
    """Return a run that has said what became of its first page."""
    results = fetch_urls(archivist.folder, urls, options=archivist.options)
    assert isinstance(results, Generator)
    next(results)
    return results


# --- what a run says of a page ----------------------------------------------------------------------------------------


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
def test_trouble_is_said_as_long_as_it_lasts(
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
    assert rebuilt_differences(archivist) == []


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
    assert rebuilt_differences(archivist) == []


def test_bug_of_the_parser_costs_one_page_and_is_reported(
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


def test_url_named_twice_is_asked_once(site: FakeSite, archivist: Archivist) -> None:
    assert archivist.outcomes(SEED, f"{SEED}#top", SEED.replace("http", "HTTP"), SEED) == [NEW]

    assert site.urls.count(SEED) == 1


# --- redirects --------------------------------------------------------------------------------------------------------


def test_redirect_inside_the_list_is_followed_and_both_responses_are_kept(site: FakeSite, archivist: Archivist) -> None:
    short = f"{HOME}plan.htm"
    site.answer(short, redirect("/html1/report/2304/8456-1.htm"))

    result = archivist.one(short)

    assert (result.outcome, result.url) == (NEW, SEED)
    kept = archivist.rows("SELECT url, status, location FROM captures WHERE url NOT LIKE '%robots.txt'")
    assert kept == [(short, 302, "/html1/report/2304/8456-1.htm"), (SEED, 200, None)]


def test_redirect_to_another_host_asks_its_robots_txt_first(site: FakeSite, archivist: Archivist) -> None:
    site.answer(SEED, redirect(MIRROR_SEED, 301))

    assert archivist.outcomes(SEED) == [NEW]

    assert site.urls == [ROBOTS, SEED, MIRROR_ROBOTS, MIRROR_SEED]


def test_redirect_to_a_forbidden_page_is_a_failure(site: FakeSite, archivist: Archivist) -> None:
    site.answer(MIRROR_ROBOTS, DISALLOW)
    site.answer(SEED, redirect(MIRROR_SEED))

    result = archivist.one(SEED)

    assert result.outcome == FAILED
    assert "robots.txt" in (result.detail or "")
    assert MIRROR_SEED not in site.urls


def test_chain_of_redirects_ends(site: FakeSite, archivist: Archivist) -> None:
    steps = [f"{HOME}step-{number}.htm" for number in range(50)]
    for here, there in pairwise(steps):
        site.answer(here, redirect(there))

    result = archivist.one(steps[0])

    assert (result.outcome, result.url) == (FAILED, steps[0])
    assert len(site.urls) < 20


# --- what a version is ------------------------------------------------------------------------------------------------


def test_mirror_and_english_host_show_one_page(archivist: Archivist) -> None:
    assert archivist.outcomes(SEED, MIRROR_SEED) == [NEW, UNCHANGED]

    assert archivist.rows("SELECT site, key, url FROM pages") == [("english", f"{SEED_NODE}-1", SEED)]
    with Reader(archivist.folder) as reader:
        assert reader.find_page(SEED) == reader.find_page(MIRROR_SEED)
        assert reader.version(reader.find_page(SEED)).addresses == (SEED, MIRROR_SEED)


def test_hosts_that_disagree_do_not_make_versions_without_end(site: FakeSite, archivist: Archivist) -> None:
    site.answer(SEED, Response(body=EDITED_PAGE))
    site.answer(MIRROR_SEED, Response(body=SEED_PAGE))
    archivist.fetch(SEED, MIRROR_SEED)

    assert archivist.outcomes(SEED, MIRROR_SEED) == [UNCHANGED, UNCHANGED]


def test_not_modified_confirms_the_version_that_its_host_showed(site: FakeSite, archivist: Archivist) -> None:
    site.edit(SEED, EDITED_PAGE)
    archivist.fetch(SEED, MIRROR_SEED)
    ((before,),) = archivist.rows("SELECT last_seen FROM versions WHERE number = 1")

    archivist.fetch(SEED)

    assert archivist.rows("SELECT status FROM captures ORDER BY id DESC LIMIT 1") == [(304,)]
    ((after,),) = archivist.rows("SELECT last_seen FROM versions WHERE number = 1")
    assert str(after) > str(before)


def test_page_that_one_host_lost_does_not_come_and_go_with_each_run(site: FakeSite, archivist: Archivist) -> None:
    site.answer(MIRROR_SEED, Response(body=SEED_PAGE))
    archivist.fetch(SEED, MIRROR_SEED)
    site.remove(SEED)
    for _ in range(3):
        archivist.fetch(SEED, MIRROR_SEED)

    ((changes,),) = archivist.rows("SELECT count(*) FROM changes")
    assert changes in (1, 2, 3)


def test_same_node_on_another_site_is_another_page(site: FakeSite, archivist: Archivist) -> None:
    elsewhere = SEED.replace(HOST, "www.chinapost.com.cn")
    site.edit(elsewhere, SEED_PAGE)

    assert archivist.outcomes(SEED, elsewhere) == [NEW, NEW]


def test_page_found_in_its_dynamic_form_is_the_same_page(archivist: Archivist) -> None:
    assert archivist.outcomes(SEED_DYNAMIC, SEED) == [NEW, UNCHANGED]


def test_new_sidebar_is_no_version(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(SEED)
    site.edit(SEED, replace(cms_news.SEED, frame=cms.OF_2025).html().encode())

    assert archivist.outcomes(SEED) == [UNCHANGED]

    assert archivist.rows("SELECT count(*) FROM versions") == [(1,)]
    assert archivist.rows("SELECT count(*) FROM captures WHERE status = 200") == [(2,)]


def test_byline_that_comes_with_a_new_template_is_a_layout(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(OLD_STORY)
    site.edit(OLD_STORY, (ODD / "old-story-in-new-template.htm").read_bytes())

    assert archivist.outcomes(OLD_STORY) == [UNCHANGED]

    assert archivist.rows("SELECT change, detail FROM changes ORDER BY id") == [("new", None), ("layout", "source")]
    assert archivist.record(OLD_STORY)["source"] == "China Post"


def test_edit_inside_a_new_template_is_an_edit(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(OLD_STORY)
    title = cms_news.date_glued_to_title().title.encode()
    page = (ODD / "old-story-in-new-template.htm").read_bytes().replace(title, b"Another title")
    site.edit(OLD_STORY, page)

    assert archivist.outcomes(OLD_STORY) == [CHANGED]


def test_new_row_of_a_list_is_no_version_but_is_seen(site: FakeSite, archivist: Archivist) -> None:
    page = (FIXTURES / LIST.removeprefix("http://")).read_bytes()
    archivist.fetch(LIST)
    row = cms.news_row(cms.Row("/html1/report/2611/1-1.htm", "A new row", "2026-11-01")).encode()
    site.edit(LIST, page.replace(b"<ul><li><span id='ReportIDname'>", b"<ul>" + row + b"<li><span id='ReportIDname'>"))

    assert archivist.outcomes(LIST) == [UNCHANGED]

    assert "A new row" in str(archivist.record(LIST)["entries"])
    assert archivist.rows("SELECT count(*) FROM versions") == [(1,)]


def test_other_number_in_the_frame_is_a_line_of_its_own_and_no_version(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(SEED)
    site.edit(SEED, SEED_PAGE.replace(b"8610 11185", b"8610 11186"))

    assert archivist.outcomes(SEED) == [UNCHANGED]

    with Reader(archivist.folder) as reader:
        lines = [line for line in reader.numbers(("hotline",)) if line["label"] == "Postal Business"]
    assert [line["number"] for line in lines] == ["8610 11185", "8610 11186"]
    assert str(lines[0]["last_seen"]) < str(lines[1]["first_seen"])


def test_search_finds_the_words_of_the_latest_version_only(site: FakeSite, archivist: Archivist) -> None:
    site.edit(SEED, SEED_PAGE.replace(b"17 major tasks", b"seventeen zeppelins"))
    archivist.fetch(SEED, OTHER)
    site.edit(SEED, SEED_PAGE.replace(b"17 major tasks", b"eighteen gondolas"))
    archivist.fetch(SEED)

    assert archivist.rows("SELECT rowid FROM search WHERE search MATCH 'zeppelins'") == []
    assert archivist.rows("SELECT rowid FROM search WHERE search MATCH 'gondolas'") == [(1,)]


# --- the evidence -----------------------------------------------------------------------------------------------------


def test_stored_record_equals_the_parsed_fixture(archivist: Archivist) -> None:
    urls = [SEED, OTHER, STAMP, LIST, HOME]
    archivist.fetch(*urls)

    for url in urls:
        body = (FIXTURES / (url.removeprefix("http://") + ("index.htm" if url == HOME else ""))).read_bytes()
        assert archivist.record(url) == to_json(parse(Capture(url, datetime.now(UTC), 200, (), body)))


@pytest.mark.parametrize("is_chunked", [False, True], ids=["plain", "chunked"])
@pytest.mark.parametrize("gzipped", ["no", "declared", "silent"])
def test_body_comes_back_from_the_evidence_byte_for_byte(
    site: FakeSite, archivist: Archivist, gzipped: str, *, is_chunked: bool
) -> None:
    coding: dict[str, Response] = {
        "no": Response(body=SEED_PAGE, is_chunked=is_chunked),
        "declared": Response(body=SEED_PAGE, is_chunked=is_chunked, gzipped="declared"),
        "silent": Response(body=SEED_PAGE, is_chunked=is_chunked, gzipped="silent"),
    }
    site.answer(SEED, coding[gzipped])
    archivist.fetch(SEED)

    head, _, sent = kept_block(archivist).partition(b"\r\n\r\n")

    body = SEED_PAGE if gzipped == "no" else gzip.compress(SEED_PAGE, mtime=0)
    assert sent == (chunked(body) if is_chunked else body)
    assert (b"transfer-encoding: chunked" in head.lower()) == is_chunked
    assert archivist.record()["paragraphs"] == SEED_PARAGRAPHS


def kept_block(archivist: Archivist) -> bytes:
    with Reader(archivist.folder) as reader:
        return read_block(archivist.folder, reader.version(reader.find_page(SEED)).evidence)


def test_unchanged_body_is_kept_once_and_referred_to(site: FakeSite, archivist: Archivist) -> None:
    site.answer(SEED, Response(body=SEED_PAGE))  # without a validator
    archivist.fetch(SEED)
    first = archivist.files[0].stat().st_size
    archivist.fetch(SEED)

    second = gzip.decompress(archivist.files[1].read_bytes())
    assert b"WARC-Type: revisit" in second
    assert b"identical-payload-digest" in second
    assert SEED_PAGE not in second
    assert archivist.files[1].stat().st_size < first


def test_not_modified_is_a_revisit_that_touches_the_version(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(SEED)
    ((seen_before,),) = archivist.rows("SELECT last_seen FROM versions")
    site.answer(SEED, Response(status=304, etag="E95AE5D0"))

    assert archivist.outcomes(SEED) == [UNCHANGED]

    ((seen_after,),) = archivist.rows("SELECT last_seen FROM versions")
    assert str(seen_after) > str(seen_before)
    assert b"server-not-modified" in gzip.decompress(archivist.files[1].read_bytes())
    assert rebuilt_differences(archivist) == []


def test_not_modified_without_an_earlier_response_is_a_failure(site: FakeSite, archivist: Archivist) -> None:
    site.answer(SEED, Response(status=304))

    assert archivist.outcomes(SEED) == [FAILED]


def test_mirror_copy_of_the_same_bytes_refers_to_the_first(site: FakeSite, archivist: Archivist) -> None:
    site.edit(MIRROR_SEED, SEED_PAGE)
    archivist.fetch(SEED, MIRROR_SEED)

    assert archivist.rows("SELECT count(DISTINCT payload_digest) FROM captures WHERE status = 200") == [(1,)]
    assert gzip.decompress(archivist.files[0].read_bytes()).count(b"WARC-Type: revisit") >= 1


def test_evidence_is_on_the_disk_before_the_line_is_said(archivist: Archivist) -> None:
    results = begun(archivist, SEED, OTHER)

    assert SEED_PAGE in gzip.decompress(archivist.files[0].read_bytes())
    results.close()


def test_runs_do_not_share_a_file(archivist: Archivist) -> None:
    for _ in range(3):
        archivist.fetch(SEED)

    assert len(archivist.files) == 3


# --- rebuild ----------------------------------------------------------------------------------------------------------


def live_through_much(site: FakeSite, archivist: Archivist) -> list[Outcome]:
    """Make runs in which everything happens that makes rows; return all outcomes."""
    loop, away, short = (f"{HOME}{name}.htm" for name in ("loop", "away", "short"))
    site.answer(loop, redirect(loop))
    site.answer(away, redirect("https://www.example.com/"))
    site.answer(short, redirect("/html1/report/2304/8450-1.htm"))
    runs = [archivist.outcomes(HOME, SEED, OTHER, STAMP, LIST, OLD_STORY, MIRROR_SEED, MISSING, loop, away, short)]
    site.edit(SEED, EDITED_PAGE)
    site.edit(OLD_STORY, (ODD / "old-story-in-new-template.htm").read_bytes())
    site.edit(LIST, (FIXTURES / LIST.removeprefix("http://")).read_bytes().replace(b"Pressroom", b"Press room"))
    site.remove(OTHER)
    site.answer(STAMP, Response(body=LOADING))
    site.answer(HOME, Response(status=304))
    runs.append(archivist.outcomes(HOME, SEED, OTHER, STAMP, LIST, OLD_STORY, MIRROR_SEED))
    site.edit(SEED, DRIFTED_PAGE)
    site.edit(OTHER, SEED_PAGE.replace(b"23048456", b"23048450"))
    site.answer(STAMP, Response(status=500))
    site.answer(HOME, unavailable(retry_after="2"), Response(body=b"", raw=b""))
    site.answer(MIRROR_SEED, Response(status=410))
    site.answer(MIRROR_ROBOTS, DISALLOW)
    runs.append(archivist.outcomes(SEED, OTHER, STAMP, HOME, MIRROR_SEED))
    return [outcome for run in runs for outcome in run]


def test_rebuilt_database_equals_the_one_it_replaces(site: FakeSite, archivist: Archivist) -> None:
    assert set(live_through_much(site, archivist)) == set(Outcome)

    before = archivist.dump()
    archivist.database.unlink()
    made = rebuild(archivist.folder)

    assert made.files == len(archivist.files) == 3
    assert differences(before, archivist.dump()) == []
    assert {"search_data", "search_idx", "search_docsize"} <= tables_of(before)


def tables_of(dump: str) -> set[str]:
    return set(re.findall(r'^INSERT INTO "?(\w+)', dump, re.MULTILINE))


def test_rebuild_over_an_existing_database_changes_nothing(site: FakeSite, archivist: Archivist) -> None:
    live_through_much(site, archivist)
    before = archivist.dump()

    rebuild(archivist.folder)
    rebuild(archivist.folder)

    assert differences(before, archivist.dump()) == []


def test_full_text_index_is_sound_after_edits(site: FakeSite, archivist: Archivist) -> None:
    live_through_much(site, archivist)

    with closing(sqlite3.connect(archivist.database)) as connection:
        connection.execute("INSERT INTO search (search) VALUES ('integrity-check')")
        indexed = connection.execute("SELECT count(*) FROM search_docsize").fetchone()
        pages = connection.execute("SELECT count(*) FROM pages").fetchone()
    assert indexed == pages


def test_run_after_a_rebuild_goes_on_as_if_nothing_was(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(SEED, OTHER)
    archivist.database.unlink()
    rebuild(archivist.folder)

    assert archivist.outcomes(SEED) == [UNCHANGED]
    site.edit(OTHER, SEED_PAGE.replace(b"23048456", b"23048450"))
    assert archivist.outcomes(OTHER) == [CHANGED]
    assert rebuilt_differences(archivist) == []


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\n", id="no headers"),
        pytest.param(b"HTTP/1.1 200\r\nContent-Type: text/html\r\n\r\n", id="no reason"),
        pytest.param(b"HTTP/1.1 200 Sch\xf6n \x85 gut\r\nContent-Type: text/html\r\n\r\n", id="Latin-1 in the reason"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nServer: a\x85b\x0cc\x1cd\r\n\r\n", id="line ends"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX: \xe9\x80\xae\r\n\r\n", id="UTF-8 in a header"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX:  two \r\nX:\r\n\r\n", id="blanks, nothing"),
        pytest.param(b"HTTP/1.1 200 OK\r\nETag: a\r\nETag: b\r\nLast-Modified: never\r\n\r\n", id="doubled validator"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-TYPE: TEXT/HTML ; charset=utf-8\r\n\r\n", id="odd case"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX-Long: one\r\n two\r\n\tthree\r\n\r\n", id="folded header"),
        pytest.param(b"HTTP/1.1 200 OK\nContent-Type: text/html\n\n", id="LF"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nno header\r\nETag: a\r\n  \r\nContent-Type: text/html\r\n\r\n", id="no header"
        ),
    ],
)
def test_rebuild_reads_odd_headers_as_the_run_did(site: FakeSite, archivist: Archivist, raw: bytes) -> None:
    site.answer(SEED, Response(raw=raw + SEED_PAGE))

    assert archivist.outcomes(SEED) == [NEW]

    assert rebuilt_differences(archivist) == []


@pytest.mark.parametrize(
    "url",
    [
        pytest.param(f"{HOME}a%20page.htm", id="blank"),
        pytest.param(f"{HOME}邮政.htm?词=票", id="Chinese"),
        pytest.param(f"{HOME}%e9%82%AE.htm", id="percent-encoded"),
        pytest.param(f"{HOME}<b>.htm?q=\"x\"&y='z'", id="quotes and angles"),
        pytest.param(f"{HOME}a%0d%0aSet-Cookie:x.htm", id="encoded line end"),
        pytest.param(f"{HOME}servlet/Node?node={SEED_NODE}", id="dynamic without sheet"),
        pytest.param("http://ENGLISH.chinapost.com.cn./html1/report/2304/8456-1.htm", id="capitals and a dot"),
        pytest.param(f"{HOME}a\u0301e\u0301.htm", id="combining accents"),
    ],
)
def test_rebuild_reads_odd_urls_as_the_run_did(site: FakeSite, archivist: Archivist, url: str) -> None:
    site.edit(url, SEED_PAGE)

    archivist.fetch(url)

    assert rebuilt_differences(archivist) == []


def test_rebuild_keeps_the_order_of_runs_when_the_clock_was_set_back_over_new_year(
    site: FakeSite, archivist: Archivist
) -> None:
    archivist.clock.time = datetime(2027, 1, 1, tzinfo=UTC)
    archivist.fetch(SEED)
    site.edit(SEED, EDITED_PAGE)
    archivist.clock.time -= timedelta(days=1)
    archivist.fetch(SEED)

    assert rebuilt_differences(archivist) == []


def test_clock_that_was_set_back_does_not_overwrite_a_run(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(SEED)
    site.edit(SEED, EDITED_PAGE)
    archivist.clock.time -= timedelta(hours=1)

    assert archivist.outcomes(SEED) == [CHANGED]

    assert len(archivist.files) == 2
    assert rebuilt_differences(archivist) == []


@pytest.mark.parametrize("folder", ["nowhere", "empty"])
def test_rebuild_without_evidence_is_refused_and_makes_nothing(tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(UnreadableInput, match="no WARC files"):
        rebuild(tmp_path / folder)

    assert list(tmp_path.rglob("*")) == [tmp_path / "empty"]


# --- damage, crashes and what is left of them -------------------------------------------------------------------------


def flip(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 0xFF
    path.write_bytes(data)


def place_of(archivist: Archivist, url: str) -> tuple[int, int]:
    """Return offset and length of the evidence of a URL's first response."""
    ((offset, length),) = archivist.rows(
        f"SELECT offset, stored_bytes FROM captures WHERE url = '{url}' ORDER BY id LIMIT 1"  # noqa: S608 - our own URL
    )
    assert isinstance(offset, int)
    assert isinstance(length, int)
    return offset, length


def test_damaged_evidence_is_named_and_the_old_database_stays(archivist: Archivist) -> None:
    archivist.fetch(SEED, OTHER)
    offset, length = place_of(archivist, SEED)
    flip(archivist.files[0], offset + length // 2)
    before, evidence = archivist.dump(), archivist.files[0].read_bytes()

    with pytest.raises(DamagedRecord) as caught:
        rebuild(archivist.folder)

    assert caught.value.offset == offset
    assert archivist.files[0].name in str(caught.value)
    assert str(offset) in str(caught.value)
    assert archivist.dump() == before
    assert archivist.files[0].read_bytes() == evidence
    assert sorted(path.name for path in archivist.folder.iterdir()) == ["lock", "postarchive.db", "warc"]


def test_damage_in_the_last_record_of_a_finished_run_is_no_torn_end(archivist: Archivist) -> None:
    archivist.fetch(SEED)
    flip(archivist.files[0], -20)
    evidence = archivist.files[0].read_bytes()

    with pytest.raises(DamagedRecord):
        rebuild(archivist.folder)

    assert archivist.files[0].read_bytes() == evidence


def test_evidence_shorter_than_the_database_knows_stops_the_run(archivist: Archivist) -> None:
    archivist.fetch(SEED)
    with archivist.files[0].open("r+b") as stream:
        stream.truncate(1000)

    with pytest.raises(UnreadableInput, match="shorter"):
        archivist.fetch(SEED)


@pytest.fixture
def killed(site: FakeSite, archivist: Archivist) -> Archivist:
    """Leave an archive whose last run is not in the database, as after a power cut: the WARC file was ahead."""
    archivist.fetch(SEED)
    older = archivist.folder.parent / "older.db"
    shutil.copy(archivist.database, older)
    site.edit(SEED, EDITED_PAGE)
    archivist.fetch(SEED, OTHER)
    shutil.move(older, archivist.database)
    return archivist


def member_starts(path: Path) -> list[int]:
    data = path.read_bytes()
    return [place for place in range(len(data)) if data.startswith(b"\x1f\x8b\x08\x00\x00\x00\x00\x00", place)]


@pytest.mark.parametrize("has_database", [True, False], ids=["older database", "no database"])
def test_evidence_without_rows_is_caught_up_before_the_next_run(killed: Archivist, *, has_database: bool) -> None:
    if not has_database:
        killed.database.unlink()

    assert killed.outcomes(SEED, OTHER) == [UNCHANGED, UNCHANGED]

    assert "18 major tasks" in str(killed.record()["paragraphs"])
    assert rebuilt_differences(killed) == []


CUTS: dict[str, Callable[[list[int], int], int]] = {
    "one byte short": lambda _starts, size: size - 1,
    "inside the checksum": lambda _starts, size: size - 6,
    "half of the last record": lambda starts, size: (starts[-1] + size) // 2,
    "one byte of the last record": lambda starts, _size: starts[-1] + 1,
    "before the closing record": lambda starts, _size: starts[-1],
    "inside a response": lambda starts, _size: starts[-2] + 300,
    "between request and response": lambda starts, _size: starts[-2],
    "inside a request": lambda starts, _size: starts[-3] + 30,
    "inside the first record": lambda _starts, _size: 10,
    "nothing written": lambda _starts, _size: 0,
}


@pytest.mark.parametrize("cut", CUTS)
def test_torn_end_is_moved_aside_and_the_next_run_goes_on(killed: Archivist, cut: str) -> None:
    torn = killed.files[1]
    whole = torn.read_bytes()
    end = CUTS[cut](member_starts(torn), len(whole))
    torn.write_bytes(whole[:end])

    assert set(killed.outcomes(SEED, OTHER, STAMP)) <= {NEW, CHANGED, UNCHANGED}

    kept = torn.read_bytes() if torn.exists() else b""
    aside = torn.with_name(f"{torn.name}.torn")
    assert kept + (aside.read_bytes() if aside.exists() else b"") == whole[:end]
    assert "18 major tasks" in str(killed.record()["paragraphs"])
    assert rebuilt_differences(killed) == []


def test_run_that_was_broken_off_is_kept_and_has_no_end(archivist: Archivist) -> None:
    results = begun(archivist, SEED, OTHER, STAMP)
    results.close()

    assert archivist.outcomes(SEED, OTHER) == [UNCHANGED, NEW]

    assert archivist.rows("SELECT ended IS NULL FROM runs ORDER BY run") == [(1,), (0,)]
    assert rebuilt_differences(archivist) == []


def test_garbage_behind_the_evidence_is_moved_aside(archivist: Archivist) -> None:
    archivist.fetch(SEED)
    with archivist.files[0].open("ab") as stream:
        stream.write(b"\0" * 4096)

    assert archivist.outcomes(SEED) == [UNCHANGED]

    (torn,) = archivist.folder.rglob("*.torn")
    assert torn.read_bytes() == b"\0" * 4096


# --- who may write, and where -----------------------------------------------------------------------------------------


def test_second_run_is_refused_while_the_first_holds_the_archive(archivist: Archivist) -> None:
    results = begun(archivist, SEED, OTHER)

    with pytest.raises(ArchiveBusy, match="another run"):
        archivist.fetch(STAMP)
    with pytest.raises(ArchiveBusy):
        rebuild(archivist.folder)

    assert [result.outcome for result in results] == [NEW]
    assert archivist.outcomes(STAMP) == [NEW]


def test_archive_can_be_read_while_a_run_writes(archivist: Archivist) -> None:
    results = begun(archivist, SEED, OTHER)

    assert archivist.record()["node"] == SEED_NODE

    results.close()


def test_file_in_the_place_of_the_archive_is_refused_and_kept(archivist: Archivist) -> None:
    archivist.folder.write_text("mine")

    with pytest.raises(ArchiveUnwritable, match="is a file"):
        archivist.fetch(SEED)

    assert archivist.folder.read_text() == "mine"


def test_archive_below_a_file_is_refused(archivist: Archivist) -> None:
    archivist.folder.write_text("mine")

    with pytest.raises(ArchiveUnwritable):
        Archivist(archivist.folder / "below").fetch(SEED)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to root")
def test_read_only_folder_is_refused(site: FakeSite, archivist: Archivist) -> None:
    archivist.folder.mkdir(mode=0o555)

    with pytest.raises(ArchiveUnwritable, match="permission"):
        archivist.fetch(SEED)

    assert site.urls == []


def test_folder_in_which_nothing_can_be_made_is_refused(site: FakeSite, archivist: Archivist) -> None:
    archivist.folder.mkdir()
    (archivist.folder / "warc").write_text("in the way")

    with pytest.raises(ArchiveUnwritable):
        archivist.fetch(SEED)

    assert site.urls == []


def make_newer(archivist: Archivist) -> None:
    archivist.execute("PRAGMA user_version = 99")


def make_foreign(archivist: Archivist) -> None:
    archivist.database.unlink()
    archivist.execute("CREATE TABLE recipes (name TEXT)", "INSERT INTO recipes VALUES ('soup')")


def make_noise(archivist: Archivist) -> None:
    archivist.database.write_bytes(b"no database at all" * 500)


@pytest.mark.parametrize("spoil", [make_newer, make_foreign, make_noise])
def test_database_that_is_not_ours_is_refused_and_kept(
    site: FakeSite, archivist: Archivist, spoil: Callable[[Archivist], None]
) -> None:
    archivist.fetch(SEED)
    spoil(archivist)
    before, asked = archivist.database.read_bytes(), len(site.urls)

    with pytest.raises(UnreadableInput) as caught:
        archivist.fetch(SEED)

    assert "postarchive.db" in str(caught.value)
    assert archivist.database.read_bytes() == before
    assert len(site.urls) == asked
    assert len(archivist.files) == 1


@pytest.mark.parametrize("spoil", [make_newer, make_foreign])
def test_rebuild_does_not_overwrite_what_another_program_made(
    archivist: Archivist, spoil: Callable[[Archivist], None]
) -> None:
    archivist.fetch(SEED)
    spoil(archivist)
    before = archivist.database.read_bytes()

    with pytest.raises(UnreadableInput, match=r"postarchive\.db"):
        rebuild(archivist.folder)

    assert archivist.database.read_bytes() == before


def test_rebuild_makes_a_damaged_database_anew(archivist: Archivist) -> None:
    archivist.fetch(SEED)
    before = archivist.dump()
    make_noise(archivist)

    rebuild(archivist.folder)

    assert differences(before, archivist.dump()) == []


def test_database_of_an_older_version_is_rebuilt_by_the_next_run(archivist: Archivist) -> None:
    archivist.fetch(SEED)
    archivist.execute("DELETE FROM links", "PRAGMA user_version = 0")

    assert archivist.outcomes(SEED) == [UNCHANGED]

    assert archivist.rows("SELECT count(*) > 0 FROM links") == [(1,)]
    assert rebuilt_differences(archivist) == []


# --- what may be asked ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://www.example.com/", id="stranger"),
        pytest.param("http://english.chinapost.com.cn.example.com/", id="stranger that looks like it"),
        pytest.param("http://english.chinapost.com.cn:8080/", id="port"),
        pytest.param("http://user:word@english.chinapost.com.cn/", id="password"),
        pytest.param("ftp://english.chinapost.com.cn/", id="scheme"),
        pytest.param("file:///etc/passwd", id="file"),
        pytest.param("english.chinapost.com.cn", id="bare host"),
        pytest.param("http://[broken", id="broken"),
        pytest.param("", id="nothing"),
        pytest.param(f"{HOME}a page.htm", id="blank"),
        pytest.param(f"{HOME}a\x01b", id="control character"),
        pytest.param(f"{HOME}\udcff", id="no UTF-8"),
    ],
)
def test_url_that_may_not_be_asked_stores_nothing(site: FakeSite, archivist: Archivist, url: str) -> None:
    with pytest.raises(UsageError):
        archivist.fetch(SEED, url)

    assert site.urls == []
    assert not archivist.folder.exists()


@pytest.mark.parametrize("contact", ["https://spider.example", "two\r\nlines", "邮政"])
def test_contact_that_cannot_be_sent_stores_nothing(archivist: Archivist, contact: str) -> None:
    options = replace(archivist.options, contact=contact)

    with pytest.raises(UsageError):
        list(fetch_urls(archivist.folder, [SEED], options=options))

    assert not archivist.folder.exists()


def test_host_whose_robots_txt_fails_is_not_asked_but_others_are(site: FakeSite, archivist: Archivist) -> None:
    site.answer(ROBOTS, Response(status=503))
    seen: list[FetchResult] = []

    with pytest.raises(SiteUnavailable, match=HOST):
        seen.extend(fetch_urls(archivist.folder, [SEED, OTHER, MIRROR_SEED], options=archivist.options))

    assert set(site.urls) == {ROBOTS, MIRROR_ROBOTS, MIRROR_SEED}
    assert [line.outcome for line in seen] == [FAILED, FAILED, NEW]
    assert archivist.rows("SELECT url FROM pages") == [(MIRROR_SEED,)]


def test_every_page_of_an_unavailable_host_has_its_line(site: FakeSite, archivist: Archivist) -> None:
    site.answer(ROBOTS, Response(status=503))
    results = fetch_urls(archivist.folder, [SEED, MIRROR_SEED], options=archivist.options)

    lines = [next(results), next(results)]

    assert [(line.url, line.outcome) for line in lines] == [(SEED, FAILED), (MIRROR_SEED, NEW)]
    with pytest.raises(SiteUnavailable):
        next(results)
    assert archivist.rows("SELECT ended IS NULL FROM runs") == [(0,)]


def test_page_that_robots_txt_forbids_is_not_asked(site: FakeSite, archivist: Archivist) -> None:
    site.answer(ROBOTS, DISALLOW)

    forbidden, allowed = archivist.fetch(SEED, STAMP)

    assert (forbidden.outcome, allowed.outcome) == (FAILED, NEW)
    assert "robots.txt" in (forbidden.detail or "")
    assert SEED not in site.urls


def test_ten_failures_in_a_row_end_the_asking_of_a_host(site: FakeSite, archivist: Archivist) -> None:
    urls = [f"{HOME}html1/report/2304/{number}-1.htm" for number in range(1, 16)]
    for url in urls:
        site.answer(url, Response(raw=b""))

    with pytest.raises(SiteUnavailable, match="in a row"):
        archivist.fetch(*urls)

    assert set(urls) - set(site.urls) == set(urls[10:])


def test_file_of_a_run_killed_at_its_very_start_does_not_stand_in_the_way(archivist: Archivist) -> None:
    """The file is there, empty; the next run may begin in the same second and have the same name."""
    archivist.fetch(SEED)
    (first,) = archivist.folder.glob("warc/*/*.warc.gz")
    for second in range(3):
        (first.parent / f"{first.name[:8]}T{int(first.name[9:15]) + second + 1:06}Z.warc.gz").touch()

    results = archivist.fetch(SEED)

    assert [result.outcome for result in results] == [Outcome.UNCHANGED]
    assert all(file.stat().st_size for file in archivist.folder.glob("warc/*/*.warc.gz"))
