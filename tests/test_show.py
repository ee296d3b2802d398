"""`show`: one page in full, under all its names and in four formats."""

import hashlib
import json

import pytest

from archiving import (
    HOME,
    LIST,
    SEED,
    SEED_FILE,
    SEED_NODE,
)
from commands import TITLE, Run, assert_one_line, postarchive

HUGE = "9" * 30


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
        pytest.param(["show", "²"], id="digit that is not a number"),
        pytest.param(["show", "\udcff"], id="name that is no UTF-8"),
        pytest.param(["show", str(SEED_NODE), "--version", HUGE], id="huge version"),
        pytest.param(["query", "--limit", HUGE], id="huge limit"),
        pytest.param(["query", "--source", "\udcff"], id="source that is no UTF-8"),
    ],
)
def test_value_beyond_the_database_is_not_a_bug(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)

    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 2, 65)
    assert len(done.stderr.splitlines()) <= 1


def test_list_of_a_sheet_can_be_shown(run: Run) -> None:
    entries = json.loads(run("show", LIST, "--format", "json").stdout)["entries"]

    assert len(entries) == 10


def test_digest_is_the_one_that_sha256sum_prints(run: Run) -> None:
    expected = hashlib.sha256(SEED_FILE.read_bytes()).hexdigest()

    assert f"sha256:{expected}\n" in run("show", SEED).stdout
    assert json.loads(run("show", SEED, "-f", "json").stdout)["evidence"]["sha256"] == expected


def test_source_is_the_html_as_text(run: Run) -> None:
    assert run("show", SEED, "--source").stdout == SEED_FILE.read_bytes().decode()
