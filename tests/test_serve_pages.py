"""What the reading pages of `serve` tell: the front page, articles with pictures, differences, stamps, numbers."""

import asyncio
import csv
import io
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlencode

import pytest
from bs4 import BeautifulSoup, Tag

from archiving import HOME, HOST, SEED, STAMP, Archivist, playing_site
from commands import postarchive
from fakesite import FIXTURES
from pictures import PAGE, picture
from postarchive.jsonvalue import JsonObject
from postarchive.record.differences import Difference, DiffPiece
from postarchive.serve import stamps
from postarchive.serve.front import years_of
from postarchive.serve.marked import changed_sentence
from postarchive.serve.numbers import WIDTH, time_line
from postarchive.serve.stamps import checklist_of, csv_of
from postarchive.serve.tables import BY_SERIAL, DATABASE
from serving import EDITED, EDITED_NODE, IN_TWO_PARTS, SECOND_PART, copied, datasette_over, edited_page

PICTURED_NODE, CAPTIONED_NODE, STAMP_NODE, PARTS_NODE = 1409372593, 230814476, 171164327, 22033375
PICTURED, CAPTIONED = f"{HOME}html1/report/140937/2593-1.htm", f"{HOME}html1/report/23081/4476-1.htm"
PRESSROOM = f"{HOME}html1/category/1408/4050-1.htm"
UPLOADS = f"{HOME}res/chinaposten"
Get: TypeAlias = Callable[[str], Any]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archivist:
    """Two edits of one page, a hotline that changes, one page with pictures, of which one is none; a list."""
    archivist = Archivist(tmp_path_factory.mktemp("pages") / "archive")
    with pytest.MonkeyPatch.context() as patch, playing_site(patch) as site:
        site.edit(f"{UPLOADS}/1409/14093701.jpg", picture("JPEG"))
        site.edit(f"{UPLOADS}/1409/14093702.jpg", PAGE)
        site.edit(f"{UPLOADS}/2308/23080011.jpg", picture("PNG"))
        site.edit(EDITED, edited_page(40))
        pages = (SEED, STAMP, PRESSROOM, PICTURED, CAPTIONED, EDITED, IN_TWO_PARTS, SECOND_PART)
        archivist.fetch(
            *pages, *(f"{UPLOADS}/{name}.jpg" for name in ("1409/14093701", "1409/14093702", "2308/23080011"))
        )
        for parcels in (4000, 4200):
            archivist.clock.time += timedelta(days=30)
            site.edit(EDITED, edited_page(parcels))
            archivist.fetch(EDITED)
        seed = FIXTURES / HOST / "html1/report/2304/8456-1.htm"
        site.edit(SEED, seed.read_bytes().replace(b"8610 95580", b"8610 95588"))
        archivist.fetch(SEED)
    return archivist


@pytest.fixture(scope="module")
def get(archive: Archivist) -> Iterator[Get]:
    with asyncio.Runner() as runner, datasette_over(archive.folder) as datasette:
        yield lambda path: runner.run(datasette.client.get(path))


def select(response: Any, selector: str) -> list[Tag]:  # noqa: ANN401 - httpx's response
    return list(BeautifulSoup(response.text, "lxml").select(selector))


def text_of(element: Tag) -> str:
    return " ".join(element.get_text().split())


# --- front page -------------------------------------------------------------------------------------------------------


def test_the_front_page_shows_the_sentence_that_changed(get: Get) -> None:
    said = [str(item) for item in select(get("/"), ".changes .said")]

    assert said[0] == '<p class="said" lang="en">It carried <del>4000</del><ins>4200</ins> parcels of oranges.</p>'
    assert "The mail boat left" not in "".join(said)


def test_each_year_is_a_link_with_a_bar(get: Get) -> None:
    years = select(get("/"), ".years a")

    assert [text_of(year) for year in years if text_of(year)[-1] != "0"][:2] == ["2023 3", "2022 1"]
    assert years[-1]["href"] == "/-/search?year=2014"
    assert all(len(year.select("svg rect")) == 2 for year in years)


def test_stored_pictures_are_beside_the_newest_articles(get: Get) -> None:
    sources = [str(item["src"]) for item in select(get("/"), ".card img")]

    assert len(sources) == 2
    assert {get(source).headers["content-type"] for source in sources} == {"image/jpeg", "image/png"}


