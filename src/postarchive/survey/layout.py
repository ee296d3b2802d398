"""How the pages of a host are built: template, line ends, heading, navigation, frame, names.

What to expect: SITE.md §3. Every pattern is bounded, because a page may hold anything.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from postarchive.errors import NotAPage
from postarchive.jsonvalue import JsonObject
from postarchive.pages import Reading
from postarchive.pages.cms.frame import INNER
from postarchive.pages.cms.head import read_head
from postarchive.pages.cms.heading import find_heading
from postarchive.pages.html.decode import unpack
from postarchive.pages.html.flow import Span
from postarchive.pages.html.tree import Tree
from postarchive.survey.around import step
from postarchive.survey.visit import Found, Purpose, Requested, Visit, shares, shortened, urls_of

# The signs of the newer build (SITE.md §3.1a) and of the older one (§3.1).
NEWER: Final = {
    "path in the node script": re.compile(rb"\bnode\s{0,3}=\s{0,3}\{[^{}]{0,300}?\bpath\s{0,3}:"),
    "canonical link": re.compile(rb"<link\s[^<>]{0,80}?\brel=[\"']?canonical\b"),
    "section and listing markers": re.compile(rb"<!--\{(?:section|listing):\d{1,10}\}-->"),
    "hidden trap link": re.compile(rb'<div style="display: ?none">\s{0,9}<a href=[^<>]{1,300}></a>\s{0,9}</div>'),
}
OLDER: Final = {
    "single-quoted metas": re.compile(
        rb"<meta name='(?:filetype|publishedtype|pagetype|catalogs|contentid|publishdate)'"
    ),
    "machine and time in the last comment": re.compile(rb"<!--[^<>]{1,80},\d{13}-->\s{0,9}</body>"),
}
DOCTYPE: Final = re.compile(rb"\s{0,99}<!doctype\s{1,9}([^<>]{1,200})>", re.IGNORECASE)
COMMUNITY: Final = re.compile(r"\bcommunity\s{0,3}:\s{0,3}['\"]([^'\"]{1,60})['\"]")
RESOURCES: Final = re.compile(r"/res/([\w-]{1,60})/")
CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
META_CHARSET: Final = re.compile(rb"<meta\s[^<>]{0,200}?charset\s{0,3}=\s{0,3}[\"']?([\w.:-]{1,40})", re.IGNORECASE)
MAX_LINKS: Final = 40


def template(visit: Visit) -> Found:
    """Say which build of the CMS wrote the pages, by the signs of each."""
    signs = {item.url: list(_signs(reading)) for item, reading in visit.shown()}
    if not signs:
        return _nothing(visit)
    builds = {url: _build(found) for url, found in signs.items()}
    facts: JsonObject = {"pages": {url: {"build": builds[url], "signs": list(found)} for url, found in signs.items()}}
    return Found(shares(builds.values()), facts, tuple(signs))


def _signs(reading: Reading) -> Iterator[str]:
    source = reading.tree.source
    for name, pattern in (NEWER | OLDER).items():
        if pattern.search(source):
            yield name


def _build(signs: list[str]) -> str:
    is_newer, is_older = any(map(NEWER.__contains__, signs)), any(map(OLDER.__contains__, signs))
    if is_newer and is_older:
        return "marks of both builds"
    return "newer build" if is_newer else "older build" if is_older else "no mark of either build"


def line_ends(visit: Visit) -> Found:
    """Say how the lines of the pages end, from the bytes received."""
    ends = {item.url: _ends(item) for item, _ in visit.shown()}
    if not ends:
        return _nothing(visit)
    return Found(shares(map(_ends_name, ends.values())), {"pages": dict(ends)}, tuple(ends))


def _ends(item: Requested) -> JsonObject:
    body = _body(item)
    windows, alone = body.count(b"\r\n"), body.count(b"\n")
    return {"crlf": windows, "lf": alone - windows, "cr": body.count(b"\r") - windows}


def _body(item: Requested) -> bytes:
    """Return the bytes of a page without their content coding."""
    if item.capture is None:
        return b""
    try:
        return unpack(item.capture)[0]
    except NotAPage:
        return item.capture.body


def _ends_name(ends: JsonObject) -> str:
    names = [name.upper() for name, count in ends.items() if count]
    return " and ".join(names) if names else "no line end"


def encoding(visit: Visit) -> Found:
    """Say what the header and the page name as charset, and whether the bytes are UTF-8."""
    pages = {item.url: _charsets(item) for item, _ in visit.shown()}
    if not pages:
        return _nothing(visit)
    words = (
        f"{'UTF-8' if page['is_utf8'] else 'not UTF-8'}, header {page['header'] or 'names none'}, "
        f"meta {page['meta'] or 'names none'}, sent {page['coding'] or 'plain'}"
        for page in pages.values()
    )
    return Found(shares(words), {"pages": dict(pages)}, tuple(pages))


def _charsets(item: Requested) -> JsonObject:
    body = _body(item)
    header = CHARSET.search((item.capture.header("Content-Type") if item.capture else None) or "")
    meta = META_CHARSET.search(body)
    return {
        "header": header[1] if header else None,
        "meta": meta[1].decode() if meta else None,
        "is_utf8": "�" not in body.decode(errors="replace"),
        "coding": item.capture.header("Content-Encoding") if item.capture else None,
    }


def doctype(visit: Visit) -> Found:
    """Say which document type the pages declare, and so whether the CMS's html5 flag is set."""
    pages = {item.url: _doctype(reading) for item, reading in visit.shown()}
    if not pages:
        return _nothing(visit)
    facts: JsonObject = {"pages": dict(pages), "html5": [url for url, page in pages.items() if page.lower() == "html"]}
    return Found(shares(f"<!DOCTYPE {page}>" if page else "no doctype" for page in pages.values()), facts, tuple(pages))


