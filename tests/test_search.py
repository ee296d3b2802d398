"""What a person types, run on a real FTS5 table; the tables of queries are the grammar."""

import random
import re
import sqlite3
import time
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from unicodedata import category, combining, normalize

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from postarchive.errors import UsageError
from postarchive.schema import TOKENIZE
from postarchive.search import marks, parse_query, segment, snippet, suggest, suggestions
from postarchive.search.letters import UNSEEN, cjk_run, is_searchable

PAGES = (
    ("Rural revitalization", "China Post serves rural areas with e-commerce and finance."),
    ("New stamps issued", "A set of stamps on the Dêgê scripture. Price: ¥2.40, Children’s Games(Ⅰ)."),
    ("中国邮政发布行动计划", "服务乡村振兴，中国Post服务 5G 网络。"),
    ("Post office in the mountains", "The revitalization of rural post offices, C++ and AND gates, china:post."),
    ("ひらがなとカタカナ", "한국 우정 사업 본부"),
)

CJK_LETTERS = st.sampled_from("中国邮政发布行动计划乡村振々〇かなカナー우정사\U00020000\U00030000")
CJK_TEXTS = st.text(CJK_LETTERS | st.sampled_from(" ，Post5。"), min_size=1, max_size=30)


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    connection = build_index(PAGES)
    yield connection
    connection.close()


def build_index(pages: tuple[tuple[str, str], ...]) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE VIRTUAL TABLE search USING fts5 (title, body, tokenize = '{TOKENIZE}')")
    rows = [(number, segment(title), segment(body)) for number, (title, body) in enumerate(pages)]
    connection.executemany("INSERT INTO search (rowid, title, body) VALUES (?, ?, ?)", rows)
    return connection


def find(index: sqlite3.Connection, expression: str) -> set[int]:
    return {row[0] for row in index.execute("SELECT rowid FROM search WHERE search MATCH ?", (expression,))}


def ask(index: sqlite3.Connection, query: str) -> set[int]:
    expression = parse_query(query)
    assert expression is not None
    return find(index, expression)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("stamp", {1}, id="another form of the word"),
        pytest.param("STAMPS", {1}, id="case"),
        pytest.param("dege", {1}, id="accents"),
        pytest.param("DÊGÊ", {1}, id="accents and case that are asked for"),
        pytest.param("rural post", {0, 3}, id="all words"),
        pytest.param('"rural revitalization"', {0}, id="phrase in its order"),
        pytest.param("“rural revitalization”", {0}, id="curly quotes"),
        pytest.param("rural -commerce", {3}, id="excluded word"),
        pytest.param('post -"post office"', {0, 2}, id="excluded phrase"),
        pytest.param("rural -finance -gates", set(), id="two excluded words"),
        pytest.param("stamps OR finance", {0, 1}, id="either"),
        pytest.param("rural stamps OR finance", {0}, id="or binds its neighbours"),
        pytest.param("stamps OR finance OR gates", {0, 1, 3}, id="any of three"),
        pytest.param("title:post", {3}, id="in titles"),
        pytest.param('title:"post office"', {3}, id="phrase in titles"),
        pytest.param("post -title:post", {0, 2}, id="not in titles"),
        pytest.param("title:邮", {2}, id="one Han character in titles"),
        pytest.param("title:post OR title:stamp", {1, 3}, id="either title"),
        pytest.param("e-commerce", {0}, id="hyphen inside a word"),
        pytest.param("C++", {3}, id="C++"),
        pytest.param("china:post", {0, 3}, id="colon of no column"),
        pytest.param("children's", {1}, id="straight apostrophe"),
        pytest.param("Games(1)", set(), id="brackets are text"),
        pytest.param("Games(Ⅰ)", {1}, id="Roman numeral"),
        pytest.param("AND", {0, 3}, id="AND is a word"),
        pytest.param("NEAR(", set(), id="NEAR is a word"),
        pytest.param("post*", {0, 2, 3}, id="no prefix by star"),
        pytest.param("^rural", {0, 3}, id="no first-token operator"),
        pytest.param("{title} : rural", set(), id="no column filter"),
        pytest.param('"rural', {0, 3}, id="unbalanced quote"),
        pytest.param('rural " finance', {0}, id="quote alone"),
        pytest.param("* stamps ++", {1}, id="marks without a word are dropped"),
        pytest.param("stamps OR *", set(), id="or without a neighbour is a word"),
        pytest.param("--finance", {0}, id="doubled minus is text"),
        pytest.param("邮", {2}, id="one Han character"),
        pytest.param("划", {2}, id="last Han character of a run"),
        pytest.param("邮政", {2}, id="two Han characters"),
        pytest.param("中国邮政", {2}, id="four Han characters"),
        pytest.param("中邮", set(), id="Han characters that are not neighbours"),
        pytest.param("邮政。", {2}, id="Han with a full stop"),
        pytest.param("中国Post", {2}, id="Han then Latin"),
        pytest.param("Post服", {2}, id="Latin then one Han character"),
        pytest.param("服务 5Ｇ", {2}, id="full-width letter"),
        pytest.param("title：邮政", {2}, id="full-width colon"),
        pytest.param("らがな", {4}, id="Hiragana"),
        pytest.param("ｶﾀｶﾅ", {4}, id="half-width Katakana"),
        pytest.param("우정", {4}, id="Hangul"),
        pytest.param("sta\x00mps\ud800", set(), id="characters SQLite cannot take"),
        pytest.param("sta\u200bmps\u00ad", {1}, id="characters nobody sees"),
    ],
)
def test_query_finds(index: sqlite3.Connection, query: str, found: set[int]) -> None:
    assert ask(index, query) == found


