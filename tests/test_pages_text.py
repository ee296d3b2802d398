"""Text as a browser shows it: DESIGN.md's fine print of the record, SITE.md §4.4."""

import pytest

from postarchive.pages.html.text import BREAK, CELL, PARAGRAPH, ROW_END, ROW_START, clean, paragraphs
from reading import BODY, HOST, body_paragraphs, read_body, read_folder, values

MARKS = frozenset((BREAK, CELL, PARAGRAPH, ROW_END, ROW_START))
BREAKS = {
    "one": ("<p>One<br/>two</p>", ["One\ntwo"]),
    "one-between-blanks": ("<p>One <br> \r\n two</p>", ["One\ntwo"]),
    "two": ("<p>One<br/><br/>two</p>", ["One", "two"]),
    "two-with-blanks-between": ("<p>One<br/>&nbsp; \r\n<br/>two</p>", ["One", "two"]),
    "three": ("<p>One<br><br><br>two</p>", ["One", "two"]),
    "at-the-edges": ("<p><br/>One<br/></p>", ["One"]),
    "only": ("<p><br/></p><p>One</p>", ["One"]),
    "without-paragraphs": ("One<br />\r\ntwo<br /><br />\r\nthree", ["One\ntwo", "three"]),
    "inside-inline": ("<p><b>One<br/></b><i>two</i></p>", ["One\ntwo"]),
    "two-across-inline": ("<p><b>One<br/></b><i><br/>two</i></p>", ["One", "two"]),
    "closed-wrongly": ("<p>One</br>two</p>", ["One\ntwo"]),
    "upper-case": ("<P>One<BR>two</P>", ["One\ntwo"]),
    "zero-width-between": ("<p>One<br/>\u200b<br/>two</p>", ["One", "two"]),
}
BLANKS = {
    "runs": ("<p>One   two \r\n\t three</p>", ["One two three"]),
    "no-break-entity": ("<p>One&nbsp;&nbsp;two</p>", ["One two"]),
    "no-break-character": ("<p>One\u00a0two</p>", ["One two"]),
    "both-beside-each-other": ("<p>One\u00a0&nbsp;two</p>", ["One two"]),
    "numeric-reference": ("<p>One&#160;two&#xa0;three</p>", ["One two three"]),
    "ideographic": ("<p>\u3000\u3000这一天，\u3000邮包</p>", ["这一天， 邮包"]),
    "other-widths": ("<p>One\u2002two\u2003three\u2009four</p>", ["One two three four"]),
    "line-separators": ("<p>One\u2028two\u2029three</p>", ["One two three"]),
    "empty-paragraphs": ("<p></p><p>&nbsp;</p><p> </p><p>\u3000</p><p>\u200b</p><p>One</p>", ["One"]),
    "between-blocks": ("<p>One</p>\r\n\r\n<p>two</p>", ["One", "two"]),
    "between-inline": ("<p><b>One</b> <i>two</i></p>", ["One two"]),
    "glued-inline": ("<p><b>One</b><i>two</i></p>", ["Onetwo"]),
    "leading-and-trailing": ("<p>  One  </p>", ["One"]),
}
INVISIBLE = {
    "zero-width-blank": ("<p>post\u200bmaster</p>", ["postmaster"]),
    "zero-width-reference": ("<p>post&#8203;master</p>", ["postmaster"]),
    "soft-hyphen": ("<p>post\u00admaster</p>", ["postmaster"]),
    "soft-hyphen-entity": ("<p>post&shy;master</p>", ["postmaster"]),
    "joiners": ("<p>post\u200c\u200d\u2060master</p>", ["postmaster"]),
    "direction-marks": ("<p>post\u200e\u200fmaster</p>", ["postmaster"]),
    "direction-embeddings": ("<p>\u202apost\u202c\u2068master\u2069</p>", ["postmaster"]),
    "byte-order-mark-inside": ("<p>post\ufeffmaster</p>", ["postmaster"]),
    "only-invisible": ("<p>\u200b\u00ad</p><p>One</p>", ["One"]),
    "control-characters": ("<p>post\x0bmaster\x1f</p>", ["post master"]),
    "control-references": ("<p>post&#11;master</p>", ["post master"]),
}
CHARACTERS = {
    "bare-ampersand": ("<p>R&D & more</p>", ["R&D & more"]),
    "escaped": ("<p>R&amp;D &lt;b&gt; &quot;x&quot; &#39;y&#39;</p>", ["R&D <b> \"x\" 'y'"]),
    "named": ("<p>&ldquo;x&rdquo; &mdash; &hellip; &eacute;</p>", ["“x” — … é"]),
    "numeric": ("<p>&#8217;&#x2019;&#160;</p>", ["’’"]),
    "windows-reference": ("<p>it&#146;s</p>", ["it’s"]),
    "bare-less-than": ("<p>3 < 4 and 5 > 2</p>", ["3 < 4 and 5 > 2"]),
    "replacement": ("<p>Oud\ufffdmxai</p>", ["Oud\ufffdmxai"]),
    "astral": ("<p>𠮷 📮</p>", ["𠮷 📮"]),
    "compatibility": ("<p>Ⅰ Ⅱ Ⅲ ①</p>", ["Ⅰ Ⅱ Ⅲ ①"]),
    "full-width": ("<p>ＥＭＳ：１２３</p>", ["ＥＭＳ：１２３"]),
}
BLOCKS = {
    "paragraphs": ("<p>One</p><p>two</p>", ["One", "two"]),
    "divs": ("<div>One</div><div>two</div>", ["One", "two"]),
    "nested-divs": ("<div><div>One</div>two<div>three</div></div>", ["One", "two", "three"]),
    "text-beside-a-block": ("One<p>two</p>three", ["One", "two", "three"]),
    "headings": ("<h3>One</h3>two", ["One", "two"]),
    "list": ("<ul><li>One</li><li>two</li></ul>", ["One", "two"]),
    "ordered-list": ("<ol><li>One</li><li>two</li></ol>", ["One", "two"]),
    "definition-list": ("<dl><dt>One</dt><dd>two</dd></dl>", ["One", "two"]),
    "quotation": ("<blockquote><p>One</p></blockquote>two", ["One", "two"]),
    "centred": ("<center>One</center>two", ["One", "two"]),
    "rule": ("One<hr/>two", ["One", "two"]),
    "inline-only": ("<b>One</b> <font color='red'>two</font>", ["One two"]),
    "superscript": ("<p>m<sup>2</sup> CO<sub>2</sub></p>", ["m2 CO2"]),
    "unclosed-paragraphs": ("<p>One<p>two<p>three", ["One", "two", "three"]),
    "unclosed-bold": ("<p><b>One</p><p>two</p>", ["One", "two"]),
    "preformatted": ("<pre>One\r\ntwo</pre>", ["One two"]),
    "figure": ("<figure><img src='/1.jpg'/><figcaption>One</figcaption></figure>two", ["One", "two"]),
    "form": ("<form><p>One</p></form>two", ["One", "two"]),
}
TABLES = {
    "cells": ("<table><tr><td>One</td><td>two</td></tr></table>", ["One | two"]),
    "rows": ("<table><tr><td>One</td></tr><tr><td>two</td></tr></table>", ["One", "two"]),
    "header-cells": ("<table><tr><th>One</th><th>two</th></tr></table>", ["One | two"]),
    "empty-cell": ("<table><tr><td>One</td><td>&nbsp;</td><td>three</td></tr></table>", ["One | three"]),
    "empty-row": ("<table><tr><td>&nbsp;</td><td></td></tr><tr><td>One</td></tr></table>", ["One"]),
    "break-in-a-cell": ("<table><tr><td>One<br/>two</td><td>three</td></tr></table>", ["One two | three"]),
    "two-breaks-in-a-cell": ("<table><tr><td>One<br/><br/>two</td></tr></table>", ["One two"]),
    "blocks-in-a-cell": ("<table><tr><td><p>One</p><p>two</p></td><td>three</td></tr></table>", ["One two | three"]),
    "list-in-a-cell": ("<table><tr><td><ul><li>One</li><li>two</li></ul></td></tr></table>", ["One two"]),
    "no-closing-tags": ("<table><tr><td>One<td>two<tr><td>three</table>", ["One | two", "three"]),
    "groups": (
        "<table><thead><tr><td>One</td></tr></thead><tbody><tr><td>two</td></tr></tbody></table>",
        ["One", "two"],
    ),
    "caption": ("<table><caption>One</caption><tr><td>two</td></tr></table>", ["One", "two"]),
    "nested": (
        "<table><tr><td>One</td><td><table><tr><td>two</td><td>three</td></tr></table></td></tr></table>",
        ["One | two three"],
    ),
    "nested-rows": (
        "<table><tr><td><table><tr><td>One</td></tr><tr><td>two</td></tr></table></td><td>three</td></tr></table>",
        ["One two | three"],
    ),
    "nested-twice": (
        "<table><tr><td><table><tr><td><table><tr><td>One</td><td>two</td></tr></table></td></tr></table></td><td>three</td></tr></table>",
        ["One two | three"],
    ),
    "nested-in-a-block": (
        "<table><tr><td><div><table><tr><td>One</td></tr></table></div>two</td></tr></table>",
        ["One two"],
    ),
    "text-around": ("<p>Before</p><table><tr><td>One</td></tr></table><p>After</p>", ["Before", "One", "After"]),
    "two-tables": ("<table><tr><td>One</td></tr></table><table><tr><td>two</td></tr></table>", ["One", "two"]),
    "bars-in-a-cell": ("<table><tr><td>a|b</td><td>c</td></tr></table>", ["a|b | c"]),
    "spans-over-cells": (
        "<table><tr><td colspan='2'>One</td></tr><tr><td>a</td><td>b</td></tr></table>",
        ["One", "a | b"],
    ),
}
HIDDEN = {
    "video": ("<p>One</p><video src='/x.mp4'>Your browser shows no video</video><p>two</p>", ["One", "two"]),
    "no-embed": ("<p>One</p><embed src='/x.swf'><noembed>No plug-in</noembed><p>two</p>", ["One", "two"]),
    "video-left-open": ("<p><video src='/x.mp4'></p><p>One</p>", ["One"]),
    "display-none": ("<p style='display:none'>Hidden</p><p>One</p>", ["One"]),
    "display-none-spaced": ("<p style='color:red; DISPLAY : NONE;'>Hidden</p><p>One</p>", ["One"]),
    "inline-display-none": ("<p>One <span style='display: none'>hidden</span>two</p>", ["One two"]),
    "hidden-attribute": ("<p hidden>Hidden</p><p>One</p>", ["One"]),
    "hidden-on-a-line-of-its-own": ("<p\nhidden>Hidden</p><p>One</p>", ["One"]),
    "display-none-by-reference": ("<p style='&#100;isplay:none'>Hidden</p><p>One</p>", ["One"]),
    "hidden-with-children": ("<div style='display:none'><p>Hidden <b>too</b></p></div><p>One</p>", ["One"]),
    "display-block": ("<p style='display:block'>One</p>", ["One"]),
    "script": ("<p>One</p><script>var a = '<p>Hidden</p>';</script>", ["One"]),
    "style": ("<style>p {margin: 0}</style><p>One</p>", ["One"]),
    "comment": ("<p>One<!-- hidden --></p>", ["One"]),
    "commented-block": ("<p>One</p><!-- <p>Hidden</p> -->", ["One"]),
    "textarea": ("<p>One</p><textarea>Hidden</textarea>", ["One"]),
    "select": ("<p>One</p><select><option>Hidden</option></select>", ["One"]),
    "noscript": ("<p>One</p><noscript>Hidden</noscript>", ["One"]),
    "frame": ("<p>One</p><iframe src='/x'>Hidden</iframe>", ["One"]),
    "object": ("<p>One</p><object data='/x.swf'>Hidden</object>", ["One"]),
    "template": ("<p>One</p><template><p>Hidden</p></template>", ["One"]),
    "button": ("<p>One <button>Hidden</button></p>", ["One"]),
    "include": ("<p>One</p><include src='/jsp/x.jsp'/><p>two</p>", ["One", "two"]),
}
WORD = {
    "class-and-style": ('<p class="MsoNormal" style="text-indent: 21pt;">One</p>', ["One"]),
    "office-paragraph": ("<p>One<o:p></o:p></p>", ["One"]),
    "office-paragraph-blank": ("<p><o:p>&nbsp;</o:p></p><p>One</p>", ["One"]),
    "nested-spans": (
        '<p><span style="a"><span lang="EN-US">One <span>two</span></span> three</span></p>',
        ["One two three"],
    ),
    "conditional-comment": ("<p><!--[if !supportLists]-->1. <!--[endif]-->One</p>", ["1. One"]),
    "conditional-comment-revealed": ("<p><![if !supportLists]>1. <![endif]>One</p>", ["1. One"]),
    "conditional-block": (
        "<!--[if gte mso 9]><xml><w:WordDocument>Hidden</w:WordDocument></xml><![endif]--><p>One</p>",
        ["One"],
    ),
    "namespace-instruction": (
        '<p><?xml:namespace prefix = o ns = "urn:schemas-microsoft-com:office:office" />One</p>',
        ["One"],
    ),
    "smart-tag": ("<p><st1:place>Wuhan</st1:place> Lane</p>", ["Wuhan Lane"]),
    "style-in-the-text": ("<style>.MsoNormal {margin: 0}</style><p class=MsoNormal>One</p>", ["One"]),
    "vector-picture": ('<p>One<v:shape><v:imagedata src="/1.png"/></v:shape></p>', ["One"]),
}
STRAY = {
    "in-the-first-paragraph": ("<p>One</span> two.</p><p>three</p>", ["One two.", "three"]),
    "in-a-later-paragraph": ("<p>One</p><p>two</span> three</p><p>four</p>", ["One", "two three", "four"]),
    "several": ("<p>One</span> two</span> three</p><p>four</span></p>", ["One two three", "four"]),
    "after-a-real-one": ("<p><span>One</span></span> two</p><p>three</p>", ["One two", "three"]),
    "in-a-table": (
        "<table><tr><td>One</span> two</td><td>three</td></tr></table><p>four</p>",
        ["One two | three", "four"],
    ),
    "in-a-list": ("<ul><li>One</span></li><li>two</li></ul><p>three</p>", ["One", "two", "three"]),
    "bold-instead": ("<p>One</b> two</p><p>three</p>", ["One two", "three"]),
    "font-instead": ("<p>One</font> two</p><p>three</p>", ["One two", "three"]),
    "upper-case": ("<P>One</SPAN> two</P><P>three</P>", ["One two", "three"]),
    "unclosed-span": ("<p><span>One</p><p>two</p>", ["One", "two"]),
    "spans-across-paragraphs": ("<p><span style='x'>One</p><p>two</span></p><p>three</p>", ["One", "two", "three"]),
    "end-of-the-template-s-block": ("<p>One</p></div><p>two</p>", ["One", "two"]),
    "ends-of-all-blocks": ("<p>One</p></div></li></ul></div></div><p>two</p></div>three", ["One", "two", "three"]),
    "end-of-no-paragraph": ("One</p>two</p><b>three</b>", ["One", "two", "three"]),
    "end-of-the-page": ("<p>One</p></body></html><p>two</p>", ["One", "two"]),
    "unclosed-block": ("<div><p>One</p><div><p>two</p>", ["One", "two"]),
    "unclosed-table": ("<table><tr><td>One<p>two", ["One two"]),
}
TABLES_OF_TEXT = {
    "breaks": BREAKS,
    "blanks": BLANKS,
    "invisible": INVISIBLE,
    "characters": CHARACTERS,
    "blocks": BLOCKS,
    "tables": TABLES,
    "hidden": HIDDEN,
    "word": WORD,
    "stray": STRAY,
}
CASES = {f"{group}-{name}": case for group, table in TABLES_OF_TEXT.items() for name, case in table.items()}


