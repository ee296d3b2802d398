"""Memento (RFC 7089): stored pages at their time, TimeGates and TimeMaps, as a client of others reads them too."""

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias
from urllib.parse import quote, urlsplit

import pytest
import requests
from bs4 import BeautifulSoup
from memento_client import MementoClient

from archiving import HOME, SEED, Archivist, playing_site
from fakesite import Response
from pictures import SVG, picture
from postarchive.serve.calendars import PITCH, years_of
from postarchive.serve.mementos import MementoLinks, closest, http_time, mementos_of, moment_of
from postarchive.serve.original import OF_PICTURES, PAGE_CLEANER, TAGS, clean
from postarchive.serve.policy import CONTENT_SECURITY_POLICY
from postarchive.store.captures import Captures
from serving import (
    EDITED,
    EDITED_NODE,
    GONE,
    HARM,
    HOSTILE,
    HOSTILE_BODY,
    HOSTILE_HOST,
    HOSTILE_NODE,
    HOSTILE_TITLE,
    datasette_over,
    edited_page,
    news_page,
    server_over,
)

PHOTO, DRAWING, FILE = (f"{HOME}res/chinaposten/2304/{name}" for name in ("photo.jpg", "drawing.svg", "form.pdf"))
ODD = f'{HOME}servlet/Node?node=1>"&x=<b>,;rel="original"'
NEVER = f"{HOME}html1/report/2304/9999-1.htm"
SHOT = picture("JPEG", 64, 48)
# <URL>; name="value"; name="value"
LINK = re.compile(r'<([^<>"\s]+)>((?:; [a-z]+="[^"]*")+)')
PARAMETER = re.compile(r'; ([a-z]+)="([^"]*)"')

Get: TypeAlias = Callable[..., Any]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archivist:
    """Make an archive in which one page was captured four times: as new, edited, unchanged, and gone."""
    archivist = Archivist(tmp_path_factory.mktemp("memento") / "archive")
    with pytest.MonkeyPatch.context() as patch, playing_site(patch) as site:
        site.edit(HOSTILE, news_page(HOSTILE_NODE, HOSTILE_TITLE, HOSTILE_BODY))
        body = '<p>A boat.</p><p><img src="/res/chinaposten/2304/photo.jpg" alt="A &quot;boat&quot;"></p>'
        site.edit(GONE, news_page(220613122, "A boat that sank", body))
        site.answer(PHOTO, Response(body=SHOT, content_type="image/jpeg"))
        site.answer(DRAWING, Response(body=SVG, content_type="image/svg+xml"))
        site.answer(FILE, Response(body=b"%PDF-1.4 a form", content_type="application/pdf"))
        for parcels in (40, 4000, None, None):
            if parcels:
                site.edit(EDITED, edited_page(parcels))
            archivist.fetch(EDITED, SEED)
            archivist.clock.time += timedelta(days=30)
        archivist.fetch(HOSTILE, GONE, PHOTO, DRAWING, FILE)
        site.remove(EDITED)
        archivist.fetch(EDITED)
    return archivist


@pytest.fixture(scope="module")
def get(archive: Archivist) -> Iterator[Get]:
    with asyncio.Runner() as runner, datasette_over(archive.folder) as datasette:
        yield lambda path, **headers: runner.run(datasette.client.get(path, headers=headers))


def parsed(text: str, *, apart: str = ",\n") -> list[tuple[str, dict[str, str]]]:
    """Return the links of a text in link-format, each with its parameters; fails for anything else."""
    links = []
    for line in re.split(f"{apart}(?=<)", text.removesuffix("\n")):
        found = LINK.fullmatch(line)
        assert found is not None, line
        links.append((found[1], dict(PARAMETER.findall(found[2]))))
    return links


def relations(header: str) -> dict[str, str]:
    """Return the targets of a `Link` header by their relations."""
    return {rel: url for url, said in parsed(header, apart=", ") for rel in said["rel"].split()}


