"""What a changed parser would do to the archive; another parser is played by records that this one would not make."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from archiving import HOME, LIST, OTHER, SEED, SEED_FILE, STAMP, Archivist
from commands import Done, postarchive
from fakesite import FakeSite
from postarchive.collect.compare import Comparison, Fate, Sample, compare, fate_of
from postarchive.errors import UnreadableInput
from postarchive.jsonvalue import Json
from postarchive.models import Capture
from postarchive.pages import Reading, read
from prepared import Prepared

SEED_PAGE = SEED_FILE.read_bytes()
TITLE = "China Post releases action plan for serving rural revitalization"
OF_SEED = f"page = (SELECT page FROM addresses WHERE url = '{SEED}')"  # noqa: S608 - our own words
UNCHANGED, GAINED, LOST, ALTERED = Fate.UNCHANGED, Fate.GAINED, Fate.LOST, Fate.ALTERED


@pytest.fixture
def archivist(tmp_path: Path, site: FakeSite, prepared: Prepared) -> Archivist:
    """Return somebody whose archive holds one page of each kind, and one with two versions."""
    return prepared.bring(fetch_each_kind, site, Archivist(tmp_path / "archive"))


def fetch_each_kind(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(SEED, OTHER, STAMP, LIST, HOME)
    site.edit(SEED, SEED_PAGE.replace(b"17 major tasks", b"18 major tasks"))
    archivist.fetch(SEED)


def sets(archivist: Archivist, path: str, value: Json, *, where: str = f"{OF_SEED} AND number = 1") -> None:
    """Change a field of stored records as if another parser had made them."""
    quoted = json.dumps(value).replace("'", "''")
    archivist.execute(f"UPDATE versions SET record = json_set(record, '$.{path}', json('{quoted}')) WHERE {where}")  # noqa: S608 - our own words


def files(folder: Path) -> dict[str, bytes]:
    """Return the files of the archive, without what SQLite leaves beside a database that was only read."""
    paths = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(("-shm", "-wal"))]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def differing(found: Comparison) -> dict[str, dict[Fate, int]]:
    """Return the counts of the fields that do not all stay as they are."""
    return {name: dict(counts) for name, counts in found.counts.items() if set(counts) != {UNCHANGED}}


# --- what becomes of a field ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "fate"),
    [
        ("a", "a", UNCHANGED),
        (0, 0, UNCHANGED),
        (None, None, None),
        (None, [], None),
        (None, "a", GAINED),
        ([], ["a"], GAINED),
        ("a", None, LOST),
        (["a"], [], LOST),
        ("a", "b", ALTERED),
        (1.2, 1.5, ALTERED),
        (["a", "b", "c"], ["a", "c"], LOST),
        (["a", "c"], ["a", "b", "c"], GAINED),
        (["a", "b", "c"], ["c", "a"], ALTERED),
        (["a", "b"], ["a", "c"], ALTERED),
        (["a", "b"], "a", ALTERED),
    ],
)
def test_fate_of_a_value(old: Json, new: Json, fate: Fate | None) -> None:
    assert fate_of(old, new) is fate


# --- the whole archive ------------------------------------------------------------------------------------------------


def test_same_parser_changes_nothing(archivist: Archivist) -> None:
    found = compare(archivist.folder)

    assert (found.records, found.unread, found.samples, found.is_lossy) == (6, 0, [], False)
    assert found.counts["title"] == {UNCHANGED: 6}
    assert found.counts["stamp.serial"] == {UNCHANGED: 1}


@pytest.mark.parametrize(
    ("path", "stored", "fate", "is_lossy"),
    [
        pytest.param("title", None, GAINED, False, id="gained"),
        pytest.param("subtitle", "Another subtitle", LOST, True, id="lost"),
        pytest.param("title", "Another title", ALTERED, False, id="altered"),
        pytest.param("warnings", ["doubt"], LOST, False, id="a doubt less"),
        pytest.param("leftovers", ["line"], LOST, False, id="nothing left over"),
    ],
)
def test_field_is_counted_with_a_sample(
    archivist: Archivist, path: str, stored: Json, fate: Fate, *, is_lossy: bool
) -> None:
    read = archivist.record(version=1)[path]
    sets(archivist, path, stored)

    found = compare(archivist.folder)

    assert differing(found)[path][fate] == 1
    assert found.samples == [Sample(path, fate, SEED, stored, read)]
    assert found.is_lossy is is_lossy


def test_paragraph_that_goes_is_a_loss(archivist: Archivist) -> None:
    paragraphs = archivist.record(version=1)["paragraphs"]
    assert isinstance(paragraphs, list)
    sets(archivist, "paragraphs", [*paragraphs, "One that only the old parser saw."])

    assert compare(archivist.folder).is_lossy


def test_field_of_a_stamp_is_a_field(archivist: Archivist) -> None:
    sets(archivist, "stamp.denomination", 8.5, where="json_extract(record, '$.kind') = 'stamp'")

    (sample,) = compare(archivist.folder).samples

    assert (sample.field, sample.old, sample.url) == ("stamp.denomination", 8.5, STAMP)


def test_rows_of_a_list_are_compared_as_they_were_seen_last(site: FakeSite, archivist: Archivist) -> None:
    page = (SEED_FILE.parents[2] / "category/1408/4050-1.htm").read_bytes()
    site.edit(LIST, page.replace(b"8456-1.htm", b"8457-1.htm"))
    archivist.fetch(LIST)

    assert compare(archivist.folder).samples == []


def test_a_few_samples_represent_many(archivist: Archivist) -> None:
    sets(archivist, "title", "x", where="TRUE")

    found = compare(archivist.folder)

    assert found.counts["title"] == {ALTERED: 6}
    assert len(found.samples) == 3


def test_page_that_would_not_be_read_is_lost_whole(archivist: Archivist, monkeypatch: pytest.MonkeyPatch) -> None:
    reads_with(monkeypatch, refuse)

    found = compare(archivist.folder)

    assert (found.records, found.unread, found.is_lossy) == (6, 6, True)
    assert found.counts["title"] == {LOST: 6}


def reads_with(monkeypatch: pytest.MonkeyPatch, read: Callable[[Capture], object]) -> None:
    """Have all pages read with another parser, whether ahead of the fold or in it."""
    monkeypatch.setattr("postarchive.ahead.prepared.read", read)
    monkeypatch.setattr("postarchive.collect.fold.read", read)


def refuse(_: object) -> None:
    raise UnreadableInput("", "a parser that reads nothing")


def test_version_that_would_not_be_read_is_lost(archivist: Archivist, monkeypatch: pytest.MonkeyPatch) -> None:
    reads_with(monkeypatch, refuse_eighteen)

    found = compare(archivist.folder)

    assert (found.records, found.unread) == (6, 1)
    assert found.counts["title"] == {UNCHANGED: 5, LOST: 1}


def refuse_eighteen(capture: Capture) -> Reading:
    if b"18 major tasks" in capture.body:
        raise UnreadableInput("", "a parser that reads no such page")
    return read(capture)


def test_page_that_only_the_new_parser_reads_is_gained(archivist: Archivist) -> None:
    archivist.execute(
        f"DELETE FROM changes WHERE {OF_SEED}",  # noqa: S608 - our own words
        "UPDATE addresses SET version = NULL",
        f"DELETE FROM versions WHERE {OF_SEED}",  # noqa: S608 - likewise
    )

    found = compare(archivist.folder)

    assert found.counts["title"] == {UNCHANGED: 4, GAINED: 2}
    assert not found.is_lossy


def test_versions_that_the_new_parser_joins_or_splits_are_compared(archivist: Archivist) -> None:
    archivist.execute("UPDATE addresses SET version = NULL", f"DELETE FROM versions WHERE {OF_SEED} AND number = 2")  # noqa: S608 - our own words

    found = compare(archivist.folder)

    assert found.records == 6
    assert [(sample.field, sample.fate) for sample in found.samples] == [("paragraphs", ALTERED)]


def test_version_is_not_compared_with_a_later_one(archivist: Archivist) -> None:
    archivist.execute("UPDATE addresses SET version = NULL", f"DELETE FROM versions WHERE {OF_SEED} AND number = 1")  # noqa: S608 - our own words

    found = compare(archivist.folder)

    assert found.counts["title"] == {UNCHANGED: 5, GAINED: 1}


def test_nothing_is_written(archivist: Archivist) -> None:
    sets(archivist, "title", "x", where="TRUE")
    before = files(archivist.folder)

    compare(archivist.folder)

    assert files(archivist.folder) == before


def test_evidence_that_cannot_be_read_is_not_a_response(archivist: Archivist) -> None:
    file = archivist.files[0]
    file.write_bytes(file.read_bytes()[:-100].replace(b"\x1f\x8b", b"\x00\x00", 2))

    found = compare(archivist.folder)

    assert [detail for detail in found.damages if str(file.name) in detail]
    assert program("--archive", archivist.folder).returncode == 65


# --- the command ------------------------------------------------------------------------------------------------------


def program(*arguments: str | Path) -> Done:
    return postarchive("rebuild", "--compare", *arguments, NO_COLOR="1")


def test_command_prints_a_table_and_exits_by_what_is_lost(archivist: Archivist) -> None:
    sets(archivist, "subtitle", "Another subtitle")
    sets(archivist, "title", TITLE.replace("plan", "plans"))

    done = program("--archive", archivist.folder)

    lines = [line.split() for line in done.stdout.splitlines()]
    assert done.returncode == 4
    assert lines[0] == ["field", "unchanged", "gained", "lost", "altered"]
    assert ["subtitle", "0", "0", "1", "0"] in lines
    assert ["title", "5", "0", "0", "1"] in lines
    assert "Another subtitle" in done.stdout
    assert "…" not in done.stdout.splitlines()[0]
    assert done.stderr == "6 records compared; nothing was written.\n"


def test_command_prints_json(archivist: Archivist) -> None:
    sets(archivist, "title", None)

    done = program("--archive", archivist.folder, "--format", "json")

    document = json.loads(done.stdout)
    assert (done.returncode, document["exit_code"], document["records"]) == (0, 0, 6)
    assert document["fields"]["title"] == {"unchanged": 5, "gained": 1, "lost": 0, "altered": 0}
    assert document["samples"] == [{"field": "title", "fate": "gained", "url": SEED, "old": None, "new": TITLE}]


def test_command_without_a_database_says_so(tmp_path: Path) -> None:
    done = program("--archive", tmp_path)

    assert (done.returncode, done.stdout) == (65, "")
