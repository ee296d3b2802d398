"""Stamp pages: every shape of SITE.md §6 and §11.5."""

from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

import pytest

import cms
import cms_stamps
from cms import STAMP_ROWS_OF_2018, STAMP_ROWS_OF_2021, paragraphs, stamp, stamp_lines
from cms_frame import STAMP, Node
from postarchive.errors import ParseError
from postarchive.jsonvalue import Json
from reading import HOST, STAMP_NODE, STAMP_URL, read, read_stamp, told, values

TITLE = "Scroll of Bathing Horses"
FACTS: Mapping[str, str] = {
    "subject": TITLE,
    "code": "2017-30",
    "inumber": "2+1",
    "denomination": "6.0",
    "rtime": "2017-10-18",
    "designer": "Xu Lin & Ma Lihang",
    "dimension": "30×40mm",
    "perforation": "13.5",
    "part": "16",
    "printers": "Beijing Stamp Printing House",
    "printing": "offset",
}
TEXT = paragraphs("Horses bathe in a river.", "The scroll is six metres long.")
TEXTS = ["Horses bathe in a river.", "The scroll is six metres long."]


Rows: TypeAlias = tuple[tuple[str, str, str, bool], ...]


class Build(Protocol):
    """One of the two ways a stamp's facts are printed."""

    def __call__(self, facts: Mapping[str, str], rows: Rows, *, content: str = "") -> str:
        """Return the content region."""


def facts_of(found: Mapping[str, Json]) -> dict[str, Json]:
    stamp_record = found["stamp"]
    assert isinstance(stamp_record, dict)
    facts = stamp_record["facts"]
    assert isinstance(facts, list)
    return {str(fact[0]): fact[1] for fact in facts if isinstance(fact, list)}


def typed(found: Mapping[str, Json], name: str) -> Json:
    stamp_record = found["stamp"]
    assert isinstance(stamp_record, dict)
    return stamp_record[name]


def _columns(rows: Rows) -> str:
    """Return a table with the labels in its first row and the values below them."""
    labels = "".join(f"<th>{label}</th>" for _, label, *_ in rows)
    values = "".join(f"<td><span id='StampID{field}'>{FACTS[field]}</span>{unit}</td>" for field, _, unit, _ in rows)
    return f"<table><tr>{labels}</tr><tr>{values}</tr></table>"


def _with_text(block: str) -> str:
    return block.replace("<span id='StampIDcontent'></span>", f"<span id='StampIDcontent'>{TEXT}</span>")


# --- the block as a whole ---------------------------------------------------------------------------------------------