def times_of(archive: Archivist, url: str) -> list[datetime]:
    with Captures(archive.folder) as captures:
        return [datetime.fromisoformat(capture.time) for capture in captures.shown(url)]


def memento_path(get: Get, url: str, place: int = 0) -> str:
    links = parsed(get(f"/-/timemap/link/{url}").text)
    mementos = [target for target, said in links if "memento" in said["rel"].split()]
    return urlsplit(mementos[place]).path


# --- TimeMap ----------------------------------------------------------------------------------------------------------


def test_a_timemap_lists_every_state_of_a_page_with_its_time(archive: Archivist, get: Get) -> None:
    response = get(f"/-/timemap/link/{EDITED}")
    links = parsed(response.text)
    times = times_of(archive, EDITED)

    assert response.headers["content-type"] == "application/link-format"
    assert links[0] == (EDITED, {"rel": "original"})
    assert links[1][1] == {
        "rel": "self",
        "type": "application/link-format",
        "from": http_time(times[0]),
        "until": http_time(times[-1]),
    }
    assert links[2] == (f"http://localhost/-/timegate/{EDITED}", {"rel": "timegate"})
    assert [said["rel"] for _, said in links[3:]] == ["first memento", "memento", "memento", "last memento"]
    assert [said["datetime"] for _, said in links[3:]] == [http_time(time) for time in times]
    assert len({url for url, _ in links}) == len(links) == 7


@pytest.mark.parametrize(
    "form",
    [
        EDITED,
        EDITED.replace("http://", "http:/"),  # as some proxies have it
        EDITED.replace("http://", "https://"),
        EDITED.removeprefix("http://"),
        EDITED.replace("english.", "ENGLISH."),
        quote(EDITED, safe=""),
        f"{EDITED}#part",
    ],
)
def test_a_url_is_found_as_people_write_it(get: Get, form: str) -> None:
    assert parsed(get(f"/-/timemap/link/{form}").text)[0][0] == EDITED


@pytest.mark.parametrize("path", ["timemap/link/", "timegate/", "memento/20230101000000/", "calendar/"])
@pytest.mark.parametrize("url", [NEVER, "http://evil.example/", "nothing", "http://[", "http://%00/", "a%2fb", "x%"])
def test_a_url_without_a_capture_is_reported(get: Get, path: str, url: str) -> None:
    response = get(f"/-/{path}{url}")

    assert response.status_code == 404
    assert "no capture of it in this archive" in response.text


def test_a_hostile_url_breaks_no_link() -> None:
    links = parsed(MementoLinks("http://localhost", ODD, ()).timemap_text())

    assert [said["rel"] for _, said in links] == ["original", "self", "timegate"]
    assert all(re.fullmatch(r"[^\s<>\"]+", url) for url, _ in links)


# --- TimeGate ---------------------------------------------------------------------------------------------------------


def test_a_timegate_leads_to_the_nearest_memento(archive: Archivist, get: Get) -> None:
    times = times_of(archive, EDITED)
    asked = [
        times[0] - timedelta(days=4000),
        *(time + timedelta(days=3) for time in times),
        datetime(9999, 12, 31, tzinfo=UTC),
    ]

    responses = [get(f"/-/timegate/{EDITED}", **{"Accept-Datetime": http_time(time)}) for time in asked]

    assert {response.status_code for response in responses} == {302}
    assert all("accept-datetime" in response.headers["vary"].lower() for response in responses)
    assert all("memento-datetime" not in response.headers for response in responses)
    shown = [get(urlsplit(response.headers["location"]).path) for response in responses]
    assert [parsedate_to_datetime(page.headers["memento-datetime"]) for page in shown] == [
        time.replace(microsecond=0) for time in (times[0], *times, times[-1])
    ]


def test_without_a_time_a_timegate_leads_to_the_latest(get: Get) -> None:
    assert urlsplit(get(f"/-/timegate/{EDITED}").headers["location"]).path == memento_path(get, EDITED, -1)


