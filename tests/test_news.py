"""Ids by which a feed's reader knows an entry again: the same for the same event, another for any other."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from postarchive.models import Evidence
from postarchive.news import Drift, PageEvent, drift_id, event_id, feed_id
from postarchive.record.values import Page

TIME = datetime(2026, 5, 6, 8, 0, 1, 123456, tzinfo=UTC)
PLACE = Evidence("warc/2026/20260506T080000Z.warc.gz", 1234, 567, "<urn:uuid:1>", "sha256:ZAKHKMKFQQOG4V3FVTUE====")
EVENT = PageEvent(
    site="english",
    key="23048456-1",
    url="http://english.chinapost.com.cn/html1/report/2304/8456-1.htm",
    kind="news",
    name="edit",
    time=TIME,
    first_seen=TIME,
    detail="title",
    record=Page(kind="news", url=None, node=1, title="New"),
    before=Page(kind="news", url=None, node=1, title="Old"),
    evidence=PLACE,
)
# RFC 4151, section 2.1, with nothing optional left open.
TAG_URI = re.compile(r"tag:[a-z0-9.-]+,\d{4}(?:-\d\d){0,2}:(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-F]{2})*")


def test_id_says_page_event_time_and_digest() -> None:
    assert event_id(EVENT) == "tag:postarchive.example,2026:english/23048456-1/edit/20260506T080001.123456Z/ZAKHKMKF"


@pytest.mark.parametrize(
    "change",
    [
        lambda event: replace(event, evidence=replace(PLACE, file="warc/2027/other.warc.gz", offset=1)),
        lambda event: replace(event, record={"title": "Read by a better parser"}, detail="paragraphs"),
        lambda event: replace(event, first_seen=TIME - timedelta(days=1)),
        lambda event: replace(event, time=TIME.astimezone(timezone(timedelta(hours=8)))),
        lambda event: replace(event, url="http://www.chinapostnews.com.cn/html1/report/2304/8456-1.htm"),
    ],
    ids=["place of the evidence", "record", "first sighting", "time zone", "host of the site"],
)
def test_id_does_not_depend_on(change: Callable[[PageEvent], PageEvent]) -> None:
    assert event_id(change(EVENT)) == event_id(EVENT)


@pytest.mark.parametrize(
    "other",
    [
        replace(EVENT, site="www"),
        replace(EVENT, key="23048456-2"),
        replace(EVENT, name="back"),
        replace(EVENT, time=TIME + timedelta(microseconds=1)),
        replace(EVENT, evidence=replace(PLACE, payload_digest="sha256:BAKHKMKFQQOG4V3FVTUE====")),
    ],
    ids=["site", "page", "event", "time", "response"],
)
def test_id_is_unique(other: PageEvent) -> None:
    assert event_id(other) != event_id(EVENT)


@pytest.mark.parametrize("key", ["23048456-1", "/", "/a b?x=1&y=邮#z", "/<\"'>", "/../%2e", "\u202e"], ids=ascii)
def test_ids_are_tag_uris_for_any_page(key: str) -> None:
    assert TAG_URI.fullmatch(event_id(replace(EVENT, key=key)))


def test_id_of_a_page_by_its_path_cannot_be_taken_for_another_event() -> None:
    tricky = replace(EVENT, key="a/new", name="edit")

    assert event_id(tricky).count("/") == event_id(EVENT).count("/")


def test_id_of_drift_is_that_of_its_run() -> None:
    drift = Drift("20260506T080000Z", TIME, ())

    assert drift_id(drift) == "tag:postarchive.example,2026:drift/20260506T080000Z"
    assert TAG_URI.fullmatch(drift_id(drift))


def test_id_of_a_feed_is_that_of_its_kinds_in_any_order() -> None:
    assert feed_id(("stamp", "news", "stamp")) == feed_id(("news", "stamp")) != feed_id(("news",))
    assert TAG_URI.fullmatch(feed_id(("stamp", "news")))
