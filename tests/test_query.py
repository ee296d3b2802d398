"""`query`: text, filters, formats and statements, as people and scripts meet them."""

import csv
import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest

from archiving import (
    SEED,
    SEED_NODE,
)
from commands import TITLE, Run, assert_one_line, rows
from postarchive.store.fields import NAMES

TITLE_ROW = {
    "url": SEED,
    "node": SEED_NODE,
    "kind": "news",
    "date": "2023-03-29",
    "title": TITLE,
    "source": "China Post News",
}


def test_query_lists_the_newest_first(run: Run) -> None:
    dates = [row["date"] for row in rows(run("query", "--format", "jsonl"))]

    known = [str(date) for date in dates if date]
    assert known == sorted(known, reverse=True)
    assert dates[: len(known)] == known


def test_jsonl_rows_hold_the_promised_fields(run: Run) -> None:
    found = rows(run("query", "rural revitalization action plan", "--format", "jsonl"))

    assert list(found[0]) == ["url", "node", "kind", "date", "title", "source"]
    assert found[0] == TITLE_ROW


def read_json(text: str) -> list[list[str]]:
    return [[plain(value) for value in row.values()] for row in json.loads(text)]


def read_jsonl(text: str) -> list[list[str]]:
    return [[plain(value) for value in json.loads(line).values()] for line in text.splitlines()]


def read_csv(text: str, delimiter: str = ",") -> list[list[str]]:
    header, *lines = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    assert header == ["url", "node", "kind", "date", "title", "source"]
    return lines


def read_tsv(text: str) -> list[list[str]]:
    return read_csv(text, "\t")


def read_markdown(text: str) -> list[list[str]]:
    cells = [re.split(r"(?<!\\)\|", line.strip().strip("|")) for line in text.splitlines()]
    assert all(set(cell.strip()) <= set(":-") for cell in cells[1])
    return [[re.sub(r"\\(.)", r"\1", cell.strip()) for cell in line] for line in cells[2:]]


@pytest.mark.parametrize("read", [read_json, read_jsonl, read_csv, read_tsv, read_markdown])
def test_every_format_reads_back_to_the_same_rows(run: Run, read: Callable[[str], list[list[str]]]) -> None:
    done = run("query", "--since", "2017", "--format", read.__name__.removeprefix("read_").replace("markdown", "md"))

    expected = [list(map(plain, row.values())) for row in rows(run("query", "--since", "2017", "--format", "jsonl"))]
    assert (done.returncode, done.stderr) == (0, "")
    assert len(expected) > 20
    assert read(done.stdout) == expected


@pytest.mark.parametrize(("output", "nothing"), [("json", "[]\n"), ("jsonl", ""), ("csv", "title\n"), ("table", "")])
def test_nothing_found_is_not_a_failure(run: Run, output: str, nothing: str) -> None:
    done = run("query", "xylophone", "--format", output, "--fields", "title")

    assert (done.returncode, done.stdout) == (0, nothing)
    assert "Nothing found" in done.stderr


def test_near_word_is_suggested(run: Run) -> None:
    assert "Did you mean" in run("query", "revitalisation").stderr + run("query", "revitalizaton").stderr


@pytest.mark.parametrize(
    ("text", "title"),
    [
        pytest.param(["rural", "revitalization"], TITLE, id="words"),
        pytest.param(['"rural revitalization"'], TITLE, id="phrase"),
        pytest.param(["“rural revitalization”"], TITLE, id="curly phrase"),
        pytest.param(["china:post"], TITLE, id="colon"),
        pytest.param(["title:revitalization"], TITLE, id="title"),
        pytest.param(["xylophone", "OR", "revitalization"], TITLE, id="OR"),
        pytest.param(["revitalization AND plan"], TITLE, id="AND"),
        pytest.param(["RURAL (plan)"], TITLE, id="parentheses"),
        pytest.param(["rev*", "plan"], None, id="asterisk is no wildcard"),
        pytest.param(["NEAR(rural plan)"], None, id="NEAR"),
    ],
)
def test_text_is_searched_for_not_obeyed(run: Run, text: list[str], title: str | None) -> None:
    done = run("query", *text, "--format", "jsonl")

    titles = [row["title"] for row in rows(done)]
    assert "Traceback" not in done.stderr
    assert (title in titles) if title else (TITLE not in titles)


@pytest.mark.parametrize(
    "text", ["C++", "AND", "OR", "NOT", "NEAR", "邮", "邮政", "post^2", "{a b}", "c'est", "a\x01b"]
)
def test_odd_text_is_not_an_error(run: Run, text: str) -> None:
    done = run("query", text, "--format", "jsonl")

    assert done.returncode == 0
    assert len(done.stderr.splitlines()) <= 1


