"""Rows are read back by the formats' own readers; documents are read back by a parser; files by their bytes."""

import csv
import errno
import io
import json
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from time import process_time
from types import MappingProxyType
from typing import TextIO

import pytest

from postarchive.errors import ArchiveUnwritable
from postarchive.export.files import atomic_text, atomic_write
from postarchive.export.rows import FORMATS, Format, Row, write_rows
from postarchive.export.show import article_html, article_markdown, article_text
from postarchive.jsonvalue import Json
from postarchive.record.values import (
    Article,
    Attachment,
    Entry,
    Folder,
    Hotline,
    Image,
    Listing,
    Page,
    Registration,
    Stamp,
    to_json,
)

URL = "http://english.chinapost.com.cn/html1/report/2304/8456-1.htm"
FULL_DISK = Path("/dev/full")
ROWS: tuple[Row, ...] = (
    MappingProxyType({"node": 23048456, "title": "中国邮政, “plan”", "date": None, "paragraphs": ["one", "two"]}),
    MappingProxyType({"node": -1, "title": "a|b\nc\td", "date": "2023-03-29"}),
)

NEWS = Article(
    kind="news",
    url=URL,
    node=23048456,
    title="Rural plan",
    subtitle="For *all* villages",
    source="China Post News",
    date="2023-03-29",
    editor="Li Si",
    section="Pressroom",
    paragraphs=("First paragraph.", "1. A heading\n# not a heading", "<script>alert(1)</script> & _more_"),
    images=(Image("http://english.chinapost.com.cn/res/a.jpg", "A caption"),),
    attachments=(Attachment("http://english.chinapost.com.cn/res/a.pdf", "The plan"),),
    hotlines=(Hotline("Postal Business", "8610 11185", "+861011185"), Hotline("Complaints", "12305", None)),
    registrations=(Registration("ICP", "京ICP备15035540号"),),
    leftovers=("Share this",),
    warnings=("charset overruled",),
)
STAMP = Stamp(
    kind="stamp",
    url=URL,
    node=23048456,
    title="Children’s Games(Ⅰ)",
    facts=(("Serial Number", "2017-16"), ("Designer", None), ("Perforation", "13.5")),
    serial="2017-16",
    issued="2017-06-01",
    paragraphs=("A set of stamps.",),
)
LISTING = Listing(
    kind="listing",
    url=URL,
    node=14084040,
    title="2017 Stamps",
    entries=(Entry(URL, "Jades", "2017-06-01", "2017-16"), Entry("javascript:alert(1)", "Odd", None, None)),
    next_url="http://english.chinapost.com.cn/html1/category/1408/4040-2.htm",
    sheets=3,
)
FOLDER = Folder(kind="folder", url=URL, node=14084104, title="Savings", paragraphs=("Mere text.",))
UNKNOWN = Page(kind="unknown", url=None, node=None)
PAGES = {"news": NEWS, "stamp": STAMP, "listing": LISTING, "folder": FOLDER, "unknown": UNKNOWN}


def written(rows: tuple[Row, ...], format_name: Format, *fields: str) -> str:
    out = io.StringIO()
    assert write_rows(rows, out, format=format_name, fields=fields) == len(rows)
    return out.getvalue()


@pytest.mark.parametrize("rows", [(), ROWS[:1], ROWS], ids=["none", "one", "two"])
def test_json_is_one_array(rows: tuple[Row, ...]) -> None:
    text = written(rows, "json", "node", "title", "paragraphs")

    assert json.loads(text) == [{key: row.get(key) for key in ("node", "title", "paragraphs")} for row in rows]


def test_jsonl_is_one_object_per_line_in_the_requested_order() -> None:
    lines = written(ROWS, "jsonl", "title", "date").splitlines()

    assert lines[0] == '{"title": "中国邮政, “plan”", "date": null}'
    assert json.loads(lines[1]) == {"title": "a|b\nc\td", "date": "2023-03-29"}


