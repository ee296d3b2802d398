"""The pages of `postarchive serve`, asked in process: what they show and refuse, and that nothing in them acts."""

import asyncio
import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote, urlencode, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag

from archiving import MORNING, SEED, SEED_FILE, SEED_NODE, Archivist
from commands import postarchive
from postarchive.errors import UnreadableInput
from postarchive.models import Capture, shown_digest
from postarchive.serve import database
from postarchive.serve.about import QUERIES, metadata
from postarchive.serve.copy import reading_copy
from postarchive.serve.narrow import GROUPS, SOUGHT
from postarchive.serve.original import TAGS, clean, cleaned_content
from postarchive.serve.plugin import INLINE
from postarchive.serve.policy import CONTENT_SECURITY_POLICY
from postarchive.serve.tables import DATABASE, SEARCH, TABLES
from serving import (
    EDITED_NODE,
    HARM,
    HOSTILE_BODY,
    HOSTILE_HOST,
    HOSTILE_NODE,
    copied,
    datasette_over,
)

CHINESE_NODES = {26034510, 26091176, 22119595}
STAMP_NODE, GONE_NODE, PARTS_NODE, HOME_NODE = 171164327, 220613122, 22033375, 14084030
ACTING = {"script", "style", "iframe", "object", "embed", "svg", "math", "base", "video", "audio", "img", "details"}
PAGES = (
    "/",
    "/-/search",
    "/-/search?q=mail&kind=news&page=1",
    f"/-/article/{SEED_NODE}",
    f"/-/article/{STAMP_NODE}",
    f"/-/article/{HOME_NODE}",
    f"/-/article/{EDITED_NODE}?version=1",
    f"/-/article/{EDITED_NODE}?from=1&to=2",
    f"/-/article/{EDITED_NODE}/original",
    f"/-/article/{HOSTILE_NODE}",
    f"/-/article/{HOSTILE_NODE}/original",
    f"/-/article/{EDITED_NODE}?from=1&to=2&view=all",
    f"/-/article/{EDITED_NODE}?from=1&to=2&view=sides",
    "/-/stamps",
    "/-/stamps?designer=Xu",
    "/-/stamps/checklist?year=2017",
    "/-/numbers",
    f"/{DATABASE}",
    f"/{DATABASE}/articles?_search=mail",
    f"/{DATABASE}/articles?_facet=site&kind=news&_sort=title",
    f"/{DATABASE}/articles/9",
    f"/{DATABASE}?sql=select+*+from+articles",
    *(f"/{DATABASE}/{name}" for name in TABLES),
    *(f"/{DATABASE}/{query.name}{query.example}" for query in QUERIES),
)

DRIFT = """
INSERT INTO problems (run, url, time, kind, detail)
SELECT max(run), 'http://english.chinapost.com.cn/', max(ended), 'drift', 'no title' FROM runs
"""

Get: TypeAlias = Callable[..., Any]


@pytest.fixture(scope="module")
def archive(archive_of_all: Archivist) -> Archivist:
    return archive_of_all


@pytest.fixture(scope="module")
def get(archive: Archivist) -> Iterator[Get]:
    """Return what asks the site for a path, and returns the response."""
    with asyncio.Runner() as runner, datasette_over(archive.folder) as datasette:
        yield lambda path, method="GET": runner.run(datasette.client.request(method, path))


def tree_of(source: str) -> BeautifulSoup:
    return BeautifulSoup(source, "lxml")


def select(response: Any, selector: str) -> list[Tag]:  # noqa: ANN401 - httpx's response
    return list(tree_of(response.text).select(selector))


def text_of(response: Any) -> str:  # noqa: ANN401 - httpx's response
    """Return the text that a reader sees, on one line."""
    return " ".join(tree_of(response.text).get_text().split())


def nodes_on_page(response: Any) -> list[str]:  # noqa: ANN401
    return re.findall(r'<h2><a href="/-/article/(\d+)">', response.text)


def nodes_of_command(archive: Archivist, *words: str) -> set[int]:
    done = postarchive("query", "--archive", archive.folder, "--format", "jsonl", *words)
    assert done.returncode == 0, done.stderr
    return {json.loads(line)["node"] for line in done.stdout.splitlines()}


# --- what it knows of its tables --------------------------------------------------------------------------------------


