"""Citations say what proves them, are read by the programs they are for, and stay inert whatever a title holds."""

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archiving import HOME, LIST, SEED, SEED_NODE, STAMP, Archivist, playing_site
from authority import OPENSSL, answering, make_authority
from collecting import EDITED_PAGE
from commands import Done, postarchive
from exporting import HARD_TEXTS, SECOND_SHEET, put_text
from postarchive.store.read import Reader

FIRST_SHEET = SECOND_SHEET.replace("-2.htm", "-1.htm")
TITLE = "China Post releases action plan for serving rural revitalization"
# The names and shapes of an item in version 1.0.2 of the CSL data schema, of those that may be here.
CSL_TEXTS = {
    *("id", "type", "title", "container-title", "publisher", "URL", "version", "archive", "archive_location", "note"),
}
CSL_DATES = {"issued", "accessed"}
CSL_TYPES = {"article-newspaper", "webpage"}
FIELD = re.compile(r"  (?P<name>[a-z]+) = \{(?P<value>.*)\},")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    archivist = Archivist(tmp_path_factory.mktemp("cited") / "archive")
    archivist.clock.time = datetime.now(UTC) - timedelta(hours=2)
    with pytest.MonkeyPatch.context() as patch, playing_site(patch) as site:
        archivist.fetch(SEED, STAMP, LIST, FIRST_SHEET, SECOND_SHEET)
        site.edit(SEED, EDITED_PAGE)
        archivist.clock.sleep(3600)
        archivist.fetch(SEED)
    return archivist.folder


@pytest.fixture
def archivist(made: Path, tmp_path: Path) -> Archivist:
    shutil.copytree(made, tmp_path / "archive")
    return Archivist(tmp_path / "archive")


