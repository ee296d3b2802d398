"""What `stats` says in one screen."""

from dataclasses import replace

import pytest

from postarchive.cli.bars import Canvas
from postarchive.cli.kinds import KindChoice
from postarchive.cli.overview import MAX_YEARS, overview_lines, overview_rows, size_text
from postarchive.store.statistics import Figures, Totals

CANVAS = Canvas(40, has_blocks=False)
TOTALS = Totals(
    kinds=(("news", 3), ("stamp", 1)),
    gone=1,
    versions=5,
    captures=9,
    first_capture="2026-05-06T08:00:01.123456+00:00",
    last_capture="2026-05-07T09:10:01.123456+00:00",
    runs=2,
    files=1,
    evidence_bytes=164511,
)
NOTHING = Totals((), 0, 0, 0, None, None, 0, 0, 0)
YEARS: Figures = [{"year": "2022", "articles": 2}, {"year": "2023", "articles": 0}, {"year": None, "articles": 1}]
SOURCES: Figures = [{"source": "China Post", "articles": 2}, {"source": None, "articles": 1}]
NEWS = KindChoice("news")


def lines(totals: Totals, years: Figures, sources: Figures, kind: KindChoice = NEWS) -> list[str]:
    return list(overview_lines(totals, years, sources, kind=kind, canvas=CANVAS))


def test_overview() -> None:
    assert lines(TOTALS, YEARS, SOURCES) == [
        "Pages     4: 3 news, 1 stamp; 1 gone",
        "Versions  5",
        "Captures  9 in 2 runs, 2026-05-06 08:00 to 2026-05-07 09:10 UTC",
        "Evidence  160.7 KiB in 1 WARC file",
        "",
        "Articles by year: 2, and 1 without a date",
        "2022  2  ###############################",
        "2023  0",
        "",
        "Sources",
        "China Post   2  ########################",
        "(not shown)  1  ############",
    ]


def test_overview_of_nothing() -> None:
    assert lines(NOTHING, [], []) == [
        "Pages     0; 0 gone",
        "Versions  0",
        "Captures  0 in 0 runs",
        "Evidence  0 bytes in 0 WARC files",
        "",
        "Articles by year: 0, and 0 without a date",
        "",
        "Sources",
    ]


def test_pages_of_another_kind_are_called_by_it() -> None:
    assert "Pages of kind stamp by year: 2, and 1 without a date" in lines(TOTALS, YEARS, SOURCES, KindChoice("stamp"))


def test_many_years_and_sources_fit_a_screen() -> None:
    years: Figures = [{"year": str(year), "articles": 1} for year in range(1990, 2026)]
    sources: Figures = [{"source": f"Source {number}", "articles": 9} for number in range(12)]

    found = lines(TOTALS, years, sources)

    by_year = found[found.index("Articles by year: 36, and 0 without a date") + 1 :][:MAX_YEARS]
    assert [line.partition("  #")[0] for line in by_year] == [
        "to 2010  21",
        *(f"{year}      1" for year in range(2011, 2026)),
    ]
    assert "Sources, the first 5 of 12" in found
    assert len(found) <= 32


def test_rows_hold_all_of_it() -> None:
    rows = overview_rows(replace(TOTALS, runs=7), YEARS, SOURCES)

    assert {"part": "total", "name": "runs", "value": 7} in rows
    assert [row["name"] for row in rows if row["part"] == "year"] == ["2022", "2023", None]
    assert [(row["name"], row["value"]) for row in rows if row["part"] == "source"] == [("China Post", 2), (None, 1)]
    assert all(list(row) == ["part", "name", "value"] for row in rows)


@pytest.mark.parametrize(
    ("length_bytes", "text"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1024, "1.0 KiB"),
        (164511, "160.7 KiB"),
        (2**20, "1.0 MiB"),
        (5 * 2**40, "5.0 TiB"),
        (2**60, "1048576.0 TiB"),
    ],
)
def test_size_is_given_in_its_unit(length_bytes: int, text: str) -> None:
    assert size_text(length_bytes) == text
