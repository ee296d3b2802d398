"""Whether all is well: tables of facts and limits, and what a person reads."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from postarchive.health import GIBIBYTE, Check, RunHealth, Thresholds, Verdict, assess, exit_code
from postarchive.news import Drift, DriftedPage

NOW = datetime(2026, 5, 6, 8, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECOND = timedelta(seconds=1)
WELL = RunHealth(newest_success=NOW - HOUR, newest_article=NOW - 20 * DAY, drift=None, failures_in_a_row=0)
ROOM = 50 * GIBIBYTE
NAMES = ["newest success", "newest new article", "drift", "pages of no known form", "failures in a row", "free disk"]


def drifted(*pages: tuple[str, str]) -> Drift:
    return Drift("20260506T070000Z", NOW - HOUR, tuple(DriftedPage(url, detail, ()) for url, detail in pages))


def bad(facts: RunHealth, limits: Thresholds | None = None, free_bytes: int = ROOM) -> dict[str, int]:
    """Return the names of what is not well, with the exit codes."""
    findings = assess(facts, limits or Thresholds(), free_bytes=free_bytes, now=NOW)
    return {finding.name: finding.code for finding in findings if finding.verdict is Verdict.BAD}


def found(facts: RunHealth, name: str, free_bytes: int = ROOM) -> str:
    (finding,) = [
        finding for finding in assess(facts, Thresholds(), free_bytes=free_bytes, now=NOW) if finding.name == name
    ]
    return finding.found


def test_each_check_is_reported_in_order_good_or_bad() -> None:
    assert [finding.name for finding in assess(WELL, Thresholds(), free_bytes=ROOM, now=NOW)] == NAMES


def test_an_archive_in_order_has_no_finding() -> None:
    assert bad(WELL) == {}
    assert exit_code(assess(WELL, Thresholds(), free_bytes=ROOM, now=NOW)) == 0


@pytest.mark.parametrize(
    ("facts", "limits", "expected"),
    [
        pytest.param(replace(WELL, newest_success=NOW - 14 * DAY), None, {}, id="success at the limit"),
        pytest.param(replace(WELL, newest_success=NOW - 14 * DAY - SECOND), None, {"newest success": 69}, id="stale"),
        pytest.param(replace(WELL, newest_success=None), None, {"newest success": 69}, id="never a success"),
        pytest.param(replace(WELL, newest_success=NOW + DAY), None, {}, id="clock was set back"),
        pytest.param(replace(WELL, newest_article=None), None, {}, id="no article, no limit"),
        pytest.param(
            replace(WELL, newest_article=None),
            Thresholds(max_article_age=DAY),
            {"newest new article": 69},
            id="no article, a limit",
        ),
        pytest.param(WELL, Thresholds(max_article_age=20 * DAY), {}, id="article at the limit"),
        pytest.param(WELL, Thresholds(max_article_age=19 * DAY), {"newest new article": 69}, id="old article"),
        pytest.param(replace(WELL, drift=drifted(("a", "no title"))), None, {"drift": 4}, id="drift"),
        pytest.param(replace(WELL, failures_in_a_row=3), None, {}, id="failures at the limit"),
        pytest.param(replace(WELL, failures_in_a_row=4), None, {"failures in a row": 3}, id="failures"),
        pytest.param(
            replace(WELL, failures_in_a_row=1),
            Thresholds(max_failures=0),
            {"failures in a row": 3},
            id="no failure allowed",
        ),
    ],
)
def test_what_passes_its_limit_is_bad(facts: RunHealth, limits: Thresholds | None, expected: dict[str, int]) -> None:
    assert bad(facts, limits) == expected


@pytest.mark.parametrize(
    ("free_bytes", "limits", "expected"),
    [
        pytest.param(GIBIBYTE, None, {}, id="disk at the limit"),
        pytest.param(GIBIBYTE - 1, None, {"free disk": 73}, id="full disk"),
        pytest.param(0, Thresholds(min_free_bytes=0), {}, id="disk without a limit"),
    ],
)
def test_a_disk_that_is_nearly_full_is_bad(
    free_bytes: int, limits: Thresholds | None, expected: dict[str, int]
) -> None:
    assert bad(WELL, limits, free_bytes) == expected


@pytest.mark.parametrize(
    ("codes", "worst"),
    [
        ((), 0),
        ((0, 0), 0),
        ((0, 3), 3),
        ((3, 4), 4),
        ((4, 69), 69),
        ((69, 73, 4, 3), 73),
    ],
)
def test_exit_code_is_that_of_the_worst(codes: tuple[int, ...], worst: int) -> None:
    assert exit_code([Check("x", Verdict.BAD, "", code) for code in codes]) == worst


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(minutes=5), "5 min ago"),
        (HOUR, "1 h ago"),
        (47 * HOUR, "47 h ago"),
        (2 * DAY, "2 d ago"),
        (400 * DAY, "400 d ago"),
    ],
    ids=str,
)
def test_age_is_in_words_beside_the_time(age: timedelta, words: str) -> None:
    text = found(replace(WELL, newest_success=NOW - age), "newest success")

    assert text.endswith(words)
    assert text.startswith(f"{NOW - age:%Y-%m-%d %H:%M} UTC")


@pytest.mark.parametrize(
    ("name", "facts", "text"),
    [
        ("newest success", replace(WELL, newest_success=None), "never"),
        ("drift", WELL, "none"),
        ("drift", replace(WELL, new_layouts=1), "none; 1 page has a new layout around the same text"),
        ("drift", replace(WELL, new_layouts=41), "none; 41 pages have a new layout around the same text"),
        ("pages of no known form", replace(WELL, unknown=3), "3"),
        ("drift", replace(WELL, drift=drifted(("a", "no title"), ("b", "no text"))), "a: no title; b: no text"),
        ("failures in a row", replace(WELL, failures_in_a_row=7), "7"),
    ],
    ids=["never", "no drift", "a new layout", "new layouts", "unknown pages", "drift", "failures"],
)
def test_finding_says_what_was_found(name: str, facts: RunHealth, text: str) -> None:
    assert found(facts, name) == text


def test_free_disk_is_in_gibibytes() -> None:
    assert found(WELL, "free disk", GIBIBYTE * 3 // 2) == "1.5 GiB"
