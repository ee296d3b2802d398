"""What the Wayback Machine has becomes part of the archive: in order of time, each body once, and politely."""

import json
from dataclasses import replace
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from archiving import (
    HOME,
    HOST,
    MIRROR_HOST,
    OTHER,
    SEED,
    SEED_FILE,
    Archivist,
)
from commands import Done, postarchive
from fakesite import FIXTURES, FakeSite, Response, redirect
from postarchive.collect import FetchOptions
from postarchive.collect.backfill import Wanted, backfill
from postarchive.collect.replay import replay
from postarchive.errors import Interrupted, SiteUnavailable, UsageError
from postarchive.models import FetchResult, Outcome
from postarchive.store.read import Reader
from postarchive.verify import Summary, verify_archive
from postarchive.warc import read_block
from postarchive.wayback import FIELDS, index_url, parse_replay, replay_url

NEW, CHANGED, UNCHANGED = Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED
ARCHIVED, FAILED = Outcome.ARCHIVED, Outcome.FAILED
BASE = "http://web.archive.org"
ROBOTS = f"{BASE}/robots.txt"
SPRING, SUMMER, WINTER = "20230401020304", "20230701000000", "20231224180000"
SEED_PAGE = SEED_FILE.read_bytes()
OLD_PAGE = SEED_PAGE.replace(b"17 major tasks", b"16 major tasks")
OTHER_PAGE = (FIXTURES / HOST / "html1/report/2304/8450-1.htm").read_bytes()
Row = tuple[str, str, str]


@pytest.fixture
def archivist(tmp_path: Path, site: FakeSite) -> Archivist:
    assert site.urls == []
    return Archivist(tmp_path / "archive")


def lists(site: FakeSite, *rows: Row, key: str | None = None, next_key: str | None = None, host: str = HOST) -> None:
    """Let the index list captures: time, URL, digest; `next_key` says that more follow."""
    listed = [["key", when, url, "text/html", "200", digest, "1"] for when, url, digest in rows]
    more: list[list[str]] = [[], [next_key]] if next_key else []
    body = json.dumps([list(FIELDS), *listed, *more]).encode()
    site.answer(index_url(host, base=BASE, resume_key=key), Response(body=body, content_type="application/json"))


def holds(site: FakeSite, when: str, url: str, body: bytes, *, headers: tuple[tuple[str, str], ...] = ()) -> str:
    """Let the Wayback Machine hold a capture; return its address."""
    address = replay_url(when, url, base=BASE)
    replay = parse_replay(address)
    assert replay is not None
    served = (("Memento-Datetime", format_datetime(replay.time, usegmt=True)), ("x-archive-orig-etag", f"E{when}"))
    site.answer(address, Response(body=body, headers=(*served, *headers)))
    return address


def filled(archivist: Archivist, options: FetchOptions | None = None, **wanted: str) -> list[FetchResult]:
    """Make a run at the Wayback Machine for the English host and return what became of each capture."""
    found = backfill(archivist.folder, Wanted((HOST,), **wanted), options=options or archivist.options, base=BASE)
    return list(found)


def outcomes(results: list[FetchResult]) -> list[Outcome]:
    return [result.outcome for result in results]


def replays(site: FakeSite) -> list[str]:
    """Return the captures that were requested."""
    return [url for url in site.urls if "/web/" in url]


# --- what a capture becomes -------------------------------------------------------------------------------------------


