"""The search page of `serve`: that it finds what `query` finds, what its facets count, and how it is paged."""

import asyncio
import json
import random
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, TypeAlias
from urllib.parse import quote, urlencode

import pytest
from bs4 import BeautifulSoup, Tag

from archiving import Archivist
from commands import postarchive
from postarchive.schema import TOKENIZE
from postarchive.search import parse_query
from postarchive.serve import finding, results
from postarchive.serve.inwords import KINDS, SHOWN_KINDS
from postarchive.serve.narrow import FILL, LENGTHS, SCORE, words_in
from postarchive.serve.sought import MATCH, MATCHES
from postarchive.serve.tables import FULL_TEXT, SEARCH
from postarchive.serve.wanted import SORTS, SiteSearch
from postarchive.store.fields import DATES, TEXTS
from postarchive.store.find import RANK, WEIGHTS
from serving import datasette_over

Get: TypeAlias = Callable[[str], Any]
# What is asked of the page, and the same of the command.
Pair: TypeAlias = tuple[dict[str, object], tuple[str, ...]]
OF_SORTS: tuple[Pair, ...] = tuple(({"sort": name}, ("--sort", name)) for name in SORTS if name != "kind")
INSERT_WORDS = "INSERT INTO {table} (rowid, title, body) VALUES (?, ?, ?)"
ARTICLES = "CREATE TABLE articles (id, kind, pictures, files, title, date, year, source, hosts, gone, edited)"
MEASURED = f"CREATE VIRTUAL TABLE measured USING fts5 (body, title, content = '', tokenize = '{TOKENIZE}')"
ASKED: tuple[Pair, ...] = (
    ({}, ()),
    ({"q": "mail"}, ("mail",)),
    ({"q": "mail", "kind": "news"}, ("mail", "--kind", "news")),
    ({"kind": "stamp"}, ("--kind", "stamp")),
    ({"year": 2017}, ("--year", "2017")),
    ({"year": 2023}, ("--year", "2023")),
    ({"source": "china post news"}, ("--source", "china post news")),
    ({"host": "www.chinapost.com.cn"}, ("--host", "www.chinapost.com.cn")),
    ({"host": "chinapost.com.cn"}, ("--host", "chinapost.com.cn")),
    ({"since": "2023"}, ("--since", "2023")),
    ({"until": "2023-03"}, ("--until", "2023-03")),
    ({"until": "2022"}, ("--until", "2022")),
    ({"since": "2022-06-08", "until": "2022-06-08"}, ("--since", "2022-06-08", "--until", "2022-06-08")),
    ({"serial": "2017-30"}, ("--serial", "2017-30")),
    ({"designer": "xu lin"}, ("--designer", "xu lin")),
    ({"designer": "%"}, ("--designer", "%")),
    ({"has": "image"}, ("--has", "image")),
    ({"has": "attachment"}, ("--has", "attachment")),
    ({"gone": 1}, ("--gone",)),
    ({"changed": 1}, ("--changed",)),
    ({"q": "邮政", "sort": "date"}, ("邮政", "--sort", "date")),
    *OF_SORTS,
    ({"q": "boat OR 邮局", "sort": "title"}, ("boat OR 邮局", "--sort", "title")),
    ({"q": "mail -boat", "since": "2022", "kind": "news"}, ("mail -boat", "--since", "2022", "--kind", "news")),
    ({"q": "mail", "year": 2023, "sort": "editor"}, ("mail", "--year", "2023", "--sort", "editor")),
    ({"q": "C++"}, ("C++",)),
    ({"q": "C++", "changed": 1}, ("C++", "--changed")),
)


@pytest.fixture(scope="module")
def archive(archive_of_all: Archivist) -> Archivist:
    return archive_of_all


@pytest.fixture(scope="module")
def get(archive: Archivist) -> Iterator[Get]:
    with asyncio.Runner() as runner, datasette_over(archive.folder) as datasette:
        yield lambda path: runner.run(datasette.client.get(path))


def select(response: Any, selector: str) -> list[Tag]:  # noqa: ANN401 - httpx's response
    return list(BeautifulSoup(response.text, "lxml").select(selector))


