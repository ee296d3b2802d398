"""From the bytes of a response to text: decompress, and decide the charset by evidence.

The sites send UTF-8, often as `text/html` without a charset, sometimes under a wrong one; old Chinese pages may be
GB18030 (SITE.md §8, §10.10). The order of evidence: a byte order mark, then content that can only be UTF-8, then what
the header says, then what the page itself says, and last the statistics of the bytes.
"""

import codecs
import re
import zlib
from functools import lru_cache

from postarchive.errors import NotAPage
from postarchive.models import Capture
from postarchive.pages.html.limits import MAX_BYTES, TOO_MANY_BYTES

GZIP_MAGIC = b"\x1f\x8b"
CUT_GZIP = "page is cut off: its gzip stream does not end"  # a warning
# UTF-16 without a byte order mark: `<` and the next letter, each with a zero as its other half
WIDE = re.compile(rb"(?:[\r\n\t ]\x00)*+<\x00(?P<little>[!?A-Za-z])\x00|\x00(?:[\r\n\t ]\x00)*+<\x00[!?A-Za-z]")
BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# What these labels mean on the web: browsers read them as their supersets.
LABELS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "iso-8859-1": "windows-1252",
    "latin-1": "windows-1252",
    "latin1": "windows-1252",
    "us-ascii": "windows-1252",
    "ascii": "windows-1252",
    "utf8": "utf-8",
}
# <meta http-equiv="Content-Type" content="text/html; charset=UTF-8"/>  <meta charset=gb2312>
# <?xml version="1.0" encoding="utf-8"?>
PAGE_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
XML_ENCODING = re.compile(rb"""^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]+)""")
HEADER_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
LEAD_OF_THREE = re.compile(rb"[\xe0-\xff]")
HIGH_RUNS = re.compile(rb"[\x80-\xff]+")
HEAD_BYTES = 4096
LONGEST_META = 1000
UTF8_CLAIM = b"charset=utf-8"
MAX_BROKEN = 200  # one broken character in this many bytes is damage; more mean another charset
MAX_MEMBERS = 1000  # of a gzip file
WINDOW_BYTES = 65_536  # of a compressed body, taken at a time
# The charsets of the web (WHATWG's list, by Python's names); no page uses the others that Python knows.
WEB_CHARSETS = frozenset(
    {
        "utf-8", "utf_8", "gb18030", "big5", "big5hkscs", "euc_jp", "iso2022_jp", "shift_jis", "cp932",
        "euc_kr", "cp949", "cp866", "cp874", "koi8-r", "koi8-u", "mac-roman", "iso8859-2", "iso8859-3",
        "iso8859-4", "iso8859-5", "iso8859-6", "iso8859-7", "iso8859-8", "iso8859-10", "iso8859-13",
        "iso8859-14", "iso8859-15", "iso8859-16", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255",
        "cp1256", "cp1257", "cp1258",
    }
)  # fmt: skip
# What is certainly not a page, by its first bytes.
MAGIC = (
    (GZIP_MAGIC, "a gzip file inside a gzip file"),
    (b"%PDF-", "a PDF file"),
    (b"\x89PNG\r\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"PK\x03\x04", "a ZIP archive (a WACZ or an Office file?)"),
    (b"\xd0\xcf\x11\xe0", "an old Office file"),
    (b"WARC/", "a WARC file"),
    (b"SQLite format 3\x00", "an SQLite database"),
)


def page_bytes(capture: Capture) -> tuple[bytes, tuple[str, ...]]:
    """Return the page as UTF-8 bytes without a byte order mark, and warnings about how it was decoded.

    Raises NotAPage if it is empty, too large, or something else by its first bytes.
    """
    subject = capture.url or "input"
    body, warnings = unpack(capture)
    text, said = _text(subject, body, capture.header("Content-Type") or "")
    if len(text) > MAX_BYTES:
        raise NotAPage(subject, f"as UTF-8 {TOO_MANY_BYTES}")
    return text, (*warnings, *said)


def _text(subject: str, body: bytes, content_type: str) -> tuple[bytes, tuple[str, ...]]:
    if wide := WIDE.match(body):
        return _recode(body, "utf-16-le" if wide["little"] else "utf-16-be")
    if not body.startswith(b"<"):
        _refuse_other_files(subject, body)
        for bom, charset in BOMS:
            if body.startswith(bom):
                return _after_bom(body[len(bom) :], charset, content_type)
    return _as_utf8(body, content_type)


def _after_bom(body: bytes, charset: str, content_type: str) -> tuple[bytes, tuple[str, ...]]:
    """Return what follows a byte order mark; an editor may put that of UTF-8 before bytes that are not UTF-8."""
    if charset != "utf-8":
        return _recode(body, charset)
    whole = _whole_utf8(body)
    if whole is None:
        return _not_utf8(body, list(dict.fromkeys(["utf-8", *_declared(body, content_type)])))
    return whole, ()


def _refuse_other_files(subject: str, body: bytes) -> None:
    if not body.strip(b"\x00 \t\r\n"):
        raise NotAPage(subject, "empty; there is nothing to read")
    for magic, name in MAGIC:
        if body.startswith(magic):
            raise NotAPage(subject, f"{name}, not an HTML page")


def unpack(capture: Capture) -> tuple[bytes, tuple[str, ...]]:
    """Return the body without its gzip or deflate coding; gzip is known by its magic number, whatever the header says.

    Raises NotAPage when the coding is broken or unknown, or the page is larger than any real one.
    """
    body = capture.body
    if body.startswith(GZIP_MAGIC):
        return _inflate(capture, 31)
    coding = capture.header("Content-Encoding")
    coding = coding.strip().lower() if coding else ""
    if coding == "deflate" and body:
        return _inflate(capture, 15 if body[0] & 0x0F == 8 else -15)  # noqa: PLR2004 - zlib's method nibble
    if coding in {"br", "zstd", "compress"}:
        raise NotAPage(capture.url, f"packed as {coding}, which cannot be unpacked here")
    if len(body) > MAX_BYTES:
        raise NotAPage(capture.url, TOO_MANY_BYTES)
    return body, ()


def _inflate(capture: Capture, window: int) -> tuple[bytes, tuple[str, ...]]:
    """Return all members of a compressed body, decompressed; a gzip file may have several, one after the other.

    Raises NotAPage as soon as the output is larger than a page may be, however small the input.
    """
    body, members, place = bytearray(), 1, 0
    unpacker = zlib.decompressobj(window)
    try:
        while place < len(capture.body):
            piece = capture.body[place : place + WINDOW_BYTES]
            body += unpacker.decompress(piece, MAX_BYTES + 1 - len(body))
            if len(body) > MAX_BYTES:
                raise NotAPage(capture.url, f"unpacks to more than {MAX_BYTES // 2**20} MiB; no page of the site does")
            place += len(piece) - len(unpacker.unused_data)
            if unpacker.eof:
                if not capture.body.startswith(GZIP_MAGIC, place):
                    break
                members += 1
                unpacker = _next_member(capture.url, members, window)
    except zlib.error as error:
        raise NotAPage(capture.url, f"a broken gzip file ({error})") from error
    return bytes(body), () if unpacker.eof else (CUT_GZIP,)


def _next_member(url: str, number: int, window: int) -> "zlib._Decompress":
    if number > MAX_MEMBERS:
        raise NotAPage(url, f"a gzip file of more than {MAX_MEMBERS} members; no page of the site is")
    return zlib.decompressobj(window)


def _as_utf8(body: bytes, content_type: str) -> tuple[bytes, tuple[str, ...]]:
    if body.isascii():
        return body, ()
    whole = _whole_utf8(body)
    if whole is not None and "charset" not in content_type.lower() and _claims_utf8(body[:HEAD_BYTES]):
        return whole, ()
    declared = _declared(body, content_type)
    if whole is None or _is_rather_gb(body, declared):
        return _not_utf8(body, declared)
    wrong = [label for label in declared if label != "utf-8"]
    return whole, tuple(f"charset overruled: said {label}, is utf-8" for label in wrong[:1])


def _claims_utf8(head: bytes) -> bool:
    return b"charset=UTF-8" in head or UTF8_CLAIM in head.lower()


def _declared(body: bytes, content_type: str) -> list[str]:
    """Return the charsets that are claimed, header first; unknown ones are left out."""
    header, xml = HEADER_CHARSET.search(content_type), XML_ENCODING.search(body)
    claims = [header and header[1], _meta_charset(body[:HEAD_BYTES]), xml and xml[1].decode()]
    return list(dict.fromkeys(label for claim in claims if claim and (label := _known(claim))))


def _meta_charset(head: bytes) -> str | None:
    """Return the first charset that a meta tag names; a script tag may name one too, but not the page's."""
    for found in PAGE_CHARSET.finditer(head):
        place = max(head.rfind(b"<", max(found.start() - LONGEST_META, 0), found.start()), 0)
        if head[place : place + 5].lower() == b"<meta":
            return found[1].decode()
    return None


@lru_cache(maxsize=64)
def _known(label: str) -> str | None:
    name = LABELS.get(label.lower(), label.lower())
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):  # ValueError: a NUL in the name
        return None
    return info.name if info.name in WEB_CHARSETS else None


