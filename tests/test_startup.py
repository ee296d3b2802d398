"""Patterns that are compiled when they are first used, and libraries that are not loaded."""

import importlib
import re
import subprocess
import sys

import pytest

from postarchive.startup import late, without

COUNTED = """
import re, sys
made = []
compile = re.compile
re.compile = lambda pattern, flags=0: made.append(pattern) or compile(pattern, flags)
from postarchive.pages.cms import rows
assert rows.DATE_TEXT.pattern not in made
assert rows.DATE_TEXT.search("2023-03-29]")
assert made.count(rows.DATE_TEXT.pattern) == 1
"""


@pytest.mark.parametrize("text", ["8610 11185", "none", "a1b22", ""])
def test_late_pattern_finds_what_a_compiled_one_finds(text: str) -> None:
    pattern, compiled = late(r"([A-Z])?(\d+)", re.IGNORECASE), re.compile(r"([A-Z])?(\d+)", re.IGNORECASE)

    assert pattern.findall(text) == compiled.findall(text)
    assert pattern.split(text) == compiled.split(text)
    assert pattern.sub("#", text) == compiled.sub("#", text)
    assert [found.span() for found in pattern.finditer(text)] == [found.span() for found in compiled.finditer(text)]
    assert (pattern.search(text) is None) == (compiled.search(text) is None)
    assert (pattern.match(text) is None) == (compiled.match(text) is None)
    assert (pattern.fullmatch(text) is None) == (compiled.fullmatch(text) is None)


def test_late_pattern_shows_its_text_without_being_compiled() -> None:
    broken = late(b"(")

    assert broken.pattern == b"("
    assert not hasattr(broken, "groups")
    with pytest.raises(re.error):
        broken.search(b"")


def test_rare_pattern_of_a_page_is_compiled_at_its_first_use_only() -> None:
    subprocess.run([sys.executable, "-c", COUNTED], check=True)  # noqa: S603 - this program


def test_hidden_library_is_missing_inside_and_there_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with without("colorsys", "sys"):
        with pytest.raises(ImportError):
            importlib.import_module("colorsys")
        assert importlib.import_module("sys") is sys  # what is loaded stays

    assert importlib.import_module("colorsys").rgb_to_hsv
