"""What counts as a change of a page: tables of two records and the judgement between them."""

from dataclasses import replace

import pytest

from postarchive.jsonvalue import Json
from postarchive.record.revisions import Change, Known, changed_fields, fingerprint, judge, normal_form
from postarchive.record.text import paragraphs_text
from postarchive.record.values import Article, Entry, Hotline, Image, Listing, Page, Registration, Stamp, to_json

HOST = "http://english.chinapost.com.cn"
MIRROR = "http://www.chinapostnews.com.cn"
OLD, NEW = "skeleton-of-2019", "skeleton-of-2022"
Document = dict[str, Json]

NEWS = Article(
    kind="news",
    url=f"{HOST}/html1/report/2304/8456-1.htm",
    node=23048456,
    title="Café on the mail road",
    date="2023-03-29",
    source="China Post News",
    created="2023-03-31",
    paragraphs=("The vans are electric.", "They are green."),
    images=(Image(f"{HOST}/res/chinaposten/1.jpg", "A van"),),
    hotlines=(Hotline("Postal Business", "8610 11185", "+861011185"),),
    registrations=(Registration("ICP", "京ICP备15035540号"),),
)
STAMP = Stamp(
    kind="stamp",
    url=f"{HOST}/html1/stamp/17116/4327-1.htm",
    node=171164327,
    title="Bathing Horses",
    facts=(("Serial Number", "2017-31"), ("Value in Set", "3"), ("Printing Process", "offset"), ("Printer", None)),
    serial="2017-31",
)
LIST = Listing(
    kind="listing",
    url=f"{HOST}/html1/category/1408/4050-1.htm",
    node=14084050,
    title="Pressroom",
    entries=(Entry(f"{HOST}/html1/report/2304/8456-1.htm", "Café on the mail road", "2023-03-29"),),
    sheets=2,
)


def known(page: Page, skeleton: str = OLD) -> Known:
    return Known(page, fingerprint(page), skeleton)


