"""`stats` as people and scripts meet it."""

import csv
import json
import re
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from commands import Done, postarchive, program
from postarchive.cli.stats import TABLES
from running import started

BLOCKS = re.compile("[▏▎▍▌▋▊▉█]")
COLUMNS = 80
BY = [str(name) for name in TABLES]
FULL_DISK = Path("/dev/full")
WITHOUT_MATPLOTLIB = """
import sys
sys.modules["matplotlib"] = None
from postarchive.cli import main
_, *stats, option, picture = sys.argv
for more in ([option, picture], []):
    sys.argv = ["postarchive", *stats, *more]
    try:
        main()
    except SystemExit as end:
        print(end.code, file=sys.stderr)
"""

Run = Callable[..., Done]


@pytest.fixture
def stats(archive: Path) -> Run:
    def on_archive(*arguments: str | Path, **variables: str) -> Done:
        return postarchive("stats", "--archive", archive, *arguments, stdin=b"", **variables)

    return on_archive


def table(stats: Run, by: str, *arguments: str) -> list[dict[str, Any]]:
    """Return the rows of a table as programs get them."""
    rows: list[dict[str, Any]] = json.loads(stats("--by", by, "--format", "json", *arguments).stdout)
    return rows


def assert_refused(done: Done, code: int, *words: str) -> None:
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (code, "", 1)
    for word in words:
        assert word in done.stderr


def test_overview_fits_a_terminal(stats: Run) -> None:
    done = stats()

    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) == COLUMNS
    assert len(lines) <= 32
    kinds = ", ".join(f"{row['pages']} {row['kind']}" for row in table(stats, "kind"))
    assert lines[0] == f"Pages     {sum(row['pages'] for row in table(stats, 'kind'))}: {kinds}; 0 gone"
    *dated, undated = (row["articles"] for row in table(stats, "year"))
    assert f"Articles by year: {sum(dated)}, and {undated} without a date" in lines
    assert "2013  0" in lines
    assert sum(bool(BLOCKS.search(line)) for line in lines) > 10


@pytest.mark.parametrize("by", BY)
def test_table_has_a_head_and_fits_a_terminal(stats: Run, by: str) -> None:
    done = stats("--by", by)

    assert (done.returncode, done.stderr) == (0, "")
    head, *rows = done.stdout.splitlines()
    assert head.split()[0] == TABLES[next(name for name in TABLES if name == by)].fields[0]
    assert rows
    assert max(map(len, rows)) == COLUMNS


@pytest.mark.parametrize("by", [[], *(["--by", by] for by in BY)], ids=" ".join)
def test_formats_for_programs_say_the_same(stats: Run, by: list[str]) -> None:
    rows = json.loads(stats(*by, "--format", "json").stdout)
    as_csv = list(csv.DictReader(StringIO(stats(*by, "--format", "csv").stdout)))
    as_tsv = list(csv.DictReader(StringIO(stats(*by, "--format", "tsv").stdout), delimiter="\t"))
    as_markdown = stats(*by, "--format", "md").stdout.splitlines()

    assert rows
    assert as_csv == as_tsv == [{k: "" if v is None else str(v) for k, v in row.items()} for row in rows]
    assert len(as_markdown) == len(rows) + 2
    assert not BLOCKS.search("".join(as_markdown))


def test_years_and_months_add_up_to_the_same(stats: Run) -> None:
    years, months = table(stats, "year"), table(stats, "month")

    assert sum(row["articles"] for row in years) == sum(row["articles"] for row in months) > 0
    assert (years[-1]["year"], months[-1]["month"]) == (None, None)
    assert re.search(rf"^\(no date\) +{years[-1]['articles']}  [█▏]", stats("--by", "year").stdout, re.MULTILINE)


def test_year_is_listed_month_by_month(stats: Run) -> None:
    rows = table(stats, "month", "--year", "2023")

    assert [row["month"] for row in rows] == [f"2023-{month:02}" for month in range(1, 13)]
    assert table(stats, "month", "--since", "2023-01", "--until", "2023") == rows


def test_only_the_requested_kind_is_counted(stats: Run) -> None:
    listings = next(row["pages"] for row in table(stats, "kind") if row["kind"] == "listing")

    assert table(stats, "year", "--kind", "listing") == [{"year": None, "articles": listings}]
    assert re.search(
        r"^Pages of kind stamp by year: \d+, and 0 without a date$", stats("--kind", "stamp").stdout, re.MULTILINE
    )


def test_limit_bounds_sources(stats: Run) -> None:
    assert len(stats("--by", "source", "--limit", "2").stdout.splitlines()) == 3
    assert stats("--by", "source", "--limit", "0").stdout == stats("--by", "source").stdout


def test_source_that_is_not_shown_has_a_name(stats: Run) -> None:
    (unnamed,) = (row["articles"] for row in table(stats, "source") if row["source"] is None)

    assert re.search(rf"^\(not shown\) +{unnamed} ", stats("--by", "source").stdout, re.MULTILINE)


