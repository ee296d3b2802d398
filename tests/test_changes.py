"""The events of an archive: a page that is new, edited, gone and back, and pages of other kinds beside it."""

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from archiving import HOME, LIST, OTHER, SEED, STAMP, Archivist
from collecting import DRIFTED_PAGE, EDITED_PAGE, SEED_PAGE
from fakesite import FIXTURES, FakeSite
from foreignwarc import Foreign, plain, put
from postarchive.collect import rebuild
from postarchive.collect.imports import ImportOptions, import_paths
from postarchive.errors import UnreadableInput
from postarchive.news import PageEvent, event_id
from postarchive.record.values import from_json
from postarchive.store.changes import Changes
from postarchive.store.read import Reader
from prepared import Prepared

OLD_STORY = f"{HOME}html1/report/16036/2546-1.htm"
DAY_SECONDS = 86400.0
NEWS_AND_STAMPS = ("news", "stamp")


@pytest.fixture
def lived(site: FakeSite, archivist: Archivist, prepared: Prepared) -> Archivist:
    """Return an archive in which the seed went through everything, a day apart."""
    return prepared.bring(go_through_everything, site, archivist)


def go_through_everything(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(SEED, STAMP, LIST, HOME)
    for page in (EDITED_PAGE, None, EDITED_PAGE):
        archivist.clock.sleep(DAY_SECONDS)
        if page is None:
            site.remove(SEED)
        else:
            site.edit(SEED, page)
        archivist.fetch(SEED)


def events(
    archivist: Archivist, kinds: Sequence[str] = NEWS_AND_STAMPS, *, since: str | None = None, limit: int | None = None
) -> list[PageEvent]:
    with Changes(archivist.folder) as changes, closing(changes.events(kinds, since=since, limit=limit)) as found:
        return list(found)


def names(found: Sequence[PageEvent]) -> list[str]:
    return [event.name for event in found]


def test_events_come_newest_first(lived: Archivist) -> None:
    found = events(lived)

    assert [(event.name, event.kind) for event in found] == [
        ("back", "news"),
        ("gone", "news"),
        ("edit", "news"),
        ("new", "stamp"),
        ("new", "news"),
    ]
    assert [event.time for event in found] == sorted((event.time for event in found), reverse=True)


def test_event_holds_the_page_the_record_and_the_response_that_showed_it(lived: Archivist) -> None:
    first = events(lived)[-1]

    assert (first.site, first.key, first.url) == ("english", "23048456-1", SEED)
    assert (first.record.title, first.before) == (lived.record()["title"], None)
    assert [(first.evidence.record_id, first.time.isoformat())] == lived.rows(
        f"SELECT record_id, time FROM captures WHERE url = '{SEED}' ORDER BY id LIMIT 1"  # noqa: S608 - our own words
    )


def test_edit_holds_the_record_before_and_its_fields(lived: Archivist) -> None:
    edit = events(lived)[2]

    assert edit.detail == "paragraphs"
    assert edit.before == from_json(lived.record(version=1))
    assert edit.record == from_json(lived.record(version=2))
    assert "17 major tasks" in str(edit.before)


def test_page_that_went_says_why_and_keeps_its_last_record(lived: Archivist) -> None:
    gone = events(lived)[1]

    assert "HTTP 404" in (gone.detail or "")
    assert gone.record == from_json(lived.record(version=2))


def test_first_sighting_is_the_page_s(lived: Archivist) -> None:
    back, *_, new = events(lived, ["news"])

    assert back.first_seen == new.first_seen == new.time


def test_new_layout_is_not_an_event(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(OLD_STORY)
    site.edit(OLD_STORY, (FIXTURES.parent / "odd/old-story-in-new-template.htm").read_bytes())
    archivist.fetch(OLD_STORY)

    assert archivist.rows("SELECT change FROM changes ORDER BY id") == [("new",), ("layout",)]
    assert names(events(archivist)) == ["new"]


@pytest.mark.parametrize(
    ("kinds", "found"),
    [(["stamp"], {"stamp"}), (["listing"], {"listing"}), (["folder", "listing"], {"folder", "listing"}), ([], set())],
    ids=["one", "lists", "two", "none"],
)
def test_only_the_requested_kinds_are_listed(lived: Archivist, kinds: list[str], found: set[str]) -> None:
    assert {event.kind for event in events(lived, kinds)} == found


@pytest.mark.parametrize(
    ("since", "found"),
    [("2026-05-09", ["back"]), ("2026-05-07", ["back", "gone", "edit"]), ("2027-01-01", [])],
)
def test_events_since_a_day(lived: Archivist, since: str, found: list[str]) -> None:
    assert names(events(lived, since=since)) == found


@pytest.mark.parametrize("limit", [1, 3, 99])
def test_limit_keeps_the_newest(lived: Archivist, limit: int) -> None:
    assert events(lived, limit=limit) == events(lived)[:limit]


def test_rebuilt_archive_has_the_same_events(lived: Archivist) -> None:
    before = events(lived)

    lived.database.unlink()
    rebuild(lived.folder)

    assert events(lived) == before


def test_ids_survive_more_runs_and_are_unique(site: FakeSite, lived: Archivist) -> None:
    before = [event_id(event) for event in events(lived)]

    site.edit(SEED, SEED_PAGE)
    lived.clock.sleep(DAY_SECONDS)
    lived.fetch(SEED, OTHER)

    after = [event_id(event) for event in events(lived)]
    assert after[2:] == before
    assert len(set(after)) == len(after)


def test_edit_keeps_its_id_when_an_older_capture_renumbers_the_versions(
    site: FakeSite, archivist: Archivist, tmp_path: Path
) -> None:
    archivist.fetch(SEED)
    site.edit(SEED, EDITED_PAGE)
    archivist.clock.sleep(DAY_SECONDS)
    archivist.fetch(SEED)
    before = events(archivist)

    older = SEED_PAGE.replace(b"17 major tasks", b"16 major tasks")
    file = put(tmp_path / "older.warc", plain(Foreign(url=SEED, date="2026-04-01T08:00:00Z", body=older)))
    list(import_paths(archivist.folder, [file], options=ImportOptions(now=archivist.clock.now)))

    after = events(archivist)
    assert names(after) == ["edit", "edit", "new"]
    assert event_id(after[0]) == event_id(before[0])
    assert (before[0].first_seen, after[0].first_seen) == (before[1].time, after[2].time)


def test_back_and_edit_in_one_response_are_two_events(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(SEED)
    site.remove(SEED)
    archivist.fetch(SEED)
    site.edit(SEED, EDITED_PAGE)
    archivist.fetch(SEED)

    found = events(archivist)

    assert names(found) == ["back", "edit", "gone", "new"]
    assert len({event_id(event) for event in found}) == len(found)


def test_drift_is_that_of_the_latest_run_and_agrees_with_check(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(SEED, OTHER)
    site.edit(SEED, DRIFTED_PAGE)
    archivist.fetch(SEED, OTHER)

    with Changes(archivist.folder) as changes, Reader(archivist.folder) as reader:
        drift, health = changes.drift(), reader.health()

    assert drift is not None
    assert drift == health.drift
    assert [(page.url, bool(page.missing)) for page in drift.pages] == [(SEED, True)]
    assert [(drift.run, drift.time.isoformat())] == archivist.rows("SELECT run, ended FROM runs ORDER BY run")[1:]


def test_drift_ends_with_a_run_that_can_read_the_page(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(SEED)
    site.edit(SEED, DRIFTED_PAGE)
    archivist.fetch(SEED)
    site.edit(SEED, SEED_PAGE)
    archivist.fetch(SEED)

    with Changes(archivist.folder) as changes:
        assert changes.drift() is None


def test_archive_without_a_page_has_no_event_but_an_end(site: FakeSite, archivist: Archivist) -> None:
    site.remove(SEED)
    archivist.fetch(SEED)

    with Changes(archivist.folder) as changes:
        assert events(archivist) == []
        assert changes.drift() is None
        assert changes.latest_end() == datetime.fromisoformat(str(archivist.rows("SELECT ended FROM runs")[0][0]))


def test_archive_without_a_finished_run_has_no_end(lived: Archivist) -> None:
    lived.execute("UPDATE runs SET ended = NULL")

    with Changes(lived.folder) as changes:
        assert changes.latest_end() is None


def test_damaged_database_is_reported_in_one_line(lived: Archivist) -> None:
    lived.execute("UPDATE versions SET record = '{'")

    with pytest.raises(UnreadableInput, match="postarchive rebuild"):
        events(lived)


def test_missing_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="no archive here"):
        Changes(tmp_path)


def test_moment_stays_while_a_run_writes(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(SEED)
    with Changes(archivist.folder) as changes:
        site.edit(SEED, EDITED_PAGE)
        archivist.fetch(SEED)

        with closing(changes.events(NEWS_AND_STAMPS)) as found:
            assert names(list(found)) == ["new"]
