"""`docs/guarantees.md`: its table is what two verifiers say of each kind of tampering, and each promise has its test.

`make guarantees` writes the table; read the difference before you commit it.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import guarantees
import tampers_files
import tampers_folders
import tampers_records
import tampers_rewritten
import tampers_rows
import tampers_seals
from archiving import Archivist
from authority import OPENSSL, answering, make_authority
from damages import copy_of
from guarantees import ROOT, TAMPERS, Meaning, Rebuilt, Row, Tamper, ask_both, stand_alone, table, verdict
from postarchive.verify import Summary, verify_archive

DOCUMENT = ROOT / "docs" / "guarantees.md"
COUNTS = re.compile(r"^\d+ kinds: .*$", re.MULTILINE)
ROWS_ALONE = (tampers_rows.ROWS, tampers_rows.OBJECTS, tampers_rows.WORDS, tampers_rows.DATABASE)
SEALED = (tampers_seals.SEALS, tampers_seals.PACKAGE)
OF_A_SHORT_ONE = (*ROWS_ALONE, tampers_records.RECORDS, tampers_records.BLOCKS, tampers_records.GZIP)
SECTIONS = [
    *(tampers_records.RECORDS, tampers_records.BLOCKS, tampers_records.GZIP, tampers_records.END),
    *(tampers_files.FILES, tampers_files.TORN, tampers_folders.FOLDERS, tampers_folders.CLOCKS),
    *(tampers_rewritten.REWRITTEN, tampers_rewritten.TAIL),
    *ROWS_ALONE,
    *SEALED,
]


@pytest.fixture(scope="module", autouse=True)
def _rebuilt_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Rebuild a database of the same evidence once, in memory: who changes rows alone leaves it as it was."""
    rebuilt = Rebuilt(tmp_path_factory.mktemp("rebuilt"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("postarchive.collect.replay.replay", rebuilt.replay)
        patch.setattr("tempfile.tempdir", str(rebuilt.folder))
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Archivist:
    return guarantees.make_archive(tmp_path_factory.mktemp("made") / "archive")


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Archivist:
    return guarantees.make_short_archive(tmp_path_factory.mktemp("short") / "archive")


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archivist]:
    if OPENSSL is None:
        pytest.skip("no openssl here, which plays the authority")
    folder = tmp_path_factory.mktemp("sealed")
    honest, forger = (answering(make_authority(folder / name)) for name in ("honest", "forger"))
    with honest as one, forger as other:
        yield tampers_seals.make_sealed(folder / "archive", one, other)


@pytest.fixture
def archivist(request: pytest.FixtureRequest, section: str) -> Archivist:
    name = "sealed" if section in SEALED else "short" if section in OF_A_SHORT_ONE else "made"
    found: Archivist = request.getfixturevalue(name)
    return found


@pytest.mark.parametrize("section", SECTIONS)
def test_section_is_what_both_verifiers_say(
    section: str, archivist: Archivist, tmp_path: Path, *, pytestconfig: pytest.Config
) -> None:
    tampers = [tamper for tamper in TAMPERS if tamper.section == section]
    rows = [checked(archivist, tamper, tmp_path / str(place)) for place, tamper in enumerate(tampers)]

    found = f"### {section}\n\n{table(rows)}"
    if pytestconfig.getoption("write_guarantees"):
        write_section(section, found)

    assert found.splitlines() == section_of(DOCUMENT.read_text(), section).splitlines()


def checked(made: Archivist, tamper: Tamper, folder: Path) -> Row:
    """Tamper with a copy; show that what is called harmless is, and that what is unproved is reported as such."""
    archivist = copy_of(made, folder / "archive")
    before = {path.name: path.read_bytes() for path in archivist.files}
    row = ask_both(archivist, tamper)
    if row.meaning is Meaning.HARMLESS:
        assert before.items() <= {path.name: path.read_bytes() for path in archivist.files}.items()
        assert archivist.rebuilt_differences() == []
    elif verdict(row.said) == "OK":
        assert tamper.because in row.said
    elif tamper.section not in (*ROWS_ALONE, *SEALED):
        check_without_rows(archivist)
    return row


def check_without_rows(archivist: Archivist) -> None:
    """Show that both verifiers say the same when there is no database."""
    archivist.database.unlink(missing_ok=True)
    summary = Summary()
    list(verify_archive(archivist.folder, summary))

    assert verdict(stand_alone(archivist.folder)) == summary.proof.upper()


def write_section(section: str, found: str) -> None:
    document = DOCUMENT.read_text()
    head, _, tables = document.partition("\n### ")
    others = {text.partition("\n")[0]: f"### {text.strip()}\n" for text in tables.split("\n### ")}
    others[section] = found
    DOCUMENT.write_text("\n".join([f"{head.strip()}\n", *(others[name] for name in SECTIONS if name in others)]))


def section_of(document: str, section: str) -> str:
    found = document.partition(f"\n### {section}\n")[2].partition("\n### ")[0]
    return f"### {section}\n{found}".rstrip()


def test_counts_are_those_of_the_table(pytestconfig: pytest.Config) -> None:
    document = DOCUMENT.read_text()
    lines = [
        line for line in document.partition("\n### ")[2].splitlines() if line.startswith("| ") and "---" not in line
    ]
    meanings = Counter(
        line.rstrip(" |").rpartition(" | ")[2].partition(":")[0]
        for line in lines
        if "| stand-alone verifier |" not in line
    )
    told = ", ".join(f"{meanings[meaning]} {meaning}" for meaning in Meaning)
    counts = f"{meanings.total()} kinds: {told}."
    if pytestconfig.getoption("write_guarantees"):
        DOCUMENT.write_text(COUNTS.sub(counts, document, count=1))

    assert COUNTS.findall(DOCUMENT.read_text()) == [counts]
    assert meanings.total() == len(TAMPERS) >= 100


def test_each_kind_is_in_a_section_and_names_are_unique() -> None:
    assert {tamper.section for tamper in TAMPERS} == set(SECTIONS)
    assert [name for name, count in Counter((t.section, t.what) for t in TAMPERS).items() if count > 1] == []


def test_each_promise_names_a_test_that_is_there() -> None:
    promises = DOCUMENT.read_text().partition("## Tampering")[0]
    rows = [line for line in promises.splitlines() if line.startswith("| ") and "---" not in line][1:]
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").glob("*.py"))
    names = set(re.findall(r"`(test_\w+)`", promises))
    paths = set(re.findall(r"`((?:tests|benchmarks)/\w+\.py)", promises))

    assert len(rows) >= 20
    assert [row for row in rows if not re.search(r"`(test_\w+|(tests|benchmarks)/\w+\.py)", row)] == []
    assert [name for name in names if f"def {name}(" not in tests] == []
    assert [path for path in paths if not (ROOT / path).is_file()] == []
