"""The rows follow from the evidence alone: a rebuilt database is the same."""

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archiving import (
    HOME,
    LIST,
    MIRROR_ROBOTS,
    MIRROR_SEED,
    OTHER,
    SEED,
    SEED_NODE,
    STAMP,
    Archivist,
    differences,
)
from collecting import (
    CHANGED,
    DISALLOW,
    DRIFTED_PAGE,
    EDITED_PAGE,
    LOADING,
    MISSING,
    NEW,
    ODD,
    OLD_STORY,
    SEED_PAGE,
    UNCHANGED,
)
from fakesite import FIXTURES, FakeSite, Response, redirect, unavailable
from postarchive.collect import rebuild
from postarchive.errors import (
    UnreadableInput,
)
from postarchive.models import Outcome
from prepared import Prepared

pytestmark = pytest.mark.usefixtures("site")


@pytest.fixture
def lived(site: FakeSite, archivist: Archivist, prepared: Prepared) -> Archivist:
    """Return an archive of runs in which everything happens that makes rows."""
    return prepared.bring(live_through_much, site, archivist)


def live_through_much(site: FakeSite, archivist: Archivist) -> None:
    loop, away, short = (f"{HOME}{name}.htm" for name in ("loop", "away", "short"))
    site.answer(loop, redirect(loop))
    site.answer(away, redirect("https://www.example.com/"))
    site.answer(short, redirect("/html1/report/2304/8450-1.htm"))
    runs = [archivist.outcomes(HOME, SEED, OTHER, STAMP, LIST, OLD_STORY, MIRROR_SEED, MISSING, loop, away, short)]
    site.edit(SEED, EDITED_PAGE)
    site.edit(OLD_STORY, (ODD / "old-story-in-new-template.htm").read_bytes())
    site.edit(LIST, (FIXTURES / LIST.removeprefix("http://")).read_bytes().replace(b"Pressroom", b"Press room"))
    site.remove(OTHER)
    site.answer(STAMP, Response(body=LOADING))
    site.answer(HOME, Response(status=304))
    runs.append(archivist.outcomes(HOME, SEED, OTHER, STAMP, LIST, OLD_STORY, MIRROR_SEED))
    site.edit(SEED, DRIFTED_PAGE)
    site.edit(OTHER, SEED_PAGE.replace(b"23048456", b"23048450"))
    site.answer(STAMP, Response(status=500))
    site.answer(HOME, unavailable(retry_after="2"), Response(body=b"", raw=b""))
    site.answer(MIRROR_SEED, Response(status=410))
    site.answer(MIRROR_ROBOTS, DISALLOW)
    runs.append(archivist.outcomes(SEED, OTHER, STAMP, HOME, MIRROR_SEED))
    assert {outcome for run in runs for outcome in run} == set(Outcome)


def test_rebuilt_database_equals_the_one_it_replaces(lived: Archivist) -> None:
    before = lived.dump()
    lived.database.unlink()
    made = rebuild(lived.folder)

    assert made.files == len(lived.files) == 3
    assert differences(before, lived.dump()) == []
    assert {"search_data", "search_idx", "search_docsize"} <= tables_of(before)


def tables_of(dump: str) -> set[str]:
    return set(re.findall(r'^INSERT INTO "?(\w+)', dump, re.MULTILINE))


def test_rebuild_over_an_existing_database_changes_nothing(lived: Archivist) -> None:
    before = lived.dump()

    rebuild(lived.folder)
    rebuild(lived.folder)

    assert differences(before, lived.dump()) == []


def test_full_text_index_is_sound_after_edits(lived: Archivist) -> None:
    with closing(sqlite3.connect(lived.database)) as connection:
        connection.execute("INSERT INTO search (search) VALUES ('integrity-check')")
        indexed = connection.execute("SELECT count(*) FROM search_docsize").fetchone()
        pages = connection.execute("SELECT count(*) FROM pages").fetchone()
    assert indexed == pages