def nodes_on_page(response: Any) -> list[str]:  # noqa: ANN401
    return re.findall(r'<h2><a href="/-/article/(\d+)">', response.text)


def facets_of(response: Any) -> dict[str, dict[str, int]]:  # noqa: ANN401
    return {
        facet.select("h2")[0].get_text(): {
            row.select(".name")[0].get_text(): int(row.select(".count")[0].get_text()) for row in facet.select("li")
        }
        for facet in select(response, ".facet")
    }


@pytest.mark.parametrize(
    ("asked", "words"), ASKED, ids=lambda value: urlencode(value) if isinstance(value, dict) else ""
)
def test_words_filters_and_order_are_those_of_the_command(
    archive: Archivist, get: Get, asked: dict[str, object], words: tuple[str, ...]
) -> None:
    done = postarchive("query", "--archive", archive.folder, "--format", "jsonl", "--fields", "node", *words)

    assert done.returncode == 0, done.stderr
    expected = [str(json.loads(line)["node"]) for line in done.stdout.splitlines()]
    assert nodes_on_page(get(f"/-/search?{urlencode(asked)}")) == expected


def test_every_order_is_one_of_the_command() -> None:
    assert set(SORTS) <= {RANK, *DATES, *TEXTS}


def test_facets_count_what_is_found(archive: Archivist, get: Get) -> None:
    facets = facets_of(get("/-/search"))

    (news,) = archive.rows("SELECT count(*) FROM pages WHERE kind = 'news' AND article = id")
    assert facets["Kind"] == {"News": news[0], "Static pages": 1, "Stamps": 1}
    assert facets["Year"]["2017"] == 1
    assert facets["Seen on"]["www.chinapost.com.cn"] == 2
    assert sum(facets["Kind"].values()) == len(nodes_on_page(get("/-/search")))


def test_a_facet_narrows_and_widens_again(get: Get) -> None:
    (stamps,) = [link for link in select(get("/-/search?q=horses"), ".facet a") if "Stamps" in link.get_text()]

    narrowed = get(str(stamps["href"]))
    (chosen,) = select(narrowed, ".facet a[aria-current]")

    assert stamps["href"] == "/-/search?q=horses&kind=stamp"
    assert facets_of(narrowed)["Kind"] == {"Stamps ×": 1}
    assert chosen["href"] == "/-/search?q=horses"


