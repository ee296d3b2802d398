"""Figures counted by the database against figures counted by hand."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiving import HOST, OTHER, SEED, STAMP, Archivist
from collecting import EDITED_PAGE
from fakesite import FIXTURES, FakeSite
from postarchive.collect import rebuild
from postarchive.errors import UnreadableInput
from postarchive.jsonvalue import Json
from postarchive.store.statistics import Figures, Range, Statistics

DAY_SECONDS = 86400.0


@pytest.fixture(scope="module")
def golden() -> list[dict[str, Json]]:
    """Return the expected records of all English pages, as people read them."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted((FIXTURES / HOST).rglob("*.json"))]


@pytest.fixture(scope="module")
def everything(archive: Path) -> Iterator[Statistics]:
    with Statistics(archive) as figures:
        yield figures


@pytest.fixture
def lived(site: FakeSite, archivist: Archivist) -> Archivist:
    """Return an archive of three runs: in April, in May with an edit and a loss, and in May again."""
    archivist.clock.sleep(-20 * DAY_SECONDS)
    archivist.fetch(SEED, STAMP)
    archivist.clock.sleep(20 * DAY_SECONDS)
    site.edit(SEED, EDITED_PAGE)
    site.remove(STAMP)
    archivist.fetch(SEED, STAMP, OTHER)
    archivist.clock.sleep(DAY_SECONDS)
    archivist.fetch(SEED, OTHER)
    return archivist


def dated(archivist: Archivist, *dates: str | None) -> None:
    """Make the archive's news pages be of these dates, as if the site had printed them."""
    rows = archivist.rows("SELECT id FROM pages WHERE kind = 'news' ORDER BY id")
    archivist.execute(
        *(
            f"UPDATE pages SET date = nullif('{date or ''}', '') WHERE id = {row[0]}"  # noqa: S608 - our own words
            for row, date in zip(rows, dates, strict=True)
        )
    )


def counts(rows: Figures, name: str, count: str = "articles") -> dict[Json, Json]:
    return {str(row[name]) if row[name] is not None else None: row[count] for row in rows}


def articles(golden: list[dict[str, Json]], kind: str = "news") -> list[dict[str, Json]]:
    return [page for page in golden if page["kind"] == kind and (page["sheet"] == 1 or kind != "news")]


def test_totals_are_those_of_the_pages(everything: Statistics, golden: list[dict[str, Json]]) -> None:
    totals = everything.totals()

    assert dict(totals.kinds) == Counter(page["kind"] for page in golden)
    assert [count for _, count in totals.kinds] == sorted(dict(totals.kinds).values(), reverse=True)
    assert (totals.pages, totals.versions, totals.gone, totals.runs, totals.files) == (
        len(golden),
        len(golden),
        0,
        1,
        1,
    )
    assert totals.captures == len(golden) + 1  # and robots.txt


def test_evidence_is_everything_on_the_disk(lived: Archivist) -> None:
    with Statistics(lived.folder) as figures:
        totals = figures.totals()

    assert totals.evidence_bytes == sum(file.stat().st_size for file in lived.files)
    assert (totals.runs, totals.files, totals.gone, totals.versions) == (3, 3, 1, 4)
    assert [(totals.first_capture, totals.last_capture)] == lived.rows("SELECT min(time), max(time) FROM captures")


@pytest.mark.parametrize("kind", ["news", "stamp"])
@pytest.mark.parametrize(("period", "length"), [("year", 4), ("month", 7)])
def test_articles_are_counted_by_their_printed_date(
    everything: Statistics, golden: list[dict[str, Json]], kind: str, period: str, length: int
) -> None:
    found = everything.articles("year" if period == "year" else "month", kind)

    dates = [page.get("date") for page in articles(golden, kind)]
    expected = Counter(date[:length] if isinstance(date, str) else None for date in dates)
    assert {name: count for name, count in counts(found, period).items() if count} == expected


def test_years_without_an_article_are_listed_inside_the_range(everything: Statistics) -> None:
    years = [row["year"] for row in everything.articles("year", "news")]

    assert years == [*(str(year) for year in range(2012, 2026)), None]


def test_article_in_parts_counts_once(everything: Statistics, golden: list[dict[str, Json]]) -> None:
    found = everything.articles("year", "news")

    assert sum(page["kind"] == "news" for page in golden) == 1 + sum(
        count for count in counts(found, "year").values() if isinstance(count, int)
    )


@pytest.mark.usefixtures("site")
def test_months_continue_over_the_turn_of_the_year(archivist: Archivist) -> None:
    archivist.fetch(SEED, OTHER)
    dated(archivist, "2022-11-30", "2023-02-01")

    with Statistics(archivist.folder) as figures:
        assert counts(figures.articles("month", "news"), "month") == {
            "2022-11": 1,
            "2022-12": 0,
            "2023-01": 0,
            "2023-02": 1,
        }


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("dates", [("0217-05-01", "2023-02-01"), ("2023-02-01", "9999-12-31")])
def test_misprinted_year_does_not_list_thousands(archivist: Archivist, dates: tuple[str, str]) -> None:
    archivist.fetch(SEED, OTHER)
    dated(archivist, *dates)

    with Statistics(archivist.folder) as figures:
        assert counts(figures.articles("year", "news"), "year") == {date[:4]: 1 for date in dates}
        assert counts(figures.articles("month", "news"), "month") == {date[:7]: 1 for date in dates}


@pytest.mark.usefixtures("site")
def test_undated_article_comes_last_and_is_in_no_range(archivist: Archivist) -> None:
    archivist.fetch(SEED, OTHER)
    dated(archivist, None, "2023-02-01")

    with Statistics(archivist.folder) as figures:
        assert list(counts(figures.articles("year", "news"), "year").items()) == [("2023", 1), (None, 1)]
        assert counts(figures.articles("year", "news", Range(since="2000-01-01")), "year") == {"2023": 1}


