"""The incremental run that cron can trust: over a site that changes, whose server is strict, ill or redesigned."""

import json
import re
import signal
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

import pytest
from fastwarc.warc import ArchiveIterator

import cms
import cms_news
from archiving import ENGLISH, HOME, HOST, LIST, OTHER, ROBOTS, SEED, STAMP, Archivist, playing_site
from cms import paragraphs
from cms_frame import CATEGORY, Node
from cms_news import News
from commands import Done, postarchive
from fakesite import FIXTURES, FakeSite, Response, unavailable
from postarchive.collect import FetchOptions, crawl, fetch_urls
from postarchive.collect.planning import plan
from postarchive.errors import SiteUnavailable
from postarchive.fetch import Limits
from postarchive.models import FetchResult, Outcome
from prepared import Prepared
from running import Running, started
from smallsite import SMALL_SITE

NEW, CHANGED, UNCHANGED, GONE = Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.GONE
ARCHIVED, FAILED = Outcome.ARCHIVED, Outcome.FAILED
DAY = timedelta(days=1)
LIST_2 = LIST.replace("-1.htm", "-2.htm")
LIST_DYNAMIC = f"{HOME}servlet/Node?node=14084050&language=1&pos=1"
PAGES = SMALL_SITE
FULL_SITE = {
    f"http://{path.relative_to(FIXTURES)}".removesuffix("index.htm")
    for path in (FIXTURES / HOST).rglob("*.htm")
    if "/2211/9595-1" not in str(path)  # no page leads to it
}
ARTICLES = [url for url in PAGES if "/report/" in url]
# Half of the site, where a test requests only the lists.
STAMPS = replace(ENGLISH, kinds=("stamp",))
FEW = ("--kind", "stamp")
FEW_PAGES = {url for url in PAGES if "/report/" not in url}
MAX_BYTES_OF_A_RUN_WITHOUT_NEWS = 0.05
CONTACT = "https://archive.example/contact"


@pytest.fixture
def site(small_site: FakeSite) -> FakeSite:
    return small_site


@pytest.fixture
def full_site(site: FakeSite, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSite]:
    """Play the site of all fixtures instead of the small one."""
    assert site.urls == []
    with playing_site(monkeypatch) as playing:
        yield playing


@pytest.fixture
def archivist(tmp_path: Path, site: FakeSite) -> Archivist:
    assert site.urls == []
    return Archivist(tmp_path / "archive")


@pytest.fixture
def crawled(site: FakeSite, archivist: Archivist, prepared: Prepared) -> Archivist:
    """Return an archivist who has crawled the site once."""
    return prepared.bring(crawl_once, site, archivist)


def crawl_once(_site: FakeSite, archivist: Archivist) -> None:
    archivist.crawl()


@pytest.fixture
def settled(site: FakeSite, archivist: Archivist, prepared: Prepared) -> Archivist:
    """Return an archivist who has known the site for long: only what reports news is due."""
    return prepared.bring(settle, site, archivist)


def settle(site: FakeSite, archivist: Archivist) -> None:
    archivist.crawl()
    archivist.clock.time += 400 * DAY
    archivist.crawl()
    site.requests.clear()


def counts(results: Iterable[FetchResult]) -> dict[Outcome, int]:
    return dict(Counter(result.outcome for result in results))


def asked_pages(site: FakeSite) -> list[str]:
    return [url for url in site.urls if not url.endswith("/robots.txt")]


def cli(site: FakeSite, archive: Path, *arguments: str) -> Done:
    """Run the incremental fetch in this process."""
    return postarchive("fetch", "--archive", archive, "--delay", "0", *arguments, http_proxy=site.proxy_url)


# --- Show 1: a site that changes --------------------------------------------------------------------------------------


def test_first_run_requests_every_page_in_scope_once(full_site: FakeSite, archivist: Archivist) -> None:
    results = archivist.crawl()

    assert counts(results) == {NEW: len(FULL_SITE)}
    assert Counter(asked_pages(full_site)) == Counter(FULL_SITE)
    assert archivist.rebuilt_differences() == []


def test_second_run_on_an_unchanged_site_costs_next_to_nothing(site: FakeSite, crawled: Archivist) -> None:
    due = [item.url for item in plan(crawled.folder, ENGLISH, options=crawled.options)]
    site.requests.clear()

    results = crawled.crawl()

    assert set(counts(results)) == {UNCHANGED}
    assert Counter(asked_pages(site)) == Counter(due)
    second, first = (int(str(size)) for size in bytes_of_runs(crawled))
    assert second < MAX_BYTES_OF_A_RUN_WITHOUT_NEWS * first
    assert crawled.rows("SELECT count(*), max(number) FROM versions") == [(len(PAGES), 1)]


def bytes_of_runs(archivist: Archivist) -> list[object]:
    """Return how many bytes of bodies each run received, the latest first."""
    return [
        size for (size,) in archivist.rows("SELECT json_extract(counts, '$.bytes') FROM runs ORDER BY run DESC LIMIT 2")
    ]


