"""The program as people and scripts meet it: exit codes, what goes to which stream, and that no input ends in a bug."""

import csv
import hashlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
import typer

from archiving import (
    HOME,
    HOST,
    LIST,
    OTHER,
    ROBOTS,
    SEED,
    SEED_FILE,
    SEED_NODE,
    Archivist,
    playing_site,
)
from commands import Done, environment, postarchive, program
from fakesite import FIXTURES, FakeSite, Response, unavailable
from postarchive.cli import app
from postarchive.models import Outcome

ODD = FIXTURES.parent / "odd"
ESCAPE = "\x1b"
TITLE = "China Post releases action plan for serving rural revitalization"
HUGE = "9" * 30
TITLE_ROW = {
    "url": SEED,
    "node": SEED_NODE,
    "kind": "news",
    "date": "2023-03-29",
    "title": TITLE,
    "source": "China Post News",
}


Run = Callable[..., Done]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one archive of all English pages for all tests that only read."""
    folder = tmp_path_factory.mktemp("cli") / "archive"
    pages = sorted((FIXTURES / HOST).rglob("*.htm"))
    urls = [f"http://{page.relative_to(FIXTURES)}".removesuffix("index.htm") for page in pages]
    with pytest.MonkeyPatch.context() as patch, playing_site(patch):
        results = Archivist(folder).fetch(*urls)
    assert {result.outcome for result in results} == {Outcome.NEW}
    return folder


@pytest.fixture
def run(archive: Path) -> Run:
    """Run the program on the archive that is only read."""

    def on_archive(*arguments: str | Path, stdin: bytes = b"", **variables: str) -> Done:
        return postarchive(*arguments, stdin=stdin, **({"POSTARCHIVE_ARCHIVE": str(archive)} | variables))

    return on_archive


def fetch(site: FakeSite, archive: Path, *arguments: str) -> Done:
    """Fetch from the fake site as a process of its own: signals and connections are the process's."""
    return program("fetch", "--archive", archive, "--delay", "0", *arguments, http_proxy=site.proxy_url)


