"""The head of a page: node script, metas, title. It is read as bytes, because it is half of a page and never nested.

Required: nothing; what is absent is None. Knowledge: SITE.md §3 (exact bytes of the head).

History: newer builds put `path:` into the node script and print none of the single-quoted metas, so the date of
creation is not known (SITE.md §3.1a).
"""

import re
from typing import NamedTuple

from postarchive.pages.cms.dates import iso_date
from postarchive.pages.html.text import clean, unescaped
from postarchive.pages.html.tree import Tree, is_commented_out, shown

# var lang=1,node={id:19061184,father:19053380,community:'Home',type:0,hidden:false},member={id:0};
SCRIPT = b"<script"
NODE = b"node"
NODE_SCRIPT = re.compile(NODE + rb"\s*=\s*\{([^{}]{0,500})\}")
PLAIN_NODE = re.compile(
    rb"id:(\d{1,10}),father:(\d{1,10}),community:'[^':]*',(?:path:'[\d/]*',)?type:(\d{1,10})(?:,hidden:\w+)?"
)
NODE_FIELD = re.compile(r"""\b(id|father|type)\b["']?\s*:\s*["']?([^,"'}\s]*)""")
OWN_METAS = (b"contentid", b"publishdate", b"publishedtype", b"filetype")
META_NAME = re.compile(rb"""\sname\s*=\s*["']?([\w-]+)""")
META_CONTENT = re.compile(rb"""\scontent\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
NO_SCRIPT = (None, None, None, False)
MAX_DIGITS = 10
LONGEST_HEAD = 262_144  # bytes
LONGEST_META = 1000


class PageHead(NamedTuple):
    """What the head says about the page; `node`, `father` and `type` come from the node script, None if there is none.

    `subject` is `<title>` up to its last ` - `; `title` is all of it.
    """

    node: int | None
    father: int | None
    type: int | None
    title: str | None
    subject: str | None
    created: str | None
    is_cms: bool


def read_head(tree: Tree) -> PageHead:
    """Return what the page's script and metas say; an impossible value becomes None."""
    length = min(tree.head_bytes or LONGEST_HEAD, LONGEST_HEAD)
    lower = tree.lower[:length]
    script = _find_script(tree)
    node, father, number, is_script = _node_script(script[1]) if script else NO_SCRIPT
    title, created = _title(tree.source, lower), _meta(lower, b"publishdate")
    return PageHead(
        node=node or _number((_meta(lower, b"contentid") or "").rstrip("/")),
        father=father,
        type=number,
        title=title or None,
        subject=subject_of(title),
        created=iso_date(created) if created else None,
        is_cms=is_script or any(_meta(lower, name) is not None for name in OWN_METAS),
    )


def _find_script(tree: Tree) -> re.Match[bytes] | None:
    """Return the first node script that is not commented out; the comment inside it hides it from old browsers."""
    source, lower = tree.source, tree.lower
    place = source.find(NODE)  # far faster than to search for the pattern from the start
    found = NODE_SCRIPT.search(source, place) if place >= 0 else None
    if found is None or not is_commented_out(lower, lower.rfind(SCRIPT, 0, found.start())):
        return found
    scripts = ((script, lower.find(SCRIPT, script + 1)) for script in shown(lower, SCRIPT))
    inside = (NODE_SCRIPT.search(source, script, after if after > 0 else len(source)) for script, after in scripts)
    return next(filter(None, inside), None)


def _node_script(script: bytes) -> tuple[int | None, int | None, int | None, bool]:
    """Return id, father and type of the node in a script, and whether it names any of them, so is the CMS's."""
    if plain := PLAIN_NODE.fullmatch(script):  # as the CMS writes it; the search below costs six times this
        node, father, number = map(int, plain.groups())
        return node, father, number, True
    fields = dict(NODE_FIELD.findall(script.decode(errors="replace")))
    return _number(fields.get("id")), _number(fields.get("father")), _number(fields.get("type")), bool(fields)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else None


def _title(source: bytes, lower: bytes) -> str:
    place = next(shown(lower, b"<title"), -1)
    if place < 0:
        return ""
    start = lower.find(b">", place) + 1
    end = lower.find(b"</title", start)
    return clean(_decoded(source[start : end if end >= 0 else len(lower)]))


def _meta(lower: bytes, name: bytes) -> str | None:
    """Return the content of the CMS's own meta with this name, attributes in any order and quotes, or None."""
    place = lower.find(name)
    while place >= 0:
        start = lower.rfind(b"<", max(place - LONGEST_META, 0), place)
        tag = lower[start : lower.find(b">", place, place + LONGEST_META)] if start >= 0 else b""
        called = META_NAME.search(tag)
        if tag.startswith(b"<meta") and called and called[1] == name:
            content = META_CONTENT.search(tag)
            return _decoded(content[content.lastindex or 0]) if content else ""
        place = lower.find(name, place + 1)
    return None


def _decoded(raw: bytes) -> str:
    text = raw.decode(errors="replace")
    return unescaped(text) if "&" in text else text


def subject_of(title: str) -> str | None:
    """Return a `<title>` without the site's name, which follows its last ` - `; None when nothing is left."""
    subject, separator, _ = title.rpartition(" - ")
    return (subject if separator else title).strip() or None