def changed_site(site: FakeSite) -> None:
    """Edit one article, delete one, add a link to the sidebar of all pages, and list three new articles."""
    for url, page in PAGES.items():
        site.edit(url, with_new_sidebar(page))
    site.edit(SEED, with_new_sidebar(PAGES[SEED].replace(b"17 major tasks", b"18 major tasks")))
    site.remove(OTHER)
    fresh = [story(251200100 + number, f"2025-12-0{number + 1}") for number in range(3)]
    for item in fresh:
        site.edit(f"{HOME.rstrip('/')}{item.href}", item.html().encode())
    rows = "".join(cms.news_row(item.row) for item in fresh).encode()
    site.edit(
        LIST, with_new_sidebar(PAGES[LIST]).replace(b'<div class="new_list"><ul>', b'<div class="new_list"><ul>' + rows)
    )


def with_new_sidebar(page: bytes) -> bytes:
    """Return a page as generated after the sidebar got another link: the content is the same to the byte."""
    item = b'<li><span id="NodeTitle"><a href="/html1/category/1408/4055-1.htm">Services</a></span></li>'
    page = page.replace(b'<ul class="side">', b'<ul class="side">' + item)
    return re.sub(rb"<!--CMS-01,\d+-->", b"<!--CMS-01,1764547200000-->", page)


def story(node: int, date: str) -> News:
    title = f"Story number {node}"
    content = cms.article(title, paragraphs("It was read once."), byline=cms.byline("China Post News", date))
    return cms_news.news(node, title, date, content, frame=cms.BARE)


def test_third_run_reports_exactly_what_changed(site: FakeSite, crawled: Archivist) -> None:
    crawled.clock.time += DAY
    crawled.crawl()
    crawled.clock.time += DAY
    changed_site(site)

    results = crawled.crawl()

    assert counts(results) == {CHANGED: 1, GONE: 1, NEW: 3, UNCHANGED: len(PAGES) - 2}
    assert {result.url: result.outcome for result in results if result.outcome in (CHANGED, GONE)} == {
        SEED: CHANGED,
        OTHER: GONE,
    }
    assert crawled.rows("SELECT change, count(*) FROM changes WHERE change IN ('edit', 'gone') GROUP BY 1") == [
        ("edit", 1),
        ("gone", 1),
    ]
    assert crawled.rebuilt_differences() == []


def test_run_after_all_changes_reports_none(site: FakeSite, crawled: Archivist) -> None:
    changed_site(site)
    crawled.crawl()

    assert set(counts(crawled.crawl())) == {UNCHANGED}


def test_summary_line_of_the_program_counts_the_changes(site: FakeSite, tmp_path: Path) -> None:
    first, second = cli(site, tmp_path), cli(site, tmp_path)
    changed_site(site)

    third = cli(site, tmp_path)

    assert [done.returncode for done in (first, second, third)] == [0, 0, 0]
    assert first.stderr.splitlines()[-1] == f"{len(PAGES)} pages: NEW {len(PAGES)}"
    assert second.stderr.splitlines()[-1] == f"{len(PAGES)} pages: UNCHANGED {len(PAGES)}"
    assert "NEW 3, CHANGED 1, UNCHANGED" in third.stderr
    assert "GONE 1" in third.stderr


def test_quiet_run_without_trouble_says_nothing(site: FakeSite, tmp_path: Path) -> None:
    assert cli(site, tmp_path, "--quiet", *FEW) == Done(0, "", "")
    assert cli(site, tmp_path, "--quiet", *FEW) == Done(0, "", "")


def test_json_lines_hold_outcome_and_address(site: FakeSite, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in cli(site, tmp_path, "--log-format", "json", *FEW).stdout.splitlines()]

    assert {(line["outcome"], line["url"]) for line in lines} == {("NEW", url) for url in FEW_PAGES}


# --- what is due ------------------------------------------------------------------------------------------------------


def test_settled_page_rests_and_what_reports_news_does_not(site: FakeSite, settled: Archivist) -> None:
    settled.clock.time += DAY

    settled.crawl()

    assert HOME in site.urls
    assert LIST in site.urls
    assert not {LIST_2, SEED, OTHER} & set(site.urls)


def test_every_page_is_requested_again_in_the_stated_period(site: FakeSite, settled: Archivist) -> None:
    for _ in range(13):
        settled.clock.time += 7 * DAY
        settled.crawl()

    assert set(asked_pages(site)) == set(PAGES)


def test_full_run_requests_every_page_conditionally(site: FakeSite, settled: Archivist) -> None:
    results = settled.crawl(replace(ENGLISH, is_full=True))

    assert counts(results) == {UNCHANGED: len(PAGES)}
    assert all(seen.header("If-None-Match") for seen in site.requests if seen.url in PAGES)
    assert settled.rows(
        "SELECT DISTINCT status FROM captures WHERE run = (SELECT max(run) FROM runs) AND url NOT LIKE '%/robots.txt'"
    ) == [(304,)]


def test_gone_page_is_requested_again_after_a_month_and_can_come_back(site: FakeSite, crawled: Archivist) -> None:
    site.remove(OTHER)
    crawled.crawl()
    site.requests.clear()

    crawled.clock.time += 20 * DAY
    crawled.crawl()
    assert OTHER not in site.urls

    crawled.clock.time += 11 * DAY
    site.edit(OTHER, PAGES[OTHER])
    assert (OTHER, CHANGED) in {(result.url, result.outcome) for result in crawled.crawl()}


