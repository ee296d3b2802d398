"""An export does not keep silent about damaged evidence: it refuses, or says so and can say it with its exit code."""

from collections.abc import Callable
from pathlib import Path

import pytest

from archiving import OTHER, SEED, STAMP, Archivist
from exporting import JPEG, PICTURE, PICTURED, export, keep_media
from fakesite import FakeSite
from prepared import Prepared

TEXTS = ["jsonl", "csv", "parquet", "md"]
REFUSING = ["package", "package.zip", "warc", "wacz"]
Damage = Callable[[Path, int, int], None]


def flip(path: Path, offset: int, length: int) -> None:
    data = bytearray(path.read_bytes())
    data[offset + length // 2] ^= 1
    path.write_bytes(data)


def cut(path: Path, offset: int, length: int) -> None:
    path.write_bytes(path.read_bytes()[: offset + length // 2])


def remove(path: Path, offset: int, length: int) -> None:  # noqa: ARG001 - all of it
    path.unlink()


def cut_out(path: Path, offset: int, length: int) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:offset] + data[offset + length :])


DAMAGES = [flip, cut, remove, cut_out]


def damaged(archivist: Archivist, url: str, damage: Damage) -> str:
    """Damage the record of a URL's response and return its place."""
    ((file, offset, length),) = archivist.rows(
        f"SELECT file, offset, stored_bytes FROM captures WHERE url = '{url}'"  # noqa: S608 - our own URL
    )
    damage(archivist.folder / str(file), int(str(offset)), int(str(length)))
    return f"{file}@{offset}"


@pytest.fixture
def three(site: FakeSite, archivist: Archivist, prepared: Prepared) -> Archivist:
    """Return an archive of three runs with a page each: damage to the second leaves the others whole."""
    return prepared.bring(fetch_three, site, archivist)


def fetch_three(site: FakeSite, archivist: Archivist) -> None:
    for url in (SEED, OTHER, STAMP):
        archivist.fetch(url)
    assert set(site.urls) >= {SEED, OTHER, STAMP}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("format", REFUSING)
def test_evidence_export_refuses_damaged_evidence(
    damage: Damage,
    format: str,  # noqa: A002
    three: Archivist,
    tmp_path: Path,
) -> None:
    place = damaged(three, OTHER, damage)

    done = export(three, format.removesuffix(".zip"), "-o", tmp_path / f"out.{format}")

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (65, "", 1)
    assert place.partition("@")[0] in done.stderr
    assert not list(tmp_path.glob("*out*"))


def test_package_refuses_a_damaged_record_that_is_not_a_response(three: Archivist, tmp_path: Path) -> None:
    flip(three.files[1], 0, 200)

    done = export(three, "package", "-o", tmp_path / "p")

    assert (done.returncode, not (tmp_path / "p").exists()) == (65, True)
    assert f"{three.files[1].name}@0" in done.stderr


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("format", TEXTS)
@pytest.mark.parametrize(("options", "code"), [((), 0), (("--verify",), 5)], ids=["reported", "verified"])
def test_record_export_reports_damaged_evidence(  # noqa: PLR0913, PLR0917 - a table of three dimensions
    damage: Damage,
    format: str,  # noqa: A002
    options: tuple[str, ...],
    code: int,
    three: Archivist,
    tmp_path: Path,
) -> None:
    place = damaged(three, OTHER, damage)

    done = export(three, format, "-o", tmp_path / "out", *options)

    assert done.returncode == code
    told, wrote, summary = done.stderr.splitlines()
    assert "damaged evidence" in told
    assert place.partition("@")[0] in told
    assert wrote == f"Wrote 3 pages to {tmp_path}/out."
    assert "postarchive verify" in summary


@pytest.mark.parametrize("format", TEXTS)
@pytest.mark.parametrize("option", ["--verify", "--articles", "--no-verify"])
def test_intact_evidence_is_not_mentioned(format: str, option: str, three: Archivist, tmp_path: Path) -> None:  # noqa: A002
    done = export(three, format, "-o", tmp_path / "out", option)

    assert (done.returncode, len(done.stderr.splitlines())) == (0, 1)


def test_evidence_can_be_left_unread(three: Archivist, tmp_path: Path) -> None:
    damaged(three, OTHER, flip)

    done = export(three, "jsonl", "--no-verify", "-o", tmp_path / "out")

    assert (done.returncode, len(done.stderr.splitlines())) == (0, 1)


def test_stdout_has_the_records_alone(three: Archivist) -> None:
    damaged(three, OTHER, flip)

    done = export(three, "jsonl", "--verify")

    assert (done.returncode, len(done.stdout.splitlines()), len(done.stderr.splitlines())) == (5, 3, 2)


def test_a_damaged_picture_is_left_out_and_reported(site: FakeSite, archivist: Archivist, tmp_path: Path) -> None:
    site.answer(PICTURE, JPEG)
    keep_media(archivist, PICTURED)
    damaged(archivist, PICTURE, flip)

    done = export(archivist, "md", "--verify", "-o", tmp_path / "md")

    assert done.returncode == 5
    assert PICTURE in done.stderr.splitlines()[0]
    assert not (tmp_path / "md/media").exists()