@pytest.mark.parametrize("text", ["", "yesterday", "2023-03-29", "Wed, 99 Mar 2023 08:15:00 GMT", "\x7f", "9" * 500])
def test_an_invalid_time_is_reported(get: Get, text: str) -> None:
    response = get(f"/-/timegate/{EDITED}", **{"Accept-Datetime": text})

    assert response.status_code == 400
    assert "no HTTP date" in response.text


# --- mementos ---------------------------------------------------------------------------------------------------------


def test_a_memento_shows_the_page_of_its_time_and_says_when(archive: Archivist, get: Get) -> None:
    times = times_of(archive, EDITED)
    pages = [get(memento_path(get, EDITED, place)) for place in range(4)]

    assert [page.headers["memento-datetime"] for page in pages] == [http_time(time) for time in times]
    assert ["It carried 40 parcels" in page.text for page in pages] == [True, False, False, False]
    assert ["It carried 4000 parcels" in page.text for page in pages] == [False, True, True, True]
    assert "the server said that nothing had changed" in pages[2].text
    assert all("8610 11185" in page.text for page in pages)  # the whole page, its frame too


def test_the_links_of_a_memento_lead_around(get: Get) -> None:
    paths = [memento_path(get, EDITED, place) for place in range(4)]
    first, second, *_, last = (
        {rel: urlsplit(url).path for rel, url in relations(get(path).headers["link"]).items()} for path in paths
    )

    assert first["original"] == urlsplit(EDITED).path
    assert (first["first"], first["next"], first["last"]) == (paths[0], paths[1], paths[3])
    assert "prev" not in first
    assert (second["first"], second["prev"], second["next"]) == (paths[0], paths[0], paths[2])
    assert (last["prev"], last["last"]) == (paths[2], paths[3])
    assert "next" not in last
    assert first["timemap"] == f"/-/timemap/link/{EDITED}"
    assert first["timegate"] == f"/-/timegate/{EDITED}"


@pytest.mark.parametrize("time", ["2020", "20260506", "99990101000000", "20260506080001", "00010101"])
def test_another_time_leads_to_the_nearest_memento(get: Get, time: str) -> None:
    response = get(f"/-/memento/{time}/{EDITED}")

    assert response.status_code == 302
    assert get(urlsplit(response.headers["location"]).path).status_code == 200


@pytest.mark.parametrize("time", ["20261301", "00000000", "99999999999999"])
def test_an_invalid_timestamp_is_reported(get: Get, time: str) -> None:
    assert get(f"/-/memento/{time}/{EDITED}").status_code == 400


def test_a_picture_of_the_archive_is_in_the_stored_page(get: Get) -> None:
    page = get(memento_path(get, GONE))
    (shown,) = BeautifulSoup(page.text, "lxml").select("div.original img")

    assert shown["alt"] == 'A "boat"'
    assert (shown["width"], shown["height"]) == ("64", "48")
    assert get(str(shown["src"])).content == SHOT


def test_a_link_to_a_stored_page_leads_to_it_at_that_time(get: Get) -> None:
    page = get(memento_path(get, HOSTILE))
    (link,) = BeautifulSoup(page.text, "lxml").select("div.original a[href^='/-/memento/']")

    there = get(str(link["href"]))

    assert str(link["href"]).endswith(SEED)
    assert there.status_code == 302
    shown = get(urlsplit(there.headers["location"]).path)
    assert "China Post releases action plan" in shown.text
    assert relations(shown.headers["link"])["original"] == SEED


def test_a_picture_is_a_memento_of_itself(get: Get) -> None:
    response = get(memento_path(get, PHOTO))

    assert (response.headers["content-type"], response.content) == ("image/jpeg", SHOT)
    assert response.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert "memento-datetime" in response.headers
    assert "immutable" not in response.headers.get("cache-control", "")


@pytest.mark.parametrize("url", [DRAWING, FILE])
def test_neither_page_nor_picture_is_reported(get: Get, url: str) -> None:
    response = get(memento_path(get, url))

    assert response.headers["content-type"].startswith("text/html")
    assert "It cannot be shown" in response.text
    assert "onload" not in response.text
    assert "xmlns" not in response.text