def test_bars_are_plain_where_the_output_has_no_blocks(archive: Path) -> None:
    done = program("stats", "--archive", archive, "--by", "year", PYTHONIOENCODING="ascii")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()
    assert max(map(len, done.stdout.splitlines())) == COLUMNS
    assert "2013" in done.stdout
    assert re.search(r"^2012 .* #+$", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": "1"}, {"FORCE_COLOR": "1"}], ids=str)
def test_output_has_no_colour(stats: Run, variables: dict[str, str]) -> None:
    assert "\x1b" not in stats(**variables).stdout


def test_empty_range_is_reported(stats: Run) -> None:
    done = stats("--by", "source", "--year", "1999")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "Nothing to count.\n")
    assert stats("--by", "source", "--year", "1999", "--format", "json").stdout == "[]\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--since", "2023"], ["--since", "--by month"]),
        (["--by", "year", "--year", "20x"], ["--year 20x", "2023"]),
        (["--by", "year", "--year", "2023-05"], ["--year 2023-05"]),
        (["--by", "year", "--year", "0"], ["2023"]),
        (["--by", "year", "--year", "2023", "--since", "2022"], ["--year", "--since"]),
        (["--by", "runs", "--kind", "news"], ["--kind", "--by year, month and source"]),
        (["--limit", "3"], ["--limit", "--by source and runs"]),
        (["--by", "years"], ["'year'"]),
        (["--plot", "x.pdf"], ["x.pdf", ".svg", ".png"]),
        (["--plot", "svg"], [".svg", ".png"]),
        (["--plot", "x.svg", "--by", "year"], ["--plot", "--by"]),
        (["--plot", "x.svg", "--format", "json"], ["--plot", "--format"]),
        (["--plot", "x.svg", "--limit", "3"], ["--plot", "--limit"]),
    ],
    ids=" ".join,
)
def test_mistake_is_one_line(stats: Run, arguments: list[str], words: list[str]) -> None:
    assert_refused(stats(*arguments), 2, *words)


def test_missing_archive_is_refused(tmp_path: Path) -> None:
    assert_refused(postarchive("stats", "--archive", tmp_path / "none"), 65, "postarchive fetch")


@pytest.mark.skipif(not FULL_DISK.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", [[], ["--by", "month"], ["--format", "csv"]], ids=" ".join)
def test_full_disk_is_reported_in_one_line(archive: Path, arguments: list[str]) -> None:
    with FULL_DISK.open("wb") as full, started("stats", "-a", archive, *arguments, stdout=full.fileno()) as run:
        _, said = run.communicate()

    assert (run.wait(), len(said.splitlines())) == (73, 1)


# --- the picture ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def picture(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Draw the archive once."""
    path = tmp_path_factory.mktemp("picture") / "x.svg"
    assert postarchive("stats", "--archive", archive, "--plot", path) == Done(0, "", f"Drew {path}.\n")
    return path


def test_picture_is_the_same_each_time(stats: Run, picture: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.svg"

    assert stats("--plot", again) == Done(0, "", f"Drew {again}.\n")

    assert again.read_bytes() == picture.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["again.svg"]


@pytest.mark.parametrize(("name", "head"), [("x.svg", b"<?xml"), ("X.PNG", b"\x89PNG")])
def test_picture_is_of_the_kind_that_its_name_says(stats: Run, tmp_path: Path, name: str, head: bytes) -> None:
    assert stats("--plot", tmp_path / name, "--year", "1900").returncode == 0

    assert (tmp_path / name).read_bytes().startswith(head)


def test_picture_of_a_year_and_kind_shows_growth_in_full(stats: Run, tmp_path: Path) -> None:
    stats("--plot", tmp_path / "x.svg", "--year", "2017", "--kind", "stamp")

    text = (tmp_path / "x.svg").read_text(encoding="utf-8")
    assert f"stamp ({table(stats, 'year', '--kind', 'stamp', '--year', '2017')[0]['articles']})" in text
    assert "news (" not in text
    assert "no capture" not in text


def test_picture_says_how_many_have_no_date(stats: Run, picture: Path) -> None:
    undated = table(stats, "year")[-1]["articles"]

    assert f"({undated} without a usable one left out)" in picture.read_text(encoding="utf-8")


def test_picture_that_cannot_be_written_is_one_line(stats: Run, tmp_path: Path) -> None:
    assert_refused(stats("--plot", tmp_path / "missing" / "x.svg"), 73, "missing")


def test_picture_without_matplotlib_says_how_to_get_it(archive: Path, tmp_path: Path) -> None:
    picture = tmp_path / "x.svg"
    command = [sys.executable, "-c", WITHOUT_MATPLOTLIB, "stats", "--archive", str(archive), "--plot", str(picture)]

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our own words

    said = "postarchive: --plot: needs matplotlib; install with: pip install 'postarchive[plot]'\n"
    assert done.stderr == f"{said}2\n0\n"
    assert done.stdout.startswith("Pages ")
    assert not picture.exists()
