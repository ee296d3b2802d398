"""Verification: what is whole is called so, every damage is named with its place, and nothing is written."""

import gzip
import json
import os
import zlib
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from archiving import OTHER, SEED, SEED_FILE, STAMP, Archivist, playing_site
from commands import postarchive
from damages import (
    DAMAGES,
    EVIDENCE_DAMAGES,
    block_of,
    break_off,
    closing,
    copy_of,
    digested,
    first,
    flip,
    make_archive,
    make_archive_of_a_replay,
    members,
    name_of,
    repacked,
)
from fakesite import Response
from guarantees import Rebuilt
from postarchive.collect import fetch_urls, rebuild
from postarchive.collect.replay import replay
from postarchive.errors import UnreadableInput
from postarchive.verify import Finding, Proof, Summary, verify_archive
from postarchive.warc.draft import NOT_MODIFIED
from prepared import made_once

if TYPE_CHECKING:
    from postarchive.jsonvalue import Json

OK, FAILED, UNVERIFIABLE = Proof.OK, Proof.FAILED, Proof.UNVERIFIABLE


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Archivist:
    return made_once(make_archive, tmp_path_factory)


@pytest.fixture(scope="module", autouse=True)
def _rebuilt_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Rebuild a database of the same evidence once, in memory: what befalls rows alone leaves it as it was."""
    rebuilt = Rebuilt(tmp_path_factory.mktemp("rebuilt"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(globals(), "replay", rebuilt.replay)
        patch.setattr("tempfile.tempdir", str(rebuilt.folder))
        yield


@pytest.fixture
def archivist(made: Archivist, tmp_path: Path) -> Archivist:
    return copy_of(made, tmp_path / "archive")


def verified(
    archivist: Archivist, *, is_deep: bool = True, manifest: str | None = None
) -> tuple[Summary, list[Finding]]:
    """Return the summary and what was found."""
    summary = Summary()
    rebuild = (lambda path, ends: replay(archivist.folder, path, ends)) if is_deep else None
    return summary, list(verify_archive(archivist.folder, summary, rebuild=rebuild, manifest=manifest))


def lines(findings: list[Finding]) -> list[str]:
    return [f"{finding.proof} {finding.place} {finding.problem}" for finding in findings]


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return name, time of change and content of all files, but for the two that SQLite keeps beside an open one."""
    paths = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(("-shm", "-wal"))]
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in paths}


# --- the whole --------------------------------------------------------------------------------------------------------


def test_untouched_archive_is_ok_although_a_run_in_its_middle_was_cut_off(archivist: Archivist) -> None:
    summary, findings = verified(archivist)

    assert lines(findings) == []
    assert (summary.proof, summary.files, summary.is_deep) == (OK, 4, True)
    assert summary.records == sum(len(members(archivist, run)) for run in range(4))


def test_verification_changes_no_file_of_the_archive(archivist: Archivist) -> None:
    before = state(archivist.folder)

    verified(archivist)

    assert state(archivist.folder) == before


def test_row_of_a_replay_has_the_sites_url_and_time_and_is_ok(tmp_path: Path) -> None:
    archivist = make_archive_of_a_replay(tmp_path / "archive")

    assert archivist.rows("SELECT url, time LIKE '2023-04-01T02:03:04%' FROM captures") == [(SEED, 1)]
    assert lines(verified(archivist)[1]) == []

    archivist.execute("UPDATE captures SET time = '2022-04-01T02:03:04.000000+00:00'")
    assert verified(archivist, is_deep=False)[1][0].place == "captures 1"


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to root")
def test_read_only_archive_is_verified(archivist: Archivist) -> None:
    archivist.folder.chmod(0o500)
    archivist.database.chmod(0o400)

    assert verified(archivist)[0].proof is OK

    archivist.folder.chmod(0o700)


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_named_with_its_place(archivist: Archivist, name: str) -> None:
    place = DAMAGES[name](archivist)

    summary, findings = verified(archivist)

    assert summary.proof is FAILED
    assert [line for line in lines(findings) if line.startswith(f"failed {place}")], lines(findings)