def test_every_column_of_every_table_is_described(archive: Archivist) -> None:
    told: Any = metadata()
    with reading_copy(archive.folder) as copy, closing(sqlite3.connect(copy)) as connection:
        tables = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not name.startswith((SEARCH, SOUGHT, GROUPS, "sqlite_"))
        ]
        columns = {
            name: [row[0] for row in connection.execute("SELECT name FROM pragma_table_info(?)", (name,))]
            for name in tables
        }

    described = told["databases"][DATABASE]["tables"]
    assert len(tables) == len(TABLES)
    for name in tables:
        assert list(described[name]["columns"]) == columns[name]
        assert all(described[name]["columns"].values())
        assert described[name]["title"]
        assert described[name]["description"]


@pytest.mark.parametrize("table", ["denomination", "size", "evidence_offset", "evidence_bytes", "first_seen", "bytes"])
def test_measures_name_their_unit(table: str) -> None:
    meanings = [column.meaning for one in TABLES.values() for column in one.columns if column.name == table]

    assert meanings
    assert all(re.search(r"yuan|millimetres|bytes|Bytes|UTC", meaning) for meaning in meanings)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_every_offered_query_runs_and_is_described(get: Get, query: Any) -> None:  # noqa: ANN401
    response = get(f"/{DATABASE}/{query.name}{query.example}")

    assert response.status_code == 200
    assert query.title in text_of(response)
    assert "message-error" not in response.text
    assert query.meaning.split(",")[0].split('"')[0] in text_of(response)


def test_tables_link_to_each_other_by_title(get: Get) -> None:
    rows = get(f"/{DATABASE}/changes?change=edit").text

    assert f'<a href="/{DATABASE}/articles/' in rows
    assert "A mail boat for the island</a>" in rows


def test_a_pages_name_opens_its_reading_view(get: Get) -> None:
    assert f'<a href="/-/article/{EDITED_NODE}">{EDITED_NODE}</a>' in get(f"/{DATABASE}/articles?_search=boat").text


# --- search -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("邮", CHINESE_NODES, id="one Chinese character"),
        pytest.param("邮政", CHINESE_NODES, id="a Chinese word"),
        pytest.param("中国邮政", CHINESE_NODES, id="a Chinese phrase"),
        pytest.param("stamp", {STAMP_NODE}, id="stamp"),
        pytest.param('"rural revitalization"', {SEED_NODE}, id="a phrase"),
        pytest.param("C", {EDITED_NODE, HOSTILE_NODE}, id="C"),
        pytest.param("C++", {EDITED_NODE}, id="C++"),
        pytest.param("C++ lemons", set(), id="C++ and a word"),
        pytest.param("boats -oranges", {PARTS_NODE}, id="an excluded word"),
        pytest.param("title:boat", {EDITED_NODE, PARTS_NODE}, id="in titles"),
        pytest.param("oranges OR lychees", {EDITED_NODE, GONE_NODE}, id="either"),
        pytest.param("boat'); DROP TABLE articles; --", set(), id="SQL"),
    ],
)
def test_each_search_finds_what_the_command_line_finds(
    archive: Archivist, get: Get, text: str, expected: set[int]
) -> None:
    kind = ("--kind", "stamp") if text == "stamp" else ()
    asked = f"{quote(text)}&kind=stamp" if kind else quote(text)

    ours = get(f"/-/search?q={asked}")
    table = get(f"/{DATABASE}/articles.json?_shape=array&_search={asked}")
    query = get(f"/{DATABASE}/search.json?_shape=array&text={quote(text)}")

    assert nodes_of_command(archive, *kind, "--", text) == expected
    assert set(map(int, nodes_on_page(ours))) == expected
    assert {row["node"] for row in table.json()} == expected
    assert {int(row["page"]) for row in query.json() if not kind or row["kind"] == "stamp"} == expected


@pytest.mark.parametrize("text", ["'", "*", "!!!", '""', "-stamp", "\x00"])
def test_what_cannot_be_searched_for_is_reported(archive: Archivist, get: Get, text: str) -> None:
    told = "add a word to search for" if text == "-stamp" else "no word or number to search for"

    command = postarchive("query", "--archive", archive.folder, "--", text) if text != "\x00" else None
    ours = get(f"/-/search?q={quote(text)}")
    table = get(f"/{DATABASE}/articles?_search={quote(text)}")
    rows = get(f"/{DATABASE}/search.json?_shape=array&text={quote(text)}").json()

    if text.strip("\x00"):
        assert command is not None
        assert (command.returncode, told in command.stderr) == (2, True)
    assert (ours.status_code, table.status_code) == (400, 400)
    assert told in text_of(ours)
    assert told in text_of(table)
    assert [row["page"] for row in rows] == [None]
    assert told in rows[0]["title"]