def test_health_is_one_line(get: Get) -> None:
    (line,) = select(get("/"), ".health")

    assert "0 new, 0 changed, 0 gone, 0 failed. The pages look as expected." in text_of(line)


def test_years_between_two_have_empty_bars_unless_one_is_a_misprint() -> None:
    def row(year: int) -> JsonObject:
        return {"year": year, "articles": 2, "stamps": 1}

    years = years_of([row(1020), row(2012), row(2015)])

    assert [(year.year, year.height, year.height_of_stamps) for year in years] == [
        (1020, 100.0, 50.0),
        (2012, 100.0, 50.0),
        (2013, 0.0, 0.0),
        (2014, 0.0, 0.0),
        (2015, 100.0, 50.0),
    ]


def test_a_changed_sentence_is_cut_around_the_change() -> None:
    line = (
        DiffPiece("same", "a" * 500),
        DiffPiece("removed", "b" * 500),
        DiffPiece("added", "c"),
        DiffPiece("same", "d" * 500),
    )

    shown = changed_sentence([Difference("title", ()), Difference("paragraphs", (line,))])

    assert [piece.sign for piece in shown] == ["same", "removed", "added"]
    assert [len(piece.text) for piece in shown] == [71, 201, 1]
    assert (shown[0].text[0], shown[1].text[-1]) == ("…", "…")


@pytest.mark.parametrize("fields", [[], [Difference("title", ())], [Difference("title", ((DiffPiece("same", "a"),),))]])
def test_no_change_has_no_sentence(fields: list[Difference]) -> None:
    assert changed_sentence(fields) == ()


# --- articles ---------------------------------------------------------------------------------------------------------


def test_edits_are_listed_above_the_text_with_what_changed(get: Get) -> None:
    page = get(f"/-/article/{EDITED_NODE}")

    (note,) = select(page, ".notes .note")
    assert "Edited 2 times since it was first captured" in text_of(note)
    assert [link["href"] for link in note.select("a")] == [
        f"/-/article/{EDITED_NODE}?from=2&to=3",
        f"/-/article/{EDITED_NODE}?from=1&to=3",
    ]
    assert page.text.index("Edited 2 times") < page.text.index("<article")


def test_only_pictures_that_are_pictures_are_shown(get: Get) -> None:
    page = get(f"/-/article/{PICTURED_NODE}")

    (shown,) = select(page, "article img")
    assert (shown["width"], shown["height"]) == ("40", "30")
    assert get(str(shown["src"])).content == picture("JPEG") or get(str(shown["src"])).status_code == 200
    links = [str(link["href"]) for link in select(page, "article .links a")]
    assert links == [f"{UPLOADS}/1409/14093702.jpg", f"{UPLOADS}/1409/14093703.jpg"]


def test_a_pages_own_html_has_the_pictures_that_the_archive_holds(get: Get) -> None:
    page = BeautifulSoup(get(f"/-/article/{PICTURED_NODE}/original").text, "lxml")
    content = page.select_one(".original")
    assert content is not None

    assert [str(held["src"])[:11] for held in content.select("img")] == ["/-/picture/"]
    assert content.get_text().count("[Picture 1409370") == 2
    (whole,) = (str(link["href"]) for link in page.select(".hint a") if "memento" in str(link["href"]))
    assert get(whole).headers["memento-datetime"]


def test_a_picture_takes_the_place_of_its_caption(get: Get) -> None:
    (figure,) = select(get(f"/-/article/{CAPTIONED_NODE}"), "article figure")

    assert len(figure.select("img")) == 1
    assert text_of(figure).startswith("Carriers load medicine onto a boat in Zhuozhou")
    assert "Carriers load medicine" not in " ".join(
        item.get_text() for item in select(get(f"/-/article/{CAPTIONED_NODE}"), "p.text")
    )


def test_each_sheet_of_an_article_names_its_evidence_where_it_begins(archive: Archivist, get: Get) -> None:
    rows = archive.rows(
        "SELECT captures.file || ' at byte ' || captures.offset FROM captures "
        "JOIN versions ON first_capture = captures.id JOIN pages ON pages.id = page "
        "WHERE node = 22033375 ORDER BY sheet"
    )

    begun = [text_of(item) for item in select(get(f"/-/article/{PARTS_NODE}"), "article .sheet")]

    assert [line.split(" UTC, ")[1] for line in begun] == [row[0] for row in rows]
    assert [line[:7] for line in begun] == ["Sheet 1", "Sheet 2"]


