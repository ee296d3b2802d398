"""On a terminal of any width no number, key, date or name of a run is cut, and what has no room is said."""

import json
import re
from functools import cache
from pathlib import Path

import pytest

from archiving import HOME, SEED, SEED_FILE, STAMP, Archivist, playing_site
from commands import environment, postarchive, watched
from interminal import in_terminal
from postarchive.cli.tables import GAP, NARROWEST, Flexible, fit
from postarchive.jsonvalue import Json

WIDTHS = (40, 60, 80, 100, 200)
# A command, and which fields of its rows must be whole wherever their column is shown; the first is always shown.
LISTS: dict[str, tuple[list[str], tuple[str, ...]]] = {
    "query": (["query"], ("node", "date")),
    "query with words": (["query", "post"], ("node", "date")),
    "query with fields": (["query", "--fields", "url,title,date"], ("url", "date")),
    "query sql": (["query", "--sql", "SELECT url, date, title FROM pages ORDER BY id"], ("url", "date")),
    "history": (["history", SEED], ("version",)),
    "hotlines": (["hotlines"], ("number",)),
    "registrations": (["registrations"], ("number",)),
    "runs": (["runs"], ("run",)),
    "problems": (["runs", "20260506T080010Z"], ("url", "kind")),
    "stats runs": (["stats", "--by", "runs"], ("run", "new")),
    "stats sources": (["stats", "--by", "source"], ("articles", "first_date")),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    archivist = Archivist(tmp_path_factory.mktemp("narrow") / "archive")
    with pytest.MonkeyPatch.context() as patch, playing_site(patch) as site:
        archivist.fetch(SEED, STAMP)
        site.edit(SEED, SEED_FILE.read_bytes().replace(b"rural", b"urban"))
        archivist.fetch(SEED)
        archivist.fetch(f"{HOME}html1/report/9999/1-1.htm")
    return archivist.folder


@cache
def rows_of(name: str, folder: Path) -> list[dict[str, Json]]:
    found: list[dict[str, Json]] = json.loads(postarchive(*LISTS[name][0], "-f", "json", "-a", folder).stdout)
    return found


@cache
def screen(name: str, folder: Path, columns: int) -> str:
    """Return what a list prints where the environment says how wide the terminal is; stderr comes last."""
    done = watched(*LISTS[name][0], "--archive", folder, COLUMNS=str(columns))
    assert done.returncode == 0
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", LISTS)
def test_terminal_without_a_word_in_the_environment_shows_the_same(folder: Path, name: str) -> None:
    code, text = in_terminal(*LISTS[name][0], "--archive", folder, columns=60, NO_COLOR="1", TERM="dumb")

    assert code == 0
    assert sorted(text.splitlines()) == sorted(screen(name, folder, 60).splitlines())


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("name", LISTS)
def test_nothing_but_text_is_cut(folder: Path, name: str, columns: int) -> None:
    plain, first = screen(name, folder, columns), LISTS[name][1][0]

    for row in rows_of(name, folder):
        value = row[first]
        assert value is None or re.search(rf"(?<![\w-]){re.escape(str(value))}(?![\w-])", plain), value
    assert not re.search(r"[\d/@]…", plain) or name.startswith("query")
    assert not re.search(r"\d{4}-\d\d-…|\d{4}…", plain)


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("name", ["query", "hotlines", "registrations", "runs", "history"])
def test_line_is_no_wider_than_the_terminal_or_the_rows_are_blocks(folder: Path, name: str, columns: int) -> None:
    text = screen(name, folder, columns)

    lines = [line for line in text.splitlines() if not line.startswith("Too narrow")]
    assert "block of lines" in text or all(len(line) <= columns for line in lines)
    if columns == 200:
        assert "Too narrow" not in text


def test_left_out_columns_are_reported(folder: Path) -> None:
    _, text = in_terminal("hotlines", "--archive", folder, columns=80)

    assert "Too narrow for" in text
    assert "evidence" in text.splitlines()[-1]
    assert "--format json" in text


def test_pipe_has_all_columns(folder: Path) -> None:
    text = postarchive("hotlines", "--archive", folder, COLUMNS="40").stdout

    assert "evidence" in text.splitlines()[0]
    assert environment()  # no width of the one who runs the tests


ROWS = [["2023-03-29", "A long title of many words", "23048456"], ["2023-03-30", "Short", "1"]]
NAMES = ["date", "title", "node"]
FLEXIBLE = Flexible(text=frozenset(("title",)), droppable=("date",))


@pytest.mark.parametrize(
    ("width", "widths"),
    [
        (80, (10, 26, 8)),
        (48, (10, 26, 8)),
        (47, (10, 25, 8)),
        (38, (10, 16, 8)),
        (37, (None, 26, 8)),
        (26, (None, 16, 8)),
        (25, ()),
        (1, ()),
    ],
)
def test_text_gives_way_first_then_columns_then_the_table(width: int, widths: tuple[int | None, ...]) -> None:
    assert fit(ROWS, NAMES, FLEXIBLE, width=width).widths == widths
    assert not widths or sum(wide or 0 for wide in widths) + GAP * (len([w for w in widths if w]) - 1) <= width


def test_two_columns_of_text_share_what_is_left() -> None:
    rows = [["x" * 50, "y" * 20, "z" * 30]]

    assert fit(rows, ["a", "b", "c"], Flexible(text=frozenset("ac")), width=70).widths == (23, 20, 23)
    assert fit(rows, ["a", "b", "c"], Flexible(text=frozenset("abc")), width=3 * NARROWEST + 4).widths == (16, 16, 16)
