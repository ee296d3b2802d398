"""Dates as people write them on the command line."""

from datetime import date

import pytest

from postarchive.cli.dates import day_range, first_day, last_day
from postarchive.errors import UsageError

TODAY = date(2024, 2, 29)  # a Thursday, in a leap year


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2023", "2023-01-01", "2023-12-31"),
        ("2023-2", "2023-02-01", "2023-02-28"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023-03-29", "2023-03-29", "2023-03-29"),
        ("today", "2024-02-29", "2024-02-29"),
        ("yesterday", "2024-02-28", "2024-02-28"),
        ("this-week", "2024-02-26", "2024-03-03"),
        ("last-week", "2024-02-19", "2024-02-25"),
        ("this-month", "2024-02-01", "2024-02-29"),
        ("last-month", "2024-01-01", "2024-01-31"),
        ("this-year", "2024-01-01", "2024-12-31"),
        ("last-year", "2023-01-01", "2023-12-31"),
        ("Last Year", "2023-01-01", "2023-12-31"),
        ("last_month", "2024-01-01", "2024-01-31"),
        ("30d", "2024-01-30", "2024-01-30"),
        ("2w", "2024-02-15", "2024-02-15"),
        ("3m", "2023-11-29", "2023-11-29"),
        ("1y", "2023-02-28", "2023-02-28"),
        ("12m", "2023-02-28", "2023-02-28"),
    ],
)
def test_a_date_means_its_first_and_last_day(text: str, first: str, last: str) -> None:
    assert (first_day(text, TODAY), last_day(text, TODAY)) == (first, last)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2023", "2023-01-01", "2023-12-31"),
        ("last-year", "2023-01-01", "2023-12-31"),
        ("30d", "2024-01-30", "2024-02-29"),
        ("2021..2023", "2021-01-01", "2023-12-31"),
        ("2021-05 .. 2021-06-15", "2021-05-01", "2021-06-15"),
        ("2021..", "2021-01-01", None),
        ("..2015-03", None, "2015-03-31"),
        ("1y..30d", "2023-02-28", "2024-01-30"),
    ],
)
def test_a_range_has_two_ends_or_is_open(text: str, first: str | None, last: str | None) -> None:
    assert day_range(text, TODAY) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "someday",
        "2023-13",
        "2023-02-30",
        "0000",
        "23",
        "2023-3-29-1",
        "99999y",
        "..",
        "2023..2021",
        "a..b",
    ],
)
def test_what_is_no_date_is_refused_with_advice(text: str) -> None:
    with pytest.raises(UsageError, match="write "):
        day_range(text, TODAY)