def assert_one_line(done: Done, code: int, *words: str) -> None:
    """Check that a refusal is one clear line on stderr and nothing else."""
    assert "Traceback" not in done.stderr
    assert (done.returncode, done.stdout) == (code, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("postarchive: ")
    for word in words:
        assert word in done.stderr


def rows(done: Done) -> list[dict[str, object]]:
    """Return the rows of a query in jsonl."""
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


# --- parse ------------------------------------------------------------------------------------------------------------


def test_parse_prints_one_json_object_and_nothing_else() -> None:
    done = postarchive("parse", SEED_FILE)

    golden = json.loads(SEED_FILE.with_suffix(".json").read_text(encoding="utf-8"))
    found = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert {name: found[name] for name in golden if name in found} == {
        name: value for name, value in golden.items() if name in found
    }
    assert (found["url"], found["leftovers"], found["subtitle"]) == (SEED, [], None)
    assert "China Post’s" in done.stdout


def test_parse_reads_stdin() -> None:
    done = postarchive("parse", "-", "--url", SEED, stdin=SEED_FILE.read_bytes())

    assert done.stdout == postarchive("parse", SEED_FILE).stdout


def test_parse_without_a_url_says_that_links_stand_as_printed() -> None:
    found = json.loads(postarchive("parse", "-", stdin=SEED_FILE.read_bytes()).stdout)

    assert (found["url"], found["node"], found["title"]) == (None, SEED_NODE, TITLE)
    assert "--url" in str(found["warnings"])


def test_parse_unpacks_gzip_by_its_magic_number() -> None:
    found = json.loads(postarchive("parse", ODD / "gzip-without-header.htm").stdout)

    assert found["title"] == TITLE


@pytest.mark.parametrize(
    ("file", "word"),
    [
        pytest.param("nowhere/page.htm", "no such file", id="no such file"),
        pytest.param(str(ODD), "is a folder", id="folder"),
        pytest.param("a" * 300, "too long", id="name too long"),
        pytest.param("", "", id="empty name"),
        pytest.param(str(ODD / "empty-file.htm"), "empty", id="empty file"),
        pytest.param(str(ODD / "pdf-under-a-page-name.htm"), "PDF", id="PDF"),
        pytest.param(str(ODD / "noise.htm"), "", id="noise"),
        pytest.param(str(ODD / "login-alert-script.htm"), "alert", id="login script"),
        pytest.param(str(ODD / "alert.htm"), "alert", id="alert page"),
        pytest.param(str(ODD / "loading.htm"), "loading", id="loading page"),
        pytest.param(str(ODD / "404-script.htm"), "404", id="404 page"),
        pytest.param(str(ODD / "error-500.htm"), "error", id="error page"),
        pytest.param(str(ODD / "captcha.htm"), "captcha", id="captcha"),
        pytest.param(str(ODD / "script-redirect.htm"), "redirect", id="script redirect"),
        pytest.param(str(ODD / "script-redirect-in-frame.htm"), "", id="script redirect in the frame"),
        pytest.param(str(ODD / "empty-frame.htm"), "empty", id="empty frame"),
        pytest.param(str(ODD / "another-program.htm"), "no page", id="page of another program"),
        pytest.param(str(ODD / "truncated-in-head.htm"), "", id="page cut off in its head"),
        pytest.param("/dev/null", "empty", id="device"),
    ],
)
def test_parse_refuses_what_is_no_page_in_one_line(file: str, word: str) -> None:
    assert_one_line(postarchive("parse", file), 65, word)


def test_parse_refuses_empty_stdin() -> None:
    assert_one_line(postarchive("parse", "-"), 65, "empty")


# --- query ------------------------------------------------------------------------------------------------------------


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


def plain(value: object) -> str:
    return "" if value is None else str(value)


@pytest.mark.parametrize("read", [read_json, read_jsonl, read_csv, read_tsv, read_markdown])
def test_every_format_reads_back_to_the_same_rows(run: Run, read: Callable[[str], list[list[str]]]) -> None:
    done = run("query", "--since", "2017", "--format", read.__name__.removeprefix("read_").replace("markdown", "md"))

    expected = [list(map(plain, row.values())) for row in rows(run("query", "--since", "2017", "--format", "jsonl"))]
    assert (done.returncode, done.stderr) == (0, "")
    assert len(expected) > 20
    assert read(done.stdout) == expected


@pytest.mark.parametrize(("output", "nothing"), [("json", "[]\n"), ("jsonl", ""), ("csv", "title\n"), ("table", "")])
def test_nothing_found_is_no_failure(run: Run, output: str, nothing: str) -> None:
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
def test_odd_text_is_no_error(run: Run, text: str) -> None:
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
def test_excluded_word_is_no_option(run: Run, word: str) -> None:
    expected = rows(run("query", "--format", "jsonl", "--", "china", word))

    assert rows(run("query", "china", word, "--format", "jsonl")) == expected


def test_unknown_option_is_refused(run: Run) -> None:
    done = run("query", "--limt", "3")

    assert (done.returncode, done.stdout) == (2, "")
    assert "--limt" in done.stderr


def test_empty_text_is_no_text(run: Run) -> None:
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


def test_lists_are_shown_only_when_asked_for(run: Run) -> None:
    assert not {row["kind"] for row in rows(run("query", "--format", "jsonl"))} & {"listing"}


def test_limit_takes_the_first(run: Run) -> None:
    everything = rows(run("query", "--format", "jsonl"))

    assert rows(run("query", "--format", "jsonl", "--limit", "3")) == everything[:3]
    assert rows(run("query", "--format", "jsonl", "--limit", "0")) == everything
    assert len(everything) > 20


def test_fields_come_as_asked(run: Run) -> None:
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
        (["--sql", "SELECT 1", "words"], ["does not go with words"]),
        (["--sql", "SELECT 1", "--fields", "title"], ["does not go with --fields"]),
        (["--sql", "SELECT 1", "--count"], ["does not go with --count"]),
        (["--sql", ""], ["empty statement"]),
    ],
    ids=str,
)
def test_statement_that_cannot_be_meant_is_refused_in_one_line(
    run: Run, arguments: list[str], words: list[str]
) -> None:
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
def test_option_that_cannot_be_meant_is_refused_in_one_line(run: Run, arguments: list[str], words: list[str]) -> None:
    assert_one_line(run("query", *arguments), 2, *words)


@pytest.mark.parametrize("fields", ["", ",", " , "])
def test_no_field_at_all_is_refused(run: Run, fields: str) -> None:
    assert_one_line(run("query", "--fields", fields), 2)


@pytest.mark.parametrize(
    "arguments", [["--kind", "poem"], ["--format", "xml"], ["--limit", "-1"], ["--limit", "many"]], ids=" ".join
)
def test_value_that_an_option_does_not_take_is_a_usage_error(run: Run, arguments: list[str]) -> None:
    assert_one_line(run("query", *arguments), 2, arguments[0])


