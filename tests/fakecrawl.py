"""A local server that plays Common Crawl: the list of crawls, their indexes by page, and WARC files by range."""

import base64
import gzip
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, urlsplit

from fakesite import FakeSite, Response, Seen

INDEX, DATA = "http://index.commoncrawl.org", "http://data.commoncrawl.org"
NOTHING = Response(status=404, body=b'{"message": "No Captures found for: it"}', content_type="application/json")
EMPTY_REPLY = Response(raw=b"")
Fault = Callable[[Seen], Response | None]


def sha1(body: bytes) -> str:
    """Return a digest as Common Crawl writes it."""
    return base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()


@dataclass(frozen=True, slots=True)
class Held:
    """A capture that a crawl has; `crawled` are the headers that it keeps of a response, in lower case."""

    url: str
    timestamp: str
    body: bytes
    crawled: tuple[str, ...] = ("x-crawler-content-encoding: gzip", "x-crawler-transfer-encoding: chunked")
    mime: str = "text/html"
    status: str = "200"
    folder: str = "warc"

    @property
    def record(self) -> bytes:
        """Return its WARC record as one gzip member."""
        lines = [f"HTTP/1.1 {self.status} OK", "content-type: text/html", *self.crawled]
        head = "\r\n".join([*lines, f"content-length: {len(self.body)}", "", ""]).encode()
        block = head + self.body
        when = self.timestamp
        date = f"{when[:4]}-{when[4:6]}-{when[6:8]}T{when[8:10]}:{when[10:12]}:{when[12:]}Z"
        fields = (
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Date: {date}\r\nWARC-Record-ID: <urn:uuid:{sha1(block)}>\r\n"
            f"Content-Length: {len(block)}\r\nContent-Type: application/http; msgtype=response\r\n"
            f"WARC-Target-URI: {self.url}\r\nWARC-Payload-Digest: sha1:{sha1(self.body)}\r\n"
            f"WARC-Block-Digest: sha1:{sha1(block)}\r\n\r\n"
        )
        return gzip.compress(fields.encode() + block + b"\r\n\r\n", mtime=0)


@dataclass
class Crawl:
    """A crawl: its captures by host, and its WARC files, which hold no other bytes than theirs."""

    name: str
    lines: list[dict[str, str]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    lines_a_page: int = 2

    def hold(self, held: Held, *, stored: bytes | None = None, **told: str) -> str:
        """Add a capture and return its address; `stored` are other bytes in its place, `told` what the index says."""
        file = f"crawl-data/{self.name}/segments/1707.0/{held.folder}/{self.name}-00043.warc.gz"
        record, before = stored if stored is not None else held.record, self.files.get(file, b"before it")
        self.files[file] = before + record
        line = {"urlkey": "key", "url": held.url, "timestamp": held.timestamp, "mime": held.mime}
        line |= {"mime-detected": held.mime, "status": held.status, "digest": sha1(held.body), "filename": file}
        line |= {"offset": str(len(before)), "length": str(len(record)), "languages": "eng"} | told
        self.lines.append(line)
        return f"{DATA}/{line['filename']}#bytes={line['offset']}-{int(line['offset']) + int(line['length']) - 1}"

    def row(self, number: int = 0) -> dict[str, str]:
        """Return a line as the columnar index has it."""
        line = self.lines[number]
        names = {"url": "url", "filename": "warc_filename", "offset": "warc_record_offset"}
        names |= {"length": "warc_record_length", "digest": "content_digest"}
        return {new: line[old] for old, new in names.items()}


class FakeCommonCrawl(FakeSite):
    """The two servers of Common Crawl, as an HTTP proxy."""

    def __init__(self) -> None:
        """Know no crawl yet."""
        super().__init__()
        self.crawls: dict[str, Crawl] = {}
        self.faults: list[Fault] = []

    def crawl(self, name: str) -> Crawl:
        """Return a crawl, which is made when it is named for the first time."""
        return self.crawls.setdefault(name, Crawl(name))

    def fail(self, part: str, *answers: Response) -> None:
        """Response the next requests whose URL has this part in it by these, and then as ever."""
        queue = list(answers)
        self.faults.append(lambda seen: queue.pop(0) if part in seen.url and queue else None)

    def asked(self, part: str = "") -> list[str]:
        """Return what was requested, with its range; without robots.txt."""
        found = [f"{seen.url} {seen.header('Range') or ''}".strip() for seen in self.requests if part in seen.url]
        return [line for line in found if not line.endswith("/robots.txt")]

    def _choose(self, seen: Seen) -> Response:
        faulty = next(filter(None, (fault(seen) for fault in self.faults)), None)
        if faulty is not None:
            return faulty
        parts = urlsplit(seen.url)
        if seen.url == f"{INDEX}/collinfo.json":
            return self._crawls()
        if parts.hostname == "index.commoncrawl.org" and parts.path.endswith("-index"):
            return self._index(parts.path[1:].removesuffix("-index"), parse_qs(parts.query))
        if parts.hostname == "data.commoncrawl.org":
            return self._bytes(parts.path[1:], seen.header("Range"))
        return Response(status=404)

    def _crawls(self) -> Response:
        listed = [
            {"id": name, "name": name, "cdx-api": f"https://index.commoncrawl.org/{name}-index"}
            for name in sorted(self.crawls, reverse=True)
        ]
        return Response(body=json.dumps(listed).encode(), content_type="application/json")

    def _index(self, name: str, query: dict[str, list[str]]) -> Response:
        crawl, host = self.crawls.get(name), query["url"][0].partition("/")[0]
        lines = [line for line in crawl.lines if urlsplit(line["url"]).hostname == host] if crawl else []
        size = crawl.lines_a_page if crawl else 1
        pages = -(-len(lines) // size)
        if query.get("showNumPages") == ["true"]:
            told = json.dumps({"pages": pages, "pageSize": 5, "blocks": pages}).encode()
            return Response(body=told, content_type="application/json") if lines else NOTHING
        number = int(query["page"][0])
        if number >= pages:
            return replace(NOTHING, status=400, body=b'{"message": "Page invalid"}')
        shown = lines[number * size : (number + 1) * size]
        return Response(body="".join(f"{json.dumps(line)}\n" for line in shown).encode(), content_type="text/x-ndjson")

    def _bytes(self, path: str, wanted: str | None) -> Response:
        content = next((crawl.files[path] for crawl in self.crawls.values() if path in crawl.files), None)
        if content is None:
            return Response(status=404, body=b"<Error><Code>NoSuchKey</Code></Error>", content_type="application/xml")
        if wanted is None:
            return Response(body=content, content_type="application/octet-stream")
        first, last = (int(number) for number in wanted.removeprefix("bytes=").split("-"))
        told = f"bytes {first}-{min(last, len(content) - 1)}/{len(content)}"
        return Response(
            body=content[first : last + 1],
            status=206,
            headers=(("Content-Range", told),),
            content_type="application/octet-stream",
        )
