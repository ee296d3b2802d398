"""Archive a site with a video, by a program to which somebody added that kind; print what came out of every command.

Run by `test_kinds.py`, with the program's copy before everything else on the path.
"""

import asyncio
import json
import sys
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

import pyarrow.parquet

import cms
from cms_frame import FOLDER, Blocks, Node, document
from commands import Done, postarchive
from fakesite import FakeSite
from serving import datasette_over

HOME = "http://english.chinapost.com.cn/"
VIDEO = f"{HOME}html1/video/2401/1234-1.htm"
VIDEO_TYPE = 61
FILM = document(
    Node(id=24011234, title="The mail boat, a film", type=VIDEO_TYPE),
    Blocks(content3=cms.paragraphs("Boat meets tide.")),
)
FRONT = document(
    Node(id=14084030, title="Home", type=FOLDER), Blocks(content3=f"<ul><li>{cms.anchor(VIDEO, 'A film')}</li></ul>")
)


def main() -> None:
    """Print an object with the output of each command."""
    with tempfile.TemporaryDirectory() as name, FakeSite() as site:
        folder = Path(name)
        site.edit(HOME, FRONT.encode())
        site.edit(VIDEO, FILM.encode())
        found = told(folder, site.proxy_url)
    sys.stdout.write(json.dumps(found))


def told(folder: Path, proxy: str) -> dict[str, object]:
    """Fetch, then run every command that reads."""
    archive = folder / "archive"
    page = folder / "page.htm"
    page.write_text(FILM)

    def run(*arguments: str | Path) -> str:
        done: Done = postarchive(*arguments, POSTARCHIVE_ARCHIVE=str(archive), http_proxy=proxy)
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done.stdout

    parsed = run("parse", page, "--url", VIDEO)
    crawled = run("fetch", "--kind", "video", "--delay", "0", "--contact", "https://archive.example/contact")
    for form in ("parquet", "md", "package", "wacz"):
        run("export", form, "-o", folder / f"out.{form}")
    return {
        "parse": json.loads(parsed),
        "fetch": crawled,
        "query": json.loads(run("query", "tide", "--kind", "video", "--format", "json")),
        "show": run("show", VIDEO),
        "stats": run("stats", "--by", "kind", "--format", "json"),
        "feed": run("feed"),
        "jsonl": run("export", "jsonl", "--kind", "video"),
        "csv": run("export", "csv", "--kind", "video"),
        "parquet": pyarrow.parquet.read_table(folder / "out.parquet").column("kind").to_pylist(),
        "md": [path.read_text() for path in (folder / "out.md").rglob("*.md")],
        "package": [path.read_text() for path in (folder / "out.package").rglob("pages.csv")],
        "wacz": zipfile.ZipFile(BytesIO((folder / "out.wacz").read_bytes())).read("pages/pages.jsonl").decode(),
        "serve": served(archive),
    }


def served(archive: Path) -> str:
    """Return the page of search results of `serve`."""
    with datasette_over(archive) as datasette:
        response = asyncio.run(datasette.client.get("/-/search?q=tide&kind=video"))
        return str(response.text)


if __name__ == "__main__":
    main()
