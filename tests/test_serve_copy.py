"""The copy that readers get: what is in it, that it is of one moment, and that nothing of it stays."""

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from archiving import HOST, SEED, SEED_NODE, Archivist
from postarchive.errors import ArchiveUnwritable, Interrupted, UnreadableInput
from postarchive.jsonvalue import Json
from postarchive.record.values import Stamp, from_json
from postarchive.search import indexed
from postarchive.serve import copy as copying
from postarchive.serve.copy import UNKEPT, reading_copy
from postarchive.serve.tables import TABLES
from postarchive.store.extract import Extract
from serving import copied


@pytest.fixture(scope="module")
def archive(archive_of_all: Archivist) -> Archivist:
    return archive_of_all


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture(scope="module")
def copy(archive: Archivist) -> Iterator[sqlite3.Connection]:
    with reading_copy(archive.folder) as path, closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        yield connection


def one(copy: sqlite3.Connection, sql: str) -> dict[str, Json]:
    (row,) = copy.execute(sql).fetchall()
    return dict(row)


def test_an_article_is_its_latest_record_in_columns(archive: Archivist, copy: sqlite3.Connection) -> None:
    record = archive.record(SEED)

    row = one(copy, "SELECT * FROM articles WHERE page = '23048456'")

    for name in ("kind", "title", "subtitle", "date", "source", "editor", "created", "node", "url"):
        assert row[name] == record[name]
    assert row["text"] == "\n\n".join(str(text) for text in record["paragraphs"] or [])  # type: ignore[union-attr]
    assert (row["year"], row["versions"], row["sheets"], row["gone"], row["edited"]) == (2023, 1, 1, None, None)


@pytest.mark.parametrize(
    ("serial", "issued", "year"),
    [
        ("2018-1", "2017-12-30", 2018),
        (None, "2012-03-14", 2012),
        ("特11", "2012-03-14", 2012),
        (None, None, None),
    ],
)
def test_a_stamp_is_of_the_year_of_its_serial_number(serial: str | None, issued: str | None, year: int | None) -> None:
    (row,) = copying._stamps(Stamp(kind="stamp", url=None, node=1, serial=serial, issued=issued))  # noqa: SLF001

    assert row["year"] == year


def test_an_edited_page_says_how_often_and_when(copy: sqlite3.Connection) -> None:
    row = one(copy, "SELECT * FROM articles WHERE page = '230412345'")

    assert row["versions"] == 2
    assert str(row["edited"]) > str(row["first_seen"])
    assert "4000 parcels" in str(row["text"])


def test_a_gone_page_says_since_when(copy: sqlite3.Connection) -> None:
    assert one(copy, "SELECT page FROM articles WHERE gone LIKE '2026-05-06T%'") == {"page": "220613122"}


def test_pictures_of_earlier_versions_stay_and_say_so(archive: Archivist, tmp_path: Path) -> None:
    page, first, second = (f"http://{HOST}/res/{name}.png" for name in "abc")
    images = {1: [first, second], 2: [page, second]}
    changed = [
        f"UPDATE versions SET record = json_set(record, '$.images', json("  # noqa: S608
        f"'{json.dumps([{'url': url, 'caption': f'of {number}'} for url in urls])}')) "
        f"WHERE number = {number} AND page IN (SELECT id FROM pages WHERE node = 230412345)"
        for number, urls in images.items()
    ]
    changed.append(f"UPDATE captures SET url = '{second}' WHERE id = (SELECT max(id) FROM captures WHERE status = 200)")  # noqa: S608

    with reading_copy(copied(archive, tmp_path / "archive", *changed)) as path, closing(sqlite3.connect(path)) as link:
        rows = link.execute("SELECT url, caption, latest, held FROM pictures WHERE url LIKE '%/res/_.png' ORDER BY id")

        assert rows.fetchall() == [(page, "of 2", 1, 0), (second, "of 2", 1, 1), (first, "of 1", 0, 0)]


def test_an_article_in_parts_is_one_row_with_the_versions_of_all_its_sheets(copy: sqlite3.Connection) -> None:
    row = one(copy, "SELECT * FROM articles WHERE node = 22033375")
    sheets = copy.execute("SELECT sheet FROM versions WHERE article = ? ORDER BY sheet", (row["id"],)).fetchall()

    assert (row["sheets"], row["versions"]) == (2, 2)
    assert [sheet["sheet"] for sheet in sheets] == [1, 2]


def test_a_stamp_has_its_facts_in_typed_columns(copy: sqlite3.Connection) -> None:
    row = one(copy, "SELECT stamps.*, page FROM stamps JOIN articles ON articles.id = article")

    assert (row["serial"], row["year"], row["issued"]) == ("2017-30", 2017, "2017-10-18")
    assert (row["denomination"], row["pieces"], row["printing"]) == (6.0, "2+1", "offset intaglio")
    facts = dict(copy.execute("SELECT label, value FROM facts ORDER BY place").fetchall())
    assert facts["Value in Set"] == "2+1"
    assert facts["Denomination"] == "6.0 yuan"