@pytest.mark.parametrize("blank", ["", "%20%20"])
def test_an_empty_search_shows_all(archive: Archivist, get: Get, blank: str) -> None:
    every = nodes_of_command(archive)

    assert set(map(int, nodes_on_page(get(f"/-/search?q={blank}")))) == every
    assert {row["node"] for row in get(f"/{DATABASE}/articles.json?_shape=array&_search={blank}").json()} == every
    assert "Type a word" in get(f"/{DATABASE}/search?text={blank}").text


def test_the_search_box_of_the_stamps_knows_their_pages(get: Get) -> None:
    rows = get(f"/{DATABASE}/stamps.json?_shape=array&_search=horses").json()

    assert [row["serial"] for row in rows] == ["2017-30"]
    assert get(f"/{DATABASE}/stamps.json?_shape=array&_search=lychees").json() == []


def test_best_match_comes_first_as_on_the_command_line(archive: Archivist, get: Get) -> None:
    done = postarchive("query", "--archive", archive.folder, "--format", "jsonl", "mail")
    expected = [str(json.loads(line)["node"]) for line in done.stdout.splitlines()]

    assert len(expected) > 1
    assert nodes_on_page(get("/-/search?q=mail")) == expected
    assert [row["page"] for row in get(f"/{DATABASE}/search.json?_shape=array&text=mail").json()] == expected


def test_what_is_found_is_marked(get: Get) -> None:
    assert "<mark>邮政</mark>无人车驶上高原公路" in get("/-/search?q=%E9%82%AE%E6%94%BF").text


def test_a_misspelt_word_gets_a_suggestion(get: Get) -> None:
    assert (
        'Did you mean <a href="/-/search?q=revitalization">revitalization</a>?'
        in get("/-/search?q=revitalisation").text
    )


def test_facets_are_offered(get: Get) -> None:
    facets = get(f"/{DATABASE}/articles.json").json()["facet_results"]

    assert set(facets) == {"kind", "year", "source"}
    assert {row["value"]: row["count"] for row in facets["kind"]["results"]}["stamp"] == 1


# --- reading ----------------------------------------------------------------------------------------------------------


def test_the_front_page_explains_the_archive(get: Get) -> None:
    shown = text_of(get("/"))

    for said in ("kept byte for byte as WARC", "Newest", "A mail boat for the island", "How to cite", "Last run"):
        assert said in shown
    assert [item.get_text() for item in select(get("/"), ".figures dd")] == ["8", "1", "12", "1", "1"]
    assert "The pages look as expected." in shown


def test_the_front_page_reports_drift(archive: Archivist, tmp_path: Path) -> None:
    folder = copied(archive, tmp_path / "archive", DRIFT)

    with asyncio.Runner() as runner, datasette_over(folder) as datasette:
        shown = text_of(runner.run(datasette.client.get("/")))

    assert "Pages no longer look as expected: http://english.chinapost.com.cn/ (no title)" in shown


def test_the_front_page_of_an_empty_archive_says_how_to_fill_it(archive: Archivist, tmp_path: Path) -> None:
    folder = copied(archive, tmp_path / "archive", "DELETE FROM changes", "DELETE FROM versions", "DELETE FROM pages")

    with asyncio.Runner() as runner, datasette_over(folder) as datasette:
        front, found = (runner.run(datasette.client.get(path)) for path in ("/", "/-/search?q=mail"))

    assert "The archive is empty; postarchive fetch fills it." in text_of(front)
    assert (found.status_code, "Nothing found." in text_of(found)) == (200, True)


def test_an_article_names_its_evidence(archive: Archivist, get: Get) -> None:
    (file, offset, digest), *_ = archive.rows(
        "SELECT captures.file, captures.offset, payload_digest FROM captures "
        "JOIN versions ON first_capture = captures.id JOIN pages ON pages.id = page WHERE pages.node = 23048456"
    )

    shown = text_of(get(f"/-/article/{SEED_NODE}"))

    assert "China Post releases action plan for serving rural revitalization" in shown
    assert f"{file} at byte {offset}" in shown
    assert shown_digest(str(digest)) in shown


