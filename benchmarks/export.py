"""Export archives of 5,000 and of 50,000 articles in each format: the larger one must not need more memory.

The databases are generated here, from invented articles of 5 kB, with a WARC file of noise as their evidence. Each
export is a process of its own, and its peak memory is what the system reports.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from postarchive.models import Evidence
from postarchive.record.values import Article, Hotline, to_json
from postarchive.store.files import database_path, open_for_writing
from postarchive.warc import pack, sha256

FORMATS = {"jsonl": "out.jsonl", "csv": "out.csv", "parquet": "out.parquet", "md": "pages", "package": "package"}
MAX_GROWTH_MEGABYTES = 32.0  # ten times the records are 300 MB more; Parquet keeps a description of each 1,000 rows
SMALLER, LARGER = 5_000, 50_000
MEGABYTE = 1024 * 1024
EVIDENCE_BYTES = 2_000  # of the body of a page
WORDS = ("the", "post", "van", "took", "parcels", "over", "a hill", "to", "where", "letters", "wait", "邮局", "信箱")
FILE = "warc/2026/20260101T000000Z.warc.gz"
START = datetime(2026, 1, 1, tzinfo=UTC)
FIRST_NODE = 12_010_001
HOTLINES = (Hotline("Postal Business", "8610 11185", "+861011185"),)


@dataclass(frozen=True, slots=True)
class Figures:
    """What an export took, and how much it wrote."""

    seconds: float
    peak_megabytes: float
    written_megabytes: float


def main() -> int:
    """Print the table; return 1 if a format's memory grows with the archive."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smaller", type=int, default=SMALLER, help="articles of the smaller archive")
    parser.add_argument("--larger", type=int, default=LARGER, help="articles of the larger archive")
    counts = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        archives = [make_archive(Path(folder), count) for count in (counts.smaller, counts.larger)]
        sizes = ", ".join(f"{size_megabytes(database_path(archive)):.0f} MB" for archive in archives)
        print(f"{counts.smaller:,} and {counts.larger:,} articles, databases of {sizes}\n")
        print(f"{'':9}{'seconds':>16}{'peak MB':>16}{'written MB':>16}")
        return 1 if sum(not is_flat(name, archives) for name in FORMATS) else 0


def is_flat(name: str, archives: list[Path]) -> bool:
    """Export both archives in a format and print its row; tell whether its memory stays flat."""
    small, large = (export(name, archive) for archive in archives)
    growth = large.peak_megabytes - small.peak_megabytes
    columns = ("seconds", "peak_megabytes", "written_megabytes")
    pairs = (f"{getattr(small, column):8.1f}{getattr(large, column):8.1f}" for column in columns)
    print(f"{name:9}{''.join(pairs)}{'' if growth <= MAX_GROWTH_MEGABYTES else '  GROWS'}", flush=True)
    return growth <= MAX_GROWTH_MEGABYTES


def export(name: str, archive: Path) -> Figures:
    """Export an archive in a process of its own."""
    output = archive / FORMATS[name]
    command = [sys.executable, "-m", "postarchive", "export", name, "--archive", str(archive), "-o", str(output)]
    start = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: S603 - our own words
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return Figures(time.perf_counter() - start, usage.ru_maxrss / 1024, size_megabytes(output))


