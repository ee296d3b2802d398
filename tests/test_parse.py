"""`parse`: a saved page to one JSON object, without an archive."""

import json

import pytest

from archiving import (
    SEED,
    SEED_FILE,
    SEED_NODE,
)
from commands import ODD, TITLE, assert_one_line, postarchive


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


def test_parse_without_a_url_says_that_links_are_as_printed() -> None:
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
        pytest.param(str(ODD / "another-program.htm"), "not a page", id="page of another program"),
        pytest.param(str(ODD / "truncated-in-head.htm"), "", id="page cut off in its head"),
        pytest.param("/dev/null", "empty", id="device"),
    ],
)
def test_parse_refuses_anything_but_a_page_in_one_line(file: str, word: str) -> None:
    assert_one_line(postarchive("parse", file), 65, word)


def test_parse_refuses_empty_stdin() -> None:
    assert_one_line(postarchive("parse", "-"), 65, "empty")