@pytest.mark.parametrize(
    "name",
    [name for name in DAMAGES if name not in ("title edited", "run inserted", "version deleted")],
)
def test_damage_is_found_without_the_deep_comparison(archivist: Archivist, name: str) -> None:
    DAMAGES[name](archivist)

    assert verified(archivist, is_deep=False)[0].proof is FAILED


NEEDS_ROWS = {
    "newest file cut between records": "the end of the newest run is covered by no manifest",
    "newest file deleted": "likewise",
}


@pytest.mark.parametrize("name", EVIDENCE_DAMAGES)
def test_damage_of_evidence_is_found_without_a_database(archivist: Archivist, name: str) -> None:
    EVIDENCE_DAMAGES[name](archivist)
    archivist.database.unlink()

    expected = UNVERIFIABLE if name in NEEDS_ROWS else FAILED

    assert verified(archivist)[0].proof is expected


def test_any_flipped_bit_of_a_file_is_found(tmp_path: Path) -> None:
    """Each byte of the newest closing record with one of its bits, and every 101st byte before it; without the rows."""
    archivist = Archivist(tmp_path / "archive")
    with pytest.MonkeyPatch.context() as monkeypatch, playing_site(monkeypatch):
        archivist.fetch(f"{SEED}x")
    archivist.database.unlink()
    path, last = archivist.files[0], closing(archivist, 0)
    whole = path.read_bytes()
    unnoticed = []
    for offset in [*range(0, last.offset, 101), *range(last.offset, last.end)]:
        flip(path, offset, bit=offset % 8)
        if verified(archivist, is_deep=False)[0].proof is not FAILED:
            unnoticed.append(offset)
        path.write_bytes(whole)

    assert unnoticed == []


def test_response_that_says_that_nothing_was_modified_is_checked_like_any_other(archivist: Archivist) -> None:
    member = first(archivist, 0, "response")
    content = digested(member.content, block_of(member).replace(b"China Post", b"China Past"))
    profile = f"WARC-Profile: {NOT_MODIFIED}\r\nWARC-Payload-Digest".encode()
    repacked(member, content.replace(b"WARC-Payload-Digest", profile, 1))

    found = lines(verified(archivist, is_deep=False)[1])

    assert f"failed {member.place} payload digest does not match" in found


def test_no_byte_of_the_newest_closing_record_can_be_another_one(archivist: Archivist) -> None:
    """Somebody who knows the digests, and packs the record again, still has to write what a run writes."""
    last = closing(archivist, 3)
    changed = last.content.replace(b"Content-Type:", b"X-Mine: 1\r\nContent-Type:")
    for content, level in ((last.content, 9), (changed, 0), (changed, 6)):
        squeeze = zlib.compressobj(level, wbits=31)
        raw = squeeze.compress(content) + squeeze.flush()
        last.path.write_bytes(last.path.read_bytes()[: last.offset] + last.raw[:10] + raw[10:])

        summary, findings = verified(archivist, is_deep=False)

        assert (summary.proof, findings[0].place) == (FAILED, last.place), (level, len(content))


def test_padding_of_the_newest_closing_record_is_looked_at(archivist: Archivist) -> None:
    last = closing(archivist, 3)
    flip(last.path, last.end - 9, bit=7)  # deflate's last byte; its highest bit is hardly ever data

    summary, findings = verified(archivist, is_deep=False)

    assert (summary.proof, findings[0].place) == (FAILED, last.place)