def test_chinese_is_found_by_one_character_and_by_two(run: Run) -> None:
    one, two = (rows(run("query", text, "--format", "jsonl")) for text in ("邮", "邮政"))

    assert two
    assert {row["url"] for row in two} <= {row["url"] for row in one}


@pytest.mark.parametrize("text", ['"', "'", "*", "()", "++", "—"])
def test_text_without_a_word_is_refused_in_one_line(run: Run, text: str) -> None:
    assert_one_line(run("query", text), 2, "no word")


def test_only_excluded_words_are_refused_in_one_line(run: Run) -> None:
    assert_one_line(run("query", "--", "-stamp"), 2, "excluded")


@pytest.mark.parametrize("word", ["-stamp", "-post", "-farm", "-arms"])
def test_excluded_word_is_not_an_option(run: Run, word: str) -> None:
    expected = rows(run("query", "--format", "jsonl", "--", "china", word))

    assert rows(run("query", "china", word, "--format", "jsonl")) == expected


def test_unknown_option_is_refused(run: Run) -> None:
    done = run("query", "--limt", "3")

    assert (done.returncode, done.stdout) == (2, "")
    assert "--limt" in done.stderr


def test_empty_text_is_none(run: Run) -> None:
    assert run("query", "", "--format", "jsonl").stdout == run("query", "--format", "jsonl").stdout


@pytest.mark.parametrize(
    ("options", "holds"),
    [
        pytest.param(["--since", "2023"], lambda row: row["date"] >= "2023-01-01", id="since a year"),
        pytest.param(["--since", "2023-03"], lambda row: row["date"] >= "2023-03-01", id="since a month"),
        pytest.param(["--since", "2023-3-29"], lambda row: row["date"] >= "2023-03-29", id="since a day"),
        pytest.param(["--until", "2017"], lambda row: row["date"] <= "2017-12-31", id="until a year"),
        pytest.param(["--until", "2016-02"], lambda row: row["date"] <= "2016-02-29", id="until a month"),
        pytest.param(["--since=2023-03-29", "--until=2023-03-29"], lambda row: row["date"] == "2023-03-29", id="day"),
        pytest.param(["--kind", "stamp"], lambda row: row["kind"] == "stamp", id="stamps"),
        pytest.param(["--kind", "listing"], lambda row: row["kind"] == "listing", id="lists"),
        pytest.param(["--kind", "folder"], lambda row: row["kind"] == "folder", id="folders"),
        pytest.param(["--source", "china post news"], lambda row: row["source"] == "China Post News", id="source"),
        pytest.param(["--host", "english.chinapost.com.cn"], lambda row: "//english." in row["url"], id="host"),
    ],
)
def test_filter_lets_through_all_that_match_and_nothing_else(
    run: Run, options: list[str], holds: Callable[[dict[str, object]], bool]
) -> None:
    kind = options[1] if options[0] == "--kind" else None
    candidates = rows(run("query", "--format", "jsonl", *(["--kind", kind] if kind else [])))
    has_date = options[0].startswith(("--since", "--until"))

    found = rows(run("query", "--format", "jsonl", *options))

    assert found
    assert found == [row for row in candidates if (row["date"] or not has_date) and holds(row)]


def test_lists_are_shown_only_on_request(run: Run) -> None:
    assert not {row["kind"] for row in rows(run("query", "--format", "jsonl"))} & {"listing"}


def test_limit_takes_the_first(run: Run) -> None:
    everything = rows(run("query", "--format", "jsonl"))

    assert rows(run("query", "--format", "jsonl", "--limit", "3")) == everything[:3]
    assert rows(run("query", "--format", "jsonl", "--limit", "0")) == everything
    assert len(everything) > 20


def test_fields_come_as_requested(run: Run) -> None:
    words = ("title:revitalization", "title:serving")

    (row,) = rows(run("query", *words, "--format", "jsonl", "--fields", "paragraphs, sheet,gone"))

    assert list(row) == ["paragraphs", "sheet", "gone"]
    assert (row["sheet"], row["gone"]) == (1, None)
    assert isinstance(row["paragraphs"], list)
    assert len(row["paragraphs"]) == 4


def test_count_prints_a_number_alone(run: Run) -> None:
    done = run("query", "--kind", "stamp", "--year", "2017", "--limit", "1", "--count")

    assert (done.returncode, done.stdout, done.stderr) == (0, "10\n", "")


