"""Measure the database with many generated articles: inserting, the size of the index, searching, the whole command.

Ratios are taken within one run: inserting against bare `executemany` of the same rows into the same tables; the index
against its text; the command against `python -c pass`.
"""

import argparse
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from articles import articles

from postarchive.collect.fold import INDEX_BATCH
from postarchive.jsonvalue import compact_json
from postarchive.models import Capture, Evidence, RunStarted, iso_time
from postarchive.record.values import Article, to_json
from postarchive.search import indexed
from postarchive.store.files import database_path, open_for_writing
from postarchive.store.find import Finder, Search
from postarchive.store.write import Writer

COUNT, ROUNDS = 100_000, 15
MAX_TIMES_EXECUTEMANY, MAX_OF_TEXT, MAX_SEARCH_MS, MAX_TIMES_PASS = 2.5, 0.40, 50.0, 4.0
START = datetime(2026, 1, 1, tzinfo=UTC)
SITE, HOST, SKELETON = "english", "english.chinapost.com.cn", "0123456789abcdef"
BATCH = 1000
RUN, FILE = "20260101T000000Z", "warc/2026/20260101T000000Z.warc.gz"
LINKS = tuple(f"http://english.chinapost.com.cn/html1/category/1408/{4040 + number}-1.htm" for number in range(12))
QUERIES = (
    *("rural revitalization", '"post office"', "stamp", "title:harvest", "parcels -oranges", "oranges OR lychees"),
    *("邮", "邮政", "乡村振兴", "Taidongbo", "exhibition ceremony anniversary", "mail boat island", "the"),
)
WIDTHS = {"captures": 18, "pages": 12, "addresses": 11, "versions": 12, "changes": 7, "links": 2, "number_pages": 2}
BARE = {
    **{table: f"INSERT INTO {table} VALUES ({', '.join('?' * width)})" for table, width in WIDTHS.items()},  # noqa: S608
    "numbers": "INSERT OR REPLACE INTO numbers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "search": "INSERT INTO search (rowid, title, body) VALUES (?, ?, ?)",
}


def main() -> int:
    """Print the figures; return 1 if a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=COUNT)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder)
        broken = [
            *inserting(archive, options.articles),
            *index_size(archive),
            *searching(archive, options.rounds),
            *whole_command(archive, options.rounds),
        ]
    print(*broken, sep="\n", end="\n" if broken else "")
    return 1 if broken else 0


# --- inserting --------------------------------------------------------------------------------------------------------


def inserting(archive: Path, count: int) -> list[str]:
    """Insert the articles as a rebuild does, page by page, and by `executemany`, in turns of a thousand."""
    ours = raw = 0.0
    with tempfile.TemporaryDirectory() as folder, closing(bare_database(Path(folder) / "bare.db")) as bare:
        store = Writer(database_path(archive), is_scratch=True)
        store.runs.add(RunStarted(RUN, START, ()), FILE)
        for batch in batches(enumerate(articles(count), start=1)):
            with timed() as seconds:
                for number, article in batch:
                    insert(store, number, article)
            ours += seconds()
            with timed() as seconds:
                for table, rows in rows_of(batch).items():
                    bare.executemany(BARE[table], rows)
            raw += seconds()
        with timed() as seconds:
            store.flush_index()
            store.close()
        ours += seconds()
        with timed() as seconds:
            bare.execute("COMMIT")
        raw += seconds()
        compare(archive, bare)
    print(f"inserting {count} articles: {ours / count * 1e3:.3f} ms each, executemany {raw / count * 1e3:.3f} ms")
    return bound("inserting", ours / raw, MAX_TIMES_EXECUTEMANY, "times executemany")


def insert(store: Writer, number: int, article: Article) -> None:
    """Insert all rows of a new page, as a rebuild does."""
    url, time = article.url or "", time_of(number)
    capture = Capture(url, time, 200, (("Content-Type", "text/html"),), b"")
    evidence = Evidence(FILE, 4000 * number, 4000, urn(number), f"sha256:{number:052x}")
    key = f"{article.node}-1"
    with store.atomic():
        row = store.captures.add(RUN, capture, evidence, length_bytes=0, retry_after=None)
        store.pages.find(SITE, key)
        page = store.pages.add(SITE, key, record=article, url=url)
        text = compact_json(to_json(article))
        store.mark_stale(page)
        version = store.versions.add(
            page, 1, change="new", record=text, fingerprint=f"{number:064x}", skeleton=SKELETON, parts=1, time=time,
            capture=row,
        )  # fmt: skip
        store.note_words(version, indexed(article))
        store.addresses.record_sighting(
            url, host=HOST, page=page, version=version, parts={}, time=time, status=200, missing=None, refused=None,
            capture=row, is_newest=True,
        )  # fmt: skip
        store.versions.add_change(page, time=time, change="new", detail=None, version=1, capture=row)
        store.numbers.record_sightings(frame_of(article), host=HOST, time=time, capture=row, page=page, is_newest=True)
        store.pages.set_links(page, compact_json(LINKS))
        store.flush_index(least=INDEX_BATCH)
        store.runs.set_ingested(FILE, evidence.offset + evidence.length_bytes)


def frame_of(article: Article) -> list[tuple[str, str, str, str | None]]:
    """Return the numbers around an article, as rows."""
    lines = [("hotline", line.label, line.number, line.dial) for line in article.hotlines]
    return [*lines, *((item.authority, "", item.number, None) for item in article.registrations)]


def time_of(number: int) -> datetime:
    """Return when an article was fetched."""
    return START + timedelta(seconds=2 * number)


def urn(number: int) -> str:
    """Return the id of an article's WARC record."""
    return f"<urn:uuid:{number:032x}>"