@pytest.mark.parametrize(("format_name", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_separated_values_are_read_back(format_name: Format, delimiter: str) -> None:
    text = written(ROWS, format_name, "node", "title", "date", "paragraphs")

    assert list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)) == [
        ["node", "title", "date", "paragraphs"],
        ["23048456", "中国邮政, “plan”", "", '["one","two"]'],
        ["-1", "a|b\nc\td", "2023-03-29", ""],
    ]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        pytest.param('=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")', id="equals"),
        pytest.param("+1+cmd", "'+1+cmd", id="plus"),
        pytest.param("-2+3", "'-2+3", id="minus"),
        pytest.param("@SUM(A1)", "'@SUM(A1)", id="at"),
        pytest.param("\t=1", "'\t=1", id="tab"),
        pytest.param("\r=1", "'\n=1", id="carriage return"),
        pytest.param("\n=1", "'\n=1", id="newline"),
        pytest.param("＝1+1", "'＝1+1", id="wide equals"),
        pytest.param("\x01=1", "'=1", id="behind a control character"),
        pytest.param("a\x00b\x1bc\x7f", "abc", id="control characters"),
        pytest.param(-1, "-1", id="number"),
        pytest.param("-1", "-1", id="number as text"),
        pytest.param("-1,234.5%", "-1,234.5%", id="number with its signs"),
        pytest.param("+861011185", "+861011185", id="telephone number"),
        pytest.param("a=b", "a=b", id="equals inside"),
        pytest.param(["=1"], '["=1"]', id="list"),
        pytest.param(True, "true", id="truth"),
        pytest.param("", "", id="empty"),
    ],
)
@pytest.mark.parametrize(("format_name", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_a_spreadsheet_runs_no_cell(value: Json, cell: str, format_name: Format, delimiter: str) -> None:
    text = written(({"a": value, "b": 1},), format_name, "a", "b")

    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    assert rows[1] == [cell, "1"]


def test_markdown_table_keeps_its_columns() -> None:
    rows = ({"title": "a|b\n*c*", "url": URL + "?a_b"}, {"title": "`<b>`"})

    assert written(rows, "md", "title", "url").splitlines() == [
        "| title | url |",
        "| --- | --- |",
        rf"| a\|b \*c\* | {URL}?a_b |",
        r"| \`\<b\>\` |  |",
    ]


def test_a_field_requested_twice_is_one_column() -> None:
    assert written(ROWS[1:], "csv", "node", "node") == "node\n-1\n"


@pytest.mark.parametrize("format_name", FORMATS)
def test_rows_are_written_as_they_come(format_name: Format) -> None:
    out = io.StringIO()
    seen: list[int] = []

    def rows() -> Iterator[Row]:
        for number in (11111, 22222, 33333):
            seen.append(out.getvalue().count("11111"))
            yield {"node": number}

    write_rows(rows(), out, format=format_name, fields=["node"])

    assert seen == [0, 1, 1]


@pytest.mark.parametrize("kind", PAGES)
def test_text_shows_every_word_of_a_record(kind: str) -> None:
    shown = article_text(PAGES[kind], width=60)

    assert not [word for word in words_of(to_json(PAGES[kind])) if word not in shown]


def words_of(value: Json) -> Iterator[str]:
    match value:
        case str():
            yield from value.split()
        case list():
            for item in value:
                yield from words_of(item)
        case dict():
            for item in value.values():
                yield from words_of(item)
        case _:
            return


def test_text_of_a_stamp_lines_up_its_facts() -> None:
    assert "Serial Number  2017-16\nDesigner\nPerforation    13.5\n" in article_text(STAMP)


def test_text_names_a_record_without_title_by_its_url() -> None:
    assert article_text(Page(kind="", url=URL, node=None)).startswith(URL + "\n====")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("one two three four", ["one two", "three four"], id="at blanks"),
        pytest.param("中国邮政集团公司", ["中国邮政集", "团公司"], id="wide characters take two columns"),
        pytest.param("中国邮政集。团公司", ["中国邮政", "集。团公司"], id="no line begins with a full stop"),
        pytest.param("中国邮政（集团）公司", ["中国邮政", "（集团）公", "司"], id="no line ends with a bracket"),
        pytest.param("a http://x.cn/long-address b", ["a", "http://x.cn/long-address", "b"], id="URL stays whole"),
        pytest.param("one\ntwo", ["one", "two"], id="line break"),
        pytest.param("Coˆte Côte Co\u0302te", ["Coˆte Côte", "Co\u0302te"], id="accents take no column"),
    ],
)
def test_text_is_wrapped_by_display_width(text: str, lines: list[str]) -> None:
    shown = article_text(Page(kind="news", url=None, node=None, title="T", paragraphs=(text,)), width=10)

    assert shown.split("\n\n")[-1].splitlines() == lines


