"""Bars and tables of figures: as long as they should be, as wide as there is room, in what the encoding has."""

from typing import TypeAlias

import pytest

from postarchive.cli.bars import Canvas, bar, table
from postarchive.jsonvalue import Json

Rows: TypeAlias = list[list[Json]]
WIDE = Canvas(40, has_blocks=True)
PLAIN = Canvas(40, has_blocks=False)


@pytest.mark.parametrize(
    ("value", "drawn"),
    [
        pytest.param(80, "██████████", id="the most"),
        pytest.param(40, "█████", id="half"),
        pytest.param(41, "█████▏", id="an eighth of a block more"),
        pytest.param(47, "█████▉", id="seven eighths more"),
        pytest.param(1, "▏", id="an eighth"),
        pytest.param(0, "", id="nothing"),
        pytest.param(-3, "", id="less than nothing"),
    ],
)
def test_bar_is_as_long_as_its_value(value: int, drawn: str) -> None:
    assert bar(value, 80, 10, has_blocks=True) == drawn


@pytest.mark.parametrize(("value", "drawn"), [(80, "##########"), (44, "######"), (1, "#"), (0, "")])
def test_bar_without_blocks_is_of_plain_signs(value: int, drawn: str) -> None:
    assert bar(value, 80, 10, has_blocks=False) == drawn


@pytest.mark.parametrize("has_blocks", [True, False])
def test_least_value_has_a_mark_however_small(has_blocks: bool) -> None:  # noqa: FBT001 - a test's value
    assert len(bar(1, 10**12, 50, has_blocks=has_blocks)) == 1


def test_bar_of_nothing_but_zeros_is_empty() -> None:
    assert bar(0, 0, 10, has_blocks=True) == ""


@pytest.mark.parametrize(
    ("encoding", "has_blocks"),
    [("utf-8", True), ("UTF8", True), ("gb18030", True), ("ascii", False), ("latin-1", False), ("cp437", False)],
)
def test_blocks_are_drawn_where_the_encoding_has_them(encoding: str, has_blocks: bool) -> None:  # noqa: FBT001
    assert Canvas.of(80, encoding) == Canvas(80, has_blocks)


@pytest.mark.parametrize("encoding", [None, "no-such-encoding"])
def test_unknown_encoding_is_taken_for_the_poorest(encoding: str | None) -> None:
    assert not Canvas.of(80, encoding).has_blocks


def test_table_is_in_columns_with_figures_to_the_right() -> None:
    rows: Rows = [["a", 5, "2023-03-29"], ["longer", 10, None]]

    assert list(table(["name", "count", "date"], rows, [5, 10], Canvas(39, has_blocks=False))) == [
        "name    count        date",
        "a           5  2023-03-29  ######",
        "longer     10              ############",
    ]


def test_table_without_a_head() -> None:
    assert list(table((), [["2012", 1], ["2013", 0]], [1, 0], Canvas(17, has_blocks=True))) == [
        "2012  1  ████████",
        "2013  0",
    ]


def test_table_without_rows_is_its_head() -> None:
    assert list(table(("year", "articles"), [], [], WIDE)) == ["year  articles"]
    assert list(table((), [], [], WIDE)) == []


@pytest.mark.parametrize("canvas", [WIDE, PLAIN], ids=["blocks", "plain"])
@pytest.mark.parametrize("most", [1, 7, 999, 10**9])
def test_no_line_is_wider_than_the_terminal_and_the_longest_fills_it(canvas: Canvas, most: int) -> None:
    rows: Rows = [["2012", most], ["2013", most // 2]]

    assert max(map(len, table(("year", "articles"), rows, [most, most // 2], canvas))) == canvas.width


def test_chinese_takes_two_columns_and_a_long_name_is_cut() -> None:
    lines = list(table((), [["中国邮政", 1], ["中国邮政报社新闻中心编辑部", 2], ["abc", 3]], [1, 2, 3], WIDE))

    assert [line[: line.index("█")] for line in lines] == [
        "中国邮政         1  ",
        "中国邮政报社...  2  ",
        "abc              3  ",
    ]


def test_narrow_terminal_keeps_some_bar() -> None:
    (line,) = table((), [["a source of a long name", 3]], [3], Canvas(10, has_blocks=True))

    assert line.endswith("████████")


def test_no_text_acts_on_the_terminal() -> None:
    (line,) = table((), [["a\x1b[31m\nb\u202ec", 1]], [1], WIDE)

    assert line.startswith("a[31m bc  1  ")
