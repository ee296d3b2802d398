"""From bytes to text: SITE.md §8 (charset, compression), §10.10, §11.7 (h)."""

import gzip
import zlib

import pytest

import cms_news
import cms_variants
from cms_frame import Node
from postarchive.errors import NotAPage
from postarchive.models import Headers
from reading import NEWS_URL, cases, page, read

SEED = cms_news.SEED.html()
EXPECTED = read(SEED)
HTML: Headers = (("Content-Type", "text/html"),)
ASCII = SEED.encode("ascii", "xmlcharrefreplace")
CHINESE = cms_variants.chinese_page(
    Node(id=22081492, title="蜀道邮车"),
    "<h1><span id='ReportIDname'>蜀道邮车</span></h1>来源:<span id='ReportIDMediaName'>中国邮政网</span>"
    "<span id='ReportIDtext'><p>这一天，邮包比往常多了三件，邮车从成都出发，一路向西。</p></span>",
)
META = 'charset=UTF-8"'
DIRTY = cms_news.typographic_dirt().html()


def header(value: str) -> Headers:
    return (("Content-Type", value),)


# --- what is said, and what is true -----------------------------------------------------------------------------------

HEADERS = {
    "no-header": (),
    "no-charset": HTML,
    "utf-8": header("text/html; charset=UTF-8"),
    "utf-8-quoted": header('text/html; charset="utf-8"'),
    "utf8": header("text/html;charset=utf8"),
    "lower-case-name": (("content-type", "text/html; charset=utf-8"),),
    "unknown-charset": header("text/html; charset=x-unknown"),
    "no-text-charset": header("text/html; charset=hex"),
    "empty-charset": header("text/html; charset="),
}


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)
@pytest.mark.parametrize("html", [SEED, CHINESE, DIRTY], ids=["english", "chinese", "dirty"])
def test_utf_8_needs_no_header(html: str, headers: Headers) -> None:
    found = page(html, headers=headers)

    assert (found.title, found.paragraphs) == (page(html).title, page(html).paragraphs)
    assert not [warning for warning in found.warnings if "charset" in warning]


@pytest.mark.parametrize("wrong", ["iso-8859-1", "ISO-8859-1", "windows-1252", "gbk", "gb2312", "big5", "us-ascii"])
@pytest.mark.parametrize("html", [SEED, CHINESE], ids=["english", "chinese"])
def test_utf_8_under_a_wrong_header_is_still_utf_8(html: str, wrong: str) -> None:
    found = page(html, headers=header(f"text/html; charset={wrong}"))

    assert (found.title, found.paragraphs) == (page(html).title, page(html).paragraphs)
    assert any("charset overruled" in warning for warning in found.warnings)


@pytest.mark.parametrize("meta", ["gb2312", "iso-8859-1", "big5"])
def test_utf_8_under_a_wrong_meta_is_still_utf_8(meta: str) -> None:
    found = page(CHINESE.replace(META, f'charset={meta}"'))

    assert found.title == "蜀道邮车"
    assert any("charset overruled" in warning for warning in found.warnings)


GB = {
    "gb2312-meta": ("gb2312", (), ("gb18030", "gbk", "gb2312")),
    "gbk-meta": ("GBK", (), ("gb18030", "gbk")),
    "gb18030-meta": ("gb18030", (), ("gb18030",)),
    "gb2312-header": ("UTF-8", header("text/html; charset=gb2312"), ("gb18030", "gbk")),
    "gbk-header-no-meta": (None, header("text/html; charset=GBK"), ("gb18030", "gbk")),
    "no-charset-at-all": (None, HTML, ("gb18030", "gbk", "gb2312")),
    "wrong-meta": ("UTF-8", HTML, ("gb18030", "gbk")),
    "wrong-header": (None, header("text/html; charset=utf-8"), ("gb18030",)),
    "latin-header": (None, header("text/html; charset=ISO-8859-1"), ("gb18030",)),
}
GB_CASES = [
    pytest.param(meta, headers, codec, id=f"{name}-{codec}")
    for name, (meta, headers, codecs) in GB.items()
    for codec in codecs
]


@pytest.mark.parametrize(("meta", "headers", "codec"), GB_CASES)
def test_chinese_page_in_gb_is_read(meta: str | None, headers: Headers, codec: str) -> None:
    html = CHINESE.replace(META, f'charset={meta}"' if meta else '"')

    found = read(html.encode(codec), headers=headers)

    assert (found["title"], found["source"]) == ("蜀道邮车", "中国邮政网")
    assert found["paragraphs"] == ["这一天，邮包比往常多了三件，邮车从成都出发，一路向西。"]


def test_guessed_charset_is_reported() -> None:
    html = CHINESE.replace(META, '"').encode("gb18030")

    assert any("charset" in warning for warning in page(html).warnings)


LATIN = {
    "windows-1252-header": header("text/html; charset=windows-1252"),
    "latin-1-header-means-windows-1252": header("text/html; charset=ISO-8859-1"),
    "nothing-said": HTML,
    "utf-8-said": header("text/html; charset=UTF-8"),
    "utf-16-said": header("text/html; charset=utf-16"),
}


@pytest.mark.parametrize("headers", LATIN.values(), ids=LATIN)
def test_english_page_in_windows_1252(headers: Headers) -> None:
    footer = "<p>Register number: 京ICP备15035540号 京公网安备110401400185号</p>"
    html = SEED.replace(footer, "").replace(META, '"')

    found = page(html.encode("cp1252"), headers=headers)

    assert any("China Post’s customer base" in text for text in found.paragraphs)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_needs_no_mark(codec: str) -> None:
    assert read(CHINESE.encode(codec)) == read(CHINESE)


def test_byte_order_mark_before_another_charset_is_an_editor_s() -> None:
    found = read(b"\xef\xbb\xbf" + CHINESE.encode("gb18030"))

    assert (found["title"], found["source"]) == ("蜀道邮车", "中国邮政网")
    assert "charset overruled: said utf-8, read as gb18030" in str(found["warnings"])


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("headers", [HTML, header("text/html; charset=ISO-8859-1")], ids=["no-charset", "wrong"])
def test_byte_order_mark_decides(codec: str, headers: Headers) -> None:
    body = SEED.encode(codec)
    if codec in {"utf-16-le", "utf-16-be"}:
        body = "\ufeff".encode(codec) + body

    found = page(body, headers=headers)

    assert (found.title, len(found.paragraphs)) == (cms_news.SEED_TITLE, 4)


@pytest.mark.parametrize("bytes_left", [1, 2])
def test_truncated_character_at_the_end_is_dropped(bytes_left: int) -> None:
    body = SEED.encode()
    cut = body.index("’".encode()) + bytes_left

    found = page(body[:cut])

    assert found.paragraphs[1].endswith("expand China Post")
    assert "\ufffd" not in "".join(found.paragraphs)
    assert any("cut off" in warning for warning in found.warnings)


def test_truncated_character_does_not_change_the_charset() -> None:
    body = CHINESE.encode()
    cut = body.index("一路向西".encode()) + 1

    assert page(body[:cut]).title == "蜀道邮车"


DAMAGE = {"stray": b"\xff", "half": b"\xe2\x80", "overlong": b"\xc0\xaf", "three-strays": b"\x80\x80\x80"}


@pytest.mark.parametrize("damage", cases(DAMAGE))
def test_one_broken_character_leaves_the_rest(damage: bytes) -> None:
    body = SEED.encode().replace(b"inclusive finance", b"inclusive " + damage + b"finance")

    found = page(body, headers=HTML)

    assert any("China Post’s customer base" in text for text in found.paragraphs)
    assert found.warnings


# --- compression ------------------------------------------------------------------------------------------------------

PACKED = {
    "gzip-without-header": (gzip.compress(SEED.encode(), mtime=0), ()),
    "gzip-with-header": (gzip.compress(SEED.encode(), mtime=0), (("Content-Encoding", "gzip"),)),
    "gzip-under-x-gzip": (gzip.compress(SEED.encode(), mtime=0), (("Content-Encoding", "x-gzip"),)),
    "gzip-header-on-plain-bytes": (SEED.encode(), (("Content-Encoding", "gzip"),)),
    "gzip-under-deflate": (gzip.compress(SEED.encode(), mtime=0), (("Content-Encoding", "deflate"),)),
    "zlib-as-deflate": (zlib.compress(SEED.encode()), (("Content-Encoding", "deflate"),)),
    "raw-deflate": (zlib.compress(SEED.encode(), wbits=-15), (("Content-Encoding", "deflate"),)),
    "identity": (SEED.encode(), (("Content-Encoding", "identity"),)),
    "gzip-with-file-name": (
        b"\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\x03a.htm\x00" + gzip.compress(SEED.encode(), mtime=0)[10:],
        (),
    ),
}