def test_results_are_paged_and_say_so(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    every = nodes_on_page(get("/-/search"))
    monkeypatch.setattr(results, "ON_A_PAGE", 4)

    pages = [get(f"/-/search?page={number}") for number in (1, 2, 3)]

    assert [node for page in pages for node in nodes_on_page(page)] == every
    assert "page 2 of 3" in pages[1].text
    assert [link["href"] for link in select(pages[1], "nav.pager a")] == ["/-/search", "/-/search?page=3"]
    assert [link["href"] for link in select(get("/-/search?page=9"), ".note a")] == ["/-/search?page=3"]


def test_far_pages_of_results_continue_where_earlier_ones_end(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    every = nodes_on_page(get("/-/search?sort=title"))
    monkeypatch.setattr(results, "ON_A_PAGE", 1)
    monkeypatch.setattr(finding, "PAGES_AT_ONCE", 2)

    pages = [get(f"/-/search?sort=title&page={number}") for number in range(1, len(every) + 1)]

    assert [node for page in pages for node in nodes_on_page(page)] == every


@pytest.mark.parametrize("words", [0, 1, 5, 40])
def test_scores_are_those_of_an_index_with_lengths(words: int) -> None:
    """With six words on average no weights can do this; see `narrow`."""
    with closing(sqlite3.connect(":memory:")) as connection:
        fill_words(connection, most=words)
        for query in ("mail", "mail OR boat", "mail -post", "title:boat mail"):
            ranked = connection.execute(SCORES, {"expression": parse_query(query)}).fetchall()

            assert all(ours == pytest.approx(theirs, rel=1e-9) for ours, theirs in ranked)
            assert ranked or not words


@pytest.mark.parametrize("text", ["", "mail", "Café au lait, 7 o'clock; 中国 国邮 邮政 政 x\ty", "\x7f{~}_a-b"])
def test_words_are_counted_as_the_index_does(text: str) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(FULL_TEXT)
        connection.execute(INSERT_WORDS.format(table=SEARCH), (1, "", text))
        connection.execute(f"CREATE VIRTUAL TABLE words USING fts5vocab ('{SEARCH}', 'instance')")

        assert connection.execute("SELECT count(*) FROM words").fetchone() == (words_in(text),)


# Weight times the score of an index with lengths, and ours.
SCORES = f"""
SELECT sought.weight * scored.score, {SCORE} FROM {MATCHES}
JOIN (SELECT rowid AS id, bm25(measured, {WEIGHTS}) AS score FROM measured WHERE measured MATCH :expression LIMIT -1)
  AS scored ON scored.id = sought.id
WHERE {MATCH}"""  # noqa: S608


def fill_words(connection: sqlite3.Connection, most: int) -> None:
    """Make the tables of a search, over a hundred texts of one to `most` words beside their titles."""
    chance = random.Random(7)  # noqa: S311 - no secret
    for statement in (FULL_TEXT, MEASURED, LENGTHS, ARTICLES):
        connection.execute(statement)
    for number in range(1, 101):
        title, *text = chance.choices(["mail", "boat", "post", "van"], k=1 + chance.randint(0, most))
        body, kind = " ".join(text), chance.choice(["news", "folder"])
        for table in (SEARCH, "measured"):
            connection.execute(INSERT_WORDS.format(table=table), (number, title if most else "", body))
        connection.execute("INSERT INTO lengths VALUES (?, ?)", (number, len(text) + (most > 0)))
        connection.execute("INSERT INTO articles (id, kind, pictures, files) VALUES (?, ?, 0, 0)", (number, kind))
    for statement in FILL[:2]:
        connection.execute(statement)


def test_an_article_in_parts_is_one_result_found_by_the_words_of_any_sheet(get: Get) -> None:
    assert nodes_on_page(get("/-/search?q=newspapers+skipper")) == ["22033375"]


def test_chinese_is_marked_in_title_and_text(get: Get) -> None:
    (result,) = select(get("/-/search?q=高原公路"), ".results li")

    assert [mark.get_text() for mark in result.select("h2 mark")] == ["高原公路"]
    assert result["lang"] == "zh-Hans"


@pytest.mark.parametrize(
    "asked", ["page=0", "page=x", "year=x", "year=10000", "since=soon", "until=2023-3", "sort=color"]
)
def test_an_impossible_filter_is_reported(get: Get, asked: str) -> None:
    assert get(f"/-/search?{asked}").status_code == 400


def test_a_search_that_cannot_be_made_stays_in_its_form(get: Get) -> None:
    page = get("/-/search?q=mail+boat&since=20x1")

    typed = {str(field["name"]): str(field.get("value")) for field in select(page, "main input[value]")}
    assert (typed["q"], typed["since"]) == ("mail boat", "20x1")
    (told,) = select(page, "[role=alert]")
    assert "a day (2023-03-29), a month (2023-03) or a year is needed" in told.get_text()


def test_a_word_found_in_the_source_is_marked_there(get: Get) -> None:
    marked = [str(mark.parent) for mark in select(get(f"/-/search?q={quote('邮政')}"), ".results .byline mark")]

    assert marked
    assert all("邮政</mark>" in source for source in marked)


@pytest.mark.parametrize("asked", ["kind=<script>", "source=<script>", "host=%25", "designer=_%25", "serial=%27"])
def test_a_filter_that_nothing_has_finds_nothing(get: Get, asked: str) -> None:
    response = get(f"/-/search?{asked}")

    assert (response.status_code, nodes_on_page(response)) == (200, [])
    assert "<script>" not in response.text


def test_a_link_names_only_what_limits() -> None:
    wanted = SiteSearch(q="a b", kind="news", has=("image",), page=3)

    assert wanted.link() == "/-/search?q=a+b&kind=news&has=image"
    assert wanted.link(kind="", has=(), q="") == "/-/search"
    assert (SiteSearch(q="a", sort="date", page=2).is_filtered, wanted.is_filtered) == (False, True)


def test_every_kind_that_is_shown_has_words() -> None:
    assert set(KINDS) == set(SHOWN_KINDS)
