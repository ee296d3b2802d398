"""What a person is promised, each in an end-to-end test of its own; those on the screen in terminals of four widths."""

import csv
import io
import json
import re
from base64 import b32encode
from hashlib import sha256
from pathlib import Path

import pytest

from archiving import HOST, SEED, SEED_NODE, Archivist
from commands import Run, assert_one_line, postarchive
from fakesite import FakeSite
from interminal import in_terminal
from living import NODE, SHEETS, live
from postarchive.cli import HIDDEN
from prepared import Prepared

WIDTHS = (60, 80, 100, 200)
FORMATS = ("json", "jsonl", "csv", "tsv", "md")
LISTS = (
    ("query",),
    ("history", str(SEED_NODE)),
    ("hotlines",),
    ("registrations",),
    ("runs",),
    ("stats", "--by", "kind"),
)
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def plain(text: str) -> str:
    return ESCAPES.sub("", text)


@pytest.fixture
def lived(site: FakeSite, archivist: Archivist, prepared: Prepared) -> Archivist:
    """Return an archive with an article of three sheets, each of which was edited, gone and back."""
    return prepared.bring(live, site, archivist)


# --- articles in parts ------------------------------------------------------------------------------------------------


def test_history_diff_show_query_feed_and_export_agree(lived: Archivist) -> None:
    """The terminal's and the web's views of it are compared in test_articles, each paragraph's evidence too."""
    options = ("-a", lived.folder)
    history = json.loads(postarchive("history", NODE, "-f", "json", *options).stdout)
    shown = json.loads(postarchive("show", NODE, "-f", "json", *options).stdout)
    exported = json.loads(postarchive("export", "jsonl", "--articles", "--url", NODE, *options).stdout)
    changed = json.loads(postarchive("query", "--changed", "-f", "json", *options).stdout)
    feed = postarchive("feed", "--kind", "news", *options).stdout
    diff = postarchive("diff", NODE, *options).stdout

    assert {row["version"] for row in history} == {1, 2, 3, 4}
    assert shown["version"] == exported["version"] == 4
    assert shown["paragraphs"] == exported["paragraphs"]
    assert [row["node"] for row in changed] == [int(NODE)]
    assert feed.count("<entry>") >= 4
    assert "[-harbour-]" in diff
    assert "{+pier+}" in diff


def test_an_earlier_version_shows_and_cites_what_a_reader_saw_then(lived: Archivist) -> None:
    shown = postarchive("show", NODE, "--version", "1", "-a", lived.folder).stdout

    assert "skipper" in shown
    assert "captain" not in shown
    assert "Sheet 3 was not captured yet" in shown
    assert shown.count("Evidence of sheet") == 2


def test_a_word_of_the_second_sheet_finds_the_article_once(lived: Archivist) -> None:
    for options in ((), ("--kind", "news")):
        assert postarchive("query", "captain", "--count", *options, "-a", lived.folder).stdout == "1\n"
    assert json.loads(postarchive("show", f"{NODE}-2", "-f", "json", "-a", lived.folder).stdout)["sheet"] == 2


# --- in the terminal --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", WIDTHS)
def test_numbers_keys_and_dates_are_never_cut(columns: int, archive: Path) -> None:
    numbers = plain(in_terminal("hotlines", "-a", archive, columns=columns)[1])
    found = plain(in_terminal("query", "rural", "-a", archive, columns=columns)[1])
    runs = plain(in_terminal("runs", "-a", archive, columns=columns)[1])

    assert "8610 4008909999" in numbers
    assert re.search(rf"2023-03-29\b.*\b{SEED_NODE}\b", found)
    assert re.search(r"\b\d{8}T\d{6}Z\b", runs)


@pytest.mark.parametrize("columns", WIDTHS)
def test_progress_of_fetch_is_erased_before_the_line_of_a_page(columns: int, site: FakeSite, tmp_path: Path) -> None:
    arguments = ("fetch", SEED, "--delay", "0", "-a", tmp_path / "a")
    code, written = in_terminal(*arguments, columns=columns, http_proxy=site.proxy_url)

    assert code == 0
    left = [line.rpartition("\r")[2].rstrip() for line in plain(written).split("\n")]
    assert left[0] == f"NEW       {SEED}  China Post releases action plan for serving rural revitalization"
    assert left[1:] == ["1 page: NEW 1", ""]