@pytest.mark.parametrize("query", ["", " ", "'", "*", '"', '""', '"  "', "-", "-*", "++ ()", "\x00", "😀"])
def test_nothing_searchable_makes_no_query(query: str) -> None:
    assert parse_query(query) is None


@pytest.mark.parametrize("query", ["-stamps", '-"post office" -rural', "-邮", "-stamps *"])
def test_only_excluded_words_are_refused(query: str) -> None:
    with pytest.raises(UsageError, match="add a word to search for"):
        parse_query(query)


@pytest.mark.parametrize("query", ["a OR -b", "-a OR b", "a OR b OR -c"])
def test_or_beside_an_excluded_word_is_refused(query: str) -> None:
    with pytest.raises(UsageError, match="OR cannot join an excluded word"):
        parse_query(query)


def test_a_thousand_words_are_one_query(index: sqlite3.Connection) -> None:
    assert ask(index, "rural " * 1000 + "stamps OR finance") == {0}


@settings(deadline=None)  # a busy machine is no defect
@given(st.text() | st.text(alphabet="\"-:*^(){}+,' aORtitle邮政\x00"))
def test_no_text_is_a_syntax_error(index: sqlite3.Connection, text: str) -> None:
    try:
        expression = parse_query(text)
    except UsageError:
        return

    if expression is not None:
        find(index, expression)


