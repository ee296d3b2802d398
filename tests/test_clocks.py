"""A run with a wrong clock is found by comparing it with the others; what it brought keeps its place."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archiving import MORNING, OTHER, SEED, STAMP, Archivist
from collecting import EDITED_PAGE
from fakesite import FakeSite
from postarchive.store.changes import Changes
from postarchive.store.clocks import contradicted
from postarchive.store.records import Records

TEN_YEARS, HOUR = timedelta(days=3652), timedelta(hours=1)


def on(*days: int) -> list[datetime]:
    """Return days of one calendar, counted from its first."""
    return [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in days]


@pytest.mark.parametrize(
    ("starts", "wrong"),
    [
        ((), {}),
        ((1,), {}),
        ((1, 2, 2, 3), {}),
        ((1, 2, -999, 3), {2: 2}),
        ((1, 2, 999, 3, 4), {2: 2}),
        ((1, 2, 999, 998, 3, 4, 5), {2: 2, 3: 2}),
        ((999, 1, 2), {0: 1}),
        ((5, -999), {1: 5}),
        ((1, -999, 2, 999, 3, 4), {1: 1, 3: 2}),
    ],
    ids=str,
)
def test_wrong_clock_of_a_run_is_found_by_the_others(starts: tuple[int, ...], wrong: dict[int, int]) -> None:
    found = contradicted(on(*starts))

    assert {place: starts[other] for place, other in found.items()} == wrong


@pytest.fixture
def archivist(site: FakeSite, tmp_path: Path) -> Archivist:
    """Return an archive whose second run, an edit, had a clock that was ten years behind."""
    archivist = Archivist(tmp_path / "archive")
    archivist.fetch(SEED)
    site.edit(SEED, EDITED_PAGE)
    archivist.clock.time = MORNING + HOUR - TEN_YEARS
    archivist.fetch(SEED)
    archivist.clock.time = MORNING + 2 * HOUR
    archivist.fetch(OTHER)
    archivist.clock.time = MORNING + 3 * HOUR
    archivist.fetch(STAMP)
    return archivist


def events(archivist: Archivist, since: str | None = None, limit: int | None = None) -> list[tuple[str, str]]:
    with Changes(archivist.folder) as changes:
        return [(event.name, event.url) for event in changes.events(("news", "stamp"), since=since, limit=limit)]


def test_event_with_a_wrong_clock_is_placed_where_it_was_received(archivist: Archivist) -> None:
    assert events(archivist) == [("new", STAMP), ("new", OTHER), ("edit", SEED), ("new", SEED)]
    assert events(archivist, limit=3) == [("new", STAMP), ("new", OTHER), ("edit", SEED)]


def test_since_leaves_out_nothing_that_was_received_since(archivist: Archivist) -> None:
    assert len(events(archivist, since="2026-05-06")) == 4
    assert events(archivist, since="2026-05-06T09:30") == [("new", STAMP), ("new", OTHER)]


def test_records_are_compared_by_what_was_known_when_they_were_received(archivist: Archivist) -> None:
    with Records(archivist.folder) as records:
        first, second, *_ = [sighting for sighting in records.sightings() if sighting.url == SEED]
        texts = [str(records.record_at(sighting)) for sighting in (first, second)]

    assert ["17 major tasks" in text for text in texts] == [True, False]