def test_range_with_both_ends_is_listed_from_end_to_end(everything: Statistics) -> None:
    found = everything.articles("month", "news", Range("2023-01-01", "2023-12-31"))

    assert [row["month"] for row in found] == [f"2023-{month:02}" for month in range(1, 13)]
    assert found[2]["articles"] == 2


@pytest.mark.parametrize(
    ("days", "years"),
    [
        (Range(since="2023-02-01"), ["2023", "2024", "2025"]),
        (Range(until="2014-02-07"), ["2012"]),
        (Range("2024-01-01", "2024-12-31"), ["2024"]),
        (Range("2025-01-01", "2023-12-31"), []),
    ],
    ids=["since", "until", "an empty year", "the wrong way round"],
)
def test_range_of_days(everything: Statistics, days: Range, years: list[str]) -> None:
    assert [row["year"] for row in everything.articles("year", "news", days)] == years


def test_sources_come_with_the_most_first(everything: Statistics, golden: list[dict[str, Json]]) -> None:
    found = everything.sources("news")

    assert counts(found, "source") == Counter(page.get("source") for page in articles(golden))
    numbers = [row["articles"] for row in found]
    assert numbers == sorted(numbers, reverse=True)  # type: ignore[type-var]
    assert everything.sources("news", limit=2) == found[:2]


def test_source_has_its_first_and_last_date(everything: Statistics, golden: list[dict[str, Json]]) -> None:
    (row,) = [row for row in everything.sources("news") if row["source"] == "China Post"]

    dates = [str(page["date"]) for page in articles(golden) if page.get("source") == "China Post" and "date" in page]
    assert (row["first_date"], row["last_date"]) == (min(dates), max(dates))


def test_kinds_with_what_is_gone_and_versions(lived: Archivist) -> None:
    with Statistics(lived.folder) as figures:
        assert figures.kinds() == [
            {"kind": "news", "articles": 2, "pages": 2, "gone": 0, "versions": 3},
            {"kind": "stamp", "articles": 1, "pages": 1, "gone": 1, "versions": 1},
        ]


def test_growth_adds_up_by_the_time_of_capture(lived: Archivist) -> None:
    with Statistics(lived.folder) as figures:
        months, days = figures.growth("month"), figures.growth("day")
        totals = figures.totals()

    assert [(row["month"], row["new_pages"], row["pages"]) for row in months] == [("2026-04", 2, 2), ("2026-05", 1, 3)]
    assert [(row["day"], row["pages"]) for row in days] == [("2026-04-16", 2), ("2026-05-06", 3), ("2026-05-07", 3)]
    assert months[-1]["captures"] == days[-1]["captures"] == totals.captures
    assert [(months[-1]["bytes"],)] == lived.rows("SELECT sum(stored_bytes) FROM captures")


def test_growth_in_a_range_counts_what_was_there_before(lived: Archivist) -> None:
    with Statistics(lived.folder) as figures:
        assert figures.growth("month", Range(since="2026-05-06")) == figures.growth("month")[1:]
        assert figures.growth("month", Range(until="2026-04-30")) == figures.growth("month")[:1]


def test_runs_report_their_outcomes_latest_first(lived: Archivist) -> None:
    with Statistics(lived.folder) as figures:
        found = figures.runs()
        limited, in_april = figures.runs(limit=1), figures.runs(Range(until="2026-04-30"))

    assert [(row["new"], row["changed"], row["unchanged"], row["gone"], row["failed"]) for row in found] == [
        (0, 0, 2, 0, 0),
        (1, 1, 0, 1, 0),
        (2, 0, 0, 0, 0),
    ]
    assert (limited, in_april) == (found[:1], found[2:])


def test_run_that_was_cut_off_has_no_outcomes(lived: Archivist) -> None:
    lived.execute("UPDATE runs SET ended = NULL, counts = NULL WHERE run = (SELECT max(run) FROM runs)")

    with Statistics(lived.folder) as figures:
        latest = figures.runs()[0]
    assert {value for name, value in latest.items() if name != "run"} == {None}


def test_dated_kinds(everything: Statistics) -> None:
    assert everything.dated_kinds() == ["news", "stamp"]
    assert everything.dated_kinds(Range("2018-01-01", "2018-12-31")) == ["stamp"]


def test_archive_without_a_page(site: FakeSite, archivist: Archivist) -> None:
    site.remove(SEED)
    archivist.fetch(SEED)
    archivist.execute("DELETE FROM captures")

    with Statistics(archivist.folder) as figures:
        totals = figures.totals()
        assert (totals.pages, totals.kinds, totals.first_capture, totals.last_capture) == (0, (), None, None)
        assert figures.articles("year", "news") == figures.sources("news") == figures.kinds() == []
        assert figures.growth("month") == []
        assert figures.dated_kinds() == []


def test_rebuilt_archive_has_the_same_figures(lived: Archivist) -> None:
    def figures() -> list[object]:
        with Statistics(lived.folder) as found:
            tables = (found.articles("month", "news"), found.sources("news"), found.kinds(), found.growth("day"))
            return [found.totals(), *tables, found.runs()]

    before = figures()
    lived.database.unlink()
    rebuild(lived.folder)

    assert figures() == before


def test_damaged_counts_are_reported_in_one_line(lived: Archivist) -> None:
    lived.execute("UPDATE runs SET counts = '{'")

    with Statistics(lived.folder) as figures, pytest.raises(UnreadableInput, match="postarchive rebuild"):
        figures.runs()
