"""`postarchive probe` as people and scripts run it."""

import json
import shlex
from pathlib import Path

import pytest

from archiving import HOME, ROBOTS
from commands import Done, postarchive
from fakesite import FakeSite, Response
from postarchive.survey.answers import QUESTIONS


def probe(site: FakeSite, archive: Path, *arguments: str) -> Done:
    proxy = site.proxy_url
    return postarchive("probe", "--archive", archive, "--delay", "0", *arguments, http_proxy=proxy, https_proxy=proxy)


def test_answers_are_listed_in_words(site: FakeSite, tmp_path: Path) -> None:
    done = probe(site, tmp_path / "archive")

    assert done.returncode == 0
    first, *lines = done.stdout.splitlines()
    assert first == f"english.chinapost.com.cn: {len(site.urls)} requests, 21 of 21 questions answered"
    assert [line for line in lines if line.startswith("template      older build on ")]
    assert "Not answered" not in done.stdout
    assert max(map(len, lines[:-8])) <= 80


def test_json_has_each_question_with_its_answer_and_facts(site: FakeSite, tmp_path: Path) -> None:
    done = probe(site, tmp_path / "archive", "--format", "json", "--max-requests", "6")

    told = json.loads(done.stdout)
    assert [answer["name"] for answer in told["answers"]] == [name for name, _, _ in QUESTIONS]
    assert told["requests"] == len(site.urls) == 6
    assert told["unanswered"] == [answer["name"] for answer in told["answers"] if not answer["is_answered"]]
    assert all(answer["why_not"] for answer in told["answers"] if not answer["is_answered"])
    assert [item["url"] for item in told["asked"]][:2] == [ROBOTS, HOME]


def test_proposed_commands_make_the_fixtures(site: FakeSite, tmp_path: Path) -> None:
    fixtures = json.loads(probe(site, tmp_path / "an archive", "--format", "json").stdout)["fixtures"]

    for number, fixture in enumerate(fixtures):
        program, *arguments = shlex.split(fixture["command"])
        made = postarchive(*arguments, "--to", tmp_path / str(number))
        page, golden = map(Path, made.stdout.splitlines())
        assert program == "postarchive"
        assert page.read_bytes()
        assert json.loads(golden.read_text())["kind"] == fixture["kind"]
        assert json.loads(golden.read_text())["origin"] == "captured"
    assert {fixture["kind"] for fixture in fixtures} == {"news", "stamp", "listing", "folder"}


def test_a_second_probe_requests_the_same_and_makes_no_version(site: FakeSite, tmp_path: Path) -> None:
    probe(site, tmp_path / "archive")
    asked = list(site.urls)
    site.requests.clear()

    assert probe(site, tmp_path / "archive").returncode == 0
    assert site.urls == asked
    assert postarchive("check", "--archive", tmp_path / "archive", "--min-free", "0").returncode == 0


def test_site_without_a_page_to_read_is_a_failure(site: FakeSite, tmp_path: Path) -> None:
    site.answer_all(lambda _: Response(status=404))
    for path in ("", "html1/report/2304/8456-1.htm", "html1/stamp/17116/4327-1.htm"):
        site.answer(f"{HOME}{path}", Response(status=404))
    for path in ("html1/category/17026/254-1.htm", "html1/folder/171067/1220-1.htm"):
        site.answer(f"{HOME}{path}", Response(status=404))

    assert probe(site, tmp_path / "archive").returncode == 3


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["example.org"], 2), (["--max-requests", "31"], 2), (["--max-requests", "0"], 2), (["--contact", "my bot"], 2)],
    ids=str,
)
def test_impossible_argument_is_refused_before_any_request(
    site: FakeSite, tmp_path: Path, arguments: list[str], code: int
) -> None:
    done = probe(site, tmp_path / "archive", *arguments)

    assert (done.returncode, done.stdout) == (code, "")
    assert site.urls == []


def test_host_may_be_written_as_a_url_or_in_capitals(site: FakeSite, tmp_path: Path) -> None:
    probe(site, tmp_path / "archive", "HTTP://English.ChinaPost.com.cn/", "--max-requests", "2")

    assert site.urls == [ROBOTS, HOME]


def test_what_a_page_says_does_not_reach_the_terminal_as_a_command(site: FakeSite, tmp_path: Path) -> None:
    site.edit(HOME, b"<title>x - \x1b]0;evil\x07</title><div id=Body><div id=Content3>\x1b[31mred " + b"x " * 300)

    assert "\x1b" not in probe(site, tmp_path / "archive", "--max-requests", "3").stdout
