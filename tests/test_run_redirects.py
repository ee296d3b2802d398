"""Redirects: followed inside the list, forbidden, endless."""

from itertools import pairwise

import pytest

from archiving import (
    HOME,
    MIRROR_ROBOTS,
    MIRROR_SEED,
    ROBOTS,
    SEED,
    Archivist,
)
from collecting import DISALLOW, FAILED, NEW
from fakesite import FakeSite, redirect

pytestmark = pytest.mark.usefixtures("site")


def test_redirect_inside_the_list_is_followed_and_both_responses_are_kept(site: FakeSite, archivist: Archivist) -> None:
    short = f"{HOME}plan.htm"
    site.answer(short, redirect("/html1/report/2304/8456-1.htm"))

    result = archivist.one(short)

    assert (result.outcome, result.url) == (NEW, SEED)
    kept = archivist.rows("SELECT url, status, location FROM captures WHERE url NOT LIKE '%robots.txt'")
    assert kept == [(short, 302, "/html1/report/2304/8456-1.htm"), (SEED, 200, None)]


def test_redirect_to_another_host_requests_its_robots_txt_first(site: FakeSite, archivist: Archivist) -> None:
    site.answer(SEED, redirect(MIRROR_SEED, 301))

    assert archivist.outcomes(SEED) == [NEW]

    assert site.urls == [ROBOTS, SEED, MIRROR_ROBOTS, MIRROR_SEED]


def test_redirect_to_a_forbidden_page_is_a_failure(site: FakeSite, archivist: Archivist) -> None:
    site.answer(MIRROR_ROBOTS, DISALLOW)
    site.answer(SEED, redirect(MIRROR_SEED))

    result = archivist.one(SEED)

    assert result.outcome == FAILED
    assert "robots.txt" in (result.detail or "")
    assert MIRROR_SEED not in site.urls


def test_chain_of_redirects_ends(site: FakeSite, archivist: Archivist) -> None:
    steps = [f"{HOME}step-{number}.htm" for number in range(50)]
    for here, there in pairwise(steps):
        site.answer(here, redirect(there))

    result = archivist.one(steps[0])

    assert (result.outcome, result.url) == (FAILED, steps[0])
    assert len(site.urls) < 20