def test_dead_link_is_requested_again_after_a_week_only(site: FakeSite, archivist: Archivist) -> None:
    dead = f"{HOME}html1/report/2501/1-1.htm"
    site.edit(
        HOME,
        PAGES[HOME].replace(b"</body>", b"").replace(b"/html1/report/25111/263-1.htm", b"/html1/report/2501/1-1.htm"),
    )

    first = counts(archivist.crawl())
    archivist.clock.time += 6 * DAY
    second = counts(archivist.crawl())
    archivist.clock.time += 2 * DAY
    archivist.crawl()

    assert (first.get(FAILED), second.get(FAILED)) == (1, None)
    assert site.urls.count(dead) == 2


# --- options ----------------------------------------------------------------------------------------------------------


def test_budget_of_requests_ends_a_run_and_the_next_continues(site: FakeSite, archivist: Archivist) -> None:
    sizes: list[int] = []
    found = 0
    while found < len(PAGES) and len(sizes) < 20:
        site.requests.clear()
        found += counts(archivist.crawl(max_requests=10)).get(NEW, 0)
        sizes.append(len(site.urls))

    assert found == len(PAGES)
    assert max(sizes) <= 10
    assert len(sizes) == -(-len(PAGES) // 9)  # robots.txt takes one of ten
    assert archivist.rows("SELECT count(*) FROM runs WHERE ended IS NULL") == [(0,)]


def test_budget_of_time_ends_a_run_and_the_next_continues(site: FakeSite, archivist: Archivist) -> None:
    first = archivist.crawl(max_seconds=10.0)
    second = archivist.crawl()

    assert 0 < len(first) < 10
    assert counts(second)[NEW] == len(PAGES) - len(first)
    assert archivist.rows("SELECT ended IS NULL FROM runs ORDER BY run") == [(0,), (0,)]
    assert set(PAGES) <= set(site.urls)


def test_program_takes_both_budgets(site: FakeSite, tmp_path: Path) -> None:
    few = cli(site, tmp_path, "--max-requests", "4")
    none = cli(site, tmp_path, "--max-time", "0")

    assert (few.returncode, len(few.stdout.splitlines())) == (0, 3)
    assert (none.returncode, none.stdout) == (0, "")


def test_budget_in_time_counts_minutes(site: FakeSite, tmp_path: Path) -> None:
    for url, page in PAGES.items():
        site.answer(url, Response(body=page, delay_seconds=0.1))
    start = time.monotonic()

    done = cli(site, tmp_path, "--max-time", "0.01")

    assert done.returncode == 0
    assert 0.5 < time.monotonic() - start < 5.0
    assert 2 < len(done.stdout.splitlines()) < 12


@pytest.mark.parametrize("kind", ["news", "stamp"])
def test_kind_limits_pages_but_not_what_leads_to_them(site: FakeSite, archivist: Archivist, kind: str) -> None:
    archivist.crawl(replace(ENGLISH, kinds=(kind,)))

    word = {"news": "report"}.get(kind, kind)
    wanted = {url for url in PAGES if f"/{word}/" in url or "/category/" in url or "/folder/" in url or url == HOME}
    assert set(asked_pages(site)) == wanted


def test_since_revisits_what_is_dated_from_then_on(site: FakeSite, crawled: Archivist) -> None:
    site.requests.clear()

    crawled.crawl(replace(ENGLISH, is_full=True, since="2023-01-01"))

    dates = {str(url): date for url, date in crawled.rows("SELECT url, date FROM pages")}
    assert {url for url in dates if dates[url] is None or str(dates[url]) >= "2023-01-01"} == set(asked_pages(site))
    assert SEED in site.urls


def test_another_host_is_crawled_when_it_is_named(site: FakeSite, archivist: Archivist) -> None:
    elsewhere = "http://qh.chinapost.com.cn/html1/report/2304/8456-1.htm"
    link = f'<li><a href="{elsewhere}">Qinghai</a></li>'.encode()
    site.edit(HOME, PAGES[HOME].replace(b'<ul class="side">', b'<ul class="side">' + link))
    site.edit(elsewhere, PAGES[SEED])

    archivist.crawl()
    assert elsewhere not in site.urls

    archivist.crawl(replace(ENGLISH, hosts=(*ENGLISH.hosts, "qh.chinapost.com.cn")))
    assert elsewhere in site.urls
    assert "http://qh.chinapost.com.cn/robots.txt" in site.urls


def test_named_host_is_crawled_from_its_own_home_page(site: FakeSite, tmp_path: Path) -> None:
    home = "http://qh.chinapost.com.cn/"
    site.edit(home, PAGES[HOME])

    cli(site, tmp_path, "--host", "qh.chinapost.com.cn", "--max-requests", "80")

    assert home in site.urls


def test_host_of_another_owner_is_a_usage_error(tmp_path: Path) -> None:
    done = postarchive("fetch", "-a", tmp_path / "archive", "--host", "www.example.com")

    assert (done.returncode, done.stdout) == (2, "")
    assert "www.example.com" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_dry_run_of_a_new_archive_names_the_start_page_and_makes_nothing(site: FakeSite, tmp_path: Path) -> None:
    done = cli(site, tmp_path / "archive", "--dry-run")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{HOME}  ")
    assert (site.urls, list(tmp_path.iterdir())) == ([], [])


@pytest.mark.parametrize(
    "options", [[], ["--full"], ["--kind", "stamp"], ["--full", "--since", "2023-01"]], ids=" ".join
)
def test_dry_run_prints_what_the_next_run_requests_and_why(
    site: FakeSite, settled: Archivist, options: list[str]
) -> None:
    before = settled.dump()

    lines = cli(site, settled.folder, "--dry-run", *options).stdout.splitlines()

    assert (site.urls, settled.dump() == before) == ([], True)
    cli(site, settled.folder, *options)
    assert [line.split("  ")[0] for line in lines] == asked_pages(site)
    assert all(len(line.split("  ")[1]) > 5 for line in lines)


# --- Show 2: a good guest ---------------------------------------------------------------------------------------------


def test_requests_begin_no_closer_than_the_delay(site: FakeSite, archivist: Archivist) -> None:
    options = FetchOptions(limits=Limits(delay_seconds=0.3), contact=CONTACT, max_requests=5)
    site.answer(LIST, Response(status=404))  # so that its second opinion is requested too

    list(crawl(archivist.folder, ENGLISH, options=options))

    starts = [seen.time for seen in site.requests]
    assert len(starts) == 5
    assert LIST_DYNAMIC in site.urls
    assert min(after - before for before, after in pairwise(starts)) > 0.2  # the server's own log: it may be late


@pytest.mark.parametrize(
    ("robots", "seconds"),
    [
        ("User-agent: *\nCrawl-delay: 7\n", 7),
        ("User-agent: postarchive\nCrawl-delay: 3\n\nUser-agent: *\nCrawl-delay: 60\n", 3),
        ("User-agent: *\nDisallow:\n", 2),
    ],
    ids=["for all", "for us", "none: the delay holds"],
)
def test_crawl_delay_lies_between_requests(site: FakeSite, archivist: Archivist, robots: str, seconds: int) -> None:
    site.answer(ROBOTS, Response(body=robots.encode(), content_type="text/plain"))

    archivist.crawl(limits=Limits(delay_seconds=2.0), max_requests=8)

    times = [datetime.fromisoformat(str(time)) for (time,) in archivist.rows("SELECT time FROM captures ORDER BY id")]
    gaps = [(after - before).total_seconds() for before, after in pairwise(times)]
    assert gaps == [seconds] * 7


def test_what_robots_txt_forbids_is_not_requested(site: FakeSite, archivist: Archivist) -> None:
    site.answer(ROBOTS, Response(body=b"User-agent: *\nDisallow: /html1/report/\n", content_type="text/plain"))

    archivist.crawl()

    assert set(asked_pages(site)) == {url for url in PAGES if "/report/" not in url}


def test_crawl_is_not_a_failure_because_robots_txt_forbids_some_pages(site: FakeSite, tmp_path: Path) -> None:
    site.answer(ROBOTS, Response(body=b"User-agent: *\nDisallow: /html1/report/\n", content_type="text/plain"))

    assert cli(site, tmp_path).returncode == 0


def test_robots_txt_is_read_again_in_the_next_run(site: FakeSite, crawled: Archivist) -> None:
    site.requests.clear()
    site.answer(ROBOTS, Response(body=b"User-agent: *\nDisallow: /\n", content_type="text/plain"))

    crawled.crawl()

    assert site.urls == [ROBOTS]


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(Response(status=500), id="500"),
        pytest.param(Response(status=503), id="503"),
        pytest.param(unavailable(retry_after="99999"), id="503 and Retry-After"),
        pytest.param(Response(raw=b""), id="no response"),
    ],
)
def test_no_page_is_requested_while_robots_txt_is_unavailable(
    site: FakeSite, archivist: Archivist, response: Response
) -> None:
    site.answer(ROBOTS, response)

    with pytest.raises(SiteUnavailable) as caught:
        archivist.crawl()

    assert caught.value.exit_code == 69
    assert set(site.urls) == {ROBOTS}
    assert archivist.rows("SELECT ended IS NULL FROM runs") == [(0,)]
    assert archivist.rebuilt_differences() == []


