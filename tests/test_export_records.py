"""`export jsonl`, `csv` and `parquet`: each is read back by its format's own reader."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from archiving import OTHER, SEED, SEED_NODE, STAMP, Archivist
from commands import environment, postarchive
from disks import small_disk
from exporting import HARD_TEXTS, copy_of, export, lines, put_text
from postarchive.export import parquet as exported
from postarchive.export.columns import PAGES
from postarchive.store.tables import Tables
from postarchive.store.write import Writer
from running import started

FORMATS = ["jsonl", "csv", "parquet"]
FORMULAS = ["formula", "sum", "plus", "tab", "wide", "yaml"]  # and the rule of a YAML document begins with a minus
TYPES = {
    "url": pa.string(),
    "node": pa.int64(),
    "sheet": pa.int64(),
    "date": pa.date32(),
    "created": pa.date32(),
    "issued": pa.date32(),
    "denomination": pa.float64(),
    "first_seen": pa.timestamp("us", tz="UTC"),
    "last_seen": pa.timestamp("us", tz="UTC"),
    "gone": pa.timestamp("us", tz="UTC"),
    "evidence_offset": pa.int64(),
}


@pytest.fixture
def archivist(whole_site: Archivist, tmp_path: Path) -> Archivist:
    return copy_of(whole_site, tmp_path / "archive")


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder in which the command runs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(archivist: Archivist, format: str, *options: str) -> Path:  # noqa: A002 - as it is called
    path = archivist.folder.parent / f"out.{format}"
    done = export(archivist, format, "-o", path, *options)
    assert done.returncode == 0, done.stderr
    return path


def table(path: Path) -> list[dict[str, str]]:
    csv.field_size_limit(10_000_000)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def of(rows: list[dict[str, str]], url: str) -> dict[str, str]:
    (row,) = [row for row in rows if row["url"] == url]
    return row


# --- jsonl ------------------------------------------------------------------------------------------------------------


def test_each_line_is_what_show_says(archivist: Archivist) -> None:
    records = lines(written(archivist, "jsonl").read_text(encoding="utf-8"))

    assert {record["kind"] for record in records} == {"news", "stamp", "listing", "folder"}
    for record in records[::7]:
        options = ("--sheet", str(record["sheet"]), "-a", archivist.folder, "-f", "json")
        shown = json.loads(postarchive("show", str(record["url"]), *options).stdout)
        assert re.fullmatch("[0-9a-f]{64}", shown["evidence"].pop("sha256"))
        assert record == shown | {name: record[name] for name in ("site", "key", "article")}


@pytest.mark.parametrize("text", HARD_TEXTS.values(), ids=HARD_TEXTS)
def test_any_text_comes_back_from_jsonl(text: str, archivist: Archivist) -> None:
    put_text(archivist, text)

    (record,) = lines(export(archivist, "jsonl", "--url", SEED).stdout)

    assert (record["title"], record["paragraphs"][0]) == (text, text)


# --- csv --------------------------------------------------------------------------------------------------------------


def test_csv_has_the_documented_columns(archivist: Archivist) -> None:
    rows = table(written(archivist, "csv"))

    assert list(rows[0]) == [column.name for column in PAGES.columns_of("csv")]


def test_an_article_as_a_row(archivist: Archivist) -> None:
    row = of(table(written(archivist, "csv")), SEED)

    assert (row["node"], row["kind"], row["date"], row["source"]) == (
        str(SEED_NODE),
        "news",
        "2023-03-29",
        "China Post News",
    )
    assert row["text"].startswith("Recently, China Post Group Corporation Limited issued")
    assert row["text"].count("\n\n") == 3
    assert json.loads(row["hotlines"])[0] == {
        "label": "Postal Business",
        "number": "8610 11185",
        "dial": "+861011185",
    }
    assert (row["images"], row["entries"], row["gone"], row["version"]) == ("", "", "", "2")
    assert datetime.fromisoformat(row["first_seen"]).tzinfo == UTC
    assert (archivist.folder / row["evidence_file"]).is_file()


def test_a_stamp_as_a_row(archivist: Archivist) -> None:
    row = of(table(written(archivist, "csv")), STAMP)

    (record,) = lines(export(archivist, "jsonl", "--url", STAMP).stdout)
    facts = dict(record["stamp"]["facts"])
    assert (row["serial"], row["issued"], row["denomination"]) == ("2017-30", "2017-10-18", "6.0")
    assert (row["designer"], row["printer"]) == (facts["Designer"], facts["Printer"])
    assert row["size"] == facts["Size of Stamp"]
    assert [[fact["label"], fact["value"]] for fact in json.loads(row["facts"])] == [
        list(fact) for fact in facts.items()
    ]


def test_a_page_that_is_gone_says_so(archivist: Archivist) -> None:
    rows = table(written(archivist, "csv"))

    assert [row["url"] for row in rows if row["gone"]] == [OTHER]


@pytest.mark.parametrize("name", HARD_TEXTS)
def test_any_text_comes_back_from_csv(name: str, archivist: Archivist) -> None:
    """As it is but for the ends of its lines, control characters, and the apostrophe before a formula."""
    put_text(archivist, HARD_TEXTS[name])

    row = of(table(written(archivist, "csv", "--url", SEED)), SEED)

    plain = HARD_TEXTS[name].replace("\r\n", "\n").replace("\r", "\n")
    plain = "".join(char for char in plain if char in "\n\t" or (char >= " " and char != "\x7f"))
    assert row["title"] == (f"'{plain}" if name in FORMULAS else plain)
    assert row["text"].removeprefix("'").startswith(plain)


# --- Parquet ----------------------------------------------------------------------------------------------------------


def test_columns_are_typed_and_described(archivist: Archivist) -> None:
    schema = pq.read_schema(written(archivist, "parquet"))

    assert {name: schema.field(name).type for name in TYPES} == TYPES
    assert schema.field("paragraphs").type == pa.list_(pa.string())
    assert {field.name for field in schema.field("images").type.value_type} == {"url", "caption"}
    assert schema.names == [column.name for column in PAGES.columns_of("parquet")]
    assert all(field.metadata[b"description"] for field in schema)
    assert schema.field("denomination").metadata[b"unit"] == b"yuan"


def test_parquet_says_what_jsonl_says(archivist: Archivist) -> None:
    rows = pq.read_table(written(archivist, "parquet")).to_pylist()
    records = lines(export(archivist, "jsonl").stdout)

    assert len(rows) == len(records)
    for row, record in zip(rows, records, strict=True):
        same = ("url", "node", "title", "paragraphs", "images", "attachments", "hotlines", "leftovers", "addresses")
        assert {name: row[name] for name in same} == {name: record[name] for name in same}
        assert row["date"] == (date.fromisoformat(str(record["date"])) if record["date"] else None)
        assert row["first_seen"] == datetime.fromisoformat(str(record["first_seen"]))
        assert len(row["entries"]) == len(record.get("entries", ()))


def test_duckdb_reads_typed_columns(archivist: Archivist) -> None:
    path = written(archivist, "parquet")

    found = duckdb.execute(
        "SELECT denomination * 2, year(issued), hotlines[1].dial FROM read_parquet(?) WHERE url = ?", [str(path), STAMP]
    ).fetchall()

    assert found == [(12.0, 2017, "+861011185")]


@pytest.mark.parametrize("text", HARD_TEXTS.values(), ids=HARD_TEXTS)
def test_any_text_comes_back_from_parquet(text: str, archivist: Archivist) -> None:
    put_text(archivist, text)

    (row,) = pq.read_table(written(archivist, "parquet", "--url", SEED)).to_pylist()

    assert (row["title"], row["paragraphs"][0]) == (text, text)


def test_rows_are_written_group_by_group(archivist: Archivist, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exported, "GROUP_ROWS", 10)

    file = pq.ParquetFile(written(archivist, "parquet"))

    assert file.metadata.num_row_groups == -(-file.metadata.num_rows // 10)


def test_parquet_without_its_library_is_reported_in_one_line(archivist: Archivist, tmp_path: Path) -> None:
    blocked = "import sys; sys.modules['pyarrow'] = None; from postarchive.cli import main; main()"

    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", blocked, "export", "parquet", "-o", tmp_path / "a.parquet", "-a", archivist.folder],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "pip install 'postarchive[parquet]'" in done.stderr
    assert not (tmp_path / "a.parquet").exists()


# --- all three --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", FORMATS)
def test_repeated_export_is_the_same_to_the_byte(format: str, archivist: Archivist) -> None:  # noqa: A002
    first = written(archivist, format).read_bytes()
    archivist.execute("VACUUM")

    assert written(archivist, format).read_bytes() == first


@pytest.mark.parametrize("format", ["jsonl", "csv"])
@pytest.mark.parametrize("output", [(), ("-o", "-")], ids=["without -o", "-"])
def test_stdout_gets_what_the_file_gets(format: str, output: tuple[str, ...], archivist: Archivist) -> None:  # noqa: A002
    done = export(archivist, format, *output)

    assert done.stdout.encode() == written(archivist, format).read_bytes()
    assert (done.returncode, done.stderr) == (0, "")


def test_stdout_is_utf_8_in_any_locale(archivist: Archivist) -> None:
    put_text(archivist, "中国邮政")

    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "postarchive", "export", "csv", "--url", SEED, "-a", archivist.folder],
        env=environment(LC_ALL="C", PYTHONIOENCODING="ascii"),
        capture_output=True,
        check=True,
        timeout=60,
    )

    assert "中国邮政" in done.stdout.decode()


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--url", SEED], 1),
        (["--url", str(SEED_NODE), "--url", STAMP], 2),
        (["--kind", "stamp"], None),
        (["--since", "2026-05-07", "--kind", "stamp"], 1),
    ],
    ids=["a URL", "a node and a URL", "kind", "kind and since"],
)
@pytest.mark.parametrize("format", FORMATS)
def test_part_of_the_pages_can_be_exported(
    format: str,  # noqa: A002
    options: list[str],
    count: int | None,
    archivist: Archivist,
) -> None:
    with Tables(archivist.folder) as tables:
        stamps = sum(version.record.kind == "stamp" for version in tables.records())
    path = archivist.folder.parent / "out"

    done = export(archivist, format, "-o", path, *options)

    number = stamps if count is None else count
    assert done.stderr == f"Wrote {number} page{'' if number == 1 else 's'} to {path}.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["csv", "--url", "99999999"], 65, "not in the archive"),
        (["jsonl", "--since", "2030"], 65, "contains nothing that matches"),
        (["jsonl", "--since", "soon"], 2, "is not a date"),
        (["csv", "--kind", "letter"], 2, "letter"),
        (["parquet"], 2, "-o"),
        (["parquet", "-o", "-"], 2, "export parquet: cannot be written to stdout"),
        (["md"], 2, "-o"),
        (["md", "-o", "-"], 2, "stdout"),
        (["package"], 2, "-o"),
        (["package", "-o", "p", "--kind", "news"], 2, "--kind"),
        (["package", "-o", "p", "--since", "2020"], 2, "--since"),
        (["package", "-o", "p", "--url", "23048456"], 2, "--url"),
        (["warc", "-o", "a.warc.gz", "--kind", "news"], 2, "--kind"),
        (["csv", "-o", "no/such/folder/a.csv"], 73, "No such file"),
        (["parquet", "-o", "no/such/folder/a.parquet"], 73, "No such file"),
        (["md", "-o", "no/such/folder"], 73, "No such file"),
        (["package", "-o", "no/such/folder"], 73, "No such file"),
        (["package", "-o", "no/such/folder.zip"], 73, "No such file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_command_refuses_in_one_line_and_writes_nothing(
    arguments: list[str], code: int, says: str, whole_site: Archivist, empty: Path
) -> None:
    done = export(whole_site, *arguments)

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (code, "", 1)
    assert says in done.stderr
    assert list(empty.iterdir()) == []


@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet", "md", "package"])
def test_empty_archive_is_reported_in_one_line(format: str, tmp_path: Path) -> None:  # noqa: A002
    archivist = Archivist(tmp_path / "archive")
    archivist.folder.mkdir()
    Writer(archivist.database).close()

    done = export(archivist, format, "-o", tmp_path / "out")

    assert done.returncode == 65
    assert done.stderr == f"postarchive: {archivist.folder}: contains nothing that matches, so nothing was written\n"
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]


@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet", "md", "package", "package.zip"])
def test_full_disk_is_reported_in_one_line_and_nothing_is_left(
    format: str,  # noqa: A002
    whole_site: Archivist,
    tmp_path: Path,
) -> None:
    with small_disk(tmp_path / "disk", "24k") as disk:
        done = export(whole_site, format.removesuffix(".zip"), "-o", disk / f"out.{format}")
        left = list(disk.iterdir())

    assert (done.returncode, len(done.stderr.splitlines())) == (73, 1)
    assert "No space left" in done.stderr
    assert left == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("format", "module", "function"),
    [
        ("jsonl", "postarchive.export.rows", "write_lines"),
        ("parquet", "postarchive.export.parquet", "write_parquet"),
        ("md", "postarchive.export.pages", "write_pages"),
        ("package", "postarchive.export.package", "package_folder"),
    ],
)
def test_interrupted_export_leaves_nothing(  # noqa: PLR0913, PLR0917 - a table of two dimensions
    format: str,  # noqa: A002
    module: str,
    function: str,
    number: int,
    whole_site: Archivist,
    empty: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def write(_: object, out: object, **_named: object) -> int:
        if isinstance(out, Path):
            (out / "half").write_text("a file")
        os.kill(os.getpid(), number)
        return 0

    monkeypatch.setattr(f"{module}.{function}", write)

    done = export(whole_site, format, "-o", empty / "out")

    assert (done.returncode, done.stderr) == (130, "postarchive: interrupted before it was complete\n")
    assert list(empty.iterdir()) == []


@pytest.mark.parametrize("format", ["jsonl", "csv"])
def test_full_stdout_is_reported_in_one_line(format: str, archivist: Archivist) -> None:  # noqa: A002
    with (
        Path("/dev/full").open("wb") as full,
        started("export", format, "-a", archivist.folder, stdout=full.fileno()) as run,
    ):
        _, said = run.communicate()

    assert (run.wait(), len(said.splitlines())) == (73, 1)


def test_reader_that_has_seen_enough_ends_it_quietly(archivist: Archivist) -> None:
    command = f"'{sys.executable}' -m postarchive export jsonl -a '{archivist.folder}' | head -n 1"

    done = subprocess.run(["/bin/sh", "-c", command], env=environment(), capture_output=True, check=True, timeout=60)  # noqa: S603 - our own words

    assert done.stderr == b""
    assert len(lines(io.StringIO(done.stdout.decode()).read())) == 1