def test_the_hostile_page_is_inert_as_a_memento(get: Get) -> None:
    page = get(memento_path(get, HOSTILE))
    (region,) = BeautifulSoup(page.text, "lxml").select("div.original")

    assert page.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert {element.name for element in region.select("*")} <= TAGS | {"img"}
    for element in region.select("*"):
        assert set(element.attrs) <= {"href", "rel", "colspan", "rowspan"}
        assert str(element.get("href", "http://")).startswith(("http://", "https://", "/-/memento/20"))
    assert "First paragraph with a first link" in " ".join(region.get_text().split())


@pytest.mark.parametrize(
    "source",
    [
        HOSTILE_BODY,
        "<img src=/-/picture/../../x>",
        f"<img src=/-/picture/{'0' * 64} onerror={HARM} srcset=//evil.example/x style=x>",
        f"<a href=/-/picture/{'0' * 64}>a</a><a href=/>b</a><a href=//evil.example>c</a>",
        f"<img src=//evil.example/-/picture/{'0' * 64}>",
        "<a href='/-/memento/20230101000000/javascript:alert(1)'>a</a><a href=/-/memento/x>b</a>",
        "<img src=data:image/svg+xml,x><img src=http://evil.example/x.gif>",
        "<noscript><p title='</noscript><img src=x onerror=y>'>",
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=y&gt;'>",
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror=y>",
    ],
)
def test_cleaning_a_page_leaves_only_pictures_of_the_archive(source: str) -> None:
    left = BeautifulSoup(f"<main>{clean(source, PAGE_CLEANER)}</main>", "lxml").select("main *")

    assert {element.name for element in left} <= TAGS | {"img"}
    for element in left:
        assert set(element.attrs) <= {"href", "rel", "colspan", "rowspan"} | OF_PICTURES["img"]
        assert re.fullmatch(r"/-/picture/0{64}", str(element.get("src", f"/-/picture/{'0' * 64}")))
        assert HOSTILE_HOST not in str(element.get("src", ""))
        assert re.match(r"https?://|/-/picture/0{64}\Z", str(element.get("href", "http://")))


def test_two_captures_of_one_second_have_two_names(archive: Archivist) -> None:
    with Captures(archive.folder) as captures:
        (first, *_) = captures.shown(EDITED)
    twice = [replace(first, time=f"2023-03-29T08:15:00.{micro}+00:00") for micro in ("000001", "999999")]
    later = replace(first, time="2023-03-29T08:15:01.000000+00:00")

    found = mementos_of([later, *twice, twice[0]])

    assert [memento.stamp for memento in found] == ["20230329081500000001", "20230329081500999999", "20230329081501"]
    assert [moment_of(memento.stamp) for memento in found[:2]] == [memento.time for memento in found[:2]]
    assert closest(found, datetime(2023, 3, 29, 8, 15, tzinfo=UTC)) is found[0]


# --- articles and calendars -------------------------------------------------------------------------------------------


def test_an_articles_own_html_says_its_time_and_original(get: Get) -> None:
    response = get(f"/-/article/{EDITED_NODE}/original?version=1")

    links = relations(response.headers["link"])
    assert links["original"] == EDITED
    assert get(urlsplit(links["timemap"]).path).status_code == 200
    assert parsedate_to_datetime(response.headers["memento-datetime"]).year == 2026


def test_an_article_names_its_timemap(get: Get) -> None:
    links = relations(get(f"/-/article/{EDITED_NODE}").headers["link"])

    assert (links["original"], links["timemap"]) == (EDITED, f"http://localhost/-/timemap/link/{EDITED}")