@pytest.mark.parametrize(
    ("arguments", "titles"),
    [
        (["--date", "2017-10..2017", "--sort", "date"], ["Jades of the Hongshan Culture", "Scroll of Bathing Horses"]),
        (["--serial", "2017-30"], ["Scroll of Bathing Horses"]),
        (["--kind", "stamp", "--designer", "ma lihang", "--date", "2025"], ["Harvest moon"]),
        (["--has", "image", "--has", "attachment"], []),
        (["--changed"], []),
        (["C++"], []),
        (["R&D"], ["3.2 million R&D parcels & counting"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_filter_of_the_catalogue(run: Run, arguments: list[str], titles: list[str]) -> None:
    assert [row["title"] for row in rows(run("query", *arguments, "--format", "jsonl"))] == titles


def test_snippet_is_a_field(run: Run) -> None:
    (row,) = rows(run("query", "title:revitalization", "title:serving", "-f", "jsonl", "--fields", "node,snippet"))

    assert list(row) == ["node", "snippet"]
    assert "Revitalization Strategy" in str(row["snippet"])


@pytest.mark.parametrize(
    ("name", "start"),
    [("rows.jsonl", '{"url": '), ("rows.csv", "url,node,"), ("rows.md", "| url |"), ("rows.txt", "date        kind")],
)
def test_file_is_written_in_one_step_in_the_format_of_its_name(run: Run, tmp_path: Path, name: str, start: str) -> None:
    done = run("query", "title:revitalization", "-o", tmp_path / name)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_statement_of_sql_prints_its_own_columns(run: Run) -> None:
    done = run("query", "--sql", "SELECT kind, count(*) AS pages FROM pages GROUP BY kind ORDER BY 2 DESC", "-f", "csv")

    assert done.stdout.splitlines()[:2] == ["kind,pages", "news,28"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--sql", "DROP TABLE pages"], ["only reading is allowed"]),
        (["--sql", "SELECT 1", "words"], ["cannot be combined with words"]),
        (["--sql", "SELECT 1", "--fields", "title"], ["cannot be combined with --fields"]),
        (["--sql", "SELECT 1", "--count"], ["cannot be combined with --count"]),
        (["--sql", ""], ["empty statement"]),
    ],
    ids=str,
)
def test_impossible_statement_is_refused_in_one_line(run: Run, arguments: list[str], words: list[str]) -> None:
    assert_one_line(run("query", *arguments), 2, *words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--since", "someday"], ["someday", "2023-03-29"], id="no date"),
        pytest.param(["--since", "2023-02-30"], ["2023-02-30"], id="no day of the calendar"),
        pytest.param(["--until", "2023-13"], ["2023-13"], id="no month"),
        pytest.param(["--until", "0000"], ["0000"], id="no year"),
        pytest.param(["--until", "٢٠٢٣-13"], [], id="other digits"),
        pytest.param(["--fields", "titel"], ["titel", "did you mean title?"], id="misspelt field"),
        pytest.param(["--fields", "zzz"], ["zzz", "paragraphs"], id="unknown field"),
    ],
)
def test_impossible_option_is_refused_in_one_line(run: Run, arguments: list[str], words: list[str]) -> None:
    assert_one_line(run("query", *arguments), 2, *words)


@pytest.mark.parametrize("fields", ["", ",", " , "])
def test_no_field_at_all_is_refused(run: Run, fields: str) -> None:
    assert_one_line(run("query", "--fields", fields), 2)


@pytest.mark.parametrize(
    "arguments", [["--kind", "poem"], ["--format", "xml"], ["--limit", "-1"], ["--limit", "many"]], ids=" ".join
)
def test_value_that_an_option_does_not_take_is_a_usage_error(run: Run, arguments: list[str]) -> None:
    assert_one_line(run("query", *arguments), 2, arguments[0])


def test_variable_of_an_option_of_one_call_is_not_obeyed(run: Run) -> None:
    assert run("query", "--limit", "1", POSTARCHIVE_QUERY_COUNT="1").stdout.splitlines()[0].startswith("date")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--kind", "News"],
        ["--kind", "NEWS,Stamp", "--limit", "1"],
        ["--kind", " news , news ", "-f", "JSON"],
        ["-f", "JsonL"],
        ["--sort", "DATE"],
    ],
)
def test_case_of_a_choice_does_not_matter(run: Run, arguments: list[str]) -> None:
    assert run("query", *arguments).returncode == 0


def test_several_kinds_are_those_of_each(run: Run) -> None:
    counts = {kinds: int(run("query", "--count", "--kind", kinds).stdout) for kinds in ("news", "stamp", "news,stamp")}

    assert counts["news,stamp"] == counts["news"] + counts["stamp"] > counts["news"] > 0