def test_every_version_keeps_its_record_and_its_evidence(archive: Archivist, copy: sqlite3.Connection) -> None:
    stored = archive.rows(
        "SELECT versions.id, record, file, offset, stored_bytes, record_id, payload_digest FROM versions "
        "JOIN captures ON captures.id = first_capture ORDER BY versions.id"
    )

    copied = copy.execute(
        "SELECT id, record, evidence_file, evidence_offset, evidence_bytes, record_id, digest FROM versions ORDER BY id"
    ).fetchall()

    assert len(copied) == 12
    for mine, theirs in zip(copied, stored, strict=True):
        assert json.loads(mine["record"]) == json.loads(str(theirs[1]))
        assert (mine["id"], *mine[2:]) == (theirs[0], *theirs[2:])


def test_hotlines_registrations_and_runs_are_there(copy: sqlite3.Connection) -> None:
    hotline = one(copy, "SELECT dial, state, host FROM hotlines WHERE label = 'Postal Savings'")
    assert hotline == {"dial": "+861095580", "state": "current", "host": HOST}
    kinds = {row["kind"] for row in copy.execute("SELECT kind FROM registrations")}
    assert kinds == {"ICP", "PSB"}
    runs = copy.execute("SELECT new, changed, gone FROM runs ORDER BY run").fetchall()
    assert [tuple(row) for row in runs] == [(11, None, None), (None, 1, None), (None, None, 1)]


def test_it_is_searched_by_the_same_words_as_the_archive(archive: Archivist, copy: sqlite3.Connection) -> None:
    title, body = indexed(from_json(archive.record(SEED)))
    terms = [f'"{word}"' for word in (*title.split()[:3], *body.replace('"', "").split()[:3]) if word.isalpha()]

    found = copy.execute(
        "SELECT page FROM articles_fts JOIN articles ON articles.id = articles_fts.rowid WHERE articles_fts MATCH ?",
        (" AND ".join(terms),),
    ).fetchall()

    assert len(terms) > 3
    assert str(SEED_NODE) in [row["page"] for row in found]


def test_no_reference_leads_nowhere(copy: sqlite3.Connection) -> None:
    assert copy.execute("PRAGMA foreign_key_check").fetchall() == []
    assert copy.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_one_node_on_two_sites_has_two_names(tmp_path: Path, archive: Archivist) -> None:
    other = copied(
        archive,
        tmp_path / "archive",
        "UPDATE pages SET node = 23048456 WHERE node = 26091176",  # of the Chinese site
        "UPDATE pages SET node = NULL WHERE node = 22119595",
    )

    with reading_copy(other) as path, closing(sqlite3.connect(path)) as connection:
        names = {row[0] for row in connection.execute("SELECT page FROM articles")}

    assert {"23048456@english", "23048456@www"} <= names
    assert any(name.startswith("page-") for name in names)


def test_the_copy_is_of_one_moment(tmp_path: Path, archive: Archivist) -> None:
    other = copied(archive, tmp_path / "archive")
    with closing(sqlite3.connect(other / "postarchive.db")) as to:
        to.execute("PRAGMA journal_mode = WAL")
        with Extract(other) as extract:
            to.execute("DELETE FROM changes")
            to.commit()
            seen = len(list(extract.changes()))

    assert seen == 13


def test_nothing_of_it_stays(archive: Archivist, temporary: Path) -> None:
    with reading_copy(archive.folder) as path:
        assert path.is_relative_to(temporary)
        assert path.stat().st_size > 0

    assert list(temporary.iterdir()) == []


def test_it_can_be_stopped_while_it_is_made(archive: Archivist, temporary: Path) -> None:
    asked = count()

    with pytest.raises(Interrupted), reading_copy(archive.folder, is_stopped=lambda: next(asked) > 3):
        pass

    assert list(temporary.iterdir()) == []


def test_the_pages_done_are_reported(archive: Archivist) -> None:
    told: list[tuple[int, int]] = []

    with reading_copy(archive.folder, report=lambda done, total: told.append((done, total))):
        pass

    assert told[-1] == (11, 11)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_full_disk_is_reported(archive: Archivist, monkeypatch: pytest.MonkeyPatch) -> None:
    small = "PRAGMA max_page_count = 8"
    monkeypatch.setattr("postarchive.serve.copy.UNKEPT", (small, *UNKEPT))

    with pytest.raises(ArchiveUnwritable, match="full; free some space"), reading_copy(archive.folder):
        pass


def test_missing_archive_is_reported(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="no archive here"), reading_copy(tmp_path):
        pass


def test_a_damaged_record_is_reported(tmp_path: Path, archive: Archivist) -> None:
    other = copied(archive, tmp_path / "archive", "UPDATE versions SET record = '{' WHERE id = 5")

    with pytest.raises(UnreadableInput, match="the database is damaged"), reading_copy(other):
        pass


def test_every_table_is_sorted_by_one_of_its_columns() -> None:
    for table in TABLES.values():
        names = [column.name for column in table.columns]
        assert {table.newest, *table.facets} <= set(names)
        assert len(names) == len(set(names))