@pytest.mark.parametrize("path", [f"/-/calendar/{EDITED}", f"/-/article/{EDITED_NODE}/calendar"])
def test_a_calendar_of_a_page_has_a_square_for_each_day_of_captures(archive: Archivist, get: Get, path: str) -> None:
    tree = BeautifulSoup(get(path).text, "lxml")
    has_second_form = "article" in path  # by which the server was requested again
    rows = [
        (str(time)[:10], status)
        for time, status, url in archive.rows("SELECT time, status, url FROM captures ORDER BY time")
        if url == EDITED or (has_second_form and f"node={EDITED_NODE}" in str(url))
    ]

    assert {str(day["href"]).removeprefix("#day-") for day in tree.select("svg.calendar a")} == {row[0] for row in rows}
    listed = [row.select("td")[2].get_text() for row in tree.select("tbody tr")]
    assert listed == [str(row[1]) for row in reversed(rows)]
    assert {"200", "304", "404"} <= set(listed)
    for link in tree.select("tbody td a"):
        assert get(str(link["href"])).status_code == 200


def test_each_half_of_a_year_has_a_square_for_each_of_its_days() -> None:
    (leap,) = years_of({"2024-02-29": 3, "2024-07-01": 1})

    assert [len(half.squares) for half in leap.halves] == [182, 184]
    assert [half.months[0] for half in leap.halves] == [("Jan", 0), ("Jul", 0)]
    assert [square.count for half in leap.halves for square in half.squares if square.count] == [3, 1]
    assert max(square.x for half in leap.halves for square in half.squares) <= 26 * PITCH


def test_the_calendar_of_the_archive_leads_to_its_days(archive: Archivist, get: Get) -> None:
    tree = BeautifulSoup(get("/-/calendar").text, "lxml")
    squares = tree.select("svg.calendar a")

    days = [row[0] for row in archive.rows("SELECT DISTINCT substr(time, 1, 10) FROM captures ORDER BY 1")]
    assert [str(square["href"]) for square in squares] == [f"/-/calendar/{day}" for day in days]
    first = BeautifulSoup(get(str(squares[0]["href"])).text, "lxml")
    assert (
        len(first.select("tbody tr"))
        == archive.rows("SELECT count(*) FROM captures WHERE time LIKE '2026-05-06%'")[0][0]
    )


@pytest.mark.parametrize("day", ["2026-99-99", "1999-01-01"])
def test_a_day_without_captures_says_so(get: Get, day: str) -> None:
    assert "Nothing was captured then" in get(f"/-/calendar/{day}").text


@pytest.mark.parametrize("path", ["/-/calendar", f"/-/calendar/{EDITED}", "/-/calendar/2026-05-06"])
def test_no_calendar_holds_anything_that_acts(get: Get, path: str) -> None:
    for element in BeautifulSoup(get(path).text, "lxml").select("*"):
        assert element.name not in {"script", "style", "iframe", "object"}
        assert [name for name in element.attrs if name.startswith("on") or name in ("style", "src")] == []


# --- a client of others -----------------------------------------------------------------------------------------------


def test_a_memento_client_reads_timegate_and_timemap(archive: Archivist, monkeypatch: pytest.MonkeyPatch) -> None:
    times = [time.replace(microsecond=0, tzinfo=None) for time in times_of(archive, EDITED)]
    nobody = requests.Response()
    nobody.status_code = 200
    monkeypatch.setenv("NO_PROXY", "*")
    with server_over(archive.folder) as url, MementoClient(f"{url}/-/timegate/", check_native_timegate=False) as client:
        found = client.get_memento_info(EDITED, times[1] + timedelta(days=2), req_uri_response=nobody)
        timemap = requests.get(f"{url}/-/timemap/link/{EDITED}", timeout=20)
        listed = client.parse_link_header(timemap.text)
        shown = requests.head(found["mementos"]["closest"]["uri"][0], timeout=20)
        is_memento = client.is_memento(shown.url, response=shown)

    states = found["mementos"]
    assert found["original_uri"] == EDITED
    assert [states[name]["datetime"] for name in ("first", "prev", "closest", "next", "last")] == [
        times[0], times[0], times[1], times[2], times[3],
    ]  # fmt: skip
    assert states["closest"]["http_status_code"] == 200
    assert is_memento
    mementos = [url for url, said in listed.items() if "memento" in said["rel"]]
    assert len(mementos) == 4
    assert set(states["closest"]["uri"]) <= set(mementos)