def test_program_ends_with_69_while_robots_txt_cannot_be_had(site: FakeSite, tmp_path: Path) -> None:
    site.answer(ROBOTS, unavailable(retry_after="3600"))

    done = cli(site, tmp_path, "--quiet")

    assert (done.returncode, done.stdout) == (69, "")
    assert "robots.txt" in done.stderr
    assert site.urls == [ROBOTS]


def test_host_that_is_unavailable_is_reported_once(site: FakeSite, settled: Archivist) -> None:
    site.answer(ROBOTS, unavailable(retry_after="3600"))

    done = cli(site, settled.folder, "--full", "--quiet")

    assert done.returncode == 69
    assert len(done.stderr.splitlines()) <= 2


def test_run_stops_after_ten_failures_in_a_row(site: FakeSite, settled: Archivist) -> None:
    for url in PAGES:
        site.answer(url, Response(raw=b""))

    with pytest.raises(SiteUnavailable, match="in a row"):
        settled.crawl(replace(ENGLISH, is_full=True))

    assert len(set(asked_pages(site))) == 10


def test_every_request_names_program_version_and_contact(site: FakeSite, archivist: Archivist) -> None:
    archivist.crawl(max_requests=5)

    names = {seen.header("User-Agent") for seen in site.requests}
    assert len(names) == 1
    assert re.fullmatch(rf"postarchive/\d+\.\d+\.\d+ \(\+{re.escape(CONTACT)}\)", names.pop() or "")


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed_by_the_next_run_too(site: FakeSite, archivist: Archivist, status: int) -> None:
    site.answer(LIST, Response(status=status, headers=(("Retry-After", "3600"),)))
    first = archivist.crawl()
    asked = len(site.urls)

    archivist.clock.time += timedelta(minutes=30)
    second = archivist.crawl()
    asked_in_between = len(site.urls) - asked
    site.answer(LIST)
    archivist.clock.time += DAY
    third = archivist.crawl()

    assert asked_in_between == 0
    assert {result.outcome for result in second} == {FAILED}
    assert counts(first).get(NEW, 0) + counts(third)[NEW] == len(PAGES)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_page_that_failed_is_requested_by_tomorrows_run(site: FakeSite, archivist: Archivist, status: int) -> None:
    """A run of cron begins at the same minute each day: a little less than a day after the last run's responses."""
    site.answer(STAMP, Response(status=status))
    archivist.crawl(STAMPS)
    site.answer(STAMP)
    begun = datetime.fromisoformat(str(archivist.rows("SELECT started FROM runs")[0][0]))
    archivist.clock.time = begun + DAY

    assert (STAMP, NEW) in {(result.url, result.outcome) for result in archivist.crawl(STAMPS)}