LABELS = {
    "labels-of-2018": (STAMP_ROWS_OF_2018, "Value in Set", "Printing Process"),
    "labels-of-2021": (STAMP_ROWS_OF_2021, "Piece in Set", "Printing Technology"),
}
OLD, NEW = STAMP_ROWS_OF_2018, STAMP_ROWS_OF_2021
BLOCKS: dict[str, Callable[[Rows], str]] = {
    "table": lambda rows: stamp(FACTS, rows, heading=TITLE, content=TEXT),
    "table-without-heading": lambda rows: stamp(FACTS, rows, content=TEXT),
    "table-with-picture-over-rows": lambda rows: stamp(FACTS, rows, content=TEXT, image="/res/x/1.jpg"),
    "one-paragraph-a-fact": lambda rows: stamp_lines(FACTS, rows, content=TEXT),
    "one-line-a-fact": lambda rows: _with_text(stamp_lines(FACTS, rows).replace("</p>\r\n<p>", "<br />")),
    "all-facts-on-one-line": lambda rows: _with_text(stamp_lines(FACTS, rows).replace("</p>\r\n<p>", " ")),
    "text-inside-the-last-cell": lambda rows: stamp(FACTS, rows, content=TEXT).replace("</table>\r\n", "") + "</table>",
    "header-cells": lambda rows: (
        stamp(FACTS, rows, content=TEXT).replace("<tr><td>", "<tr><th>").replace(":</td>", ":</th>")
    ),
    "one-cell-a-fact": lambda rows: stamp(FACTS, rows, content=TEXT).replace(":</td><td>", ": "),
    "paragraphs-in-cells": lambda rows: (
        stamp(FACTS, rows, content=TEXT).replace("<td>", "<td><p>").replace("</td>", "</p></td>")
    ),
    "nbsp-in-empty-cells": lambda rows: stamp(FACTS, rows, content=TEXT).replace("<td></td>", "<td>&nbsp;</td>"),
    "wide-colons": lambda rows: stamp(FACTS, rows, content=TEXT).replace(":</td>", "：</td>"),
    "several-facts-a-row": lambda rows: _with_text(
        stamp(FACTS, rows)
        .replace("<td></td></tr>\r\n<tr><td>Serial", "<td>Serial")
        .replace("<td></td></tr>\r\n<tr><td>Denom", "<td>Denom")
    ),
    "names-above-values": lambda rows: _columns(rows) + f"<span id='StampIDcontent'>{TEXT}</span>",
    "label-and-value-on-lines-of-their-own": lambda rows: _with_text(
        stamp_lines(FACTS, rows).replace(": <span", ":</p><p><span")
    ),
    "term-and-description": lambda rows: _with_text(
        stamp_lines(FACTS, rows).replace("<p>", "<dt>").replace(": <span", ":</dt><dd><span").replace("</p>", "</dd>")
    ),
    "lines-in-one-cell-beside-a-picture": lambda rows: (
        f"<table><tr><td><img src='/res/x/1.jpg' /></td><td>{_with_text(stamp_lines(FACTS, rows))}</td></tr></table>"
    ),
    "inside-a-table-of-the-layout": lambda rows: (
        f"<table><tr><td>{stamp(FACTS, rows, heading=TITLE, content=TEXT)}</td><td>&nbsp;</td></tr></table>"
    ),
    "one-line-inside-a-table-of-the-layout": lambda rows: (
        f"<table><tr><td>{_with_text(stamp_lines(FACTS, rows))}</td></tr></table>"
    ),
    "without-a-field-for-the-text": lambda rows: stamp(FACTS, rows).replace("<span id='StampIDcontent'></span>", TEXT),
    "minified": lambda rows: cms.unquoted(stamp(FACTS, rows, heading=TITLE, content=TEXT)),
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_block_is_read_in_page_order(block: Callable[[Rows], str], labels: tuple[Rows, str, str]) -> None:
    rows, pieces, printing = labels
    expected = [
        ["Stamp Title", TITLE],
        ["Serial Number", "2017-30"],
        [pieces, "2+1"],
        ["Denomination", "6.0 yuan"],
        ["Date of Issue", "2017-10-18"],
        ["Designer", "Xu Lin & Ma Lihang"],
        ["Size of Stamp", "30×40mm"],
        ["Perforation", "13.5"],
        ["Sheet Composition", "16"],
        ["Printer", "Beijing Stamp Printing House"],
        [printing, "offset"],
    ]

    found = read_stamp(block(rows))

    assert found["stamp"] == {"serial": "2017-30", "issued": "2017-10-18", "denomination": 6.0, "facts": expected}
    assert (found["title"], found["date"], found["paragraphs"]) == (TITLE, "2017-10-18", TEXTS)
    assert (found["leftovers"], found["warnings"]) == ([], [])


def test_title_in_the_paragraph_of_the_facts_is_not_a_fact() -> None:
    lines = stamp_lines(FACTS, NEW).replace("</p>\r\n<p>", "<br />").replace("<p>", f"<p>{TITLE}<br />", 1)

    found = read_stamp(_with_text(lines))

    assert (len(facts_of(found)), found["title"], found["paragraphs"]) == (11, TITLE, TEXTS)


def test_stamp_has_no_byline() -> None:
    expected = {"source": None, "subtitle": None, "editor": None, "section": None}

    assert told(read_stamp(stamp(FACTS, NEW, heading=TITLE)), expected) == expected


CHINESE = {
    "邮票名称": "浴马图",
    "志号": "2017-30",
    "套票枚数": "2",
    "面值": "1.20元",
    "发行日期": "2017年10月18日",
    "边饰设计": "马立航",
    "邮票规格": "30×40毫米",
    "印刷工艺": "胶印",
}
CHINESE_BLOCKS = {
    "rows": "<table>{}</table>".format("".join(f"<tr><td>{a}：</td><td>{b}</td></tr>" for a, b in CHINESE.items())),
    "lines": "".join(f"<p>{label}：{value}</p>" for label, value in CHINESE.items()),
    "bullets": "".join(f"<li>● {label}：{value}</li>" for label, value in CHINESE.items() if label != "边饰设计"),
    "brackets": "".join(f"<p>【{label}】{value}</p>" for label, value in CHINESE.items() if label != "边饰设计"),
    "breaks": "<p>{}</p>".format("<br/>".join(f"<b>{label}</b>：{value}" for label, value in CHINESE.items())),
}


@pytest.mark.parametrize("block", CHINESE_BLOCKS.values(), ids=CHINESE_BLOCKS)
def test_chinese_block_is_read(block: str) -> None:
    found = read_stamp(f"<span id='StampIDpicture'></span>{block}<span id='StampIDcontent'>{TEXT}</span>")

    expected = {label: value for label, value in CHINESE.items() if label in block}
    assert (facts_of(found), found["leftovers"], found["paragraphs"]) == (expected, [], TEXTS)
    assert (found["date"], typed(found, "denomination")) == ("2017-10-18", 1.2)


def test_empty_values_beside_others_stay_empty() -> None:
    row = "<tr><td>Serial Number:</td><td></td><td>Designer:</td><td>Xu Lin</td></tr>"

    facts = facts_of(read_stamp(f"<span id='StampIDcode'></span><table>{row}</table>"))

    assert facts == {"Serial Number": None, "Designer": "Xu Lin"}


def test_file_beside_the_facts_is_not_a_leftover() -> None:
    found = read_stamp(stamp(FACTS, NEW, content=TEXT) + "<p>附件：<a href='/res/x/1.pdf'>Leaflet</a></p>")

    assert (values(found["attachments"], "label"), found["leftovers"]) == (["Leaflet"], [])


def test_block_of_facts_is_not_a_caption() -> None:
    picture, row = "<td><img src='/res/x/1.jpg' /></td>", "<tr><td>Supporting Information</td></tr>"
    beside = f"<table><tr>{picture}<td>{stamp_lines(FACTS, NEW)}</td></tr></table>"
    above = f"<table><tr>{picture}</tr>{row}</table>{stamp_lines(FACTS, NEW)}"

    for block in (beside, above):
        assert read_stamp(block)["images"] == [{"url": HOST + "/res/x/1.jpg", "caption": None}]


# --- values as printed ------------------------------------------------------------------------------------------------

VALUES = {
    "Serial Number": ("code", ["2016-8", "2025-20"]),
    "Piece in Set": ("inumber", ["1", "20", "2+1", "2 (issued jointly with Pakistan)"]),
    "Designer": ("designer", ["Xu Lin", "Xu Lin & Ma Lihang", "Xu Lin, Ma Lihang, Wang Huming"]),
    "Size of Stamp": ("dimension", ["30×40mm", "36×36 mm", "36 x 36 mm", "50×33.8mm (special-shaped)"]),
    "Perforation": ("perforation", ["13", "13.5"]),
    "Sheet Composition": (
        "part",
        [
            "16",
            "20 pieces",
            "12 (4 sets)",
            "20 for Layout Ⅰ and 8 for Layout Ⅱ",
            "16 for LayoutⅠand 6 for Layout Ⅱ",
            "16 in layout 1; 6 in layout 2",
            "12 pieces for layout 1, 8 pieces for layout 2",
        ],
    ),
    "Printer": ("printers", ["Beijing Stamp Printing House", "Shenyang Post Printing Factor"]),
    "Printing Technology": (
        "printing",
        [
            "Offset Printing",
            "offset",
            "offset intaglio",
            "Woodblock overprinting",
            "Heliographic printing",
            "photogravure",
        ],
    ),
    "Stamp Title": ("subject", ["Title: Fruits (Ⅲ)", "Children’s Games(Ⅰ)", 'The "Green Train"', "The XXI INCOSAI"]),
}
PRINTED = {f"{field}-{value}": (label, field, value) for label, (field, printed) in VALUES.items() for value in printed}


@pytest.mark.parametrize(("label", "field", "value"), PRINTED.values(), ids=PRINTED)
def test_value_in_a_table_is_kept_as_printed(label: str, field: str, value: str) -> None:
    found = read_stamp(stamp({**FACTS, field: value}, NEW, content=TEXT))

    assert (facts_of(found)[label], found["paragraphs"]) == (value, TEXTS)


@pytest.mark.parametrize(("label", "field", "value"), PRINTED.values(), ids=PRINTED)
def test_value_on_a_line_is_kept_as_printed(label: str, field: str, value: str) -> None:
    found = read_stamp(stamp_lines({**FACTS, field: value}, NEW, content=TEXT))

    assert (facts_of(found)[label], found["paragraphs"]) == (value, TEXTS)


def test_trailing_blank_goes() -> None:
    assert facts_of(read_stamp(stamp({**FACTS, "dimension": "33 x 44 mm "}, NEW)))["Size of Stamp"] == "33 x 44 mm"


@pytest.mark.parametrize(("printed", "amount"), [("1.2", 1.2), ("2.0", 2.0), ("24.0", 24.0), ("0.8", 0.8)])
def test_denomination_is_a_number_beside_its_print(printed: str, amount: float) -> None:
    found = read_stamp(stamp({**FACTS, "denomination": printed}, NEW))

    assert (facts_of(found)["Denomination"], typed(found, "denomination")) == (f"{printed} yuan", amount)
    assert found["warnings"] == []


@pytest.mark.parametrize(
    ("printed", "amount"),
    [("¥1.20", 1.2), ("RMB 1.20", 1.2), ("80 fen", 0.8), ("80分", 0.8), ("1.2元", 1.2), ("1.2, 3 yuan", None)],
)
def test_denomination_is_yuan_in_any_unit(printed: str, amount: float | None) -> None:
    table = stamp(FACTS, NEW).replace("<span id='StampIDdenomination'>6.0</span> yuan", printed)

    found = read_stamp(table)

    assert (facts_of(found)["Denomination"], typed(found, "denomination")) == (printed, amount)


def test_two_days_are_not_a_day_of_issue() -> None:
    found = read_stamp(stamp({**FACTS, "rtime": "2017-10-18 and 2017-10-19"}, NEW))

    assert (typed(found, "issued"), len(found["warnings"])) == (None, 1)  # type: ignore[arg-type]


ISSUED = {"iso": "2017-10-18", "english-long": "October 18, 2017", "with-time": "2017-10-18 00:00"}


@pytest.mark.parametrize("printed", ISSUED.values(), ids=ISSUED)
def test_date_of_issue_is_iso(printed: str) -> None:
    found = read_stamp(stamp({**FACTS, "rtime": printed}, NEW))

    assert (found["date"], typed(found, "issued"), facts_of(found)["Date of Issue"]) == (
        "2017-10-18",
        "2017-10-18",
        printed,
    )


def test_text_beside_the_caption_or_above_the_block_is_left_over() -> None:
    block = stamp(FACTS, NEW).replace("Information</td><td></td>", "Information</td><td>A proof</td>")

    found = read_stamp(f"<h3>Out of print</h3>{block}", title=TITLE)

    assert (found["title"], found["leftovers"]) == (TITLE, ["A proof", "Out of print"])


def test_issuer_of_a_stamp_is_not_its_date_of_issue() -> None:
    rows = stamp(FACTS, NEW).replace("<tr><td>Serial", "<tr><td>Issued by:</td><td>China Post</td></tr><tr><td>Serial")

    found = read_stamp(rows)

    assert (found["date"], found["warnings"]) == (FACTS["rtime"], [])


def test_serial_number_is_not_a_date_of_issue() -> None:
    found = read_stamp(stamp({**FACTS, "code": "2017-10", "rtime": ""}, NEW))

    assert (found["date"], typed(found, "serial")) == (None, "2017-10")


# --- gaps, shifts, contradictions -------------------------------------------------------------------------------------


@pytest.mark.parametrize("build", [stamp, stamp_lines], ids=["table", "lines"])
@pytest.mark.parametrize("rows", [OLD, NEW], ids=["labels-of-2018", "labels-of-2021"])
def test_empty_stamp_keeps_its_empty_rows(build: Build, rows: Rows) -> None:
    found = read_stamp(
        build({"subject": "Kingfisher", "denomination": "0.0", "rtime": "2012-03-14"}, rows, content=TEXT)
    )
    facts = facts_of(found)

    assert [label for label, value in facts.items() if value is None] == [
        "Serial Number",
        rows[2][1],
        "Size of Stamp",
        "Sheet Composition",
        rows[10][1],
    ]
    assert not {"Designer", "Perforation", "Printer"} & set(facts)
    assert (typed(found, "serial"), typed(found, "issued")) == (None, "2012-03-14")


@pytest.mark.parametrize("build", [stamp, stamp_lines], ids=["table", "lines"])
def test_no_yuan_means_unknown_with_a_warning(build: Build) -> None:
    found = read_stamp(build({**FACTS, "denomination": "0.0"}, NEW))

    assert (facts_of(found)["Denomination"], typed(found, "denomination")) == ("0.0 yuan", None)
    assert any("0.0 yuan" in str(warning) for warning in [*found["warnings"]])  # type: ignore[misc]


def test_shifted_values_stay_where_they_are_printed() -> None:
    facts = facts_of(read_stamp(stamp({**FACTS, "printers": "Offset", "printing": ""}, NEW)))

    assert (facts["Printer"], facts["Printing Technology"]) == ("Offset", None)


def test_table_and_prose_are_both_kept_when_they_disagree() -> None:
    found = read_stamp(stamp({**FACTS, "denomination": "2.0"}, OLD, content="<p>The face value is 2.4 yuan.</p>"))

    assert (typed(found, "denomination"), found["paragraphs"]) == (2.0, ["The face value is 2.4 yuan."])


def test_title_is_the_heading_else_the_title_row_else_the_head() -> None:
    rest = {key: value for key, value in FACTS.items() if key != "subject"}

    with_heading = read_stamp(stamp(FACTS, NEW, heading="Heading"), title="Head")
    without_heading = read_stamp(stamp(FACTS, NEW), title="Head")
    without_either = read_stamp(stamp(rest, NEW), title="Head")

    assert [page["title"] for page in (with_heading, without_heading, without_either)] == ["Heading", TITLE, "Head"]


def test_heading_without_an_id_is_not_a_leftover() -> None:
    found = read_stamp(f"<h1>{TITLE}</h1>{stamp(FACTS, NEW, content=TEXT)}")

    assert (found["title"], found["leftovers"], found["paragraphs"]) == (TITLE, [], TEXTS)


@pytest.mark.parametrize("build", [stamp, stamp_lines], ids=["table", "lines"])
def test_description_with_labels_of_its_own_is_not_a_fact(build: Build) -> None:
    text = "<p>Printer: nobody knows.</p><p>1. Dawn; 2. Dusk.</p>"

    found = read_stamp(build(FACTS, NEW, content=text))

    assert found["paragraphs"] == ["Printer: nobody knows.", "1. Dawn; 2. Dusk."]
    assert len(facts_of(found)) == 11


def test_stray_end_of_span_does_not_end_the_description() -> None:
    found = read_stamp(stamp(FACTS, NEW, content="<p>One</span> two.</p><p>Three.</p>"))

    assert (found["paragraphs"], found["leftovers"]) == (["One two.", "Three."], [])


def test_stray_end_of_a_block_does_not_end_the_description() -> None:
    text = "<div><span id='StampIDcontent'><p>The horses bathe.</p></div><p>They are white.</p></span></div>"

    found = read_stamp(stamp(FACTS, NEW, heading=TITLE) + text)

    assert (found["paragraphs"], found["leftovers"]) == (["The horses bathe.", "They are white."], [])


def test_description_without_its_field_is_still_text() -> None:
    content = stamp(FACTS, NEW, heading=TITLE).replace("<span id='StampIDcontent'></span>", "<p>Horses bathe.</p>")

    found = read_stamp(content)

    assert "Horses bathe." in [*found["paragraphs"], *found["leftovers"]]  # type: ignore[misc]


@pytest.mark.parametrize("row", ["<tr><td>Gum:</td><td>fish</td><td></td></tr>", "<tr><td>Gum</td><td>fish</td></tr>"])
def test_unknown_label_is_kept(row: str) -> None:
    content = stamp(FACTS, NEW).replace("</table>", f"{row}</table>")

    assert facts_of(read_stamp(content))["Gum"] == "fish"


@pytest.mark.parametrize(
    "caption", ["Supporting Information", "Supporting Information:", "SUPPORTING  INFORMATION&nbsp;"]
)
def test_caption_of_the_block_is_not_a_fact(caption: str) -> None:
    found = read_stamp(stamp(FACTS, NEW).replace("Supporting Information", caption))

    assert (len(facts_of(found)), found["leftovers"]) == (11, [])


def test_picture_in_the_third_cell() -> None:
    found = read_stamp(stamp(FACTS, NEW, image="/res/chinaposten/2510/1.jpg"))

    assert found["images"] == [{"url": HOST + "/res/chinaposten/2510/1.jpg", "caption": None}]


def test_recommended_picture_too() -> None:
    content = stamp(FACTS, NEW) + "<span id='StampIDrecommend'><img src='/res/x/2.jpg' /></span>"

    assert read_stamp(content)["images"] == [{"url": HOST + "/res/x/2.jpg", "caption": None}]


def test_fields_in_unquoted_and_double_quoted_ids() -> None:
    html = stamp(FACTS, NEW, content=TEXT)

    plain, double, bare = (read_stamp(text) for text in (html, html.replace("'", '"'), html.replace("'", "")))

    assert plain == double == bare


def test_side_list_of_stamps_is_not_a_fact() -> None:
    row = cms.stamp_row(cms.StampRow("/html1/stamp/17116/2186-1.htm", "China-ASEAN Expo", "2017-22", ""))
    content = f"{stamp(FACTS, NEW, heading=TITLE, content=TEXT)}<ul>{row}</ul>"

    found = read_stamp(content)

    assert (found["kind"], typed(found, "serial"), found["title"]) == ("stamp", "2017-30", TITLE)


# --- what makes a page a stamp ----------------------------------------------------------------------------------------


ADDRESSES = {
    "stamp": (STAMP_URL, Node(id=STAMP_NODE, title=TITLE, type=STAMP)),
    "script-only": (HOST + "/html1/node/17116/4327-1.htm", Node(id=STAMP_NODE, title=TITLE, type=STAMP)),
    "appreciationstamp": (
        "http://cpi.chinapost.com.cn/html1/appreciationstamp/17116/4327-1.htm",
        Node(id=STAMP_NODE, title=TITLE, type=1030),
    ),
}


@pytest.mark.parametrize(("url", "node"), ADDRESSES.values(), ids=ADDRESSES)
def test_page_is_a_stamp(url: str, node: Node) -> None:
    html = cms.page(node, stamp(FACTS, NEW, heading=TITLE, content=TEXT))

    assert read(html, url=url)["kind"] == "stamp"


@pytest.mark.parametrize("field", ["StampIDcontent", "AppreciationStampIDcontent"])
def test_essay_about_a_stamp_is_text_without_facts(field: str) -> None:
    html = cms.page(
        Node(id=STAMP_NODE, title=TITLE, type=1030),
        f"<h1>{TITLE}</h1><span id='{field}'><p>The horses bathe.</p></span>",
    )

    found = read(html, url="http://cpi.chinapost.com.cn/html1/appreciationstamp/17116/4327-1.htm")

    assert (found["kind"], found["title"], found["paragraphs"]) == ("stamp", TITLE, ["The horses bathe."])
    assert (facts_of(found), found["leftovers"]) == ({}, [])


def test_fields_make_a_stamp_when_nothing_else_does() -> None:
    html = cms.page(Node(id=STAMP_NODE, title=TITLE, type=STAMP), stamp(FACTS, NEW)).replace("node={", "x={")

    assert read(html, url="")["kind"] == "stamp"


def test_stamp_page_without_facts_is_refused() -> None:
    with pytest.raises(ParseError, match="labelled facts"):
        read_stamp("<span id='StampIDsubject'>Kingfisher</span><p>Nothing else.</p>")


def test_words_run_together_as_on_the_page() -> None:
    """`17116/2186` prints words without blanks; they stay."""
    content = stamp(FACTS, NEW, content="<p>TheExpoopened inNanning</p>")

    assert read_stamp(content)["paragraphs"] == ["TheExpoopened inNanning"]


@pytest.mark.parametrize("page", cms_stamps.stamps(), ids=lambda page: page.title)
def test_every_stamp_of_the_site_has_no_leftovers(page: cms_stamps.StampPage) -> None:
    found = read(page.html(), url=HOST + page.row.href)

    assert (found["kind"], found["title"], typed(found, "serial"), found["leftovers"]) == (
        "stamp",
        page.title,
        page.code or None,
        [],
    )


@pytest.mark.parametrize("label", ["Stamp Title:", "邮票名称："])
def test_title_that_begins_like_a_label_is_read_from_lines_and_terms(label: str) -> None:
    rows = [(label, "Title: Fruits (Ⅲ)"), ("Serial Number:", "2018-9"), ("Denomination:", "1.2 yuan")]
    terms = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows)
    lines = "".join(f"<p>{name} {value}</p>" for name, value in rows)

    for markup in (f"<dl>{terms}</dl>", lines):
        assert read_stamp(markup)["stamp"]["facts"][0] == [label[:-1], "Title: Fruits (Ⅲ)"]  # type: ignore[call-overload,index]


@pytest.mark.parametrize("markup", ["<table><tr><td>{}：</td><td>{}</td></tr>{}</table>", "<p>{}：{}</p>{}"])
def test_short_chinese_label_may_have_a_blank_in_it(markup: str) -> None:
    found = read_stamp(markup.format("志　号", "2024-1", "") + markup.format("面&nbsp;&nbsp;值", "1.20元", ""))

    assert told(found["stamp"], {"serial": 0, "denomination": 0}) == {"serial": "2024-1", "denomination": 1.2}  # type: ignore[arg-type]
