"""Damage in the evidence costs only what is damaged: the archive continues without it, and says where it is."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from archiving import OTHER, SEED, STAMP, Archivist, differences
from collecting import CHANGED, EDITED_PAGE, NEW, UNCHANGED
from commands import Run
from damages import flip, members, place_of
from foreignwarc import Foreign, plain, put
from postarchive.collect import fetch_urls, rebuild
from postarchive.collect.imports import ImportOptions, import_paths
from postarchive.errors import DamagedRecord
from postarchive.models import FetchResult, Outcome

pytestmark = pytest.mark.usefixtures("site")


def damage_record_of(archivist: Archivist, url: str) -> None:
    """Flip a bit of the record that stores a URL's first response."""
    offset, length = place_of(archivist, url)
    flip(archivist.files[0], offset + length // 2)


def problems(archivist: Archivist, kind: str) -> list[str]:
    return [str(detail) for (detail,) in archivist.rows(f"SELECT detail FROM problems WHERE kind = '{kind}'")]  # noqa: S608


def urls_of(archivist: Archivist) -> set[object]:
    return {url for (url,) in archivist.rows("SELECT url FROM captures")}


def test_damaged_record_costs_only_itself_without_a_database(archivist: Archivist) -> None:
    archivist.fetch(SEED, OTHER, STAMP)
    damage_record_of(archivist, OTHER)
    offset, length = place_of(archivist, OTHER)
    wanted = urls_of(archivist) - {OTHER}
    archivist.database.unlink()

    made = rebuild(archivist.folder)

    assert urls_of(archivist) == wanted
    (problem,) = made.damages
    assert f"{archivist.files[0].name}@{offset}: " in problem
    assert f" {length} bytes are left out" in problem
    assert problems(archivist, "damaged") == [problem]
    assert archivist.rebuilt_differences() == []


def test_archive_with_a_damaged_record_is_opened_by_a_newer_version(archivist: Archivist) -> None:
    """It needs another database, and one record was damaged meanwhile: the rest works, also later."""
    archivist.fetch(SEED, OTHER)
    damage_record_of(archivist, OTHER)
    archivist.execute("PRAGMA user_version = 3")
    told: list[str] = []

    results = fetch_urls(archivist.folder, (SEED, OTHER), options=replace(archivist.options, report_damage=told.append))

    assert [result.outcome for result in results] == [UNCHANGED, NEW]
    assert told == problems(archivist, "damaged")
    assert len(told) == 1
    with closing(sqlite3.connect(archivist.folder / "postarchive.db.old")) as kept:
        assert kept.execute("SELECT count(*) FROM captures WHERE url = ?", (OTHER,)).fetchone() == (1,)
    assert archivist.outcomes(SEED, OTHER) == [UNCHANGED, UNCHANGED]


def test_file_that_is_restored_brings_its_record_back(archivist: Archivist) -> None:
    archivist.fetch(SEED, OTHER)
    whole, before = archivist.files[0].read_bytes(), archivist.dump()
    damage_record_of(archivist, OTHER)
    rebuild(archivist.folder, skips_damaged=True)
    assert archivist.dump() != before

    archivist.files[0].write_bytes(whole)
    rebuild(archivist.folder)

    assert differences(before, archivist.dump()) == []


def test_damage_in_bytes_without_rows_does_not_stop_the_next_run(killed: Archivist) -> None:
    flip(killed.files[1], members(killed, 1)[3].offset + 200)

    assert set(killed.outcomes(SEED, OTHER)) <= {NEW, CHANGED, UNCHANGED}

    (problem,) = problems(killed, "damaged")
    assert killed.files[1].name in problem
    assert killed.rebuilt_differences() == []


@pytest.mark.parametrize("deed", ["flipped", "missing"])
def test_older_capture_over_damaged_evidence_costs_only_itself(archivist: Archivist, tmp_path: Path, deed: str) -> None:
    """All captures of the page must be judged again, and one of them cannot be read."""
    archivist.fetch(SEED)
    if deed == "flipped":
        damage_record_of(archivist, SEED)
    else:
        archivist.files[0].unlink()
    path = put(tmp_path / "a.warc", plain(Foreign(url=SEED, date="2020-01-02T03:04:05Z", body=EDITED_PAGE)))

    (result,) = import_paths(archivist.folder, [path], options=ImportOptions(now=archivist.clock.now))

    assert isinstance(result, FetchResult)
    assert result.outcome == Outcome.FAILED
    assert "@" in str(result.detail)
    assert archivist.outcomes(OTHER) == [NEW]
    assert archivist.record()["title"]


@pytest.mark.parametrize("place", ["the first record", "the closing record", "two records", "a page of the disk"])
def test_damage_of_any_extent_is_skipped(archivist: Archivist, place: str) -> None:
    archivist.fetch(SEED, OTHER, STAMP)
    path = archivist.files[0]
    data, starts = bytearray(path.read_bytes()), [member.offset for member in members(archivist, 0)]
    if place == "a page of the disk":
        data[4096:8192] = bytes(4096)
    for number in {"the first record": [0], "the closing record": [-1], "two records": [3, 6]}.get(place, []):
        data[starts[number] + 40] ^= 0x10
    path.write_bytes(data)
    archivist.database.unlink()

    made = rebuild(archivist.folder)

    assert len(made.damages) == (2 if place == "two records" else 1)
    assert made.events > 0
    assert set(archivist.outcomes(SEED, OTHER, STAMP)) <= {NEW, UNCHANGED}
    assert path.read_bytes() == data


def test_command_says_what_to_do_and_skips_damage_on_request(archivist: Archivist, run: Run) -> None:
    archivist.fetch(SEED, OTHER)
    damage_record_of(archivist, OTHER)

    refused = run("rebuild", "-a", archivist.folder)
    skipped = run("rebuild", "-a", archivist.folder, "--skip-damaged")

    assert (refused.returncode, skipped.returncode) == (65, 65)
    assert "restore the file from a copy" in refused.stderr
    assert "--skip-damaged" in refused.stderr
    assert "postarchive.db.old" in skipped.stderr
    assert run("query", "-a", archivist.folder).returncode == 0


@pytest.mark.parametrize("deed", ["emptied", "removed", "cut"])
def test_rebuild_keeps_the_rows_of_a_file_that_was_lost(archivist: Archivist, deed: str) -> None:
    """A lost file is no reason to forget what was read from it."""
    archivist.fetch(SEED, OTHER)
    archivist.fetch(STAMP)
    path, before = archivist.files[0], archivist.dump()
    if deed == "removed":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: 2000 if deed == "cut" else 0])

    with pytest.raises(DamagedRecord, match="--skip-damaged"):
        rebuild(archivist.folder)

    assert archivist.dump() == before
    made = rebuild(archivist.folder, skips_damaged=True)
    assert path.name in made.damages[0]
    assert made.kept is not None
    assert archivist.outcomes(SEED) == [NEW]


def test_page_that_the_site_sends_again_takes_the_place_of_damaged_bytes(archivist: Archivist) -> None:
    """A revisit would refer to bytes that are lost, although they are available again."""
    archivist.fetch(SEED)
    before = archivist.record()
    damage_record_of(archivist, SEED)

    assert archivist.outcomes(SEED) == [UNCHANGED]

    archivist.database.unlink()
    rebuild(archivist.folder)
    assert archivist.record() == before
