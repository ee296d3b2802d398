"""What is inside a comment is found in one pass, whatever a page repeats, and replacing needs no memory to speak of."""

import random
import tracemalloc

import pytest

from postarchive.pages.cms.head import read_head
from postarchive.pages.html.tree import Tree, is_commented_out, shown

PIECES = (b"<!--", b"-->", b"<title", b"!", b"-", b"a", b"<!-", b"<!--><title", b"</head>")
SCRIPTS = (b"<!--", b"-->", b"<script>", b"</script>", b"node={id:23048456}", b"node={id:23048457}", b" ")
TIMES = 10_000


def made_of(pieces: tuple[bytes, ...], seed: int) -> bytes:
    chosen = random.Random(seed)  # noqa: S311 - a page, not a secret
    return b"".join(chosen.choices(pieces, k=chosen.randint(1, 40)))


def test_a_text_is_shown_where_no_comment_is_open() -> None:
    for page in (made_of(PIECES, seed) for seed in range(1000)):
        places = [place for place in range(len(page)) if page.startswith(b"<title", place)]
        assert list(shown(page, b"<title")) == [place for place in places if not is_commented_out(page, place)], page


def test_the_node_is_the_first_whose_script_is_not_commented_out() -> None:
    for page in (made_of(SCRIPTS, seed) for seed in range(300)):
        nodes = [place for place in range(len(page)) if page.startswith(b"node=", place)]
        right = [place for place in nodes if not is_commented_out(page, page.rfind(b"<script", 0, place))]
        expected = int(page[right[0] + 9 : right[0] + 17]) if right else None
        assert read_head(Tree(b"<p>" + page, "a page")).node == expected, page


@pytest.mark.parametrize("piece", [b"</head>", b"<title>", b"<script>node={}", b"node={}"])
def test_a_comment_is_passed_once_however_often_it_repeats_a_tag(piece: bytes) -> None:
    page = b"<html><!--<script>" + piece * TIMES + b"--><title>A title</title></head><body>a</body></html>"
    tree = Tree(page, "a page")

    assert read_head(tree).title == "A title"
    assert tree.head_bytes == page.rindex(b"</head>")


@pytest.mark.parametrize("piece", [b"&#1;a", b"</p>a", b"</br>"])
def test_many_replacements_take_little_memory(piece: bytes) -> None:
    page = b"<p>a<!--" + piece * TIMES + b"-->"

    assert peak_bytes(page) < 12 * len(page)


def test_many_ends_of_a_page_take_little_memory() -> None:
    page = b"<body>a</body><p>a</body>" + b"</html>" * TIMES

    assert peak_bytes(page) < 12 * len(page)


def peak_bytes(page: bytes) -> int:
    tracemalloc.start()
    Tree(page, "a page")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak
