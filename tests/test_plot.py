"""The picture of the figures: what it shows, that it comes out the same, and that nothing upsets it."""

import logging
import re
import struct
import sys
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal

import matplotlib as mpl
import pytest
from lxml import etree

from postarchive.export.plot import INCHES, Chart, draw

FULL = Chart(
    months={
        "news": tuple((f"{year}-{month:02}", month % 5) for year in range(2012, 2026) for month in range(1, 13, 3)),
        "stamp": (("2017-01", 3), ("2026-01", 1)),
    },
    undated=2,
    pages=(("2026-04-16", 40), ("2026-05-06", 65)),
    evidence_bytes=(("2026-04-16", 2**20), ("2026-05-06", 3 * 2**20)),
)
EMPTY = Chart(months={}, undated=0, pages=(), evidence_bytes=())
ONE = Chart({"news": (("2023-03", 1),)}, 0, (("2026-05-06", 1),), (("2026-05-06", 900),))
ONE_CAPTURE = replace(ONE, months={})


def evidence(most_bytes: int) -> tuple[tuple[str, int], ...]:
    """Return the figures of evidence that belong to the pages of `FULL`."""
    return tuple((day, most_bytes) for day, _ in FULL.pages)


CHARTS = {
    "full": FULL,
    "nothing": EMPTY,
    "one article, one capture": ONE,
    "only months without any": replace(
        FULL, months={"news": (("2023-01", 0), ("2023-02", 0))}, evidence_bytes=evidence(2**10)
    ),
    "odd kinds": replace(
        FULL,
        months=dict.fromkeys(("$x^$", "unknown", "_"), (("2023-01", 1),)),
        evidence_bytes=evidence(7 * 2**40),
    ),
    "no page": replace(ONE, pages=(("2026-05-06", 0),), evidence_bytes=(("2026-05-06", 0),)),
}
PNG_HEAD = struct.Struct(">8s8xII")


def drawn(chart: Chart, picture: Literal["svg", "png"] = "svg") -> bytes:
    out = BytesIO()
    draw(chart, out, format=picture)
    return out.getvalue()


@cache
def picture(name: str) -> bytes:
    """Draw a chart once; it takes as long as most tests."""
    return drawn(CHARTS[name])


@pytest.fixture(scope="module")
def png() -> bytes:
    return drawn(ONE_CAPTURE, "png")


def words(chart: Chart) -> list[str]:
    """Return the texts of a picture."""
    return words_of(drawn(chart))


def words_of(picture: bytes) -> list[str]:
    found = etree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")
    return ["".join(map(str, text.itertext())) for text in found]


def test_picture_shows_years_kinds_and_units() -> None:
    found = words_of(picture("full"))

    assert [year for year in found if re.fullmatch(r"20[12]\d", year)][:2] == ["2012", "2013"]
    assert {"news (98)", "stamp (4)", "articles", "pages", "evidence, MiB"} <= set(found)
    assert "Articles per month, by printed date (2 without a usable one left out)" in found


def test_same_figures_give_the_same_bytes(png: bytes) -> None:
    """As SVG too: `test_configuration_of_the_user_changes_nothing_and_is_left_as_it_was` draws it a second time."""
    assert drawn(ONE_CAPTURE, "png") == png


def test_other_figures_give_another_picture() -> None:
    assert len(set(map(picture, CHARTS))) == len(CHARTS)


def test_svg_knows_no_date_and_loads_nothing() -> None:
    text = picture("full").decode()

    assert "<dc:date>" not in text
    assert "http" not in re.sub(r"https?://(www\.w3\.org|purl\.org|creativecommons\.org|web\.resource\.org)/", "", text)


def test_png_has_the_requested_size(png: bytes) -> None:
    signature, width, height = PNG_HEAD.unpack_from(png)

    assert signature == b"\x89PNG\r\n\x1a\n"
    assert width / height == pytest.approx(INCHES[0] / INCHES[1])


@pytest.mark.parametrize("name", CHARTS)
def test_no_figures_upset_it_or_make_it_warn(name: str) -> None:
    assert picture(name)  # a warning of matplotlib's would be an error here, as in all tests


def test_picture_of_nothing_says_so() -> None:
    assert {"no article with a date", "no capture"} <= set(words_of(picture("nothing")))


def test_misprinted_years_are_left_out_and_counted() -> None:
    misprinted = (("0001-01", 4), ("0217-05", 20), ("9999-12", 100))
    found = words(replace(ONE, months={"news": (("2023-03", 1), *misprinted)}, undated=1))

    assert "news (1)" in found
    assert "Articles per month, by printed date (125 without a usable one left out)" in found


def test_captures_of_impossible_days_are_left_out() -> None:
    days = (("0001-01-01", 1), ("9999-12-31", 1))
    assert "no capture" in words(replace(ONE_CAPTURE, pages=days, evidence_bytes=days))


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("one article, one capture", "bytes"),
        ("only months without any", "KiB"),
        ("full", "MiB"),
        ("odd kinds", "GiB"),
    ],
)
def test_unit_goes_with_the_size(name: str, unit: str) -> None:
    assert f"evidence, {unit}" in words_of(picture(name))


def test_short_time_is_marked_by_months_or_days() -> None:
    assert "Apr" in " ".join(words(replace(ONE, months={"news": (("2023-03", 1), ("2023-06", 2))})))


def test_configuration_of_the_user_changes_nothing_and_is_left_as_it_was() -> None:
    full = picture("full")
    with mpl.rc_context({"font.size": 40, "axes.facecolor": "red", "svg.hashsalt": "other"}):
        assert drawn(FULL) == full
        assert mpl.rcParams["font.size"] == 40

    assert logging.getLogger("matplotlib").level != logging.ERROR


def test_no_window_is_opened() -> None:
    picture("nothing")

    assert "matplotlib.pyplot" not in sys.modules


def test_write_error_is_the_system_s(tmp_path: Path) -> None:
    with (tmp_path / "x.svg").open("wb") as out:
        out.close()
        with pytest.raises(ValueError, match="closed"):
            draw(EMPTY, out, format="svg")