@settings(deadline=None)  # a busy machine is no defect
@given(CJK_TEXTS, st.data())
def test_every_part_of_a_cjk_text_is_found(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    part = text[start:end]
    starts_inside_a_word = start > 0 and text[start].isascii() and text[start - 1].isascii()
    ends_inside_a_word = end < len(text) and text[end].isascii() and text[end - 1].isascii()
    assume(not starts_inside_a_word)
    assume(not ends_inside_a_word)
    assume(any(map(str.isalnum, part)))
    index = build_index((("", text),))

    assert ask(index, f'"{part}"') == {0}
    index.close()


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        pytest.param("New stamps and a Stamp", "stamp", ["stamps", "Stamp"], id="forms and case"),
        pytest.param("a stamp, not a postage-stamping", "stamps", ["stamp", "stamping"], id="shorter and longer form"),
        pytest.param("Postal services of China Post", "post", ["Post"], id="not another word's beginning"),
        pytest.param("revitalized and revitalization", "revitalize", ["revitalized", "revitalization"], id="endings"),
        pytest.param("Dêgê printing", "dege", ["Dêgê"], id="accents"),
        pytest.param("ＡＴＭ and 5Ｇ", "atm 5G", ["ＡＴＭ", "5Ｇ"], id="width"),
        pytest.param("中国邮政集团", "邮政", ["邮政"], id="Han"),
        pytest.param("邮局与邮政", "邮", ["邮", "邮"], id="one Han character"),
        pytest.param("ガラス", "ガ", ["ガ"], id="voiced Katakana"),
        pytest.param("中国Post网", "国Post", ["国Post"], id="mixed"),
        pytest.param("rural, revitalization; rural", '"rural revitalization"', ["rural, revitalization"], id="phrase"),
        pytest.param("a rural post", "rural -post", ["rural"], id="excluded words are not marked"),
        pytest.param("or else", "*", [], id="no query"),
        pytest.param("a post", "-post", [], id="only excluded words"),
        pytest.param("China Post China", '"china post" "post china"', ["China Post China"], id="overlap is one mark"),
    ],
)
def test_matches_are_marked(text: str, query: str, marked: list[str]) -> None:
    assert [text[start:end] for start, end in marks(text, query)] == marked


@settings(deadline=None)  # a busy machine is no defect
@given(words=st.lists(st.sampled_from(["post", "Posts", "post-5", "5", "posted", "po st", "composts"]), max_size=8))
def test_a_sign_outside_of_ascii_moves_no_mark(words: list[str]) -> None:
    """Text of ASCII has a pattern of its own."""
    text = " ".join(words)

    for query in ("post", "5", '"post 5"'):
        assert marks(f"{text} é", query) == marks(f"{text} e", query)


@settings(deadline=None)  # a busy machine is no defect
@given(st.text(), st.text())
def test_marks_lie_in_order_inside_the_text(text: str, query: str) -> None:
    edges = [edge for mark in marks(text, query) for edge in mark]

    assert edges == sorted(edges)
    assert all(0 <= edge <= len(text) for edge in edges)
    assert all(start < end for start, end in marks(text, query))


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        pytest.param("ﬁne… ½ a post’s ｶﾞ post", "post", ["post", "post"], id="signs that become several"),
        pytest.param("e\u0301te\u0301 Ｐｏｓｔ", "été post", ["e\u0301te", "Ｐｏｓｔ"], id="accents that stand apart"),
        pytest.param("\u200b\u200b邮\u200b政", "邮", ["邮"], id="signs that nobody sees"),
    ],
)
def test_marks_find_their_place_where_folding_moves_it(text: str, query: str, marked: list[str]) -> None:
    assert [text[start:end] for start, end in marks(text, query)] == marked


def test_the_snippet_of_a_text_of_a_million_signs_takes_no_time() -> None:
    text = "the post’s office… of a village. " * 33_000
    began = time.thread_time()

    assert "village" in snippet(text, "village")

    assert time.thread_time() - began < 1.0  # 0.2 s, and 2 s when each sign was folded on its own


def test_snippet_shows_the_match_between_ellipses() -> None:
    text = "Recently the company announced " * 10 + "rural revitalization " + "and many other plans " * 10

    shown = snippet(text, "revitalization", width=60)

    assert "rural revitalization and" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert set(shown.strip("…").split()) <= set(text.split())


@settings(deadline=None)  # a busy machine is no defect
@given(st.text(max_size=80), st.text(max_size=5), st.integers(3, 60))
def test_snippet_is_one_line_no_wider_than_requested(text: str, query: str, width: int) -> None:
    shown = snippet(text, query, width)

    assert len(shown) <= width
    assert len(shown.splitlines()) <= 1


@pytest.mark.parametrize("text", ["short text", "short\n\ntext"])
def test_short_text_is_its_own_snippet(text: str) -> None:
    assert snippet(text, "absent") == "short text"


def test_nearest_words_are_suggested_as_they_are_spelled() -> None:
    assert suggest("revitalisation", ["Post", "Revitalization", "stamps"]) == ["Revitalization"]


