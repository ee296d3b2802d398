"""An archive with everything an export must contain, texts that are hard to write, and the command that exports."""

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archiving import HOME, LIST, OTHER, SEED, STAMP, Archivist, playing_site
from collecting import EDITED_PAGE
from commands import Done, postarchive
from fakesite import Response
from postarchive.collect import fetch_urls

SECOND_SHEET = f"{HOME}html1/report/2203/3375-2.htm"
CHINESE = "http://www.chinapost.com.cn/html1/category/181313/7338-1.htm"
NO_SUCH_PAGE = f"{HOME}html1/report/2304/9999-1.htm"
PICTURED = f"{HOME}html1/report/23081/4476-1.htm"
PICTURE = f"{HOME}res/chinaposten/2308/23080011.jpg"
JPEG = Response(body=b"\xff\xd8\xff\xe0 a picture", content_type="image/jpeg")
HARD_TEXTS = {
    "Chinese": "中国邮政，“四海”①",
    "astral": "𠮷野家 📮",
    "newlines": "one\ntwo\r\nthree\rfour",
    "quotes": 'say "it", it\'s',
    "control characters": "a\x01b\x1b[31mc\x07\x7f\x85",
    "NUL": "a\x00b",
    "separators": "a\u2028b\u2029c\ufeff\ufffe",
    "overrides": "a\u202eb\u2066c",
    "formula": "=cmd|' /C calc'!A0",
    "sum": "@SUM(A1)",
    "plus": "+1+1",
    "tab": "\t=1",
    "wide": "＝1+1",
    "minus": "-1",
    "telephone": "+861011185",
    "yaml": "---\nyes: [no, ~]\n# & * ! | > ' \" % @ `",
    "markup": "<script>x</script> | `*_[a](http://b)_*` \\",
    "very long": "长 text. " * 20_000,  # longer than 131,072 characters, where readers of CSV begin to refuse
    "null": "null",
    "false": "false",
}


def make_archive(folder: Path) -> Archivist:
    """Make an archive of the whole site, with an edit, a page that is gone, a failure, a page of another site."""
    archivist = Archivist(folder)
    with pytest.MonkeyPatch.context() as patch, playing_site(patch) as site:
        archivist.crawl()
        site.answer(PICTURE, JPEG)
        keep_media(archivist, PICTURED)
        site.edit(SEED, EDITED_PAGE)
        site.remove(OTHER)
        archivist.clock.sleep(24 * 3600.0)
        archivist.fetch(SEED, OTHER, NO_SUCH_PAGE, CHINESE, STAMP, LIST)
    return archivist


def keep_media(archivist: Archivist, *urls: str) -> None:
    """Let a run fetch pages with their pictures and files."""
    list(fetch_urls(archivist.folder, urls, options=replace(archivist.options, has_media=True)))


def copy_of(made: Archivist, folder: Path) -> Archivist:
    """Return a copy of an archive, to do with as one likes."""
    shutil.copytree(made.folder, folder)
    return Archivist(folder)


def put_text(archivist: Archivist, text: str, *, url: str = SEED) -> None:
    """Let a page say this text, in its title and as its first paragraph."""
    with closing(sqlite3.connect(archivist.database)) as connection:
        version, stored = connection.execute(
            "SELECT versions.id, record FROM versions JOIN addresses ON addresses.page = versions.page "
            "WHERE addresses.url = ? ORDER BY number DESC LIMIT 1",
            (url,),
        ).fetchone()
        record = json.loads(stored)
        said = record | {"title": text, "paragraphs": [text, *record["paragraphs"][1:]]}
        connection.execute("UPDATE versions SET record = ? WHERE id = ?", (json.dumps(said), version))
        connection.commit()


def export(archivist: Archivist, *arguments: str | Path, epoch: str = "") -> Done:
    """Run the command over an archive; `epoch` is the builder's date, empty for none."""
    return postarchive("export", "--archive", archivist.folder, *arguments, SOURCE_DATE_EPOCH=epoch)


def lines(text: str) -> list[dict[str, Any]]:
    """Return the objects of lines of JSON."""
    return [json.loads(line) for line in text.split("\n") if line]


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder by its path in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
