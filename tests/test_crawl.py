"""What is requested next, and why: tables of what is known and what time it is."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postarchive.crawl import (
    DEEP_PASS,
    HARVEST,
    LONGEST,
    MAX_FRUITLESS_SHEETS,
    Due,
    Frontier,
    Harvest,
    Scope,
    Seen,
    due_again,
    goes_on,
    identity,
)
from postarchive.crawl.frontier import TURN
from postarchive.crawl.harvest import POOR_HARVEST
from postarchive.urls import START_URL

NOW = datetime(2026, 5, 6, 8, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECOND = timedelta(seconds=1)
YEARS = 3650 * DAY
HOST = "english.chinapost.com.cn"
MIRROR = "www.chinapostnews.com.cn"
HOME = f"http://{HOST}/"
LIST = f"{HOME}html1/category/1408/4050-1.htm"
LIST_2 = f"{HOME}html1/category/1408/4050-2.htm"
FOLDER = f"{HOME}html1/folder/1408/4060-1.htm"
STAMP = f"{HOME}html1/stamp/17116/4327-1.htm"
ONE, TWO, THREE = (f"{HOME}html1/report/2304/{number}-1.htm" for number in (8451, 8452, 8453))
SCOPE = Scope((HOST, MIRROR), START_URL)
HORIZON = "2023-03-29"


def answered(  # noqa: PLR0913 - a sighting has so many sides
    ago: timedelta,
    *,
    same_for: timedelta = YEARS,
    url: str = ONE,
    kind: str | None = "news",
    status: int = 200,
    sheet: int = 1,
) -> Seen:
    """Return a page whose last response is so long ago, and that had stayed the same for so long by then."""
    last_seen = NOW - ago
    return Seen(url, status, last_seen, kind, sheet, "2023-03-29", last_seen - same_for)


def nothing(ago: timedelta, status: int) -> Seen:
    """Return a URL that never was a page."""
    return Seen(ONE, status, NOW - ago)


# --- when a known URL is requested again ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("interval", "seen"),
    [
        pytest.param(6 * HOUR, answered(timedelta(0), same_for=DAY), id="page of a day: a quarter of it"),
        pytest.param(10 * DAY, answered(timedelta(0), same_for=40 * DAY), id="page of forty days"),
        pytest.param(LONGEST, answered(timedelta(0)), id="page of ten years: the longest"),
        pytest.param(LONGEST, answered(timedelta(0), kind="stamp"), id="stamp of ten years"),
        pytest.param(LONGEST, answered(timedelta(0), kind="unknown"), id="page without a parser"),
        pytest.param(LONGEST, answered(timedelta(0), sheet=2), id="second part of an article"),
        pytest.param(DEEP_PASS, answered(timedelta(0), kind="listing", sheet=2), id="further sheet of a list"),
        pytest.param(6 * HOUR, answered(timedelta(0), kind="listing", sheet=2, same_for=DAY), id="young further sheet"),
        pytest.param(DEEP_PASS, answered(timedelta(0), kind="folder"), id="folder"),
        pytest.param(7 * DAY, nothing(timedelta(0), 404), id="404"),
        pytest.param(7 * DAY, nothing(timedelta(0), 410), id="410"),
        pytest.param(30 * DAY, nothing(timedelta(0), 301), id="redirect"),
        pytest.param(20 * HOUR, nothing(timedelta(0), 403), id="403"),
        pytest.param(30 * DAY, replace(answered(timedelta(0)), is_gone=True, status=404), id="gone page"),
        pytest.param(
            30 * DAY, replace(answered(timedelta(0), kind="listing"), is_gone=True, status=404), id="gone list"
        ),
    ],
)
def test_url_is_due_after_its_interval_and_not_before(interval: timedelta, seen: Seen) -> None:
    assert due_again(seen, seen.last_seen + interval - SECOND) is None
    assert due_again(seen, seen.last_seen + interval)


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(answered(SECOND, kind="listing"), id="first sheet of a list"),
        pytest.param(answered(SECOND, same_for=timedelta(0)), id="page seen once"),
        pytest.param(answered(SECOND, same_for=3 * HOUR), id="page of three hours"),
        pytest.param(nothing(SECOND, 200), id="response that was no page: loading"),
    ],
)
def test_what_reports_news_is_due_in_every_run(seen: Seen) -> None:
    assert due_again(seen, NOW)


def test_start_page_is_due_in_every_run_whatever_became_of_it() -> None:
    for seen in (answered(SECOND, kind="folder"), nothing(SECOND, 404), replace(answered(SECOND), is_gone=True)):
        assert due_again(seen, NOW, is_start=True)


@pytest.mark.parametrize(
    ("seen", "is_due"),
    [
        pytest.param(answered(SECOND), True, id="page"),
        pytest.param(replace(answered(SECOND), is_gone=True), True, id="gone page"),
        pytest.param(nothing(SECOND, 404), False, id="never a page"),
    ],
)
def test_full_run_requests_every_known_page(seen: Seen, *, is_due: bool) -> None:
    assert bool(due_again(seen, NOW, is_full=True)) == is_due


@given(
    kind=st.sampled_from([None, "news", "stamp", "listing", "folder", "unknown"]),
    status=st.sampled_from([200, 301, 403, 404, 410, 500]),
    sheet=st.integers(1, 9),
    same_for=st.timedeltas(timedelta(0), YEARS),
    ago=st.timedeltas(LONGEST, YEARS),
    is_gone=st.booleans(),
)
def test_everything_is_due_at_least_once_in_the_longest_period(  # noqa: PLR0913 - all that may be known
    *, kind: str | None, status: int, sheet: int, same_for: timedelta, ago: timedelta, is_gone: bool
) -> None:
    seen = replace(answered(ago, kind=kind, status=status, sheet=sheet, same_for=same_for), is_gone=is_gone)

    assert due_again(seen, NOW)


def test_reason_gives_age_and_interval() -> None:
    assert due_again(answered(20 * DAY, same_for=40 * DAY), NOW) == "last seen 20 d ago, due after 10 d"
    assert due_again(answered(7 * HOUR, same_for=DAY), NOW) == "last seen 7.0 h ago, due after 6.0 h"


def test_reason_of_a_young_page_says_more_than_zero() -> None:
    assert "0.0 h" not in (due_again(answered(SECOND, same_for=timedelta(0)), NOW) or "")


# --- how far a list is followed ---------------------------------------------------------------------------------------

OLD_ROWS = [(ONE, "2023-01-02"), (TWO, "2023-01-01")]


@pytest.mark.parametrize(
    ("rows", "unknown", "horizon", "expected"),
    [
        pytest.param(OLD_ROWS, {TWO}, HORIZON, True, id="a node is unknown, though its date is old"),
        pytest.param(OLD_ROWS, {ONE, TWO}, None, True, id="all unknown in a new archive"),
        pytest.param(OLD_ROWS, set(), HORIZON, False, id="all known and old"),
        pytest.param([(ONE, "2023-04-02"), (TWO, HORIZON)], set(), HORIZON, True, id="no row is older than known"),
        pytest.param([(ONE, "2023-04-02"), (TWO, "2023-03-28")], set(), HORIZON, False, id="one row is older"),
        pytest.param([(ONE, "2023-04-02"), (TWO, None)], set(), HORIZON, True, id="row without a date tells nothing"),
        pytest.param([(ONE, None), (TWO, None)], set(), HORIZON, False, id="known rows without dates"),
        pytest.param([(ONE, None)], {ONE}, HORIZON, True, id="unknown row without a date"),
        pytest.param([(ONE, "2023-04-02")], set(), None, False, id="all known, nothing dated before"),
        pytest.param([], set(), HORIZON, False, id="sheet beyond the end"),
    ],
)
def test_list_continues_by_nodes_and_dates_together(
    rows: list[tuple[str, str | None]], unknown: set[str], horizon: str | None, *, expected: bool
) -> None:
    assert goes_on(rows, is_known=lambda url: url not in unknown, horizon=horizon) == expected


# --- the frontier -----------------------------------------------------------------------------------------------------


def frontier(*seen: Seen, links: Iterable[str] = (), scope: Scope = SCOPE) -> Frontier:
    return Frontier(scope, seen=seen, links=links, now=NOW)


def taken(wanted: Frontier) -> list[str]:
    urls = []
    while (due := wanted.take()) is not None:
        urls.append(due.url)
    return urls


def test_new_archive_begins_at_the_start_page() -> None:
    wanted = frontier()

    assert (wanted.remaining(), wanted.take(), wanted.take()) == (1, Due(START_URL, "the start page"), None)


def test_new_pages_go_before_known_ones_and_breadth_first() -> None:
    wanted = frontier(answered(DAY, url=HOME, kind="folder"), links=[ONE, TWO])

    first = wanted.take()
    wanted.learn([THREE], why="linked from the first")

    assert first == Due(ONE, "linked from the archive")
    assert taken(wanted) == [TWO, THREE, HOME]


def test_known_pages_come_with_what_leads_on_first_then_the_longest_unseen() -> None:
    wanted = frontier(
        answered(100 * DAY, url=ONE),
        answered(200 * DAY, url=TWO),
        answered(300 * DAY, url=LIST_2, kind="listing", sheet=2),
        answered(50 * DAY, url=FOLDER, kind="folder"),
        answered(HOUR, url=LIST, kind="listing"),
        answered(HOUR, url=HOME, kind="folder"),
    )

    assert taken(wanted) == [FOLDER, LIST, HOME, LIST_2, TWO, ONE]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(ONE, id="itself"),
        pytest.param(f"{ONE}#top", id="fragment"),
        pytest.param(ONE.replace("http://", "https://"), id="scheme"),
        pytest.param(ONE.replace("http://e", "HTTP://E"), id="capitals"),
        pytest.param(ONE.replace(".cn/", ".cn:80/"), id="usual port"),
        pytest.param(f"{HOME}html/report/23048451-1.htm", id="newer grammar"),
        pytest.param(f"{HOME}html1/node/2304/8451-1.htm", id="another word for its kind"),
    ],
)
def test_page_is_given_once_whatever_its_address(other: str) -> None:
    wanted = frontier(answered(DAY, url=HOME, kind="folder"), links=[ONE, other])
    wanted.learn([other, ONE], why="again")

    assert taken(wanted) == [ONE, HOME]


def test_page_on_two_hosts_is_given_for_each() -> None:
    copy = ONE.replace(HOST, MIRROR)

    assert taken(frontier(answered(DAY, url=HOME, kind="folder"), links=[ONE, copy])) == [ONE, copy, HOME]


@pytest.mark.parametrize(
    "link",
    [
        pytest.param("http://www.example.com/html1/report/2304/8451-1.htm", id="stranger"),
        pytest.param("http://qh.chinapost.com.cn/html1/report/2304/8451-1.htm", id="host out of scope"),
        pytest.param(f"{HOME}servlet/Node?node=23048451&language=1&pos=1", id="dynamic form"),
        pytest.param("http://[broken", id="broken"),
        pytest.param("file:///etc/passwd", id="file"),
    ],
)
def test_what_is_out_of_scope_is_not_given(link: str) -> None:
    wanted = frontier(links=[link])
    wanted.learn([link], why="linked")
    wanted.go_on(link)

    assert taken(wanted) == [START_URL]
    assert wanted.is_known_or_foreign(link)


def test_known_page_that_is_not_due_is_not_given() -> None:
    wanted = frontier(answered(DAY), answered(DAY, url=HOME, kind="folder"), links=[ONE])
    wanted.learn([ONE], why="linked")

    assert taken(wanted) == [HOME]


def test_next_sheet_is_requested_once_even_if_not_due() -> None:
    wanted = frontier(answered(DAY, url=LIST_2, kind="listing", sheet=2), answered(DAY, url=HOME, kind="folder"))
    wanted.go_on(LIST_2)
    wanted.go_on(LIST_2)

    assert taken(wanted) == [LIST_2, HOME]
    wanted.go_on(LIST_2)
    assert wanted.take() is None


def test_what_was_found_in_this_run_still_counts_as_unknown() -> None:
    """Else a stale second sheet, which repeats the first, would end the list (SITE.md §5.3)."""
    wanted = frontier(answered(DAY, url=ONE), links=[TWO])
    wanted.take()

    assert (wanted.is_known_or_foreign(ONE), wanted.is_known_or_foreign(TWO)) == (True, False)


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        pytest.param(SCOPE, {HOME, LIST, FOLDER, ONE, TWO, THREE, STAMP}, id="all"),
        pytest.param(replace(SCOPE, kinds=("news",)), {HOME, LIST, FOLDER, ONE, TWO, THREE}, id="news"),
        pytest.param(replace(SCOPE, kinds=("stamp",)), {HOME, LIST, FOLDER, STAMP}, id="stamps"),
        pytest.param(replace(SCOPE, kinds=("listing",)), {HOME, LIST, FOLDER}, id="lists"),
        pytest.param(replace(SCOPE, since="2023-03-29"), {HOME, LIST, FOLDER, ONE, THREE, STAMP}, id="since"),
        pytest.param(replace(SCOPE, kinds=("news",), since="2024-01-01"), {HOME, LIST, FOLDER, THREE}, id="both"),
    ],
)
def test_kind_and_date_limit_pages_but_not_what_leads_to_them(scope: Scope, expected: set[str]) -> None:
    """ONE is dated at the limit, TWO before it; THREE and STAMP were never requested, so nobody knows their dates."""
    wanted = frontier(
        answered(YEARS, url=ONE),
        replace(answered(YEARS, url=TWO), date="2023-03-28"),
        answered(YEARS, url=HOME, kind="folder"),
        answered(YEARS, url=LIST, kind="listing"),
        answered(YEARS, url=FOLDER, kind="folder"),
        links=[THREE, STAMP],
        scope=scope,
    )

    assert set(taken(wanted)) == expected


def test_full_run_gives_every_known_page_once() -> None:
    seen = [answered(SECOND, url=url) for url in (ONE, TWO, THREE)]

    assert set(taken(frontier(*seen, scope=replace(SCOPE, is_full=True)))) == {START_URL, ONE, TWO, THREE}


# --- what makes a URL one with others ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        pytest.param(ONE, f"{HOME}html/report/23048451-1.htm", True, id="grammars"),
        pytest.param(ONE, ONE.replace("-1.htm", "-2.htm"), False, id="sheets"),
        pytest.param(ONE, ONE.replace(HOST, MIRROR), False, id="hosts"),
        pytest.param(HOME, f"http://{HOST}", True, id="home page with and without its slash"),
        pytest.param(HOME, f"https://{HOST}/", True, id="home page by another scheme"),
        pytest.param(HOME, f"{HOME}?a=1", False, id="query"),
        pytest.param(ONE, TWO, False, id="nodes"),
    ],
)
def test_identity(one: str, other: str, *, is_same: bool) -> None:
    assert (identity(one) == identity(other)) == is_same


# --- a site without end -----------------------------------------------------------------------------------------------


def sheet_of(url: str, number: int) -> str:
    return url.replace("-1.htm", f"-{number}.htm")


def node_url(number: int) -> str:
    return f"{HOME}html1/report/2305/{number}-1.htm"


def follow_sheets(wanted: Frontier, *, most: int, rows: Iterable[str] = ()) -> int:
    """Answer each sheet of a list with the rows and the link to the next; return how many were requested."""
    asked = 0
    while asked < most and (due := wanted.take()) is not None:
        asked += 1
        wanted.learn([*rows, sheet_of(LIST, asked + 1)], why="linked", page=due.url)
        wanted.go_on(sheet_of(LIST, asked + 1))
    return asked


def test_list_that_only_leads_to_its_own_sheets_is_left_for_the_next_run() -> None:
    home = answered(SECOND, url=HOME, kind="news")

    assert follow_sheets(frontier(home, links=[LIST]), most=1000) <= MAX_FRUITLESS_SHEETS + 2


def test_list_that_shows_unknown_nodes_is_followed_to_its_end() -> None:
    home = answered(SECOND, url=HOME, kind="news")
    wanted, asked = frontier(home, links=[LIST]), 0
    while asked < 200 and (due := wanted.take()) is not None:
        if "category" in due.url:
            asked += 1
            wanted.learn([node_url(asked + 100), sheet_of(LIST, asked + 1)], why="linked", page=due.url)

    assert asked == 200


def test_sheets_that_were_queued_before_are_left_too() -> None:
    sheets = [sheet_of(LIST, number) for number in range(2, 1000)]
    wanted = frontier(answered(SECOND, url=HOME, kind="news"), answered(SECOND, url=LIST, kind="news"), links=sheets)
    asked = 0
    while (due := wanted.take()) is not None:
        asked += 1
        wanted.learn([], why="linked", page=due.url)

    assert asked <= MAX_FRUITLESS_SHEETS + 2
    assert wanted.remaining() == 0


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(f"{ONE}?day=2024-01-01", id="query"),
        pytest.param(ONE.replace("/report/", "/REPORT/"), id="case"),
        pytest.param(ONE.replace("/html1/", "/html3/"), id="layer"),
        pytest.param(ONE.replace("-1.htm", "-01.htm"), id="zeros"),
        pytest.param(ONE.replace("-1.htm", "-1node=5&em=0.htm"), id="stored query"),
        pytest.param(f"{HOME}?day=2024-01-01", id="front page with a query"),
    ],
)
def test_variant_of_a_page_is_not_requested_again(other: str) -> None:
    known = [answered(SECOND, url=ONE), answered(SECOND, url=HOME, kind="news")]

    assert taken(frontier(*known, links=[other])) == taken(frontier(*known))


def test_known_pages_get_their_turn_while_new_ones_have_no_end() -> None:
    known = [answered(YEARS, url=node_url(number)) for number in range(1000, 1005)]
    wanted = frontier(*known, links=[node_url(number) for number in range(100, 600)])
    urls = [due.url for _ in range(5 * TURN) if (due := wanted.take())]

    assert len({due.url for due in known} & set(urls)) == 5


def test_links_are_counted_once_among_what_remains() -> None:
    wanted = frontier(links=[ONE, ONE, TWO])
    wanted.learn([TWO, THREE, ONE], why="again")

    assert wanted.remaining() == len(taken(wanted)) == 4


def test_what_is_left_unknown_is_not_given_and_known_pages_are() -> None:
    wanted = frontier(answered(YEARS, url=ONE), answered(YEARS, url=HOME, kind="folder"), links=[TWO, THREE])

    assert wanted.leave_unknown() == 2
    assert (wanted.remaining(), set(taken(wanted))) == (2, {ONE, HOME})


def test_page_that_was_left_unknown_is_given_where_it_is_met_again() -> None:
    wanted = frontier(answered(SECOND, url=HOME, kind="news"), links=[TWO, THREE])
    wanted.leave_unknown()
    wanted.learn([TWO], why="again")

    assert taken(wanted) == [TWO, HOME]


def test_sheet_that_was_left_is_given_after_all_when_its_list_comes_to_something() -> None:
    late = sheet_of(LIST, 900)
    wanted = frontier(answered(SECOND, url=HOME, kind="news"), links=[LIST])
    follow_sheets(wanted, most=1000)
    wanted.learn([late], why="linked")
    left = wanted.take()
    wanted.learn([ONE], why="a sheet that shows an unknown node", page=sheet_of(LIST, 901))
    wanted.learn([late], why="again")

    assert (left, taken(wanted)) == (None, [ONE, late])


def harvest(*contents: str | None) -> bool:
    brought = Harvest()
    for content in contents:
        brought.add(None if content is None else hash(content))
    return brought.is_poor()


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        pytest.param([None] * (HARVEST - 1), False, id="not enough to tell"),
        pytest.param([None] * HARVEST, True, id="nothing at all"),
        pytest.param(["same"] * HARVEST, True, id="one page over and over"),
        pytest.param([str(number) for number in range(HARVEST)], False, id="all new"),
        pytest.param([*"abcdefghij", *[None] * POOR_HARVEST], True, id="a few"),
        pytest.param([*"abcdefghijk", *[None] * (POOR_HARVEST - 1)], False, id="one more"),
        pytest.param([*[str(number) for number in range(999)], *[None] * HARVEST], True, id="dried up"),
    ],
)
def test_harvest_is_poor_when_hardly_any_unknown_url_brings_a_record(
    contents: list[str | None], *, expected: bool
) -> None:
    assert harvest(*contents) == expected