@pytest.mark.parametrize("text", ["邮政新闻，报道。" * 60_000, "lorem ipsum " * 40_000], ids=["zh", "en"])
def test_a_paragraph_of_half_a_million_characters_is_laid_out_in_time_that_grows_with_its_length(text: str) -> None:
    """A copy of all lines for each new line took three seconds for the Chinese one; a quarter is enough."""
    started = process_time()

    shown = article_text(Page(kind="news", url=None, node=None, title="T", paragraphs=(text,)))

    assert "".join(shown.split()).endswith("".join(text.split()))
    assert process_time() - started < 1.5


@pytest.mark.parametrize("text", ["\x1b]0;owned\x07", "a\u202eb", "a\x9b31m", "a\rb"])
@pytest.mark.parametrize("show", [article_text, article_markdown, article_html])
def test_no_control_character_reaches_a_terminal(text: str, show: Callable[[Page], str]) -> None:
    record = Page(kind="", url=text, node=None, title=text, paragraphs=(text,), images=(Image(text, text),))

    shown = show(record)

    assert not {"\x1b", "\x07", "\u202e", "\x9b", "\r"} & set(shown)


def test_markdown_of_a_news_page() -> None:
    shown = article_markdown(NEWS).split("\n\n")

    assert shown[0] == "# Rural plan"
    assert shown[1] == r"—— For \*all\* villages"
    assert f"| URL | {URL} |" in shown[2]
    assert shown[3:6] == [
        "First paragraph.",
        "1\\. A heading\\\n\\# not a heading",
        r"\<script\>alert(1)\</script\> \& \_more\_",
    ]
    assert shown[6:8] == ["## Pictures", "- [A caption](<http://english.chinapost.com.cn/res/a.jpg>)"]


def test_markdown_makes_no_link_of_a_script() -> None:
    assert article_markdown(LISTING).splitlines()[-1] == "- Odd javascript:alert(1)"


class Reader(HTMLParser):
    """Read a document back: its elements, links and texts, and what was left open."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.texts: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element and where it leads."""
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        if tag not in {"br", "meta"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Insist that elements close in order."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.texts.append(data)


def read(document: str) -> Reader:
    reader = Reader()
    reader.feed(document)
    reader.close()
    return reader


@pytest.mark.parametrize("kind", PAGES)
def test_html_is_whole_and_shows_every_word(kind: str) -> None:
    reader = read(article_html(PAGES[kind]))

    assert reader.open == []
    shown = " ".join([*reader.texts, *reader.links])
    assert not [word for word in words_of(to_json(PAGES[kind])) if word not in shown]


def test_html_takes_no_element_and_no_script_from_the_page() -> None:
    reader = read(article_html(NEWS) + article_html(LISTING))

    assert not {"script", "img", "iframe"} & set(reader.tags)
    assert all(link.startswith("http://english.chinapost.com.cn/") for link in reader.links)


def test_file_appears_complete(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"

    with atomic_text(path) as out:
        out.write("中国\n")
        assert not path.exists()

    assert path.read_bytes() == "中国\n".encode()
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError("bug"), KeyboardInterrupt()], ids=["bug", "interrupt"])
def test_after_an_error_the_old_file_is_untouched(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("old")

    with pytest.raises(type(error)), atomic_text(path) as out:
        interrupt(out, error)

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def interrupt(out: TextIO, error: BaseException) -> None:
    out.write("new")
    raise error


def test_a_full_disk_is_an_unwritable_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"

    with pytest.raises(ArchiveUnwritable, match="No space left"), atomic_write(path):
        raise OSError(errno.ENOSPC, "No space left on device")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["missing/rows.csv", "file/rows.csv", "folder"])
def test_what_cannot_be_a_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()

    with pytest.raises(ArchiveUnwritable, match=name), atomic_write(tmp_path / name):
        pytest.fail("nothing can be written")


@pytest.mark.skipif(not FULL_DISK.exists(), reason="no such device on this system")
def test_a_device_is_not_replaced() -> None:
    with pytest.raises(ArchiveUnwritable, match="not a regular file"), atomic_write(FULL_DISK):
        pytest.fail("a device is not a file")


def test_a_link_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")

    with atomic_text(tmp_path / "link") as out:
        out.write("new")

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"