@pytest.mark.parametrize(("body", "headers"), PACKED.values(), ids=PACKED)
def test_packed_page_is_the_same_page(body: bytes, headers: Headers) -> None:
    assert read(body, headers=headers) == EXPECTED


def test_gzip_of_two_members_is_read_whole() -> None:
    half = len(SEED) // 2
    body = gzip.compress(SEED[:half].encode(), mtime=0) + gzip.compress(SEED[half:].encode(), mtime=0)

    assert read(body) == EXPECTED


def test_gzip_that_does_not_end_is_a_record_with_a_warning() -> None:
    body = gzip.compress(SEED.encode(), mtime=0)

    found = page(body[: len(body) * 9 // 10])

    assert found.title == cms_news.SEED_TITLE
    assert any("gzip" in warning for warning in found.warnings)


@pytest.mark.parametrize("size", [34, 100], ids=["just-too-large", "far-too-large"])
def test_gzip_bomb_is_refused(size: int) -> None:
    packer = zlib.compressobj(wbits=31)
    body = b"".join([*(packer.compress(b" " * 2**20) for _ in range(size)), packer.flush()])

    with pytest.raises(NotAPage, match="unpacks to more than"):
        read(body)


@pytest.mark.parametrize(
    "body", [b"\x1f\x8b", b"\x1f\x8b\x08", b"\x1f\x8b" + b"x" * 40], ids=["magic", "short", "noise"]
)
def test_broken_gzip_is_refused(body: bytes) -> None:
    with pytest.raises(NotAPage):
        read(body)


def test_damaged_gzip_is_refused_or_warned_of() -> None:
    body = bytearray(gzip.compress(SEED.encode(), mtime=0))
    body[len(body) // 2] ^= 0xFF

    try:
        found = page(bytes(body))
    except NotAPage:
        return
    assert found.warnings


@pytest.mark.parametrize("coding", ["br", "zstd", "compress"])
def test_unknown_coding_is_refused_by_name(coding: str) -> None:
    with pytest.raises(NotAPage, match=coding):
        read(b"\x8b\x02\x80" + SEED.encode(), headers=(("Content-Encoding", coding),))


def test_page_larger_than_any_is_refused() -> None:
    with pytest.raises(NotAPage, match="larger than"):
        read(SEED.encode() + b" " * (33 * 2**20), url=NEWS_URL)


# --- labels that no browser knows -------------------------------------------------------------------------------------


LABELS = ["utf-16", "utf-32", "utf-7", "idna", "punycode", "unicode_escape", "undefined", "cp037", "hz", "rot13"]


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("place", ["header", "meta"])
def test_absurd_label_on_a_chinese_page_is_overruled(label: str, place: str) -> None:
    html = CHINESE.replace(META, f'charset={label}"' if place == "meta" else '"')

    found = page(html.encode("gb18030"), headers=header(f"text/html; charset={label}") if place == "header" else HTML)

    assert found.title == "蜀道邮车"


def test_reading_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Standard error belongs to the command line; an unhandled log line would land there."""
    with pytest.raises(NotAPage):
        page(bytes(range(128, 256)) * 8)

    assert caplog.records == []


def test_broken_bytes_in_an_english_page_do_not_make_it_another_charset() -> None:
    """§10.10: UTF-8 unless a header or meta says otherwise; and a record must not depend on what else is installed."""
    found = page(ASCII.replace(b"inclusive finance", b"inclusive \x81 \x8d \x8f \xff \x90 \x9d finance"))

    assert any("inclusive \ufffd" in text for text in found.paragraphs)
    assert any("cannot be read as utf-8" in warning for warning in found.warnings)