def test_the_word_itself_is_not_suggested() -> None:
    assert suggest("stamp", ["Stamp", "stamps"]) == ["stamps"]


def test_without_a_near_word_there_is_no_suggestion() -> None:
    assert suggest("zebra", ["Post", "stamps"]) == []


# --- pairs and unified forms, made for all runs at once ---------------------------------------------------------------


@lru_cache(maxsize=64)
def plain(char: str) -> str:
    """Return what the index has for a character in NFKC."""
    if cjk_run().match(char) or char == "\n":
        return char
    parts = [part for part in normalize("NFKD", char).lower() if not combining(part)]
    return "".join(part if is_searchable(part) or "!" <= part <= "~" else " " for part in parts)


def plain_pairs(text: str) -> str:
    """Return the text as the index takes it, by the rule as it is written down, character by character."""
    letters = "".join(map(plain, normalize("NFKC", re.sub(f"[{UNSEEN}]", "", text))))
    return cjk_run().sub(lambda found: f" {' '.join([*map(''.join, pairwise(found[0])), found[0][-1]])} ", letters)


def words_of(segmented: str) -> list[str]:
    """Return the words that FTS5 makes of a text of the index, before it stems them."""
    return re.findall(r"[^\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+", segmented.lower())


SIGNS = "中国邮政々カﾞが가ㄱᄀ가ａＡ，：（。“　\u00a0 \0\n\u200bé\u0301e…Ⅲ①㈱ﷺ𠀀😀x-1"


def test_signs_among_many_plain_letters_are_segmented_as_those_among_few() -> None:
    odd, plain = "Caf\xe9 \u2019\x07\x7f\xadx \ud83d,\ude00 \u0416 \u4e2d\u56fd. ", "plain words\n" * 50

    assert segment(odd + plain) == segment(odd) + plain
    assert segment(plain + "\x07") == plain + "\x07"  # all of ASCII: the index takes it as it is


def test_text_of_any_signs_is_segmented_by_the_rule() -> None:
    chance = random.Random(2023)  # noqa: S311 - no secret
    for _ in range(300):
        text = "".join(chance.choices(SIGNS, k=chance.randrange(40)))
        in_chinese = "".join(f"{char}邮政编码"[: chance.choice((1, 3, 5))] for char in f"{text[:4]}，。中、")

        assert words_of(segment(text)) == words_of(plain_pairs(text)), ascii(text)
        assert words_of(segment(in_chinese)) == words_of(plain_pairs(in_chinese)), ascii(in_chinese)


@pytest.mark.parametrize("start", range(0, 0x20000, 0x2000), ids=hex)
def test_every_character_is_unified_between_others(start: int) -> None:
    for first in range(start, start + 0x2000, 0x200):
        block = [chr(number) for number in range(first, first + 0x200)]
        if set(map(category, block)) == {"Cn"}:  # Unicode has none of them yet
            continue
        text = " ".join(f"e{char}\u0301中" for char in block)
        assert words_of(segment(text)) == words_of(plain_pairs(text))


def test_signs_of_all_sorts_are_found_in_a_short_text() -> None:
    assert segment("x’\0\x7fé\ud800㈱ａ。…☎x中ﾞﾟがｶ") == "x   e    \u682a   a     x  \u4e2d\u304c \u304c\u30ab \u30ab  "


def test_a_word_of_a_title_is_not_a_spelling_mistake() -> None:
    titles = ["Airmail by rail", "A mail boat", "Rural revitalization"]

    assert suggestions("mail revitalisation", titles) == ["revitalization"]


def test_suggestions_for_a_flood_of_words_are_for_the_first_few() -> None:
    titles = [f"Village{'abcdefghij'[number]}" for number in range(10)]
    flood = " ".join(["x" * 41, *(f"villag{letter}" for letter in "abcdefghij")])

    assert suggestions(flood, titles) == [near for letter in "abcde" for near in suggest(f"villag{letter}", titles)]
