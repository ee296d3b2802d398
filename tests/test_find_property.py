"""For any words of any sheet of any article a search finds the article, and adding a filter never adds a row.

Lists are found only by their kind, so `listing` is not a filter here.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiving import Archivist
from postarchive.search import parse_query
from postarchive.store.find import Finder, Search

FILTERS: dict[str, st.SearchStrategy[Any]] = {
    "since": st.sampled_from(["2010", "2017-01-01", "2023-03-29"]),
    "until": st.sampled_from(["2016-12-31", "2023-03-29", "2030"]),
    "kinds": st.sampled_from([("news",), ("stamp",), ("news", "stamp"), ("folder", "unknown")]),
    "source": st.sampled_from(["China Post", "China Post News"]),
    "host": st.sampled_from(["english.chinapost.com.cn", "www.chinapostnews.com.cn"]),
    "year": st.sampled_from([2017, 2023]),
    "has": st.sampled_from([("image",), ("attachment",), ("image", "attachment")]),
    "is_gone": st.just(value=True),
    "is_changed": st.just(value=True),
}
TEXTS = ["", "the", "post", "邮政"]
OFTEN = settings(max_examples=60, deadline=None)


@pytest.fixture(scope="module")
def archive(archive_of_all: Archivist) -> Archivist:
    return archive_of_all


@pytest.fixture(scope="module")
def latest(archive: Archivist) -> list[tuple[str, str]]:
    """Return every paragraph of every sheet's latest version, with the URL of its article."""
    rows = archive.rows(
        "SELECT first.url, record FROM pages JOIN pages AS first ON first.id = pages.article "
        "JOIN versions ON versions.page = pages.id AND number = "
        "(SELECT max(number) FROM versions WHERE page = pages.id) WHERE pages.kind <> 'listing'"
    )
    return [(str(url), text) for url, record in rows for text in json.loads(str(record))["paragraphs"]]


def found(folder: Path, wanted: Search) -> set[object]:
    with Finder(folder) as finder:
        return {row["url"] for row in finder.search(wanted, fields=("url",))}


@OFTEN
@given(data=st.data())
def test_any_words_of_any_sheet_find_the_article(
    archive: Archivist, latest: list[tuple[str, str]], data: st.DataObject
) -> None:
    url, text = data.draw(st.sampled_from(latest))
    words = [word for word in text.split() if word.isalpha()] or ["the"]
    some = data.draw(st.lists(st.sampled_from(words), min_size=1, max_size=3))
    query = " ".join(f'"{word}"' for word in some)
    if not any(word in text.split() for word in some) or parse_query(query) is None:
        return

    assert url in found(archive.folder, Search(query))


@OFTEN
@given(
    data=st.data(), asked=st.fixed_dictionaries({}, optional=FILTERS), text=st.sampled_from(["", "the", "post", "邮政"])
)
def test_a_filter_never_adds_a_row(archive: Archivist, data: st.DataObject, asked: dict[str, Any], text: str) -> None:
    more = data.draw(st.sampled_from(sorted(FILTERS)))
    narrow: dict[str, Any] = asked if more in asked else asked | {more: data.draw(FILTERS[more])}

    wide = found(archive.folder, Search(text)._replace(**asked))

    assert found(archive.folder, Search(text)._replace(**narrow)) <= wide
