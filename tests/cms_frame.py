"""Write the frame that the CMS puts around every page of every site, to the byte (SITE.md §3.1), and its 404 page."""

import re
from dataclasses import dataclass

CRLF = "\r\n"
FOLDER, CATEGORY, STAMP, REPORT = 0, 1, 11, 39  # the type numbers of the node script


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What the head says of a page; `father` is the category that lists it, `source` the medium of a report."""

    id: int
    title: str
    type: int = REPORT
    father: int = 14084050  # the Pressroom of the English site
    created: str = "2023-03-31"
    source: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What a community adds to each head; `layer` is the digit of `/html1/`, a language layer."""

    name: str = "China Post"
    community: str = "chinaposten"
    keywords: str = "China Post,post,stamps"
    layer: int = 1
    machine: str = "CMS-01"
    charset: str = "UTF-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """The HTML of the five blocks of the frame; an empty one is printed empty, as on the site."""

    header: str = ""
    content1: str = ""
    content3: str = ""
    content2: str = ""
    footer: str = ""


ENGLISH_SITE = Site()


def document(node: Node, blocks: Blocks, *, site: Site | None = None, millis: int = 1682326923387) -> str:
    """Return a whole page with exactly the bytes of SITE.md §3.1 around the blocks; no newline ends it."""
    lines = (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN"><html>',
        "<head>",
        *head(node, site or ENGLISH_SITE),
        "</head>",
        *body(blocks, site or ENGLISH_SITE, millis),
    )
    return CRLF.join(lines)


def mobile_document(node: Node, content: str, *, site: Site, millis: int = 1682326923387) -> str:
    """Return a page of an `/xhtml1/` tree: its own prologue and four more metas, then the frame as everywhere."""
    metas = (
        '<meta name="viewport" content="width=device-width,initial-scale=1.0,maximum-scale=1.0,user-scalable=no"/>',
        '<meta name="apple-mobile-web-app-capable" content="yes"/>',
        '<meta name="apple-mobile-web-app-status-bar-style" content="black"/>',
        '<meta name="format-detection" content="telephone=no"/>',
    )
    lines = (
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<!DOCTYPE html PUBLIC "-//WAPFORUM//DTD XHTML Mobile 1.0//EN" "http://www.wapforum.org/DTD/xhtml-mobile10.dtd">',
        '<html xmlns="http://www.w3.org/1999/xhtml">',
        "<head>",
        *metas,
        *head(node, site),
        "</head>",
        *body(Blocks(content1=content), site, millis),
    )
    return CRLF.join(lines)


def head(node: Node, site: Site) -> tuple[str, ...]:
    """Return the lines inside `<head>`: metas by kind, shared scripts, node script, two style and script pairs."""
    title = f"{strip_tags(node.title)} - {site.name}"
    return (
        f'<meta http-equiv="Content-Type" content="text/html; charset={site.charset}"/>',
        f"<title>{title}</title><meta name='filetype' content='0' />",
        "<meta name='publishedtype' content='1' />",
        *_metas(node, site),
        f'<meta name="keywords" content=" {title} {site.keywords}"/>',
        f'<meta name="description" content="{strip_tags(node.description).replace(chr(34), "")}"/>',
        _scripts(node, site) + _pair(site, "14080301"),
        _pair(site, "14080302"),
    )


def body(blocks: Blocks, site: Site, millis: int) -> tuple[str, ...]:
    """Return the lines of `<body>`; Content3 precedes Content2, and the last comment gives the generation time."""
    return (
        f'<body><div id="Body"><div id="Header">{blocks.header}</div>',
        f'<div id="Content"><div id="Content1">{blocks.content1}</div>',
        f'<div id="Content3">{blocks.content3}</div>',
        f'<div id="Content2">{blocks.content2}</div>',
        "</div>",
        f'<div id="Footer">{blocks.footer}</div>',
        "</div>",
        f"<!--{site.machine},{millis}--></body></html>",
    )


def strip_tags(text: str) -> str:
    """Return the text without tags and line ends, as the CMS prints it in the head; nothing is escaped."""
    return re.sub(r"<[^>]*>|[\r\n]", "", text)


def not_found_page() -> str:
    """Return the 404 page of a static host, whose script goes to the dynamic form of the address (SITE.md §8)."""
    script = (
        "var r=/(x?)html(\\d)\\/[\\w\\/]+\\/(\\d+)\\/(\\d+)-(\\d+).htm/.exec(location.pathname);"
        "if(r){cookie.set('status',r[1]?1:0);var l=r[4];while(l.length<4)l='0'+l;"
        "location.replace('/servlet/Node?node='+r[3]+l+'&language='+r[2]+'&pos='+r[5]);}"
    )
    lines = (
        "<html><head><title>提示信息</title>",
        f"<script>{script}</script></head>",
        '<body><div class="yl404" style=\'text-align:center\'><span><a href="/">返回首页</a></span></div>',
        "<script>mt.fit();</script><body></body></html>",
    )
    return CRLF.join(lines)


def _metas(node: Node, site: Site) -> tuple[str, ...]:
    if node.type in (FOLDER, CATEGORY):
        return ("<meta name='pagetype' content='2' />", f"<meta name='catalogs' content='{node.id}' />")
    source = (f"<meta name='source' content='{node.source.strip()}'>",) if node.type == REPORT else ()
    return (
        "<meta name='pagetype' content='1' />",
        f"<meta name='catalogs' content='{node.father}' />",
        f"<meta name='contentid' content='{node.id}'/>",
        f"<meta name='publishdate' content='{node.created}'/>",
        "<meta name='author' content='webmaster'/>",
        *source,
        "",
        f"<meta name='picture' content='/res/{site.community}/structure/14080002.jpg'/>",
    )


def _scripts(node: Node, site: Site) -> str:
    files = ("load.js", "tea.js", "ym/ymPrompt.js", "mt.js?t=0917")
    shared = "".join(f'<script language="javascript" src="/tea/{file}"></script>' for file in files)
    script = (
        f"<script>var lang={site.layer},node={{id:{node.id},father:{node.father},community:'{site.community}',"
        f"type:{node.type},hidden:false}},member={{id:0}};cook.set('community',node.community);</script>"
    )
    return f'<link rel="Shortcut Icon" href="/res/{site.community}/favicon.ico"/>{shared}{script}'


def _pair(site: Site, number: str) -> str:
    base = f"/res/{site.community}/cssjs/{number}L{site.layer}"
    return (
        f'<link href="{base}.css" rel="stylesheet" type="text/css"/>'
        f'<script language="javascript" src="{base}.js"></script>'
    )