def test_capture_from_the_past_is_the_version_before_the_live_one(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(SEED)
    lists(site, (SPRING, SEED, "A"))
    address = holds(site, SPRING, SEED, OLD_PAGE)

    (result,) = filled(archivist)

    assert (result.url, result.outcome) == (SEED, CHANGED)
    assert (result.detail or "").startswith("(2023-04-01) China Post releases")
    assert "16 major tasks" in str(archivist.record(version=1)["paragraphs"])
    assert "17 major tasks" in str(archivist.record(version=2)["paragraphs"])
    assert archivist.rows("SELECT url, time, status, etag, replay_url FROM captures WHERE origin = 'wayback'") == [
        (SEED, "2023-04-01T02:03:04.000000+00:00", 200, f"E{SPRING}", address)
    ]
    assert archivist.rebuilt_differences() == []


def test_evidence_is_the_exchange_as_it_happened(site: FakeSite, archivist: Archivist) -> None:
    lists(site, (SPRING, SEED, "A"))
    holds(site, SPRING, SEED, OLD_PAGE)

    filled(archivist)

    with Reader(archivist.folder) as reader:
        evidence = reader.version(reader.find_page(SEED)).evidence
    head, _, body = read_block(archivist.folder, evidence).partition(b"\r\n\r\n")
    assert body == OLD_PAGE
    assert b"\r\nMemento-Datetime: Sat, 01 Apr 2023 02:03:04 GMT" in head
    assert b"x-archive-orig-etag: E" in head


def test_archive_is_whole_with_what_was_backfilled(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(SEED)
    lists(site, (SPRING, SEED, "A"), (SPRING, OTHER, "B"))
    holds(site, SPRING, SEED, OLD_PAGE)
    filled(archivist)

    summary = Summary()
    findings = verify_archive(archivist.folder, summary, rebuild=lambda *place: replay(archivist.folder, *place))

    assert (list(findings), summary.proof) == ([], "ok")


def test_captures_that_come_in_any_order_are_versions_in_order_of_time(site: FakeSite, archivist: Archivist) -> None:
    pages = {WINTER: SEED_PAGE.replace(b"17 major", b"18 major"), SPRING: OLD_PAGE, SUMMER: SEED_PAGE}
    lists(site, *((when, SEED, when) for when in pages))
    for when, page in pages.items():
        holds(site, when, SEED, page)

    assert outcomes(filled(archivist)) == [NEW, CHANGED, CHANGED]

    assert archivist.rows("SELECT number, substr(first_seen, 1, 7) FROM versions") == [
        (1, "2023-04"),
        (2, "2023-07"),
        (3, "2023-12"),
    ]
    assert archivist.rebuilt_differences() == []


def test_body_that_we_captured_too_is_one_version(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(SEED)
    lists(site, (SPRING, SEED, "A"))
    holds(site, SPRING, SEED, SEED_PAGE)

    assert outcomes(filled(archivist)) == [UNCHANGED]

    assert archivist.rows("SELECT number, substr(first_seen, 1, 10) FROM versions") == [(1, "2023-04-01")]
    assert archivist.rebuilt_differences() == []


def test_live_response_never_rests_on_a_replay(site: FakeSite, archivist: Archivist) -> None:
    lists(site, (SPRING, SEED, "A"))
    holds(site, SPRING, SEED, SEED_PAGE)
    filled(archivist)

    assert archivist.outcomes(SEED) == [UNCHANGED]

    live = site.requests[-1]
    assert (live.url, live.header("If-None-Match"), live.header("If-Modified-Since")) == (SEED, None, None)
    with Reader(archivist.folder) as reader:
        ((record_id,),) = archivist.rows("SELECT record_id FROM captures ORDER BY id DESC LIMIT 1")
        block = read_block(archivist.folder, reader.evidence_of(str(record_id)))
    assert block.partition(b"\r\n\r\n")[2] == SEED_PAGE


def test_old_page_that_cannot_be_read_is_kept_and_no_drift(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(SEED)
    lists(site, (WINTER, SEED, "A"))
    holds(site, WINTER, SEED, SEED_PAGE.replace(b"ReportIDtext", b"StoryBody"))

    (result,) = filled(archivist)

    assert (result.outcome, result.is_drift) == (ARCHIVED, False)
    assert archivist.rows("SELECT kind, url FROM problems") == [("refused", SEED)]
    assert "17 major tasks" in str(archivist.record()["paragraphs"])
    assert archivist.rebuilt_differences() == []


def test_backfill_says_nothing_of_the_site_today(site: FakeSite, archivist: Archivist) -> None:
    lists(site, (SPRING, SEED, "A"))
    holds(site, SPRING, SEED, OLD_PAGE)
    filled(archivist)

    with Reader(archivist.folder) as reader:
        health = reader.health()

    assert (health.newest_success, health.failures_in_a_row) == (None, 0)


def test_what_is_the_wayback_machines_own_makes_no_page_and_no_address(site: FakeSite, archivist: Archivist) -> None:
    lists(site, (SPRING, SEED, "A"), (SPRING, OTHER, "B"))
    holds(site, SPRING, SEED, OLD_PAGE)

    assert outcomes(filled(archivist)) == [NEW, FAILED]

    assert archivist.rows("SELECT url FROM addresses") == [(SEED,)]
    assert archivist.rebuilt_differences() == []


# --- what is requested ------------------------------------------------------------------------------------------------


def test_each_body_of_a_page_is_requested_once(site: FakeSite, archivist: Archivist) -> None:
    lists(site, (SPRING, SEED, "A"), (SUMMER, SEED, "B"), (WINTER, SEED, "A"), (WINTER, OTHER, "A"))
    asked = [
        holds(site, SPRING, SEED, OLD_PAGE),
        holds(site, SUMMER, SEED, SEED_PAGE),
        holds(site, WINTER, OTHER, OTHER_PAGE),
    ]

    filled(archivist)

    assert replays(site) == asked


def test_only_pages_are_requested_in_their_original_form(site: FakeSite, archivist: Archivist) -> None:
    with_port = SEED.replace(HOST, f"{HOST}:80")
    lists(
        site,
        (SPRING, f"{HOME}res/main.css", "A"),
        (SPRING, "http://www.example.com/html1/report/2304/8456-1.htm", "B"),
        (SPRING, with_port, "C"),
        (SPRING, HOME, "D"),
    )
    asked = [
        holds(site, SPRING, with_port, OLD_PAGE),
        holds(site, SPRING, HOME, (FIXTURES / HOST / "index.htm").read_bytes()),
    ]

    assert [result.url for result in filled(archivist)] == [SEED, HOME]

    assert replays(site) == asked
    assert site.requests[-1].header("Accept-Encoding") == "identity"


def test_both_english_hosts_are_listed_by_default(site: FakeSite, archivist: Archivist) -> None:
    lists(site)
    lists(site, host=MIRROR_HOST)

    assert list(backfill(archivist.folder, Wanted(), options=archivist.options, base=BASE)) == []

    assert site.urls == [ROBOTS, index_url(HOST, base=BASE), index_url(MIRROR_HOST, base=BASE)]


def test_index_is_queried_for_the_requested_days(site: FakeSite, archivist: Archivist) -> None:
    filled(archivist, since="2012-01-01", until="2019-12-31")

    asked = parse_qs(urlsplit(site.urls[-1]).query)
    assert (asked["from"], asked["to"]) == (["20120101"], ["20191231"])


def test_index_is_read_to_its_end(site: FakeSite, archivist: Archivist) -> None:
    key = "cn%2Cchinapost%29%2F+2023%21"
    lists(site, (SPRING, SEED, "A"), next_key=key)
    lists(site, (SPRING, OTHER, "B"), key=key)
    holds(site, SPRING, SEED, OLD_PAGE)
    holds(site, SPRING, OTHER, OTHER_PAGE)

    assert outcomes(filled(archivist)) == [NEW, NEW]


def test_index_that_leads_in_a_circle_ends(site: FakeSite, archivist: Archivist) -> None:
    lists(site, next_key="again")
    lists(site, key="again", next_key="again")

    assert filled(archivist) == []

    assert len(site.urls) == 3


def test_what_was_requested_is_not_requested_again(site: FakeSite, archivist: Archivist) -> None:
    lists(site, (SPRING, SEED, "A"), (SUMMER, SEED, "B"))
    holds(site, SPRING, SEED, OLD_PAGE)
    filled(archivist)
    before = len(site.urls)

    assert filled(archivist) == []

    assert site.urls[before:] == [ROBOTS, index_url(HOST, base=BASE)]


def test_stopped_run_continues_where_it_was(site: FakeSite, archivist: Archivist) -> None:
    captures = [(SPRING, SEED, OLD_PAGE), (SUMMER, SEED, SEED_PAGE), (SUMMER, OTHER, OTHER_PAGE)]
    lists(site, *((when, url, when) for when, url, _ in captures))
    asked = [holds(site, *capture) for capture in captures]
    stopping = replace(archivist.options, should_stop=lambda: len(replays(site)) > 0)

    with pytest.raises(Interrupted):
        filled(archivist, stopping)
    assert replays(site) == asked[:1]

    assert outcomes(filled(archivist)) == [CHANGED, NEW]
    assert replays(site) == asked
    assert archivist.rebuilt_differences() == []


def test_run_that_is_killed_while_it_waits_continues_where_it_was(site: FakeSite, archivist: Archivist) -> None:
    lists(site, (SPRING, SEED, "A"), (SPRING, OTHER, "B"))
    asked = [holds(site, SPRING, SEED, OLD_PAGE), holds(site, SPRING, OTHER, OTHER_PAGE)]
    results = backfill(archivist.folder, Wanted((HOST,)), options=archivist.options, base=BASE)
    next(results)
    del results  # nothing closes the run

    assert outcomes(filled(archivist)) == [NEW]

    assert replays(site) == asked
    assert archivist.rebuilt_differences() == []


def test_run_ends_when_its_requests_are_spent(site: FakeSite, archivist: Archivist) -> None:
    lists(site, (SPRING, SEED, "A"), (SUMMER, SEED, "B"), (SUMMER, OTHER, "C"))
    for when, url, page in ((SPRING, SEED, OLD_PAGE), (SUMMER, SEED, SEED_PAGE), (SUMMER, OTHER, OTHER_PAGE)):
        holds(site, when, url, page)
    options = replace(archivist.options, max_requests=3)

    assert [outcomes(filled(archivist, options)) for _ in range(4)] == [[NEW], [CHANGED], [NEW], []]


# --- a machine in trouble ---------------------------------------------------------------------------------------------


def test_short_retry_after_is_waited_for(site: FakeSite, archivist: Archivist) -> None:
    lists(site, (SPRING, SEED, "A"))
    address = holds(site, SPRING, SEED, OLD_PAGE)
    site.answer(address, Response(status=429, headers=(("Retry-After", "60"),)), Response(body=OLD_PAGE))

    assert outcomes(filled(archivist)) == [NEW]

    assert 55 < max(archivist.clock.slept) <= 60
    assert archivist.rebuilt_differences() == []


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(Response(status=429, headers=(("Retry-After", "86400"),)), id="for a day"),
        pytest.param(Response(status=429), id="without a time"),
        pytest.param(Response(status=503), id="overloaded"),
    ],
)
def test_long_retry_after_ends_the_run(site: FakeSite, archivist: Archivist, response: Response) -> None:
    lists(site, (SPRING, SEED, "A"), (SPRING, OTHER, "B"))
    first, second = holds(site, SPRING, SEED, OLD_PAGE), holds(site, SPRING, OTHER, OTHER_PAGE)
    site.answer(first, response)

    with pytest.raises(SiteUnavailable, match="left alone"):
        filled(archivist)
    assert second not in site.urls
    assert archivist.rows("SELECT count(*) FROM runs WHERE ended IS NULL") == [(0,)]

    holds(site, SPRING, SEED, OLD_PAGE)
    archivist.clock.sleep(2 * 86400)
    assert outcomes(filled(archivist)) == [NEW, NEW]
    assert archivist.rebuilt_differences() == []


def test_retry_after_holds_in_the_next_run_too(site: FakeSite, archivist: Archivist) -> None:
    lists(site, (SPRING, SEED, "A"))
    site.answer(holds(site, SPRING, SEED, OLD_PAGE), Response(status=429, headers=(("Retry-After", "86400"),)))
    with pytest.raises(SiteUnavailable):
        filled(archivist)
    before = list(site.urls)

    with pytest.raises(SiteUnavailable, match="left alone"):
        filled(archivist)

    assert site.urls == before


def test_rules_of_the_wayback_machine_are_kept(site: FakeSite, archivist: Archivist) -> None:
    site.answer(ROBOTS, Response(body=b"User-agent: *\nDisallow: /web/\n", content_type="text/plain"))
    lists(site, (SPRING, SEED, "A"), (SPRING, OTHER, "B"))

    with pytest.raises(SiteUnavailable, match=r"robots\.txt"):
        filled(archivist)

    assert replays(site) == []


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(Response(body=b"<html>We are sorry</html>"), id="a page"),
        pytest.param(Response(status=403), id="refused"),
        pytest.param(Response(status=302, headers=(("Location", "/"),)), id="sent away"),
    ],
)
def test_index_that_cannot_be_read_is_a_failure(site: FakeSite, archivist: Archivist, response: Response) -> None:
    site.answer(index_url(HOST, base=BASE), response)

    assert outcomes(filled(archivist)) == [FAILED]

    assert archivist.rebuilt_differences() == []


