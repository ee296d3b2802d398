"""Write pages as the newer build of the CMS does (SITE.md §3.1a): `python tests/cms_newer.py` writes one of each kind.

A page of the older build goes in; its frame and the order of its article come out in the new form, every sentence
unchanged. The form is known from a report page of another customer; that this site's lists, stamps and folders follow
it is a guess.
"""

import random
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import cms
import cms_site
from cms import path

ROOT = Path(__file__).parent.parent / "fixtures" / "newer"
ROOT_NODES = (14083999, 14084030)  # of the site and its home, which every path begins with
SIDEBAR, HEADING, CONTENT, CRUMBS, NAVIGATION, FOOTER = 15080118, 15080152, 15080219, 15080153, 15111024, 19063305
TRAP = '<div style="display:none"> <a href="/btatw23_atbp/bt"></a> </div>'
NODE = re.compile(r"node=\{id:(\d+),father:(\d+),community:'(\w+)',type:(\d+),hidden:false\}")
TITLE = re.compile(r"<title>(.*?)</title>")
KEYWORDS = re.compile(r'<meta name="keywords"[^\n]*/>')
PAIR = re.compile(r'<link href="(\S+?)" rel="stylesheet" type="text/css"/><script language="javascript" src="(\S+?)">')
BLOCKS = re.compile(
    r'<div id="Header">(?P<header>.*)</div>\n<div id="Content"><div id="Content1">(?P<content1>.*)</div>\n'
    r'<div id="Content3">(?P<content3>.*)</div>\n<div id="Content2">(?P<content2>.*)</div>\n</div>\n'
    r'<div id="Footer">(?P<footer>.*)</div>\n</div>\n<!--',
    re.DOTALL,
)
ARTICLE = re.compile(
    r'<div class="con"><ul><li>(?:<h1>)?(?P<name>.*?)(?:</h1>)?\n?'
    r"""(?P<byline>(?:<br/>|<div class="info">|\||Editor:|<span id='ReportIDIssueTime'>).*?)?"""
    r"(?P<text>\n?<span id='ReportIDtext'>.*)</li></ul></div>",
    re.DOTALL,
)
LABELS = {"ReportIDIssueTime": "发布时间：", "ReportIDMediaName": "来源：", "ReportIDgetAuthor": "作者："}
Place = Literal["header", "content1", "content2", "footer"]


class Marks(NamedTuple):
    """The nodes of the layout parts that write a page; a designer who remakes a part gives it another."""

    heading: int = HEADING
    content: int = CONTENT
    sidebar: int = SIDEBAR


def newer(html: str, url: str, *, sidebar: Place = "content2", marks: Marks | None = None, noise: int = 0) -> str:
    """Return a page of the older build as the newer one prints it.

    `sidebar` is the block that takes the links and hotlines beside the content; `noise` numbers a regeneration, which
    changes files and scripts of the frame and nothing else.
    """
    html = html.replace("\r\n", "\n")
    blocks = BLOCKS.search(html)
    if blocks is None:
        raise ValueError(f"{url}: no page of the older build")
    return "\n".join((*_head(html, url, noise), *_body(blocks, _crumbs(html), sidebar, marks or Marks(), noise)))


def _head(html: str, url: str, noise: int) -> tuple[str, ...]:
    title, keywords = TITLE.search(html), KEYWORDS.search(html)
    pairs = [_pair(css, script, noise) for css, script in PAIR.findall(html)]
    shared = "".join(f"<script src=/tea/{file}></script>" for file in ("layui/layui.js", "tea.js", f"mt.js?t=0{noise}"))
    return (
        "<!DOCTYPE html><html>",
        "<head>",
        '<meta name="applicable-device" content="pc">',
        '<meta http-equiv="Content-Type" content="text/html; charset=UTF-8"/>',
        '<meta name="renderer" content="webkit">',
        "<meta http-equiv='X-UA-Compatible' content='IE=edge,chrome=1'>",
        f'<link rel="canonical" href="{url}" />',
        title[0] if title else "",
        (keywords[0] if keywords else "") + shared,
        f"{_node_script(html)}{pairs[0]}",
        *pairs[1:],
        "</head>",
    )


def _pair(css: str, script: str, noise: int) -> str:
    return f"<link href={css}?v={noise} rel=stylesheet><script src={script}?v={noise}></script>"


def _node_script(html: str) -> str:
    node, father, community, number = _node(html)
    way = "/".join(map(str, (*ROOT_NODES, father, node)))
    return (
        f"<script>var $=layui.$,lang=1,node={{id:{node},father:{father},community:'{community}',path:'/{way}/',"
        f"type:{number},hidden:false}},member={{id:0}};cook.set('community',node.community);"
        "cook.set('language',lang);</script>"
    )


def _node(html: str) -> tuple[str, ...]:
    found = NODE.search(html)
    if found is None:
        raise ValueError("no node script of the older build")
    return found.groups()