def test_one_damage_does_not_hide_another_in_the_same_file(archivist: Archivist) -> None:
    one, *_, other = [member for member in members(archivist, 0) if b"WARC-Type: response" in member.content]
    for member in (one, other):
        flip(member.path, member.offset + len(member.raw) // 2)

    places = [finding.place for finding in verified(archivist)[1]]

    assert places[:2] == [one.place, other.place]


def test_damage_names_no_rows_that_are_right(archivist: Archivist) -> None:
    member = first(archivist, 0, "request")
    flip(member.path, member.offset + len(member.raw) // 2)

    assert [finding.place for finding in verified(archivist)[1]] == [member.place]


def test_many_differing_rows_are_counted_and_the_first_are_named(archivist: Archivist) -> None:
    archivist.execute("UPDATE captures SET status = 418")

    found = [finding for finding in verified(archivist, is_deep=False)[1] if finding.subject == "captures"]

    assert len(found) == 6
    assert "rows do not fit" in found[-1].problem


# --- what only the deep comparison sees -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("UPDATE numbers SET number = '110' WHERE id = 1", "numbers 1 number is 110, by the evidence "),
        ("DELETE FROM link_lists WHERE page = 1", "link_lists 1 "),
        (
            "INSERT INTO problems VALUES (99, 'x', 'x', 'x', 'x', 'x', NULL, NULL)",
            "problems 99 no evidence supports this row",
        ),
        ("UPDATE captures SET etag = 'x' WHERE id = 2", "captures 2 etag is x"),
        ("UPDATE captures SET id = 99 WHERE id = 2", "captures 2 the row is missing"),
        ("UPDATE versions SET parts = 'many' WHERE id = 1", "versions 1 parts is many, by the evidence 1"),
        ("UPDATE addresses SET host = x'ff' WHERE url LIKE '%8456-1%'", "addresses http"),
        ("CREATE TABLE mine (id)", "mine the table is not of this program"),
        ("CREATE TRIGGER mine AFTER DELETE ON pages BEGIN SELECT 1; END", "mine the trigger is not of this program"),
        ("ALTER TABLE pages ADD COLUMN mine", "pages the table is not as this program makes it"),
        ("DROP TABLE link_lists", "link_lists the table is missing"),
        ("DROP TABLE search", "search the table is missing"),
        ("INSERT INTO search (rowid, title, body) VALUES (1, 'zebra', '')", "search 1 the word zebra is indexed"),
    ],
    ids=lambda value: value.split(" ", 1)[0] + str(len(value)),
)
def test_row_that_does_not_follow_is_named(archivist: Archivist, statement: str, place: str) -> None:
    archivist.execute("PRAGMA foreign_keys = OFF", statement)

    summary, findings = verified(archivist)

    assert summary.proof is FAILED
    assert [line for line in lines(findings) if line.startswith(f"failed {place}")], lines(findings)


def test_index_that_is_packed_otherwise_is_unverifiable(archivist: Archivist) -> None:
    before = archivist.rows("SELECT * FROM search_data")
    archivist.execute(
        "INSERT INTO search (rowid, title, body) VALUES (999, 'zebra', 'crossing')",
        "INSERT INTO search (search, rowid, title, body) VALUES ('delete', 999, 'zebra', 'crossing')",
    )

    assert archivist.rows("SELECT * FROM search_data") != before
    assert [line.split(" it ")[0] for line in lines(verified(archivist)[1])] == ["unverifiable search_data"]


def test_edited_row_is_named_once(archivist: Archivist) -> None:
    archivist.execute("UPDATE captures SET status = 404 WHERE id = 2")

    assert [finding.place for finding in verified(archivist)[1]] == ["captures 2"]


# --- what cannot be proved --------------------------------------------------------------------------------------------


def test_run_that_was_cut_off_is_unverifiable_until_the_next_run(archivist: Archivist) -> None:
    archivist.clock.sleep(86400.0)
    with pytest.MonkeyPatch.context() as monkeypatch, playing_site(monkeypatch):
        break_off(archivist, OTHER, STAMP)
        summary, findings = verified(archivist)
        archivist.fetch(OTHER)

    assert (summary.proof, summary.is_deep) == (UNVERIFIABLE, True)
    assert [finding.place for finding in findings] == [name_of(archivist, 4)]
    assert verified(archivist)[0].proof is OK


def test_torn_last_record_of_a_killed_run_is_unverifiable(archivist: Archivist) -> None:
    archivist.clock.sleep(86400.0)
    with pytest.MonkeyPatch.context() as monkeypatch, playing_site(monkeypatch):
        break_off(archivist, OTHER, STAMP)
    path = archivist.files[4]
    end = path.stat().st_size
    path.write_bytes(path.read_bytes() + closing(archivist, 0).raw[:50])

    summary, findings = verified(archivist)

    assert (summary.proof, summary.is_deep) == (UNVERIFIABLE, True)
    assert [finding.place for finding in findings] == [f"{name_of(archivist, 4)}@{end}"]


