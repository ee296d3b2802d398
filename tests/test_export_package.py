"""`export package`: what others' programs say of it, and that it is the same to the byte when it is made again."""

import csv
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from archiving import SEED, STAMP, Archivist, playing_site
from collecting import EDITED_PAGE
from commands import environment
from damages import break_off
from exporting import HARD_TEXTS, contents, copy_of, export, lines, put_text
from fakesite import FakeSite
from postarchive.export.columns import TABLES
from postarchive.record.versions import version_json
from postarchive.store.tables import Tables

ROOT = Path(__file__).parent.parent
FORMS = ["folder", "zip"]


@pytest.fixture
def archivist(whole_site: Archivist, tmp_path: Path) -> Archivist:
    return copy_of(whole_site, tmp_path / "archive")


def written(archivist: Archivist, name: str = "package", *, epoch: str = "") -> Path:
    path = archivist.folder.parent / name
    done = export(archivist, "package", "-o", path, epoch=epoch)
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture(scope="module")
def package(whole_site: Archivist, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a package of the whole site, only to be read."""
    path = tmp_path_factory.mktemp("read") / "package"
    assert export(whole_site, "package", "-o", path).returncode == 0
    return path


def bytes_of(path: Path) -> dict[str, bytes]:
    return contents(path) if path.is_dir() else {path.name: path.read_bytes()}


def table(folder: Path, name: str) -> list[dict[str, str]]:
    csv.field_size_limit(10_000_000)
    with (folder / f"data/{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


# --- others' programs -------------------------------------------------------------------------------------------------

FAULTS = {
    "type": ("data/pages.csv", b",23048456,", b",a node,"),
    "foreign key": ("data/changes.csv", b"english,", b"englisch,"),
    "digest": ("data/captures.csv", b",200,", b",201,"),
}
FAULTY = ("articles", "pages", "versions", "changes", "captures", "runs")
# Validates descriptors and all data, with types, keys, sizes and digests: what `frictionless validate --json` prints.
FRICTIONLESS = """
import json, os, sys
from frictionless import validate
for path in sys.argv[1:]:
    os.chdir(os.path.dirname(path))
    print(json.dumps(validate(os.path.basename(path)).to_dict()))
"""


@pytest.fixture(scope="module")
def reports(
    whole_site: Archivist, package: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Any]]:
    """Return what frictionless reports of packages: a folder, the same with faults, and a zip with hard texts.

    It takes a second to begin, and another for each.
    """
    if find_spec("frictionless") is None:
        pytest.skip("needs frictionless, which is in the test group")
    folder = tmp_path_factory.mktemp("judged")
    archivist = copy_of(whole_site, folder / "archive")
    paths = {"folder": package / "datapackage.json", "faults": with_faults(package, folder / "faults")}
    put_hard_texts(archivist)
    paths["zip"] = written(archivist, "package.zip")
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", FRICTIONLESS, *paths.values()],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    return dict(zip(paths, map(json.loads, done.stdout.splitlines()), strict=True))


def with_faults(package: Path, copy: Path) -> Path:
    """Copy a package and put the faults into it; it lists only the tables with one, and those that they refer to."""
    shutil.copytree(package, copy)
    for file, old, new in FAULTS.values():
        data = (copy / file).read_bytes()
        assert old in data
        (copy / file).write_bytes(data.replace(old, new, 1))
    descriptor = copy / "datapackage.json"
    described = json.loads(descriptor.read_text(encoding="utf-8"))
    described["resources"] = [item for item in described["resources"] if item["name"] in FAULTY]
    descriptor.write_text(json.dumps(described), encoding="utf-8")
    return descriptor


def put_hard_texts(archivist: Archivist) -> None:
    pages = [str(url) for (url,) in archivist.rows("SELECT url FROM pages WHERE kind = 'news' ORDER BY id")]
    for url, text in zip(pages, HARD_TEXTS.values(), strict=False):
        put_text(archivist, text, url=url)


@pytest.mark.parametrize("form", FORMS)
def test_frictionless_finds_the_package_and_its_data_valid_whatever_its_texts(
    form: str, reports: dict[str, dict[str, Any]], whole_site: Archivist
) -> None:
    report = reports[form]

    assert (report["valid"], report["stats"]["errors"]) == (True, 0)
    checked = {task["name"]: task["stats"].get("rows") for task in report["tasks"]}
    with Tables(whole_site.folder) as tables:
        assert checked["captures"] == len(list(tables.captures()))
    assert set(TABLES) <= set(checked)


@pytest.mark.parametrize("name", FAULTS)
def test_frictionless_would_find_a_fault(name: str, reports: dict[str, dict[str, Any]]) -> None:
    table_name = Path(FAULTS[name][0]).stem

    (task,) = [task for task in reports["faults"]["tasks"] if task["name"] == table_name]

    assert task["valid"] is False


def test_checksums_hold_for_every_file(package: Path) -> None:
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=package, check=True, timeout=60)  # noqa: S607 - our own words
    listed = {line[66:] for line in (package / "SHA256SUMS").read_text().splitlines()}
    assert listed == set(contents(package)) - {"SHA256SUMS"}


def test_shipped_verifier_finds_the_evidence_whole_and_sees_a_flipped_bit(archivist: Archivist) -> None:
    folder = written(archivist)
    file = next(folder.glob("warc/*/*.warc.gz"))

    whole = verified(folder)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)

    assert whole.returncode == 0, whole.stdout
    assert verified(folder).returncode == 5


def verified(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", "verify_archive.py", "."]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our own words


def test_shipped_verifier_is_the_one_of_the_tools(package: Path) -> None:
    assert (package / "verify_archive.py").read_bytes() == (ROOT / "tools/verify_archive.py").read_bytes()


def test_citation_follows_the_citation_file_format(package: Path) -> None:
    """Its schema 1.2.0 requires these four; cffconvert was run by hand."""
    cited = yaml.safe_load((package / "CITATION.cff").read_text(encoding="utf-8"))

    assert {"cff-version", "message", "title", "authors"} <= set(cited)
    assert (cited["cff-version"], cited["type"], cited["authors"]) == ("1.2.0", "dataset", [{"name": "China Post"}])
    assert date.fromisoformat(cited["date-released"]) == date(2026, 5, 7)


# --- what is in it ----------------------------------------------------------------------------------------------------


def test_evidence_is_copied_byte_for_byte(package: Path, whole_site: Archivist) -> None:
    for path in whole_site.files:
        assert (package / path.relative_to(whole_site.folder)).read_bytes() == path.read_bytes()


def test_tables_have_the_columns_and_rows_of_the_archive(package: Path, whole_site: Archivist) -> None:
    described = {item["name"]: item for item in json.loads((package / "datapackage.json").read_text())["resources"]}
    for name in TABLES:
        names = (package / f"data/{name}.csv").read_text(encoding="utf-8").partition("\n")[0].strip().split(",")
        assert [field["name"] for field in described[name]["schema"]["fields"]] == names
        assert all(field["description"] for field in described[name]["schema"]["fields"])
    with Tables(whole_site.folder) as tables:
        assert lines((package / "data/records.jsonl").read_text(encoding="utf-8")) == list(
            map(version_json, tables.all_records())
        )
    assert len(table(package, "versions")) == len(table(package, "pages")) + 1  # one page was edited


def test_readme_names_every_file_and_every_column(package: Path) -> None:
    readme = (package / "README.md").read_text(encoding="utf-8")

    names = [path for path in contents(package) if not path.startswith(("warc/", "media/")) and path != "README.md"]
    assert [name for name in names if name not in readme] == []
    assert [
        column.name for item in TABLES.values() for column in item.columns_of("csv") if column.name not in readme
    ] == []


def test_digest_of_a_page_leads_to_its_bytes(package: Path) -> None:
    (page,) = [row for row in table(package, "pages") if row["url"] == SEED]
    (capture,) = [row for row in table(package, "captures") if row["record_id"] == page["evidence_record_id"]]

    data = (package / capture["file"]).read_bytes()[int(capture["offset"]) :][: int(capture["stored"])]

    assert (capture["payload_digest"], capture["url"]) == (page["evidence_payload_digest"], SEED)
    assert data.startswith(b"\x1f\x8b")


# --- the same bytes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("epoch", ["1700000000", ""], ids=["with SOURCE_DATE_EPOCH", "without"])
@pytest.mark.parametrize("form", FORMS)
def test_repeated_export_is_the_same_to_the_byte(form: str, epoch: str, archivist: Archivist) -> None:
    suffix = ".zip" if form == "zip" else ""
    first = bytes_of(written(archivist, f"package{suffix}", epoch=epoch))

    archivist.execute("VACUUM")

    assert bytes_of(written(archivist, f"package{suffix}", epoch=epoch)) == first


def test_package_of_a_rebuilt_archive_is_the_same(archivist: Archivist) -> None:
    first = contents(written(archivist))

    assert archivist.rebuilt_differences() == []

    assert contents(written(archivist, "again")) == first


def test_zip_has_the_files_of_the_folder(package: Path, archivist: Archivist) -> None:
    with zipfile.ZipFile(written(archivist, "package.zip")) as zipped:
        assert {name: zipped.read(name) for name in zipped.namelist()} == contents(package)
        assert {info.date_time for info in zipped.infolist()} == {(2026, 5, 7, 8, 1, 26)}


def test_date_of_the_build_can_be_given(archivist: Archivist) -> None:
    folder = written(archivist, epoch="1700000000")

    assert json.loads((folder / "datapackage.json").read_text())["created"] == "2023-11-14T22:13:20Z"
    cited = yaml.safe_load((folder / "CITATION.cff").read_text(encoding="utf-8"))
    assert (cited["date-released"], cited["version"]) == ("2023-11-14", "2026-05-07")
    assert "The newest response is of 2026-05-07" in (folder / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("epoch", "year"), [("0", 1980), ("250000000000", 2107)])
def test_date_that_zip_cannot_hold_is_clamped(epoch: str, year: int, archivist: Archivist) -> None:
    with zipfile.ZipFile(written(archivist, "package.zip", epoch=epoch)) as package:
        assert {info.date_time[0] for info in package.infolist()} == {year}


def test_invalid_date_is_refused(archivist: Archivist) -> None:
    done = export(archivist, "package", "-o", archivist.folder.parent / "p", epoch="yesterday")

    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


# --- hard cases -------------------------------------------------------------------------------------------------------


def test_file_of_a_running_writer_is_copied_up_to_what_the_tables_know(archivist: Archivist) -> None:
    with pytest.MonkeyPatch.context() as patch, playing_site(patch):
        archivist.fetch(STAMP)
    newest = archivist.files[-1]
    known = newest.stat().st_size
    with newest.open("ab") as file:
        file.write(b"half a record")

    folder = written(archivist)

    copy = folder / newest.relative_to(archivist.folder)
    assert copy.read_bytes() == newest.read_bytes()[:known]
    assert verified(folder).returncode == 0


def test_interrupted_run_is_reported(archivist: Archivist) -> None:
    with pytest.MonkeyPatch.context() as patch, playing_site(patch):
        break_off(archivist, STAMP)
        archivist.fetch(STAMP)

    folder = written(archivist)

    ended = [row["ended"] for row in table(folder, "runs")]
    assert ended.count("") == 1
    assert verified(folder).returncode == 0


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("damage", [cut, Path.unlink], ids=["cut", "removed"])
def test_evidence_that_is_not_whole_is_reported_and_nothing_is_written(
    damage: Callable[[Path], None], form: str, archivist: Archivist
) -> None:
    file = archivist.files[0]
    damage(file)
    path = archivist.folder.parent / ("p.zip" if form == "zip" else "p")

    done = export(archivist, "package", "-o", path)

    assert (done.returncode, len(done.stderr.splitlines())) == (65, 1)
    assert file.name in done.stderr
    assert [other.name for other in archivist.folder.parent.iterdir()] == ["archive"]


def test_growing_archive_replaces_its_package(archivist: Archivist) -> None:
    before = table(written(archivist), "captures")
    with pytest.MonkeyPatch.context() as patch, playing_site(patch) as site:
        edit(site)
        archivist.fetch(STAMP)

    assert len(table(written(archivist), "captures")) > len(before)


def edit(site: FakeSite) -> None:
    site.edit(STAMP, EDITED_PAGE)


def test_package_does_not_overwrite_a_markdown_folder(archivist: Archivist) -> None:
    folder = archivist.folder.parent / "pages"
    export(archivist, "md", "-o", folder)
    before = contents(folder)

    done = export(archivist, "package", "-o", folder)

    assert done.returncode == 73
    assert contents(folder) == before


def test_package_is_not_written_into_the_archive(archivist: Archivist) -> None:
    before = contents(archivist.folder)

    done = export(archivist, "package", "-o", archivist.folder)

    assert done.returncode == 73
    assert contents(archivist.folder).keys() >= before.keys()


def test_command_says_what_it_wrote(archivist: Archivist) -> None:
    shutil.rmtree(written(archivist))
    path = archivist.folder.parent / "package"

    done = export(archivist, "package", "-o", path)

    with Tables(archivist.folder) as tables:
        pages, captures = len(list(tables.records())), len(list(tables.captures()))
    assert done.stderr == f"Wrote {pages} pages, {pages + 1} versions, {captures} captures to {path}.\n"
