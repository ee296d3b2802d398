"""An archive that an older version wrote stays verifiable, and says what its closing records leave uncovered."""

import hashlib
import re
import shutil
from pathlib import Path

import pytest

from archiving import OTHER, Archivist, playing_site
from damages import block_of, closing, digested, repacked
from postarchive.collect import rebuild
from postarchive.verify import Proof, Summary, verify_archive
from test_verify_archive import verified as verified_alone

OLDER = Path(__file__).parent.parent / "fixtures" / "archives" / "0f3210e" / "warc"


@pytest.fixture
def archivist(tmp_path: Path) -> Archivist:
    shutil.copytree(OLDER, tmp_path / "archive" / "warc")
    rebuild(tmp_path / "archive")
    archivist = Archivist(tmp_path / "archive")
    archivist.clock.sleep(86400.0)
    return archivist


def found(archivist: Archivist) -> list[tuple[str, str]]:
    findings = verify_archive(archivist.folder, Summary())
    return [(str(finding.proof), finding.place) for finding in findings]


def run_once_more(archivist: Archivist) -> None:
    archivist.clock.sleep(86400.0)
    with pytest.MonkeyPatch.context() as monkeypatch, playing_site(monkeypatch):
        archivist.fetch(OTHER)


def change_counts(archivist: Archivist, run: int) -> None:
    """Change a count in a closing record, with digests that are right again."""
    member = closing(archivist, run)
    block = re.sub(rb"(count-[^:]+: )\d+", rb"\g<1>99", block_of(member))
    repacked(member, digested(member.content, block))


def test_older_archive_is_verifiable_but_for_counts_and_end(archivist: Archivist) -> None:
    place = closing(archivist, 3).place

    assert found(archivist) == [(Proof.UNVERIFIABLE, place)]
    code, said = verified_alone(archivist)
    assert (code, said.startswith(f"UNVERIFIABLE  {place}  nothing covers the counts and end of 4 runs")) == (0, True)


def test_next_run_covers_the_closing_records_of_all_older_ones(archivist: Archivist) -> None:
    run_once_more(archivist)

    assert found(archivist) == []
    assert verified_alone(archivist)[1].startswith("OK: ")


@pytest.mark.parametrize("run", [0, 2, 3])
def test_changed_counts_of_an_older_run_are_found_once_it_is_covered(archivist: Archivist, run: int) -> None:
    run_once_more(archivist)
    change_counts(archivist, run)
    archivist.database.unlink()

    assert (Proof.FAILED, closing(archivist, 3).place) in found(archivist)
    assert verified_alone(archivist)[0] == 5


def test_changed_counts_of_the_newest_older_run_differ_from_the_row(archivist: Archivist) -> None:
    change_counts(archivist, 3)

    assert Proof.FAILED in {proof for proof, _ in found(archivist)}
    assert verified_alone(archivist)[0] == 5


def test_older_form_after_a_newer_one_has_failed(archivist: Archivist) -> None:
    """Who takes a newer closing record back to the older form, which covers less, is found."""
    run_once_more(archivist)
    run_once_more(archivist)
    member = closing(archivist, 5)
    fields = dict(line.split(b": ", 1) for line in block_of(member).split(b"\r\n") if line)
    names = (b"previous-manifest", b"file", b"bytes", b"sha256")
    lines = b"manifest-version: 1\r\n" + b"".join(b"%s: %s\r\n" % (name, fields[name]) for name in names)
    digest = hashlib.sha256(lines).hexdigest().encode()
    block = b"run: %s\r\n%smanifest: %s\r\n" % (fields[b"run"], lines, digest)
    repacked(member, digested(member.content, block))
    archivist.database.unlink()

    assert (Proof.FAILED, closing(archivist, 5).place) in found(archivist)
    assert verified_alone(archivist)[0] == 5