def torn_archive(archivist: Archivist) -> Path:
    """Make a killed run's torn end, which a rebuild moves aside, and return where it is then."""
    archivist.clock.sleep(86400.0)
    with pytest.MonkeyPatch.context() as monkeypatch, playing_site(monkeypatch):
        break_off(archivist, OTHER, STAMP)
    path = archivist.files[-1]
    path.write_bytes(path.read_bytes() + closing(archivist, 0).raw[:50])
    rebuild(archivist.folder)
    return path.with_name(f"{path.name}.torn")


def run_once_more(archivist: Archivist) -> None:
    archivist.clock.sleep(86400.0)
    with pytest.MonkeyPatch.context() as monkeypatch, playing_site(monkeypatch):
        archivist.fetch(OTHER)


def test_torn_end_that_was_moved_aside_is_covered_by_the_next_run(archivist: Archivist) -> None:
    torn = torn_archive(archivist)
    before = [finding.place for finding in verified(archivist)[1]]
    run_once_more(archivist)
    run_once_more(archivist)

    assert before == [name_of(archivist, 4), f"{name_of(archivist, 4)}.torn"]
    assert lines(verified(archivist)[1]) == []
    flip(torn, 20)
    assert [finding.place for finding in verified(archivist)[1]] == [torn.relative_to(archivist.folder).as_posix()]
    torn.unlink()
    assert "is missing" in lines(verified(archivist)[1])[0]


def test_torn_end_that_no_run_left_has_failed(archivist: Archivist) -> None:
    path = archivist.files[2]
    path.with_name(f"{path.name}.torn").write_bytes(b"half a record")

    summary, findings = verified(archivist)

    assert (summary.proof, findings[0].place) == (FAILED, f"{name_of(archivist, 2)}.torn")


def test_database_older_than_the_newest_file_is_unverifiable(archivist: Archivist) -> None:
    older = archivist.database.read_bytes()
    archivist.clock.sleep(86400.0)
    with pytest.MonkeyPatch.context() as monkeypatch, playing_site(monkeypatch):
        archivist.fetch(OTHER)
    archivist.database.write_bytes(older)

    summary, findings = verified(archivist)

    assert (summary.proof, summary.is_deep) == (UNVERIFIABLE, True)
    assert [finding.place for finding in findings] == [f"{name_of(archivist, 4)}@0"]


def test_archive_is_verified_while_a_run_writes(archivist: Archivist) -> None:
    archivist.clock.sleep(86400.0)
    with pytest.MonkeyPatch.context() as monkeypatch, playing_site(monkeypatch):
        run = fetch_urls(archivist.folder, (OTHER, STAMP), options=archivist.options)
        next(run)
        proof = verified(archivist)[0].proof
        list(run)

    assert proof is UNVERIFIABLE
    assert verified(archivist)[0].proof is OK


def test_missing_database_is_unverifiable_and_the_files_are_checked(archivist: Archivist) -> None:
    archivist.database.unlink()

    summary, findings = verified(archivist)

    assert (summary.proof, summary.files) == (UNVERIFIABLE, 4)
    assert [finding.place for finding in findings] == ["postarchive.db"]


@pytest.mark.parametrize("content", [b"no database at all", b""], ids=["noise", "empty"])
def test_invalid_database_has_failed(archivist: Archivist, content: bytes) -> None:
    archivist.database.write_bytes(content)

    summary, findings = verified(archivist)

    assert (summary.proof, findings[-1].subject) == (FAILED, "postarchive.db")


def test_database_with_a_spoiled_page_has_failed(archivist: Archivist) -> None:
    data = bytearray(archivist.database.read_bytes())
    data[4096 * 3 : 4096 * 4] = b"\xff" * 4096
    archivist.database.write_bytes(data)

    summary, findings = verified(archivist)

    assert (summary.proof, findings[-1].subject) == (FAILED, "postarchive.db")


def test_folder_without_an_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="no archive here"):
        list(verify_archive(tmp_path, Summary()))


