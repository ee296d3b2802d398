"""What changed between two versions: tables of two texts, and of two records."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postarchive.record.differences import Difference, DiffPiece, differences, pieces
from postarchive.record.revisions import fingerprint
from postarchive.record.values import Article, Attachment, Hotline, Image, Page, Stamp

HOST = "http://english.chinapost.com.cn"
NEWS = Article(
    kind="news",
    url=f"{HOST}/html1/report/2304/8456-1.htm",
    node=23048456,
    title="The mail road",
    date="2023-03-29",
    paragraphs=("The vans are green.", "The road is long.", "It ends here."),
)
STAMP = Stamp(
    kind="stamp",
    url=f"{HOST}/html1/stamp/17116/4327-1.htm",
    node=171164327,
    title="Bathing Horses",
    facts=(("Serial Number", "2017-31"), ("Printer", "Beijing Stamp Factory")),
    serial="2017-31",
)
TEXTS = st.text(alphabet="ab 邮政\u00e9.\n", max_size=20)


def shown(line: tuple[DiffPiece, ...]) -> str:
    """Return a line as `diff` prints it without colours."""
    marks = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return "".join(marks[piece.sign].format(piece.text) for piece in line)


def changes(old: Page, new: Page) -> dict[str, list[str]]:
    """Return the fields that differ with their lines."""
    return {item.field: [shown(line) for line in item.lines] for item in differences(old, new)}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("17 major tasks", "18 major tasks", "[-17-]{+18+} major tasks", id="word"),
        pytest.param("major tasks", "17 major tasks", "{+17 +}major tasks", id="word at the start"),
        pytest.param("tasks of today", "tasks", "tasks[- of today-]", id="words at the end"),
        pytest.param("the end.", "the end!", "the [-end.-]{+end!+}", id="punctuation goes with its word"),
        pytest.param("中国邮政集团", "中国邮票集团", "中国邮[-政-]{+票+}集团", id="Chinese by character"),
        pytest.param("小绿猪XiaolvZhu", "小绿猪Xiaolv", "小绿猪[-XiaolvZhu-]{+Xiaolv+}", id="Chinese beside Latin"),
        pytest.param("a b", "a  b", "a[- -]{+  +}b", id="blanks"),
        pytest.param("", "new", "{+new+}", id="from nothing"),
        pytest.param("old", "", "[-old-]", id="to nothing"),
        pytest.param("same", "same", "same", id="nothing"),
        pytest.param("", "", "", id="nothing at all"),
    ],
)
def test_text_is_compared_word_by_word(old: str, new: str, expected: str) -> None:
    assert shown(pieces(old, new)) == expected


@given(old=TEXTS, new=TEXTS)
def test_pieces_hold_both_texts_whole(old: str, new: str) -> None:
    found = pieces(old, new)

    assert "".join(piece.text for piece in found if piece.sign != "added") == old
    assert "".join(piece.text for piece in found if piece.sign != "removed") == new
    assert all(piece.text for piece in found)


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        pytest.param(NEWS, {}, id="nothing"),
        pytest.param(replace(NEWS, title="The old road"), {"title": ["The [-mail-]{+old+} road"]}, id="title"),
        pytest.param(
            replace(NEWS, paragraphs=("The vans are red.", *NEWS.paragraphs[1:])),
            {"paragraphs": ["The vans are [-green.-]{+red.+}"]},
            id="word in a paragraph",
        ),
        pytest.param(
            replace(NEWS, paragraphs=(NEWS.paragraphs[0], NEWS.paragraphs[2])),
            {"paragraphs": ["[-The road is long.-]"]},
            id="paragraph goes",
        ),
        pytest.param(
            replace(NEWS, paragraphs=(*NEWS.paragraphs, "No, here.")),
            {"paragraphs": ["{+No, here.+}"]},
            id="paragraph comes",
        ),
        pytest.param(replace(NEWS, paragraphs=()), {"paragraphs": [f"[-{x}-]" for x in NEWS.paragraphs]}, id="all go"),
        pytest.param(replace(NEWS, source="China Post"), {"source": ["{+China Post+}"]}, id="field comes"),
        pytest.param(replace(NEWS, date=None), {"date": ["[-2023-03-29-]"]}, id="field goes"),
        pytest.param(
            replace(NEWS, title="The old road", date="2023-03-30"),
            {"title": ["The [-mail-]{+old+} road"], "date": ["[-2023-03-29-]{+2023-03-30+}"]},
            id="two fields in the record's order",
        ),
        pytest.param(replace(NEWS, hotlines=(Hotline("EMS", "8610 11183", None),)), {}, id="hotlines are no version"),
        pytest.param(replace(NEWS, url=f"{HOST}/html/report/23048456-1.htm"), {}, id="address is no version"),
    ],
)
def test_article_is_compared_field_by_field(new: Article, expected: dict[str, list[str]]) -> None:
    assert changes(NEWS, new) == expected


def test_fields_come_in_the_order_of_the_record() -> None:
    found = differences(NEWS, replace(NEWS, title="x", date=None, source="y", paragraphs=()))

    assert [item.field for item in found] == ["title", "source", "date", "paragraphs"]


def test_picture_that_came_is_one_line() -> None:
    (line,) = changes(NEWS, replace(NEWS, images=(Image(f"{HOST}/res/1.jpg", "A van"),)))["images"]

    assert line.startswith("{+")
    assert "/res/1.jpg" in line
    assert "A van" in line


def test_label_of_a_file_is_compared_inside_its_line() -> None:
    old, new = (
        replace(NEWS, attachments=(Attachment(f"{HOST}/x.pdf", label),)) for label in ("Plan of May", "Plan of June")
    )

    (line,) = changes(old, new)["attachments"]

    assert "[-May" in line
    assert "{+June" in line


def test_fact_of_a_stamp_is_compared_as_label_and_value() -> None:
    new = replace(STAMP, facts=(("Serial Number", "2017-31"), ("Printer", "Beijing Stamp House")))

    assert changes(STAMP, new) == {"stamp": ["printer: Beijing Stamp [-Factory-]{+House+}"]}


@given(
    title=st.sampled_from([None, "The mail road", "Cafe\u0301", "Caf\u00e9"]),
    texts=st.lists(st.sampled_from(["The vans are green.", "Caf\u00e9", "Cafe\u0301", "邮政"]), max_size=3),
)
def test_versions_that_say_the_same_show_no_difference_and_others_do(title: str | None, texts: list[str]) -> None:
    old, new = NEWS, replace(NEWS, title=title, paragraphs=tuple(texts))

    assert (differences(old, new) == []) == (fingerprint(old) == fingerprint(new))


def test_every_difference_has_a_line() -> None:
    found = differences(NEWS, STAMP)

    assert {"kind", "node", "title"} <= {item.field for item in found}
    assert all(isinstance(item, Difference) and item.lines for item in found)


def test_word_in_a_long_text_is_found_among_any_number() -> None:
    before, after = "green van, " * 10_000, "long road, " * 10_000

    assert [(piece.sign, piece.text) for piece in pieces(f"{before}17 {after}", f"{before}18 {after}")][1:3] == [
        ("removed", "17"),
        ("added", "18"),
    ]


def test_rewritten_long_text_is_shown_as_a_whole() -> None:
    """Word by word it would take minutes: a hostile page must not stop a feed."""
    old, new = "a b c d e " * 20_000, "e c a d b " * 20_000

    assert [piece.sign for piece in pieces(old, new)][:2] == ["removed", "added"]


@pytest.mark.parametrize(("lines", "words"), [(5_000, 1), (200, 500)], ids=["many lines", "long lines"])
def test_rewritten_article_is_shown_in_bounded_time(lines: int, words: int) -> None:
    old, new = (replace(NEWS, paragraphs=(" ".join(text * words),) * lines) for text in (["a", "b"], ["b", "c"]))

    (found,) = differences(old, new)

    assert len(found.lines) == lines