# --- show -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(str(SEED_NODE), id="node"),
        pytest.param(SEED, id="URL"),
        pytest.param(SEED.replace("http://english", "HTTP://ENGLISH") + "#top", id="URL in capitals"),
        pytest.param(SEED.replace("english.chinapost.com.cn", "www.chinapostnews.com.cn"), id="URL of the mirror"),
        pytest.param(f"{HOME}servlet/Node?node={SEED_NODE}&language=1&pos=1", id="dynamic form"),
        pytest.param(f"{HOME}html/report/{SEED_NODE}-1.htm", id="new grammar"),
    ],
)
def test_show_finds_a_page_under_all_its_names(run: Run, name: str) -> None:
    done = run("show", name, "--format", "json")

    assert json.loads(done.stdout)["title"] == TITLE


def test_show_as_json_is_what_parse_prints_and_where_the_evidence_is(run: Run) -> None:
    shown = json.loads(run("show", str(SEED_NODE), "--format", "json").stdout)
    parsed = json.loads(postarchive("parse", SEED_FILE).stdout)

    assert {name: shown[name] for name in parsed} == parsed
    assert set(shown) - set(parsed) == {"version", "first_seen", "last_seen", "gone", "addresses", "evidence"}


def test_show_prints_the_whole_record_for_people(run: Run) -> None:
    text = run("show", str(SEED_NODE)).stdout

    for part in (TITLE, "2023-03-29", "China Post News", "8610 11185", "京ICP备15035540号", "Version 1", ".warc.gz"):
        assert part in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
    ("output", "part"), [("md", f"# {TITLE}"), ("html", "<h1"), ("text", TITLE), ("json", f'"title": "{TITLE}"')]
)
def test_show_has_four_formats(run: Run, output: str, part: str) -> None:
    done = run("show", str(SEED_NODE), "--format", output)

    assert (done.returncode, done.stderr) == (0, "")
    assert part in done.stdout


def test_show_joins_the_sheets_of_an_article_in_parts(run: Run) -> None:
    first = json.loads(run("show", f"{HOME}html1/report/2203/3375-1.htm", "--format", "json").stdout)["paragraphs"]
    second = json.loads(run("show", f"{HOME}html1/report/2203/3375-2.htm", "--format", "json").stdout)["paragraphs"]

    assert second
    assert first[-len(second) :] == second
    assert len(first) > len(second)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["99999999"], ["99999999", "not in the archive"], id="unknown node"),
        pytest.param([f"{HOME}html1/report/2501/1-1.htm"], ["not in the archive"], id="unknown page"),
        pytest.param(["http://www.example.com/"], ["not in the archive"], id="URL outside the list"),
        pytest.param(["http://[broken"], ["not in the archive"], id="broken URL"),
        pytest.param(["a title"], ["not in the archive"], id="text"),
        pytest.param([""], ["not in the archive"], id="nothing"),
        pytest.param([str(SEED_NODE), "--version", "9"], ["9", "the latest is 1"], id="version 9"),
    ],
)
def test_show_of_what_is_not_there_is_refused_in_one_line(run: Run, arguments: list[str], words: list[str]) -> None:
    assert_one_line(run("show", *arguments), 65, *words)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["show", HUGE], id="huge node"),
        pytest.param(["show", "²"], id="digit that is no number"),
        pytest.param(["show", "\udcff"], id="name that is no UTF-8"),
        pytest.param(["show", str(SEED_NODE), "--version", HUGE], id="huge version"),
        pytest.param(["query", "--limit", HUGE], id="huge limit"),
        pytest.param(["query", "--source", "\udcff"], id="source that is no UTF-8"),
    ],
)
def test_value_beyond_the_database_is_no_bug(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)

    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 2, 65)
    assert len(done.stderr.splitlines()) <= 1


# --- the archive ------------------------------------------------------------------------------------------------------

READING = [["query"], ["show", str(SEED_NODE)], ["hotlines"], ["registrations"]]


def file_in_its_place(folder: Path) -> None:
    folder.write_text("mine")


def no_folder(folder: Path) -> None:
    assert not folder.exists()


def foreign_database(folder: Path) -> None:
    folder.mkdir()
    with closing(sqlite3.connect(folder / "postarchive.db")) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")


def noise_for_a_database(folder: Path) -> None:
    folder.mkdir()
    (folder / "postarchive.db").write_bytes(b"noise" * 1000)


def evidence_without_a_database(folder: Path) -> None:
    (folder / "warc" / "2026").mkdir(parents=True)


