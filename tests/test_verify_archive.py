"""The stand-alone verifier: one file without anybody's library, which agrees with `verify` on every damage."""

import ast
import runpy
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from archiving import OTHER, STAMP, Archivist, playing_site
from damages import (
    DAMAGES,
    EVIDENCE_DAMAGES,
    break_off,
    closing,
    copy_of,
    first,
    flip,
    make_archive,
    make_archive_of_a_replay,
    name_of,
)
from guarantees import ALONE
from postarchive.urls import HOSTS
from postarchive.verify import Summary, verify_archive
from prepared import made_once

TOOL = Path(__file__).parent.parent / "tools" / "verify_archive.py"
NOT_CHECKED = runpy.run_path(str(TOOL))["NOT_CHECKED"]
PROBE = f"""
import runpy, sys
tool = runpy.run_path({str(TOOL)!r})
print(tool["SITES"] == {dict(HOSTS)!r})
print(*sorted({{name.partition(".")[0] for name in sys.modules}}))
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Archivist:
    return made_once(make_archive, tmp_path_factory)


@pytest.fixture
def archivist(made: Archivist, tmp_path: Path) -> Archivist:
    return copy_of(made, tmp_path / "archive")


def isolated(*arguments: str | Path) -> tuple[int, str]:
    """Run Python without its site packages."""
    command = [sys.executable, "-I", "-S", "-W", "error", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our own words
    assert done.stderr == ""
    return done.returncode, done.stdout


def verified(archivist: Archivist, *options: str) -> tuple[int, str]:
    """Run it in this process: to compile it takes longer than all it does."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [str(TOOL), str(archivist.folder), *options])
        code = ALONE["main"]()
    assert err.getvalue() == ""
    return code, out.getvalue()


def verdict_of_verify(archivist: Archivist) -> tuple[str, str | None]:
    summary = Summary()
    assert len(list(verify_archive(archivist.folder, summary))) < 100
    return summary.proof.upper(), summary.manifest


def test_untouched_archive_is_ok(archivist: Archivist) -> None:
    code, said = isolated(TOOL, archivist.folder)

    assert code == 0
    assert said.splitlines() == [
        f"OK: {said.split()[1]} records in 4 files.",
        f"Not checked: {NOT_CHECKED}",
        f"Newest manifest: {verdict_of_verify(archivist)[1]}",
    ]


def test_row_of_a_replay_is_ok(tmp_path: Path) -> None:
    assert verified(make_archive_of_a_replay(tmp_path / "archive"))[0] == 0


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_named_with_its_place(archivist: Archivist, name: str) -> None:
    place = DAMAGES[name](archivist)

    code, said = verified(archivist)

    assert code == 5
    assert f"\nFAILED        {place}" in f"\n{said}"
    assert "\nFAILED: " in said


@pytest.mark.parametrize("name", EVIDENCE_DAMAGES)
def test_both_verifiers_agree_without_a_database(archivist: Archivist, name: str) -> None:
    EVIDENCE_DAMAGES[name](archivist)
    archivist.database.unlink()

    code, said = verified(archivist)
    verdict, manifest = verdict_of_verify(archivist)

    assert said.splitlines()[-2].startswith(f"{verdict}: ")
    assert code == (5 if verdict == "FAILED" else 0)
    assert said.splitlines()[-1] == f"Newest manifest: {manifest}" or verdict == "FAILED"


def test_process_ends_with_5_when_a_bit_is_flipped(archivist: Archivist) -> None:
    flip(archivist.files[1], 100, 3)

    code, said = isolated(TOOL, archivist.folder)

    assert (code, said) == verified(archivist)
    assert code == 5


@pytest.mark.parametrize("bit", range(8))
def test_flipped_bits_at_the_ends_of_the_newest_closing_record_are_found(archivist: Archivist, bit: int) -> None:
    last = closing(archivist, 3)
    whole = last.path.read_bytes()
    for offset in (last.offset + 3, last.offset + 9, last.end - 9, last.end - 1):
        flip(last.path, offset, bit)
        code, _ = verified(archivist)
        last.path.write_bytes(whole)

        assert code == 5, (offset - last.offset, bit)


def test_run_that_was_cut_off_is_unverifiable(archivist: Archivist) -> None:
    archivist.clock.sleep(86400.0)
    with pytest.MonkeyPatch.context() as monkeypatch, playing_site(monkeypatch):
        break_off(archivist, OTHER, STAMP)

    code, said = verified(archivist)

    assert code == 0
    assert said.startswith(f"UNVERIFIABLE  {name_of(archivist, 4)}  the run has no closing record")
    assert "\nUNVERIFIABLE: " in said
    assert verdict_of_verify(archivist) == ("UNVERIFIABLE", said.split()[-1])


def test_torn_last_record_is_unverifiable(archivist: Archivist) -> None:
    archivist.clock.sleep(86400.0)
    with pytest.MonkeyPatch.context() as monkeypatch, playing_site(monkeypatch):
        break_off(archivist, OTHER, STAMP)
    path = archivist.files[4]
    path.write_bytes(path.read_bytes() + closing(archivist, 0).raw[:50])

    assert verified(archivist)[0] == 0
    assert verdict_of_verify(archivist)[0] == "UNVERIFIABLE"


def test_manifest_that_was_kept_must_be_found(archivist: Archivist, tmp_path: Path) -> None:
    kept = verified(archivist)[1].split()[-1]
    forged = make_archive(tmp_path / "forged")

    assert verified(archivist, "--manifest", kept)[0] == 0
    assert verified(forged)[0] == 0
    assert verified(forged, "--manifest", kept)[0] == 5


def test_strangers_text_cannot_steer_the_terminal(archivist: Archivist) -> None:
    (archivist.folder / "warc" / "\x1b]0;x\x07").write_bytes(b"")

    said = verified(archivist)[1]

    assert said.startswith(r"FAILED        warc/\x1b]0;x\x07")


def test_noise_for_a_database_has_failed(archivist: Archivist) -> None:
    archivist.database.write_bytes(b"no database")

    code, said = verified(archivist)

    assert code == 5
    assert said.startswith("FAILED        postarchive.db  ")


def test_damaged_original_is_named_with_what_repeats_it(archivist: Archivist) -> None:
    member = first(archivist, 0, "response")
    flip(member.path, member.offset + len(member.raw) // 2)

    places = [line.split()[1] for line in verified(archivist)[1].splitlines() if "@" in line]

    assert places[0] == member.place


def test_folder_without_an_archive_is_a_usage_error(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, TOOL, tmp_path], capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our own words

    assert (done.returncode, done.stdout) == (2, "")
    assert "no archive here" in done.stderr


def test_tool_imports_the_standard_library_alone() -> None:
    tree = ast.parse(TOOL.read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "." for node in imports if isinstance(node, ast.ImportFrom)}

    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_tool_is_valid_for_python_3_9() -> None:
    assert ast.parse(TOOL.read_text(encoding="utf-8"), feature_version=(3, 9)).body


def test_tool_knows_the_sites_of_the_program_and_loads_nothing_else() -> None:
    same_sites, modules = isolated("-c", PROBE)[1].splitlines()

    assert same_sites == "True"
    assert set(modules.split()) <= sys.stdlib_module_names | {"__main__"}