SAME = {
    "nothing": (NEWS, NEWS),
    "host of the page": (NEWS, replace(NEWS, url=NEWS.url and NEWS.url.replace(HOST, MIRROR))),
    "host of a picture": (NEWS, replace(NEWS, images=(Image(f"{MIRROR}/res/chinaposten/1.jpg", "A van"),))),
    "scheme of a picture": (
        NEWS,
        replace(NEWS, images=(Image(f"{HOST}/res/chinaposten/1.jpg".replace("http:", "https:"), "A van"),)),
    ),
    "creation date": (NEWS, replace(NEWS, created="2024-01-01")),
    "no creation date": (NEWS, replace(NEWS, created=None)),
    "hotlines": (NEWS, replace(NEWS, hotlines=())),
    "registrations": (NEWS, replace(NEWS, registrations=(Registration("ICP", "京ICP备1号"),))),
    "leftovers": (NEWS, replace(NEWS, leftovers=("Print this page",))),
    "warnings": (NEWS, replace(NEWS, warnings=("page is cut off",))),
    "composed and decomposed accents": (NEWS, replace(NEWS, title="Cafe\u0301 on the mail road")),
    "wording of labels": (
        STAMP,
        replace(STAMP, facts=(("serial number", "2017-31"), ("Piece in Set", "3"), ("Printing Technology", "offset"))),
    ),
    "label in the plural": (
        STAMP,
        replace(STAMP, facts=(STAMP.facts[0], ("Pieces in Set", "3"), *STAMP.facts[2:])),
    ),
    "row that stands empty": (STAMP, replace(STAMP, facts=STAMP.facts[:3])),
    "rows of a list": (LIST, replace(LIST, entries=())),
    "length of a list": (LIST, replace(LIST, sheets=9, next_url=f"{HOST}/html1/category/1408/4050-2.htm")),
    "descriptions in a list": (LIST, replace(LIST, paragraphs=("A new stamp.",), images=NEWS.images)),
}
DIFFERENT = {
    "title": (NEWS, replace(NEWS, title="Cafe on the mail road"), "title"),
    "letter case of a title": (NEWS, replace(NEWS, title="café on the mail road"), "title"),
    "word of the text": (NEWS, replace(NEWS, paragraphs=("The vans are electric.", "They are blue.")), "paragraphs"),
    "order of paragraphs": (NEWS, replace(NEWS, paragraphs=NEWS.paragraphs[::-1]), "paragraphs"),
    "paragraph more": (NEWS, replace(NEWS, paragraphs=(*NEWS.paragraphs, "The end.")), "paragraphs"),
    "date": (NEWS, replace(NEWS, date="2023-03-30"), "date"),
    "no date": (NEWS, replace(NEWS, date=None), "date"),
    "source": (NEWS, replace(NEWS, source="Economic Daily"), "source"),
    "subtitle": (NEWS, replace(NEWS, subtitle="A story"), "subtitle"),
    "editor": (NEWS, replace(NEWS, editor="Li"), "editor"),
    "other picture": (NEWS, replace(NEWS, images=(Image(f"{HOST}/res/chinaposten/2.jpg", "A van"),)), "images"),
    "caption": (NEWS, replace(NEWS, images=(Image(f"{HOST}/res/chinaposten/1.jpg", "A bus"),)), "images"),
    "picture on a stranger's host": (
        NEWS,
        replace(NEWS, images=(Image("http://www.example.com/res/chinaposten/1.jpg", "A van"),)),
        "images",
    ),
    "value of a stamp": (
        STAMP,
        replace(STAMP, facts=(STAMP.facts[0], ("Value in Set", "4"), *STAMP.facts[2:])),
        "stamp",
    ),
    "title of a list": (LIST, replace(LIST, title="News"), "title"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_what_only_the_frame_says_is_not_a_change(name: str) -> None:
    before, after = SAME[name]

    assert fingerprint(before) == fingerprint(after)
    assert changed_fields(before, after) == []
    assert judge(known(before), after, mark=fingerprint(after), skeleton=OLD) is None


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_the_page_says_is_an_edit(name: str) -> None:
    before, after, field = DIFFERENT[name]

    assert fingerprint(before) != fingerprint(after)
    assert changed_fields(before, after) == [field]
    assert judge(known(before), after, mark=fingerprint(after), skeleton=OLD) is Change.EDIT


def test_unknown_page_is_new() -> None:
    assert judge(None, NEWS, mark=fingerprint(NEWS), skeleton=OLD) is Change.NEW


BARE = replace(NEWS, source=None, date=None)
LAYOUTS = {
    "same record, other structure": (NEWS, NEWS, NEW, Change.LAYOUT),
    "field comes with another structure": (BARE, replace(BARE, source="China Post"), NEW, Change.LAYOUT),
    "two fields come with another structure": (BARE, NEWS, NEW, Change.LAYOUT),
    "field goes with another structure": (NEWS, BARE, NEW, Change.LAYOUT),
    "field comes in the same structure": (BARE, NEWS, OLD, Change.EDIT),
    "field goes in the same structure": (NEWS, BARE, OLD, Change.EDIT),
    "field is another in another structure": (NEWS, replace(NEWS, title="Tea"), NEW, Change.EDIT),
    "one comes, one is another": (BARE, replace(NEWS, title="Tea"), NEW, Change.EDIT),
    "text goes with another structure": (NEWS, replace(NEWS, paragraphs=NEWS.paragraphs[:1]), NEW, Change.EDIT),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_new_structure_distinguishes_a_layout_from_an_edit(name: str) -> None:
    before, after, skeleton, change = LAYOUTS[name]

    assert judge(known(before), after, mark=fingerprint(after), skeleton=skeleton) is change


def test_changed_fields_come_in_the_order_of_the_record() -> None:
    after = replace(NEWS, title="Tea", date=None, subtitle="A story", paragraphs=())

    assert changed_fields(NEWS, after) == ["title", "subtitle", "date", "paragraphs"]


@pytest.mark.parametrize("page", [NEWS, STAMP, LIST], ids=lambda page: page.kind)
def test_normal_form_holds_no_empty_values(page: Page) -> None:
    normal = normal_form(page)

    assert normal["title"] == page.title
    assert [name for name, value in normal.items() if value in (None, [], "")] == []


@pytest.mark.parametrize(
    "text", ["http://[broken.jpg", "https://chinapost／com.cn/a", "http://x:" + "9" * 5000, "\ud800"]
)
def test_text_that_only_looks_like_a_url_is_text(text: str) -> None:
    page = replace(NEWS, title=text, source=text, paragraphs=(text,), images=(Image(text, text),))

    assert normal_form(page)["title"] == text
    assert fingerprint(page) != fingerprint(NEWS)


@pytest.mark.parametrize(
    "beside", ["plain", "’Tis", "Cafe\u0301", "\u0301", f"{HOST}/html1/report/2304/8456-1.htm", "\ud800"]
)
@pytest.mark.parametrize(
    "text", ["plain", "Cafe\u0301", "\u0301e", f"see {HOST}/a", f"{HOST}/html1/report/2304/1-1.htm"]
)
def test_a_paragraph_is_normalized_as_it_is_alone(text: str, beside: str) -> None:
    alone = [normal_form(replace(NEWS, title=title))["title"] for title in (beside, text, beside)]

    assert normal_form(replace(NEWS, paragraphs=(beside, text, beside)))["paragraphs"] == alone


@pytest.mark.parametrize("text", ["plain", "Cafe\u0301", f"{HOST}/html1/report/2304/8456-1.htm", 'a "word"\n', "\t"])
def test_fingerprint_is_the_same_from_what_is_available(text: str) -> None:
    page = replace(NEWS, paragraphs=(text, "They are green."))
    document = to_json(page)

    assert fingerprint(page, document, paragraphs_text(document)) == fingerprint(page)