@pytest.mark.parametrize("arguments", READING, ids=lambda arguments: arguments[0])
@pytest.mark.parametrize(
    ("prepare", "word"),
    [
        (no_folder, "postarchive fetch"),
        (Path.mkdir, "postarchive fetch"),
        (file_in_its_place, "is a file"),
        (foreign_database, "another program"),
        (noise_for_a_database, "rebuild"),
        (evidence_without_a_database, "rebuild"),
    ],
)
def test_reading_what_is_no_archive_is_refused_in_one_line(
    tmp_path: Path, arguments: list[str], prepare: Callable[[Path], None], word: str
) -> None:
    folder = tmp_path / "archive"
    prepare(folder)
    before = sorted(tmp_path.rglob("*"))

    assert_one_line(postarchive(*arguments, "--archive", folder), 65, word)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("arguments", [*READING, ["fetch", SEED]], ids=lambda arguments: arguments[0])
def test_newer_database_is_refused_by_reading_and_by_writing(
    archive: Path, tmp_path: Path, arguments: list[str]
) -> None:
    folder = tmp_path / "archive"
    shutil.copytree(archive, folder)
    Archivist(folder).execute("PRAGMA user_version = 99")

    assert_one_line(postarchive(*arguments, "--archive", folder), 65, "newer")


