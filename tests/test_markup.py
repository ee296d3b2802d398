"""No text of a page acts where it is shown as Markdown; the reader of the tests is rich's own."""

import re
from html import unescape

import pytest
import yaml
from markdown_it import MarkdownIt

from postarchive.export.frontmatter import front_matter
from postarchive.export.markup import markdown_label, markdown_line, markdown_text, pipe_row, pipe_rule

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
ACTING = [
    "![x](http://e.example/p.png)", "[a](javascript:x)", "[x]: http://evil.example", "\\[x](y)", "[^1]: note",
    "<script>x</script>", "<!-- x", "<?x", "&copy; &#x41;", "# heading", "   # heading", "heading #", "C#",
    "    program", "\tprogram", "- list", "* list", "+ list", "1. list", "1) list",
    "> quote", "```\nx", "~~~", "---", "===", "a\n===",
    "a\n---", "*e* _e_ **b** ~~s~~", "a | b", "`c`", "{{ 7*7 }} {% x %}", "a\u2028# heading", "a\\",
    "<http://evil.example>", "http://evil.example/![x](http://evil.example/p.png) x",
]  # fmt: skip
TAGS = re.compile(r"<[^>]*>")


def shown(markdown: str) -> tuple[str, set[str]]:
    """Return the text that a reader sees, and the names of the elements it is in."""
    page = READER.render(markdown)
    text = " ".join(unescape(TAGS.sub("", page)).split())
    return text, set(re.findall(r"<(\w+)", page))


def plain(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("text", ACTING)
def test_text_is_shown_as_it_is(text: str) -> None:
    assert shown(markdown_text(text)) in ((plain(text), {"p"}), (plain(text), {"p", "br"}))
    assert shown(f"# {markdown_line(text)}") == (plain(text), {"h1"})
    assert shown(f"- [{markdown_label(text)}](<http://a.example/>)") == (plain(text), {"ul", "li", "a"})


@pytest.mark.parametrize("text", ACTING)
def test_cell_is_shown_as_it_is(text: str) -> None:
    text_shown, elements = shown(pipe_row(("head",)) + pipe_rule(1) + pipe_row((text,)))

    assert text_shown == f"head {plain(text)}"
    assert elements == {"table", "thead", "tbody", "tr", "th", "td"}


@pytest.mark.parametrize("text", ["http://evil.example/x", "www.evil.example", "me@evil.example"])
def test_reader_that_links_by_itself_finds_nothing_to_link(text: str) -> None:
    assert not re.search(r"\w://|www\.|\w@", markdown_text(text))
    assert shown(markdown_text(text)) == (text, {"p"})


@pytest.mark.parametrize(
    ("url", "cell"),
    [
        ("http://english.chinapost.com.cn/a-1.htm", "http://english.chinapost.com.cn/a-1.htm"),
        ("http://a.example/![x](http://e/p.png)", "<http://a.example/![x](http://e/p.png)>"),
        ("http://a.example/\u202egpj.x", "http\\://a.example/gpj.x"),
        ("javascript:alert(1)", "javascript:alert(1)"),
    ],
)
def test_cell_that_is_a_url_is_a_link_to_nothing_else(url: str, cell: str) -> None:
    assert pipe_row((url,)) == f"| {cell} |\n"


@pytest.mark.parametrize(
    "text", ["a: b", "---", "\u202ea", "\u2028- b", "\x1b[2J", "*a", "!!python/none", "{}", "#", "é\ud800"]
)
def test_front_matter_has_nothing_raw_and_loses_nothing(text: str) -> None:
    block = front_matter({"title": text})

    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e]", block)
    assert yaml.safe_load(block.removeprefix("---\n").removesuffix("---\n")) == {"title": text}