def test_unknown_run_names_similar_ones(run: Run) -> None:
    (known,) = json.loads(run("runs", "-f", "json").stdout)

    assert_one_line(run("runs", known["run"][:-3]), 65, "no such run", known["run"])


def test_raw_is_text_on_a_terminal_and_bytes_in_a_pipe_and_source_is_the_page(archive: Path) -> None:
    shown = plain(in_terminal("show", SEED, "--raw", "-a", archive)[1])
    source = plain(in_terminal("show", SEED, "--source", "-a", archive)[1])

    assert shown.startswith("HTTP/1.")
    assert "17 major tasks" in shown
    assert "17 major tasks" in source
    assert "HTTP/1." not in source


def test_fields_and_sort_reach_inside_and_an_unknown_format_names_those_that_exist(run: Run, tmp_path: Path) -> None:
    (found,) = json.loads(
        run("query", "--serial", "2017-16", "--fields", "stamp.serial,images.url", "-f", "json").stdout
    )
    titles = [row["title"] for row in json.loads(run("query", "--sort", "title", "-f", "json").stdout) if row["title"]]

    assert found["stamp.serial"] == "2017-16"
    assert "images.url" in found
    assert titles == sorted(titles, key=str.lower)
    assert_one_line(run("query", "-o", tmp_path / "rows.xlsx"), 2, "xlsx", ".json", ".jsonl", ".csv", ".tsv", ".md")


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("command", LISTS, ids=lambda command: command[0])
def test_every_list_has_the_formats_of_query(command: tuple[str, ...], format: str, run: Run) -> None:  # noqa: A002
    done = run(*command, "-f", format.upper())

    assert (done.returncode, done.stderr) == (0, "")
    match format:
        case "json":
            assert json.loads(done.stdout)
        case "jsonl":
            assert all(json.loads(line) for line in done.stdout.splitlines())
        case "csv" | "tsv":
            assert len(list(csv.reader(io.StringIO(done.stdout), delimiter="\t" if format == "tsv" else ","))) > 1
        case _:
            assert done.stdout.splitlines()[1].startswith("| ---")


@pytest.mark.parametrize(
    "date",
    [
        "March 2023",
        "2023-03",
        "2023/03",
        "2023年3月",
        "29 March 2023",
        "2023/03/29",
        "20230329",
        "2023年3月29日",
        "2023-2023",
    ],
)
def test_dates_are_taken_as_people_write_them(date: str, run: Run) -> None:
    found = [row["node"] for row in json.loads(run("query", "--date", date, "-f", "json").stdout)]

    assert SEED_NODE in found


def test_what_could_be_two_dates_is_refused_with_both_and_an_empty_range_says_so(run: Run) -> None:
    assert_one_line(run("query", "--date", "03/04/2023"), 2, "2023-03-04", "2023-04-03")
    assert_one_line(run("query", "--date", "2023..2021"), 2, "2023-01-01 comes after 2021-12-31")


def test_kinds_are_a_list_in_any_case(run: Run) -> None:
    counts = [int(run("query", "--count", "--kind", kinds).stdout) for kinds in ("News", "STAMP", "news,Stamp")]

    assert counts[0] + counts[1] == counts[2] > counts[0]


def test_a_node_is_taken_wherever_a_url_is(site: FakeSite, lived: Archivist) -> None:
    site.requests.clear()

    done = postarchive("fetch", NODE, "--delay", "0", "-a", lived.folder, http_proxy=site.proxy_url)

    assert done.returncode == 0
    assert [line.split()[1] for line in done.stdout.splitlines()] == list(SHEETS.values())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (("search", "x"), "query"),
        (("list",), "query"),
        (("serach", "x"), "query"),
        (("quary",), "query"),
        (("cat",), "show"),
    ],
)
def test_what_people_type_names_the_right_command(typed: tuple[str, ...], meant: str, run: Run) -> None:
    assert_one_line(run(*typed), 2, "is not a command", f"Did you mean '{meant}'?")