def size_megabytes(path: Path) -> float:
    """Return the size of a file, or of all files in a folder."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files) / MEGABYTE


def make_archive(folder: Path, count: int) -> Path:
    """Make an archive with this many articles in its database, and noise as the bodies of its evidence."""
    archive = folder / str(count)
    (archive / FILE).parent.mkdir(parents=True)
    places = write_evidence(archive / FILE, count)
    with closing(open_for_writing(database_path(archive), is_scratch=True)) as connection:
        connection.execute("BEGIN")
        connection.execute("INSERT INTO files VALUES (?, ?)", (FILE, (archive / FILE).stat().st_size))
        connection.execute(
            "INSERT INTO runs VALUES (?, ?, ?, NULL, '{}', NULL)", ("20260101T000000Z", FILE, START.isoformat())
        )
        for table, rows in (
            ("captures", partial(captures, places)),
            ("pages", pages),
            ("addresses", addresses),
            ("versions", versions),
        ):
            made = rows(count)
            first = next(made)
            insert = f"INSERT INTO {table} ({', '.join(first)}) VALUES ({', '.join(f':{name}' for name in first)})"  # noqa: S608 - our own words
            connection.execute(insert, first)
            connection.executemany(insert, made)
        connection.execute("COMMIT")
    return archive


Row = dict[str, str | int | None]


def write_evidence(path: Path, count: int) -> list[Evidence]:
    """Write a response for each page; return where they are."""
    noise, found = random.Random(count), list[Evidence]()  # noqa: S311 - the same each time, no secret
    with path.open("wb") as out:
        for number in range(1, count + 1):
            body = noise.randbytes(EVIDENCE_BYTES)
            block, record_id = b"HTTP/1.1 200 OK\r\n\r\n" + body, f"urn:uuid:{number:032d}"
            headers = (
                ("WARC-Type", "response"),
                ("WARC-Record-ID", f"<{record_id}>"),
                ("WARC-Target-URI", url_of(number)),
                ("WARC-Date", time_of(number).replace("+00:00", "Z")),
                ("WARC-Payload-Digest", sha256(body)),
                ("WARC-Block-Digest", sha256(block)),
                ("Content-Type", "application/http;msgtype=response"),
                ("Content-Length", str(len(block))),
            )
            offset = out.tell()
            out.write(pack(headers, (block,)))
            found.append(Evidence(FILE, offset, out.tell() - offset, record_id, sha256(body)))
    return found


def captures(places: list[Evidence], count: int) -> Iterator[Row]:
    """Yield the responses, one a page."""
    for number, place in enumerate(places[:count], start=1):
        yield {
            "id": number,
            "run": "20260101T000000Z",
            "url": url_of(number),
            "time": time_of(number),
            "status": 200,
            "length_bytes": 5000,
            "payload_digest": place.payload_digest,
            "origin": "live",
            "record_id": place.record_id,
            "file": place.file,
            "offset": place.offset,
            "stored_bytes": place.length_bytes,
        }


def pages(count: int) -> Iterator[Row]:
    """Yield the pages."""
    for number in range(1, count + 1):
        node = FIRST_NODE + number
        yield {
            "id": number,
            "site": "english",
            "key": f"{node}-1",
            "node": node,
            "sheet": 1,
            "article": number,
            "url": url_of(number),
            "kind": "news",
            "title": f"Story {number}",
            "date": day_of(number),
        }


def addresses(count: int) -> Iterator[Row]:
    """Yield the URLs, one a page."""
    for number in range(1, count + 1):
        yield {
            "url": url_of(number),
            "host": "english.chinapost.com.cn",
            "page": number,
            "first_seen": time_of(number),
            "last_seen": time_of(number),
            "status": 200,
            "capture": number,
        }


def versions(count: int) -> Iterator[Row]:
    """Yield the versions, one a page, each with a different text of 5 kB."""
    words = random.Random(count)  # noqa: S311 - the same each time, no secret
    for number in range(1, count + 1):
        page = Article(
            kind="news",
            url=url_of(number),
            node=FIRST_NODE + number,
            title=f"Story {number}",
            date=day_of(number),
            source="China Post News",
            paragraphs=tuple(" ".join(words.choices(WORDS, k=200)) for _ in range(5)),
            hotlines=HOTLINES,
        )
        yield {
            "id": number,
            "page": number,
            "number": 1,
            "change": "new",
            "record": json.dumps(to_json(page), ensure_ascii=False),
            "fingerprint": "0",
            "skeleton": "0",
            "parts": 1,
            "first_seen": time_of(number),
            "last_seen": time_of(number),
            "first_capture": number,
            "last_capture": number,
        }


def url_of(number: int) -> str:
    """Return the address of a page."""
    high, low = divmod(FIRST_NODE + number, 10_000)
    return f"http://english.chinapost.com.cn/html1/report/{high}/{low}-1.htm"


def time_of(number: int) -> str:
    """Return when a page was captured."""
    return (START + timedelta(seconds=2 * number)).isoformat(timespec="microseconds")


def day_of(number: int) -> str:
    """Return the date that a page shows."""
    return (START - timedelta(days=number % 5000)).date().isoformat()


if __name__ == "__main__":
    sys.exit(main())
