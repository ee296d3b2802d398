"""A page in two parts reads as the same page read whole: to the last piece and number, for every page there is."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random

import pytest

from postarchive.errors import PostarchiveError
from postarchive.models import record
from postarchive.pages import around, dom
from postarchive.pages import read as read_capture
from postarchive.pages.around import FRAMES, LONGEST_FRAME, Framed, forget_frames, read_in_two
from postarchive.pages.dom import HEAD_END, Tree
from postarchive.pages.flow import CHUNK_BYTES, EDGE, Span
from reading import capture, cases

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
PAGES = sorted(path for path in (FIXTURES / "html").rglob("*") if path.suffix in {".htm", ".html"})
ALL = [*PAGES, *sorted((FIXTURES / "odd").glob("*.htm"))]
SEED_PAGE = FIXTURES / "html/english.chinapost.com.cn/html1/report/2304/8456-1.htm"
MUTATIONS = 3000

Told = tuple[object, ...]


@pytest.fixture(autouse=True)
def _no_frames() -> Iterator[None]:
    forget_frames()
    yield
    forget_frames()


def cut_in_two(source: bytes) -> Framed | None:
    """Return a page in two parts, its frame having come before; None when it is parsed whole."""
    lower = source.lower()
    start = max(lower.find(HEAD_END), 0)
    for _ in range(2):  # a frame is read when it comes again
        framed = read_in_two(source[start:], lower, start, may_hide=b"display" in lower or b" hidden" in lower)
    return framed


def tree_told(tree: Tree) -> Told:
    """Return all that a tree can tell, the names first: they are told before the elements of the frame are there."""
    names, whole = list(tree.names), span_told(tree.whole)
    texts = tree.marked(tree.whole), [tree.marked_around(block) for block in tree.some("content3")]
    return names, whole, texts, list(map(span_told, tree.spans)), list(tree.names), _by_name(tree), _ways(tree)


def span_told(span: Span) -> Told:
    place = span.number, span.start, span.last, span.end
    return span.tag, dict(span.attributes), span.name, place, span.parent.number


def _by_name(tree: Tree) -> list[list[int]]:
    return [[span.number for span in tree.some(name)] for name in tree.names]


def _ways(tree: Tree) -> bool:
    """Tell that every element's parent is the one in the tree, not a copy of it."""
    spans = tree.spans
    return all(span.parent is (spans[span.parent.number] if span.parent.number >= 0 else tree.whole) for span in spans)


def page_told(source: bytes) -> tuple[str | Told, Told | None]:
    """Return what a page reads as, or its error, and what its tree tells; None when it has none."""
    try:
        reading = read_capture(capture(source))
        told: str | Told = (record(reading.page), reading.page, reading.skeleton(), reading.links())
        region = span_told(reading.region)
    except PostarchiveError as refused:
        told, region = str(refused), ()
    try:
        return (told, region), tree_told(Tree(source.decode(errors="replace").encode(), "input"))
    except PostarchiveError:
        return (told, region), None