def test_run_after_a_rebuild_continues_as_if_nothing_had_happened(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(SEED, OTHER)
    archivist.database.unlink()
    rebuild(archivist.folder)

    assert archivist.outcomes(SEED) == [UNCHANGED]
    site.edit(OTHER, SEED_PAGE.replace(b"23048456", b"23048450"))
    assert archivist.outcomes(OTHER) == [CHANGED]
    assert archivist.rebuilt_differences() == []


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\n", id="no headers"),
        pytest.param(b"HTTP/1.1 200\r\nContent-Type: text/html\r\n\r\n", id="no reason"),
        pytest.param(b"HTTP/1.1 200 Sch\xf6n \x85 gut\r\nContent-Type: text/html\r\n\r\n", id="Latin-1 in the reason"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nServer: a\x85b\x0cc\x1cd\r\n\r\n", id="line ends"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX: \xe9\x80\xae\r\n\r\n", id="UTF-8 in a header"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX:  two \r\nX:\r\n\r\n", id="blanks, nothing"),
        pytest.param(b"HTTP/1.1 200 OK\r\nETag: a\r\nETag: b\r\nLast-Modified: never\r\n\r\n", id="doubled validator"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-TYPE: TEXT/HTML ; charset=utf-8\r\n\r\n", id="odd case"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX-Long: one\r\n two\r\n\tthree\r\n\r\n", id="folded header"),
        pytest.param(b"HTTP/1.1 200 OK\nContent-Type: text/html\n\n", id="LF"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nno header\r\nETag: a\r\n  \r\nContent-Type: text/html\r\n\r\n", id="no header"
        ),
    ],
)
def test_rebuild_reads_odd_headers_as_the_run_did(site: FakeSite, archivist: Archivist, raw: bytes) -> None:
    site.answer(SEED, Response(raw=raw + SEED_PAGE))

    assert archivist.outcomes(SEED) == [NEW]

    assert archivist.rebuilt_differences() == []


@pytest.mark.parametrize(
    "url",
    [
        pytest.param(f"{HOME}a%20page.htm", id="blank"),
        pytest.param(f"{HOME}邮政.htm?词=票", id="Chinese"),
        pytest.param(f"{HOME}%e9%82%AE.htm", id="percent-encoded"),
        pytest.param(f"{HOME}<b>.htm?q=\"x\"&y='z'", id="quotes and angles"),
        pytest.param(f"{HOME}a%0d%0aSet-Cookie:x.htm", id="encoded line end"),
        pytest.param(f"{HOME}servlet/Node?node={SEED_NODE}", id="dynamic without sheet"),
        pytest.param("http://ENGLISH.chinapost.com.cn./html1/report/2304/8456-1.htm", id="capitals and a dot"),
        pytest.param(f"{HOME}a\u0301e\u0301.htm", id="combining accents"),
    ],
)
def test_rebuild_reads_odd_urls_as_the_run_did(site: FakeSite, archivist: Archivist, url: str) -> None:
    site.edit(url, SEED_PAGE)

    archivist.fetch(url)

    assert archivist.rebuilt_differences() == []


def test_rebuild_keeps_the_order_of_runs_when_the_clock_was_set_back_over_new_year(
    site: FakeSite, archivist: Archivist
) -> None:
    archivist.clock.time = datetime(2027, 1, 1, tzinfo=UTC)
    archivist.fetch(SEED)
    site.edit(SEED, EDITED_PAGE)
    archivist.clock.time -= timedelta(days=1)
    archivist.fetch(SEED)

    assert archivist.rebuilt_differences() == []


def test_clock_that_was_set_back_does_not_overwrite_a_run(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(SEED)
    site.edit(SEED, EDITED_PAGE)
    archivist.clock.time -= timedelta(hours=1)

    assert archivist.outcomes(SEED) == [CHANGED]

    assert len(archivist.files) == 2
    assert archivist.rebuilt_differences() == []


@pytest.mark.parametrize("folder", ["nowhere", "empty"])
def test_rebuild_without_evidence_is_refused_and_makes_nothing(tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(UnreadableInput, match="no WARC files"):
        rebuild(tmp_path / folder)

    assert list(tmp_path.rglob("*")) == [tmp_path / "empty"]
