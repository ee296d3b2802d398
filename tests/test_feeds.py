"""What other programs follow: the feeds as their readers see them, `robots.txt` and the sitemap; hostile titles."""

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias
from urllib.robotparser import RobotFileParser

import feedparser
import jsonschema
import pytest
from bs4 import BeautifulSoup

from archiving import SEED_NODE, Archivist
from postarchive.serve import feeds
from serving import EDITED, EDITED_NODE, HARM, HOSTILE_HOST, copied, datasette_over

# https://www.jsonfeed.org/version/1.1/
TEXT = {"type": "string", "minLength": 1}
URL = TEXT | {"pattern": '^https?://[^\\s<>"]+$'}
TIME = TEXT | {"pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$"}
AUTHORS = {"type": "array", "items": {"type": "object", "properties": {"name": TEXT, "url": URL}, "minProperties": 1}}
ITEM = {
    "type": "object",
    "required": ["id"],
    "anyOf": [{"required": ["content_html"]}, {"required": ["content_text"]}],
    "properties": {
        "id": TEXT,
        "url": URL,
        "external_url": URL,
        "title": TEXT,
        "summary": TEXT,
        "image": URL,
        "content_html": {"type": "string"},
        "content_text": {"type": "string"},
        "authors": AUTHORS,
        "date_published": TIME,
        "date_modified": TIME,
        "language": TEXT,
        "tags": {"type": "array", "items": TEXT},
    },
    "patternProperties": {"^_": {"type": "object"}},
    "additionalProperties": False,
}
JSON_FEED_1_1 = {
    "type": "object",
    "required": ["version", "title", "items"],
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "title": TEXT,
        "description": TEXT,
        "home_page_url": URL,
        "feed_url": URL,
        "next_url": URL,
        "icon": URL,
        "language": TEXT,
        "authors": AUTHORS,
        "expired": {"type": "boolean"},
        "items": {"type": "array", "items": ITEM},
    },
    "patternProperties": {"^_": {"type": "object"}},
    "additionalProperties": False,
}
SITEMAPS = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}

Get: TypeAlias = Callable[..., Any]


@pytest.fixture(scope="module")
def archive(archive_of_all: Archivist) -> Archivist:
    return archive_of_all


@pytest.fixture(scope="module")
def get(archive: Archivist) -> Iterator[Get]:
    with asyncio.Runner() as runner, datasette_over(archive.folder) as datasette:
        yield lambda path, **headers: runner.run(datasette.client.get(path, headers=headers))


def test_feedparser_reads_the_atom_feed(get: Get) -> None:
    response = get("/-/feed.atom")
    feed = feedparser.parse(response.content)

    assert response.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert not feed.bozo
    assert feed.version == "atom10"
    assert [entry.title.partition(": ")[0] for entry in feed.entries[:2]] == ["Gone", "Changed"]
    assert {link.rel: link.href for link in feed.feed.links}["self"] == "http://localhost/-/feed.atom"


def test_the_json_feed_is_one_by_its_schema(get: Get) -> None:
    response = get("/-/feed.json")
    feed = response.json()

    assert response.headers["content-type"] == "application/feed+json; charset=utf-8"
    jsonschema.Draft202012Validator(JSON_FEED_1_1).validate(feed)
    assert feed["feed_url"] == "http://localhost/-/feed.json"
    assert len(feed["items"]) == len({item["id"] for item in feed["items"]}) > 5


def test_both_feeds_have_the_same_entries_under_the_same_ids(get: Get) -> None:
    atom, told = feedparser.parse(get("/-/feed.atom").content), get("/-/feed.json").json()

    assert [entry.id for entry in atom.entries] == [item["id"] for item in told["items"]]


def test_an_item_leads_to_the_archive_and_names_its_evidence(archive: Archivist, get: Get) -> None:
    (item,) = (one for one in get("/-/feed.json").json()["items"] if one["title"].startswith("Changed: "))
    ((file, offset),) = archive.rows(
        "SELECT file, offset FROM changes JOIN captures ON captures.id = capture WHERE change = 'edit'"
    )

    assert item["url"] == f"http://localhost/-/article/{EDITED_NODE}"
    assert item["external_url"] == EDITED
    assert "<ins>4000</ins>" in item["content_html"]
    evidence = item["_postarchive"]["evidence"]
    assert (evidence["file"], evidence["offset"]) == (file, offset)
    assert evidence["digest"].startswith("sha256:")


def test_an_entry_leads_to_the_archive_and_names_the_page_of_the_site(get: Get) -> None:
    atom = feedparser.parse(get("/-/feed.atom").content)
    lists = feedparser.parse(get("/-/feed.atom?kind=listing").content)

    (entry,) = (one for one in atom.entries if one.title.startswith("Changed: "))
    assert {link.rel: link.href for link in entry.links} == {
        "alternate": f"http://localhost/-/article/{EDITED_NODE}",
        "via": EDITED,
    }
    assert atom.feed.link == get("/-/feed.json").json()["home_page_url"] == "http://localhost/"
    assert all("/-/article/" not in one.link for one in lists.entries)  # a list has no page here
    paths = {one.link.removeprefix("http://localhost") for one in atom.entries}
    assert {get(path).status_code for path in paths} == {200}


