"""Pages that others captured become part of the archive: with their own time, marked, once, and rebuilt like ours."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from archiving import HOME, HOST, PROXY_VARIABLES, SEED, Archivist, Clock, playing_site
from collecting import EDITED_PAGE, SEED_PAGE
from commands import postarchive
from fakesite import FIXTURES, FakeSite
from foreignwarc import Foreign, packed, plain, put, wacz
from postarchive.collect import rebuild
from postarchive.collect.fold import apply_located
from postarchive.collect.imports import KNOWN, ImportOptions, import_paths
from postarchive.errors import Interrupted, UnreadableInput
from postarchive.foreign import Damage
from postarchive.jsonvalue import Json
from postarchive.models import FetchResult, Outcome
from postarchive.record.values import to_json
from postarchive.store.read import Reader

WGET = shutil.which("wget")
NEW, CHANGED, UNCHANGED = Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED
FAILED, ARCHIVED = Outcome.FAILED, Outcome.ARCHIVED
BEFORE, AFTER = "2023-04-01T08:00:00Z", "2027-04-01T08:00:00Z"
IMPORTED = max(datetime(2027, 5, 1, tzinfo=UTC), datetime.now(UTC))  # wget and saved pages bring the real time


def take(archivist: Archivist, *paths: Path) -> list[FetchResult | Damage]:
    archivist.clock.time = max(archivist.clock.time, IMPORTED)
    return list(import_paths(archivist.folder, paths, options=ImportOptions(now=archivist.clock.now)))


def outcomes(archivist: Archivist, *paths: Path) -> list[Outcome]:
    return [item.outcome for item in take(archivist, *paths) if isinstance(item, FetchResult)]


def page(body: bytes = SEED_PAGE, date: str = BEFORE, url: str = SEED) -> Foreign:
    return Foreign(url=url, date=date, body=body)


def records(archivist: Archivist) -> dict[str, dict[str, Json]]:
    """Return the latest records by URL."""
    with Reader(archivist.folder) as reader:
        pages = [page for (page,) in archivist.rows("SELECT id FROM pages")]
        found = [to_json(reader.version(int(str(page))).record) for page in pages]
    return {str(record["url"]): record for record in found}


def assert_rebuilds(archivist: Archivist) -> None:
    before = archivist.dump()
    archivist.database.unlink()
    rebuild(archivist.folder)
    assert archivist.dump().splitlines() == before.splitlines()


def wget(folder: Path, *options: str) -> Path:
    """Archive the site that the environment's proxy plays; return the WARC file."""
    folder.mkdir()
    environment = {name: value for name, value in os.environ.items() if name not in PROXY_VARIABLES}
    bounds = ("--level=8", "--tries=1", "--timeout=5", "--quota=20m", "--no-verbose", "--no-config")
    subprocess.run(  # noqa: S603 - wget, into a folder of the test
        [str(WGET), "--warc-file=site", "--mirror", *bounds, *options, HOME],
        cwd=folder,
        env=environment,
        capture_output=True,
        check=False,  # 8: a page was missing
        timeout=30,
    )
    return next(folder.glob("site.warc*"))


# --- what an import makes of a capture --------------------------------------------------------------------------------


def test_imported_page_is_new_with_its_own_time_and_origin(archivist: Archivist, tmp_path: Path) -> None:
    path = put(tmp_path / "a.warc.gz", packed(page()))

    assert take(archivist, path) == [
        FetchResult(SEED, NEW, "China Post releases action plan for serving rural revitalization")
    ]

    assert archivist.rows("SELECT time, origin FROM captures") == [("2023-04-01T08:00:00.000000+00:00", "import")]
    assert archivist.record()["date"] == "2023-03-29"


def test_importing_twice_adds_nothing_not_even_a_run(archivist: Archivist, tmp_path: Path) -> None:
    path = put(tmp_path / "a.warc.gz", packed(page(), page(date=AFTER)))
    take(archivist, path)
    before = archivist.dump()

    assert take(archivist, path) == [FetchResult(SEED, UNCHANGED, KNOWN)] * 2

    assert archivist.dump() == before
    assert len(archivist.files) == 1


def test_same_capture_in_two_files_is_kept_once(archivist: Archivist, tmp_path: Path) -> None:
    paths = [put(tmp_path / "a.warc", plain(page())), put(tmp_path / "b.wacz", wacz(packed(page())))]

    assert outcomes(archivist, *paths) == [NEW, UNCHANGED]
    assert archivist.rows("SELECT count(*) FROM captures") == [(1,)]