def test_cool_down_is_known_to_a_rebuilt_database(site: FakeSite, archivist: Archivist) -> None:
    site.answer(LIST, unavailable(retry_after="3600"))
    archivist.crawl()
    archivist.database.unlink()
    site.requests.clear()

    archivist.crawl()

    assert site.urls == []


# --- a redesign -------------------------------------------------------------------------------------------------------

REDESIGNS = {
    "all fields": (rb"\b(?:ReportID|StampID|Currently|Node(?=T))", b"x"),
    "fields of articles": (rb"\bReportID", b"Story"),
    "text of articles": (rb"\bReportIDtext", b"StoryBody"),
    "blocks of the frame": (rb'id="Content', b'id="Column'),
}


@pytest.mark.parametrize("name", REDESIGNS)
def test_redesign_is_drift_and_changes_no_version(site: FakeSite, crawled: Archivist, name: str) -> None:
    of_all = "SELECT page, number, record, fingerprint FROM versions ORDER BY id"
    of_news = "SELECT versions.* FROM versions JOIN pages ON pages.id = page WHERE kind = 'news' ORDER BY versions.id"
    before = crawled.rows(of_all), crawled.rows(of_news)
    redesign(site, name)

    done = cli(site, crawled.folder, "--full")

    assert done.returncode == 4
    assert not {"NEW", "CHANGED", "GONE"} & {line.split()[0] for line in done.stdout.splitlines()}
    assert crawled.rows(of_all) == before[0]
    if name != "blocks of the frame":  # which leaves articles as they are: seen once more
        assert crawled.rows(of_news) == before[1]
        ((drifted, all_say_what),) = crawled.rows(
            "SELECT count(*), min(missing <> '') FROM problems WHERE kind = 'drift'"
        )
        assert (int(str(drifted)) >= len(ARTICLES), all_say_what) == (True, 1)
        assert crawled.rebuilt_differences() == []


def redesign(site: FakeSite, name: str) -> None:
    """Serve all pages with other ids."""
    pattern, other = REDESIGNS[name]
    for url, page in PAGES.items():
        site.edit(url, re.sub(pattern, other, page))


def test_drift_names_the_missing_fields(site: FakeSite, crawled: Archivist) -> None:
    site.edit(SEED, re.sub(rb"\bReportID(text|name)", rb"Story\1", PAGES[SEED]))

    (line,) = [line for line in cli(site, crawled.folder, "--full").stdout.splitlines() if SEED in line]

    assert line.startswith("ARCHIVED")
    ((kind, missing),) = crawled.rows("SELECT kind, missing FROM problems")
    assert kind == "drift"
    assert str(missing).split()
    assert all(name in line for name in str(missing).split())


def test_redesign_that_is_taken_back_leaves_nothing(site: FakeSite, crawled: Archivist) -> None:
    for url, page in PAGES.items():
        site.edit(url, re.sub(rb"\bReportID", b"Story", page))
    crawled.crawl()
    for url, page in PAGES.items():
        site.edit(url, page)

    assert set(counts(crawled.crawl(replace(ENGLISH, is_full=True)))) == {UNCHANGED}


# --- lists ------------------------------------------------------------------------------------------------------------

SHEETS, ROWS = 6, 3


def sheet_url(sheet: int) -> str:
    return LIST.replace("-1.htm", f"-{sheet}.htm")


