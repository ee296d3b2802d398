"""An archive that version 0f3210e wrote, kept for good: whatever the code becomes, its evidence makes the same records.

It holds an article that was edited (and an older state of it that was imported later), one that is gone, one in two
parts, a new layout, stamps (an empty one too), a list, a folder, the home page, a page of both hosts and a soft error.
"""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from postarchive.collect import rebuild
from postarchive.verify import Proof, Summary, verify_archive

OLD = Path(__file__).resolve().parent.parent / "fixtures" / "archives" / "0f3210e"
TOOL = Path(__file__).resolve().parent.parent / "tools" / "verify_archive.py"
VERSIONS = """
SELECT pages.site, pages.key, versions.number, versions.change, versions.parts, versions.fingerprint,
       versions.first_seen, versions.last_seen, versions.record
FROM versions JOIN pages ON pages.id = versions.page ORDER BY pages.site, pages.key, versions.number
"""
CHANGES = """
SELECT pages.site, pages.key, changes.change, changes.detail, changes.version, changes.time
FROM changes JOIN pages ON pages.id = changes.page
ORDER BY pages.site, pages.key, changes.time, changes.version
"""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("old") / "archive"
    shutil.copytree(OLD / "warc", folder / "warc")
    rebuild(folder)
    return folder / "postarchive.db"


@pytest.mark.parametrize("command", ["verify", "stand-alone"])
def test_it_is_found_whole(command: str, database: Path) -> None:
    """Its heads were rewritten as HTTP/1.1 without chunks; they are read like those off the wire.

    Only the uncovered ends of its runs are reported, until the next run covers them.
    """
    if command == "verify":
        found = list(verify_archive(database.parent, Summary()))
        assert {(finding.proof, finding.offset) for finding in found} == {(Proof.UNVERIFIABLE, found[0].offset)}
        return
    words = [sys.executable, "-I", "-S", str(TOOL), str(database.parent)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    assert done.returncode == 0, done.stdout
    assert "FAILED" not in done.stdout


def rows(database: Path, sql: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql)]


def expected(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((OLD / "expected.json").read_text(encoding="utf-8"))[name]
    return found


def test_its_records_versions_and_fingerprints_are_made_again(database: Path) -> None:
    found = [row | {"record": json.loads(row["record"])} for row in rows(database, VERSIONS)]

    assert len(found) == len(expected("versions")) > 10
    for old, new in zip(expected("versions"), found, strict=True):
        assert new == old
        assert list(new["record"]) == list(old["record"])


def test_its_changes_are_reported_again(database: Path) -> None:
    assert rows(database, CHANGES) == expected("changes")
