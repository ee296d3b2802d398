"""Who may write an archive, and where."""

import os
from collections.abc import Callable

import pytest

from archiving import (
    OTHER,
    SEED,
    SEED_NODE,
    STAMP,
    Archivist,
    differences,
)
from collecting import NEW, UNCHANGED, begun
from fakesite import FakeSite
from postarchive.collect import rebuild
from postarchive.errors import (
    ArchiveBusy,
    ArchiveUnwritable,
    UnreadableInput,
)

pytestmark = pytest.mark.usefixtures("site")


def test_second_run_is_refused_while_the_first_holds_the_archive(archivist: Archivist) -> None:
    results = begun(archivist, SEED, OTHER)

    with pytest.raises(ArchiveBusy, match="another run"):
        archivist.fetch(STAMP)
    with pytest.raises(ArchiveBusy):
        rebuild(archivist.folder)

    assert [result.outcome for result in results] == [NEW]
    assert archivist.outcomes(STAMP) == [NEW]


def test_archive_can_be_read_while_a_run_writes(archivist: Archivist) -> None:
    results = begun(archivist, SEED, OTHER)

    assert archivist.record()["node"] == SEED_NODE

    results.close()


def test_file_in_the_place_of_the_archive_is_refused_and_kept(archivist: Archivist) -> None:
    archivist.folder.write_text("mine")

    with pytest.raises(ArchiveUnwritable, match="is a file"):
        archivist.fetch(SEED)

    assert archivist.folder.read_text() == "mine"


def test_archive_below_a_file_is_refused(archivist: Archivist) -> None:
    archivist.folder.write_text("mine")

    with pytest.raises(ArchiveUnwritable):
        Archivist(archivist.folder / "below").fetch(SEED)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to root")
def test_read_only_folder_is_refused(site: FakeSite, archivist: Archivist) -> None:
    archivist.folder.mkdir(mode=0o555)

    with pytest.raises(ArchiveUnwritable, match="permission"):
        archivist.fetch(SEED)

    assert site.urls == []


def test_folder_in_which_nothing_can_be_made_is_refused(site: FakeSite, archivist: Archivist) -> None:
    archivist.folder.mkdir()
    (archivist.folder / "warc").write_text("in the way")

    with pytest.raises(ArchiveUnwritable):
        archivist.fetch(SEED)

    assert site.urls == []


def make_newer(archivist: Archivist) -> None:
    archivist.execute("PRAGMA user_version = 99")


def make_foreign(archivist: Archivist) -> None:
    archivist.database.unlink()
    archivist.execute("CREATE TABLE recipes (name TEXT)", "INSERT INTO recipes VALUES ('soup')")


def make_noise(archivist: Archivist) -> None:
    archivist.database.write_bytes(b"no database at all" * 500)


@pytest.mark.parametrize("spoil", [make_newer, make_foreign, make_noise])
def test_database_that_is_not_ours_is_refused_and_kept(
    site: FakeSite, archivist: Archivist, spoil: Callable[[Archivist], None]
) -> None:
    archivist.fetch(SEED)
    spoil(archivist)
    before, asked = archivist.database.read_bytes(), len(site.urls)

    with pytest.raises(UnreadableInput) as caught:
        archivist.fetch(SEED)

    assert "postarchive.db" in str(caught.value)
    assert archivist.database.read_bytes() == before
    assert len(site.urls) == asked
    assert len(archivist.files) == 1


@pytest.mark.parametrize("spoil", [make_newer, make_foreign])
def test_rebuild_does_not_overwrite_what_another_program_made(
    archivist: Archivist, spoil: Callable[[Archivist], None]
) -> None:
    archivist.fetch(SEED)
    spoil(archivist)
    before = archivist.database.read_bytes()

    with pytest.raises(UnreadableInput, match=r"postarchive\.db"):
        rebuild(archivist.folder)

    assert archivist.database.read_bytes() == before


def test_rebuild_replaces_a_damaged_database(archivist: Archivist) -> None:
    archivist.fetch(SEED)
    before = archivist.dump()
    make_noise(archivist)

    rebuild(archivist.folder)

    assert differences(before, archivist.dump()) == []


def test_database_of_an_older_version_is_rebuilt_by_the_next_run(archivist: Archivist) -> None:
    archivist.fetch(SEED)
    archivist.execute("DELETE FROM link_lists", "PRAGMA user_version = 0")

    assert archivist.outcomes(SEED) == [UNCHANGED]

    assert archivist.rows("SELECT count(*) > 0 FROM links") == [(1,)]
    assert archivist.rebuilt_differences() == []
