"""An article as one row: every way to count articles gives the same number, and each paragraph keeps its evidence."""

import asyncio
import csv
import io
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet as pq

from archiving import HOME, Archivist, playing_site
from commands import postarchive
from exporting import contents, export, keep_media, lines
from fakesite import FakeSite, Response
from living import NODE, SHEETS, live, sheet_page
from postarchive.models import Evidence, shown_digest
from postarchive.store.find import Finder, Search
from postarchive.warc import read_block
from serving import datasette_over

ROOT = Path(__file__).parent.parent
KEY = f"{NODE}-1"
FORMATS = ("jsonl", "csv", "parquet")
BY_KIND = "SELECT kind, count(*) AS articles FROM pages WHERE article = id GROUP BY kind"
SHOWN_SQL = re.compile(r"""--sql (?P<quote>["'])(?P<sql>SELECT.+?)(?P=quote)""", re.DOTALL)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Archivist:
    """Return an archive of the whole site, one of whose articles has three sheets that changed."""
    archivist = Archivist(tmp_path_factory.mktemp("lived") / "archive")
    with pytest.MonkeyPatch.context() as patch, playing_site(patch) as site:
        archivist.crawl()
        return live(site, archivist)


def rows_of(archivist: Archivist, format: str, *options: str) -> list[dict[str, Any]]:  # noqa: A002
    """Return the rows of an export as its own readers have them."""
    path = archivist.folder.parent / f"out.{format}"
    done = export(archivist, format, "-o", path, *options)
    assert done.returncode == 0, done.stderr
    if format == "parquet":
        return list(pq.read_table(path).to_pylist())
    text = path.read_text(encoding="utf-8")
    return lines(text) if format == "jsonl" else list(csv.DictReader(io.StringIO(text)))


def package(archivist: Archivist) -> Path:
    path = archivist.folder.parent / "package"
    assert export(archivist, "package", "-o", path).returncode == 0
    return path


@pytest.fixture(scope="module")
def packaged(lived: Archivist) -> Path:
    return package(lived)


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"data/{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def answered(archivist: Archivist, *arguments: str) -> list[dict[str, Any]]:
    return list(json.loads(postarchive(*arguments, "-f", "json", "-a", archivist.folder).stdout))


def counted(archivist: Archivist, *options: str) -> int:
    return int(postarchive("query", "--count", *options, "-a", archivist.folder).stdout)


@pytest.mark.parametrize("kind", ["news", "stamp", "listing", "folder"])
def test_all_ways_to_count_articles_agree(kind: str, lived: Archivist, packaged: Path) -> None:
    wanted = counted(lived, "--kind", kind)

    told = {
        **{name: len(rows_of(lived, name, "--articles", "--kind", kind)) for name in FORMATS},
        "package": sum(row["kind"] == kind for row in table(packaged, "articles")),
        "articles named by pages": len({row["article"] for row in rows_of(lived, "jsonl", "--kind", kind)}),
        "stats by year": sum(row["articles"] for row in answered(lived, "stats", "--by", "year", "--kind", kind)),
        "stats by kind": next(
            row["articles"] for row in answered(lived, "stats", "--by", "kind") if row["kind"] == kind
        ),
        "stats": next(
            row["value"] for row in answered(lived, "stats") if (row["part"], row["name"]) == ("article", kind)
        ),
        "SQL": next(row["articles"] for row in answered(lived, "query", "--sql", BY_KIND) if row["kind"] == kind),
    }

    assert wanted > 0
    assert told == dict.fromkeys(told, wanted)


def test_articles_of_all_kinds_are_those_that_a_query_counts(lived: Archivist) -> None:
    found = Counter(row["kind"] for row in rows_of(lived, "jsonl", "--articles"))

    assert sum(count for kind, count in found.items() if kind != "listing") == counted(lived)
    assert sum(found.values()) == len(rows_of(lived, "jsonl")) - 2  # the further sheets


