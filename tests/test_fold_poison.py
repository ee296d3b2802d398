"""Nothing that a server or a foreign file sends stops the fold: what was kept is read again, today and next year."""

from contextlib import nullcontext
from pathlib import Path

import pytest

from archiving import ROBOTS, SEED, SEED_FILE, Archivist
from fakesite import FakeSite, unavailable
from postarchive.errors import SiteUnavailable
from postarchive.models import Outcome

ADDRESSES = {
    "open bracket": "http://[broken.jpg",
    "host that NFKC changes": "http://chinapost／com.cn/a.jpg",
    "port of 5,000 digits": f"http://english.chinapost.com.cn:{'9' * 5000}/a.jpg",
    "port that is none": "http://english.chinapost.com.cn:port/a.jpg",
    "lone surrogate": "http://english.chinapost.com.cn/&#xD800;.jpg",
}
PLACES = {
    "picture": (b"<p>Since 2018", b'<p><img src="%s">Since 2018'),
    "attachment": (b"<p>Since 2018", b'<p><a href="%s.pdf">file</a>Since 2018'),
    "link": (b'<a href="/">', b'<a href="%s">'),
    "title": (b'<span id="CurrentlyNode">', b'<span id="CurrentlyNode">%s'),
    "paragraph": (b"<p>Since 2018", b"<p>%s</p><p>Since 2018"),
}
BEYOND = "Fri, 31 Dec 9999 23:59:59 -2300"


@pytest.fixture
def archivist(tmp_path: Path, site: FakeSite) -> Archivist:
    assert site.urls == []
    return Archivist(tmp_path / "archive")


@pytest.mark.parametrize("place", PLACES)
def test_invalid_address_makes_a_record_like_any_other(site: FakeSite, archivist: Archivist, place: str) -> None:
    old, new = PLACES[place]
    page = SEED_FILE.read_bytes()
    assert old in page

    for address in ADDRESSES.values():
        site.edit(SEED, page.replace(old, new % address.encode(), 1))
        assert archivist.one(SEED).outcome in (Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED)

    assert archivist.rows("SELECT kind, detail FROM problems") == []
    assert archivist.rebuilt_differences() == []


@pytest.mark.parametrize("url", [ROBOTS, SEED], ids=["robots.txt", "page"])
def test_date_beyond_the_calendar_lets_the_host_rest_a_week(site: FakeSite, archivist: Archivist, url: str) -> None:
    site.answer(url, unavailable(BEYOND))

    with pytest.raises(SiteUnavailable) if url == ROBOTS else nullcontext():
        archivist.fetch(SEED)

    assert archivist.rows("SELECT count(*) FROM captures WHERE retry_after LIKE '2026-05-13%'") == [(1,)]
    assert archivist.rebuilt_differences() == []
