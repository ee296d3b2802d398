"""Damage, crashes, and what is left of them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from archiving import (
    OTHER,
    SEED,
    STAMP,
    Archivist,
)
from collecting import CHANGED, NEW, UNCHANGED, begun
from damages import flip, place_of
from postarchive.collect import rebuild
from postarchive.errors import (
    DamagedRecord,
    UnreadableInput,
)
from postarchive.models import Outcome

pytestmark = pytest.mark.usefixtures("site")


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


def test_damage_in_the_last_record_of_a_finished_run_is_not_a_torn_end(archivist: Archivist) -> None:
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


def member_starts(path: Path) -> list[int]:
    data = path.read_bytes()
    return [place for place in range(len(data)) if data.startswith(b"\x1f\x8b\x08\x00\x00\x00\x00\x00", place)]


@pytest.mark.parametrize("has_database", [True, False], ids=["older database", "no database"])
def test_evidence_without_rows_is_caught_up_before_the_next_run(killed: Archivist, *, has_database: bool) -> None:
    if not has_database:
        killed.database.unlink()

    assert killed.outcomes(SEED, OTHER) == [UNCHANGED, UNCHANGED]

    assert "18 major tasks" in str(killed.record()["paragraphs"])
    assert killed.rebuilt_differences() == []


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
def test_torn_end_is_moved_aside_and_the_next_run_continues(killed: Archivist, cut: str) -> None:
    torn = killed.files[1]
    whole = torn.read_bytes()
    end = CUTS[cut](member_starts(torn), len(whole))
    torn.write_bytes(whole[:end])

    assert set(killed.outcomes(SEED, OTHER, STAMP)) <= {NEW, CHANGED, UNCHANGED}

    kept = torn.read_bytes() if torn.exists() else b""
    aside = torn.with_name(f"{torn.name}.torn")
    assert kept + (aside.read_bytes() if aside.exists() else b"") == whole[:end]
    assert "18 major tasks" in str(killed.record()["paragraphs"])
    assert killed.rebuilt_differences() == []


def test_interrupted_run_is_kept_without_an_end(archivist: Archivist) -> None:
    results = begun(archivist, SEED, OTHER, STAMP)
    results.close()

    assert archivist.outcomes(SEED, OTHER) == [UNCHANGED, NEW]

    assert archivist.rows("SELECT ended IS NULL FROM runs ORDER BY run") == [(1,), (0,)]
    assert archivist.rebuilt_differences() == []


def test_garbage_after_the_evidence_is_moved_aside(archivist: Archivist) -> None:
    archivist.fetch(SEED)
    with archivist.files[0].open("ab") as stream:
        stream.write(b"\0" * 4096)

    assert archivist.outcomes(SEED) == [UNCHANGED]

    (torn,) = archivist.folder.rglob("*.torn")
    assert torn.read_bytes() == b"\0" * 4096


def test_file_of_a_run_killed_at_its_very_start_is_no_obstacle(archivist: Archivist) -> None:
    """The file is there, empty; the next run may begin in the same second and have the same name."""
    archivist.fetch(SEED)
    (first,) = archivist.folder.glob("warc/*/*.warc.gz")
    for second in range(3):
        (first.parent / f"{first.name[:8]}T{int(first.name[9:15]) + second + 1:06}Z.warc.gz").touch()

    results = archivist.fetch(SEED)

    assert [result.outcome for result in results] == [Outcome.UNCHANGED]
    assert all(file.stat().st_size for file in archivist.folder.glob("warc/*/*.warc.gz"))
