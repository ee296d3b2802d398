"""How the pages of a host are built: template, line ends, what stands around each field, heading, navigation, names.

Knowledge of what can be met: SITE.md §3, §4. Every pattern is bounded, for a page may hold anything.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from postarchive.errors import NotAPage
from postarchive.jsonvalue import Json, JsonObject
from postarchive.pages import Reading
from postarchive.pages.cms.frame import FIELD_IDS, INNER
from postarchive.pages.cms.head import read_head
from postarchive.pages.cms.heading import find_heading
from postarchive.pages.html.decode import unpack
from postarchive.pages.html.flow import Span
from postarchive.pages.html.tree import Tree
from postarchive.pages.report import find_fields
from postarchive.record.values import Article
from postarchive.survey.met import Found, Met, Purpose, Visit, shares, shortened, urls_of

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
FIELD: Final = re.compile(
    r"""<span\s(?:[^<>]{0,200}?\s)?id\s{0,3}=\s{0,3}(?P<quote>["']?)(?P<name>[A-Za-z]{1,30}ID[A-Za-z]\w{0,40})"""
)
CLOSER: Final = re.compile(r"</span\s*>|<span\b", re.IGNORECASE)
AROUND: Final = 80  # characters of markup before and after a field
LONGEST_FIELD: Final = 2000  # characters; a longer one is a body, and what follows it is the frame
MOST_FIELDS, MOST_LINKS, MOST_PLACES = 60, 40, 8
KINDS: Final = ("news", "listing", "stamp", "folder")


def template(visit: Visit) -> Found:
    """Tell which build wrote the pages, by the signs of each."""
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
    """Tell how the lines of the pages end, by the bytes that came."""
    ends = {item.url: _ends(item) for item, _ in visit.shown()}
    if not ends:
        return _nothing(visit)
    return Found(shares(map(_ends_name, ends.values())), {"pages": dict(ends)}, tuple(ends))


def _ends(item: Met) -> dict[str, Json]:
    body = _body(item)
    windows, alone = body.count(b"\r\n"), body.count(b"\n")
    return {"crlf": windows, "lf": alone - windows, "cr": body.count(b"\r") - windows}


def _body(item: Met) -> bytes:
    """Return the bytes of a page as they were written, without a coding."""
    if item.capture is None:
        return b""
    try:
        return unpack(item.capture)[0]
    except NotAPage:
        return item.capture.body


def _ends_name(ends: dict[str, Json]) -> str:
    names = [name.upper() for name, count in ends.items() if count]
    return " and ".join(names) if names else "no line end"


def encoding(visit: Visit) -> Found:
    """Tell what the header and the page say of the charset, and whether the bytes are UTF-8."""
    pages = {item.url: _charsets(item) for item, _ in visit.shown()}
    if not pages:
        return _nothing(visit)
    words = (
        f"{'UTF-8' if said['is_utf8'] else 'not UTF-8'}, header {said['header'] or 'names none'}, "
        f"meta {said['meta'] or 'names none'}, sent {said['coding'] or 'plain'}"
        for said in pages.values()
    )
    return Found(shares(words), {"pages": dict(pages)}, tuple(pages))


def _charsets(item: Met) -> dict[str, Json]:
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
    """Tell which document type the pages declare, so whether the CMS's html5 flag is set."""
    pages = {item.url: _doctype(reading) for item, reading in visit.shown()}
    if not pages:
        return _nothing(visit)
    facts: JsonObject = {"pages": dict(pages), "html5": [url for url, said in pages.items() if said.lower() == "html"]}
    return Found(shares(f"<!DOCTYPE {said}>" if said else "no doctype" for said in pages.values()), facts, tuple(pages))


def _doctype(reading: Reading) -> str:
    found = DOCTYPE.match(reading.tree.source)
    return found[1].decode(errors="replace").strip() if found else ""


def fields(visit: Visit) -> Found:
    """Tell what stands around each field: the elements with their classes, and the markup before and after."""
    pages = visit.shown(*KINDS)
    found = [field for item, reading in pages for field in _fields(item, reading)]
    if not found:
        return Found(None, {}, why=visit.why_none(Purpose.ARTICLE, Purpose.LIST, Purpose.STAMP, Purpose.HOME))
    one_each = list({(field["kind"], field["field"], field["path"]): field for field in reversed(found)}.values())[::-1]
    places = dict[str, list[str]]()
    for field in sorted(one_each, key=lambda field: KINDS.index(str(field["kind"]))):
        places.setdefault(f"{field['kind']} {field['path']}", []).append(str(field["field"]))
    shown = [f"{place}: {', '.join(names)}" for place, names in places.items()]
    facts: JsonObject = {"fields": list[Json](one_each[:MOST_FIELDS])}
    return Found("; ".join(shown[:MOST_PLACES]), facts, urls_of(item for item, _ in pages))


def _fields(item: Met, reading: Reading) -> Iterator[JsonObject]:
    tree, source = reading.tree, reading.tree.source.decode(errors="replace")
    places = list(FIELD.finditer(source))
    for span in _first_of_each(reading):
        among = [found for found in places if found["name"].lower() == span.name]
        number = list(tree.some(span.name)).index(span)
        field: JsonObject = {"kind": reading.page.kind, "url": item.url, "field": span.name, "path": path_to(span)}
        yield field | (_markup(source, among[number]) if number < len(among) else {})


def _first_of_each(reading: Reading) -> list[Span]:
    """Return the first field of each name in the content region; an article's own title has no link."""
    tree, found = reading.tree, dict[str, Span]()
    own = find_fields(tree, reading.page.node) if isinstance(reading.page, Article) else None
    for span in filter(None, (own.name, own.source, own.date, own.editor, own.subhead, own.body) if own else ()):
        found.setdefault(span.name, span)
    for span in tree.within(reading.region):
        if span.name.startswith(FIELD_IDS):
            found.setdefault(span.name, span)
    return list(found.values())


def _markup(source: str, found: re.Match[str]) -> JsonObject:
    """Return a field's name and quotes as printed, and the markup before and after it."""
    end = _end(source, found.end())
    return {
        "field": found["name"],
        "quotes": found["quote"] or "none",
        "before": source[max(found.start() - AROUND, 0) : found.start()],
        "after": source[end : end + AROUND] if end is not None else None,
    }


def _end(source: str, start: int) -> int | None:
    """Return where the field that begins before `start` has ended; None for one that is too long to look for it."""
    depth = 1
    for found in CLOSER.finditer(source, start, start + LONGEST_FIELD):
        depth += 1 if found[0].lower() == "<span" else -1
        if not depth:
            return found.end()
    return None


def path_to(span: Span) -> str:
    """Return the elements around one with their classes, from the block of the frame on: `#Content3 > div.con > ul`."""
    steps = list[str]()
    for around in span.ancestors():
        if around.name in INNER or around.tag in ("body", "html"):
            steps.append(f"#{around.attributes.get('id', around.name)}" if around.name else around.tag)
            break
        steps.append(_step(around))
    return " > ".join(reversed(steps))


def _step(span: Span) -> str:
    name = span.attributes.get("id")
    classes = "".join(f".{word}" for word in span.attributes.get("class", "").split()[:4])
    return f"{span.tag}{f'#{name}' if name else ''}{classes}"


def byline(visit: Visit) -> Found:
    """Tell where bars, blanks, labels and dashes stand between an article's title and its text, as printed."""
    lines = {item.url: line for item, reading in visit.shown("news") if (line := _byline(reading)) is not None}
    if not lines:
        return Found(None, {}, why=visit.why_none(Purpose.ARTICLE))
    facts: JsonObject = {
        "lines": dict(lines),
        "bars": any("|" in line for line in lines.values()),
        "blanks_inside_bars": any(re.search(r"\|\s|\s\|", line) is not None for line in lines.values()),
        "dashes": [line for line in lines.values() if "——" in line],
    }
    shown = dict.fromkeys(f"`{shortened(line)}`" if line else "nothing" for line in lines.values())
    return Found(", ".join(shown), facts, tuple(lines))


def _byline(reading: Reading) -> str | None:
    own = find_fields(reading.tree, reading.page.node)
    if own is None:
        return None
    if own.name is None or own.name.number > own.body.number:
        around = [span for span in own.beside if span.number < own.body.number]
        return " ".join(reading.tree.line(span) for span in around)
    return reading.tree.line(own.name.up_to(own.body), [(own.name, "")])


def heading(visit: Visit) -> Found:
    """Tell what the heading line above an article is: the title again, the section, or nothing."""
    pages = visit.shown("news")
    if not pages:
        return Found(None, {}, why=visit.why_none(Purpose.ARTICLE))
    found = {item.url: _heading(reading) for item, reading in pages}
    return Found(shares(str(said["is"]) for said in found.values()), {"pages": dict(found)}, tuple(found))


def _heading(reading: Reading) -> dict[str, Json]:
    span, page = find_heading(reading.tree, reading.region), reading.page
    line = reading.tree.line(span) if span is not None else page.section
    what = "no heading line" if line is None else "the title" if line == page.title else f"`{shortened(line)}`"
    return {"is": what, "line": line, "element": _step(span) if span is not None else None}


def navigation(visit: Visit) -> Found:
    """Tell what header and main navigation show, and what stands beside the content."""
    pages = visit.shown()
    if not pages:
        return _nothing(visit)
    item, reading = pages[0]
    header, beside = _links_of(reading.tree, "header"), _beside(reading)
    facts: JsonObject = {
        "header": [{"label": label, "href": href} for label, href in header],
        "beside": [{"label": label, "href": href} for label, href in beside],
    }
    shown = " / ".join(label for label, _ in header if label) or "no links in #Header"
    return Found(shortened(f"header: {shown}"), facts, (item.url,))


def _links_of(tree: Tree, name: str) -> list[tuple[str, str]]:
    return [_labelled(tree, link) for block in tree.some(name) for link in tree.links_in(block)][:MOST_LINKS]


def _labelled(tree: Tree, link: Span) -> tuple[str, str]:
    return tree.line(link) or link.attributes.get("title", ""), link.href or ""


def _beside(reading: Reading) -> list[tuple[str, str]]:
    """Return the links of the frame's inner blocks that do not hold the content."""
    tree, region = reading.tree, reading.region
    blocks = [block for name in INNER for block in tree.some(name) if not block.holds(region)]
    return [_labelled(tree, link) for block in blocks for link in tree.links_in(block)][:MOST_LINKS]


def folders(visit: Visit) -> Found:
    """Tell whether folders and static pages carry sidebar, hotlines and footer."""
    pages = [(item, reading) for item, reading in visit.shown("folder") if item.purpose is not Purpose.HOME]
    if not pages:
        return Found(None, {}, why=visit.why_none(Purpose.FOLDER))
    found = {item.url: _carried(reading) for item, reading in pages}
    words = shares(", ".join(name for name, is_there in said.items() if is_there) or "none" for said in found.values())
    return Found(words, {"pages": {url: dict(said) for url, said in found.items()}}, tuple(found))


def _carried(reading: Reading) -> dict[str, Json]:
    tree = reading.tree
    return {
        "sidebar": bool(_beside(reading)),
        "hotlines": bool(reading.page.hotlines),
        "footer": any(tree.line(block) for block in tree.some("footer")),
    }


def community(visit: Visit) -> Found:
    """Tell the community of the node scripts, and the folders of the files that the pages name."""
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
    """Tell the site's name, which follows the last ` - ` of `<title>`."""
    titles = {item.url: read_head(reading.tree).title for item, reading in visit.shown()}
    if not titles:
        return _nothing(visit)
    names = {url: title.rpartition(" - ")[2] if title and " - " in title else None for url, title in titles.items()}
    words = shares(f"`{shortened(name)}`" if name else "no name" for name in names.values())
    return Found(words, {"titles": dict(titles), "names": dict(names)}, tuple(titles))


def _nothing(visit: Visit) -> Found:
    return Found(None, {}, why=_why_nothing(visit))


def _why_nothing(visit: Visit) -> str:
    return visit.why_none(Purpose.HOME, Purpose.ARTICLE, Purpose.LIST, Purpose.STAMP, Purpose.FOLDER)