def put_list(site: FakeSite, stories: list[News], *, stale: Mapping[int, int] = MappingProxyType({})) -> None:
    """Show the stories, newest first, in sheets of three; a stale sheet shows what was on another (SITE.md §5.3)."""
    total = -(-len(stories) // ROWS)
    node = Node(id=cms.PRESSROOM, title="Pressroom", type=CATEGORY, father=cms.NEWS)
    for sheet in range(1, total + 1):
        shown = stale.get(sheet, sheet)
        rows = [item.row for item in stories[(shown - 1) * ROWS : shown * ROWS]]
        pager = cms.pager("/html1/category/1408/4050", sheet, total, cms.CHINESE)
        site.edit(sheet_url(sheet), cms.page(node, cms.news_list("Pressroom", rows, pager), frame=cms.BARE).encode())
    for item in stories:
        site.edit(f"{HOME.rstrip('/')}{item.href}", item.html().encode())


def stories(first: int, last: int) -> list[News]:
    """Return stories of consecutive days, newest first."""
    return [
        story(20010000 + number, f"2020-{1 + number // 28:02}-{1 + number % 28:02}")
        for number in range(last, first - 1, -1)
    ]


def list_sheets(site: FakeSite) -> list[int]:
    return [int(found[1]) for url in site.urls if (found := re.fullmatch(r".*/1408/4050-(\d+)\.htm", url))]


@pytest.fixture
def long_list(archivist: Archivist, site: FakeSite, prepared: Prepared) -> Archivist:
    """Return an archivist who knows a list of six sheets for long."""
    return prepared.bring(know_a_long_list, site, archivist)


def know_a_long_list(site: FakeSite, archivist: Archivist) -> None:
    put_list(site, stories(1, SHEETS * ROWS))
    archivist.crawl()
    assert sorted(list_sheets(site)) == [1, 2, 3, 4, 5, 6]
    archivist.clock.time += 400 * DAY
    archivist.crawl()
    archivist.clock.time += DAY
    site.requests.clear()


def test_list_without_news_costs_only_its_first_sheet(site: FakeSite, long_list: Archivist) -> None:
    long_list.crawl()

    assert list_sheets(site) == [1]


def test_list_with_news_is_followed_until_all_is_known(site: FakeSite, long_list: Archivist) -> None:
    put_list(site, stories(1, SHEETS * ROWS + 5))

    results = long_list.crawl()

    assert counts(results)[NEW] == 5 + 2  # two more sheets
    assert set(list_sheets(site)) == {1, 2, 3, 7, 8}


def test_stale_sheet_that_repeats_the_first_is_not_the_end(site: FakeSite, long_list: Archivist) -> None:
    put_list(site, stories(1, SHEETS * ROWS + 8), stale={2: 1})

    long_list.crawl()

    assert {1, 2, 3, 4} <= set(list_sheets(site))
    assert long_list.rows("SELECT count(*) FROM pages WHERE node BETWEEN 20010019 AND 20010026") == [(8 - ROWS,)]


@pytest.mark.parametrize("stale", [{2: 1}, {2: 5, 3: 6}], ids=["it repeats the first", "it is as it was"])
def test_story_that_a_stale_sheet_hid_is_found_in_a_month(
    site: FakeSite, long_list: Archivist, stale: dict[int, int]
) -> None:
    put_list(site, stories(1, SHEETS * ROWS + 9), stale=stale)
    long_list.crawl()
    put_list(site, stories(1, SHEETS * ROWS + 9))  # the nightly run of the CMS

    for _ in range(6):
        long_list.clock.time += 5 * DAY
        long_list.crawl()

    assert long_list.rows("SELECT count(*) FROM pages WHERE node BETWEEN 20010019 AND 20010027") == [(9,)]


def test_deep_pass_requests_all_sheets_in_a_month(site: FakeSite, long_list: Archivist) -> None:
    for _ in range(6):
        long_list.clock.time += 5 * DAY
        long_list.crawl()

    assert set(list_sheets(site)) == {1, 2, 3, 4, 5, 6}


def test_back_dated_story_on_a_deep_sheet_is_found_by_the_deep_pass(site: FakeSite, long_list: Archivist) -> None:
    late = story(20019999, "2020-01-03")
    put_list(site, [*stories(1, SHEETS * ROWS)[:-3], late, *stories(1, 3)])

    found = [result.url for _ in range(7) for result in run_after(long_list, 5 * DAY) if result.outcome == NEW]

    assert f"{HOME.rstrip('/')}{late.href}" in found


def run_after(archivist: Archivist, pause: timedelta) -> list[FetchResult]:
    archivist.clock.time += pause
    return archivist.crawl()


def test_list_that_names_itself_as_next_sheet_ends(site: FakeSite, archivist: Archivist) -> None:
    site.edit(LIST_2, PAGES[LIST].replace(b"4050-2.htm' id='CBNext'", b"4050-1.htm' id='CBNext'"))

    archivist.crawl()

    assert (site.urls.count(LIST), site.urls.count(LIST_2)) == (1, 1)


# --- processes --------------------------------------------------------------------------------------------------------


def start(site: FakeSite, archive: Path, *arguments: str) -> Running:
    """Return an incremental run in a process of its own."""
    return started("fetch", "-a", archive, *arguments, http_proxy=site.proxy_url)


def wait_for(site: FakeSite, url: str) -> None:
    """Wait until the URL was requested."""
    deadline = time.monotonic() + 20
    while url not in site.urls and time.monotonic() < deadline:
        time.sleep(0.005)
    assert url in site.urls


def test_of_two_runs_at_once_one_works_and_one_is_refused(site: FakeSite, tmp_path: Path) -> None:
    site.answer(ROBOTS, Response(status=404, delay_seconds=0.5))

    both = [start(site, tmp_path, "--delay=0", "--quiet", *FEW) for _ in range(2)]
    errors = [process.communicate(timeout=60)[1] for process in both]

    assert sorted(process.wait() for process in both) == [0, 75]
    assert sorted(len(error.splitlines()) for error in errors) == [0, 1]
    assert Archivist(tmp_path).rows("SELECT count(*) FROM pages") == [(len(FEW_PAGES),)]


def test_run_waits_for_the_other_with_wait(site: FakeSite, tmp_path: Path) -> None:
    site.answer(ROBOTS, Response(status=404, delay_seconds=0.5), Response(status=404))

    both = [start(site, tmp_path, "--delay=0", "--quiet", "--wait=60", *FEW) for _ in range(2)]
    for process in both:
        process.communicate(timeout=60)

    assert [process.returncode for process in both] == [0, 0]
    assert Archivist(tmp_path).rows("SELECT count(*) FROM runs WHERE ended IS NOT NULL") == [(2,)]


@pytest.mark.parametrize(
    ("number", "delay", "response"),
    [
        pytest.param(signal.SIGTERM, 0.1, None, id="SIGTERM while it waits"),
        pytest.param(signal.SIGTERM, 0, Response(body=PAGES[LIST], delay_seconds=0.3), id="SIGTERM while it reads"),
        pytest.param(signal.SIGINT, 0.1, None, id="SIGINT while it waits"),
    ],
)
def test_signal_ends_a_run_in_good_order_and_the_next_continues(
    site: FakeSite, tmp_path: Path, number: signal.Signals, delay: float, response: Response | None
) -> None:
    site.answer(LIST, *[response] if response else [])
    process = start(site, tmp_path, f"--delay={delay}", *FEW)
    wait_for(site, LIST)

    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=30)

    archivist = Archivist(tmp_path)
    assert process.returncode == 130
    assert "interrupted" in stderr
    assert "Traceback" not in stderr
    assert archivist.rows("SELECT ended IS NULL FROM runs") == [(0,)]
    assert archivist.rows("SELECT count(*) FROM pages") == [(len(stdout.splitlines()),)]
    assert list(tmp_path.rglob("*.torn")) == []
    assert evidence_is_whole(archivist)
    site.answer(LIST)
    assert cli(site, tmp_path, "--quiet", *FEW).returncode == 0
    assert archivist.rows("SELECT count(*) FROM pages") == [(len(FEW_PAGES),)]
    assert archivist.rebuilt_differences() == []