def test_a_stamp_shows_its_facts_as_a_table(get: Get) -> None:
    rows = select(get(f"/-/article/{STAMP_NODE}"), "table.facts tr")

    facts = {row.select("th")[0].get_text(): row.select("td")[0].get_text() for row in rows}
    assert facts["Serial Number"] == "2017-30"
    assert facts["Denomination"] == "6.0 yuan"


def test_the_difference_of_two_versions_is_shown_word_by_word(get: Get) -> None:
    shown = get(f"/-/article/{EDITED_NODE}?from=1&to=2").text

    assert "It carried <del>40</del><ins>4000</ins> parcels of oranges." in shown
    assert "The mail boat left" not in shown


def test_an_older_version_says_so(get: Get) -> None:
    shown = text_of(get(f"/-/article/{EDITED_NODE}?version=1"))

    assert "Version 1, not the latest." in shown
    assert "It carried 40 parcels" in shown


def test_a_gone_page_is_still_read_and_says_so(get: Get) -> None:
    shown = text_of(get(f"/-/article/{GONE_NODE}"))

    assert "Gone from the site since 2026-05-06" in shown
    assert "Lychees travel" in shown


def test_an_article_in_parts_is_read_in_one(archive: Archivist, get: Get) -> None:
    rows = archive.rows("SELECT record FROM versions JOIN pages ON pages.id = page WHERE node = 22033375")
    records = [json.loads(str(row[0])) for row in rows]
    paragraphs = [text for record in records for text in record["paragraphs"]]

    shown = select(get(f"/-/article/{PARTS_NODE}"), "article p.text")

    assert len(records) == 2
    assert [item.get_text() for item in shown] == paragraphs


def test_chinese_text_is_marked_as_chinese(get: Get) -> None:
    assert '<article lang="zh-Hans">' in get("/-/article/26091176").text
    assert '<article lang="en">' in get(f"/-/article/{SEED_NODE}").text


def test_the_pages_own_html_is_shown_without_its_frame(get: Get) -> None:
    (shown,) = select(get(f"/-/article/{EDITED_NODE}/original"), "div.original")

    assert "It carried 4000 parcels of oranges." in shown.get_text()
    assert "8610 11185" not in shown.get_text()
    assert len(shown.select("p")) == 3


def test_a_page_of_more_tags_than_anybody_writes_is_not_cut_up() -> None:
    body = SEED_FILE.read_bytes().replace(b"</p>", b"<br>" * 20_001 + b"</p>", 1)

    with pytest.raises(UnreadableInput, match=r"more than 20,000 tags; `show --raw`"):
        cleaned_content(Capture(SEED, MORNING, 200, (("Content-Type", "text/html"),), body))


def test_evidence_that_is_not_there_is_reported(archive: Archivist, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    shutil.copytree(archive.folder, folder)
    shutil.rmtree(folder / "warc")
    with asyncio.Runner() as runner, datasette_over(folder) as datasette:
        original = runner.run(datasette.client.get(f"/-/article/{SEED_NODE}/original"))
        article = runner.run(datasette.client.get(f"/-/article/{SEED_NODE}"))

    assert "It cannot be shown" in text_of(original)
    assert "the file is missing" in text_of(original)
    assert article.status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/-/article/99999999", 404, "No page 99999999 in this archive"),
        ("/-/article/../../etc/passwd", 404, ""),
        ("/-/article/~00", 404, "No page"),
        (f"/-/article/{EDITED_NODE}?version=3", 404, "There is no version 3; the latest is 2."),
        (f"/-/article/{EDITED_NODE}?version=two", 400, "version=two: a whole number from 1 on is needed"),
        (f"/-/article/{EDITED_NODE}?version=٣", 400, "a whole number"),
        (f"/-/article/{EDITED_NODE}?sheet=7", 404, "No such sheet"),
        (f"/-/article/{EDITED_NODE}?from=2&to=2", 400, "Choose two different versions"),
        (f"/-/article/{SEED_NODE}?from=1&to=1", 400, "Choose two different versions"),
        ("/-/search?q=mail&page=0", 400, "a whole number"),
        (f"/{DATABASE}/nothing", 404, "Table not found"),
        (f"/{DATABASE}?sql=delete+from+articles", 400, "Statement must be a SELECT"),
        (f"/{DATABASE}?sql=selekt", 400, "Statement must be a SELECT"),
        (f"/{DATABASE}/articles?_searchmode=raw&_search=%22", 400, "unterminated string"),
        ("/-/nothing", 404, "There is no such page here"),
    ],
)
def test_missing_page_or_invalid_argument_is_reported_in_a_sentence(
    get: Get, path: str, status: int, told: str
) -> None:
    response = get(path)

    assert response.status_code == status
    assert told in text_of(response)
    assert "Traceback" not in response.text
    assert response.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("path", ["/-/nothing", "/nothing", "/nothing/at/all"])