@pytest.mark.parametrize("arguments", [["query"], ["rebuild"], ["show", "1"]], ids=lambda arguments: arguments[0])
def test_archive_with_too_long_a_name_is_refused_in_one_line(tmp_path: Path, arguments: list[str]) -> None:
    assert_one_line(postarchive(*arguments, "--archive", tmp_path / ("a" * 300)), 65)


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_fetch_into_a_file_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("mine")

    assert_one_line(postarchive("fetch", "--archive", tmp_path / name, SEED), 73, "--archive")
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to root")
def test_reading_works_in_a_read_only_folder(archive: Path, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    shutil.copytree(archive, folder)
    folder.chmod(0o555)

    assert TITLE in postarchive("query", "--archive", folder).stdout
    assert_one_line(postarchive("fetch", "--archive", folder, SEED), 73, "permission")

    folder.chmod(0o755)


def test_reading_leaves_the_archive_as_it_is(archive: Path, run: Run) -> None:
    before = {path: path.read_bytes() for path in archive.rglob("*.*") if path.suffix in (".db", ".gz")}

    for arguments in READING:
        assert run(*arguments).returncode == 0

    assert {path: path.read_bytes() for path in before} == before


def test_option_goes_before_the_variable(archive: Path) -> None:
    found = postarchive("query", "--archive", archive, POSTARCHIVE_ARCHIVE="/nowhere")

    assert TITLE in found.stdout


def test_without_a_name_the_archive_is_in_the_users_data_folder(tmp_path: Path) -> None:
    done = postarchive("query", HOME=str(tmp_path), XDG_DATA_HOME=str(tmp_path / "data"))

    assert_one_line(done, 65, str(tmp_path), "postarchive")


def test_rebuild_says_what_it_read(archive: Path, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    shutil.copytree(archive, folder)
    before = Archivist(folder).dump()
    (folder / "postarchive.db").unlink()

    done = postarchive("rebuild", "--archive", folder)

    assert (done.returncode, done.stderr) == (0, "")
    assert "1 WARC file" in done.stdout
    assert Archivist(folder).dump().splitlines() == before.splitlines()


def test_rebuild_without_evidence_is_refused_in_one_line(tmp_path: Path) -> None:
    assert_one_line(postarchive("rebuild", "--archive", tmp_path), 65, "no WARC files")
    assert list(tmp_path.iterdir()) == []


def test_rebuild_of_damaged_evidence_names_file_and_place(archive: Path, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    shutil.copytree(archive, folder)
    (file,) = folder.glob("warc/*/*.warc.gz")
    data = bytearray(file.read_bytes())
    data[40] ^= 0xFF  # inside the first record
    file.write_bytes(data)

    done = postarchive("rebuild", "--archive", folder)

    assert_one_line(done, 65, file.name)
    assert re.search(r"@\d+", done.stderr)
    assert TITLE in postarchive("query", "--archive", folder).stdout


# --- fetch ------------------------------------------------------------------------------------------------------------


def test_fetch_prints_a_line_for_each_page(site: FakeSite, tmp_path: Path) -> None:
    done = fetch(site, tmp_path / "archive", SEED, OTHER)

    first, second = done.stdout.splitlines()
    assert done.returncode == 0
    assert re.fullmatch(rf"NEW +{re.escape(SEED)} +{TITLE}", first)
    assert OTHER in second
    assert fetch(site, tmp_path / "archive", SEED).stdout.startswith("UNCHANGED")


def test_fetch_that_changes_nothing_is_done(site: FakeSite, tmp_path: Path) -> None:
    fetch(site, tmp_path, SEED)

    assert fetch(site, tmp_path, SEED).returncode == 0


@pytest.mark.parametrize(
    ("response", "code", "outcome"),
    [
        pytest.param(Response(status=404), 0, "NEW", id="404 but there in the dynamic form"),
        pytest.param(Response(body=(ODD / "loading.htm").read_bytes()), 3, "FAILED", id="loading page"),
        pytest.param(Response(body=b"%PDF-1.4", content_type="application/pdf"), 3, "FAILED", id="PDF"),
        pytest.param(Response(status=403), 3, "FAILED", id="403"),
        pytest.param(
            Response(body=SEED_FILE.read_bytes().replace(b"ReportIDtext", b"Body")), 4, "ARCHIVED", id="drifted page"
        ),
    ],
)
def test_exit_code_of_fetch_tells_the_worst(
    site: FakeSite, tmp_path: Path, response: Response, code: int, outcome: str
) -> None:
    site.answer(SEED, response)

    done = fetch(site, tmp_path, SEED, OTHER)

    assert done.returncode == code
    assert [line.split()[0] for line in done.stdout.splitlines()] == [outcome, "NEW"]
    assert "Traceback" not in done.stderr


def test_quiet_fetch_tells_only_of_trouble_and_on_stderr(site: FakeSite, tmp_path: Path) -> None:
    site.answer(OTHER, Response(status=403))

    done = fetch(site, tmp_path, "--quiet", SEED, OTHER)

    assert (done.returncode, done.stdout) == (3, "")
    assert len(done.stderr.splitlines()) == 1
    assert OTHER in done.stderr


def test_site_whose_robots_txt_cannot_be_had_is_unavailable(site: FakeSite, tmp_path: Path) -> None:
    site.answer(ROBOTS, unavailable(retry_after="99999"))

    done = fetch(site, tmp_path, SEED)

    assert done.returncode == 69
    assert "robots.txt" in done.stderr
    assert "Traceback" not in done.stderr
    assert site.urls == [ROBOTS]


def test_page_that_robots_txt_forbids_is_skipped_with_a_line(site: FakeSite, tmp_path: Path) -> None:
    site.answer(ROBOTS, Response(body=b"User-agent: *\nDisallow: /html1/", content_type="text/plain"))

    done = fetch(site, tmp_path, SEED)

    assert done.returncode == 3
    assert "robots.txt" in done.stdout
    assert site.urls == [ROBOTS]


@pytest.mark.parametrize(
    ("url", "word"),
    [
        pytest.param("http://www.example.com/", "www.example.com", id="stranger"),
        pytest.param("http://127.0.0.1/", "127.0.0.1", id="this machine"),
        pytest.param("http://english.chinapost.com.cn:99999/", "port", id="port"),
        pytest.param("ftp://english.chinapost.com.cn/", "ftp", id="scheme"),
        pytest.param("english.chinapost.com.cn", "not a URL", id="bare host"),
        pytest.param("http://[broken", "not a URL", id="broken"),
        pytest.param("", "not a URL", id="nothing"),
    ],
)
def test_fetch_of_a_url_outside_the_list_is_refused_in_one_line(tmp_path: Path, url: str, word: str) -> None:
    assert_one_line(postarchive("fetch", "--archive", tmp_path / "archive", SEED, url), 2, word)
    assert list(tmp_path.iterdir()) == []


def test_second_fetch_is_told_that_another_run_holds_the_archive(site: FakeSite, tmp_path: Path) -> None:
    site.answer(OTHER, Response(is_silent=True))
    with started(site, tmp_path, OTHER) as first:
        done = fetch(site, tmp_path, SEED)
        first.kill()

    assert_one_line(done, 75, str(tmp_path), "--wait")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_interrupted_fetch_keeps_what_it_has_and_the_next_goes_on(site: FakeSite, tmp_path: Path, name: str) -> None:
    site.answer(OTHER, Response(is_silent=True))
    with started(site, tmp_path, SEED, OTHER, timeout="1") as first:
        first.send_signal(getattr(signal, name))
        _, stderr = first.communicate(timeout=30)

    assert first.returncode == 130
    assert "Traceback" not in stderr
    assert "interrupted" in stderr
    site.answer(OTHER)
    assert [line.split()[0] for line in fetch(site, tmp_path, SEED, OTHER).stdout.splitlines()] == ["UNCHANGED", "NEW"]


def test_killed_fetch_keeps_what_it_has_and_the_next_goes_on(site: FakeSite, tmp_path: Path) -> None:
    site.answer(OTHER, Response(is_silent=True))
    with started(site, tmp_path, SEED, OTHER) as first:
        first.kill()

    assert TITLE in postarchive("query", "--archive", tmp_path).stdout
    site.answer(OTHER)
    assert [line.split()[0] for line in fetch(site, tmp_path, SEED, OTHER).stdout.splitlines()] == ["UNCHANGED", "NEW"]


def started(site: FakeSite, archive: Path, *urls: str, timeout: str = "30") -> "subprocess.Popen[str]":
    """Return a running fetch that has asked for its last URL and waits for the response."""
    process = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "postarchive", "fetch", "-a", archive, "--delay=0", f"--timeout={timeout}", *urls],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(http_proxy=site.proxy_url),
    )
    deadline = time.monotonic() + 20
    while urls[-1] not in site.urls and time.monotonic() < deadline:
        time.sleep(0.02)
    assert urls[-1] in site.urls
    return process


# --- streams ----------------------------------------------------------------------------------------------------------


def into_closed_pipe(archive: Path, *arguments: str) -> Done:
    """Run the program when the reader of its output, `head` say, has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "postarchive", *arguments],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
        text=True,
        env=environment(POSTARCHIVE_ARCHIVE=str(archive)),
    )
    os.close(writer)
    return Done(done.returncode, "", done.stderr)


@pytest.mark.parametrize(
    "arguments",
    [
        ["query"],
        ["query", "--format", "json"],
        ["query", "--format", "jsonl", "--fields", "paragraphs"],
        ["show", str(SEED_NODE)],
        ["hotlines"],
        ["parse", str(SEED_FILE)],
        ["--help"],
        ["--version"],
    ],
    ids=lambda arguments: " ".join(arguments[:3])[:20],
)
def test_closed_pipe_is_quiet(archive: Path, arguments: list[str]) -> None:
    assert into_closed_pipe(archive, *arguments).stderr == ""


def test_closed_pipe_is_no_failure(archive: Path) -> None:
    assert into_closed_pipe(archive, "query").returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_full_disk_behind_stdout_is_told_in_one_line(archive: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "postarchive", "query", "--format", "jsonl"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            text=True,
            env=environment(POSTARCHIVE_ARCHIVE=str(archive)),
        )

    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.returncode not in (0, 1)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_terminal_that_cannot_show_a_character_is_no_bug(archive: Path, encoding: str) -> None:
    done = program("show", str(SEED_NODE), "-a", archive, PYTHONIOENCODING=encoding)

    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": "1"}, {"TERM": "xterm-256color"}], ids=str)
@pytest.mark.parametrize(
    "arguments", [["query"], ["show", str(SEED_NODE)], ["hotlines"], ["query", "--kind", "x"], ["--help"]], ids=" ".join
)
def test_piped_output_holds_no_escape_codes(run: Run, arguments: list[str], variables: dict[str, str]) -> None:
    done = run(*arguments, **variables)

    assert ESCAPE not in done.stdout + done.stderr


def test_escape_codes_of_a_page_do_not_reach_the_terminal(site: FakeSite, tmp_path: Path) -> None:
    page = SEED_FILE.read_bytes().replace(TITLE.encode(), b"Red \x1b[31m\x07 alert\xc2\x9b")
    site.edit(SEED, page)

    lines = fetch(site, tmp_path, SEED).stdout
    shown = postarchive("show", str(SEED_NODE), "-a", tmp_path).stdout
    listed = postarchive("query", "-a", tmp_path).stdout

    assert "Red" in lines
    assert not set(ESCAPE + "\x07\x9b") & set(lines + shown + listed)


def folder_with_newer_database(archive: Path, tmp_path: Path) -> Path:
    """Return a copy of the archive whose database a later program made."""
    folder = tmp_path / "newer"
    shutil.copytree(archive, folder)
    Archivist(folder).execute("PRAGMA user_version = 99")
    return folder


BAD_INPUT: dict[str, tuple[int, Callable[[Path, Path], list[str | Path]]]] = {
    "no such file": (65, lambda _, __: ["parse", "nowhere.htm"]),
    "a folder": (65, lambda _, tmp: ["parse", tmp]),
    "an empty file": (65, lambda _, __: ["parse", ODD / "empty-file.htm"]),
    "a PDF": (65, lambda _, __: ["parse", ODD / "pdf-under-a-page-name.htm"]),
    "a login page": (65, lambda _, __: ["parse", ODD / "login-alert-script.htm"]),
    "a loading page": (65, lambda _, __: ["parse", ODD / "loading.htm"]),
    "a URL outside the list": (2, lambda _, tmp: ["fetch", "-a", tmp / "archive", "http://www.example.com/"]),
    "an archive that is a file": (73, lambda _, __: ["fetch", "-a", SEED_FILE, SEED]),
    "no archive": (65, lambda _, tmp: ["query", "-a", tmp]),
    "a newer database": (65, lambda made, tmp: ["fetch", "-a", folder_with_newer_database(made, tmp), SEED]),
    "a page that is not there": (65, lambda made, _: ["show", "-a", made, "99999999"]),
    "a bad date": (2, lambda made, _: ["query", "-a", made, "--since", "soon"]),
    "an unknown field": (2, lambda made, _: ["query", "-a", made, "--fields", "titel"]),
}


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_ends_the_process_with_its_code_and_one_line(archive: Path, tmp_path: Path, name: str) -> None:
    code, arguments = BAD_INPUT[name]

    assert_one_line(program(*arguments(archive, tmp_path)), code)


def test_noise_ends_the_process_with_one_line() -> None:
    assert_one_line(program("parse", ODD / "noise.htm"), 65)


# --- numbers ----------------------------------------------------------------------------------------------------------


def test_hotlines_and_registrations_show_the_numbers_with_their_time(run: Run) -> None:
    lines = json.loads(run("hotlines", "--format", "json").stdout)
    numbers = json.loads(run("registrations", "--format", "json").stdout)

    assert [line["dial"] for line in lines] == ["+861011185", "+861095580", "+861011183", "+864008909999"]
    assert {(item["kind"], item["number"]) for item in numbers} >= {
        ("ICP", "京ICP备15035540号"),
        ("PSB", "京公网安备110401400185号"),
    }
    assert all(line["first_seen"] <= line["last_seen"] for line in lines + numbers)


# --- help -------------------------------------------------------------------------------------------------------------


def command_names() -> list[str]:
    return [info.name or str(getattr(info.callback, "__name__", "")) for info in app.registered_commands]


@pytest.mark.parametrize("name", command_names())
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_of_a_command_has_an_example(name: str, option: str) -> None:
    done = postarchive(name, option, NO_COLOR="1", COLUMNS="200")

    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(rf"Examples:\s+• .*postarchive {name}\b", done.stdout)


def test_help_lists_the_commands_and_the_exit_codes() -> None:
    text = postarchive("--help", COLUMNS="200").stdout

    for name in command_names():
        assert re.search(rf"\b{name}\b", text)
    for code in ("65", "69", "73", "75", "130"):
        assert code in text


@pytest.mark.parametrize("arguments", [["nosuch"], ["fetch", "--nosuch"], ["show"], ["parse"]], ids=" ".join)
def test_command_that_cannot_be_meant_is_a_usage_error(arguments: list[str]) -> None:
    done = postarchive(*arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_version_is_printed() -> None:
    assert re.fullmatch(r"postarchive \d+\.\d+\.\d+\n", postarchive("--version").stdout)


def test_each_option_has_its_variable(run: Run) -> None:
    by_option = run("query", "--kind", "stamp", "--format", "jsonl", "--limit", "2")

    by_variable = run(
        "query", POSTARCHIVE_QUERY_KIND="stamp", POSTARCHIVE_QUERY_FORMAT="jsonl", POSTARCHIVE_QUERY_LIMIT="2"
    )

    assert rows(by_option)
    assert by_variable == by_option


def test_list_of_a_sheet_can_be_shown(run: Run) -> None:
    entries = json.loads(run("show", LIST, "--format", "json").stdout)["entries"]

    assert len(entries) == 10


@pytest.mark.parametrize("command", [["history", SEED], ["hotlines"], ["registrations"], ["runs"]])
def test_listing_has_the_formats_of_a_query(run: Run, command: list[str]) -> None:
    whole = json.loads(run(*command, "-f", "json").stdout)
    lines = [json.loads(line) for line in run(*command, "-f", "jsonl").stdout.splitlines()]
    tables = {
        form: list(csv.DictReader(StringIO(run(*command, "-f", form).stdout), delimiter=sign))
        for form, sign in (("csv", ","), ("tsv", "\t"))
    }

    assert lines == whole
    assert [len(rows) for rows in tables.values()] == [len(whole)] * 2
    assert run(*command, "-f", "md").stdout.startswith("| ")


def test_run_that_is_not_there_is_an_error_that_names_near_ones(run: Run) -> None:
    known = json.loads(run("runs", "-f", "json").stdout)[0]["run"]

    assert_one_line(run("runs", known[:-2] + "9Z"), 65, "no such run", known)
    assert_one_line(run("runs", "no-such-run"), 65, "no such run", known)
    assert run("runs", known).stderr == f"{known}: no problems.\n"


def commands_with_options() -> list[tuple[str, str, str]]:
    """Return each command with an option that a variable may set, and the variable's name."""
    group = typer.main.get_command(app)
    found = []
    for name, command in getattr(group, "commands", {}).items():
        context = command.make_context(
            name, [], resilient_parsing=True, auto_envvar_prefix=f"POSTARCHIVE_{name.upper()}"
        )
        for option in command.params:
            if option.param_type_name == "option" and option.allow_from_autoenv and not option.hidden:
                own = option.envvar if isinstance(option.envvar, str) else None
                found.append((name, option.name, own or f"{context.auto_envvar_prefix}_{option.name.upper()}"))
    return found


def test_help_shows_the_whole_name_of_each_variable_at_80_columns() -> None:
    helps: dict[str, str] = {}
    for command, _, variable in commands_with_options():
        text = helps.setdefault(command, postarchive(command, "--help", COLUMNS="80", TERMINAL_WIDTH="80").stdout)
        assert re.search(rf"\b{variable}\b", text), (command, variable)


@pytest.mark.parametrize("option", ["count", "sql", "output", "fields", "version", "raw", "explain", "dry_run", "plot"])
def test_option_that_makes_sense_once_has_no_variable(option: str) -> None:
    assert option not in {name for _, name, _ in commands_with_options()}


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


def test_kind_that_there_is_not_names_the_nearest(run: Run) -> None:
    assert_one_line(run("query", "--kind", "news,stmap"), 2, "no such kind", "stamp")
    assert_one_line(run("query", "--kind", ""), 2, "no such kind", "listing")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("search", "query"), ("list", "query"), ("Find", "query"), ("download", "fetch"), ("quary", "query")],
)
def test_command_that_is_not_there_names_the_one_that_is_meant(typed: str, meant: str) -> None:
    assert_one_line(postarchive(typed, "stamp"), 2, f"Did you mean '{meant}'?", "--help")


