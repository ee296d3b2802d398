"""Times as others write them: any text is read, and what cannot be true is not believed."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postarchive.times import EARLIEST, FIRST, LAST, after, http_date, in_utc, is_believable, since_epoch

NOON = datetime(2026, 5, 6, 12, tzinfo=UTC)
ANY_TIME = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=23)), timezone(-timedelta(hours=23))]))
DATE_WORDS = ("Mon, ", "06 ", "May ", "2024 ", "9999 ", "0 ", "12:05:00 ", "99:99:99 ", "GMT", "+2300", "-9999", ":")
DATE_PIECES = st.sampled_from((*DATE_WORDS, "9" * 5000))


@settings(derandomize=True, deadline=None, database=None, max_examples=400)
@given(text=st.one_of(st.text(max_size=40), st.lists(DATE_PIECES, max_size=8).map("".join)))
def test_any_text_is_an_http_date_or_not(text: str) -> None:
    found = http_date(text)

    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "time"),
    [
        pytest.param("Wed, 06 May 2026 12:00:00 GMT", NOON, id="plain"),
        pytest.param("Wed, 06 May 2026 14:00:00 +0200", NOON, id="another zone"),
        pytest.param("Wed, 06 May 2026 12:00:00 -0000", NOON, id="no zone"),
        pytest.param("Fri, 31 Dec 9999 23:59:59 -2300", LAST, id="beyond the calendar"),
        pytest.param("Wed, 06 May 99999999999999999999 12:00:00 GMT", None, id="year of many digits"),
        pytest.param("soon", None, id="no date"),
    ],
)
def test_http_date(text: str, time: datetime | None) -> None:
    assert http_date(text) == time


@settings(derandomize=True, deadline=None, database=None)
@given(time=ANY_TIME, span=st.timedeltas(min_value=timedelta(0)))
def test_calendar_has_no_end_to_fall_from(time: datetime, span: timedelta) -> None:
    assert in_utc(time) <= after(in_utc(time), span) <= LAST


def test_time_before_the_calendar_is_its_beginning() -> None:
    assert in_utc(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=23)))) == FIRST


@settings(derandomize=True, deadline=None, database=None)
@given(seconds=st.floats(allow_nan=False))
def test_any_number_is_a_time_of_a_file(seconds: float) -> None:
    assert FIRST <= since_epoch(seconds) <= LAST


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        pytest.param(NOON, True, id="now"),
        pytest.param(NOON + timedelta(days=1), True, id="a day ahead"),
        pytest.param(NOON + timedelta(days=1, microseconds=1), False, id="more than a day ahead"),
        pytest.param(EARLIEST, True, id="the beginning"),
        pytest.param(EARLIEST - timedelta(microseconds=1), False, id="before the web"),
        pytest.param(LAST, False, id="the end of the calendar"),
    ],
)
def test_what_can_be_true(time: datetime, *, expected: bool) -> None:
    assert is_believable(time, now=NOON) is expected