def both_told(source: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[object, object]:
    """Return what a page tells in two parts, where it can be cut, and what it tells whole."""
    cut_in_two(source.decode(errors="replace").encode())
    in_two = page_told(source)
    with monkeypatch.context() as patch:
        patch.setattr(dom, "read_in_two", lambda *_, **__: None)
        whole = page_told(source)
    return in_two, whole


# --- pages as they are ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.relative_to(FIXTURES).as_posix())
def test_page_in_two_parts_tells_what_it_tells_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_two, whole = both_told(path.read_bytes(), monkeypatch)

    assert in_two == whole


def test_nearly_all_pages_can_be_cut_in_two() -> None:
    cut = [path for path in PAGES if cut_in_two(path.read_bytes()) is not None]

    assert len(cut) > 0.9 * len(PAGES)


# --- pages that are torn ----------------------------------------------------------------------------------------------

SHARDS = (
    *(b"</div>", b"<div>", b"<p>", b"</p>", b"<span>", b"</span>", b"<b>", b"</b>", b"<a href=x>", b"</a>", b"</br>"),
    *(b"<!--", b"-->", b"--!>", b"<!-->", b"<script>", b"</script>", b"<style>", b"<table>", b"</table>", b"<tr>"),
    *(b"<td>", b"<form>", b"</form>", b"<body>", b"</body>", b"<html>", b"</html>", b"<head>", b"</head>", b"<ul>"),
    *(b"<li>", b"<select>", b"<option>", b"<textarea>", b"<title>", b"<noscript>", b"<iframe>", b"<include src=x/>"),
    *(
        b"<plaintext>",
        b"<xmp>",
        b"<svg>",
        b"<template>",
        b"<frameset>",
        b"<object>",
        b"<![CDATA[",
        b"]]>",
        b"<?x",
        b"?>",
    ),
    *(
        b" hidden ",
        b"<p hidden>",
        b'<div style="display:none">',
        b'"',
        b"'",
        b"<",
        b">",
        b"</",
        b"<!",
        b"/>",
        b"=",
        b"&#",
    ),
    *(b"<!DOCTYPE html>", b'<meta charset="gb2312">', b"\x00", b"\xff", b"\xe4", b"<img src=/res/a.jpg>", b"\r\n"),
    *(
        b'<div id="Content3">',
        b'<div id="Content2">',
        b'<div id="Content1">',
        b"<div id='content2'>",
        b'<div id="Body">',
    ),
    *(b'<div id="Content3"></div>\r\n<div id="Content2">', b'</div>\r\n<div id="Content2">', b"<div id=Content3>"),
    *(b'<div id="&#67;ontent3">', b"<span id='ReportIDname'>x</span>", b"<span id='ReportIDtext'><p>moved</p></span>"),
    *(
        b"<li><span id='ReportIDname'><a href='/html1/report/2304/8457-1.htm'>A row</a></span></li>",
        b"<!--{total:7}-->",
    ),
    *(
        b"<span id='StampIDcode'>2016-8</span>",
        b'<span id="NodeText">text</span>',
        b'<span id="CurrentlyNode">x</span>',
    ),
    *(b'<div id="PageNum"><a id=CBNext href="x-2.htm">n</a></div>', b'<span id="NodeTitle"><a href=/x>y</a></span>'),
    *(b"<!--CMS-01,1682326923387-->", b"<!--A,1", f"<{EDGE}>".encode(), f"<!--{EDGE}-->".encode(), EDGE.encode()),
)
PLACES = (
    b"<div id=",
    b'<div id="Content3">',
    b'<div id="Content2">',
    b"</div>",
    b"<body",
    b"<!--",
    b"<span",
    b"</body",
)


def torn(body: bytes, random: Random) -> bytes:
    """Insert, drop, repeat and move pieces, mostly where the page is cut in two."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        first, second, third = sorted(_place(body, random) for _ in range(3))
        shard = random.choice(SHARDS)
        body = random.choice(
            (
                body[:second] + shard + body[second:],
                body[:second] + shard + body[second:],
                body[: second + 1] + shard + body[second + 1 :],
                body[:second] + body[second + random.randrange(1, 40) :],
                body[:first] + body[second:],
                body[:second] + body[first:second] + body[second:],
                body[:first] + body[second:third] + body[first:second] + body[third:],
            )
        )
    return body


def _place(body: bytes, random: Random) -> int:
    mark = random.choice(PLACES)
    found = body.find(mark, random.randrange(len(body) + 1)) if random.random() < 0.6 else -1
    return found + random.choice((0, 0, len(mark), -6, 3)) if found > 6 else random.randrange(len(body) + 1)


def test_torn_page_in_two_parts_tells_what_it_tells_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(20261127)  # noqa: S311  # no secret
    cut = 0
    for _ in range(MUTATIONS):
        body = torn(random.choice(ALL).read_bytes(), random)
        in_two, whole = both_told(body, monkeypatch)
        cut += cut_in_two(body) is not None

        assert in_two == whole, body.decode(errors="replace")

    assert cut > MUTATIONS / 4


# --- pages that are not cut -------------------------------------------------------------------------------------------


def replaced(old: str, new: str) -> Callable[[str], str]:
    def change(html: str) -> str:
        assert old in html
        return html.replace(old, new, 1)

    return change


def in_block(shard: str) -> Callable[[str], str]:
    return replaced('<div class="con">', f'<div class="con">{shard}')


def in_frame(shard: str) -> Callable[[str], str]:
    return replaced('<div id="Content1">', f'<div id="Content1">{shard}')


before_block = '<div id="Content3"><div class="title">'
behind_block = '</div>\r\n<div id="Content2">'


@pytest.mark.parametrize(
    "change",
    cases(
        {
            "a block with other quotes": replaced('id="Content3"', "id='Content3'"),
            "a block in another case": replaced('id="Content3"', 'id="content3"'),
            "no block after it": replaced('<div id="Content2"></div>', ""),
            "text between the blocks": replaced(behind_block, "</div>x<div id='Content2'>"),
            "blocks in another order": replaced('<div id="Content3">', '<div id="Content2">'),
            "no head": replaced("</head>", ""),
            "a block that is closed early": in_block("</div></div>"),
            "a block that is not closed": in_block("<div>"),
            "another element between the block and the next": replaced(behind_block, f"</div><div>{behind_block}"),
            "a comment that ends behind the block": replaced(behind_block, f"<!--{behind_block}-->"),
            "a tag that is torn at the block's end": replaced(behind_block, f'<a title="{behind_block}"'),
            "a script over the block's end": replaced(behind_block, f"<script>{behind_block}"),
            "a second body in the block": in_block("<BODY class=x>"),
            "an end of the page in the block": in_block("</body></html>"),
            "a charset in the block": in_block('<meta charset="gb2312">'),
            "a doctype in the block": in_block("<!DOCTYPE html>"),
            "a block around the block": replaced(before_block, f"<div>{before_block}"),
            "no block of all content": replaced('<div id="Content">', ""),
            "a paragraph open before the block": replaced(before_block, f"<b>{before_block}"),
            "a link open before the block": replaced(before_block, f"<a href=x>{before_block}"),
            "a list open before the block": replaced(before_block, f"<ul><li>{before_block}"),
            "a form open before the block": replaced(before_block, f"<form>{before_block}"),
            "a comment that ends in the block": replaced(before_block, f"<!--{before_block}-->"),
            "a tag that is torn before the block": replaced(before_block, f"<span {before_block}"),
            "an end tag that is torn before the block": replaced(before_block, f"</divx {before_block}"),
            "a script over the block's beginning": replaced(before_block, f"<script>{before_block}</script>"),
            "what is not displayed": replaced('<div id="Content">', '<div id="Content" hidden>'),
            "a charset in the frame": in_frame('<meta charset="gb2312">'),
            "a doctype in the frame": in_frame("<!doctype html>"),
            "an element by the name of the edge in the block": in_block(f"<{EDGE}>"),
            "an element by the name of the edge in the frame": in_frame(f"<{EDGE}></{EDGE}>"),
            "a comment by the name of the edge": in_frame(f"<!--{EDGE}-->"),
            "a long page": in_block("<p>x</p>" * (CHUNK_BYTES // 8)),
            "a long frame": in_frame("x" * LONGEST_FRAME),
            "a frame of many elements": in_frame("<br>" * 500),
        }
    ),
)
def test_page_in_doubt_is_parsed_whole(change: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    html = SEED_PAGE.read_bytes().decode()
    assert cut_in_two(html.encode()) is not None

    changed = change(html).encode()
    in_two, whole = both_told(changed, monkeypatch)

    assert cut_in_two(changed) is None
    assert in_two == whole


# --- what is kept of a frame ------------------------------------------------------------------------------------------


def test_frame_is_told_by_its_own_bytes_alone() -> None:
    """Head, content and the comment of the regeneration are another page's, and the frame is known all the same."""
    html = SEED_PAGE.read_bytes().decode()
    first, second, third = (
        html.replace("<title>", f"<title>{word}").replace("Recently", f"{word} recently").replace("692", digit)
        for word, digit in (("One", "1"), ("Two", "2"), ("Three", "3"))
    )
    kept = [once(page) is not None for page in (first, second, third)]

    assert kept == [False, True, True]


def test_last_comment_is_the_one_of_its_page() -> None:
    html = SEED_PAGE.read_bytes().decode()

    for stamp in ("CMS-01,1682326923387", "CMS-02,1700000000000", "node7.b,1"):
        body = html.replace("CMS-01,1682326923387", stamp).encode()
        assert cut_in_two(body) is not None
        assert Tree(body, "input").spans[-1].attributes == {"text": stamp}


def test_frame_that_comes_once_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(around, "read_frame", lambda *_, **__: pytest.fail("the frame was read"))

    assert once(SEED_PAGE.read_bytes().decode()) is None


def test_frames_that_are_not_met_again_make_room() -> None:
    html = SEED_PAGE.read_bytes().decode()
    once(html)
    for number in range(FRAMES):
        once(html.replace("Postman Story", f"Postman Story {number}"))

    assert once(html) is None


def once(html: str) -> Framed | None:
    source = html.encode()
    start = source.find(HEAD_END)
    return read_in_two(source[start:], source.lower(), start, may_hide=False)


def test_links_of_a_page_in_two_parts_are_all_of_its_links() -> None:
    cut_in_two(SEED_PAGE.read_bytes())
    links: Sequence[str] = read_capture(capture(SEED_PAGE.read_bytes())).links()

    assert links[0] == "/"
    assert links[-1] == "/html1/folder/1408/4062-1.htm"