def test_capture_that_cannot_be_had_is_a_failure_once(site: FakeSite, archivist: Archivist) -> None:
    lists(site, (SPRING, SEED, "A"), (SUMMER, SEED, "B"))
    holds(site, SUMMER, SEED, SEED_PAGE)

    assert outcomes(filled(archivist)) == [FAILED, NEW]

    assert filled(archivist) == []
    assert archivist.rebuilt_differences() == []


# --- sent to another capture ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["id_", ""], ids=["original form", "rewritten form"])
def test_time_is_that_of_the_capture_that_was_served(site: FakeSite, archivist: Archivist, form: str) -> None:
    lists(site, (SPRING, SEED, "A"))
    site.answer(replay_url(SPRING, SEED, base=BASE), redirect(f"/web/{SUMMER}{form}/{SEED}"))
    served = holds(site, SUMMER, SEED, OLD_PAGE)

    (result,) = filled(archivist)

    assert (result.outcome, (result.detail or "")[:12]) == (NEW, "(2023-07-01)")
    assert archivist.rows("SELECT time, replay_url FROM captures WHERE origin = 'wayback'") == [
        ("2023-07-01T00:00:00.000000+00:00", served)
    ]
    assert filled(archivist) == []
    assert len(replays(site)) == 2
    assert archivist.rebuilt_differences() == []


def test_run_that_ended_before_the_other_capture_requests_it(site: FakeSite, archivist: Archivist) -> None:
    lists(site, (SPRING, SEED, "A"))
    asked = replay_url(SPRING, SEED, base=BASE)
    site.answer(asked, redirect(f"/web/{SUMMER}id_/{SEED}"))
    served = holds(site, SUMMER, SEED, OLD_PAGE)
    site.answer(served, Response(raw=b""))
    assert outcomes(filled(archivist)) == [FAILED]

    holds(site, SUMMER, SEED, OLD_PAGE)
    assert outcomes(filled(archivist)) == [NEW]

    assert replays(site).count(asked) == 1


@pytest.mark.parametrize(
    "location",
    [
        pytest.param("https://archive.org/about/", id="another host"),
        pytest.param(SEED, id="the site itself"),
        pytest.param(f"/web/{SUMMER}id_/http://www.example.com/", id="another site"),
        pytest.param("/sorry", id="its own page"),
    ],
)
def test_no_other_redirect_is_followed(site: FakeSite, archivist: Archivist, location: str) -> None:
    lists(site, (SPRING, SEED, "A"))
    asked = replay_url(SPRING, SEED, base=BASE)
    site.answer(asked, redirect(location))

    (result,) = filled(archivist)

    assert (result.outcome, site.urls[-1]) == (FAILED, asked)
    assert "redirects to" in (result.detail or "")


def test_redirect_in_a_circle_ends(site: FakeSite, archivist: Archivist) -> None:
    lists(site, (SPRING, SEED, "A"))
    asked = replay_url(SPRING, SEED, base=BASE)
    site.answer(asked, redirect(f"/web/{SPRING}id_/{SEED}"))

    (result,) = filled(archivist)

    assert (result.outcome, replays(site)) == (FAILED, [asked])


# --- nobody else may ask there ----------------------------------------------------------------------------------------


def test_ordinary_fetch_does_not_ask_the_wayback_machine(site: FakeSite, archivist: Archivist) -> None:
    site.answer(SEED, redirect(holds(site, SPRING, SEED, OLD_PAGE)))

    assert archivist.outcomes(SEED) == [FAILED]
    with pytest.raises(UsageError):
        archivist.fetch(replay_url(SPRING, SEED, base=BASE))

    assert replays(site) == []


# --- the command ------------------------------------------------------------------------------------------------------


def program(site: FakeSite, *arguments: str | Path) -> Done:
    return postarchive("backfill", *arguments, http_proxy=site.proxy_url)


def test_command_prints_a_line_for_each_capture(site: FakeSite, archivist: Archivist) -> None:
    lists(site, (SPRING, SEED, "A"))
    holds(site, SPRING, SEED, OLD_PAGE)
    arguments = ("wayback", "--archive", archivist.folder, "--host", HOST, "--http", "--delay", "0")

    first, second = (program(site, *arguments) for _ in range(2))

    assert (first.returncode, first.stderr) == (0, "1 page: NEW 1\n")
    assert first.stdout.startswith(f"NEW       {SEED}  (2023-04-01) China Post releases")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "Nothing new in the Wayback Machine.\n")


def test_command_refuses_a_host_of_others(site: FakeSite, archivist: Archivist) -> None:
    done = program(site, "wayback", "--archive", archivist.folder, "--host", "www.example.com")

    assert done.returncode == 2
    assert "www.example.com" in done.stderr
    assert site.urls == []