def _whole_utf8(body: bytes) -> bytes | None:
    """Return UTF-8 bytes as they are, without a last character that is cut off; None when they are not UTF-8."""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        is_cut = error.reason == "unexpected end of data" and error.start >= len(body) - 3
        return body[: error.start] if is_cut else None
    return body


def _is_rather_gb(body: bytes, declared: list[str]) -> bool:
    """Tell whether bytes are GB text that is valid UTF-8 by chance: declared as GB, and no three-byte character."""
    return declared[:1] == ["gb18030"] and not LEAD_OF_THREE.search(body)


def _not_utf8(body: bytes, declared: list[str]) -> tuple[bytes, tuple[str, ...]]:
    for charset in declared:
        if charset == "utf-8":
            if _is_damaged_utf8(body):
                return _recode(body, "utf-8")
        elif _decodes(body, charset) and _is_plausible(body, charset):
            return _recode(body, charset)
    guess = "gb18030" if _is_paired(body) and _decodes(body, "gb18030") else _detected(body)
    said = f"charset overruled: said {declared[0]}, read as {guess}" if declared else f"charset guessed: {guess}"
    text, more = _recode(body, guess)
    return text, (said, *more)


def _is_damaged_utf8(body: bytes) -> bool:
    """Tell whether the bytes are UTF-8 with a few broken characters.

    At least nine in ten are whole; or hardly any are broken, and it is not simply windows-1252 throughout.
    """
    text = body.decode(errors="replace")
    broken = text.count("\ufffd")
    whole = len(text) - len(text.encode("ascii", errors="ignore")) - broken
    is_little = broken * MAX_BROKEN <= len(body)
    return whole >= 9 * broken or (is_little and (whole >= broken or not _decodes(body, "cp1252")))