def evidence_is_whole(archivist: Archivist) -> bool:
    """Tell whether every record of every file holds what its digests say."""
    checks = []
    for file in archivist.files:
        with file.open("rb") as stream:
            checks += [record.verify_block_digest() for record in ArchiveIterator(stream, parse_http=False)]
    return len(checks) > 3 and all(checks)


def test_second_signal_ends_a_run_at_once(site: FakeSite, tmp_path: Path) -> None:
    site.answer(HOME, Response(is_silent=True))
    process = start(site, tmp_path, "--delay=0")
    wait_for(site, HOME)

    process.send_signal(signal.SIGTERM)
    time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    begin = time.monotonic()
    process.communicate(timeout=30)

    assert process.returncode == 130
    assert time.monotonic() - begin < 5
    site.answer(HOME)
    assert cli(site, tmp_path, "--max-requests=3").returncode == 0


def test_killed_run_continues_where_it_stopped(site: FakeSite, tmp_path: Path) -> None:
    process = start(site, tmp_path, "--delay=0.05", *FEW)
    wait_for(site, LIST)
    process.kill()
    process.communicate(timeout=30)
    before = set(asked_pages(site)[:-2])
    site.requests.clear()

    done = cli(site, tmp_path, *FEW)

    news = {line.split()[1] for line in done.stdout.splitlines() if line.startswith("NEW")}
    assert done.returncode == 0
    assert not news & before
    assert Archivist(tmp_path).rows("SELECT count(*) FROM pages") == [(len(FEW_PAGES),)]
    assert Archivist(tmp_path).rebuilt_differences() == []


# --- runs and check ---------------------------------------------------------------------------------------------------


def test_runs_lists_what_each_run_did(site: FakeSite, tmp_path: Path) -> None:
    cli(site, tmp_path, SEED, OTHER)
    site.answer(SEED, Response(status=403))
    cli(site, tmp_path, SEED, OTHER)

    listed = json.loads(postarchive("runs", "-a", tmp_path, "--format", "json").stdout)
    problems = json.loads(postarchive("runs", listed[0]["run"], "-a", tmp_path, "--format", "json").stdout)

    assert [row["counts"]["requests"] for row in listed] == ["3", "3"]  # and robots.txt
    assert listed[1]["counts"]["new"] == "2"
    assert [(row["kind"], row["url"]) for row in problems] == [("status", SEED)]


