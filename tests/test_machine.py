"""The JSON that `serve` has for programs: what `show`, `history` and `query` say; inert with anything in it."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias
from urllib.parse import quote, urlsplit

import pytest

from archiving import SEED_NODE, Archivist
from commands import postarchive
from postarchive.models import shown_digest
from serving import EDITED, EDITED_NODE, HARM, HOSTILE_NODE, datasette_over

PARTS_NODE, GONE_NODE = 22033375, 220613122

Get: TypeAlias = Callable[..., Any]


@pytest.fixture(scope="module")
def archive(archive_of_all: Archivist) -> Archivist:
    return archive_of_all


@pytest.fixture(scope="module")
def get(archive: Archivist) -> Iterator[Get]:
    with asyncio.Runner() as runner, datasette_over(archive.folder) as datasette:
        yield lambda path, **headers: runner.run(datasette.client.get(path, headers=headers))


@pytest.mark.parametrize("node", [SEED_NODE, EDITED_NODE, PARTS_NODE, GONE_NODE, HOSTILE_NODE])
@pytest.mark.parametrize("version", [None, 1])
def test_an_article_is_what_show_prints(archive: Archivist, get: Get, node: int, version: int | None) -> None:
    options = ("--version", str(version)) if version else ()
    done = postarchive("show", str(node), "--archive", archive.folder, "--format", "json", *options)

    told = get(f"/-/article/{node}.json{f'?version={version}' if version else ''}").json()

    links = told.pop("links")
    assert told == json.loads(done.stdout)
    for name, url in links.items():
        assert get(urlsplit(url).path).status_code == 200, name


def test_versions_name_what_changed_and_the_evidence(archive: Archivist, get: Get) -> None:
    told = get(f"/-/article/{EDITED_NODE}/versions.json").json()
    stored = archive.rows(
        "SELECT file, offset, payload_digest FROM versions JOIN captures ON captures.id = first_capture "
        "JOIN pages ON pages.id = page WHERE node = 230412345 ORDER BY number"
    )

    assert [(row["version"], row["change"]) for row in told["versions"]] == [(1, "new"), (2, "edit")]
    places = [row["sheets"][0]["evidence"] for row in told["versions"]]
    assert [(place["file"], place["offset"], f"sha256:{place['sha256']}") for place in places] == [
        (file, offset, shown_digest(str(digest))) for file, offset, digest in stored
    ]
    assert told["url"] == EDITED


def test_versions_say_when_a_page_was_gone(get: Get) -> None:
    events = get(f"/-/article/{GONE_NODE}/versions.json").json()["events"]

    assert [event["change"] for event in events] == ["gone"]


@pytest.mark.parametrize("text", ["mail", "邮政", '"rural revitalization"', "C++", "boats -oranges", ""])
def test_a_search_finds_what_query_finds(archive: Archivist, get: Get, text: str) -> None:
    done = postarchive("query", "--archive", archive.folder, "--format", "jsonl", "--limit", "0", "--", text)

    told = get(f"/-/search.json?q={quote(text)}").json()

    assert [row["node"] for row in told["results"]] == [json.loads(line)["node"] for line in done.stdout.splitlines()]
    assert told["count"] == len(told["results"])
    assert (told["page"], told["pages"], told["next"]) == (1, 1, None)


def test_results_continue_from_page_to_page(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [row["page"] for row in get("/-/search.json").json()["results"]]
    monkeypatch.setattr("postarchive.serve.machine.ON_A_PAGE", 3)
    found, path = [], "/-/search.json?q="
    while path:
        told = get(path).json()
        found += [row["page"] for row in told["results"]]
        path = told["next"].removeprefix("http://localhost") if told["next"] else ""

    assert found == whole
    assert len(found) > 3


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/-/article/99999999.json", 404),
        ("/-/article/99999999/versions.json", 404),
        (f"/-/article/{EDITED_NODE}.json?version=9", 404),
        (f"/-/article/{EDITED_NODE}.json?version=x", 400),
        (f"/-/article/{EDITED_NODE}.json?sheet=9", 404),
        ("/-/search.json?q=%22", 400),
        ("/-/search.json?q=mail&page=0", 400),
        ("/-/search.json?sort=colour", 400),
        ("/-/article/~00.json", 404),
        ("/-/article/%00.json", 404),
    ],
)
def test_missing_page_or_invalid_argument_is_reported_as_json(get: Get, path: str, status: int) -> None:
    response = get(path)

    assert response.status_code == status
    assert response.json()["ok"] is False
    assert "Traceback" not in response.text


@pytest.mark.parametrize("path", [f"/-/article/{HOSTILE_NODE}.json", "/-/search.json", "/-/search.json?q=script"])
def test_a_hostile_title_is_data_even_where_json_is_taken_for_a_page(get: Get, path: str) -> None:
    response = get(path)

    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "<" not in response.text
    assert ">" not in response.text
    assert f"<script>{HARM}</script>" in json.dumps(response.json())