FOLDER = (
    '<div><span id="CurrentlyNode">Postal Savings Bank</span></div>'
    '<div class="text"><span id="CurrentlyText">{text}</span></div>'
)


@pytest.mark.parametrize(("body", "expected"), CASES.values(), ids=CASES)
def test_text_of_an_article_and_of_a_folder_is_what_a_browser_shows(body: str, expected: list[str]) -> None:
    found = read_body(body)

    assert (found["paragraphs"], found["leftovers"]) == (expected, [])
    assert values(found["registrations"], "authority") == ["ICP", "PSB"]
    assert read_folder(FOLDER.format(text=body))["paragraphs"] == expected


# --- pictures and their captions --------------------------------------------------------------------------------------

IMG = '<img src="/res/x/1.jpg" alt="alternative" />'
CAPTIONS = {
    "marked-paragraph": (f"<p align='center'>{IMG}</p><p>A van. [China Post]</p>", "A van. [China Post]"),
    "marked-behind-blanks": (
        f"<p>{IMG}</p><p>&nbsp;</p><p>&nbsp;</p><p>A van. [China Post]</p>",
        "A van. [China Post]",
    ),
    "marked-with-name": (
        f"<p>{IMG}</p><p>A van.[China Post News / WANG Min]</p>",
        "A van.[China Post News / WANG Min]",
    ),
    "centred-paragraph": (f"<p>{IMG}</p><p style='text-align: center;'>A van</p>", "A van"),
    "cell-beside": (f"<table><tr><td>{IMG}</td><td>A van</td></tr></table>", "A van"),
    "cell-below": (f"<table><tr><td>{IMG}</td></tr><tr><td>A van</td></tr></table>", "A van"),
    "same-cell-with-a-story": (f"<table><tr><td>{IMG}<p>A van</p><p>It is new.</p></td></tr></table>", None),
    "same-cell": (f"<table><tr><td>{IMG}<br/>A van</td></tr></table>", "A van"),
    "figure": (f"<figure>{IMG}<figcaption>A van</figcaption></figure>", "A van"),
    "under-a-break": (f"<p>{IMG}<br/>A van</p>", "A van"),
    "cell-beside-behind-a-comment": (f"<table><tr><td>{IMG}</td><!-- x --><td>A van</td></tr></table>", "A van"),
    "cell-below-behind-a-comment": (
        f"<table><tr><td>{IMG}</td></tr><!-- x --><tr><!-- y --><td>A van</td></tr></table>",
        "A van",
    ),
    "marked-behind-a-comment": (f"<p>{IMG}</p><!-- x --><p>A van. [China Post]</p>", "A van. [China Post]"),
    "plain-paragraph": (f"<p>{IMG}</p><p>The vans set out at six and came back at noon.</p>", None),
    "no-text": (f"<p>{IMG}</p>", None),
    "picture-inside-a-sentence": (f"<p>The van {IMG} is electric.</p>", None),
    "marked-behind-a-picture-alone": (f"{IMG}\r\n<p>A van. [China Post]</p><p>It is new.</p>", "A van. [China Post]"),
    "words-between": (f"{IMG} It is new.<p>A van. [China Post]</p>", None),
    "another-picture-next": (f"<p>{IMG}</p><p><img src='/res/x/2.jpg'/></p><p>A van. [China Post]</p>", None),
}