def test_a_prefix_and_an_exclusion_are_explained(run: Run) -> None:
    assert run("query", "tittle:rural").stderr == "Nothing found. Did you mean title:?\n"
    assert "without your exclusions, " in run("query", "rural", "-China").stderr


def test_a_page_whose_title_is_the_words_comes_before_the_lists_that_name_it(run: Run) -> None:
    lists = ("--kind", "news,stamp,listing,folder,unknown")
    for row in json.loads(run("query", "--kind", "stamp", "-f", "json").stdout):
        found = json.loads(run("query", str(row["title"]), *lists, "-f", "json").stdout)
        assert found[0]["title"] == row["title"]


def test_digests_can_be_compared_with_sha256sum(run: Run) -> None:
    body = run("show", SEED, "--source").stdout
    shown = json.loads(run("show", SEED, "-f", "json").stdout)["evidence"]

    text = run("show", SEED).stdout
    assert f"sha256:{shown['sha256']}" in text
    assert f"sha256:{shown['sha256']}" in run("cite", SEED).stdout
    assert shown["payload_digest"] == f"sha256:{b32encode(bytes.fromhex(shown['sha256'])).decode()}"
    assert body
    assert len(shown["sha256"]) == len(sha256().hexdigest())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("query", "--limit", "ten"), ("'ten' is not a whole number",)),
        (("query", "--limit", "-1"), ("-1 is out of range; give 0 to",)),
        (("fetch", "--delay", "soon"), ("'soon' is not a number",)),
        (("fetch", "--max-requests", "0", SEED), ("0 is too small; give 1 or more",)),
        (("demo", "here"), ("Unexpected argument: here",)),
        (("query", "-f", "jsn"), ("Did you mean 'json'?",)),
        (("stats", "--year", "23"), ("--year 23: is not a year; write it like 2023",)),
        (("query", "--kind", "nws"), ("did you mean news?",)),
    ],
)
def test_a_mistake_is_one_plain_line_that_says_what_to_do(
    arguments: tuple[str, ...], words: tuple[str, ...], run: Run
) -> None:
    assert_one_line(run(*arguments), 2, *words)


def test_missing_sheet_names_the_existing_ones(run: Run, tmp_path: Path) -> None:
    assert_one_line(run("show", str(SEED_NODE), "--sheet", "2"), 65, "sheet 2: is not in the archive; it has sheet 1")
    lost = tmp_path / "no" / "such" / "rows.csv"
    assert_one_line(run("query", "-o", lost), 73, f"make the folder {lost.parent} first")


# --- fewer things to learn --------------------------------------------------------------------------------------------


def test_the_first_page_of_help_says_how_commands_differ_and_hides_what_is_for_tests() -> None:
    text = " ".join(postarchive("--help", COLUMNS="200").stdout.split())

    assert HIDDEN == ("fixture",)
    assert "fixture" not in text
    assert "POSTARCHIVE_SHOW_COMPLETION" not in text
    for words in ("List past runs", "Tell monitoring, by exit code", "Count what the archive holds in all"):
        assert words in text


def test_hotlines_and_registrations_are_one_list_in_two_parts(run: Run) -> None:
    phones, filings = (json.loads(run(name, "-f", "json").stdout) for name in ("hotlines", "registrations"))

    common = {"state", "host", "number", "first_seen", "last_seen", "pages", "evidence"}
    assert common <= set(phones[0]) & set(filings[0])
    assert {row["host"] for row in (*phones, *filings)} == {HOST}


def test_stats_count_one_kind_or_several(run: Run) -> None:
    def total(kinds: str) -> int:
        rows = json.loads(run("stats", "--by", "year", "--kind", kinds, "-f", "json").stdout)
        return sum(row["articles"] for row in rows)

    assert total("news,stamp") == total("news") + total("stamp") > total("news")
    assert "Pages of kind news, stamp by year" in run("stats", "--kind", "news,stamp").stdout