def cite(archivist: Archivist, *arguments: str) -> str:
    done = run(archivist, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def run(archivist: Archivist, *arguments: str) -> Done:
    return postarchive("cite", "-a", archivist.folder, *arguments)


def csl(archivist: Archivist, *arguments: str) -> dict[str, Any]:
    (item,) = json.loads(cite(archivist, *arguments, "-f", "csl-json"))
    assert isinstance(item, dict)
    return item


def bibtex(text: str) -> tuple[str, dict[str, str]]:
    """Return key and fields of an entry, read as strictly as BibTeX: braces balance in each value."""
    head, *lines, end = text.splitlines()
    found = [FIELD.fullmatch(line) for line in lines]
    assert end == "}"
    assert all(found), lines
    fields = {match["name"]: match["value"] for match in found if match}
    for value in fields.values():
        depth = 0
        for sign in value:
            depth += (sign == "{") - (sign == "}")
            assert depth >= 0
        assert depth == 0
    return head.removeprefix("@misc{").removesuffix(","), fields


def test_text_names_all_that_proves_it(archivist: Archivist) -> None:
    with Reader(archivist.folder) as reader:
        place = reader.version(reader.find_page(str(SEED_NODE)), 2).evidence

    first, captured, evidence, sealed = cite(archivist, str(SEED_NODE)).splitlines()

    assert first == f"“{TITLE}”. China Post News, 2023-03-29. {SEED}"
    assert re.fullmatch(r"Captured \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, version 2\.", captured)
    assert evidence == f"Evidence: {place.shown_digest} in {place.file}@{place.offset}."
    assert sealed == "Not sealed."


def test_version_that_is_named_is_cited(archivist: Archivist) -> None:
    old, new = (cite(archivist, str(SEED_NODE), "--version", number) for number in ("1", "2"))

    assert ("version 1." in old, "version 2." in new) == (True, True)
    assert old.splitlines()[2] != new.splitlines()[2]
    assert run(archivist, str(SEED_NODE), "--version", "9").returncode == 65


def test_article_in_parts_names_the_evidence_of_each_sheet(archivist: Archivist) -> None:
    lines = [line for line in cite(archivist, FIRST_SHEET).splitlines() if line.startswith("Evidence")]

    assert [url in line for url, line in zip((FIRST_SHEET, SECOND_SHEET), lines, strict=True)] == [True, True]


@pytest.mark.parametrize("name", [SEED, STAMP, LIST, FIRST_SHEET])
def test_csl_follows_its_schema(name: str, archivist: Archivist) -> None:
    item = csl(archivist, name)

    assert set(item) <= CSL_TEXTS | CSL_DATES
    assert all(isinstance(item[field], str) and item[field] for field in CSL_TEXTS & set(item))
    for field in CSL_DATES & set(item):
        ((year, month, day),) = item[field]["date-parts"]
        assert (list(item[field]), 1900 < year < 2100, 1 <= month <= 12, 1 <= day <= 31) == (
            ["date-parts"],
            True,
            True,
            True,
        )
    assert item["type"] in CSL_TYPES
    assert {"id", "type", "title", "URL", "accessed", "archive_location"} <= set(item)


def test_csl_says_what_the_text_says(archivist: Archivist) -> None:
    item = csl(archivist, str(SEED_NODE))

    assert (item["title"], item["container-title"], item["URL"]) == (TITLE, "China Post News", SEED)
    assert item["issued"] == {"date-parts": [[2023, 3, 29]]}
    assert item["note"] == " ".join(cite(archivist, str(SEED_NODE)).splitlines()[1:])


def test_bibtex_says_what_the_text_says(archivist: Archivist) -> None:
    key, fields = bibtex(cite(archivist, str(SEED_NODE), "-f", "bibtex"))

    assert key == f"chinapost-{SEED_NODE}-v2"
    assert fields["title"] == f"{{{TITLE}}}"
    assert (fields["date"], fields["year"], fields["url"]) == ("2023-03-29", "2023", SEED)
    assert fields["note"].replace("\\", "") == " ".join(cite(archivist, str(SEED_NODE)).splitlines()[1:])


@pytest.mark.parametrize("output", ["text", "bibtex", "csl-json"])
@pytest.mark.parametrize(
    "title",
    [*HARD_TEXTS.values(), "}} @misc{evil, title = {x", "\\input{/etc/passwd} \\write18{x} % $x_1^2$ & # ~", "{", "\\"],
    ids=[*HARD_TEXTS, "end of entry", "TeX", "brace", "backslash"],
)
def test_hostile_title_stays_inert(title: str, output: str, archivist: Archivist) -> None:
    put_text(archivist, title)
    said = cite(archivist, str(SEED_NODE), "-f", output)

    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]", said)
    match output:
        case "text":
            assert len(said.splitlines()) == 4
        case "bibtex":
            _, fields = bibtex(said)
            assert set(fields) == {"title", "author", "date", "year", "url", "urldate", "note"}
            commands = set(re.findall(r"\\([A-Za-z]+)", fields["title"]))
            assert commands <= {f"text{name}" for name in ("backslash", "braceleft", "braceright")} | {
                "textasciitilde",
                "textasciicircum",
            }
        case _:
            assert json.loads(said)[0]["id"] == f"chinapost-{SEED_NODE}-v2"


def test_missing_page_is_one_line(archivist: Archivist) -> None:
    done = run(archivist, f"{HOME}html1/report/9999/9999-1.htm")

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (65, "", 1)


@pytest.mark.skipif(OPENSSL is None, reason="no openssl here, which plays the authority")
def test_seal_is_named_when_there_is_one(archivist: Archivist, tmp_path: Path) -> None:
    with answering(make_authority(tmp_path / "tsa")) as authority:
        sealed = postarchive("seal", "-a", archivist.folder, "--tsa", authority.url)
    manifest = sealed.stdout.splitlines()[0].removeprefix("Manifest: ")

    last = cite(archivist, str(SEED_NODE)).splitlines()[-1]

    assert last.startswith("Sealed 20")
    assert f"by {authority.url}, manifest {manifest}, in warc/" in last