def test_sql_that_is_shown_counts_articles_as_the_other_commands_do(lived: Archivist) -> None:
    """Every statement in help and documents that counts rows of `pages` counts an article once."""
    texts = [postarchive("query", "--help").stdout, (ROOT / "README.md").read_text(encoding="utf-8")]
    texts += [path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))]
    shown = [" ".join(found["sql"].split()) for text in texts for found in SHOWN_SQL.finditer(text)]
    counting = [sql for sql in shown if "count(" in sql and "FROM pages" in sql]

    assert counting
    for sql in counting:
        assert re.search(r"article\s*=\s*id", sql), sql
        assert postarchive("query", "--sql", sql, "-a", lived.folder).returncode == 0


def test_an_article_has_the_text_of_all_its_sheets(lived: Archivist) -> None:
    texts = [
        f"Part {sheet} tells of the {word} at length." for sheet, word in enumerate(("beacon", "captain", "pier"), 1)
    ]

    (line,) = rows_of(lived, "jsonl", "--articles", "--url", NODE)
    (row,) = rows_of(lived, "csv", "--articles", "--url", SHEETS[2])
    (typed,) = rows_of(lived, "parquet", "--articles", "--url", f"{NODE}-3")

    assert (line["paragraphs"], row["text"], typed["paragraphs"]) == (texts, "\n\n".join(texts), texts)
    assert [line["key"], row["key"], typed["key"]] == [KEY] * 3
    assert (line["version"], row["version"], typed["version"]) == (5, "5", 5)
    assert json.loads(row["parts"]) == line["parts"]


def test_an_article_is_what_show_says(lived: Archivist) -> None:
    (line,) = rows_of(lived, "jsonl", "--articles", "--url", NODE)
    shown = json.loads(postarchive("show", NODE, "-f", "json", "-a", lived.folder).stdout)

    for name in ("paragraphs", "images", "version", "first_seen", "last_seen", "gone", "addresses", "title", "url"):
        assert line[name] == shown[name], name
    for part, sheet in zip(line["parts"], shown["sheets"], strict=True):
        for name in ("sheet", "url", "paragraphs", "first_seen", "last_seen", "gone"):
            assert part[name] == sheet[name], name
        assert {name: part[name] for name in ("file", "offset", "record_id", "payload_digest")} == {
            name: value for name, value in sheet["evidence"].items() if name != "sha256"
        }


@pytest.mark.parametrize("format", FORMATS)
def test_every_paragraph_of_an_article_is_in_the_evidence_of_its_sheet(format: str, lived: Archivist) -> None:  # noqa: A002
    (row,) = rows_of(lived, format, "--articles", "--url", NODE)
    parts = json.loads(row["parts"]) if isinstance(row["parts"], str) else row["parts"]
    left = row["text"].split("\n\n") if format == "csv" else list(row["paragraphs"])

    for part in parts:
        (capture,) = lived.rows(
            "SELECT file, offset, stored_bytes, record_id, payload_digest FROM captures "  # noqa: S608 - our own id
            f"WHERE record_id = '{part['record_id']}'"
        )
        evidence = Evidence(*capture)  # type: ignore[arg-type]
        assert (evidence.file, evidence.offset) == (part["file"], part["offset"])
        own, left = left[: part["paragraphs"]], left[part["paragraphs"] :]
        assert own
        assert all(text.encode() in read_block(lived.folder, evidence) for text in own)
    assert left == []


def test_the_web_shows_what_the_export_has(lived: Archivist) -> None:
    (line,) = rows_of(lived, "jsonl", "--articles", "--url", NODE)
    with asyncio.Runner() as runner, datasette_over(lived.folder) as datasette:
        page = runner.run(datasette.client.get(f"/-/article/{NODE}")).text

    assert all(text in page for text in line["paragraphs"])
    assert all(shown_digest(part["payload_digest"]).removeprefix("sha256:") in page for part in line["parts"])


