"""A kind of page is one file and one row: a copy of the program gets the kind `video`, and nothing else is touched."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import postarchive
from postarchive.pages import parser_of
from postarchive.record.kinds import KINDS, NAMES, OF_TYPE, OF_WORD, UNKNOWN, kind_of_type

TESTS = Path(__file__).resolve().parent
ROW = '    Kind("video", "video", types=(61,), words=("video",)),\n'
PARSER = """
from postarchive.pages.cms.common import common
from postarchive.pages.cms.frame import content_region
from postarchive.pages.cms.material import Reading
from postarchive.record.values import Page

def parse(material):
    region = content_region(material.tree)
    texts = tuple(material.tree.paragraphs(region))
    page = Page(**common(material, region, "video"), title=material.head.subject, paragraphs=texts)
    return Reading(page, material.tree, region)
"""
TITLE = "The mail boat, a film"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what each command of the program with the new kind says of an archive with a video."""
    tree = tmp_path_factory.mktemp("video")
    package = tree / "src" / "postarchive"
    shutil.copytree(TESTS.parent / "tools", tree / "tools")  # what `export package` ships
    shutil.copytree(Path(postarchive.__file__).parent, package)
    (package / "pages" / "video.py").write_text(PARSER)
    table = package / "record" / "kinds.py"
    table.write_text(table.read_text().replace("KINDS: Final = (\n", f"KINDS: Final = (\n{ROW}", 1))
    paths = os.pathsep.join([str(package.parent), str(TESTS)])
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, TESTS / "a_new_kind.py"],
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_new_kind_is_parsed(told: dict[str, Any]) -> None:
    assert (told["parse"]["kind"], told["parse"]["title"]) == ("video", TITLE)
    assert told["parse"]["paragraphs"] == ["Boat meets tide."]


def test_new_kind_is_crawled_and_stored(told: dict[str, Any]) -> None:
    assert [line for line in told["fetch"].splitlines() if line.startswith("NEW") and line.endswith(TITLE)]
    assert '"video"' in told["stats"]


def test_new_kind_is_found_and_shown(told: dict[str, Any]) -> None:
    assert [(row["kind"], row["title"]) for row in told["query"]] == [("video", TITLE)]
    assert "Boat meets tide." in told["show"]


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet", "md", "package", "wacz"])
def test_new_kind_is_exported_in_every_format(form: str, told: dict[str, Any]) -> None:
    assert {"parquet": "video", "wacz": TITLE}.get(form, "Boat meets tide.") in str(told[form])


def test_new_kind_is_served(told: dict[str, Any]) -> None:
    assert '<option value="video" selected>' in told["serve"]
    assert TITLE in told["serve"]


def test_new_kind_is_in_the_feed(told: dict[str, Any]) -> None:
    assert TITLE in told["feed"]


def test_each_kind_has_a_parser_of_its_own() -> None:
    assert len(set(map(parser_of, NAMES))) == len(KINDS)


def test_no_two_kinds_share_a_name_a_type_or_a_word() -> None:
    assert len(set(NAMES)) == len(KINDS)
    assert len(OF_TYPE) == sum(len(kind.types) for kind in KINDS)
    assert len(OF_WORD) == sum(len(kind.words) for kind in KINDS)


@pytest.mark.parametrize(("number", "kind"), [(11, "stamp"), (39, "news"), (5, UNKNOWN), (1024, None), (99999, None)])
def test_type_number_of_a_customer_says_nothing(number: int, kind: str | None) -> None:
    assert kind_of_type(number) == kind
