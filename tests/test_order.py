"""In which order captures count when clocks were wrong, and when somebody else's come in between."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postarchive.collect.order import in_order
from postarchive.models import Evidence
from postarchive.store.write import ArrivalRow

NOWHERE = Evidence("", 0, 0, "", "")


def time(text: str) -> datetime:
    """Return `2026-03` as the beginning of that month."""
    return datetime.fromisoformat(f"{text}-01").replace(tzinfo=UTC)


def arrivals(*words: str) -> list[ArrivalRow]:
    """Return captures from words: `2026-03` is a live one, `2020-01@2026-04` an import by a run of April 2026."""
    rows = []
    for number, word in enumerate(words):
        made, _, began = word.partition("@")
        rows.append(ArrivalRow(number, "", NOWHERE, time(made), not began, time(began or made)))
    return rows


@pytest.mark.parametrize(
    ("received", "ordered"),
    [
        pytest.param("2026-01 2026-02 2026-03", "2026-01 2026-02 2026-03", id="live ones as they came"),
        pytest.param("2026-01 2035-01 2026-02", "2026-01 2035-01 2026-02", id="clock that jumped and came back"),
        pytest.param("2026-01 2001-01", "2026-01 2001-01", id="clock that was set back"),
        pytest.param("2026-01 2020-01@2026-02", "2020-01@2026-02 2026-01", id="import from before"),
        pytest.param("2026-01 2026-02@2026-03", "2026-01 2026-02@2026-03", id="import from after"),
        pytest.param("2026-01 2026-03 2026-02@2026-04", "2026-01 2026-02@2026-04 2026-03", id="import in between"),
        pytest.param("2026-01 2026-01@2026-02", "2026-01 2026-01@2026-02", id="import of the same moment"),
        pytest.param(
            "2026-05 2022-01@2026-06 2021-01@2026-06", "2021-01@2026-06 2022-01@2026-06 2026-05", id="imports by time"
        ),
        pytest.param(
            "2026-01 2035-01 2026-03 2026-04@2026-05", "2026-01 2035-01 2026-03 2026-04@2026-05", id="after the jump"
        ),
        pytest.param(
            "2026-01 2035-01 2026-03 2026-02@2026-05", "2026-01 2026-02@2026-05 2035-01 2026-03", id="before the jump"
        ),
        pytest.param("2026-01 2035-01 2026-02@2026-05", "2026-01 2026-02@2026-05 2035-01", id="jump that still lasts"),
        pytest.param("2026-01 2001-01 2025-01@2026-05", "2025-01@2026-05 2026-01 2001-01", id="clock still set back"),
        pytest.param("2026-01 2000-01@2001-01", "2000-01@2001-01 2026-01", id="import by a clock that was set back"),
        pytest.param("2030-01@2035-01 2026-01", "2030-01@2035-01 2026-01", id="import by a clock that had jumped"),
    ],
)
def test_order(received: str, ordered: str) -> None:
    rows = arrivals(*received.split())

    assert in_order(rows) == [rows[received.split().index(word)] for word in ordered.split()]


MONTHS = st.integers(1, 12).map("2026-{:02}".format)
WORDS = st.lists(st.one_of(MONTHS, st.tuples(MONTHS, MONTHS).map("@".join)), max_size=8)


@settings(derandomize=True, deadline=None, database=None)
@given(words=WORDS)
def test_live_captures_stay_in_the_order_of_receipt_and_end_what_came_before(words: list[str]) -> None:
    rows = arrivals(*words)
    ordered = in_order(rows)

    assert sorted(row.row for row in ordered) == list(range(len(words)))
    assert [row.row for row in ordered if row.is_live] == [row.row for row in rows if row.is_live]
    for place, row in enumerate(ordered):
        assert not row.is_live or all(later.row > row.row or not later.is_live for later in ordered[place + 1 :])


@settings(derandomize=True, deadline=None, database=None)
@given(words=WORDS)
def test_new_live_capture_is_the_newest(words: list[str]) -> None:
    rows = arrivals(*words, "2026-01")

    assert in_order(rows)[-1] == rows[-1]
    assert in_order(rows)[:-1] == in_order(rows[:-1])
