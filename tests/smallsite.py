"""A site of nineteen of the fixtures, for tests of runs: the pages as they are, without the links to all others."""

import re

from fakesite import FIXTURES, HOME_HOST, FakeSite

ROOT = FIXTURES / HOME_HOST
KEPT = (
    "index.htm",
    "html1/folder/1408/4045-1.htm",
    "html1/folder/1408/4060-1.htm",
    "html1/folder/1408/4061-1.htm",
    "html1/category/1408/4050-1.htm",
    "html1/category/1408/4050-2.htm",
    "html1/category/1408/4055-1.htm",
    "html1/category/17026/254-1.htm",
    "html1/category/17026/254-2.htm",
    "html1/report/2203/3375-1.htm",
    "html1/report/2203/3375-2.htm",
    "html1/report/2207/5936-1.htm",
    "html1/report/23081/4476-1.htm",
    "html1/report/2304/8450-1.htm",
    "html1/report/2304/8456-1.htm",
    "html1/report/25111/263-1.htm",
    "html1/stamp/17026/1033-1.htm",
    "html1/stamp/17116/2186-1.htm",
    "html1/stamp/17116/4327-1.htm",
)
LINK = rb"""<a\b[^>]*\bhref=["'][^"']*?(\w+/\w+/[\d-]+\.htm)["'][^>]*>.*?</a>"""
ROW_OR_LINK = re.compile(rb"<li(?: id=\w+)?>(?:(?!</?li\b).)*?" + LINK + rb"(?:(?!<li\b).)*?</li>|" + LINK, re.DOTALL)


def page(path: str) -> bytes:
    """Return a page without the links to pages that are not kept, and without the rows that hold them."""
    return ROW_OR_LINK.sub(_kept, (ROOT / path).read_bytes())


def _kept(found: "re.Match[bytes]") -> bytes:
    target = found[1] or found[2]
    return found[0] if f"html1/{target.decode()}" in KEPT else b""


SMALL_SITE = {f"http://{HOME_HOST}/{path}".removesuffix("index.htm"): page(path) for path in KEPT}


def play_small_site(site: FakeSite) -> None:
    """Show the small site; `site` is one without pages."""
    for url, body in SMALL_SITE.items():
        site.edit(url, body)
