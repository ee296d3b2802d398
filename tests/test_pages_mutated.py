"""Properties of `parse` over changed fixtures: what means the same reads the same, nothing else raises."""

import gzip
import html as entities
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from postarchive.errors import PostarchiveError
from postarchive.pages import parse
from postarchive.record.values import to_json
from reading import Record, capture, read

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
HTML, ODD = FIXTURES / "html", FIXTURES / "odd"
PAGES = sorted(path for path in HTML.rglob("*") if path.suffix in {".htm", ".html"})
ALL = [*PAGES, *sorted(ODD.glob("*.htm"))]
STEADY = settings(derandomize=True, deadline=None, max_examples=200, database=None)
SELDOM = settings(STEADY, max_examples=70)  # of what benchmarks/fuzz.py does a hundred thousand times

Change = Callable[[str, Random], str]

# Comments, scripts and styles hold text that looks like tags; they are never changed.
OPAQUE = re.compile(
    r"<!--.*?-->|<!\[.*?\]>|<!\w[^>]*>|<\?.*?>|<(script|style|title)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE
)
TAG = re.compile(r"""<(/?)([a-zA-Z][\w:-]*)((?:"[^"]*"|'[^']*'|[^'">])*?)(\s*/?)>""")
ATTRIBUTE = re.compile(r"""([^\s=/"'>]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
NEEDS_NO_QUOTES = re.compile(r"[^\s\"'=<>`]+")


def rolled(seed: int) -> Random:
    """Return the dice of one example."""
    return Random(seed)  # noqa: S311  # no secret


def url_of(path: Path) -> str:
    return "http://" + path.relative_to(HTML).as_posix().removesuffix("index.htm")


@cache
def source(path: Path) -> str:
    body = path.read_bytes()
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("gb18030")


@cache
def expected(path: Path) -> Record:
    return meaning(read(source(path), url=url_of(path)))


def meaning(found: Record) -> Record:
    """Return what a record says of its page, without warnings about how it was read."""
    return {key: value for key, value in found.items() if key != "warnings"}


# --- changes that mean the same ---------------------------------------------------------------------------------------


def outside(html: str, change: Callable[[str], str]) -> str:
    """Apply a change to everything but comments, scripts and styles."""
    parts, place = [], 0
    for opaque in OPAQUE.finditer(html):
        parts += [change(html[place : opaque.start()]), opaque[0]]
        place = opaque.end()
    return "".join([*parts, change(html[place:])])


def each_tag(
    html: str, change: Callable[[str, list[tuple[str, str | None]]], tuple[str, list[tuple[str, str | None]]]]
) -> str:
    """Rewrite each tag's name and attributes; a tag with an attribute twice is left alone."""

    def rewritten(found: re.Match[str]) -> str:
        attributes = [(name, value or None) for name, value in ATTRIBUTE.findall(found[3])]
        if len({name.lower() for name, _ in attributes}) < len(attributes):
            return found[0]
        tag, changed = change(found[2], attributes)
        printed = "".join(f" {name}" if value is None else f" {name}={value}" for name, value in changed)
        return f"<{found[1]}{tag}{printed}{' /' if '/' in found[4] else ''}>"

    return outside(html, lambda text: TAG.sub(rewritten, text))


def without_quotes(html: str, random: Random) -> str:
    def bare(value: str | None) -> str | None:
        inner = value[1:-1] if value and value[0] in "\"'" else None
        is_bare = inner is not None and NEEDS_NO_QUOTES.fullmatch(inner) and random.random() < 0.7
        return inner if is_bare else value

    return each_tag(html, lambda tag, attributes: (tag, [(name, bare(value)) for name, value in attributes]))


def other_case(html: str, random: Random) -> str:
    def turned(name: str) -> str:
        return random.choice((name.upper(), name.lower(), name.title()))

    return each_tag(html, lambda tag, attributes: (turned(tag), [(turned(name), value) for name, value in attributes]))


def shuffled_attributes(html: str, random: Random) -> str:
    return each_tag(html, lambda tag, attributes: (tag, random.sample(attributes, len(attributes))))


def comments_between_tags(html: str, random: Random) -> str:
    def commented(text: str) -> str:
        return re.sub("><", lambda _: random.choice(("><", "><!-- x --><", "><!----><")), text)

    return outside(html, commented)


def unix_line_ends(html: str, _random: Random) -> str:
    return html.replace("\r\n", "\n")


def blanks_as_line_ends(html: str, _random: Random) -> str:
    return outside(html, lambda text: text.replace("\r\n", " "))


def wrapped_paragraphs(html: str, random: Random) -> str:
    """Put a block around some plain paragraphs; the editor's layouts do."""

    def wrapped(found: re.Match[str]) -> str:
        return f'<div class="w"><section>{found[0]}</section></div>' if random.random() < 0.5 else found[0]

    return outside(html, lambda text: re.sub(r"<p>(?:(?!</?p\b|</?span\b).)*</p>", wrapped, text, flags=re.DOTALL))


def spans_in_paragraphs(html: str, random: Random) -> str:
    """Put nested spans around the text of some plain paragraphs, as editors of word processors do."""

    def wrapped(found: re.Match[str]) -> str:
        return f'<p><span lang="EN-US"><span>{found[1]}</span></span></p>' if random.random() < 0.5 else found[0]

    return outside(html, lambda text: re.sub(r"<p>((?:(?!</?p\b|</?span\b).)*)</p>", wrapped, text, flags=re.DOTALL))


def wrapped_blocks(html: str, random: Random) -> str:
    """Put a block around all that a block of the frame holds."""
    names = random.sample(("Header", "Content1", "Content3", "Content2", "Footer"), 3)
    for name in names:
        html = re.sub(
            rf'(<div id="?{name}"?>)(.*?)(</div>\s*(?:<div id="?(?:Content|Footer)|</div>))',
            r'\1<div class="w">\2</div>\3',
            html,
            count=1,
            flags=re.DOTALL,
        )
    return html


def characters_as_references(html: str, random: Random) -> str:
    def reference(found: re.Match[str]) -> str:
        code = ord(found[0])
        return random.choice((found[0], f"&#{code};", f"&#x{code:x};", f"&#x{code:X};"))

    return outside(html, lambda text: re.sub(r"[^\x00-\x7f]", reference, text))


def named_references(html: str, random: Random) -> str:
    names = {
        "’": "&rsquo;",
        "“": "&ldquo;",
        "”": "&rdquo;",
        "\u00a0": "&nbsp;",
        "é": "&eacute;",
        "ô": "&ocirc;",
        "ê": "&ecirc;",
    }

    return outside(
        html, lambda text: re.sub("|".join(names), lambda found: random.choice((found[0], names[found[0]])), text)
    )


def invisible_characters(html: str, random: Random) -> str:
    """Put characters that no reader sees into the text of some paragraphs."""

    def dirty(found: re.Match[str]) -> str:
        return found[0] + random.choice("\u200b\u00ad\ufeff\u2060") if random.random() < 0.3 else found[0]

    return outside(html, lambda text: re.sub(r"(?<=<p>)[A-Za-z]{2}", dirty, text))


def newer_last_comment(html: str, random: Random) -> str:
    return re.sub(r"<!--([\w-]+),\d+-->", lambda found: f"<!--{found[1]},{random.randrange(10**13)}-->", html)


def scripts_between_blocks(html: str, _random: Random) -> str:
    noise = "<style>#ReportIDtext {margin: 0}</style><script>$('#ReportIDname').text('<p>no</p>');</script>"
    return html.replace('<div id="Content3">', f'{noise}<div id="Content3">{noise}', 1)


CHANGES: tuple[Change, ...] = (
    without_quotes,
    other_case,
    shuffled_attributes,
    comments_between_tags,
    unix_line_ends,
    blanks_as_line_ends,
    wrapped_paragraphs,
    spans_in_paragraphs,
    wrapped_blocks,
    characters_as_references,
    named_references,
    invisible_characters,
    newer_last_comment,
    scripts_between_blocks,
)


@STEADY
@given(path=st.sampled_from(PAGES), change=st.sampled_from(CHANGES), seed=st.integers(0, 2**32))
def test_page_changed_without_meaning_reads_the_same(path: Path, change: Change, seed: int) -> None:
    changed = change(source(path), rolled(seed))

    assert meaning(read(changed, url=url_of(path))) == expected(path)


@STEADY
@given(
    path=st.sampled_from(PAGES),
    changes=st.lists(st.sampled_from(CHANGES), min_size=2, max_size=5, unique=True),
    seed=st.integers(0, 2**32),
)
def test_page_changed_in_several_ways_reads_the_same(path: Path, changes: list[Change], seed: int) -> None:
    changed, random = source(path), rolled(seed)
    for change in changes:
        changed = change(changed, random)

    assert meaning(read(changed, url=url_of(path))) == expected(path)


def in_utf_16(html: str) -> bytes:
    return html.encode("utf-16")


def in_gb18030(html: str) -> bytes:
    return re.sub(r"charset=UTF-8", "charset=gb18030", html).encode("gb18030")


def with_byte_order_mark(html: str) -> bytes:
    return html.encode("utf-8-sig")


def packed(html: str) -> bytes:
    return gzip.compress(html.encode(), mtime=0)


def in_ascii(html: str) -> bytes:
    return html.encode("ascii", "xmlcharrefreplace")


@STEADY
@given(
    path=st.sampled_from(PAGES),
    encode=st.sampled_from((in_utf_16, in_gb18030, with_byte_order_mark, packed, in_ascii)),
)
def test_page_in_another_encoding_reads_the_same(path: Path, encode: Callable[[str], bytes]) -> None:
    assert meaning(read(encode(source(path)), url=url_of(path))) == expected(path)


# --- changes that break the page --------------------------------------------------------------------------------------


def is_read_or_refused(body: bytes, url: str) -> bool:
    """Tell that the bytes give a record that can be shown, or one of our errors; any other exception goes through."""
    try:
        return bool(to_json(parse(capture(body, url=url))))
    except PostarchiveError as refused:
        return "\n" not in str(refused)


def spliced(body: bytes, random: Random) -> bytes:
    """Cut, repeat, drop and overwrite pieces of a page."""
    for _ in range(random.randrange(1, 6)):
        first, second = sorted(random.randrange(len(body) + 1) for _ in range(2))
        piece = body[first:second]
        body = random.choice(
            (
                body[:second],
                body[first:],
                body[:first] + body[second:],
                body[:second] + piece + body[second:],
                body[:first] + random.randbytes(random.randrange(9)) + body[first:],
                body[:first] + random.choice(SHARDS) + body[first:],
                body[:first] + piece[::-1] + body[second:],
            )
        )[:200_000]
    return body


SHARDS = (
    *(b"<", b">", b"<!--", b"-->", b"</", b'"', b"'", b"&#", b"&#0;", b"&#xffffff;", b"\x00", b"\xff\xfe", b"|"),
    *(b"<span id='ReportIDtext'>", b"<span id='ReportIDname'>", b"<span id=StampIDcode>", b"</span>", b"<a href='"),
    *(b"<table>", b"<tr>", b"<td>", b"</table>", b"<br/>" * 50, b"<div>" * 300, b"</div>" * 300, b"<select><p>"),
    *(b"<title>", b"<script>", b"<style>", b"<body>", b"</body></html>", b"<plaintext>", b"<frameset>", b"<svg><p>"),
    *(b"<![CDATA[", b"<?xml ", b"\x1f\x8b\x08", b"2023-03-29", b"\xe3\x80\x80", b"<math>"),
    *(b"<li id='PageNum'><!--{total:999999}-->", b"node={id:99999999999999999999,type:39}"),
)


@SELDOM
@given(path=st.sampled_from(ALL), seed=st.integers(0, 2**32))
def test_broken_page_is_read_or_refused(path: Path, seed: int) -> None:
    body = spliced(path.read_bytes(), rolled(seed))

    assert is_read_or_refused(body, "http://english.chinapost.com.cn/html1/report/2304/8456-1.htm")


@SELDOM
@given(
    body=st.binary(max_size=400),
    url=st.sampled_from(["", "http://english.chinapost.com.cn/", "not a url", "http://[x"]),
)
@example(body=b"<", url="")
@example(body=b"<html>", url="http://[x")
def test_any_bytes_are_read_or_refused(body: bytes, url: str) -> None:
    assert is_read_or_refused(body, url)


@SELDOM
@given(text=st.text(max_size=60), path=st.sampled_from(PAGES))  # longer texts take longer to invent than to read
def test_any_text_in_a_body_is_read(text: str, path: Path) -> None:
    html = source(path).replace("<p>", "<p>" + entities.escape(text), 1)

    assert is_read_or_refused(html.encode("utf-8", "replace"), url_of(path))
