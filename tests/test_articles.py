"""An article of three sheets is one: one history, versions of all its sheets, each paragraph with its evidence."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from archiving import Archivist
from commands import postarchive
from fakesite import FakeSite
from living import DAY_SECONDS, NODE, SHEETS, live, sheet_page
from postarchive.record.articles import article_states, whole_record
from postarchive.record.values import Article
from postarchive.store.changes import Changes
from postarchive.store.find import Finder, Search
from postarchive.store.read import Reader
from postarchive.warc import read_block
from prepared import Prepared
from serving import datasette_over


@pytest.fixture
def lived(site: FakeSite, archivist: Archivist, prepared: Prepared) -> Archivist:
    return prepared.bring(live, site, archivist)


def paragraphs(archivist: Archivist, number: int | None = None) -> list[str]:
    with Reader(archivist.folder) as reader:
        return [text for text, _ in reader.article(reader.find_page(NODE), number).paragraphs()]


def text(sheet: int, word: str) -> str:
    return f"Part {sheet} tells of the {word} at length."


def test_a_version_is_what_a_reader_saw_then(lived: Archivist) -> None:
    assert paragraphs(lived, 1) == [text(1, "lighthouse"), text(2, "skipper")]
    assert paragraphs(lived, 2) == [text(1, "lighthouse"), text(2, "captain")]
    assert paragraphs(lived, 3) == [text(1, "beacon"), text(2, "captain"), text(3, "harbour")]
    assert paragraphs(lived) == paragraphs(lived, 4) == [text(1, "beacon"), text(2, "captain"), text(3, "pier")]


def test_a_version_says_which_sheet_was_not_captured_then(lived: Archivist) -> None:
    shown = postarchive("show", NODE, "--version", "1", "-a", str(lived.folder)).stdout

    assert "Sheet 3 was not captured yet" in shown
    assert "captain" not in shown


def test_every_paragraph_is_in_its_own_evidence(lived: Archivist) -> None:
    with Reader(lived.folder) as reader:
        page = reader.find_page(NODE)
        for number in (1, 2, 3, 4):
            for shown, sheet in reader.article(page, number).paragraphs():
                assert shown.encode() in read_block(lived.folder, sheet.evidence)


def test_history_and_diff_cover_all_sheets(lived: Archivist) -> None:
    with Reader(lived.folder) as reader:
        page = reader.find_page(NODE)
        events = [(row["sheet"], row["change"], row["version"]) for row in reader.history(page)]
        own = [(row["change"], row["version"]) for row in reader.history(page, sheet=2)]

    assert events == [
        *((1, "new", 1), (2, "new", 1), (2, "edit", 2), (1, "edit", 3), (3, "new", 3)),
        *((3, "gone", 3), (3, "back", 3), (2, "gone", 3), (2, "back", 3), (1, "gone", 3), (1, "back", 3)),
        (3, "edit", 4),
    ]
    assert own == [("new", 1), ("edit", 2), ("gone", 2), ("back", 2)]
    shown = postarchive("diff", NODE, "--from", "1", "--to", "2", "-a", str(lived.folder)).stdout
    assert "[-skipper-]" in shown
    assert "{+captain+}" in shown


def test_a_sheet_can_be_shown_alone(lived: Archivist) -> None:
    narrowed = [("show", NODE, "--sheet", "2"), ("show", f"{NODE}-2"), ("show", SHEETS[2])]

    for command in narrowed:
        shown = json.loads(postarchive(*command, "-f", "json", "-a", str(lived.folder)).stdout)
        assert (shown["sheet"], shown["paragraphs"], shown["version"]) == (2, [text(2, "captain")], 2)


@pytest.mark.parametrize("word", ["beacon", "captain", "pier"])
@pytest.mark.parametrize("kinds", [(), ("news",)])
def test_the_words_of_every_sheet_find_the_one_article(lived: Archivist, word: str, kinds: tuple[str, ...]) -> None:
    with Finder(lived.folder) as finder:
        (found,) = finder.search(Search(word, kinds=kinds, is_changed=True))
        count = finder.count_found(Search(word, kinds=kinds))

    assert (found["node"], found["sheet"], count) == (int(NODE), 1, 1)
    assert found["paragraphs"] == [text(1, "beacon"), text(2, "captain"), text(3, "pier")]


@pytest.mark.parametrize("word", ["skipper", "lighthouse", "harbour"])
def test_words_of_earlier_versions_find_nothing(lived: Archivist, word: str) -> None:
    with Finder(lived.folder) as finder:
        assert not list(finder.search(Search(word)))


def test_the_feed_has_the_article_once_and_its_edits(lived: Archivist) -> None:
    with Changes(lived.folder) as changes:
        events = [(event.key.rpartition("-")[2], event.name) for event in changes.events(("news",))]

    assert [event for event in events if event[1] == "new"] == [("1", "new")]
    assert [event for event in events if event[1] == "edit"] == [("3", "edit"), ("1", "edit"), ("2", "edit")]


def test_rebuilt_rows_are_the_same(lived: Archivist) -> None:
    assert lived.rebuilt_differences() == []


def test_an_article_whose_second_sheet_came_first_is_still_one(site: FakeSite, archivist: Archivist) -> None:
    site.edit(SHEETS[2], sheet_page(2, "skipper"))
    archivist.fetch(SHEETS[2])
    site.edit(SHEETS[1], sheet_page(1, "lighthouse"))
    archivist.clock.sleep(DAY_SECONDS)
    archivist.fetch(SHEETS[1])

    with Finder(archivist.folder) as finder:
        (found,) = finder.search(Search("skipper"))
    assert (found["sheet"], found["paragraphs"]) == (1, [text(1, "lighthouse"), text(2, "skipper")])
    assert archivist.rebuilt_differences() == []


def test_edits_of_one_visit_are_one_version(site: FakeSite, lived: Archivist) -> None:
    for sheet in (1, 2, 3):
        site.edit(SHEETS[sheet], sheet_page(sheet, f"gale {sheet}"))
    lived.clock.sleep(DAY_SECONDS)
    lived.fetch(*SHEETS.values())

    with Reader(lived.folder) as reader:
        latest = reader.article(reader.find_page(NODE))
    assert (latest.number, latest.changed) == (5, (1, 2, 3))


def test_a_sheet_beyond_the_end_adds_nothing() -> None:
    first, last = (Article(kind="news", url=None, node=1, paragraphs=(text,)) for text in "ab")

    assert whole_record([first, last, replace(last), replace(last)]).paragraphs == ("a", "b")


def test_an_article_without_a_sheet_has_no_state() -> None:
    assert article_states(()) == ()


def test_a_sheet_that_is_not_there_is_reported(lived: Archivist, tmp_path: Path) -> None:
    found = postarchive("show", NODE, "--sheet", "9", "-a", str(lived.folder))

    assert (found.returncode, found.stdout) == (65, "")
    assert "sheet 9" in found.stderr
    assert not list(tmp_path.glob("*.db"))


def test_the_web_shows_the_versions_that_the_terminal_shows(lived: Archivist) -> None:
    with asyncio.Runner() as runner, datasette_over(lived.folder) as datasette:
        first = runner.run(datasette.client.get(f"/-/article/{NODE}?version=1")).text
        latest = runner.run(datasette.client.get(f"/-/article/{NODE}")).text
        changed = runner.run(datasette.client.get(f"/-/article/{NODE}?from=1&to=2")).text

    assert [text(1, "lighthouse") in first, text(2, "skipper") in first, "captain" in first] == [True, True, False]
    assert "Sheet 3 had not been captured yet" in first
    assert all(text(*part) in latest for part in ((1, "beacon"), (2, "captain"), (3, "pier")))
    assert all(f"Digest of sheet {sheet}" in latest for sheet in (1, 2, 3))
    assert "<del>skipper</del><ins>captain</ins>" in changed
