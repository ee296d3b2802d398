"""The pages that `large.py` reads: far too large, just small enough, or made to be slow."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

MEGABYTE = 1024 * 1024
HEAD = (
    b"<html><head><title>T - China Post</title><script>var node={id:23048456,type:%d}</script></head>"
    b"<body><div id='Content3'>"
)
NEWS, LIST, STAMP, FOLDER, VIDEO = HEAD % 13, HEAD % 1, HEAD % 11, HEAD % 0, HEAD % 113
END = b"</div></body></html>"
STORY = NEWS + b"<span id='ReportIDname'>A title</span><span id='ReportIDtext'><p>Text.</p>"
ROW = b"<li><span id='ReportIDname'><a href='/html1/report/2304/8456-1.htm'>T</a></span><span id='ReportIDIssueTime'>"
ROW += b"2023-03-29</span></li>"
CHINESE, WIDE = "邮政发展，", "😀📮"
Pages = Mapping[str, Callable[[], bytes]]


def story(content: bytes) -> bytes:
    """Return a story with this content."""
    return STORY + content + END


def lines(content: bytes) -> bytes:
    """Return a story with this outside its body, where bylines are."""
    return STORY + b"</span>" + content + END


def times(piece: bytes, megabytes: float) -> bytes:
    """Return a piece repeated to this many megabytes."""
    return piece * int(megabytes * MEGABYTE / len(piece))


def numbered(piece: bytes, count: int) -> bytes:
    """Return a piece `count` times, each with its number in place of `%d`."""
    return b"".join(piece % number for number in range(count))


# What no page of the site is: must be refused, or read to its end, cheaply.
TOO_LARGE: Pages = MappingProxyType(
    {
        "Chinese, 15 MB": lambda: story(times(CHINESE.encode(), 15)),
        "Chinese in paragraphs, 15 MB": lambda: story(times(f"<p>{CHINESE * 20}</p>".encode(), 15)),
        "signs of four bytes, 15 MB": lambda: story(times(WIDE.encode(), 15)),
        "UTF-16, 15 MB": lambda: b"\xff\xfe"
        + story(times(f"<p>{CHINESE * 20}</p>".encode(), 21)).decode().encode("utf-16-le"),
        "GB18030, 15 MB": lambda: story(times(CHINESE.encode("gb18030"), 15)),
        "one image over and over, 15 MB": lambda: story(times(b"<img src=/a.jpg>", 15)),
        "images, 15 MB": lambda: story(numbered(b"<p><img src='/res/a%d.jpg'>text</p>", 400_000)),
        "unique links, 15 MB": lambda: story(numbered(b"<a href='/html1/report/2304/%d-1.htm'>b</a>", 330_000)),
        "nested div, 5 MB": lambda: story(times(b"<div>", 5)),
        "nested b and stray ends, 5 MB": lambda: story(b"<b>" * 500 + times(b"</i>", 5)),
        "paragraphs, 5 MB": lambda: story(times(b"<p>a", 5)),
        "a million tags": lambda: story(b"<b>a</b>" * 1_000_000),
        "a million empty tags": lambda: story(b"<br>" * 1_000_000),
        "comments, 15 MB": lambda: story(times(b"<!--a-->", 15)),
        "one comment, 15 MB": lambda: story(b"<!--" + times(b"a ", 15) + b"-->"),
        "one attribute, 15 MB": lambda: story(b"<a href='" + times(b"a/../", 15) + b"'>a</a>"),
        "one style, 15 MB": lambda: story(b"<p style='" + times(b"display :", 15) + b"'>a</p>"),
        "picture inside the page, 15 MB": lambda: story(b"<img src='data:image/png;base64," + times(b"ab", 15) + b"'>"),
        "attributes of one tag, 15 MB": lambda: story(b"<p " + numbered(b"a%d=x ", 1_500_000) + b">"),
        "attributes of all tags, 15 MB": lambda: story(times(b"<p a=1 b=2 c=3 d=4 e=5 f=6 g=7 h=8 i=9 j=0>", 15)),
        "table of 15 MB": lambda: story(b"<table>" + times(b"<tr><td>a</td><td>b</td></tr>", 15) + b"</table>"),
        "entities, 15 MB": lambda: story(times(b"&amp;&#37038;", 15)),
        "zeros of an entity, 15 MB": lambda: story(b"&#" + times(b"0", 15) + b"11;"),
        "script, 15 MB": lambda: story(b"<script>" + times(b"a<b;", 15) + b"</script>"),
        "options, 15 MB": lambda: story(b"<select>" + times(b"<option>a</option>", 15) + b"</select>"),
        "hotlines, 15 MB": lambda: STORY + b"</span></div><div id=Footer>" + times(b"<p>Tel: 8610 11185</p>", 15) + END,
        "page, 50 MB": lambda: story(times(b"<p>words of a story</p>", 50)),
        "not UTF-8 and open metas, 15 MB": lambda: b"<html>\xff" + times(b"<meta charset ", 15),
        "head of one word, 5 MB": lambda: b"<html>" + times(b"publishdate ", 5),
        "titles, 5 MB": lambda: b"<html>" + times(b"<title>", 5),
        "node scripts, 5 MB": lambda: b"<html>" + times(b"node = { node  ", 5),
        "alert page and open scripts, 5 MB": lambda: b"<html><head>" + times(b"<script ", 5) + b"alert( </head><body>",
    }
)  # fmt: skip
# Just small enough to be read: everything made from the record must stay small too.
LARGE: Pages = MappingProxyType(
    {
        "Chinese, 950,000 characters": lambda: story(f"<p>{CHINESE * 20}</p>".encode() * 9_200),
        "Chinese, a paragraph of 990,000 characters": lambda: story(CHINESE.encode() * 198_000),
        "English, 980,000 characters": lambda: story(b"<p>words of a story for all</p>" * 29_000),
        "72,000 images": lambda: story(numbered(b"<img src='/res/a%d.jpg'>", 72_000)),
        "29,000 paragraphs with images": lambda: story(numbered(b"<p><img src='/res/a%d.jpg'></p>", 29_000)),
        "37,000 unique links": lambda: story(numbered(b"<a href='/html1/report/2304/%d-1.htm'>b</a>", 37_000)),
        "37,000 files": lambda: story(numbered(b"<a href='/res/x/%d.pdf'>b</a>", 37_000)),
        "list of 10,000 rows": lambda: LIST + b"<ul>" + ROW * 10_000 + b"</ul>" + END,
        "stamp of 9,000 facts": lambda: STAMP
        + b"<table>" + b"<tr><td>Serial Number:</td><td>2016-8</td></tr>" * 9_000 + b"</table>" + END,
        "table of 11,000 rows": lambda: story(b"<table>" + b"<tr><td>a</td><td>b</td></tr>" * 11_000 + b"</table>"),
        "25,000 hotlines": lambda: story(b"") + b"<div id=Footer>" + numbered(b"<p>Tel: 8610 6%07d</p>", 25_000),
    }
)  # fmt: skip
# Made to be slow: something is searched for from each place to the end, or in each element for all others.
SLOW: Pages = MappingProxyType(
    {
        "list of 10,000 rows without li": lambda: LIST + ROW[4:-5] * 10_000 + END,
        "story beside 10,000 rows": lambda: lines(b"<ul>" + ROW * 10_000 + b"</ul>"),
        "10,000 bylines": lambda: lines(b"<i id='ReportIDIssueTime'>2023</i>" * 10_000),
        "labels on a line": lambda: lines(b"Editor: Source: Time: " * 30_000),
        "bars on a line": lambda: lines(b"| a | 2023-03-29 " * 40_000),
        "dashes and blanks": lambda: lines(times(b"- | ", 0.8)),
        "dates on a line": lambda: lines(b"<br>2023-03-29 March 29, 2023 " * 20_000),
        "10,000 pictures and text": lambda: story(b"<img src='/res/a.jpg'>text<br>" * 10_000),
        "10,000 pictures in a row": lambda: story(
            b"<table><tr>" + b"<td><img src=/res/a.jpg></td>" * 10_000 + b"</tr><tr><td>x</td></tr></table>"
        ),
        "20,000 pictures behind 20,000 elements": lambda: story(
            b"<div>" + b"<b>a</b>" * 20_000 + b"<img src=/a.jpg>" * 20_000 + b"</div>"
        ),
        "caption of marks": lambda: story(b"<p><img src=/a.jpg><br>[" + "摄".encode() * 300_000 + b"</p>"),
        "35,000 links called more": lambda: STORY + b"</span><ul>" + ROW + b"</ul><div class=more>"
        + b"<a href=/x>b</a>" * 35_000 + b"</div>" + END,
        "ids": lambda: story(b"<i id='NodeTitle'><a href=/x>x</a></i>" * 25_000),
        "headers and titles": lambda: NEWS + b"<div id=header></div><b id=StampIDcode>x</b>" * 20_000 + END,
        "stamp fields": lambda: STAMP + b"<b id=StampIDcode>Title: x</b>" * 40_000 + END,
        "stamp captions on a line": lambda: STAMP + b"Supporting Information Title: " * 30_000 + END,
        "stamp titles on a line": lambda: STAMP + b"Title: " * 130_000 + END,
        "nested tables": lambda: story(times(b"<table><tr><td>", 0.5)),
        "table in a table": lambda: story(
            b"<table><tr><td><table>" + b"<tr><td>words of a cell</td></tr>" * 20_000 + b"</table></td></tr></table>"
        ),
        "nested divs with text": lambda: story((b"<div>a" * 500 + b"</div>" * 500) * 50),
        "folder of nested blocks": lambda: FOLDER + b"<div id=content1>" * 400 + b"<p>a" * 30_000 + END,
        "unknown of fields": lambda: b"<html><head><script>node={id:23048456,type:113}</script></head><body>"
        + b"<b id=videoidname>x</b>" * 40_000 + b"</body></html>",
        "headings": lambda: FOLDER + b"<h3><a href=/x>a</a></h3>" * 20_000 + END,
        "hotlines on a line": lambda: lines(times(b"Tel: 8610 11185 ", 0.8)),
        "registrations on a line": lambda: lines("京ICP备1".encode() * 100_000),
        "numbers on a line": lambda: lines("京公网安备".encode() + b"1 " * 300_000),
        "stray span and open comments, 5 MB": lambda: story(b"</span></span>x" + times(b"<!--", 5)),
        "stray span and open quotes, 5 MB": lambda: story(b"</span></span>x" + times(b"<a '", 5)),
        "stray spans": lambda: story(b"</span>x" * 40_000),
        "stray spans in blocks": lambda: story(b"<div>" * 400 + b"</span>x<p>" * 20_000),
        "comments after a picture": lambda: story(b"<p><img src=/a.jpg></p><!--a--><!--a-->" * 14_000),
        "pagers": lambda: LIST
        + b"<ul>" + ROW + b"<li id=PageNum><a class=current href=-2.htm>1</a></li>" * 15_000 + END,
        "items in items": lambda: LIST + b"<ul><li><a href=/html1/report/2304/8456-1.htm>a</a>" * 25_000 + END,
        "titles with tags": lambda: LIST
        + b"<ul>" + ROW.replace(b"'>T<", b"' title='" + b"<a" * 900 + b"'>T...<") * 4_000,
    }
)  # fmt: skip