def _doctype(reading: Reading) -> str:
    found = DOCTYPE.match(reading.tree.source)
    return found[1].decode(errors="replace").strip() if found else ""


def heading(visit: Visit) -> Found:
    """Say what the heading line above an article is: the title again, the section, or nothing."""
    pages = visit.shown("news")
    if not pages:
        return Found(None, {}, why=visit.why_no_response(Purpose.ARTICLE))
    found = {item.url: _heading(reading) for item, reading in pages}
    return Found(shares(str(page["is"]) for page in found.values()), {"pages": dict(found)}, tuple(found))


def _heading(reading: Reading) -> JsonObject:
    span, page = find_heading(reading.tree, reading.region), reading.page
    line = reading.tree.line(span) if span is not None else page.section
    what = "no heading line" if line is None else "the title" if line == page.title else f"`{shortened(line)}`"
    return {"is": what, "line": line, "element": step(span) if span is not None else None}


def navigation(visit: Visit) -> Found:
    """Say what header and main navigation show, and what is beside the content."""
    pages = visit.shown()
    if not pages:
        return _nothing(visit)
    item, reading = pages[0]
    header, side = _links_of(reading.tree, "header"), _side_links(reading)
    facts: JsonObject = {
        "header": [{"label": label, "href": href} for label, href in header],
        "beside": [{"label": label, "href": href} for label, href in side],
    }
    shown = " / ".join(label for label, _ in header if label) or "no links in #Header"
    return Found(shortened(f"header: {shown}"), facts, (item.url,))


def _links_of(tree: Tree, name: str) -> list[tuple[str, str]]:
    return [_labelled(tree, link) for block in tree.some(name) for link in tree.links_in(block)][:MAX_LINKS]


def _labelled(tree: Tree, link: Span) -> tuple[str, str]:
    return tree.line(link) or link.attributes.get("title", ""), link.href or ""


def _side_links(reading: Reading) -> list[tuple[str, str]]:
    """Return the links of the frame's inner blocks that do not hold the content."""
    tree, region = reading.tree, reading.region
    blocks = [block for name in INNER for block in tree.some(name) if not block.holds(region)]
    return [_labelled(tree, link) for block in blocks for link in tree.links_in(block)][:MAX_LINKS]


def folders(visit: Visit) -> Found:
    """Tell whether folders and static pages have the sidebar, hotlines and footer."""
    pages = [(item, reading) for item, reading in visit.shown("folder") if item.purpose is not Purpose.HOME]
    if not pages:
        return Found(None, {}, why=visit.why_no_response(Purpose.FOLDER))
    found = {item.url: _carried(reading) for item, reading in pages}
    words = shares(", ".join(name for name, is_there in page.items() if is_there) or "none" for page in found.values())
    return Found(words, {"pages": {url: dict(page) for url, page in found.items()}}, tuple(found))


def _carried(reading: Reading) -> JsonObject:
    tree = reading.tree
    return {
        "sidebar": bool(_side_links(reading)),
        "hotlines": bool(reading.page.hotlines),
        "footer": any(tree.line(block) for block in tree.some("footer")),
    }


def community(visit: Visit) -> Found:
    """Say which community the node scripts name, and in which folders the files are that the pages name."""
    pages = visit.shown()
    sources = [reading.tree.source.decode(errors="replace") for _, reading in pages]
    names = Counter(found[1] for source in sources if (found := COMMUNITY.search(source)))
    folders = Counter(folder for source in sources for folder in RESOURCES.findall(source))
    if not names and not folders:
        return Found(None, {}, urls_of(item for item, _ in pages), _why_nothing(visit))
    words = f"community {_listed(names)}; files in {_listed(Counter({f'/res/{k}/': n for k, n in folders.items()}))}"
    return Found(words, {"community": dict(names), "folders": dict(folders)}, urls_of(item for item, _ in pages))


def _listed(counts: Counter[str]) -> str:
    return ", ".join(name for name, _ in counts.most_common(5)) or "none"


def site_name(visit: Visit) -> Found:
    """Say what the site's name is, which follows the last ` - ` in `<title>`."""
    titles = {item.url: read_head(reading.tree).title for item, reading in visit.shown()}
    if not titles:
        return _nothing(visit)
    names = {url: title.rpartition(" - ")[2] if title and " - " in title else None for url, title in titles.items()}
    words = shares(f"`{shortened(name)}`" if name else "no name" for name in names.values())
    return Found(words, {"titles": dict(titles), "names": dict(names)}, tuple(titles))


def _nothing(visit: Visit) -> Found:
    return Found(None, {}, why=_why_nothing(visit))


def _why_nothing(visit: Visit) -> str:
    return visit.why_no_response(Purpose.HOME, Purpose.ARTICLE, Purpose.LIST, Purpose.STAMP, Purpose.FOLDER)