def test_unknown_kind_names_the_nearest(run: Run) -> None:
    assert_one_line(run("query", "--kind", "news,stmap"), 2, "no such kind", "stamp")
    assert_one_line(run("query", "--kind", ""), 2, "no such kind", "listing")


def test_prefix_that_is_misspelt_names_the_right_one(run: Run) -> None:
    assert run("query", "tittle:stamp").stderr == "Nothing found. Did you mean title:?\n"


def test_exclusion_that_empties_the_result_is_reported(run: Run) -> None:
    assert "without your exclusions" in run("query", "bathing -horses").stderr
    assert run("query", "xyzzy", "-the").stderr == "Nothing found.\n"


@pytest.mark.parametrize("name", ["rows.xlsx", "rows.ods", "rows.csv.gz"])
def test_file_name_of_an_unknown_format_is_refused(run: Run, tmp_path: Path, name: str) -> None:
    assert_one_line(run("query", "-o", tmp_path / name), 2, "there is no format called", ".jsonl", ".csv")
    assert list(tmp_path.glob("rows*")) == []


@pytest.mark.parametrize("name", ["rows", "rows.txt", "ROWS.CSV", "rows.md"])
def test_file_is_written_as_it_is_called(run: Run, tmp_path: Path, name: str) -> None:
    assert run("query", "-o", tmp_path / name).returncode == 0
    assert (
        (tmp_path / name)
        .read_text()
        .splitlines()[0]
        .startswith({"ROWS.CSV": "url,", "rows.md": "| url"}.get(name, "date "))
    )


def test_fields_reach_inside(run: Run) -> None:
    fields = "stamp.serial,stamp.designer,stamp.issued,images.url"
    (row,) = map(json.loads, run("query", "Bathing Horses", "-f", "jsonl", "--fields", fields).stdout.splitlines())

    assert list(row) == fields.split(",")
    assert row["stamp.serial"] == "2017-30"
    assert row["stamp.designer"]
    assert isinstance(row["images.url"], list)
    assert_one_line(run("query", "--fields", "stamp.serail"), 2, "did you mean stamp.serial?")
    assert_one_line(run("query", "--fields", "title.url"), 2, "no such field")


@pytest.mark.parametrize("field", ["title", "source", "url", "kind"])
def test_rows_are_sorted_by_a_text(run: Run, field: str) -> None:
    rows = json.loads(run("query", "-f", "json", "--sort", field, "--fields", field).stdout)
    values = [row[field] for row in rows]

    known = [value.lower() for value in values if value is not None]
    assert known == sorted(known)
    assert values[len(known) :] == [None] * (len(values) - len(known))


@pytest.mark.parametrize("field", ["date", "created", "stamp.issued"])
def test_rows_are_sorted_by_a_date_the_newest_first(run: Run, field: str) -> None:
    rows = json.loads(run("query", "post", "-f", "json", "--sort", field, "--fields", field).stdout)
    known = [row[field] for row in rows if row[field] is not None]

    assert known == sorted(known, reverse=True)
    assert_one_line(run("query", "--sort", "dat"), 2, "did you mean date?")


def test_page_of_that_title_comes_before_a_list_that_names_it(run: Run) -> None:
    titles = [row["title"] for row in json.loads(run("query", "home", "-f", "json").stdout)]

    assert titles[:1] == ["Home"]


def test_range_of_two_options_that_holds_no_day_says_so(run: Run) -> None:
    assert_one_line(run("query", "--since", "2023", "--until", "2021"), 2, "--since and --until", "contains no day")
    assert_one_line(run("stats", "--by", "year", "--since", "2023", "--until", "2021"), 2, "contains no day")


def plain(value: object) -> str:
    return "" if value is None else str(value)


def test_help_of_sql_names_columns_that_are_there_and_are_fields(run: Run, archive: Path) -> None:
    said = " ".join(re.sub(r"[│╭╰─╮╯]", " ", run("query", "--help", COLUMNS="200").stdout).split())
    named = re.search(r"pages \(([^)]*)\)", said)

    assert named is not None
    columns = named[1].split(", ")
    assert set(columns) <= set(NAMES)
    with closing(sqlite3.connect(archive / "postarchive.db")) as database:
        assert set(columns) <= {row[1] for row in database.execute("PRAGMA table_info(pages)")}
    assert json.loads(run("query", "--sql", "SELECT record FROM versions LIMIT 1", "-f", "jsonl").stdout)["record"]
