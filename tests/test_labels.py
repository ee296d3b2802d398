"""Every known wording of a stamp's label means the same to the parser, to `export`, to `query` and to `serve`."""

import csv
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import zip_longest

import pytest

import cms
from archiving import HOME, Archivist, playing_site
from cms_frame import STAMP, Node
from exporting import export
from postarchive.models import Address
from postarchive.record.labels import (
    COLUMNS,
    LONGEST_LABEL,
    ONE_IN_A_FINGERPRINT,
    WORDINGS,
    Meaning,
    meaning_of,
    typed_facts,
)
from postarchive.record.revisions import fingerprint
from postarchive.record.values import Stamp
from postarchive.serve.copy import reading_copy
from postarchive.store.find import Finder, Search
from postarchive.urls import static_url

ALL = [(meaning, wording) for meaning, wordings in WORDINGS.items() for wording in wordings]
IN_TABLES = [(meaning, wording) for meaning, wording in ALL if meaning in COLUMNS]
# As many stamps as the meaning of most wordings has, the first with the first wording of each meaning, and so on.
STAMPS = [[wording for wording in row if wording] for row in zip_longest(*WORDINGS.values())]
FIRST_NODE = 171160001


def value_of(wording: str) -> str:
    return f"what {wording} says"


def url_of(place: int) -> str:
    return static_url(Address("english.chinapost.com.cn", "stamp", FIRST_NODE + place))


def page_of(place: int) -> bytes:
    rows = "".join(f"<tr><td>{wording}:</td><td>{value_of(wording)}</td></tr>" for wording in STAMPS[place])
    content = f'<div class="con"><table><tbody>{rows}</tbody></table></div>'
    return cms.page(Node(id=FIRST_NODE + place, title="", type=STAMP), content).encode()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archivist:
    archivist = Archivist(tmp_path_factory.mktemp("labels") / "archive")
    with pytest.MonkeyPatch.context() as patch, playing_site(patch) as site:
        for place in range(len(STAMPS)):
            site.edit(url_of(place), page_of(place))
        archivist.fetch(*map(url_of, range(len(STAMPS))))
    return archivist


@pytest.fixture(scope="module")
def exported(archive: Archivist) -> dict[str, dict[str, str]]:
    rows = csv.DictReader(export(archive, "csv").stdout.splitlines())
    return {row["url"]: row for row in rows}


@pytest.fixture(scope="module")
def served(archive: Archivist) -> Iterator[sqlite3.Connection]:
    with reading_copy(archive.folder) as path, closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        yield connection


def place_of(wording: str) -> int:
    return next(place for place, wordings in enumerate(STAMPS) if wording in wordings)


@pytest.mark.parametrize(("meaning", "wording"), ALL)
def test_each_known_wording_has_its_meaning_in_any_case(meaning: Meaning, wording: str) -> None:
    assert {meaning_of(wording), meaning_of(wording.lower()), meaning_of(wording.upper())} == {meaning}


@pytest.mark.parametrize(("meaning", "wording"), IN_TABLES)
def test_each_known_wording_fills_its_column_in_export_and_in_serve(
    meaning: Meaning, wording: str, exported: dict[str, dict[str, str]], served: sqlite3.Connection
) -> None:
    url = url_of(place_of(wording))
    row = served.execute(
        "SELECT stamps.* FROM stamps JOIN articles ON articles.id = article WHERE url = ?", (url,)
    ).fetchone()

    assert exported[url][meaning] == row[meaning] == value_of(wording)


@pytest.mark.parametrize("wording", WORDINGS[Meaning.DESIGNER])
def test_query_finds_the_designer_under_each_wording(wording: str, archive: Archivist) -> None:
    with Finder(archive.folder) as finder:
        found = [row["url"] for row in finder.search(Search(designer=value_of(wording)))]

    assert url_of(place_of(wording)) in found


def test_query_takes_no_other_fact_for_the_designer(archive: Archivist) -> None:
    with Finder(archive.folder) as finder:
        assert list(finder.search(Search(designer=value_of("Printer")))) == []


@pytest.mark.parametrize(
    ("label", "meaning"),
    [
        ("Serial No.", Meaning.SERIAL),
        ("Face Value", Meaning.DENOMINATION),
        ("面 值", Meaning.DENOMINATION),
        ("版 别", Meaning.PRINTING),
        ("Designer(s)", Meaning.DESIGNER),
        ("Colour", None),
        ("Serial" + "l" * LONGEST_LABEL, None),
    ],
)
def test_unknown_wording_means_what_a_word_in_it_says(label: str, meaning: Meaning | None) -> None:
    assert meaning_of(label) is meaning


def test_first_fact_that_says_something_counts() -> None:
    facts = [("Designer", None), ("Designers", "A"), ("设计者", "B")]

    assert typed_facts(facts) == {Meaning.DESIGNER: "A"}


def test_wording_of_a_label_makes_no_version_where_it_never_did() -> None:
    def of(label: str) -> str:
        return fingerprint(Stamp(kind="stamp", url=HOME, node=1, facts=((label, "4"),)))

    assert of("Value in Set") == of("Piece in Set") == of("pieces in set")
    assert of("Designer") != of("Designers")  # so it was, and a fingerprint stays
    assert len(ONE_IN_A_FINGERPRINT) == 5


def test_old_fingerprint_of_a_stamp_stays() -> None:
    page = Stamp(
        kind="stamp", url=HOME, node=1, title="Fruits", facts=(("Value in Set", "4"), ("Printing Method", "x"))
    )

    assert fingerprint(page) == "5c8cec2665321e116e9275da15cad041"
