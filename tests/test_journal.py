"""What a run keeps: each exchange, byte for byte, before its line is said."""

import gzip
from datetime import UTC, datetime

import pytest

from archiving import (
    HOME,
    LIST,
    MIRROR_SEED,
    OTHER,
    SEED,
    STAMP,
    Archivist,
)
from collecting import FAILED, SEED_PAGE, SEED_PARAGRAPHS, UNCHANGED, begun
from fakesite import FIXTURES, FakeSite, Response, chunked
from postarchive.collect import open_archive
from postarchive.collect.journal import Journal
from postarchive.models import Capture
from postarchive.pages import parse
from postarchive.record.values import to_json
from postarchive.store.read import Reader
from postarchive.warc import read_block

pytestmark = pytest.mark.usefixtures("site")


def test_stored_record_equals_the_parsed_fixture(archivist: Archivist) -> None:
    urls = [SEED, OTHER, STAMP, LIST, HOME]
    archivist.fetch(*urls)

    for url in urls:
        body = (FIXTURES / (url.removeprefix("http://") + ("index.htm" if url == HOME else ""))).read_bytes()
        assert archivist.record(url) == to_json(parse(Capture(url, datetime.now(UTC), 200, (), body)))


def test_run_makes_no_temporary_file_for_a_page(archivist: Archivist) -> None:
    """SQLite would make one, and remove it, for each page that changes more than a few rows."""
    with open_archive(archivist.folder) as store:
        database = store._statements  # noqa: SLF001 - of this connection alone it can be asked
        before = database.one("PRAGMA temp_store")
        journal = Journal.begin(archivist.folder, store, details=())
        within = database.one("PRAGMA temp_store")
        journal.close()

    assert (before and before[0], within and within[0]) == (0, 2)


@pytest.mark.parametrize("is_chunked", [False, True], ids=["plain", "chunked"])
@pytest.mark.parametrize("gzipped", ["no", "declared", "silent"])
def test_body_comes_back_from_the_evidence_byte_for_byte(
    site: FakeSite, archivist: Archivist, gzipped: str, *, is_chunked: bool
) -> None:
    coding: dict[str, Response] = {
        "no": Response(body=SEED_PAGE, is_chunked=is_chunked),
        "declared": Response(body=SEED_PAGE, is_chunked=is_chunked, gzipped="declared"),
        "silent": Response(body=SEED_PAGE, is_chunked=is_chunked, gzipped="silent"),
    }
    site.answer(SEED, coding[gzipped])
    archivist.fetch(SEED)

    head, _, sent = kept_block(archivist).partition(b"\r\n\r\n")

    body = SEED_PAGE if gzipped == "no" else gzip.compress(SEED_PAGE, mtime=0)
    assert sent == (chunked(body) if is_chunked else body)
    assert (b"transfer-encoding: chunked" in head.lower()) == is_chunked
    assert archivist.record()["paragraphs"] == SEED_PARAGRAPHS


def kept_block(archivist: Archivist) -> bytes:
    with Reader(archivist.folder) as reader:
        return read_block(archivist.folder, reader.version(reader.find_page(SEED)).evidence)


def test_unchanged_body_is_kept_once_and_referred_to(site: FakeSite, archivist: Archivist) -> None:
    site.answer(SEED, Response(body=SEED_PAGE))  # without a validator
    archivist.fetch(SEED)
    first = archivist.files[0].stat().st_size
    archivist.fetch(SEED)

    second = gzip.decompress(archivist.files[1].read_bytes())
    assert b"WARC-Type: revisit" in second
    assert b"identical-payload-digest" in second
    assert SEED_PAGE not in second
    assert archivist.files[1].stat().st_size < first


def test_not_modified_is_a_revisit_that_touches_the_version(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(SEED)
    ((seen_before,),) = archivist.rows("SELECT last_seen FROM versions")
    site.answer(SEED, Response(status=304, etag="E95AE5D0"))

    assert archivist.outcomes(SEED) == [UNCHANGED]

    ((seen_after,),) = archivist.rows("SELECT last_seen FROM versions")
    assert str(seen_after) > str(seen_before)
    assert b"server-not-modified" in gzip.decompress(archivist.files[1].read_bytes())
    assert archivist.rebuilt_differences() == []


def test_not_modified_without_an_earlier_response_is_a_failure(site: FakeSite, archivist: Archivist) -> None:
    site.answer(SEED, Response(status=304))

    assert archivist.outcomes(SEED) == [FAILED]


def test_mirror_copy_of_the_same_bytes_refers_to_the_first(site: FakeSite, archivist: Archivist) -> None:
    site.edit(MIRROR_SEED, SEED_PAGE)
    archivist.fetch(SEED, MIRROR_SEED)

    assert archivist.rows("SELECT count(DISTINCT payload_digest) FROM captures WHERE status = 200") == [(1,)]
    assert gzip.decompress(archivist.files[0].read_bytes()).count(b"WARC-Type: revisit") >= 1


def test_evidence_is_on_disk_before_the_line_is_printed(archivist: Archivist) -> None:
    results = begun(archivist, SEED, OTHER)

    assert SEED_PAGE in gzip.decompress(archivist.files[0].read_bytes())
    results.close()


def test_runs_do_not_share_a_file(archivist: Archivist) -> None:
    for _ in range(3):
        archivist.fetch(SEED)

    assert len(archivist.files) == 3