@pytest.mark.parametrize(("body", "caption"), CAPTIONS.values(), ids=CAPTIONS)
def test_caption_is_what_clearly_belongs_to_the_picture(body: str, caption: str | None) -> None:
    found = read_body(body)

    assert values(found["images"], "caption")[0] == caption
    assert caption is None or caption in [*found["paragraphs"]]  # type: ignore[misc]


PICTURES = {
    "root-relative": ("<img src='/res/x/1.jpg'/>", [HOST + "/res/x/1.jpg"]),
    "relative": ("<img src='1.jpg'/>", [HOST + "/html1/report/2304/1.jpg"]),
    "absolute": ("<img src='http://www.chinapost.com.cn/res/1.jpg'/>", ["http://www.chinapost.com.cn/res/1.jpg"]),
    "protocol-relative": ("<img src='//www.chinapost.com.cn/res/1.jpg'/>", ["http://www.chinapost.com.cn/res/1.jpg"]),
    "md5-name": (
        "<img src='/res/x/1704/55b0c1d9e2f34a67b8c90d1e2f3a4b5c.png'/>",
        [HOST + "/res/x/1704/55b0c1d9e2f34a67b8c90d1e2f3a4b5c.png"],
    ),
    "icon-of-the-cms": ("<img src='/tea/image/ico/pdf.gif'/>", []),
    "new-mark": ("<img src='/tea/image/public/new.gif'/>", []),
    "without-source": ("<img alt='x'/>", []),
    "empty-source": ("<img src=''/>", []),
    "inline-data": ("<img src='data:image/png;base64,AAAA'/>", []),
    "hidden": ("<div style='display:none'><img src='/res/x/1.jpg'/></div>", []),
    "on-error": ('<img onerror="this.style.display=\'none\';" src="/res/x/1.jpg" />', [HOST + "/res/x/1.jpg"]),
    "several": ("<img src='/1.jpg'/><img src='/2.jpg'/>", [HOST + "/1.jpg", HOST + "/2.jpg"]),
    "broken-url": ("<img src='http://[broken/1.jpg'/>", ["http://[broken/1.jpg"]),
}