def test_responses_go_to_the_disk_together_and_their_rows_follow(
    archivist: Archivist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that dies between bytes and rows loses nothing: the next one reads the bytes."""
    pages = [page(SEED_PAGE, f"2020-01-01T00:{number:02}:00Z") for number in range(10)]
    path = put(tmp_path / "a.warc", plain(*pages, *pages))

    monkeypatch.setattr("postarchive.collect.journal.apply_located", _dying_at(7))
    with pytest.raises(KeyboardInterrupt):
        take(archivist, path)
    monkeypatch.undo()

    assert outcomes(archivist, path) == [UNCHANGED] * 20
    assert archivist.rows("SELECT count(*) FROM captures") == [(10,)]
    assert_rebuilds(archivist)


def _dying_at(call: int) -> Callable[..., object]:
    calls = count(1)

    def dying(*args: Any, **options: Any) -> object:  # noqa: ANN401 - as `apply_located` takes them
        if next(calls) == call:
            raise KeyboardInterrupt
        return apply_located(*args, **options)

    return dying


def test_body_that_both_captured_is_one_version(site: FakeSite, archivist: Archivist, tmp_path: Path) -> None:
    archivist.fetch(SEED)
    path = put(tmp_path / "a.warc", plain(page(date=BEFORE), page(date=AFTER)))

    assert outcomes(archivist, path) == [UNCHANGED, UNCHANGED]

    assert site.urls.count(SEED) == 1
    (row,) = archivist.rows("SELECT number, substr(first_seen, 1, 4), substr(last_seen, 1, 4) FROM versions")
    assert row == (1, "2023", "2027")


def test_older_capture_of_another_text_becomes_the_first_version(
    site: FakeSite, archivist: Archivist, tmp_path: Path
) -> None:
    site.edit(SEED, EDITED_PAGE)
    archivist.fetch(SEED)

    assert outcomes(archivist, put(tmp_path / "a.warc", plain(page()))) == [CHANGED]

    assert "17 major tasks" in str(archivist.record(version=1)["paragraphs"])
    assert "18 major tasks" in str(archivist.record()["paragraphs"])


def test_history_is_the_same_in_whatever_order_it_comes(archivist: Archivist, tmp_path: Path) -> None:
    bodies = (SEED_PAGE, EDITED_PAGE, SEED_PAGE, EDITED_PAGE)
    captures = [page(body, f"202{year}-01-01T00:00:00Z") for year, body in enumerate(bodies)]
    one_file = put(tmp_path / "all.warc", plain(*reversed(captures)))
    files = [put(tmp_path / f"{place}.warc", plain(captures[place])) for place in (2, 0, 3, 1)]
    other = Archivist(tmp_path / "other")

    take(archivist, one_file)
    for path in files:
        take(other, path)

    history = "SELECT number, change, first_seen, last_seen FROM versions ORDER BY number"
    assert len(archivist.rows(history)) == 4
    assert other.rows(history) == archivist.rows(history)
    assert other.record() == archivist.record()


@pytest.mark.parametrize(
    ("body", "outcome"),
    [(b"<html>not of the CMS</html>", FAILED), (SEED_PAGE.replace(b"ReportIDtext", b"StoryBody"), ARCHIVED)],
    ids=["no page", "drift"],
)
def test_unreadable_page_is_kept_and_reported(
    body: bytes, outcome: Outcome, archivist: Archivist, tmp_path: Path
) -> None:
    assert outcomes(archivist, put(tmp_path / "a.warc", plain(page(body)))) == [outcome]
    assert archivist.rows("SELECT count(*) FROM captures") == [(1,)]


def test_run_of_an_import_says_what_it_imported(archivist: Archivist, tmp_path: Path) -> None:
    path = put(tmp_path / "a.warc", plain(page(), Foreign(date="never"), page(date=AFTER)))

    take(archivist, path)

    with Reader(archivist.folder) as reader:
        (run,) = reader.runs()
    assert isinstance(run["options"], dict)
    assert run["options"]["importing"] == "a.warc"
    assert run["counts"] == {"bytes": str(2 * len(SEED_PAGE)), "imported": "2", "new": "1", "unchanged": "1"}


def test_rebuild_after_imports_equals(site: FakeSite, archivist: Archivist, tmp_path: Path) -> None:
    archivist.fetch(SEED, HOME)
    take(archivist, put(tmp_path / "a.warc", plain(page(EDITED_PAGE), page(date=AFTER), page(b"<html>", url=HOME))))
    site.edit(SEED, EDITED_PAGE)
    archivist.fetch(SEED)
    take(archivist, put(tmp_path / "b.warc", plain(page(SEED_PAGE, "2020-01-01T00:00:00Z"))))

    assert_rebuilds(archivist)


def test_import_does_not_make_a_stale_archive_fresh(archivist: Archivist, tmp_path: Path) -> None:
    take(archivist, put(tmp_path / "a.warc", plain(page())))

    with Reader(archivist.folder) as reader:
        health = reader.health()

    assert (health.newest_success, health.failures_in_a_row) == (None, 0)


def test_stopped_import_keeps_what_it_has_and_continues_next_time(archivist: Archivist, tmp_path: Path) -> None:
    path = put(tmp_path / "a.warc", plain(page(), page(EDITED_PAGE, AFTER)))
    answers = iter([False, True, True])
    options = ImportOptions(now=lambda: IMPORTED, should_stop=lambda: next(answers))
    results = import_paths(archivist.folder, [path], options=options)

    assert next(results) == FetchResult(SEED, NEW, "China Post releases action plan for serving rural revitalization")
    with pytest.raises(Interrupted, match="what was imported is kept"):
        next(results)

    assert archivist.rows("SELECT count(*) FROM runs WHERE ended IS NOT NULL") == [(1,)]
    assert outcomes(archivist, path) == [UNCHANGED, CHANGED]


def test_path_that_is_not_there_is_refused_before_anything_is_stored(archivist: Archivist, tmp_path: Path) -> None:
    good = put(tmp_path / "a.warc", plain(page()))

    with pytest.raises(UnreadableInput, match=r"gone\.warc"):
        take(archivist, good, tmp_path / "gone.warc")

    assert not archivist.folder.exists()


def test_saved_pages_import_to_their_records(archivist: Archivist) -> None:
    take(archivist, FIXTURES / HOST)

    expected = [json.loads(path.read_text(encoding="utf-8")) for path in FIXTURES.glob(f"{HOST}/**/*.json")]
    stored = records(archivist)
    assert len(expected) > 50
    assert [stored[golden["url"]]["title"] for golden in expected] == [golden.get("title") for golden in expected]
    assert [stored[golden["url"]]["paragraphs"] for golden in expected] == [
        golden.get("paragraphs", []) for golden in expected
    ]
    assert archivist.rows("SELECT DISTINCT origin FROM captures") == [("import",)]


# --- what wget captured -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crawled_records(crawl_of_all: Archivist) -> dict[str, dict[str, Json]]:
    return records(crawl_of_all)


WGETS = {"packed": (), "plain": ("--no-warc-compression",), "gzip": ("--header=Accept-Encoding: gzip",)}


@pytest.fixture(scope="module")
def wgets(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return what wget captures with some options; each is captured once."""

    @cache
    def captured(name: str) -> Path:
        with pytest.MonkeyPatch.context() as patch, playing_site(patch) as site:
            warc = wget(tmp_path_factory.mktemp("wget") / "wget", *WGETS[name])
            assert site.urls
        return warc

    return captured


@pytest.mark.skipif(WGET is None, reason="needs wget")
@pytest.mark.parametrize("name", WGETS)
def test_what_wget_captured_imports_to_the_records_of_a_crawl(
    name: str, wgets: Callable[[str], Path], archivist: Archivist, crawled_records: dict[str, dict[str, Json]]
) -> None:
    assert set(outcomes(archivist, wgets(name))) == {NEW}

    imported = records(archivist)
    assert len(imported) > 50
    assert imported == {url: record for url, record in crawled_records.items() if url.startswith(HOME)}


@pytest.mark.skipif(WGET is None, reason="needs wget")
def test_what_wget_and_the_crawl_captured_is_one_version_each(
    wgets: Callable[[str], Path], crawl_of_all: Archivist, tmp_path: Path
) -> None:
    archivist = Archivist(shutil.copytree(crawl_of_all.folder, tmp_path / "archive"), Clock(crawl_of_all.clock.time))
    before = records(archivist)
    warc = wgets("packed")

    assert set(outcomes(archivist, warc)) == {UNCHANGED}

    assert records(archivist) == before
    assert archivist.rows("SELECT max(number) FROM versions") == [(1,)]
    assert set(outcomes(archivist, warc)) == {UNCHANGED}
    assert archivist.rows("SELECT count(*) FROM runs") == [(2,)]
    assert_rebuilds(archivist)


# --- the command ------------------------------------------------------------------------------------------------------


def test_command_prints_a_line_for_each_page_and_what_is_damaged(tmp_path: Path) -> None:
    path = put(tmp_path / "a.warc", plain(page(), Foreign(date="never")))

    done = postarchive("import", "--archive", tmp_path / "archive", path)

    assert done.returncode == 3
    assert done.stdout.startswith(f"NEW       {SEED}  China Post releases")
    assert done.stderr.splitlines() == [
        f"DAMAGED   {path}@{len(page().record())}  WARC-Date is 'never'",
        "1 page: NEW 1; 1 damaged record skipped",
    ]


def test_command_says_that_nothing_is_in_scope(tmp_path: Path) -> None:
    path = put(tmp_path / "a.warc", plain(Foreign(url="http://example.org/")))

    done = postarchive("import", "--archive", tmp_path / "archive", path)

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "No pages of China Post found\n"


def test_quiet_command_says_nothing_when_all_is_well(tmp_path: Path) -> None:
    path = put(tmp_path / "a.warc", plain(page()))

    done = postarchive("import", "--quiet", "--archive", tmp_path / "archive", path)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", ["gone.warc", "notes.txt"])
def test_command_refuses_anything_but_a_capture(name: str, tmp_path: Path) -> None:
    put(tmp_path / "notes.txt", b"notes")

    done = postarchive("import", "--archive", tmp_path / "archive", tmp_path / name)

    assert (done.returncode, done.stdout) == (65, "")
    assert len(done.stderr.splitlines()) == 1
    assert name in done.stderr