@pytest.mark.parametrize("form", ["text", "bibtex", "csl-json"])
@pytest.mark.parametrize("version", [1, 3])
def test_a_citation_is_that_of_the_command(archive: Archivist, get: Get, form: str, version: int) -> None:
    done = postarchive(
        "cite", str(EDITED_NODE), "--archive", archive.folder, "--format", form, "--version", str(version)
    )

    ready = {
        item.select("a")[0]["href"]: item.select("pre")[0].get_text()
        for item in select(get(f"/-/article/{EDITED_NODE}?version={version}"), "aside details")
        if item.select("a")
    }
    address = f"/-/article/{EDITED_NODE}/cite?version={version}&format={form}"
    sent = get(address)

    assert done.returncode == 0, done.stderr
    if form == "csl-json":
        assert json.loads(sent.text) == json.loads(ready[address]) == json.loads(done.stdout)
    else:
        assert sent.text == done.stdout
        assert ready[address].strip() == done.stdout.strip()


def test_an_unknown_form_of_citation_is_reported(get: Get) -> None:
    assert get(f"/-/article/{EDITED_NODE}/cite?format=ris").status_code == 400


@pytest.mark.parametrize(("version", "parcels"), [(1, "40 parcels"), (2, "4000 parcels"), (3, "4200 parcels")])
def test_each_version_has_its_text_at_an_address(get: Get, version: int, parcels: str) -> None:
    sent = get(f"/-/article/{EDITED_NODE}/text?version={version}")

    assert sent.headers["content-type"].startswith("text/plain")
    assert f"It carried {parcels} of oranges." in sent.text
    assert parcels in get(f"/-/article/{EDITED_NODE}?version={version}").text


def test_neighbours_are_those_of_the_same_list(archive: Archivist, get: Get) -> None:
    entries: Any = archive.record(PRESSROOM)["entries"]
    nodes = {SEED: 23048456, CAPTIONED: CAPTIONED_NODE}
    first, second = (nodes[row["url"]] for row in entries if row["url"] in nodes)

    def turn(node: int) -> list[tuple[Any, Any]]:
        return [(link["rel"], link["href"]) for link in select(get(f"/-/article/{node}"), "nav.turn a")]

    assert turn(first) == [(["next"], f"/-/article/{second}")]
    assert turn(second) == [(["prev"], f"/-/article/{first}")]


def test_an_article_of_no_list_is_between_its_neighbours_by_date(get: Get) -> None:
    turn = select(get(f"/-/article/{EDITED_NODE}"), "nav.turn a")

    assert [(link["rel"], link["href"]) for link in turn] == [
        (["prev"], f"/-/article/{CAPTIONED_NODE}"),
        (["next"], "/-/article/23048456"),
    ]


# --- differences ------------------------------------------------------------------------------------------------------


def test_the_whole_text_has_its_changes_marked(get: Get) -> None:
    page = get(f"/-/article/{EDITED_NODE}?from=1&to=3&view=all")

    lines = [str(item) for item in select(page, ".difference")]
    assert sum("The mail boat left the island at seven." in line for line in lines) == 1
    assert "It carried <del>40</del><ins>4200</ins> parcels of oranges." in page.text
    assert [item.get_text() for item in select(page, "h2")] == ["Title", "Source", "Date", "Text"]


def test_two_versions_are_side_by_side(get: Get) -> None:
    page = get(f"/-/article/{EDITED_NODE}?from=1&to=3&view=sides")

    (text,) = [item for item in select(page, ".sides") if "parcels" in item.get_text()]
    cells = [text_of(cell) for cell in text.select("p")]
    assert cells[2:4] == ["It carried 40 parcels of oranges.", "It carried 4200 parcels of oranges."]
    assert len(cells) == 6


def test_an_unknown_view_of_a_difference_is_reported(get: Get) -> None:
    assert get(f"/-/article/{EDITED_NODE}?from=1&to=3&view=upside-down").status_code == 400


# --- stamps and numbers -----------------------------------------------------------------------------------------------