def test_prefix_that_is_misspelt_names_the_right_one(run: Run) -> None:
    assert run("query", "tittle:stamp").stderr == "Nothing found. Did you mean title:?\n"


def test_exclusion_that_empties_the_result_is_said(run: Run) -> None:
    assert "but for what you excluded" in run("query", "bathing -horses").stderr
    assert run("query", "xyzzy", "-the").stderr == "Nothing found.\n"


@pytest.mark.parametrize("name", ["rows.xlsx", "rows.ods", "rows.csv.gz"])
def test_file_of_a_format_that_is_not_there_is_refused(run: Run, tmp_path: Path, name: str) -> None:
    assert_one_line(run("query", "-o", tmp_path / name), 2, "no format is called", ".jsonl", ".csv")
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


@pytest.mark.parametrize(("name", "urls"), [("23048456", [SEED]), ("23048456-1", [SEED])])
def test_node_is_taken_where_a_url_is(run: Run, name: str, urls: list[str]) -> None:
    assert [line.split()[0] for line in run("fetch", "--dry-run", name).stdout.splitlines()] == urls
    assert_one_line(run("fetch", "--dry-run", "99999"), 65, "not in the archive")


def test_range_of_two_options_that_holds_no_day_says_so(run: Run) -> None:
    assert_one_line(run("query", "--since", "2023", "--until", "2021"), 2, "--since and --until", "holds no day")
    assert_one_line(run("stats", "--by", "year", "--since", "2023", "--until", "2021"), 2, "holds no day")


def test_digest_is_the_one_that_sha256sum_prints(run: Run) -> None:
    expected = hashlib.sha256(SEED_FILE.read_bytes()).hexdigest()

    assert f"sha256:{expected}\n" in run("show", SEED).stdout
    assert json.loads(run("show", SEED, "-f", "json").stdout)["evidence"]["sha256"] == expected


def test_source_is_the_html_as_text(run: Run) -> None:
    assert run("show", SEED, "--source").stdout == SEED_FILE.read_bytes().decode()