# --- the manifest that somebody kept ----------------------------------------------------------------------------------


def test_manifest_that_was_kept_is_found_in_a_longer_chain(archivist: Archivist) -> None:
    kept = verified(archivist)[0].manifest
    archivist.clock.sleep(86400.0)
    with pytest.MonkeyPatch.context() as monkeypatch, playing_site(monkeypatch):
        archivist.fetch(OTHER)

    summary, findings = verified(archivist, manifest=kept)

    assert (summary.proof, findings) == (OK, [])
    assert summary.manifest != kept


def test_rewritten_archive_lacks_the_manifest_that_was_kept(archivist: Archivist, tmp_path: Path) -> None:
    kept = verified(archivist)[0].manifest
    forged = make_archive(tmp_path / "forged")

    assert verified(forged)[0].proof is OK
    assert [finding.subject for finding in verified(forged, manifest=kept)[1]] == ["manifest"]


# --- the command ------------------------------------------------------------------------------------------------------


def run(archivist: Archivist, *options: str) -> tuple[int, str]:
    done = postarchive("verify", "--archive", archivist.folder, *options)
    return done.returncode, done.stdout


def test_command_says_ok_and_what_is_proved_and_what_is_not(archivist: Archivist) -> None:
    code, said = run(archivist)

    assert code == 0
    assert said.startswith("OK: ")
    assert [line for line in said.splitlines() if not line.startswith(" ")][1:] == [
        f"Newest manifest: {verified(archivist)[0].manifest}",
        "Proved:",
        "Not proved:",
    ]
    assert "Every row of the database follows" in said


def test_command_claims_nothing_of_rows_it_did_not_compare(archivist: Archivist) -> None:
    assert "Every row of the database follows" not in run(archivist, "--no-deep")[1]


def test_command_names_the_damage_and_exits_with_5(archivist: Archivist) -> None:
    member = first(archivist, 0, "response")
    flip(member.path, member.offset + 100)

    code, said = run(archivist)

    assert code == 5
    assert said.startswith(f"FAILED        {member.place}  ")
    assert "\nFAILED: " in said
    assert "\nProved:" not in said


def test_command_says_unverifiable_and_exits_with_0(archivist: Archivist) -> None:
    archivist.database.unlink()

    code, said = run(archivist)

    assert code == 0
    assert "\nUNVERIFIABLE: " in said
    assert "\nProved:" not in said


def test_quiet_command_says_nothing_but_damage(archivist: Archivist) -> None:
    assert run(archivist, "--quiet") == (0, "")
    archivist.execute("UPDATE captures SET status = 404 WHERE id = 2")

    code, said = run(archivist, "--quiet")

    assert (code, len(said.splitlines())) == (5, 1)


def test_json_holds_the_verdict_and_each_finding(archivist: Archivist) -> None:
    archivist.execute("UPDATE captures SET status = 404 WHERE id = 2")

    code, said = run(archivist, "--format", "json")

    document = cast("dict[str, Json]", json.load(StringIO(said)))
    assert (code, document["answer"], document["exit_code"], document["files"]) == (5, "failed", 5, 4)
    (finding,) = cast("list[dict[str, Json]]", document["findings"])
    assert (finding["subject"], finding["key"], finding["offset"]) == ("captures", "2", None)


def test_findings_come_while_the_archive_is_read(archivist: Archivist) -> None:
    member = first(archivist, 0, "response")
    flip(member.path, member.offset + 100)
    files: list[str] = []

    next(verify_archive(archivist.folder, Summary(), on_file=files.append))

    assert len(files) == 1


def test_response_that_repeats_a_stored_body_is_checked_through_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server without validators sends the same bytes again: a revisit, whose body stands in another record."""
    archivist = Archivist(tmp_path / "archive")
    with playing_site(monkeypatch) as site:
        site.answer(SEED, Response(body=SEED_FILE.read_bytes()))
        for _ in range(2):
            archivist.fetch(SEED)

    summary, found = verified(archivist)

    assert b"identical-payload-digest" in gzip.decompress(archivist.files[1].read_bytes())
    assert (summary.proof, lines(found)) == (OK, [])