def _body(blocks: re.Match[str], crumbs: str, sidebar: Place, marks: Marks, noise: int) -> tuple[str, ...]:
    is_home = not blocks["content3"]
    beside = "" if is_home else f"<!--{{section:{marks.sidebar}}}-->{blocks['content1']}"
    sides = dict.fromkeys(("header", "content1", "content2", "footer"), "") | {sidebar: beside}
    content = _content(blocks["content1"] if is_home else blocks["content3"], marks)
    top = f"<!--{{section:{NAVIGATION}}}-->{_scripts(noise)}{blocks['header']}<!--{{listing:{CRUMBS}}}-->{crumbs}"
    return (
        f'<body><div id="Body"><div id="Header">{top}{sides["header"]}</div>',
        f'<div id="Content"><div id="Content1">{sides["content1"]}{content}</div>',
        '<div id="Content3"></div>',
        f'<div id="Content2">{sides["content2"]}</div>',
        "</div>",
        f'<div id="Footer">{sides["footer"]}<!--{{listing:{FOOTER}}}-->{_footer(blocks["footer"])}</div>',
        f"</div>\n{TRAP}</body></html>",
    )


def _crumbs(html: str) -> str:
    node, _, _, number = _node(html)
    title = TITLE.search(html)
    name = title[1].rpartition(" - ")[0] if title else ""
    kind = {"0": "folder", "1": "category", "11": "stamp"}.get(number, "report")
    own = "/" if int(node) in ROOT_NODES else path(kind, int(node))  # the home node's own URL leads to `/`
    steps = (("/", "Home"), (path("folder", cms.NEWS), "News"), (own, cms.cut(name)))
    spans = (f"<span id='PathID{n}'> > <a href='{href}'>{label}</a></span>" for n, (href, label) in enumerate(steps, 1))
    style = "<style>\n.paths #PathID1{display:none}\n</style>\n"
    return f'{style}<div class="paths"><span>{"".join(spans)}</span></div>\n'


def _scripts(noise: int) -> str:
    return (
        "<script>\nif (top.location != self.location)\n{\n  top.location=self.location;\n}\n"
        f"//generation {noise}\n</script>\n<style>\n    .logo {{ float: left; }}\n</style>\n"
    )


def _content(content: str, marks: Marks) -> str:
    """Return a content region: its heading line a part of its own, then the article, list, table or text."""
    heading = re.match(r'<div class="title">.*?</div>\n', content)
    top = f"<!--{{section:{marks.heading}}}-->{heading[0]}" if heading else ""
    rest = content[heading.end() :] if heading else content
    article = ARTICLE.fullmatch(rest)
    return f"{top}<!--{{listing:{marks.content}}}-->{_article(article) if article else rest}"


def _article(article: re.Match[str]) -> str:
    byline = article["byline"] or ""
    parts = [
        f"{label}<span id='{name}'>{found[1].strip()}</span>"
        for name, label in LABELS.items()
        if (found := re.search(f"<span id='{name}'>(.*?)</span>", byline))
    ]
    times = f'<div class="times">{"".join(parts)}</div>' if parts else ""
    return f'<div class="conts">{article["name"]}{times}{article["text"].lstrip()}</div>'


def _footer(footer: str) -> str:
    """Return the footer with an empty span after the ICP number, which a script fills by the domain."""
    script = (
        '\n<script>\nif (document.domain.indexOf("chinapost") >= 0) {\n'
        '    document.getElementById("recordIndex").innerHTML = "-1";\n}\n</script>'
    )
    marked = re.sub(r"(京ICP备\d+号)", r'\1<span id="recordIndex"></span>', footer)
    return marked + (script if footer else "")


def regenerated(name: str, chance: random.Random) -> str:
    """Return a page as one of many regenerations prints it: other numbers, frames and side parts, the same content."""
    places: tuple[Place, ...] = ("header", "content2", "footer")
    marks = Marks(heading=chance.randrange(10**7, 10**9), sidebar=chance.randrange(10**7, 10**9))
    frame = {"sidebar": chance.choice(places), "marks": marks, "noise": chance.randrange(10**6)}
    html = newer(cms_site.english_site()[name], url_of(name), **frame)  # type: ignore[arg-type]
    return html.replace(f"listing:{FOOTER}", f"listing:{chance.randrange(10**7, 10**9)}")


@cache
def newer_site() -> Mapping[str, str]:
    """Return the English site in the newer form: path of each page and its HTML."""
    return {name: newer(html, url_of(name)) for name, html in cms_site.english_site().items()}


def url_of(name: str) -> str:
    """Return the URL of a page of the English site by its path, which has no leading slash."""
    return f"http://{cms_site.HOST}/{name.removesuffix('index.htm')}"


# A page of each kind whose fields name the part that wrote them.
FRAMED = (
    "html1/report/2304/8456-1.htm",
    "html1/stamp/17116/4327-1.htm",
    "html1/category/1408/4050-1.htm",
    "html1/folder/1408/4060-1.htm",
)
KINDS = (
    "index.htm",
    *(
        address.removeprefix("/")
        for address in (
            path("report", 23048456),  # a news story with a byline
            path("report", 160362546),  # a date glued to the title
            path("report", 22033375),  # the first of two parts
            path("report", 1409372593),  # an editor, no frame around
            path("stamp", 171164327),
            path("category", cms.PRESSROOM),
            path("category", 170260254),  # stamps of a year, two sheets
            path("category", cms.SERVICES),  # a category of mere text
            path("folder", cms.NEWS),  # a folder of two lists
            path("folder", cms.ABOUT_US),
        )
    ),
)


def fixtures() -> dict[str, bytes]:
    """Return the pages that are stored, one for each kind and trait, by `host/path`."""
    pages = newer_site()
    return {f"{cms_site.HOST}/{name}": pages[name].encode() for name in KINDS}


if __name__ == "__main__":
    for file, content in fixtures().items():
        (ROOT / file).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / file).write_bytes(content)
