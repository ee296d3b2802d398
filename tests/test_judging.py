"""What a version is: hosts, layouts, lists and numbers that make none."""

from dataclasses import replace

import pytest

import cms
import cms_news
from archiving import (
    HOST,
    LIST,
    MIRROR_SEED,
    OTHER,
    SEED,
    SEED_DYNAMIC,
    SEED_NODE,
    Archivist,
)
from collecting import CHANGED, EDITED_PAGE, NEW, ODD, OLD_STORY, SEED_PAGE, UNCHANGED
from fakesite import FIXTURES, FakeSite, Response
from postarchive.store.read import Reader

pytestmark = pytest.mark.usefixtures("site")


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


def test_new_sidebar_is_not_a_version(site: FakeSite, archivist: Archivist) -> None:
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


def test_new_row_of_a_list_is_not_a_version_but_is_seen(site: FakeSite, archivist: Archivist) -> None:
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