def test_a_page_that_is_not_there_is_not_called_a_database(get: Get, path: str) -> None:
    assert "Database not found" not in text_of(get(path))


def test_a_query_without_end_is_stopped(get: Get) -> None:
    endless = quote("with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n")

    response = get(f"/{DATABASE}?_timelimit=50&sql={endless}")

    assert response.status_code == 400
    assert "took too long" in text_of(response)


def test_a_page_that_takes_too_long_is_reported(archive: Archivist, monkeypatch: pytest.MonkeyPatch) -> None:
    with asyncio.Runner() as runner, datasette_over(archive.folder) as datasette:
        runner.run(datasette.client.get("/"))
        monkeypatch.setattr(database, "OWN_SECONDS", 0.0)
        monkeypatch.setattr(database, "OWN_STEPS", 1)
        response = runner.run(datasette.client.get("/-/search?q=mail"))
        monkeypatch.undo()
        again = runner.run(datasette.client.get("/-/search?q=mail"))

    assert response.status_code == 503
    assert "Ask for less" in text_of(response)
    assert again.status_code == 200


def test_a_function_that_raises_inside_sqlite_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Datasette's import would have it print a trace, for every other connection of the process too."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.create_function("fail", 0, lambda: 1 // 0)
        with pytest.raises(sqlite3.OperationalError):
            connection.execute("SELECT fail()")

    assert capsys.readouterr().err == ""


def test_the_index_of_words_can_be_searched_and_not_listed(get: Get, capsys: pytest.CaptureFixture[str]) -> None:
    """SQLite cannot list it, which Datasette would report for each page that counts rows."""
    database = get(f"/{DATABASE}?_show_hidden=1").text
    sql = f"SELECT rowid FROM {SEARCH} WHERE {SEARCH} MATCH 'mail' ORDER BY rank"  # noqa: S608

    assert (SOUGHT in database, f'"/{DATABASE}/{SEARCH}"' in database) == (True, False)
    assert get(f"/{DATABASE}/{SEARCH}").status_code == 404
    assert get(f"/{DATABASE}.json?{urlencode({'sql': sql})}").json()["rows"]
    assert capsys.readouterr().err == ""


def test_a_bug_is_reported_to_the_log_and_not_to_the_reader(get: Get, capsys: pytest.CaptureFixture[str]) -> None:
    response = get(f"/{DATABASE}?_timelimit=soon&sql=select+1")

    assert response.status_code == 500
    assert "A bug of this program" in text_of(response)
    assert "Traceback" not in response.text
    printed = capsys.readouterr()
    assert "Traceback" in printed.err
    assert printed.out == ""


# --- nothing acts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_no_page_holds_anything_that_acts_or_reveals_where_the_archive_is(
    archive: Archivist, get: Get, path: str
) -> None:
    response = get(path)

    assert response.status_code == 200
    assert str(archive.folder) not in response.text
    elements = tree_of(response.text).select("*")
    assert {element.name for element in elements} & (ACTING - {"details", "svg", "img"}) == set()
    for element in elements:
        assert [name for name in element.attrs if name.startswith("on") or name in ("style", "srcdoc")] == []
        assert str(element.get("src", "/-/picture/")).startswith("/-/picture/")
        for name in ("href", "action"):
            address = urlsplit(str(element.get(name, "/")))
            assert address.scheme in ("", "http", "https")
            assert element.name == "a" or address.netloc in ("", "localhost"), f"{element.name} leads elsewhere"


@pytest.mark.parametrize("path", [*PAGES[:5], "/-/assets/style.css", "/favicon.ico", "/-/nothing", "/postarchive.json"])
def test_every_response_carries_the_strict_policy(get: Get, path: str) -> None:
    headers = get(path).headers

    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none';")
    assert "script-src" not in CONTENT_SECURITY_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_only_reading_is_answered(get: Get, method: str) -> None:
    response = get(f"/{DATABASE}/articles", method)

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("name", ["databases", "threads", "actor", "logout", "permissions", "messages", "patterns"])
@pytest.mark.parametrize("form", ["", ".json"])
def test_what_is_not_for_readers_is_closed(get: Get, name: str, form: str) -> None:
    assert get(f"/-/{name}{form}").status_code == 404


