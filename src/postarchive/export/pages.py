"""Write records as a folder of Markdown files, one per page, with front matter, an index and checksums."""

import hashlib
import posixpath
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

from postarchive.export.bundle import BundleFile, FolderBundle, Written
from postarchive.export.document import title
from postarchive.export.folder import CHECKSUMS
from postarchive.export.frontmatter import front_matter
from postarchive.export.markup import markdown_label, pipe_row, pipe_rule
from postarchive.export.media import KeptFile, put
from postarchive.export.show import article_markdown
from postarchive.jsonvalue import Json, JsonObject
from postarchive.record.values import Page, date_of
from postarchive.record.versions import Version, version_json

Kept: TypeAlias = Callable[[Page], Iterable[KeptFile]]
INDEX = "index.md"
MAIN_SITE = "english"  # its pages are at the top, those of each other site in a folder of their own
UNDATED = "undated"
LONGEST_NAME = 60

FIELDS = (
    *("title", "url", "date", "source", "kind", "node", "sheet", "subtitle", "section", "created", "editor"),
    *("site", "key", "article", "version", "first_seen", "last_seen", "gone", "addresses", "evidence", "parts"),
)
_NODE_KEY = re.compile(r"\d+-\d+")
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")


def write_pages(versions: Iterable[Version], folder: Path, *, kept: Kept = lambda _: ()) -> int:
    """Write versions into an empty folder, one file per page, and return their number.

    `kept` returns the kept pictures and files of a record: each is written once, and its pages name it with its digest.
    """
    count = 0
    files: dict[str, Written] = {}
    with (folder / CHECKSUMS).open("x", encoding="utf-8", newline="\n") as sums:
        bundle = FolderBundle(folder, lambda written: sums.write(written.checksum_line))
        with bundle.entry(INDEX) as index:
            _write(index, "# Pages\n\n" + pipe_row(("Date", "Kind", "Page")) + pipe_rule(3))
            for version in versions:
                path = page_path(version.site, version.key, version.record)
                own = [_placed(bundle, file, files) for file in kept(version.record)]
                text = article_markdown(version.record, has_headline=False) + _files_text(path, own)
                bundle.write(path, f"{front_matter(_fields(version) | _files_field(own))}\n{text}")
                _write(index, _index_row(version.record, path))
                count += 1
    return count


def _placed(bundle: FolderBundle, file: KeptFile, files: dict[str, Written]) -> Written:
    """Return a file's place in the folder, writing it the first time it is named."""
    if file.url not in files:
        files[file.url] = put(bundle, file)
    return files[file.url]


def _files_field(own: Iterable[Written]) -> JsonObject:
    """Return the front matter's list of kept files, by their place in the folder; nothing when there are none."""
    files: list[Json] = [{"path": file.path, "sha256": file.sha256_hex} for file in own]
    return {"files": files} if files else {}


def _files_text(path: str, own: Iterable[Written]) -> str:
    """Return the part of a page that links to its kept files, empty when it has none."""
    places = [(posixpath.relpath(file.path, posixpath.dirname(path)), file) for file in own]
    lines = [f"- [{markdown_label(file.path)}]({quote(place)}) sha256:{file.sha256_hex}" for place, file in places]
    return "\n".join(["", "## Kept files", "", *lines, ""]) if lines else ""


def page_path(site: str, key: str, record: Page) -> str:
    """Return a page's path in the folder: `news/2023/23048456-1.md`.

    The year is that of its date, else of its creation, else `undated`. No two pages have the same path, and nothing in
    a page's text or URL can lead out of the folder.
    """
    day = date_of(record) or record.created
    year = day[:4] if day else UNDATED
    place = f"{_name(record.kind)}/{year}/{_file_name(key)}.md"
    return place if site == MAIN_SITE else f"{_name(site)}/{place}"


def _file_name(key: str) -> str:
    """Return a page's key as a name: node and sheet as they are, a path as its words and a unique digest."""
    if _NODE_KEY.fullmatch(key):
        return key
    return f"{_name(key)[:LONGEST_NAME] or 'page'}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def _name(text: str) -> str:
    return _NOT_IN_A_NAME.sub("-", text.lower()).strip("-")


def _fields(version: Version) -> JsonObject:
    """Return the front matter, leaving out what the page does not show."""
    plain = version_json(version)
    found = {name: plain.get(name) for name in FIELDS}
    return {name: value for name, value in found.items() if value is not None}


def _index_row(record: Page, path: str) -> str:
    cells = (date_of(record) or "", record.kind, f"[{markdown_label(title(record))}]({quote(path)})")
    return "| " + " | ".join(cells) + " |\n"


def _write(entry: BundleFile, text: str) -> None:
    entry.write(text.encode())