@pytest.mark.parametrize(
    ("response", "code"),
    [
        pytest.param(None, 0, id="well"),
        pytest.param(Response(body=PAGES[SEED].replace(b"ReportIDtext", b"StoryBody")), 4, id="drift"),
    ],
)
def test_check_says_whether_all_is_well(site: FakeSite, tmp_path: Path, response: Response | None, code: int) -> None:
    cli(site, tmp_path, SEED)
    if response is not None:
        site.answer(SEED, response)
        cli(site, tmp_path, SEED)

    done = postarchive("check", "-a", tmp_path, "--min-free", "0")

    assert (done.returncode, done.stderr) == (code, "")
    assert ("BAD" in done.stdout) == bool(code)


def test_check_reports_drift_until_the_page_can_be_read_again(site: FakeSite, settled: Archivist) -> None:
    site.edit(SEED, PAGES[SEED].replace(b"ReportIDtext", b"StoryBody"))
    settled.crawl(replace(ENGLISH, is_full=True))
    settled.clock.time += DAY
    settled.crawl()

    done = postarchive("check", "-a", settled.folder, "--min-free", "0", "--max-age", "99999d")

    assert done.returncode == 4


def test_check_of_a_stale_archive_is_69(site: FakeSite, archivist: Archivist) -> None:
    archivist.clock.time -= 3000 * DAY
    archivist.fetch(SEED)
    assert site.urls

    done = postarchive("check", "-a", archivist.folder, "--min-free", "0", "--format", "json")

    assert done.returncode == 69
    assert json.loads(done.stdout)["exit_code"] == 69


def test_check_counts_the_runs_that_failed(site: FakeSite, crawled: Archivist) -> None:
    site.answer(ROBOTS, Response(status=503))
    for _ in range(4):
        with pytest.raises(SiteUnavailable):
            crawled.crawl()

    done = postarchive("check", "-a", crawled.folder, "--min-free", "0", "--max-age", "99999d", "--format", "json")

    assert done.returncode == 3
    found = {row["name"]: row["found"] for row in json.loads(done.stdout)["findings"]}
    assert found["failures in a row"] == "4"


# --- pictures and files -----------------------------------------------------------------------------------------------

PICTURED = f"{HOME}html1/report/23081/4476-1.htm"
PICTURE = f"{HOME}res/chinaposten/2308/23080011.jpg"
JPEG = Response(body=b"\xff\xd8\xff\xe0 a picture", content_type="image/jpeg")


def with_media(archivist: Archivist, *urls: str) -> list[FetchResult]:
    return list(fetch_urls(archivist.folder, urls, options=replace(archivist.options, has_media=True)))


def test_pictures_are_requested_only_with_media(site: FakeSite, archivist: Archivist) -> None:
    site.answer(PICTURE, JPEG)
    archivist.fetch(PICTURED)
    assert PICTURE not in site.urls

    results = with_media(archivist, PICTURED)

    assert [(result.url, result.outcome) for result in results] == [(PICTURED, UNCHANGED), (PICTURE, ARCHIVED)]
    assert results[1].detail == "a file, image/jpeg"
    assert archivist.rows("SELECT url, status FROM captures WHERE media_type = 'image/jpeg'") == [(PICTURE, 200)]
    assert archivist.rebuilt_differences() == []


def test_picture_that_is_kept_is_not_requested_again(site: FakeSite, archivist: Archivist) -> None:
    site.answer(PICTURE, JPEG)
    with_media(archivist, PICTURED)
    site.requests.clear()

    assert [result.url for result in with_media(archivist, PICTURED)] == [PICTURED]
    archivist.clock.time += 400 * DAY
    archivist.crawl(has_media=True)

    assert PICTURE not in site.urls


def test_missing_picture_is_not_a_failure_and_rests_for_a_week(site: FakeSite, archivist: Archivist) -> None:
    (_, missing) = with_media(archivist, PICTURED)
    assert (missing.outcome, missing.is_expected) == (FAILED, True)

    site.answer(PICTURE, JPEG)
    assert [result.url for result in with_media(archivist, PICTURED)] == [PICTURED]
    archivist.clock.time += 8 * DAY

    assert [result.outcome for result in with_media(archivist, PICTURED)] == [UNCHANGED, ARCHIVED]


def test_crawl_requests_pictures_and_files_of_all_records_on_allowed_hosts(
    full_site: FakeSite, archivist: Archivist
) -> None:
    results = archivist.crawl(has_media=True)

    media = [result.url for result in results if result.url.startswith((f"{HOME}res/", f"{HOME}Attchs.do"))]
    assert PICTURE in media
    assert any(url.endswith(".pdf") for url in media)
    assert len(media) == len(set(media)) > 5
    assert all(url.startswith(HOME) for url in full_site.urls)


def test_page_of_a_wrong_type_is_a_failure_with_media_too(site: FakeSite, archivist: Archivist) -> None:
    site.answer(SEED, replace(JPEG, body=b"no page"))

    (result,) = with_media(archivist, SEED)

    assert (result.outcome, result.is_expected) == (FAILED, False)
