"""Text of the site as a page of `serve` shows it."""

import time

import pytest

from postarchive.serve.shown import MAX_MARKS, plain, short


@pytest.mark.parametrize(
    "text",
    [
        "An ordinary title – with “quotes” … and 1,200 post offices!!!!!!!!!!!!!!",
        "Việt Nam ế ử",
        "ที่นี่ ผู้ ปั๊ม",
        "בְּרֵאשִׁית בָּרָא אֱלֹהִים",
        "श्री भारतीय डाक ब्लॉग",
        "……………………。。。。。。。。。。。。“”“”“”“”“”",
        "邮政无人车驶上高原公路",
    ],
)
def test_what_people_write_is_shown_as_it_is(text: str) -> None:
    assert plain(text) == text


def test_a_letter_keeps_eight_accents_of_a_flood() -> None:
    assert plain("z" + "\u0300\u0327" * 400 + "en") == "z" + "\u0300\u0327" * (MAX_MARKS // 2) + "en"
    assert plain("…" + "\u20d0" * 99 + "…") == "…" + "\u20d0" * MAX_MARKS + "…"


def test_a_flood_is_bounded_in_no_time() -> None:
    start = time.process_time()

    shown = plain("a" + "\u0300" * 1_000_000)

    assert len(shown) == MAX_MARKS + 1
    assert time.process_time() - start < 2


def test_nothing_turns_a_line_around() -> None:
    assert plain("a \u202etitle\u202c\x07") == "a title"


def test_a_long_title_is_cut_between_words() -> None:
    assert short("one two three", 20) == "one two three"
    assert short("one two three four five", 15) == "one two three…"
    assert short("unbroken" * 10, 9) == "unbroken…"
    assert short("邮" * 300) == "邮" * 199 + "…"
