"""What the database gives back: searches, versions and numbers, and one clear error when it cannot."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from archiving import (
    HOME,
    LIST,
    MIRROR_HOST,
    MIRROR_SEED,
    OTHER,
    SEED,
    SEED_NODE,
    STAMP,
    Archivist,
    playing_site,
)
from collecting import EDITED_PAGE
from fakesite import FakeSite
from postarchive.collect import fetch_urls, fold
from postarchive.errors import ArchiveUnwritable, UnreadableInput, UsageError
from postarchive.models import Outcome
from postarchive.schema import TABLES
from postarchive.store import files
from postarchive.store.find import Finder, Search
from postarchive.store.read import Reader
from postarchive.store.write import Writer

IN_TWO_PARTS = (f"{HOME}html1/report/2203/3375-1.htm", f"{HOME}html1/report/2203/3375-2.htm")
PICTURED = f"{HOME}html1/stamp/2510/2112-1.htm"
HANDBOOK = f"{HOME}html1/report/2107/6070-1.htm"
ABOUT_US = f"{HOME}html1/folder/1408/4060-1.htm"
ALL_AT_ONCE = Search(
    text="rural", kinds=("news",), since="2023-01-01", until="2023-03-29", source="CHINA POST NEWS", host=MIRROR_HOST
)


@pytest.fixture(scope="module")
def archivist(tmp_path_factory: pytest.TempPathFactory) -> Archivist:
    """Keep an archive of all kinds of pages: one of two versions, one gone, one of two hosts, one in two parts."""
    archivist = Archivist(tmp_path_factory.mktemp("store") / "archive")
    with pytest.MonkeyPatch.context() as patch, playing_site(patch) as site:
        archivist.fetch(SEED, MIRROR_SEED, OTHER, STAMP, LIST, ABOUT_US, *IN_TWO_PARTS, PICTURED, HANDBOOK)
        site.edit(SEED, EDITED_PAGE)
        site.remove(OTHER)
        archivist.fetch(SEED, OTHER)
    return archivist


@pytest.fixture
def reader(archivist: Archivist) -> Iterator[Reader]:
    with Reader(archivist.folder) as opened:
        yield opened


@pytest.fixture
def finder(archivist: Archivist) -> Iterator[Finder]:
    with Finder(archivist.folder) as opened:
        yield opened


def urls(finder: Finder, wanted: Search) -> list[str]:
    return [str(row["url"]) for row in finder.search(wanted)]


# --- search -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param(Search(kinds=("stamp",)), [PICTURED, STAMP], id="kind"),
        pytest.param(Search(has=("image",)), [PICTURED], id="has a picture"),
        pytest.param(Search(has=("attachment",)), [HANDBOOK], id="has a file"),
        pytest.param(Search(has=("image", "attachment")), [], id="has both"),
        pytest.param(Search(is_changed=True), [SEED], id="was edited"),
        pytest.param(Search(serial="2017-30"), [STAMP], id="serial number"),
        pytest.param(Search(serial="2017-3"), [], id="serial number in full"),
        pytest.param(Search(year=2017), [STAMP], id="year of a stamp"),
        pytest.param(Search(year=2023), [OTHER, SEED], id="year of the news"),
        pytest.param(Search(designer="MA lihang"), [PICTURED, STAMP], id="designer, a part of the name"),
        pytest.param(Search(designer="%"), [], id="designer, no wildcard"),
        pytest.param(Search(text="R&D"), [OTHER], id="signs that tell"),
        pytest.param(Search(text="R+D"), [], id="other signs"),
        pytest.param(Search(text="parcels counting"), [OTHER], id="signs between words"),
        pytest.param(Search(kinds=("listing",)), [LIST], id="lists when asked for"),
        pytest.param(ALL_AT_ONCE, [SEED], id="all at once"),
        pytest.param(Search(is_gone=True), [OTHER], id="gone"),
        pytest.param(Search(host=MIRROR_HOST), [SEED], id="seen on the mirror"),
        pytest.param(Search(host=MIRROR_HOST, all_hosts=True), [SEED, MIRROR_SEED], id="a row for each host"),
        pytest.param(Search(text="revitalization", limit=1), [SEED], id="limit"),
        pytest.param(Search(text="title:revitalization"), [SEED], id="title"),
        pytest.param(Search(text="18 major tasks"), [SEED], id="words of the latest version"),
        pytest.param(Search(text="17 major tasks"), [], id="words of an older version"),
        pytest.param(Search(since="2999-01-01"), [], id="nothing"),
        pytest.param(Search(host="qh.chinapost.com.cn"), [], id="host that was not asked"),
    ],
)
def test_search_finds(finder: Finder, wanted: Search, found: list[str]) -> None:
    assert urls(finder, wanted) == found


def test_lists_and_further_sheets_are_left_out_of_a_search(finder: Finder) -> None:
    found = urls(finder, Search())

    assert set(found) == {SEED, OTHER, STAMP, ABOUT_US, IN_TWO_PARTS[0], PICTURED, HANDBOOK}


def test_records_without_a_date_come_last_and_match_no_date(finder: Finder) -> None:
    assert urls(finder, Search())[-1] == ABOUT_US
    assert ABOUT_US not in urls(finder, Search(since="0001-01-01", until="9999-12-31"))


def test_word_in_a_title_goes_before_a_word_in_the_text(finder: Finder) -> None:
    by_rank, by_date = urls(finder, Search(text="post")), urls(finder, Search(text="post", sort="date"))

    assert by_rank[0] == SEED
    assert sorted(by_rank) == sorted(by_date)


def test_row_is_the_whole_record_with_its_end(finder: Finder, archivist: Archivist) -> None:
    (row,) = finder.search(Search(is_gone=True))

    assert {name: row[name] for name in archivist.record(OTHER)} == archivist.record(OTHER)
    assert str(row["gone"]).startswith("2026-05-06T08:")


def test_row_of_few_fields_is_that_of_the_record(finder: Finder) -> None:
    fields = ("node", "url", "title", "source", "date", "kind", "sheet", "gone")
    wanted = Search(text="post", host=MIRROR_HOST, all_hosts=True)

    few, whole = list(finder.search(wanted, fields)), list(finder.search(wanted))

    assert [list(row) for row in few] == [list(fields)] * 2
    assert few == [{name: row[name] for name in fields} for row in whole]


@pytest.mark.parametrize(
    "wanted",
    [
        Search(),
        Search(text="post"),
        Search(text="R&D"),
        Search(limit=1),
        Search(has=("image",)),
        Search(all_hosts=True),
    ],
    ids=repr,
)
def test_count_is_that_of_the_rows_without_a_limit(finder: Finder, wanted: Search) -> None:
    assert finder.count_found(wanted) == len(list(finder.search(wanted._replace(limit=None))))


def test_page_of_an_unfinished_run_is_found_by_its_current_words(site: FakeSite, tmp_path: Path) -> None:
    archivist = Archivist(tmp_path / "archive")
    archivist.fetch(SEED)
    site.edit(SEED, EDITED_PAGE)
    run = fetch_urls(archivist.folder, [OTHER, SEED, STAMP], options=archivist.options)
    next(run), next(run)

    with Finder(archivist.folder) as finder:
        assert urls(finder, Search(text="counting")) == [OTHER]
        assert urls(finder, Search(text="18 major tasks")) == [SEED]
        assert urls(finder, Search(text="17 major tasks")) == []
        assert finder.count_found(Search(text="post")) == 2
        list(run)
        assert archivist.rows("SELECT * FROM unindexed") == []
        assert urls(finder, Search(text="18 major tasks")) == [SEED]


@pytest.mark.usefixtures("site")
def test_index_is_written_when_a_batch_waits_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fold, "INDEX_BATCH", 2)
    archivist = Archivist(tmp_path / "archive")
    run = fetch_urls(archivist.folder, [SEED, OTHER, STAMP], options=archivist.options)

    waiting = [archivist.rows("SELECT count(*) FROM unindexed")[0][0] for _ in run]

    assert waiting == [1, 0, 1]
    assert archivist.rows("SELECT count(*) FROM search_docsize") == [(3,)]
    assert archivist.rebuilt_differences() == []


def test_text_without_a_word_is_a_usage_error(finder: Finder) -> None:
    with pytest.raises(UsageError):
        list(finder.search(Search(text="***")))


def test_near_words_of_titles_are_suggested(finder: Finder) -> None:
    assert "revitalization" in finder.suggestions("revitalisation")
    assert finder.suggestions('"***"') == []


# --- pages and versions -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", [str(SEED_NODE), SEED, f"{SEED}#top", MIRROR_SEED, f"{HOME}html/report/{SEED_NODE}-1.htm"]
)
def test_page_is_found_under_its_names(reader: Reader, name: str) -> None:
    assert reader.version(reader.find_page(name)).record.url == SEED


def test_node_names_the_first_sheet(reader: Reader) -> None:
    found = reader.version(reader.find_page("22033375"))

    assert found.record.sheet == 1
    assert [sheet.sheet for sheet in reader.article(found.page).sheets] == [1, 2]


@pytest.mark.parametrize("name", ["1", "99999999", f"{HOME}nowhere.htm", "", "a title", "23048456-7"])
def test_unknown_page_is_reported(reader: Reader, name: str) -> None:
    with pytest.raises(UnreadableInput, match="not in the archive"):
        reader.find_page(name)


def test_versions_are_numbered_from_one(reader: Reader) -> None:
    page = reader.find_page(SEED)

    first, second, latest = (reader.version(page, number) for number in (1, 2, None))

    assert (first.number, first.change, second.change) == (1, "new", "edit")
    assert latest == second
    assert first.first_seen <= first.last_seen < second.first_seen
    assert first.evidence.file < second.evidence.file


@pytest.mark.parametrize("number", [0, 3, -1])
def test_version_that_is_not_there_is_reported_with_the_latest(reader: Reader, number: int) -> None:
    with pytest.raises(UnreadableInput, match="the latest is 2"):
        reader.version(reader.find_page(SEED), number)


def test_gone_page_keeps_its_record(reader: Reader) -> None:
    found = reader.version(reader.find_page(OTHER))

    assert found.gone is not None
    assert found.record.paragraphs


def test_every_url_of_a_page_is_kept(reader: Reader) -> None:
    assert reader.version(reader.find_page(SEED)).addresses == (SEED, MIRROR_SEED)


def test_numbers_have_a_line_for_each_host(reader: Reader) -> None:
    lines = [line for line in reader.numbers(("hotline",)) if line["label"] == "Postal Business"]

    assert [line["host"] for line in lines] == ["english.chinapost.com.cn", MIRROR_HOST]
    assert lines[0]["dial"] == "+861011185"
    assert int(str(lines[0]["pages"])) > 2


def test_evidence_is_found_by_its_record(reader: Reader) -> None:
    evidence = reader.version(reader.find_page(SEED)).evidence

    assert reader.evidence_of(evidence.record_id) == evidence
    with pytest.raises(UnreadableInput):
        reader.evidence_of("urn:uuid:nothing")


# --- a database that cannot be used -----------------------------------------------------------------------------------


def test_reader_cannot_write(reader: Reader) -> None:
    with closing(files.open_for_reading(reader.archive)) as connection, pytest.raises(sqlite3.OperationalError):
        connection.execute("DELETE FROM pages")


SEARCHING: dict[str, Callable[[Finder], object]] = {
    "search": lambda finder: list(finder.search(Search())),
    "search for words": lambda finder: list(finder.search(Search(text="post"))),
    "search for few fields": lambda finder: list(finder.search(Search(), fields=["title"])),
    "count_found": lambda finder: finder.count_found(Search(text="post")),
    "suggestions": lambda finder: finder.suggestions("word"),
    "count": lambda finder: finder.count(),
}
READING: dict[str, Callable[[Reader], object]] = {
    "find_page by node": lambda reader: reader.find_page(str(SEED_NODE)),
    "find_page by URL": lambda reader: reader.find_page(SEED),
    "version": lambda reader: reader.version(1),
    "evidence_of": lambda reader: reader.evidence_of("x"),
    "article": lambda reader: reader.article(1),
    "sheet_of": lambda reader: reader.sheet_of(1),
    "addresses": lambda reader: reader.addresses(1),
    "numbers": lambda reader: reader.numbers(("hotline",)),
}


def spoil_tables(archivist: Archivist, copy: Path) -> None:
    """Write a copy of the database in which the first page of each table and index is noise, but not of their list."""
    data = bytearray(archivist.database.read_bytes())
    ((size,),) = archivist.rows("PRAGMA page_size")
    assert isinstance(size, int)
    for (page,) in archivist.rows("SELECT rootpage FROM sqlite_master WHERE rootpage > 1"):
        assert isinstance(page, int)
        data[(page - 1) * size : page * size] = b"\xff" * size
    copy.write_bytes(data)


@pytest.mark.parametrize("name", READING)
def test_every_reading_method_reports_a_damaged_database(archivist: Archivist, tmp_path: Path, name: str) -> None:
    spoil_tables(archivist, tmp_path / "postarchive.db")

    with Reader(tmp_path) as reader, pytest.raises(UnreadableInput, match="rebuild"):
        READING[name](reader)


@pytest.mark.parametrize("name", SEARCHING)
def test_every_search_reports_a_damaged_database(archivist: Archivist, tmp_path: Path, name: str) -> None:
    spoil_tables(archivist, tmp_path / "postarchive.db")

    with Finder(tmp_path) as finder, pytest.raises(UnreadableInput, match="rebuild"):
        SEARCHING[name](finder)


def test_schema_with_undecodable_names_is_reported(archivist: Archivist, tmp_path: Path) -> None:
    """SQLite's message names the object, and Python's sqlite3 raises UnicodeDecodeError in place of its own error."""
    data = archivist.database.read_bytes()
    copy = tmp_path / "postarchive.db"
    copy.write_bytes(re.sub(rb"table[a-z](\w+?)([a-z]\1.)CREATE", b"table\xb4\\1\\2CREATX", data, count=1))

    with pytest.raises(UnreadableInput, match="rebuild"):
        Reader(tmp_path)
    with pytest.raises(UnreadableInput, match="rebuild"):
        Writer(copy)
    assert not files.is_usable(copy)


CRAWLING: dict[str, Callable[[Writer], object]] = {
    "seen": lambda writer: list(writer.seen()),
    "unanswered": lambda writer: writer.unanswered(),
    "links": lambda writer: list(writer.links()),
    "answered": lambda writer: writer.answered(SEED),
}


@pytest.mark.parametrize("name", CRAWLING)
def test_every_query_of_a_crawl_reports_a_damaged_database(archivist: Archivist, tmp_path: Path, name: str) -> None:
    spoil_tables(archivist, tmp_path / "postarchive.db")

    with Writer(tmp_path / "postarchive.db") as writer, pytest.raises(UnreadableInput, match="rebuild"):
        CRAWLING[name](writer)


def test_writer_that_waits_too_long_for_the_database_says_so_and_keeps_the_evidence(
    site: FakeSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "BUSY_SECONDS", 0.05)
    archivist = Archivist(tmp_path / "archive")
    archivist.fetch(OTHER)
    with closing(sqlite3.connect(archivist.database, isolation_level=None)) as other:
        results = fetch_urls(archivist.folder, [SEED, STAMP], options=archivist.options)
        assert next(results).outcome is Outcome.NEW
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ArchiveUnwritable, match="another program holds the database"):
            list(results)

    assert STAMP in site.urls
    assert archivist.outcomes(SEED, STAMP) == [Outcome.UNCHANGED, Outcome.UNCHANGED]


@pytest.mark.parametrize("place", ["nowhere/postarchive.db", "folder"])
def test_database_that_cannot_be_made_is_reported(tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises((ArchiveUnwritable, UnreadableInput)) as caught:
        Writer(tmp_path / place)

    assert place in str(caught.value)


def test_database_that_cannot_be_filled_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "TABLES", f"PRAGMA max_page_count = 2; {TABLES}")

    with pytest.raises(ArchiveUnwritable, match="disk is full; free some space"):
        files.open_for_writing(tmp_path / "postarchive.db")

    assert list(tmp_path.iterdir()) == []


def test_write_is_all_or_nothing(tmp_path: Path) -> None:
    with Writer(tmp_path / "postarchive.db") as store:
        with pytest.raises(UsageError):
            write_and_fail(store)

        assert store.runs.files() == []


def write_and_fail(store: Writer) -> None:
    with store.atomic():
        store.runs.set_ingested("warc/2026/a.warc.gz", 10)
        raise UsageError("", "something went wrong")


def test_closed_database_is_one_file(site: FakeSite, tmp_path: Path) -> None:
    archivist = Archivist(tmp_path / "archive")
    archivist.fetch(SEED)
    assert site.urls

    assert sorted(path.name for path in archivist.folder.iterdir()) == ["lock", "postarchive.db", "warc"]


def test_new_archivist_of_the_same_folder_sees_the_same(archivist: Archivist) -> None:
    assert replace(archivist).record() == archivist.record()


def test_reader_sees_one_moment_while_a_run_writes(archivist: Archivist, site: FakeSite) -> None:
    with Reader(archivist.folder) as reader:
        before = reader.runs()
        site.edit(SEED, EDITED_PAGE)
        archivist.fetch(SEED)

        assert reader.runs() == before

    with Reader(archivist.folder) as reader:
        assert len(reader.runs()) == len(before) + 1
