"""Read pages for the tests of `pages`: from the HTML of a content region to the public record.

The CMS's page writer is `cms.py`; here its pages become captures and records, and a test says which keys it is about.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

import pytest
from _pytest.mark import ParameterSet

import cms
from cms_frame import CATEGORY, FOLDER, STAMP, Node
from postarchive.jsonvalue import Json
from postarchive.models import Capture, Headers
from postarchive.pages import parse
from postarchive.record.values import Page, to_json

HOST = "http://english.chinapost.com.cn"
NEWS_NODE, STAMP_NODE, LIST_NODE, FOLDER_NODE = 23048456, 171164327, 170260254, 14084104
NEWS_URL = HOST + cms.path("report", NEWS_NODE)
STAMP_URL = HOST + cms.path("stamp", STAMP_NODE)
LIST_URL = HOST + cms.path("category", LIST_NODE)
FOLDER_URL = HOST + cms.path("folder", FOLDER_NODE)
WHEN = datetime(2026, 11, 24, tzinfo=UTC)
TITLE = "Green vans reach every village of the county"
BODY = "<p>The vans are electric.</p>"

Record = dict[str, Json]


def cases(table: Mapping[str, object], wrong: Mapping[str, str] = MappingProxyType({})) -> list[ParameterSet]:
    """Return a table's rows as parameters with their names; `wrong` says which are not read rightly yet, and why."""
    assert set(wrong) <= set(table)
    return [
        pytest.param(
            *(row if isinstance(row, tuple) else (row,)),
            id=name,
            marks=[pytest.mark.xfail(strict=True, reason=wrong[name])] if name in wrong else [],
        )
        for name, row in table.items()
    ]


def capture(html: str | bytes, *, url: str = NEWS_URL, headers: Headers = ()) -> Capture:
    """Return a page as it would have been received; text is sent in UTF-8."""
    body = html.encode() if isinstance(html, str) else html
    return Capture(url=url, time=WHEN, status=200, headers=headers, body=body)


def page(html: str | bytes, *, url: str = NEWS_URL, headers: Headers = ()) -> Page:
    """Return a page as it is parsed."""
    return parse(capture(html, url=url, headers=headers))


def read(html: str | bytes, *, url: str = NEWS_URL, headers: Headers = ()) -> Record:
    """Return a page's public record."""
    return to_json(page(html, url=url, headers=headers))


def told(found: Record, expected: Mapping[str, object]) -> dict[str, object]:
    """Return only the keys of a record that a test is about."""
    return {key: found[key] for key in expected}


# --- from the content region to the record ----------------------------------------------------------------------------


def read_news(content: str, *, title: str = TITLE, frame: cms.Frame = cms.OF_2022, url: str = NEWS_URL) -> Record:
    """Return the record of a news page with this content region."""
    return read(cms.page(Node(id=NEWS_NODE, title=title), content, frame=frame), url=url)


def read_body(body_html: str) -> Record:
    """Return the record of a news page with this body."""
    return read_news(cms.article(TITLE, body_html, byline=cms.byline("China Post News", "2023-03-29")))


def body_paragraphs(body_html: str) -> Json:
    """Return the paragraphs of a news page with this body."""
    return read_body(body_html)["paragraphs"]


def read_stamp(content: str, *, title: str = "Scroll of Bathing Horses", url: str = STAMP_URL) -> Record:
    """Return the record of a stamp page with this content region."""
    return read(cms.page(Node(id=STAMP_NODE, title=title, type=STAMP), content), url=url)


def read_list(content: str, *, title: str = "Pressroom", url: str = LIST_URL) -> Record:
    """Return the record of a category with this content region."""
    return read(cms.page(Node(id=LIST_NODE, title=title, type=CATEGORY), content), url=url)


def read_folder(content: str, *, title: str = "Postal Savings Bank", url: str = FOLDER_URL) -> Record:
    """Return the record of a folder with this content region and nothing around it."""
    return read(cms.page(Node(id=FOLDER_NODE, title=title, type=FOLDER), content, frame=cms.BARE), url=url)


def rows_list(items: str, pager_item: str = "") -> str:
    """Return a content region that is a list of these `li`."""
    return (
        '<div class="title"><span id="CurrentlyNode">Pressroom</span></div><div class="new_list">'
        f"<ul>{items}{pager_item}</ul></div>"
    )


def values(found: Json, key: str) -> list[Json]:
    """Return one key of each row of a record's list."""
    assert isinstance(found, list)
    return [row[key] for row in found if isinstance(row, dict)]


def texts(found: Record) -> Iterable[str]:
    """Return the lines that a record holds of its page's own text."""
    for key in ("title", "subtitle", "source", "editor", "section", "paragraphs", "leftovers"):
        value = found[key]
        yield from (str(item) for item in (value if isinstance(value, list) else [value]) if item)