def _decodes(body: bytes, charset: str) -> bool:
    try:
        codecs.getincrementaldecoder(charset)("strict").decode(body, final=False)
    except UnicodeError:
        return False
    return True


def _is_plausible(body: bytes, charset: str) -> bool:
    """Tell whether a one-byte charset is possible: GB text decodes as windows-1252 too, but its high bytes pair up."""
    return charset not in {"windows-1252", "cp1252"} or not _is_paired(body)


def _is_paired(body: bytes) -> bool:
    """Tell whether high bytes come in pairs, as in GB text; accents and curly quotes of cp1252 are single."""
    runs = HIGH_RUNS.findall(body)
    return sum(len(run) for run in runs if len(run) > 1) > sum(1 for run in runs if len(run) == 1)


def _detected(body: bytes) -> str:
    """Return the charset that a page names further down, else what browsers fall back to; never a statistical guess."""
    late = _meta_charset(body)
    name = _known(late) if late else None
    return name if name and name != "utf-8" and _decodes(body, name) else "windows-1252"


def _recode(body: bytes, charset: str) -> tuple[bytes, tuple[str, ...]]:
    text = body.decode(charset, errors="replace")
    lost = text.count("\ufffd") - (body.count("\ufffd".encode()) if charset == "utf-8" else 0)
    cut = 1 if lost == 1 and text.endswith("\ufffd") else 0
    warnings = (f"{lost - cut} characters cannot be read as {charset}",) if lost > cut else ()
    return text[: len(text) - cut].encode("utf-8", errors="replace"), warnings