def test_no_address_for_programs_reveals_where_the_archive_is(archive: Archivist, get: Get) -> None:
    for path in ("/-/metadata.json", "/-/settings.json", "/-/versions.json", "/-/plugins.json"):
        assert str(archive.folder) not in get(path).text


def test_the_hostile_page_is_read_as_text(get: Get) -> None:
    shown = text_of(get(f"/-/article/{HOSTILE_NODE}"))

    assert f'Mail "><script>{HARM}</script><img src=x onerror={HARM}> {{{{ 7*7 }}}}' in shown
    assert f"Second paragraph says <script>{HARM}</script>" in shown
    assert "turns knil eht around" in shown
    assert "\u202e" not in shown


def test_the_hostile_pages_own_html_is_only_structure(get: Get) -> None:
    (region,) = select(get(f"/-/article/{HOSTILE_NODE}/original"), "div.original")

    inside = region.select("*")
    assert {element.name for element in inside} <= TAGS
    assert {name for element in inside for name in element.attrs} <= {"href", "rel", "colspan", "rowspan"}
    addresses = [str(link["href"]) for link in region.select("a[href]")]
    assert "http://english.chinapost.com.cn/html1/report/2304/8456-1.htm" in addresses
    assert all(address.startswith(("http://", "https://")) for address in addresses)
    assert {tuple(link["rel"]) for link in region.select("a")} == {("noopener", "noreferrer", "nofollow")}
    assert "First paragraph with a first link" in " ".join(region.get_text().split())


@pytest.mark.parametrize(
    "source",
    [
        "<p>a<script>x</script>b",
        "<p onclick=x>a</p>",
        "<a href='javascript:x'>a</a>",
        "<a href=' JaVaScRiPt:x'>a</a>",
        "<a href='//evil.example/'>a</a>",
        "<a href='data:text/html,x'>a</a>",
        "<img src=x onerror=y>",
        "<svg><a xlink:href='javascript:x'>a</a></svg>",
        "<p style='background:url(http://evil.example)'>a</p>",
        "<noscript><p title='</noscript><img src=x onerror=y>'>",
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=y&gt;'>",
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror=y>",
        "<!--<img src='--><img src=x onerror=y>//'>",
        "<base href=//evil.example><meta http-equiv=refresh content=0>",
        "<plaintext><img src=x onerror=y>",
        HOSTILE_BODY,
    ],
)
def test_cleaning_leaves_nothing_that_acts(source: str) -> None:
    left = tree_of(f"<main>{clean(source)}</main>").select("main *")

    assert {element.name for element in left} <= TAGS
    for element in left:
        assert set(element.attrs) <= {"href", "rel", "colspan", "rowspan"}
        assert urlsplit(str(element.get("href", "http://"))).scheme in ("http", "https")
        assert HOSTILE_HOST not in str(element.get("href", ""))


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ('<p style="color: #{{ color }}">a</p>', "<p>a</p>"),
        ('<t{% if q %} style="height: {{ q.split("\\n")|length + 2 }}em"{% endif %}>', "<t{% if q %}{% endif %}>"),
        ("a<script>\nfor (;;) {}\n</script>b", "ab"),
        ("{% if c %}\n<style>\n{% for x in c %}y{% endfor %}\n</style>{% endif %}", "{% if c %}\n{% endif %}"),
        ('{% for url in urls %}<script src="{{ url }}"></script>{% endfor %}', "{% for url in urls %}{% endfor %}"),
        ('<p class="style">a style="b"', '<p class="style">a'),
    ],
)
def test_templates_lose_their_inline_scripts_and_styles(source: str, left: str) -> None:
    assert INLINE.sub("", source) == left


def test_text_after_the_content_is_not_the_articles() -> None:
    body = SEED_FILE.read_bytes().replace(b'<div id="Content2">', b'Read this too<div id="Content2">')
    shown = cleaned_content(Capture(SEED, MORNING, 200, (("Content-Type", "text/html"),), body, "OK"))

    assert "serving rural revitalization" in shown
    assert "Read this too" not in shown