@pytest.mark.parametrize(("body", "urls"), PICTURES.values(), ids=PICTURES)
def test_pictures_have_absolute_urls(body: str, urls: list[str]) -> None:
    assert values(read_body(f"<p>Text</p><p>{body}</p>")["images"], "url") == urls


@pytest.mark.parametrize(
    "waiting", ["src='/tea/image/blank.gif' data-src", "src='data:image/gif;base64,R0' data-original"]
)
def test_picture_that_waits_for_its_reader_is_the_one_a_script_shows(waiting: str) -> None:
    assert values(read_body(f"<p><img {waiting}='/res/x/1.jpg'/></p>{BODY}")["images"], "url") == [
        HOST + "/res/x/1.jpg"
    ]


def test_pictures_of_the_frame_are_not_those_of_the_story() -> None:
    assert read_body(BODY)["images"] == []


@pytest.mark.parametrize("body", ["", "<p>&nbsp;</p>"], ids=["empty", "blank"])
def test_story_without_text_is_a_story(body: str) -> None:
    assert body_paragraphs(body) == []


def test_white_space_of_any_kind_is_one_blank() -> None:
    kinds = [chr(code) for code in range(0x10000) if chr(code).isspace()]

    assert len(kinds) > len(MARKS)
    for kind in kinds:
        assert clean(f"{kind}a{kind}b {kind}") == "a b", ascii(kind)
        if kind not in MARKS:
            assert paragraphs(f" a {kind}b {PARAGRAPH}{kind}c d") == ["a b", "c d"], ascii(kind)


def test_stray_end_and_control_are_found_after_many_others() -> None:
    assert body_paragraphs("<p>a&#38;b</p>" * 3 + "One</p>two&#11;three") == ["a&b", "a&b", "a&b", "One", "two three"]
