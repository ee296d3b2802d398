"""Archives whose WARC records are well framed, but contain what no program ever wrote.

Each file is a copy of one run with its own name and ids. One page of it is left alone: it must be read as ever.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

from archiving import HOME, SEED, SEED_FILE, STAMP, Archivist
from fakesite import FakeSite, Response, redirect, unavailable
from postarchive.warc.frame import pack, sha256

BLANK_LINE = b"\r\n\r\n"
CONTROL_NODE = 23048450
CONTROL = f"{HOME}html1/report/2304/8450-1.htm"
MISSING = f"{HOME}html1/report/2304/9999-1.htm"
AWAY = f"{HOME}html1/report/2304/9998-1.htm"
BUSY = f"{HOME}html1/report/2304/9997-1.htm"
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
OUR_OWN = frozenset(("Content-Length", "WARC-Block-Digest"))  # the frame, recomputed
HOSTILE = (
    "",
    " ",
    "-1",
    "0",
    "9" * 20,
    "9" * 5000,
    "x" * 9000,
    "\x00",
    "\x7f\x1b[31m",
    "²",
    "%00%0D%0A",
    "%",
    "\udcff\udc80",
    "邮政／℀",
    "null",
    "<>",
    "=1+1",
    "'; DROP TABLE pages; --",
    "http://[broken.jpg",
    "http://chinapost／com.cn/a",
    f"http://english.chinapost.com.cn:{'9' * 5000}/",
    "http://english.chinapost.com.cn:x/html1/report/2304/1-1.htm",
    "http://english.chinapost.com.cn/html1/report/9999/9999-1.htm",
    "http://english.chinapost.com.cn/servlet/Node?node=2147483648",
    "https://web.archive.org/web/99999999999999id_/http://english.chinapost.com.cn/",
    "https://web.archive.org/web/99991231235959id_/http://english.chinapost.com.cn/html1/report/2304/7-1.htm",
    "//",
    "?",
    "Fri, 31 Dec 9999 23:59:59 -2300",
    "Mon, 06 May 99999999999 12:05:00 +99999999999",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59.999999-23:59",
    "9999-12-31T23:59:59Z",
    "1970-01-01T00:00:00Z",
    "2026-01-01T00:00:00",
    "2026-02-30T00:00:00Z",
    "response",
    "revisit",
    "metadata",
    "warcinfo",
    "request",
    "urn:uuid:nobody",
    "http://netpreserve.org/warc/1.1/revisit/server-not-modified",
    "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
    "live",
    "import",
    "wayback",
    "drift",
    "no-answer",
    "99990101T000000Z",
    "charset=utf-16",
    "text/html; charset=utf-7",
    "gzip, gzip, br",
    "chunked",
)
HTTP_LINES = ("Retry-After", "Location", "Content-Type", "Content-Encoding", "Transfer-Encoding", "ETag", "X: y\r\n\tz")
PLACES = (b"<p>", b'<img src="', b'<a href="', b"<title>", b"<span", b"content='", b"<body")


@dataclass(frozen=True)
class Record:
    """A record to be changed: its WARC headers without those of the frame, and its block."""

    headers: tuple[tuple[str, str], ...]
    block: bytes

    def header(self, name: str) -> str:
        """Return a header; empty when it has none of the name."""
        return next((value for key, value in self.headers if key == name), "")

    def with_header(self, name: str, value: str) -> "Record":
        """Return the record with another value of a header that it has."""
        return replace(self, headers=tuple((key, value if key == name else old) for key, old in self.headers))

    def packed(self) -> bytes:
        """Return the record as a gzip member, with a frame that holds."""
        length, digest = str(len(self.block)), sha256(self.block)
        return pack((*self.headers, ("WARC-Block-Digest", digest), ("Content-Length", length)), (self.block,))


def make_run(folder: Path, site: FakeSite) -> list[Record]:
    """Return the records of a run that met everything: pages, the same again, 304, 404, 503, redirects, no response."""
    archivist = Archivist(folder)
    site.answer(MISSING, Response(status=404))
    site.answer(AWAY, redirect("http://example.org/"))
    site.answer(BUSY, unavailable("60"), Response(body=SEED_FILE.read_bytes(), etag=None))
    site.answer(STAMP, Response(raw=b"HTTP/1.0 200 OK\nContent-Type: text/html\n\n<html>nothing</html>"))
    archivist.fetch(SEED, CONTROL, MISSING, AWAY, BUSY, STAMP)
    archivist.clock.sleep(3600.0)
    archivist.fetch(SEED)
    first, second = (list(read_records(file)) for file in archivist.files)
    return [*first[:-1], *second[1:-1], first[-1]]


def read_records(file: Path) -> Iterator[Record]:
    """Yield the records of a WARC file of ours."""
    data = file.read_bytes()
    while data:
        inflate = zlib.decompressobj(wbits=31)
        head, _, rest = inflate.decompress(data).partition(BLANK_LINE)
        pairs = (line.partition(": ") for line in head.decode(errors="surrogateescape").split("\r\n")[1:])
        yield Record(tuple((name, value) for name, _, value in pairs if name not in OUR_OWN), rest[: -len(BLANK_LINE)])
        data = inflate.unused_data


class Poisoner:
    """Writes files of an archive, each from the same run, and remembers what must still be right."""

    def __init__(self, archive: Path, run: list[Record], chance: Random) -> None:
        """Write nothing yet; `events` counts the records written, `mutated` those that were poisoned."""
        self.events = 0
        self.mutated = 0
        self._archive, self._run, self._chance = archive, run, chance
        self._files = 0
        self._old_run = next(_field(record, b"run") for record in run if record.header("WARC-Type") == "warcinfo")

    def add_file(self) -> None:
        """Add a run to the archive; every record but those of the control page may be poisoned."""
        self._files += 1
        name = f"{BEGAN + timedelta(hours=self._files):%Y%m%dT%H%M%SZ}"
        path = self._archive / "warc" / name[:4] / f"{name}.warc.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        ids: dict[str, str] = {}
        records = [self._renamed(record, name, ids) for record in self._run]
        path.write_bytes(b"".join(self._poisoned(record).packed() for record in records))
        self.events += len(records)

    def wrong(self) -> list[object]:
        """Return what is wrong with the control pages in the database."""
        with closing(sqlite3.connect(self._archive / "postarchive.db")) as connection:
            rows = connection.execute(
                "SELECT node, pages.title, pages.url, number, record, status, gone, refused FROM pages "
                "JOIN versions ON versions.page = pages.id JOIN addresses ON addresses.page = pages.id "
                "WHERE node > ? AND node % 10000 = ? ORDER BY node",
                (CONTROL_NODE, CONTROL_NODE % 10_000),
            ).fetchall()
        expected = [control_row(number) for number in range(1, self._files + 1)]
        found = [(*row[:4], json.loads(row[4])["paragraphs"][:1], *row[5:]) for row in rows]
        return [pair for pair in zip(found, expected, strict=False) if pair[0] != pair[1]] or (
            [] if len(found) == len(expected) else [(len(found), len(expected))]
        )

    def _renamed(self, record: Record, run: str, ids: dict[str, str]) -> Record:
        """Return a record as another run has it: ids, names and the control page are its own."""
        for name in ("WARC-Record-ID", "WARC-Concurrent-To", "WARC-Refers-To"):
            if value := record.header(name):
                new = ids.setdefault(value, f"<urn:uuid:{UUID(int=self._chance.getrandbits(128))}>")
                record = record.with_header(name, new)
        record = record.with_header("WARC-Filename", f"{run}.warc.gz")
        block = record.block.replace(f"run: {self._old_run}\r\n".encode(), f"run: {run}\r\n".encode())
        if record.header("WARC-Target-URI") == CONTROL:
            number = self._files
            record = record.with_header("WARC-Target-URI", control_url(number))
            block = block.replace(b"23048450", str(control_node(number)).encode())
            if record.header("WARC-Type") == "response":
                body = block.partition(BLANK_LINE)[2]
                record = record.with_header("WARC-Payload-Digest", sha256(body))
        return replace(record, block=block)

    def _poisoned(self, record: Record) -> Record:
        is_control = record.header("WARC-Target-URI") == control_url(self._files)
        if is_control or self._chance.random() < 0.2:
            return record
        self.mutated += 1
        kinds = [self._in_a_header, self._in_a_header, self._in_the_block]
        if record.header("Content-Type").startswith("application/http"):
            kinds += [self._in_the_head, self._in_the_body]
        return self._chance.choice(kinds)(record)

    def _in_a_header(self, record: Record) -> Record:
        return replace(record, headers=self._poisoned_pairs(record.headers))

    def _in_the_block(self, record: Record) -> Record:
        """Change a field of a warcinfo or metadata record, or a line of an HTTP head; the payload stays."""
        head, blank, body = record.block.partition(BLANK_LINE)
        text = head.decode(errors="surrogateescape")
        pairs = tuple((name, value) for name, _, value in (line.partition(": ") for line in text.split("\r\n") if line))
        lines = (f"{name}: {value}" for name, value in self._poisoned_pairs(pairs))
        return replace(record, block="\r\n".join(lines).encode(errors="surrogateescape") + (blank or b"\r\n") + body)

    def _in_the_head(self, record: Record) -> Record:
        head, blank, body = record.block.partition(BLANK_LINE)
        line = f"{self._chance.choice(HTTP_LINES)}: {self._chance.choice(HOSTILE)}".encode(errors="surrogateescape")
        status = self._chance.choice((b"200", b"304", b"404", b"410", b"429", b"503", b"302", b"999"))
        first, _, rest = head.partition(b"\r\n")
        first = first.replace(b"200", status) if self._chance.random() < 0.5 else first
        return replace(record, block=first + b"\r\n" + line + b"\r\n" + rest + blank + body)

    def _in_the_body(self, record: Record) -> Record:
        head, blank, body = record.block.partition(BLANK_LINE)
        place = self._chance.choice(PLACES)
        value = self._chance.choice(HOSTILE).encode(errors="surrogateescape")
        body = body.replace(place, place + value, self._chance.choice((1, -1)))
        record = record.with_header("WARC-Payload-Digest", sha256(body))
        return replace(record, block=head + blank + body)

    def _poisoned_pairs(self, pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        """Drop, double, rename or fill one of some pairs of name and value."""
        number = self._chance.randrange(len(pairs))
        name, value = pairs[number]
        hostile = self._chance.choice(HOSTILE)
        instead: tuple[tuple[str, str], ...] = self._chance.choice(
            (
                (),
                ((name, value), (name, hostile)),
                ((name, hostile), (name, value)),
                ((hostile or "x", value),),
                ((name, hostile),),
                ((name, hostile),),
                ((name, value + hostile),),
                ((name, hostile + value),),
                ((name, value[: len(value) // 2]),),
            )
        )
        return (*pairs[:number], *instead, *pairs[number + 1 :])


def control_node(number: int) -> int:
    """Return the node of the control page of a file, counted from 1; no other page has it."""
    return CONTROL_NODE + number * 10_000


def control_url(number: int) -> str:
    high, low = divmod(control_node(number), 10_000)
    return f"{HOME}html1/report/{high}/{low}-1.htm"


def control_row(number: int) -> tuple[object, ...]:
    """Return what the database must hold of the control page of a file."""
    golden = json.loads((SEED_FILE.parent / "8450-1.json").read_text(encoding="utf-8"))
    paragraphs = golden["paragraphs"][:1]
    return (control_node(number), golden["title"], control_url(number), 1, paragraphs, 200, None, None)


def _field(record: Record, name: bytes) -> str:
    line = next(line for line in record.block.split(b"\r\n") if line.startswith(name + b": "))
    return line.partition(b": ")[2].decode()
