"""The rows that are handed out: complete, in a fixed order, of one moment, and never all in memory."""

import shutil
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import pytest

from archiving import OTHER, SEED, SEED_NODE, STAMP, Archivist, playing_site
from collecting import EDITED_PAGE
from exporting import CHINESE, NO_SUCH_PAGE, SECOND_SHEET, copy_of
from postarchive.errors import UnreadableInput
from postarchive.export.columns import ARTICLES, MEDIA, TABLES
from postarchive.export.flat import flat
from postarchive.export.runs import SEALS
from postarchive.jsonvalue import Json
from postarchive.record.versions import version_json
from postarchive.store.tables import VERSIONS, Selection, Tables

Rows = Iterable[dict[str, Json]]
ROWS: dict[str, Callable[[Tables], Rows]] = {
    "articles": lambda tables: (flat(version, ARTICLES) for version in tables.articles()),
    "pages": lambda tables: map(flat, tables.records()),
    "versions": Tables.versions,
    "changes": Tables.changes,
    "numbers": Tables.numbers,
    "addresses": Tables.addresses,
    "captures": Tables.captures,
    "runs": Tables.runs,
    "problems": Tables.problems,
}
# Rows of media are made while the files are written; those of seals need an authority: tests/test_seal.py.
OF_THE_DATABASE = [name for name in TABLES if name not in {MEDIA.name, SEALS.name}]


@pytest.fixture
def made(whole_site: Archivist) -> Archivist:
    return whole_site


def all_of(archivist: Archivist, name: str) -> list[dict[str, Json]]:
    with Tables(archivist.folder) as tables:
        return list(ROWS[name](tables))


def records(archivist: Archivist, wanted: Selection | None = None) -> list[dict[str, Json]]:
    with Tables(archivist.folder) as tables:
        return [version_json(version) for version in tables.records(wanted)]


@pytest.mark.parametrize("name", OF_THE_DATABASE)
def test_rows_have_the_columns_of_their_table(name: str, made: Archivist) -> None:
    names = {column.name for column in TABLES[name].columns}

    rows = all_of(made, name)

    assert rows
    assert all(set(row) == names for row in rows)


@pytest.mark.parametrize("name", OF_THE_DATABASE)
def test_what_is_required_is_there_and_keys_are_unique(name: str, made: Archivist) -> None:
    table = TABLES[name]
    required = [column.name for column in table.columns if column.is_required]

    rows = all_of(made, name)

    assert [row for row in rows if any(row[column] is None for column in required)] == []
    assert len({tuple(str(row[column]) for column in table.key) for row in rows}) == len(rows)


@pytest.mark.parametrize("name", OF_THE_DATABASE)
def test_references_lead_to_a_row(name: str, made: Archivist) -> None:
    rows = all_of(made, name)

    for reference in TABLES[name].references:
        there = {tuple(str(row[column]) for column in reference.names) for row in all_of(made, reference.table)}
        said = {
            tuple(str(row[column]) for column in reference.columns)
            for row in rows
            if row[reference.columns[0]] is not None
        }
        assert said <= there


@pytest.mark.parametrize("name", ["captures", "changes", "numbers", "addresses", "runs", "problems", "versions"])
def test_no_row_is_left_out(name: str, made: Archivist) -> None:
    ((count,),) = made.rows(f"SELECT count(*) FROM {name}")  # noqa: S608 - our own words

    assert len(all_of(made, name)) == count


def test_every_page_is_there_once_in_its_latest_version(made: Archivist) -> None:
    found = records(made)

    assert [(len(found),)] == made.rows("SELECT count(*) FROM pages")
    (seed,) = [record for record in found if record["node"] == SEED_NODE]
    assert seed["version"] == 2
    assert "18 major tasks" in str(seed["paragraphs"])


def test_all_records_have_the_older_versions_too(made: Archivist) -> None:
    with Tables(made.folder) as tables:
        versions = [version for version in tables.all_records() if version.record.node == SEED_NODE]

    assert [version.number for version in versions] == [1, 2]
    assert "17 major tasks" in str(versions[0].record.paragraphs)


def test_order_is_by_site_and_number(made: Archivist) -> None:
    made_of = [(str(row["site"]), row["node"] or 0, row["sheet"], str(row["key"])) for row in records(made)]

    assert made_of == sorted(made_of, key=lambda row: (row[0], int(str(row[1])), int(str(row[2])), row[3]))
    assert {site for site, *_ in made_of} == {"english", "www"}
    assert any(sheet == 2 for _, _, sheet, _ in made_of)


def test_order_does_not_depend_on_when_a_page_was_found(made: Archivist, tmp_path: Path) -> None:
    other = Archivist(tmp_path / "other")
    with pytest.MonkeyPatch.context() as patch, playing_site(patch):
        other.fetch(STAMP, SECOND_SHEET, CHINESE, SEED)
    wanted = {row["url"] for row in records(other)}

    assert [row["url"] for row in records(made) if row["url"] in wanted] == [row["url"] for row in records(other)]


def test_a_page_that_is_gone_says_since_when(made: Archivist) -> None:
    gone = {record["url"]: record["gone"] for record in records(made) if record["gone"]}

    assert list(gone) == [OTHER]


def test_a_failure_is_reported(made: Archivist) -> None:
    assert [row["url"] for row in all_of(made, "problems")] == [NO_SUCH_PAGE]


@pytest.mark.parametrize(
    ("wanted", "urls"),
    [
        (Selection(kinds=("stamp",), since="2026-05-07"), [STAMP]),
        (Selection(kinds=("folder",), since="2026-05-07"), []),
        (Selection(pages=[]), []),
        (Selection(since="2030-01-01"), []),
    ],
    ids=["kind and since", "nothing of that", "no page", "nothing since"],
)
def test_pages_can_be_chosen(wanted: Selection, urls: list[str], made: Archivist) -> None:
    assert [record["url"] for record in records(made, wanted)] == urls


def test_rows_are_of_one_moment_while_a_run_writes(made: Archivist, tmp_path: Path) -> None:
    archivist = copy_of(made, tmp_path / "archive")
    with Tables(archivist.folder) as tables:
        before = list(tables.captures())
        with pytest.MonkeyPatch.context() as patch, playing_site(patch) as site:
            site.edit(STAMP, EDITED_PAGE)
            archivist.fetch(STAMP)

        assert list(tables.captures()) == before
        assert dict(tables.files()).keys() < set(
            map(str, (path.relative_to(archivist.folder) for path in archivist.files))
        )
    assert len(all_of(archivist, "captures")) > len(before)


def test_no_statement_sorts_whole_records(made: Archivist) -> None:
    """SQLite would keep all that it sorts; pages of one node are few."""
    values = {"site": "english", "latest": 1, "pages": None, "kinds": "[]", "since": None}
    with closing(sqlite3.connect(made.database)) as connection:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {VERSIONS}", values)]

    assert plan[0] == "SCAN pages USING INDEX pages_by_node"
    assert plan[-1].startswith("USE TEMP B-TREE FOR ")
    assert plan[-1] != "USE TEMP B-TREE FOR ORDER BY"  # only for its right part, or its last terms


def test_a_damaged_database_is_reported_in_one_line(made: Archivist, tmp_path: Path) -> None:
    archivist = Archivist(tmp_path / "archive")
    shutil.copytree(made.folder, archivist.folder)
    archivist.execute("UPDATE versions SET record = '{' WHERE id = 1")

    with pytest.raises(UnreadableInput, match="postarchive rebuild"):
        records(archivist)
