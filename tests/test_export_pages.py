"""`export md`: files with stable, harmless names, front matter that YAML reads back, text that acts as no markup."""

import hashlib
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from archiving import HOME, OTHER, SEED, STAMP, Archivist
from exporting import CHINESE, HARD_TEXTS, SECOND_SHEET, contents, copy_of, export, lines, put_text
from postarchive.export.frontmatter import front_matter
from postarchive.export.pages import page_path
from postarchive.jsonvalue import Json
from postarchive.record.values import Folder, from_json

SEED_FILE = "news/2023/23048456-1.md"


@pytest.fixture
def archivist(whole_site: Archivist, tmp_path: Path) -> Archivist:
    return copy_of(whole_site, tmp_path / "archive")


def written(archivist: Archivist, *options: str) -> Path:
    folder = archivist.folder.parent / "pages"
    done = export(archivist, "md", "-o", folder, *options)
    assert done.returncode == 0, done.stderr
    return folder


def parted(text: str) -> tuple[dict[str, Json], str]:
    """Return the front matter, as YAML reads it, and the body."""
    _, front, body = text.split("---\n", 2)
    return yaml.safe_load(front), body


def record_of(url: str, archivist: Archivist) -> dict[str, Json]:
    (record,) = lines(export(archivist, "jsonl", "--url", url).stdout)
    return record


def path_of(row: dict[str, Any]) -> str:
    return page_path(row["site"], row["key"], from_json(row))


def test_every_page_has_a_file_and_a_line_in_the_index(archivist: Archivist) -> None:
    folder = written(archivist)

    records = lines(export(archivist, "jsonl").stdout)
    files = [path for path in contents(folder) if path.endswith(".md") and path != "index.md"]
    linked = re.findall(r"\]\(([^)]+)\) \|$", (folder / "index.md").read_text(), re.MULTILINE)
    assert sorted(files) == sorted(map(path_of, records)) == sorted(linked)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        (SEED, SEED_FILE),
        (STAMP, "stamp/2017/171164327-1.md"),
        (SECOND_SHEET, "news/2022/22033375-2.md"),
        (HOME, "folder/undated/14084030-1.md"),
        (CHINESE, "www/listing/undated/1813137338-1.md"),
    ],
    ids=["news", "stamp", "second sheet", "folder", "another site"],
)
def test_path_gives_site_kind_year_and_node(url: str, path: str, archivist: Archivist) -> None:
    assert path_of(record_of(url, archivist)) == path


@pytest.mark.parametrize(
    "key",
    ["/", "/../../etc/passwd", "/a/b.htm?c=d", "/.hidden", "/" + "x" * 5000, "/a\x00b", "/邮政.htm", "/con", "..", "-"],
)
def test_page_without_a_node_has_a_harmless_name_of_its_own(key: str) -> None:
    path = page_path("english", key, Folder(kind="folder", url=None, node=None))

    digest = hashlib.sha256(key.encode()).hexdigest()[:8]
    assert re.fullmatch(rf"folder/undated/[a-z0-9]+(?:-[a-z0-9]+)*-{digest}\.md", path)
    assert len(path) < 120


def test_front_matter_says_what_the_record_says(archivist: Archivist) -> None:
    front, _ = parted((written(archivist) / SEED_FILE).read_text(encoding="utf-8"))

    record = record_of(SEED, archivist)
    assert front == {name: record[name] for name in front}
    assert {"title", "url", "date", "source", "node", "kind", "first_seen", "evidence"} <= set(front)
    assert "subtitle" not in front  # the page shows none


def test_body_has_the_text_without_repeating_the_front_matter(archivist: Archivist) -> None:
    _, body = parted((written(archivist) / SEED_FILE).read_text(encoding="utf-8"))

    assert body.startswith("\n# China Post releases action plan for serving rural revitalization\n\nRecently, ")
    assert "18 major tasks" in body
    assert "| Source |" not in body
    assert "| Postal Business | 8610 11185 (+861011185) |" in body


def test_page_that_is_gone_says_so(archivist: Archivist) -> None:
    front, _ = parted((written(archivist) / path_of(record_of(OTHER, archivist))).read_text(encoding="utf-8"))

    assert front["gone"]


@pytest.mark.parametrize("text", HARD_TEXTS.values(), ids=HARD_TEXTS)
def test_any_text_comes_back_from_front_matter(text: str, archivist: Archivist) -> None:
    put_text(archivist, text)

    front, body = parted((written(archivist, "--url", SEED) / SEED_FILE).read_bytes().decode())

    assert front["title"] == text
    assert "<script>" not in body
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2066]", body)


def test_front_matter_is_read_by_yaml_1_1_readers() -> None:
    """PyYAML takes U+0085 and U+2028 for line ends, and refuses DEL."""
    fields: dict[str, Json] = {"a": "".join(map(chr, range(1, 0x3000))), "b": ["no", None, 1.5], "c": {"d": "- e: f"}}

    assert yaml.safe_load(front_matter(fields).split("---\n")[1]) == fields


def test_checksums_hold(archivist: Archivist) -> None:
    folder = written(archivist)

    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=folder, check=True, timeout=60)  # noqa: S607 - our own words
    sums = (folder / "SHA256SUMS").read_text().splitlines()
    assert {line[66:] for line in sums} == set(contents(folder)) - {"SHA256SUMS"}


def test_repeated_export_replaces_the_folder_and_is_the_same(archivist: Archivist) -> None:
    first = contents(written(archivist))

    assert contents(written(archivist)) == first


def test_smaller_export_leaves_nothing_of_the_larger(archivist: Archivist) -> None:
    written(archivist)

    assert set(contents(written(archivist, "--url", SEED))) == {"index.md", "SHA256SUMS", SEED_FILE}


def test_folder_with_notes_in_it_is_refused(archivist: Archivist) -> None:
    folder = written(archivist)
    (folder / "notes.md").write_text("mine")
    before = contents(folder)

    done = export(archivist, "md", "-o", folder)

    assert (done.returncode, len(done.stderr.splitlines())) == (73, 1)
    assert "notes.md" in done.stderr
    assert contents(folder) == before


def test_index_shows_a_title_as_text(archivist: Archivist) -> None:
    put_text(archivist, "a | [b](http://c) <i>")

    index = (written(archivist) / "index.md").read_text(encoding="utf-8")

    assert rf"[a \| \[b\](http://c) \<i\>]({SEED_FILE})" in index


def test_command_says_what_it_wrote(archivist: Archivist) -> None:
    folder = archivist.folder.parent / "pages"
    count = len(lines(export(archivist, "jsonl").stdout))

    done = export(archivist, "md", "-o", folder)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"Wrote {count} pages to {folder}.\n")
