"""Responses that look like pages but have no content: loading, 404, alert, login, script redirect, block pages.

Knowledge: SITE.md §8 (what the CMS sends with status 200) and §11.6 (e), §11.7. They are recognised only if there is no
content, so that an article may mention captchas.
"""

import re
from collections.abc import Sequence

from postarchive.errors import NotOfTheCms, ParseError, SoftError
from postarchive.pages.cms.frame import FRAME
from postarchive.pages.cms.material import Material
from postarchive.pages.html.flow import Span
from postarchive.pages.html.tree import Tree, outside
from postarchive.startup import late

# What the source of such a page contains, in lower case; a page with none of these is not checked further.
HINTS = (
    b"refresh",
    b"yl404",
    b"infoalert",
    b"tablecenter",
    b"location",
    b"alert(",
    b"startlogin",
    b"password",
    b"captcha",
)
REDIRECT = re.compile(rb"location(?:\.href)?\s*=\s*['\"]|location\.(?:replace|assign)\s*\(")
ALERT = re.compile(rb"<script[^<>]*>\s*alert\s*\(")
LOADING = re.compile(r"加载中|請稍|请稍|loading|please wait", re.IGNORECASE)
NOT_FOUND = late(r"404 Not Found|页面不存在|找不到|提示信息", re.IGNORECASE)
# With `(?=[…])` a search tries the words only where one of their first letters is; ignoring case, each word costs time.
BLOCKED = re.compile(
    r"(?=[acfrs訪访验])(?:captcha|验证码|訪問驗證|访问验证|访问过于频繁|"
    r"access denied|forbidden|request blocked|security check|checking your browser)",
    re.IGNORECASE,
)
ERROR_PAGE = late(r"(?=[bis错])(?:错误信息|Internal Server Error|Bad Gateway|Service Unavailable)", re.IGNORECASE)
# The titles of such pages that other programs send, however long they are
MESSAGE_TITLE = late(
    r"\W*(?:[45]0\d\W*(?:$|error|forbidden|not|bad|service|internal|gateway|找不到|禁止)|attention required|"
    r"access denied|forbidden|request (?:rejected|blocked)|just a moment|bad gateway|service unavailable|not found|"
    r"(?:site |website )?under maintenance|安全拦截|访问被|访问受限|网站防火墙|(?:系统|网站|站点)维护)",
    re.IGNORECASE,
)
LITTLE_TEXT = 400  # characters; the CMS's own message pages have fewer


def refuse_odd(material: Material, region: Span) -> None:
    """Raise SoftError, naming what the page is, if it has no content; NotOfTheCms for another program's page."""
    tree, subject = material.tree, material.subject
    framed = material.frame_blocks(region)
    shown = tree.line(region, [(block, "") for block in framed])
    is_short = len(shown) < LITTLE_TEXT
    if is_short and (name := _name(tree, shown, material.head.title or "")):
        raise SoftError(subject, f"{name}; nothing to keep as a record")
    if not material.head.is_cms and not has_frame(tree):
        if MESSAGE_TITLE.match(material.head.title or ""):
            raise SoftError(subject, "a block, error or maintenance page; nothing to keep as a record")
        raise NotOfTheCms(subject, "not a page of China Post's CMS (neither its head nor its frame was found)")
    pictures = (inner for inner in tree.within(region) if inner.tag == "img")
    if not shown and not outside(pictures, framed):
        raise SoftError(subject, "a frame with an empty content region; nothing to keep as a record")


def own_region(material: Material, region: Span, own: Sequence[Span]) -> Span:
    """Return the content region of a page without the frame: the innermost element around the kind's `own` fields.

    Raises ParseError if those are missing too: otherwise the whole body would be read as content, and a redesign would
    silently become a record.
    """
    if not own:
        refuse_odd(material, region)
        problem = "neither the frame (#Body, #Content, #Content1 to 3) nor a field of its kind was found: a redesign?"
        raise ParseError(material.subject, problem, ("frame",))
    return next((around for around in (own[0], *own[0].ancestors()) if all(map(around.holds, own))), region)


def _name(tree: Tree, shown: str, title: str) -> str | None:
    """Return what a short page is, by its marks and words; None when it may have content."""
    lower = tree.lower
    hints = {hint for hint in HINTS if hint in lower}
    words = f"{title} {shown}"
    claims = (
        (b"refresh" in hints and LOADING.search(words), "a loading page (the server is starting up)"),
        (b"infoalert" in hints or (b"alert(" in hints and ALERT.search(lower)), "an alert page"),
        (b"yl404" in hints or NOT_FOUND.search(words), "the CMS's 404 page"),
        (b"tablecenter" in hints or ERROR_PAGE.search(words), "an error page of the server"),
        (not shown and b"location" in hints and REDIRECT.search(lower), "a page that is only a script redirect"),
        (b"captcha" in hints or BLOCKED.search(words), "a block or captcha page"),
        (b"startlogin" in hints or b"password" in hints, "a login page"),
        (b"refresh" in hints and not has_frame(tree), "a page that only refreshes itself"),
    )
    return next((name for is_so, name in claims if is_so), None)


def has_frame(tree: Tree) -> bool:
    """Tell whether the page has any block of the CMS's frame."""
    return not tree.names.isdisjoint(FRAME)