@pytest.mark.parametrize("path", ["/", "/-/search?q=mail&year=2023", f"/-/article/{EDITED_NODE}", "/postarchive"])
def test_a_page_names_what_programs_read_in_its_place(get: Get, path: str) -> None:
    tree = BeautifulSoup(get(path).text, "lxml")
    links = {(link["type"], link["href"]) for link in tree.select('head link[rel="alternate"]')}

    assert {("application/atom+xml", "/-/feed.atom"), ("application/feed+json", "/-/feed.json")} <= links
    own = [href for media_type, href in links if media_type == "application/json"]
    assert len(own) == (path.startswith("/-/"))
    assert all(get(str(href)).json() for href in own)


def test_a_feed_is_limited_to_kinds_and_a_number(get: Get) -> None:
    stamps = get("/-/feed.json?kind=stamp").json()["items"]
    three = get("/-/feed.json?limit=3&kind=news&kind=stamp").json()["items"]

    assert [item["tags"] for item in stamps] == [["stamp"]]
    assert len(three) == 3
    assert len(get("/-/feed.json?limit=1000000").json()["items"]) <= 200


@pytest.mark.parametrize("query", ["kind=poem", "limit=0", "limit=x", "limit=-1", "limit=1e9"])
@pytest.mark.parametrize("form", ["atom", "json"])
def test_invalid_limits_of_a_feed_are_reported(get: Get, form: str, query: str) -> None:
    response = get(f"/-/feed.{form}?{query}")

    assert response.status_code == 400
    assert "Traceback" not in response.text


def test_unchanged_feed_is_not_sent_again(get: Get) -> None:
    for form in ("atom", "json"):
        tag = get(f"/-/feed.{form}").headers["etag"]
        assert get(f"/-/feed.{form}", **{"If-None-Match": tag}).status_code == 304


def test_a_hostile_title_is_text_in_both_feeds(get: Get) -> None:
    shown = f'Mail "><script>{HARM}</script><img src=x onerror={HARM}> {{{{ 7*7 }}}}'
    atom = feedparser.parse(get("/-/feed.atom").content, sanitize_html=False)
    told = get("/-/feed.json").json()

    (entry,) = (one for one in atom.entries if "Mail " in one.title and "boat" not in one.title)
    (item,) = (one for one in told["items"] if one["id"] == entry.id)
    assert item["title"] == shown
    for html in (item["content_html"], entry.content[0].value):
        assert "<script" not in html
        assert "<img" not in html
        assert f'src="http://{HOSTILE_HOST}' not in html
    assert f"<script>{HARM}" not in get("/-/feed.atom").text


def test_the_feed_of_an_empty_archive_is_one(archive: Archivist, tmp_path: Path) -> None:
    folder = copied(archive, tmp_path / "archive", "DELETE FROM changes", "DELETE FROM versions", "DELETE FROM pages")
    with asyncio.Runner() as runner, datasette_over(folder) as datasette:
        atom, told, sitemap = (
            runner.run(datasette.client.get(path)) for path in ("/-/feed.atom", "/-/feed.json", "/sitemap.xml")
        )

    assert not feedparser.parse(atom.content).bozo
    jsonschema.Draft202012Validator(JSON_FEED_1_1).validate(told.json())
    assert ET.fromstring(sitemap.text).findall("s:url", SITEMAPS) == []  # noqa: S314 - our own


def test_robots_may_read_articles_and_find_the_sitemap(get: Get) -> None:
    robots = RobotFileParser()
    robots.parse(get("/robots.txt").text.splitlines())

    allowed = [robots.can_fetch("anybot", path) for path in ("/", f"/-/article/{SEED_NODE}", "/-/feed.atom")]
    forbidden = [robots.can_fetch("anybot", path) for path in ("/postarchive?sql=x", "/-/search?q=x", "/-/memento/2/x")]
    assert (allowed, forbidden) == ([True] * 3, [False] * 3)
    assert robots.site_maps() == ["http://localhost/sitemap.xml"]


def test_the_sitemap_lists_every_article_once(archive: Archivist, get: Get) -> None:
    tree = ET.fromstring(get("/sitemap.xml").text)  # noqa: S314 - our own
    urls = [str(loc.text) for loc in tree.findall("s:url/s:loc", SITEMAPS)]

    (count,) = archive.rows("SELECT count(DISTINCT article) FROM pages WHERE kind <> 'listing'")[0]
    assert len(urls) == len(set(urls)) == count
    assert f"http://localhost/-/article/{SEED_NODE}" in urls
    assert all(get(url.removeprefix("http://localhost")).status_code == 200 for url in urls)
    assert 'content="noindex"' not in get(f"/-/article/{SEED_NODE}").text
    assert 'content="noindex"' in get(f"/-/article/{EDITED_NODE}?version=1").text


def test_a_long_sitemap_is_in_parts(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {loc.text for loc in ET.fromstring(get("/sitemap.xml").text).iterfind("s:url/s:loc", SITEMAPS)}  # noqa: S314
    monkeypatch.setattr(feeds, "OF_A_SITEMAP", 4)

    index = ET.fromstring(get("/sitemap.xml").text)  # noqa: S314 - our own
    parts = [str(loc.text).removeprefix("http://localhost") for loc in index.iterfind("s:sitemap/s:loc", SITEMAPS)]
    listed = [loc.text for part in parts for loc in ET.fromstring(get(part).text).iterfind("s:url/s:loc", SITEMAPS)]  # noqa: S314

    assert parts == [f"/sitemap-{number}.xml" for number in range(1, -(-len(whole) // 4) + 1)]
    assert (set(listed), len(listed)) == (whole, len(whole))
    assert [get(f"/sitemap-{number}.xml").status_code for number in (0, len(parts) + 1, 999999)] == [404] * 3
