"""The values of the program: immutable, and the public record in its documented order."""

import json
from dataclasses import FrozenInstanceError, fields, is_dataclass
from pathlib import Path

import pytest

from postarchive import models
from postarchive.jsonvalue import JsonObject
from postarchive.models import Capture
from postarchive.record import values
from postarchive.record.values import (
    Article,
    Entry,
    Folder,
    Hotline,
    Image,
    Listing,
    Page,
    Registration,
    Stamp,
    from_json,
    to_json,
)
from reading import WHEN

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "html"
URL = "http://english.chinapost.com.cn/html1/report/2304/8456-1.htm"
COMMON = [
    *("url", "kind", "node", "sheet", "title", "subtitle", "source", "date", "created", "editor", "paragraphs"),
    *("images", "attachments", "hotlines", "registrations", "leftovers", "section", "warnings"),
]
EMPTY: dict[str, object] = {
    "title": None,
    "subtitle": None,
    "source": None,
    "date": None,
    "created": None,
    "editor": None,
    "paragraphs": [],
    "images": [],
    "attachments": [],
    "hotlines": [],
    "registrations": [],
    "leftovers": [],
    "section": None,
    "warnings": [],
}
VALUES = [kind for kind in (vars(models) | vars(values)).values() if isinstance(kind, type) and is_dataclass(kind)]


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
def test_value_is_frozen_and_slotted(kind: type) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert not hasattr(kind, "__dict__") or "__slots__" in vars(kind)
    assert fields(kind)


def test_value_cannot_be_changed() -> None:
    image = Image("/1.jpg")

    with pytest.raises(FrozenInstanceError):
        image.url = "/2.jpg"  # type: ignore[misc]


PAGES = {
    "unknown": Page(kind="unknown", url=None, node=None),
    "news": Article(kind="news", url=URL, node=23048456),
    "stamp": Stamp(kind="stamp", url=URL, node=23048456),
    "listing": Listing(kind="listing", url=URL, node=23048456),
    "folder": Folder(kind="folder", url=URL, node=23048456),
}
OWN_KEYS = {"stamp": ["stamp"], "listing": ["entries", "next_url", "sheets"]}


@pytest.mark.parametrize("kind", PAGES)
def test_record_has_the_documented_keys_in_order(kind: str) -> None:
    assert list(to_json(PAGES[kind])) == COMMON + OWN_KEYS.get(kind, [])


@pytest.mark.parametrize("kind", PAGES)
def test_what_a_page_does_not_show_is_null_or_an_empty_list(kind: str) -> None:
    found = to_json(PAGES[kind])

    assert {key: found[key] for key in EMPTY} == EMPTY


def test_article_is_written_out() -> None:
    page = Article(
        kind="news",
        url=URL,
        node=23048456,
        title="Green vans",
        subtitle="a year of vans",
        source="China Post",
        date="2023-03-29",
        hotlines=(Hotline("EMS", "8610 11183", "+861011183"),),
        registrations=(Registration("ICP", "京ICP备15035540号"),),
        images=(Image("/1.jpg", "A van"),),
    )
    found = to_json(page)

    assert (found["subtitle"], found["source"], found["date"]) == ("a year of vans", "China Post", "2023-03-29")
    assert found["hotlines"] == [{"label": "EMS", "number": "8610 11183", "dial": "+861011183"}]
    assert found["registrations"] == [{"authority": "ICP", "number": "京ICP备15035540号"}]
    assert found["images"] == [{"url": "/1.jpg", "caption": "A van"}]


def test_date_of_a_stamp_is_its_issue() -> None:
    found = to_json(Stamp(kind="stamp", url=URL, node=1, issued="2017-10-18", facts=(("Gum", None),), denomination=1.2))

    assert found["date"] == "2017-10-18"
    assert found["stamp"] == {"serial": None, "issued": "2017-10-18", "denomination": 1.2, "facts": [["Gum", None]]}


def test_entries_are_written_out() -> None:
    entry = Entry("/a", "Jades", serial="2017-31")
    expected = [{"url": "/a", "title": "Jades", "date": None, "serial": "2017-31"}]

    assert to_json(Listing(kind="listing", url=URL, node=1, entries=(entry,)))["entries"] == expected
    assert to_json(Folder(kind="folder", url=URL, node=1, entries=(entry,)))["entries"] == expected


def test_folder_without_lists_has_no_entries_key() -> None:
    assert "entries" not in to_json(PAGES["folder"])


def test_header_is_found_in_any_case_and_the_first_counts() -> None:
    capture = Capture(URL, WHEN, 200, (("ETAG", "one"), ("ETag", "two")), b"")

    assert (capture.header("etag"), capture.header("ETag"), capture.header("Age")) == ("one", "one", None)


def test_record_is_read_back_from_its_json_as_it_was() -> None:
    goldens = sorted(FIXTURES.rglob("*.json"))
    for path in goldens:
        page = from_json(json.loads(path.read_text(encoding="utf-8")))

        assert from_json(to_json(page)) == page, path
        assert to_json(from_json(to_json(page))) == to_json(page), path
    assert len(goldens) > 80


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_every_kind_is_read_back_as_its_own_class(page: Page) -> None:
    assert from_json(json.loads(json.dumps(to_json(page)))) == page


@pytest.mark.parametrize(
    "change",
    [
        {"title": 1},
        {"sheet": "1"},
        {"paragraphs": "text"},
        {"paragraphs": [1]},
        {"images": [{"url": None}]},
        {"images": ["/1.jpg"]},
        {"stamp": "x"},
        {"stamp": {"facts": [["a"]]}},
        {"stamp": {"facts": [["a", 1]]}},
        {"stamp": {"denomination": "1"}},
    ],
    ids=str,
)
def test_json_of_another_form_is_not_a_record(change: JsonObject) -> None:
    with pytest.raises(ValueError, match=r"not? |missing|something else"):
        from_json(to_json(Stamp(kind="stamp", url=URL, node=1)) | change)


def test_what_the_json_lacks_was_not_shown() -> None:
    assert from_json({"kind": "news", "url": URL}) == Article(kind="news", url=URL, node=None)
    assert from_json({"url": URL}) == Page(kind="", url=URL, node=None)
