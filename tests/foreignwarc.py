"""Make WARC files as other programs write them, damage included; none of our own writer is used."""

import base64
import gzip
import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

SEED = "http://english.chinapost.com.cn/html1/report/2304/8456-1.htm"
OTHER = "http://english.chinapost.com.cn/html1/report/2304/8450-1.htm"
DATE = "2019-03-04T05:06:07Z"
BODY = b"<html><title>A page</title></html>"
HTML: tuple[tuple[str, str], ...] = (("Content-Type", "text/html"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """A record as a crawler may write it; `more` are further WARC headers, `block` replaces the HTTP message."""

    kind: str = "response"
    url: str = SEED
    date: str = DATE
    status: str = "200 OK"
    headers: tuple[tuple[str, str], ...] = HTML
    body: bytes = BODY
    more: tuple[tuple[str, str], ...] = ()
    version: str = "WARC/1.1"
    record_id: str = "urn:uuid:00000000-0000-0000-0000-000000000001"
    length: int | None = None
    block: bytes | None = None

    def content(self) -> bytes:
        """Return the record's block."""
        lines = [f"HTTP/1.1 {self.status}", *(f"{name}: {value}" for name, value in self.headers), "", ""]
        return "\r\n".join(lines).encode("latin-1") + self.body if self.block is None else self.block

    def record(self) -> bytes:
        """Return the record, not packed."""
        block = self.content()
        uri = f"<{self.url}>" if self.version == "WARC/1.0" else self.url  # as wget takes the standard at its word
        headers = [
            ("WARC-Type", self.kind),
            ("WARC-Record-ID", f"<{self.record_id}>"),
            ("WARC-Date", self.date),
            ("WARC-Target-URI", uri),
            *self.more,
            ("Content-Type", "application/http;msgtype=response" if self.kind != "resource" else "text/html"),
            ("Content-Length", str(len(block) if self.length is None else self.length)),
        ]
        lines = [self.version, *(f"{name}: {value}" for name, value in headers), "", ""]
        return "\r\n".join(lines).encode() + block + b"\r\n\r\n"

    def packed(self) -> bytes:
        """Return the record as a gzip member of its own."""
        return gzip.compress(self.record(), mtime=0)


def sha1(data: bytes) -> str:
    """Return a digest as most crawlers write it."""
    return f"sha1:{base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()}"


def plain(*records: Foreign) -> bytes:
    """Return an uncompressed WARC file."""
    return b"".join(record.record() for record in records)


def packed(*records: Foreign) -> bytes:
    """Return a WARC file packed record by record."""
    return b"".join(record.packed() for record in records)


def packed_whole(*records: Foreign) -> bytes:
    """Return a WARC file packed as one."""
    return gzip.compress(plain(*records), mtime=0)


def wacz(warc: bytes, *, name: str = "archive/data.warc.gz", compression: int = zipfile.ZIP_STORED) -> bytes:
    """Return a WACZ around a WARC file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as package:
        package.writestr("pages/pages.jsonl", "{}\n")
        package.writestr(name, warc)
        package.writestr("logs/trap.warc", plain(Foreign(url=OTHER)))
    return out.getvalue()


def put(path: Path, data: bytes) -> Path:
    """Write a file, and its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path