def test_the_gallery_of_a_year_shows_each_stamp_with_its_facts(get: Get) -> None:
    page = get("/-/stamps?year=2017")

    (stamp,) = select(page, ".gallery li")
    for said in ("Scroll of Bathing Horses", "2017-30", "2017-10-18", "6.00 yuan", "set of 2+1"):
        assert said in text_of(stamp)
    links = [link["href"] for link in stamp.select("a")]
    assert links == [f"/-/article/{STAMP_NODE}", "/-/stamps?designer=Xu%20Lin%20%26%20Ma%20Lihang"]
    assert len(select(get(str(links[1])), ".gallery li")) == 1
    assert select(get("/-/stamps?designer=nobody"), ".gallery li") == []


# Its page and version once more, under the next node.
ANOTHER_STAMP = (
    f"""INSERT INTO pages
        SELECT id + 1000, site, key || 'b', node + 1, sheet, url, id + 1000, kind, title, date, source, gone
        FROM pages WHERE node = {STAMP_NODE}""",  # noqa: S608
    f"""INSERT INTO versions
        SELECT versions.id + 1000, page + 1000, number, change, record, fingerprint, skeleton, parts,
               first_seen, last_seen, first_capture, last_capture
        FROM versions JOIN pages ON pages.id = page WHERE node = {STAMP_NODE}""",  # noqa: S608
)


def test_stamps_of_a_day_follow_their_serial_numbers() -> None:
    numbered = "WITH numbered (serial) AS (VALUES ('2017-10'), ('2017-9'), ('2017-2T'), ('2017-100')) "
    with closing(sqlite3.connect(":memory:")) as database:
        found = database.execute(f"{numbered} SELECT serial FROM numbered ORDER BY {BY_SERIAL}").fetchall()  # noqa: S608

    assert found == [("2017-2T",), ("2017-9",), ("2017-10",), ("2017-100",)]


def test_a_large_gallery_is_paged_and_a_checklist_is_whole(
    archive: Archivist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamps, "ON_A_PAGE", 1)
    folder = copied(archive, tmp_path / "two", *ANOTHER_STAMP)
    with asyncio.Runner() as runner, datasette_over(folder) as datasette:
        first, second, beyond, newest, whole = (
            runner.run(datasette.client.get(f"/-/stamps{asked}"))
            for asked in ("?year=2017", "?year=2017&page=2", "?designer=Xu+Lin&page=3", "", "/checklist?year=2017")
        )

    shown = [select(page, ".gallery li a.frame")[0]["href"] for page in (first, second)]
    assert shown == [f"/-/article/{STAMP_NODE}", f"/-/article/{STAMP_NODE + 1}"]
    assert "2 stamps, page 2 of 2" in second.text
    assert [link["href"] for link in select(first, "nav.pager a")] == ["/-/stamps?year=2017&page=2"]
    assert [link["href"] for link in select(beyond, ".note a")] == ["/-/stamps?designer=Xu+Lin&page=2"]
    assert (len(select(newest, ".gallery li")), len(select(newest, "nav.pager"))) == (2, 0)
    assert [link["href"] for link in select(whole, "main a[href^='/-/article/']")] == shown


def test_facts_of_a_stamp_are_links(get: Get) -> None:
    links = {text_of(link): link["href"] for link in select(get(f"/-/article/{STAMP_NODE}"), ".facts a")}

    assert links["2017-30"] == "/-/stamps/checklist?year=2017"
    assert len(select(get(str(links["Beijing Stamp Printing House"])), ".gallery li")) == 1


def serial(text: str | None) -> JsonObject:
    names = ("title", "issued", "denomination", "pieces", "designer", "printer", "page", "url")
    return dict.fromkeys(names) | {"serial": text}


def test_a_checklist_names_the_gaps_in_the_numbering() -> None:
    lines = checklist_of(map(serial, ["2017-10", None, "2017-4", "特11", "2017-5", "2018-1", "2017-99999"]))

    assert [line.gap or (line.stamp or {})["serial"] for line in lines] == [
        ("2017-1", "2017-3"),
        "2017-4",
        "2017-5",
        ("2017-6", "2017-9"),
        "2017-10",
        "2018-1",
        None,
        "特11",
        "2017-99999",
    ]


