"""Where each field of a record is in the stored bytes: `parse --explain`, over all fixtures."""

import gzip
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

import cms
from cms_frame import Node
from postarchive.errors import UnreadableInput
from postarchive.jsonvalue import Json
from postarchive.models import Capture
from postarchive.pages import parse
from postarchive.pages.cms.dates import printed_date
from postarchive.pages.explain import Explanation, explain
from postarchive.record.values import to_json
from postarchive.urls import resolve
from reading import NEWS_NODE, NEWS_URL, TITLE, capture
from test_pages import PAGES, url_of
from test_pages import capture as saved

NEWS = cms.page(
    Node(id=NEWS_NODE, title=TITLE),
    cms.article(TITLE, "<p>Vans &amp; <b>bi</b>kes of Côte.</p>", byline=cms.byline("China Post", "2023-03-29")),
)
CHINESE = (
    NEWS.replace("China Post<", "中国邮政报<").replace("Côte", "武汉").replace('charset=UTF-8"', 'charset=gb2312"')
)
# What no bytes need show: it may come from the URL, or the page has no such thing.
FROM_ELSEWHERE = {"kind", "node", "sheets"}
SAID_OTHERWISE = {"kind"}


def value_at(document: dict[str, Json], field: str) -> Json:
    """Return what a path such as `images[0].url` names in a record."""
    value: Json = document
    for key, place in re.findall(r"(\w+)|\[(\d+)\]", field):
        value = value[int(place)] if isinstance(value, list) else value[key] if isinstance(value, dict) else None
    return value


def shown(markup: str) -> str:
    """Return the characters of a piece of HTML, without tags, references, blanks and what is invisible."""
    text = unescape(re.sub(r"<!--.*?-->|</?[A-Za-z][^<>]*>", "", markup, flags=re.DOTALL))
    return re.sub(r"[\s\u200b-\u200f\u2060\u00ad\ufeff]+", "", text)


def holds(markup: str, field: str, value: Json, url: str | None) -> bool:
    """Tell whether a piece of a page's source holds the text of a field."""
    text = shown(markup)
    if isinstance(value, dict):
        return all(text.find(shown(str(value[key]))) >= 0 for key in ("label", "number") if key in value)
    if isinstance(value, list):
        return all(shown(part) in text for item in value if item for part in str(item).split(" | "))
    if field.endswith("url"):
        return value in (resolve(url, markup), resolve(url, unescape(markup)))
    if field.endswith(("date", "created")):
        return value in (printed_date(markup), printed_date(text), markup[:10])
    return all(shown(part) in text for part in str(value).split(" | "))


def checked(page_capture: Capture, body: bytes, charset: str = "utf-8") -> list[Explanation]:
    """Return the explanations of a page; each one's bytes hold its field's text."""
    document = to_json(parse(page_capture))
    found = list(explain(page_capture))
    for item in found:
        if item.start is not None and item.field not in SAID_OTHERWISE:
            markup = body[item.start : item.end].decode(charset)
            assert holds(markup, item.field, value_at(document, item.field), page_capture.url or None), (item, markup)
    return found


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem + "-" + path.parent.name)
def test_every_value_is_explained_by_the_bytes_that_hold_it(path: Path) -> None:
    page_capture = saved(path, url_of(path))
    charset = "gb18030" if b"\xb2\xdd\xd4\xad" in page_capture.body else "utf-8"  # one fixture is old

    found = checked(page_capture, page_capture.body, charset)

    assert {item.where for item in found} == {"stored"}
    explained = {item.field for item in explain(page_capture) if item.start is not None or item.field in FROM_ELSEWHERE}
    assert values_of(to_json(parse(page_capture))) - explained == set()


def values_of(document: Mapping[str, Any]) -> set[str]:
    """Return the names of a record's values that are in its page."""
    keys = [key for key in ("title", "subtitle", "source", "date", "created", "editor", "section") if document[key]]
    for key in ("paragraphs", "hotlines", "registrations", "leftovers"):
        keys += [f"{key}[{number}]" for number in range(len(document[key]))]
    for key in ("images", "attachments", "entries"):
        keys += [f"{key}[{number}].url" for number in range(len(document.get(key, [])))]
    stamp = document.get("stamp")
    if isinstance(stamp, dict):
        keys += [f"stamp.facts[{number}]" for number in range(len(stamp["facts"]))]
    return set(keys)


def test_rule_is_in_words() -> None:
    found = {item.field: item for item in explain(capture(NEWS))}

    assert found["title"].selector == "span#ReportIDname"
    assert found["title"].rule == "the ReportIDname without a link nearest before the body"
    assert found["hotlines[0]"].selector == "div#Content1"
    assert found["registrations[0]"].selector == "div#Footer"
    assert (found["subtitle"].start, found["subtitle"].rule) == (None, "the page does not show it")


STORED: dict[str, tuple[str, Callable[[bytes], bytes], str, str]] = {
    "utf-8": (NEWS, bytes, "utf-8", "stored"),
    "byte-order-mark": (NEWS, b"\xef\xbb\xbf".__add__, "utf-8", "stored"),
    "gb18030": (CHINESE, bytes, "gb18030", "stored"),
    "utf-16": (NEWS, b"\xff\xfe".__add__, "utf-16-le", "stored"),
    "gzip": (NEWS, gzip.compress, "utf-8", "unpacked"),
    "gzip-gb18030": (CHINESE, gzip.compress, "gb18030", "unpacked"),
}


@pytest.mark.parametrize(("html", "pack", "charset", "where"), STORED.values(), ids=STORED)
def test_offsets_are_of_the_stored_bytes(html: str, pack: Callable[[bytes], bytes], charset: str, where: str) -> None:
    body = pack(html.encode(charset))

    found = checked(capture(body), gzip.decompress(body) if where == "unpacked" else body, charset)

    assert {item.where for item in found if item.start is not None} == {where}


def test_broken_characters_are_counted_in_utf_8() -> None:
    body = NEWS.replace("Côte", "Côte d’Azur 武汉").encode().replace(b"Azur", b"Azu\xff")

    found = [item for item in explain(capture(body)) if item.start is not None]

    assert {item.where for item in found} == {"utf-8"}


def test_stray_closers_move_no_offset() -> None:
    html = NEWS.replace("Côte.</p>", "Côte</span>.</p><p>Two.</p>")

    checked(capture(html), html.encode())


@pytest.mark.parametrize("html", ["", "<p>No page</p>", "%PDF-1.4"])
def test_what_is_refused_is_not_explained(html: str) -> None:
    with pytest.raises(UnreadableInput):
        explain(capture(html))


def test_page_without_a_url_is_explained() -> None:
    found = {item.field for item in explain(replace(capture(NEWS, url=NEWS_URL), url=""))}

    assert {"title", "date", "paragraphs[0]", "node"} <= found