def test_the_words_of_any_sheet_find_a_row_of_the_export(lived: Archivist) -> None:
    rows = {row["url"]: row for row in rows_of(lived, "jsonl", "--articles")}
    with Finder(lived.folder) as finder:
        for sheet in rows_of(lived, "jsonl", "--kind", "news,stamp,folder"):
            words = [word for text in sheet["paragraphs"] for word in text.split() if word.isalpha()]
            for word in {*words[:1], *words[len(words) // 2 :][:1], *words[-1:]}:
                found = [str(row["url"]) for row in finder.search(Search(f'"{word}"'), fields=("url",))]
                (article,) = [url for url in found if rows[url]["key"] == sheet["article"]]
                assert any(word in text for text in rows[article]["paragraphs"])
                assert set(found) <= set(rows)


def test_pictures_of_every_sheet_come_out(site: FakeSite, archivist: Archivist, tmp_path: Path) -> None:
    for sheet in (1, 2):
        picture = f"{HOME}res/sheet{sheet}.jpg"
        shown = f"<p><img src='{picture}'></p>".encode()
        site.edit(SHEETS[sheet], sheet_page(sheet, "pier").replace(b"<p>Part", shown + b"<p>Part"))
        site.answer(picture, Response(body=b"\xff\xd8 %d" % sheet, content_type="image/jpeg"))
    keep_media(archivist, SHEETS[1], SHEETS[2])

    done = postarchive("show", NODE, "--media", tmp_path / "p", "-a", archivist.folder)
    assert export(archivist, "md", "--articles", "-o", tmp_path / "md").returncode == 0

    assert done.returncode == 0, done.stderr
    assert contents(tmp_path / "p") == {f"sheet{sheet}.jpg": b"\xff\xd8 %d" % sheet for sheet in (1, 2)}
    assert len(list((tmp_path / "md/media").iterdir())) == 2


def test_sheets_keep_a_row_each_that_names_its_article(lived: Archivist) -> None:
    for format_name in FORMATS:
        rows = rows_of(lived, format_name, "--url", NODE)
        assert [(row["article"], str(row["sheet"])) for row in rows] == [(KEY, "1"), (KEY, "2"), (KEY, "3")]

    (alone,) = rows_of(lived, "jsonl", "--url", f"{NODE}-2")
    assert alone["paragraphs"] == ["Part 2 tells of the captain at length."]


def test_a_node_names_all_sheets_for_the_evidence_too(lived: Archivist) -> None:
    path = lived.folder.parent / "story.warc.gz"
    captures = lived.rows(
        "SELECT node FROM captures JOIN addresses USING (url) JOIN pages ON pages.id = addresses.page "
        "WHERE captures.status <> 304"
    )

    done = export(lived, "warc", "-o", path, "--url", NODE)

    assert done.stderr.startswith(f"Wrote {captures.count((int(NODE),))} responses")


def test_markdown_has_a_file_for_each_article(lived: Archivist) -> None:
    folder = lived.folder.parent / "md"

    done = export(lived, "md", "--articles", "--kind", "news", "-o", folder)

    assert done.stderr == f"Wrote {counted(lived, '--kind', 'news')} articles to {folder}.\n"
    (text,) = [path.read_text() for path in folder.rglob(f"{NODE}-*.md")]
    assert all(word in text for word in ("beacon", "captain", "pier"))


@pytest.mark.parametrize(
    ("options", "keys"),
    [
        (("--since", "2026-05-16"), {KEY}),
        (("--kind", "news", "--url", NODE), {KEY}),
    ],
    ids=["seen since", "kind and node"],
)
def test_articles_can_be_chosen(options: tuple[str, ...], keys: set[str], lived: Archivist) -> None:
    assert {row["key"] for row in rows_of(lived, "jsonl", "--articles", *options)} == keys


@pytest.mark.parametrize("format", ["warc", "wacz", "package"])
def test_articles_are_refused_where_all_is_written(format: str, lived: Archivist, tmp_path: Path) -> None:  # noqa: A002
    done = export(lived, format, "--articles", "-o", tmp_path / "out")

    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "--articles" in done.stderr