def test_a_checklist_as_csv_has_a_row_for_each_number(get: Get) -> None:
    sent = get("/-/stamps/checklist.csv?year=2017")

    rows = list(csv.DictReader(io.StringIO(sent.text)))
    assert sent.headers["content-type"].startswith("text/csv")
    assert [row["serial"] for row in rows] == [f"2017-{number}" for number in range(1, 31)]
    assert {row["state"] for row in rows[:-1]} == {"missing"}
    assert (rows[-1]["title"], rows[-1]["state"]) == ("Scroll of Bathing Horses", "held")


def test_no_cell_of_the_checklist_is_a_formula() -> None:
    (line,) = checklist_of([serial("2017-1") | {"title": "=HYPERLINK(1)", "designer": "@a", "pieces": "2+1"}])

    row = next(csv.DictReader(io.StringIO(csv_of([line]))))

    assert (row["title"], row["designer"], row["pieces"]) == ("'=HYPERLINK(1)", "'@a", "2+1")


def test_a_stamp_without_a_page_says_return_to_sender(get: Get) -> None:
    response = get("/-/article/1")

    assert response.status_code == 404
    assert "RETURN TO SENDER" in response.text
    assert ">404<" in response.text


def test_words_that_no_page_holds_together_are_offered_alone(get: Get) -> None:
    page = BeautifulSoup(get("/-/search?q=mail+xyzzy&year=2023").text, "lxml")

    alone = {str(link["href"]) for link in page.select(".hint a") if link.text in ("mail", "xyzzy")}
    assert alone == {"/-/search?q=mail&year=2023", "/-/search?q=xyzzy&year=2023"}


def test_a_query_that_takes_too_long_is_reported_without_its_form(get: Get) -> None:
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"
    response = get(f"/{DATABASE}?{urlencode({'sql': endless})}&_timelimit=20")

    assert response.status_code == 400
    assert "The query took too long. Ask for less" in response.text
    assert "querySelector" not in response.text


def test_a_row_is_a_list_of_its_facts(get: Get) -> None:
    page = BeautifulSoup(get(f"/{DATABASE}/articles/1").text, "lxml")

    assert [row.text for row in page.select("table.facts th")][:3] == ["id", "page", "kind"]


def test_a_selected_facet_is_shown_once(get: Get) -> None:
    page = BeautifulSoup(get(f"/{DATABASE}/articles?_facet=kind").text, "lxml")

    assert len(page.select("#facet-kind")) == 1


@pytest.mark.parametrize("path", ["/-/stamps?year=x", "/-/stamps?year=10000", "/-/stamps/checklist.csv"])
def test_an_impossible_year_is_reported(get: Get, path: str) -> None:
    assert get(path).status_code == 400


def test_stamps_before_a_year_is_chosen_are_the_newest_of_all(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stamps, "NEWEST", 1)

    assert [text_of(title) for title in select(get("/-/stamps"), ".gallery h2")] == ["Scroll of Bathing Horses"]
    assert select(get("/-/stamps?year=none"), ".gallery li") == []


def test_a_table_shows_times_to_be_read_and_gives_them_as_they_are_stored(get: Get) -> None:
    (started,) = select(get(f"/{DATABASE}/runs?_size=1"), "td.col-started time")
    (row,) = get(f"/{DATABASE}/runs.json?_size=1&_shape=array").json()

    stored = str(row["started"])
    assert started["datetime"] == stored
    assert text_of(started) == f"{stored[:10]} {stored[11:].removesuffix('+00:00').rstrip('0')} UTC"


def test_hotlines_are_drawn_with_the_number_that_took_anothers_place(get: Get) -> None:
    lines = {text_of(line): line for line in select(get("/-/numbers"), ".line")}

    (old,) = [line for text, line in lines.items() if "8610 95580" in text]
    (new,) = [line for text, line in lines.items() if "8610 95588" in text]
    start = float(str(new.select("rect.bar")[0]["x"]))
    assert float(str(old.select("rect.bar")[0]["x"])) == 0.0
    assert start > 900.0
    assert start + float(str(new.select("rect.bar")[0]["width"])) <= WIDTH


def test_a_number_seen_once_still_has_a_bar() -> None:
    row: JsonObject = {"first_seen": "2025-01-01T00:00:00+00:00", "last_seen": "2025-01-01T00:00:00+00:00"}

    line = time_line("Hotlines", [row], [row])

    assert [(bar.start, bar.length > 0) for bar in line.bars] == [(0.0, True)]
    assert time_line("Hotlines", [], []).bars == ()