def bare_database(path: Path) -> sqlite3.Connection:
    """Return an empty database with the same tables, inside a transaction."""
    bare = open_for_writing(path, is_scratch=True)
    bare.execute("PRAGMA foreign_keys = OFF")
    bare.execute("BEGIN")
    bare.execute("INSERT INTO runs VALUES (?, ?, ?, NULL, '{}', NULL)", (RUN, FILE, iso_time(START)))
    return bare


def batches(numbered: Iterator[tuple[int, Article]]) -> Iterator[list[tuple[int, Article]]]:
    """Yield the articles a thousand at a time."""
    while batch := list(islice(numbered, BATCH)):
        yield batch


def rows_of(batch: list[tuple[int, Article]]) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of some articles by table, as a script without our store would make them."""
    rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in BARE}
    captures, pages, addresses, versions, changes, links, number_pages, numbers, search = rows.values()
    for number, article in batch:
        url, time = article.url, iso_time(time_of(number))
        digest = f"sha256:{number:052x}"
        evidence = (urn(number), FILE, 4000 * number, 4000)
        captures.append(
            (number, RUN, url, time, 200, "text/html", 0, digest, None, None, None, None, "live", None, *evidence)
        )
        options = (url, "news", article.title, article.date, article.source, None)
        pages.append((number, SITE, f"{article.node}-1", article.node, 1, url, number, *options[1:]))
        addresses.append((url, HOST, number, time, time, 200, None, None, number, None, number))
        text = compact_json(to_json(article))
        versions.append((number, number, 1, "new", text, f"{number:064x}", SKELETON, 1, time, time, number, number))
        changes.append((number, number, time, "new", None, 1, number))
        links += [(number, link) for link in LINKS]
        frame = list(enumerate(frame_of(article), start=1))
        numbers[:] = [(place, HOST, *row, time, time, number, number) for place, row in frame]
        number_pages += [(place, number) for place, _ in frame]
        search.append((number, *indexed(article)))
    return rows


def compare(archive: Path, bare: sqlite3.Connection) -> None:
    """Stop if the two databases differ, because then their times cannot be compared."""
    with closing(sqlite3.connect(database_path(archive))) as made:
        for table in (
            "captures",
            "pages",
            "addresses",
            "versions",
            "changes",
            "links",
            "number_pages",
            "search_docsize",
        ):
            sql = f"SELECT count(*), * FROM {table} GROUP BY 1 > 0 ORDER BY 2"  # noqa: S608 - our own tables
            ours, theirs = (tuple(database.execute(sql).fetchone()) for database in (made, bare))
            assert ours == theirs, (table, ours, theirs)


# --- the index --------------------------------------------------------------------------------------------------------


def index_size(archive: Path) -> list[str]:
    """Compare the bytes of the full-text index with those of its text."""
    with closing(sqlite3.connect(database_path(archive))) as database:
        index = database.execute(
            "SELECT (SELECT sum(length(block)) FROM search_data) + (SELECT sum(length(sz)) FROM search_docsize)"
        ).fetchone()[0]
        count = database.execute("SELECT count(*) FROM pages").fetchone()[0]
    text = sum(len("\n".join([article.title or "", *article.paragraphs]).encode()) for article in articles(count))
    print(f"index: {index / 1e6:.1f} MB for {text / 1e6:.1f} MB of text")
    return bound("index", index / text, MAX_OF_TEXT, "of the text")


# --- searching --------------------------------------------------------------------------------------------------------


def searching(archive: Path, rounds: int) -> list[str]:
    """Time the first twenty rows of each query in this process; print the median and the slowest."""
    with Finder(archive) as finder:
        times = {text: statistics.median(milliseconds(finder, text) for _ in range(rounds)) for text in QUERIES}
    for text, took in times.items():
        print(f"search {text!r:36} {took:8.2f} ms")
    return bound("search, median", statistics.median(times.values()), MAX_SEARCH_MS, "ms")


def milliseconds(finder: Finder, text: str) -> float:
    """Return the milliseconds of a search as `query` does it, for a table of twenty rows."""
    with timed() as seconds:
        list(finder.search(Search(text=text, limit=20), fields=("date", "kind", "title", "source", "node")))
    return seconds() * 1000


def whole_command(archive: Path, rounds: int) -> list[str]:
    """Time `postarchive query` as a process against `python -c pass`, in turns, less the time allowed for a search."""
    query = [sys.executable, "-m", "postarchive", "query", "--archive", str(archive), "--limit", "20", "rural market"]
    nothing = [sys.executable, "-c", "pass"]
    took: dict[str, list[float]] = {"query": [], "pass": []}
    for _ in range(rounds):
        took["query"].append(seconds_of(query))
        took["pass"].append(seconds_of(nothing))
    ours, bare = (statistics.median(took[name]) for name in ("query", "pass"))
    print(f"whole command {ours * 1000:.0f} ms, python -c pass {bare * 1000:.0f} ms")
    return bound("whole command less a search", (ours - MAX_SEARCH_MS / 1000) / bare, MAX_TIMES_PASS, "times pass")


def seconds_of(command: list[str]) -> float:
    """Return the seconds of a process."""
    with timed() as seconds:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own interpreter
    return seconds()


# --- printing ---------------------------------------------------------------------------------------------------------


@contextmanager
def timed() -> Iterator[Callable[[], float]]:
    """Yield a function that returns the seconds spent in the block."""
    start = time.perf_counter()
    end = start
    yield lambda: end - start
    end = time.perf_counter()


def bound(what: str, value: float, most: float, unit: str) -> list[str]:
    """Print a figure with its bound; return a sentence if it is broken."""
    print(f"{what}: {value:.2f} {unit} (bound {most})")
    return [f"{what} is {value:.2f} {unit}; the bound is {most}"] if value > most else []


if __name__ == "__main__":
    sys.exit(main())
